"""The corpora: lists of names on disk, and the two that this site uses.

A corpus is a folder of three text files, train.txt, val.txt and test.txt, one
name a line. The C program reads the same files by the same rules (`tokens.c`).
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
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields
from importlib.metadata import version
from pathlib import Path

from mlp.errors import MLPError
from mlp.rng import RNG
from mlp.tokens import Tokens, tokenize


@dataclass(frozen=True, eq=False)
class Corpus:
    """The tokens of the three splits, each (n,) int32."""

    train: Tokens
    val: Tokens
    test: Tokens


SPLITS = tuple(split.name for split in fields(Corpus))


def load(corpus: str | Path) -> Corpus:
    """Read a corpus: a name out of `CORPORA`, prepared where need be, or a folder.

    Raises MLPError for a missing or unreadable file, and what `prepare` and
    `tokenize` raise.
    """
    folder = prepare(str(corpus)) if str(corpus) in CORPORA else Path(corpus)
    if not folder.is_dir():
        raise MLPError(f"{corpus}: neither a folder nor one of the corpora {', '.join(CORPORA)}")
    splits = []
    for split in SPLITS:
        path = folder / f"{split}.txt"
        with _one_line(path):
            splits.append(tokenize(path.read_bytes(), path))
    return Corpus(*splits)


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

SSA_NAMES_URL = "https://raw.githubusercontent.com/EurekaLabsAI/mlp/master/data/"
FAKER_VERSION = "40.54.0"  # the release whose names are recorded above


def prepare(
    name: str, folder: Path | None = None, source: Path | None = None, url: str = SSA_NAMES_URL
) -> Path:
    """Make the corpus `name` ready and return its folder, `folder/name`.

    Nothing happens where it is ready already. Otherwise the files are copied
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
    with _one_line(ready):
        if ready.exists():
            _verified(ready, name, advice="delete the folder to prepare it anew")
            return ready
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=f".{name}-", dir=folder) as aside:
            draft = Path(aside) / name
            draft.mkdir()
            if source is not None:
                _write(draft, _copied(name, source))
            elif name == GIVEN_NAMES:
                _write(draft, _given_names())
            else:
                _download(draft, url, ready)
            try:
                draft.rename(ready)
            except OSError as error:
                # Another process may have been faster; its files are as good as ours.
                if error.errno not in (errno.EEXIST, errno.ENOTEMPTY):
                    raise
    return ready


def home() -> Path:
    """Return the folder for what is made once and kept: $MLP_HOME, or one in the user's cache."""
    if named := os.environ.get("MLP_HOME"):
        return Path(named)
    from platformdirs import user_cache_path

    return user_cache_path("mlp-spelled-out", appauthor=False)


def _write(folder: Path, files: dict[str, bytes]) -> None:
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
    folded = {_folded(name) for name in _faker_names()}
    names = sorted(name for name in folded if re.fullmatch("[a-z]{2,15}", name))
    RNG(1337).shuffle(names)
    splits = {"train.txt": names[2000:], "val.txt": names[:1000], "test.txt": names[1000:2000]}
    files = {file: "".join(f"{name}\n" for name in part).encode() for file, part in splits.items()}
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


def _folded(name: str) -> str:
    """Return `name` in small letters without accents and other marks."""
    letters = unicodedata.normalize("NFKD", name).lower()
    return "".join(letter for letter in letters if not unicodedata.combining(letter))


@contextmanager
def _one_line(path: Path) -> Iterator[None]:
    """Turn an OSError into one line that names its file, or `path` where it names none."""
    try:
        yield
    except OSError as error:
        raise MLPError(f"{error.filename or path}: {error.strerror or error}") from error
