"""The figures of the chapter "AdamW"."""

import numpy as np

from book.example import ALL, CONFIG, LEARNING_RATE, WEIGHT_DECAY
from book.figures.common import EDGE
from book.words import two
from litdocs.diagram import Array, Box, Drawing
from mlp.adamw_numpy import BETA1, BETA2, AdamW
from mlp.config import PRESETS
from mlp.model_numpy import MLP
from mlp.schedule import cosine_schedule

STEPS = 120
RATE = LEARNING_RATE / 10
TENSOR, INDEX = "output.bias", 1  # of the letter a


def _one_weight() -> tuple[Array, ...]:
    """Return its gradients, AdamW's m and v, and itself; number 0 is before the first step."""
    model = MLP(CONFIG, ALL.weights)
    optimizer = AdamW(model.flat_params, WEIGHT_DECAY)
    g, m, v, params = (np.zeros(STEPS + 1) for _ in range(4))
    params[0] = model.params[TENSOR][INDEX]
    for step in range(STEPS):
        window = step % len(ALL.tokens)
        model.forward(ALL.tokens[window : window + 1], ALL.targets[window : window + 1])
        model.backward()
        optimizer.update(model.flat_grads, RATE)
        g[step + 1] = model.grads[TENSOR][INDEX]
        m[step + 1] = BETA1 * m[step] + (1 - BETA1) * g[step + 1]
        v[step + 1] = BETA2 * v[step] + (1 - BETA2) * g[step + 1] ** 2
        params[step + 1] = model.params[TENSOR][INDEX]
    return g, m, v, params


G, M, V, PARAMS = _one_weight()


def moments() -> Drawing:
    """The gradients of one weight, their running mean, and the step that comes of them."""
    d = Drawing("The gradients of one weight, their running mean, and its steps")
    steps = np.arange(1.0, STEPS + 1)
    corrected_m = M[1:] / (1 - BETA1**steps)
    corrected_v = V[1:] / (1 - BETA2**steps)
    moves = -corrected_m / np.sqrt(corrected_v)
    high = 0.5
    top = d.plot(
        Box(34, 22, EDGE - 46, 130), (0, STEPS), (-1, high), [0, 40, 80, 120], [-1, -0.5, 0]
    )
    d.text(1, 8, "gradient, and m (corrected)", "note", "start")
    d.curve(top, steps, np.clip(G[1:], -1, high), "gradient")
    d.curve(top, steps, np.clip(corrected_m, -1, high), "value")
    low = d.plot(Box(34, 200, EDGE - 46, 100), (0, STEPS), (-1, 1), [0, 40, 80, 120], [-1, 0, 1])
    d.text(1, 186, "the step, in learning rates: m / √v, with a minus", "note", "start")
    d.curve(low, steps, np.clip(moves, -1, 1), "weight")
    d.text(low.right, low.bottom + 26, "steps", "note", "end")
    d.say(
        f"The gradients jump between {two(G[1:].min())} and {two(G[1:].max())}; m is at most "
        f"{two(abs(corrected_m).max())} from 0. The step begins at {two(moves[0])} learning rates "
        f"and at the end is {two(moves[-1])}."
    )
    d.caption = (
        "The bias of <em>a</em>, trained with one window of <em>emma</em> after another. Of five "
        "windows only one asks for an <em>a</em>: there the gradient is far below 0."
    )
    return d


def schedules() -> Drawing:
    """The learning rate of two presets over their training."""
    d = Drawing("The learning rate from the first step to the last")
    names = ("original", "best")
    highest = max(PRESETS[name][1].learning_rate for name in names)
    plot = d.plot(
        Box(46, 22, EDGE - 52, 130), (0, 1), (0, highest), [0, 0.5, 1], [0, 0.0005, 0.001]
    )
    d.text(1, 8, "learning rate", "note", "start")
    for name, tone in zip(names, ("value", "weight")):
        training = PRESETS[name][1]
        share = np.linspace(0, 1, 201)
        settings = training.steps, training.warmup
        places = (share * training.steps).astype(int)
        rates = np.array([cosine_schedule(training.learning_rate, s, *settings) for s in places])
        d.curve(plot, share, rates, tone)
        x, y = plot.at(0.3, float(rates[60]))
        side = (8, -8, "start") if name == "best" else (-8, 10, "end")
        d.text(x + side[0], y + side[1], name, f"toned over {tone}", side[2])
        d.say(
            f"{name}: up to {training.learning_rate:g} in {training.warmup} steps, then half a "
            f"cosine down to 0 at step {training.steps:,}."
        )
    d.text(plot.right, plot.bottom + 26, "share of the steps", "note", "end")
    d.caption = "Two presets. <em>best</em> has a warm-up, <em>original</em> begins at its highest."
    return d


FIGURES = (moments, schedules)
