"""Names."""

from book.example import STREAM
from book.said import EMM, NAMES, A, T, V, token
from book.words import word
from mlp.config import PRESETS
from mlp.corpora import load
from mlp.tokens import END

_, QUICK = PRESETS["quick"]
EPOCHS = QUICK.steps * QUICK.batch / len(load("given-names").train)
assert 4 < EPOCHS < 4.5
assert len(STREAM) == 9
assert (*EMM, A) == (token("e"), token("m"), token("m"), token("a"))

SAYS = [
    f"`given-names`: {NAMES['given-names']:,} first names",
    f"*a* is {token('a')}, *b* is {token('b')}",
    f"*z*, which is {token('z')}",
    f"It is token {END}",
    f"is V, {V} here",
    f"With letters, {V} tokens",
    f"with a {END} after each",
    f"That {END} has",
    f"In most of this book T is {T}",
    f"take {QUICK.steps:,} steps with batches of {QUICK.batch}",
    f"A little more than {word(int(EPOCHS))}",
]
READ = [
    "in three parts. ---",
    "and halves the alphabet",
    "have tens of thousands",
    "has two names, *ava*",
    "has two jobs. After",
    "from 0. By hand",
    "The fourth of them",
    "are two reasons. What",
    "## Three lists of",
    "split in three",
    "these thousand names. So",
    "a third part, *test*",
    "in two parts is",
    "of five tokens",
    "the two on thousands",
    "which thousands have learned",
    "once: 2,539 lines of",
    "the two copies of",
    "in twelve doubled",
    "no name twice",
    "of 8, both ways",
    "thing twice, it would",
    "has 1,181,041 of them",
    "first 800,000 are for",
    "next 200,000 for validation",
    "of 64. How many",
    "so 16,383 are left",
]
