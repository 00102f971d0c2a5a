"""Autograd from nothing."""

from book.figures.common import RESULTS
from book.words import word

ROOT = RESULTS.parents[1]
TAPE = (ROOT / "code/python/book/tape.py").read_text()
LINES = len(TAPE[TAPE.index("class Tensor") :].splitlines())
assert 50 <= LINES <= 68
NUMBER = 60

SAYS = [
    f"{word(NUMBER).capitalize()} lines",
    f"in some {word(NUMBER)} lines",
    f"A tape of {word(NUMBER)} lines",
]
READ = [
    "backward half of every",
    "does three things: take",
    "weight twice, in a",
    "has two inputs, only",
    "have 64 bits, and",
    "in five ways",
    "Two files of",
    "back: half of the",
    "In 2024 somebody [sent",
    "used twice, so it",
    "on twice, and each",
    "gradient 2. 2. Give",
    "3. Two tensors may",
    "all three change",
]
