"""A C header as a page: its sections, declarations and comments."""

import re
from html import unescape
from pathlib import Path

import cases
from markdown import Markdown

from litdocs.header import sections
from litdocs.sources import resolve

HEADER = """/* A file. */
#ifndef X_H
#define X_H

int before(void);

/* ---- one (one.c) ------------------ */

/* Adds *a* and `*b`, see <c>.
 *
 * Twice. */
int add(int a,
        int b);
void both(void);

#define LIMIT 3 /* at most */

/* ---- two ---- */

typedef enum { A = 1 } kind;

#endif
"""


def test_declarations_come_by_section_with_their_comments_and_lines(tmp_path: Path) -> None:
    (tmp_path / "x.h").write_text(HEADER)
    title, add, limit, second, kind = sections(resolve(tmp_path, "x.h"))
    assert (title, second) == ("one (one.c)", "two")
    names, comment, source = add
    assert names == ["add", "both"]
    html = unescape(Markdown().convert(comment))
    assert html == "<p>Adds *a* and <code>*b</code>, see <c>.</p>\n<p>Twice.</p>"
    assert (source.first, source.last) == (12, 14)
    assert source.text == "int add(int a,\n        int b);\nvoid both(void);"
    assert limit[0] == ["LIMIT"]
    assert kind[0] == ["kind"], "not the numbers in it"


def test_every_function_of_the_library_has_its_place() -> None:
    source = resolve(cases.REPOSITORY, "code/c/mlp.h")
    shown = {name for part in sections(source) if not isinstance(part, str) for name in part[0]}
    functions = set(re.findall(r"^\w[\w ]*[ *](\w+)\(", source.text, re.MULTILINE))
    assert "mlp_model_create" in functions
    assert functions <= shown
