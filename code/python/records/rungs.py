"""From the loss of `original` down to that of `best`: one change at a time, each a whole run."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from mlp.config import ORIGINAL, ModelConfig, TrainingConfig, preset
from mlp.corpora import Corpus
from mlp.run import TRAIN_BATCHES
from records.models import trained, windows

# What each rung changes of the one before it. The batches change so that all but the last look
# at as many windows as `original`.
CHANGES: dict[str, dict[str, Any]] = {
    "original": {},
    "each name starts anew": {"padded": True},
    "GELU for tanh": {"activation": "gelu"},
    "twelve characters of context": {"context": 12},
    "dropout of a quarter": {"dropout": 0.25},
    "a new order each epoch": {"shuffled": True},
    "more weight decay": {"weight_decay": 0.1},
    "larger batches, a higher rate": {
        "batch": 256,
        "steps": 25_000,
        "learning_rate": 1e-3,
        "warmup": 500,
    },
    "two hidden layers": {"layers": 2},
    "three hidden layers": {"layers": 3},
    "input dropout of a tenth": {"input_dropout": 0.1},
}


def rungs() -> Iterator[tuple[str, ModelConfig, TrainingConfig]]:
    """Yield the configurations from the top down, `best` last."""
    config, training = preset(ORIGINAL)
    for name, changed in CHANGES.items():
        mine = {field: changed[field] for field in changed if hasattr(config, field)}
        rest = {field: changed[field] for field in changed if field not in mine}
        config, training = replace(config, **mine), replace(training, **rest)
        yield name, config, training
    yield "best", *preset("best")


def record_rungs(splits: Corpus) -> dict[str, Any]:
    """Train each rung in C; what it is left with, and what it cost."""
    found = []
    for i, (name, config, training) in enumerate(rungs()):
        last = name == "best"
        run = trained(splits, name if last else f"rung-{i}", config, training)
        found.append(
            {
                "name": name,
                "changed": CHANGES.get(name, {}),
                "parameters": config.size,
                "windows": training.batch * training.steps,
                "train_loss": run.evaluate(windows(splits, "train", run), TRAIN_BATCHES),
                "val_loss": run.evaluate(windows(splits, "val", run)),
                "test_loss": run.evaluate(windows(splits, "test", run)),
            }
        )
    return {"rungs": found}
