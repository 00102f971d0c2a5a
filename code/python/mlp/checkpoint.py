"""A run on disk: a safetensors file that all three implementations read and write.

It holds the parameters by name, AdamW's moments as `adamw.m.<name>` and
`adamw.v.<name>`, and as metadata the two configs and the steps done.
`checkpoint.c` reads and writes the same.
"""

import json
import math
from collections.abc import Callable
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from safetensors import SafetensorError, safe_open

from mlp.arrays import Tensors
from mlp.config import ModelConfig, TrainingConfig
from mlp.errors import MLPError, NotANumber
from mlp.files import Bytes, write_file
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
    """Put it at `path`, whole, or leave what was there before.

    MLPError if it cannot be written, NotANumber if it should not be: it could not be read.
    """
    write_file(path, _pieces(checkpoint))


def _pieces(checkpoint: Checkpoint) -> list[Bytes]:
    """Return the parts of the file; the tensors stay where they are, and take no more memory."""
    header: dict[str, Any] = {"__metadata__": _metadata(checkpoint)}
    tensors: list[Bytes] = []
    end = 0
    groups = {"": checkpoint.params, "adamw.m.": checkpoint.m, "adamw.v.": checkpoint.v}
    for prefix, group in groups.items():
        for name, tensor in group.items():
            if not (math.isfinite(tensor.min()) and math.isfinite(tensor.max())):
                raise NotANumber(checkpoint.step, f"tensor {prefix}{name}")
            numbers = np.ascontiguousarray(tensor, "<f4")
            tensors.append(numbers.data)
            start, end = end, end + numbers.nbytes
            shape = list(tensor.shape)
            header[prefix + name] = {"dtype": "F32", "shape": shape, "data_offsets": [start, end]}
    text = json.dumps(header, ensure_ascii=False, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)  # so that the numbers start aligned
    return [len(text).to_bytes(8, "little"), text, *tensors]


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
