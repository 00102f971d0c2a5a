"""Models together: the mean of several seeds, and mixtures with counts."""

from dataclasses import replace
from typing import Any

import numpy as np

from mlp.config import preset
from mlp.corpora import Corpus
from mlp.mixture import Float64s, best_weights, likelihoods, mean_loss
from mlp.ngram import KneserNey
from mlp.run import Run
from records.models import trained, windows, with_temperature

SEEDS = (1337, 1, 2)  # of `small`: the preset's own, and two more
ORDER = 6  # of the counts: where they are best
PARTS = ("val", "test")
TEMPERATURES = range(100, 131, 5)  # hundredths


def record_ensemble(splits: Corpus) -> dict[str, Any]:
    """Train `small` from several seeds, and `best`; losses alone and together.

    Weights are the best for the validation split. The losses are those of all windows of a
    split, where training leaves the last ones out that fill no batch.
    """
    config, training = preset("small")
    runs = {
        f"small-{seed}": trained(
            splits,
            "small" if seed == training.seed else f"small-{seed}",
            config,
            replace(training, seed=seed),
        )
        for seed in SEEDS
    }
    runs["best"] = trained(splits, "best", *preset("best"))
    asked = {name: _asked(splits, run) for name, run in runs.items()}
    counts = KneserNey(ORDER, config.vocab).fit(splits.train)
    asked["counts"] = {part: counts.likelihoods(getattr(splits, part)) for part in PARTS}
    seeds = [asked[f"small-{seed}"] for seed in SEEDS]
    asked["seeds"] = {part: np.mean([each[part] for each in seeds], axis=0) for part in PARTS}
    return {
        "order": ORDER,
        "by_temperature": _by_temperature(splits, runs["best"]),
        "alone": {
            name: {part: mean_loss(p) for part, p in each.items()} for name, each in asked.items()
        },
        "mixed": {
            "small": _mixed(asked, "small-1337", "counts"),
            "seeds": _mixed(asked, "seeds", "counts"),
            "best": _mixed(asked, "best", "counts"),
            "all": _mixed(asked, "best", "seeds", "counts"),
        },
    }


def _asked(splits: Corpus, run: Run) -> dict[str, Float64s]:
    return {part: likelihoods(run.backend, windows(splits, part, run)) for part in PARTS}


def _by_temperature(splits: Corpus, run: Run) -> dict[str, float]:
    """Return the validation loss of a model with other temperatures, by their hundredths."""
    val = windows(splits, "val", run)
    found = {}
    for hundredths in TEMPERATURES:
        other = with_temperature(run, hundredths / 100)
        found[str(hundredths)] = mean_loss(likelihoods(other.backend, val))
    return found


def _mixed(asked: dict[str, dict[str, Float64s]], *names: str) -> dict[str, Any]:
    """Mix models with the best weights for validation."""
    models = {part: np.stack([asked[name][part] for name in names]) for part in PARTS}
    weights = best_weights(models["val"])
    return {
        "weights": dict(zip(names, weights.tolist())),
        **{part: mean_loss(weights @ models[part]) for part in PARTS},
    }
