"""The lowest: models of several seeds, their mean, and the mixture with counts."""

from dataclasses import replace
from typing import Any

import numpy as np

from mlp.config import preset
from mlp.corpora import Corpus
from mlp.mixture import best_weights, likelihoods, mean_loss
from mlp.ngram import KneserNey
from records.models import trained, windows

PRESET = "best"
ORDER = 6  # of the counts: where they are best
SEEDS = (1337, 1, 2)


def record_ensemble(splits: Corpus) -> dict[str, Any]:
    """Train the preset from several seeds; losses of each, of the mean of the first n, and mixed.

    The weights of a mixture are the best for the validation split. The losses are those of all
    windows of a split, where training leaves the last ones out that fill no batch.
    """
    config, training = preset(PRESET)
    counts = KneserNey(ORDER, config.vocab).fit(splits.train)
    asked: dict[str, list[Any]] = {"val": [], "test": []}
    for seed in SEEDS:
        name = PRESET if seed == training.seed else f"{PRESET}-{seed}"
        run = trained(splits, name, config, replace(training, seed=seed))
        for split, found in asked.items():
            found.append(likelihoods(run.backend, windows(splits, split, run)))
    counted = {split: counts.likelihoods(getattr(splits, split)) for split in asked}
    mixtures = {}
    for n in range(1, len(SEEDS) + 1):
        networks = {split: np.mean(found[:n], axis=0) for split, found in asked.items()}
        both = {split: np.stack([networks[split], counted[split]]) for split in asked}
        weights = best_weights(both["val"])
        mixtures[str(n)] = {
            "mean": {split: mean_loss(networks[split]) for split in asked},
            "weight_of_counts": float(weights[1]),
            "mixed": {split: mean_loss(weights @ both[split]) for split in asked},
        }
    return {
        "preset": PRESET,
        "order": ORDER,
        "seeds": {
            str(seed): {"val": mean_loss(val), "test": mean_loss(test)}
            for seed, val, test in zip(SEEDS, asked["val"], asked["test"])
        },
        "counts": {split: mean_loss(p) for split, p in counted.items()},
        "mixtures": mixtures,
    }
