"""`--bf16`, `--compile` and `--device` of the backend torch: as near as they should be."""

import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from cases import (
    NAMES,
    PYTHON,
    SIZES,
    Result,
    complaint,
    corpus,
    loss_lines,
    run,
    run_python,
    succeed,
)
from tolerances import BF16_100_STEPS, TORCH_100_STEPS, Tolerance

from mlp.backend_torch import _training_loss
from mlp.config import ModelConfig
from mlp.errors import MLPError
from mlp.model_torch import MLP

TRAIN = ("train", "--backend", "torch", *SIZES, "--learning-rate", "0.01", "--steps", "100")
TRAIN += ("--eval-every", "20")
DROPOUT = ("--layers", "2", "--dropout", "0.3", "--input-dropout", "0.2")

needs_compiler = pytest.mark.skipif(
    shutil.which("c++") is None, reason="torch.compile needs a C++ compiler"
)
needs_cuda = pytest.mark.skipif(
    not torch.cuda.is_available(), reason="no CUDA device that PyTorch can use"
)


def trained_apart(*words: str | Path) -> Result:
    """In a process of its own: within torch.compile there are warnings."""
    return run(*PYTHON, *words)


def losses(tmp_path: Path, *words: str) -> np.ndarray:
    folder = corpus(tmp_path / "names", train=NAMES * 20, val=NAMES * 20)
    mlp = trained_apart if "--compile" in words else run_python
    out = succeed(mlp(*TRAIN, "--corpus", folder, "--out", tmp_path / "m", "--force", *words))
    rows = [line.replace("|", " ").split() for line in loss_lines(out).values()]
    return np.array([(float(row[3]), float(row[5])) for row in rows])


def check(tmp_path: Path, tolerance: Tolerance, more: tuple[str, ...], *words: str) -> float:
    """Compare with the same training without these words; return how far they part."""
    plain, changed = losses(tmp_path, *more), losses(tmp_path, *more, *words)
    assert len(plain) == 6
    assert plain[-1].max() < plain[0].min() - 0.2, "it learns nothing"
    apart = float(np.abs(plain - changed).max())
    tolerance.check(apart)
    return apart


@pytest.mark.parametrize("more", [(), DROPOUT], ids=["plain", "dropout"])
def test_bf16_trains_and_is_near(more: tuple[str, ...], tmp_path: Path) -> None:
    assert check(tmp_path, BF16_100_STEPS, more, "--bf16") > 0, "it computes as without"


def test_a_device_without_bf16_is_one_line() -> None:
    with pytest.raises(MLPError, match="^bf16: .*meta"):
        _training_loss(MLP(ModelConfig()), torch.device("meta"), bf16=True, compile=False)


@needs_compiler
def test_compiled_it_is_the_same_model_with_the_same_masks(tmp_path: Path) -> None:
    check(tmp_path, TORCH_100_STEPS, DROPOUT, "--compile")


def test_without_a_compiler_it_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CXX", "no-such-compiler")
    folder = corpus(tmp_path / "names")
    words = ("--hidden", "34", "--corpus", folder, "--out", tmp_path / "m", "--compile")
    said = complaint(trained_apart(*TRAIN, *words))
    assert said.startswith("compile: InvalidCxxCompiler: ")
    assert not (tmp_path / "m").exists(), "before any work"


@needs_cuda
@pytest.mark.parametrize("more", [(), DROPOUT], ids=["plain", "dropout"])
def test_a_device_trains_with_the_same_masks(more: tuple[str, ...], tmp_path: Path) -> None:
    check(tmp_path, BF16_100_STEPS, more, "--device", "cuda")  # nobody has measured it yet


@needs_cuda
def test_a_device_with_bf16_is_near(tmp_path: Path) -> None:
    check(tmp_path, BF16_100_STEPS, (), "--device", "cuda", "--bf16")
