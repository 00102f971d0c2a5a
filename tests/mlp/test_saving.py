"""A training is never lost: when it is saved, and whatever ends its output or its memory."""

import os
import re
import resource
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
import pytest
from cases import (
    NAMES,
    REPOSITORY,
    SIZES,
    Run,
    assert_same,
    backend,
    complaint,
    corpus,
    file_size_limit,
    loss_lines,
    run,
    run_c,
    run_python,
    saved_line,
    succeed,
)
from cffi import FFI
from checkpoints import built, header_of
from kernels import TABLES
from training import FOREVER, PROGRAMS, command_of, end, read_line, read_lines, start, until

from mlp.backend_numpy import NumPyBackend
from mlp.checkpoint import load_checkpoint, save_checkpoint
from mlp.clib import declarations, ffi, library
from mlp.errors import MLPError, NotANumber, WorkerGone
from mlp.saving import LONGEST, SHARE, Saver

both = pytest.mark.parametrize("mlp", [run_c, run_python], ids=["c", "python"])
each = pytest.mark.parametrize("name", PROGRAMS)

CANNOT = "mlp: cannot write the output: "
TOO_LARGE = "cannot write: File too large"


def train(name: str, tmp_path: Path, *words: str | Path) -> str:
    """Train a small model into tmp_path / "m"; return what was printed."""
    if not (tmp_path / "names").exists():
        corpus(tmp_path / "names")
    new = () if "--resume" in words else (*SIZES, "--steps", "40")
    words = ("--corpus", tmp_path / "names", "--eval-every", "10", *new, *words)
    out = () if "--out" in words or "--resume" in words else ("--out", tmp_path / "m")
    return succeed(backend(name)("train", *words, *out))


# --- when ------------------------------------------------------------------------


class FakeRun:
    """A run whose steps and saves take as long as one says, on a clock that nobody waits for."""

    def __init__(self) -> None:
        self.now, self.cost, self.step, self.whole = 100.0, 0.0, 0, True
        self.saves: list[int] = []
        self.error: MLPError | None = None

    def save(self, path: Path) -> None:
        self.now += self.cost
        if self.error:
            raise self.error
        self.saves.append(self.step)


class PythonSaver:
    def __init__(self, run: FakeRun, every: int) -> None:
        warnings: list[str] = []
        self.run = run
        self.saver = Saver(run, Path("m"), every or None, warnings.append, lambda: run.now)  # type: ignore[arg-type]

    def evaluated(self) -> None:
        self.saver.evaluated()

    def stepped(self) -> None:
        self.saver.stepped()


