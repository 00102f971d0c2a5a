"""agree.py, on runs whose numbers are written down here."""

import math
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from mlp import agree as module
from mlp.agree import Step, agree
from mlp.config import ModelConfig, TrainingConfig
from mlp.errors import MLPError

LOSSES = {"a": [1.0, 2.0, 3.0, 4.0, 5.0], "b": [1.5, 2.0, 3.25, 3.0, 5.0]}
PARAMS = {"a": [0.0, 0.0], "b": [-1.0, 3.0]}
GRADS = {"a": [0.0, 7.0], "b": [-2.0, 7.5]}


class Scripted:
    """A run that says what is written above."""

    def __init__(self, name: str, losses: dict[str, list[float]]) -> None:
        self.losses: Iterator[float] = iter(losses[name])
        self.backend = SimpleNamespace(
            params=lambda: {"w": np.array(PARAMS[name])},
            grads=lambda: {"w": np.array(GRADS[name])},
        )

    def train_step(self, windows: Any) -> float:
        return next(self.losses)


def scripted(
    monkeypatch: pytest.MonkeyPatch, losses: dict[str, list[float]], on_step: Any
) -> list[Step]:
    """The steps of agree() on such runs, looked at after two of them, four, and all five."""
    monkeypatch.setattr(module, "create", lambda name, config, training, dtype: name)
    monkeypatch.setattr(module, "Run", lambda config, training, name: Scripted(name, losses))
    windows: Any = None
    config, training = ModelConfig(), TrainingConfig()
    return agree(("a", "b"), config, training, windows, 5, 2, on_step=on_step)


def test_it_keeps_the_largest_differences_since_it_last_looked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    heard: list[Step] = []
    steps = scripted(monkeypatch, LOSSES, heard.append)
    assert heard == steps
    assert [step.step for step in steps] == [2, 4, 5]
    assert [step.losses for step in steps] == [
        {"a": 2.0, "b": 2.0},
        {"a": 4.0, "b": 3.0},
        {"a": 5.0, "b": 5.0},
    ]
    assert [step.differences["a-b"].loss for step in steps] == [0.5, 1.0, 0.0]
    assert [step.differences["a-b"].params for step in steps] == 3 * [{"w": 3.0}]
    assert [step.differences["a-b"].grads for step in steps] == 3 * [{"w": 2.0}]


@pytest.mark.parametrize("wrong", [math.nan, math.inf, -math.inf])
def test_a_loss_that_is_no_number_is_named(monkeypatch: pytest.MonkeyPatch, wrong: float) -> None:
    losses = LOSSES | {"b": [1.5, 2.0, wrong]}
    with pytest.raises(MLPError, match=r"^step 3: the loss of b is no longer a number$"):
        scripted(monkeypatch, losses, lambda step: None)
