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
    "three_vectors": [Change("fast.c", "MR = 8, VECTORS = 3", "MR = 8, VECTORS = 2")],  # AVX-512
    # The rows of a that have no row in one piece are copied to where they do.
    "a_in_place": [
        Change(
            "fast.c",
            "    for (size_t k = 0; k < K; k += KC)\n        for (size_t n = 0;",
            "    static float copy[KC * (4096 + 16)];\n"
            "    matrix original = a;\n"
            "    for (size_t k = 0; k < K; k += KC) {\n"
            "        if (original.cs != 1 && M <= 4096) {\n"
            "            for (size_t i = 0; i < KC && k + i < K; i++)\n"
            "                memcpy(copy + i * (M + 16), original.at + (k + i) * original.cs,\n"
            "                       M * sizeof(float));\n"
            "            a = (matrix){copy - k * (M + 16), 1, M + 16};\n"
            "        }\n"
            "        for (size_t n = 0;",
        ),
        Change(
            "fast.c",
            "            default: PANEL(4);\n            }\n        }\n",
            "            default: PANEL(4);\n            }\n        }\n    }\n",
        ),
    ],
    "b_in_place": [Change("fast.c", "N < width || !lies_well(b, M)", "1")],
    "few_rows": [Change("fast.c", " || M <= 4 * MR", "")],
    "transpose": [Change("fast.c", "x.rs == 1 && N >= WIDTH ? K - K % 4 : 0", "0")],
    "large_pages": [
        Change("floats.c", "    wish_for_large_pages(base, N * sizeof(float) + LINE);\n", "")
    ],
}
WITHOUT["all"] = [change for changes in WITHOUT.values() for change in changes]
ADDED = {
    # While a tile is computed, the processor fetches what it will be written to.
    "prefetch": [
        Change(
            "fast.c",
            "        if (left > MR / 2)\n",
            "        for (size_t r = 0; r < MR && left >= MR; r++)\n"
            "            for (size_t i = 0; i < vectors; i++)\n"
            "                __builtin_prefetch(at + r * stride + i * WIDTH, 1);\n"
            "        if (left > MR / 2)\n",
        )
    ],
    "prefetch_panel": [
        Change(
            "fast.c",
            "        const float *row = matrix_from(x, k, 0).at;\n",
            "        const float *row = matrix_from(x, k, 0).at;\n"
            "        for (size_t n = 0; x.cs == 1 && n < N; n += 16)\n"
            "            __builtin_prefetch(row + 16 * x.rs + n);\n",
        )
    ],
    # The logits as columns of a product with 27 rows: no column of a tile is left empty, but
    # what comes out has to be transposed.
    "rows_for_columns": [
        Change(
            "fast.c",
            "    for (size_t k = 0; k < K; k += KC)\n        for (size_t n = 0;",
            "    if (N > 16 && N < 32 && M >= 96 && M <= 1024 && a.cs == 1 && b.rs == 1) {\n"
            "        static float columns[32 * 1024];\n"
            "        fast_matmul(columns, M, (matrix){b.at, b.cs, b.rs},\n"
            "                    (matrix){a.at, a.cs, a.rs}, N, M, K, NULL, 0);\n"
            "        for (size_t m = 0; m < M; m++)\n"
            "            for (size_t n = 0; n < N; n++)\n"
            "                out[m * stride + n] = columns[n * M + m] + bias[n];\n"
            "        return;\n"
            "    }\n"
            "    for (size_t k = 0; k < K; k += KC)\n        for (size_t n = 0;",
        ),
    ],
    # Forward, tanh follows while a row of the tile is in the nearest cache: add = 3 says so.
    # From the call before it is known where its results go.
    "tanh": [
        Change(
            "fast.c",
            "/* out (M,N) = a (M,K) @ b (K,N), for at most so",
            "static inline float fast_tanh(float x);\n"
            "static const float *tanh_inp;\n"
            "static float *tanh_out;\n"
            "static size_t tanh_count;\n"
            "static int tanh_done;\n"
            "/* out (M,N) = a (M,K) @ b (K,N), for at most so",
        ),
        Change(
            "fast.c",
            "                if (add)\n                    acc[r][i] += *to;\n",
            "                if (add && add != 3)\n                    acc[r][i] += *to;\n",
        ),
        Change("fast.c", "float start = add ? *to", "float start = add && add != 3 ? *to"),
        Change(
            "fast.c",
            "                *to = tile[r * NR + n] + start;\n            }\n    }\n",
            "                *to = tile[r * NR + n] + start;\n            }\n    }\n"
            "    for (size_t r = 0; add == 3 && r < M; r++) {\n"
            "        const float *x = out + r * stride;\n"
            "        float *y = tanh_out + (x - tanh_inp);\n"
            "        for (size_t n = 0; n < N; n++)\n"
            "            y[n] = fast_tanh(x[n]);\n"
            "    }\n",
        ),
        Change("fast.c", "int more = add || k > 0;", "int more = add == 3 ? 3 : add || k > 0;"),
        Change(
            "fast.c",
            "                B, O, I, bias, 0);\n}",
            "                B, O, I, bias,\n"
            "                (tanh_done = out == tanh_inp && B * O == tanh_count && I <= KC)\n"
            "                ? 3 : 0);\n}",
        ),
        Change(
            "fast.c",
            "        out[n] = fast_tanh(inp[n]);\n",
            "        if (!tanh_done)\n"
            "            out[n] = fast_tanh(inp[n]);\n"
            "    tanh_count = N;\n"
            "    tanh_inp = inp;\n"
            "    tanh_out = out;\n",
        ),
    ],
    # Backward, the gradient of tanh is formed where the product below it has its tile in
    # registers: add = 2 says so, and then `bias` is what forward kept, shaped like out.
    "slope": [
        Change(
            "fast.c",
            "                float start = add ? *to",
            "                float y = add == 2 ? bias[r * stride + n] : 0;\n"
            "                if (add == 2) {\n"
            "                    *to = tile[r * NR + n] * (1.0f - y * y);\n"
            "                    continue;\n"
            "                }\n"
            "                float start = add ? *to",
        ),
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
            "        float *at = out + m * stride;\n",
            "        float *at = out + m * stride;\n"
            "        if (add == 2 && m > 0)\n"
            "            bias += MR * stride;\n",
        ),
        Change("fast.c", "int more = add || k > 0;", "int more = add == 2 ? 2 : add || k > 0;"),
        Change(
            "fast.c",
            "                B, I, O, NULL, 0);\n    /* dweight",
            "                B, I, O, O < 32 ? inp : NULL, O < 32 ? 2 : 0);\n    /* dweight",
        ),
        Change("fast.c", "dinp[n] = dout[n] * (1.0f - out[n] * out[n]);", "(void)dout;"),
        Change("model.c", "linear_backward(k, a->dact,", "linear_backward(k, a->dpre,"),
    ],
    # AdamW for each layer as soon as its gradient is there. For that, backward waits until it is
    # known what to update with.
    "adamw_by_layer": [
        Change(
            "model.c",
            "static void backward(mlp_model *m)\n{\n",
            "static float *adamw_m, *adamw_v;\n"
            "static uint64_t adamw_step;\n"
            "static double adamw_rate, adamw_decay;\n"
            "static void update(mlp_model *model, float *grads, size_t n)\n"
            "{\n"
            "    size_t at = (size_t)(grads - model->grads_memory);\n"
            "    team_adamw_update(&model->team, model->params_memory + at, grads, adamw_m + at,\n"
            "                      adamw_v + at, n, adamw_step, adamw_rate, adamw_decay);\n"
            "}\n"
            "static void backward(mlp_model *m)\n{\n",
        ),
        Change(
            "model.c",
            "                         B, H, V);\n    for (size_t l = c->layers; l-- > 0;) {\n",
            "                         B, H, V);\n"
            "    update(m, dp->output.weight, V * H + V);\n"
            "    for (size_t l = c->layers; l-- > 0;) {\n",
        ),
        Change(
            "model.c",
            "                             B, inputs_of_layer(c, l), H);\n    }\n",
            "                             B, inputs_of_layer(c, l), H);\n"
            "        update(m, dlayer.weight, H * inputs_of_layer(c, l) + H);\n    }\n",
        ),
        Change(
            "model.c",
            "                       m->inputs, B, T, E);\n}\n",
            "                       m->inputs, B, T, E);\n    update(m, dp->wte, V * E);\n}\n",
        ),
        Change("model.c", "    else\n        backward(m);\n", ""),
        Change(
            "model.c",
            "    team_adamw_update(&model->team, model->params_memory,\n"
            "                      model->grads_memory, m, v, model->size, step,\n"
            "                      learning_rate, weight_decay);\n",
            "    adamw_m = m;\n"
            "    adamw_v = v;\n"
            "    adamw_step = step;\n"
            "    adamw_rate = learning_rate;\n"
            "    adamw_decay = weight_decay;\n"
            "    backward(model);\n",
        ),
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
