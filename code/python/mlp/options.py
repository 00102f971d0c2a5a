"""Options: what the words on a command line may be, and what the help says of them.

The C program reads its words alike (`main.c`): from left to right, with the same syntax and
the same complaint about the first one that is wrong.
"""

import inspect
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import Field, fields
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperArgument, TyperCommand, TyperGroup, TyperOption

from mlp.backends import BACKENDS
from mlp.config import (
    LEAST_REAL,
    MAX_COUNT,
    MAX_THREADS,
    PRESETS,
    ModelConfig,
    TrainingConfig,
    choice,
    parse,
    real,
    whole,
)
from mlp.errors import MLPError, UsageError

HELP = ("-h", "--help")
OUT = Path("mlp.safetensors")  # what train writes and the others read, unless they are told


# --- words -------------------------------------------------------------------------------


class Group(TyperGroup):
    """The program: its first word is a command."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Look at the first word; UsageError if it is none that we know."""
        if ctx.resilient_parsing:  # somebody presses Tab
            return super().parse_args(ctx, args)
        if not args:
            typer.echo(ctx.get_help(), err=True)
            ctx.exit(2)
        word = args[0]
        if word in {name for param in self.get_params(ctx) for name in param.opts}:
            args = [word]
        elif word not in self.commands:
            kind = "option" if word.startswith("-") else "command"
            raise UsageError(f"unknown {kind} {word}; try mlp --help")
        return super().parse_args(ctx, args)


