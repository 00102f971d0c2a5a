"""The optimizer. It knows parameters and gradients, no model."""

import math

import numpy as np

from mlp.ops_numpy import Array

BETA1, BETA2, EPS = 0.9, 0.999, 1e-8


class AdamW:
    """AdamW (Loshchilov & Hutter 2019) over one flat array of parameters (N,)."""

    def __init__(self, params: Array, weight_decay: float) -> None:
        self.params = params
        self.weight_decay = weight_decay
        self.m = np.zeros_like(params)  # (N,) the mean of the gradients
        self.v = np.zeros_like(params)  # (N,) the mean of their squares
        self.step = 0

    def update(self, grads: Array, learning_rate: float) -> None:
        """Change the parameters in place, given their gradients (N,).

        m      = m + (1 - beta1) (grads - m)
        v      = beta2 v + (1 - beta2) grads^2
        params = params (1 - lr decay)
                 - lr / (1 - beta1^step) m / (sqrt(v) / sqrt(1 - beta2^step) + eps)

        In the order of PyTorch, whose float32 roundings it shares. NumPy rounds
        each Python float once to the arrays' type, as `adamw.c` does by hand.
        """
        self.step += 1
        correction1 = 1 - BETA1**self.step
        correction2 = 1 - BETA2**self.step
        self.m += (1 - BETA1) * (grads - self.m)
        self.v *= BETA2
        self.v += (1 - BETA2) * grads * grads
        self.params *= 1 - learning_rate * self.weight_decay
        denominator = np.sqrt(self.v) / math.sqrt(correction2) + EPS
        self.params += -learning_rate / correction1 * self.m / denominator
