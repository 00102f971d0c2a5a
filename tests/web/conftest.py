"""The library in WebAssembly, built once for all tests of it."""

import subprocess
import sys
from pathlib import Path

import pytest
from cases import REPOSITORY
from filelock import FileLock


@pytest.fixture(scope="session")
def wasm(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """mlp.wasm of this very tree: processes that test side by side share it."""
    common = tmp_path_factory.getbasetemp()
    if worker_id != "master":
        common = common.parent
    module = common / "wasm" / "mlp.wasm"
    with FileLock(common / "wasm.lock"):
        if not module.exists():
            make = REPOSITORY / "code" / "c" / "make.py"
            subprocess.run([sys.executable, make, "--wasm", module.parent], check=True)
    return module
