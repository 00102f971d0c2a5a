"""The figures of the chapter "Softmax and cross-entropy"."""

import numpy as np

from book.example import ONE, letter
from book.figures.common import EDGE, LETTERS, SIZES
from book.words import two
from litdocs.diagram import Box, Drawing, decimals
from mlp import ops_numpy as ops
from mlp.tokens import VOCAB_SIZE


def softmax() -> Drawing:
    """Logits to probabilities in four steps, each a row of 27 bars."""
    logits, target = ONE.logits, int(ONE.targets[0])
    best = int(logits.argmax())
    shifted = logits - logits.max()
    exps = np.exp(shifted)
    probs = ops.softmax_forward(logits)
    d = Drawing("softmax: from logits to probabilities, in four steps", SIZES)
    y = 0.0
    steps = (
        ("logits", logits, "any numbers"),
        ("logits - max", shifted, f"the largest, {two(logits.max())}, comes off: none is above 0"),
        ("exps", exps, f"all above 0, none above 1; their sum is {two(exps.sum())}"),
        ("probs", probs, f"each divided by {two(exps.sum())}: they add up to {probs.sum():.0f}"),
    )
    for name, numbers, note in steps:
        d.label(1, y + 7, name, "B,V", numbers.shape, "value")
        digits = 3 if name == "probs" else 2
        marks = "\N{NO-BREAK SPACE} ".join(
            f"{letter(i)}: {decimals(numbers[0, i], digits)}" for i in (target, best)
        )
        d.text(EDGE, y + 7, marks, "strong", "end")
        d.text(1, y + 23, note, "note", "start")
        letters = LETTERS if name in ("logits", "probs") else ""
        d.bars(Box(1, y + 34, EDGE - 1, 50), numbers[0], letters, "value", [target, best])
        y += 112 if letters else 98
    d.say(
        f"The logit of a, the target, is {two(logits[0, target])}; the largest, of {letter(best)}, "
        f"is {two(logits[0, best])}.",
        f"Less the largest: {two(shifted[0, target])} and 0.",
        f"Exponentials: {two(exps[0, target])} and 1; all 27 add up to {two(exps.sum())}.",
        f"Divided by that sum: {decimals(probs[0, target], 3)} and {decimals(probs[0, best], 3)}.",
    )
    d.caption = (
        "Strong: the target, a, and the likeliest letter of this untrained model. Taking the "
        "largest off changes no probability, and keeps exp from overflowing."
    )
    return d


def cross_entropy() -> Drawing:
    target = int(ONE.targets[0])
    uniform = 1 / VOCAB_SIZE
    before, after = float(ONE.probs[0, target]), float(ONE.probs_after[0, target])
    d = Drawing("cross-entropy: the loss is minus the logarithm of the target's probability", SIZES)
    d.text(30, 8, "loss = -log(p)", "name value", "start", 12)
    plot = d.plot(Box(30, 24, EDGE - 38, 170), (0, 1), (0, 5), [0, 0.25, 0.5, 0.75, 1], range(6))
    ps = np.geomspace(np.exp(-5), 1, 61)
    d.curve(plot, ps, -np.log(ps), "value")
    points = (
        (before, ONE.loss, "value", "before the step"),
        (uniform, float(-np.log(uniform)), "light", "one guess in 27"),
        (after, ONE.loss_after, "ink", "after the step"),
        (1.0, 0.0, "light", ""),
    )
    for p, loss, tone, what in points:
        x, y = plot.at(p, loss)
        d.dot((x, y), tone)
        if what:
            d.text(x + 10, y - 1, f"loss {two(loss)}", "strong", "start")
            d.text(x + 76, y - 1, f"at p = {decimals(p, 3)}: {what}", "note", "start")
    d.text(plot.right, plot.bottom - 44, "sure, and right: no loss", "note", "end")
    d.text(plot.cx, plot.bottom + 26, "p, the probability of the target", "note")
    d.say(
        f"The model gives a, the target, {decimals(before, 3)}: a loss of {two(ONE.loss)}.",
        f"A guess among 27 would lose {two(-np.log(uniform))}.",
        f"After one step it gives it {decimals(after, 3)}: a loss of {two(ONE.loss_after)}.",
        "The loss is 0 at probability 1 and grows without bound towards 0.",
    )
    d.caption = "Our window on the curve: before and after one step of training."
    return d


def cross_entropy_backward() -> Drawing:
    target = int(ONE.targets[0])
    probs, dlogits = ONE.probs, ONE.dlogits
    p, g = float(probs[0, target]), float(dlogits[0, target])
    d = Drawing("cross_entropy_backward: probabilities minus the truth", SIZES)
    d.label(1, 7, "probs", "B,V", probs.shape, "value")
    d.text(EDGE, 7, f"{letter(target)} {decimals(p, 3)}", "strong", "end")
    d.bars(Box(1, 20, EDGE - 1, 30), probs[0], LETTERS, "value", [target], (0, float(probs.max())))
    d.label(1, 84, "dlogits", "B,V", dlogits.shape, "gradient")
    d.text(EDGE, 84, f"{letter(target)} {decimals(g, 3)}", "strong", "end")
    bars = d.bars(Box(1, 98, EDGE - 1, 124), dlogits[0], LETTERS, "gradient", [target])
    x = bars[target].right + 8
    zero = bars[target].y
    d.text(x, zero + 24, "The other 26: their probability.", "note", "start")
    d.text(x, zero + 40, "Downhill is less of it.", "note", "start")
    d.text(
        x,
        bars[target].bottom - 22,
        f"The target: {decimals(p, 3)} − 1 = {decimals(g, 3)}.",
        "note",
        "start",
    )
    d.text(x, bars[target].bottom - 6, "Downhill is more of it.", "note", "start")
    d.say(
        "The gradients of the 26 wrong characters are their probabilities, at most "
        f"{decimals(float(dlogits.max()), 3)}.",
        f"That of a, the target, is {decimals(p, 3)} minus 1: {decimals(g, 3)}.",
        "All 27 add up to 0.",
    )
    d.caption = "Probability minus truth. The 27 numbers add up to zero."
    return d


FIGURES = (softmax, cross_entropy, cross_entropy_backward)
