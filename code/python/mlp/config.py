"""Hyperparameters: the sizes of a model, how it is trained, and presets of both."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

from mlp.corpus import VOCAB_SIZE
from mlp.errors import MLPError

ACTIVATIONS = ("tanh", "gelu")

# The limits of mlp.h, so that a checkpoint of one implementation is one of all.
MAX_LAYERS = 16
MAX_SIZE = 65_536
MAX_PARAMS = 2**28


def _check_size(name: str, size: int, limit: int) -> None:
    if not 1 <= size <= limit:
        raise MLPError(f"{name} {size}: must be from 1 to {limit:,}")


def _list(names: Iterable[str]) -> str:
    return ", ".join(names)


@dataclass(frozen=True)
class ModelConfig:
    """The sizes of a model. Impossible ones raise MLPError."""

    vocab: int = VOCAB_SIZE  # V: different tokens
    context: int = 3  # T: tokens that predict the next
    embedding: int = 48  # E: numbers that stand for one token
    hidden: int = 512  # H: units of each hidden layer
    layers: int = 1  # hidden layers
    activation: str = "tanh"

    def __post_init__(self) -> None:
        for name in ("vocab", "context", "embedding", "hidden"):
            _check_size(name, getattr(self, name), MAX_SIZE)
        _check_size("layers", self.layers, MAX_LAYERS)
        if self.activation not in ACTIVATIONS:
            raise MLPError(f"activation {self.activation!r}: must be one of {_list(ACTIVATIONS)}")
        if self.size > MAX_PARAMS:
            raise MLPError(f"{self.size:,} parameters: the limit is {MAX_PARAMS:,}")

    @property
    def shapes(self) -> dict[str, tuple[int, ...]]:
        """The tensors by name, in the order in which their initial values are drawn."""
        shapes: dict[str, tuple[int, ...]] = {"wte.weight": (self.vocab, self.embedding)}
        inputs = self.context * self.embedding
        for layer in range(self.layers):
            shapes[f"hidden.{layer}.weight"] = (self.hidden, inputs)
            shapes[f"hidden.{layer}.bias"] = (self.hidden,)
            inputs = self.hidden
        shapes["output.weight"] = (self.vocab, inputs)
        shapes["output.bias"] = (self.vocab,)
        return shapes

    @property
    def size(self) -> int:
        """How many parameters that is."""
        return sum(math.prod(shape) for shape in self.shapes.values())


@dataclass(frozen=True)
class TrainingConfig:
    """How a model is trained. Impossible values raise MLPError."""

    batch: int = 128  # B: windows a step
    steps: int = 50_000  # of the whole schedule
    learning_rate: float = 7e-4  # at step 0; half a cosine takes it to 0
    weight_decay: float = 1e-4
    seed: int = 1337  # of the initial weights
    padded: bool = False  # each name starts anew: see windows.py

    def __post_init__(self) -> None:
        _check_size("batch", self.batch, MAX_SIZE)
        _check_size("steps", self.steps, 2**63 - 1)
        if not 0 < self.learning_rate < math.inf:
            raise MLPError(f"learning rate {self.learning_rate}: must be a positive number")
        if not 0 <= self.weight_decay < math.inf:
            raise MLPError(f"weight decay {self.weight_decay}: must be 0 or a positive number")
        if not 0 < self.seed < 2**64:
            raise MLPError(f"seed {self.seed}: must be from 1 to {2**64 - 1}")


# config.c has the same table; a test compares them.
PRESETS = {
    # The original module's hyperparameters.
    "original": (ModelConfig(), TrainingConfig()),
    # Better ones: names that start anew, a longer context, three layers, a tenth of the steps.
    "deep": (
        ModelConfig(context=8, embedding=24, hidden=256, layers=3, activation="gelu"),
        TrainingConfig(batch=256, steps=5000, learning_rate=4e-3, weight_decay=0.05, padded=True),
    ),
}


def preset(name: str) -> tuple[ModelConfig, TrainingConfig]:
    """Look up a preset; MLPError names those that exist."""
    if name not in PRESETS:
        raise MLPError(f"preset {name!r}: must be one of {_list(PRESETS)}")
    return PRESETS[name]


def cosine_schedule(learning_rate: float, step: int, steps: int) -> float:
    """The learning rate of step 0 … steps-1: half a cosine, from `learning_rate` down to 0."""
    return learning_rate * 0.5 * (1 + math.cos(math.pi * (step / steps)))
