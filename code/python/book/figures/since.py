"""The figures of the chapter "Bengio 2003 and since"."""

import numpy as np

from book.figures.common import EDGE, RESULTS
from book.words import listed
from litdocs.diagram import Drawing
from litdocs.results import record


def attention() -> Drawing:
    """What each place of a name takes from those before it, after training."""
    found = record(RESULTS / "since-given-names.json")
    weights, name = np.array(found["weights"]), "." + found["shown"]
    d = Drawing("What each place of emma takes from the places before it")
    d.text(1, 8, "down: who looks. across: at what", "note", "start")
    cell = 52.0
    grid = d.grid(
        (EDGE - cell * len(name)) / 2, 22, weights, "value",
        rows=list(name), columns=list(name), cell=(cell, 26),
    )  # fmt: skip
    for row, letter in enumerate(name):
        d.ring(grid.cell(row, int(weights[row].argmax())))
        d.say(f"At place {row}, {letter}: {listed(weights[row, : row + 1])}.")
    d.caption = (
        "The attention of the third model, after training. Each row adds up to 1. Ringed: where a "
        "place looks most, which here is at itself."
    )
    return d


FIGURES = (attention,)
