"""`mlp data | train | eval | sample | agree | ngram | mix | tune | plot`, see each one's --help.

Exit status: 0 done, 1 an error, 2 a command line that cannot be read (either way one
line on stderr), 130 stopped by Ctrl-C or another signal, with the state saved.
"""

import io
import json
import os
import re
import shlex
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, nullcontext, suppress
from dataclasses import asdict
from functools import partial
from importlib import import_module
from inspect import signature
from itertools import islice
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from rich.console import Console
from rich.table import Table

from mlp import corpora
from mlp.agree import Step, agree
from mlp.backends import BACKENDS, DEFAULT_BACKEND, create, launched, load_backend, one_thread
from mlp.config import DEFAULT_PRESET, MAX_SEED, ORIGINAL, TEMPERATURES, configured
from mlp.corpora import Corpus
from mlp.errors import MLPError
from mlp.files import check_writable
from mlp.log import Log
from mlp.mixture import best_weights, likelihoods, mean_loss
from mlp.ngram import (
    KNESER_NEY,
    MAX_ORDER,
    ORDERS,
    SMOOTHINGS,
    KneserNey,
    Smoothing,
    grid,
    ngram_model,
)
from mlp.options import (
    HELP,
    OUT,
    BackendOption,
    CheckpointOption,
    Command,
    CorpusOption,
    DeviceOption,
    Group,
    KernelsOption,
    OtherCorpusOption,
    PresetOption,
    ThreadsOption,
    file_option,
    real_option,
    real_or_word_option,
    text_option,
    whole_option,
    with_hyperparameters,
)
from mlp.plot import FORMATS, is_study, plot, plot_study
from mlp.run import Report, Run, check_batch, train
from mlp.sample import probabilities, sample_names
from mlp.saving import Saver
from mlp.signals import STOPPED, Stopped, signals_as_wish
from mlp.tokens import END
from mlp.versions import own_version, versions
from mlp.windows import Windows
from mlp.words import PERCENT, Changes, TooFew, import_words

app = typer.Typer(
    cls=Group,
    help=__doc__,
    context_settings={"help_option_names": HELP},
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
command = partial(app.command, cls=Command)
SAMPLE_SEED = 42
EPOCHS = 5  # of a trial

out = Console(highlight=False, markup=False, emoji=False, soft_wrap=True)


def _print_version(asked: bool) -> None:
    if asked:
        typer.echo(f"mlp {own_version()}")
        raise typer.Exit()


@app.callback()
def program(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version.", callback=_print_version)
    ] = False,
) -> None:
    """What stands before a command."""


# --- commands -------------------------------------------------------------------


@command()
def data(
    what: Annotated[
        str,
        typer.Argument(
            metavar="NAME|FILE",
            help=f"{' or '.join(corpora.CORPORA)}, or a text file with one word a line",
        ),
    ] = corpora.GIVEN_NAMES,
    name: Annotated[
        str | None, text_option("NAME", "of the corpus of a file; its own without")
    ] = None,
    keep_script: Annotated[
        bool,
        typer.Option("--keep-script", help="keep all letters of the file, not only a to z"),
    ] = False,
    val: Annotated[
        int | None, whole_option(f"percent of the file for val.txt ({PERCENT})", 1, 98)
    ] = None,
    test: Annotated[int | None, whole_option(f"and for test.txt ({PERCENT})", 1, 98)] = None,
    source: Annotated[Path | None, file_option("a folder that has the files")] = None,
    folder: Annotated[
        Path | None,
        file_option(
            "where to put it: FOLDER/NAME; else in corpora/ of the folder that the variable"
            " MLP_HOME names, or of the user's cache"
        ),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="replace one of that name")] = False,
) -> None:
    """Make a corpus and print its folder: of a file of words, built, copied or downloaded."""
    if what in corpora.CORPORA:
        of_a_file = {"name": name, "keep-script": keep_script, "val": val, "test": test}
        for option, value in of_a_file.items():
            if value:
                raise MLPError(f"--{option}: {what} is made already; it is for a file of words")
        path = corpora.prepare(what, folder, source, force=force)
    else:
        if source is not None:
            raise MLPError(f"--source: only for {' and '.join(corpora.CORPORA)}")
        if not Path(what).exists():
            raise MLPError(f"{what}: neither a file nor one of {', '.join(corpora.CORPORA)}")
        try:
            path, changes = import_words(
                Path(what), name, folder, keep_script, val or PERCENT, test or PERCENT, force
            )
        except TooFew as refusal:
            _print_changes(refusal.changes)
            raise
        _print_changes(changes)
    splits = corpora.load(path)
    for split in corpora.SPLITS:
        tokens = getattr(splits, split)
        names = int((tokens == END).sum())
        what = "name " if names == 1 else "names"
        typer.echo(f"{split:5} {names:7,} {what} {len(tokens):9,} characters", err=True)
    typer.echo(path)


