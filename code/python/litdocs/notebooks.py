"""The MkDocs hook for notebooks: they run at every build, and are pages like the others.

A notebook under `docs` holds no outputs. The site has it with what it printed in this build, to
download; and a page of the same name, written as Markdown, so that it looks as every page does.
(A hook, since a Markdown extension cannot add a page.)
"""

import json
import tempfile
from typing import Any

import nbformat
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

from litdocs.sources import LitdocsError


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Replace each notebook by what came of it."""
    for file in list(files):
        if file.src_uri.endswith(".ipynb"):
            notebook = run(file)
            repo = str(config.repo_url).removeprefix("https://github.com/")
            hosted = (
                f"https://colab.research.google.com/github/{repo}/blob/main/docs/{file.src_uri}"
            )
            name = file.src_uri.removesuffix(".ipynb")
            files.remove(file)
            download = nbformat.writes(notebook)  # type: ignore[no-untyped-call]
            files.append(File.generated(config, file.src_uri, content=download))
            text = page(notebook, file.name + ".ipynb", hosted)
            files.append(File.generated(config, name + ".md", content=text))
    return files


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


def page(notebook: Any, download: str, hosted: str) -> str:
    """Return a notebook that has run as a page, with links to get at it below the title's cell."""
    blocks = []
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            blocks.append(cell.source)
        else:
            blocks.append(fence("python", cell.source))
            if printed := "".join(map(text_of, cell.outputs)):
                blocks.append(fence("output", printed))
    blocks.insert(1, f"[Download the notebook]({download}), or [open it in Colab]({hosted}).")
    description = json.dumps(notebook.metadata["description"], ensure_ascii=False)
    return f"---\ndescription: {description}\n---\n\n" + "\n\n".join(blocks) + "\n"


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
