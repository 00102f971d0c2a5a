"""Autograd from nothing: operations are noted as they run, and then run backward.

The operations are those of `ops_numpy.py`. What is new is that nobody has to write down in
which order they go back.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from mlp import ops_numpy as ops
from mlp.arrays import Array
from mlp.tokens import Tokens


class Tensor:
    """An array, and the gradient of the loss by it."""

    def __init__(self, value: Array) -> None:
        self.value = value
        self.grad = np.zeros_like(value)


class Tape:
    """What has run, in order. Each method runs an operation and notes how it goes back."""

    def __init__(self) -> None:
        self.way_back: list[Callable[[], None]] = []

    def note(
        self, out: Array, backward: Callable[[Array], Any], *inputs: Tensor
    ) -> Tensor:
        """Return a result as a Tensor; backward makes a gradient for each of the inputs."""
        result = Tensor(out)

        def step_back() -> None:
            grads = backward(result.grad)
            for inp, grad in zip(inputs, grads if isinstance(grads, tuple) else (grads,)):
                inp.grad = inp.grad + grad  # an input with two uses collects from both

        self.way_back.append(step_back)
        return result

    def backward(self, loss: Tensor) -> None:
        """Fill in the gradient of all that led to the loss ()."""
        loss.grad = np.ones_like(loss.value)
        for step_back in reversed(self.way_back):
            step_back()

    def embedding(self, inp: Tokens, weight: Tensor) -> Tensor:
        out, cache = ops.embedding_forward(inp, weight.value)
        return self.note(out, lambda dout: ops.embedding_backward(dout, cache), weight)

    def reshape(self, inp: Tensor, *shape: int) -> Tensor:
        out = inp.value.reshape(shape)
        return self.note(out, lambda dout: dout.reshape(inp.value.shape), inp)

    def linear(self, inp: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
        out, cache = ops.linear_forward(inp.value, weight.value, bias.value)
        return self.note(out, lambda dout: ops.linear_backward(dout, cache), inp, weight, bias)

    def tanh(self, inp: Tensor) -> Tensor:
        out, cache = ops.tanh_forward(inp.value)
        return self.note(out, lambda dout: ops.tanh_backward(dout, cache), inp)

    def cross_entropy(self, logits: Tensor, targets: Tokens) -> Tensor:
        losses, cache = ops.cross_entropy_forward(logits.value, targets)
        return self.note(
            losses.mean(), lambda dout: dout * ops.cross_entropy_backward(cache), logits
        )
