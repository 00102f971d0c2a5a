"""The corpora: lists of names on disk, and the two that this site uses.

A corpus is a folder of three text files, train.txt, val.txt and test.txt, one name a
line; and of alphabet.txt, one letter a line, unless the letters are a to z. The C
program reads the same files by the same rules (`corpus.c`, `tokens.c`).
"""

import errno
import hashlib
import importlib
import os
import pkgutil
import re
import sys
import tempfile
import unicodedata
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import version
from pathlib import Path

from mlp.errors import MLPError
from mlp.rng import RNG
from mlp.tokens import LATIN, MAX_LETTERS, Alphabet, Stream, misplaced, tokenize

SPLITS = ("train", "val", "test")
MAX_PATH = 4095  # bytes; the limit of mlp.h


@dataclass(frozen=True)
class Source:
    """Where the tokens of a model come from, as its checkpoints say it."""

    alphabet: Alphabet = LATIN
    corpus: str = ""  # its name, or else its absolute path; "" if a header cannot hold that
    sha256: str = ""  # of train.txt; "" if not known


UNKNOWN = Source()


@dataclass(frozen=True, eq=False)
class Corpus:
    """A corpus; a split is read when it is asked for, MLPError if it cannot be."""

    folder: Path
    name: str  # for a Source
    alphabet: Alphabet

    @property
    def train(self) -> Stream:
        """The tokens (n,) of the split that a model learns from."""
        return self._train[0]

    @property
    def val(self) -> Stream:
        """Those of the split that is looked at on the way."""
        return self._val[0]

    @cached_property
    def test(self) -> Stream:
        """Those of the split that is looked at in the end."""
        return self._read("test")[0]

    @property
    def source(self) -> Source:
        """What a checkpoint says of this corpus."""
        return Source(self.alphabet, self.name, self._train[1])

    @property
    def val_sha256(self) -> str:
        """Of val.txt; that of train.txt is in `source`."""
        return self._val[1]

    @cached_property
    def _train(self) -> tuple[Stream, str]:
        return self._read("train")

    @cached_property
    def _val(self) -> tuple[Stream, str]:
        return self._read("val")

    def _read(self, split: str) -> tuple[Stream, str]:
        """Return the tokens of a file, and its SHA-256."""
        path = self.folder / f"{split}.txt"
        with one_line(path):
            data = path.read_bytes()
        return tokenize(data, path, self.alphabet), hashlib.sha256(data).hexdigest()


def load(corpus: str | Path) -> Corpus:
    """Find a corpus and read its alphabet.

    It is a name out of `CORPORA`, prepared where need be, or one that `mlp data` made; or
    else a folder, for sure if it has a slash or is a Path. Raises MLPError for one that is
    not there and an alphabet that is none, and what `prepare` raises.
    """
    named = isinstance(corpus, str) and "/" not in corpus and not corpus.startswith(".")
    if named and corpus in CORPORA:
        folder, name = prepare(str(corpus)), str(corpus)
    elif named and corpus and (home() / "corpora" / corpus).is_dir():
        folder, name = home() / "corpora" / corpus, str(corpus)
    else:
        folder, name = Path(corpus), _absolute(corpus)
        if folder.is_file():
            raise MLPError(f"{corpus}: not a folder: mlp data FILE makes a corpus of it")
        if not corpus or not folder.is_dir():
            known = ", ".join([*CORPORA, *_imported()])
            raise MLPError(f"{corpus}: neither a folder nor one of the corpora {known}")
    return Corpus(folder, name, read_alphabet(folder / "alphabet.txt"))


def _imported() -> list[str]:
    """Return the names of the corpora that were made of files, sorted."""
    folder = home() / "corpora"
    entries = folder.iterdir() if folder.is_dir() else ()
    names = (path.name for path in entries if path.is_dir() and not path.name.startswith("."))
    return sorted(set(names) - set(CORPORA))


def _absolute(folder: str | Path) -> str:
    """Return the absolute path, or "" if the header of a checkpoint cannot hold it."""
    path = os.path.realpath(folder)
    plain = not re.search('[\0-\x1f"\\\\\ud800-\udfff]', path)
    return path if plain and len(path.encode()) <= MAX_PATH else ""


