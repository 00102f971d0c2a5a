"""The figures of the chapter "Tanh, AdamW and rounding"."""

import math
from collections.abc import Sequence

import numpy as np

from book.figures.common import EDGE, bench, kernel_set
from litdocs.diagram import SMALL, Box, Drawing, Plot, decimals


def decay() -> Drawing:
    """One step of weight decay on a number line of floats: the exact product, and the rounded."""
    weight = np.float32(1.1)
    keep = np.float32(1 - 7e-4 * 1e-4)  # the snippet on the page has the same two
    below = np.nextafter(weight, np.float32(0))
    gap = float(weight) - float(below)
    exact = (float(weight) - float(weight) * float(keep)) / gap  # in gaps between two floats
    rounded = (float(weight) - float(weight * keep)) / gap
    d = Drawing("Weight decay between two floats: where the product lies, and where it is rounded")
    left, right, y = 40, EDGE - 40, 62.0
    d.line((1, y), (EDGE, y))

    def at(gaps: float) -> float:
        return right - gaps * (right - left)

    for gaps, name in ((0.0, "weight"), (1.0, "next float below")):
        d.line((at(gaps), y - 7), (at(gaps), y + 7))
        number = float(weight) - gaps * gap
        anchor = "end" if gaps == 0 else "start"
        edge = EDGE if gaps == 0 else 1
        d.text(edge, y + 20, name, "strong", anchor)
        d.text(edge, y + 36, decimals(number, 9), "index", anchor)
    d.dot((at(exact), y), "value")
    d.arrow((at(0), y - 12), (at(exact) + 4, y - 12), "value")
    d.text((at(0) + at(exact)) / 2, y - 24, f"exact: {decimals(exact, 2)} of a gap", "toned value")
    d.arrow((at(0), y - 42), (at(rounded), y - 42), "gradient")
    d.text(175, y - 54, f"rounded: {rounded:.0f} whole gap", "toned gradient")
    d.say(
        f"The weight is {decimals(float(weight), 9)}; the next float below is {gap:.2e} less.",
        f"The exact product lies {decimals(exact, 2)} of that gap below the weight.",
        f"Rounded to a float it is {rounded:.0f} whole gap below.",
    )
    d.caption = (
        "The weight times <code>keep</code>. There is no float between these two, so the product "
        "is rounded to the nearer one: the weight loses a whole gap."
    )
    return d


def roofline() -> Drawing:
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
        d.text(at[0], at[1] - 10, name, "index over")
        d.say(f"Reading from {name}: {level['read']['median']:.0f} GB/s.")
        ridges.append(ridge)
    d.line(plot.at(min(ridges), roof), plot.at(right, roof))
    d.text(box.right, plot.at(right, roof)[1] - 10, f"peak {peak:.0f}", "index over", "end")
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
        f"Every kernel of a step, with {kernel_set(chosen)}: how fast it computes against how much "
        "it computes with each byte. The roofs were measured in the same rounds: fused "
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
        d.text(x + side, y + down, text, f"toned over {css}", "start" if side > 0 else "end")


def overlap(a: Box, b: Box) -> bool:
    across = min(a.right, b.right) - max(a.x, b.x)
    down = min(a.bottom, b.bottom) - max(a.y, b.y)
    return across > 0 and down > 0


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


FIGURES = (roofline, decay)
