"""Embedding."""

from collections import Counter

from book.example import ALL, ONE, letter
from book.said import EMM, INPUTS, ROW, V, token
from book.words import times, word

READS = Counter(map(letter, EMM))  # how often each letter's row is read
PLACES = ALL.tokens.size
ADDED = Counter("".join(sorted(name)) for name in ("ann", "nan", "nna", "ana"))
ALIKE, SAME = ADDED.most_common(1)[0]  # exercise 1: a sum does not know the order
OTHER = "ana"
MOVES = (ONE.updated["wte.weight"] != ONE.weights["wte.weight"])[token("q")].any()  # exercise 3
assert not ONE.dwte[token("q")].any()

SAYS = [
    f"*m* is {token('m')} and *n* is {token('n')}",
    f"*z*, {token('z')}, {times(token('z') // token('m'))} *m*",
    f"tokens {', '.join(map(str, EMM))}",
    f"a row has {ROW} numbers",
    f"*m* comes {times(READS['m'])}, and {times(READS['m'])} the same row is read",
    f"a vector of {V} numbers",
    f"have {PLACES} places",
    f"A row that was read {times(READS['m'])} collects {word(READS['m'])} gradients",
    f"a little up from {token('m')}",
    f"It is read {times(READS['m'])}",
    f"though only {word(len(READS))} are in use",
    f"one of its {word(READS['m'])} gradients",
    f"a copy with {word(READS['m'])} rows for *m*",
    f"The first {word(SAME)}: one *a* and {word(ALIKE.count('n'))} *n* each. *{OTHER}* has "
    f"{word(OTHER.count('a'))} *a*",
    f"the same {INPUTS} inputs in another order",
    f"{'Not quite' if MOVES else 'Yes'}. [Weight decay]",
    f"our characters {V}",
]
READ = [
    "the smallest of the three layers",
    "all 0 but a single 1",
    "half of one line",
    r"$(b,\; t E + e)$",
    "its gradient is 0",
    "multiplications by 0",
    "the slower of the two",
    "a vocabulary of 5",
    "2, 0 and 2, and a table with three rows",
    "a hundred thousand words",
    "[in 2017]",
    "[in 2020]",
    "a test with three different letters passes",
    "exactly 0",
    "would not be 0 yet",
    r"$x = (C(w_{t-1}), C(w_{t-2}), \ldots, C(w_{t-n+1}))$",
    "number thousands",
]
