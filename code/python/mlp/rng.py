"""The random numbers of all three implementations: xorshift64* and Box-Muller.

The same words come out of `rng.c`, bit for bit, so that the same seed gives
the same shuffles, initial weights and samples in C, NumPy and PyTorch.
"""

import math
from collections.abc import MutableSequence
from typing import Any

import numpy as np
import numpy.typing as npt

from mlp.errors import MLPError

Float64s = npt.NDArray[np.float64]
UInt32s = npt.NDArray[np.uint32]
UInt64s = npt.NDArray[np.uint64]

_MASK64 = (1 << 64) - 1


class RNG:
    """xorshift64*, see Vigna 2016, "An experimental exploration of Marsaglia's generators"."""

    def __init__(self, seed: int) -> None:
        """Start the stream at `seed`, 1 to 2**64 - 1: zero would only ever give zeros."""
        if not 0 < seed <= _MASK64:
            raise MLPError(f"seed {seed}: must be from 1 to {_MASK64}")
        self.state = seed

    def u32(self) -> int:
        """Return the next 32 random bits."""
        x = self.state
        x ^= x >> 12
        x ^= (x << 25) & _MASK64
        x ^= x >> 27
        self.state = x
        return (x * 0x2545F4914F6CDD1D & _MASK64) >> 32

    def random(self) -> float:
        """Return a number in [0, 1): 24 bits, so a float32 holds it without rounding."""
        return (self.u32() >> 8) / 2**24

    def below(self, n: int) -> int:
        """Return an integer in 0 … n-1, n up to `2**32`, with a bias of at most `n / 2**32`."""
        return self.u32() * n >> 32

    def uniform(self, n: int, low: float, high: float) -> Float64s:
        """Return (n,) numbers in [low, high)."""
        numbers = [self.random() * (high - low) + low for _ in range(n)]
        return np.array(numbers)

    def normal(self, n: int) -> Float64s:
        """Return (n,) standard normal numbers (Box & Muller 1958).

        There are two from each pair of words. Computed in double and
        rounded once by whoever stores them: in float32 arithmetic more
        than half of the numbers would differ in their last bit.
        """
        out = []
        for _ in range((n + 1) // 2):
            # 0 has no logarithm: the smallest that is not 0.
            u1 = self.random() or 2.0**-24
            angle = 2 * math.pi * self.random()
            radius = math.sqrt(-2 * math.log(u1))
            out += [radius * math.cos(angle), radius * math.sin(angle)]
        return np.array(out[:n])

    def shuffle(self, items: MutableSequence[Any]) -> None:
        """Shuffle `items` in place (Fisher & Yates, from the last item down)."""
        for i in range(len(items) - 1, 0, -1):
            j = self.below(i + 1)
            items[i], items[j] = items[j], items[i]


# --- many streams at once -------------------------------------------------------------


def streams(seed: int, indices: npt.NDArray[np.integer]) -> UInt64s:
    """Return the states (n,) at which streams of a seed start, which `coins` moves on.

    MLPError as of RNG.
    """
    return split_mix(np.uint64(RNG(seed).state), indices)


def split_mix(seeds: np.uint64 | UInt64s, indices: npt.NDArray[np.integer]) -> UInt64s:
    """Return the same of one seed, or of one for each index (n,).

    They are outputs of SplitMix64 (Steele, Lea & Flood 2014): neighbours have nothing in
    common. One of them is 0, which is no state.
    """
    x: UInt64s = seeds + (indices.astype(np.uint64) + 1) * 0x9E3779B97F4A7C15
    x ^= x >> 30
    x *= 0xBF58476D1CE4E5B9
    x ^= x >> 27
    x *= 0x94D049BB133111EB
    x ^= x >> 31
    return np.where(x == 0, np.uint64(1), x)


def stream(seed: int, index: int) -> int:
    """Return the state of one of these streams."""
    return int(streams(seed, np.array([index]))[0])


def coins(states: UInt64s) -> Float64s:
    """Return the next number of each stream, as `RNG.random`, and move the states (n,) on."""
    states ^= states >> 12
    states ^= states << 25
    states ^= states >> 27
    return (states * 0x2545F4914F6CDD1D >> 40) / 2**24


# --- bits without a state -------------------------------------------------------------

# Where neighbours go, and what a search for hashes of two multiplications found best: Wellons
# 2018, "Prospecting for Hash Functions". The second and third fit in 31 bits.
GOLDEN = 0x9E3779B9
MIX = (0x21F0AAAD, 0x735A2D97)


def key(seed: int, index: int) -> int:
    """Return a key of 32 bits, from the state of a stream of the seed."""
    return stream(seed, index) >> 32


def bits(key: int, n: int, first: int = 0) -> UInt32s:
    """Return the 32 bits (n,) that a key has for the numbers from
    `first` on."""
    x = np.arange(first, first + n, dtype=np.uint32)
    x *= GOLDEN
    x ^= key
    x ^= x >> 16
    x *= MIX[0]
    x ^= x >> 15
    x *= MIX[1]
    x ^= x >> 15
    return x
