"""Run the fences of the pages: pytest-codeblocks without its blind spots.

`pytest -p litdocs.pytest_plugin --codeblocks`. The switch and the nodes are those of
pytest-codeblocks; the collector is ours. The package's docstring says what happens to which fence.
"""

import contextlib
import difflib
import importlib
import io
import os
import shlex
import subprocess
import sys
import tempfile
import traceback
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any

import pytest
import pytest_codeblocks.plugin as codeblocks
from markdown_it import MarkdownIt

from litdocs import equations
from litdocs.fences import Fence, fences
from litdocs.sources import LitdocsError, Source, definitions

STRICT = ("-std=c11", "-O2", "-Wall", "-Wextra", "-Werror")
COUNTS = ("run", "compared", "computed", "embedded", "not run", "broken")
COUNT = "litdocs"  # what the counts are called on their way between processes
TIMEOUT = 600  # seconds for one command


@dataclass
class Found:
    """What was found on the pages, before any fence runs."""

    pages: int = 0
    fences: int = 0
    not_run: list[str] = field(default_factory=list)


@dataclass
class Run:
    """One run of pytest over the pages: how to run a command, and what was found."""

    root: Path
    asks_compiler: list[str]
    cflags: list[str]
    libs: list[str]
    figures: str
    update: bool
    found: Found = field(default_factory=Found)
    compiled: set[str] = field(default_factory=set)
    compiler: list[str] = field(default_factory=list)

    def command(self, *words: str, stdin: str = "") -> str:
        """Run a command from the root and return what it prints. LitdocsError if it fails."""
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"
        # Without colours and 80 columns wide, wherever the tests run.
        env = os.environ | {"PATH": path, "COLUMNS": "80", "NO_COLOR": "1"}
        try:
            done = subprocess.run(
                words, input=stdin, capture_output=True, text=True, check=False,
                cwd=self.root, env=env, timeout=TIMEOUT,
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            raise LitdocsError(f"still runs after {TIMEOUT} s") from None
        if done.returncode:
            raise LitdocsError(
                f"exit status {done.returncode}\n{done.stdout}{done.stderr}".rstrip()
            )
        return done.stdout

    def compile(self, *words: str, stdin: str = "") -> None:
        """Call the C compiler, whose command is asked for once."""
        if not self.compiler:
            self.compiler = shlex.split(self.command(*self.asks_compiler))
        self.command(*self.compiler, *STRICT, *self.cflags, *words, stdin=stdin)

    def check(self, source: Source) -> None:
        """Compile or import the file of a source, and compile what the page's button copies."""
        path = self.root / source.path
        if path.suffix in (".c", ".h"):
            if source.path not in self.compiled:
                with tempfile.TemporaryDirectory() as folder:
                    self.compile("-x", "c", "-c", source.path, "-o", f"{folder}/out.o")
                self.compiled.add(source.path)
            copied = ("-Wno-unused", "-I", str(path.parent), "-fsyntax-only", "-x", "c", "-")
            self.compile(*copied, stdin=source.copy)
        elif path.suffix == ".py":
            import_file(path)
            compile(source.copy, source.path, "exec", dont_inherit=True)


def import_file(path: Path) -> None:
    """Import a Python file under its name in its packages. LitdocsError if that is another file."""
    names, folder = [path.stem], path.parent
    while (folder / "__init__.py").exists():
        names.insert(0, folder.name)
        folder = folder.parent
    if str(folder) not in sys.path:
        sys.path.append(str(folder))
    module = importlib.import_module(".".join(names).removesuffix(".__init__"))
    if not path.samefile(module.__file__ or ""):
        raise LitdocsError(f"{path.name}: 'import {module.__name__}' finds {module.__file__}")


class Item(codeblocks.TestBlock):  # type: ignore[misc]
    """A fence, what to do with it, and the fence that shows its output if one follows."""

    def __init__(
        self, name: str, parent: "Page", fence: Fence, count: str, execute: Callable[[], str]
    ) -> None:
        super().__init__(name, parent)
        self.page = parent
        self.fence = fence
        self.count = count
        self.execute = execute
        self.output: Fence | None = None

    def runtest(self) -> None:
        # With the report of the test, the count reaches the process that sums up.
        self.user_properties.append((COUNT, self.count))
        if self.output is not None:
            self.user_properties.append((COUNT, "compared"))
        printed = self.execute().rstrip("\n")
        if self.output is None or self.output.text.rstrip("\n") == printed:
            return
        if self.page.run.update:
            self.page.updates.append((self.output, printed))
            return
        old, new = self.output.text.rstrip("\n").splitlines(), printed.splitlines()
        diff = "\n".join(difflib.unified_diff(old, new, "on the page", "printed", lineterm=""))
        hint = "the fence prints something else (pytest --update-output rewrites the page)"
        raise LitdocsError(f"{hint}\n{diff}", self.output.first)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException]) -> str:
        error, line = excinfo.value, self.fence.first
        if isinstance(error, LitdocsError):
            return f"{self.page.label}:{error.line or line}: {error.message}"
        frame: TracebackType | None = excinfo.tb
        trace, in_page = frame, False
        while frame:
            name = frame.tb_frame.f_code.co_filename
            if name == str(self.path):
                line, in_page = frame.tb_lineno, True
            elif not in_page and (name == __file__ or "importlib" in name):
                trace = frame.tb_next
            frame = frame.tb_next
        if isinstance(error, SyntaxError) and error.filename == str(self.path):
            line = error.lineno or line
        text = "".join(traceback.format_exception(type(error), error, trace))
        return f"{self.page.label}:{line}: {type(error).__name__}: {error}\n{text}"

    def reportinfo(self) -> tuple[Path, int, str]:
        return self.path, self.fence.first - 1, f"{self.page.label}:{self.fence.first}"


