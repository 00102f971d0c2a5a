"""Bengio 2003 and since."""

from book.figures.common import RESULTS
from book.said import V
from book.words import word
from litdocs.results import record
from records.transformer import BLOCKS, CHANGES, E, H, T

FOUND = record(RESULTS / "since-given-names.json")["models"]
LOSSES = [FOUND[kind.__name__]["val_loss"] for kind in CHANGES]
assert LOSSES[1] == max(LOSSES)
assert LOSSES[1] > LOSSES[2] > LOSSES[3] > LOSSES[4]
assert 0 < LOSSES[0] - LOSSES[4] < 0.01

SAYS = [
    f"in {word(len(CHANGES))} changes",
    f"{word(len(CHANGES)).capitalize()} changes",
    f"These {word(len(CHANGES))} changes",
    f"Ours has {V} kinds",
    f"and {word(BLOCKS)} blocks in a row",
    f"with E = {E} and H = {H}",
    f"and {word(T)} letters of context",
]
READ = [
    "of 2003 had that",
    "Bengio 2003 and since",
    "of 2003, *A Neural",
    "In 2000 a language",
    "about three weeks on",
    "on 40 processors, for",
    "for five epochs of",
    "of 14 million words",
    "a million, the best",
    "of 252 on test",
    "had 312. Ours has",
    "a third matrix, $W$",
    "With $W = 0$ it is",
    "between two large ones",
    "the ten thousand words",
    "others, 2017). Each is",
    "### 1. Everywhere at",
    "the five windows",
    "### 2. A mean",
    "For five places it",
    "upper half is 0",
    "### 3. Attention",
    "the two fit. Softmax",
    "a third layer",
    "### 4. What was",
    "instead, $x + f(x)$. That is",
    "others, 2015). It has",
    "from 2003 to the",
    "of 16,383, a seventh",
    "the third. Only the",
    "With twelve letters that",
    "get $-\\infty$, so that",
    "is 0. That is",
]
