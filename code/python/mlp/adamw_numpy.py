"""The optimizer. It knows parameters and gradients, no model."""

import math

import numpy as np

from mlp.arrays import Array, flat_zeros

BETA1, BETA2, EPS = 0.9, 0.999, 1e-8


class AdamW:
    """AdamW (Loshchilov & Hutter 2019) over one flat array of
    parameters (N,)."""

    def __init__(self, params: Array, weight_decay: float) -> None:
        self.params = params
        self.weight_decay = weight_decay
        n, dtype = params.size, params.dtype
        self.m = flat_zeros(n, dtype)  # (N,) the mean of the gradients
        self.v = flat_zeros(n, dtype)  # (N,) the mean of their squares
        # So that `update` makes no arrays:
        self.scratch = flat_zeros(n, dtype), flat_zeros(n, dtype)
        self.step = 0

    def update(self, grads: Array, learning_rate: float) -> None:
        """Change the parameters in place, given their gradients (N,).

            m      = m + (1 - beta1) (grads - m)
            v      = beta2 v + (1 - beta2) grads^2
            params = params (1 - lr decay)
                     - lr / (1 - beta1^step) m
                       / (sqrt(v) / sqrt(1 - beta2^step) + eps)

        In the order of PyTorch, except that the division by the same
        root each time is a product with its reciprocal: a last bit may
        differ. NumPy rounds each Python float once to the arrays' type,
        as `adamw.c` does by hand. One operation a line: each would make
        a new array if it were not told where to write.
        """
        self.step += 1
        correction1 = 1 - BETA1**self.step
        correction2 = 1 - BETA2**self.step
        params, m, v = self.params, self.m, self.v
        change, denominator = self.scratch

        np.subtract(grads, m, out=change)
        change *= 1 - BETA1
        m += change

        np.multiply(grads, 1 - BETA2, out=change)
        change *= grads
        v *= BETA2
        v += change

        np.sqrt(v, out=denominator)
        denominator *= 1 / math.sqrt(correction2)
        denominator += EPS
        np.multiply(m, -learning_rate / correction1, out=change)
        change /= denominator
        params *= 1 - learning_rate * self.weight_decay
        params += change
