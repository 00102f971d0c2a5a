"""The figures of the chapter "Training"."""

from typing import Any

import numpy as np

from book.figures.common import EDGE, RESULTS
from book.words import two
from litdocs.diagram import Array, Box, Drawing, Plot, decimals
from litdocs.results import record

CORPUS = "given-names"
SPLITS = (("train", "train", "forward"), ("val", "validation", "value"))


def _last(
    d: Drawing, plot: Plot, at: Array, runs: list[dict[str, Any]], split: str, tone: str
) -> Array:
    """Draw the last loss of each run, a dot on a curve; return them (N,)."""
    losses = np.array([run[split][-1] for run in runs])
    d.curve(plot, at, losses, tone)
    for place, loss in zip(at, losses):
        d.dot(plot.at(place, loss), tone)
    return losses


def curves() -> Drawing:
    """The losses of all three implementations over a whole training."""
    runs = record(RESULTS / f"original-{CORPUS}.json")["runs"]
    d = Drawing("The losses of C, NumPy and PyTorch over a whole training")
    last = runs["c"]["steps"][-1]
    plot = d.plot(
        Box(34, 22, EDGE - 34 - 24, 180), (0, last), (1.9, 2.9), [0, last // 2, last],
        [2, 2.2, 2.4, 2.6, 2.8],
    )  # fmt: skip
    d.text(1, 8, "loss", "note", "start")
    for split, name, tone in SPLITS:
        for run in runs.values():
            losses = np.array(run[split])
            seen = losses <= 2.9
            steps = np.array(run["steps"])[seen][::4]
            d.curve(plot, steps, losses[seen][::4], tone)
        x, y = plot.at(last, losses[-1])
        d.text(x - 4, y - 12, f"{name} {decimals(losses[-1], 2)}", f"toned over {tone}", "end")
        ends = ", ".join(f"{decimals(run[split][-1], 4)}" for run in runs.values())
        d.say(f"{name}, at the end, in C, NumPy and PyTorch: {ends}.")
    d.text(plot.right, plot.bottom + 26, "steps", "note", "end")
    d.caption = "The preset original, 50,000 steps. Each line is three lines."
    return d


def rates() -> Drawing:
    """The final losses by learning rate."""
    runs = record(RESULTS / f"sweeps-{CORPUS}.json")["rates"]
    d = Drawing("The loss that each learning rate ends with")
    plot = d.plot(
        Box(34, 22, EDGE - 46, 170), (-5, -0.5), (2, 3), y_ticks=[2, 2.2, 2.4, 2.6, 2.8, 3]
    )
    d.text(1, 8, "loss after the last step", "note", "start")
    for power in range(-5, 0):
        x, _ = plot.at(power, 0)
        d.text(x, plot.bottom + 12, f"{10.0**power:g}", "index")
    d.text(plot.right, plot.bottom + 28, "learning rate", "note", "end")
    at = np.log10([run["rate"] for run in runs])
    for split, name, tone in SPLITS:
        losses = _last(d, plot, at, runs, split, tone)
        x, y = plot.at(at[2], losses[2])
        lift = -14 if split == "val" else 16
        d.text(x + 6, y + lift, name, f"toned over {tone}", "start" if split == "val" else "end")
        at_each = (f"{run['rate']:g}: {two(loss)}" for run, loss in zip(runs, losses))
        d.say(f"{name}: {', '.join(at_each)}.")
    d.caption = "The preset quick with ten learning rates. The axis of the rates is logarithmic."
    return d


def hidden_sizes() -> Drawing:
    """The final losses by number of hidden units."""
    runs = record(RESULTS / f"sweeps-{CORPUS}.json")["hidden"]
    d = Drawing("The losses of models with 2 to 1,024 hidden units")
    plot = d.plot(
        Box(34, 22, EDGE - 46, 170), (1, 10), (1.6, 2.6), y_ticks=[1.6, 1.8, 2, 2.2, 2.4, 2.6]
    )
    d.text(1, 8, "loss after the last step", "note", "start")
    at = np.log2([run["hidden"] for run in runs])
    for place, run in [*zip(at, runs)][::2]:
        x, _ = plot.at(place, 0)
        d.text(x, plot.bottom + 12, str(run["hidden"]), "index")
    d.text(plot.right, plot.bottom + 28, "hidden units", "note", "end")
    for split, name, tone in SPLITS:
        losses = _last(d, plot, at, runs, split, tone)
        x, y = plot.at(at[7], losses[7])
        left = -14 if split == "train" else 0
        d.text(x + left, y + (10 if left else -14), name, f"toned over {tone}", "end")
        at_each = (f"{run['hidden']}: {two(loss)}" for run, loss in zip(runs, losses))
        d.say(f"{name}: {', '.join(at_each)}.")
    best = min(runs, key=lambda run: run["val"][-1])
    x, y = plot.at(np.log2(best["hidden"]), best["val"][-1])
    d.ring(Box(x - 7, y - 7, 14, 14))
    d.caption = (
        "Underfitting on the left, overfitting on the right. Ringed: the best on validation, "
        f"with {best['hidden']} units."
    )
    return d


def by_heart() -> Drawing:
    """The losses of the largest model on its way."""
    run = record(RESULTS / f"sweeps-{CORPUS}.json")["hidden"][-1]
    d = Drawing("A model that learns its names by heart")
    last = run["steps"][-1]
    plot = d.plot(
        Box(34, 22, EDGE - 34 - 24, 160), (0, last), (1.6, 2.8), [0, last // 2, last],
        [1.6, 1.8, 2, 2.2, 2.4, 2.6, 2.8],
    )  # fmt: skip
    d.text(1, 8, "loss", "note", "start")
    for split, name, tone in SPLITS:
        losses = np.array(run[split])
        seen = losses <= 2.8
        d.curve(plot, np.array(run["steps"])[seen], losses[seen], tone)
        x, y = plot.at(last, losses[-1])
        d.text(x - 4, y - 14, name, f"toned over {tone}", "end")
    best = int(np.argmin(run["val"]))
    x, y = plot.at(run["steps"][best], run["val"][best])
    d.ring(Box(x - 7, y - 7, 14, 14))
    d.text(plot.right, plot.bottom + 26, "steps", "note", "end")
    d.say(
        f"On validation it is lowest at step {run['steps'][best]:,}, {two(run['val'][best])}, and "
        f"ends at {two(run['val'][-1])}. On train it ends at {two(run['train'][-1])}."
    )
    d.caption = f"{run['hidden']:,} hidden units. Ringed: where to stop."
    return d


FIGURES = (curves, rates, hidden_sizes, by_heart)
