"""The references say what the header and the docstrings say, whatever Markdown takes for markup."""

import ast
import re
from html import unescape

import pytest
from cases import REPOSITORY
from markdown import Markdown

from litdocs.docstrings import fenced
from litdocs.header import sections
from litdocs.sources import resolve

EXTENSIONS = ["attr_list", "def_list", "footnotes", "tables", "pymdownx.arithmatex"]
EXTENSIONS += ["pymdownx.superfences"]
MODULES = re.findall(
    r"^::: mlp\.(\w+)$", (REPOSITORY / "docs/appendix/python.md").read_text(), re.MULTILINE
)


def shown(text: str) -> str:
    """The words of a Markdown text, as a reader sees them."""
    return words(unescape(re.sub("<[^>]+>", "", Markdown(extensions=EXTENSIONS).convert(text))))


def words(text: str) -> str:
    return " ".join(text.replace("`", "").split())


@pytest.mark.parametrize("module", MODULES)
def test_docstrings_are_shown_as_they_stand(module: str) -> None:
    tree = ast.parse((REPOSITORY / f"code/python/mlp/{module}.py").read_text())
    kinds = (ast.Module, ast.ClassDef, ast.FunctionDef)
    found = [ast.get_docstring(node) for node in ast.walk(tree) if isinstance(node, kinds)]
    said = [docstring for docstring in found if docstring]
    assert said
    assert [shown(fenced(docstring)) for docstring in said] == [
        words(docstring) for docstring in said
    ]


def test_comments_of_the_header_are_shown_as_they_stand() -> None:
    header = resolve(REPOSITORY, "code/c/mlp.h")
    text = words(re.sub(r"^ ?\*? ?", "", header.text, flags=re.MULTILINE))
    comments = [part[1] for part in sections(header) if not isinstance(part, str)]
    for comment in filter(None, comments):
        assert shown(comment) in text
    assert len(comments) > 50
