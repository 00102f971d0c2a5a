"""Notebooks that run in the build: what comes of them, and what stops it."""

from pathlib import Path

import nbformat
import pytest
from mkdocs.structure.files import File

from litdocs.notebooks import as_markdown, run
from litdocs.sources import LitdocsError


def notebook(tmp_path: Path, *code: str) -> File:
    """Write a notebook with these cells below its title."""
    cells = [nbformat.v4.new_markdown_cell("# Title"), *map(nbformat.v4.new_code_cell, code)]
    kernel = {"name": "python3", "display_name": "Python 3"}
    metadata = {"description": "What: it is", "kernelspec": kernel}
    made = nbformat.v4.new_notebook(cells=cells, metadata=metadata)
    (tmp_path / "one.ipynb").write_text(nbformat.writes(made), encoding="utf-8")
    return File("one.ipynb", str(tmp_path), str(tmp_path / "site"), False)


def test_a_page_has_the_code_and_what_it_printed(tmp_path: Path) -> None:
    ran = run(notebook(tmp_path, "a = 6", "print('one')\na * 7"))
    assert as_markdown(ran, "one.ipynb", "https://hosted") == (
        "# Title\n\n"
        '<a href="one.ipynb" download>Download the notebook</a>, '
        "or [open it in Colab](https://hosted).\n\n"
        "````python\na = 6\n````\n\n"
        "````python\nprint('one')\na * 7\n````\n\n"
        "````output\none\n42\n````\n"
    )


def test_a_cell_that_fails_stops_the_build_with_one_line(tmp_path: Path) -> None:
    with pytest.raises(LitdocsError) as error:
        run(notebook(tmp_path, "a = 1", "raise ValueError('no\\nway')"))
    assert error.value.message == "one.ipynb: cell 3: ValueError: no"


def test_what_a_page_cannot_show_stops_the_build(tmp_path: Path) -> None:
    shown = "from IPython.display import display\ndisplay({'image/png': ''}, raw=True)"
    with pytest.raises(LitdocsError, match="print text"):
        as_markdown(run(notebook(tmp_path, shown)), "one.ipynb", "https://hosted")
