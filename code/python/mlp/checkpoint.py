"""A run on disk: a safetensors file that all three implementations read and write.

It holds the parameters by name, AdamW's moments as `adamw.m.<name>` and
`adamw.v.<name>`, and as metadata the two configs, the steps done and where the tokens
come from. `checkpoint.c` reads and writes the same, and says what exactly that is.
"""

import json
import math
import re
from collections.abc import Callable
from dataclasses import asdict, dataclass, fields
from functools import partial
from math import prod
from pathlib import Path
from typing import Any

import numpy as np

from mlp.arrays import Array, Tensors
from mlp.config import MAX_COUNT, ModelConfig, TrainingConfig, check_sizes, parse, whole
from mlp.corpora import MAX_PATH, UNKNOWN, Source
from mlp.errors import MLPError, NotANumber
from mlp.files import Bytes, write_file
from mlp.tokens import LATIN, Alphabet

FORMAT = "mlp-1"
MAX_HEADER = 2**20
MAX_VALUE = 63  # characters of a hyperparameter
GROUPS = ("", "adamw.m.", "adamw.v.")  # the tensors of a run are the model's, three times over
HYPERPARAMETERS = (*fields(ModelConfig), *fields(TrainingConfig))


@dataclass(frozen=True)
class Checkpoint:
    """What a file holds; the tensors are float32."""

    config: ModelConfig
    training: TrainingConfig
    step: int  # steps done
    params: Tensors
    m: Tensors
    v: Tensors
    source: Source = UNKNOWN


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
    for prefix, group in zip(GROUPS, (checkpoint.params, checkpoint.m, checkpoint.v)):
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
        data = path.read_bytes()
    except OSError as error:
        raise MLPError(f"{path}: {error.strerror or error}") from error
    try:
        return read_checkpoint(data)
    except MLPError as error:
        raise MLPError(f"{path}: {error}") from error


def read_checkpoint(data: bytes) -> Checkpoint:
    """Read what is in a file; MLPError says what is wrong with it."""
    end = 8 + int.from_bytes(data[:8], "little")
    if not data[8:9] == b"{" or end > len(data) or end > 8 + MAX_HEADER:
        raise MLPError("not a safetensors file, or cut short")
    try:
        header = _header(data[8:end])
    except (ValueError, RecursionError) as error:
        raise MLPError("a safetensors file, but not a checkpoint of this program") from error
    return _checkpoint(*header, memoryview(data)[end:])


# --- the header: only what safetensors writes is understood --------------------------

Entry = tuple[str, list[int], list[int]]  # dtype, shape, offsets


def _header(data: bytes) -> tuple[dict[str, str], dict[str, Entry]]:
    """Return the metadata and the tensors; ValueError if it is no header of a checkpoint."""
    if b"\\" in data:
        raise ValueError("an escape")
    header = json.loads(data.decode(), object_pairs_hook=_object, parse_int=_digits)
    metadata = header.pop("__metadata__", None)
    if not isinstance(metadata, dict) or not all(isinstance(v, str) for v in metadata.values()):
        raise ValueError("no metadata")
    needed = {"format", "step", *(f.name for f in HYPERPARAMETERS if "older" not in f.metadata)}
    names = {f.name for f in HYPERPARAMETERS}
    possible = needed | names | {"alphabet", "corpus", "corpus_sha256"}
    if not needed <= set(metadata) <= possible or metadata["format"] != FORMAT:
        raise ValueError("other metadata")
    _check_source(metadata)
    return metadata, {key: _entry(entry) for key, entry in header.items()}


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key that stands twice")
    return found


def _digits(text: str) -> int:
    number = int(text)
    if text.startswith("-") or number >= 2**64:
        raise ValueError("a number below 0 or beyond 64 bits")
    return number


def _check_source(metadata: dict[str, str]) -> None:
    if ("corpus" in metadata) != ("corpus_sha256" in metadata):
        raise ValueError("a corpus without its SHA-256, or the other way round")
    if not re.fullmatch("[0-9a-f]{64}", metadata.get("corpus_sha256", "0" * 64)):
        raise ValueError("no SHA-256")
    if len(metadata.get("corpus", "").encode()) > MAX_PATH:
        raise ValueError("a corpus of too many characters")


def _entry(entry: Any) -> Entry:
    if not isinstance(entry, dict) or set(entry) != {"dtype", "shape", "data_offsets"}:
        raise ValueError("no tensor")
    dtype, shape, offsets = entry["dtype"], entry["shape"], entry["data_offsets"]
    for numbers in (shape, offsets):
        if not isinstance(numbers, list) or not all(type(n) is int for n in numbers):
            raise ValueError("no list of numbers")
    if not isinstance(dtype, str) or len(offsets) != 2:
        raise ValueError("no tensor")
    return dtype, shape, offsets


