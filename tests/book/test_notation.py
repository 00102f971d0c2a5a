"""One symbol, one meaning: each that a formula has is in the notation, for its page."""

import re
from pathlib import Path

import cases
import pytest

DOCS = cases.REPOSITORY / "docs"
NOTATION = DOCS / "appendix" / "notation.md"
PAGES = [page for page in sorted(DOCS.rglob("*.md")) if "\n$$\n" in page.read_text()]

WORDS = r"\\(?:text|begin|end)\{[^}]*\}"
OPERATIONS = (
    r"\\(?:frac|tfrac|sum|sqrt|cdot|times|underset|qquad|left|right|[bB]igg?[lr]?|ln|exp|tanh"
    r"|cos|sin|max|min|le|ge|mid|top|partial|hat|leftarrow|[,;:!])(?![a-zA-Z])"
)
SYMBOL = r"\\[a-zA-Z]+|[a-zA-Z]"


def table() -> dict[str, set[str]]:
    """Return the pages that each symbol is explained for; "everywhere" among them."""
    found: dict[str, set[str]] = {}
    for row in re.findall(r"^\| \$.*", NOTATION.read_text(), re.MULTILINE):
        symbols, _, where = row.strip("| ").split(" | ")
        pages = set(re.findall(r"\(\.\./([\w/-]+)\.md\)", where)) or {where}
        for symbol in re.findall(r"\$([^$]+)\$", symbols):
            found.setdefault(symbol, set()).update(pages)
    return found


def symbols(page: Path) -> set[str]:
    """Return the symbols in the formulas of a page, but for those in the paper's letters."""
    text = page.read_text().split("\n## Where we differ from the paper")[0]
    formulas = "".join(re.findall(r"(?ms)^\$\$\n(.*?)^\$\$$", text))
    return set(re.findall(SYMBOL, re.sub(f"{WORDS}|{OPERATIONS}", " ", formulas)))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_symbol_of_a_page_is_in_the_notation(page: Path) -> None:
    known, name = table(), page.relative_to(DOCS).with_suffix("").as_posix()
    for symbol in symbols(page):
        assert known.get(symbol, set()) & {"everywhere", name}, symbol


def test_the_notation_names_what_there_is() -> None:
    used = {
        (symbol, page.relative_to(DOCS).with_suffix("").as_posix())
        for page in PAGES
        for symbol in symbols(page)
    }
    for symbol, pages in table().items():
        for page in pages:
            named = {name for known, name in used if known == symbol}
            assert page == "everywhere" or page in named, f"{symbol} on {page}"
