"""`pip install .` compiles the C library and puts it beside the Python modules.

`pip install -e .` compiles it into `build/`, where a checkout's own code looks for it.
"""

import platform
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

MAKE = (sys.executable, str(Path(__file__).parent / "code" / "c" / "make.py"))


class CLibrary(BuildHookInterface[Any]):
    """Build the library, and put it into the wheel if that is to stand by itself."""

    def dependencies(self) -> list[str]:
        """Ask for a compiler from the package index where the machine has none."""
        found = subprocess.run([*MAKE, "--compiler"], capture_output=True)
        return [] if found.returncode == 0 else ["ziglang"]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Compile, and add library and header to the wheel."""
        if version == "editable":
            subprocess.run(MAKE, check=True)
            return
        folder = Path(self.directory) / "c-library"
        subprocess.run([*MAKE, str(folder)], check=True)
        library = next(folder.glob("libmlp.*[!a]"))
        header = Path(self.root) / "code" / "c" / "mlp.h"
        build_data["force_include"] = {
            str(library): f"mlp/{library.name}",
            str(header): "mlp/mlp.h",
        }
        build_data["pure_python"] = False
        build_data["tag"] = f"py3-none-{_platform()}"


def _platform() -> str:
    """The platform tag of this machine: the library needs nothing of Python."""
    name = sysconfig.get_platform().replace("-", "_").replace(".", "_")
    return name.replace("universal2", platform.machine())  # Python is for both, we are not
