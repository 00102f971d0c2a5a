"""Whole stretches of training: the losses of the original module, and of each other."""

import csv
import sys
from dataclasses import replace
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
import tolerances
from cases import REPOSITORY, run
from kernels import TABLES

from mlp import backend_c
from mlp.agree import agree
from mlp.backend_c import CBackend
from mlp.backend_numpy import NumPyBackend
from mlp.backend_torch import TorchBackend
from mlp.backends import BACKENDS, Backend
from mlp.clib import ffi
from mlp.config import ACTIVATIONS, ModelConfig, TrainingConfig, preset
from mlp.corpora import Corpus
from mlp.run import TRAIN_BATCHES, Run
from mlp.schedule import cosine_schedule
from mlp.windows import Windows

RECORDED = Path(__file__).parent / "reference" / "original-losses.csv"
AGREED_STEPS = 2000


def recorded_losses() -> dict[int, tuple[float, float]]:
    """The original's losses on train and val, by step: those of its PyTorch version."""
    with RECORDED.open() as file:
        rows = csv.DictReader(line for line in file if not line.startswith("#"))
        return {int(r["step"]): (float(r["torch_train"]), float(r["torch_val"])) for r in rows}


def largest_pairwise(losses: dict[str, float]) -> float:
    return max(abs(a - b) for a, b in combinations(losses.values(), 2))


def test_all_three_reproduce_the_losses_of_the_original_module(ssa_names: Corpus) -> None:
    config, training = preset("original")
    train = Windows(ssa_names.train, config.context)
    val = Windows(ssa_names.val, config.context)
    recorded = recorded_losses()
    assert list(recorded) == list(range(0, 4001, 200))
    runs = {name: Run.start(config, training, name) for name in BACKENDS}
    for step in range(max(recorded) + 1):
        if step in recorded:
            for name, run in runs.items():
                losses = run.evaluate(train, TRAIN_BATCHES), run.evaluate(val)
                for loss, expected in zip(losses, recorded[step]):
                    what = f"{name}, step {step}"
                    tolerances.ORIGINAL_LOSSES.check(abs(loss - expected), what)
        if step < max(recorded):
            batch = {name: run.train_step(train) for name, run in runs.items()}
            if step < AGREED_STEPS:
                difference = largest_pairwise(batch)
                tolerances.ORIGINAL_2000_STEPS.check(difference, f"step {step}")


@pytest.mark.parametrize("padded", [False, True], ids=["sliding", "padded"])
@pytest.mark.parametrize("layers", [1, 3])
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_all_three_agree_on_other_models(
    given_names: Corpus, padded: bool, layers: int, activation: str
) -> None:
    config = ModelConfig(context=6, embedding=16, hidden=96, layers=layers, activation=activation)
    training = TrainingConfig(batch=64, steps=200, padded=padded, learning_rate=2e-3)
    windows = Windows(given_names.train, config.context, padded)
    runs = {name: Run.start(config, training, name) for name in BACKENDS}
    losses = []
    for step in range(training.steps):
        batch = {name: run.train_step(windows) for name, run in runs.items()}
        tolerances.VARIANTS_200_STEPS.check(largest_pairwise(batch), f"step {step}")
        losses.append(batch["c"])
    assert losses[-1] < losses[0] - 0.5  # it learns


@pytest.mark.parametrize(("layers", "activation"), [(1, "tanh"), (3, "gelu")])
def test_every_table_of_kernels_agrees_with_the_textbook(
    table: str, given_names: Corpus, layers: int, activation: str
) -> None:
    config = ModelConfig(context=6, embedding=16, hidden=96, layers=layers, activation=activation)
    training = TrainingConfig(batch=64, steps=200, learning_rate=2e-3)
    windows = Windows(given_names.train, config.context)
    models = [CBackend(config, training, kernels) for kernels in ("textbook", table)]
    for step in range(training.steps):
        inputs, targets = windows.batch(step, training.batch)
        rate = cosine_schedule(training.learning_rate, step, training.steps)
        a, b = (model.step(inputs, targets, rate) for model in models)
        if table == "textbook":
            assert a == b  # nothing here depends on chance or on addresses
        else:
            tolerances.KERNELS_200_STEPS.check(abs(a - b), f"step {step}")


