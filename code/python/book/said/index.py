"""The first page."""

from book.said import EVERY, LAYERS, RUN, THREE
from book.words import word
from mlp.config import PRESETS

SHOWN = 30  # of the names that were recorded: the first ones
assert all(
    run["names"][:SHOWN] == RUN["runs"]["c"]["names"][:SHOWN] for run in RUN["runs"].values()
)
SAMPLED = word(SHOWN)
SAYS = [
    f"written {THREE} times",
    f"{THREE.capitalize()} times the same",
    f"exists {THREE} times",
    f"After every {PRESETS['quick'][1].batch} letters",
    f"{SAMPLED} names",
    f"All {THREE} start",
    f"all {THREE} made up the same {SAMPLED} names",
    f"after {RUN['runs']['c']['steps'][10]:,} corrections",
    f"every {EVERY} corrections",
    f"without which {LAYERS} layers would be one",
]
READ = [
    "half a line",
    "Who always knows has 0.",
    "At no time were two of them further apart",
    "Bengio et al., 2003",
    "in two pages](model/derivatives.md): all",
    "of four numbers. -",
    "from three shifts up",
    "in sixty lines. -",
    "close three programs come",
    "the third of the",
    "of the three",
    "[Bengio 2003 and since](back/since.md",
    "in five changes",
    "or two. - [The",
]
