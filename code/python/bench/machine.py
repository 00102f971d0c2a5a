"""What the measurements were made on, and C compiled for it."""

import os
import platform
import re
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from cffi import FFI
from threadpoolctl import threadpool_info

from mlp import clib
from mlp.clib import SOURCES
from mlp.errors import MLPError

ROOT = Path(__file__).parents[3]


class Internals:
    """The library with the tables of kernels.h, which mlp.h keeps to itself."""

    def __init__(self) -> None:
        self.ffi, self.lib = clib.ffi, clib.internals()
        self.fields = {name for name, _ in self.ffi.typeof("mlp_kernels").fields}

    def sets(self) -> list[str]:
        """Return the names of the kernel sets that this processor runs, best first."""
        every = clib.names(self.lib.mlp_kernels_name)
        return [name for name in every if self.table(name) != self.ffi.NULL]

    def table(self, name: str) -> Any:
        return self.lib.kernels_find(name.encode())

    def auto(self) -> str:
        """Return the name of the set that "auto" chooses."""
        return str(self.ffi.string(self.table("auto").name).decode())


# --- compiling ---------------------------------------------------------------


def compiler() -> list[str]:
    """Return the compiler that builds the library; MLPError if there is none."""
    return _make("--compiler")


def flags(kernels: str) -> list[str]:
    """Return the Makefile's flags for fast.c and a kernel set."""
    return _make("--flags", "CFLAGS", "FAST", kernels)


def _make(*words: str) -> list[str]:
    """Ask the script that builds the library; MLPError with what it says if it fails."""
    command = [sys.executable, str(SOURCES / "make.py"), *words]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise MLPError(done.stderr.strip().replace("build:", "bench:", 1))
    return shlex.split(done.stdout)


def compile_library(
    sources: Sequence[Path], options: Sequence[str], declared: str
) -> tuple[FFI, Any]:
    """Compile C files and load them; `declared` says what is in them. MLPError if it fails.

    The options are for the compiler and not for the linker: given -ffast-math, gcc's would add
    code that makes the whole process flush small numbers to zero.
    """
    ffi = FFI()
    ffi.cdef(declared)
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / f"{sources[0].stem}.so"
        objects = [Path(folder) / f"{source.stem}.o" for source in sources]
        for source, made in zip(sources, objects):
            _compile([*options, f"-I{SOURCES}", "-c", "-o", str(made), str(source)], source.name)
        _compile(["-shared", "-o", str(out), *map(str, objects), "-lm"], sources[0].name)
        return ffi, ffi.dlopen(str(out))


def _compile(words: Sequence[str], name: str) -> None:
    done = subprocess.run([*compiler(), *words], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise MLPError(f"{name}: does not compile: {done.stderr.strip()[:500]}")


# --- describing --------------------------------------------------------------


def describe() -> dict[str, Any]:
    """Return processor, caches, kernels, compiler and BLAS: no names or paths of the machine."""
    blas = [info for info in threadpool_info() if info["user_api"] == "blas"]
    return {
        "system": platform.system(),
        "processor": processor(),
        "cores": os.cpu_count(),
        "caches": caches(),
        "kernels": Internals().auto(),
        "compiler": compiler_version(),
        "blas": sorted(
            {
                f"{b['internal_api']} {b['version']} {b.get('architecture', '')}".strip()
                for b in blas
            }
        ),
    }


def processor() -> str:
    """Return the processor's model as it calls itself."""
    info = Path("/proc/cpuinfo")
    if info.exists():
        models = re.findall(r"^model name\s*: (.*)$", info.read_text(), re.MULTILINE)
        if models:
            return str(models[0])
    if sys.platform == "darwin":
        return _output("sysctl", "-n", "machdep.cpu.brand_string")
    return platform.processor() or platform.machine()


def caches() -> dict[str, int]:
    """Return the bytes of each cache that holds data, as Linux lists them for the first core."""
    found = {}
    for cache in sorted(Path("/sys/devices/system/cpu/cpu0/cache").glob("index*")):
        if (cache / "type").read_text().strip() != "Instruction":
            size = (cache / "size").read_text().strip()  # such as 48K
            found[f"L{(cache / 'level').read_text().strip()}"] = int(size.rstrip("K")) * 1024
    return found


def compiler_version() -> str:
    """Return the first line of what the compiler says about itself."""
    return _output(*compiler(), "--version").splitlines()[0]


def _output(*command: str) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
