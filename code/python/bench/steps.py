"""A training step of every peer: at the sizes of the preset `original`, and over a grid."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import torch
from rich.table import Table

from bench import KERNEL_SETS, LABELS, flops
from bench.machine import Internals
from bench.peak import Peak, rates
from bench.peers import JAX, PEERS, STRONGEST, C, Peer, start
from bench.timing import Times, interleave, ratios, spread
from mlp import corpora
from mlp.backends import use_threads
from mlp.config import ModelConfig, TrainingConfig, preset
from mlp.corpora import Corpus
from mlp.errors import MLPError

HIDDEN = (128, 256, 512, 1024, 2048)
BATCH = (32, 128, 512, 1024)
OTHERS = ("numpy", "torch", *STRONGEST, *JAX)  # whom C has to beat
GRID_PEERS = ("c", "c-fold", "numpy-fold", *OTHERS)
PAUSE = 0.15  # seconds: OpenBLAS's threads look for work for an eighth of one, as measured
ALONE = "alone"  # C with one thread, where all others have several
OURS = ("c", "c-fold")
Arguments = tuple[ModelConfig, TrainingConfig, Corpus]  # of every peer


def measure(rounds: int) -> dict[str, Any]:
    """Time a step of every peer, and of C with every kernel set, beside the peak of one core."""
    config, training = preset("original")
    corpus = corpora.load(corpora.GIVEN_NAMES)
    internals = Internals()
    peers = start(PEERS, config, training, corpus)
    sets = {"c": internals.auto(), "c-fold": internals.auto()}
    for name in internals.sets()[1:]:
        peers[f"c-{name}"] = C(config, training, corpus, kernels=name)
        sets[f"c-{name}"] = name
    peaks = {name: Peak(name) for name in internals.sets() if name != "textbook"}
    calls: dict[str, Callable[[], object]] = {f"peak {name}": p.fma for name, p in peaks.items()}
    times = interleave_steps("steps", peers, rounds, calls)
    peak = {name: rates(times, f"peak {name}", p.flops) for name, p in peaks.items()}
    peak["textbook"] = peak["base"]  # compiled with its instruction set
    nominal = flops.step(config, training.batch)
    folded = flops.step(config, training.batch, fold=True)
    bases = {"torch": "torch", "original": "torch-original"}
    bases["strongest"] = fastest(times, STRONGEST)
    if "jax" in times:
        bases["jax"] = fastest(times, JAX)
    rows: dict[str, Any] = dict.fromkeys(LABELS | KERNEL_SETS)  # None: not on this machine
    for name in peers:
        done = folded if name == "c-fold" else nominal
        rows[name] = {
            "ms": spread([1e3 * time for time in times[name]]),
            "ratio": {base: spread(ratios(times, name, bases[base])) for base in bases},
        }
        if name in sets:
            achieved = rates(times, name, done)
            rows[name] |= {
                "gflops": spread(achieved),
                "of_peak": spread([a / p for a, p in zip(achieved, peak[sets[name]])]),
            }
    return {
        "rounds": rounds,
        "hidden": config.hidden,
        "batch": training.batch,
        "corpus": corpora.GIVEN_NAMES,
        "flops": nominal,
        "flops_folded": folded,
        "strongest": bases["strongest"],
        "strongest_jax": bases.get("jax"),
        "peak": {name: spread(values) for name, values in peak.items()},
        "peers": rows,
    }


def interleave_steps(
    what: str,
    peers: Mapping[str, Peer],
    rounds: int,
    others: Mapping[str, Callable[[], object]] | None = None,
    pause: float = 0.0,
) -> Times:
    """Time a step of each peer, and the other calls among them."""
    calls: dict[str, Callable[[], object]] = {name: peer.step for name, peer in peers.items()}
    times = interleave(what, {**(others or {}), **calls}, rounds, pause=pause)
    for name, peer in peers.items():
        times[name] = [time / peer.per_call for time in times[name]]
    return times


def fastest(times: Times, names: tuple[str, ...]) -> str:
    """Return the name of the smallest median."""
    return min((n for n in names if n in times), key=lambda n: spread(times[n])["median"])


def table(result: dict[str, Any]) -> Table:
    """Show each peer's time, its ratios, and C's part of the peak."""
    shown = Table(
        "peer", "ms", "to PyTorch", "min to max", "to best PyTorch", "to best JAX",
        "GFLOP/s", "of peak",
        title=f"A training step: hidden {result['hidden']}, batch {result['batch']}, one thread",
        caption=f"Medians over {result['rounds']} rounds of ratios within a round; the strongest "
        f"is {LABELS[result['strongest']]}. GFLOP/s: the operations done in matrix products, over "
        "the whole step's time.",
    )  # fmt: skip
    for name, row in sorted(result["peers"].items(), key=lambda item: _milliseconds(item[1])):
        if row is None:
            continue
        ratio = row["ratio"]["torch"]
        shown.add_row(
            (LABELS | KERNEL_SETS)[name],
            f"{row['ms']['median']:.3f}",
            f"{ratio['median']:.2f}",
            f"{ratio['min']:.2f} to {ratio['max']:.2f}",
            f"{row['ratio']['strongest']['median']:.2f}",
            f"{row['ratio']['jax']['median']:.2f}" if "jax" in row["ratio"] else "",
            f"{row['gflops']['median']:.1f}" if "gflops" in row else "",
            f"{row['of_peak']['median']:.0%}" if "of_peak" in row else "",
        )
    return shown


def _milliseconds(row: Mapping[str, Any] | None) -> float:
    return float(row["ms"]["median"]) if row else 0.0


# --- the grid ----------------------------------------------------------------


def measure_grid(
    rounds: int,
    hidden: tuple[int, ...] = HIDDEN,
    batch: tuple[int, ...] = BATCH,
    threads: int = 1,
) -> dict[str, Any]:
    """Time a step at every pair of sizes. With several threads, C has one for comparison too."""
    config, training = preset("original")
    corpus = corpora.load(corpora.GIVEN_NAMES)
    use_threads(threads)
    sizes = {
        (h, b): (replace(config, hidden=h), replace(training, batch=b), corpus)
        for h in hidden
        for b in batch
    }
    # All of these before any of the others, whose threads and memory keep a machine busy.
    faster = {pair: times_as_fast(pair, sizes[pair], rounds, threads) for pair in sizes}
    others = [name for name in GRID_PEERS if name not in OURS]
    pause = PAUSE if threads > 1 else 0
    cells = {}
    for (h, b), arguments in sizes.items():
        peers = {**ours(arguments, threads), **start(others, *arguments)}
        if torch.get_num_threads() != threads:
            raise MLPError(f"bench: PyTorch has {torch.get_num_threads()} threads: not {threads}")
        times = interleave_steps(f"hidden {h:4} batch {b:4}", peers, rounds, pause=pause)
        cells[f"{h}-{b}"] = cell(times) | {"faster": faster[h, b], "hidden": h, "batch": b}
    return {
        "rounds": rounds,
        "threads": threads,
        "hidden": list(hidden),
        "batch": list(batch),
        "corpus": corpora.GIVEN_NAMES,
        "cells": cells,
        "worst": {name: max(c["to_best"][name]["median"] for c in cells.values()) for name in OURS},
    }


def ours(arguments: Arguments, threads: int) -> dict[str, Peer]:
    """Create C's peers."""
    return {name: C(*arguments, fold=name == "c-fold", threads=threads) for name in OURS}