# --- what the header says, and the numbers --------------------------------------------


def _checkpoint(
    metadata: dict[str, str], entries: dict[str, Entry], numbers: memoryview
) -> Checkpoint:
    """Check the header against its own metadata, then read the tensors."""
    try:
        config = ModelConfig(**_settings(ModelConfig, metadata))
        training = TrainingConfig(**_settings(TrainingConfig, metadata))
        check_sizes(config, training)
        step = _value("step", metadata["step"], partial(whole, least=0, most=MAX_COUNT))
        alphabet = Alphabet(metadata.get("alphabet", LATIN.letters))
    except MLPError as error:
        raise MLPError(f"metadata: {error}") from error
    if config.vocab != alphabet.vocab:
        raise MLPError(f"metadata: vocab {config.vocab}: must be {alphabet.vocab}")
    if step > training.steps:
        raise MLPError(f"metadata: step {step}: must be from 0 to {training.steps}")
    source = Source(alphabet, metadata.get("corpus", ""), metadata.get("corpus_sha256", ""))
    expected = {prefix + n: shape for prefix in GROUPS for n, shape in config.shapes.items()}
    _check_entries(entries, expected, len(numbers))
    params, m, v = (
        {n: _tensor(prefix + n, s, entries, numbers) for n, s in config.shapes.items()}
        for prefix in GROUPS
    )
    for name, tensor in v.items():
        if (tensor < 0).any():
            raise MLPError(f"tensor adamw.v.{name} holds a negative number")
    return Checkpoint(config, training, step, params, m, v, source)


def _settings(kind: type[Any], metadata: dict[str, str]) -> dict[str, Any]:
    """Read the fields of a config. One that older files lack has the value of those."""
    return {
        field.name: _value(
            field.name,
            metadata.get(field.name, field.metadata.get("older", "")),
            partial(parse, field),
        )
        for field in fields(kind)
    }


def _value(name: str, text: str, read: Callable[[str], Any]) -> Any:
    if len(text.encode()) > MAX_VALUE:
        raise MLPError(f"{name}: more than {MAX_VALUE} characters")
    try:
        return read(text)
    except MLPError as error:
        raise MLPError(f"{name} {error}") from error


def _check_entries(
    entries: dict[str, Entry], expected: dict[str, tuple[int, ...]], length: int
) -> None:
    """Check that these are the tensors of a model, and fill the bytes without gaps."""
    for key, shape in expected.items():
        if key not in entries:
            raise MLPError(f"tensor {key} is missing")
        dtype, dims, (begin, end) = entries[key]
        if dtype != "F32" or tuple(dims) != shape or end - begin != 4 * prod(shape):
            raise MLPError(f"tensor {key} is not float32 of the shape that the metadata says")
        if end > length:
            raise MLPError(f"tensor {key} is cut short")
    for key in entries:
        if key not in expected:
            raise MLPError(f"tensor {key[:MAX_VALUE]} does not belong to this model")
    filled = 0
    for key, (_, _, (begin, end)) in sorted(entries.items(), key=lambda entry: entry[1][2]):
        if begin < filled:
            raise MLPError(f"tensor {key} overlaps another")
        filled += end - begin
    if filled != length:
        s = "" if length == 1 else "s"
        raise MLPError(f"{length} byte{s} of numbers where {filled} belong")


def _tensor(
    key: str, shape: tuple[int, ...], entries: dict[str, Entry], numbers: memoryview
) -> Array:
    begin, end = entries[key][2]
    tensor = np.frombuffer(numbers[begin:end], "<f4").reshape(shape).astype(np.float32)
    if not np.isfinite(tensor).all():
        raise MLPError(f"tensor {key} holds a number that is not finite")
    return tensor


def _metadata(checkpoint: Checkpoint) -> dict[str, str]:
    values = {
        name: str(int(value)) if isinstance(value, bool) else str(value)
        for name, value in (asdict(checkpoint.config) | asdict(checkpoint.training)).items()
    }
    source = checkpoint.source
    alphabet = {"alphabet": source.alphabet.letters} if source.alphabet != LATIN else {}
    where = {"corpus": source.corpus, "corpus_sha256": source.sha256} if source.sha256 else {}
    return {"format": FORMAT, **values, **alphabet, **where, "step": str(checkpoint.step)}
