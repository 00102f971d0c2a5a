"""Does AdamW wait for memory? Its loop on arrays that lie in nearer and further caches."""

from functools import partial
from typing import Any

import numpy as np
from rich.table import Table

from bench.machine import Internals
from bench.timing import interleave, spread
from mlp.arrays import Array, flat_zeros
from mlp.clib import pointer
from mlp.config import preset

PAGE = 4096  # bytes
SECONDS = 0.004
APART = {
    "apart": PAGE // 4,
    "together": 0,
}  # bytes from one array's place in its page to the next's


def measure(rounds: int) -> dict[str, Any]:
    """Time the update of a quarter of the model's parameters, of all, and of five times as many.

    The arrays begin at four different places of a page, or all at the same.
    """
    internals = Internals()
    update = internals.table(internals.auto()).adamw_update
    n = preset("original")[0].size
    sizes = {"small": n // 4, "model": n, "large": 5 * n}
    calls = {}
    for name, size in sizes.items():
        for place, apart in APART.items():
            four = arrays(size, apart)
            calls[f"{name} {place}"] = partial(update, *map(pointer, four), size, 10, 1e-4, 1e-4)
    times = interleave("adamw", calls, rounds, SECONDS)
    return {
        "rounds": rounds,
        "kernels_chosen": internals.auto(),
        "sizes": {
            name: {"parameters": size, "kilobytes": 4 * 4 * size / 1000}
            | {
                place: {"ns": spread([1e9 * t / size for t in times[f"{name} {place}"]])}
                for place in APART
            }
            for name, size in sizes.items()
        },
    }


def arrays(size: int, apart: int) -> list[Array]:
    """Return parameters, gradients and moments, each begun `apart` bytes further in its page."""
    stride = (4 * size + PAGE - 1) // PAGE * PAGE + apart
    room = flat_zeros((4 * stride + PAGE) // 4, np.float32)
    room[...] = np.abs(np.random.default_rng(1).standard_normal(len(room), np.float32))
    first = -room.ctypes.data % PAGE
    return [room[(first + i * stride) // 4 :][:size] for i in range(4)]


def table(result: dict[str, Any]) -> Table:
    """Show nanoseconds for a parameter, of the fastest round."""
    shown = Table("AdamW", "KB", *APART, title="AdamW: ns for a parameter, fastest round")
    for name, row in result["sizes"].items():
        times = (f"{row[place]['ns']['min']:.3f}" for place in APART)
        shown.add_row(name, f"{row['kilobytes']:,.0f}", *times)
    return shown
