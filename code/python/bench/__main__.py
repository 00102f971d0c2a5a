"""Measure and show; with --record, write docs/results/bench-PART.json too, which the pages quote.

    python -m bench [--record] [steps] [kernels] [ladder] [adamw] [ideas] [xla]
                              [grid] [threads] [workers] [first] [runs]

Without names: everything, in ten minutes. The pages speak of AVX-512: record where there is one.
"""

import sys
from collections.abc import Callable
from typing import Any, NamedTuple

from rich.console import Console
from rich.table import Table

from bench import adamw, first, ideas, kernels, ladder, runs, steps, threads, workers, xla
from bench.machine import describe
from mlp.backends import one_thread
from mlp.errors import MLPError
from records.store import origin, write

Result = dict[str, Any]


class Part(NamedTuple):
    """A part of the bench: how often it measures, and how it shows what it found."""

    measure: Callable[[int], Result]
    rounds: int
    tables: tuple[Callable[[Result], Table], ...]


PARTS = {
    "steps": Part(steps.measure, 31, (steps.table,)),
    "kernels": Part(kernels.measure, 21, (kernels.table,)),
    "ladder": Part(ladder.measure, 21, (ladder.table,)),
    "adamw": Part(adamw.measure, 101, (adamw.table,)),
    "ideas": Part(ideas.measure, 15, (ideas.table,)),
    "xla": Part(xla.measure, 1, (xla.table,)),
    "grid": Part(steps.measure_grid, 9, (steps.grid_table,)),
    "threads": Part(threads.measure, 9, (steps.grid_table,)),
    "workers": Part(workers.measure, 15, (workers.table,)),
    "first": Part(first.measure, 9, (first.table,)),
    "runs": Part(runs.measure, 5, (runs.table, runs.process_table)),
}


def main(words: list[str]) -> None:
    """Run the parts named, or all."""
    if sys.dont_write_bytecode:
        raise MLPError("bench: PYTHONDONTWRITEBYTECODE is set: each start would compile all anew")
    recording = "--record" in words
    names = [word for word in words if word != "--record"]
    unknown = [name for name in names if name not in PARTS]
    if unknown:
        raise MLPError(f"bench: no part {unknown[0]!r}: known are {', '.join(PARTS)}")
    tables = []
    made = origin("nox -s bench -- --record") if recording else {}
    with one_thread():
        machine = describe()
        for name in names or PARTS:
            part = PARTS[name]
            result = part.measure(part.rounds)
            if recording:
                write(f"bench-{name}", made | {"machine": machine} | result)
            tables += [show(result) for show in part.tables]
    console = Console()
    if not console.is_terminal:  # a log is as wide as it needs to be
        console.width = 160
    for table in tables:
        console.print(table)


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except MLPError as error:
        sys.exit(str(error))
    except KeyboardInterrupt:
        sys.exit("bench: stopped; what was recorded so far is whole")
