"""Training: one loop over a backend, whatever it is written in."""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from mlp.backends import Backend, create
from mlp.checkpoint import Checkpoint, load_checkpoint, save_checkpoint
from mlp.config import ModelConfig, TrainingConfig
from mlp.corpora import UNKNOWN, Source
from mlp.errors import MLPError, NotANumber
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
    whole: bool = True  # not within a step, which changes parameters one after another

    @classmethod
    def start(
        cls, config: ModelConfig, training: TrainingConfig, backend: str, **options: Any
    ) -> "Run":
        """Start at step 0, with the initial weights. Options are those of `create`."""
        return cls(config, training, create(backend, config, training, **options))

    @classmethod
    def resume(cls, path: Path, backend: str, **options: Any) -> "Run":
        """Go on from a checkpoint, whichever backend wrote it. Options are those of `create`."""
        saved = load_checkpoint(path)
        run = cls.start(saved.config, saved.training, backend, **options)
        run.backend.load(saved.params, saved.m, saved.v, saved.step)
        run.step = saved.step
        run.source = saved.source
        return run

    def lengthen(self, steps: int) -> str:
        """Go over to a longer schedule; return what that does to the learning rate.

        MLPError if it is shorter.
        """
        had = self.training
        if steps < had.steps:
            raise MLPError(f"steps {steps}: the checkpoint has {had.steps}; there can only be more")
        self.training = replace(had, steps=steps)
        rates = [
            cosine_schedule(each.learning_rate, self.step, each.steps, each.warmup)
            for each in (had, self.training)
        ]
        return (
            f"the schedule has {steps} steps now, not {had.steps}:"
            f" at step {self.step} the learning rate goes from {rates[0]:.2e} to {rates[1]:.2e}"
        )

    def save(self, path: Path) -> None:
        """Write a checkpoint."""
        m, v = self.backend.moments()
        params = self.backend.params()
        save_checkpoint(
            Checkpoint(self.config, self.training, self.step, params, m, v, self.source), path
        )

    def train_step(self, windows: Windows) -> float:
        """Do one step on the next batch and return its loss."""
        t, step = self.training, self.step
        if t.shuffled:
            batch = windows.shuffled_batch(step, t.batch, t.seed)
        else:
            batch = windows.batch(step, t.batch)
        rate = cosine_schedule(t.learning_rate, step, t.steps, t.warmup)
        self.whole = False
        loss = self.backend.step(*batch, rate)
        self.step += 1
        self.whole = True
        return loss

    def evaluate(
        self,
        windows: Windows,
        batches: int | None = None,
        between: Callable[[], None] = lambda: None,
    ) -> float:
        """Return the mean loss over the first `batches` batches, or all
        that the split fills.

        Fewer windows than a batch are one batch of their own. Calls
        `between` before each batch. NotANumber if the mean is not one.
        """
        size = min(self.training.batch, len(windows))
        full = windows.n_tokens // size
        n = full if batches is None else min(batches, full)
        losses = []
        for i in range(n):
            between()
            losses.append(self.backend.loss(*windows.batch(i, size)))
        return self.checked(float(np.mean(losses)))

    def checked(self, loss: float) -> float:
        """Return the loss; NotANumber if it is not one."""
        if not math.isfinite(loss):
            raise NotANumber(self.step)
        return loss


def check_batch(batch: int, windows: Windows, what: str) -> None:
    """Raise MLPError if there are fewer windows to learn from, those of `what`, than a batch."""
    count = len(windows)
    if count < batch:
        counted = "1 window" if count == 1 else f"{count} windows"
        raise MLPError(
            f"{what}: {counted}, fewer than a batch of {batch}: --batch {count} is the most"
        )


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
    between: Callable[[], None] = lambda: None,
) -> None:
    """Train up to step `until`.

    Reports at the start, every `every` steps and at the end, and tells
    `on_step` the step, its loss and the ms per step since the last report.
    Calls `between` before each batch: to end the training, it raises an
    exception. NotANumber if a loss stops being one.
    """

    def report(ms_per_step: float | None) -> None:
        train_loss = run.evaluate(train_windows, TRAIN_BATCHES, between)
        val_loss = run.evaluate(val_windows, None, between)
        on_report(Report(run.step, train_loss, val_loss, ms_per_step))

    report(None)
    seconds, timed = 0.0, 0
    while run.step < until:
        between()
        start = time.perf_counter()
        loss = run.checked(run.train_step(train_windows))
        seconds += time.perf_counter() - start
        timed += 1
        on_step(run.step, loss, 1000 * seconds / timed)
        if run.step % every == 0 or run.step == until:
            report(1000 * seconds / timed)
            seconds, timed = 0.0, 0
