"""When a run in training is saved: often enough that little is lost, rarely enough to cost little.

`saving.c` does the same.
"""

import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType

from mlp.errors import MLPError, NotANumber, WorkerGone
from mlp.run import Run

SHARE = 50  # a save waits for so many times as long as the last one took: it costs 2 % at most
LONGEST = 60.0  # seconds until it waits no longer


class Saver:
    """Saves a run: at the first evaluation, on the way, and whatever ends the training.

    Without `every` it saves at evaluations, where SHARE lets it, and after LONGEST seconds
    at any step; with it, whenever that many steps are done.
    """

    def __init__(
        self,
        run: Run,
        path: Path,
        every: int | None,
        warn: Callable[[str], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.run = run
        self.path = path
        self.every = every
        self.warn = warn
        self.clock = clock
        self.saved: int | None = None  # the step at which the run was saved last
        self.ended = clock()  # when the last try ended, and
        self.cost = 0.0  # how long it took
        self.warned = ""

    def evaluated(self) -> None:
        """An evaluation is done: save, if it is the first or time to."""
        waited = self.clock() - self.ended
        if self.saved is None or (self.every is None and waited >= SHARE * self.cost):
            self._try()

    def stepped(self) -> None:
        """A step is done: save, if it is time to."""
        if self.every is not None:
            due = self.run.step % self.every == 0
        else:
            due = self.clock() - self.ended >= LONGEST
        if due:
            self._try()

    def _try(self) -> None:
        """Save. A failure is a warning: the next time may be better."""
        if self.saved == self.run.step:
            return
        start = self.clock()
        try:
            self.run.save(self.path)
            self.saved = self.run.step
        except NotANumber:
            raise
        except MLPError as error:
            if self.saved is None:  # there is not much to lose yet
                raise
            if str(error) != self.warned:
                self.warn(str(error))
            self.warned = str(error)
        self.ended = self.clock()
        self.cost = self.ended - start

    def __enter__(self) -> "Saver":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        """Save what is whole; what was saved before stays if it is not."""
        whole = self.run.whole or isinstance(error, WorkerGone)
        lost = isinstance(error, NotANumber) or not whole
        if self.saved != self.run.step and not lost:
            self.run.save(self.path)
