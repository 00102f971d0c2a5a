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


def moved_border(header: dict[str, Any]) -> None:
    """The border between two tensors, one number too early."""
    before, after, *_ = sorted(t["data_offsets"] for t in header.values() if "dtype" in t)
    before[1] -= 4
    after[0] -= 4


FOREIGN = "a safetensors file, but not a checkpoint of this program"
SHAPE = "is not float32 of the shape that the metadata says"
BAD_HEADERS: dict[str, tuple[Change, str]] = {
    "no metadata": (lambda h: h.pop("__metadata__"), FOREIGN),
    "other format": (set_metadata(format="mlp-2"), FOREIGN),
    "other metadata": (lambda h: h.update(__metadata__={"format": "pt"}), FOREIGN),
    "no step": (lambda h: h["__metadata__"].pop("step"), FOREIGN),
    "step beyond the schedule": (set_metadata(step="41"), "metadata"),
    "negative step": (set_metadata(step="-1"), "metadata"),
    "no number": (set_metadata(hidden="many"), "metadata"),
    "zero size": (set_metadata(hidden="0"), "metadata"),
    "absurd size": (set_metadata(hidden="99999999999999999999"), "metadata"),
    "absurd sizes": (set_metadata(hidden="65536", embedding="65536"), "metadata: "),
    "absurd batch": (set_metadata(batch="65537"), "metadata"),
    "other vocabulary": (set_metadata(vocab="28"), "metadata"),
    "other activation": (set_metadata(activation="Tanh"), "metadata"),
    "rate that is no number": (set_metadata(learning_rate="nan"), "metadata"),
    "seed 0": (set_metadata(seed="0"), "metadata"),
    "all dropped": (set_metadata(dropout="1"), "metadata"),
    "warmup beyond the schedule": (set_metadata(warmup="41"), "metadata"),
    "too many layers": (set_metadata(layers="17"), "metadata"),
    "other size": (set_metadata(hidden="34"), f"tensor hidden.0.weight {SHAPE}"),
    "huge but legal size": (set_metadata(context="65536", hidden="800"), SHAPE),
    "another layer": (set_metadata(layers="2"), "tensor hidden.1.weight is missing"),
    "missing tensor": (lambda h: h.pop("output.bias"), ""),
    "other dtype": (set_tensor("output.bias", dtype="I32"), f"tensor output.bias {SHAPE}"),
    "other shape": (set_tensor("output.bias", shape=[1, 27]), f"tensor output.bias {SHAPE}"),
    "transposed": (set_tensor("wte.weight", shape=[5, 27]), f"tensor wte.weight {SHAPE}"),
    "overlap": (swapped, "overlaps another"),
    "moved border": (moved_border, SHAPE),
    "backwards": (set_tensor("wte.weight", data_offsets=[540, 0]), ""),
    "out of range": (set_tensor("wte.weight", data_offsets=[2**62, 2**62 + 540]), ""),
    "overflow": (set_tensor("wte.weight", data_offsets=[2**64 - 540, 2**64 - 1]), SHAPE),
    "beyond 64 bits": (set_tensor("wte.weight", data_offsets=[2**64 - 540, 2**64]), FOREIGN),
    "beyond any integer": (set_tensor("wte.weight", data_offsets=[0, 2**70]), FOREIGN),
    "negative offset": (set_tensor("wte.weight", data_offsets=[-540, 0]), FOREIGN),
    "fraction": (set_tensor("wte.weight", shape=[27.5, 5]), FOREIGN),
    "a whole fraction": (set_tensor("wte.weight", shape=[27.0, 5]), FOREIGN),
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


# --- headers that are nearly right -----------------------------------------------------


class Raw(str):
    """Text that stands in the header as it is."""


def text_of(value: Any) -> str:
    """JSON without its rules; an object is a list of pairs, in which a key can stand twice."""
    match value:
        case Raw():
            return value
        case str():
            return f'"{value}"'
        case [(_, _), *_]:
            return "{" + ",".join(f"{text_of(k)}:{text_of(v)}" for k, v in value) + "}"
        case list():
            return "[" + ",".join(map(text_of, value)) + "]"
    return str(value)


NUMBERS = ["0", "1", "-1", "-0", "+1", "01", "1.0", "1e0", "1E2", "NaN", "Infinity", "null", '"1"']
NUMBERS += [
    "true",
    "",
    " 1 ",
    "1 2",
    "0x1",
    "1_0",
    "9" * 30,
    "9" * 5000,
    f"{2**64 - 1}",
    f"{2**64}",
]
VALUES = ["0", "1", "2", "-1", "+1", " 1", "01", "007", "1.0", "27", ".5", "5.", "1e-3", "3.5e38"]
VALUES += ["4e-324", "1e400", "nan", "0" * 62 + "1", "0" * 63 + "1", "9" * 30, "", "\x01", "\x7f"]
VALUES += [
    "tanh",
    "gelu",
    "relu",
    "é",
    "\udcff",
    "\ufeff",
    "\\u0031",
    "abc",
    "aé",
    "éa",
    "абв",
    'a"b',
]
VALUES += ["0" * 64, "F" * 64, "f" * 64, "f" * 63, "/x", "a" * 4095, "a" * 4096, "mlp-1", "mlp-2"]
VALUES += ["F32", "f32", "F64"]
KEYS = ["alphabet", "corpus", "corpus_sha256", "step", "format", "vocab", "dropout", "__metadata__"]
KEYS += ["warmup", "shuffled", "unheard_of"]
KEYS += ["wte.weight", "adamw.v.output.bias", "shape", "dtype", "data_offsets", "", "x" * 99, "é"]
ODD = ["{}", "[]", "[[1]]", '{"a":{}}', *NUMBERS]
STRAY = [*' \t\n\r\v\f,:{}[]"\\0-.', "\udc80", "\0", "\u00a0"]
OFTEN = 0.6  # how much of the damage goes into the metadata


class Damage:
    """Changes of a header, or of the numbers behind it."""

    def __init__(self, random: np.random.Generator, good: bytes) -> None:
        self.random = random
        header, numbers = header_of(good)
        self.pairs: list[Any] = [
            (k, list(v.items()) if isinstance(v, dict) else v) for k, v in header.items()
        ]
        self.numbers = bytearray(numbers)
        self.text = ""  # of the header, once it is no object any more

    def one_of(self, choices: Any) -> Any:
        return choices[int(self.random.integers(0, len(choices)))]

    def change(self) -> None:
        """Do one."""
        if self.text:
            self.one_of([self.in_the_text, self.around, self.in_the_numbers])()
            return
        k = 0 if self.random.random() < OFTEN else int(self.random.integers(0, len(self.pairs)))
        key, inner = self.pairs[k]
        if isinstance(inner, list) and inner and self.random.random() < 0.75:
            self.inside(inner)
            return
        match int(self.random.integers(0, 8)):
            case 0 if len(self.pairs) > 1:
                del self.pairs[k]
            case 1:
                self.pairs.append(self.pairs[k])
            case 2:
                self.pairs[k] = (self.one_of(KEYS), inner)
            case 3:
                self.pairs[k] = (key, Raw(self.one_of(ODD)))
            case 4:
                self.random.shuffle(self.pairs)
            case _:
                self.text = text_of(self.pairs)
                self.change()

    def inside(self, inner: list[Any]) -> None:
        """Change the metadata, or a tensor's place."""
        j = int(self.random.integers(0, len(inner)))
        key, old = inner[j]
        match int(self.random.integers(0, 7)):
            case 0:
                del inner[j]
            case 1:
                inner.insert(j, (self.one_of(KEYS), self.one_of(VALUES)))
            case 2:
                inner.append(self.one_of(inner))
            case 3:
                inner[j] = (self.one_of(KEYS), old)
            case 4:
                self.random.shuffle(inner)
            case _ if isinstance(old, list) and old:
                place = int(self.random.integers(0, len(old)))
                number = Raw(self.one_of(NUMBERS))
                if isinstance(old[place], int) and self.random.random() < 0.7:
                    number = Raw(old[place] + self.one_of([-8, -4, 0, 4, 8, 2**32, 2**64]))
                inner[j] = (key, [*old[:place], number, *old[place + 1 :]])
            case _:
                inner[j] = (key, self.one_of(VALUES))

    def in_the_numbers(self) -> None:
        at = 4 * int(self.random.integers(0, len(self.numbers) // 4))
        if self.random.random() < 0.2:
            self.numbers = self.one_of([self.numbers[:-4], self.numbers + bytes(4)])
        else:
            number = self.one_of([np.nan, np.inf, -np.inf, -1.0, -0.0, 1e-45, 3.4e38])
            self.numbers[at : at + 4] = struct.pack("<f", number)

    def in_the_text(self) -> None:
        at = int(self.random.integers(0, len(self.text) + 1))
        self.text = self.text[:at] + self.one_of(STRAY) + self.text[at:]

    def around(self) -> None:
        """Blanks where they may be and where not, and what stands behind."""
        blank = self.one_of([" ", "\n", "\r\n\t", "\v", "\ufeff"])
        mark = self.one_of([",", ":", "{", "}", "]"])
        match int(self.random.integers(0, 20)):
            case 0:
                self.text = self.text.ljust(2**20 + self.one_of([-1, 0, 1]))
            case n if n < 8:
                self.text = self.text + self.one_of([" ", "\n", "\0", "x", "{}", ",", "\v"])
            case _:
                self.text = self.text.replace(mark, self.one_of([blank + mark, mark + blank]), 3)

    def file(self) -> bytes:
        text = (self.text or text_of(self.pairs)).encode("utf-8", "surrogateescape")
        lie = self.one_of([-1, 1, 8]) if self.random.random() < 0.02 else 0
        return struct.pack("<Q", len(text) + lie) + text + bytes(self.numbers)


def nearly_right(good: list[bytes], n: int, seed: int) -> Iterator[bytes]:
    """Yield n files, each a good one with one or two changes of its structure."""
    random = np.random.default_rng(seed)
    for i in range(n):
        damage = Damage(random, good[i % len(good)])
        for _ in range(int(random.integers(1, 3))):
            damage.change()
        yield damage.file()
