"""Inline code breaks between words, not at the hyphens inside them."""

import re

import pytest
from markdown import Markdown

HIGHLIGHT = ["pymdownx.highlight", "pymdownx.inlinehilite", "pymdownx.superfences"]


@pytest.fixture(params=[["fenced_code"], HIGHLIGHT], ids=["plain", "highlight"])
def converter(request: pytest.FixtureRequest) -> Markdown:
    return Markdown(extensions=["toc", "litdocs.inline_code", *request.param])


def test_words_with_signs_do_not_break(converter: Markdown) -> None:
    html = converter.convert("Run `nox -s docs`, `--force` and `a<b c`.")
    held = '<span class="word">{}</span>'
    assert f"<code>nox {held.format('-s')} docs</code>" in html
    assert f"<code>{held.format('--force')}</code> and" in html
    assert f"<code>{held.format('a&lt;b')} c</code>." in html


def test_what_is_shown_is_what_was_written(converter: Markdown) -> None:
    for text in (
        "a",
        "x + y",
        "  two  spaces",
        "a < b && c",
        "f(x, *y)[0]",
        "-" * 80,
        "{{ a: b }}",
    ):
        shown = re.sub("<[^>]*>", "", converter.convert(f"`` {text} ``"))
        escaped = text.strip().replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        assert shown == escaped, text


def test_a_word_wider_than_a_phone_breaks(converter: Markdown) -> None:
    assert "span" not in converter.convert(f"`{'a-' * 20}`")
    assert "span" in converter.convert(f"`{'<' * 20}`")


def test_listings_and_the_names_of_headings_stay(converter: Markdown) -> None:
    html = converter.convert("# A `b-c`\n\n```\nd-e\n```\n")
    assert html.count('class="word"') == 1
    assert "<code>d-e\n</code></pre>" in html
    assert converter.toc_tokens[0]["name"] == "A b-c"  # type: ignore[attr-defined]
