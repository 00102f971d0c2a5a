"""The figures of the chapter "Derivatives, in two pages"."""

import math

import numpy as np

from book.figures.common import EDGE
from litdocs.diagram import Box, Drawing, decimals

X = 2.0
AT = 0.7
STEPS = 10.0 ** np.arange(-12, 0.01, 0.25)


def four_numbers() -> Drawing:
    """The graph of x, y = 3x, z = x² and L = yz: values down, gradients up."""
    y, z = 3 * X, X**2
    d = Drawing("Four numbers: values flow down, gradients flow up")
    middle, left, right = EDGE / 2, 74.0, EDGE - 74

    def number(x: float, at: float, name: str, value: float, gradient: float) -> None:
        d.box(Box(x - 62, at, 124, 26), "", "ink")
        d.text(x - 54, at + 13, f"{name} = {value:g}", "name value", "start", 12)
        d.text(x + 54, at + 13, f"d{name} = {gradient:g}", "name gradient", "end", 12)

    dx = z * 3 + y * 2 * X
    number(middle, 1, "x", X, dx)
    number(left, 92, "y", y, z)
    number(right, 92, "z", z, y)
    number(middle, 184, "L", y * z, 1)
    for x, rule, slope in ((left, "y = 3x", 3.0), (right, "z = x²", 2 * X)):
        side = -1 if x < middle else 1
        top = (middle + side * 30, 29.0)
        d.arrow((top[0] - 6, top[1]), (x - 6, 89), "forward")
        d.arrow((x + 6, 89), (top[0] + 6, top[1]), "gradient")
        d.text(x + side * 22, 50, rule, "name forward", "middle", 12)
        d.text(x + side * 22, 66, f"slope {slope:g}", "note")
    for x, slope in ((left, z), (right, y)):
        side = -1 if x < middle else 1
        end = (middle + side * 30, 181.0)
        d.arrow((x - 6, 121), (end[0] - 6, end[1]), "forward")
        d.arrow((end[0] + 6, end[1]), (x + 6, 121), "gradient")
        d.text(x + side * 22, 160, f"slope {slope:g}", "note")
    d.text(middle, 150, "L = yz", "name forward", size=12)
    d.text(
        1, 236, f"dx = dy · 3 + dz · 2x = {z:g} · 3 + {y:g} · {2 * X:g} = {dx:g}", "", "start", 12
    )
    d.say(
        f"x is {X:g}. From it come y, three times x, {y:g}, and z, its square, {z:g}. L is their "
        f"product, {y * z:g}.",
        f"Backward: dL is 1, dy is z, {z:g}, dz is y, {y:g}. To x lead two paths: {z:g} times 3, "
        f"and {y:g} times {2 * X:g}. Together dx is {dx:g}.",
    )
    d.caption = "Multiply along a path, add across paths."
    return d


def differences() -> Drawing:
    """How far a finite difference of tanh is from its slope, by the size of the step."""
    rule = 1 - math.tanh(AT) ** 2
    d = Drawing("How far a finite difference is from the slope")
    plot = d.plot(Box(40, 24, EDGE - 40 - 10, 190), (-12, 0), (-12, 0))
    for tick in range(-12, 1, 3):
        x, _ = plot.at(tick, 0)
        _, y = plot.at(0, tick)
        d.text(x, plot.bottom + 12, f"1e{tick}" if tick else "1", "index")
        d.text(plot.x - 4, y, f"1e{tick}" if tick else "1", "index", "end")
        d.line((plot.x, y), (plot.right, y), tone="faint")
    d.text(1, 8, "error", "note", "start")
    d.text(plot.right, plot.bottom + 28, "the little that x is moved by", "note", "end")
    for kind, name, tone, at in (
        (np.float64, "64 bits", "value", (-9.5, -9.3)),
        (np.float32, "32 bits", "gradient", (-6.0, -1.2)),
    ):
        errors = []
        for step in STEPS.astype(kind):
            up, down = np.tanh(kind(AT) + step), np.tanh(kind(AT) - step)
            errors.append(abs(float((up - down) / (2 * step)) - rule))
        logs = np.clip(np.log10(np.maximum(errors, 1e-12)), -12, 0)
        d.curve(plot, np.log10(STEPS), logs, tone)
        best = int(np.argmin(errors))
        d.text(*plot.at(*at), name, f"toned over {tone}")
        d.say(
            f"{name}: nearest at a step of {STEPS[best]:.0e}, with an error of {errors[best]:.0e}."
        )
    d.caption = (
        f"The error of the finite difference of tanh at {decimals(AT)}, on logarithmic axes. "
        "On the left, rounding takes over."
    )
    return d


FIGURES = (four_numbers, differences)
