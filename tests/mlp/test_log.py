"""The log of a training: a line for each evaluation, also across interruptions."""

import re
from pathlib import Path

import pytest
from cases import (
    NAMES,
    SIZES,
    Run,
    backend,
    complaint,
    corpus,
    loss_lines,
    run_c,
    run_python,
    succeed,
)
from checkpoints import built, header_of
from training import PROGRAMS

both = pytest.mark.parametrize("mlp", [run_c, run_python], ids=["c", "python"])
each = pytest.mark.parametrize("name", PROGRAMS)


def train(name: str, tmp_path: Path, *words: str | Path) -> str:
    """Train a small model into tmp_path / "m"; return what was printed."""
    if not (tmp_path / "names").exists():
        others = b"".join(sorted(NAMES.splitlines(True)))  # so that the two losses differ
        corpus(tmp_path / "names", val=others)
    new = () if "--resume" in words else (*SIZES, "--steps", "40", "--out", tmp_path / "m")
    words = ("--corpus", tmp_path / "names", "--eval-every", "10", *new, *words)
    return succeed(backend(name)("train", *words))


def losses_of(log: Path) -> list[str]:
    """The lines of a log without the last column, the time."""
    return [line.rpartition(",")[0] for line in log.read_text().splitlines()]


@each
def test_the_log_has_a_line_for_each_evaluation(name: str, tmp_path: Path) -> None:
    out = train(name, tmp_path, "--log", tmp_path / "log")
    printed = [re.findall(r"[\d.]+", line) for line in loss_lines(out).values()]
    assert losses_of(tmp_path / "log") == ["step,train,val", *map(",".join, printed)]
    lines = (tmp_path / "log").read_text().splitlines()
    assert lines[0] == "step,train,val,ms"
    assert lines[1].endswith(",")
    times = re.findall(r"\| ([\d.]+) ms/step", out)
    assert [line.rpartition(",")[2] for line in lines[2:]] == times


@each
@pytest.mark.parametrize("half", ["", "13,2.9"])
def test_a_resumed_log_is_that_of_the_uninterrupted_run(
    name: str, half: str, tmp_path: Path
) -> None:
    """Killed after step 23, when step 13 was saved last; or when that line was being written."""
    whole, log = tmp_path / "whole", tmp_path / "log"
    train(name, tmp_path, "--log", whole)
    train(name, tmp_path, "--until", "13", "--log", log, "--force")
    if half:
        lines = log.read_text().splitlines(keepends=True)
        log.write_text("".join([*lines[:3], half]))
    else:
        with log.open("a") as file:
            file.write("20,1,1,1\n23,1,1,1\n")
    before = log.read_text().splitlines()
    train(name, tmp_path, "--resume", tmp_path / "m", "--log", log)
    kept = 3 if half else 4
    assert log.read_text().splitlines()[:kept] == before[:kept], "with their times"
    lines = losses_of(log)
    assert lines.pop(3).startswith("13,")
    assert lines == losses_of(whole)


@both
@pytest.mark.parametrize("line", ["soon,1,1,1", "-1,1,1,1", ",1,1,1", "2e1,1,1,1", ""])
def test_from_a_line_that_is_none_on_a_log_is_written_anew(
    mlp: Run, line: str, tmp_path: Path
) -> None:
    log = tmp_path / "log"
    train("program", tmp_path, "--log", log, "--until", "20")
    before = log.read_text()
    log.write_text(before + line + "\n" + "20,1,1,1\n")
    words = ("--corpus", tmp_path / "names", "--eval-every", "10", "--resume", tmp_path / "m")
    succeed(mlp("train", *words, "--log", log))
    assert log.read_text().startswith(before)
    steps = [line.split(",")[0] for line in losses_of(log)]
    assert steps == ["step", "0", "10", "20", "30", "40"]


@both
def test_a_run_that_was_saved_before_its_first_step_goes_on_with_its_log(
    mlp: Run, tmp_path: Path
) -> None:
    log = tmp_path / "log"
    train("program", tmp_path, "--log", log, "--until", "20")
    first = log.read_text().splitlines()[:2]
    header, numbers = header_of((tmp_path / "m").read_bytes())
    header["__metadata__"]["step"] = "0"
    (tmp_path / "m").write_bytes(built(header, numbers))
    words = ("--corpus", tmp_path / "names", "--eval-every", "10", "--resume", tmp_path / "m")
    succeed(mlp("train", *words, "--log", log))
    assert log.read_text().splitlines()[:2] == first
    steps = [line.split(",")[0] for line in losses_of(log)]
    assert steps == ["step", "0", "10", "20", "30", "40"]


@both
def test_a_log_is_not_replaced_and_what_is_none_is_not_touched(mlp: Run, tmp_path: Path) -> None:
    train("program", tmp_path, "--log", tmp_path / "log", "--until", "20")
    before = (tmp_path / "log").read_bytes()
    words = ("train", "--corpus", tmp_path / "names", "--log")
    new = (*SIZES, "--steps", "9", "--out", tmp_path / "n")
    message = complaint(mlp(*words, tmp_path / "log", *new))
    assert message == f"{tmp_path}/log: exists already; --force replaces it"
    assert (tmp_path / "log").read_bytes() == before
    names = tmp_path / "names" / "train.txt"
    message = complaint(mlp(*words, names, "--resume", tmp_path / "m"))
    assert message == f"{names}: not a log of mlp train"
    assert names.read_bytes() == NAMES
    for path, reason in ((tmp_path, "Is a directory"), ("/dev/full", "No space left on device")):
        message = complaint(mlp(*words, path, *new))
        assert message == f"{path}: cannot write: {reason}"
    succeed(mlp(*words, tmp_path / "log", *new, "--force"))
    steps = [line.split(",")[0] for line in losses_of(tmp_path / "log")]
    assert steps == ["step", "0", "9"], "nothing is left of the one that was there"
