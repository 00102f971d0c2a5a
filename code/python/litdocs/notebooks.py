"""The MkDocs hook for notebooks: they run at every build, and are pages like the others.

A notebook under `docs` holds no outputs. This hook runs it and hands the result to mkdocs-jupyter,
which makes a page of it and puts it beside that page, to download. The page itself is rendered as
Markdown, like every page: mkdocs-jupyter's own HTML brings 600 KB of another style.
"""

import tempfile
from pathlib import Path
from typing import Any

import nbformat
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.plugins import event_priority
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

from litdocs.sources import LitdocsError

RAN = "build/notebooks"  # below the repository: the notebooks with their outputs
FIRST, LAST = event_priority(100), event_priority(-100)  # before and after mkdocs-jupyter


@FIRST
def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Replace each notebook by what came of running it."""
    folder = Path(config.config_file_path).parent / RAN
    for file in [file for file in files if is_notebook(file)]:
        ran = folder / file.src_uri
        ran.parent.mkdir(parents=True, exist_ok=True)
        ran.write_text(nbformat.writes(run(file)), "utf-8")  # type: ignore[no-untyped-call]
        files.remove(file)
        files.append(File(file.src_uri, str(folder), config.site_dir, config.use_directory_urls))
    return files


@LAST
def on_pre_page(page: Page, config: MkDocsConfig, files: Files) -> None:
    """Take back the rendering that mkdocs-jupyter has put in the place of MkDocs's own."""
    if is_notebook(page.file):
        del page.render


@FIRST
def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str | None:
    """Return the page of a notebook, with links to get at it below the title's cell."""
    if not is_notebook(page.file):
        return None
    notebook: Any = nbformat.reads(markdown, as_version=4)  # type: ignore[no-untyped-call]
    page.meta["description"] = notebook.metadata["description"]
    repository = str(config.repo_url).removeprefix("https://github.com/")
    hosted = f"https://colab.research.google.com/github/{repository}/blob/main/docs/"
    return as_markdown(notebook, Path(page.file.src_uri).name, hosted + page.file.src_uri)


def is_notebook(file: File) -> bool:
    return file.src_uri.endswith(".ipynb")


def run(file: File) -> Any:
    """Return the notebook with its outputs; LitdocsError if a cell fails."""
    notebook: Any = nbformat.reads(  # type: ignore[no-untyped-call]
        file.content_string, as_version=4
    )
    with tempfile.TemporaryDirectory() as folder:
        client = NotebookClient(
            notebook,
            resources={"metadata": {"path": folder}},
            extra_arguments=["--IPKernelApp.log_level=ERROR"],
        )
        try:
            client.execute()
        except CellExecutionError as error:
            message = f"{file.src_uri}: cell {failed(notebook)}: {error.ename}: {error.evalue}"
            raise LitdocsError(message.splitlines()[0]) from None
    return notebook


def failed(notebook: Any) -> int:
    """Return the number of the cell that failed, from 1."""
    outputs = [
        [output.output_type for output in cell.get("outputs", [])] for cell in notebook.cells
    ]
    return next(number for number, types in enumerate(outputs, 1) if "error" in types)


def as_markdown(notebook: Any, download: str, hosted: str) -> str:
    """Return a notebook that has run as Markdown, with links to it below the title's cell."""
    blocks = []
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            blocks.append(cell.source)
        else:
            blocks.append(fence("python", cell.source))
            if printed := "".join(map(text_of, cell.outputs)):
                blocks.append(fence("output", printed))
    # As HTML: for Markdown's links this address is that of the page.
    file = f'<a href="{download}" download>Download the notebook</a>'
    blocks.insert(1, f"{file}, or [open it in Colab]({hosted}).")
    return "\n\n".join(blocks) + "\n"


def text_of(output: Any) -> str:
    """Return an output as text; LitdocsError if it is none."""
    if output.output_type == "stream":
        return str(output.text)
    try:
        return str(output.data["text/plain"]) + "\n"
    except (AttributeError, KeyError):
        raise LitdocsError(f"a notebook shows {output.output_type}: print text") from None


def fence(language: str, text: str) -> str:
    return f"````{language}\n{text.rstrip()}\n````"
