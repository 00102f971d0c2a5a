"""Whole training runs, and the names that the trained models make up."""

from itertools import combinations, islice
from typing import Any

import numpy as np

from mlp.arrays import Array
from mlp.backends import BACKENDS
from mlp.config import preset
from mlp.corpora import SPLITS, Corpus
from mlp.rng import RNG, streams
from mlp.run import Report, Run, train
from mlp.sample import probabilities, sample_names
from mlp.tokens import LATIN, Tokens
from mlp.windows import Windows

N_NAMES = 30  # sampled from each trained model
SAMPLE_SEED = 42


def record_training(splits: Corpus, name: str) -> dict[str, Any]:
    """A preset from its first to its last step, with each implementation."""
    config, training = preset(name)
    runs: dict[str, Any] = {}
    for backend in BACKENDS:
        run = Run.start(config, training, backend)
        parts = {
            split: Windows(getattr(splits, split), config.context, training.padded)
            for split in SPLITS
        }
        reports: list[Report] = []
        train(run, parts["train"], parts["val"], training.steps, 200, reports.append)
        names, margin = _names(run)
        runs[backend] = {
            "steps": [report.step for report in reports],
            "train": [report.train_loss for report in reports],
            "val": [report.val_loss for report in reports],
            "test_loss": run.evaluate(parts["test"]),
            "names": names,
            "nearest_coin": margin,
        }
    return {
        "preset": name,
        "parameters": config.size,
        "steps": training.steps,
        "runs": runs,
        "differences": {
            f"{a}-{b}": {
                split: float(np.abs(np.subtract(runs[a][split], runs[b][split])).max())
                for split in ("train", "val")
            }
            for a, b in combinations(BACKENDS, 2)
        },
    }


def _names(run: Run) -> tuple[list[str], float]:
    """Sample names, and say how near a coin came to a boundary between two letters.

    Three models that differ by less than that margin sample the same names.
    """
    context, padded = run.config.context, run.training.padded

    def expected(contexts: Tokens) -> Array:
        return probabilities(run.backend, contexts)

    names = list(islice(sample_names(expected, context, padded, SAMPLE_SEED), N_NAMES))
    coins: list[float] = []
    for name, state in zip(names, streams(SAMPLE_SEED, np.arange(N_NAMES))):
        rng = RNG(int(state))
        coins += [rng.random() for _ in f"{name}\n"]
    # Before the first name there is nothing but ENDs.
    text = "\n" * context + "".join(f"{name}\n" for name in names)
    windows = Windows(LATIN.encode(text), context, padded)
    contexts, _ = windows.take(np.arange(len(windows) - len(coins), len(windows)))
    boundaries = np.cumsum(expected(contexts), axis=1, dtype=np.float64)[:, :-1]
    return names, float(np.abs(boundaries - np.array(coins)[:, None]).min())
