"""Interleaved timing: machines drift, so what is compared is timed in the same round."""

import random
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from typing import TypedDict

from rich.progress import track

Times = dict[str, list[float]]  # seconds a call, one per round


class Spread(TypedDict):
    """How measurements lie: the median, the quartiles around it, and the extremes."""

    min: float
    q1: float
    median: float
    q3: float
    max: float


def interleave(
    what: str,
    calls: Mapping[str, Callable[[], object]],
    rounds: int,
    seconds: float = 0.03,
    pause: float = 0.0,
) -> Times:
    """Time every call in turn, `rounds` times over.

    Each timing repeats its call for about `seconds`, after one untimed call that fills the
    caches which the others have emptied. Every round has another order, so that none profits or
    suffers from what comes before it: with several threads, a pause of so many seconds lets those
    of the last call fall asleep. `what` names the measurement beside its progress.
    """
    names = list(calls)
    repeats = {name: _repeats(call, seconds) for name, call in calls.items()}
    times: Times = {name: [] for name in names}
    order = random.Random(1)
    for _ in track(range(rounds), what):
        for name in order.sample(names, len(names)):
            time.sleep(pause)
            calls[name]()
            times[name].append(_time(calls[name], repeats[name]))
    return times


def _time(call: Callable[[], object], repeats: int) -> float:
    start = time.perf_counter()
    for _ in range(repeats):
        call()
    return (time.perf_counter() - start) / repeats


def _repeats(call: Callable[[], object], seconds: float) -> int:
    """Return how often a call fits into `seconds`, at least once."""
    for _ in range(3):  # lazy imports, first pages and the optimizer's first step
        call()
    return max(1, round(seconds / max(_time(call, 3), 1e-9)))


def spread(values: Sequence[float]) -> Spread:
    """Summarise measurements; one alone is its own quartiles."""
    low, middle, high = (
        statistics.quantiles(values, n=4, method="inclusive")
        if len(values) > 1
        else 3 * [values[0]]
    )
    return {"min": min(values), "q1": low, "median": middle, "q3": high, "max": max(values)}


def ratios(times: Times, name: str, base: str) -> list[float]:
    """Return the ratio of two times, round by round."""
    return [time / other for time, other in zip(times[name], times[base])]
