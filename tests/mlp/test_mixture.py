"""Mixtures: the best weights are the best, and the command says what the functions say."""

import math
import re
from pathlib import Path

import numpy as np
import pytest
from cases import complaint, corpus, run_python, succeed

from mlp import corpora
from mlp.backends import BACKENDS
from mlp.config import ModelConfig, TrainingConfig
from mlp.errors import MLPError
from mlp.mixture import best_weights, likelihoods, mean_loss
from mlp.ngram import KneserNey
from mlp.run import Run
from mlp.windows import Windows

CONFIG = ModelConfig(context=3, embedding=4, hidden=12)
SIZES = ("--preset", "original", "--embedding", "4", "--hidden", "12", "--batch", "16")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two models of the same names, and a few that do not fit to them."""
    folder = tmp_path_factory.mktemp("mix")
    names, other = corpus(folder / "names"), corpus(folder / "others", train=b"mia\nzoe\n" * 30)
    trainings: dict[str, tuple[str | Path, ...]] = {
        "one": ("--seed", "1", "--padded", "--corpus", names),
        "two": ("--seed", "2", "--padded", "--context", "5", "--corpus", names),
        "sliding": ("--corpus", names),
        "longer": ("--context", "6", "--corpus", names),
        "other": ("--padded", "--corpus", other),
    }
    for file, words in trainings.items():
        succeed(run_python("train", *SIZES, "--steps", "60", *words, "--out", folder / file))
    return folder


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_likelihood_is_what_the_loss_is_the_log_of(backend: str) -> None:
    tokens = np.random.default_rng(3).integers(0, 27, 640).astype(np.uint16)
    run = Run.start(CONFIG, TrainingConfig(batch=64), backend)
    windows = Windows(tokens, 3, padded=True)
    p = likelihoods(run.backend, windows)
    assert p.shape == (640,)
    assert mean_loss(p) == pytest.approx(run.evaluate(windows), abs=1e-6)


def test_the_best_weights_are_the_best_of_a_grid() -> None:
    models = np.random.default_rng(5).beta(0.5, 2, (3, 400))
    weights = best_weights(models)
    assert weights.sum() == pytest.approx(1)
    found = mean_loss(weights @ models)
    shares = np.arange(0, 1.001, 0.05)
    grid = [(a, b, 1 - a - b) for a in shares for b in shares if a + b <= 1]
    assert found <= min(mean_loss(np.array(each) @ models) for each in grid)
    assert found < min(map(mean_loss, models))


def test_a_model_that_never_helps_gets_next_to_nothing() -> None:
    good = np.random.default_rng(7).uniform(0.5, 1, 300)
    assert best_weights(np.stack([good / 2, good]))[0] < 1e-3


def test_the_command_prints_each_model_their_mean_and_the_mixture(folder: Path) -> None:
    paths, of = (folder / "one", folder / "two"), ("--corpus", folder / "names")
    lines = succeed(run_python("mix", *paths, "--order", "4", *of)).splitlines()
    number = r"(\d\.\d{4})"
    losses = [tuple(map(float, re.findall(f"val {number} . test {number}", x)[0])) for x in lines]
    names = corpora.load(folder / "names")
    counts = KneserNey(4).fit(names.train)
    for split, column in ("val", 0), ("test", 1):
        tokens = getattr(names, split)
        asked = [
            likelihoods(run.backend, Windows(tokens, run.config.context, padded=True))
            for run in (Run.resume(path, "numpy") for path in paths)
        ]
        models = np.stack([*asked, counts.likelihoods(tokens)])
        if split == "val":
            weights = best_weights(models)
        expected = [
            *map(mean_loss, models),
            mean_loss(models[:2].mean(axis=0)),
            mean_loss(weights @ models),
        ]
        assert [loss[column] for loss in losses] == pytest.approx(expected, abs=6e-5)
    assert [float(x) for line in lines for x in re.findall(r"weight ([\d.]+)", line)] == (
        pytest.approx(list(weights), abs=6e-4)
    )


def test_contexts_of_two_lengths_mix_where_windows_slide(folder: Path) -> None:
    paths, of = (folder / "sliding", folder / "longer"), ("--corpus", folder / "names")
    assert "mixture" in succeed(run_python("mix", *paths, "--order", "3", *of))


def test_models_that_cannot_be_mixed_are_one_line(folder: Path, tmp_path: Path) -> None:
    one = folder / "one"
    message = complaint(run_python("mix", one, folder / "sliding"))
    assert message == f"{folder / 'sliding'}: has other windows than {one}: padded, or sliding"
    message = complaint(run_python("mix", one, folder / "other"))
    assert message == f"{folder / 'other'}: learned from other names than {one}"
    assert complaint(run_python("mix", tmp_path / "no")).startswith(f"{tmp_path / 'no'}: ")
    assert run_python("mix").code == 2
    assert run_python("mix", one, "--order", "14").code == 2


def test_a_model_without_numbers_is_an_error() -> None:
    run = Run.start(CONFIG, TrainingConfig(batch=64), "numpy")
    params = {name: np.full_like(p, math.nan) for name, p in run.backend.params().items()}
    run.backend.load(params, *run.backend.moments(), 0)
    windows = Windows(np.zeros(9, np.uint16), 3, padded=True)
    with np.errstate(invalid="ignore"), pytest.raises(MLPError, match="not a number"):
        likelihoods(run.backend, windows)
