"""Ctrl-C, SIGTERM, SIGHUP and SIGKILL, at any moment."""

import os
import pty
import re
import select
import signal
import subprocess
import sys
from itertools import product
from pathlib import Path

import pytest
from cases import (
    NAMES,
    PROGRAM,
    PYTHON,
    SIZES,
    assert_same,
    backend,
    corpus,
    environment,
    loss_lines,
    run,
    saved_line,
    succeed,
)
from training import FOREVER, PROGRAMS, end, has, read_lines, start, until

from mlp.checkpoint import load_checkpoint
from mlp.signals import LAST_WORDS

each = pytest.mark.parametrize("name", PROGRAMS)
needs_proc = pytest.mark.skipif(
    not Path("/proc/self/status").exists(), reason="no /proc that says which signals are caught"
)


def left_behind(folder: Path) -> list[str]:
    """What is in a folder beside the corpus."""
    return sorted(p.name for p in folder.iterdir() if p.name != "names")


def stop(process: subprocess.Popen[bytes], number: int) -> str:
    """Send a signal after two reports; return stdout, having found stderr empty."""
    seen = read_lines(process, 2)
    assert loss_lines(seen).keys() == {0, 100}
    os.killpg(process.pid, number)
    code, out, err = end(process)
    assert (code, err) == (130, "")
    return seen + out


def assert_resumes(name: str, tmp_path: Path, out: str = "") -> None:
    """Expect the checkpoint to go on as if nothing had happened, bit for bit.

    So do the losses that were printed.
    """
    stopped = load_checkpoint(tmp_path / "m").step
    words = ("--corpus", tmp_path / "names", "--eval-every", "100", "--until", str(stopped + 150))
    mlp = backend(name)
    resumed = succeed(mlp("train", *words, "--resume", tmp_path / "m", "--out", tmp_path / "r"))
    whole = succeed(mlp("train", *words, *SIZES, *FOREVER, "--out", tmp_path / "w"))
    assert_same(load_checkpoint(tmp_path / "r"), load_checkpoint(tmp_path / "w"))
    lines = loss_lines(whole)
    before = loss_lines(out)
    assert before == {s: line for s, line in lines.items() if s in before}
    assert {s: line for s, line in loss_lines(resumed).items() if s > stopped} == {
        s: line for s, line in lines.items() if s > stopped
    }


@each
def test_ctrl_c_saves_and_a_resumed_run_is_the_uninterrupted_one(name: str, tmp_path: Path) -> None:
    out = stop(start(name, tmp_path), signal.SIGINT)
    last = re.fullmatch(r"stopped at step (\d+); saved to (.+)", saved_line(out))
    assert last
    assert last[2] == str(tmp_path / "m")
    assert int(last[1]) == load_checkpoint(tmp_path / "m").step
    assert left_behind(tmp_path) == ["m"]
    go_on = f"go on: mlp train --resume {tmp_path}/m"
    go_on += f" --backend {name}" if name in ("numpy", "torch") else ""
    assert re.fullmatch(
        r"(step +\d+ \| train \d\.\d{6} \| val \d\.\d{6}( \| .* ms/step)?\n)+"
        f"{re.escape(last[0])}\n{re.escape(go_on)}\n",
        out,
    )
    assert_resumes(name, tmp_path, out)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize("name", ["program", "torch"])
def test_other_signals_save_as_well(name: str, number: int, tmp_path: Path) -> None:
    out = stop(start(name, tmp_path), number)
    step = load_checkpoint(tmp_path / "m").step
    assert saved_line(out) == f"stopped at step {step}; saved to {tmp_path}/m"


@each
def test_after_sigkill_the_last_checkpoint_is_whole_and_goes_on(name: str, tmp_path: Path) -> None:
    process = start(name, tmp_path, "--save-every", "70")
    out = read_lines(process, 3)
    assert loss_lines(out).keys() == {0, 100, 200}
    process.kill()
    code, _, err = end(process)
    assert (code, err) == (-signal.SIGKILL, "")
    step = load_checkpoint(tmp_path / "m").step
    assert step % 70 == 0
    assert step >= 140
    assert_resumes(name, tmp_path, out)


@each
def test_from_the_first_evaluation_on_there_is_a_checkpoint(name: str, tmp_path: Path) -> None:
    process = start(name, tmp_path, "--eval-every", str(10**12))
    assert loss_lines(read_lines(process, 1)).keys() == {0}
    process.kill()
    end(process)
    assert load_checkpoint(tmp_path / "m").step == 0


@each
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGHUP])
def test_a_signal_that_was_ignored_stays_so(name: str, number: int, tmp_path: Path) -> None:
    process = start(name, tmp_path, preexec_fn=lambda: signal.signal(number, signal.SIG_IGN))
    seen = read_lines(process, 2)
    os.killpg(process.pid, number)
    seen += read_lines(process, 20)
    assert len(loss_lines(seen)) == 22
    os.killpg(process.pid, signal.SIGTERM)
    code, out, err = end(process)
    assert (code, err) == (130, "")
    assert "stopped at step" in out


