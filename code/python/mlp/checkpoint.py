"""A run on disk: a safetensors file that all three implementations read and write.

It holds the parameters by name, AdamW's moments as `adamw.m.<name>` and
`adamw.v.<name>`, and as metadata the two configs and the steps done.
`checkpoint.c` reads and writes the same.
"""

import os
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from mlp.backends import Tensors
from mlp.config import ModelConfig, TrainingConfig
from mlp.errors import MLPError

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
    aside = path.with_name(path.name + ".part")
    try:
        with aside.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        aside.replace(path)
    except OSError as error:
        try:
            aside.unlink(missing_ok=True)
        except OSError:
            pass  # the first error says it all
        raise MLPError(f"{path}: cannot write: {error.strerror}") from error


def check_writable(path: Path) -> None:
    """Raise MLPError now if a checkpoint could not be written after hours of work."""
    aside = path.with_name(path.name + ".part")
    try:
        aside.touch()
        aside.unlink()
    except OSError as error:
        raise MLPError(f"{path}: cannot write: {error.strerror}") from error


def load_checkpoint(path: Path) -> Checkpoint:
    """Read a file; MLPError says what is wrong with one that is missing, cut short or foreign."""
    try:
        with safe_open(path, "np") as file:
            metadata = file.metadata() or {}
            tensors = {name: file.get_tensor(name) for name in file.keys()}
    except OSError as error:
        raise MLPError(f"{path}: {error.strerror or error}") from error
    except (SafetensorError, ValueError, TypeError) as error:
        raise MLPError(f"{path}: not a safetensors file, or cut short: {error}") from error

    if metadata.get("format") != FORMAT:
        raise MLPError(f"{path}: a safetensors file, but not a checkpoint of this program")
    try:
        config = _settings(ModelConfig, metadata)
        training = _settings(TrainingConfig, metadata)
        step = int(metadata["step"])
    except (KeyError, ValueError, MLPError) as error:
        raise MLPError(f"{path}: metadata: {error}") from error
    groups = []
    for prefix in ("", "adamw.m.", "adamw.v."):
        group = {}
        for name, shape in config.shapes.items():
            tensor = tensors.pop(prefix + name, None)
            if tensor is None:
                raise MLPError(f"{path}: tensor {prefix + name} is missing")
            if tensor.shape != shape or tensor.dtype != np.float32:
                raise MLPError(
                    f"{path}: tensor {prefix + name} is {tensor.dtype} {tensor.shape}"
                    f", not the float32 {shape} that the metadata says"
                )
            group[name] = tensor
        groups.append(group)
    if tensors:
        raise MLPError(f"{path}: tensor {min(tensors)} does not belong to this model")
    return Checkpoint(config, training, step, *groups)


def _metadata(checkpoint: Checkpoint) -> dict[str, str]:
    values = asdict(checkpoint.config) | asdict(checkpoint.training) | {"step": checkpoint.step}
    return {"format": FORMAT} | {
        name: str(int(value)) if isinstance(value, bool) else str(value)
        for name, value in values.items()
    }


def _settings(kind: type[Config], metadata: dict[str, str]) -> Config:
    """Read the fields of a config back from strings, by their types."""
    read = {int: int, float: float, str: str, bool: lambda text: bool(int(text))}
    values: dict[str, Any] = {
        field.name: read[type(field.default)](metadata[field.name])  # type: ignore[index]
        for field in fields(kind)
    }
    return kind(**values)
