"""The reference of a C library: its header as a page, declaration by declaration.

    ```header
    code/c/mlp.h
    ```

becomes a section for each comment like `/* ---- model (model.c) ---- */`. In it, each group of
lines between blank ones is shown as code, below a heading that names what it declares, and the
comment above it as text. What stands before the first section is left out.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import partial

from litdocs.sources import Source, definitions

_SECTION = re.compile(r"/\* -+ (.+?) -+ \*/")
_SPECIAL = re.compile(r"[\\*_<&>\[\]#]")


def sections(source: Source) -> Iterator[str | tuple[list[str], str, Source]]:
    """Yield the title of a section, or names, their comment in Markdown, and their lines."""
    begun = False
    for first, group in _groups(source.text):
        if section := _SECTION.fullmatch(group[0]):
            begun = True
            yield section[1]
            continue
        comment, code = _split(group)
        if not begun or not code or code[0].startswith(("#ifdef", "#endif", "#ifndef")):
            continue
        text = "\n".join(code)
        names = [name for item in definitions(".h", text) for name in item.names]
        if text.startswith("typedef"):
            names = names[-1:]
        start = source.first + first + len(comment)
        lines = replace(source, first=start, last=start + len(code) - 1, text=text, copy="")
        yield names, _markdown(comment), lines


def _groups(text: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the lines between blank ones, each group with the number of its first, from 0."""
    group: list[str] = []
    for number, line in enumerate([*text.splitlines(), ""]):
        if line.strip():
            group.append(line)
        elif group:
            yield number - len(group), group
            group = []


def _split(group: list[str]) -> tuple[list[str], list[str]]:
    """Split a group after the comment that it begins with, if it does."""
    if not group[0].startswith("/*"):
        return [], group
    end = next(number for number, line in enumerate(group, 1) if "*/" in line)
    return group[:end], group[end:]


def _markdown(comment: list[str]) -> str:
    """Return a comment as Markdown: without its stars, and with nothing that means something."""
    lines = [re.sub(r"^ ?/?\*+/? ?| *\*/$", "", line) for line in comment]
    parts = re.split(r"(`[^`]*`)", "\n".join(lines).strip())
    plain = partial(_SPECIAL.sub, lambda sign: f"&#{ord(sign[0])};")
    return "".join(part if part.startswith("`") else plain(part) for part in parts)
