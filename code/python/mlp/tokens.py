"""Tokens: the characters of a list of names as numbers, and back."""

from pathlib import Path

import numpy as np
import numpy.typing as npt

from mlp.errors import MLPError

Tokens = npt.NDArray[np.int32]

END = 0  # the newline: it ends a name, and so it also precedes the next one
VOCAB_SIZE = 27

_ALPHABET = b"\nabcdefghijklmnopqrstuvwxyz"
_TOKEN_OF_BYTE = np.full(256, -1, np.int32)
_TOKEN_OF_BYTE[list(_ALPHABET)] = np.arange(VOCAB_SIZE)


def tokenize(data: bytes, where: str | Path) -> Tokens:
    """Return the tokens (n,) of a file's bytes: newline is 0, a to z are 1 to 26.

    The rules, the same in `tokens.c`, in this order:

    1. A file without bytes is an error.
    2. A missing newline at the very end is added.
    3. Every byte is a newline or one of a to z, and no line is empty. The first
       offence in reading order is an error that names its line and, for a byte,
       its column. Both count from 1. Columns count bytes, which up to the first
       wrong byte are also characters.
    4. Fewer than two lines are an error.

    `where` is the path that the errors name.
    """
    if not data:
        raise MLPError(f"{where}: empty")
    if not data.endswith(b"\n"):
        data += b"\n"
    tokens = _TOKEN_OF_BYTE[np.frombuffer(data, np.uint8)]

    newline = tokens == END
    after_newline = np.append(True, newline[:-1])
    wrong = (tokens < 0) | (newline & after_newline)
    if wrong.any():
        raise MLPError(_offence(data, int(wrong.argmax()), where))
    if newline.sum() < 2:
        raise MLPError(f"{where}: one name only, a corpus needs two or more")
    return tokens


def _offence(data: bytes, at: int, where: str | Path) -> str:
    """Say what is wrong with the byte `at`: an empty line, or a character outside the alphabet."""
    line = data.count(b"\n", 0, at) + 1
    if data[at : at + 1] == b"\n":
        return f"{where}:{line}: empty line"
    column = at - data.rfind(b"\n", 0, at)
    return f"{where}:{line}:{column}: {_character(data, at)} is not a newline or one of a to z"


def _character(data: bytes, at: int) -> str:
    """Return the character that starts `at` as Python writes it, or the byte if it is not UTF-8."""
    for size in range(1, 5):
        try:
            return repr(data[at : at + size].decode())
        except UnicodeDecodeError:
            pass  # cut short: UTF-8 takes up to four bytes
    return f"byte 0x{data[at]:02x}"


def decode(tokens: npt.ArrayLike) -> str:
    """Return the text of tokens (n,), each 0 to 26: `tokenize` undone."""
    return bytes(_ALPHABET[token] for token in np.asarray(tokens)).decode()
