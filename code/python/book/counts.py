"""What the chapters on counting count: names as text, and their windows."""

from functools import cache

from mlp import corpora
from mlp.tokens import LATIN


@cache
def given_names(split: str) -> list[str]:
    """Return the names of a split, "train", "val" or "test"; MLPError without them."""
    tokens = getattr(corpora.load(corpora.GIVEN_NAMES), split)
    return LATIN.decode(tokens).split("\n")[:-1]


def windows(names: list[str], n: int) -> list[str]:
    """Return all windows of n characters: those that end with a letter
    of a name, or with the dot after it. What is before it are dots."""
    found = []
    for name in names:
        dotted = "." * (n - 1) + name + "."
        found += [dotted[i : i + n] for i in range(len(name) + 1)]
    return found