@needs_proc
@each
def test_an_evaluation_looks_at_the_wish(name: str, tmp_path: Path) -> None:
    folder = corpus(tmp_path / "names")
    (folder / "val.txt").write_bytes(NAMES * 200_000)  # 1,700,000 batches
    process = start(name, tmp_path)
    until(lambda: has(process, "SigCgt", signal.SIGTERM), process)
    process.send_signal(signal.SIGINT)
    code, out, err = end(process)
    assert (code, err) == (130, "")
    assert out.startswith(f"stopped at step 0; saved to {tmp_path}/m\n")
    assert load_checkpoint(tmp_path / "m").step == 0


# A batch that takes a minute: the textbook's loops over large matrices.
LONG_BATCH = ("--kernels", "textbook", "--hidden", "4000", "--layers", "2", "--batch", "4000")


def start_long_batch(tmp_path: Path) -> subprocess.Popen[bytes]:
    corpus(tmp_path / "names", train=NAMES * 200, val=NAMES * 200)
    process = start("program", tmp_path, *LONG_BATCH)
    until(lambda: has(process, "SigCgt", signal.SIGTERM), process)
    return process


@needs_proc
def test_in_c_a_second_ctrl_c_kills_and_leaves_nothing_half_written(tmp_path: Path) -> None:
    process = start_long_batch(tmp_path)
    process.send_signal(signal.SIGINT)
    until(lambda: not has(process, "SigCgt", signal.SIGINT), process)  # it was the first
    process.send_signal(signal.SIGINT)
    assert end(process) == (-signal.SIGINT, "", "")
    assert left_behind(tmp_path) == []


@needs_proc
def test_in_c_a_batch_that_takes_too_long_is_not_waited_for(tmp_path: Path) -> None:
    process = start_long_batch(tmp_path)
    process.send_signal(signal.SIGINT)
    assert end(process) == (130, "", LAST_WORDS.decode())
    assert left_behind(tmp_path) == []


# The same in Python: one call of NumPy that would take hours. No handler runs before it ends.
LONG_CALL = """
import signal
import numpy as np
from mlp.signals import signals_as_wish
with signals_as_wish():
    print("ready", flush=True)
    np.broadcast_to(np.float32(1), (10**14,)).sum()
"""


def start_long_call() -> subprocess.Popen[bytes]:
    process = subprocess.Popen(
        [sys.executable, "-c", LONG_CALL],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(),
    )
    assert read_lines(process, 1) == "ready\n"
    return process


@needs_proc
def test_in_python_a_second_ctrl_c_kills_in_the_middle_of_a_call() -> None:
    process = start_long_call()
    process.send_signal(signal.SIGINT)
    until(lambda: not has(process, "ShdPnd", signal.SIGINT), process)  # it is not the same one
    process.send_signal(signal.SIGINT)
    assert end(process) == (130, "", "")


def test_in_python_a_call_that_takes_too_long_is_not_waited_for() -> None:
    process = start_long_call()
    process.send_signal(signal.SIGINT)
    assert end(process) == (130, "", LAST_WORDS.decode())


SEVERAL = """
import os, signal
from mlp.signals import SIGNALS, signals_as_wish
before = [signal.getsignal(number) for number in SIGNALS]
with signals_as_wish() as wish:
    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGTERM, signal.SIGINT):
        os.kill(os.getpid(), number)
print(wish.made, before == [signal.getsignal(number) for number in SIGNALS])
"""


def test_only_a_second_ctrl_c_kills_and_afterwards_all_is_as_before() -> None:
    assert run(sys.executable, "-c", SEVERAL, code=0).out == "True True\n"


# --- outside of training ---------------------------------------------------------


@needs_proc
@pytest.mark.parametrize(
    ("command", "library"),
    [
        ("ngram", "_multiarray_umath"),
        *product(("eval", "sample", "agree"), ("_multiarray_umath", "_cffi_backend", "libmlp")),
        ("agree", "libtorch_python"),
    ],
)
def test_ctrl_c_while_python_starts_or_computes_leaves_no_traceback(
    command: str, library: str, tmp_path: Path
) -> None:
    folder = corpus(tmp_path / "names", train=NAMES * 100_000)
    words = ["train", *SIZES, "--corpus", folder, "--until", "1", "--out", tmp_path / "m"]
    if command in ("eval", "sample"):
        succeed(backend("program")(*words))
    options = {
        "eval": ["--corpus", str(folder), "--checkpoint", str(tmp_path / "m")],
        "sample": ["--checkpoint", str(tmp_path / "m"), "--n", str(10**9)],
        "ngram": ["--corpus", str(folder)],
        "agree": ["--corpus", str(folder)],
    }[command]
    with (tmp_path / "out").open("w") as out:
        process = subprocess.Popen(
            [*PYTHON, command, *options], stdout=out, stderr=subprocess.PIPE, env=environment()
        )
    maps = Path(f"/proc/{process.pid}/maps")
    until(lambda: library in maps.read_text(), process)
    process.send_signal(signal.SIGINT)
    assert end(process) == (-signal.SIGINT, "", "")


