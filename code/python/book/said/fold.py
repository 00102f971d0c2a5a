"""Fold."""

from book.example import CONFIG
from book.said import CONTEXT, B, E, H, T, V
from book.words import part

PLAIN = 3 * 2 * B * T * E * H
FOLDED = 3 * 2 * V * T * E * H + (T - 1) * B * H + T * B * H
SAVED = part(1 - FOLDED / PLAIN)
PAYS = next(b for b in range(1, B) if 2 * b * T * E * H > 2 * V * T * E * H + (T - 1) * b * H)

SAYS = [
    f"A batch of {B} windows of {T} letters holds {B * T} embedding vectors",
    f"in {CONTEXT} tables",
    f"instead of {B}",
    f"at batch {B} it removes {SAVED} of the work",
    f"It does not remove {SAVED} of the time",
    f"with hidden {H}",
    f"adds {T * E} products in a row, this one adds {CONTEXT} sums of {E}",
    f"$B = {PAYS}$",
    f"a batch of {B} windows",
    f"${V} \\cdot {V} = {V**2}$",
    f"one table of {V**T:,} rows",
    f"({V},{CONFIG.hidden}) each",
]
READ = [
    "it takes two things",
    "two small products for each position",
    "| 32 |",
    "| 128 |",
    "| 512 |",
    "| 1,024 |",
    "thousands of words",
    "two neighbouring positions",
    r"$2 \cdot B \cdot T E H$",
    r"$2 \cdot V \cdot T E H$",
    r"$(T - 1) \cdot B \cdot H$",
    r"$(T - 1) \cdot H$",
]
UNCHECKED = {1: "a look at the code: one row of the first table for each window"}
