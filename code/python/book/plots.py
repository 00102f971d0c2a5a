"""The plots of the chapter "Fast". Each shows a record of `nox -s bench` in docs/results."""

import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from bench import LABELS
from litdocs.diagram import SMALL, Box, Drawing, Plot, decimals
from litdocs.results import record

RESULTS = Path(__file__).parents[3] / "docs" / "results"
EDGE = 349  # the right one


def bench(part: str) -> dict[str, Any]:
    """Return a record of the bench; LitdocsError if it was not made yet."""
    return record(RESULTS / f"bench-{part}.json")


def tone(peer: str) -> str:
    """Return the colour of a peer: that of what it is written in."""
    return peer.split("-")[0]


def seconds(value: float) -> str:
    return f"{value:.0f} s" if value >= 10 else f"{value:.1f} s"


# --- bars: a training step ---------------------------------------------------


def bench_steps() -> Drawing:
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


# --- heat: the grid ----------------------------------------------------------


def bench_grid() -> Drawing:
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
        f"{result['rounds']} rounds. Below 1, C is ahead. The fastest other is the best of NumPy "
        "and PyTorch without fold, whatever its optimizer and compiler."
    )
    return d


# --- roofline ----------------------------------------------------------------


def bench_roofline() -> Drawing:
    """Every kernel's rate against its arithmetic intensity, below the roofs of this machine."""
    result = bench("kernels")
    chosen = result["kernels_chosen"]
    d = Drawing("A roofline: what each kernel reaches, and what the machine allows")
    box = Box(30, 24, EDGE - 30 - 6, 290)
    peak = result["peak"][chosen]["median"]
    plot = log_plot(d, box, (2**-4, 400), (1, peak * 1.3))
    left, right = plot.xs
    roof, floor = math.log2(peak), plot.ys[0]
    ridges = []
    for name, level in result["bandwidth"].items():
        rate = math.log2(level["read"]["median"])
        start, ridge = max(left, floor - rate), min(roof - rate, right)
        d.line(plot.at(start, start + rate), plot.at(ridge, ridge + rate), css="dashed")
        at = plot.at(ridge, roof)
        d.text(at[0], at[1] - 10, name, "index")
        d.say(f"Reading from {name}: {level['read']['median']:.0f} GB/s.")
        ridges.append(ridge)
    d.line(plot.at(min(ridges), roof), plot.at(right, roof))
    d.text(box.right, plot.at(right, roof)[1] - 10, f"peak {peak:.0f}", "index", "end")
    d.say(f"The peak is {peak:.0f} GFLOP/s.")
    d.text(2, 7, "GFLOP/s", "note", "start")
    d.text(box.right, box.bottom + 29, "FLOP per byte", "note", "end")
    points = []
    for name, kernel in result["kernels"].items():
        row = kernel["by"].get(chosen) or kernel["by"]["textbook"]
        if kernel["flops"] == 0:
            continue
        x, y = math.log2(kernel["intensity"]), math.log2(max(row["gflops"]["median"], 1))
        short = (
            name.replace("forward", "→").replace("backward", "←").replace("cross-entropy", "loss")
        )
        points.append((short, plot.at(x, y), "gradient" if "←" in short else "forward"))
        part = f", {row['of_peak']['median']:.0%} of the peak" if "of_peak" in row else ""
        d.say(
            f"{name}: {kernel['intensity']:.2f} FLOP per byte, "
            f"{row['gflops']['median']:.1f} GFLOP/s{part}."
        )
    for _, at, css in points:
        d.dot(at, css)
    place(d, points, box)
    d.caption = (
        f"Every kernel of a step, with {chosen}: how fast it computes against how much it "
        "computes with each byte. The roofs were measured in the same rounds: fused "
        "multiply-adds on registers, and reading from each level of memory."
    )
    return d


