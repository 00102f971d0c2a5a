"""The figures of the chapter "NumPy and PyTorch": the records of `nox -s bench`."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from bench import LABELS
from book.figures.common import EDGE, bench, tone
from book.words import seconds
from litdocs.diagram import Box, Drawing, Plot, decimals

CURVES = ("c-fold", "c", "jax-scanned", "numpy", "torch", "torch-original")
POINTS = 60  # of a curve


def step_times() -> Drawing:
    """The time of a training step of every peer, as a ratio to PyTorch's."""
    result = bench("steps")
    rows = {name: result["peers"][name]["ratio"]["torch"] for name in LABELS
            if result["peers"][name]}  # fmt: skip
    order = sorted(rows, key=lambda name: rows[name]["median"])
    d = Drawing("Time of a training step, PyTorch's being 1")
    bars = Box(146, 4, EDGE - 146 - 38, 24 * len(order))
    ticks = nice(max(row["q3"] for row in rows.values()))
    plot = Plot(bars.x, bars.y, bars.w, bars.h, (0, ticks[-1]), (0, 1))
    for tick in ticks:
        x, _ = plot.at(tick, 0)
        d.line((x, bars.y), (x, bars.bottom), tone="faint")
        d.text(x, bars.bottom + 11, decimals(tick), "index")
    for i, name in enumerate(order):
        row, y = rows[name], bars.y + 24 * i + 12
        d.text(bars.x - 6, y, LABELS[name], f"toned {tone(name)}", "end")
        left, right = bars.x, plot.at(row["median"], 0)[0]
        d.bar(Box(left, y - 8, right - left, 16), tone(name))
        low, high = (plot.at(min(row[key], ticks[-1]), 0)[0] for key in ("q1", "q3"))
        d.line((low, y), (high, y), tone="ink")
        d.text(max(right, high) + 5, y, decimals(row["median"], 2), anchor="start")
    d.say(*(f"{LABELS[name]}: {rows[name]['median']:.2f}." for name in order))
    d.caption = (
        f"A training step at hidden {result['hidden']}, batch {result['batch']}, on one thread: "
        f"its time over PyTorch's in the same round. Bars are medians of {result['rounds']} "
        "rounds, the lines on them reach from quartile to quartile."
    )
    return d


def sizes() -> Drawing:
    """How C compares at every pair of sizes."""
    result = bench("grid")
    hidden, batch = result["hidden"], result["batch"]
    d = Drawing("The time of C's training step, as a part of the others'")
    parts: list[tuple[str, Callable[[dict[str, Any], str], Any]]] = [
        ("of PyTorch's", lambda cell, name: cell["ratio"][name]),
        ("of the fastest other's", lambda cell, name: cell["to_best"][name]),
    ]
    y = 8.0
    for title, entry in parts:
        for x, name in ((38, "c"), (38 + 165, "c-fold")):
            ratios = np.array([
                [entry(result["cells"][f"{h}-{b}"], name)["median"] for b in batch]
                for h in hidden
            ])  # fmt: skip
            d.text(x, y, f"{LABELS[name]}", f"name {tone(name)}", "start", 12)
            d.text(x, y + 16, title, "note", "start")
            grid = d.grid(
                x, y + 28, ratios, "c", cell=(36, 22), columns=[str(b) for b in batch],
                rows=[str(h) for h in hidden] if name == "c" else (),
            )  # fmt: skip
            d.say(f"{LABELS[name]} takes {ratios.min():.2f} to {ratios.max():.2f} {title} time.")
        y = grid.bottom + 34
    d.text(1, y - 8, "Down: hidden units. Across: windows in a batch.", "note", "start")
    d.caption = (
        f"C's time over the others' at {len(hidden)} × {len(batch)} sizes: medians of "
        f"{result['rounds']} rounds. Below 1, C is ahead. The fastest other is the best of NumPy, "
        "PyTorch and JAX without fold, whatever its optimizer and compiler."
    )
    return d


def whole_runs() -> Drawing:
    """Validation loss over wall time, for whole runs."""
    result = bench("runs")
    runs = {name: result["runs"][name] for name in CURVES}
    d = Drawing("Validation loss over time, whole runs")
    box = Box(34, 6, EDGE - 34 - 6, 270)
    low = math.floor(20 * min(min(run["curve"]["val"]) for run in runs.values())) / 20
    first = min(run["curve"]["seconds"][1] for run in runs.values())
    last = max(run["seconds"] for run in runs.values())
    xs = (milliseconds(first * 0.9), milliseconds(last * 1.1))
    high = low + 0.6  # above the curves is the legend
    plot = d.plot(box, xs, (low, high), (), np.linspace(low, high, 7).round(2).tolist())
    for tick in (digit * 10.0**power for power in range(-3, 4) for digit in (1, 2, 5)):
        if xs[0] <= milliseconds(tick) <= xs[1]:
            x, _ = plot.at(milliseconds(tick), low)
            d.line((x, box.bottom), (x, box.bottom + 4), tone="light")
            d.text(x, box.bottom + 13, decimals(tick), "index")
    d.text(box.right, box.bottom + 29, "seconds, evaluations included", "note", "end")
    d.text(box.x + 5, box.y + 10, "validation loss, nats", "note", "start")
    y = box.y + 26
    d.text(box.right, y - 16, "whole run", "note", "end")
    for name, run in runs.items():
        at, val = (np.array(run["curve"][key]) for key in ("seconds", "val"))
        keep = np.unique(np.geomspace(1, len(at) - 1, POINTS).round().astype(int))
        inside = keep[val[keep] <= high]
        css = f"{tone(name)} dashed" if "-" in name else tone(name)
        d.curve(plot, np.log10(1000 * at[inside]), val[inside], css)
        d.line((box.right - 206, y), (box.right - 186, y), css=css, tone="")
        d.text(box.right - 180, y, LABELS[name], f"toned {tone(name)}", "start")
        d.text(box.right, y, seconds(run["seconds"]), anchor="end")
        y += 16
        d.say(
            f"{LABELS[name]}: {result['steps']:,} steps in {run['seconds']:.0f} seconds, to a "
            f"validation loss of {run['final_val']:.3f}."
        )
    d.caption = (
        f"Whole runs of {result['steps']:,} steps, with an evaluation every {result['every']}, on "
        "one thread. All follow the same curve, and differ in when they get there."
    )
    return d


def milliseconds(value: float) -> float:
    """Return where a time is on the axis: logarithms that are not negative cross at the left."""
    return math.log10(1000 * value)


def nice(largest: float) -> list[float]:
    """Return ticks from 0 to at least `largest`, three to six of them, 1, 2 or 5 apart."""
    step = 10.0 ** math.floor(math.log10(largest))
    while largest / step < 2:
        step /= 2.5 if f"{step:e}"[0] == "5" else 2
    while largest / step > 5:
        step *= 2
    return [round(i * step, 10) for i in range(math.ceil(largest / step) + 1)]


FIGURES = (step_times, sizes, whole_runs)