class Page(codeblocks.MarkdownFile):  # type: ignore[misc]
    """A page: its fences, and the one namespace of its Python."""

    def collect(self) -> list[Item]:
        self.run: Run = self.config.stash[_RUN]
        self.label = os.path.relpath(self.path, self.run.root)
        self.namespace: dict[str, Any] = {"__name__": "__main__", "__file__": str(self.path)}
        self.printed: dict[int, str] = {}
        self.updates: list[tuple[Fence, str]] = []
        text = self.path.read_text("utf-8")
        lines = text.split("\n")
        found = {fence.first: fence for fence in fences(lines)}
        # A second parser, which knows nothing of the first, must see the same fences.
        markdown = MarkdownIt("commonmark").disable(["code", "html_block"])
        seen = {t.map[0] + 1 for t in markdown.parse(text) if t.type == "fence" and t.map}
        self.run.found.pages += bool(seen)
        self.run.found.fences += len(seen)
        self.items: list[Item] = []
        for first in sorted(seen | found.keys()):
            fence = found.get(first, Fence(first, first, "", "", (), {}, ""))
            try:
                if first not in seen & found.keys():
                    raise LitdocsError("malformed or unclosed fence")
                self.add(fence, lines)
            except LitdocsError as error:
                self.add_item(fence, "broken", partial(self.broken, error))
        return self.items

    def add(self, fence: Fence, lines: list[str]) -> None:
        """Decide what happens to a fence. LitdocsError if nothing can."""
        root, language = self.run.root, fence.language
        if fence.not_run:
            self.run.found.not_run.append(f"{self.label}:{fence.first} ({fence.not_run})")
        elif source := fence.include(root):
            self.add_item(fence, "embedded", partial(self.embedded, [source]))
        elif header := fence.header(root):
            self.add_item(fence, "embedded", partial(self.embedded, [header]))
        elif language == "sources":
            sources = [column.source for column in fence.columns(root) if column.source]
            self.add_item(fence, "embedded", partial(self.embedded, sources))
        elif language == "figure":
            self.add_item(fence, "embedded", partial(fence.figure, self.run.figures))
        elif language in RUN:
            self.add_item(fence, "run", partial(RUN[language], self, fence))
        elif language == "output":
            above = self.items[-1] if self.items else None
            between = lines[above.fence.last : fence.first - 1] if above else []
            if above is None or above.count != "run" or "".join(between).strip(" >"):
                raise LitdocsError("output without the fence that prints it directly above")
            above.output = fence
        elif language == "equation":
            self.add_item(fence, "computed", partial(self.equation, lines, fence))
        else:
            known = ", ".join([*RUN, "header", "sources", "figure", "output", "equation"])
            raise LitdocsError(f"fence in unknown language '{language}'; known: {known}")

    def add_item(self, fence: Fence, count: str, execute: Callable[[], str]) -> None:
        name = f"line {fence.first} {fence.language}".rstrip()
        item = Item.from_parent(self, name=name, fence=fence, count=count, execute=execute)
        self.items.append(item)

    def python(self, fence: Fence) -> str:
        """Run the Python of the page down to this fence, each fence once; return its output.

        The fences above may not have run yet, if only this one was selected.
        """
        run = (item.fence for item in self.items if item.count == "run")
        for above in (other for other in run if other.language == "python"):
            if above.first <= fence.first and above.first not in self.printed:
                self.printed[above.first] = ""
                code = "\n" * above.first + above.text  # so that tracebacks name the page's lines
                compiled = compile(code, str(self.path), "exec", dont_inherit=True)
                stdout = io.StringIO()
                with contextlib.chdir(self.run.root), contextlib.redirect_stdout(stdout):
                    exec(compiled, self.namespace)
                self.printed[above.first] = stdout.getvalue()
        return self.printed[fence.first]

    def c(self, fence: Fence) -> str:
        """Compile a C fence; if it has a `main`, link it with the library and run it."""
        is_program = any("main" in item.names for item in definitions(".c", fence.text))
        with tempfile.TemporaryDirectory() as folder:
            file, out = Path(folder, "fence.c"), f"{folder}/fence"
            file.write_text(f'#line {fence.first + 1} "{self.label}"\n{fence.text}', "utf-8")
            if is_program:
                self.run.compile(str(file), *self.run.libs, "-o", out)
                return self.run.command(out)
            self.run.compile("-c", str(file), "-o", out)
        return ""

    def shell(self, fence: Fence) -> str:
        return self.run.command("bash", "-euo", "pipefail", "-c", fence.text)

    def equation(self, lines: list[str], fence: Fence) -> str:
        equations.check(lines, fence)
        return ""

    def embedded(self, sources: Iterable[Source]) -> str:
        for source in sources:
            self.run.check(source)
        return ""

    def broken(self, error: LitdocsError) -> str:
        raise error

    def teardown(self) -> None:
        """Write the new outputs into the page, from the last to the first."""
        if not self.updates:
            return
        lines = self.path.read_text("utf-8").split("\n")
        for fence, printed in sorted(self.updates, key=lambda update: -update[0].first):
            opening = lines[fence.first - 1]
            indent = opening[: len(opening) - len(opening.lstrip("> \t"))]
            new = [(indent + line) if line else indent.rstrip() for line in printed.splitlines()]
            lines[fence.first : fence.last - 1] = new
        aside = self.path.with_name(self.path.name + ".new")
        aside.write_text("\n".join(lines), "utf-8")
        os.replace(aside, self.path)


