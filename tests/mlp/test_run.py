"""run.py: the training loop, around a backend whose steps and times are written down here."""

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest

from mlp import run as module
from mlp.config import ModelConfig, TrainingConfig
from mlp.errors import MLPError, NotANumber
from mlp.run import Report, Run, train
from mlp.windows import Windows

CONFIG, TRAINING = ModelConfig(), TrainingConfig(batch=2, steps=5)
WINDOWS = Windows(np.array([0, 5, 13, 13, 1, 0], np.int32), CONFIG.context)


@dataclass
class Scripted:
    """A backend and a clock: the n-th step takes so many seconds."""

    seconds: list[float]
    now: float = 0.0
    rates: list[float] = field(default_factory=list)

    def step(self, inputs: Any, targets: Any, learning_rate: float) -> float:
        self.now += self.seconds[len(self.rates)]
        self.rates.append(learning_rate)
        return 3.0

    def loss(self, inputs: Any, targets: Any) -> float:
        self.now += 100  # which is no part of a step's time
        return 2.0


def test_times_are_those_of_the_steps_since_the_last_report(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    backend: Any = Scripted([1, 3, 2, 6, 7])
    monkeypatch.setattr(module.time, "perf_counter", lambda: backend.now)
    reports: list[Report] = []
    steps: list[tuple[int, float, float]] = []
    train(
        Run(CONFIG, TRAINING, backend), WINDOWS, WINDOWS, 5, 2, reports.append,
        on_step=lambda *told: steps.append(told),
    )  # fmt: skip
    assert [(r.step, r.ms_per_step) for r in reports] == [
        (0, None),
        (2, 2000),
        (4, 4000),
        (5, 7000),
    ]
    assert steps == [
        (1, 3.0, 1000),
        (2, 3.0, 2000),
        (3, 3.0, 2000),
        (4, 3.0, 4000),
        (5, 3.0, 7000),
    ]
    assert len(set(backend.rates)) == 5


def test_a_run_is_not_whole_within_a_step() -> None:
    class Interrupted(Scripted):
        def step(self, inputs: Any, targets: Any, learning_rate: float) -> float:
            assert not run.whole
            raise KeyboardInterrupt

    backend: Any = Interrupted([])
    run = Run(CONFIG, TRAINING, backend)
    with pytest.raises(KeyboardInterrupt):
        run.train_step(WINDOWS)
    assert (run.whole, run.step) == (False, 0)


@pytest.mark.parametrize("loss", [math.nan, math.inf, -math.inf])
def test_a_loss_that_is_no_number_is_an_error(loss: float) -> None:
    backend: Any = Scripted([])
    with pytest.raises(NotANumber):
        Run(CONFIG, TRAINING, backend, step=3).checked(loss)


def test_a_schedule_can_stay_as_long_as_it_is_and_become_longer_but_not_shorter() -> None:
    backend: Any = Scripted([])
    run = Run(CONFIG, TRAINING, backend)
    for steps in 5, 6:
        run.lengthen(steps)
        assert run.training.steps == steps
    with pytest.raises(MLPError, match=r"^steps 5: the checkpoint has 6; there can only be more$"):
        run.lengthen(5)
