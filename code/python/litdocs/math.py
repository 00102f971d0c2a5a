"""Typeset TeX while the page is built, so that a page with formulas needs no script.

`pymdownx.arithmatex` (with `generic: true`) finds the formulas. This extension hands each one to
KaTeX, which runs inside the build in a QuickJS engine. A page then holds plain HTML for the eye
and MathML for a screen reader. A formula that KaTeX refuses stops the build.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from html import unescape
from pathlib import Path
from typing import Protocol
from xml.etree.ElementTree import Element

import quickjs
from markdown import Extension, Markdown
from markdown.treeprocessors import Treeprocessor
from markdown.util import AtomicString

from litdocs.sources import LitdocsError

KATEX = Path(__file__).parent / "katex" / "katex.min.js"
"""KaTeX 0.19.1 as published, its licence beside it. The style sheet is in docs/assets/katex."""

RENDER = """
function render(tex, displayMode) {
  return katex.renderToString(tex, {
    displayMode, throwOnError: true, strict: "error", output: "htmlAndMathml",
  });
}
"""


class Render(Protocol):
    def __call__(self, tex: str, display: bool, /) -> str: ...


@cache
def engine() -> Render:
    """Start KaTeX: a quarter of a second, once for a whole build."""
    context = quickjs.Context()
    context.eval(KATEX.read_text(encoding="utf-8"))
    context.eval(RENDER)
    render: Render = context.get("render")
    return render


@cache
def tex_to_html(tex: str, *, display: bool) -> str:
    """Return HTML and MathML for one formula.

    Raises:
        LitdocsError: KaTeX does not accept `tex`.
    """
    try:
        return engine()(tex, display)
    except quickjs.JSException as error:
        reason = str(error).split("\n", 1)[0].removeprefix("ParseError: ")
        reason = reason.replace("\N{COMBINING LOW LINE}", "")  # KaTeX underlines the culprit
        raise LitdocsError(f"{reason}, in the formula: {' '.join(tex.split())}") from None


class MathTreeprocessor(Treeprocessor):
    """Replace what arithmatex found by what KaTeX makes of it."""

    def run(self, root: Element) -> None:
        for heading, formula in formulas_in_headings(root):
            if not ("id" in heading.attrib and "data-toc-label" in heading.attrib):
                raise LitdocsError(
                    "a heading with a formula needs words for links and the table of contents, as "
                    '{ #the-id data-toc-label="The words" }'
                    f", in the formula: {formula.text}"
                )
        for element in root.iter():
            if element.tag not in ("code", "pre"):
                complain_of_stray_dollars(element)
            if is_formula(element):
                self.typeset(element)

    def typeset(self, element: Element) -> None:
        display = element.tag == "div"
        tex = (element.text or "")[2:-2]  # between \( and \), or \[ and \]
        html = tex_to_html(unescape(tex) if display else tex, display=display)
        element.text = AtomicString(self.md.htmlStash.store(html))
        element.set("class", "math")
        element.set("data-search-exclude", "math")  # or searches would find MathML's copy too


def is_formula(element: Element) -> bool:
    return element.get("class") == "arithmatex"


def formulas_in_headings(root: Element) -> Iterator[tuple[Element, Element]]:
    for heading in root.iter():
        if heading.tag in ("h1", "h2", "h3", "h4", "h5", "h6"):
            yield from ((heading, child) for child in heading.iter() if is_formula(child))


def complain_of_stray_dollars(element: Element) -> None:
    """Catch display math that arithmatex took for text, or for inline math between two dollars."""
    for text in (element.text, *(child.tail for child in element)):
        if text and not isinstance(text, AtomicString) and "$$" in text:
            raise LitdocsError(f"$$ without its partner in a paragraph of its own: {text.strip()}")
    for child in element:
        if is_formula(child) and (child.tail or "").startswith("$"):
            raise LitdocsError(f"$$...$$ must stand in a paragraph of its own: {child.text}")


class MathExtension(Extension):
    def extendMarkdown(self, md: Markdown) -> None:
        # After attr_list (8), which names headings; before toc (5), which reads them.
        md.treeprocessors.register(MathTreeprocessor(md), "litdocs-math", 6)


def makeExtension(**options: object) -> MathExtension:
    return MathExtension(**options)
