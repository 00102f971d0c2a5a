"""--threads: the same bits for every number, no races, and none that nobody asked for."""

import re
import shutil
import signal
import subprocess
from pathlib import Path

import pytest
import torch
from cases import NAMES, PROGRAM, REPOSITORY, complaint, corpus, environment, run, run_c, run_python
from kernels import EVERYWHERE, TABLES
from threadpoolctl import threadpool_info
from training import end, read_lines, start

from mlp.backends import create, one_thread
from mlp.clib import check, library
from mlp.config import PRESETS
from mlp.errors import MLPError

SOURCES = REPOSITORY / "code" / "c"
THREADS = (1, 2, 3, 7)
# Of one tile and less; and of several with a rest, where every operation is worth a cut.
SIZES = {
    "small": ("--hidden", "37", "--batch", "13", "--embedding", "5"),
    "large": ("--hidden", "203", "--batch", "229", "--embedding", "47"),
    "gelu": ("--hidden", "203", "--batch", "229", "--layers", "2", "--activation", "gelu"),
    "dropout": ("--hidden", "203", "--batch", "229", "--layers", "2", "--dropout", "0.3"),
}


@pytest.fixture(scope="module")
def names(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return corpus(tmp_path_factory.mktemp("corpus") / "names", train=NAMES * 6, val=NAMES * 4)


def build(folder: Path, *words: str, sources: Path = SOURCES) -> Path:
    if not shutil.which("make"):
        pytest.skip("make is not installed")
    run("make", "-s", "-j2", "-C", sources, f"BUILD={folder}", *words, code=0)
    return folder


# --- bits --------------------------------------------------------------------------


@pytest.mark.parametrize("fold", [False, True], ids=["plain", "fold"])
@pytest.mark.parametrize("sizes", SIZES)
@pytest.mark.parametrize("kernels", TABLES)
def test_a_checkpoint_is_the_same_byte_for_byte(
    kernels: str, sizes: str, fold: bool, names: Path, tmp_path: Path
) -> None:
    if library().mlp_kernels_check(kernels.encode()) != 0:
        assert kernels not in EVERYWHERE
        pytest.skip(f"this processor has no {kernels}")
    words = ("train", "--corpus", names, "--kernels", kernels, "--steps", "4", *SIZES[sizes])
    if sizes == "dropout" and not fold:
        words += ("--input-dropout", "0.2")
    made = []
    for n in THREADS:
        out = tmp_path / str(n)
        more = ("--threads", str(n), *["--fold"] * fold, "--out", out)
        said = run(PROGRAM, *words, *more, code=0).out
        made.append((out.read_bytes(), re.findall(r"train (\S+) \| val (\S+)", said)))
    assert all(each == made[0] for each in made)


def test_python_gives_its_threads_to_the_library(names: Path, tmp_path: Path) -> None:
    words = ("train", "--corpus", names, "--steps", "3", *SIZES["large"])
    for n in (1, 3):
        assert run_python(*words, "--threads", str(n), "--out", tmp_path / str(n)).code == 0
    assert (tmp_path / "1").read_bytes() == (tmp_path / "3").read_bytes()


# --- who starts any ----------------------------------------------------------------


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="this system lists no threads")
@pytest.mark.parametrize(("words", "wanted"), [((), 1), (("--threads", "3"), 3)])
def test_nothing_starts_a_thread_unless_asked(
    words: tuple[str, ...], wanted: int, tmp_path: Path
) -> None:
    """And Ctrl-C ends a training with threads as it does without: only the first takes signals."""
    process = start("program", tmp_path, *words)
    read_lines(process, 2)
    blocked = {}
    for task in Path(f"/proc/{process.pid}/task").iterdir():
        found = re.search(r"^SigBlk:\s+(\w+)$", (task / "status").read_text(), re.MULTILINE)
        assert found
        blocked[int(task.name)] = bool(int(found[1], 16) >> (signal.SIGINT - 1) & 1)
    assert len(blocked) == wanted
    assert [pid for pid, is_blocked in blocked.items() if not is_blocked] == [process.pid]
    process.send_signal(signal.SIGINT)
    code, said, _ = end(process)
    assert code == 130
    assert "stopped at step" in said
    assert said.endswith(" ".join(["--resume", str(tmp_path / "m"), *words]) + "\n")


