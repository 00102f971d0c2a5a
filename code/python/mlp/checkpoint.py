"""A run on disk: a safetensors file that all three implementations read and write.

It holds the parameters by name, AdamW's moments as `adamw.m.<name>` and
`adamw.v.<name>`, and as metadata the two configs and the steps done.
`checkpoint.c` reads and writes the same.
"""

import errno
import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from mlp.arrays import Tensors
from mlp.config import ModelConfig, TrainingConfig
from mlp.errors import MLPError
from mlp.tokens import VOCAB_SIZE

FORMAT = "mlp-1"

Config = TypeVar("Config", ModelConfig, TrainingConfig)


@dataclass(frozen=True)
class Checkpoint:
    """What a file holds; the tensors are float32."""

    config: ModelConfig
    training: TrainingConfig
    step: int  # steps done
    params: Tensors
    m: Tensors
    v: Tensors


def save_checkpoint(checkpoint: Checkpoint, path: Path) -> None:
    """Write the file aside and rename it: it is whole, or what was there before stays.

    MLPError if that is not possible.
    """
    tensors = dict(checkpoint.params)
    for prefix, group in (("adamw.m.", checkpoint.m), ("adamw.v.", checkpoint.v)):
        tensors |= {prefix + name: tensor for name, tensor in group.items()}
    data = save(
        {name: np.ascontiguousarray(t, np.float32) for name, t in tensors.items()},
        _metadata(checkpoint),
    )
    aside = Path(f"{path}.part")
    try:
        with aside.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        aside.replace(path)
    except BaseException as error:  # a second Ctrl-C as well
        with suppress(OSError):  # the first error says it all
            aside.unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise MLPError(f"{path}: cannot write: {error.strerror}") from error
        raise


def check_writable(path: Path) -> None:
    """Raise MLPError now if a checkpoint could not be written after hours of work."""
    aside = Path(f"{path}.part")
    try:
        if path.is_dir():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        aside.touch()
        aside.unlink()
    except OSError as error:
        raise MLPError(f"{path}: cannot write: {error.strerror}") from error


def load_checkpoint(path: Path) -> Checkpoint:
    """Read a file; MLPError says what is wrong with one that is missing, cut short or foreign."""
    try:
        path.open("rb").close()  # the errors of safe_open do not say it as well
        with safe_open(path, "np") as file:
            return _checkpoint(file, path)
    except OSError as error:
        raise MLPError(f"{path}: {error.strerror or error}") from error
    except SafetensorError as error:
        raise MLPError(f"{path}: not a safetensors file, or cut short: {error}") from error


def _checkpoint(file: Any, path: Path) -> Checkpoint:
    """Check the header of an open file against its own metadata, then read the tensors."""
    metadata = file.metadata() or {}
    if metadata.get("format") != FORMAT:
        raise MLPError(f"{path}: a safetensors file, but not a checkpoint of this program")
    try:
        config = _settings(ModelConfig, metadata)
        training = _settings(TrainingConfig, metadata)
        step = int(metadata["step"])
    except KeyError as error:
        raise MLPError(f"{path}: metadata: {error} is missing") from error
    except (ValueError, MLPError) as error:
        raise MLPError(f"{path}: metadata: {error}") from error
    if config.vocab != VOCAB_SIZE:
        raise MLPError(f"{path}: metadata: vocab {config.vocab}: must be {VOCAB_SIZE}")
    if not 0 <= step <= training.steps:
        raise MLPError(f"{path}: metadata: step {step}: must be from 0 to {training.steps}")

    foreign = set(file.keys())
    groups: list[Tensors] = []
    for prefix in ("", "adamw.m.", "adamw.v."):
        groups.append({})
        for name, shape in config.shapes.items():
            key = prefix + name
            if key not in foreign:
                raise MLPError(f"{path}: tensor {key} is missing")
            foreign.remove(key)
            there = file.get_slice(key)
            if there.get_dtype() != "F32" or tuple(there.get_shape()) != shape:
                raise MLPError(
                    f"{path}: tensor {key} is not float32 of the shape that the metadata says"
                )
            groups[-1][name] = file.get_tensor(key)
            if not np.isfinite(groups[-1][name]).all():
                raise MLPError(f"{path}: tensor {key} holds a number that is not finite")
    if foreign:
        raise MLPError(f"{path}: tensor {min(foreign)!r} does not belong to this model")
    return Checkpoint(config, training, step, *groups)


def _metadata(checkpoint: Checkpoint) -> dict[str, str]:
    values = asdict(checkpoint.config) | asdict(checkpoint.training) | {"step": checkpoint.step}
    return {"format": FORMAT} | {
        name: str(int(value)) if isinstance(value, bool) else str(value)
        for name, value in values.items()
    }


def _settings(kind: type[Config], metadata: dict[str, str]) -> Config:
    """Read the fields of a config back from strings, by their types."""
    read: dict[type, Callable[[str], Any]] = {
        int: int,
        float: float,
        str: str,
        bool: lambda text: bool(int(text)),
    }
    return kind(**{f.name: read[type(f.default)](metadata[f.name]) for f in fields(kind)})
