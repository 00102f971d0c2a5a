"""A first run: from the start of the process until `quick` is better than `original` ever gets."""

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from rich.progress import track
from rich.table import Table

from bench.machine import ROOT
from bench.timing import spread
from mlp.corpora import SSA_NAMES
from mlp.errors import MLPError
from records.store import RESULTS

PROGRAM = ROOT / "build" / "mlp"
PYTHON = (sys.executable, "-m", "mlp")
PEERS = {
    "c": (str(PROGRAM), "train", "--fold"),
    "c-python": (*PYTHON, "train", "--fold"),
    "numpy": (*PYTHON, "train", "--backend", "numpy", "--fold"),
    "torch": (*PYTHON, "train", "--backend", "torch"),
}


def measure(rounds: int) -> dict[str, Any]:
    """Time programs until they print a loss below that of `original`; one thread each."""
    original = json.loads((RESULTS / f"original-{SSA_NAMES}.json").read_text())
    goal = original["runs"]["c"]["val"][-1]
    seconds: dict[str, list[float]] = {name: [] for name in PEERS}
    steps: dict[str, int] = {}
    with tempfile.TemporaryDirectory() as folder:
        out = str(Path(folder) / "m")
        for _ in track(range(rounds), "first runs"):
            for name, words in PEERS.items():
                command = [*words, "--preset", "quick", "--corpus", SSA_NAMES, "--force"]
                took, steps[name] = _until(goal, [*command, "--out", out])
                seconds[name].append(took)
    return {
        "goal": goal,
        "rounds": rounds,
        "peers": {
            name: {"seconds": spread(found), "step": steps[name]} for name, found in seconds.items()
        },
    }


def _until(goal: float, command: list[str]) -> tuple[float, int]:
    """Return the seconds until a program has printed a lower loss, and at which step; end it."""
    start = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for line in process.stdout:
            words = line.split()
            if words[:1] == ["step"] and float(words[words.index("val") + 1]) < goal:
                took = time.perf_counter() - start
                process.kill()
                return took, int(words[1])
    raise MLPError(f"bench: first: {' '.join(command)} did not get below {goal}")


def table(result: dict[str, Any]) -> Table:
    """Show them."""
    shown = Table("program", "seconds", "steps", title=f"until val < {result['goal']:.4f}")
    for name, found in result["peers"].items():
        shown.add_row(name, f"{found['seconds']['median']:.2f}", f"{found['step']:,}")
    return shown
