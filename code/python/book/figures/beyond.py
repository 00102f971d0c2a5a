"""The figures of the chapter "Beyond one machine"."""

from itertools import pairwise

import numpy as np

from bench.workers import WORKERS, projected
from book.example import ALL, CONFIG, PADDED, follow
from book.figures.common import EDGE, bench
from book.figures.frameworks import nice
from book.words import listed, spoken, word
from litdocs.diagram import CELL_WIDTH, Box, Drawing, decimals

SHARE = 2  # windows of each worker
WINDOWS = WORKERS * SHARE
MOST = 64  # workers of the projection
SHOWN = ("512-128", "512-1024", "2048-128", "2048-1024")


def shared_batch() -> Drawing:
    """Two workers share four windows: the mean of their gradients is the gradient of all."""
    d = Drawing("Workers share a batch, and average their gradients", {"H": CONFIG.hidden})
    whole = follow(ALL.tokens[:WINDOWS], ALL.targets[:WINDOWS]).grads["hidden.0.bias"]
    half, wide = EDGE / WORKERS, CONFIG.hidden * CELL_WIDTH
    d.text(EDGE / 2, 8, f"a batch of {WINDOWS} windows", "strong", size=12)
    parts = []
    for worker in range(WORKERS):
        rows = range(worker * SHARE, (worker + 1) * SHARE)
        found = follow(ALL.tokens[rows], ALL.targets[rows]).grads["hidden.0.bias"]
        box = Box(half * worker + 10, 32, half - 20, 66)
        d.box(box, "", "value")
        d.text(box.cx, box.y + 13, f"worker {worker}", "note")
        for i, row in enumerate(rows):
            d.text(box.cx, box.y + 32 + 18 * i, spoken(PADDED, row), size=12)
        grid = d.tensor(box.cx - wide / 2, 122, "dbias", "H", found, "gradient")
        d.arrow((EDGE / 2, 18), (box.cx, box.y - 2), "forward", "down")
        d.arrow((grid.right - 20, box.bottom), (grid.right - 20, grid.y - 2), "forward")
        d.arrow((grid.cx, grid.bottom), (EDGE / 2 + 22 * (2 * worker - 1), 208), "gradient", "down")
        d.say(f"Worker {worker} has {' and '.join(spoken(PADDED, row) for row in rows)}.")
        d.say(f"Its gradient of the bias is {listed(found)}.")
        parts.append(found)
    mean = np.mean(parts, axis=0)
    assert np.allclose(mean, whole, atol=1e-7)
    grid = d.tensor(EDGE / 2 - wide / 2, 212, "mean", "H", mean, "gradient")
    d.text(EDGE / 2, grid.bottom + 14, "both get it, and make the same update", "note")
    d.say(f"The mean is {listed(mean)}, which is the gradient of all {word(WINDOWS)}.")
    d.caption = (
        f"The first {word(WINDOWS)} windows of <em>emma</em> on {word(WORKERS)} workers. Each has "
        "the gradient of the mean loss of its own windows; their mean is that of all."
    )
    return d


def workers_projected() -> Drawing:
    """How many times as fast many workers would be, from what was measured with two."""
    cells = bench("workers")["cells"]
    d = Drawing("How many times as fast n workers would be")
    box = Box(34, 6, EDGE - 34 - 82, 210)
    numbers = 2.0 ** np.arange(1, int(np.log2(MOST)) + 1)
    fast = {
        name: np.array([cells[name]["ms"]["alone"]["median"] / projected(cells[name], int(n))
                        for n in numbers])
        for name in SHOWN
    }  # fmt: skip
    ticks = nice(float(np.max(list(fast.values()))))
    plot = d.plot(box, (1, float(np.log2(MOST))), (0, ticks[-1]), (), ticks)
    for n in numbers:
        d.text(plot.at(float(np.log2(n)), 0)[0], box.bottom + 11, decimals(n), "index")
    d.text(box.right, box.bottom + 27, "workers", "note", "end")
    d.text(box.x + 5, box.y + 6, "times as fast as one process", "note", "start")
    ends = spaced([min(plot.at(1, fast[name][-1])[1], box.bottom - 8) for name in SHOWN])
    for name, end in zip(SHOWN, ends):
        few = cells[name]["batch"] == min(cell["batch"] for cell in cells.values())
        d.curve(plot, np.log2(numbers), fast[name], "torch dashed" if few else "torch")
        d.text(box.right + 5, end, name.replace("-", " × "), "toned torch", "start")
        best = int(np.argmax(fast[name]))
        d.say(
            f"{name.replace('-', ' × ')}: at most {fast[name][best]:.1f} times as fast, with "
            f"{numbers[best]:.0f} workers."
        )
    d.caption = (
        "The formula, with compute, delay and speed as measured on one machine with "
        f"{word(WORKERS)} workers. On the right hidden units × windows in the whole batch; dashed "
        "where these are few."
    )
    return d


def spaced(places: list[float], apart: float = 14) -> list[float]:
    """Move labels up until none covers another."""
    found = list(places)
    order = sorted(range(len(places)), key=lambda i: -places[i])
    for below, above in pairwise(order):
        found[above] = min(found[above], found[below] - apart)
    return found


FIGURES = (shared_batch, workers_projected)
