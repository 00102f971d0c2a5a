"""Training: one loop over a backend, whatever it is written in."""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mlp.backends import Backend, create
from mlp.checkpoint import Checkpoint, load_checkpoint, save_checkpoint
from mlp.config import ModelConfig, TrainingConfig
from mlp.corpora import UNKNOWN, Source
from mlp.errors import MLPError
from mlp.schedule import cosine_schedule
from mlp.windows import Windows

TRAIN_BATCHES = 20  # of the train split, in an evaluation while training


@dataclass
class Run:
    """A model in training: what a checkpoint holds, alive."""

    config: ModelConfig
    training: TrainingConfig
    backend: Backend
    step: int = 0  # steps done
    source: Source = UNKNOWN  # of its tokens

    @classmethod
    def start(
        cls,
        config: ModelConfig,
        training: TrainingConfig,
        backend: str,
        device: str = "cpu",
        fold: bool = False,
    ) -> "Run":
        """Start at step 0, with the initial weights."""
        return cls(config, training, create(backend, config, training, device=device, fold=fold))

    @classmethod
    def resume(cls, path: Path, backend: str, device: str = "cpu", fold: bool = False) -> "Run":
        """Go on from a checkpoint, whichever backend wrote it."""
        saved = load_checkpoint(path)
        run = cls.start(saved.config, saved.training, backend, device, fold)
        run.backend.load(saved.params, saved.m, saved.v, saved.step)
        run.step = saved.step
        run.source = saved.source
        return run

    def save(self, path: Path) -> None:
        """Write a checkpoint."""
        m, v = self.backend.moments()
        params = self.backend.params()
        save_checkpoint(
            Checkpoint(self.config, self.training, self.step, params, m, v, self.source), path
        )

    def train_step(self, windows: Windows) -> float:
        """Do one step on the next batch and return its loss."""
        training = self.training
        inputs, targets = windows.batch(self.step, training.batch)
        rate = cosine_schedule(training.learning_rate, self.step, training.steps)
        loss = self.backend.step(inputs, targets, rate)
        self.step += 1
        return loss

    def evaluate(self, windows: Windows, batches: int | None = None) -> float:
        """Return the mean loss over the first `batches` batches, or all that the split fills.

        Fewer windows than a batch are one batch of their own.
        """
        size = min(self.training.batch, len(windows))
        full = windows.n_tokens // size if size == self.training.batch else 1
        n = full if batches is None else min(batches, full)
        losses = [self.backend.loss(*windows.batch(i, size)) for i in range(n)]
        return float(np.mean(losses))


@dataclass(frozen=True)
class Report:
    """An evaluation on the way."""

    step: int
    train_loss: float  # over the first TRAIN_BATCHES batches
    val_loss: float
    ms_per_step: float | None  # since the last report; None before the first step

    def __str__(self) -> str:
        """The line that `mlp train` prints, in Python and in C."""
        line = f"step {self.step:6} | train {self.train_loss:.6f} | val {self.val_loss:.6f}"
        return line if self.ms_per_step is None else f"{line} | {self.ms_per_step:.3f} ms/step"


def train(
    run: Run,
    train_windows: Windows,
    val_windows: Windows,
    until: int,
    every: int,
    on_report: Callable[[Report], None],
    on_step: Callable[[int, float, float], None] = lambda step, loss, ms: None,
    stopped: Callable[[], bool] = lambda: False,
) -> None:
    """Train up to step `until`, or until `stopped()` says so between two steps.

    Reports at the start, every `every` steps and at the end, and tells
    `on_step` the step, its loss and the ms per step since the last report.
    MLPError if the loss stops being a number.
    """

    def check(loss: float) -> None:
        if not math.isfinite(loss):
            raise MLPError(
                f"step {run.step}: the loss is no longer a number; try a lower learning rate"
            )

    def report(ms_per_step: float | None) -> None:
        train_loss = run.evaluate(train_windows, TRAIN_BATCHES)
        check(train_loss)
        on_report(Report(run.step, train_loss, run.evaluate(val_windows), ms_per_step))

    report(None)
    seconds, timed = 0.0, 0
    while run.step < until and not stopped():
        start = time.perf_counter()
        loss = run.train_step(train_windows)
        seconds += time.perf_counter() - start
        timed += 1
        check(loss)
        on_step(run.step, loss, 1000 * seconds / timed)
        if run.step % every == 0 or run.step == until:
            report(1000 * seconds / timed)
            seconds, timed = 0.0, 0
