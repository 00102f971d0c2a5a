"""Whole files: what is written is there completely, or what was there before still is.

A file is written aside, under a name that nobody else has, and renamed. Its writer holds a
lock on it. So whoever starts can tell what a killed program left behind from what another is
writing at the moment. `files.c` does the same, with the same names.
"""

import errno
import fcntl
import os
import re
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from mlp.errors import MLPError

Bytes = bytes | memoryview

ASIDE = re.compile(r"\.mlp-[0-9a-f]{16}\.part")


def write_file(path: Path, pieces: Iterable[Bytes]) -> None:
    """Put a file of these pieces at `path`, forced to the disk; MLPError if that is impossible.

    Links are followed. A file that is replaced hands on its mode.
    """
    with writing(path):
        target, mode = _target(path)
        aside, descriptor = _create_aside(target)
        try:
            for piece in pieces:
                write_all(descriptor, piece)
            if mode is not None:
                with suppress(OSError):  # not every file system has modes
                    os.fchmod(descriptor, mode)
            os.fsync(descriptor)
            os.replace(aside, target)
        except BaseException:
            with suppress(OSError):  # the first error says it all
                os.unlink(aside)
            raise
        finally:
            os.close(descriptor)


def write_all(descriptor: int, piece: Bytes) -> None:
    """Write all of it: the system may take less at a time."""
    rest = memoryview(piece).cast("B")
    while rest:
        rest = rest[os.write(descriptor, rest) :]


def check_writable(path: Path) -> None:
    """Raise MLPError now if a file could not be written after hours of work.

    And remove what programs left beside it that were killed while they wrote.
    """
    with writing(path):
        target, _ = _target(path)
        _remove_leftovers(os.path.dirname(target))
        aside, descriptor = _create_aside(target)
        os.unlink(aside)
        os.close(descriptor)


def _target(path: Path) -> tuple[str, int | None]:
    """Return the file that a path leads to, and its mode if it is there; only regular ones are."""
    mode = None
    try:
        there = os.stat(path).st_mode
    except FileNotFoundError:
        pass
    else:
        if stat.S_ISDIR(there):
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        if not stat.S_ISREG(there):
            raise OSError(errno.EINVAL, "not a regular file")
        mode = stat.S_IMODE(there)
    return os.path.realpath(path), mode


def _create_aside(target: str) -> tuple[str, int]:
    """Create a file beside the target and lock it; return its path and descriptor."""
    while True:
        aside = os.path.join(os.path.dirname(target), f".mlp-{os.urandom(8).hex()}.part")
        descriptor = os.open(aside, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o666)
        with suppress(OSError):  # where there are no locks, nobody removes anything either
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        if os.fstat(descriptor).st_nlink > 0:
            return aside, descriptor
        os.close(descriptor)  # somebody took it for a leftover, just before it had its lock


def _remove_leftovers(folder: str) -> None:
    with suppress(OSError):  # a folder need not be readable
        for name in filter(ASIDE.fullmatch, os.listdir(folder)):
            _remove_dead(os.path.join(folder, name))


def _remove_dead(aside: str) -> None:
    """Remove a file unless its writer lives."""
    with suppress(OSError):  # it is not ours, or has just been renamed
        descriptor = os.open(aside, os.O_RDWR | os.O_NOFOLLOW | os.O_NONBLOCK)
        try:
            if stat.S_ISREG(os.fstat(descriptor).st_mode):
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                os.unlink(aside)
        finally:
            os.close(descriptor)


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Turn an OSError into one line that says which file cannot be written, and why."""
    try:
        yield
    except OSError as error:
        raise MLPError(f"{path}: cannot write: {error.strerror}") from error
