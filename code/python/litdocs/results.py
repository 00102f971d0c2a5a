"""The Markdown extension for measured numbers: the text names them, the records have them.

    {{ original-ssa-names: runs.c.val.-1 as .4f }}

shows that entry of docs/results/original-ssa-names.json in that format: a key or
an index at a time. Hovering over it tells the command, commit and date. A number
that is not there fails the build. Option: `folder`, where the records are.
"""

import json
import os
import re
from functools import cache
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element

from markdown import Extension, Markdown
from markdown.inlinepatterns import InlineProcessor
from markdown.util import AtomicString

from litdocs.fences import fences
from litdocs.sources import LitdocsError

PATTERN = r"\{\{ *([\w-]+): *([\w.-]+) *(?:as +([^ }]+) *)?\}\}"


# What a measurement looks like in prose: two decimals or more, an exponent, or a unit.
_MEASURED = re.compile(
    r"""(?<![\w.])(?<!Python\ )(?:\d+\.\d{2,}|\d[\d.]*e[-+]?\d+
        |\d[\d.,]*\s?(?:ms|µs|us|seconds|minutes|KB|MB|GB|GFLOP|%|×|times\ (?:faster|slower)))
        (?![\w.]*\])""",
    re.VERBOSE,
)
_NOT_PROSE = re.compile(
    r"""\{\{.*?\}\}|`[^`]*`|\$\$.*?\$\$|\$[^$\n]*\$|<!--.*?-->|\]\([^)]*\)|\A---\n.*?\n---\n""",
    re.DOTALL,
)


def typed_numbers(page: str) -> list[tuple[int, str]]:
    """Find measured-looking numbers that a hand typed into the prose of a page.

    Returns each with its line (from 1). Fences, code, formulas and comments are not prose:
    what a fence prints is compared by the tests, and a formula is mathematics.
    """
    lines = page.splitlines()
    for fence in fences(lines):
        lines[fence.first - 1 : fence.last] = [""] * (fence.last - fence.first + 1)
    blank = _NOT_PROSE.sub(lambda m: re.sub(r"[^\n]", " ", m[0]), "\n".join(lines))
    return [
        (number, match[0])
        for number, line in enumerate(blank.splitlines(), 1)
        for match in _MEASURED.finditer(line)
    ]


@cache
def record(path: Path) -> dict[str, Any]:
    """Read a record; LitdocsError if there is none."""
    try:
        result: dict[str, Any] = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        session = "bench" if path.name.startswith("bench-") else "results"
        raise LitdocsError(f"{path}: no such record: run `nox -s {session}`") from error
    return result


def lookup(path: Path, entry: str, form: str) -> str:
    """Return an entry of a record as text; LitdocsError if it is not there."""
    value: Any = record(path)
    for key in entry.split("."):
        try:
            value = value[int(key)] if isinstance(value, list) else value[key]
        except (KeyError, IndexError, TypeError, ValueError):
            raise LitdocsError(f"{path.name}: has no entry '{entry}' (at '{key}')") from None
    try:
        return format(value, form)
    except (TypeError, ValueError) as error:
        raise LitdocsError(f"{path.name}: '{entry}' as '{form}': {error}") from error


class ResultProcessor(InlineProcessor):
    def __init__(self, md: Markdown, folder: Path) -> None:
        super().__init__(PATTERN, md)
        self.folder = folder

    def handleMatch(self, m: Any, data: str) -> tuple[Element, int, int]:  # type: ignore[override]
        path = self.folder / f"{m[1]}.json"
        span = Element("span", {"class": "recorded"})
        span.text = AtomicString(lookup(path, m[2], m[3] or ""))
        origin = record(path)
        span.set(
            "title",
            f"{path.name}: {m[2]}, recorded with `{origin['command']}`"
            f" at {origin['commit']} on {origin['date']}",
        )
        return span, m.start(0), m.end(0)


class ResultsExtension(Extension):
    def __init__(self, **options: object) -> None:
        self.config = {"folder": ["docs/results", "where the records are"]}
        super().__init__(**options)

    def extendMarkdown(self, md: Markdown) -> None:
        folder = Path(os.fspath(self.getConfig("folder")))
        # Before links and emphasis, after code spans (190), which show it as it is.
        md.inlinePatterns.register(ResultProcessor(md, folder), "litdocs-results", 185)


def makeExtension(**options: object) -> ResultsExtension:
    return ResultsExtension(**options)
