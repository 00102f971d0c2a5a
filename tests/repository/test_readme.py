"""README.md says what its sources say now."""

import pytest

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


def test_every_chapter_is_there() -> None:
    lines = list(readme.chapters())
    pages = {path.stem for path in (readme.ROOT / "docs").rglob("*.md")}
    assert len(lines) >= len(pages) > 5
    for page in pages:
        assert sum(f"/{page}.html)" in line for line in lines) == 1


def test_the_corpora_have_as_many_names_as_it_says(given_names: Corpus, ssa_names: Corpus) -> None:
    text = readme.README.read_text("utf-8")
    for names, words in ((given_names, "given names"), (ssa_names, "names")):
        splits = (names.train, names.val, names.test)
        count = sum(int((split == tokens.END).sum()) for split in splits)
        assert f"{count:,} {words}" in text
