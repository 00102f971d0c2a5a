"""Every chapter: snippets that fit the column, exercises that have answers, ways to the others."""

import re
from pathlib import Path

import cases
import pytest

from litdocs.fences import fences

DOCS = cases.REPOSITORY / "docs"
PAGES = sorted(DOCS.rglob("*.md"))
CHAPTERS = [page for page in PAGES if page.parent not in (DOCS, DOCS / "appendix")]
COLUMN = 84  # characters of a snippet that stand in the text column of a desktop

each_chapter = pytest.mark.parametrize("page", CHAPTERS, ids=lambda page: page.stem)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_snippets_fit_the_column(page: Path) -> None:
    wide = [
        f"{page.name}:{fence.first + number}: {line}"
        for fence in fences(page.read_text().splitlines())
        if fence.language in ("python", "c", "sh", "output")
        for number, line in enumerate(fence.text.splitlines(), 1)
        if len(line) > COLUMN
    ]
    assert not wide, "\n".join(wide)


@each_chapter
def test_every_exercise_has_its_answer(page: Path) -> None:
    section = page.read_text().split("\n## Exercises\n")[1].split("\n## ")[0]
    questions, answers = section.split('??? success "Answers"')
    asked = re.findall(r"^(\d)\. ", questions, re.MULTILINE)
    answered = re.findall(r"^    (\d)\. ", answers, re.MULTILINE)
    assert asked == answered
    assert len(asked) >= 3


@each_chapter
def test_the_text_leads_to_other_chapters(page: Path) -> None:
    links = re.findall(r"\]\(([\w./-]+\.md)[#)]", page.read_text())
    found = {(page.parent / link).resolve() for link in links} - {page}
    assert found <= set(PAGES)
    assert len(found) >= 3


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_no_line_of_a_paragraph_becomes_the_start_of_a_list(page: Path) -> None:
    """As a year would that stands at the start of a line, with a full stop after it."""
    lines = page.read_text().splitlines()
    for fence in fences(lines):
        lines[fence.first - 1 : fence.last] = [""] * (fence.last - fence.first + 1)
    text = re.sub(r"\$\$.*?\$\$", lambda m: "\n" * m[0].count("\n"), "\n".join(lines), flags=re.S)
    number = r"(?m)^.*\S.*\n( *\d{2,}[.)] .*)$"
    mark = r"(?m)^( *)(?!-|\d\. )\S.*\n(\1[-+*>#]+ .*)$"
    lists = [m[1] for m in re.finditer(number, text)] + [m[2] for m in re.finditer(mark, text)]
    last: dict[str, int] = {}
    for indent, digit, line in re.findall(r"(?m)^( *)(\d)\. (.*)$", text):
        if int(digit) not in (1, last.get(indent, 0) + 1):
            lists.append(f"{digit}. {line}")
        last[indent] = int(digit)
    assert not lists, "\n".join(lists)
