"""`torchrun -m mlp train`: two processes train as one does, and end as one."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import torch.distributed as dist
import training
from cases import (
    NAMES,
    Result,
    backend,
    complaint,
    corpus,
    environment,
    loss_lines,
    run,
    run_python,
    saved_line,
    succeed,
)
from tolerances import TORCH_100_STEPS
from training import end, read_lines

from mlp import workers
from mlp.backends import create
from mlp.checkpoint import load_checkpoint
from mlp.config import ModelConfig, TrainingConfig
from mlp.corpora import load
from mlp.errors import MLPError
from mlp.run import Run
from mlp.tokens import Tokens
from mlp.windows import Windows

pytestmark = pytest.mark.skipif(
    not dist.is_available(), reason="this PyTorch has no torch.distributed"
)

TORCHRUN = (sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node")
TRAIN = ("mlp", "train", "--backend", "torch")
SIZES = ("--context", "4", "--embedding", "5", "--hidden", "33", "--batch", "6")
# A worker that leaves its process id behind, or ends before it is one.
SHELL = ("--no-python", "--", "sh", "-c")
TELLS = (*SHELL, 'echo $$$$ > pid.$RANK; exec python -m "$@"', "sh")
DIES = (*SHELL, 'test $RANK = 1 && exit 3; exec python -m "$@"', "sh")


@pytest.fixture
def names(tmp_path: Path) -> Path:
    return corpus(tmp_path / "names", train=NAMES * 20, val=NAMES * 20)


def ours(result: Result) -> Result:
    """The result without what torchrun says."""
    lines = [line for line in result.err.splitlines(keepends=True) if line.startswith("mlp: ")]
    return Result(result.code, result.out, "".join(lines))


def torchrun(n: int, *words: str | Path) -> Result:
    return ours(run(*TORCHRUN, str(n), "-m", "--", *TRAIN, *words))


def numbers(out: str) -> dict[int, list[float]]:
    """The losses of the evaluations, by step."""
    lines = loss_lines(out).items()
    return {step: [float(loss) for loss in re.findall(r"\d\.\d+", line)] for step, line in lines}


def assert_follows(out: str, expected: str) -> None:
    mine, theirs = numbers(out), numbers(expected)
    assert mine.keys() == theirs.keys()
    for step, losses in mine.items():
        for a, b in zip(losses, theirs[step]):
            TORCH_100_STEPS.check(abs(a - b), f"step {step}")


# --- they are one training -----------------------------------------------------


def test_two_processes_follow_the_losses_of_one(tmp_path: Path, names: Path) -> None:
    log = tmp_path / "log.csv"
    words = ("--corpus", names, "--until", "100", "--eval-every", "20", "--out", tmp_path / "m")
    two = succeed(torchrun(2, *words, "--log", log))
    alone = backend("torch")("train", *words, "--force")
    assert_follows(two, succeed(alone))
    assert two.count("\n") == len(numbers(two)) + 3, "more than one of them prints"
    assert log.read_text().count("\n") == 1 + len(numbers(two))


def test_each_worker_drops_in_its_rows_and_checkpoints_are_of_all(
    tmp_path: Path, names: Path
) -> None:
    model = (*SIZES, "--layers", "2", "--dropout", "0.3", "--input-dropout", "0.2")
    order = ("--shuffled", "--padded", "--warmup", "9", "--steps", "100", "--learning-rate", "0.01")
    words = ("--corpus", names, "--eval-every", "10", "--out")
    alone = backend("torch")
    whole = succeed(alone("train", *words, tmp_path / "whole", *model, *order))
    first = succeed(alone("train", *words, tmp_path / "m", *model, *order, "--until", "30"))
    go_on = (*words, tmp_path / "m", "--resume", tmp_path / "m")
    second = succeed(torchrun(3, *go_on, "--until", "70"))
    third = succeed(alone("train", *go_on))
    assert numbers(second).keys() == {30, 40, 50, 60, 70}
    for part in (first, second, third):
        steps = numbers(part).keys()
        lines = [line for step, line in loss_lines(whole).items() if step in steps]
        assert_follows(part, "\n".join(lines))


def test_where_there_is_nothing_to_share_the_others_end_in_silence(
    tmp_path: Path, names: Path
) -> None:
    words = ("--corpus", names, *SIZES, "--steps", "2", "--out", tmp_path / "m")
    succeed(run_python("train", *words))
    said = succeed(torchrun(2, "--resume", tmp_path / "m"))
    assert said.startswith(f"nothing to do: {tmp_path}/m is at step 2 of 2\n")


# A worker that prints its losses, and how far its parameters went.
STEPS = """
import json, sys
import torch.distributed as dist
from pathlib import Path
from mlp.config import ModelConfig, TrainingConfig
from mlp.corpora import load
from mlp.run import Run
from mlp.windows import Windows
dist.init_process_group("gloo")
run = Run.start(ModelConfig(hidden=33, dropout=0.4), TrainingConfig(batch=8), "torch")
run.backend.join()
windows = Windows(load(sys.argv[1]).train, 3)
losses = [run.train_step(windows) for _ in range(5)]
Path(f"{sys.argv[2]}.{dist.get_rank()}").write_text(json.dumps(losses))
"""


def test_each_step_has_the_loss_of_the_whole_batch_in_both(tmp_path: Path, names: Path) -> None:
    (tmp_path / "steps.py").write_text(STEPS)
    run(*TORCHRUN, "2", tmp_path / "steps.py", names, tmp_path / "losses", code=0)
    both = [json.loads((tmp_path / f"losses.{rank}").read_text()) for rank in (0, 1)]
    config, plan = ModelConfig(hidden=33, dropout=0.4), TrainingConfig(batch=8)
    alone, windows = Run.start(config, plan, "torch"), Windows(load(str(names)).train, 3)
    expected = [alone.train_step(windows) for _ in range(5)]
    assert both[0] == both[1]
    for mine, theirs in zip(both[0], expected):
        TORCH_100_STEPS.check(abs(mine - theirs))


# --- they end as one -----------------------------------------------------------


def start(folder: Path, names: Path) -> subprocess.Popen[bytes]:
    """Start two workers that leave their process ids behind, and take minutes."""
    words = ("--corpus", str(names), *SIZES, "--steps", "20000", "--eval-every", "20", "--out", "m")
    process = subprocess.Popen(
        [*TORCHRUN, "2", *TELLS, *TRAIN, *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
        cwd=folder,
        env=environment(),
    )
    training.started.append(process)
    return process


def stop(tmp_path: Path, names: Path, how: Callable[[subprocess.Popen[bytes]], None]) -> Result:
    """Start workers, stop them after two reports, and see that none is left."""
    process = start(tmp_path, names)
    seen = read_lines(process, 2)
    assert loss_lines(seen).keys() == {0, 20}
    how(process)
    code, out, err = end(process)
    for rank in "01":
        with pytest.raises(ProcessLookupError):
            os.kill(int((tmp_path / f"pid.{rank}").read_text()), 0)
    return ours(Result(code, seen + out, err))


def assert_resumes(tmp_path: Path, names: Path) -> None:
    """Expect the checkpoint to go on as the same training, in one process."""
    until = ("--until", str(load_checkpoint(tmp_path / "m").step + 20), "--eval-every", "1")
    words = ("--corpus", names, *until, "--out", tmp_path / "r", "--force")
    resumed = succeed(run_python("train", *words, "--resume", tmp_path / "m"))
    whole = succeed(run_python("train", *words, *SIZES, "--steps", "20000"))
    lines = [line for step, line in loss_lines(whole).items() if step in loss_lines(resumed)]
    assert_follows(resumed, "\n".join(lines))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_at_torchrun_saves_and_ends_all(number: int, tmp_path: Path, names: Path) -> None:
    result = stop(tmp_path, names, lambda process: os.killpg(process.pid, number))
    assert result.code != 0
    assert result.err == ""
    step = load_checkpoint(tmp_path / "m").step
    assert saved_line(result.out) == f"stopped at step {step}; saved to m"
    assert step >= 20


@pytest.mark.parametrize("rank", [0, 1])
def test_a_killed_worker_ends_the_other_with_one_line(
    rank: int, tmp_path: Path, names: Path
) -> None:
    pid = tmp_path / f"pid.{rank}"
    result = stop(tmp_path, names, lambda _: os.kill(int(pid.read_text()), signal.SIGKILL))
    assert complaint(result).startswith("a worker has ended: ")
    if rank == 1:  # the other one saves on its way out
        assert load_checkpoint(tmp_path / "m").step >= 20
        assert_resumes(tmp_path, names)


# --- they do not start ---------------------------------------------------------


def test_a_batch_that_cannot_be_shared_is_refused(
    tiny_tokens: Tokens, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dist, "get_world_size", lambda: 3)
    run = Run.start(ModelConfig(), TrainingConfig(), "torch")
    with pytest.raises(MLPError, match="^batch 128: 3 workers cannot share it evenly$"):
        workers.start(run, tiny_tokens, 1)


def test_a_worker_that_dies_before_the_start_ends_the_other(tmp_path: Path, names: Path) -> None:
    words = ("--corpus", names, "--out", tmp_path / "m")
    result = ours(run(*TORCHRUN, "2", *DIES, *TRAIN, *words))
    assert (result.code, result.out) == (1, "")
    assert result.err in ("", "mlp: stopped before all workers were there\n")
    assert not (tmp_path / "m").exists()


@pytest.mark.parametrize("name", ["c", "numpy"])
def test_other_backends_have_no_workers(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TORCHELASTIC_RUN_ID", "1")
    with pytest.raises(MLPError, match=f"torchrun: only the backend torch has workers, not {name}"):
        create(name, ModelConfig(), TrainingConfig())


def test_a_port_in_use_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """As where torchrun leaves the port to worker 0."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        where = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(server.getsockname()[1])}
        who = {"TORCHELASTIC_RUN_ID": "1", "RANK": "0", "LOCAL_RANK": "0", "WORLD_SIZE": "2"}
        for name, value in (where | who).items():
            monkeypatch.setenv(name, value)
        said = complaint(run(sys.executable, "-m", "mlp", "train", "--backend", "torch"))
    assert said.startswith("stopped before all workers were there: The server socket has failed")
    assert "address already in use" in said
