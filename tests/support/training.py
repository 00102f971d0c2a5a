"""Trainings in processes of their own, to be interrupted, killed and cut off."""

import os
import re
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from cases import PROGRAM, PYTHON, SIZES, corpus, environment

PROGRAMS = ("program", "c", "numpy", "torch")

FOREVER = ("--steps", str(10**12))

started: list[subprocess.Popen[bytes]] = []  # since the test began, which ends them if it fails


def command_of(name: str) -> tuple[str, ...]:
    """`train`, as the C program or as the Python one with a backend."""
    return (PROGRAM, "train") if name == "program" else (*PYTHON, "train", "--backend", name)


def start(name: str, tmp_path: Path, *words: str, **options: Any) -> subprocess.Popen[bytes]:
    """Start a training that would take days, in a process group of its own, like a shell's."""
    folder = tmp_path / "names"
    if not folder.exists():
        corpus(folder)
    if not {"--resume", "--steps"} & set(words):
        words = (*SIZES, *FOREVER, *words)
    if "--out" not in words:
        words = ("--out", str(tmp_path / "m"), *words)
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "start_new_session": True}
    process = subprocess.Popen(
        [*command_of(name), "--corpus", str(folder), "--eval-every", "100", *words],
        env=environment() | options.pop("env", {}),
        **pipes | options,
    )
    started.append(process)
    return process


def read_lines(process: subprocess.Popen[bytes], n: int) -> str:
    """Read n lines of stdout, as they come, and not a byte more."""
    assert process.stdout
    seen = b""
    while seen.count(b"\n") < n and (byte := os.read(process.stdout.fileno(), 1)):
        seen += byte
    return seen.decode()


def read_line(pipe: Any) -> str:
    """Read a line, as it comes, and not a byte more."""
    seen = b""
    while not seen.endswith(b"\n") and (byte := os.read(pipe.fileno(), 1)):
        seen += byte
    return seen.decode()


def end(process: subprocess.Popen[bytes]) -> tuple[int, str, str]:
    """Wait for the end; return the exit status and the rest of stdout and stderr."""
    out, err = process.communicate()
    return process.returncode, (out or b"").decode(), (err or b"").decode()


def until(condition: Callable[[], object], process: subprocess.Popen[bytes]) -> None:
    """Look for an event, however long it takes, while the process lives."""
    while not condition():
        assert process.poll() is None, end(process)
        time.sleep(0.001)  # between two looks


def signals(process: subprocess.Popen[bytes], which: str) -> int:
    """A set of signals in /proc/PID/status, as bits: SigCgt, caught, or ShdPnd, on their way."""
    status = Path(f"/proc/{process.pid}/status").read_text()
    found = re.search(rf"^{which}:\s+(\w+)$", status, re.MULTILINE)
    assert found
    return int(found[1], 16)


def has(process: subprocess.Popen[bytes], which: str, number: int) -> bool:
    """Whether a signal is in such a set."""
    return bool(signals(process, which) >> (number - 1) & 1)
