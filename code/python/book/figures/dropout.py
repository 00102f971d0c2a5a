"""The figures of the chapter "Dropout"."""

import numpy as np

from book.example import ALL, PADDED
from book.figures.common import SIZES, UNITS
from book.words import listed, spoken, two
from litdocs.diagram import Drawing
from mlp import ops_numpy as ops
from mlp.rng import key, stream

P = 0.25
KEY = key(stream(1337, 0), 1)  # of the first step, and of what the output layer reads
OUT, MASK = ops.dropout_forward(ALL.hidden, P, KEY)
DOUT = ALL.dhidden
DINP = ops.dropout_backward(DOUT, MASK)

_WINDOWS = [spoken(PADDED, row) for row in range(len(ALL.hidden))]
_LEFT = 60


def dropout_forward() -> Drawing:
    d = Drawing("dropout_forward: some numbers become 0, the others larger", SIZES | {"B": 5})
    inp = d.tensor(_LEFT, 0, "inp", "B,H", ALL.hidden, "value", rows=_WINDOWS)
    d.text(inp.right + 20, inp.cy, "×", size=14)
    mask = d.tensor(_LEFT, inp.bottom + 12, "mask", "B,H", MASK, "light", rows=_WINDOWS)
    d.text(mask.right + 20, mask.cy, "=", size=14)
    out = d.tensor(
        _LEFT, mask.bottom + 12, "out", "B,H", OUT, "value", rows=_WINDOWS, columns=UNITS
    )
    for row, column in np.argwhere(MASK == 0):
        d.ring(mask.cell(row, column))
        d.ring(out.cell(row, column))
    zeros = int(np.sum(MASK == 0))
    d.say(
        f"The hidden units of five windows, {MASK.size} numbers. {zeros} of the mask are 0, the "
        f"others {two(1 / (1 - P))}.",
        *(f"{name}: {listed(row)} become {listed(after)}."
          for name, row, after in zip(_WINDOWS, ALL.hidden, OUT)),
    )  # fmt: skip
    d.caption = (
        f"Ringed is what was dropped: {zeros} of {MASK.size}. What is left is divided by {1 - P:g}."
    )
    return d


def dropout_backward() -> Drawing:
    d = Drawing("dropout_backward: gradients pass where numbers did", SIZES | {"B": 5})
    dout = d.tensor(_LEFT, 0, "dout", "B,H", DOUT, "gradient", rows=_WINDOWS)
    d.text(dout.right + 20, dout.cy, "×", size=14)
    mask = d.tensor(_LEFT, dout.bottom + 12, "mask", "B,H", MASK, "light", rows=_WINDOWS)
    d.text(mask.right + 20, mask.cy, "=", size=14)
    dinp = d.tensor(
        _LEFT, mask.bottom + 12, "dinp", "B,H", DINP, "gradient", rows=_WINDOWS, columns=UNITS
    )
    for row, column in np.argwhere(MASK == 0):
        d.ring(mask.cell(row, column))
        d.ring(dinp.cell(row, column))
    d.say(
        *(f"{name}: {listed(row)} become {listed(after)}."
          for name, row, after in zip(_WINDOWS, DOUT, DINP)),
    )  # fmt: skip
    d.caption = (
        "The mask of the way forward, once more. Where a number was dropped, no gradient goes."
    )
    return d


FIGURES = (dropout_forward, dropout_backward)
