"""alphabet.c and tokens.c: text to tokens, from memory and from a file, as Python does it."""

import hashlib
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from c_memory import owned
from cases import BAD_FILES, NAMES

from mlp import tokens
from mlp.clib import ffi
from mlp.clib import library as load_library
from mlp.corpora import read_alphabet
from mlp.errors import MLPError
from mlp.tokens import LATIN, MAX_LETTERS, Alphabet, misplaced, tokenize


def alphabet_of(letters: str) -> Any:
    """The letters as an alphabet of the C library."""
    lib, out, text = load_library(), ffi.new("mlp_alphabet **"), letters.encode()
    assert lib.mlp_alphabet_create(out, text, len(text)) == 0
    return ffi.gc(out[0], lib.mlp_alphabet_free)


def verdict(
    data: bytes, where: str, letters: str = LATIN.letters, path: Path | None = None
) -> list[int] | str:
    """The tokens that the C library reads, from memory or a file, or why it does not."""
    lib, out, alphabet = load_library(), ffi.new("uint16_t **"), alphabet_of(letters)
    n, why, sha256 = ffi.new("size_t *"), ffi.new("char[]", 4608), ffi.new("char[65]")
    if path is None:
        # There is no zero behind the text.
        text = ffi.from_buffer("char[]", data or b"?")
        code = lib.mlp_tokens_parse(out, n, alphabet, text, len(data), where.encode(), why)
    else:
        path.write_bytes(data)
        code = lib.mlp_tokens_load(out, n, sha256, alphabet, str(path).encode(), why)
    if code != 0:
        assert out[0] == ffi.NULL, "nothing to free"
        return str(ffi.string(why).decode())
    if path is not None:
        assert ffi.string(sha256).decode() == hashlib.sha256(data).hexdigest()
    return list(ffi.unpack(owned(out[0]), n[0]))


def expected(data: bytes, where: str, letters: str = LATIN.letters) -> list[int] | str:
    """The same of Python."""
    try:
        found: list[int] = tokenize(data, where, Alphabet(letters)).tolist()
    except MLPError as error:
        return str(error)
    return found


def test_each_letter_has_its_number_and_a_name_ends_with_0() -> None:
    assert verdict(b"abz\ncd", "text") == [1, 2, 26, 0, 3, 4, 0]
    assert verdict("ива\nя".encode(), "text", "авия") == [3, 2, 1, 0, 4, 0]


def test_text_in_memory_reads_as_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "names.txt"
    for data in (NAMES, NAMES[:-1], b"emma", *BAD_FILES):
        assert verdict(data, str(path)) == verdict(data, str(path), path=path)
    for data, why in BAD_FILES.items():
        assert verdict(data, "where") == f"where{why}"


def test_a_text_of_any_length_has_the_sha256_of_python(tmp_path: Path) -> None:
    for n in (*range(1, 200), 4095, 4096, 100_000):
        assert isinstance(verdict(b"a" * n, "", path=tmp_path / "names.txt"), list)


PIECES = [b"a", b"bo", b"z", b"\n", b"\n", b"\r\n", b"\xff", b"\x80", b"\xc3", b"\xf0\x9f", b"\xf4"]
PIECES += [c.encode() for c in "éß名😀Aß'\\ \t\0\x7f\x85\xa0\u2028\ufeff\u202eияЖ"]


@pytest.mark.parametrize("letters", [LATIN.letters, "aboz", "abozßéия😀", "名"])
def test_c_and_python_find_the_same_faults_in_any_text(letters: str) -> None:
    random = np.random.default_rng(7)
    weights = np.array([8] * 5 + [0.1] * (len(PIECES) - 5))
    texts = [b"ab\nc" + bytes([byte]) + b"d\n" for byte in range(256)]
    texts += [
        b"".join(random.choice(np.array(PIECES, object), 12, p=weights / weights.sum()))
        for _ in range(3000)
    ]
    texts += [random.bytes(6) for _ in range(2000)]
    faults = 0
    for data in texts:
        said = expected(data, "n.txt", letters)
        assert verdict(data, "n.txt", letters) == said, data
        faults += isinstance(said, str)
    assert 1000 < faults <= len(texts)


def test_a_text_that_is_read_in_parts_reads_like_a_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    random = np.random.default_rng(8)
    weights = np.array([3] * 5 + [0.02] * (len(PIECES) - 5))
    pieces = np.array(PIECES, object)
    texts = [b"".join(random.choice(pieces, 40, p=weights / weights.sum())) for _ in range(300)]
    texts += [re.sub(b"\n+", b"\n", text) for text in texts]
    whole = [expected(data, "n.txt", "abozßéия😀") for data in texts]
    assert {str, list} == set(map(type, whole))
    for at_once in (0, 1, 7, 30):
        monkeypatch.setattr(tokens, "AT_ONCE", at_once)
        for data, said in zip(texts, whole):
            assert expected(data, "n.txt", "abozßéия😀") == said, data


