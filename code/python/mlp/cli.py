"""`mlp data | train | eval | sample | agree | ngram`.

Exit status: 0 done, 1 an error, 2 a command line that cannot be read (either way one
line on stderr), 130 stopped by Ctrl-C or another signal, with the state saved.
"""

import inspect
import io
import json
import os
import shlex
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import Field, asdict, fields, replace
from itertools import islice
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
import typer
from rich.console import Console
from rich.table import Table

from mlp import corpora
from mlp.agree import Step, agree
from mlp.backends import BACKENDS, DEFAULT_BACKEND, load_backend, one_thread
from mlp.config import DEFAULT_PRESET, PRESETS, ModelConfig, TrainingConfig, preset
from mlp.errors import MLPError
from mlp.files import check_writable
from mlp.log import Log
from mlp.ngram import ORDERS, SMOOTHINGS, NgramModel, grid
from mlp.rng import RNG
from mlp.run import Report, Run, train
from mlp.sample import TEMPERATURES, probabilities, sample_names
from mlp.saving import Saver
from mlp.signals import STOPPED, Stopped, signals_as_wish
from mlp.tokens import END, Tokens
from mlp.versions import versions
from mlp.windows import Windows

app = typer.Typer(
    help=__doc__, add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None
)
OUT = Path("mlp.safetensors")  # where train writes, unless it is told
SAMPLE_SEED = 42

out = Console(highlight=False, markup=False, emoji=False, soft_wrap=True)


def _loaded(name: str) -> str:
    """Import a backend at once: what is wrong with its name comes before all else."""
    load_backend(name)
    return name


CorpusOption = Annotated[
    str, typer.Option("--corpus", help=f"a folder, or {' or '.join(corpora.CORPORA)}")
]
BackendOption = Annotated[
    str, typer.Option("--backend", help=" | ".join(BACKENDS), callback=_loaded)
]
DeviceOption = Annotated[str, typer.Option("--device", help="of the backend torch, as cuda or mps")]
CheckpointOption = Annotated[Path, typer.Option("--checkpoint", help="a file that train wrote")]
PresetOption = Annotated[
    str, typer.Option("--preset", help=f"hyperparameters to start from: {' | '.join(PRESETS)}")
]


# --- options that follow from the hyperparameters -------------------------------

HYPERPARAMETERS = {
    field.name: field
    for field in (*fields(ModelConfig), *fields(TrainingConfig))
    if field.metadata["help"]
}


def _option(field: Field[Any]) -> Any:
    """Return the type of a hyperparameter's option; without it, the preset decides."""
    name = f"--{field.name.replace('_', '-')}"
    off = f"/--{field.metadata['off']}" if "off" in field.metadata else ""
    choices = field.metadata.get("choices")
    kind: Any = Literal[choices] if choices else type(field.default)
    return Annotated[kind | None, typer.Option(name + off, help=field.metadata["help"])]


