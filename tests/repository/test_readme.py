"""README.md says what its sources say now."""

import re

import pytest
from mkdocs.config import load_config

from book import readme
from mlp import tokens
from mlp.corpora import Corpus

ADVICE = "README.md is not what its sources say: run `.nox/docs/bin/python -m book.readme`"


def test_readme_is_current() -> None:
    text = readme.README.read_text("utf-8")
    assert readme.current(text) == text, ADVICE


@pytest.mark.parametrize("file", ["start-light.svg", "start-dark.svg"])
def test_its_pictures_are_current(file: str) -> None:
    kept = (readme.ROOT / ".github" / file).read_text("utf-8")
    assert kept == readme.pictures()[file], ADVICE


def test_every_chapter_of_the_navigation_is_there_in_its_order() -> None:
    nav = load_config(str(readme.ROOT / "mkdocs.yml"))["nav"]
    pages = re.findall(r"[\w/-]+(?=\.(?:md|ipynb))", str(nav))
    links = re.findall(
        rf"{re.escape(readme.SITE)}([\w/-]+)\.html", readme.README.read_text("utf-8")
    )
    assert links == [page for page in pages if page != "index"]
    assert len(links) > 5


def test_the_corpora_have_as_many_names_as_it_says(given_names: Corpus, ssa_names: Corpus) -> None:
    text = readme.README.read_text("utf-8")
    for names, words in ((given_names, "given names"), (ssa_names, "names")):
        splits = (names.train, names.val, names.test)
        count = sum(int((split == tokens.END).sum()) for split in splits)
        assert f"{count:,} {words}" in text
