"""Every page leads to the glossary where it first uses a word of it."""

import re
from html.parser import HTMLParser
from pathlib import Path

import cases

from litdocs.glossary import terms

NO_TEXT = {"pre", "code", "a", "h1", "h2", "h3", "h4", "h5", "h6", "figure", "script", "summary"}
NO_TEXT |= {"dt", "th", "svg", "style"}
NO_CLASS = {"arithmatex", "katex", "katex-display", "recorded", "triptych", "records"}
VOID = {"br", "img", "hr", "wbr", "input", "source", "link", "meta"}


class Prose(HTMLParser):
    """The text of an article in which terms are looked for, and the links to the glossary."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[bool] = []  # elements of the article; whether they hold no text
        self.text = ""
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        classes = set((given.get("class") or "").split())
        if "term" in classes:
            self.links.append((given["href"] or "").rpartition("#")[2])
        if (self.open or tag == "article") and tag not in VOID:
            self.open.append(tag in NO_TEXT or bool(classes & NO_CLASS))

    def handle_endtag(self, tag: str) -> None:
        if self.open and tag not in VOID:
            self.open.pop()

    def handle_data(self, data: str) -> None:
        if self.open:
            self.text += " | " if any(self.open) else data


def test_every_term_that_a_page_of_the_book_uses_is_linked_there(site: Path) -> None:
    docs = cases.REPOSITORY / "docs"
    entries = terms((docs / "appendix" / "glossary.md").read_text())
    pages = [page.relative_to(docs).with_suffix(".html") for page in docs.rglob("*.md")]
    for name in pages:
        prose = Prose()
        prose.feed((site / name).read_text())
        assert len(prose.links) == len(set(prose.links)), name
        if name.stem in ("glossary", "python"):  # docstrings are no pages
            continue
        assert prose.links, name
        for term in entries:
            if term.id not in prose.links:
                left = re.search(term.pattern, prose.text, re.IGNORECASE)
                where = left and prose.text[max(0, left.start() - 40) : left.end() + 20]
                assert not left, f"{name}: {where!r}"
