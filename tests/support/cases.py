"""Running the two programs, and what their tests have in common."""

import io
import os
import re
import resource
import shutil
import subprocess
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

import numpy as np
import pytest

from mlp import cli
from mlp.checkpoint import Checkpoint

REPOSITORY = Path(__file__).parents[2]
PROGRAM = str(REPOSITORY / "build" / "mlp")
PYTHON = (sys.executable, "-m", "mlp")

NAMES = b"emma\nolivia\nava\nisabella\nsophia\ncharlotte\nmia\namelia\nzoe\nnora\n"
# A list as people keep them: everything that can be wrong with a word.
MESSY = (
    "\ufeffEmma\r\nOlivia\r\n\r\n Ava \r\nZoë\r\nzoe\r\nMary Ann\r\nJean-Luc\r\nИван\r\n"
    "Mia\t12\r\nNora\r\nJürgen\rLiam\nNoah😀\nTheo\n" + "a" * 65
)
# Small and quick, but with sizes that fill no tile; a checkpoint of it takes 21 kB.
SIZES = ("--context", "4", "--embedding", "5", "--hidden", "33", "--batch", "7")


# Files that are no list of names, and what both programs say after the path.
FAULTS = {
    b"": "empty",
    b"\n": "1 empty line (at 1:1)",
    b"emma\n\nzoe\n\n": "2 empty lines (first at 2:1)",
    b"emma\nzo3\n": "1 character outside the alphabet ('3' at 2:3)",
    b"emma\nzoe\nAva": "1 capital ('A' at 3:1)",
    b"emma\nmary ann\n": "1 blank or tab (at 2:5)",
    b"emma\r\nzoe\r\n": "2 carriage returns (first at 1:5)",
    b"emma\tzoe\n": "1 blank or tab (at 1:5)",
    b"emma\nzo\0e\n": "1 character outside the alphabet (U+0000 at 2:3)",
    b"emma\no'neil\n": "1 character outside the alphabet (''' at 2:2)",
    b"emma\no\\neil\n": "1 character outside the alphabet ('\\' at 2:2)",
    "emma\nzoë\n".encode(): "1 character outside the alphabet ('ë' U+00EB at 2:3)",
    "emma\nzoe\u0308\n".encode(): "1 character outside the alphabet ('\u0308' U+0308 at 2:4)",
    "\u0430va\n".encode(): "1 character outside the alphabet ('\u0430' U+0430 at 1:1)",
    "emma\n名\n".encode(): "1 character outside the alphabet ('名' U+540D at 2:1)",
    "emma\n😀\n".encode(): "1 character outside the alphabet ('😀' U+1F600 at 2:1)",
    "emma\u202e\n".encode(): "1 character outside the alphabet (U+202E at 1:5)",
    "\ufeffemma\nzoe\n".encode(): "1 byte order mark (at 1:1)",
    "emma\nzoë\n".encode("latin-1"): "1 byte that is not UTF-8 (0xeb at 2:3)",
    b"emma\nzo\xe0\x80\x80\n": "3 bytes that are not UTF-8 (first 0xe0 at 2:3)",
    b"emma\nzo\xed\xa0\x80\n": "3 bytes that are not UTF-8 (first 0xed at 2:3)",
    b"emma\nzo\xc3": "1 byte that is not UTF-8 (0xc3 at 2:3)",
    "\ufeffEmma\tBo\r\n\r\n\n\nZo".encode() + b"\xc3\xab\xff9 \xc3\xab": (
        "1 byte that is not UTF-8 (0xff at 5:4), 1 byte order mark (at 1:1),"
        " 2 carriage returns (first at 1:9), 2 empty lines (first at 3:1),"
        " 2 blanks or tabs (first at 1:6), 3 capitals (first 'E' at 1:2),"
        " 3 characters outside the alphabet (first 'ë' U+00EB at 5:3)"
    ),
}
MEND = ": mlp data FILE makes a corpus of it"
BAD_FILES = {data: f": {why}{MEND if data else ''}" for data, why in FAULTS.items()}


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


def copy_of_repository(folder: Path) -> None:
    """Copy what git has, or would be given; skip the test where there is no git checkout."""
    words = ("ls-files", "-z", "--cached", "--others", "--exclude-standard")
    listed = subprocess.run(["git", "-C", REPOSITORY, *words], capture_output=True)
    if listed.returncode != 0:
        pytest.skip("no git checkout, so nothing to copy")
    for name in os.fsdecode(listed.stdout).strip("\0").split("\0"):
        if (REPOSITORY / name).is_file():  # one that is deleted is still listed
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(REPOSITORY / name, folder / name)


def run(*command: str | Path, code: int | None = None) -> Result:
    """Run a command to its end; with `code`, expect that exit status."""
    done = subprocess.run(
        [str(word) for word in command], capture_output=True, env=environment(), timeout=600
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