@pytest.fixture(scope="module")
def c_saver(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """saving.c as a library of its own, and what reads its header."""
    sources = REPOSITORY / "code" / "c"
    shared = tmp_path_factory.mktemp("saving") / "saving.so"
    compiler = run(sys.executable, sources / "make.py", "--compiler", code=0).out.split()
    run(*compiler, "-shared", "-fPIC", "-o", shared, sources / "saving.c", code=0)
    own = FFI()
    own.cdef(declarations(sources / "mlp.h") + declarations(sources / "saving.h"))
    return own, own.dlopen(str(shared))


class CSaver:
    def __init__(self, run: FakeRun, every: int, c_saver: Any) -> None:
        own, self.lib = c_saver
        self.run = run
        self.saver = own.new("saver *", {"every": every, "ended": run.now})

    def evaluated(self) -> None:
        self.save(self.lib.saver_evaluated(self.saver, self.run.step, self.run.now))

    def stepped(self) -> None:
        self.save(self.lib.saver_stepped(self.saver, self.run.step, self.run.now))

    def save(self, due: int) -> None:
        if due:
            start = self.run.now
            self.run.save(Path("m"))
            self.lib.saver_tried(self.saver, self.run.step, 0, start, self.run.now)


@pytest.fixture(params=["c", "python"])
def saver(request: pytest.FixtureRequest, c_saver: Any) -> Callable[[FakeRun, int], Any]:
    if request.param == "c":
        return lambda run, every: CSaver(run, every, c_saver)
    return PythonSaver


def simulate(
    saver: Callable[[FakeRun, int], Any],
    step: float,
    cost: float,
    steps: int,
    eval_every: int,
    every: int = 0,
) -> list[int]:
    """Train for some steps of so many seconds; return at which of them it was saved."""
    run = FakeRun()
    run.cost = cost
    mine = saver(run, every)
    mine.evaluated()
    for _ in range(steps):
        run.step += 1
        run.now += step
        mine.stepped()
        if run.step % eval_every == 0:
            mine.evaluated()
    return run.saves


Make = Callable[[FakeRun, int], Any]


def test_it_saves_at_evaluations_as_often_as_costs_2_percent(saver: Make) -> None:
    # A save costs as much as a step; so it comes after 50 of them, at the next evaluation.
    assert SHARE == 50
    assert simulate(saver, step=0.5, cost=0.5, steps=200, eval_every=10) == [0, 50, 100, 150, 200]
    assert simulate(saver, step=0.5, cost=0.5, steps=200, eval_every=40) == [0, 80, 160]


def test_it_saves_after_a_minute_at_any_step(saver: Make) -> None:
    assert LONGEST == 60
    assert simulate(saver, step=1, cost=0, steps=130, eval_every=10**9) == [0, 60, 120]
    assert simulate(saver, step=1, cost=30, steps=130, eval_every=10) == [0, 60, 120]
    assert simulate(saver, step=100, cost=1, steps=3, eval_every=10**9) == [0, 1, 2, 3]


def test_it_saves_as_often_as_one_says(saver: Make) -> None:
    saves = simulate(saver, step=100, cost=1, steps=17, eval_every=3, every=5)
    assert saves == [0, 5, 10, 15]


def test_a_save_that_fails_is_tried_again_and_said_once() -> None:
    run, warnings = FakeRun(), list[str]()
    with Saver(run, Path("m"), 1, warnings.append, lambda: run.now) as saver:  # type: ignore[arg-type]
        saver.evaluated()
        run.error = MLPError("full")
        for _ in range(3):
            run.step += 1
            saver.stepped()
        assert warnings == ["full"]
        run.error = None
    assert run.saves == [0, 3]


def test_a_first_save_that_fails_ends_the_training() -> None:
    run = FakeRun()
    run.error = MLPError("full")
    with (
        pytest.raises(MLPError, match="full"),
        Saver(run, Path("m"), None, pytest.fail, lambda: run.now) as saver,  # type: ignore[arg-type]
    ):
        saver.evaluated()


def test_what_is_saved_is_not_saved_again() -> None:
    run = FakeRun()
    with Saver(run, Path("m"), None, pytest.fail, lambda: run.now) as saver:  # type: ignore[arg-type]
        saver.evaluated()
        saver.evaluated()
    assert run.saves == [0]


def test_a_save_of_what_is_no_number_ends_the_training() -> None:
    run, warnings = FakeRun(), list[str]()
    saver = Saver(run, Path("m"), 1, warnings.append, lambda: run.now)  # type: ignore[arg-type]
    saver.evaluated()
    run.step, run.error = 1, NotANumber(1)
    with pytest.raises(NotANumber):
        saver.stepped()
    assert (run.saves, warnings) == ([0], [])


def saves_when(error: BaseException, whole: bool) -> list[int]:
    """Save at the start, and let an error end the training at step 7; return what was saved."""
    run = FakeRun()
    run.whole = whole
    saver = Saver(run, Path("m"), None, pytest.fail, lambda: run.now)  # type: ignore[arg-type]
    try:
        with saver:
            saver.evaluated()
            run.step = 7
            raise error
    except type(error):
        return run.saves


@pytest.mark.parametrize("error", [KeyboardInterrupt(), MemoryError(), OSError(), MLPError()])
def test_whatever_ends_it_the_state_is_saved_if_it_is_whole(error: BaseException) -> None:
    assert saves_when(error, whole=True) == [0, 7]
    assert saves_when(error, whole=False) == [0]


def test_a_step_that_another_process_broke_has_changed_nothing() -> None:
    assert saves_when(WorkerGone("gone"), whole=False) == [0, 7]


def test_what_is_no_number_is_not_saved() -> None:
    assert saves_when(NotANumber(7), whole=True) == [0]


# --- what ends the output ------------------------------------------------------------


def assert_saved(tmp_path: Path, step: int) -> None:
    assert load_checkpoint(tmp_path / "m").step == step
    assert sorted(p.name for p in tmp_path.iterdir() if p.name.startswith(".")) == []


@each
def test_a_reader_that_goes_away_saves(name: str, tmp_path: Path) -> None:
    process = start(name, tmp_path)
    assert process.stdout
    read_lines(process, 2)
    process.stdout.close()
    process.stdout = None
    code, _, err = end(process)
    assert (code, err) == (1, f"{CANNOT}Broken pipe\n")
    assert load_checkpoint(tmp_path / "m").step >= 200


@each
@pytest.mark.parametrize(
    ("redirection", "reason"),
    [(">&-", "Bad file descriptor"), (">/dev/full", "No space left on device")],
)
def test_an_output_that_cannot_be_written_saves(
    name: str, redirection: str, reason: str, tmp_path: Path
) -> None:
    folder = corpus(tmp_path / "names")
    words = " ".join(["--corpus", str(folder), *SIZES, *FOREVER, "--out", str(tmp_path / "m")])
    line = f"exec {' '.join(command_of(name))} {words} {redirection}"
    result = run("sh", "-c", line, code=1)
    assert result.err == f"{CANNOT}{reason}\n"
    assert_saved(tmp_path, 0)


@pytest.mark.parametrize("name", ["program", "c"])
@pytest.mark.parametrize("command", ["eval", "sample", "ngram"])
@pytest.mark.parametrize("closed", [">&-", "<&- >&-", ">&- 2>&-", "<&- >&- 2>&-"])
def test_no_command_loses_its_output_in_silence(
    command: str, name: str, closed: str, tmp_path: Path
) -> None:
    if (name, command) == ("program", "ngram"):
        pytest.skip("it has none")
    train("program", tmp_path)
    words = {
        "eval": f"--corpus {tmp_path}/names --checkpoint {tmp_path}/m",
        "sample": f"--checkpoint {tmp_path}/m",
        "ngram": f"--corpus {tmp_path}/names",
    }[command]
    program = command_of(name)[: 1 if name == "program" else 3]
    result = run("sh", "-c", f"exec {' '.join(program)} {command} {words} {closed}", code=1)
    assert result.err == ("" if "2>&-" in closed else f"{CANNOT}Bad file descriptor\n")


@each
def test_without_streams_a_training_harms_no_file(name: str, tmp_path: Path) -> None:
    """The next file would get the number of the stream, and all that is printed."""
    folder = corpus(tmp_path / "names")
    words = f"--corpus {folder} {' '.join(SIZES)} --steps 20 --out {tmp_path}/m --log {tmp_path}/l"
    run("sh", "-c", f"exec {' '.join(command_of(name))} {words} <&- >&- 2>&-", code=1)
    assert_saved(tmp_path, 0)
    assert re.fullmatch(r"step,train,val,ms\n0,\d\.\d+,\d\.\d+,\n", (tmp_path / "l").read_text())
    assert (folder / "train.txt").read_bytes() == NAMES


@each
def test_a_log_that_cannot_grow_saves(name: str, tmp_path: Path) -> None:
    process = start(name, tmp_path, "--log", str(tmp_path / "log"), "--save-every", str(10**12))
    read_lines(process, 2)
    size = (tmp_path / "log").stat().st_size
    _, hard = resource.prlimit(process.pid, resource.RLIMIT_FSIZE)
    # The checkpoint takes more than the log. So let the log be full, and then the file too large.
    os.truncate(tmp_path / "log", 2**40)
    resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (2**40, hard))
    code, _, err = end(process)
    assert (code, err) == (1, f"mlp: {tmp_path}/log: {TOO_LARGE}\n")
    assert load_checkpoint(tmp_path / "m").step >= 200
    assert size > 0


