"""A step of one process and of two workers, and what the two spend on talking.

The two are on one machine, so that they talk through its memory and not through a network.
"""

import json
import os
import random
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import torch
import torch.distributed as dist
from rich.table import Table

from bench.timing import Times, ratios, spread
from mlp import corpora
from mlp.backend_torch import TorchBackend
from mlp.backends import one_thread
from mlp.config import ModelConfig, TrainingConfig, preset
from mlp.corpora import Corpus
from mlp.errors import MLPError
from mlp.run import Run
from mlp.windows import Windows
from mlp.workers import Worker

WORKERS = 2
HIDDEN = (512, 1024, 2048)
BATCH = (128, 512, 1024)
SECONDS = 0.05  # of each timing

Calls = Mapping[str, Callable[[], object]]


def measure(rounds: int) -> dict[str, Any]:
    """Start the workers and return what the first measures; MLPError without enough processors."""
    if (os.cpu_count() or 1) < WORKERS:
        raise MLPError(f"bench: workers: this machine has fewer than {WORKERS} processors")
    start = ("-m", "torch.distributed.run", "--standalone", "--nproc-per-node", str(WORKERS))
    command = [sys.executable, *start, "-m", "bench.workers", str(rounds)]
    alone = os.environ | {"OMP_NUM_THREADS": "1"}
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False, env=alone)
    if done.returncode != 0:  # it said why
        raise MLPError("bench: workers: could not be measured")
    result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return result


def measure_cells(
    rounds: int, hidden: tuple[int, ...] = HIDDEN, batch: tuple[int, ...] = BATCH
) -> dict[str, Any]:
    """Time every pair of sizes, as one of the workers; what worker 0 returns counts."""
    config, training = preset("original")
    corpus = corpora.load(corpora.GIVEN_NAMES)
    cells = {}
    for h in hidden:
        for b in batch:
            sizes = replace(config, hidden=h), replace(training, batch=b)
            times = interleave(calls(*sizes, corpus), rounds)
            cells[f"{h}-{b}"] = cell(times) | {
                "hidden": h,
                "batch": b,
                "parameters": sizes[0].size,
            }
    return {
        "rounds": rounds,
        "workers": dist.get_world_size(),
        "hidden": list(hidden),
        "batch": list(batch),
        "corpus": corpora.GIVEN_NAMES,
        "cells": cells,
    }


def calls(config: ModelConfig, training: TrainingConfig, corpus: Corpus) -> Calls:
    """Return what is timed.

    A step of one process, while the others wait; of all together; of all with their share of the
    batch and without a word to each other; the sum of as many numbers as there are parameters;
    and that of one number.
    """
    share = replace(training, batch=training.batch // dist.get_world_size())
    together = Worker(config, training)
    together.join()
    windows = Windows(corpus.train, config.context, training.padded)
    alone = Run(config, training, TorchBackend(config, training))
    apart = Run(config, share, TorchBackend(config, share))
    all_of_them = Run(config, training, together)
    gradients, one = torch.zeros(config.size), torch.zeros(1)
    leads = dist.get_rank() == 0
    return {
        "alone": (lambda: alone.train_step(windows)) if leads else (lambda: None),
        "together": lambda: all_of_them.train_step(windows),
        "apart": lambda: apart.train_step(windows),
        "sum": lambda: dist.all_reduce(gradients),
        "one": lambda: dist.all_reduce(one),
    }


def interleave(calls: Calls, rounds: int) -> Times:
    """Time every call in turn as timing.py does, but all workers at once, and as often."""
    repeats = {name: _repeats(call) for name, call in calls.items()}
    times: Times = {name: [] for name in calls}
    order = random.Random(1)
    for _ in range(rounds):
        for name in order.sample(list(calls), len(calls)):
            calls[name]()
            times[name].append(_time(calls[name], repeats[name]))
    return times


def _time(call: Callable[[], object], repeats: int) -> float:
    dist.barrier()
    start = time.perf_counter()
    for _ in range(repeats):
        call()
    dist.barrier()  # until the last one is done
    return (time.perf_counter() - start) / repeats


def _repeats(call: Callable[[], object]) -> int:
    """Return how often a call fits into SECONDS, as worker 0 counts."""
    _time(call, 3)
    found = torch.tensor(max(1, round(SECONDS / _time(call, 3))))
    dist.broadcast(found, 0)
    return int(found)


def cell(times: Times) -> dict[str, Any]:
    """Summarise one pair of sizes."""
    return {
        "ms": {name: spread([1e3 * time for time in of]) for name, of in times.items()},
        "faster": spread(ratios(times, "alone", "together")),
        "faster_silent": spread(ratios(times, "alone", "apart")),
        "talking": spread([1 - ratio for ratio in ratios(times, "apart", "together")]),
    }


def projected(cell: dict[str, Any], n: int) -> float:
    """Return the ms that n workers, at least two, would take for a step, if they sum in a ring."""
    ms = {name: times["median"] for name, times in cell["ms"].items()}
    besides = max(0.0, ms["together"] - ms["apart"] - ms["sum"])
    delay, sending = ms["one"] / 2, ms["sum"] - ms["one"]
    return ms["alone"] / n + besides + 2 * (n - 1) * (delay + sending / n)


def table(result: dict[str, Any]) -> Table:
    """Show what a second worker gains, and what talking takes."""
    shown = Table(
        "hidden", "batch", "parameters", "alone, ms", "together, ms", "as fast", "silent",
        "talking", "sum, ms", "of one, ms",
        title=f"A step of {result['workers']} workers",
        caption=f"Medians over {result['rounds']} rounds. As fast: the time of one process over "
        "that of all, in the same round; silent: the same if nobody summed gradients; talking: the "
        "part of a step that this takes. Then sums alone: of all gradients, and of one number.",
    )  # fmt: skip
    for one in result["cells"].values():
        ms = {name: of["median"] for name, of in one["ms"].items()}
        shown.add_row(
            str(one["hidden"]),
            str(one["batch"]),
            f"{one['parameters']:,}",
            f"{ms['alone']:.2f}",
            f"{ms['together']:.2f}",
            f"{one['faster']['median']:.2f}",
            f"{one['faster_silent']['median']:.2f}",
            f"{one['talking']['median']:.0%}",
            f"{ms['sum']:.3f}",
            f"{ms['one']:.3f}",
        )
    return shown


if __name__ == "__main__":
    dist.init_process_group("gloo")
    with one_thread():
        result = measure_cells(int(sys.argv[1]))
    if dist.get_rank() == 0:
        print(json.dumps(result))
    dist.destroy_process_group()
