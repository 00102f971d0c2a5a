"""The ladders of the part "Fast": one idea at a time, each compiled for each processor.

The first is the linear layer's forward product: linear_forward of ops.c, the rungs of ladder.c,
and what the library does. The second is tanh, the third AdamW, with and without a flag. And an
addition, of arrays that begin at a cache line and of arrays that do not.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from cffi import FFI
from rich.table import Table

from bench import flops
from bench.machine import Internals, compile_library, flags
from bench.peak import Peak, aligned, rates
from bench.timing import Times, interleave, ratios, spread
from mlp.clib import SOURCES, declarations
from mlp.config import preset

FIRST = "linear_forward"  # the textbook's
RUNGS = (
    FIRST, "linear_partial_sums", "linear_outputs_inside", "linear_transposed", "linear_tiled",
    "linear_packed",
)  # fmt: skip
LIBRARY = "library"  # above the last rung
FAST_MATH = "fast-math"  # the best flags, and leave to reorder sums
ERRNO = "-fno-math-errno"
CONTRACT = "-ffp-contract=fast"  # only fast.c is compiled with it

Call = Callable[[], object]
SECONDS = 0.01  # a timing


def flag_sets(kernels: list[str]) -> dict[str, list[str]]:
    """Return the flags to compile the rungs with, by name, for the kernel sets of a processor."""
    fast = [name for name in kernels if name != "textbook"]
    return {name: flags(name) for name in fast} | {FAST_MATH: [*flags(fast[0]), "-ffast-math"]}


def record_key(rung: str) -> str:
    """Return the name of a rung in the record: that of its function, without what all share."""
    return rung if rung == FIRST else rung.removeprefix("linear_")


def compile_rungs(options: list[str]) -> tuple[FFI, Any]:
    """Compile every rung with these flags."""
    return compile_library(
        [SOURCES / "book" / "ladder.c", SOURCES / "ops.c", SOURCES / "rng.c"],
        [*options, "-DMLP_FAST_MATH"],  # leave to compile with -ffast-math: see mlp.h
        declarations(SOURCES / "mlp.h") + declarations(SOURCES / "book" / "ladder.h"),
    )


def measure(rounds: int) -> dict[str, Any]:
    """Time every rung with every set of flags, interleaved, on one thread."""
    internals = Internals()
    sets = internals.sets()
    options = flag_sets(sets)
    peaks = {name: Peak(name) for name in sets if name != "textbook"}
    config, training = preset("original")
    sizes = (training.batch, config.context * config.embedding, config.hidden)
    b, i, o = sizes
    calls: dict[str, Call] = {f"peak {name}": peak.fma for name, peak in peaks.items()}
    calls |= _linear_calls(internals, options, sizes)
    calls |= _tanh_calls(internals, sets, b * o)
    calls |= _adamw_calls(internals, options, config.size)
    calls |= _add_calls(internals, b * o)
    times = interleave("ladder", calls, rounds, SECONDS)

    linear = {}
    for rung in (*RUNGS, LIBRARY):
        linear[record_key(rung)] = {
            name: _row(times, f"{rung} {name}", f"{FIRST} base", flops.linear_forward(b, i, o))
            for name in options
            if f"{rung} {name}" in times
        }
    return {
        "rounds": rounds,
        "best": sets[0],
        "sizes": {"B": b, "I": i, "O": o},
        "flops": flops.linear_forward(b, i, o),
        "flags": {name: " ".join(words) for name, words in options.items()},
        "peak": {
            name: spread(rates(times, f"peak {name}", peak.flops)) for name, peak in peaks.items()
        },
        "linear": linear,
        "tanh": {name: _row(times, f"tanh {name}", "tanh textbook", b * o) for name in sets},
        "adamw": {
            kind: {
                name: _row(times, f"{kind} {name}", "adamw-errno base", flops.ADAMW * config.size)
                for name in peaks
            }
            for kind in ("adamw-errno", "adamw")
        },
        "add": {
            kind: _row(times, f"add {kind}", "add shifted", b * o)
            for kind in ("shifted", "aligned")
        },
    }


def _row(times: Times, name: str, base: str, operations: int) -> dict[str, Any]:
    """Return microseconds, GFLOP/s, and how many times faster than `base`."""
    return {
        "us": spread([1e6 * time for time in times[name]]),
        "gflops": spread(rates(times, name, operations)),
        "faster": spread(ratios(times, base, name)),
    }


def _linear_calls(
    internals: Internals, options: dict[str, list[str]], sizes: tuple[int, int, int]
) -> dict[str, Call]:
    b, i, o = sizes
    arrays = [_floats(b * o), _floats(b * i), _floats(o * i), _floats(o)]
    calls: dict[str, Call] = {}
    for name, words in options.items():
        ffi, lib = compile_rungs(words)
        pointers = [ffi.from_buffer("float[]", array) for array in arrays]
        for rung in RUNGS:
            calls[f"{rung} {name}"] = partial(_call, lib, rung, *pointers, *sizes)
        if name != FAST_MATH:
            library = internals.table(name).linear_forward
            mine = [internals.ffi.from_buffer("float[]", array) for array in arrays]
            calls[f"{LIBRARY} {name}"] = partial(library, *mine, *sizes)
    return calls


def _tanh_calls(internals: Internals, sets: list[str], n: int) -> dict[str, Call]:
    out, inp = (internals.ffi.from_buffer("float[]", _floats(n)) for _ in range(2))
    return {f"tanh {s}": partial(internals.table(s).tanh_forward, out, inp, n) for s in sets}


def _adamw_calls(internals: Internals, options: dict[str, list[str]], n: int) -> dict[str, Call]:
    """adamw.c as it is, with the flags of the library and without one of them."""
    arrays = [_floats(n), _floats(n), _floats(n), np.abs(_floats(n))]
    calls: dict[str, Call] = {}
    for name, words in options.items():
        if name == FAST_MATH:
            continue
        words = [word for word in words if word != CONTRACT]
        for kind, chosen in (("adamw", words), ("adamw-errno", [w for w in words if w != ERRNO])):
            ffi, lib = compile_library(
                [SOURCES / "adamw.c"], chosen, declarations(SOURCES / "mlp.h")
            )
            pointers = [ffi.from_buffer("float[]", array) for array in arrays]
            calls[f"{kind} {name}"] = partial(
                _call, lib, "adamw_update", *pointers, n, 1000, 1e-6, 0.0
            )
    return calls


def _add_calls(internals: Internals, n: int) -> dict[str, Call]:
    """The library's sum of two arrays, at a cache line and four numbers after one."""
    add = internals.table(internals.auto()).add
    arrays = [_floats(n + 4), _floats(n + 4)]
    starts = {"aligned": 0, "shifted": 4}
    return {
        f"add {kind}": partial(
            add, *(internals.ffi.from_buffer("float[]", a[start:]) for a in arrays), n
        )
        for kind, start in starts.items()
    }


def _call(lib: Any, function: str, *arguments: Any) -> None:
    """Call a function of a library, and hold on to the library as a function alone would not."""
    getattr(lib, function)(*arguments)


def _floats(n: int) -> Any:
    array = aligned(n)
    array[...] = np.random.default_rng(n).standard_normal(n, np.float32)
    return array


def table(result: dict[str, Any]) -> Table:
    """Show the first ladder: microseconds of each rung, by flags."""
    names = list(result["flags"])
    shown = Table("rung", *names, title="Ladder: µs, linear forward, median")
    for rung, by in result["linear"].items():
        shown.add_row(rung, *(f"{by[n]['us']['median']:.0f}" if n in by else "" for n in names))
    return shown
