"""The figures of the chapter "Dropout"."""

import numpy as np

from book.example import ALL, PADDED
from book.figures.common import SIZES, UNITS
from book.words import listed, spoken, two
from litdocs.diagram import Array, Drawing
from mlp import ops_numpy as ops
from mlp.rng import key, stream

P = 0.25
KEY = key(stream(1337, 0), 1)  # of the first step, and of what the output layer reads
OUT, MASK = ops.dropout_forward(ALL.hidden, P, KEY)
DOUT = ALL.dhidden
DINP = ops.dropout_backward(DOUT, MASK)

_WINDOWS = [spoken(PADDED, row) for row in range(len(ALL.hidden))]
_LEFT = 60


def _masked(title: str, before: tuple[str, Array], after: tuple[str, Array], tone: str) -> Drawing:
    """Draw an array, times the mask, and what comes of it; what is dropped has a ring."""
    d = Drawing(title, SIZES | {"B": 5})
    inp = d.tensor(_LEFT, 0, before[0], "B,H", before[1], tone, rows=_WINDOWS)
    d.text(inp.right + 20, inp.cy, "×", size=14)
    mask = d.tensor(_LEFT, inp.bottom + 12, "mask", "B,H", MASK, "light", rows=_WINDOWS)
    d.text(mask.right + 20, mask.cy, "=", size=14)
    out = d.tensor(
        _LEFT, mask.bottom + 12, after[0], "B,H", after[1], tone, rows=_WINDOWS, columns=UNITS
    )
    for row, column in np.argwhere(MASK == 0):
        d.ring(mask.cell(row, column))
        d.ring(out.cell(row, column))
    return d


def _say_rows(d: Drawing, before: Array, after: Array) -> None:
    for name, row, becomes in zip(_WINDOWS, before, after):
        d.say(f"{name}: {listed(row)} become {listed(becomes)}.")


def dropout_forward() -> Drawing:
    title = "dropout_forward: some numbers become 0, the others larger"
    d = _masked(title, ("inp", ALL.hidden), ("out", OUT), "value")
    zeros = int(np.sum(MASK == 0))
    d.say(
        f"The hidden units of five windows, {MASK.size} numbers. {zeros} of the mask are 0, the "
        f"others {two(1 / (1 - P))}."
    )
    _say_rows(d, ALL.hidden, OUT)
    d.caption = (
        f"Ringed is what was dropped: {zeros} of {MASK.size}. What is left is divided by {1 - P:g}."
    )
    return d


def dropout_backward() -> Drawing:
    title = "dropout_backward: gradients pass where numbers did"
    d = _masked(title, ("dout", DOUT), ("dinp", DINP), "gradient")
    _say_rows(d, DOUT, DINP)
    d.caption = (
        "The mask of the way forward, once more. Where a number was dropped, no gradient goes."
    )
    return d


FIGURES = (dropout_forward, dropout_backward)
