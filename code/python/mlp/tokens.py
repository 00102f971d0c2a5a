"""Tokens: the characters of a list of names as numbers, and back."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import numpy.typing as npt

from mlp.errors import MLPError

Tokens = npt.NDArray[np.int32]
Codes = npt.NDArray[np.uint32]  # the numbers of characters in Unicode

END = 0  # the newline: it ends a name, and so it also precedes the next one
MAX_LETTERS = 65_535

# What would not show: controls, blanks, and what Unicode calls default ignorable,
# such as marks of direction. `is_invisible` in character.c has the same ranges.
INVISIBLE = re.compile(
    "[\0- \x7f-\xa0\xad\u034f\u061c\u115f-\u1160\u1680\u17b4-\u17b5\u180b-\u180f"
    "\u2000-\u200f\u2028-\u202f\u205f-\u206f\u3000\u3164\ufe00-\ufe0f\ufeff\uffa0"
    "\ufff0-\ufff8\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)


def describe(character: str) -> str:
    """Show a character to the user: with its number if it is not ASCII, or would not show."""
    if _is_stray(character):
        return f"0x{ord(character) - 0xDC00:02x}"
    number = f"U+{ord(character):04X}"
    if INVISIBLE.match(character):
        return number
    return f"'{character}'" if character.isascii() else f"'{character}' {number}"


def _is_stray(character: str) -> bool:
    """Say whether it stands for a byte that is no UTF-8."""
    return "\udc80" <= character <= "\udcff"


def _codes(text: str) -> Codes:
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), "<u4")


@dataclass(frozen=True)
class Alphabet:
    """The letters of a corpus: token i is letter i, and token 0 the newline.

    A letter is one code point that shows, but neither " nor \\, so that an alphabet can
    stand as it is in the header of a checkpoint. They come in the order of Unicode.
    """

    letters: str

    def __post_init__(self) -> None:
        if not 1 <= len(self.letters) <= MAX_LETTERS:
            raise MLPError(f"{len(self.letters)} letters: must be from 1 to {MAX_LETTERS}")
        if misplaced(self.letters) is not None:
            raise MLPError("alphabet: not letters in the order of Unicode")

    @cached_property
    def codes(self) -> Codes:
        """The characters (V,), each larger than the one before."""
        return _codes("\n" + self.letters)

    @property
    def vocab(self) -> int:
        """How many tokens there are, V."""
        return len(self.letters) + 1

    def encode(self, text: str) -> Tokens:
        """Return the tokens (n,) of a text, -1 for what is not in the alphabet."""
        codes = _codes(text)
        tokens = np.searchsorted(self.codes, codes).astype(np.int32)
        there = self.codes[np.minimum(tokens, self.vocab - 1)] == codes
        return np.where(there, tokens, np.int32(-1))

    def decode(self, tokens: npt.ArrayLike) -> str:
        """Return the text of tokens (n,): `encode` undone."""
        return self.codes[np.asarray(tokens, int)].tobytes().decode("utf-32-le")


def misplaced(letters: str) -> int | None:
    """Return the index of the first that is no letter, or not later in Unicode than the others."""
    before = "\n"
    for i, letter in enumerate(letters):
        if letter <= before or letter in '"\\' or _is_stray(letter) or INVISIBLE.match(letter):
            return i
        before = letter
    return None


LATIN = Alphabet("abcdefghijklmnopqrstuvwxyz")
VOCAB_SIZE = LATIN.vocab


def tokenize(data: bytes, where: str | Path, alphabet: Alphabet = LATIN) -> Tokens:
    """Return the tokens (n,) of a file's bytes: one for each letter, and END after each name.

    A missing newline at the very end is added. MLPError, which names the path `where`,
    if the file is empty, or not all of it is names in the alphabet: then it names all
    kinds of offence, how often each is there and where first. Lines and columns count
    from 1, columns count characters. `tokens.c` has the same rules and words.
    """
    text = data.decode("utf-8", "surrogateescape")  # a byte that is no UTF-8 gets a number too
    if not text:
        raise MLPError(f"{where}: empty")
    if not text.endswith("\n"):
        text += "\n"
    tokens = alphabet.encode(text)
    ends = tokens == END
    wrong = (tokens < 0) | (ends & np.append(True, ends[:-1]))
    if wrong.any():
        offences = ", ".join(_offences(text, wrong))
        raise MLPError(f"{where}: {offences}: mlp data FILE makes a corpus of it")
    return tokens


# What a list of names may have that is not in its alphabet, in the order in which it is named:
# one and more of them, and whether the first is said.
_KINDS = (
    ("byte that is not UTF-8", "bytes that are not UTF-8", True),
    ("byte order mark", "byte order marks", False),
    ("carriage return", "carriage returns", False),
    ("empty line", "empty lines", False),
    ("blank or tab", "blanks or tabs", False),
    ("capital", "capitals", True),
    ("character outside the alphabet", "characters outside the alphabet", True),
)


def _offences(text: str, wrong: npt.NDArray[np.bool_]) -> Iterator[str]:
    """Say which kinds of characters are wrong in a text, how many and where first."""
    places = np.flatnonzero(wrong)
    codes = _codes(text)[places]
    kinds = np.select(
        [
            (codes >= 0xDC80) & (codes <= 0xDCFF),
            codes == ord("\ufeff"),
            codes == ord("\r"),
            codes == ord("\n"),
            (codes == ord(" ")) | (codes == ord("\t")),
            (codes >= ord("A")) & (codes <= ord("Z")),
        ],
        range(6),
        default=6,
    )
    for kind, (one, more, shown) in enumerate(_KINDS):
        found = places[kinds == kind].tolist()
        if found:
            line = text.count("\n", 0, found[0]) + 1
            column = found[0] - text.rfind("\n", 0, found[0])
            name, first = (one, "") if len(found) == 1 else (more, "first ")
            what = f"{describe(text[found[0]])} " if shown else ""
            yield f"{len(found)} {name} ({first}{what}at {line}:{column})"
