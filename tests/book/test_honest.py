"""The text says what is true: its numbers, formulas, tables, records and links."""

import importlib
import re
from pathlib import Path

import honest
import pytest
from cases import REPOSITORY as ROOT

from book import said

PAGES = [page.relative_to(ROOT).as_posix() for page in honest.pages(ROOT)]
NOTEBOOKS = [p.relative_to(ROOT).as_posix() for p in sorted((ROOT / "docs").rglob("*.ipynb"))]
RECORDS = [p.relative_to(ROOT).as_posix() for p in sorted((ROOT / "docs/results").glob("*.json"))]
MODULES = sorted(path.stem for path in Path(said.__file__).parent.glob("[a-z]*.py"))

each_page = pytest.mark.parametrize("page", PAGES)


@each_page
def test_every_number_is_computed_or_was_read(page: str) -> None:
    assert honest.page_numbers(ROOT, page) == []


@pytest.mark.parametrize("notebook", NOTEBOOKS)
def test_every_number_of_a_notebook_is_computed_or_was_read(notebook: str) -> None:
    assert honest.notebook_numbers(ROOT, notebook) == []


def test_every_number_in_the_comments_of_shown_sources_is_computed_or_was_read() -> None:
    assert honest.comment_numbers(ROOT) == []


def test_every_number_typed_into_a_figure_is_computed_or_was_read() -> None:
    assert honest.figure_numbers(ROOT) == []


@pytest.mark.parametrize("module", ["__init__", *MODULES])
def test_what_should_be_computed_is(module: str) -> None:
    name = "book.said" if module == "__init__" else f"book.said.{module}"
    assert honest.typed(importlib.import_module(name)) == []


def test_what_is_said_of_all_pages_is_on_one() -> None:
    texts = [honest.prose.of_page(honest.markdown(ROOT / page)) for page in PAGES]
    for phrase in said.SAYS + said.READ:
        assert any(honest.prose.spans(text, phrase) for text in texts), phrase


@each_page
def test_no_number_of_a_record_stands_in_code_which_shows_its_markup(page: str) -> None:
    shown = re.findall(r"`[^`\n]*\{\{[^`\n]*`", honest.markdown(ROOT / page))
    assert not shown or page == "docs/cannot-lie.md", "that page explains the markup"


@each_page
def test_every_formula_is_computed_and_true(page: str) -> None:
    assert honest.unchecked_formulas(ROOT, page) == []


@each_page
def test_every_answer_is_computed(page: str) -> None:
    assert honest.unchecked_answers(ROOT, page) == []


@each_page
def test_every_fence_that_does_not_run_was_reviewed(page: str) -> None:
    assert honest.fences_that_do_not_run(ROOT, page) == []


@each_page
def test_every_table_has_the_numbers_that_its_labels_say(page: str) -> None:
    assert honest.tables(ROOT, page) == []


@pytest.mark.parametrize("page", [*PAGES, "CONTRIBUTING.md", "CHANGELOG.md"])
def test_every_link_leads_somewhere(page: str) -> None:
    assert honest.links(ROOT, page) == []


@pytest.mark.parametrize("record", RECORDS)
def test_every_record_is_whole(record: str) -> None:
    assert honest.records(ROOT, record) == []
