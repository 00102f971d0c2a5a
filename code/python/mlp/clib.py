"""Binds the C library. cffi reads mlp.h itself, so the signatures exist once."""

import sys
from functools import cache
from pathlib import Path
from typing import Any

from cffi import FFI

from mlp.errors import MLPError

_PACKAGE = Path(__file__).parent
_REPOSITORY = _PACKAGE.parents[2]
_FILE = "libmlp.dylib" if sys.platform == "darwin" else "libmlp.so"

ffi = FFI()


@cache
def library() -> Any:
    """Load the library: the one inside an installed package, or `build/` of a checkout.

    MLPError if neither is there.
    """
    for path, header in (
        (_PACKAGE / _FILE, _PACKAGE / "mlp.h"),
        (_REPOSITORY / "build" / _FILE, _REPOSITORY / "code" / "c" / "mlp.h"),
    ):
        if path.exists():
            ffi.cdef(_declarations(header.read_text()))
            try:
                return ffi.dlopen(str(path))
            except OSError as error:
                raise MLPError(f"{path}: cannot load the C library: {error}") from error
    raise MLPError("the C library is not built: run `nox -s lib` in the repository")


def check(code: int, what: str) -> None:
    """Turn an error code of the library into an MLPError."""
    if code != 0:
        raise MLPError(f"{what}: {ffi.string(library().mlp_strerror(code)).decode()}")


def _declarations(header: str) -> str:
    """The header without the preprocessor's lines, which cffi does not read."""
    return "\n".join(line for line in header.splitlines() if not line.startswith("#"))