def test_every_character_is_a_letter_in_both_or_in_none_and_is_shown_alike() -> None:
    lib, out, utf8 = load_library(), ffi.new("mlp_alphabet **"), ffi.new("char[4]")
    everything = [chr(c) for c in range(0x110000) if not 0xD800 <= c <= 0xDFFF]
    letters = {c for c in everything if misplaced(c) is None}
    for character in everything:
        text = character.encode()
        code = lib.mlp_alphabet_create(out, text, len(text))
        assert code == (0 if character in letters else lib.MLP_ERROR_VALUE)
        if code == 0:
            assert out[0].characters[1] == ord(character)
            n = lib.mlp_alphabet_write(utf8, out[0], 1)
            assert bytes(ffi.buffer(utf8, n)) == text
            lib.mlp_alphabet_free(out[0])
    for character in (*everything[:0x3100], *everything[0x3100::997], "\ufeff", "\ufe00"):
        data = b"m" + character.encode() + b"\n"
        assert verdict(data, "n.txt", "m") == expected(data, "n.txt", "m")


@pytest.mark.parametrize(
    "letters", ["", "ba", "aa", "a b", 'a"', "a\\", "a\nb", "\ufeffa", "é\u200d"]
)
def test_what_is_no_alphabet_is_refused_by_both(letters: str) -> None:
    lib, out, text = load_library(), ffi.new("mlp_alphabet **"), letters.encode()
    code = lib.mlp_alphabet_create(out, text, len(text))
    assert code == (lib.MLP_ERROR_VALUE if letters else lib.MLP_ERROR_SIZE)
    with pytest.raises(MLPError):
        Alphabet(letters)


def test_alphabets_are_equal_if_all_letters_are() -> None:
    letters = ("ab", "abc", "abd", "bcd", "абв")
    alphabets = [alphabet_of(some) for some in letters]
    for i, a in enumerate(alphabets):
        for j, b in enumerate(alphabets):
            assert bool(load_library().mlp_alphabet_equal(a, b)) == (i == j)


def test_an_alphabet_can_be_as_large_as_a_vocabulary_and_not_larger() -> None:
    lib, out = load_library(), ffi.new("mlp_alphabet **")
    most = "".join(map(chr, range(0x20000, 0x20000 + MAX_LETTERS)))
    assert lib.mlp_alphabet_create(out, most.encode(), 4 * len(most)) == 0
    assert lib.mlp_alphabet_token(out[0], ord(most[-1])) == Alphabet(most).vocab - 1 == 65_535
    lib.mlp_alphabet_free(out[0])
    more = most + chr(0x20000 + MAX_LETTERS)
    assert lib.mlp_alphabet_create(out, more.encode(), 4 * len(more)) == lib.MLP_ERROR_SIZE
    with pytest.raises(MLPError, match="^65536 letters: must be from 1 to 65535$"):
        Alphabet(more)


ALPHABETS = [b"a\nb\n", b"a\nb", b"", b"\n", b"a\n\n", b"a\n\nb", b"b\na\n", b"a\na\n", b"ab\n"]
ALPHABETS += [b"a\nbc\nd\n", b"a\r\nb\r\n", b"a\n\xff\n", b'"\n', b"a b\n", b"a\n\\", b"ab\na\n"]
ALPHABETS += ["a\nи\n名\n".encode(), "\ufeffa\n".encode(), "à\nа\n".encode(), "a\né".encode()[:-1]]


def alphabet_in_python(path: Path) -> str:
    """The letters of a file, or why it is no alphabet."""
    try:
        return read_alphabet(path).letters
    except MLPError as error:
        return str(error)


def alphabet_in_c(path: Path) -> str:
    lib, out, why = load_library(), ffi.new("mlp_alphabet **"), ffi.new("char[]", 4608)
    data = path.read_bytes()
    text = ffi.from_buffer("char[]", data or b"?")
    code = lib.mlp_alphabet_parse(out, text, len(data), str(path).encode(), why)
    if code != 0:
        assert code == lib.MLP_ERROR_CORPUS
        return str(ffi.string(why).decode())
    characters = ffi.unpack(out[0].characters, out[0].V)
    lib.mlp_alphabet_free(out[0])
    assert characters[0] == 10
    return "".join(map(chr, characters[1:]))


def test_an_alphabet_file_reads_alike_in_both(tmp_path: Path) -> None:
    path, read = tmp_path / "alphabet.txt", 0
    random = np.random.default_rng(3)
    pieces = ["a", "b", "c", "d", "é", "и", "名", "😀", "\r", " ", '"', ""]
    weights = np.array([8] * 8 + [0.3] * 4) / 65.2
    some = ("\n".join(sorted(random.choice(pieces, 3, p=weights))).encode() for _ in range(2000))
    for data in (*ALPHABETS, *some):
        path.write_bytes(data)
        letters = alphabet_in_python(path)
        assert alphabet_in_c(path) == letters, data
        read += not letters.startswith(str(path))
    assert 500 < read < 1900


@pytest.mark.parametrize("n", [0, 1, 65_535, 65_536])
def test_an_alphabet_has_from_one_to_65535_letters(n: int) -> None:
    letters = (chr(code) for code in range(0x20000, 0x20000 + n))  # all of them show
    text = "".join(f"{letter}\n" for letter in letters).encode()
    lib, out, why = load_library(), ffi.new("mlp_alphabet **"), ffi.new("char[]", 4608)
    code = lib.mlp_alphabet_parse(out, text, len(text), b"alphabet.txt", why)
    if 1 <= n <= MAX_LETTERS:
        assert code == 0
        vocab = ffi.gc(out[0], lib.mlp_alphabet_free).V
        assert vocab == n + 1
    else:
        assert ffi.string(why).decode() == f"alphabet.txt: {n} letters: must be from 1 to 65535"
