"""Whole training runs, and the names that the trained models make up."""

from itertools import combinations, islice
from typing import Any

import numpy as np

from mlp.arrays import Array
from mlp.backends import BACKENDS
from mlp.config import preset
from mlp.corpora import SPLITS, Corpus
from mlp.rng import RNG
from mlp.run import Report, Run, train
from mlp.sample import probabilities, sample_names
from mlp.tokens import Tokens
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
    margin = 1.0
    coins = RNG(SAMPLE_SEED)

    def watched(context: Tokens) -> Array:
        nonlocal margin
        probs = probabilities(run.backend, context)
        coin = coins.random()  # the one that sample_names is about to toss
        margin = min(margin, float(np.abs(np.cumsum(probs, dtype=np.float64)[:-1] - coin).min()))
        return probs

    names = sample_names(watched, run.config.context, run.training.padded, RNG(SAMPLE_SEED))
    return list(islice(names, N_NAMES)), margin
