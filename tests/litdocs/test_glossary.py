"""The glossary: the first use of a term on a page leads to its entry, and nothing else does."""

import re
from pathlib import Path

import pytest
from markdown import Markdown

from litdocs.glossary import terms

GLOSSARY = """# Glossary

loss { #loss data-forms="losses" }
:   How bad it is.

learning rate { #rate }
:   How far a step goes.

rate { #plain-rate data-forms="rate of decay" }
:   Something else.

loss function { #function }
:   The loss, and all that it is made of.
"""


@pytest.fixture
def render(tmp_path: Path) -> Markdown:
    page = tmp_path / "glossary.md"
    page.write_text(GLOSSARY)
    options = {"litdocs.glossary": {"page": page, "url": "/glossary.md"}}
    names = ["attr_list", "def_list", "tables", "litdocs.glossary"]
    return Markdown(extensions=names, extension_configs=options)


def linked(html: str) -> list[tuple[str, str]]:
    """Return where the links lead, and their text."""
    return re.findall(r'<a class="term" href="([^"]+)">([^<]+)</a>', html)


def test_the_entries_are_read_with_their_forms() -> None:
    assert [(term.id, term.forms) for term in terms(GLOSSARY)] == [
        ("loss", ("loss", "losses")),
        ("rate", ("learning rate",)),
        ("plain-rate", ("rate", "rate of decay")),
        ("function", ("loss function",)),
    ]


def test_the_first_use_is_linked_whatever_its_form_and_case(render: Markdown) -> None:
    html = render.convert("# A\n\nLosses fall. The loss falls.\n\nA *loss*, a learning\nrate.")
    assert linked(html) == [
        ("/glossary.md#loss", "Losses"),
        ("/glossary.md#rate", "learning\nrate"),
    ]
    assert "The loss falls." in html
    assert "</a> fall. The" in html


def test_of_two_that_begin_together_the_longer_is_meant(render: Markdown) -> None:
    html = render.convert("# A\n\nThe learning rate is a rate.")
    assert linked(html) == [
        ("/glossary.md#rate", "learning rate"),
        ("/glossary.md#plain-rate", "rate"),
    ]
    (link,) = linked(render.convert("# A\n\nThe loss function."))
    assert link == ("/glossary.md#function", "loss function")
    (link,) = linked(render.convert("# A\n\nThe rate of decay."))
    assert link == ("/glossary.md#plain-rate", "rate of decay")


@pytest.mark.parametrize("before", ["", "*So* "])
def test_text_between_links_stays_in_its_place(render: Markdown, before: str) -> None:
    html = render.convert(f"# A\n\n{before}the rate and the loss fall.")
    assert [text for _, text in linked(html)] == ["rate", "loss"]
    assert re.sub("<[^>]*>", "", html).endswith("the rate and the loss fall.")


@pytest.mark.parametrize(
    "text",
    ["`loss`", "[the loss](x.md)", "## The loss", "lossless", "no-loss", "    loss = 1"],
)
def test_what_is_no_text_is_left_alone(render: Markdown, text: str) -> None:
    assert linked(render.convert(f"# A\n\n{text}\n")) == []


def test_text_in_lists_and_tables_is_text(render: Markdown) -> None:
    html = render.convert("# A\n\n| loss | b |\n| :- | :- |\n| x | rate |\n\n- a loss\n")
    assert linked(html) == [("/glossary.md#plain-rate", "rate"), ("/glossary.md#loss", "loss")]


def test_each_page_begins_anew_and_a_part_of_a_page_has_no_links(render: Markdown) -> None:
    for _ in range(2):
        assert len(linked(render.convert("# A\n\nloss"))) == 1
        render.reset()
    assert linked(render.convert("loss")) == []


def test_the_glossary_does_not_lead_to_itself(render: Markdown) -> None:
    assert linked(render.convert(GLOSSARY)) == []
