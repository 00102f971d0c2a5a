"""Both programs on the command line: what a user gets right, and all that one can get wrong."""

import json
import os
import pty
import re
import select
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from cases import (
    BAD_FILES,
    NAMES,
    PROGRAM,
    PYTHON,
    SIZES,
    Run,
    assert_same,
    backend,
    complaint,
    corpus,
    environment,
    file_size_limit,
    loss_lines,
    run,
    run_c,
    run_python,
    succeed,
)

from mlp.checkpoint import load_checkpoint

CORPUS_DIR = os.environ.get("MLP_CORPUS_DIR")

both = pytest.mark.parametrize("mlp", [run_c, run_python], ids=["c", "python"])
each = pytest.mark.parametrize("name", ["program", "c", "numpy", "torch"])


def train(mlp: Run, tmp_path: Path, *words: str | Path) -> str:
    """Train a small model into tmp_path / "m"; return what was printed."""
    if not (tmp_path / "names").exists():
        corpus(tmp_path / "names")
    folder, out = tmp_path / "names", tmp_path / "m"
    return succeed(mlp("train", "--corpus", folder, *SIZES, "--steps", "9", "--out", out, *words))


def left_behind(folder: Path) -> list[str]:
    """What is in a folder beside the corpus."""
    return sorted(p.name for p in folder.iterdir() if p.name != "names")


# --- corpora -------------------------------------------------------------------


@both
@pytest.mark.parametrize("data", BAD_FILES, ids=[repr(data) for data in BAD_FILES])
def test_a_bad_corpus_is_named_with_line_and_column(mlp: Run, data: bytes, tmp_path: Path) -> None:
    folder = corpus(tmp_path / "names", val=data)
    result = mlp("train", "--corpus", folder, *SIZES, "--out", tmp_path / "m")
    assert complaint(result) == f"{folder}/val.txt{BAD_FILES[data]}"
    assert left_behind(tmp_path) == []


@both
@pytest.mark.parametrize("command", ["train", "eval"])
def test_a_missing_split_is_named(mlp: Run, command: str, tmp_path: Path) -> None:
    train(mlp, tmp_path)
    (tmp_path / "names" / "train.txt").unlink()
    option = "--checkpoint" if command == "eval" else "--resume"
    result = mlp(command, "--corpus", tmp_path / "names", option, tmp_path / "m")
    assert complaint(result) == f"{tmp_path}/names/train.txt: No such file or directory"


@both
def test_a_split_that_is_a_folder_is_named(mlp: Run, tmp_path: Path) -> None:
    folder = corpus(tmp_path / "names")
    (folder / "val.txt").unlink()
    (folder / "val.txt").mkdir()
    assert (
        complaint(mlp("train", "--corpus", folder, *SIZES)) == f"{folder}/val.txt: Is a directory"
    )


@both
def test_a_missing_corpus_is_named(mlp: Run, tmp_path: Path) -> None:
    assert str(tmp_path / "nowhere") in complaint(mlp("train", "--corpus", tmp_path / "nowhere"))


@both
def test_a_split_too_short_for_the_context_is_named(mlp: Run, tmp_path: Path) -> None:
    folder = corpus(tmp_path / "names", train=NAMES * 9, val=b"ava\nzoe\n")
    words = (*SIZES, "--context", "50", "--out", tmp_path / "m")
    message = complaint(mlp("train", "--corpus", folder, *words))
    assert message == f"{folder}/val.txt: 8 characters are too few for context 50"
    assert left_behind(tmp_path) == []


# --- options -------------------------------------------------------------------

ABSURD = "99999999999999999999999999"
BAD_TRAIN = [
    *(
        (option, value)
        for option in ("--context", "--embedding", "--hidden", "--batch")
        for value in ("0", "-1", "65537", ABSURD, "many", "1.5", "", "0x10")
    ),
    *(("--layers", value) for value in ("0", "-1", "17", ABSURD)),
    *(("--steps", value) for value in ("0", "-1", str(2**63), ABSURD)),
    *(("--learning-rate", value) for value in ("0", "-1", "nan", "inf", "1e999", "high")),
    *(("--weight-decay", value) for value in ("-1", "nan", "inf", "high")),
    *(("--seed", value) for value in ("0", "-1", str(2**64), "dice")),
    *(("--until", value) for value in ("0", "-1", "late")),
    *(("--eval-every", value) for value in ("0", "-1", "often")),
    ("--activation", "Tanh"),
    ("--preset", "nonsense"),
    ("--nonsense", "1"),
]


