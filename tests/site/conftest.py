"""What the tests of the site share: the site itself, built once, and where it is served."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import site_browser
from cases import REPOSITORY


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site of this very tree: $MLP_SITE if somebody has just built it, else built here."""
    if built := os.environ.get("MLP_SITE"):
        return Path(built)
    folder = tmp_path_factory.mktemp("site")
    subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--quiet", "--strict", "--site-dir", folder],
        cwd=REPOSITORY,
        env=os.environ | {"NO_MKDOCS_2_WARNING": "1"},
        check=True,
    )
    return folder


@pytest.fixture(scope="session")
def address(site: Path) -> Iterator[str]:
    """The address of the site, which ends in a slash."""
    with site_browser.serve(site) as address:
        yield address
