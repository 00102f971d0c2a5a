"""Whole files: links, modes, devices, leftovers, and two writers of one file."""

import fcntl
import os
import re
import signal
import stat
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from cases import (
    NAMES,
    REPOSITORY,
    SIZES,
    Run,
    backend,
    complaint,
    corpus,
    run,
    run_c,
    run_python,
    succeed,
)
from training import FOREVER, end, read_lines, start

from mlp import files
from mlp.checkpoint import load_checkpoint
from mlp.clib import ffi
from mlp.clib import library as load_library
from mlp.errors import MLPError

both = pytest.mark.parametrize("mlp", [run_c, run_python], ids=["c", "python"])


def train(mlp: Run, tmp_path: Path, *words: str | Path) -> str:
    """Train a small model; return what was printed."""
    if not (tmp_path / "names").exists():
        corpus(tmp_path / "names")
    return succeed(mlp("train", "--corpus", tmp_path / "names", *SIZES, "--steps", "9", *words))


def left_behind(folder: Path) -> list[str]:
    return sorted(p.name for p in folder.iterdir() if p.name != "names")


@both
def test_a_link_stays_and_its_file_is_replaced(mlp: Run, tmp_path: Path) -> None:
    (tmp_path / "deep" / "er").mkdir(parents=True)
    (tmp_path / "m").symlink_to("deep/link")
    (tmp_path / "deep" / "link").symlink_to("er/file")
    train(mlp, tmp_path, "--out", tmp_path / "m")  # there is no file yet
    assert load_checkpoint(tmp_path / "deep" / "er" / "file").step == 9
    train(mlp, tmp_path, "--out", tmp_path / "m", "--force", "--until", "8")
    assert load_checkpoint(tmp_path / "deep" / "er" / "file").step == 8
    assert (tmp_path / "m").is_symlink()
    assert (tmp_path / "deep" / "link").is_symlink()
    (tmp_path / "absolute").symlink_to(tmp_path / "m")
    train(mlp, tmp_path, "--out", tmp_path / "absolute", "--force", "--until", "7")
    assert load_checkpoint(tmp_path / "deep" / "er" / "file").step == 7
    assert left_behind(tmp_path / "deep" / "er") == ["file"]


@both
@pytest.mark.parametrize("mode", [0o600, 0o644, 0o777, 0o440])
def test_the_mode_of_a_file_stays(mlp: Run, mode: int, tmp_path: Path) -> None:
    (tmp_path / "m").write_bytes(b"before")
    (tmp_path / "m").chmod(mode)
    train(mlp, tmp_path, "--out", tmp_path / "m", "--force")
    assert stat.S_IMODE((tmp_path / "m").stat().st_mode) == mode
    assert load_checkpoint(tmp_path / "m").step == 9


@both
def test_a_new_file_has_the_mode_that_new_files_have(mlp: Run, tmp_path: Path) -> None:
    (tmp_path / "other").touch()
    train(mlp, tmp_path, "--out", tmp_path / "m")
    assert (tmp_path / "m").stat().st_mode == (tmp_path / "other").stat().st_mode


@both
def test_a_pipe_is_not_replaced(mlp: Run, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "m")
    folder = corpus(tmp_path / "names")
    result = mlp("train", "--corpus", folder, *SIZES, "--out", tmp_path / "m", "--force")
    assert complaint(result) == f"{tmp_path}/m: cannot write: not a regular file"
    assert (tmp_path / "m").is_fifo()


@both
def test_a_name_of_full_length_can_be_written(mlp: Run, tmp_path: Path) -> None:
    out = tmp_path / ("x" * 255)
    train(mlp, tmp_path, "--out", out)
    assert load_checkpoint(out).step == 9


