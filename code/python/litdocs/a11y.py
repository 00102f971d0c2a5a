"""Two things that Markdown's HTML lacks for readers who do not use a mouse or their eyes.

A wide table scrolls in a box of its own (site.js lets the keyboard reach the box when it does
scroll), and the `#` beside a heading says which heading it links to.
"""

from __future__ import annotations

from collections.abc import Iterator
from html import unescape
from typing import Any
from xml.etree.ElementTree import Element

from markdown import Extension, Markdown
from markdown.treeprocessors import Treeprocessor


class AccessibleTreeprocessor(Treeprocessor):
    def run(self, root: Element) -> None:
        for parent in list(root.iter()):
            for position, child in enumerate(parent):
                if child.tag == "table":
                    parent[position] = scroll_box(child)
        names = dict(headings(getattr(self.md, "toc_tokens", [])))
        for link in root.iter("a"):
            if link.get("class") == "headerlink":
                name = names[link.get("href", "").removeprefix("#")]
                link.set("aria-label", f"Link to “{name}”")


def scroll_box(table: Element) -> Element:
    """Wrap a table. The class keeps the theme's script from wrapping it once more."""
    box = Element("div", {"class": "table-scroll"})
    box.tail, table.tail = table.tail, None
    table.set("class", " ".join(filter(None, [table.get("class"), "data"])))
    box.append(table)
    return box


def headings(tokens: list[dict[str, Any]]) -> Iterator[tuple[str, str]]:
    """Walk toc's tree of headings; yield each one's id and its words."""
    for token in tokens:
        yield token["id"], unescape(token["name"])
        yield from headings(token["children"])


class AccessibleExtension(Extension):
    def extendMarkdown(self, md: Markdown) -> None:
        # After toc (5), which adds the links.
        md.treeprocessors.register(AccessibleTreeprocessor(md), "litdocs-a11y", 4)


def makeExtension(**options: object) -> AccessibleExtension:
    return AccessibleExtension(**options)
