"""The initial weights: the same numbers in C, NumPy and PyTorch, bit for bit."""

import math

import numpy as np
import numpy.typing as npt

from mlp.config import ModelConfig
from mlp.rng import RNG


def initial_weights(config: ModelConfig, rng: RNG) -> dict[str, npt.NDArray[np.float32]]:
    """Draw every tensor of the model, in the order of `config.shapes`.

    The distributions are PyTorch's defaults: N(0, 1) for the embedding, and for
    the weight and bias of a linear layer U(-k, k) with k = 1 / sqrt(inputs).
    """
    weights = {}
    bound = 0.0
    for name, shape in config.shapes.items():
        n = math.prod(shape)
        if name == "wte.weight":
            values = rng.normal(n)
        else:
            if name.endswith(".weight"):
                bound = 1 / math.sqrt(shape[1])
            values = rng.uniform(n, -bound, bound)  # a bias keeps its weight's bound
        weights[name] = values.astype(np.float32).reshape(shape)
    return weights
