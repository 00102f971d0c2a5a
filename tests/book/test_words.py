"""No page uses a word of the field, or a name of the snippets, before one has explained it.

The words are those of the glossary. A word in italics is one that is being explained.
"""

import re

import cases
import pytest
from mkdocs.config import load_config

from litdocs.glossary import Term, terms

DOCS = cases.REPOSITORY / "docs"
NAV = str(load_config(str(cases.REPOSITORY / "mkdocs.yml"))["nav"])
ORDER = [DOCS / name for name in re.findall(r"[\w/-]+\.md", NAV)]

TERMS = terms((DOCS / "appendix" / "glossary.md").read_text())
NAMES = ("ONE", "ALL", "CONFIG", "MLPRaw")


def reading_order(text: str) -> str:
    """Leave out what is no prose: front matter, listings, code, formulas, targets of links."""
    _, _, page = text.split("---\n", 2)
    page = re.sub(r"(?ms)^( *)```.*?^ *```$|^\$\$.*?^\$\$$", "", page)
    page = re.sub(r"^#+ .*$|^- \[.*$", "", page, flags=re.MULTILINE)  # titles, also of chapters
    page = re.sub(r"\[(\*[^\]]*\*)\]\([^)]*\)", r"\1", page)
    page = re.sub(r"\[[^\]]*\]\([^)]*\)", " ", page)  # a link leads to the explanation
    return re.sub(r"`[^`]*`|\$[^$]*\$|\{\{.*?\}\}|\|.*\|", " ", page)


CHAPTERS = [page for page in ORDER if page.parent.name != "appendix"]
PROSE = "\n".join(reading_order(page.read_text()) for page in CHAPTERS)


@pytest.mark.parametrize("term", TERMS, ids=lambda term: term.id)
def test_a_term_is_explained_where_it_stands_first(term: Term) -> None:
    first = re.search(term.pattern, PROSE, re.IGNORECASE)
    explained = re.search(rf"\*{term.pattern}\*", PROSE, re.IGNORECASE)
    assert first, "nobody uses it"
    assert explained, "nobody explains it"
    sentence = PROSE.rfind(". ", 0, explained.start())
    before = PROSE[max(0, first.start() - 40) : first.end() + 40]
    assert first.start() >= sentence, f"used before it is explained: {before!r}"


def test_every_entry_of_the_glossary_leads_to_a_chapter() -> None:
    entries = (DOCS / "appendix" / "glossary.md").read_text().split("\n\n")
    entries = [entry for entry in entries if " { #" in entry]
    assert len(entries) == len(TERMS)
    for entry in entries:
        assert re.search(r"See\s+\[[^]]+\]\(\.\./[\w/-]+\.md", entry), entry


@pytest.mark.parametrize("name", NAMES)
def test_a_name_of_the_snippets_is_explained_before_it_is_used(name: str) -> None:
    pages = "\n".join(page.read_text() for page in ORDER)
    explained = pages.index(f"`{name}`")
    assert pages.rfind("```", 0, explained) == pages.rfind("```\n\n", 0, explained), "in a listing"
    assert re.search(rf"\b{name}\b", pages).start() >= explained
