"""Linear."""

from book.example import ALL, CONFIG, ONE
from book.said import INPUTS, LAYERS, UNITS, V
from book.words import word
from mlp import ops_numpy as ops
from mlp.model_numpy import MLP

GRADIENTS = len(ops.linear_backward(ONE.dpre, (ONE.x, ONE.weights["hidden.0.weight"])))
MORE = 128  # the windows of a batch, to which a loop was fixed

# Exercise 2: the first layer at zero.
STILL = MLP(CONFIG, {n: w * (not n.startswith("hidden")) for n, w in ALL.weights.items()})
STILL.forward(ALL.tokens, ALL.targets)
STILL.backward()
ZERO = {name for name, gradient in STILL.grads.items() if not gradient.any()}
INP = float(abs(STILL.cache["hidden.0.activation"]).max())
OF_OUTPUT, OF_TABLE, OF_FIRST = (
    "zero" if name in ZERO else "not" for name in ("output.weight", "wte.weight", "hidden.0.weight")
)

SAYS = [
    f"has [{LAYERS}](at-a-glance.md#the-picture)",
    f"turns the {INPUTS} numbers",
    f"into {UNITS} hidden ones. The second turns those {UNITS}, after [tanh](tanh.md), into {V} "
    "scores",
    f"{word(GRADIENTS)} gradients backward",
    f"{word(GRADIENTS).capitalize()} gradients are wanted",
    f"The {word(GRADIENTS)} sums run over",
    f"read {MORE - 1} more beyond",
    f"All inputs of tanh are then {INP:g}",
    f"`dweight` of the *second* layer is {OF_OUTPUT}",
    f"The embedding's gradient is {OF_TABLE} too",
    f"The first layer's own gradients are {OF_FIRST}:",
]
READ = [
    "a product of two matrices",
    "with two uses",
    "the two inner lines",
    "run the forward pass twice",
    "Two inputs, one output, one window. Work out the five numbers",
    "holds the two products of this page",
    "had that number twice: memory for a constant 32",
    "Nobody compared the two",
    "more than 32 tokens",
    "a constant 128",
    r"$y = b + Wx + U \tanh(d + Hx)$",
]
UNCHECKED = {1: "it says where a gradient goes; the embedding's is checked on its page"}
