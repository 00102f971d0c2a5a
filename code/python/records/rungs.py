"""From the loss of `original` down to that of `best`: one change at a time, each a whole run."""

from collections.abc import Iterator
from typing import Any

from mlp.config import ORIGINAL, ModelConfig, TrainingConfig, configured, preset
from mlp.corpora import Corpus
from mlp.run import TRAIN_BATCHES
from mlp.tokens import VOCAB_SIZE
from records.models import trained, windows

# What each rung changes of the one before it. The batches change so that all but the last look
# at as many windows as `original`.
CHANGES: dict[str, tuple[str, dict[str, Any]]] = {
    "original": ("original", {}),
    "anew": ("each name starts anew", {"padded": True}),
    "gelu": ("GELU instead of tanh", {"activation": "gelu"}),
    "context": ("twelve characters of context", {"context": 12}),
    "dropout": ("dropout of a quarter", {"dropout": 0.25}),
    "shuffled": ("an order of its own for each epoch", {"shuffled": True}),
    "batches": (
        "larger batches, a higher rate",
        {"batch": 256, "steps": 25_000, "learning_rate": 1e-3, "warmup": 500},
    ),
    "decay": ("more weight decay", {"weight_decay": 0.03}),
    "two": ("two hidden layers", {"layers": 2}),
    "three": ("three hidden layers", {"layers": 3}),
    "input": ("input dropout of a tenth", {"input_dropout": 0.1}),
}


def rungs() -> Iterator[tuple[str, str, ModelConfig, TrainingConfig]]:
    """Yield key, name and configuration from the top down, `best` last."""
    changes: dict[str, Any] = {}
    for key, (name, changed) in CHANGES.items():
        changes |= changed
        yield key, name, *configured(ORIGINAL, changes, VOCAB_SIZE)
    yield "best", "best", *preset("best")


def record_rungs(splits: Corpus) -> dict[str, Any]:
    """Train each rung in C; what it is left with, and what it cost."""
    found = {}
    for key, name, config, training in rungs():
        run = trained(splits, key if key == "best" else f"rung-{key}", config, training)
        found[key] = {
            "name": name,
            "parameters": config.size,
            "windows": training.batch * training.steps,
            "train_loss": run.evaluate(windows(splits, "train", run), TRAIN_BATCHES),
            "val_loss": run.evaluate(windows(splits, "val", run)),
            "test_loss": run.evaluate(windows(splits, "test", run)),
        }
    return {"rungs": found}
