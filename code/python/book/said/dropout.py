"""Dropout."""

from fractions import Fraction

from book.figures.dropout import MASK, P
from book.said import WINDOWS, B
from book.words import word
from mlp.config import PRESETS

SCALE = Fraction(1) / (1 - Fraction(P))
ORIGINAL, _ = PRESETS["original"]
TWO = 2
assert ORIGINAL.dropout == 0
assert MASK.max() == MASK.dtype.type(SCALE)

SAYS = [
    f"With $p = {P}$, one in {word(round(1 / P))}",
    f"the others are multiplied by {SCALE.numerator}/{SCALE.denominator}",
    f"The hidden units of the {WINDOWS} windows of *emma*, with $p = {P}$",
    f"a layer of {ORIGINAL.hidden} units",
    f"With {ORIGINAL.hidden} units there are ${TWO}^{{{ORIGINAL.hidden}}}$ masks",
    f"among {B} · {ORIGINAL.hidden} units with $p = {P}$",
]
READ = [
    "to 0 at random",
    "is 0, and otherwise",
    "is $1/(1 - p)$. So what",
    "to 0 on average",
    "up hundreds of these",
    "mask, three times",
    "gets 32 random bits",
    "than $p \\cdot 2^{32}$, it is",
    "or $1/(1-p)$ times",
    "from 0 up, and",
    "are two rungs from",
    "`ssa-names`, 12 characters of",
    "twelve characters of",
    "a quarter | {{",
    "on ten thousand numbers",
    "same twice finds it",
    "of 0 and 1",
    "without $1/(1-p)$? What would",
    "a quarter may it",
    "a hundred steps. 3",
    "by $1 - p$. That is",
    "coins is $\\sqrt{p (1 - p) / N}$",
    "in 2014. To keep",
    "to 0, different ones",
    "be $1 - p$ times as",
    "about three quarters of",
    "in 2012, Srivastava and",
]
