"""Kill and interrupt trainings at random moments, with a busy loop on every processor.

    python tests/attack/sweep.py [--shots 100] [--pairs 50] [--seed 1] [PROGRAM ...]

For each of the four programs, so many SIGKILLs and so many SIGINTs. Nothing may be lost: once
an evaluation is printed there is a whole checkpoint, which goes on as the uninterrupted run
does, bit for bit. After Ctrl-C the program ends within two seconds, not with success, and
without a traceback; but for some milliseconds at the very start, before the first line of ours
runs: then Python itself prints one. Then two trainings at a time with one --out, killed: whatever
is there is a whole file of one of them. It takes hours, so that it is no test; run it after a
change.
"""

import argparse
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT / "code" / "python"), str(ROOT / "tests" / "support")]

from cases import NAMES, corpus, run_c  # noqa: E402
from training import PROGRAMS, end, read_lines, start  # noqa: E402

from mlp import corpora  # noqa: E402
from mlp.backends import one_thread  # noqa: E402
from mlp.checkpoint import load_checkpoint  # noqa: E402
from mlp.errors import MLPError  # noqa: E402
from mlp.run import Run  # noqa: E402
from mlp.windows import Windows  # noqa: E402

MORE = 20  # steps that a resumed run is compared after
LIMIT = 2.0  # seconds from Ctrl-C to the end
SIZES = ("--hidden", "100", "--batch", "32", "--steps", str(10**9))


@dataclass(frozen=True)
class Saved:
    """A checkpoint that a shot left, and the program that is to go on with it."""

    program: str
    path: Path


def same(run: Run, path: Path) -> bool:
    """Whether a run is, bit for bit, where a checkpoint is."""
    saved, moments = load_checkpoint(path), run.backend.moments()
    return saved.step == run.step and all(
        np.array_equal(mine[name].view(np.uint32), theirs[name].view(np.uint32))
        for mine, theirs in zip((run.backend.params(), *moments), (saved.params, saved.m, saved.v))
        for name in theirs
    )


def go_on(saved: Saved, folder: Path, windows: Windows) -> Path:
    """Resume a checkpoint for some steps."""
    path = saved.path.with_suffix(".more")
    step = load_checkpoint(saved.path).step + MORE
    if saved.program == "program":
        words = ("--corpus", folder, "--resume", saved.path, "--until", str(step))
        result = run_c("train", *words, "--out", path)
        assert result.code == 0, result
        return path
    run = Run.resume(saved.path, saved.program)
    while run.step < step:
        run.train_step(windows)
    run.save(path)
    return path


def compare(all_saved: list[Saved], folder: Path) -> int:
    """Return how many do not go on as the uninterrupted run, which is done once for all."""
    lost = 0
    by_run: dict[tuple[str, int], list[tuple[int, Path]]] = {}
    windows = None
    for saved in all_saved:
        try:
            checkpoint = load_checkpoint(saved.path)
            windows = windows or Windows(corpora.load(folder).train, checkpoint.config.context)
            more = go_on(saved, folder, windows)
        except (MLPError, AssertionError) as error:
            print(f"LOST: {saved.path}: {error}")
            lost += 1
            continue
        backend = "c" if saved.program == "program" else saved.program
        run = by_run.setdefault((backend, checkpoint.training.seed), [])
        run += [(checkpoint.step, saved.path), (checkpoint.step + MORE, more)]
    for (backend, _), files in by_run.items():
        first = load_checkpoint(files[0][1])
        run = Run.start(first.config, first.training, backend)
        for step, path in sorted(files):
            while run.step < step:
                assert windows is not None
                run.train_step(windows)
            if not same(run, path):
                print(f"LOST: {path}: not the uninterrupted run, step {step}")
                lost += 1
    return lost


def span_of(program: str, folder: Path) -> float:
    """Measure how long it takes to its third evaluation, here and now."""
    with tempfile.TemporaryDirectory(dir=folder) as own:
        before = time.monotonic()
        process = start(program, folder, *SIZES, "--out", f"{own}/m")
        read_lines(process, 3)
        taken = time.monotonic() - before
        process.kill()
        end(process)
    return taken


def shoot(program: str, number: int, shots: int, folder: Path) -> list[Saved]:
    """Let a signal hit a program so many times; return what was saved."""
    found, seen, slowest = [], Counter[str](), 0.0
    span = 2 * span_of(program, folder)
    for shot in range(shots):
        path = folder / f"{program}-{number}-{shot}"
        process = start(program, folder, *SIZES, "--out", str(path), "--save-every", "50")
        time.sleep(random.uniform(0, span))
        os.killpg(process.pid, number)
        before = time.monotonic()
        code, out, err = end(process)
        taken = time.monotonic() - before
        slowest = max(slowest, taken)
        seen["printed" if out else "before the first evaluation"] += 1
        if path.exists():
            found.append(Saved(program, path))
        elif out:
            print(f"LOST: {path} is not there after {out!r}")
            seen["LOST"] += 1
        if "Traceback" in err or "Error" in err:
            ours = "/mlp/" in err
            seen["TRACEBACK" if ours else "a traceback of Python's own start"] += 1
            if ours:
                print(err)
        elif err:
            seen[f"said: {err.strip()}"] += 1
        if code == 0:
            seen["SUCCESS"] += 1
        if number == signal.SIGINT and taken > LIMIT:
            seen["TOO LATE"] += 1
            print(f"TOO LATE: {taken:.2f} s, status {code}, {out!r}, {err!r}")
    name = signal.Signals(number).name
    print(f"{program}, {shots} times {name}: {dict(seen)}; {slowest:.2f} s at most", flush=True)
    return found


def pair(times: int, programs: list[str], folder: Path) -> list[Saved]:
    """Let two trainings write one file, and kill both; return what is there."""
    found = []
    for turn in range(times):
        path = folder / f"pair-{turn}"
        both = [random.choice(programs) for _ in range(2)]
        words = (*SIZES, "--out", str(path), "--save-every", "1", "--force", "--seed")
        processes = [start(name, folder, *words, str(i + 1)) for i, name in enumerate(both)]
        for process in processes:
            read_lines(process, 1)
        time.sleep(random.uniform(0, 1))
        for process in processes:
            process.kill()
        for process in processes:
            end(process)
        try:
            seed = load_checkpoint(path).training.seed
        except MLPError as error:
            print(f"LOST: {error}")
            seed = 1
        found.append(Saved(both[seed - 1], path))
    print(f"{times} pairs of trainings with one --out", flush=True)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--shots", type=int, default=100, help="of each signal, at each program")
    parser.add_argument("--pairs", type=int, default=50, help="trainings with one --out")
    parser.add_argument("--seed", type=int, default=1, help="of the moments")
    parser.add_argument("programs", nargs="*", default=PROGRAMS, metavar="PROGRAM")
    options = parser.parse_args()
    random.seed(options.seed)
    busy = [
        subprocess.Popen([sys.executable, "-c", "while True: pass"])
        for _ in range(os.cpu_count() or 1)
    ]
    try:
        with tempfile.TemporaryDirectory() as name, one_thread():
            folder = Path(name)
            corpus(folder / "names", train=NAMES * 300)
            saved = []
            for program in options.programs:
                for number in (signal.SIGKILL, signal.SIGINT):
                    saved += shoot(program, number, options.shots, folder)
            saved += pair(options.pairs, list(options.programs), folder)
            lost = compare(saved, folder / "names")
            print(f"{len(saved)} checkpoints, {lost} that are not the uninterrupted run")
    finally:
        for process in busy:
            process.kill()


if __name__ == "__main__":
    main()