def test_numpy_and_pytorch_have_so_many_until_the_program_ends() -> None:
    config, training = PRESETS["original"]

    def threads() -> set[int]:
        return {pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"}

    before = threads()
    with one_thread():
        assert threads() == {1}
        create("c", config, training, threads=2)
        assert threads() == {1}
        create("numpy", config, training, threads=2)
        assert threads() == {2}
        create("torch", config, training, threads=2)
        assert torch.get_num_threads() == 2
    assert threads() == before
    with one_thread():
        assert torch.get_num_threads() == 1


# --- what is refused ---------------------------------------------------------------


@pytest.mark.parametrize("n", ["0", "65", "-1", "two", ""])
@pytest.mark.parametrize("command", ["train", "eval", "sample"])
def test_a_number_out_of_range_is_refused(command: str, n: str) -> None:
    words = (command, "--checkpoint", "m")[: 1 if command == "train" else 3]
    why = f"'{n}' is not a whole number from 1 to 64"
    assert complaint(run_c(*words, "--threads", n)) == f"--threads: {why}"
    assert why in complaint(run_python(*words, f"--threads={n}"))


def test_the_library_refuses_it_too_and_stays_as_it_was() -> None:
    config, training = PRESETS["original"]
    backend = create("c", config, training)
    for n in (0, 65):
        with pytest.raises(MLPError, match="outside its range"):
            check(library().mlp_model_threads(backend.model, n), "threads")
    for n in (64, 3, 1):
        check(library().mlp_model_threads(backend.model, n), "threads")


def test_without_threads_one_is_enough(names: Path, tmp_path: Path) -> None:
    """As in WebAssembly."""
    mlp = build(tmp_path, "EXTRA=-DMLP_NO_THREADS -Werror") / "mlp"
    words = ("train", "--corpus", names, *SIZES["small"], "--steps", "2", "--out", tmp_path / "m")
    run(mlp, *words, "--threads", "1", code=0)
    refused = run(mlp, *words, "--force", "--threads", "2", code=1)
    assert refused.err == "mlp: --threads 2: the system gives no more threads\n"


# Lets the system refuse one thread after the other, then gives all; ends if somebody waits for
# a thread that never was.
REFUSE = """
#include "mlp.h"
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
static int left;
int __real_pthread_create(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);
int __wrap_pthread_create(pthread_t *t, const pthread_attr_t *a, void *(*f)(void *), void *x)
{
    return left-- > 0 ? __real_pthread_create(t, a, f, x) : EAGAIN;
}
int __real_pthread_join(pthread_t, void **);
int __wrap_pthread_join(pthread_t t, void **result)
{
    pthread_t never;
    memset(&never, 0, sizeof never);
    if (pthread_equal(t, never))
        exit(3);
    return __real_pthread_join(t, result);
}
int main(void)
{
    mlp_config config;
    mlp_training training;
    mlp_model *model = NULL;
    mlp_preset("original", &config, &training);
    static int inputs[128 * 3], targets[128];
    float loss;
    if (mlp_model_create(&model, &config, 128) != MLP_OK)
        return 1;
    for (int gives = 0; gives < 6; gives++) {
        left = gives;
        printf("%d ", mlp_model_threads(model, 5));
        if (mlp_model_forward(model, inputs, targets, 128, &loss) != MLP_OK)
            return 1;
        mlp_model_backward(model);
    }
    mlp_model_free(model);
    return 0;
}
"""


def test_a_system_that_gives_no_more_threads_is_an_error(tmp_path: Path) -> None:
    flags = ("-fsanitize=address,undefined", "-g")
    probe = "int main(void) { return 0; }"
    command = ["cc", *flags, "-x", "c", "-", "-o", str(tmp_path / "try")]
    if subprocess.run(command, input=probe.encode(), capture_output=True).returncode != 0:
        pytest.skip("the compiler has no sanitizers")
    build(tmp_path, "CC=cc", f"EXTRA={' '.join(flags)} -O1")
    (tmp_path / "refuse.c").write_text(REFUSE)
    wrap = "-Wl,--wrap=pthread_create,--wrap=pthread_join"
    words = (*flags, "-I", SOURCES, wrap, tmp_path / "refuse.c", tmp_path / "libmlp.a")
    run("cc", *words, "-lm", "-pthread", "-o", tmp_path / "refuse", code=0)
    assert run(tmp_path / "refuse", code=0).out == "-12 -12 -12 -12 0 0 "


# --- races -------------------------------------------------------------------------

RACES = {
    "none": ("", ""),
    "parts of numbers": ("n, from = cut(&n, j->N, NUMBERS, part, parts)", "n = j->N, from = 0"),
    "parts of a product": ("m = cut(&M, M, ROWS, part, parts)", "m = 0"),
}


@pytest.mark.parametrize("race", RACES)
def test_the_thread_sanitizer_finds_a_race_only_where_one_was_planted(
    race: str, names: Path, tmp_path: Path
) -> None:
    flags = "-fsanitize=thread -g1 -O1"
    probe = ["clang", *flags.split(), "-x", "c", "-", "-o", str(tmp_path / "try")]
    program = b"int main(void) { return 0; }"
    if (
        not shutil.which("clang")
        or subprocess.run(probe, input=program, capture_output=True).returncode != 0
        or subprocess.run([tmp_path / "try"], capture_output=True).returncode != 0
    ):
        pytest.skip("this clang has no thread sanitizer")
    shutil.copytree(SOURCES, tmp_path / "c")
    team = tmp_path / "c" / "team.c"
    assert RACES[race][0] in team.read_text()
    if race != "none":
        team.write_text(team.read_text().replace(*RACES[race]))
    build(tmp_path / "build", "CC=clang", f"EXTRA={flags}", "x86_64=", sources=tmp_path / "c")
    said = ""
    for fold in ((), ("--fold",)):
        words = ("train", "--corpus", names, *SIZES["large"], "--steps", "3", "--threads", "3")
        done = subprocess.run(
            [tmp_path / "build" / "mlp", *words, *fold, "--out", tmp_path / "m", "--force"],
            capture_output=True,
            env=environment() | {"TSAN_OPTIONS": "exitcode=99:halt_on_error=1"},
            timeout=300,
        )
        said += done.stderr.decode(errors="replace")
        assert done.returncode == 0 or race != "none", said
    assert ("data race" in said) == (race != "none"), said
