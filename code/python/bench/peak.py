"""The limits of one core, from peak.c: FMAs from registers, and bandwidth of each level."""

from collections.abc import Callable
from typing import Any

import numpy as np

from bench.machine import caches, compile_library, flags
from bench.timing import Times, spread
from mlp.arrays import Array, flat_zeros
from mlp.clib import SOURCES, declarations

ROUNDS = 100_000  # of FMAs a call: 200 µs, beside which a call from Python is nothing
MOVED = 2**22  # bytes a call, at least
LARGEST = 512 * 2**20  # bytes to read from memory, at most


class Peak:
    """peak.c, compiled for one set of kernels. The textbook loops have that of "base"."""

    def __init__(self, kernels: str) -> None:
        self.ffi, self.lib = compile_library(
            [SOURCES / "bench" / "peak.c"],
            flags(kernels),
            declarations(SOURCES / "bench" / "peak.h"),
        )
        self.flops = ROUNDS * self.lib.peak_fma_flops()

    def fma(self) -> float:
        """Do `flops` operations."""
        return float(self.lib.peak_fma(ROUNDS))


def rates(times: Times, name: str, flops: float) -> list[float]:
    """Return GFLOP/s, round by round."""
    return [flops / time / 1e9 for time in times[name]]


def aligned(n: int) -> Array:
    """Return n ones that start where a cache line does, each page of them in memory."""
    array = flat_zeros(n, np.float32)
    array.fill(1)  # zeros that nobody wrote to are all one page
    return array


class Bandwidth:
    """Reading, and STREAM's triad, in arrays that fill half of a cache, or far more than any."""

    def __init__(self, peak: Peak) -> None:
        known = caches()
        self.sizes = {
            "L1": known.get("L1", 2**15) // 2,
            "L2": known.get("L2", 2**18) // 2,
            "memory": min(2 * max(known.values(), default=LARGEST), LARGEST),
        }
        self.arrays = {level: aligned(size // 4) for level, size in self.sizes.items()}
        self.peak = peak

    def calls(self) -> dict[str, Callable[[], object]]:
        """Return what to time: "read L1", "triad L1", …"""
        return {
            f"{kind} {level}": call
            for level, array in self.arrays.items()
            for kind, call in (("read", self._read(array)), ("triad", self._triad(array)))
        }

    def _read(self, array: Any) -> Callable[[], object]:
        pointer, n = self.peak.ffi.from_buffer("float[]", array), len(array)
        return lambda: self.peak.lib.peak_read(pointer, n, self._times(array))

    def _triad(self, array: Any) -> Callable[[], object]:
        n = len(array) // 3 // 16 * 16
        parts = [self.peak.ffi.from_buffer("float[]", array[i * n :][:n]) for i in range(3)]
        return lambda: self.peak.lib.peak_triad(*parts, n, self._times(array))

    def _times(self, array: Any) -> int:
        """Repeat in C, where a call from Python would take longer than the work."""
        return max(1, MOVED // array.nbytes)

    def result(self, times: Times) -> dict[str, Any]:
        """Return GB/s by level: a triad moves three arrays, not counting what a write reads."""
        return {
            level: {"bytes": size}
            | {
                kind: spread(
                    [
                        size * self._times(self.arrays[level]) / 1e9 / time
                        for time in times[f"{kind} {level}"]
                    ]
                )
                for kind in ("read", "triad")
            }
            for level, size in self.sizes.items()
        }