def times_as_fast(
    pair: tuple[int, int], arguments: Arguments, rounds: int, threads: int
) -> dict[str, Any]:
    """Compare C's threads with one; nothing where there is but one."""
    if threads == 1:
        return {}
    alone = {f"{name}-{ALONE}": peer for name, peer in ours(arguments, 1).items()}
    peers = ours(arguments, threads) | alone
    times = interleave_steps("C, hidden {:4} batch {:4}".format(*pair), peers, rounds)
    return {name: spread(ratios(times, f"{name}-{ALONE}", name)) for name in OURS}


def cell(times: Times) -> dict[str, Any]:
    """Summarise one pair of sizes: each peer to PyTorch, and C to the best of the others."""
    best = fastest(times, OTHERS)
    return {
        "ms": {name: 1e3 * spread(values)["median"] for name, values in times.items()},
        "ratio": {name: spread(ratios(times, name, "torch")) for name in times},
        "best": best,
        "to_best": {name: spread(ratios(times, name, best)) for name in OURS},
    }


def grid_table(result: dict[str, Any]) -> Table:
    """Show ratios to PyTorch, and C's to the best of the others."""
    shown = Table(
        "hidden", "batch", *(LABELS[name] for name in GRID_PEERS), "C to the best other",
        "C to C alone", "folded",
        title=f"A training step at other sizes, threads: {result['threads']}",
        caption=f"Medians over {result['rounds']} rounds of the ratio to PyTorch in the same "
        "round; then C without fold to the fastest of NumPy, PyTorch and JAX; and how many times "
        "as fast as with one thread C is.",
    )  # fmt: skip
    for one in result["cells"].values():
        shown.add_row(
            str(one["hidden"]),
            str(one["batch"]),
            *(f"{one['ratio'][n]['median']:.2f}" if n in one["ratio"] else "" for n in GRID_PEERS),
            f"{one['to_best']['c']['median']:.2f}",
            *(f"{faster['median']:.2f}" for faster in one["faster"].values()),
        )
    return shown
