"""Everything this repository does: `nox -s NAME`. Without a name: docs and tests."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import nox

nox.options.sessions = ["docs", "tests"]
nox.options.default_venv_backend = "virtualenv"  # pip: the same resolver for everybody
nox.options.reuse_venv = "yes"  # the second time takes seconds; the versions are pinned anyway

PYPROJECT = nox.project.load_toml("pyproject.toml")
ROOT = Path(__file__).parent
PYTHONS = nox.project.python_versions(PYPROJECT)
UNIVERSAL = (
    *("uv", "pip", "compile", "--quiet", "--universal"),
    *("--python-version", PYTHONS[0], "--output-file"),
)
if not os.access(ROOT, os.W_OK):
    sys.exit(f"nox: {ROOT} is read-only, and build/, site/ and .nox/ go there: use a copy")
SITE = {"NO_MKDOCS_2_WARNING": "1"}


def install(session: nox.Session, *groups: str, package: str = ".[plot,torch,tune]") -> None:
    """Install this repository and dependency groups, all in the versions of constraints.txt."""
    packages = [p for group in groups for p in nox.project.dependency_groups(PYPROJECT, group)]
    # Not compiled: of most packages little is ever imported.
    session.install("--no-compile", "-c", "constraints.txt", "-e", package, *packages)


def build_library(session: nox.Session) -> None:
    """Build the C library and program into build/."""
    make = "code/c/make.py"
    found = subprocess.run([sys.executable, make, "--compiler"], capture_output=True)
    if found.returncode != 0:
        session.install("-c", "constraints.txt", "ziglang")
    session.run("python", make)


def build_wasm(session: nox.Session) -> None:
    """Build the library for the pages that train. Without ziglang they say that it is missing."""
    session.run("python", "code/c/make.py", "--wasm", success_codes=[0, 1])


@nox.session
def docs(session: nox.Session) -> None:
    """Build the C library, make the corpus ready and build the site into site/."""
    install(session, "docs")
    build_library(session)
    build_wasm(session)
    session.run("mlp", "data")
    session.run("mkdocs", "build", env=SITE)
    session.log(f"the site is ready: open {ROOT / 'site' / 'index.html'}")


@nox.session
def tests(session: nox.Session) -> None:
    """Run every test, side by side: the model, the command line, the site, the snippets.

    What follows -- goes to pytest: nox -s tests -- tests/mlp -n 0 runs some, one after another.
    """
    install(session, "tests")
    build_library(session)
    build_wasm(session)
    session.run("python", "-m", "litdocs.npm", "install")
    # As many as processors, each with a file at a time. In the order of the folders, whose last,
    # the pages, are short: pytest-xdist would have those with few but long tests to the end.
    side_by_side = ("-n", "logical", "--dist", "loadfile", "--no-loadscope-reorder")
    # A process for each core: more threads would only wait for each other.
    session.run("pytest", *side_by_side, *session.posargs, env=SITE | {"OMP_NUM_THREADS": "1"})


@nox.session
def lib(session: nox.Session) -> None:
    """Build the C library and the program mlp into build/, with gcc, clang or zig."""
    build_library(session)


@nox.session
def data(session: nox.Session) -> None:
    """Make a corpus ready: nox -s data -- ssa-names. It takes the options of `mlp data`."""
    install(session, package=".")
    session.run("mlp", "data", *session.posargs)


@nox.session
def serve(session: nox.Session) -> None:
    """Show the site at a local address and rebuild it as its sources change."""
    install(session, "docs")
    build_library(session)
    build_wasm(session)
    session.run("mkdocs", "serve", *session.posargs, env=SITE)


@nox.session
def lint(session: nox.Session) -> None:
    """Check the style of the code, its types in Python and JavaScript, and the workflows."""
    install(session, "docs", "tests", "lint")
    session.run("ruff", "check")
    session.run("ruff", "format", "--check")
    session.run("mypy")
    session.run("python", "-m", "litdocs.npm", "run", "typescript/bin/tsc", "-p", "jsconfig.json")
    sources = sorted(str(path) for path in (ROOT / "code" / "c").rglob("*.c"))
    session.run("clang-tidy", "--quiet", *sources, "--", "-std=c11", "-Icode/c")
    session.run("zizmor", "--offline", "--quiet", ".github")


@nox.session
def lighthouse(session: nox.Session) -> None:
    """Print Lighthouse's scores for pages of the site that `nox -s docs` built, on a phone."""
    install(session, "tests")
    support = {"PYTHONPATH": "tests/support"}
    session.run("python", "tests/lighthouse/scores.py", *session.posargs, env=support)


