"""tokens.c: text to tokens, from memory and from a file, as Python does it."""

from pathlib import Path

import numpy as np
from c_memory import owned
from cases import BAD_FILES, NAMES

from mlp.clib import ffi
from mlp.clib import library as load_library
from mlp.errors import MLPError
from mlp.tokens import tokenize


def verdict(function: str, *words: object) -> list[int] | str:
    """The tokens that a function of the C library reads, or why it does not."""
    lib, tokens = load_library(), ffi.new("int **")
    n, why = ffi.new("size_t *"), ffi.new("char[]", 4608)
    if getattr(lib, function)(tokens, n, *words, why) != 0:
        assert tokens[0] == ffi.NULL, "nothing to free"
        return str(ffi.string(why).decode())
    return list(ffi.unpack(owned(tokens[0]), n[0]))


def parse(data: bytes, where: str) -> list[int] | str:
    """Of text in memory; there is no zero behind it."""
    text = ffi.from_buffer("char[]", data or b"?")
    return verdict("mlp_tokens_parse", text, len(data), where.encode())


def load(data: bytes, path: Path) -> list[int] | str:
    path.write_bytes(data)
    return verdict("mlp_tokens_load", str(path).encode())


def test_each_letter_has_its_number_and_a_name_ends_with_0() -> None:
    assert parse(b"abz\ncd", "text") == [1, 2, 26, 0, 3, 4, 0]


def test_text_in_memory_reads_as_from_a_file(tmp_path: Path) -> None:
    for data in (NAMES, NAMES[:-1], *BAD_FILES):
        path = tmp_path / "names.txt"
        assert parse(data, str(path)) == load(data, path)
    for data, why in BAD_FILES.items():
        assert parse(data, "where") == f"where{why}"


def test_c_and_python_find_the_same_fault_in_any_text(tmp_path: Path) -> None:
    random = np.random.default_rng(7)
    pieces = [b"a", b"bo", b"z", b"\n", b"\n", b"\r\n", b"\xff", b"\x80", b"\xc3", b"\xf0\x9f"]
    pieces += [c.encode() for c in "éß名😀Aß'\\ \t\0\x7f\x85\xa0\u2028\ufeff\u202e"]
    weights = np.array([8] * 5 + [0.1] * (len(pieces) - 5))
    path, faults = tmp_path / "names.txt", 0
    singles = [b"ab\nc" + bytes([byte]) + b"d\n" for byte in range(256)]
    for data in [
        *singles,
        *(
            b"".join(random.choice(np.array(pieces, object), 12, p=weights / weights.sum()))
            for _ in range(1500)
        ),
    ]:
        try:
            expected: list[int] | str = tokenize(data, path).tolist()
        except MLPError as error:
            expected = str(error)
            faults += 1
        assert parse(data, str(path)) == expected, data
    assert 300 < faults < 1700
