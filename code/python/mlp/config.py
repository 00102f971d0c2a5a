"""Hyperparameters: the sizes of a model, how it is trained, and presets of both.

A field below is all that Python needs to know of a hyperparameter: the options of
`mlp train`, their help, the checks, the presets and the metadata of a checkpoint follow
from it. Its twin is a row of the table in `config.c`; a test compares the two.
"""

import math
import re
from collections.abc import Iterable
from dataclasses import Field, dataclass, field, fields, replace
from typing import Any

from mlp.errors import MLPError
from mlp.tokens import VOCAB_SIZE

ACTIVATIONS = ("tanh", "gelu")

# The limits of mlp.h, so that a checkpoint of one implementation is one of all.
MAX_LAYERS = 16
MAX_SIZE = 65_536
MAX_PARAMS = 2**28
MAX_COUNT = 2**63 - 1
MAX_SEED = 2**64 - 1
MAX_THREADS = 64
MAX_REAL = (2 - 2**-23) * 2.0**127  # of a float32
LEAST_REAL = math.ulp(0)  # the smallest positive number
BELOW_1 = math.nextafter(1, 0)
TEMPERATURES = (0.001, 1000.0)  # lowest, highest: within, logits do not overflow a float32


# --- numbers as text: on the command line and in checkpoints, the same in config.c ----


def whole(text: str, least: int, most: int) -> int:
    """Read a whole number; MLPError says what it may be."""
    if re.fullmatch("[0-9]+", text) and len(text.lstrip("0")) <= 20:
        value = int(text.lstrip("0") or "0")
        if least <= value <= most:
            return value
    raise MLPError(f"'{text}' is not a whole number from {least} to {most}")


def real(text: str, least: float, most: float) -> float:
    """Read a number as 12, 1.2, .12 or 1e-2; MLPError says what it may be."""
    if re.fullmatch(r"([0-9]+(\.[0-9]+)?|\.[0-9]+)([eE][+-]?[0-9]+)?", text):
        value = float(text)
        if least <= value <= most:
            return value
    raise MLPError(f"'{text}' is not {_range(least, most)}")


def choice(text: str, names: Iterable[str]) -> str:
    """Read one of some names; MLPError says which there are."""
    if text in names:
        return text
    raise MLPError(f"'{text}' is not one of {_list(names)}")


def _range(least: float, most: float) -> str:
    if least == LEAST_REAL:
        return f"a positive number up to {most:g}"
    if most == BELOW_1:
        return f"a number from {least:g} to less than 1"
    return f"a number from {least:g} to {most:g}"


# --- hyperparameters -------------------------------------------------------------------

# `older="…"` is the value in checkpoints that do not have the hyperparameter yet.


def _whole(
    default: int, help: str | None, most: int = MAX_SIZE, least: int = 1, **older: str
) -> Any:
    """A whole number from `least` to `most`. Without help it is no option."""
    return field(default=default, metadata={"help": help, "least": least, "most": most, **older})


def _real(
    default: float, help: str, least: float = LEAST_REAL, most: float = MAX_REAL, **older: str
) -> Any:
    """A number from `least` to `most`."""
    range = {"least": least, "most": most}
    return field(default=default, metadata={"help": help, **range, **older})


def _share(help: str) -> Any:
    """Less than all; nothing by default, and in older checkpoints."""
    range = {"least": 0, "most": BELOW_1}
    return field(default=0.0, metadata={"help": help, **range, "older": "0"})


def _choice(default: str, help: str, choices: tuple[str, ...], **older: str) -> Any:
    """One of some words."""
    return field(default=default, metadata={"help": help, "choices": choices, **older})


def _flag(help: str, off: str, **older: str) -> Any:
    """Off unless asked for; `off` is the word for that."""
    return field(default=False, metadata={"help": help, "off": off, **older})


@dataclass(frozen=True)
class ModelConfig:
    """A model: its sizes, and what its layers do. Impossible ones raise MLPError."""

    vocab: int = _whole(VOCAB_SIZE, None)  # V: different tokens; the corpus decides
    context: int = _whole(3, "characters that predict the next")  # T
    embedding: int = _whole(48, "numbers for one character")  # E
    hidden: int = _whole(512, "units of each hidden layer")  # H
    layers: int = _whole(1, "hidden layers", MAX_LAYERS)
    activation: str = _choice("tanh", "of the hidden layers", ACTIVATIONS)
    dropout: float = _share("share of the activations, in training")
    input_dropout: float = _share("share of the embedding, in training")
    temperature: float = _real(1.0, "divides the logits, but in training", *TEMPERATURES, older="1")

    def __post_init__(self) -> None:
        _check(self)
        if self.size > MAX_PARAMS:
            raise MLPError(f"{self.size} parameters: the limit is {MAX_PARAMS}")

    @property
    def drops(self) -> bool:
        """Whether there is any dropout."""
        return self.dropout > 0 or self.input_dropout > 0

    @property
    def shapes(self) -> dict[str, tuple[int, ...]]:
        """The tensors by name, in the order in which their initial
        values are drawn."""
        shapes: dict[str, tuple[int, ...]] = {}
        shapes["wte.weight"] = (self.vocab, self.embedding)
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

    batch: int = _whole(128, "windows a step")  # B
    steps: int = _whole(50_000, "of the whole schedule", MAX_COUNT)
    learning_rate: float = _real(7e-4, "the highest")  # half a cosine takes it to 0
    warmup: int = _whole(0, "steps in which the rate rises", MAX_COUNT, least=0, older="0")
    weight_decay: float = _real(1e-4, "how much AdamW shrinks the parameters", least=0)
    seed: int = _whole(1337, "of all random numbers", MAX_SEED)
    padded: bool = _flag("each name starts anew", off="sliding")
    shuffled: bool = _flag("each epoch has an order of its own", off="ordered", older="0")

    def __post_init__(self) -> None:
        _check(self)
        if self.warmup > self.steps:
            raise MLPError(
                f"warmup {self.warmup}: more than the {self.steps} steps of the schedule"
            )


