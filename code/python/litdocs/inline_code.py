"""Inline code breaks between its words, and not inside one, as browsers like to do at a hyphen.

`nox -s docs` on a narrow screen must not become "nox -" and "s docs". Words that are longer than
such a screen is wide may break.
"""

import re
from xml.etree.ElementTree import Element

from markdown import Extension, Markdown
from markdown.treeprocessors import Treeprocessor
from markdown.util import AtomicString

LONGEST = 36  # characters, in one line on a phone


class InlineCodeTreeprocessor(Treeprocessor):
    def run(self, root: Element) -> None:
        inside = {id(code) for pre in root.iter("pre") for code in pre.iter("code")}
        for code in root.iter("code"):
            if id(code) not in inside:
                keep_words(code)


def keep_words(code: Element) -> None:
    """Put each word at which a browser might break into a span that it does not break."""
    text, code.text = code.text or "", ""
    for space, word in re.findall(r"(\s*)(\S*)", text):
        if space:
            append(code, space)
        if re.fullmatch(r"\w*", word) or len(word) > LONGEST:
            append(code, word)
        else:
            span = Element("span", {"class": "word"})
            span.text = AtomicString(word)
            code.append(span)


def append(code: Element, text: str) -> None:
    """Add a text after everything that is there."""
    if len(code):
        code[-1].tail = AtomicString((code[-1].tail or "") + text)
    else:
        code.text = AtomicString((code.text or "") + text)


class InlineCodeExtension(Extension):
    def extendMarkdown(self, md: Markdown) -> None:
        # After the text is parsed (20) and the contents are made (toc, 5).
        md.treeprocessors.register(InlineCodeTreeprocessor(md), "litdocs-inline-code", 2)


def makeExtension(**options: object) -> InlineCodeExtension:
    return InlineCodeExtension(**options)
