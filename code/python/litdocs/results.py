"""The Markdown extension for measured numbers: the text names them, the records have them.

    {{ original-ssa-names: runs.c.val.@50000 as .4f }}

shows that entry of docs/results/original-ssa-names.json in that format: a key or
an index at a time, on one line or on several. Where a list of `steps` is beside a list, `@50000`
is the entry of that step, and an index is refused: it would soon be that of another. A number that
is not there fails the build, and so do braces that are left on the page outside code.

The reader sees where the numbers are from. A line below each table and each figure links its
records, with command, commit and date. A paragraph has a small letter for each of its records,
which the list at the end of the page explains. Hovering over a number tells its entry, too.

Options: `folder`, where the records are; `url`, where the site has them.
"""

import json
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element, SubElement

from markdown import Extension, Markdown
from markdown.inlinepatterns import InlineProcessor
from markdown.postprocessors import Postprocessor
from markdown.treeprocessors import Treeprocessor
from markdown.util import AtomicString

from litdocs.sources import LitdocsError

PATTERN = r"\{\{\s*([\w-]+):\s*([\w.@-]+)\s*(?:as\s+([^\s}]+)\s*)?\}\}"

_read: list[str] = []  # the name of a record for each time that one was read


def record(path: Path) -> dict[str, Any]:
    """Return a record; LitdocsError if there is none."""
    _read.append(path.stem)
    return _load(path)


@contextmanager
def noted() -> Iterator[list[str]]:
    """Fill a list with the names of the records that are read inside, once each."""
    names: list[str] = []
    before = len(_read)
    yield names
    names += dict.fromkeys(_read[before:])


@cache
def _load(path: Path) -> dict[str, Any]:
    try:
        result: dict[str, Any] = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        session = "bench" if path.name.startswith("bench-") else "results"
        raise LitdocsError(f"{path}: no such record: run `nox -s {session}`") from error
    return result


def lookup(path: Path, entry: str, form: str) -> str:
    """Return an entry of a record as text; LitdocsError if it is not there."""
    value: Any = record(path)
    beside: Any = None
    for key in entry.split("."):
        try:
            if isinstance(value, dict):
                beside, value = value.get("steps"), value[key]
            else:
                value = value[_place(key, len(value), beside)]
        except (LookupError, TypeError, ValueError):
            raise LitdocsError(f"{path.name}: has no entry '{entry}' (at '{key}')") from None
    try:
        return format(value, form)
    except (TypeError, ValueError) as error:
        raise LitdocsError(f"{path.name}: '{entry}' as '{form}': {error}") from error


def _place(key: str, length: int, steps: Any) -> int:
    """Return the place in a list that `@STEP` means, or an index where no steps are beside it."""
    counted = isinstance(steps, list) and len(steps) == length
    if counted and key.startswith("@"):
        return steps.index(int(key[1:]))
    if counted or not key.isdigit():
        raise LookupError(key)
    return int(key)


class ResultProcessor(InlineProcessor):
    def __init__(self, md: Markdown, folder: Path) -> None:
        super().__init__(PATTERN, md)
        self.folder = folder

    def handleMatch(self, m: Any, data: str) -> tuple[Element, int, int]:  # type: ignore[override]
        path = self.folder / f"{m[1]}.json"
        span = Element("span", {"class": "recorded", "data-record": m[1]})
        span.text = AtomicString(lookup(path, m[2], m[3] or ""))
        span.set("title", f"{path.name}: {m[2]}")
        return span, m.start(0), m.end(0)


class LeftoverPostprocessor(Postprocessor):
    """Refuse braces that are left in the finished page: a reader would see them."""

    def run(self, text: str) -> str:
        Reader().feed(text)
        return text


class Reader(HTMLParser):
    """Sees what a reader sees or hears, but for code and formulas, which may have such braces."""

    def __init__(self) -> None:
        super().__init__()
        self.inside: list[str] = []  # elements of code or TeX that are open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for _, value in attrs:
            self.handle_data(value or "")
        if tag in ("pre", "code", "annotation"):
            self.inside.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in self.inside:
            self.inside.remove(tag)

    def handle_data(self, data: str) -> None:
        left = re.search(r"\{\{[^}]*\}*|\}\}", data)
        if left and not self.inside:
            said = " ".join(left[0].split())
            raise LitdocsError(
                f"'{said}': not {{{{ record: entry as format }}}} in text or a table"
            )


def origin_line(names: list[str]) -> str:
    """Return the Markdown of the line that says where the numbers of a drawing are from."""
    return f"{{{{ recorded: {' '.join(names)} }}}}"


