"""What mattered in a study of `mlp tune`: a figure for whichever page shows the record of one."""

import math
from typing import Any

import numpy as np

from book.figures.common import EDGE
from litdocs.diagram import Box, Drawing, decimals

SHOWN = 2  # hyperparameters whose dots are drawn
STEPS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0)  # between two rules


def tuning(record: dict[str, Any]) -> Drawing:
    """How much each hyperparameter mattered, and the losses over those that mattered most."""
    importances = record["importances"]
    complete = [trial for trial in record["trials"] if trial["state"] == "complete"]
    losses = np.array([trial["loss"] for trial in complete])
    d = Drawing("How much each hyperparameter mattered, and the losses over the most important")
    y, x = 0.0, 108
    for name, importance in importances.items():
        d.text(x - 8, y + 8, name.replace("_", " "), "note", "end")
        width = importance / max(importances.values()) * (EDGE - x - 40)
        d.bar(Box(x, y + 2, width, 12), "value")
        d.text(x + width + 5, y + 8, f"{importance:.0%}", anchor="start")
        d.say(f"{name.replace('_', ' ').capitalize()}: {importance:.0%}.")
        y += 17
    y += 32
    low, high, rules = scale(losses)
    d.text(1, y - 16, "validation loss", "note", "start")
    left, gap = 34, 32
    width = (EDGE - left - 14 - gap * (SHOWN - 1)) / SHOWN
    inside = losses <= high
    for i, name in enumerate([*importances][:SHOWN]):
        space = record["setup"]["space"][name]
        box = Box(left + i * (width + gap), y, width, 150)
        values = [trial["chosen"][name] for trial in complete]
        xs, ends, ticks = along(space, values)
        plot = d.plot(box, ends, (low, high), (), () if i else rules)
        for at, tick in ticks:
            d.line((plot.at(at, low)), (plot.at(at, low)[0], box.bottom + 4), tone="light")
            d.text(plot.at(at, low)[0], box.bottom + 12, tick, "index")
        d.scatter(plot, xs[inside], losses[inside], "value")
        best = int(losses.argmin())
        d.dot(plot.at(xs[best], losses[best]), "gradient")
        d.text(box.right, box.bottom + 28, name.replace("_", " "), "note", "end")
        value = values[best]
        said = decimals(value) if isinstance(value, int | float) else value
        d.say(f"The best trial, {losses.min():.3f}, has {name.replace('_', ' ')} {said}.")
    pruned = sum(trial["state"] == "pruned" for trial in record["trials"])
    above = int((~inside).sum())
    d.caption = (
        f"Trials trained to the end: {len(complete)}; given up on the way: {pruned}. Bars: how far "
        "the values in the best trials differ from those in all, in parts of the whole. Dots: the "
        f"trials, the best large; {above} with higher losses are not in sight."
    )
    return d


def scale(losses: Any) -> tuple[float, float, list[float]]:
    """Return where an axis of losses begins and ends, and its rules: some trials may lie above."""
    best, most = float(losses.min()), float(np.quantile(losses, 0.9))
    step = next((step for step in STEPS if (most - best) / step <= 5), STEPS[-1])
    first, last = math.floor(best / step), math.ceil(most / step)
    if first == last:
        last += 1
    return first * step, last * step, [round(i * step, 10) for i in range(first, last + 1)]


def along(
    space: dict[str, Any], values: list[Any]
) -> tuple[Any, tuple[float, float], list[tuple[float, str]]]:
    """Return where values (N,) are on their axis (N,), where that begins and ends, and its ticks.

    Logarithms count from its beginning, as axes cross at zero.
    """
    if "choices" in space:
        names = [*map(str, space["choices"])]
        xs = np.array([names.index(str(value)) + 1.0 for value in values])
        return xs, (0.5, len(names) + 0.5), [(i + 1.0, name) for i, name in enumerate(names)]
    low, high = space["low"], space["high"]
    if space["log"]:
        round_ones = [
            digit * 10.0**power
            for power in range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
            for digit in (1, 2, 5)
            if low <= digit * 10.0**power <= high
        ]
        ticks = round_ones[:: math.ceil(len(round_ones) / 3)]
        return (
            np.log10(np.array(values) / low),
            (0, math.log10(high / low)),
            [(math.log10(tick / low), decimals(tick)) for tick in ticks],
        )
    span = high - low
    ticks = [low, low + span / 2, high]
    return np.array(values, float), (low, high), [(tick, decimals(tick)) for tick in ticks]
