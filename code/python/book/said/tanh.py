"""Tanh."""

import numpy as np

from book.said import LAYERS, H
from book.words import word
from mlp import ops_numpy as ops

PRE = np.array([0, 4, 8, 10], np.float32)
OUT, CACHE = ops.tanh_forward(PRE)
SLOPE = ops.tanh_backward(np.ones_like(OUT), CACHE)
THROUGH = {0.001: "a thousandth"}[float(f"{SLOPE[1]:.0e}")]
LARGE, SMALL = (float(np.tanh(np.float32(x))) for x in (20, -20))
GELU = ops.gelu_forward(np.array([-20.0, 20]))[0]
NEAR = np.exp(np.float32(-2e-8))  # exercise 1
assert np.finfo(np.float32).max < np.exp(100)
SQUARED = 2  # exercise 2
STEP = 1e-6
UP = ((SQUARED + STEP) ** 2 - SQUARED**2) / STEP
X = {"x": 0.7, "s": lambda x: np.exp(x) - np.exp(-x), "c": lambda x: np.exp(x) + np.exp(-x)}
PAPER_YEAR, GELU_YEAR = 2003, 2016
SIGMA = {"x": 0.7, "sigma": lambda x: 1 / (1 + np.exp(-x))}

SAYS = [
    f"between {LAYERS} linear layers",
    f"{LAYERS.capitalize()} [linear layers]",
    f"the {LAYERS} layers",
    f"from −{-SMALL:g} to {LARGE:g}",
    f"tanh of {PRE[0]:g} is {OUT[0]:g}",
    f"almost −{-SMALL:g} or {LARGE:g}",
    f"The slope is {SLOPE[0]:g} at {PRE[0]:g}",
    f"At {PRE[1]:g}, about {THROUGH} of the gradient",
    f"At {PRE[2]:g}, rounding shows: `out` is so near {OUT[2]:.0f} that",
    f"At {PRE[3]:g}, the nearest",
    f"number to tanh *is* {OUT[3]:g}. The computed slope is exactly {SLOPE[3]:g}",
    f"{H} units on the",
    f"If $u$ is large, tanh is {LARGE:g}",
    f"very negative, tanh is −{-SMALL:g}, and the whole is {abs(GELU[0]):g}",
    f"so near {NEAR:g} that it rounds to {NEAR:g}, and {NEAR:g} less {NEAR:g} is {NEAR - NEAR:g}",
    f"{SQUARED**2} is the output of {SQUARED} and of −{SQUARED}, with slopes {UP:.0f} and "
    f"−{UP:.0f}",
    f"in {GELU_YEAR}, {word(GELU_YEAR - PAPER_YEAR)} years later",
]
READ = [
    r"$W_2 b_1 + b_2$",
    "Three things to remember",
    "near 0 it is almost its input",
    "for unit 0",
    "the output twice, once as the result",
    "the upper half of the fraction",
    "the lower half",
    "$e^x$ is its own slope",
    "$e^{-x}$ is $-e^{-x}$",
    "$s/c$ is tanh itself",
    "input is far from 0",
    r"${1 - \text{out}^2}$",
    "find it near 0",
    "turns very negative ones into 0",
    "a number from 0 to 1",
    r"$x$ occurs twice: as the factor $\tfrac{1}{2}x$",
    "for unit 2",
    "two inputs share an output",
    "a thousand numbers from −6 to 6",
    "Three inputs: at 0, at 1, and far out",
    "the three gradients of 10",
    "There are two functions called GELU",
    "hundreds of times more than rounding",
    "$10^{-8}$, 1, 10 and 100",
    r"$\max(0, x)$",
    "$x^2$",
    r"$1 - \tanh^2$",
    r"${1 - \tanh^2}$",
    r"${\tanh = 2\sigma - 1}$",
    "$e^{100}$ is beyond the range",
    "$e^{-2|x|}$",
    "$e^{-2|x|} - 1$",
    "tanh of $10^{-8}$ is $10^{-8}$",
    "above 1",
    "where the slope is 1",
    "both halves of the fraction by $e^{-x}$",
    r"$y = b + Wx + U \tanh(d + Hx)$",
]
FORMULAS = {
    "s = e^x - e^{-x}": X,
    "c = e^x + e^{-x}": X,
    "s' = c": X,
    "c' = s": X,
    r"\sigma(x) = 1/(1 + e^{-x})": SIGMA,
    r"\tanh(x) = 2\sigma(2x) - 1": SIGMA,
    r"{\sigma' = \sigma\,(1 - \sigma)}": SIGMA,
}
