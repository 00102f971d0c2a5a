"""The words of the figures, as far as they are typed and not computed."""

from collections import Counter

import numpy as np

from book.example import ONE, letter
from book.said import CONTEXT, EMM, INPUTS, UNITS, WINDOWS, V, token
from book.said.ladder import BUSY, FMAS, ROWS, TILE, VECTORS
from book.words import times, word
from mlp import ops_numpy as ops
from mlp.tokens import END

READS = Counter(map(letter, EMM))
M = times(READS["m"])
SUM = float(abs(ONE.dlogits.sum()).round(6))
CERTAIN = float(ops.cross_entropy_forward(np.array([[1000.0, 0]]), np.array([0]))[0][0])
X = np.linspace(-9, 9, 18_001, dtype=np.float32)
SLOPE = ops.tanh_backward(np.ones_like(X), ops.tanh_forward(X)[1])
BEND = ops.gelu_backward(np.ones_like(X), ops.gelu_forward(X)[1])
WIDE, NARROW = 8, 2  # the panels of the figure
assert BEND.max() > 1
assert BEND.min() < 0

SAYS = [
    f"{WINDOWS.capitalize()} windows of emma",
    f"A dot is token {END}",
    f"are tokens {', '.join(map(str, EMM))}",
    f"{CONTEXT} tokens, {CONTEXT} copies. {WINDOWS.capitalize()} of the table’s {V} rows",
    f"was copied {M}, so it collects {word(READS['m'])} gradients",
    f"Token {token('e')}, e",
    f"Token {token('m')}, m",
    f", {M}.",
    f"dweight[{token('m')},1]",
    f"Row m was read {M}",
    f"only {CONTEXT} rows to add. {CONTEXT.capitalize()} of each table’s {V} rows",
    f"A layer of {ONE.x.shape[1]} inputs and {ONE.pre.shape[1]} outputs",
    f"a tile {word(NARROW)} outputs wide",
    f"one chain, and {word(BUSY)}",
    f"A processor with {word(FMAS)} multiply-add units",
    f"{word(BUSY)} independent sums",
    f"{VECTORS} vectors and {ROWS} numbers make {TILE} vectors",
    f"{VECTORS} vectors of the panel",
    f"{word(FMAS).capitalize()} units",
    f"From a panel of {WIDE} outputs, a tile {NARROW} wide reads",
    f"With the {WINDOWS} windows",
    f"The {INPUTS} inputs are",
    f"all {UNITS}.",
    f"all {INPUTS} inputs",
    f"one product for each window: {WINDOWS.capitalize()} windows",
    f"The {WINDOWS} products",
    f"All {UNITS} are",
    f"The {V} numbers add up to",
    f"all {V} add up to",
    f"All {V} add up to {SUM:g}",
    f"The loss is {CERTAIN:g} at probability",
    f"The other {V - 1}",
    f"the {V - 1} wrong",
    f"one guess in {V}",
    f"A guess among {V} would",
    f"The same {UNITS} inputs",
    f"the {UNITS} units",
    f"The slope is {SLOPE.max():g} at {X[SLOPE.argmax()]:g} and falls to",
]
READ = [
    "Without dropout the two losses part",
    "counts, λ added, order 4",
    "counts, Kneser-Ney, order 4",
    "counts, Kneser-Ney, order 6",
    "The two have one shape",
    "is in the other half of the names",
    "times in the other half, on average",
    "times in one half",
    "orange above 0",
    "dloss = 1",
    "rounded to two decimals",
    "to two decimals it stays",
    "linear 1",
    "linear 2",
    "PyTorch's being 1",
    "Below 1, C is ahead",
    "dout.sum(axis=0)",
    "sends is 1/",
    "inp[0] * weight[",
    "no float between these two",
    "between two floats",
    "in four steps",
    "at probability 1 and grows without bound towards 0",
    "none is above 0",
    "all above 0, none above 1",
    "the largest: and 0",
    "and 1; all 27 add up to",
    "The target: − 1 =",
    "the target, is minus 1",
    "1 - out * out",
    "and falls to 0 on both sides, where tanh nears −1 and 1",
    "below 0",
    "rises above 1",
    "an output is to −1 or 1",
    "near 0 for inputs below −2 and near its input above 2",
    "slopes 1 minus",
    "letters as two numbers",
    "with two numbers for a letter",
    "activation of three hidden units",
    "the last two letters consonants",
    "decides the third question",
    "1 is the first letter",
]
