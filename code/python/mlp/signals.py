"""Ctrl-C and its like, as a wish that a training looks at between two batches.

Everywhere else they end the process at once, as they do by default: no file is ever half
written. `signals.c` does the same.
"""

import os
import select
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import Any

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
SECONDS = 1.5  # for a step and a save, after Ctrl-C
STOPPED = 130  # exit status

LAST_WORDS = b"mlp: stopped within a step; what was saved before is still there\n"


class Stopped(Exception):
    """Somebody wishes the training to end."""


class Wish:
    """Whether somebody wishes it."""

    def __init__(self) -> None:
        self.made = False

    def look(self) -> None:
        """Raise Stopped if so."""
        if self.made:
            raise Stopped


@contextmanager
def signals_as_wish(last_words: bytes = LAST_WORDS) -> Iterator[Wish]:
    """Make the first Ctrl-C, SIGTERM or SIGHUP a wish; those that were ignored stay so.

    A second Ctrl-C kills, and so does a batch that takes too long after the first. Python
    would not run a handler until it ended, so it takes a thread to see to that, which says
    `last_words`.
    """
    wish = Wish()

    def handle(number: int, frame: FrameType | None) -> None:
        wish.made = True

    ours = [number for number in SIGNALS if signal.getsignal(number) != signal.SIG_IGN]
    reader, writer = os.pipe()  # gets the number of each signal, the moment that it comes
    os.set_blocking(writer, False)
    thread = threading.Thread(target=_watch, args=(reader, last_words), daemon=True)
    thread.start()
    wakeup = signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
    before: dict[int, Any] = {number: signal.signal(number, handle) for number in ours}
    try:
        yield wish
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(wakeup)
        os.close(writer)  # the thread reads to the end
        thread.join()
        os.close(reader)


def _watch(reader: int, last_words: bytes) -> None:
    """End the process at a second Ctrl-C, or some time after the first."""
    interrupts = 0
    while select.select([reader], [], [], SECONDS if interrupts else None)[0]:
        numbers = os.read(reader, 1)
        if not numbers:
            return
        interrupts += numbers[0] == signal.SIGINT
        if interrupts == 2:
            os._exit(STOPPED)
    with suppress(OSError):  # the terminal may be gone
        os.write(2, last_words)
    os._exit(STOPPED)
