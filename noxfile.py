"""Everything this repository does: `nox -s NAME`. Without a name: docs and tests."""

import sys
from pathlib import Path

import nox

sys.path.insert(0, str(Path(__file__).parent / "code" / "c"))
from make import ZIG, find_compiler

nox.options.sessions = ["docs", "tests"]
nox.options.default_venv_backend = "virtualenv"  # pip: the same resolver for everybody
nox.options.reuse_venv = "yes"  # the second time takes seconds; the versions are pinned anyway

PYPROJECT = nox.project.load_toml("pyproject.toml")
ROOT = Path(__file__).parent


def install(session: nox.Session, *groups: str) -> None:
    """Install this repository and dependency groups, all in the versions of constraints.txt."""
    packages = [p for group in groups for p in nox.project.dependency_groups(PYPROJECT, group)]
    session.install("-c", "constraints.txt", "-e", ".", *packages)


def build_library(session: nox.Session) -> None:
    """Build the C library and program into build/."""
    if not find_compiler():
        session.install(ZIG)
    session.run("python", "code/c/make.py")


@nox.session
def docs(session: nox.Session) -> None:
    """Build the C library, make the corpus ready and build the site into site/."""
    install(session, "docs")
    build_library(session)
    session.run("mlp", "data")
    session.run("mkdocs", "build", "--quiet", env={"NO_MKDOCS_2_WARNING": "1"})
    session.log(f"the site is ready: open {ROOT / 'site' / 'index.html'}")


@nox.session
def tests(session: nox.Session) -> None:
    """Run every test: the model, the command line, the site, and every snippet of the text."""
    install(session, "tests")
    build_library(session)
    session.run("pytest", *session.posargs, env={"NO_MKDOCS_2_WARNING": "1"})


@nox.session
def lib(session: nox.Session) -> None:
    """Build the C library and the program mlp into build/, with gcc, clang or zig."""
    build_library(session)


@nox.session
def serve(session: nox.Session) -> None:
    """Show the site at a local address and rebuild it as its sources change."""
    install(session, "docs")
    build_library(session)
    session.run("mkdocs", "serve", *session.posargs, env={"NO_MKDOCS_2_WARNING": "1"})


@nox.session
def lint(session: nox.Session) -> None:
    """Check the style of the Python code, its types, and the C code."""
    install(session, "docs", "tests", "lint")
    session.run("ruff", "check")
    session.run("ruff", "format", "--check")
    session.run("mypy")
    sources = sorted(str(path) for path in (ROOT / "code" / "c").glob("*.c"))
    session.run("clang-tidy", "--quiet", *sources, "--", "-std=c11")


@nox.session
def bench(session: nox.Session) -> None:
    """Record docs/results/bench-*.json: how fast, interleaved, on one thread. A quarter of an hour.

    Give names to measure in part: nox -s bench -- steps kernels ladder grid runs.
    """
    install(session)
    build_library(session)
    # Leave the choice of its kernels to OpenBLAS, as on a machine that nobody has tuned.
    untuned = {"OPENBLAS_CORETYPE": None, "OPENBLAS_L2_SIZE": None}
    session.run("python", "-m", "bench", *session.posargs, env=untuned)


@nox.session
def results(session: nox.Session) -> None:
    """Record docs/results/: whole training runs of all three. Takes about ten minutes."""
    install(session)
    build_library(session)
    session.run("python", "-m", "records", *session.posargs)


@nox.session
def mutants(session: nox.Session) -> None:
    """Flip a sign or an index at a time and see that a test turns red. Takes half an hour."""
    install(session, "tests")
    build_library(session)
    session.run("python", "tests/mutants/mutants.py", *session.posargs)


@nox.session
def lock(session: nox.Session) -> None:
    """Write constraints.txt: the versions of everything that the pinned packages need."""
    packages = [
        *nox.project.dependency_groups(PYPROJECT, "docs", "tests", "lint"),
        *PYPROJECT["project"]["dependencies"],
    ]
    session.install(*packages)
    frozen = session.run("python", "-m", "pip", "freeze", silent=True)
    lines = sorted(line.split("+")[0] for line in str(frozen).splitlines() if "==" in line)
    header = "# Written by `nox -s lock` from pyproject.toml.\n"
    (ROOT / "constraints.txt").write_text(header + "\n".join(lines) + "\n")