@pytest.mark.parametrize(
    ("preset_name", "float32"),
    [("original", tolerances.DROPOUT_300_STEPS), ("deep", tolerances.DROPOUT_300_DEEP)],
    ids=["original", "deep"],
)
def test_all_three_agree_with_dropout_and_warmup(
    given_names: Corpus, preset_name: str, float32: tolerances.Tolerance
) -> None:
    config, training = preset(preset_name)
    config = replace(config, dropout=0.3, input_dropout=0.1)
    training = replace(training, warmup=100)
    windows = Windows(given_names.train, config.context, training.padded)
    for names, dtype, bound in (
        (BACKENDS, "float32", float32),
        (("numpy", "torch"), "float64", tolerances.FLOAT64_300_STEPS),
    ):
        (step,) = agree(names, config, training, windows, 300, 300, dtype)
        for pair, difference in step.differences.items():
            bound.check(difference.loss, pair)


@pytest.fixture(scope="module")
def uncontracted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A build whose fast kernels round every product before they add it."""
    folder = tmp_path_factory.mktemp("uncontracted")
    build = REPOSITORY / "code" / "c" / "make.py"
    run(sys.executable, build, folder, "FAST=-ffp-contract=off", code=0)
    return folder


def test_every_switch_agrees_with_pytorch_over_2000_steps(
    given_names: Corpus, library: Any, uncontracted: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config, training = preset("original")
    windows = Windows(given_names.train, config.context)
    switched: dict[str, Backend] = {"numpy fold": NumPyBackend(config, training, fold=True)}
    for table in TABLES:
        if library.kernels_find(table.encode()) != ffi.NULL:
            for fold in (False, True):
                switched[f"{table} {fold=}"] = CBackend(config, training, table, fold)
    other = ffi.dlopen(str(next(uncontracted.glob("libmlp.[sd]*"))))
    monkeypatch.setattr(backend_c, "library", lambda: other)
    switched["uncontracted"] = CBackend(config, training)
    switched["uncontracted fold"] = CBackend(config, training, fold=True)

    runs = {name: Run(config, training, backend) for name, backend in switched.items()}
    torch = Run(config, training, TorchBackend(config, training))
    for step in range(AGREED_STEPS):
        expected = torch.train_step(windows)
        for name, its in runs.items():
            if step < 200 or not name.startswith("textbook"):  # that one takes its time
                difference = abs(its.train_step(windows) - expected)
                bound = (
                    tolerances.SWITCHES_200_STEPS if step < 200 else tolerances.SWITCHES_2000_STEPS
                )
                bound.check(difference, f"{name}, step {step}")


@pytest.mark.parametrize(
    "more",
    [(), ("--fold",), ("--dropout", "0.3", "--input-dropout", "0.1")],
    ids=["unfolded", "folded", "dropout"],
)
def test_without_contraction_every_instruction_set_computes_the_same_bits(
    uncontracted: Path, given_names_folder: Path, tmp_path: Path, more: tuple[str, ...]
) -> None:
    """500 steps of training, and all of the checkpoint."""
    checkpoints = []
    for table in TABLES[:-1]:  # all but the textbook
        out = tmp_path / f"{table}.safetensors"
        words = ("--corpus", given_names_folder, "--kernels", table, "--out", out, *more)
        done = run(uncontracted / "mlp", "train", *words, "--until", "500")
        if "not for this processor" not in done.err:
            assert done.code == 0
            checkpoints.append(out.read_bytes())
    assert len(set(checkpoints)) == 1
