"""Derivatives, in two pages."""

import math

import numpy as np

from book.example import CONFIG
from book.figures.derivatives import AT, STEPS, X
from book.words import word

D = 0.1
Y, Z = 3 * X, X**2
RULE = 1 - math.tanh(AT) ** 2


def nearest(kind: type[np.floating]) -> int:
    """Return how many digits of a finite difference are right, with the best step."""
    steps = STEPS.astype(kind)
    tried = (np.tanh(kind(AT) + steps) - np.tanh(kind(AT) - steps)) / (2 * steps)
    return int(-np.log10(np.abs(tried.astype(float) - RULE).min()))


assert nearest(np.float64) >= 10
DIGITS = nearest(np.float32)

SAYS = [
    f"At $x = {X:g}$ it is {X**2:g}. Now let $x$ go up a little, by {D}, and $y$ goes up to "
    f"{(X + D) ** 2:.2f}: by {(X + D) ** 2 - X**2:.2f}, which is {((X + D) ** 2 - X**2) / D:.1f} times",
    f"The last column goes to {2 * X:g}",
    f"With $x = {X:g}$ we have $y = {Y:g}$, $z = {Z:g}$ and $L = {Y * Z:g}$",
    f"as much as $y$, so {word(int(Z))} times",
    f"for tanh at {AT}, with",
    f"at best, {word(DIGITS)} digits are",
    f"all {CONFIG.size} parameters",
]
READ = [
    "of four numbers. All",
    "in two pages",
    "is, five slopes to",
    "function, $y = x^2$. At $x",
    "Why $2x$? Multiply out",
    "out: $(x + d)^2 = x^2 + 2xd + d^2$. Going up",
    "adds $2xd$, and $d^2$",
    "says three things. Its",
    "at $x = 2$, larger $x$",
    "is 0, a little",
    "at $x = 0$, $y$ is",
    "## Five slopes",
    "$x + c$ | 1",
    "$e^x$ | $e^x$",
    "$1/x$ | the",
    "$1 - \\tanh^2 x$ | [from",
    "on thousands of numbers",
    "derivative*. With $L = a b + b$",
    "With $a = 2$ and $b",
    "2$ and $b = 3$",
    "The 0.1 is the",
    "of four numbers",
    "come two numbers, $y",
    "numbers, $y = 3x$ and $z",
    "and $z = x^2$, and $L$",
    "up three times as",
    "up $3 \\cdot 4$ times as",
    "in two places, and",
    "its two inputs again",
    "has two terms because",
    "used twice: whoever writes",
    "has thousands. Backward, one",
    "some 16 digits, or",
    "to 7. Their difference",
    "With half as large",
    "rounding counts twice",
    "In 64 bits a",
    "a millionth or ten",
    "some ten digits are",
    "In 32 bits there",
    "in 64 bits, even",
    "In 2018 somebody checked",
    "layer, two inputs and",
    "the third digit](https://github.com/pytorch/pytorch/issues/5351). A",
    "precision, 32 bits. Make",
    "of $1 / x$? Write it",
    "as $e^{-\\ln x}$, use the",
    "a fifth number, $w",
    "number, $w = y + z$, and let",
    "let $L = w \\cdot y \\cdot z$. Write its",
    "at 0.7 and a",
    "$d$ of 0.001?",
    "1. $e^{-\\ln x}$ has the",
    "of $-\\ln x$: $(1/x) \\cdot",
    "$-\\ln x$: $(1/x) \\cdot (-1/x) = -1/x^2$",
    "used twice now, so",
    "has two terms",
    "on four numbers {",
    "{ #a-graph-of-four-numbers }",
    "is $2x + d$, and $d$",
    "goes to 0",
    "and three functions. (A",
    "with $1/x$: exercise 1",
    "sees $(f(x + d) - f(x)) / d$, which can",
    "About twenty thousand times",
    "the two errors nearly",
]
