"""Backpropagation."""

from book.example import CONFIG
from book.said import B, E, H, T, V
from book.words import word

FIRST, SECOND = B * H * T * E, B * V * H
TIMES = (2 * FIRST + 2 * SECOND) // (FIRST + SECOND)
assert TIMES == 2

SAYS = [
    f"The running example has {CONFIG.size}",
    f"With a batch of {B} that",
    f"the way back costs {word(TIMES)} forward passes",
]
READ = [
    "in 1986 how much",
    "backward half of the",
    "and two of the",
    "Eleven lines. With",
    "be two more each",
    "a hundred layers a",
    "the three programs",
    "used twice collects two",
    "be 0 at the",
    "The three answer differently",
    "to 0 itself.) -",
    "to 0. That is",
    "needs two forward passes",
    "in 64 bits, for",
    "Twice as much",
    "costs two forward passes",
    "In 2023 a reader",
    "it [twice on the",
    "got 10 where 5",
    "even double. Is it",
    "On five windows that",
    "of four units, with",
    "`dhidden`. Two machines could",
    "and half of the",
    "section 3.2. They take",
    "to 0 first. (Only",
    "below 1e-9, in 64",
]
