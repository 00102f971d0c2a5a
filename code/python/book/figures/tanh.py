"""The figures of the chapter "Tanh"."""

from collections.abc import Callable

import numpy as np

from book.example import ONE
from book.figures.common import EDGE, SIZES, UNITS
from book.words import listed, two
from litdocs.diagram import Array, Box, Drawing
from mlp import ops_numpy as ops

Function = Callable[[Array], Array]


def activation(name: str, forward: Function, derivative: Function, slope_name: str) -> Drawing:
    """A function above its derivative, with the example's four units on both."""
    pre = ONE.pre
    out, slope = forward(pre), derivative(pre)
    d = Drawing(f"{name} and its derivative, with the four units of the example", SIZES)
    left, right = 34, EDGE - 5
    box, small = Box(left, 24, right - left, 160), Box(left, 226, right - left, 80)
    if name == "tanh":
        across = (-3.0, 3.0)
        top = d.plot(box, across, (-1, 1), y_ticks=[-1, 0, 1])
        under = d.plot(small, across, (0, 1), range(-3, 4), [0, 1])
    else:  # near 0, where it dips: far out it is the line of its input
        across = (-3.0, 1.5)
        top = d.plot(box, across, (-0.25, 1.5), y_ticks=[0, 0.5, 1, 1.5])
        under = d.plot(small, across, (-0.2, 1.2), range(-3, 2), [0, 1])
    d.text(left, 8, f"out = {name}(inp)", "name value", "start", 12)
    d.text(left, 209, slope_name, "name gradient", "start", 12)
    xs = np.linspace(*across, 61)
    for x, y, s in zip(pre[0], out[0], slope[0]):
        d.line(top.at(x, y), under.at(x, s), tone="light", css="dashed")
    for plot, function, ys, tone in (
        (top, forward, out, "value"),
        (under, derivative, slope, "gradient"),
    ):
        d.curve(plot, xs, function(xs), tone)
        for unit, (x, y) in enumerate(zip(pre[0], ys[0])):
            at = plot.at(x, y)
            d.dot(at, tone)
            # The number goes where the curve is not, nor the axis.
            falls = function(x + 0.1) < y
            side = (-9, 10) if -0.2 < y < 0 else (9, -8) if falls else (-9, -8)
            d.text(at[0] + side[0], at[1] + side[1], str(unit), "strong")
    y = small.bottom + 26
    x = EDGE - 4 * 44
    for label, cells, tone in (
        ("inp", pre, "value"),
        ("out", out, "value"),
        ("slope", slope, "gradient"),
    ):
        d.label(x - 10, y + 11, label, "B,H", cells.shape, tone, "end")
        last = d.grid(x, y, cells, tone, cell=(44, 22), columns=UNITS if label == "slope" else ())
        y = last.bottom + 6
    d.say(
        f"At the inputs {listed(pre[0])}, {name} is {listed(out[0])}, and its slope is "
        f"{listed(slope[0])}."
    )
    return d


def tanh() -> Drawing:
    d = activation("tanh", lambda x: ops.tanh_forward(x)[0], tanh_slope, "1 - out * out")
    d.say("The slope is 1 at 0 and falls to 0 on both sides, where tanh nears −1 and 1.")
    d.caption = "The example’s four hidden units. The flatter tanh is, the less gradient passes."
    return d


def gelu() -> Drawing:
    d = activation("gelu", lambda x: ops.gelu_forward(x)[0], gelu_slope, "slope")
    x, lowest = dip()
    d.say(
        "GELU is near 0 for inputs below −2 and near its input above 2. Between, it dips below 0: "
        f"to {two(lowest)}, at {two(x)}."
    )
    d.caption = (
        f"The same four inputs under GELU. It dips below 0: the lowest point is {two(lowest)}, at "
        f"{two(x)}. Left of it the slope is negative; further right the slope rises above 1."
    )
    return d


def dip() -> tuple[float, float]:
    """Return the lowest point of GELU: its input and its output."""
    xs = np.linspace(-2, 0, 20_001)
    outs = ops.gelu_forward(xs)[0]
    at = int(outs.argmin())
    return float(xs[at]), float(outs[at])


def tanh_slope(x: Array) -> Array:
    return ops.tanh_backward(np.ones_like(x), ops.tanh_forward(x)[1])


def gelu_slope(x: Array) -> Array:
    return ops.gelu_backward(np.ones_like(x), ops.gelu_forward(x)[1])


def tanh_backward() -> Drawing:
    unit, wide = 0, (48.0, 22.0)
    dout, out = ONE.dhidden, ONE.hidden
    slope = tanh_slope(ONE.pre)
    dinp = ops.tanh_backward(dout, out)
    d = Drawing("tanh_backward: the gradient times the slope at each output", SIZES)
    x = EDGE - 4 * 48
    rows = (
        ("out", "B,H", out, "value"),
        ("1 - out * out", "B,H", slope, "light"),
        ("dout", "B,H", dout, "gradient"),
        ("dinp", "B,H", dinp, "gradient"),
    )
    y = 3.0
    for name, dims, cells, tone in rows:
        d.label(1, y + 4, name, dims, cells.shape, tone, stacked=True)
        grid = d.grid(x, y, cells, tone, cell=wide)
        d.ring(grid.cell(0, unit))
        y = grid.bottom + 14
        if name == "dout":
            d.text(x - 14, grid.y - 7, "×", size=14)
        if name == "dinp":
            d.text(x - 14, grid.y - 7, "=", size=14)
    product = f"{two(slope[0, unit])} × {two(dout[0, unit])} = {two(dinp[0, unit])}"
    d.text(1, y + 4, f"dinp[0,{unit}] = {product}", "", "start", 12)
    d.say(
        f"The outputs {listed(out[0])} have slopes 1 minus their squares: {listed(slope[0])}.",
        f"Times the gradients {listed(dout[0])} that makes {listed(dinp[0])}.",
        "The nearer an output is to −1 or 1, the less of its gradient passes.",
    )
    d.caption = "What comes back is multiplied by the slope of tanh, which the output tells."
    return d


FIGURES = (tanh, tanh_backward, gelu)
