"""Sampling."""

from book.said import V
from book.words import word
from mlp.config import PRESETS

QUICK, _ = PRESETS["quick"]
TWO, BITS = 2, 24
assert V == 27
assert 16e6 < TWO**BITS < 17e6

SAYS = [
    f"The context of `quick` is {word(QUICK.context)} characters",
    f"[makes numbers of {BITS} bits]",
]
READ = [
    "are three zeros before",
    "knows thousands. It knows",
    "from 0 to 1",
    "is 1 long. The",
    "with three coins",
    "than 1 because it",
    "a 0 comes. Each",
    "the tenth name is",
    "the nine before it",
    "with thousands side by",
    "With $\\tau = 1$ nothing changes",
    "at 0.5, all ratios",
    "Towards 0, only the",
    "between two borders that",
    "Throw ten thousand coins",
    "probability 0 must never",
    "in sixteen million coins",
    "a thousand names, and",
    "compare $k = 3$ with a",
    "the fifty likeliest beginnings",
    "to 0, and make",
    "rest 1 together again",
    "of 1 is what",
    "## Three programs, the",
    "the three read it",
]
