"""Running the two programs, and what their tests have in common."""

import io
import os
import re
import resource
import subprocess
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

import numpy as np

from mlp import cli
from mlp.checkpoint import Checkpoint

REPOSITORY = Path(__file__).parents[2]
PROGRAM = str(REPOSITORY / "build" / "mlp")
PYTHON = (sys.executable, "-m", "mlp")

NAMES = b"emma\nolivia\nava\nisabella\nsophia\ncharlotte\nmia\namelia\nzoe\nnora\n"
# Small and quick, but with sizes that fill no tile; a checkpoint of it takes 21 kB.
SIZES = ("--context", "4", "--embedding", "5", "--hidden", "33", "--batch", "7")


# Files that are no list of names, and what both programs say after the path.
WRONG = "is not a newline or one of a to z"
BAD_FILES = {
    b"": ": empty",
    b"emma\n": ": one name only, a corpus needs two or more",
    b"emma": ": one name only, a corpus needs two or more",
    b"\n": ":1: empty line",
    b"emma\n\nzoe\n": ":2: empty line",
    b"emma\nzoe\n\n": ":3: empty line",
    b"emma\nzo3\n": f":2:3: '3' {WRONG}",
    b"emma\nzoe\nAva": f":3:1: 'A' {WRONG}",
    b"emma\nmary ann\n": f":2:5: ' ' {WRONG}",
    b"emma\r\nzoe\r\n": f":1:5: '\\r' {WRONG}",
    b"emma\tzoe\n": f":1:5: '\\t' {WRONG}",
    b"emma\nzo\0e\n": f":2:3: '\\x00' {WRONG}",
    b"emma\no'neil\n": f':2:2: "\'" {WRONG}',
    b"emma\no\\neil\n": f":2:2: '\\\\' {WRONG}",
    "emma\nzoë\n".encode(): f":2:3: 'ë' {WRONG}",
    "emma\n名\n".encode(): f":2:1: '名' {WRONG}",
    "emma\n😀\n".encode(): f":2:1: '😀' {WRONG}",
    "\ufeffemma\nzoe\n".encode(): f":1:1: '\\ufeff' {WRONG}",
    "emma\nzoë\n".encode("latin-1"): f":2:3: byte 0xeb {WRONG}",
    b"emma\nzo\xe0\x80\x80\n": f":2:3: byte 0xe0 {WRONG}",
    b"emma\nzo\xed\xa0\x80\n": f":2:3: byte 0xed {WRONG}",
    b"emma\nzo\xc3": f":2:3: byte 0xc3 {WRONG}",
}


@dataclass(frozen=True)
class Result:
    """What a program left behind."""

    code: int
    out: str
    err: str


def corpus(folder: Path, **splits: bytes) -> Path:
    """Write a small corpus; `train=b"…"` replaces one of its files."""
    folder.mkdir(parents=True, exist_ok=True)
    for split in ("train", "val", "test"):
        (folder / f"{split}.txt").write_bytes(splits.get(split, NAMES))
    return folder


def environment() -> dict[str, str]:
    """The environment of a subprocess: our sources, and nothing that colours its output."""
    kept = {k: v for k, v in os.environ.items() if k not in ("FORCE_COLOR", "TTY_COMPATIBLE")}
    path = [str(REPOSITORY / "code" / "python"), *filter(None, [kept.get("PYTHONPATH")])]
    return kept | {
        "PYTHONPATH": os.pathsep.join(path),
        "PYTHONDONTWRITEBYTECODE": "1",
        "TERM": "xterm",
    }


def run(*command: str | Path, code: int | None = None) -> Result:
    """Run a command to its end; with `code`, expect that exit status."""
    done = subprocess.run(
        [str(word) for word in command], capture_output=True, env=environment(), timeout=120
    )
    result = Result(done.returncode, done.stdout.decode(), done.stderr.decode())
    if code is not None:
        assert result.code == code, result
    return result


def run_c(*words: str | Path) -> Result:
    """Run the C program."""
    return run(PROGRAM, *words)


def run_python(*words: str | Path) -> Result:
    """Run the Python program in this process, where PyTorch is loaded; a warning is an error."""
    out, err = io.StringIO(), io.StringIO()
    argv = ["mlp", *(str(word) for word in words)]
    with (
        redirect_stdout(out),
        redirect_stderr(err),
        patch.object(sys, "argv", argv),
        warnings.catch_warnings(),
    ):
        warnings.simplefilter("error")
        code: object = 0
        try:
            cli.main()
        except SystemExit as end:
            code = end.code or 0
    assert isinstance(code, int), "the message goes to stderr, not into SystemExit"
    return Result(code, out.getvalue(), err.getvalue())


Run = Callable[..., Result]


def backend(name: str) -> Run:
    """The Python program with a backend, or for "program" the one in C."""
    if name == "program":
        return run_c
    return lambda command, *words: run_python(command, *words, "--backend", name)


def succeed(result: Result) -> str:
    """Expect success without a word on stderr; return stdout."""
    assert (result.code, result.err) == (0, ""), result
    return result.out


def complaint(result: Result) -> str:
    """Expect failure with one line on stderr; return it without the program's name."""
    assert result.code in (1, 2), result
    assert re.fullmatch(r"mlp: [^\n]+\n", result.err), result
    assert "Traceback" not in result.err
    return result.err.removeprefix("mlp: ").removesuffix("\n")


def saved_line(out: str) -> str:
    """What train says when it is done: at which step, and where the checkpoint is."""
    lines = re.findall(r"^((?:done|stopped) at step \d+; saved to .+)$", out, re.MULTILINE)
    assert len(lines) == 1, out
    return str(lines[0])


def loss_lines(out: str) -> dict[int, str]:
    """The evaluations in the output of train, by step, without the time."""
    lines = re.findall(r"^(step +(\d+) \| train \S+ \| val \S+)", out, re.MULTILINE)
    return {int(step): line for line, step in lines}


@contextmanager
def file_size_limit(size: int) -> Iterator[None]:
    """Let this process and its children write no file beyond `size` bytes: a full disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def assert_same(a: Checkpoint, b: Checkpoint) -> None:
    """Expect two checkpoints to be equal, bit for bit."""
    assert (a.config, a.training, a.step) == (b.config, b.training, b.step)
    for mine, theirs in ((a.params, b.params), (a.m, b.m), (a.v, b.v)):
        assert list(mine) == list(theirs)
        for name in mine:
            assert np.array_equal(mine[name].view(np.uint32), theirs[name].view(np.uint32)), name
