"""Whole runs of the preset `original`: 50,000 steps, with their evaluations, of several peers.

The runs take turns, SLICE steps at a time, so that a machine that slows down slows down all.
"""

import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rich.progress import track
from rich.table import Table

from bench import LABELS
from bench.machine import ROOT
from bench.peers import PEERS, Peer
from bench.timing import Spread, spread
from mlp import corpora
from mlp.config import preset

NAMES = (
    "c", "c-fold", "numpy", "numpy-fold", "torch", "torch-fused", "torch-original",
    "jax", "jax-scanned",
)  # fmt: skip
BASE = "torch-original"
EVERY = 200  # steps between evaluations, as the original's
SLICE = 2000
LOSSES = (2.2, 2.15, 2.12, 2.1, 2.08, 2.06)
STARTS = ("c", "numpy", "torch", "torch-original")  # what startup.py knows


@dataclass
class Clock:
    """A peer's run so far."""

    peer: Peer
    steps: int = 0
    seconds: float = 0.0
    evaluating: float = 0.0  # of these
    slices: list[float] = field(default_factory=list)
    at: list[float] = field(default_factory=list)  # seconds when an evaluation ended
    val: list[float] = field(default_factory=list)

    def advance(self, steps: int) -> None:
        """Train for some steps, evaluating at the multiples of EVERY."""
        before = self.seconds
        for _ in range(steps // EVERY):
            start = time.perf_counter()
            for _ in range(EVERY // self.peer.per_call):
                self.peer.step()
            self.seconds += time.perf_counter() - start
            self.steps += EVERY
            self.evaluate()
        self.slices.append(self.seconds - before)

    def evaluate(self) -> None:
        start = time.perf_counter()
        _, loss = self.peer.evaluate()
        taken = time.perf_counter() - start
        self.seconds += taken
        self.evaluating += taken
        self.at.append(round(self.seconds, 4))
        self.val.append(loss)

    def reaches(self, loss: float) -> float | None:
        """Return the seconds to the first evaluation at `loss` or below."""
        return next((at for at, val in zip(self.at, self.val) if val <= loss), None)


def measure(rounds: int) -> dict[str, Any]:
    """Run them; `rounds` is how often the start of a process is timed."""
    config, training = preset("original")
    source = corpora.SSA_NAMES if os.environ.get("MLP_CORPUS_DIR") else corpora.GIVEN_NAMES
    folder = corpora.prepare(source)
    corpus = corpora.load(folder)
    clocks = {name: Clock(PEERS[name](config, training, corpus)) for name in NAMES}
    for clock in clocks.values():
        clock.evaluate()
    turns = list(clocks.values())
    for turn in track(range(training.steps // SLICE), "runs"):
        first = turn % len(turns)
        for clock in turns[first:] + turns[:first]:
            clock.advance(SLICE)
    base = clocks[BASE]
    return {
        "corpus": source,
        "steps": training.steps,
        "every": EVERY,
        "losses": list(LOSSES),
        "runs": {
            name: {
                "seconds": clock.seconds,
                "evaluating": clock.evaluating,
                "ratio": clock.seconds / base.seconds,
                "ratio_of_slices": spread([a / b for a, b in zip(clock.slices, base.slices)]),
                "final_val": clock.val[-1],
                "to_loss": [clock.reaches(loss) for loss in LOSSES],
                "curve": {"seconds": clock.at, "val": clock.val},
            }
            for name, clock in clocks.items()
        },
        "processes": processes(folder, rounds),
        "floor_megabytes": _process([sys.executable, "-IS", "-c", "pass"])[1],
    }


def processes(corpus: Path, rounds: int) -> dict[str, Any]:
    """Measure whole processes that load a corpus, evaluate, take one step and evaluate again."""
    seconds: dict[str, list[float]] = {name: [] for name in STARTS}
    memory: dict[str, list[float]] = {name: [] for name in STARTS}
    with tempfile.TemporaryDirectory() as folder:
        program = [ROOT / "build" / "mlp", "train", "--preset", "original", "--corpus", corpus]
        program += ["--until", "1", "--force"]
        commands = {
            name: [sys.executable, "-m", "bench.startup", name, corpus] for name in STARTS
        } | {"c": [*program, "--out", Path(folder) / "mlp.safetensors"]}
        for _ in track(range(rounds), "processes"):
            for name in STARTS:
                taken, peak = _process([str(word) for word in commands[name]])
                seconds[name].append(taken)
                memory[name].append(peak)
    return {
        name: {"seconds": spread(seconds[name]), "megabytes": spread(memory[name])}
        for name in STARTS
    }


def _process(command: list[str]) -> tuple[float, float]:
    """Run a command to its end; return its wall time and its peak memory in MB."""
    done = subprocess.run(
        [sys.executable, "-IS", "-c", _WATCH, *command], check=True, capture_output=True, text=True
    )
    taken, peak = done.stdout.split()
    return float(taken), int(peak) * (1 if sys.platform == "darwin" else 1024) / 1e6


# A process counts the memory of the one that it was forked from, up to the moment when it starts
# its own program. So the parent is a bare Python, smaller than anything that is measured.
_WATCH = """
import os, sys, time
start = time.perf_counter()
silent = [(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)]
process = os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ, file_actions=silent)
_, status, usage = os.wait4(process, 0)
print(time.perf_counter() - start, usage.ru_maxrss)
sys.exit(os.waitstatus_to_exitcode(status))
"""


def table(result: dict[str, Any]) -> Table:
    """Show the runs."""
    shown = Table(
        "peer", "seconds", "of them evaluating", "to the original", *map(str, result["losses"]),
        title=f"Whole runs: {result['steps']:,} steps, an evaluation every {result['every']}",
        caption=f"Corpus {result['corpus']}, one thread; right, seconds until the validation loss "
        "is that low, evaluations included.",
    )  # fmt: skip
    for name, run in result["runs"].items():
        shown.add_row(
            LABELS[name],
            f"{run['seconds']:.1f}",
            f"{run['evaluating']:.1f}",
            f"{run['ratio']:.2f}",
            *("" if at is None else f"{at:.1f}" for at in run["to_loss"]),
        )
    return shown


def process_table(result: dict[str, Any]) -> Table:
    """Show start-up and memory."""
    shown = Table(
        "process", "seconds", "MB", title="A process: load, evaluate, one step, evaluate",
        caption="Wall time, imports included, and the largest memory resident; medians. "
        f"Below {result['floor_megabytes']:.0f} MB, a bare Python's, nothing can be told apart.",
    )  # fmt: skip
    for name, process in result["processes"].items():
        seconds: Spread = process["seconds"]
        shown.add_row(
            LABELS[name], f"{seconds['median']:.2f}", f"{process['megabytes']['median']:.0f}"
        )
    return shown
