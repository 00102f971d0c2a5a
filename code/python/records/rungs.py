"""From the loss of `original` down to that of `best`: one change at a time, each a whole run."""

from collections.abc import Iterator
from typing import Any

from mlp.config import ORIGINAL, ModelConfig, TrainingConfig, configured, preset
from mlp.corpora import Corpus
from mlp.run import TRAIN_BATCHES, Run
from mlp.tokens import VOCAB_SIZE
from records.models import trained, windows, with_temperature

# What each rung changes of the one before it. The batches change so that all look at as many
# windows as `original`.
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
    """Yield key, name and configuration from the top down to what `best` is made of."""
    changes: dict[str, Any] = {}
    for key, (name, changed) in CHANGES.items():
        changes |= changed
        yield key, name, *configured(ORIGINAL, changes, VOCAB_SIZE)


def record_rungs(splits: Corpus) -> dict[str, Any]:
    """Train each rung in C; what it is left with, and what it cost."""
    found = {
        key: _rung(splits, name, trained(splits, f"rung-{key}", config, training))
        for key, name, config, training in rungs()
    }
    best = trained(splits, "best", *preset("best"))
    found["wide"] = _rung(splits, "wider, and for longer", with_temperature(best, 1))
    found["tempered"] = _rung(splits, f"a temperature of {best.config.temperature:g}", best)
    return {"rungs": found}


def _rung(splits: Corpus, name: str, run: Run) -> dict[str, Any]:
    return {
        "name": name,
        "parameters": run.config.size,
        "windows": run.training.batch * run.training.steps,
        "train_loss": run.evaluate(windows(splits, "train", run), TRAIN_BATCHES),
        "val_loss": run.evaluate(windows(splits, "val", run)),
        "test_loss": run.evaluate(windows(splits, "test", run)),
    }