@both
@pytest.mark.parametrize(("option", "value"), BAD_TRAIN)
def test_a_bad_option_of_train_is_named(mlp: Run, option: str, value: str, tmp_path: Path) -> None:
    folder = corpus(tmp_path / "names")
    result = mlp("train", "--corpus", folder, *SIZES, "--out", tmp_path / "m", option, value)
    assert option.removeprefix("--") in complaint(result).replace(" ", "-")
    assert left_behind(tmp_path) == []


BAD_SAMPLE = [
    *(("--n", value) for value in ("0", "-1", "many")),
    *(("--temperature", value) for value in ("0", "-1", "nan", "inf", "1e-9", "1e9", "hot")),
    *(("--seed", value) for value in ("0", str(2**64))),
    *(("--prompt", value) for value in ("Emma", "a b", "zoë", "a\n", "a" * 64)),
]


@both
@pytest.mark.parametrize(("option", "value"), BAD_SAMPLE)
def test_a_bad_option_of_sample_is_named(mlp: Run, option: str, value: str, tmp_path: Path) -> None:
    train(mlp, tmp_path)
    result = mlp("sample", "--checkpoint", tmp_path / "m", option, value)
    assert option.removeprefix("--") in complaint(result)
    assert result.out == ""


@both
@pytest.mark.parametrize("sizes", [("--embedding", "--hidden"), ("--batch", "--hidden")])
def test_sizes_too_large_together_are_refused_at_once(
    mlp: Run, sizes: tuple[str, str], tmp_path: Path
) -> None:
    folder = corpus(tmp_path / "names")
    words = [word for option in sizes for word in (option, "65536")]
    start = time.monotonic()
    message = complaint(mlp("train", "--corpus", folder, *words, "--out", tmp_path / "m"))
    assert "268435456" in message.replace(",", "")
    assert time.monotonic() - start < 1
    assert left_behind(tmp_path) == []


@both
@pytest.mark.parametrize(
    "words",
    [
        ("train", "--hidden"),
        ("nonsense",),
        ("train", "nonsense"),
        ("eval", "--corpus", "."),
        ("sample",),
    ],
)
def test_a_line_that_makes_no_sense_is_a_mistake_of_usage(mlp: Run, words: tuple[str, ...]) -> None:
    result = mlp(*words)
    assert complaint(result)
    assert (result.code, result.out) == (2, "")


@both
@pytest.mark.parametrize(
    "option",
    [
        *("--preset", "--context", "--embedding", "--hidden", "--layers", "--activation"),
        *("--batch", "--steps", "--learning-rate", "--weight-decay", "--seed", "--padded"),
    ],
)
def test_what_a_checkpoint_has_cannot_change_on_resume(
    mlp: Run, option: str, tmp_path: Path
) -> None:
    train(mlp, tmp_path)
    value = {"--preset": ["original"], "--activation": ["gelu"], "--padded": []}.get(option, ["2"])
    folder = tmp_path / "names"
    result = mlp("train", "--corpus", folder, "--resume", tmp_path / "m", option, *value)
    assert complaint(result) == f"{option}: a checkpoint has its own; it cannot change on --resume"


@both
def test_a_loss_that_is_no_number_ends_training(mlp: Run, tmp_path: Path) -> None:
    folder, words = corpus(tmp_path / "names"), ("--learning-rate", "1e30")
    result = mlp("train", "--corpus", folder, *SIZES, *words, "--out", tmp_path / "m")
    message = "the loss is no longer a number; try a lower learning rate"
    assert re.fullmatch(f"step [1-9]: {message}", complaint(result))
    assert left_behind(tmp_path) == []


@pytest.mark.parametrize("name", ["c", "numpy"])
def test_every_backend_ends_training_then(name: str, tmp_path: Path) -> None:
    test_a_loss_that_is_no_number_ends_training(backend(name), tmp_path)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--backend", "fortran"), "backend 'fortran': must be one of c, numpy, torch"),
        (("--backend", "c", "--device", "cuda"), "device 'cuda': only the backend torch has"),
        (
            ("--backend", "torch", "--device", "nonsense"),
            "device 'nonsense': Expected one of cpu, cuda,",
        ),
        (("--backend", "torch", "--device", "meta"), "device 'meta': "),
        (("--backend", "torch", "--device", "cuda\n"), "device 'cuda\\n': "),
        (("--backend", "torch", "--device", "xla"), "device 'xla': Could not run"),
        (("--backend", "torch", "--device", ""), "device '': "),
    ],
)
def test_a_backend_or_device_that_is_not_there_is_named(
    words: tuple[str, ...], message: str, tmp_path: Path
) -> None:
    folder = corpus(tmp_path / "names")
    result = run_python("train", "--corpus", folder, *words, "--out", tmp_path / "m")
    assert complaint(result).startswith(message)
    assert left_behind(tmp_path) == []


