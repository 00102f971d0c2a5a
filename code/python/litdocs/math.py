"""Typeset TeX while the page is built, so that a page with formulas needs no script.

`pymdownx.arithmatex` (with `generic: true`) finds the formulas. This extension hands each one to
KaTeX, which runs in Node (math.js): one process, started by the first formula. A page then holds
plain HTML for the eye and MathML for a screen reader. A formula that KaTeX refuses stops the
build. Option: `root`, the folder whose lock file names KaTeX.
"""

from __future__ import annotations

import atexit
import json
import os
import re
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from xml.etree.ElementTree import Element

from markdown import Extension, Markdown
from markdown.treeprocessors import Treeprocessor
from markdown.util import AtomicString

from litdocs.npm import install, node
from litdocs.sources import LitdocsError

SCRIPT = Path(__file__).with_suffix(".js")


@cache
def katex(root: Path) -> subprocess.Popen[str]:
    """Start KaTeX: a tenth of a second, once for a whole build. It ends with this process."""
    command = [node(), str(SCRIPT), str(install(root) / "katex")]
    pipe = subprocess.PIPE
    process = subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, encoding="utf-8")
    atexit.register(process.communicate)  # closes its input, and waits
    return process


@cache
def tex_to_html(root: Path, tex: str, *, display: bool) -> str:
    """Return HTML and MathML for one formula.

    Raises:
        LitdocsError: KaTeX does not accept `tex`, or does not run.
    """
    process = katex(root)
    assert process.stdin
    assert process.stdout
    try:
        print(json.dumps({"tex": tex, "display": display}), file=process.stdin, flush=True)
        answer = json.loads(process.stdout.readline())
    except (BrokenPipeError, json.JSONDecodeError):
        raise LitdocsError(f"KaTeX stopped, with status {process.wait()}") from None
    if "error" in answer:
        reason = answer["error"].split("\n", 1)[0].removeprefix("KaTeX parse error: ")
        reason = reason.replace("\N{COMBINING LOW LINE}", "")  # KaTeX underlines the culprit
        raise LitdocsError(f"{reason}, in the formula: {' '.join(tex.split())}")
    html: str = answer["html"]
    return html


# What begins no line. After a formula, which is a box, a browser would let it.
SIGN = re.compile(r"[^\s\w(\[{]+")


class MathTreeprocessor(Treeprocessor):
    """Replace what arithmatex found by what KaTeX makes of it."""

    def __init__(self, md: Markdown, root: Path) -> None:
        super().__init__(md)
        self.root = root

    def run(self, root: Element) -> None:
        for heading, formula in formulas_in_headings(root):
            if not ("id" in heading.attrib and "data-toc-label" in heading.attrib):
                raise LitdocsError(
                    "a heading with a formula needs words for links and the table of contents, as "
                    '{ #the-id data-toc-label="The words" }'
                    f", in the formula: {formula.text}"
                )
        for element in list(root.iter()):  # without the spans that are made on the way
            complain_of_stray_dollars(element)
            for child in list(element):
                if is_formula(child) and (sign := SIGN.match(child.tail or "")):
                    hold(element, child, sign[0])
            if is_formula(element):
                self.typeset(element)

    def typeset(self, element: Element) -> None:
        display = element.tag == "div"
        tex = (element.text or "")[2:-2].strip()  # between \( and \), or \[ and \]
        html = tex_to_html(self.root, tex, display=display)
        element.text = AtomicString(self.md.htmlStash.store(html))
        element.set("class", "math")
        element.set("data-search-exclude", "math")  # or searches would find MathML's copy too


def is_formula(element: Element) -> bool:
    return element.get("class") == "arithmatex"


def hold(parent: Element, formula: Element, sign: str) -> None:
    """Put a formula and the sign that follows it into a span that has no break between them."""
    together = Element("span", {"class": "math-and-sign"})
    parent[list(parent).index(formula)] = together
    together.append(formula)
    together.tail = (formula.tail or "").removeprefix(sign)
    formula.tail = sign


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
    def __init__(self, **options: object) -> None:
        self.config = {"root": [".", "folder of the lock file that names KaTeX"]}
        super().__init__(**options)

    def extendMarkdown(self, md: Markdown) -> None:
        root = Path(os.fspath(self.getConfig("root"))).resolve()
        # After attr_list (8), which names headings; before toc (5), which reads them.
        md.treeprocessors.register(MathTreeprocessor(md, root), "litdocs-math", 6)


def makeExtension(**options: object) -> MathExtension:
    return MathExtension(**options)
