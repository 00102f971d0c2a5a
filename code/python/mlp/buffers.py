"""Flat arrays: one for all tensors of a model, so that an optimizer needs no loop."""

import math

import numpy as np
import numpy.typing as npt

from mlp.config import ModelConfig
from mlp.ops_numpy import Array

CACHE_LINE = 64  # bytes


def flat_zeros(size: int, dtype: npt.DTypeLike) -> Array:
    """Return zeros (size,) that begin where a cache line does.

    NumPy's own begin at any multiple of 16 bytes. Then a vector of 64 bytes
    reaches over two lines, and needs both.
    """
    dtype = np.dtype(dtype)
    room = np.zeros(size + CACHE_LINE // dtype.itemsize, dtype)
    start = -room.ctypes.data % CACHE_LINE // dtype.itemsize
    return room[start : start + size]


def views(flat: Array, config: ModelConfig) -> dict[str, Array]:
    """Cut a flat array (N,) into the tensors of a model, without copying."""
    tensors, start = {}, 0
    for name, shape in config.shapes.items():
        end = start + math.prod(shape)
        tensors[name] = flat[start:end].reshape(shape)
        start = end
    return tensors
