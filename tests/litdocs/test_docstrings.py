"""Formulas in docstrings keep their lines."""

from pathlib import Path
from textwrap import indent

import griffe

from litdocs.docstrings import Formulas, fenced

DOCSTRING = """Change them.

    m = m + 1
      - 2

    v = 3

Then more.

Raises:
    ValueError: if not.
"""

SHOWN = """Change them.

```text
m = m + 1
  - 2
```

```text
v = 3
```

Then more.

Raises:
    ValueError: if not.
"""


def test_lines_that_are_indented_after_an_empty_one_become_a_fence() -> None:
    assert fenced(DOCSTRING) == SHOWN
    assert fenced("Adds.\n\n    a + b") == "Adds.\n\n```text\na + b\n```\n"


def test_griffe_gives_them_to_each_object(tmp_path: Path) -> None:
    docstring = indent(f'"""{DOCSTRING}"""\n', "    ")
    (tmp_path / "formulas.py").write_text(f"class A:\n{docstring}")
    extensions = griffe.load_extensions(Formulas)
    found = griffe.load("formulas", search_paths=[tmp_path], extensions=extensions)["A"].docstring
    assert found
    assert found.value == SHOWN.rstrip("\n")
