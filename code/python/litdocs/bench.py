"""Time a training step of the three implementations, interleaved, on one thread.

    python -m litdocs.bench

Machines drift, so only ratios within a round count: each round times every
implementation in turn, and the table shows the median and the range of the
ratios to PyTorch.
"""

import statistics
import time

from rich.console import Console
from rich.table import Table

from mlp import corpus as corpora
from mlp.backends import BACKENDS, one_thread
from mlp.config import preset
from mlp.train import Run
from mlp.windows import Windows

ROUNDS, STEPS = 30, 20


def main() -> None:
    """Measure and print."""
    with one_thread():
        config, training = preset("original")
        tokens = corpora.load(corpora.GIVEN_NAMES).train
        windows = Windows(tokens, config.context, training.padded)
        runs = {name: Run.start(config, training, name) for name in BACKENDS}
        for run in runs.values():
            _milliseconds(run, windows)  # caches, pages and lazy imports
        rounds = [
            {name: _milliseconds(run, windows) for name, run in runs.items()} for _ in range(ROUNDS)
        ]
    table = Table("implementation", "ms/step", "ratio to PyTorch", "range")
    for name in BACKENDS:
        ratios = [r[name] / r["torch"] for r in rounds]
        table.add_row(
            name,
            f"{statistics.median(r[name] for r in rounds):.3f}",
            f"{statistics.median(ratios):.2f}",
            f"{min(ratios):.2f} to {max(ratios):.2f}",
        )
    Console().print(table)


def _milliseconds(run: Run, windows: Windows) -> float:
    start = time.perf_counter()
    for _ in range(STEPS):
        run.train_step(windows)
    return 1000 * (time.perf_counter() - start) / STEPS


if __name__ == "__main__":
    main()
