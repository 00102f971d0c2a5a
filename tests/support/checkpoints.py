"""Checkpoint files that are wrong on purpose, and what both programs say of them."""

import json
import struct
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np


def header_of(data: bytes) -> tuple[dict[str, Any], bytes]:
    n = int.from_bytes(data[:8], "little")
    return json.loads(data[8 : 8 + n]), data[8 + n :]


def built(header: dict[str, Any] | str, numbers: bytes) -> bytes:
    text = header if isinstance(header, str) else json.dumps(header)
    return struct.pack("<Q", len(text.encode())) + text.encode() + numbers


Change = Callable[[dict[str, Any]], object]


def set_metadata(**fields: str) -> Change:
    return lambda header: header["__metadata__"].update(fields)


def set_tensor(name: str, **fields: Any) -> Change:
    return lambda header: header[name].update(fields)


def swapped(header: dict[str, Any]) -> None:
    """Two tensors of the same size in one place, and nobody in the other."""
    header["adamw.v.output.bias"]["data_offsets"] = header["adamw.m.output.bias"]["data_offsets"]


FOREIGN = "a safetensors file, but not a checkpoint of this program"
SHAPE = "is not float32 of the shape that the metadata says"
BAD_HEADERS: dict[str, tuple[Change, str]] = {
    "no metadata": (lambda h: h.pop("__metadata__"), FOREIGN),
    "other format": (set_metadata(format="mlp-2"), FOREIGN),
    "other metadata": (lambda h: h.update(__metadata__={"format": "pt"}), FOREIGN),
    "no step": (lambda h: h["__metadata__"].pop("step"), "step"),
    "step beyond the schedule": (set_metadata(step="41"), "metadata"),
    "negative step": (set_metadata(step="-1"), "metadata"),
    "no number": (set_metadata(hidden="many"), "metadata"),
    "zero size": (set_metadata(hidden="0"), "metadata"),
    "absurd size": (set_metadata(hidden="99999999999999999999"), "metadata"),
    "absurd sizes": (set_metadata(hidden="65536", embedding="65536"), "metadata"),
    "absurd batch": (set_metadata(batch="65537"), "metadata"),
    "other vocabulary": (set_metadata(vocab="28"), "metadata"),
    "other activation": (set_metadata(activation="Tanh"), "metadata"),
    "rate that is no number": (set_metadata(learning_rate="nan"), "metadata"),
    "seed 0": (set_metadata(seed="0"), "metadata"),
    "too many layers": (set_metadata(layers="17"), "metadata"),
    "other size": (set_metadata(hidden="34"), f"tensor hidden.0.weight {SHAPE}"),
    "huge but legal size": (set_metadata(context="65536", hidden="800"), SHAPE),
    "another layer": (set_metadata(layers="2"), "tensor hidden.1.weight is missing"),
    "missing tensor": (lambda h: h.pop("output.bias"), ""),
    "other dtype": (set_tensor("output.bias", dtype="I32"), f"tensor output.bias {SHAPE}"),
    "other shape": (set_tensor("output.bias", shape=[1, 27]), f"tensor output.bias {SHAPE}"),
    "transposed": (set_tensor("wte.weight", shape=[5, 27]), f"tensor wte.weight {SHAPE}"),
    "overlap": (swapped, ""),
    "backwards": (set_tensor("wte.weight", data_offsets=[540, 0]), ""),
    "out of range": (set_tensor("wte.weight", data_offsets=[2**62, 2**62 + 540]), ""),
    "overflow": (set_tensor("wte.weight", data_offsets=[2**64 - 540, 2**64 - 1]), ""),
    "beyond any integer": (set_tensor("wte.weight", data_offsets=[0, 2**70]), ""),
    "negative offset": (set_tensor("wte.weight", data_offsets=[-540, 0]), ""),
    "fraction": (set_tensor("wte.weight", shape=[27.5, 5]), ""),
    "escape": (lambda h: h.update({"wte\\u0000": h["wte.weight"]}), ""),
    "long name": (lambda h: h.update({"x" * 999: h["wte.weight"]}), ""),
    "newline in a name": (lambda h: h.update({"x\ny": h["wte.weight"]}), ""),
    "many tensors": (lambda h: h.update({f"t{i}": h["wte.weight"] for i in range(999)}), ""),
}


def damaged(good: bytes, n: int, seed: int) -> Iterator[bytes]:
    """Yield n copies, each with some damage; most of it in the header, where it hurts."""
    random = np.random.default_rng(seed)
    header = 8 + int.from_bytes(good[:8], "little")
    for _ in range(n):
        data = bytearray(good)
        for _ in range(int(random.integers(1, 4))):
            end = min(header if random.random() < 0.8 else len(data), len(data))
            at = int(random.integers(0, max(end, 1)))
            match int(random.integers(0, 7)):
                case 0:
                    data[at : at + 1] = random.bytes(1)
                case 1:
                    data[at : at + 1] = bytes(random.choice(list(b'0123456789{}[]",:\\ '), 1))
                case 2:
                    del data[at : at + int(random.integers(1, 20))]
                case 3:
                    data[at:at] = data[at : at + int(random.integers(1, 20))]
                case 4:
                    del data[at:]
                case 5:
                    digits = [i for i in range(min(header, len(data))) if chr(data[i]).isdigit()]
                    if digits:
                        data[int(random.choice(digits))] = int(random.integers(48, 58))
                case 6:
                    data[:8] = struct.pack("<Q", int(random.integers(0, 2 * header)))
        yield bytes(data)
