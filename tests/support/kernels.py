"""The sets of kernels that the library has."""

from mlp.clib import ffi, library


def names(function: str) -> tuple[str, ...]:
    """Ask the library for a list of names: of "mlp_kernels_name", "mlp_split_name", …"""
    found: list[str] = []
    while (name := getattr(library(), function)(len(found))) != ffi.NULL:
        found.append(ffi.string(name).decode())
    return tuple(found)


TABLES = names("mlp_kernels_name")  # the fastest first, "textbook" last
EVERYWHERE = ("base", "textbook")  # the others need a processor that has them
