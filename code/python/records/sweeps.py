"""One setting of `quick` at many values: the learning rate, and the size of the hidden layer."""

from contextlib import suppress
from dataclasses import replace
from typing import Any

from mlp.config import ModelConfig, TrainingConfig, preset
from mlp.corpora import Corpus
from mlp.errors import NotANumber
from mlp.run import Report, Run, train
from records.models import windows

RATES = (1e-5, 3e-5, 1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 3e-2, 1e-1, 3e-1)
HIDDEN = (2, 4, 8, 16, 32, 64, 128, 256, 512, 1024)
LONGER = 4  # times as many steps as `quick` has, so that large models can learn by heart
REPORTS = 16


def record_sweeps(splits: Corpus) -> dict[str, Any]:
    """Train `quick` with each learning rate, and, for longer, with each size; in C."""
    config, training = preset("quick")
    longer = replace(training, steps=LONGER * training.steps)
    return {
        "preset": "quick",
        "rates": [
            {"rate": rate, **_curve(splits, config, replace(training, learning_rate=rate))}
            for rate in RATES
        ],
        "hidden": [
            {"hidden": hidden, **_curve(splits, replace(config, hidden=hidden), longer)}
            for hidden in HIDDEN
        ],
    }


def _curve(splits: Corpus, config: ModelConfig, training: TrainingConfig) -> dict[str, Any]:
    """Return the losses on the way, as far as they are numbers."""
    run = Run.start(config, training, "c", threads=2)
    parts = windows(splits, "train", run), windows(splits, "val", run)
    reports: list[Report] = []
    with suppress(NotANumber):  # then the record ends there
        train(run, *parts, training.steps, training.steps // REPORTS, reports.append)
    return {
        "parameters": config.size,
        "steps": [report.step for report in reports],
        "train": [report.train_loss for report in reports],
        "val": [report.val_loss for report in reports],
    }
