"""The model at a glance."""

import numpy as np

from book.example import ALL, CONFIG
from book.figures.common import SIZES
from book.said import CONTEXT, DEEP, EVERY, NAMES, ORIGINAL, RUN, THREE, E, H, T, V, token
from book.said.kneser_ney import LONG
from book.words import part, times, word
from litdocs.equations import holds
from mlp.config import PRESETS
from mlp.corpora import SPLITS
from mlp.model_numpy import MLP
from mlp.tokens import END

SHARE = NAMES["given-names"] / NAMES["ssa-names"]

# Exercise 1: the parameters of each layer, as the answer writes them.
SHAPES = ["V·E", "H·(T·E + 1)", "H·(H + 1)", "V·(H + 1)"]
SIZE = {"V": V, "T": DEEP.context, "E": DEEP.embedding, "H": DEEP.hidden}
TABLE, FIRST, FURTHER, OUTPUT = (eval(shape.replace("·", "*"), SIZE) for shape in SHAPES)
assert TABLE + FIRST + (DEEP.layers - 1) * FURTHER + OUTPUT == DEEP.size

# Exercise 3: a model of zeros.
ZEROS = MLP(CONFIG, {name: np.zeros(shape) for name, shape in CONFIG.shapes.items()})
LOGITS = float(np.abs(ZEROS.logits(ALL.tokens)).max())
ZEROS.forward(ALL.tokens, ALL.targets)
ZEROS.backward()
MOVED = [name for name, gradient in ZEROS.grads.items() if gradient.any()]
(BIAS,) = ({"output.bias": "output's bias"}[name] for name in MOVED)

# The paper's count.
COUNT = "|V|(1 + nm + h) + h(1 + (n-1)m)"
PAPER = {"V": V, "n": T + 1, "m": E, "h": H, "count": ORIGINAL.size + V * T * E}
holds(rf"\text{{count}} = {COUNT.replace('|V|', 'V')}", PAPER)

WEIGHTS = word(sum(name.endswith("weight") for name in ORIGINAL.shapes) - 1)  # and the table
BIASES = word(sum(name.endswith("bias") for name in ORIGINAL.shapes))

SAYS = [
    f"*a* is {token('a')}, *z* is {token('z')}, and {END} is the end of a name",
    f"There are {word(len(PRESETS))}. The first way",
    f"{CONTEXT.capitalize()} tokens make",
    f"the {WEIGHTS} weights $W_1$ and $W_2$ and the {BIASES} *biases*",
    f"The {word(len(SIZES))} letters of the shapes are sizes",
    f"how many different tokens there are, {V}",
    f"has {E} numbers in the preset `original`, and there are {H} hidden units",
    f"a row has {word(CONFIG.embedding)} numbers, and there are {word(CONFIG.hidden)} hidden",
    f"there are only {V} of them",
    f"grows {V}-fold",
    f"once in the preset `original` and {times(DEEP.layers)} in `deep`",
    f"split in {word(len(SPLITS))} parts",
    f"The {THREE} start from the same weights",
    f"every {EVERY} steps",
    f"counts of {word(LONG)} characters in a row",
    f"context {ORIGINAL.context}, one tanh layer",
    f"context {DEEP.context}, {word(DEEP.layers)} GELU layers",
    f"after {RUN['runs']['c']['steps'][10]:,} steps",
    f"the {NAMES['ssa-names']:,} names of",
    f"little more than {part(round(2 * SHARE) / 2)} as many names",
    f"{SHAPES[0]} in the table, {SHAPES[1]} in the first hidden layer, {SHAPES[2]} in each further "
    f"one, and {SHAPES[3]} in the output",
    f"with a weight of {V} by T·E",
    f"All logits are {LOGITS:g}",
    f"Only the {BIAS} gets a gradient",
    f"${COUNT}$",
    f"{word(DEEP.layers)} hidden layers instead of one",
]
READ = [
    "[Derivatives, in two pages]",
    "Read the three beside each other",
    "In the other two, read",
    "in each of the three",
    "So the three compute the same function",
    "compares the three on your machine",
    "probability 1 has a loss of 0 nats",
    "thousands of times",
    "nearer to the other two",
    "The tests hold the two together",
    "The two classes in full",
    "a gradient that is not 0",
    "In 2017 a well-known researcher",
    "Five years later",
    "Set all parameters to 0",
    "`hidden`, which is 0",
    "`output.weight`, which is 0",
    "$y = b + Wx + U\\tanh(d + Hx)$",
    "setting $W$ to 0",
    "$n - 1$ our T",
    "the two *biases* $b_1$",
]
assert SHARE > 0.5

R = np.random.default_rng(0)
FORMULAS = {
    r"W_2(W_1 x + b_1) + b_2 = (W_2 W_1)\,x + (W_2 b_1 + b_2)": {
        "W_1": R.normal(size=(4, 6)), "b_1": R.normal(size=4), "x": R.normal(size=6),
        "W_2": R.normal(size=(27, 4)), "b_2": R.normal(size=27),
    },
}  # fmt: skip
