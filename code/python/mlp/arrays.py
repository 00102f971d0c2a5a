"""Arrays: what we call them, and flat ones that hold all tensors of a model.

With one flat array for all, an optimizer needs no loop over the tensors.
"""

import math
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.floating]
Tensors = dict[str, Array]  # by name
Shapes = Mapping[str, tuple[int, ...]]  # by name, in order

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


def views(flat: Array, shapes: Shapes) -> Tensors:
    """Cut a flat array (N,) into tensors, one after the other, without copying."""
    tensors: Tensors = {}
    start = 0
    for name, shape in shapes.items():
        end = start + math.prod(shape)
        tensors[name] = flat[start:end].reshape(shape)
        start = end
    return tensors


def fill(tensors: Tensors, values: Tensors) -> None:
    """Copy values into the tensors of the same names."""
    for name, value in values.items():
        tensors[name][...] = value
