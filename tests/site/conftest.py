"""The built site, for every test of it, and where it is served."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import site_browser
from cases import REPOSITORY
from filelock import FileLock


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """The site of this very tree: $MLP_SITE if somebody has just built it, else built here.

    Processes that test side by side share it: the first one builds, the others wait.
    """
    if built := os.environ.get("MLP_SITE"):
        return Path(built)
    common = tmp_path_factory.getbasetemp()
    if worker_id != "master":  # the name of the only one
        common = common.parent
    folder, draft = common / "site", common / "site-draft"
    with FileLock(common / "site.lock"):
        if not folder.exists():
            words = ("--strict", "-f", REPOSITORY / "mkdocs.yml", "--site-dir", draft)
            subprocess.run(
                [sys.executable, "-m", "mkdocs", "build", *words],
                cwd=common,  # a site can be built from anywhere
                env=os.environ | {"NO_MKDOCS_2_WARNING": "1"},
                check=True,
            )
            draft.rename(folder)
    return folder


@pytest.fixture(scope="session")
def address(site: Path) -> Iterator[str]:
    """The address of the site, which ends in a slash."""
    with site_browser.serve(site) as address:
        yield address


@pytest.fixture
def computing(site: Path) -> None:
    """For tests of pages that compute: they cannot where the site was built without ziglang."""
    if not (site / "assets/lab/mlp.wasm.gz").exists():
        pytest.skip("the site was built without ziglang")
