"""NumPy and PyTorch."""

from book.figures.common import bench
from book.said import ORIGINAL, B, E, T
from book.words import times, word

CALLED = {"forward": 11, "backward": 29, "AdamW": 50}  # the page prints them
PRODUCTS = 2 + 4  # addmm, mm
TENSORS = len(ORIGINAL.shapes)
PASSES = 3  # a square, a difference, a product

SAYS = [
    f"{B * T} additions of {E} numbers",
    f"{ORIGINAL.size:,} numbers, instead of {times(TENSORS)}",
    f"NumPy runs {word(PASSES)}",
    f"Of the {word(sum(CALLED.values()))}, {word(PRODUCTS)} are products",
    f"{word(CALLED['AdamW'] // TENSORS)} operations for each of {word(TENSORS)} tensors",
    f"makes {word(PASSES)} passes over",
    f"the {word(PASSES - 1)} others",
]
READ = [
    "At the end the three are side by side",
    "Half of the rounds lie between",
    "Above 1 it is behind",
    "thousands of steps",
    "has two hidden layers",
    "the ratio of two medians",
    "the first two lines of the figure",
    "reaches three quarters of the peak would need three quarters of its time",
    "Two medians may come",
    "two threads",
    "and two for all others as well",
    "2020.",
    "PyTorch 2",
    "2024: what",
]
UNCHECKED = {4: "says why a ratio within a round is better, and claims no number"}
assert bench("steps")["batch"] == B
