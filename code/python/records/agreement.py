"""How far the three implementations part, step by step, and what makes them."""

from dataclasses import fields, replace
from itertools import accumulate
from typing import Any

from mlp.agree import Step, agree
from mlp.backends import BACKENDS
from mlp.config import ModelConfig, TrainingConfig, preset
from mlp.corpora import Corpus
from mlp.windows import Windows

SHOWN = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000)  # steps

# What `deep` changes of `original`, each by itself and the last taken back from all: the loss of C
# and of NumPy, step by step.
PARTING_STEPS = 1000
PARTING_SCHEDULE = 5000  # steps of all of them, so that the rates fall alike


def record_agreement(splits: Corpus) -> dict[str, Any]:
    """The first 2,000 steps side by side in float32, the first 300 in float64."""
    config, training = preset("original")
    windows = Windows(splits.train, config.context, training.padded)
    result = {}
    for dtype, names, steps in (
        ("float32", BACKENDS, 2000),
        ("float64", ("numpy", "torch"), 300),
    ):
        compared = agree(names, config, training, windows, steps, 1, dtype)
        result[dtype] = {
            "steps": steps,
            "pairs": {pair: _pair(compared, pair) for pair in compared[-1].differences},
        }
    return result


def _pair(compared: list[Step], pair: str) -> dict[str, Any]:
    """Return how far two part: in any loss so far, and in the tensors after some steps."""
    found = [step.differences[pair] for step in compared]
    so_far = list(accumulate((each.loss for each in found), max))
    shown = [step for step in SHOWN if step <= len(found)]
    return {
        "loss": so_far[-1],
        "params": max(found[-1].params.values()),
        "grads": max(found[-1].grads.values()),
        "by_step": {
            "steps": shown,
            "loss": [so_far[step - 1] for step in shown],
            "params": {
                name: [found[step - 1].params[name] for step in shown] for name in found[0].params
            },
            "grads": {
                name: [found[step - 1].grads[name] for step in shown] for name in found[0].grads
            },
        },
    }


def record_parting(splits: Corpus) -> dict[str, Any]:
    """Which of the settings of `deep` makes C and NumPy part further than `original` does."""
    original, deep = preset("original"), preset("deep")
    changed = [
        (which, field.name)
        for which, kind in enumerate((ModelConfig, TrainingConfig))
        for field in fields(kind)
        if field.name != "steps"
        if getattr(original[which], field.name) != getattr(deep[which], field.name)
    ]
    return {
        "steps": PARTING_STEPS,
        "original": _apart(splits, *original),
        "deep": _apart(splits, *deep),
        "settings": {
            name: {
                "alone": _apart(splits, *_with(original, deep, which, name)),
                "without": _apart(splits, *_with(deep, original, which, name)),
            }
            for which, name in changed
        },
    }


Settings = tuple[ModelConfig, TrainingConfig]


def _with(mine: Settings, other: Settings, which: int, name: str) -> Settings:
    """Return settings with one of the others'."""
    config, training = mine
    changed = {name: getattr(other[which], name)}
    if which == 0:
        return replace(config, **changed), training
    return config, replace(training, **changed)


def _apart(splits: Corpus, config: ModelConfig, training: TrainingConfig) -> dict[str, Any]:
    training = replace(training, steps=PARTING_SCHEDULE)
    windows = Windows(splits.train, config.context, training.padded)
    every = PARTING_STEPS // 20
    compared = agree(("c", "numpy"), config, training, windows, PARTING_STEPS, every)
    found = [step.differences["c-numpy"] for step in compared]
    return {
        "loss": max(each.loss for each in found),
        "params": max(found[-1].params.values()),
        "by_step": {
            "steps": [step.step for step in compared],
            "loss": [each.loss for each in found],
            "params": [max(each.params.values()) for each in found],
        },
    }