@both
def test_in_this_folder_no_path_is_needed(
    mlp: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    train(mlp, tmp_path, "--out", "m")
    assert left_behind(tmp_path) == ["m"]


# --- leftovers ---------------------------------------------------------------------


@both
def test_what_a_killed_writer_left_is_removed_and_nothing_else(mlp: Run, tmp_path: Path) -> None:
    dead, alive = tmp_path / f".mlp-{'0' * 16}.part", tmp_path / f".mlp-{'f' * 16}.part"
    mine = [f".mlp-{'0' * 15}.part", f".mlp-{'0' * 15}g.part", f"mlp-{'0' * 16}.part", "m.part"]
    folder = tmp_path / f".mlp-{'a' * 16}.part"
    folder.mkdir()
    for path in (dead, alive, *(tmp_path / name for name in mine)):
        path.write_bytes(b"half")
    with alive.open("rb+") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        train(mlp, tmp_path, "--out", tmp_path / "m")
        assert left_behind(tmp_path) == sorted(["m", alive.name, folder.name, *mine])
    train(mlp, tmp_path, "--out", tmp_path / "m", "--force")
    assert not alive.exists(), "its writer is gone by now"


def removing(path: Path) -> Callable[..., None]:
    """An flock before which somebody takes the file for a leftover."""
    flock, times = fcntl.flock, iter(range(9))

    def late(descriptor: int, operation: int) -> None:
        if next(times) < 2:
            for aside in path.parent.glob(".mlp-*"):
                aside.unlink()
        flock(descriptor, operation)

    return late


def test_a_file_that_is_taken_for_a_leftover_is_made_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fcntl, "flock", removing(tmp_path / "m"))
    files.write_file(tmp_path / "m", [b"all"])
    assert (tmp_path / "m").read_bytes() == b"all"


def test_the_system_may_take_less_at_a_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = os.write
    monkeypatch.setattr(os, "write", lambda file, data: write(file, data[:3]))
    files.write_file(tmp_path / "m", [b"all of it", memoryview(b"and more")])
    assert (tmp_path / "m").read_bytes() == b"all of itand more"


# files.c with a system that takes three bytes at a time.
SHORT = """
#define write take_three
#include "files.c"
#undef write
ssize_t write(int, const void *, size_t);
ssize_t take_three(int file, const void *at, size_t bytes)
{
    return write(file, at, bytes < 3 ? bytes : 3);
}
int main(int argc, char **argv)
{
    char why[MLP_WHY];
    piece pieces[] = {{"all of it", 9}, {"and more", 8}};
    return argc == 2 ? write_file(argv[1], pieces, 2, why) : 1;
}
"""


def test_in_c_the_system_may_take_less_at_a_time_too(tmp_path: Path) -> None:
    sources = REPOSITORY / "code" / "c"
    (tmp_path / "short.c").write_text(SHORT)
    compiler = run(sys.executable, sources / "make.py", "--compiler", code=0).out.split()
    library = REPOSITORY / "build" / "libmlp.a"
    words = (f"-I{sources}", tmp_path / "short.c", library, "-lm", "-o", tmp_path / "short")
    run(*compiler, *words, code=0)
    run(tmp_path / "short", tmp_path / "m", code=0)
    assert (tmp_path / "m").read_bytes() == b"all of itand more"


def test_an_error_of_the_rename_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(aside: str, target: str) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "replace", refuse)
    with pytest.raises(MLPError, match=r"/m: cannot write: Operation not permitted$"):
        files.write_file(tmp_path / "m", [b"all"])
    assert left_behind(tmp_path) == []


# --- two writers -------------------------------------------------------------------


def save_in_c(source: Path, target: Path, times: int) -> None:
    lib, why, out = load_library(), ffi.new("char[]", 4608), ffi.new("mlp_run **")
    assert lib.mlp_checkpoint_load(out, str(source).encode(), why) == 0
    for _ in range(times):
        assert lib.mlp_checkpoint_save(out[0], str(target).encode(), why) == 0, ffi.string(why)
    lib.mlp_run_free(out[0])


def save_in_python(source: Path, target: Path, times: int) -> None:
    for _ in range(times):
        files.write_file(target, [source.read_bytes()])


@pytest.mark.parametrize("first", [save_in_c, save_in_python])
@pytest.mark.parametrize("second", [save_in_c, save_in_python])
def test_two_writers_of_one_file_leave_a_whole_one_of_either(
    first: Callable[..., None], second: Callable[..., None], tmp_path: Path
) -> None:
    """And a third, who starts all the time, takes nothing away from them."""
    wanted = []
    for name, hidden in (("a", "33"), ("b", "44")):
        train(run_c, tmp_path, "--hidden", hidden, "--out", tmp_path / name)
        wanted.append((tmp_path / name).read_bytes())
    failures: list[BaseException] = []

    def attempt(save: Callable[..., None], name: str) -> None:
        try:
            save(tmp_path / name, tmp_path / "m", 100)
        except BaseException as error:
            failures.append(error)

    threads = [
        threading.Thread(target=attempt, args=(save, name))
        for save, name in ((first, "a"), (second, "b"))
    ]
    for thread in threads:
        thread.start()
    seen = set()
    while any(thread.is_alive() for thread in threads):
        files.check_writable(tmp_path / "m")
        if (tmp_path / "m").exists():
            seen.add((tmp_path / "m").read_bytes())
    for thread in threads:
        thread.join()
    assert failures == []
    assert seen <= set(wanted)
    assert left_behind(tmp_path) == ["a", "b", "m"]