@nox.session
def bench(session: nox.Session) -> None:
    """Measure how fast everything is, interleaved, on one thread. A quarter of an hour.

    Give names to measure in part: nox -s bench -- steps kernels ladder adamw ideas xla grid
    threads workers first runs.
    With --record the figures go to docs/results/bench-*.json, which the pages quote.
    """
    install(session, "bench")
    build_library(session)
    # As on a machine that nobody has tuned: OpenBLAS chooses its kernels, and Python keeps what it
    # has compiled.
    tuned = ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE", "PYTHONDONTWRITEBYTECODE")
    session.run("python", "-m", "bench", *session.posargs, env=dict.fromkeys(tuned))


@nox.session
def results(session: nox.Session) -> None:
    """Record docs/results/: whole training runs. In all it takes hours; a name does a part.

    nox -s results -- ngram agree quick original deep context3 small best learned rungs ensemble.
    """
    install(session)
    build_library(session)
    session.run("python", "-m", "records", *session.posargs)


@nox.session
def mutants(session: nox.Session) -> None:
    """Flip a sign or an index at a time and see that a test turns red. Takes hours."""
    install(session, "tests")
    build_library(session)
    session.run("python", "-m", "litdocs.npm", "install")
    session.run("python", "tests/mutants/mutants.py", *session.posargs)


# --- versions ------------------------------------------------------------------


def pin(session: nox.Session, file: str, *options: str) -> None:
    """Write versions of everything into a file; those that it has stay while they fit."""
    session.install("-c", "constraints.txt", "uv", "packaging")
    groups = [word for name in PYPROJECT["dependency-groups"] for word in ("--group", name)]
    what = ("pyproject.toml", "--all-extras", *groups)
    fewest = ("--fork-strategy", "fewest")  # one version for every Python, where there is one
    header = ("--no-annotate", "--custom-compile-command", "nox -s lock")
    session.run(*UNIVERSAL, file, *what, *fewest, *header, *options, silent=True)


@nox.session
def lock(session: nox.Session) -> None:
    """Write constraints.txt and npm's lock files: a version of everything, for every machine.

    Versions stay as they are while they fit pyproject.toml: nox -s lock -- --upgrade renews them.
    """
    pin(session, "constraints.txt", *session.posargs)
    install(session, "docs", package=".")
    session.run("python", "-m", "litdocs.npm", "lock", ".", "tests/lighthouse")


@nox.session
def wheels(session: nox.Session) -> None:
    """Ask the index for a wheel of every pinned package for every machine that readers have."""
    folder = Path(session.create_tmp()).resolve()
    current = shutil.copy("constraints.txt", folder)
    pin(session, current)
    if Path(current).read_text() != Path("constraints.txt").read_text():
        session.error("constraints.txt is not what pyproject.toml asks for: run `nox -s lock`")
    lockfile = str(folder / "pylock.toml")
    session.run(
        *UNIVERSAL, lockfile, "constraints.txt", "--no-deps", "--format", "pylock.toml", silent=True
    )
    session.run("python", "tests/support/wheels.py", lockfile)


@nox.session(python=PYTHONS[0])
def lowest(session: nox.Session) -> None:
    """Train and sample with the lowest versions that pyproject.toml allows, all three."""
    session.install("-c", "constraints.txt", "uv")
    session.run("uv", "pip", "install", "--resolution", "lowest-direct", "-e", ".[plot,torch,tune]")
    build_library(session)
    session.run("mlp", "agree", "--steps", "200")
    folder = Path(session.create_tmp()).resolve()
    model, log, picture = (str(folder / file) for file in ("m.safetensors", "log.csv", "log.svg"))
    files = ("--out", model, "--log", log, "--force")
    session.run("mlp", "train", "--backend", "torch", "--steps", "20", *files)
    session.run("mlp", "plot", log, "--out", picture)
    session.run("mlp", "sample", "--checkpoint", model, "--backend", "numpy")
    study = ("--study", str(folder / "study"), "--epochs", "0.1", "--trials", "3")
    session.run("mlp", "tune", *study, "--max-parameters", "5000")
