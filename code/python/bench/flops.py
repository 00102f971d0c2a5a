"""Floating-point operations, from the formulas. A multiplication and an addition are two;
tanh, exp, a root and a division count as one each, however many a processor needs for them.
"""

from itertools import pairwise

from mlp.config import ModelConfig


def linear_forward(batch: int, inputs: int, outputs: int) -> int:
    """out (B,O) = inp (B,I) @ weight (O,I)^T + bias (O)."""
    return 2 * batch * inputs * outputs


def linear_backward(batch: int, inputs: int, outputs: int) -> int:
    """dinp = dout @ weight and dweight = dout^T @ inp; dbias is not worth counting."""
    return 4 * batch * inputs * outputs


def fold_forward(batch: int, config: ModelConfig) -> int:
    """T tables (V,H), each wte (V,E) @ weight_t (H,E)^T; then a sum of T rows for each window."""
    tables = 2 * config.vocab * config.context * config.embedding * config.hidden
    return tables + batch * (config.context - 1) * config.hidden


def fold_backward(batch: int, config: ModelConfig) -> int:
    """The sums send dpre to rows of T tables; each table sends on to dwte and dweight_t."""
    tables = 4 * config.vocab * config.context * config.embedding * config.hidden
    return tables + batch * config.context * config.hidden


def step(config: ModelConfig, batch: int, fold: bool = False) -> int:
    """Return the operations of all matrix products of a training step, both passes.

    What is left out, activations and optimizer, is a few percent.
    """
    sizes = [config.context * config.embedding, *[config.hidden] * config.layers, config.vocab]
    products = [
        linear_forward(batch, i, o) + linear_backward(batch, i, o) for i, o in pairwise(sizes)
    ]
    if fold:
        products[0] = fold_forward(batch, config) + fold_backward(batch, config)
    return sum(products)


# An element each, in the order of the formulas in ops.c.
TANH_FORWARD = 1
TANH_BACKWARD = 3  # dout (1 - out^2)
GELU_FORWARD = 9
GELU_BACKWARD = 19  # it computes its tanh anew
CROSS_ENTROPY_FORWARD = 5  # maximum, difference, exp, sum, division
CROSS_ENTROPY_BACKWARD = 2  # (probs - onehot) / B
ADAMW = 14  # 3 for m, 4 for v, 7 for the parameter