def _check(config: ModelConfig | TrainingConfig) -> None:
    for hyperparameter in fields(config):
        value = getattr(config, hyperparameter.name)
        allowed = _allowed(hyperparameter, value)
        if allowed:
            words = hyperparameter.name.replace("_", " ")
            raise MLPError(f"{words} {value!r}: must be {allowed}")


def _allowed(hyperparameter: Field[Any], value: Any) -> str:
    """Say what is allowed, if `value` is not."""
    match dict(hyperparameter.metadata):
        case {"least": least, "most": most} if not least <= value <= most:
            if isinstance(hyperparameter.default, float):
                return _range(least, most)
            return f"from {least:,} to {most:,}"
        case {"choices": choices} if value not in choices:
            return f"one of {_list(choices)}"
    return ""


def check_sizes(config: ModelConfig, training: TrainingConfig) -> None:
    """Raise MLPError if the activations of a batch are too many, as in config.c."""
    n = activations(config, training)
    if n > MAX_PARAMS:
        raise MLPError(f"{n} activations of a batch: the limit is {MAX_PARAMS}")


def activations(config: ModelConfig, training: TrainingConfig) -> int:
    """Return how many numbers a model computes on the way from a batch to its logits."""
    inputs, hidden = config.context * config.embedding, config.layers * config.hidden
    dropped = inputs * (config.input_dropout > 0) + hidden * (config.dropout > 0)
    return training.batch * (inputs + 2 * hidden + dropped + config.vocab)


def parse(hyperparameter: Field[Any], text: str) -> Any:
    """Read a value as the command line and a checkpoint write it; MLPError says what it may be."""
    match dict(hyperparameter.metadata):
        case {"least": least, "most": most}:
            return (whole if isinstance(hyperparameter.default, int) else real)(text, least, most)
        case {"choices": choices}:
            return choice(text, choices)
    if text not in ("0", "1"):
        raise MLPError(f"'{text}' is not 0 or 1")
    return text == "1"


def _list(names: Iterable[str]) -> str:
    return ", ".join(names)


SHUFFLED = TrainingConfig(padded=True, shuffled=True)

PRESETS = {
    # A first run: a second, and then names.
    "quick": (
        ModelConfig(context=6, embedding=16, hidden=192, activation="gelu"),
        TrainingConfig(batch=64, steps=8000, learning_rate=5e-3, padded=True),
    ),
    # The original module's.
    "original": (ModelConfig(), TrainingConfig()),
    # The best that looks at as little as the original.
    "context3": (
        ModelConfig(layers=2, activation="gelu", dropout=0.15),
        replace(
            SHUFFLED, batch=512, steps=12_500, learning_rate=1e-3, warmup=250, weight_decay=0.1
        ),
    ),
    # For comparison: three layers, and nothing that keeps them from learning names by heart.
    "deep": (
        ModelConfig(context=8, embedding=24, hidden=256, layers=3, activation="gelu"),
        TrainingConfig(batch=256, steps=5000, learning_rate=4e-3, weight_decay=0.05, padded=True),
    ),
    # At most 100,000 parameters.
    "small": (
        ModelConfig(
            context=12,
            embedding=8,
            hidden=192,
            layers=3,
            activation="gelu",
            dropout=0.1,
            temperature=1.1,
        ),
        replace(
            SHUFFLED, batch=256, steps=100_000, learning_rate=2e-3, warmup=2000, weight_decay=0.05
        ),
    ),
    # As low as it goes, in minutes.
    "best": (
        ModelConfig(
            context=12,
            embedding=48,
            hidden=768,
            layers=3,
            activation="gelu",
            dropout=0.4,
            input_dropout=0.15,
            temperature=1.2,
        ),
        replace(
            SHUFFLED, batch=256, steps=36_000, learning_rate=1e-3, warmup=720, weight_decay=0.03
        ),
    ),
}
DEFAULT_PRESET = "quick"  # of training
ORIGINAL = "original"


def preset(name: str) -> tuple[ModelConfig, TrainingConfig]:
    """Look up a preset; MLPError names those that exist."""
    if name not in PRESETS:
        raise MLPError(f"preset {name!r}: must be one of {_list(PRESETS)}")
    return PRESETS[name]


def configured(
    name: str, changed: dict[str, Any], vocab: int
) -> tuple[ModelConfig, TrainingConfig]:
    """Return a preset with some fields changed, and the vocabulary of a corpus."""
    config, training = preset(name)
    config = replace(config, vocab=vocab)
    mine = {field: changed[field] for field in changed if hasattr(config, field)}
    rest = {field: changed[field] for field in changed if field not in mine}
    training = replace(training, **rest)  # checked first, as in C
    return replace(config, **mine), training
