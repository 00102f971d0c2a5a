"""What the tests share: the C library, the corpora, one thread, and the table of measurements."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import site_browser
import tolerances
import training
from cases import REPOSITORY
from kernels import EVERYWHERE, TABLES
from playwright.sync_api import Browser

from mlp import corpora, tokens
from mlp.backends import one_thread
from mlp.clib import ffi, internals
from mlp.corpora import Corpus

CORPUS_DIR = os.environ.get("MLP_CORPUS_DIR")  # read before any test changes the environment


def pytest_configure() -> None:
    """Under nohup, go on ignoring a hang-up, but do not make the programs ignore it: tests send it.

    Unlike being ignored, being handled is not passed on to them. Workers end with their master.
    """
    worker = "PYTEST_XDIST_WORKER" in os.environ
    if hasattr(signal, "SIGHUP") and (worker or signal.getsignal(signal.SIGHUP) is signal.SIG_IGN):
        signal.signal(signal.SIGHUP, lambda *_: None)


@pytest.fixture(scope="session", autouse=True)
def single_thread() -> Iterator[None]:
    """Sums in another order round differently."""
    with one_thread():
        yield


@pytest.fixture(autouse=True)
def no_training_outlives_its_test() -> Iterator[None]:
    """A test that fails leaves none behind: they would take days."""
    yield
    while training.started:
        with training.started.pop() as process:
            process.kill()


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """The system's Chromium, where there is one."""
    executable = site_browser.find_chromium()
    if executable is None:
        pytest.skip("no Chromium here: install one, or name it in $CHROMIUM")
    with site_browser.browser(executable) as chromium:
        yield chromium


@pytest.fixture(scope="session")
def library() -> Any:
    """The C library, with what kernels.h declares besides mlp.h."""
    return internals()


@pytest.fixture(scope="session")
def program(library: Any) -> Path:
    """The C program, built along with the library."""
    path = REPOSITORY / "build" / "mlp"
    assert path.exists(), "build/mlp is not there: run `nox -s lib`"
    return path


@pytest.fixture(params=TABLES)
def table(request: pytest.FixtureRequest, library: Any) -> str:
    """The name of each table of kernels that this processor can run."""
    name = str(request.param)
    if library.kernels_find(name.encode()) == ffi.NULL:
        assert name not in EVERYWHERE
        pytest.skip(f"this processor has no {name}")
    return name


@pytest.fixture(scope="session")
def given_names_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The corpus given-names, built away from the user's folders."""
    return corpora.prepare(corpora.GIVEN_NAMES, tmp_path_factory.mktemp("corpora"))


@pytest.fixture(scope="session")
def given_names(given_names_folder: Path) -> Corpus:
    """What the corpus given-names says."""
    return corpora.load(given_names_folder)


@pytest.fixture(scope="session")
def ssa_names() -> Corpus:
    """The corpus of the original module, where there is one."""
    if CORPUS_DIR is None:
        pytest.skip("MLP_CORPUS_DIR is not set: no ssa-names here")
    return corpora.load(Path(CORPUS_DIR) / corpora.SSA_NAMES)


@pytest.fixture(scope="session")
def tiny_tokens() -> tokens.Stream:
    """Names of one to six letters: shorter and longer than the contexts of the tests."""
    return tokens.tokenize(b"a\nbo\ncid\ndora\nelias\nfatima\n", "tiny")


@pytest.fixture
def random(request: pytest.FixtureRequest) -> np.random.Generator:
    """Random numbers, other ones in each test and the same in each run."""
    return np.random.default_rng(list(request.node.name.encode()))


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--measure", action="store_true", help="print the largest difference of each tolerance"
    )


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    if config.getoption("--measure"):
        terminalreporter.section("largest differences")
        for name, t in tolerances.all_by_name().items():
            if t.largest > 0:
                terminalreporter.line(
                    f"{name:24} {t.largest:.1e}, recorded {t.measured:.1e}, bound {t.bound:.0e}"
                )