def read_alphabet(path: Path) -> Alphabet:
    """Read an alphabet, one letter a line; a to z if there is none."""
    with one_line(path):
        try:
            text = path.read_bytes().decode("utf-8", "surrogateescape")
        except FileNotFoundError:
            return LATIN
    lines = text.removesuffix("\n").split("\n") if text else []
    single = next((i for i, line in enumerate(lines) if len(line) != 1), len(lines))
    first = misplaced("".join(lines[:single]))
    wrong = single if first is None else first
    if wrong < len(lines):
        raise MLPError(
            f"{path}:{wrong + 1}: not one letter, and later in Unicode than those before"
        )
    if not 1 <= len(lines) <= MAX_LETTERS:
        raise MLPError(f"{path}: {len(lines)} letters: must be from 1 to {MAX_LETTERS}")
    return Alphabet("".join(lines))


# --- the two corpora ---------------------------------------------------------

GIVEN_NAMES = "given-names"
SSA_NAMES = "ssa-names"

# SHA-256 of each file: the numbers on this site hold for these bytes only.
CORPORA = {
    GIVEN_NAMES: {
        "train.txt": "60d4f45f95bbdd7b27d50ca7e7e5f2a18f38f10e9ae7d50b391ecaf257914df2",
        "val.txt": "d7c9098858c807e469739dfe6b71d11f45a945a08617c880886c783055275d71",
        "test.txt": "e5272be971cbe26bc67ccf6dcc31017ee8549f44679abd8bb3887c238dcfff7f",
    },
    SSA_NAMES: {
        "train.txt": "814eca7d20168ba3a41ff1a6e41bedbfa8e72de37c974a3411f047f0b73b2f74",
        "val.txt": "23195f8c2b2b69343f1e486a595b5e0e9977d373289fe306bb3adc9c171e9efc",
        "test.txt": "5951a7a2df9d9cc5fc9409e814a645eadba5e33e104a9e6e47f3cfe065a0d9d6",
    },
}

SHUFFLE_SEED = 1337
SSA_NAMES_URL = "https://raw.githubusercontent.com/EurekaLabsAI/mlp/master/data/"
FAKER_VERSION = "40.54.0"  # the release whose names are recorded above


def prepare(
    name: str,
    folder: Path | None = None,
    source: Path | None = None,
    url: str = SSA_NAMES_URL,
    force: bool = False,
) -> Path:
    """Make the corpus `name` ready and return its folder, `folder/name`.

    Where it is ready already it is only verified, and so is the source, unless `force`
    says to make it anew. Otherwise the files are copied
    from `source`, which holds them or a folder `name` with them. Without a
    source, given-names is written from the package faker, and ssa-names is
    copied from the source in MLP_CORPUS_DIR or else downloaded from `url`.

    `folder` is by default `corpora` in the folder that MLP_HOME names, or else in
    the user's cache.

    The folder appears whole or not at all. Raises MLPError for an unknown name,
    a file whose SHA-256 is not the recorded one, a failed download, and a disk
    that does not let us write.
    """
    if name not in CORPORA:
        raise MLPError(f"corpus {name!r}: unknown, known are {', '.join(CORPORA)}")
    if folder is None:
        folder = home() / "corpora"
    if source is None and name == SSA_NAMES and os.environ.get("MLP_CORPUS_DIR"):
        source = Path(os.environ["MLP_CORPUS_DIR"])

    ready = folder / name
    with one_line(ready):
        if ready.exists() and not force:
            _verified(ready, name, advice="--force makes it anew")
            if source is not None:
                _copied(name, source)
            return ready
        with replaced(ready) as draft:
            if source is not None:
                write_files(draft, _copied(name, source))
            elif name == GIVEN_NAMES:
                write_files(draft, _given_names())
            else:
                _download(draft, url, ready)
    return ready


@contextmanager
def replaced(ready: Path) -> Iterator[Path]:
    """Give a folder to fill, which then takes the place of `ready`: whole or not at all."""
    ready.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{ready.name}-", dir=ready.parent) as aside:
        draft = Path(aside) / "new"
        draft.mkdir()
        yield draft
        if ready.exists():
            ready.rename(Path(aside) / "old")
        try:
            draft.rename(ready)
        except OSError as error:
            # Another process may have been faster; its files are as good as ours.
            if error.errno not in (errno.EEXIST, errno.ENOTEMPTY):
                raise


def home() -> Path:
    """Return the folder for what is made once and kept: $MLP_HOME, or one in the user's cache."""
    if named := os.environ.get("MLP_HOME"):
        return Path(named)
    from platformdirs import user_cache_path

    return user_cache_path("mlp-spelled-out", appauthor=False)


def lines(names: Iterable[str]) -> bytes:
    """Return the contents of a file of names or letters."""
    return "".join(f"{name}\n" for name in names).encode()


