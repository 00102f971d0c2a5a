"""Memory that the C library hands over."""

from typing import Any

from cffi import FFI

from mlp.clib import ffi

C_STANDARD = FFI()
C_STANDARD.cdef("void free(void *);")
LIBC = C_STANDARD.dlopen(None)


def owned(pointer: Any) -> Any:
    """The same pointer; what it points to is freed with it."""

    def free(pointer: Any) -> None:
        LIBC.free(C_STANDARD.cast("void *", int(ffi.cast("intptr_t", pointer))))

    return ffi.gc(pointer, free)