@each
def test_a_save_that_fails_is_tried_again_at_the_next_occasion(name: str, tmp_path: Path) -> None:
    process = start(name, tmp_path, "--save-every", "10", stdout=subprocess.DEVNULL)
    until(lambda: (tmp_path / "m").exists(), process)
    soft, hard = resource.prlimit(process.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (8192, hard))
    assert read_line(process.stderr) == f"mlp: {tmp_path}/m: {TOO_LARGE}\n"
    before = load_checkpoint(tmp_path / "m").step
    resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (soft, hard))
    until(lambda: load_checkpoint(tmp_path / "m").step > before, process)
    process.send_signal(signal.SIGINT)
    code, _, err = end(process)
    assert (code, err) == (130, "")


@each
def test_if_the_last_save_fails_so_does_the_training(name: str, tmp_path: Path) -> None:
    process = start(name, tmp_path, "--save-every", "10", stdout=subprocess.DEVNULL)
    until(lambda: (tmp_path / "m").exists(), process)
    _, hard = resource.prlimit(process.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (8192, hard))
    line = f"mlp: {tmp_path}/m: {TOO_LARGE}\n"
    assert read_line(process.stderr) == line
    before = load_checkpoint(tmp_path / "m").step
    process.send_signal(signal.SIGTERM)
    code, _, err = end(process)
    assert (code, err) == (1, line)
    assert_saved(tmp_path, before)


