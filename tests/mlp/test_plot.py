"""`mlp plot`: the curve of a log, whole or not at all."""

import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest
from cases import SIZES, complaint, corpus, file_size_limit, run, run_c, run_python, succeed

from mlp.log import HEADER
from mlp.plot import read_log

LOG = HEADER + b"0,3.300000,3.200000,\n10,2.500000,2.600000,0.123\n20,2.250000,2.400000,0.120\n"
SVG = "{http://www.w3.org/2000/svg}"


def log(path: Path, text: bytes = LOG) -> Path:
    path.write_bytes(text)
    return path


def texts(svg: Path) -> list[str]:
    return [str(element.text) for element in ElementTree.parse(svg).iter(f"{SVG}text")]


def test_a_training_of_each_program_becomes_a_curve(tmp_path: Path) -> None:
    names = corpus(tmp_path / "names")
    for i, mlp in enumerate((run_c, run_python)):
        words = (*SIZES, "--steps", "40", "--eval-every", "10", "--out", tmp_path / f"{i}.m")
        succeed(mlp("train", "--corpus", names, *words, "--log", tmp_path / f"{i}.csv"))
        out = succeed(run_python("plot", tmp_path / f"{i}.csv", "--out", tmp_path / f"{i}.svg"))
        assert out == f"{tmp_path}/{i}.svg\n"
        said = texts(tmp_path / f"{i}.svg")
        assert {"step", "loss, in nats per letter", "train", "val"} <= set(said)
    assert (tmp_path / "0.svg").read_bytes() == (tmp_path / "1.svg").read_bytes()


def test_the_curve_goes_through_the_losses(tmp_path: Path) -> None:
    succeed(run_python("plot", log(tmp_path / "log"), "--out", tmp_path / "p.svg"))
    assert read_log(tmp_path / "log") == ([0, 10, 20], [3.3, 2.5, 2.25], [3.2, 2.6, 2.4])
    paths = ElementTree.parse(tmp_path / "p.svg").iter(f"{SVG}path")
    drawn = [p.get("d", "").split() for p in paths if p.get("clip-path")]
    train, val = ([float(y) for y in path[2::3]] for path in drawn)
    # One scale for both; downwards in SVG, upwards in losses.
    nats = (train[2] - train[0]) / (3.3 - 2.25)
    assert train[1] - train[0] == pytest.approx(nats * (3.3 - 2.5), rel=1e-4)
    for y, loss in zip(val, (3.2, 2.6, 2.4)):
        assert y - train[0] == pytest.approx(nats * (3.3 - loss), rel=1e-4, abs=1e-3)


def test_several_logs_are_named_and_a_dollar_is_a_dollar(tmp_path: Path) -> None:
    logs = [log(tmp_path / name) for name in ("a$1$.csv", "_b.csv", "日本.csv")]
    succeed(run_python("plot", *logs, f"--out={tmp_path}/p.svg"))
    said = texts(tmp_path / "p.svg")
    assert [s for s in said if s.startswith(("train", "val"))] == [
        f"{split}, {path}" for path in logs for split in ("train", "val")
    ]


@pytest.mark.parametrize(
    ("ending", "start"), [("svg", b"<?xml"), ("png", b"\x89PNG\r\n"), ("pdf", b"%PDF-")]
)
def test_the_ending_says_the_format_and_the_same_log_is_the_same_file(
    ending: str, start: bytes, tmp_path: Path
) -> None:
    out, other = (tmp_path / f"{name}.{ending}" for name in ("p", "q"))
    for path in (out, other):
        succeed(run_python("plot", log(tmp_path / "log"), "--out", path))
    assert out.read_bytes().startswith(start)
    assert out.read_bytes() == other.read_bytes()
    assert b"Date" not in out.read_bytes(), "of another day, too"


NO_LOG = "not a log of mlp train"
BROKEN = "not a step, two losses and a time"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (b"", f": {NO_LOG}"),
        (b"emma\nava\n", f": {NO_LOG}"),
        (b"\x89PNG\r\n", f": {NO_LOG}"),
        (HEADER[:-1], f": {NO_LOG}"),
        (HEADER, ": no evaluations"),
        (LOG + b"30,2.1", f":5: {BROKEN}"),
        (LOG + b"\n", f":5: {BROKEN}"),
        (HEADER + b"0,3.3,nan,\n", f":2: {BROKEN}"),
        (HEADER + b"0,3.3,-1,\n", f":2: {BROKEN}"),
        (HEADER + b"0,3.3,3.2\n", f":2: {BROKEN}"),
        (HEADER + b"0,3.3,3.2,,\n", f":2: {BROKEN}"),
        (LOG.replace(b"10,", b"1O,"), f":3: {BROKEN}"),
        (LOG.replace(b"10,", b"\xff,"), f":3: {BROKEN}"),
    ],
)
def test_what_is_no_log_is_named_with_its_line(text: bytes, why: str, tmp_path: Path) -> None:
    good, bad = log(tmp_path / "good"), log(tmp_path / "bad", text)
    result = run_python("plot", good, bad, "--out", tmp_path / "p.svg")
    assert complaint(result) == f"{bad}{why}"
    assert (result.code, sorted(p.name for p in tmp_path.iterdir())) == (1, ["bad", "good"])


def test_a_log_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    for path, why in ((tmp_path / "no", "No such file or directory"), (tmp_path, "Is a directory")):
        assert complaint(run_python("plot", path, "--out", tmp_path / "p.svg")) == f"{path}: {why}"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("out", ["p.gif", "p", "svg", "p.svg.txt", "log"])
def test_another_ending_is_a_mistake_of_usage(out: str, tmp_path: Path) -> None:
    result = run_python("plot", log(tmp_path / "log"), "--out", tmp_path / out)
    assert complaint(result) == f"--out: '{tmp_path / out}' does not end with .svg, .png, .pdf"
    assert (result.code, (tmp_path / "log").read_bytes()) == (2, LOG)
    result = run_python("plot", "--out", tmp_path / "p.svg")
    assert complaint(result)
    assert result.code == 2


def test_a_picture_is_there_whole_or_as_it_was(tmp_path: Path) -> None:
    out = tmp_path / "p.svg"
    message = complaint(
        run_python("plot", log(tmp_path / "log"), "--out", tmp_path / "no" / "p.svg")
    )
    assert message == f"{tmp_path}/no/p.svg: cannot write: No such file or directory"
    message = complaint(run_python("plot", "no", "--out", tmp_path / "no" / "p.svg"))
    assert "cannot write" in message, "before any work"
    out.write_text("before")
    with file_size_limit(1000):
        message = complaint(run_python("plot", tmp_path / "log", "--out", out))
    assert message == f"{out}: cannot write: File too large"
    assert out.read_text() == "before"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["log", "p.svg"]
    succeed(run_python("plot", tmp_path / "log", "--out", out))
    assert "</svg>" in out.read_text()


def test_without_matplotlib_it_says_what_to_install(tmp_path: Path) -> None:
    absent = "import sys; sys.modules['matplotlib'] = None; sys.argv[0] = 'mlp'"
    program = f"{absent}; from mlp.__main__ import main; main()"
    words = ("plot", log(tmp_path / "log"), "--out", tmp_path / "p.svg")
    message = complaint(run(sys.executable, "-c", program, *words))
    assert message == "plot: matplotlib is not installed: pip install matplotlib"
    assert [p.name for p in tmp_path.iterdir()] == ["log"]


def test_no_other_command_imports_it(tmp_path: Path) -> None:
    program = "import sys, mlp.cli; sys.exit('matplotlib' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program]).returncode == 0