class Command(TyperCommand):
    """A command, whose options have their default in the help."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Add the defaults to the help."""
        super().__init__(*args, **kwargs)
        self.options = [param for param in self.params if isinstance(param, TyperOption)]
        for option in self.options:
            if option.show_default and option.default not in (None, False, ""):
                option.help = f"{option.help} ({_shown(option.default)})"
            option.show_default = False

    def format_epilog(self, ctx: Any, formatter: Any) -> None:
        """Write what the presets are, where they can be chosen."""
        if any("--preset" in option.opts for option in self.options):
            formatter.write("\n" + "".join(f"{line}\n" for line in preset_table()))

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Read the words; UsageError at the first that is wrong."""
        if not ctx.resilient_parsing:
            args = self._checked(ctx, args)
        return super().parse_args(ctx, args)

    def _checked(self, ctx: Any, words: list[str]) -> list[str]:
        """Return the words, or the one that asks for help, if those before it are right."""
        by_name = {name: o for o in self.options for name in (*o.opts, *o.secondary_opts)}
        arguments = any(isinstance(param, TyperArgument) for param in self.params)
        given = []
        rest = iter(words)
        for word in rest:
            if word in HELP:
                return [word]
            if arguments and word == "--":
                break
            name, equals, text = word.partition("=")
            if name not in by_name or (equals and by_name[name].is_flag):
                if arguments and not word.startswith("-"):
                    continue
                raise UsageError(f"unknown option {word}; try mlp --help")
            option = by_name[name]
            given.append(option.opts[0])
            if not option.is_flag:
                _check_value(option, ctx, text if equals else next(rest, None))
        if "--resume" in given and (own := next((o for o in given if o in OWN), None)):
            raise UsageError(f"{own}: a checkpoint has its own; it cannot change on --resume")
        return words


def _check_value(option: TyperOption, ctx: Any, text: str | None) -> None:
    try:
        if text is None:
            raise MLPError("a value is missing")
        option.process_value(ctx, (text,) if option.multiple else text)
    except MLPError as error:
        raise UsageError(f"{option.opts[0]}: {error}") from error


def _shown(value: Any) -> str:
    """Return a default as the help of the C program writes it."""
    if isinstance(value, list | tuple):
        return ", ".join(map(_shown, value))
    return f"{value:g}" if isinstance(value, float) else str(value)


# --- kinds of options --------------------------------------------------------------------


def _option(metavar: str, help: str, read: Callable[[str], Any], *name: str, **more: Any) -> Any:
    """Return an option whose text `read` makes a value of, or raises MLPError."""
    parser = lambda value: read(str(value))  # noqa: E731 - defaults come here too
    return typer.Option(*name, parser=parser, metavar=metavar, help=help, **more)


def whole_option(help: str, least: int = 1, most: int = MAX_COUNT) -> Any:
    """Return an option of a whole number."""
    return _option("N", help, lambda text: whole(text, least, most))


def real_option(help: str, least: float = LEAST_REAL, most: float = sys.float_info.max) -> Any:
    """Return an option of a number."""
    return _option("X", help, lambda text: real(text, least, most))


def real_or_word_option(help: str, least: float, word: str) -> Any:
    """Return an option of a number, or one word."""

    def read(text: str) -> float | str:
        try:
            return word if text == word else real(text, least, sys.float_info.max)
        except MLPError as error:
            raise MLPError(f"{error}, nor {word}") from None

    return _option("X", f"{help}, or {word}", read, autocompletion=lambda: [word])


def text_option(metavar: str, help: str, *name: str) -> Any:
    """Return an option of any text."""
    return _option(metavar, help, str, *name)


def file_option(help: str, *name: str, endings: tuple[str, ...] = ("",)) -> Any:
    """Return an option of a file, whose name has one of these endings."""

    def read(text: str) -> Path:
        if not text:
            raise MLPError("a value is missing")
        if not text.endswith(endings):
            raise MLPError(f"'{text}' does not end with {', '.join(endings)}")
        return Path(text)

    return _option("FILE", help, read, *name)


def choice_option(help: str, names: Iterable[str], *name: str) -> Any:
    """Return an option of one of some names."""
    names = tuple(names)
    return _option(
        "NAME",
        f"{help}: {', '.join(names)}",
        lambda text: choice(text, names),
        *name,
        autocompletion=lambda: list(names),
    )


def _kernels(text: str) -> str:
    """Look whether the C library has these kernels, and the processor runs them."""
    if text == "auto":
        return text
    from mlp.clib import library, names  # only for whoever asks for it

    choice(text, ["auto", *names(library().mlp_kernels_name)])
    if library().mlp_kernels_check(text.encode()) != 0:
        raise MLPError(f"'{text}' is not for this processor")
    return text


# --- options of several commands ---------------------------------------------------------

CORPUS_HELP = "a corpus of mlp data, or a folder"
OTHERWISE = "; without, given-names or the checkpoint's"
CorpusOption = Annotated[str, text_option("NAME", CORPUS_HELP, "--corpus")]
OtherCorpusOption = Annotated[str | None, text_option("NAME", CORPUS_HELP + OTHERWISE, "--corpus")]
CheckpointOption = Annotated[Path, file_option("a file that train wrote", "--checkpoint")]
PresetOption = Annotated[str, choice_option("hyperparameters to start from", PRESETS, "--preset")]
BackendOption = Annotated[str, choice_option("what computes", BACKENDS, "--backend")]
DeviceOption = Annotated[
    str, text_option("NAME", "of the backend torch, as cuda or mps", "--device")
]
KernelsOption = Annotated[
    str,
    _option("NAME", "how the backend c computes: auto, base, textbook, …", _kernels, "--kernels"),
]
ThreadsOption = Annotated[int, whole_option("processor cores to use", 1, MAX_THREADS)]


# --- options that follow from the hyperparameters ----------------------------------------

HYPERPARAMETERS = {
    field.name: field
    for field in (*fields(ModelConfig), *fields(TrainingConfig))
    if field.metadata["help"]
}


def _name_of(field: Field[Any]) -> str:
    return f"--{field.name.replace('_', '-')}"


# What a checkpoint has of its own. There may be more steps, on --resume.
OWN = {"--preset", *map(_name_of, HYPERPARAMETERS.values())} - {"--steps"}


def preset_table() -> Iterator[str]:
    """The lines of a table: a row for each hyperparameter, a column for each preset."""
    yield f"{'presets:':17}" + "".join(f" {name:>9}" for name in PRESETS)
    for field in HYPERPARAMETERS.values():
        values = (_value(field, *configs) for configs in PRESETS.values())
        yield f"  {_name_of(field):15}" + "".join(f" {text:>9}" for text in values)


def _value(field: Field[Any], config: ModelConfig, training: TrainingConfig) -> str:
    value = getattr(config if hasattr(config, field.name) else training, field.name)
    if "off" in field.metadata:
        return field.name if value else str(field.metadata["off"])
    return _shown(value)


def _hyperparameter(field: Field[Any]) -> Any:
    """Return the type of a hyperparameter's option; without it, the preset decides."""
    kind: Any = type(field.default)
    help, choices = field.metadata["help"], field.metadata.get("choices")
    help = f"{help}: {', '.join(choices)}" if choices else help
    if "off" in field.metadata:
        return Annotated[
            bool | None, typer.Option(f"{_name_of(field)}/--{field.metadata['off']}", help=help)
        ]
    metavar = {int: "N", float: "X", str: "NAME"}[kind]
    return Annotated[kind | None, _option(metavar, help, partial(parse, field))]


def option_words(field: Field[Any], value: Any) -> list[str]:
    """Return the words of a command line that say a hyperparameter."""
    if "off" in field.metadata:
        return [_name_of(field) if value else f"--{field.metadata['off']}"]
    return [_name_of(field), str(value)]


def with_hyperparameters(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command an option for each hyperparameter; it gets those used as `changed`.

    One that has the name of an option of its own is left out.
    """

    def with_changed(**options: Any) -> None:
        given = {name: options.pop(name) for name in added}
        command(changed={n: value for n, value in given.items() if value is not None}, **options)

    own = inspect.signature(command).parameters
    added = {name: field for name, field in HYPERPARAMETERS.items() if name not in own}
    options = [
        inspect.Parameter(
            name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=_hyperparameter(f)
        )
        for name, f in added.items()
    ]
    parameters = [p.replace(kind=p.KEYWORD_ONLY) for n, p in own.items() if n != "changed"]
    with_changed.__signature__ = inspect.Signature([*parameters, *options])  # type: ignore[attr-defined]
    with_changed.__annotations__ = {p.name: p.annotation for p in (*parameters, *options)}
    with_changed.__doc__ = command.__doc__
    return with_changed
