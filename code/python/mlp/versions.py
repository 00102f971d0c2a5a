"""What a number depends on besides this repository."""

import platform
import tomllib
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

_PROJECT = Path(__file__).parents[3] / "pyproject.toml"  # of a checkout


def own_version() -> str:
    """Return the version of this package, as pyproject.toml has it."""
    if _PROJECT.exists():
        return str(tomllib.loads(_PROJECT.read_text("utf-8"))["project"]["version"])
    return version("mlp-spelled-out")


def versions() -> dict[str, str]:
    """Return the versions of Python, of NumPy and PyTorch as installed, and the machine's kind."""
    return {
        "python": platform.python_version(),
        "numpy": _version("numpy"),
        "torch": _version("torch"),
        "machine": platform.machine(),
    }


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"
