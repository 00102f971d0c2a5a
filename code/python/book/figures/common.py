"""What the figures of several pages share: where things stand, and where records are."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bench import KERNEL_SETS
from book import counts
from book.example import CONFIG, letter
from litdocs.diagram import WIDTH
from litdocs.results import record
from litdocs.sources import LitdocsError
from mlp.errors import MLPError
from mlp.tokens import VOCAB_SIZE

LEFT = 20  # where grids with row labels begin
EDGE = WIDTH - 1  # the right one: half a stroke stays inside

LETTERS = "".join(map(letter, range(VOCAB_SIZE)))
SIZES = {"B": 1, "T": CONFIG.context, "E": CONFIG.embedding, "H": CONFIG.hidden, "V": CONFIG.vocab}
UNITS = [str(unit) for unit in range(CONFIG.hidden)]

RESULTS = Path(__file__).parents[4] / "docs" / "results"


def bench(part: str) -> dict[str, Any]:
    """Return a record of the bench; LitdocsError if it was not made yet."""
    return record(RESULTS / f"bench-{part}.json")


def given_names(split: str) -> list[str]:
    """Return the names of a split; LitdocsError where they cannot be made ready."""
    with as_litdocs_error():
        return counts.given_names(split)


@contextmanager
def as_litdocs_error() -> Iterator[None]:
    """Turn an MLPError into what a build of the site shows as one line."""
    try:
        yield
    except MLPError as error:
        raise LitdocsError(str(error)) from error


def tone(peer: str) -> str:
    """Return the colour of a peer: that of what it is written in."""
    return peer.split("-")[0]


def kernel_set(name: str) -> str:
    """Return a set of kernels as the book writes it: AVX-512."""
    return KERNEL_SETS[f"c-{name}"].removeprefix("C, ")