@each
def test_a_file_that_may_not_grow_keeps_the_old_checkpoint(name: str, tmp_path: Path) -> None:
    folder = corpus(tmp_path / "names")
    (tmp_path / "m").write_bytes(b"before")
    words = ("--corpus", folder, *SIZES, "--steps", "9", "--out", tmp_path / "m", "--force")
    with file_size_limit(8192):
        result = backend(name)("train", *words)
    assert complaint(result) == f"{tmp_path}/m: {TOO_LARGE}"
    assert (tmp_path / "m").read_bytes() == b"before"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["m", "names"]


def small_disk(tmp_path: Path) -> Path:
    """A file system of 44 kB, enough for one checkpoint, where that is allowed."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=44k", "tmpfs", str(disk)]
    if subprocess.run(mount, capture_output=True).returncode != 0:
        pytest.skip("mounting a small disk takes root")
    return disk


@both
def test_a_disk_that_fills_up_keeps_the_old_checkpoint(mlp: Run, tmp_path: Path) -> None:
    disk, folder = small_disk(tmp_path), corpus(tmp_path / "names")
    try:
        words = ("--corpus", folder, *SIZES, "--steps", "9", "--out", disk / "m")
        result = mlp("train", *words)
        assert result.code == 1
        line = f"mlp: {disk}/m: cannot write: No space left on device"
        assert set(result.err.splitlines()) == {line}
        assert load_checkpoint(disk / "m").step == 0
        assert [p.name for p in disk.iterdir()] == ["m"]
    finally:
        subprocess.run(["umount", str(disk)], check=True)


# --- memory --------------------------------------------------------------------------


def test_an_evaluation_without_memory_saves(tmp_path: Path) -> None:
    whole = NumPyBackend.loss
    calls = 0

    def loss(self: NumPyBackend, *batch: Any) -> float:
        nonlocal calls
        calls += 1
        if calls > 30:  # in the third evaluation
            raise MemoryError
        return whole(self, *batch)

    folder = corpus(tmp_path / "names")
    words = ("--corpus", folder, *SIZES, "--steps", "99", "--eval-every", "10")
    with patch.object(NumPyBackend, "loss", loss):
        result = run_python("train", *words, "--out", tmp_path / "m", "--backend", "numpy")
    assert complaint(result) == "out of memory"
    assert_saved(tmp_path, 10)


def test_a_step_without_memory_leaves_what_was_saved(tmp_path: Path) -> None:
    whole = NumPyBackend.step

    def step(self: NumPyBackend, *batch: Any) -> float:
        if self.optimizer.step == 15:
            self.model.flat_params[0] += 1  # as if half of it were done
            raise MemoryError
        return whole(self, *batch)

    folder = corpus(tmp_path / "names")
    words = ("--corpus", folder, *SIZES, "--steps", "99", "--save-every", "7")
    with patch.object(NumPyBackend, "step", step):
        result = run_python("train", *words, "--out", tmp_path / "m", "--backend", "numpy")
    assert complaint(result) == "out of memory"
    assert_saved(tmp_path, 14)


def test_pytorch_without_memory_says_so_like_the_others() -> None:
    import torch

    from mlp.backend_torch import torch_errors

    with pytest.raises(MemoryError), torch_errors():
        torch.empty(2**55)
    with pytest.raises(RuntimeError, match="shape"), torch_errors():
        torch.empty(2) @ torch.empty(3, 4)


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="no /proc says how much it has")
@pytest.mark.parametrize("name", ["program", "numpy"])
def test_with_no_memory_at_all_a_training_ends_with_one_line(name: str, tmp_path: Path) -> None:
    """Wherever that hits it, what was saved before is whole."""
    sizes = ("--context", "20", "--embedding", "50", "--hidden", "300", "--batch", "2000")
    corpus(tmp_path / "names", train=NAMES * 200, val=NAMES * 200)
    words = (*FOREVER, "--eval-every", "2", "--save-every", "2")
    process = start(name, tmp_path, *sizes, *words)
    read_lines(process, 2)
    _, hard = resource.prlimit(process.pid, resource.RLIMIT_AS)
    resource.prlimit(process.pid, resource.RLIMIT_AS, (4096, hard))
    read_lines(process, 20)
    if process.poll() is None:  # it has all that it needs
        process.send_signal(signal.SIGTERM)
    code, _, err = end(process)
    assert code in (1, 130)
    assert err == "" or re.fullmatch(r"mlp: (evaluation: )?[^\n]*out of memory[^\n]*\n", err)
    assert load_checkpoint(tmp_path / "m").step >= 2


# --- numbers that are none -------------------------------------------------------------

OVERFLOWS = [("tanh", "output.weight"), ("tanh", "hidden.0.weight"), ("gelu", "hidden.0.weight")]


@pytest.fixture(params=OVERFLOWS, ids="-".join)
def overflowing(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A checkpoint that can be read, whose model's outputs are no numbers."""
    activation, name = request.param
    train("program", tmp_path, "--activation", activation, "--layers", "2")
    header, numbers = header_of((tmp_path / "m").read_bytes())
    changed = bytearray(numbers)
    for tensor in {name, "wte.weight", "output.weight"}:
        begin, finish = header[tensor]["data_offsets"]
        values = np.full((finish - begin) // 4, 3e38, "<f4")
        values[::2] *= -1
        changed[begin:finish] = values.tobytes()
    (tmp_path / "m").write_bytes(built(header, bytes(changed)))
    return tmp_path


@each
def test_outputs_that_are_no_numbers_are_an_error(name: str, overflowing: Path) -> None:
    mlp, words = backend(name), ("--checkpoint", overflowing / "m")
    diverged = "step 40: the loss is no longer a number; try a lower learning rate"
    assert complaint(mlp("eval", *words, "--corpus", overflowing / "names")) == diverged
    assert complaint(mlp("sample", *words)) == "sample: a result is not a number"
    resumed = ("--resume", overflowing / "m", "--steps", "99", "--corpus", overflowing / "names")
    before = (overflowing / "m").read_bytes()
    result = mlp("train", *resumed)
    assert result.err == f"mlp: {diverged}\n"
    assert (overflowing / "m").read_bytes() == before


@pytest.mark.parametrize("kernels", TABLES)
def test_they_are_in_every_set_of_kernels(kernels: str, overflowing: Path) -> None:
    words = ("--checkpoint", overflowing / "m", "--kernels", kernels)
    result = run_c("eval", *words, "--corpus", overflowing / "names")
    if "not for this processor" in result.err:
        pytest.skip(f"this processor has no {kernels}")
    assert complaint(result).startswith("step 40: the loss is no longer a number")
    assert complaint(run_c("sample", *words)) == "sample: a result is not a number"


def test_what_could_not_be_read_is_not_written(tmp_path: Path) -> None:
    """Moments may overflow while the loss is a number still."""
    train("program", tmp_path, "--until", "20")
    saved = load_checkpoint(tmp_path / "m")
    lib, why, out = library(), ffi.new("char[]", 4608), ffi.new("mlp_run **")
    assert lib.mlp_checkpoint_load(out, str(tmp_path / "m").encode(), why) == 0
    c_run = ffi.gc(out[0], lib.mlp_run_free)
    reason = "step 20: tensor adamw.m.output.bias is no longer a number; try a lower learning rate"
    for wrong in (np.inf, -np.inf, np.nan):
        moment = saved.m["output.bias"].copy()
        moment[-1] = wrong
        m = saved.m | {"output.bias": moment}
        with pytest.raises(NotANumber, match=reason):
            save_checkpoint(replace(saved, m=m), tmp_path / "m")
        c_run.m[saved.config.size - 1] = wrong
        code = lib.mlp_checkpoint_save(c_run, str(tmp_path / "m").encode(), why)
        assert (code, ffi.string(why).decode()) == (lib.MLP_ERROR_NUMBER, reason)
        length = ffi.new("size_t *")
        code = lib.mlp_checkpoint_write(ffi.new("char **"), length, c_run)
        assert code == lib.MLP_ERROR_NUMBER
    assert_same(load_checkpoint(tmp_path / "m"), saved)


# --- going on ----------------------------------------------------------------------------


@both
def test_a_finished_training_says_what_to_do(mlp: Run, tmp_path: Path) -> None:
    train("program", tmp_path)
    before = written(tmp_path / "m")
    words = ("train", "--corpus", tmp_path / "names", "--resume", tmp_path / "m")
    assert succeed(mlp(*words)) == (
        f"nothing to do: {tmp_path}/m is at step 40 of 40\n"
        f"try: mlp sample --checkpoint {tmp_path}/m\n"
        f"train longer: mlp train --resume {tmp_path}/m --steps 80\n"
    )
    assert written(tmp_path / "m") == before
    train("program", tmp_path, "--until", "30", "--force")
    assert succeed(mlp(*words, "--until", "20")) == (
        f"nothing to do: {tmp_path}/m is at step 30 of 40\ngo on: mlp train --resume {tmp_path}/m\n"
    )


def written(path: Path) -> tuple[int, int]:
    """Which file it is, and when it was written; the time of reading changes when it is read."""
    found = path.stat()
    return found.st_ino, found.st_mtime_ns


@each
def test_a_training_can_be_made_longer(name: str, tmp_path: Path) -> None:
    """From there on, its rates are those of a longer schedule."""
    train(name, tmp_path, "--learning-rate", "0.001")
    out = train(name, tmp_path, "--resume", tmp_path / "m", "--steps", "80")
    assert out.startswith(
        "the schedule has 80 steps now, not 40:"
        " at step 40 the learning rate goes from 0.00e+00 to 5.00e-04\n"
    )
    assert loss_lines(out).keys() == {40, 50, 60, 70, 80}
    assert saved_line(out) == f"done at step 80; saved to {tmp_path}/m"
    assert load_checkpoint(tmp_path / "m").training.steps == 80
    words = ("--corpus", tmp_path / "names", "--resume", tmp_path / "m")
    again = train(name, tmp_path, "--resume", tmp_path / "m", "--steps", "80")
    assert again.startswith("nothing to do: ")
    message = complaint(backend(name)("train", *words, "--steps", "79"))
    assert message == "steps 79: the checkpoint has 80; there can only be more"


@pytest.mark.parametrize(
    ("warmup", "first", "rates"),
    [(0, 30, "1.03e-04 to 5.56e-04"), (40, 40, "7.00e-04 to 7.00e-04")],
)
def test_longer_is_the_same_in_both(warmup: int, first: int, rates: str, tmp_path: Path) -> None:
    train(
        "program", tmp_path, "--preset", "original", "--warmup", str(warmup), "--until", str(first)
    )
    words = ("--resume", tmp_path / "m", "--steps", "100", "--until", "60", "--out")
    c = train("program", tmp_path, *words, tmp_path / "c")
    python = train("c", tmp_path, *words, tmp_path / "python")
    assert loss_lines(c) == loss_lines(python)
    assert c.splitlines()[0] == python.splitlines()[0]
    assert c.splitlines()[0].endswith(f"the learning rate goes from {rates}")
    assert_same(load_checkpoint(tmp_path / "c"), load_checkpoint(tmp_path / "python"))


@each
def test_at_the_end_there_are_names_and_what_to_do_next(name: str, tmp_path: Path) -> None:
    out = train(name, tmp_path, "--out", tmp_path / "a 'b")
    backends = f" --backend {name}" if name in ("numpy", "torch") else ""
    quoted = f"""'{tmp_path}/a '"'"'b'"""
    sampled = succeed(backend(name)("sample", "--checkpoint", tmp_path / "a 'b", "--n", "5"))
    assert out.partition("\ndone ")[2].splitlines()[1:] == [
        f"names: {', '.join(sampled.splitlines())}",
        f"try: mlp sample --checkpoint {quoted}",
        f"train longer: mlp train --resume {quoted}{backends} --steps 80",
    ]


@each
def test_on_resume_the_checkpoint_is_where_it_was(name: str, tmp_path: Path) -> None:
    train(name, tmp_path, "--until", "10")
    out = train(name, tmp_path, "--resume", tmp_path / "m")
    assert saved_line(out) == f"done at step 40; saved to {tmp_path}/m"
    assert load_checkpoint(tmp_path / "m").step == 40
