"""What PyTorch gives you."""

from book.words import word
from mlp import ops_numpy as ops

BACK = sum(name.endswith("_backward") for name in dir(ops))

SAYS = [
    f"{word(BACK)} functions in `ops_numpy.py`",
]
READ = [
    "exists three times. C",
    "same ten steps of",
    "same two numbers",
    "The two can even",
    "lower half of the",
    "of the six",
    "a dozen others. It",
    "book: five lines for",
    "do thousands of sums",
    "few millionths of a",
    "Between two operations PyTorch",
    "1 | ",
    "model twice, as `MLP`",
    "gradient 0, why is",
    "other two versions are",
    "and half of it",
    "a hundred layers of",
    "of ten kinds?",
    "for ten kinds of",
    "between $-k$ and $k$",
]