# --- output --------------------------------------------------------------------


@both
@pytest.mark.parametrize(
    ("out", "reason"),
    [
        ("nowhere/m", "No such file or directory"),
        ("names", "Is a directory"),
        (".", "Is a directory"),
        ("names/val.txt/m", "Not a directory"),
        ("x" * 300, "File name too long"),
    ],
)
def test_an_output_that_cannot_be_written_is_named_before_any_work(
    mlp: Run, out: str, reason: str, tmp_path: Path
) -> None:
    folder = corpus(tmp_path / "names")
    result = mlp("train", "--corpus", folder, *SIZES, "--out", tmp_path / out)
    assert complaint(result) == f"{tmp_path / out}: cannot write: {reason}"
    assert (result.out, left_behind(tmp_path)) == ("", [])


@both
def test_an_empty_output_is_refused_before_any_work(mlp: Run, tmp_path: Path) -> None:
    result = mlp("train", "--corpus", corpus(tmp_path / "names"), *SIZES, "--out", "")
    assert complaint(result)
    assert result.out == ""


@pytest.mark.skipif(os.geteuid() == 0, reason="root writes wherever it wants")
@both
def test_an_output_without_permission_is_named(mlp: Run, tmp_path: Path) -> None:
    folder = corpus(tmp_path / "names")
    (tmp_path / "locked").mkdir(mode=0o500)
    result = mlp("train", "--corpus", folder, *SIZES, "--out", tmp_path / "locked" / "m")
    assert complaint(result) == f"{tmp_path}/locked/m: cannot write: Permission denied"


@both
def test_a_long_path_does_not_push_the_reason_off_the_line(mlp: Run, tmp_path: Path) -> None:
    deep = tmp_path / "/".join("x" * 200 for _ in range(10)) / "m"
    message = complaint(mlp("sample", "--checkpoint", deep))
    assert message == f"{deep}: No such file or directory"


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
        (disk / "m").write_bytes(b"before")
        succeed(mlp("train", *words))
        before = (disk / "m").read_bytes()
        assert complaint(mlp("train", *words)) == (
            f"{disk}/m: cannot write: No space left on device"
        )
        assert (disk / "m").read_bytes() == before
        assert [p.name for p in disk.iterdir()] == ["m"]
    finally:
        subprocess.run(["umount", str(disk)], check=True)


@each
def test_a_file_that_may_not_grow_keeps_the_old_checkpoint(name: str, tmp_path: Path) -> None:
    mlp, folder = backend(name), corpus(tmp_path / "names")
    (tmp_path / "m").write_bytes(b"before")
    words = ("--corpus", folder, *SIZES, "--steps", "9", "--out", tmp_path / "m")
    with file_size_limit(8192):
        result = mlp("train", *words)
    assert complaint(result) == f"{tmp_path}/m: cannot write: File too large"
    assert (tmp_path / "m").read_bytes() == b"before"
    assert left_behind(tmp_path) == ["m"]


# A pipe whose reader is gone; the small shell keeps Python from inheriting an ignored SIGPIPE.
@pytest.mark.parametrize("command", [(PROGRAM,), PYTHON], ids=["c", "python"])
def test_a_reader_that_has_seen_enough_is_no_error(
    command: tuple[str, ...], tmp_path: Path
) -> None:
    train(run_c, tmp_path)
    sample = " ".join([*command, "sample --n 20000 --checkpoint", str(tmp_path / "m")])
    result = run("sh", "-c", f"{sample} | head -1", code=0)
    assert re.fullmatch("[a-z]*\n", result.out)
    assert result.err == ""


def test_a_reader_that_left_before_the_end_is_no_error(tmp_path: Path) -> None:
    folder = corpus(tmp_path / "names")
    ngram = " ".join([*PYTHON, "ngram --corpus", str(folder)])
    assert run("sh", "-c", f"{ngram} | true", code=0).err == ""