@needs_proc
def test_from_the_first_line_of_ours_on_python_just_ends(tmp_path: Path) -> None:
    """Before that, Python itself starts, and would print a traceback."""
    process = subprocess.Popen(
        [*PYTHON, "ngram", "--corpus", str(corpus(tmp_path / "names", train=NAMES * 100_000))],
        stderr=subprocess.PIPE,
        env=environment(),
    )
    until(lambda: has(process, "SigCgt", signal.SIGINT), process)  # Python's own
    until(lambda: not has(process, "SigCgt", signal.SIGINT), process)
    assert "umath" not in Path(f"/proc/{process.pid}/maps").read_text(), "long before the packages"
    process.send_signal(signal.SIGINT)
    assert end(process) == (-signal.SIGINT, "", "")


# --- a terminal ----------------------------------------------------------------


def plain(text: str) -> str:
    """The text without escape codes."""
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", text)


def in_terminal(
    command: list[str], enough: str, hang_up: bool = False, **variables: str
) -> tuple[int, str]:
    """Run in a terminal of 100 columns until the output matches `enough`, then press Ctrl-C.

    Or close the terminal, as it does when its window goes.
    """
    pid, terminal = pty.fork()
    if pid == 0:
        sizes = {"COLUMNS": "100", "LINES": "30"}
        os.execvpe(command[0], command, environment() | sizes | variables)
    out, pressed = b"", False
    while select.select([terminal], [], [])[0]:
        try:
            out += os.read(terminal, 65536)
        except OSError:  # Linux says so when the other side is closed
            break
        if not pressed and re.search(enough, plain(out.decode(errors="replace"))):
            if hang_up:
                break
            os.write(terminal, b"\x03")
            pressed = True
    os.close(terminal)
    _, status = os.waitpid(pid, 0)
    return os.waitstatus_to_exitcode(status), out.decode()


def words(name: str, tmp_path: Path) -> list[str]:
    folder = corpus(tmp_path / "names")
    command = [PROGRAM, "train"] if name == "program" else [*PYTHON, "train", "--backend", name]
    sizes = [*SIZES, "--steps", str(10**9), "--eval-every", "5000"]
    return [*command, "--corpus", str(folder), *sizes, "--out", str(tmp_path / "m")]


BAR = r"/1000000000 loss \d\.\d{4} .+ \d+\.\d\d ms/step"


def test_in_a_terminal_python_shows_loss_speed_and_time_left(tmp_path: Path) -> None:
    code, out = in_terminal(words("numpy", tmp_path), BAR + r" · \d+")
    assert code == 130
    assert re.search(r"loss \d\.\d{4} · (?!0\.00)\d+\.\d\d ms/step · ", plain(out))
    assert re.search(r"stopped at step \d+; saved to ", out)
    assert not re.search(r"\x1b\[\?25l(?!\x1b\[\?25h)", out), "the cursor is never away"


def test_in_a_terminal_the_c_program_stops_on_ctrl_c(tmp_path: Path) -> None:
    code, out = in_terminal(words("program", tmp_path), r"ms/step")
    assert code == 130
    assert re.search(r"stopped at step \d+; saved to ", out)


@each
def test_a_terminal_that_goes_away_saves(name: str, tmp_path: Path) -> None:
    enough = r"ms/step" if name == "program" else BAR
    command = ["sh", "-c", f'exec "$@" 2>{tmp_path}/err', "sh", *words(name, tmp_path)]
    code, _ = in_terminal(command, enough, hang_up=True)
    assert code in (1, 130)
    assert load_checkpoint(tmp_path / "m").step > 0
    assert (tmp_path / "err").read_text() in ("", CANNOT)


CANNOT = "mlp: cannot write the output: Input/output error\n"


@pytest.mark.parametrize(
    "variables",
    [{"PYTHONIOENCODING": "ascii"}, {"LC_ALL": "C"}, {"LC_ALL": "C", "PYTHONUTF8": "0"}],
    ids=str,
)
def test_a_letter_that_the_terminal_lacks_ends_nothing(
    variables: dict[str, str], tmp_path: Path
) -> None:
    out = str(tmp_path / "zoë \udcff")
    code, said = in_terminal([*words("c", tmp_path), "--out", out], BAR, **variables)
    assert code == 130
    assert "Traceback" not in said
    assert re.search(r"stopped at step \d+; saved to ", said)
    assert load_checkpoint(Path(out)).step > 0
