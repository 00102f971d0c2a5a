"""The figures of the chapter "They agree"."""

from itertools import pairwise
from typing import Any

import numpy as np

from book.figures.common import EDGE, RESULTS
from litdocs.diagram import Box, Drawing, Plot
from litdocs.results import record

PAIRS = {"c-numpy": "C and NumPy", "c-torch": "C and PyTorch", "numpy-torch": "NumPy and PyTorch"}
TONES = {"c-numpy": "c", "c-torch": "torch", "numpy-torch": "numpy"}


def _logarithmic(d: Drawing, box: Box, xs: tuple[float, float], ys: tuple[int, int]) -> Plot:
    """Draw axes whose numbers are powers of ten."""
    plot = d.plot(box, xs, ys)
    for power in range(ys[0], ys[1] + 1):
        _, y = plot.at(xs[0], power)
        d.text(plot.x - 4, y, f"1e{power}", "index", "end")
        d.line((plot.x, y), (plot.right, y), tone="faint")
    return plot


def apart() -> Drawing:
    """The largest difference of a parameter, by step, for each pair."""
    pairs = record(RESULTS / "agree-ssa-names.json")["float32"]["pairs"]
    d = Drawing("How far the parameters of two implementations are apart")
    plot = _logarithmic(d, Box(40, 22, EDGE - 46, 170), (0, np.log10(2000)), (-8, -5))
    d.text(1, 8, "largest difference of a parameter", "note", "start")
    for step in (1, 10, 100, 1000):
        x, _ = plot.at(np.log10(step), 0)
        d.text(x, plot.bottom + 12, f"{step:,}", "index")
    d.text(plot.right, plot.bottom + 28, "steps", "note", "end")
    for number, (pair, name) in enumerate(PAIRS.items()):
        by_step = pairs[pair]["by_step"]
        largest = np.max(list(by_step["params"].values()), axis=0)
        logs = np.log10(np.maximum(largest, 1e-8))
        d.curve(plot, np.log10(by_step["steps"]), logs, TONES[pair])
        d.text(plot.right - 4, plot.y + 10 + 16 * number, name, f"toned over {TONES[pair]}", "end")
        d.say(f"{name}: {largest[0]:.0e} after the first step, {largest[-1]:.0e} at the end.")
    d.caption = "The first 2,000 steps of the preset original on ssa-names, on logarithmic axes."
    return d


def tensors() -> Drawing:
    """The largest difference in each tensor after the last step."""
    pairs = record(RESULTS / "agree-ssa-names.json")["float32"]["pairs"]
    names = list(pairs["c-numpy"]["by_step"]["params"])
    d = Drawing("How far each tensor is apart, after 2,000 steps")
    plot = _bars_frame(d, names)
    for row, name in enumerate(names):
        for number, pair in enumerate(PAIRS):
            value = pairs[pair]["by_step"]["params"][name][-1]
            x, _ = plot.at(np.log10(max(value, 1e-8)), 0)
            y = plot.y + row * 46 + 18 + number * 8
            d.bar(Box(plot.x, y, max(x - plot.x, 1), 6), TONES[pair])
            d.say(f"{name}, {PAIRS[pair]}: {value:.0e}.")
    d.caption = "The same colours. The bars are logarithmic, too."
    return d


def _bars_frame(d: Drawing, names: list[str]) -> Plot:
    plot = d.plot(Box(16, 4, EDGE - 36, 46 * len(names)), (-8, -6), (0, 1))
    for power in (-8, -7, -6):
        x, _ = plot.at(power, 0)
        d.text(x, plot.bottom + 12, f"1e{power}", "index")
        d.line((x, plot.y), (x, plot.bottom), tone="faint")
    for row, name in enumerate(names):
        d.text(plot.x + 4, plot.y + row * 46 + 9, name, "name over", "start", 12)
    return plot


def parting() -> Drawing:
    """The difference of the losses of C and NumPy, for original and for deep."""
    found = record(RESULTS / "parting-given-names.json")
    d = Drawing("The losses of C and NumPy: original stays together, deep parts")
    plot = _logarithmic(d, Box(40, 22, EDGE - 60, 170), (0, found["steps"]), (-7, -1))
    d.text(1, 8, "difference of the loss of a batch", "note", "start")
    for step in (0, 500, 1000):
        x, _ = plot.at(step, 0)
        d.text(x, plot.bottom + 12, f"{step:,}", "index")
    d.text(plot.right, plot.bottom + 28, "steps", "note", "end")
    for name, tone, lift in (("original", "value", -12), ("deep", "weight", 14)):
        by_step = found[name]["by_step"]
        logs = np.log10(np.maximum(by_step["loss"], 1e-7))
        d.curve(plot, np.array(by_step["steps"]), logs, tone)
        x, y = plot.at(by_step["steps"][13], float(logs[13]))
        d.text(x, y + lift, name, f"toned over {tone}")
        first, *_, last = by_step["loss"]
        d.say(f"{name}: {first:.0e} in the first steps, {last:.0e} in the last.")
    d.caption = (
        "The largest difference in every fifty steps, on given-names. A straight line that rises "
        "on this axis is something that doubles again and again."
    )
    return d


def doubling(found: dict[str, Any]) -> float:
    """Return in how many steps the difference of `deep` doubles, while it does."""
    by_step = found["deep"]["by_step"]
    steps, losses = by_step["steps"], by_step["loss"]
    peak = int(np.argmax(np.array(losses) > 5e-3))
    rises = [np.log2(b / a) for a, b in pairwise(losses[1 : peak + 1])]
    return float((steps[peak] - steps[1]) / sum(rises))


FIGURES = (apart, tensors, parting)
