"""The rungs of the chapter "The ladder" compute the linear layer, at every size and with all flags.

Before each array lie NaNs, behind it forbidden memory, as in test_ops.py.
"""

from typing import Any

import numpy as np
import pytest
import tolerances
from guarded import before, guarded, largest, normal
from kernels import TABLES

from bench import ladder
from bench.ladder import (
    FAST_MATH,
    FIRST,
    LIBRARY,
    RUNGS,
    compile_rungs,
    flag_sets,
    record_key,
)  # fmt: skip
from mlp.clib import ffi as library_ffi

# One, a tile of each kind, one more or less; sums within a panel and beyond it.
SHAPES = [
    (1, 1, 1), (1, 144, 512), (3, 7, 27), (8, 16, 32), (9, 17, 33), (13, 255, 31), (5, 256, 65),
    (6, 257, 257), (2, 600, 300), (129, 144, 1),
]  # fmt: skip

# The order of the sum is the textbook's in these. With -ffp-contract=off, so are all bits.
SAME_ORDER = [rung for rung in RUNGS if rung != "linear_partial_sums"]


class Compiled:
    """The rungs with one set of flags."""

    def __init__(self, options: list[str]) -> None:
        self.ffi, self.lib = compile_rungs(options)

    def __call__(self, rung: str, *inputs: Any) -> Any:
        inp, weight, _ = inputs
        arrays = [guarded(np.full((len(inp), len(weight)), np.nan)), *map(guarded, inputs)]
        kept = [array.tobytes() for array in arrays[1:]]
        pointers = [self.ffi.from_buffer("float[]", array) for array in arrays]
        getattr(self.lib, rung)(*pointers, *inp.shape, len(weight))
        assert np.isnan(before(arrays[0])).all(), "written before the beginning"
        assert kept == [array.tobytes() for array in arrays[1:]], "an input was changed"
        return arrays[0]


@pytest.fixture(scope="module")
def options(library: Any) -> dict[str, list[str]]:
    """The flags of each set that this processor can run."""
    found = [t for t in TABLES if library.kernels_find(t.encode()) != library_ffi.NULL]
    return flag_sets(found)


@pytest.fixture(scope="module", params=(*TABLES[:-1], FAST_MATH))
def compiled(request: pytest.FixtureRequest, options: dict[str, list[str]]) -> Compiled:
    if request.param not in options:
        pytest.skip(f"this processor has no {request.param}")
    return Compiled(options[request.param])


@pytest.fixture(scope="module", params=TABLES[:-1])
def uncontracted(request: pytest.FixtureRequest, options: dict[str, list[str]]) -> Compiled:
    if request.param not in options:
        pytest.skip(f"this processor has no {request.param}")
    return Compiled([*options[request.param], "-ffp-contract=off"])


def arrays(random: np.random.Generator, shape: tuple[int, int, int]) -> Any:
    windows, inputs, outputs = shape
    return normal(random, windows, inputs), normal(random, outputs, inputs), normal(random, outputs)


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_every_rung_computes_the_layer(
    compiled: Compiled, random: np.random.Generator, shape: tuple[int, int, int]
) -> None:
    inp, weight, bias = arrays(random, shape)
    x, w = inp.astype(np.float64), weight.astype(np.float64)
    sizes = np.abs(x) @ np.abs(w).T + np.abs(bias)
    for rung in RUNGS:
        error = largest(compiled(rung, inp, weight, bias) - (x @ w.T + bias), sizes)
        tolerances.LINEAR.check(error, rung)


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_without_contraction_a_rung_that_keeps_the_order_keeps_the_bits(
    uncontracted: Compiled, random: np.random.Generator, shape: tuple[int, int, int]
) -> None:
    given = arrays(random, shape)
    expected = uncontracted(FIRST, *given).tobytes()
    for rung in SAME_ORDER:
        assert uncontracted(rung, *given).tobytes() == expected, rung


def test_another_order_has_other_bits(uncontracted: Compiled, random: np.random.Generator) -> None:
    given = arrays(random, (9, 144, 33))
    partial = uncontracted("linear_partial_sums", *given)
    assert partial.tobytes() != uncontracted(FIRST, *given).tobytes()


def test_the_bench_has_every_rung_with_all_flags(
    options: dict[str, list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert all(ladder.ERRNO in words for words in options.values()), "a flag to leave out"
    monkeypatch.setattr(ladder, "SECONDS", 0)
    result = ladder.measure(1)
    assert list(result["flags"]) == list(options)
    for rung in (*RUNGS, LIBRARY):
        for name in options:
            if (rung, name) == (LIBRARY, FAST_MATH):
                continue
            timed = result["linear"][record_key(rung)][name]
            row = {key: spread["median"] for key, spread in timed.items()}
            assert row["us"] * row["gflops"] == pytest.approx(result["flops"] / 1e3)
            base = result["linear"][FIRST]["base"]["us"]["median"]
            assert row["faster"] == pytest.approx(base / row["us"])
    assert set(result["tanh"]) == {"textbook", *options} - {FAST_MATH}
    for kind in "adamw-errno", "adamw":
        assert set(result["adamw"][kind]) == set(options) - {FAST_MATH}
    assert ladder.table(result).row_count == len(RUNGS) + 1