def _with_hyperparameters(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command an option for each hyperparameter; it gets those used as `changed`."""

    def with_changed(**options: Any) -> None:
        given = {name: options.pop(name) for name in HYPERPARAMETERS}
        command(changed={n: value for n, value in given.items() if value is not None}, **options)

    own = inspect.signature(command).parameters
    options = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=_option(f))
        for name, f in HYPERPARAMETERS.items()
    ]
    parameters = [p.replace(kind=p.KEYWORD_ONLY) for n, p in own.items() if n != "changed"]
    with_changed.__signature__ = inspect.Signature([*parameters, *options])  # type: ignore[attr-defined]
    with_changed.__annotations__ = {p.name: p.annotation for p in (*parameters, *options)}
    with_changed.__doc__ = command.__doc__
    return with_changed


# --- commands -------------------------------------------------------------------


@app.command()
def data(
    name: Annotated[str, typer.Argument(help=" or ".join(corpora.CORPORA))] = corpora.GIVEN_NAMES,
    source: Annotated[Path | None, typer.Option(help="a folder that has the files")] = None,
    folder: Annotated[
        Path | None,
        typer.Option(
            help="where to put it: FOLDER/NAME; else in corpora/ of the folder that the variable"
            " MLP_HOME names, or of the user's cache"
        ),
    ] = None,
) -> None:
    """Make a corpus ready and print its folder: built, copied or downloaded, and verified."""
    path = corpora.prepare(name, folder, source)
    splits = corpora.load(path)
    for split in corpora.SPLITS:
        tokens = getattr(splits, split)
        names = int((tokens == END).sum())
        typer.echo(f"{split:5} {names:7,} names {len(tokens):9,} characters", err=True)
    typer.echo(path)


@app.command("train")
@_with_hyperparameters
def train_command(
    changed: dict[str, Any],
    backend: BackendOption = DEFAULT_BACKEND,
    corpus: CorpusOption = corpora.GIVEN_NAMES,
    preset_name: Annotated[
        str | None,
        typer.Option(
            "--preset",
            help=f"hyperparameters to start from: {' | '.join(PRESETS)}; {DEFAULT_PRESET} without",
        ),
    ] = None,
    resume: Annotated[Path | None, typer.Option(help="go on with this checkpoint instead")] = None,
    until: Annotated[int | None, typer.Option(min=1, help="stop after this step")] = None,
    eval_every: Annotated[int, typer.Option(min=1, help="steps between evaluations")] = 200,
    out_file: Annotated[
        Path | None,
        typer.Option("--out", help=f"the checkpoint; {OUT}, or the one of --resume, without"),
    ] = None,
    save_every: Annotated[
        int | None,
        typer.Option(min=1, help="steps between saves; as often as costs little, without"),
    ] = None,
    log_file: Annotated[
        Path | None, typer.Option("--log", help="a CSV file that gets the evaluations")
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="replace a checkpoint or log that is there")
    ] = False,
    fold: Annotated[
        bool, typer.Option("--fold", help="a faster first layer, equal but for rounding (c, numpy)")
    ] = False,
    device: DeviceOption = "cpu",
) -> None:
    """Train a model. It saves itself on the way, and when Ctrl-C stops it, for --resume.

    With --resume, --steps may be more than before: then the rate follows that longer schedule.
    """
    path = out_file or resume or OUT
    check_writable(path)
    _check_new(path, resume, force)
    if resume is None:
        run = Run.start(*_configs(preset_name or DEFAULT_PRESET, changed), backend, device, fold)
    else:
        longer = changed.pop("steps", None)
        if preset_name or changed:
            name = "preset" if preset_name else min(changed).replace("_", "-")
            raise MLPError(f"--{name}: a checkpoint has its own; it cannot change on --resume")
        run = Run.resume(resume, backend, device, fold)
        if longer is not None and longer != run.training.steps:
            typer.echo(run.lengthen(longer))
    last = min(until or run.training.steps, run.training.steps)
    if resume and run.step >= last and path.exists() and path.samefile(resume):
        typer.echo(f"nothing to do: {path} is at step {run.step} of {run.training.steps}")
        typer.echo(_go_on(run, path, backend, device, fold))
        return
    splits = corpora.load(corpus)
    train_windows = _windows(splits.train, run, f"{corpus}/train.txt")
    val_windows = _windows(splits.val, run, f"{corpus}/val.txt")
    resumed = run.step if resume else None

    with (
        _output_errors(),
        signals_as_wish() as wish,
        _progress(run.step, last) as (show, show_step),
        Log(log_file, resumed, force) if log_file else nullcontext() as log,
        Saver(run, path, save_every, _warn) as saver,
        suppress(Stopped),
    ):

        def on_report(report: Report) -> None:
            saver.evaluated()
            if log:
                log.write(report)
            show(report)

        def on_step(step: int, loss: float, ms: float) -> None:
            saver.stepped()
            show_step(step, loss, ms)

        train(run, train_windows, val_windows, last, eval_every, on_report, on_step, wish.look)
    with _output_errors():
        typer.echo(f"{'stopped' if wish.made else 'done'} at step {run.step}; saved to {path}")
        if not wish.made:
            names = islice(_names(run, "", SAMPLE_SEED, 1.0), 5)
            typer.echo(f"names: {', '.join(names)}")
        typer.echo(_go_on(run, path, backend, device, fold))
    if wish.made:
        raise typer.Exit(STOPPED)


def _check_new(path: Path, resume: Path | None, force: bool) -> None:
    """Raise MLPError if a training would replace a checkpoint that it does not go on with."""
    if path.exists() and not force and not (resume and resume.exists() and path.samefile(resume)):
        raise MLPError(f"{path}: exists already; --resume goes on with it, --force replaces it")


def _go_on(run: Run, path: Path, backend: str, device: str, fold: bool) -> str:
    """Return the command to try next."""
    words = ["mlp", "train", "--resume", str(path)]
    words += ["--backend", backend] * (backend != DEFAULT_BACKEND)
    words += ["--device", device] * (device != "cpu")
    words += ["--fold"] * fold
    if run.step < run.training.steps:
        return f"go on: {shlex.join(words)}"
    sample = shlex.join(["mlp", "sample", "--checkpoint", str(path)])
    longer = shlex.join([*words, "--steps", str(2 * run.training.steps)])
    return f"try: {sample}\ntrain longer: {longer}"


@app.command("eval")
def eval_command(
    checkpoint: CheckpointOption,
    corpus: CorpusOption = corpora.GIVEN_NAMES,
    backend: BackendOption = DEFAULT_BACKEND,
    device: DeviceOption = "cpu",
) -> None:
    """Print the loss on each split, in nats per character."""
    run = Run.resume(checkpoint, backend, device)
    splits = corpora.load(corpus)
    for split in corpora.SPLITS:
        windows = _windows(getattr(splits, split), run, f"{corpus}/{split}.txt")
        out.print(f"{split:5} {run.evaluate(windows):.6f}")


@app.command()
def sample(
    checkpoint: CheckpointOption,
    prompt: Annotated[str, typer.Option(help="how each name starts")] = "",
    n: Annotated[int, typer.Option(min=1, help="how many names")] = 10,
    seed: Annotated[int, typer.Option(help="of the random numbers")] = SAMPLE_SEED,
    temperature: Annotated[float, typer.Option(help="below 1 safer, above 1 wilder")] = 1.0,
    backend: BackendOption = DEFAULT_BACKEND,
    device: DeviceOption = "cpu",
) -> None:
    """Print names that the model makes up."""
    lowest, highest = TEMPERATURES
    if not lowest <= temperature <= highest:
        raise MLPError(f"temperature {temperature}: must be from {lowest:g} to {highest:g}")
    run = Run.resume(checkpoint, backend, device)
    for name in islice(_names(run, prompt, seed, temperature), n):
        typer.echo(name)


def _names(run: Run, prompt: str, seed: int, temperature: float) -> Iterator[str]:
    return sample_names(
        lambda context: probabilities(run.backend, context, temperature),
        run.config.context,
        run.training.padded,
        RNG(seed),
        prompt,
    )


@app.command("agree")
def agree_command(
    steps: Annotated[int, typer.Option(min=1, help="of the schedule")] = 1000,
    every: Annotated[int, typer.Option(min=1, help="steps between tensor comparisons")] = 100,
    corpus: CorpusOption = corpora.GIVEN_NAMES,
    preset_name: PresetOption = DEFAULT_PRESET,
    float64: Annotated[bool, typer.Option("--float64", help="NumPy and PyTorch only")] = False,
    bound: Annotated[float | None, typer.Option(help="on the loss (1e-6, float64 1e-12)")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="machine-readable, on stdout")] = False,
) -> None:
    """Train all three side by side and show how far they part; exit 1 beyond the bound."""
    config, training = _configs(preset_name, {})
    if steps > training.steps:
        raise MLPError(f"steps {steps}: the schedule of {preset_name} has {training.steps}")
    where = f"{corpus}/train.txt"
    windows = Windows(corpora.load(corpus).train, config.context, training.padded, where)
    names = ("numpy", "torch") if float64 else BACKENDS
    dtype = "float64" if float64 else "float32"
    limit = bound if bound is not None else 1e-12 if float64 else 1e-6
    result = agree(names, config, training, windows, steps, every, dtype)
    worst = max(d.loss for step in result for d in step.differences.values())
    if as_json:
        report = {
            "corpus": corpus,
            "preset": preset_name,
            "dtype": dtype,
            "bound": limit,
            "versions": versions(),
            "steps": [asdict(step) for step in result],
        }
        typer.echo(json.dumps(report, indent=1))
    else:
        _print_agreement(result)
    if worst > limit:
        raise MLPError(f"losses part by {worst:.1e}: the bound is {limit:.0e}")
    typer.echo(f"losses agree within {worst:.1e} over {steps} steps", err=as_json)


@app.command()
def ngram(
    corpus: CorpusOption = corpora.GIVEN_NAMES,
    order: Annotated[list[int], typer.Option(help="window lengths to try")] = ORDERS,
    smoothing: Annotated[list[float], typer.Option(help="λ to try")] = SMOOTHINGS,
) -> None:
    """Print the losses of the counting baseline, the best on val, and its loss on test."""
    splits = corpora.load(corpus)
    trials, best = grid(splits.train, splits.val, order, smoothing)
    for trial in trials:
        out.print(
            f"order {trial.order} | smoothing {trial.smoothing:g}"
            f" | train {trial.train_loss:.4f} | val {trial.val_loss:.4f}"
        )
    model = NgramModel(best.order, best.smoothing).fit(splits.train)
    out.print(
        f"best: order {best.order}, smoothing {best.smoothing:g}"
        f" | val {best.val_loss:.4f} | test {model.loss(splits.test):.4f}"
    )


def main() -> None:
    """Run the command line; a user's mistake is one line on stderr."""
    _open_streams()
    # An overflow needs no warnings from NumPy: training says where the loss stopped being a number.
    with one_thread(), np.errstate(over="ignore", invalid="ignore"):
        try:
            status = app(sys.argv[1:] or ["--help"], standalone_mode=False)
            sys.stdout.flush()
        except (MLPError, OSError, MemoryError, typer.TyperException) as error:
            status = _complain(error)
        finally:
            _drop_output()
        sys.exit(status)


def _open_streams() -> None:
    """Let no stream be closed: the next file would take its place. And let none fail at a letter.

    Python has none for a descriptor that is closed. /dev/null takes that, the wrong way round:
    whoever uses it gets an error.
    """
    for name, use, wrong in (
        ("stdin", "r", os.O_WRONLY),
        ("stdout", "w", os.O_RDONLY),
        ("stderr", "w", os.O_RDONLY),
    ):
        if getattr(sys, name) is None:
            setattr(sys, name, os.fdopen(os.open(os.devnull, wrong), use))
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _drop_output() -> None:
    """Forget what could not be written, else Python tries again at its end, and says so."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


@contextmanager
def _output_errors() -> Iterator[None]:
    """Turn what ends the output into one line: a reader that has gone is no exception here."""
    try:
        yield
    except OSError as error:  # files have MLPErrors: this is stdout
        raise MLPError(f"cannot write the output: {error.strerror}") from error


def _complain(error: Exception) -> int:
    """Print one line about an error; return the exit status."""
    status = 1
    if isinstance(error, OSError):  # as above
        message = f"cannot write the output: {error.strerror}"
    elif isinstance(error, MemoryError):
        message = "out of memory"
    elif isinstance(error, typer.TyperException):
        status = error.exit_code
        message = error.format_message()
    else:
        message = str(error)
    _warn(message)
    return status


def _warn(message: str) -> None:
    """Print one line on stderr, whatever the user wrote; nothing, if nobody can read it."""
    with suppress(OSError):
        print("mlp:", *message.splitlines(), file=sys.stderr, flush=True)


def _configs(name: str, changed: dict[str, Any]) -> tuple[ModelConfig, TrainingConfig]:
    """Return a preset with some fields changed."""
    config, training = preset(name)
    mine = {field: changed[field] for field in changed if hasattr(config, field)}
    rest = {field: changed[field] for field in changed if field not in mine}
    return replace(config, **mine), replace(training, **rest)


def _windows(tokens: Tokens, run: Run, where: str) -> Windows:
    if len(tokens) < run.training.batch:
        raise MLPError(
            f"{where}: {len(tokens)} characters are too few for a batch of {run.training.batch}"
        )
    return Windows(tokens, run.config.context, run.training.padded, where)


@contextmanager
def _progress(
    first: int, last: int
) -> Iterator[tuple[Callable[[Report], None], Callable[[int, float, float], None]]]:
    """Show a live bar on a terminal; elsewhere, print only the reports, a line each."""
    if not sys.stdout.isatty():
        yield lambda report: typer.echo(str(report)), lambda step, loss, ms: None
        return
    from rich.progress import (  # slow to import, and for terminals
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("loss {task.fields[loss]:.4f} · {task.fields[ms]:.2f} ms/step ·"),
        TimeRemainingColumn(),
    )
    # No thread draws the bar: a terminal that has gone would be a traceback there. And the cursor
    # stays: then nobody who ends the program has to bring it back.
    with Progress(*columns, console=out, transient=True, auto_refresh=False) as bar:
        out.show_cursor()
        task = bar.add_task("training", total=last, completed=first, loss=float("nan"), ms=0.0)
        drawn = time.monotonic()

        def show_step(step: int, loss: float, ms: float) -> None:
            nonlocal drawn
            bar.update(task, completed=step, loss=loss, ms=ms)
            if time.monotonic() - drawn > 0.1:
                bar.refresh()
                drawn = time.monotonic()

        yield lambda report: bar.print(str(report)), show_step


def _print_agreement(result: list[Step]) -> None:
    pairs = list(result[0].differences)
    by_step = Table("step", "loss", *pairs, title="largest difference of the loss")
    for step in result:
        loss = next(iter(step.losses.values()))
        by_step.add_row(
            str(step.step), f"{loss:.6f}", *(f"{step.differences[p].loss:.1e}" for p in pairs)
        )
    by_tensor = Table("tensor", *pairs, title="largest difference of parameters, of gradients")
    for name in result[0].differences[pairs[0]].params:
        by_tensor.add_row(
            name,
            *(
                f"{max(s.differences[p].params[name] for s in result):.1e}, "
                f"{max(s.differences[p].grads[name] for s in result):.1e}"
                for p in pairs
            ),
        )
    out.print(by_step)
    out.print(by_tensor)
