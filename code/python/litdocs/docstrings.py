"""An extension of griffe, with which mkdocstrings reads docstrings: formulas keep their lines.

Lines that are indented after an empty line, as in

    P(y | x) = Σ_k w_k P_k(y | x)

are shown as they stand. So no list and no section (Raises: …) has an empty line inside. (The
site's Markdown has no indented code: see mkdocs.yml.)
"""

import re
from textwrap import dedent

import griffe

_INDENTED = re.compile(r"(?<=\n\n)(?: {4}.*(?:\n|$))+")


class Formulas(griffe.Extension):
    def on_object(self, *, obj: griffe.Object, **_: object) -> None:
        if obj.docstring:
            obj.docstring.value = fenced(obj.docstring.value)


def fenced(docstring: str) -> str:
    """Return a docstring with its indented lines in fences."""
    return _INDENTED.sub(lambda lines: f"```text\n{dedent(lines[0]).rstrip()}\n```\n", docstring)
