"""A reader who does what the first page says can run every snippet of the book."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import cases
import pytest

from litdocs.fences import Fence, fences
from litdocs.sources import definitions

DOCS = cases.REPOSITORY / "docs"
PAGES = sorted(DOCS.rglob("*.md"))
FIRST = (DOCS / "index.md").read_text().splitlines()
REASON = "test_reader.py"  # what the reasons say of the commands on the first page that run here

# The snippets of a page, one after the other in one session, as the page says.
SESSION = r"""
import contextlib, io, json, sys
namespace, printed = {"__name__": "__main__"}, []
for code in json.load(sys.stdin):
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(compile(code, "snippet", "exec"), namespace)
    printed.append(out.getvalue())
json.dump(printed, sys.stdout)
"""


def commands() -> list[str]:
    """Return the commands of the first page that a reader of snippets needs."""
    return [f.text.strip() for f in fences(FIRST) if REASON in f.options.get("reason", "")]


def snippets(page: Path, *languages: str) -> list[tuple[Fence, str | None]]:
    """Return the fences of a page that run, each with the output that the page shows below it."""
    found = [fence for fence in fences(page.read_text().splitlines()) if fence.language != "figure"]
    return [
        (fence, below.text.rstrip("\n") if below and below.language == "output" else None)
        for fence, below in zip(found, [*found[1:], None])
        if fence.language in languages and not fence.not_run and not fence.include(cases.REPOSITORY)
    ]


def test_the_first_page_says_how_to_install_and_how_to_compile() -> None:
    install, compile_ = commands()
    assert " install " in install
    assert "snippet.c" in compile_


@pytest.mark.slow
def test_every_snippet_runs_after_what_the_first_page_says(tmp_path: Path) -> None:
    """A clone, an environment of its own, the page's command, and then page by page."""
    checkout, environment = tmp_path / "mlp-spelled-out", tmp_path / "environment"
    cases.copy_of_repository(checkout)
    subprocess.run([sys.executable, "-m", "venv", environment], check=True)
    path = f"{environment / 'bin'}{os.pathsep}{os.environ['PATH']}"
    env = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    env |= {"PATH": path, "VIRTUAL_ENV": str(environment), "COLUMNS": "80", "NO_COLOR": "1"}
    env["PIP_NO_COMPILE"] = "1"  # most of PyTorch is never imported here

    def run(*words: str, stdin: str = "") -> "subprocess.CompletedProcess[str]":
        return subprocess.run(words, cwd=checkout, env=env, input=stdin, capture_output=True,
                              text=True)  # fmt: skip

    install, compile_ = commands()
    done = run("bash", "-c", install)
    if re.search(r"ConnectionError|NewConnectionError|Could not fetch URL|timed out", done.stderr):
        pytest.skip("no package index here")
    assert done.returncode == 0, done.stderr
    if shutil.which("cc") is None:  # the page has words for this as well
        assert run("python3", "-m", "pip", "install", "ziglang").returncode == 0
        compile_ = compile_.replace("cc", "python3 -m ziglang cc", 1)

    wrong, count = [], 0
    for page in PAGES:
        label = page.relative_to(DOCS)
        python = snippets(page, "python")
        done = run("python", "-c", SESSION, stdin=json.dumps([f.text for f, _ in python]))
        if done.returncode != 0:
            wrong.append(f"{label}: {done.stderr}")
            continue
        found = list(zip(python, json.loads(done.stdout)))
        for fence, output in snippets(page, "c", "sh"):
            command = fence.text
            if fence.language == "c":
                if not any("main" in item.names for item in definitions(".c", fence.text)):
                    continue
                (checkout / "snippet.c").write_text(fence.text)
                command = compile_
            done = run("bash", "-euo", "pipefail", "-c", command)
            if done.returncode != 0:
                wrong.append(f"{label}:{fence.first}: {done.stderr}")
            else:
                found.append(((fence, output), done.stdout))
        for (fence, output), printed in found:
            count += 1
            if output is not None and output != printed.rstrip("\n"):
                wrong.append(f"{label}:{fence.first}: prints\n{printed}\ninstead of\n{output}")
    assert not wrong, "\n".join(wrong)
    assert count > 60
