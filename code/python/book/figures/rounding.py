"""The figures of the chapter "Tanh, AdamW and rounding"."""

import math
from collections.abc import Sequence
from itertools import product

import numpy as np

from book.figures.common import EDGE, bench, kernel_set
from litdocs.diagram import SMALL, Box, Drawing, Plot, Point, decimals


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
    d.arrow((at(0), y - 42), (at(rounded), y - 42), "ink")
    d.text(175, y - 54, f"rounded: {rounded:.0f} whole gap", "toned ink")
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
    box = Box(40, 24, EDGE - 40 - 6, 330)
    peak = result["peak"][chosen]["median"]
    plot = log_plot(d, box, (2**-4, 400), (2**-7, 1.3))
    left, right = plot.xs
    floor = plot.ys[0]
    ridges, roofs = [], []
    for name, level in result["bandwidth"].items():
        rate = math.log2(level["read"]["median"] / peak)
        start, ridge = max(left, floor - rate), min(-rate, right)
        d.line(plot.at(start, start + rate), plot.at(ridge, ridge + rate), css="dashed")
        roofs += [plot.at(x, x + rate) for x in np.linspace(start, ridge, 99)]
        at = plot.at(ridge, 0)
        d.text(at[0], at[1] - 10, name, "index over")
        d.say(f"Reading from {name}: {level['read']['median']:.0f} GB/s.")
        ridges.append(ridge)
    d.line(plot.at(min(ridges), 0), plot.at(right, 0))
    roofs += [plot.at(x, 0) for x in np.linspace(min(ridges), right, 99)]
    d.text(box.right, plot.at(right, 0)[1] - 10, "peak", "index over", "end")
    d.text(2, 7, "of the peak", "note", "start")
    d.text(box.right, box.bottom + 29, "operations for each byte", "note", "end")
    points = []
    for name, kernel in result["kernels"].items():
        row = kernel["by"].get(chosen) or kernel["by"]["textbook"]
        if kernel["flops"] == 0:
            continue
        reached = row["of_peak"]["median"]
        x, y = math.log2(kernel["intensity"]), math.log2(reached)
        short = (
            name.replace("forward", "→").replace("backward", "←").replace("cross-entropy", "loss")
        )
        points.append((short, plot.at(x, y), "gradient" if "←" in short else "forward"))
        d.say(f"{name}: {kernel['intensity']:.2f} FLOP for each byte, {reached:.1%} of the peak.")
    for _, at, css in points:
        d.dot(at, css)
    place(d, points, roofs, box)
    d.caption = (
        f"Every kernel of a step, with {kernel_set(chosen)}: how fast it computes against how much "
        "it computes with each byte. → is forward, ← backward. One operation is an addition, a "
        "multiplication, a root, a division, an exponential or a tanh. The solid roof is the "
        "peak of fused multiply-adds, the dashed ones are reading from each level of memory, all "
        "measured in the same rounds."
    )
    return d


def place(
    d: Drawing, points: Sequence[tuple[str, Point, str]], roofs: Sequence[Point], box: Box
) -> None:
    """Label the points, those at the right first, each at the nearest place that is free.

    No label covers a point or another label; a line only if there is no place near without one.
    A label that had to move away from its point is tied to it.
    """
    dots = [Box(x - 4, y - 4, 8, 8) for _, (x, y), _ in points]
    lines = [Box(x - 1, y - 1, 2, 2) for x, y in roofs]
    near = [(side, down) for step in range(0, 25, 3) for down in (-step, step) for side in (7, -7)]
    for text, (x, y), css in sorted(points, key=lambda point: -point[1][0]):
        width = len(text) * SMALL * 0.6
        taken = [*(other for _, other in d.texts), *(dot for dot in dots if dot.cx != x)]
        for avoid, (side, down) in product((taken + lines, taken), near):
            spot = Box(x + side - (width if side < 0 else 0), y + down - 6, width, 12)
            within = spot.x > 0 and spot.right < box.right and box.y < spot.y
            if within and not any(overlap(spot, other) for other in avoid):
                break
        if abs(down) > 9:
            d.line((x, y), (x + side * 0.7, y + down), tone=css)
        d.text(x + side, y + down, text, f"toned over {css}", "start" if side > 0 else "end")


def overlap(a: Box, b: Box) -> bool:
    across = min(a.right, b.right) - max(a.x, b.x)
    down = min(a.bottom, b.bottom) - max(a.y, b.y)
    return across > 0 and down > 0


def log_plot(d: Drawing, box: Box, xs: tuple[float, float], ys: tuple[float, float]) -> Plot:
    """Draw axes in powers of two, a share of 1 up; the plot takes logarithms to that base."""
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
        if power % 2 == 0:
            d.text(box.x - 4, y, f"{2.0**power:.1%}".replace(".0%", "%"), "index", "end")
    return plot


FIGURES = (roofline, decay)
