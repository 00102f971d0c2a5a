"""Inline code breaks between its words, and not inside one, as browsers like to do at a hyphen.

`nox -s docs` on a narrow screen must not become "nox -" and "s docs". Words that are longer than
such a screen is wide may break.
"""

import re
from html import unescape

from markdown import Extension, Markdown
from markdown.postprocessors import Postprocessor

LONGEST = 28  # characters, in one line of a list on a phone
_CODE = re.compile(r"(?<!<pre>)(?<!<span></span>)<code>([^<]*)</code>")


class InlineCodePostprocessor(Postprocessor):
    def run(self, text: str) -> str:
        return _CODE.sub(lambda code: "<code>" + re.sub(r"\S+", keep, code[1]) + "</code>", text)


def keep(word: re.Match[str]) -> str:
    """Put a word at which a browser might break into a span that it does not break."""
    if re.fullmatch(r"\w*", word[0]) or len(unescape(word[0])) > LONGEST:
        return word[0]
    return f'<span class="word">{word[0]}</span>'


class InlineCodeExtension(Extension):
    def extendMarkdown(self, md: Markdown) -> None:
        # After the code that pymdownx.highlight has put aside is back (raw_html, 30).
        md.postprocessors.register(InlineCodePostprocessor(md), "litdocs-inline-code", 6)


def makeExtension(**options: object) -> InlineCodeExtension:
    return InlineCodeExtension(**options)
