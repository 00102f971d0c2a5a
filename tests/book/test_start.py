"""What the first page says without a number holds in the records that it quotes."""

import re

import cases

from book.figures import common
from litdocs.results import record

PAGE = (cases.REPOSITORY / "docs" / "index.md").read_text()
RUN = record(common.RESULTS / "original-ssa-names.json")


def test_the_thirty_names_are_the_first_that_were_recorded_and_the_same_in_all_three() -> None:
    names = RUN["runs"]["c"]["names"][:30]
    shown = re.findall(r"original-ssa-names: runs\.c\.names\.(\d+)", PAGE)
    assert [int(number) for number in shown] == list(range(30))
    assert all(run["names"][:30] == names for run in RUN["runs"].values())


def test_the_losses_are_of_the_steps_that_the_page_names() -> None:
    steps = RUN["runs"]["c"]["steps"]
    assert (steps[0], steps[1], steps[10], steps[-1]) == (0, 200, 2000, RUN["steps"])
    assert "every 200 corrections" in PAGE


def test_no_word_of_the_field_stands_before_its_explanation() -> None:
    _, _, page = PAGE.split("---\n", 2)  # the description is for search engines
    prose = re.sub(r"```.*?```|`[^`]*`|\{\{.*?\}\}|\]\([^)]*\)", "", page, flags=re.DOTALL)
    for word in ("nats", "gradient", "autograd", "embedding", "preset", "checkpoint", "epoch",
                 "tensor", "batch", "neural", "validation", "parameter"):  # fmt: skip
        for found in re.finditer(word, prose.lower()):
            line = prose[prose.rfind("\n", 0, found.start()) + 1 :].split("\n")[0]
            assert line.startswith("- ["), f"{word}: {line}"  # the title of a chapter
    assert prose.index("*loss*") <= prose.lower().index("loss") + 1


def test_each_chapter_has_its_line() -> None:
    docs = common.RESULTS.parent
    pages = [*docs.rglob("*.md"), *docs.rglob("*.ipynb")]
    listed = re.findall(r"^- \[[^]]+\]\(([^)]+\.(?:md|ipynb))\): ", PAGE, re.MULTILINE)
    assert {*listed, "index.md"} == {page.relative_to(docs).as_posix() for page in pages}