class OriginProcessor(InlineProcessor):
    """Note the names in such a line, for the treeprocessor."""

    def __init__(self, md: Markdown) -> None:
        super().__init__(r"\{\{ recorded: ([\w -]+) \}\}", md)

    def handleMatch(self, m: Any, data: str) -> tuple[Element, int, int]:  # type: ignore[override]
        return Element("span", {"data-records": m[1]}), m.start(0), m.end(0)


class OriginTreeprocessor(Treeprocessor):
    """Write where the numbers are from: below tables and figures, and for paragraphs in notes."""

    def __init__(self, md: Markdown, folder: Path, url: str) -> None:
        super().__init__(md)
        self.folder = folder
        self.url = url

    def run(self, root: Element) -> None:
        cited: list[str] = []
        for parent in list(root.iter()):
            for child in list(parent):
                if child.tag == "table":
                    self.add_lines(parent, child, records(child))
                elif (line := child.find("span[@data-records]")) is not None:
                    self.add_lines(parent, child, line.attrib["data-records"].split())
                    parent.remove(child)
                elif child.tag in ("p", "li", "dd"):
                    for name in records(child):
                        if name not in cited:
                            cited.append(name)
                        cite(child, name, cited.index(name))
        if cited:
            section = SubElement(root, "section", {"class": "records"})
            section.set("aria-label", "Where the numbers are from")
            notes = SubElement(section, "ol", {"type": "a"})
            for name in cited:
                self.say(SubElement(notes, "li", {"id": f"record-{name}"}), [name])

    def add_lines(self, parent: Element, shown: Element, names: list[str]) -> None:
        """Put below what shows numbers one line for each way in which they were recorded."""
        by_origin: dict[tuple[str, ...], list[str]] = {}
        for name in names:
            by_origin.setdefault(self.origin(name), []).append(name)
        after = list(parent).index(shown) + 1
        for position, together in enumerate(by_origin.values(), after):
            line = Element("p", {"class": "recorded-in"})
            line.tail = "\n"
            self.say(line, together)
            parent.insert(position, line)

    def origin(self, name: str) -> tuple[str, ...]:
        made = record(self.folder / f"{name}.json")
        return made["command"], made["commit"], made["date"]

    def say(self, line: Element, names: list[str]) -> None:
        """Link records that were made together, and say how that was."""
        command, commit, date = self.origin(names[0])
        line.text = "Recorded: "
        for name in names:
            link = SubElement(line, "a", {"href": f"{self.url}/{name}.json"})
            link.text, link.tail = name, ", "
        code = SubElement(line, "code")
        code.text, code.tail = command, f" at {commit}, {date}"


def records(block: Element) -> list[str]:
    """Return the records that the numbers in a block are from, blocks inside it left out."""
    names = []
    for child in block:
        if child.get("data-record"):
            names.append(child.attrib["data-record"])
        elif child.tag not in _BLOCKS:
            names += records(child)
    return list(dict.fromkeys(names))


_BLOCKS = {"p", "ul", "ol", "dl", "div", "table", "details", "blockquote"}


def cite(block: Element, name: str, number: int) -> None:
    """End the text of a block with the letter of a record, as its note has it."""
    mark = Element("sup", {"class": "recorded-in"})
    link = SubElement(mark, "a", {"href": f"#record-{name}"})
    link.text = chr(ord("a") + number)
    link.set("aria-label", f"{link.text}: recorded in {name}")
    inside = [position for position, child in enumerate(block) if child.tag in _BLOCKS]
    block.insert(min(inside, default=len(block)), mark)


class ResultsExtension(Extension):
    def __init__(self, **options: object) -> None:
        self.config = {
            "folder": ["docs/results", "where the records are"],
            "url": ["/results", "where the site has them"],
        }
        super().__init__(**options)

    def extendMarkdown(self, md: Markdown) -> None:
        folder = Path(os.fspath(self.getConfig("folder")))
        # Before links and emphasis, after code spans (190), which show it as it is.
        md.inlinePatterns.register(ResultProcessor(md, folder), "litdocs-results", 185)
        md.inlinePatterns.register(OriginProcessor(md), "litdocs-origin-line", 186)
        # After the text is parsed (20), before tables get their boxes (litdocs.a11y, 4).
        origin = OriginTreeprocessor(md, folder, self.getConfig("url"))
        md.treeprocessors.register(origin, "litdocs-origin", 6)
        # After all others (Markdown's last has 10), when raw HTML is in its place.
        md.postprocessors.register(LeftoverPostprocessor(md), "litdocs-leftover", 0)


def makeExtension(**options: object) -> ResultsExtension:
    return ResultsExtension(**options)
