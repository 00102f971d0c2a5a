"""The Markdown extension for a glossary: every page links a term where it first uses it.

The glossary is a page with a definition list, whose terms have an id and perhaps other forms:

    batch { #batch data-forms="batches" }
    :   Windows that are computed at once.

On all other pages, which have a title, the first use of a term or of one of its forms becomes a
link to its entry: in text, whatever the case, but not in headings, links, code and formulas. Nobody
writes these links, and so none is forgotten.

Options: `page`, the file of the glossary; `url`, where the site has it.
"""

import os
import re
from functools import cache
from pathlib import Path
from typing import NamedTuple
from xml.etree.ElementTree import Element

from markdown import Extension, Markdown
from markdown.treeprocessors import Treeprocessor

_ENTRY = re.compile(
    r'^(?P<name>\S.*?) \{ #(?P<id>[\w-]+)(?: data-forms="(?P<forms>[^"]*)")? \}$', re.M
)
_NO_TEXT = {"a", "code", "pre", "h1", "h2", "h3", "h4", "h5", "h6", "figure", "script", "summary"}
_NO_TEXT |= {"dt", "th"}
_NO_CLASS = {"arithmatex", "recorded"}


class Term(NamedTuple):
    """An entry of the glossary."""

    id: str
    forms: tuple[str, ...]  # its name first

    @property
    def pattern(self) -> str:
        """What finds it in a text: whole words, on one line or on two."""
        return _pattern(self.forms)


@cache  # it is looked for in every text of every page
def _pattern(forms: tuple[str, ...]) -> str:
    either = "|".join(map(re.escape, sorted(forms, key=len, reverse=True)))
    return rf"(?<![\w-])(?:{either})(?![\w-])".replace(r"\ ", r"\s+")


def terms(page: str) -> list[Term]:
    """Return the entries of a glossary, in Markdown."""
    return [
        Term(found["id"], (found["name"], *filter(None, re.split(", *", found["forms"] or ""))))
        for found in _ENTRY.finditer(page)
    ]


class GlossaryTreeprocessor(Treeprocessor):
    """Links the first use of each term."""

    def __init__(self, md: Markdown, entries: list[Term], url: str) -> None:
        super().__init__(md)
        self.entries = entries
        self.url = url

    def run(self, root: Element) -> None:
        if root.find("h1") is None:  # a part of a page, such as a docstring in a reference
            return
        own = {element.get("id") for element in root.iter("dt")}
        self.left = [term for term in self.entries if term.id not in own]
        self.inside(root)

    def inside(self, element: Element) -> None:
        """Link what stands in an element, from its first word to its last."""
        if element.tag in _NO_TEXT or _NO_CLASS & set((element.get("class") or "").split()):
            return
        children = list(element)
        before, links = self.linked(element.text)
        element.text = before
        for place, link in enumerate(links):
            element.insert(place, link)
        for child in children:
            self.inside(child)
            before, links = self.linked(child.tail)
            child.tail = before
            place = list(element).index(child) + 1
            for offset, link in enumerate(links):
                element.insert(place + offset, link)

    def linked(self, text: str | None) -> tuple[str | None, list[Element]]:
        """Return a text up to its first term, and links, each with the text up to the next."""
        links: list[Element] = []
        before = text
        while text and self.left:
            found = [
                (match.start(), -len(match[0]), term, match)
                for term in self.left
                if (match := re.search(term.pattern, text, re.IGNORECASE))
            ]
            if not found:
                break
            _, _, term, match = min(found)
            self.left.remove(term)
            link = Element("a", {"class": "term", "href": f"{self.url}#{term.id}"})
            link.text = match[0]
            if links:
                links[-1].tail = text[: match.start()]
            else:
                before = text[: match.start()]
            links.append(link)
            text = link.tail = text[match.end() :]
        return before, links


class GlossaryExtension(Extension):
    def __init__(self, **options: object) -> None:
        self.config = {
            "page": ["docs/glossary.md", "the file of the glossary"],
            "url": ["/glossary.md", "where the site has it"],
        }
        super().__init__(**options)

    def extendMarkdown(self, md: Markdown) -> None:
        entries = terms(Path(os.fspath(self.getConfig("page"))).read_text("utf-8"))
        # After the text is parsed (20) and the contents are made (toc, 5).
        glossary = GlossaryTreeprocessor(md, entries, self.getConfig("url"))
        md.treeprocessors.register(glossary, "litdocs-glossary", 3)


def makeExtension(**options: object) -> GlossaryExtension:
    return GlossaryExtension(**options)