@pytest.mark.parametrize("command", [(PROGRAM,), PYTHON], ids=["c", "python"])
def test_output_to_a_full_disk_is_an_error(command: tuple[str, ...], tmp_path: Path) -> None:
    train(run_c, tmp_path)
    sample = " ".join([*command, "sample --n 20000 --checkpoint", str(tmp_path / "m")])
    result = run("sh", "-c", f"{sample} >/dev/full", code=1)
    assert result.err == "mlp: cannot write the output: No space left on device\n"


# --- Ctrl-C --------------------------------------------------------------------


def command_of(name: str) -> tuple[str, ...]:
    return (PROGRAM, "train") if name == "program" else (*PYTHON, "train", "--backend", name)


def start(name: str, tmp_path: Path, *words: str) -> subprocess.Popen[str]:
    """Start a training that would take days, in a process group of its own, like a shell's."""
    folder = corpus(tmp_path / "names")
    words = ("--corpus", str(folder), *SIZES, "--out", str(tmp_path / "m"), *words)
    long = ("--steps", str(10**12), "--eval-every", "100")
    return subprocess.Popen(
        [*command_of(name), *words, *long],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(),
        start_new_session=True,
    )


def stop(process: subprocess.Popen[str], number: int) -> str:
    """Send a signal after two reports; return stdout, having found stderr empty."""
    assert process.stdout
    seen = ""
    # One byte at a time: readline would also take, and keep, lines that communicate then misses.
    while seen.count("\n") < 2 and (byte := os.read(process.stdout.fileno(), 1)):
        seen += byte.decode()
    assert loss_lines(seen).keys() == {0, 100}
    os.killpg(process.pid, number)
    out, err = process.communicate(timeout=60)
    assert err == ""
    return seen + out


@each
def test_ctrl_c_saves_and_a_resumed_run_is_the_uninterrupted_one(name: str, tmp_path: Path) -> None:
    process = start(name, tmp_path)
    out = stop(process, signal.SIGINT)
    assert process.returncode == 130
    last = re.search(r"\nstopped at step (\d+); saved to (.+)\n$", out)
    assert last, out
    assert last[2] == str(tmp_path / "m")
    assert left_behind(tmp_path) == ["m"]
    assert "\x1b" not in out
    assert re.fullmatch(
        r"(step +\d+ \| train \d\.\d{6} \| val \d\.\d{6}( \| .* ms/step)?\n)+",
        (out[: last.start() + 1]),
    )

    stopped, until = int(last[1]), str(int(last[1]) + 150)
    long = ("--eval-every", "100", "--until", until)
    words = ("--corpus", tmp_path / "names", *long)
    mlp = backend(name)
    resumed = succeed(mlp("train", *words, "--resume", tmp_path / "m", "--out", tmp_path / "r"))
    whole = succeed(mlp("train", *words, *SIZES, "--steps", str(10**12), "--out", tmp_path / "w"))
    assert_same(load_checkpoint(tmp_path / "r"), load_checkpoint(tmp_path / "w"))
    lines = loss_lines(whole)
    assert {s: line for s, line in loss_lines(out).items()} == {
        s: line for s, line in lines.items() if s <= stopped
    }
    assert {s: line for s, line in loss_lines(resumed).items() if s > stopped} == {
        s: line for s, line in lines.items() if s > stopped
    }


@pytest.mark.parametrize("name", ["program", "torch"])
def test_sigterm_saves_as_well(name: str, tmp_path: Path) -> None:
    process = start(name, tmp_path)
    out = stop(process, signal.SIGTERM)
    assert process.returncode == 130
    step = load_checkpoint(tmp_path / "m").step
    assert out.endswith(f"\nstopped at step {step}; saved to {tmp_path}/m\n")


@pytest.mark.parametrize("name", ["program", "numpy"])
def test_a_second_ctrl_c_kills_and_leaves_nothing_half_written(name: str, tmp_path: Path) -> None:
    # An evaluation of a large split comes first: seconds in which the wish cannot be granted.
    folder = corpus(tmp_path / "names")
    (folder / "val.txt").write_bytes(NAMES * 200_000)
    words = ["--corpus", str(folder), *SIZES, "--out", str(tmp_path / "m")]
    with subprocess.Popen(
        [*command_of(name), *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(),
    ) as process:
        status = Path(f"/proc/{process.pid}/status")
        if not status.exists():
            process.kill()
            pytest.skip("no /proc to see when the signal is caught")
        caught = 1 << (signal.SIGTERM - 1)  # Python always catches SIGINT
        until(lambda: int(re.findall(r"SigCgt:\s+(\w+)", status.read_text())[0], 16) & caught != 0)
        process.send_signal(signal.SIGINT)
        time.sleep(1)
        assert process.poll() is None, "the first only asks"
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert process.returncode in (-signal.SIGINT, 130)
    assert (out, err) == ("", "")
    assert left_behind(tmp_path) == []


def until(condition: Callable[[], bool]) -> None:
    """Wait for it, 30 seconds at most."""
    end = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)


