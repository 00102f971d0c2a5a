"""The curve of a training: the losses that `mlp train --log` wrote, as a picture."""

import io
import logging
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mlp.config import MAX_COUNT, MAX_REAL, real, whole
from mlp.corpora import one_line
from mlp.errors import MLPError
from mlp.files import check_writable, write_file
from mlp.log import HEADER

FORMATS = (".svg", ".png", ".pdf")
FEW = 30  # evaluations, which are dots on their line

Losses = tuple[list[int], list[float], list[float]]  # steps, and the losses on train and val


def plot(logs: Sequence[Path], out: Path) -> None:
    """Draw the losses of some logs over the step, in the format that the suffix of `out` says.

    MLPError for what is no log, a file that cannot be written, and if matplotlib is not there.
    """
    check_writable(out)
    curves = [read_log(log) for log in logs]
    write_file(out, [_picture(logs, curves, out.suffix[1:])])


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


def _picture(logs: Sequence[Path], curves: Sequence[Losses], format: str) -> bytes:
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
        axes = figure.add_subplot(xlabel="step", ylabel="loss, in nats per letter")
        for i, (log, (steps, *losses)) in enumerate(zip(logs, curves)):
            for split, loss, style in zip(("train", "val"), losses, ("--", "-")):
                label = split if len(logs) == 1 else f"{split}, {log}"
                dots = "." if len(steps) < FEW else ""
                axes.plot(steps, loss, style, color=f"C{i % 10}", marker=dots, label=label)
        for text in axes.legend().get_texts():
            text.set_parse_math(False)  # a $ in the name of a file
        figure.savefig(picture, format=format, metadata=date.get(format))
    return picture.getvalue()
