"""The evaluations of a training as a CSV file, for whoever draws a curve of them.

`log.c` writes the same.
"""

import os
from pathlib import Path
from types import TracebackType

from mlp.errors import MLPError
from mlp.files import write_all, writing
from mlp.run import Report

HEADER = b"step,train,val,ms\n"


class Log:
    """A line for each evaluation, in the file as soon as it is done."""

    def __init__(self, path: Path, resumed: int | None = None, force: bool = False) -> None:
        """Start the file; or go on with it where a run is resumed that has done so many steps.

        Then lines of later steps go: they are about to be written again. MLPError if there is
        a file and the run is new, unless `force` says to replace it, or if it is no log.
        """
        self.path = path
        self.last = -1  # step that the file has
        with writing(path):
            self.descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o666)
            if os.fstat(self.descriptor).st_size == 0:  # so it is of pipes and devices
                write_all(self.descriptor, HEADER)
            elif resumed is not None:
                self._go_on(resumed)
            elif force:
                os.ftruncate(self.descriptor, 0)
                write_all(self.descriptor, HEADER)
            else:
                raise MLPError(f"{path}: exists already; --force replaces it")

    def _go_on(self, resumed: int) -> None:
        """Cut off what comes after a step, and a line that was never finished."""
        size = os.fstat(self.descriptor).st_size
        text = os.pread(self.descriptor, size, 0)
        if not text.startswith(HEADER):
            raise MLPError(f"{self.path}: not a log of mlp train")
        kept = len(HEADER)
        for line in text[kept:].splitlines(keepends=True):
            step = line.partition(b",")[0]
            if not (line.endswith(b"\n") and step.isdigit() and int(step) <= resumed):
                break
            self.last = int(step)
            kept += len(line)
        os.ftruncate(self.descriptor, kept)

    def write(self, report: Report) -> None:
        """Add a line; MLPError if that fails."""
        if report.step <= self.last:
            return
        ms = "" if report.ms_per_step is None else f"{report.ms_per_step:.3f}"
        line = f"{report.step},{report.train_loss:.6f},{report.val_loss:.6f},{ms}\n"
        with writing(self.path):
            write_all(self.descriptor, line.encode())

    def __enter__(self) -> "Log":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        os.close(self.descriptor)