def place(d: Drawing, points: Sequence[tuple[str, tuple[float, float], str]], box: Box) -> None:
    """Label the points, those at the right first, each at the nearest place that is free.

    A label that had to move away from its point is tied to it.
    """
    dots = [Box(x - 4, y - 4, 8, 8) for _, (x, y), _ in points]
    shifts = [
        (side, down) for step in range(0, 99, 3) for down in (-step, step) for side in (7, -7)
    ]
    for text, (x, y), css in sorted(points, key=lambda point: -point[1][0]):
        width = len(text) * SMALL * 0.6
        for side, down in shifts:
            spot = Box(x + side - (width if side < 0 else 0), y + down - 6, width, 12)
            within = box.x < spot.x and spot.right < box.right and box.y < spot.y
            taken = [*(other for _, other in d.texts), *(dot for dot in dots if dot.cx != x)]
            if within and not any(overlap(spot, other) for other in taken):
                break
        if abs(down) > 12:
            d.line((x, y), (x + side * 0.7, y + down), tone=css)
        d.text(x + side, y + down, text, f"toned {css}", "start" if side > 0 else "end")


def overlap(a: Box, b: Box) -> bool:
    across = min(a.right, b.right) - max(a.x, b.x)
    down = min(a.bottom, b.bottom) - max(a.y, b.y)
    return across > 0 and down > 0


# --- curves: whole runs ------------------------------------------------------


def milliseconds(value: float) -> float:
    """Return where a time is on the axis: logarithms that are not negative cross at the left."""
    return math.log10(1000 * value)


CURVES = ("c-fold", "c", "numpy", "torch", "torch-original")
POINTS = 60  # of a curve


def bench_runs() -> Drawing:
    """Validation loss over wall time, for whole runs."""
    result = bench("runs")
    runs = {name: result["runs"][name] for name in CURVES}
    d = Drawing("Validation loss over time, whole runs")
    box = Box(34, 6, EDGE - 34 - 6, 250)
    low = math.floor(20 * min(min(run["curve"]["val"]) for run in runs.values())) / 20
    first = min(run["curve"]["seconds"][1] for run in runs.values())
    last = max(run["seconds"] for run in runs.values())
    xs = (milliseconds(first * 0.9), milliseconds(last * 1.1))
    plot = d.plot(box, xs, (low, low + 0.5), (), np.linspace(low, low + 0.5, 6).round(2).tolist())
    for tick in (digit * 10.0**power for power in range(-3, 4) for digit in (1, 2, 5)):
        if xs[0] <= milliseconds(tick) <= xs[1]:
            x, _ = plot.at(milliseconds(tick), low)
            d.line((x, box.bottom), (x, box.bottom + 4), tone="light")
            d.text(x, box.bottom + 13, decimals(tick), "index")
    d.text(box.right, box.bottom + 29, "seconds, evaluations included", "note", "end")
    d.text(box.x + 5, box.y, "validation loss, nats", "note", "start")
    y = box.y + 26
    d.text(box.right, y - 16, "whole run", "note", "end")
    for name, run in runs.items():
        at, val = (np.array(run["curve"][key]) for key in ("seconds", "val"))
        keep = np.unique(np.geomspace(1, len(at) - 1, POINTS).round().astype(int))
        inside = keep[val[keep] <= low + 0.5]
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


# --- axes --------------------------------------------------------------------


def nice(largest: float) -> list[float]:
    """Return ticks from 0 to at least `largest`, three to six of them, 1, 2 or 5 apart."""
    step = 10.0 ** math.floor(math.log10(largest))
    while largest / step < 2:
        step /= 2.5 if f"{step:e}"[0] == "5" else 2
    while largest / step > 5:
        step *= 2
    return [round(i * step, 10) for i in range(math.ceil(largest / step) + 1)]


def log_plot(d: Drawing, box: Box, xs: tuple[float, float], ys: tuple[float, float]) -> Plot:
    """Draw axes in powers of two; the plot takes logarithms to that base."""
    (x0, x1), (y0, y1) = ((math.log2(a), math.log2(b)) for a, b in (xs, ys))
    plot = Plot(box.x, box.y, box.w, box.h, (x0, x1), (y0, y1))
    for power in range(math.ceil(x0), math.floor(x1) + 1, 2):
        x, _ = plot.at(power, y0)
        d.line((x, box.y), (x, box.bottom), tone="faint")
        text = f"1/{2**-power}" if power < 0 else f"{2**power}"
        d.text(x, box.bottom + 11, text, "index")
    for power in range(math.ceil(y0), math.floor(y1) + 1):
        _, y = plot.at(x0, power)
        d.line((box.x, y), (box.right, y), tone="faint")
        d.text(box.x - 4, y, f"{2**power}", "index", "end")
    return plot


PLOTS = (bench_steps, bench_grid, bench_roofline, bench_runs)
