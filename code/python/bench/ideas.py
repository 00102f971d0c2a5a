"""What the ideas of the fast kernels bring: a whole step without one of them, or with one more.

Each is a change of text in a copy of the C sources, compiled as the library is. An idea that the
library has is taken away. One that did not pay is added, so that the record says how much.
"""

import shutil
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

from rich.progress import track
from rich.table import Table

from bench.machine import Internals
from bench.peers import C
from bench.steps import interleave_steps
from bench.timing import ratios, spread
from mlp import corpora
from mlp.clib import LIBRARY_FILE, SOURCES, ffi, library
from mlp.config import preset
from mlp.errors import MLPError

SIZES = ((512, 128), (512, 1024), (2048, 128), (2048, 1024))  # hidden, batch
LIBRARY = "library"  # as it is


class Change(NamedTuple):
    """A text in a file, and what takes its place."""

    file: str
    old: str
    new: str


WITHOUT = {
    "prefetch": [
        Change("fast.c", "            prefetch_tile(at, stride, vectors);\n", "            ;\n")
    ],
    "b_in_place": [Change("fast.c", "nr < NR || !lies_well(b)", "1")],
    "long_blocks": [Change("fast.c", "a.cs == 1 ? M : MC", "MC")],
    "apart": [Change("fast.c", "STRIDE = MC + 16", "STRIDE = MC")],
    "transpose": [Change("fast.c", "x.rs == 1 ? N - N % 4 : 0", "0")],
    "large_pages": [
        Change("floats.c", "    wish_for_large_pages(base, N * sizeof(float) + LINE);\n", "")
    ],
}
WITHOUT["all"] = [change for changes in WITHOUT.values() for change in changes]
ADDED = {
    "prefetch_panel": [
        Change(
            "fast.c",
            "            memcpy(panel + k * stride, x.at + k * x.rs,\n"
            "                   width * sizeof(float));\n",
            "        {\n"
            "            for (size_t n = 0; n < width; n += 16)\n"
            "                __builtin_prefetch(x.at + (k + 16) * x.rs + n);\n"
            "            memcpy(panel + k * stride, x.at + k * x.rs,\n"
            "                   width * sizeof(float));\n"
            "        }\n",
        )
    ],
    # Backward, the gradient of tanh is formed where the product below it has its tile in
    # registers: add = 2 says so, and then `bias` is what forward kept, shaped like out.
    "slope": [
        Change(
            "fast.c",
            "                if (add)\n                    acc[r][i] += *to;\n",
            "                if (add == 2) {\n"
            "                    vector y = ((const vector_at *)(bias + r * stride))[i];\n"
            "                    acc[r][i] *= 1.0f - y * y;\n"
            "                } else if (add)\n"
            "                    acc[r][i] += *to;\n",
        ),
        Change(
            "fast.c",
            "                float start = add ? *to",
            "                float y = add == 2 ? bias[r * stride + n] : 0;\n"
            "                if (add == 2) {\n"
            "                    *to = results[r * NR + n] * (1.0f - y * y);\n"
            "                    continue;\n"
            "                }\n"
            "                float start = add ? *to",
        ),
        Change(
            "fast.c",
            "        float *at = out + m * stride;\n",
            "        float *at = out + m * stride;\n"
            "        if (add == 2 && m > 0)\n"
            "            bias += MR * stride;\n",
        ),
        Change("fast.c", "int more = add || k0 > 0;", "int more = add == 2 ? 2 : add || k0 > 0;"),
        Change(
            "fast.c",
            "bias == NULL ? NULL : bias + n0;",
            "bias == NULL ? NULL\n"
            "                    : add == 2 ? bias + m0 * stride + n0 : bias + n0;",
        ),
        Change(
            "fast.c",
            "                B, I, O, NULL, 0);\n    /* dweight",
            "                B, I, O, O < 32 ? inp : NULL, O < 32 ? 2 : 0);\n    /* dweight",
        ),
        Change("fast.c", "dinp[n] = dout[n] * (1.0f - out[n] * out[n]);", "(void)dout;"),
        Change("model.c", "linear_backward(k, a->dact,", "linear_backward(k, a->dpre,"),
    ],
}  # fmt: skip


def compile_changed(folder: Path, changes: list[Change], *options: str) -> Any:
    """Compile a changed copy of the sources, `folder`, and load it; MLPError if that fails."""
    shutil.copytree(SOURCES, folder)
    for change in changes:
        path = folder / change.file
        text = path.read_text()
        if change.old not in text:
            raise MLPError(f"ideas.py: {change.file} no longer has {change.old!r}")
        path.write_text(text.replace(change.old, change.new, 1))
    command = [sys.executable, str(folder / "make.py"), str(folder / "build"), "WARNINGS=-w"]
    done = subprocess.run([*command, *options], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise MLPError(f"bench: ideas: {folder.name}: {done.stderr.strip()[:500]}")
    library()  # from here on, cffi knows what is declared
    return ffi.dlopen(str(folder / "build" / LIBRARY_FILE))


def measure(rounds: int) -> dict[str, Any]:
    """Time a step of each at some sizes, as ratios to the library's, on one thread."""
    config, training = preset("original")
    corpus = corpora.load(corpora.GIVEN_NAMES)
    cells = {}
    ideas: dict[str, list[Change]] = {LIBRARY: [], **WITHOUT, **ADDED}
    auto = Internals().auto()  # the only set, but for the baseline, which is always there
    only = f"x86_64={auto if auto != 'base' else ''}"
    with tempfile.TemporaryDirectory() as folder:
        built = {
            name: compile_changed(Path(folder) / name, changes, only)
            for name, changes in track(ideas.items(), "compiling")
        }
    for h, b in SIZES:
        sizes = replace(config, hidden=h), replace(training, batch=b)
        peers = {name: C(*sizes, corpus, lib=lib) for name, lib in built.items()}
        times = interleave_steps(f"hidden {h:4} batch {b:4}", peers, rounds)
        cells[f"{h}-{b}"] = {name: spread(ratios(times, name, LIBRARY)) for name in built}
    return {"rounds": rounds, "sizes": [list(pair) for pair in SIZES], "cells": cells}


def table(result: dict[str, Any]) -> Table:
    """Show how many times as long a step takes."""
    shown = Table(
        "idea", *("×".join(map(str, pair)) for pair in result["sizes"]),
        title="A step without an idea, or with one more, to the library's",
        caption=f"hidden×batch; medians over {result['rounds']} rounds",
    )  # fmt: skip
    for kind, ideas in ("without", WITHOUT), ("with", ADDED):
        for name in ideas:
            values = (cell[name]["median"] for cell in result["cells"].values())
            shown.add_row(f"{kind} {name}", *(f"{value:.3f}" for value in values))
    return shown
