"""kernels.c: a processor is asked for exactly what the flags of a kernel set let a compiler use."""

import re
from pathlib import Path

import pytest
from cases import REPOSITORY
from kernels import TABLES

from mlp.clib import library as load_library

PROCESSOR = Path("/proc/cpuinfo")


@pytest.mark.parametrize("kernels", TABLES)
def test_a_set_runs_where_the_processor_has_what_its_flags_name(kernels: str) -> None:
    if not PROCESSOR.exists():
        pytest.skip("this system does not list what its processor has")
    has = set(re.findall(r"\w+", PROCESSOR.read_text()))
    makefile = (REPOSITORY / "code" / "c" / "Makefile").read_text()
    flags = re.findall(rf"^{kernels} *= *(.*)$", makefile, re.MULTILINE)
    needs = set(re.findall(r"-m((?:avx|fma)\w*)", " ".join(flags)))
    assert needs or kernels in ("base", "textbook")
    runs = load_library().mlp_kernels_check(kernels.encode()) == 0
    assert runs == (needs <= has)
