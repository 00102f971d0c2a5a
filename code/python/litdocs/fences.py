"""The fences of a page, and what their directives show: one parser for the page and the tests.

The parser is the one of `pymdownx.superfences`, which renders the pages, so that what the tests
see as a fence is what the reader sees as one: tilde fences, fences with attributes, and fences
indented in lists, tabs, admonitions or HTML comments.
"""

import importlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NamedTuple

from markdown import Markdown
from pymdownx.superfences import SuperFencesBlockPreprocessor

from litdocs.sources import LitdocsError, Source, did_you_mean, resolve

LANGUAGES = {"c": "C", "numpy": "NumPy", "torch": "PyTorch"}
"""The columns of a ```` ```sources ```` fence, in order, and their headings."""

_INCLUDE = re.compile(r'--8<-- "([^"]+)"')
_COLUMN = re.compile(r'(\w+): +(?:none +"([^"]+)"|(?!none\b)([^\s"\[]+(?:\[[^"]+\])?))')


class Column(NamedTuple):
    """A source that a fence shows, or the reason why there is none."""

    key: str
    source: Source | None
    reason: str


@dataclass(frozen=True)
class Fence:
    """A fence: lines `first` to `last` of the page (from 1), its markers included."""

    first: int
    last: int
    indent: str
    language: str
    classes: tuple[str, ...]
    options: Mapping[str, str]
    text: str

    @property
    def not_run(self) -> str:
        """The reason of `{.norun reason="…"}`, or "". LitdocsError if it has none."""
        if "norun" not in self.classes:
            return ""
        if not self.options.get("reason"):
            raise LitdocsError('.norun must say why: {.norun reason="…"}', self.first)
        return self.options["reason"]

    def include(self, root: Path) -> Source | None:
        """Resolve the `--8<--` line that is all there is in this fence, if there is one."""
        match = _INCLUDE.fullmatch(self.text.strip())
        return _resolve(root, match[1], self.first + 1) if match else None

    def columns(self, root: Path) -> list[Column]:
        """Resolve the lines of a `sources` fence: one column for each language."""
        columns: dict[str, Column] = {}
        for line, text in enumerate(self.text.splitlines(), self.first + 1):
            match = _COLUMN.fullmatch(text)
            if match is None or match[1] not in LANGUAGES or match[1] in columns:
                raise LitdocsError(
                    f"'{text}': expected one line each for {', '.join(LANGUAGES)}, as "
                    '`c: path:symbol` or `c: none "why"`',
                    line,
                )
            source = _resolve(root, match[3], line) if match[3] else None
            columns[match[1]] = Column(match[1], source, match[2] or "")
        if missing := [key for key in LANGUAGES if key not in columns]:
            message = f"no source for {' and '.join(missing)}; if there is none: "
            raise LitdocsError(f'{message}`{missing[0]}: none "why"`', self.first + 1)
        return [columns[key] for key in LANGUAGES]

    def header(self, root: Path) -> Source | None:
        """Resolve the C header that a `header` fence names; None of other fences."""
        return (
            _resolve(root, self.text.strip(), self.first + 1) if self.language == "header" else None
        )

    def figure(self, module: str) -> str:
        """Draw the figure that a `figure` fence names: an entry of `FIGURES` of that module."""
        figures = importlib.import_module(module).FIGURES
        name = self.text.strip()
        if name not in figures:
            hint = did_you_mean(name, figures)
            raise LitdocsError(f"{module}: no figure '{name}'{hint}", self.first + 1)
        try:
            drawing = figures[name]()
            svg = drawing.svg(f"figure-{name}")
        except LitdocsError as error:
            raise LitdocsError(error.message, self.first + 1) from None
        caption = f"<figcaption>{drawing.caption}</figcaption>"
        return f'<figure class="figure">{svg}{caption}</figure>'


def _resolve(root: Path, target: str, line: int) -> Source:
    try:
        return resolve(root, target)
    except LitdocsError as error:
        raise LitdocsError(error.message, line) from None


class _Recorder(SuperFencesBlockPreprocessor):  # type: ignore[misc]
    """Superfences without the rendering: it notes each fence that it finds."""

    def __init__(self) -> None:
        super().__init__(Markdown())
        self.found: list[Fence] = []
        self.relaxed_headers = self.attr_list = False
        self.stack: list[Any] = []
        entry = {"test": lambda language: True, "validator": self._accept}
        self.extension = SimpleNamespace(superfences=[entry])

    @staticmethod
    def _accept(
        language: str, inputs: dict[str, str], options: dict[str, str], attrs: object, md: object
    ) -> bool:
        options.update(inputs)
        return True

    def process_nested_block(self, ws: str, content: str, start: int, end: int) -> None:
        self.found.append(
            Fence(
                first=start + 1,
                last=end,
                indent=self.ws,
                language=self.lang or "",
                classes=tuple(self.classes),
                options=self.options,
                text=self.rebuild_block([*self.code, ""]),
            )
        )
        self.clear()


def fences(lines: list[str]) -> list[Fence]:
    """Return the fences among these lines of a page, in order."""
    recorder = _Recorder()
    recorder.clear()
    recorder.search_nested(lines)
    return recorder.found