def _print_changes(changes: Changes) -> None:
    for line in changes.lines():
        typer.echo(line, err=True)


@command("train")
@with_hyperparameters
def train_command(
    changed: dict[str, Any],
    backend: BackendOption = DEFAULT_BACKEND,
    corpus: OtherCorpusOption = None,
    preset_name: PresetOption = DEFAULT_PRESET,
    resume: Annotated[Path | None, file_option("go on with a checkpoint instead")] = None,
    until: Annotated[int | None, whole_option("stop after this step")] = None,
    eval_every: Annotated[
        int | None,
        whole_option("steps between evaluations; without, 200, or a 50th of all if that is more"),
    ] = None,
    out_file: Annotated[
        Path | None, file_option(f"the checkpoint; with --resume, that one ({OUT})", "--out")
    ] = None,
    save_every: Annotated[
        int | None, whole_option("steps between saves; without, as often as costs little")
    ] = None,
    log_file: Annotated[
        Path | None, file_option("a CSV file that gets the evaluations", "--log")
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="replace a checkpoint or log that is there")
    ] = False,
    fold: Annotated[
        bool, typer.Option("--fold", help="a faster first layer, equal but for rounding")
    ] = False,
    device: DeviceOption = "cpu",
    bf16: Annotated[
        bool, typer.Option("--bf16", help="products in bfloat16, of the backend torch")
    ] = False,
    compile: Annotated[
        bool, typer.Option("--compile", help="torch.compile, of the backend torch")
    ] = False,
    kernels: KernelsOption = "auto",
    threads: ThreadsOption = 1,
) -> None:
    """Train a model. It saves itself on the way, and when Ctrl-C stops it, for --resume.

    With --resume, --steps may be more than before: then the rate follows that longer schedule.
    """
    load_backend(backend)  # that it is not there should not come after a download
    path = out_file or resume or OUT
    check_writable(path)
    _check_new(path, resume, force)
    options: dict[str, Any] = {
        "device": device,
        "bf16": bf16,
        "compile": compile,
        "fold": fold,
        "kernels": kernels,
        "threads": threads,
    }
    if resume is None:
        names = corpora.load(corpora.GIVEN_NAMES if corpus is None else corpus)
        configs = configured(preset_name, changed, names.alphabet.vocab)
        run = Run.start(*configs, backend, **options)
    else:
        longer = changed.get("steps")
        run = _load(resume, backend, **options)
        if longer is not None and longer != run.training.steps:
            typer.echo(run.lengthen(longer))
    steps = run.training.steps
    last = min(until or steps, steps)
    every = eval_every or max(200, steps // 50)
    if resume and run.step >= last and path.exists() and path.samefile(resume):
        typer.echo(f"nothing to do: {path} is at step {run.step} of {steps}")
        typer.echo(_go_on(run, path, backend, options))
        return
    if resume:
        names = _corpus_of(run, resume, corpus)
    train_windows = _windows(names, "train", run)
    val_windows = _windows(names, "val", run)
    check_batch(run.training.batch, train_windows, f"{names.folder}/train.txt")
    run.source = names.source
    resumed = run.step if resume else None
    if launched():
        import_module("mlp.workers").start(run, names.train, last)
    run.backend.moments()  # PyTorch takes long to make an optimizer: now, and in no timed step

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

        train(run, train_windows, val_windows, last, every, on_report, on_step, wish.look)
    with _output_errors():
        typer.echo(f"{'stopped' if wish.made else 'done'} at step {run.step}; saved to {path}")
        if not wish.made:
            sampled = islice(_names(run, "", SAMPLE_SEED, 1.0), 5)
            typer.echo(f"names: {', '.join(sampled)}")
        typer.echo(_go_on(run, path, backend, options))
    if wish.made:
        raise typer.Exit(STOPPED)


def _check_new(path: Path, resume: Path | None, force: bool) -> None:
    """Raise MLPError if a training would replace a checkpoint that it does not go on with."""
    if path.exists() and not force and not (resume and resume.exists() and path.samefile(resume)):
        raise MLPError(f"{path}: exists already; --resume goes on with it, --force replaces it")


def _go_on(run: Run, path: Path, backend: str, options: dict[str, Any]) -> str:
    """Return the command to try next, with the same backend and options of `create`."""
    words = ["mlp", "train", "--resume", str(path)]
    words += ["--backend", backend] * (backend != DEFAULT_BACKEND)
    for name, value in options.items():
        if value is True:
            words.append(f"--{name}")
        elif value != signature(create).parameters[name].default:
            words += [f"--{name}", str(value)]
    if run.step < run.training.steps:
        return f"go on: {shlex.join(words)}"
    sample = shlex.join(["mlp", "sample", "--checkpoint", str(path)])
    longer = shlex.join([*words, "--steps", str(2 * run.training.steps)])
    return f"try: {sample}\ntrain longer: {longer}"


def _load(path: Path, backend: str, **options: Any) -> Run:
    """Load a checkpoint as `Run.resume` does."""
    if path == OUT and not path.exists():
        raise MLPError(f"{path}: not there: mlp train writes it, or --checkpoint names another")
    return Run.resume(path, backend, **options)


@command("eval")
def eval_command(
    checkpoint: CheckpointOption = OUT,
    corpus: OtherCorpusOption = None,
    backend: BackendOption = DEFAULT_BACKEND,
    device: DeviceOption = "cpu",
    kernels: KernelsOption = "auto",
    threads: ThreadsOption = 1,
) -> None:
    """Print the loss on each split, in nats per character."""
    run = _load(checkpoint, backend, device=device, kernels=kernels, threads=threads)
    names = _corpus_of(run, checkpoint, corpus)
    windows = {split: _windows(names, split, run) for split in corpora.SPLITS}
    for split in corpora.SPLITS:
        out.print(f"{split:5} {run.evaluate(windows[split]):.6f}")


@command()
def sample(
    checkpoint: CheckpointOption = OUT,
    prompt: Annotated[str, text_option("LETTERS", "how each name starts")] = "",
    n: Annotated[int, whole_option("how many names")] = 10,
    seed: Annotated[int, whole_option("of the random numbers", 1, MAX_SEED)] = SAMPLE_SEED,
    temperature: Annotated[
        float, real_option("below 1 safer, above 1 wilder", *TEMPERATURES)
    ] = 1.0,
    backend: BackendOption = DEFAULT_BACKEND,
    device: DeviceOption = "cpu",
    kernels: KernelsOption = "auto",
    threads: ThreadsOption = 1,
) -> None:
    """Print names that the model makes up."""
    run = _load(checkpoint, backend, device=device, kernels=kernels, threads=threads)
    for name in islice(_names(run, prompt, seed, temperature), n):
        sys.stdout.write(f"{name}\n")


def _names(run: Run, prompt: str, seed: int, temperature: float) -> Iterator[str]:
    return sample_names(
        lambda contexts: probabilities(run.backend, contexts, temperature),
        run.config.context,
        run.training.padded,
        seed,
        prompt,
        run.source.alphabet,
    )


@command("agree")
@with_hyperparameters
def agree_command(
    changed: dict[str, Any],
    steps: Annotated[int, whole_option("of the schedule")] = 1000,
    every: Annotated[int, whole_option("steps between tensor comparisons")] = 100,
    corpus: CorpusOption = corpora.GIVEN_NAMES,
    preset_name: PresetOption = ORIGINAL,
    float64: Annotated[bool, typer.Option("--float64", help="NumPy and PyTorch only")] = False,
    bound: Annotated[float | None, real_option("on the loss (1e-6; float64: 1e-12)", 0)] = None,
    as_json: Annotated[bool, typer.Option("--json", help="machine-readable, on stdout")] = False,
) -> None:
    """Train all three side by side and show how far they part; exit 1 beyond the bound."""
    splits = corpora.load(corpus)
    config, training = configured(preset_name, changed, splits.alphabet.vocab)
    if steps > training.steps:
        raise MLPError(f"steps {steps}: the schedule of {preset_name} has {training.steps}")
    where = f"{splits.folder}/train.txt"
    windows = Windows(splits.train, config.context, training.padded, where)
    names = ("numpy", "torch") if float64 else BACKENDS
    dtype = "float64" if float64 else "float32"
    limit = bound if bound is not None else 1e-12 if float64 else 1e-6
    result = agree(names, config, training, windows, steps, every, dtype)
    worst = max(d.loss for step in result for d in step.differences.values())
    if as_json:
        report = {
            "corpus": corpus,
            "preset": preset_name,
            "changed": changed,
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
    typer.echo(f"losses agree within {worst:.1e} over {_counted(steps, 'step')}", err=as_json)


@command()
def ngram(
    corpus: CorpusOption = corpora.GIVEN_NAMES,
    order: Annotated[list[int], whole_option("window lengths to try", 1, MAX_ORDER)] = ORDERS,
    smoothing: Annotated[list[Any], real_or_word_option("λ to try", 0, KNESER_NEY)] = SMOOTHINGS,
) -> None:
    """Print the losses of the counting baseline, the best on val, and its loss on test."""
    splits = corpora.load(corpus)
    vocab = splits.alphabet.vocab
    trials, best = grid(splits.train, splits.val, order, smoothing, vocab)
    for trial in trials:
        out.print(
            f"order {trial.order} | smoothing {_smoothing(trial.smoothing)}"
            f" | train {trial.train_loss:.4f} | val {trial.val_loss:.4f}"
        )
    model = ngram_model(best.order, best.smoothing, vocab).fit(splits.train)
    out.print(
        f"best: order {best.order}, smoothing {_smoothing(best.smoothing)}"
        f" | val {best.val_loss:.4f} | test {model.loss(splits.test):.4f}"
    )


def _smoothing(value: Smoothing) -> str:
    return value if isinstance(value, str) else f"{value:g}"


@command()
def mix(
    checkpoints: Annotated[
        list[Path], typer.Argument(metavar="CHECKPOINT", help="models of the same names")
    ],
    order: Annotated[int, whole_option("of the Kneser-Ney counts", 1, MAX_ORDER)] = 6,
    corpus: OtherCorpusOption = None,
    backend: BackendOption = DEFAULT_BACKEND,
    threads: ThreadsOption = 1,
) -> None:
    """Print the losses of models, of their mean, and of their mixture with counts."""
    runs = [_load(path, backend, threads=threads) for path in checkpoints]
    first, padded = runs[0].source, runs[0].training.padded
    for run, path in zip(runs, checkpoints):
        if run.training.padded != padded:
            raise MLPError(f"{path}: has other windows than {checkpoints[0]}: padded, or sliding")
        if (run.source.alphabet, run.source.sha256) != (first.alphabet, first.sha256):
            raise MLPError(f"{path}: learned from other names than {checkpoints[0]}")
    names = _corpus_of(runs[0], checkpoints[0], corpus)
    counts = KneserNey(order, names.alphabet.vocab, padded).fit(names.train)
    losses = []
    for split in ("val", "test"):
        asked = [likelihoods(run.backend, _windows(names, split, run)) for run in runs]
        asked.append(counts.likelihoods(getattr(names, split)))
        fewest = min(map(len, asked))  # where windows slide, a longer context has fewer
        models = np.stack([each[-fewest:] for each in asked])
        if split == "val":
            weights = best_weights(models)
        networks = models[:-1].mean(axis=0)
        losses.append([*map(mean_loss, models), mean_loss(networks), mean_loss(weights @ models)])
    rows = [*map(str, checkpoints), f"Kneser-Ney, order {order}", "mean of the networks", "mixture"]
    for row, weight, val, test in zip(rows, [*weights, None, None], *losses):
        share = "" if weight is None else f" | weight {weight:.3f}"
        out.print(f"val {val:.4f} | test {test:.4f} | {row}{share}")


@command("tune")
@with_hyperparameters
def tune_command(
    changed: dict[str, Any],
    study: Annotated[Path, file_option("the study: a file that is made, or gone on with")],
    corpus: CorpusOption = corpora.GIVEN_NAMES,
    preset_name: PresetOption = DEFAULT_PRESET,
    trials: Annotated[int, whole_option("trials that the study should have")] = 50,
    max_parameters: Annotated[int | None, whole_option("of a model, at most")] = None,
    epochs: Annotated[
        float | None, real_option(f"times that a trial goes through the train split ({EPOCHS})")
    ] = None,
    backend: BackendOption = DEFAULT_BACKEND,
    threads: ThreadsOption = 1,
) -> None:
    """Search hyperparameters for the lowest loss on val. It needs optuna.

    Those that are given stay as they are; the preset's values are tried first. It trains padded and
    shuffled, unless told otherwise. The same command goes on with a study, and another process with
    the same command helps.
    """
    from mlp.tune import Search, setup_of  # an extra, and slow to import

    names = corpora.load(corpus)
    if "steps" in changed and epochs is not None:
        raise MLPError("--steps: they follow from --epochs")
    if "steps" not in changed and epochs is None:
        epochs = EPOCHS
    setup = setup_of(names, preset_name, changed, epochs, max_parameters, backend)
    with (
        _output_errors(),
        signals_as_wish() as wish,
        closing(Search(study, names, setup, threads)) as search,
    ):
        with suppress(Stopped):
            for trial in search.run(trials, wish.look):
                typer.echo(str(trial))
        if wish.made:
            typer.echo(f"stopped; the same command goes on with {study}")
            raise typer.Exit(STOPPED)
        results = search.results()
        typer.echo(f"best: {results.best}")
        typer.echo(f"train it: {results.command(results.best)}")
        typer.echo(f"its last line says val {results.best.shown:.6f}: it takes whole batches only")


@command("plot")
def plot_command(
    files: Annotated[
        list[Path],
        typer.Argument(metavar="FILE", help="logs of mlp train --log, or a study of mlp tune"),
    ],
    out_file: Annotated[
        Path, file_option("the picture: svg, png or pdf", "--out", endings=FORMATS)
    ] = Path("plot.svg"),
) -> None:
    """Draw the losses of trainings, or a study; print where the picture is. It needs matplotlib."""
    if len(files) == 1 and files[0].is_file() and is_study(files[0]):
        plot_study(files[0], out_file)
    else:
        plot(files, out_file)
    typer.echo(out_file)


def main() -> None:
    """Run the command line; a user's mistake is one line on stderr."""
    _open_streams()
    # An overflow needs no warnings from NumPy: training says where the loss stopped being a number.
    with one_thread(), np.errstate(over="ignore", invalid="ignore"):
        try:
            status = import_module("mlp.workers").together(_run) if launched() else _run()
            sys.stdout.flush()
        except (MLPError, OSError, MemoryError, typer.TyperException) as error:
            status = _complain(error)
        finally:
            _drop_output()
        sys.exit(status)


def _run() -> Any:
    """Run the command; return its exit status, or None."""
    return app(sys.argv[1:], standalone_mode=False)


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
        status = error.status if isinstance(error, MLPError) else status
    _warn(message)
    return status


def _warn(message: str) -> None:
    """Print one line on stderr, whatever the user wrote; nothing, if nobody can read it."""
    with suppress(OSError):
        line = re.sub("[\x00-\x1f\x7f]", " ", " ".join(message.splitlines()))
        print("mlp:", line, file=sys.stderr, flush=True)


def _counted(n: int, what: str) -> str:
    return f"{n} {what}" if n == 1 else f"{n} {what}s"


def _corpus_of(run: Run, checkpoint: Path, name: str | None) -> Corpus:
    """Find the corpus `name`, or else the one that a checkpoint learned from."""
    known = run.source
    if name is None and not known.corpus:
        raise MLPError(f"{checkpoint}: does not say which corpus it learned from: add --corpus")
    if name is None:
        _warn(f"the corpus of {checkpoint}: {known.corpus}")
    corpus = corpora.load(known.corpus if name is None else name)
    if corpus.alphabet != known.alphabet:
        raise MLPError(f"{corpus.folder}: has another alphabet than {checkpoint}")
    if known.sha256 in ("", corpus.source.sha256):
        return corpus
    if name is None:
        raise MLPError(
            f"{corpus.folder}/train.txt: has changed since {checkpoint} learned from it:"
            f" --corpus {known.corpus} takes it all the same"
        )
    _warn(f"{checkpoint} learned from other names than those of {name}")
    return corpus


def _windows(corpus: Corpus, split: str, run: Run) -> Windows:
    where = f"{corpus.folder}/{split}.txt"
    return Windows(getattr(corpus, split), run.config.context, run.training.padded, where)


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