def write_files(folder: Path, files: dict[str, bytes]) -> None:
    """Write files by name into a folder."""
    for file, data in files.items():
        (folder / file).write_bytes(data)


def _copied(name: str, source: Path) -> dict[str, bytes]:
    for folder in (source / name, source):
        if (folder / "train.txt").is_file():
            return _verified(folder, name, advice="take the files from another source")
    raise MLPError(f"{source}: holds neither {name}/train.txt nor train.txt")


def _verified(folder: Path, name: str, advice: str) -> dict[str, bytes]:
    """Return the files of a corpus, or raise MLPError at the first with another SHA-256."""
    files = {}
    for file, expected in CORPORA[name].items():
        files[file] = (folder / file).read_bytes()
        actual = hashlib.sha256(files[file]).hexdigest()
        if actual != expected:
            raise MLPError(
                f"{folder / file}: not the file recorded for {name}"
                f" (SHA-256 {actual[:12]}…, expected {expected[:12]}…): {advice}"
            )
    return files


def _download(folder: Path, url: str, ready: Path) -> None:
    """Fetch the three files of ssa-names into `folder`, on the way to `ready`."""
    import pooch  # slow to import, as the next two, and needed once
    from rich.console import Console
    from rich.progress import Progress

    pooch.get_logger().setLevel("WARNING")  # it would announce every file and every retry
    files = CORPORA[SSA_NAMES]
    server = pooch.create(path=folder, base_url=url, registry=files, retry_if_failed=2)
    http = pooch.HTTPDownloader(stream=False)  # streaming, it leaves the connection of a 404 open
    with Progress(console=Console(stderr=True), disable=not sys.stderr.isatty()) as progress:
        progress.console.show_cursor()  # nobody brings it back after Ctrl-C
        for file in progress.track(files, description=f"Downloading {SSA_NAMES}"):
            try:
                server.fetch(file, downloader=http)
            except (OSError, ValueError) as error:  # requests' errors are OSErrors
                reason: BaseException = error
                while reason.__context__:  # down to "Connection refused", past four wrappers
                    reason = reason.__context__
                raise MLPError(
                    f"cannot download {server.get_url(file)} to {ready}: {reason}"
                ) from error


# --- given-names -------------------------------------------------------------


def _given_names() -> dict[str, bytes]:
    """Build given-names: 1,000 names each for val and test, the rest for train.

    These are the given names of all locales of faker (MIT, github.com/joke2k/faker),
    whatever their gender, folded to a to z, two to fifteen letters, each once. They
    are sorted and then shuffled by our own generator.

    Folding drops accents: Zoë becomes zoe. What it leaves outside a to z drops the
    name: other scripts, letters that Unicode does not decompose (ø, ß, ł, æ, đ, ı),
    and the spaces, hyphens and apostrophes of double names.
    """
    folded = {fold(name) for name in _faker_names()}
    names = sorted(name for name in folded if re.fullmatch("[a-z]{2,15}", name))
    RNG(SHUFFLE_SEED).shuffle(names)
    splits = {"train.txt": names[2000:], "val.txt": names[:1000], "test.txt": names[1000:2000]}
    files = {file: lines(part) for file, part in splits.items()}
    for file, data in files.items():
        if hashlib.sha256(data).hexdigest() != CORPORA[GIVEN_NAMES][file]:
            raise MLPError(
                f"{GIVEN_NAMES}: faker {version('faker')} gives another"
                f" {file} than the recorded one: install faker=={FAKER_VERSION}"
            )
    return files


def _faker_names() -> Iterator[str]:
    """Yield every entry of the lists `first_names…` of faker's locales, romanized ones left out."""
    from faker.providers import person  # slow to import, and needed once

    for module in pkgutil.iter_modules(person.__path__, person.__name__ + "."):
        provider = importlib.import_module(module.name).Provider
        for attribute in dir(provider):
            names = getattr(provider, attribute)
            if attribute.startswith("first_names") and isinstance(names, tuple | list | dict):
                yield from names  # the keys, where a dict gives each name a weight


def fold(name: str) -> str:
    """Return `name` in small letters without accents and other marks."""
    if name.isascii():
        return name.lower()
    letters = unicodedata.normalize("NFKD", name).lower()
    return "".join(letter for letter in letters if not unicodedata.combining(letter))


@contextmanager
def one_line(path: Path) -> Iterator[None]:
    """Turn an OSError into one line that names its file, or `path` where it names none."""
    try:
        yield
    except OSError as error:
        raise MLPError(f"{error.filename or path}: {error.strerror or error}") from error
