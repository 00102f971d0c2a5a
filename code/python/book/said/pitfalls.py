"""Pitfalls."""

import re

from book.figures.common import RESULTS
from book.words import word

PAGE = (RESULTS.parent / "back" / "pitfalls.md").read_text()
OWN = len(re.findall("What finds it", PAGE))

SAYS = [
    f"Which of the {word(OWN)} mistakes of this page",
]
READ = [
    "step, half a cosine",
    "to 0, and the",
    "64)])",
    "## Two bends in",
    "it twice, as a",
    "backward twice. Ours does",
    "is 0](../model/softmax.md#the-loss-without-a-probability) in 32",
    "costs three lines",
    "say 256 different bytes",
    "of two things then",
    "knows: 213,796, and makes",
    "in two parts of",
    "of 0 | ",
    "in 32 bits ",
    "two functions with",
    "0 times infinity",
    "in 11 bits ",
    "probability 0 | ",
    "the two could you",
    "finds *two bends in",
    "window twice, once by",
    "[Bengio 2003 and since](since.md",
    "From −1 down, all",
    "from −1 to 1",
    "from −0.17 to 0.84",
    "is 0xFF. With Linux",
    "for twice. And nearly",
    "The third, if backward",
    "the sixth the gradients",
    "not 0. All others",
]
