"""The figures of the chapter "Backpropagation"."""

import numpy as np

from book.example import ONE, letter
from book.figures.common import EDGE, LETTERS, SIZES
from book.words import listed, two
from litdocs.diagram import Array, Box, Drawing


def both_ways() -> Drawing:
    """Every tensor of the example: its values, and below them their gradients."""
    d = Drawing("One window through every tensor, both ways", SIZES)
    target = int(ONE.targets[0])
    x0 = 1.0

    def pair(y: float, name: str, dims: str, value: Array, gradient: Array) -> float:
        """Draw values above gradients across the width, with both names."""
        d.label(x0, y + 7, name, dims, value.shape, "value")
        d.label(EDGE, y + 7, f"d{name}", dims, gradient.shape, "gradient", "end")
        cells = value.reshape(1, -1)
        cell = ((EDGE - 1) / cells.shape[1], 22)
        above = d.grid(x0, y + 17, cells, "value", cell=cell)
        below = d.grid(x0, above.bottom + 3, gradient.reshape(1, -1), "gradient", cell=cell)
        d.say(f"{name}: {listed(value.ravel())}. d{name}: {listed(gradient.ravel())}.")
        return below.bottom

    def between(y: float, text: str) -> float:
        d.arrow((40, y + 4), (40, y + 26), "forward")
        d.text(EDGE / 2, y + 15, text, "name forward", size=12)
        d.arrow((EDGE - 40, y + 26), (EDGE - 40, y + 4), "gradient")
        return y + 32

    def bars(y: float, name: str, array: Array, tone: str) -> float:
        d.label(x0, y + 7, name, "B,V", array.shape, tone)
        d.text(EDGE, y + 7, f"{letter(target)}: {two(array[0, target])}", "strong", "end")
        d.bars(Box(x0, y + 18, EDGE - 1, 34), array[0], LETTERS, tone, [target])
        return y + 70

    d.text(
        EDGE / 2,
        8,
        f"{''.join(map(letter, ONE.tokens[0]))}, then {letter(target)}",
        "strong",
        size=14,
    )
    y = between(18, "embedding, side by side")
    y = pair(y, "x", "B,T·E", ONE.x, ONE.dx)
    y = between(y, "linear")
    y = pair(y, "pre", "B,H", ONE.pre, ONE.dpre)
    y = between(y, "tanh")
    y = pair(y, "hidden", "B,H", ONE.hidden, ONE.dhidden)
    y = between(y, "linear")
    y = bars(y, "logits", ONE.logits, "value")
    y = bars(y, "dlogits", ONE.dlogits, "gradient")
    y = between(y - 6, "softmax, cross-entropy")
    d.text(100, y + 8, f"loss = {two(ONE.loss)}", "name value", size=12)
    d.text(EDGE - 100, y + 8, "dloss = 1", "name gradient", size=12)
    d.say(
        f"The largest gradient of a logit is that of the target, {letter(target)}: "
        f"{two(ONE.dlogits[0, target])}. The loss is {two(ONE.loss)}."
    )
    d.caption = (
        "All values of the running example on the way down, on the left, and all gradients on the "
        "way up. A logit that should be larger has a negative gradient: only the target's is."
    )
    return d


FIGURES = (both_ways,)
assert (np.delete(ONE.dlogits[0], int(ONE.targets[0])) > 0).all()
