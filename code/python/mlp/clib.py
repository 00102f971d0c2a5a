"""The one door to C: finds the library, and reads its headers so that a signature exists once."""

import sys
from dataclasses import fields
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from cffi import FFI

from mlp.config import ACTIVATIONS, ModelConfig, TrainingConfig
from mlp.errors import MLPError

_PACKAGE = Path(__file__).parent
_REPOSITORY = _PACKAGE.parents[2]
LIBRARY_FILE = "libmlp.dylib" if sys.platform == "darwin" else "libmlp.so"
SOURCES = _REPOSITORY / "code" / "c"  # of a checkout; an installed package has only mlp.h

ffi = FFI()


@cache
def library() -> Any:
    """Load the library: the one inside an installed package, or `build/` of a checkout.

    MLPError if neither is there.
    """
    for path, header in (
        (_PACKAGE / LIBRARY_FILE, _PACKAGE / "mlp.h"),
        (_REPOSITORY / "build" / LIBRARY_FILE, SOURCES / "mlp.h"),
    ):
        if path.exists():
            ffi.cdef(declarations(header))
            try:
                return ffi.dlopen(str(path))
            except OSError as error:
                raise MLPError(f"{path}: cannot load the C library: {error}") from error
    raise MLPError("the C library is not built: run `nox -s lib` in the repository")


@cache
def internals() -> Any:
    """Load the library with what kernels.h declares besides mlp.h. It takes a checkout."""
    lib = library()
    ffi.cdef(declarations(SOURCES / "kernels.h"))
    return lib


def declarations(header: Path) -> str:
    """Return a header without the preprocessor's lines, which cffi does not read."""
    lines = header.read_text("utf-8").splitlines()
    return "\n".join(line for line in lines if not line.startswith("#"))


def names(function: Any) -> list[str]:
    """Return the names that one of the library's functions of a number gives, until its NULL."""
    found: list[str] = []
    while (name := function(len(found))) != ffi.NULL:
        found.append(ffi.string(name).decode())
    return found


def check(code: int, what: str) -> None:
    """Turn an error code of the library into an MLPError."""
    if code != 0:
        raise MLPError(f"{what}: {ffi.string(library().mlp_strerror(code)).decode()}")


def pointer(array: np.ndarray[Any, Any]) -> Any:
    """Return a C pointer to the numbers of an array, which it keeps alive."""
    kind = {"int32": "int[]", "uint16": "uint16_t[]", "float32": "float[]"}[array.dtype.name]
    return ffi.from_buffer(kind, np.ascontiguousarray(array))


def struct(config: ModelConfig | TrainingConfig) -> Any:
    """Return a config as the struct of the same fields: mlp_config * or mlp_training *."""
    name = "mlp_config *" if isinstance(config, ModelConfig) else "mlp_training *"
    values = {field.name: getattr(config, field.name) for field in fields(config)}
    if "activation" in values:  # an enum in C
        values["activation"] = ACTIVATIONS.index(values["activation"])
    return ffi.new(name, values)
