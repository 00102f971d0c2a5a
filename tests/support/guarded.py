"""Arrays that notice: NaNs before each, and behind it memory that nobody may touch."""

import mmap
from typing import Any

import numpy as np
import numpy.typing as npt
from cffi import FFI

from mlp.clib import ffi

Array = npt.NDArray[Any]

C_STANDARD = FFI()
C_STANDARD.cdef("int mprotect(void *at, size_t bytes, int access);")
GUARD = 64  # NaNs before an array


def guarded(values: Array) -> Array:
    """Copy `values` as float32 to the end of a page, behind NaNs; the next page is forbidden."""
    size = 4 * (GUARD + values.size)
    end = -(-size // mmap.PAGESIZE) * mmap.PAGESIZE
    memory = np.frombuffer(mmap.mmap(-1, end + mmap.PAGESIZE), np.float32)
    page = C_STANDARD.cast("char *", memory.ctypes.data) + end
    assert C_STANDARD.dlopen(None).mprotect(page, mmap.PAGESIZE, 0) == 0
    array = memory[: end // 4]
    array[: array.size - values.size] = np.nan
    array[array.size - values.size :] = values.ravel()
    return array[array.size - values.size :].reshape(values.shape)


def before(array: Array) -> Array:
    """The NaNs before a guarded array."""
    start = C_STANDARD.cast("char *", array.ctypes.data) - 4 * GUARD
    return np.frombuffer(C_STANDARD.buffer(start, 4 * GUARD), np.float32)


def pointer(array: Array) -> Any:
    return ffi.from_buffer("int[]" if array.dtype == np.int32 else "float[]", array)


def normal(random: np.random.Generator, *shape: int) -> npt.NDArray[np.float32]:
    return random.standard_normal(shape, np.float32)


def largest(difference: Array, scale: Array | float = 1.0) -> float:
    return float(np.max(np.abs(difference) / scale))