@pytest.mark.parametrize("names", [("program", "c"), ("numpy", "program")])
def test_two_trainings_with_one_output_leave_a_whole_file_of_either(
    names: tuple[str, str], tmp_path: Path
) -> None:
    corpus(tmp_path / "names")
    words = [(*SIZES, *FOREVER, "--save-every", "1", "--seed", str(seed)) for seed in (1, 2)]
    processes: list[subprocess.Popen[bytes]] = []
    for name, more in zip(names, words):
        processes.append(start(name, tmp_path, *more, "--force"))
    for process in processes:
        read_lines(process, 3)
    for process in processes:
        process.kill()
        assert end(process)[0] == -signal.SIGKILL
    saved = load_checkpoint(tmp_path / "m")
    winner = names[saved.training.seed - 1]
    again = ("--out", tmp_path / "w", "--until", str(saved.step), "--seed", saved.training.seed)
    succeed(
        backend(winner)("train", "--corpus", tmp_path / "names", *SIZES, *FOREVER, *again)
    )  # removes what the killed ones may have left
    assert (tmp_path / "w").read_bytes() == (tmp_path / "m").read_bytes()
    assert [n for n in left_behind(tmp_path) if not re.fullmatch(r"\.mlp-.*", n)] == ["m", "w"]
    assert left_behind(tmp_path) == ["m", "w"]


@both
def test_a_new_training_replaces_no_checkpoint(mlp: Run, tmp_path: Path) -> None:
    train(mlp, tmp_path, "--out", tmp_path / "m")
    before = (tmp_path / "m").read_bytes()
    words = ("train", "--corpus", tmp_path / "names", "--out", tmp_path / "m")
    exists = f"{tmp_path}/m: exists already; --resume goes on with it, --force replaces it"
    assert complaint(mlp(*words, *SIZES)) == exists
    (tmp_path / "other").write_bytes(before)
    assert complaint(mlp(*words, "--resume", tmp_path / "other")) == exists
    assert complaint(mlp(*words, "--resume", tmp_path / "nowhere")) == exists
    assert (tmp_path / "m").read_bytes() == before
    (tmp_path / "link").symlink_to("m")
    assert "nothing to do" in succeed(mlp(*words, "--resume", tmp_path / "link"))
    train(mlp, tmp_path, "--out", tmp_path / "m", "--force", "--until", "5")
    assert load_checkpoint(tmp_path / "m").step == 5


def test_the_two_write_the_same_bytes(tmp_path: Path) -> None:
    """Python's header is C's, letter for letter, but for how it writes a real number."""
    corpus(tmp_path / "names", train=NAMES * 2)
    words = ("--learning-rate", "0.5", "--weight-decay", "0.25")
    words += ("--dropout", "0.5", "--input-dropout", "0.25", "--temperature", "1.5")
    train(run_c, tmp_path, *words, "--out", tmp_path / "c")
    train(backend("c"), tmp_path, *words, "--out", tmp_path / "python")
    assert (tmp_path / "c").read_bytes() == (tmp_path / "python").read_bytes()


@both
def test_a_folder_and_links_in_a_circle_are_no_place_for_a_file(mlp: Run, tmp_path: Path) -> None:
    corpus(tmp_path / "names")
    (tmp_path / "a").symlink_to("b")
    (tmp_path / "b").symlink_to("a")
    words = ("train", "--corpus", tmp_path / "names", *SIZES, "--steps", "2", "--out")
    for path, reason in (
        (tmp_path / "names", "Is a directory"),
        (tmp_path / "a", "Too many levels of symbolic links"),
        (tmp_path / "names" / "train.txt" / "m", "Not a directory"),
    ):
        message = complaint(mlp(*words, path))
        assert message == f"{path}: cannot write: {reason}"


@both
def test_a_file_of_any_length_is_read_whole(mlp: Run, tmp_path: Path) -> None:
    many = 1 + 2 * 65_536 // len(NAMES)
    corpus(tmp_path / "names", train=NAMES * many)
    words = ("--corpus", tmp_path / "names", *SIZES, "--steps", "1", "--log", tmp_path / "log")
    succeed(mlp("train", *words, "--out", tmp_path / "m"))
