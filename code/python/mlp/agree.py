"""Agreement: the implementations side by side on the same batches, and how far they part."""

import math
from collections.abc import Callable, Collection
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from mlp.arrays import Tensors
from mlp.backends import create
from mlp.config import ModelConfig, TrainingConfig
from mlp.errors import MLPError
from mlp.run import Run
from mlp.windows import Windows


@dataclass(frozen=True)
class Difference:
    """What parts two implementations after a step: the largest differences, by tensor."""

    loss: float  # of this step's batch
    params: dict[str, float]  # after the update
    grads: dict[str, float]


@dataclass(frozen=True)
class Step:
    """One step that was looked at."""

    step: int  # steps done
    losses: dict[str, float]  # by implementation, before the update
    differences: dict[str, Difference]  # by pair, as "c-numpy"


def agree(
    names: Collection[str],
    config: ModelConfig,
    training: TrainingConfig,
    windows: Windows,
    steps: int,
    every: int,
    dtype: str = "float32",
    on_step: Callable[[Step], None] = lambda step: None,
) -> list[Step]:
    """Train all implementations for the first `steps` steps of the schedule.

    Losses are compared at every step, tensors every `every` steps and at the
    last. Each Step holds the largest loss difference since the Step before.
    MLPError if a loss stops being a number.
    """
    runs = {
        name: Run(config, training, create(name, config, training, dtype=dtype)) for name in names
    }
    pairs = list(combinations(names, 2))
    largest = {pair: 0.0 for pair in pairs}
    result = []
    for step in range(steps):
        losses = {name: run.train_step(windows) for name, run in runs.items()}
        for name, loss in losses.items():
            if not math.isfinite(loss):
                raise MLPError(f"step {step + 1}: the loss of {name} is no longer a number")
        for a, b in pairs:
            largest[a, b] = max(largest[a, b], abs(losses[a] - losses[b]))
        if (step + 1) % every == 0 or step + 1 == steps:
            params = {name: run.backend.params() for name, run in runs.items()}
            grads = {name: run.backend.grads() for name, run in runs.items()}
            differences = {
                f"{a}-{b}": Difference(
                    largest[a, b], _largest(params[a], params[b]), _largest(grads[a], grads[b])
                )
                for a, b in pairs
            }
            result.append(Step(step + 1, losses, differences))
            on_step(result[-1])
            largest = {pair: 0.0 for pair in pairs}
    return result


def _largest(a: Tensors, b: Tensors) -> dict[str, float]:
    return {name: float(np.abs(a[name] - b[name]).max()) for name in a}
