"""Inline code breaks between words, not at the hyphens inside them."""

import re

from markdown import Markdown


def convert(text: str) -> str:
    return Markdown(extensions=["fenced_code", "toc", "litdocs.inline_code"]).convert(text)


def test_words_with_signs_do_not_break() -> None:
    html = convert("Run `nox -s docs` and `--force`.")
    held = '<span class="word">{}</span>'
    assert f"<code>nox {held.format('-s')} docs</code>" in html
    assert f"<code>{held.format('--force')}</code>." in html


def test_what_is_shown_is_what_was_written() -> None:
    for text in ("a", "x + y", "  two  spaces", "a < b && c", "f(x, *y)[0]", "-" * 80):
        shown = re.sub("<[^>]*>", "", convert(f"`` {text} ``"))
        escaped = text.strip().replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        assert shown == escaped, text


def test_a_word_wider_than_a_phone_breaks() -> None:
    assert "span" not in convert(f"`{'a-' * 20}`")


def test_listings_and_the_contents_stay() -> None:
    converter = Markdown(extensions=["fenced_code", "toc", "litdocs.inline_code"])
    html = converter.convert("# A `b-c`\n\n```\nd-e\n```\n")
    assert html.count('class="word"') == 1
    assert "<pre><code>d-e\n</code></pre>" in html
    assert "span" not in str(converter.toc_tokens)  # type: ignore[attr-defined]