RUN = {"python": Page.python, "c": Page.c, "sh": Page.shell, "bash": Page.shell}

# The hook of pytest-codeblocks looks its collector up when it meets a page.
codeblocks.MarkdownFile = Page
_RUN = pytest.StashKey[Run]()


def pytest_addoption(parser: pytest.Parser) -> None:
    help_update = "write what fences print into the output fences that differ"
    parser.addoption("--update-output", action="store_true", help=help_update)
    help_compiler = "command, run from rootdir, that prints the command of the C compiler"
    parser.addini("litdocs_compiler", help_compiler, "args", ["echo", "cc"])
    parser.addini("litdocs_cflags", "flags for the C of the pages", "args")
    parser.addini("litdocs_libs", "what C programs on the pages link with", "args")
    parser.addini("litdocs_figures", "module whose FIGURES the figure fences name")


def pytest_configure(config: pytest.Config) -> None:
    config.stash[_RUN] = Run(
        root=config.rootpath,
        asks_compiler=config.getini("litdocs_compiler"),
        cflags=config.getini("litdocs_cflags"),
        libs=config.getini("litdocs_libs"),
        figures=config.getini("litdocs_figures"),
        update=config.option.update_output,
    )


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Tell what was found to the process that sums up, if pytest-xdist made this one."""
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput[COUNT] = asdict(session.config.stash[_RUN].found)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Take over what a process of pytest-xdist found: each finds the same."""
    if COUNT in getattr(node, "workeroutput", {}):
        node.config.stash[_RUN].found = Found(**node.workeroutput[COUNT])


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    found = config.stash[_RUN].found
    if found.fences:
        ran = (r for reports in terminalreporter.stats.values() for r in reports)
        counts = Counter(
            value
            for report in ran
            if getattr(report, "when", "") == "call"
            for name, value in report.user_properties
            if name == COUNT
        )
        counts |= {"not run": len(found.not_run)}
        said = ", ".join(f"{counts[what]} {what}" for what in COUNTS if counts[what])
        share = counts.total() / found.fences
        terminalreporter.write_line(
            f"litdocs: {found.fences} fences in {found.pages} pages, {share:.0%}: {said}"
        )
    for fence in found.not_run:
        terminalreporter.write_line(f"litdocs: not run: {fence}")
