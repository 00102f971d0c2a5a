"""The figures of the chapter "Sampling"."""

import numpy as np

from book.example import ONE, letter
from book.figures.common import EDGE, LETTERS
from litdocs.diagram import Box, Drawing, decimals
from mlp.ops_numpy import softmax_forward
from mlp.rng import RNG
from mlp.sample import sample_token

COIN = RNG(42).random()
TEMPERATURES = (0.5, 1, 2)


def coin() -> Drawing:
    """The probabilities of the running example side by side, and where a coin falls."""
    probs = ONE.probs_after[0]
    d = Drawing("A coin falls on one of the letters")
    x = 1.0
    hit = int(sample_token(probs, COIN))
    d.text(1, 8, "the probabilities after emm, side by side", "note", "start")
    for token, p in enumerate(probs):
        width = float(p) * (EDGE - 1)
        d.box(Box(x, 20, width, 34), "", "weight" if token == hit else "value")
        if width > 9:
            d.text(x + width / 2, 37, letter(token), "strong" if token == hit else "")
        x += width
    at = 1 + COIN * (EDGE - 1)
    d.arrow((at, 86), (at, 57), "ink")
    d.text(at, 96, f"coin {decimals(COIN, 3)}", "strong")
    d.text(1, 66, "0", "index", "start")
    d.text(EDGE, 66, "1", "index", "end")
    before = float(probs[:hit].sum())
    d.say(
        f"The coin is {decimals(COIN, 3)}. The letters before {letter(hit)} have "
        f"{decimals(before, 3)} of the line, and {letter(hit)} ends at "
        f"{decimals(before + float(probs[hit]), 3)}: so it is {letter(hit)}."
    )
    d.caption = (
        f"The running example after its one step of training. This coin falls on "
        f"<em>{letter(hit)}</em>."
    )
    return d


def temperatures() -> Drawing:
    """The probabilities of the running example at three temperatures."""
    d = Drawing("The same logits at three temperatures")
    y = 0.0
    scale = (0.0, 0.25)
    target = LETTERS.index("v")
    for temperature in TEMPERATURES:
        probs = softmax_forward(ONE.logits / temperature)[0]
        d.text(1, y + 7, f"temperature {temperature:g}", "name value", "start", 12)
        d.text(EDGE, y + 7, f"v: {decimals(float(probs[target]), 3)}", "strong", "end")
        d.bars(
            Box(1, y + 16, EDGE - 1, 60),
            np.minimum(probs, scale[1]),
            LETTERS,
            "value",
            [target],
            scale,
        )
        y += 98
        d.say(
            f"Temperature {temperature:g}: from {decimals(float(probs.min()), 3)} to "
            f"{decimals(float(probs.max()), 3)}, which is v's."
        )
    d.caption = "The logits of the running example, before training. No letter passes another."
    return d


FIGURES = (coin, temperatures)
