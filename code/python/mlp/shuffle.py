"""The order of an epoch: a permutation, of which nothing is stored.

So a run can go on from anywhere. `shuffle.c` says how it works, and has the same orders.
"""

from functools import lru_cache

import numpy as np

from mlp.rng import UInt64s, split_mix, streams

ROUNDS = 3  # with fewer, some neighbours would stay neighbours
AT_ONCE = 4096  # windows: a few take NumPy nearly as long


def shuffled_windows(n: int, seed: int, first: int, size: int) -> UInt64s:
    """Return which of n windows (B,) come next, after `first` of all epochs.

    In each epoch each comes once, in an order that depends on the seed and the epoch.
    n is at most 2**62.
    """
    blocks = range(first // AT_ONCE, (first + size - 1) // AT_ONCE + 1)
    windows = np.concatenate([_block(n, seed, block) for block in blocks])
    start = first % AT_ONCE
    return windows[start : start + size]


@lru_cache(maxsize=2)  # a block is enough for many batches
def _block(n: int, seed: int, block: int) -> UInt64s:
    epoch, place = divmod(block * AT_ONCE, n)
    places = place + np.arange(AT_ONCE, dtype=np.uint64)
    epochs = epoch % 2**64 + places // n
    return _shuffled(places % n, n, streams(seed, epochs))


def _shuffled(cells: UInt64s, n: int, keys: UInt64s) -> UInt64s:
    """Return which of n windows come at places (B,), each of an epoch with a key (B,)."""
    columns = 1
    while columns * columns < n:
        columns *= 2
    rows = (n + columns - 1) // columns
    cells = _turned(cells, rows, columns, keys)
    while (beyond := cells >= n).any():
        cells[beyond] = _turned(cells[beyond], rows, columns, keys[beyond])
    return cells


def _turned(cells: UInt64s, rows: int, columns: int, keys: UInt64s) -> UInt64s:
    """Return where cells (B,) land."""
    row, column = cells // columns, cells % columns
    for turn in range(1, 2 * ROUNDS, 2):
        column = (column + _amounts(keys, turn, row)) % columns
        row = (row + _amounts(keys, turn + 1, column)) % rows
    return row * columns + column


def _amounts(keys: UInt64s, turn: int, lines: UInt64s) -> UInt64s:
    """Return how far a turn, from 1 on, takes rows or columns (B,).

    Turn 0 is left out: its numbers are those that dropout has for its layers.
    """
    amounts = split_mix(keys, (turn << 32) + lines)
    amounts >>= 32
    return amounts
