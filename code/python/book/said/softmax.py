"""Softmax and cross-entropy."""

from math import log

import numpy as np

from book.example import ONE
from book.said import V
from book.words import times, word
from mlp import ops_numpy as ops

LOGITS = np.array([101.0, 102, 103])
assert np.finfo(np.float32).max < np.exp(float(LOGITS[0]))
LESS = np.exp(LOGITS - LOGITS.max())  # the largest is 1
TWICE = round(np.exp(log(2)))
FLIPPED = ops.cross_entropy_forward(np.array([[0.0, 110]]), np.array([0]))[0][0]
SURE = float(ops.cross_entropy_forward(np.array([[1000.0, 0]]), np.array([0]))[0][0])

# What a window's logits collect, right and wrong, sure and not.
CACHE = ops.cross_entropy_forward(1000 * np.eye(2), np.array([0, 0]))[1]
MOST = float(abs(ops.cross_entropy_backward(CACHE) * 2).max())
SUM = float(abs(ops.cross_entropy_backward(CACHE).sum()))
FLAT = ops.softmax_forward(0 * ONE.logits)[0]  # exercise 1
assert np.allclose(FLAT, 1 / V)

SAYS = [
    f"{times(TWICE)} as probable",
    f"no exponential is above {LESS.max():g}. And one of them *is* {LESS.max():g}",
    f"the loss says *how* wrong: {FLIPPED:g}",
    f"{LESS.max():g}, so the sum can never be",
    f"${{1/\\ln {TWICE} \\approx {1 / log(TWICE):.2f}}}$",
    f"${{\\ln {TWICE} \\approx {log(TWICE):.2f}}}$",
    f"a logit is beyond −{MOST:g} or {MOST:g}",
    f"the loss is {SURE:g}, and so are all {V} gradients",
    f"the loss should be {SURE:g}",
    f"add up to {SUM:g}. What does that say",
    f"Each row adds up to {SUM:g}, so",
    f"With 0, all are 1/{round(1 / FLAT[0])}",
    f"{word(TWICE).capitalize()} letters, and the target",
]
READ = [
    "together they are 1",
    r"by $\ln 2$? Its exponential doubles",
    "its ratio to each other character doubles",
    "$e^{101}$ is beyond the range",
    "every exponent is 0 or less",
    "never be 0",
    "then it is 0. Its logarithm",
    "between 1 and $V$",
    r"${z_{\text{max}} + \ln V}$",
    "to base 2",
    r"$e^{\text{loss}}$",
    "A start at 10",
    "Write $y_v$ for 1 at the target and 0 elsewhere",
    "is $1/S$",
    "the two are multiplied",
    "they are $p_v - y_v$",
    "has probability 1 pushes nobody",
    "as two operations?",
    r"$-\ln p_{\text{target}}$ is $-1/p_{\text{target}}$",
    "The product of the two",
    "rounded to 0, multiplies infinite by 0",
    "So the two are one operation",
    "Two windows, two letters",
    "the two losses and four gradients",
    "The first loss is ln 2. The gradients are halves",
    "as $B$ is 2",
    "Inside are two operations",
    "Take the two apart yourself",
    "In 2019 somebody",
    "1 for the truth and 0 elsewhere",
    "Here are four of them",
    "has become 0",
    "multiplies it by 0, and infinite times 0",
    "by 2, by 10, by 0",
    "*add* 10 to all logits",
    "softmax is taken twice",
    "Doubling squares the ratios",
    "With 10, the largest takes",
    "Adding 10 changes nothing",
    "1 for the target and 0 for the others",
    "towards 0 in a step of its own",
]
