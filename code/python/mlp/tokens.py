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
Stream = npt.NDArray[np.integer]  # a whole split; `tokenize` makes it of 16 bits a token
Codes = npt.NDArray[np.uint32]  # the numbers of characters in Unicode

END = 0  # the newline: it ends a name, and so it also precedes the next one
MAX_LETTERS = 65_535
AT_ONCE = 2**16  # bytes of a file, or somewhat more: its lines stay whole

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

    @cached_property
    def _tokens(self) -> Tokens:
        """The token of each character up to the last letter, and -1 of those beyond."""
        tokens = np.full(self.codes[-1] + 2, -1, np.int32)
        tokens[self.codes] = np.arange(self.vocab)
        return tokens

    @property
    def vocab(self) -> int:
        """How many tokens there are, V."""
        return len(self.letters) + 1

    def encode(self, text: str) -> Tokens:
        """Return the tokens (n,) of a text, -1 for what is no letter."""
        return self._tokens.take(_codes(text), mode="clip")

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


def tokenize(data: bytes, where: str | Path, alphabet: Alphabet = LATIN) -> Stream:
    """Return the tokens (n,) of a file's bytes: one for each letter, and END after each name.

    A missing newline at the very end is added. MLPError, which names the path `where`,
    if the file is empty, or not all of it is names in the alphabet: then it names all
    kinds of offence, how often each is there and where first. Lines and columns count
    from 1, columns count characters. `tokens.c` has the same rules and words.
    """
    if not data:
        raise MLPError(f"{where}: empty")
    # 16 bits hold a token of any alphabet, and no character is shorter than a byte.
    stream = np.empty(len(data) + 1, np.uint16)
    n = lines = 0
    faults: dict[int, _Fault] = {}
    for text in _texts(data):
        tokens = alphabet.encode(text)
        ends = tokens == END
        wrong = (tokens < 0) | (ends & np.append(True, ends[:-1]))
        if wrong.any():
            _note_faults(faults, text, np.flatnonzero(wrong), lines)
        stream[n : n + len(tokens)] = tokens
        n += len(tokens)
        lines += int(ends.sum())
    if faults:
        offences = ", ".join(_said(kind, faults[kind]) for kind in sorted(faults))
        raise MLPError(f"{where}: {offences}: mlp data FILE makes a corpus of it")
    return stream[:n]


def _texts(data: bytes) -> Iterator[str]:
    """Yield whole lines, some at a time: all at once would take many times the memory."""
    start = 0
    while start < len(data):
        end = data.find(b"\n", start + AT_ONCE) + 1 or len(data)
        # A byte that is no UTF-8 gets a number too.
        text = data[start:end].decode("utf-8", "surrogateescape")
        yield text if text.endswith("\n") else text + "\n"
        start = end


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


@dataclass
class _Fault:
    """How often a kind was there, and the first: what and where."""

    count: int
    character: str
    line: int
    column: int


def _note_faults(
    faults: dict[int, _Fault], text: str, places: npt.NDArray[np.intp], lines: int
) -> None:
    """Add, by kind, the characters at places of a text, before which there were so many lines."""
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
    for kind in np.unique(kinds).tolist():
        found = places[kinds == kind]
        first = int(found[0])
        if kind not in faults:
            line = lines + text.count("\n", 0, first) + 1
            faults[kind] = _Fault(0, text[first], line, first - text.rfind("\n", 0, first))
        faults[kind].count += len(found)


def _said(kind: int, fault: _Fault) -> str:
    """Say how often a kind was there, and where first."""
    one, more, shown = _KINDS[kind]
    name, first = (one, "") if fault.count == 1 else (more, "first ")
    what = f"{describe(fault.character)} " if shown else ""
    return f"{fault.count} {name} ({first}{what}at {fault.line}:{fault.column})"