@pytest.mark.parametrize("delay", [0.2, 1.0])
def test_ctrl_c_while_python_starts_leaves_no_traceback(delay: float, tmp_path: Path) -> None:
    with subprocess.Popen(
        [*PYTHON, "ngram", "--corpus", str(corpus(tmp_path / "names", train=NAMES * 100_000))],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(),
    ) as process:
        time.sleep(delay)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)
    assert process.returncode in (-signal.SIGINT, 130)
    assert err == ""


# --- a terminal ----------------------------------------------------------------


def plain(text: str) -> str:
    """The text without escape codes."""
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", text)


def in_terminal(command: list[str], enough: str, seconds: float = 60) -> str:
    """Run in a terminal of 100 columns until the output matches `enough`, then press Ctrl-C."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.execvpe(command[0], command, environment() | {"COLUMNS": "100", "LINES": "30"})
    out, pressed, end = b"", False, time.monotonic() + seconds
    while time.monotonic() < end:
        if select.select([terminal], [], [], 0.1)[0]:
            try:
                out += os.read(terminal, 65536)
            except OSError:  # Linux says so when the other side is closed
                break
        if not pressed and re.search(enough, plain(out.decode(errors="replace"))):
            os.write(terminal, b"\x03")
            pressed = True
    os.close(terminal)
    _, status = os.waitpid(pid, 0)
    assert os.waitstatus_to_exitcode(status) == 130, out
    return out.decode()


def test_in_a_terminal_python_shows_loss_speed_and_time_left(tmp_path: Path) -> None:
    folder = corpus(tmp_path / "names")
    words = ["--corpus", str(folder), *SIZES, "--steps", "500000", "--backend", "numpy"]
    out = in_terminal(
        [*PYTHON, "train", *words, "--out", str(tmp_path / "m")],
        r"/500000 loss \d\.\d{4} · \d+\.\d\d ms/step · \d:\d\d:\d\d",
    )
    assert re.search(r"loss \d\.\d{4} · (?!0\.00)\d+\.\d\d ms/step · \d+:\d\d:\d\d", plain(out))
    assert re.search(r"stopped at step \d+; saved to ", out)
    assert out.count("\x1b[?25l") == out.count("\x1b[?25h"), "the cursor came back"


def test_in_a_terminal_the_c_program_stops_on_ctrl_c(tmp_path: Path) -> None:
    folder = corpus(tmp_path / "names")
    words = ["--corpus", str(folder), *SIZES, "--steps", "1000000000", "--eval-every", "500000"]
    command = [PROGRAM, "train", *words, "--out", str(tmp_path / "m")]
    out = in_terminal(command, r"ms/step")
    assert re.search(r"stopped at step \d+; saved to ", out)


# --- what one gets right -------------------------------------------------------


@pytest.mark.parametrize("command", ["data", "train", "eval", "sample", "agree", "ngram"])
def test_each_command_of_python_has_help(command: str) -> None:
    out = succeed(run_python(command, "--help"))
    assert f"mlp {command} [OPTIONS]" in out
    assert "--help" in out


def test_without_a_command_python_lists_them() -> None:
    out = succeed(run_python())
    assert re.findall(r"^  ([a-z]+)  ", out, re.MULTILINE) == (
        ["data", "train", "eval", "sample", "agree", "ngram"]
    )


@each
def test_a_prompt_starts_each_name_and_the_seed_decides(name: str, tmp_path: Path) -> None:
    train(run_c, tmp_path)
    mlp = backend(name)

    def sample(*words: str) -> list[str]:
        return succeed(mlp("sample", "--checkpoint", tmp_path / "m", *words)).split("\n")[:-1]

    names = sample("--prompt", "zo", "--n", "5", "--seed", "7")
    assert len(names) == 5
    assert all(re.fullmatch("zo[a-z]{0,62}", name) for name in names)
    assert sample("--prompt", "zo", "--n", "5", "--seed", "7") == names
    assert sample("--prompt", "zo", "--n", "5", "--seed", "8") != names
    assert sample("--n", "1", "--prompt", "a" * 63)[0].startswith("a" * 63)
    words = ("--n", "9", "--prompt", "emma", "--temperature")  # as long as the context
    assert len({name[:8] for name in sample(*words, "0.001")}) == 1, "the likeliest letters"
    assert len(set(sample(*words, "1000"))) == 9


def test_the_path_of_a_checkpoint_is_printed_as_it_is(tmp_path: Path) -> None:
    out = train(run_python, tmp_path, "--out", tmp_path / "[bold]:smile:.safetensors")
    assert out.endswith(f"saved to {tmp_path}/[bold]:smile:.safetensors\n")


@pytest.mark.skipif(not CORPUS_DIR, reason="MLP_CORPUS_DIR is not set: no ssa-names here")
def test_ngram_gives_the_numbers_of_the_original(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLP_HOME", str(tmp_path))
    words = ("--corpus", "ssa-names", "--order", "4", "--smoothing", "0.1")
    lines = succeed(run_python("ngram", *words)).splitlines()
    assert lines[0].startswith("order 4 | smoothing 0.1 | train ")
    assert lines[-1] == "best: order 4, smoothing 0.1 | val 2.1118 | test 2.1064"


@pytest.mark.parametrize(
    ("words", "what"),
    [
        (("--order", "9"), "Invalid value for '--order': '9' is not a whole number from 1 to 5"),
        (("--smoothing", "-1"), "Invalid value for '--smoothing': '-1' is not a number from 0"),
    ],
)
def test_a_bad_option_of_ngram_is_named(words: tuple[str, ...], what: str, tmp_path: Path) -> None:
    folder = corpus(tmp_path / "names")
    assert complaint(run_python("ngram", "--corpus", folder, *words)).startswith(what)


AGREE = ("agree", "--steps", "3", "--every", "2")


def test_agree_as_json_says_how_far_they_part(tmp_path: Path) -> None:
    folder = corpus(tmp_path / "names", train=NAMES * 9)
    result = run_python(*AGREE, "--corpus", folder, "--json")
    assert result.code == 0, result
    report = json.loads(result.out, parse_constant=pytest.fail)
    assert [step["step"] for step in report["steps"]] == [2, 3]
    assert report["steps"][0]["losses"].keys() == {"c", "numpy", "torch"}
    assert report["steps"][0]["differences"].keys() == {"c-numpy", "c-torch", "numpy-torch"}
    assert {"bound", "corpus", "preset", "dtype", "versions"} < report.keys()
    assert re.fullmatch(r"losses agree within \d\.\de-\d\d over 3 steps\n", result.err)


def test_agree_beyond_the_bound_fails_and_still_gives_its_json(tmp_path: Path) -> None:
    folder = corpus(tmp_path / "names", train=NAMES * 9)
    result = run_python(*AGREE, "--corpus", folder, "--json", "--bound", "0")
    assert re.fullmatch(r"losses part by \d\.\de-\d\d: the bound is 0e\+00", complaint(result))
    assert (result.code, json.loads(result.out)["bound"]) == (1, 0)


def test_agree_prints_tables_of_steps_and_tensors(tmp_path: Path) -> None:
    folder = corpus(tmp_path / "names", train=NAMES * 9)
    out = succeed(run_python(*AGREE, "--corpus", folder, "--float64"))
    assert "numpy-torch" in out
    assert "hidden.0.weight" in out
    assert "losses agree within " in out


def test_agree_beyond_the_schedule_is_refused(tmp_path: Path) -> None:
    folder = corpus(tmp_path / "names", train=NAMES * 9)
    message = complaint(run_python("agree", "--corpus", folder, "--steps", "50001"))
    assert message == "steps 50001: the schedule of original has 50000"


def test_data_prints_the_folder_that_it_prepared(tmp_path: Path) -> None:
    result = run_python("data", "--folder", tmp_path)
    assert (result.code, result.out) == (0, f"{tmp_path}/given-names\n")
    assert re.search(r"^val     1,000 names +\d,\d{3} characters$", result.err, re.MULTILINE)
    assert sorted(p.name for p in (tmp_path / "given-names").iterdir()) == [
        "test.txt",
        "train.txt",
        "val.txt",
    ]


def test_an_unknown_corpus_is_named_by_data(tmp_path: Path) -> None:
    message = complaint(run_python("data", "nonsense", "--folder", tmp_path))
    assert message == "nonsense: neither a file nor one of given-names, ssa-names"
