"""What a page shows is printed on another processor, too.

Libraries choose their loops by what the processor can, and so add in another order. A digit that
the last bit of a sum decides has no place on a page.
"""

import os
import platform
import subprocess
import sys
from pathlib import Path

import cases
import numpy as np
import pytest

# Words for the libraries of NumPy and PyTorch, and for our Makefile.
OLDER = {
    "2013": ({"OPENBLAS_CORETYPE": "Haswell", "ATEN_CPU_CAPABILITY": "avx2"}, "x86_64=avx2"),
    "2011": (
        {
            "OPENBLAS_CORETYPE": "Sandybridge",
            "ATEN_CPU_CAPABILITY": "default",
            "ONEDNN_MAX_CPU_ISA": "SSE41",
            "NPY_DISABLE_CPU_FEATURES": " ".join(
                np.show_config(mode="dicts").get("SIMD Extensions", {}).get("found", [])
            ),
        },
        "x86_64=",
    ),
}


@pytest.mark.slow
@pytest.mark.skipif(platform.machine() != "x86_64", reason="knows older processors of x86-64 alone")
@pytest.mark.parametrize("year", OLDER)
def test_every_page_prints_the_same_on_an_older_processor(year: str, tmp_path: Path) -> None:
    cases.copy_of_repository(tmp_path)
    older, kernels = OLDER[year]
    make = (sys.executable, tmp_path / "code/c/make.py", tmp_path / "build", kernels)
    cases.run(*make, code=0)
    pages = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "docs", "README.md"],
        cwd=tmp_path, env=os.environ | older | {"PYTHONPATH": str(tmp_path / "code" / "python")},
        capture_output=True, text=True,
    )  # fmt: skip
    assert pages.returncode == 0, pages.stdout
