"""A corpus of your own: a text file with one word a line becomes a folder of names.

Nothing is lost in silence: every kind of change is counted, and its first example kept.
"""

import codecs
import re
import unicodedata
from collections.abc import Iterator
from pathlib import Path

from mlp.corpora import (
    CORPORA,
    SHUFFLE_SEED,
    SPLITS,
    fold,
    home,
    lines,
    one_line,
    replaced,
    write_files,
)
from mlp.errors import MLPError
from mlp.rng import RNG
from mlp.sample import MAX_NAME
from mlp.tokens import INVISIBLE, LATIN, MAX_LETTERS

PERCENT = 5  # of the words, for val and for test, unless somebody asks for more or less


class Changes:
    """What happened on the way from lines to words, by kind: how often, and first to what."""

    def __init__(self) -> None:
        """Start without any."""
        self.counts: dict[str, int] = {}
        self.examples: dict[str, str] = {}

    def note(self, kind: str, before: str, after: str | None = None) -> None:
        """Count a change; what was dropped has no `after`."""
        self.counts[kind] = self.counts.get(kind, 0) + 1
        if kind not in self.examples:
            example = _shown(before) if before else ""
            self.examples[kind] = f"{example} → {_shown(after)}" if after else example

    def lines(self) -> Iterator[str]:
        """Say all of it, a line a kind."""
        for kind, count in self.counts.items():
            example = self.examples[kind]
            what = re.sub(r"\b(word|line|mark)s\b", r"\1", kind, count=1) if count == 1 else kind
            yield f"{count:9,} {what}" + (f": {example}" if example else "")


class TooFew(MLPError):
    """A list of which not enough can be kept; `changes` says what became of it."""

    def __init__(self, message: str, changes: Changes) -> None:
        super().__init__(message)
        self.changes = changes


def _shown(word: str) -> str:
    """Return a word between quotes, not too long, and what would not show by its number."""
    visible = INVISIBLE.sub(lambda m: m[0] if m[0] == " " else f"<U+{ord(m[0]):04X}>", word)
    return f"'{visible if len(visible) <= 40 else visible[:39] + '…'}'"


def import_words(
    file: Path,
    name: str | None = None,
    folder: Path | None = None,
    keep_script: bool = False,
    val: int = PERCENT,
    test: int = PERCENT,
    force: bool = False,
) -> tuple[Path, Changes]:
    """Make a corpus of a file's words; return its folder, `folder/name`, and what was changed.

    The words are folded as given-names is, or with `keep_script` only written small and
    composed (NFC). What then is not only letters is dropped, and so are repetitions. The
    rest is shuffled, always alike, and `val` and `test` percent of it, at least a word
    each, are put aside. The name is by default that of the file, the folder `corpora` as
    for `prepare`. A corpus of that name with other contents is not replaced without `force`.
    """
    name = _checked(name if name is not None else file.stem)
    if not (val >= 1 and test >= 1 and val + test <= 99):
        raise MLPError(f"--val {val}, --test {test}: must be 1 or more, and leave 1 for train")
    changes = Changes()
    with one_line(file):
        text = _text(file.read_bytes(), file, changes)
    words = _words(text, keep_script, changes)
    letters = "".join(sorted(set("".join(words))))
    if len(letters) > MAX_LETTERS:
        raise MLPError(f"{file}: {len(letters):,} letters: the limit is {MAX_LETTERS:,}")
    if len(words) < len(SPLITS):
        raise TooFew(
            f"{file}: words that can be kept: {len(words)};"
            f" a corpus needs {len(SPLITS)} or more, one for each split",
            changes,
        )
    files = _split(words, val, test)
    if not files["train.txt"]:
        raise TooFew(
            f"--val {val}, --test {test}: leave none of {len(words)} words for train", changes
        )
    if not set(letters) <= set(LATIN.letters):
        files["alphabet.txt"] = lines(letters)
    ready = (folder or home() / "corpora") / name
    with one_line(ready):
        if not ready.exists() or force:
            with replaced(ready) as draft:
                write_files(draft, files)
        elif {path.name: path.read_bytes() for path in ready.iterdir()} != files:
            raise MLPError(f"{ready}: has other contents: --force replaces it, or another --name")
    return ready, changes


def _checked(name: str) -> str:
    """Return a name that a folder and a checkpoint can have, or raise MLPError."""
    if name in CORPORA:
        raise MLPError(f"--name {name}: is that of a corpus of this program: choose another")
    if not name.isprintable() or not re.fullmatch(r'[^./\\"-][^/\\"]*', name):
        raise MLPError(f'--name {name!r}: must be visible, without / \\ " and no . or - in front')
    return name


def _text(data: bytes, file: Path, changes: Changes) -> str:
    """Decode a file, and end its lines as they end here."""
    encoding = "utf-8"
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        encoding = "utf-16"
        changes.note("file in UTF-16, now UTF-8", "")
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise MLPError(
            f"{file}:{line}: byte 0x{data[error.start]:02x} is not {encoding.upper()}:"
            " save the file as UTF-8"
        ) from error
    if "\0" in text:
        raise MLPError(f"{file}: holds zeros: not a text file")
    for kind, pattern, instead in (
        ("byte order marks removed", "\ufeff", ""),
        ("lines ended by a carriage return", "\r\n?", "\n"),
    ):
        text, count = re.subn(pattern, instead, text)
        if count:
            changes.counts[kind] = count
            changes.examples[kind] = ""
    if not text.strip():
        raise MLPError(f"{file}: empty")
    return text


def _words(text: str, keep_script: bool, changes: Changes) -> list[str]:
    """Return the words that can be kept, each once, sorted."""
    words: set[str] = set()
    for line in text.removesuffix("\n").split("\n"):
        cell, tab, _ = line.strip().partition("\t")
        word = cell.strip()
        if not word:
            changes.note("empty lines dropped", "")
            continue
        if tab:
            changes.note("lines cut at a tab", line, word)
        elif word != line:
            changes.note("words trimmed of blanks", line, word)
        small = word.lower()
        if small != word:
            changes.note("words in small letters", word, small)
        if keep_script:
            kept = unicodedata.normalize("NFC", small)
            if kept != small:
                changes.note("words composed (NFC)", small, kept)
        else:
            kept = fold(word)
            if kept != small:
                changes.note("words without accents", small, kept)
        if fault := _fault(kept, keep_script):
            changes.note(f"words dropped, {fault}", word)
        elif kept in words:
            changes.note("words dropped, repeated", word)
        else:
            words.add(kept)
    return sorted(words)


def _fault(word: str, keep_script: bool) -> str:
    """Say why a word cannot be kept; "" if it can."""
    if word.isascii() and word.isalpha() and len(word) <= MAX_NAME:
        return ""  # soon, for lists of a million
    if re.search(r"\s", word):
        return "blanks inside"
    if not word or not all(
        unicodedata.category(c)[0] in "LM" and not INVISIBLE.match(c) for c in word
    ):
        return "hyphens, digits and other signs"
    if not keep_script and not re.fullmatch("[a-z]*", word):
        return "letters other than a to z (--keep-script keeps them)"
    if len(word) > MAX_NAME:
        return f"more than {MAX_NAME} letters"
    return ""


def _split(words: list[str], val: int, test: int) -> dict[str, bytes]:
    """Shuffle the words and share them out."""
    RNG(SHUFFLE_SEED).shuffle(words)
    n_val, n_test = (max(1, len(words) * percent // 100) for percent in (val, test))
    parts = words[n_val + n_test :], words[:n_val], words[n_val : n_val + n_test]
    return {f"{split}.txt": lines(part) for split, part in zip(SPLITS, parts)}
