"""Pictures: the losses that `mlp train --log` wrote, and what mattered in a study of `mlp tune`."""

import io
import logging
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from mlp.config import MAX_COUNT, MAX_REAL, real, whole
from mlp.corpora import one_line
from mlp.errors import MLPError
from mlp.files import check_writable, write_file
from mlp.log import HEADER

FORMATS = (".svg", ".png", ".pdf")
FEW = 30  # evaluations, which are dots on their line
NATS = "loss, in nats per letter"
JOURNAL = b'{"op_code":'  # how a study begins

Losses = tuple[list[int], list[float], list[float]]  # steps, and the losses on train and val


def plot(logs: Sequence[Path], out: Path) -> None:
    """Draw the losses of some logs over the step, in the format that the suffix of `out` says.

    MLPError for what is no log, a file that cannot be written, and if matplotlib is not there.
    """
    check_writable(out)
    curves = [read_log(log) for log in logs]

    def draw(figure: Any) -> None:
        axes = figure.add_subplot(xlabel="step", ylabel=NATS)
        for i, (log, (steps, *losses)) in enumerate(zip(logs, curves)):
            for split, loss, style in zip(("train", "val"), losses, ("--", "-")):
                label = split if len(logs) == 1 else f"{split}, {log}"
                dots = "." if len(steps) < FEW else ""
                axes.plot(steps, loss, style, color=f"C{i % 10}", marker=dots, label=label)
        for text in axes.legend().get_texts():
            text.set_parse_math(False)  # a $ in the name of a file

    write_file(out, [_picture(draw, out.suffix[1:])])


def plot_study(path: Path, out: Path) -> None:
    """Draw the loss on val over each hyperparameter of a study, and how much each mattered.

    MLPError as above, and where optuna is not there.
    """
    from mlp.tune import COMPLETE, read_study  # an extra, and slow to import

    check_writable(out)
    study = read_study(path)
    trials = [trial for trial in study.trials if trial.state == COMPLETE]
    if not trials:
        raise MLPError(f"{path}: no trial has come to its end yet")
    space = study.setup["space"]
    names = [*study.importances, *(name for name in space if name not in study.importances)]

    def draw(figure: Any) -> None:
        from matplotlib.ticker import LogLocator, NullLocator

        rows = len(names) // 3 + 1
        figure.set_size_inches(12, 3 * rows)
        grid = figure.add_gridspec(rows, 3)
        axes = figure.add_subplot(grid[0], xlabel="importance")
        axes.barh(names[::-1], [study.importances.get(name, 0) for name in names[::-1]])
        for i, name in enumerate(names, start=1):
            axes = figure.add_subplot(grid[i], xlabel=name, ylabel=NATS)
            if space[name].get("log"):
                axes.set_xscale("log")
                axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
                axes.xaxis.set_major_formatter("{x:g}")
                axes.xaxis.set_minor_locator(NullLocator())
            axes.plot([trial.chosen[name] for trial in trials], [t.loss for t in trials], ".")

    write_file(out, [_picture(draw, out.suffix[1:])])


def is_study(path: Path) -> bool:
    """Say whether a file begins as a study does; MLPError if it cannot be read."""
    with one_line(path), open(path, "rb") as file:
        return file.read(len(JOURNAL)) == JOURNAL


def read_log(path: Path) -> Losses:
    """Read a log; MLPError says which line is none of it."""
    with one_line(path):
        data = path.read_bytes()
    if not data.startswith(HEADER):
        raise MLPError(f"{path}: not a log of mlp train")
    losses: Losses = ([], [], [])
    for number, line in enumerate(data[len(HEADER) :].splitlines(keepends=True), start=2):
        try:
            step, train, val, _ = line.decode().removesuffix("\n").split(",")
            losses[0].append(whole(step, 0, MAX_COUNT))
            losses[1].append(real(train, 0, MAX_REAL))
            losses[2].append(real(val, 0, MAX_REAL))
        except (MLPError, ValueError) as error:
            raise MLPError(f"{path}:{number}: not a step, two losses and a time") from error
    if not losses[0]:
        raise MLPError(f"{path}: no evaluations")
    return losses


def _picture(draw: Callable[[Any], None], format: str) -> bytes:
    """Return what is drawn on a figure of matplotlib, as a file."""
    logging.getLogger("matplotlib").setLevel("ERROR")  # it tells of its caches
    try:
        import matplotlib  # an extra, and slow to import
        from matplotlib.figure import Figure
    except ModuleNotFoundError as error:
        raise MLPError("plot: matplotlib is not installed: pip install matplotlib") from error
    date: dict[str, Any] = {"svg": {"Date": None}, "pdf": {"CreationDate": None}}
    picture = io.BytesIO()
    # The same log is the same file. Letters stay letters; where a font lacks one, it is a box.
    with (
        matplotlib.rc_context({"svg.fonttype": "none", "svg.hashsalt": "mlp"}),
        warnings.catch_warnings(action="ignore"),
    ):
        figure = Figure(layout="constrained")
        draw(figure)
        figure.savefig(picture, format=format, metadata=date.get(format))
    return picture.getvalue()
