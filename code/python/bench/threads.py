"""The grid again with two threads, in a process of its own: JAX counts processors as it starts."""

import json
import os
import subprocess
import sys
from typing import Any

from bench import steps
from mlp.backends import one_thread
from mlp.errors import MLPError

THREADS = 2


def measure(rounds: int) -> dict[str, Any]:
    """Time a step at every pair of sizes; MLPError if there are not enough processors."""
    if (os.cpu_count() or 1) < THREADS:
        raise MLPError(f"bench: threads: this machine has fewer than {THREADS} processors")
    command = [sys.executable, "-m", "bench.threads", str(rounds)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode != 0:  # it said why
        raise MLPError("bench: threads: could not be measured")
    result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return result


if __name__ == "__main__":
    with one_thread():
        print(json.dumps(steps.measure_grid(int(sys.argv[1]), threads=THREADS)))
