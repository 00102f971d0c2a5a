"""Recorded results: whole training runs, as JSON that the text takes its numbers from.

    python -m litdocs.record

writes docs/results/. Every file says with which command, versions and commit it
was made, and when. `nox -s results` runs it; it takes about ten minutes.
"""

import json
import subprocess
import sys
from datetime import UTC, datetime
from itertools import combinations, islice
from pathlib import Path
from typing import Any

import numpy as np

from mlp import corpus as corpora
from mlp.agree import agree
from mlp.backends import BACKENDS, one_thread, probabilities
from mlp.cli import versions
from mlp.config import PRESETS, preset
from mlp.corpus import Tokens
from mlp.errors import MLPError
from mlp.ngram import NgramModel, grid
from mlp.ops_numpy import Array
from mlp.rng import RNG
from mlp.sample import sample_names
from mlp.train import Report, Run, train
from mlp.windows import Windows

RESULTS = Path(__file__).parents[3] / "docs" / "results"
N_NAMES = 30  # sampled from each trained model
SAMPLE_SEED = 42


def main() -> None:
    """Record everything for both corpora."""
    RESULTS.mkdir(exist_ok=True)
    made = origin("nox -s results")
    with one_thread():
        for corpus in corpora.CORPORA:
            splits = corpora.load(corpus)
            write(f"ngram-{corpus}", made | record_ngram(splits))
            write(f"agree-{corpus}", made | record_agreement(splits))
            for name in PRESETS:
                write(f"{name}-{corpus}", made | record_training(splits, name))


def origin(command: str) -> dict[str, Any]:
    """Return how a record comes to be; MLPError where there is no commit to name."""
    try:
        commit = _git("rev-parse", "--short=12", "HEAD")
    except (OSError, subprocess.CalledProcessError) as error:
        raise MLPError(
            "a record names the commit it was made at: this is no git checkout"
        ) from error
    return {
        "command": command,
        "date": datetime.now(UTC).strftime("%Y-%m-%d"),
        "commit": commit,
        "versions": versions(),
    }


def write(name: str, result: dict[str, Any]) -> None:
    """Write one result aside, and then in its place; MLPError if that fails."""
    path = RESULTS / f"{name}.json"
    aside = path.with_suffix(".part")
    try:
        aside.write_text(json.dumps(result, indent=1) + "\n")
        aside.replace(path)
    except OSError as error:
        aside.unlink(missing_ok=True)
        raise MLPError(f"{path}: cannot write: {error.strerror}") from error
    print(f"recorded {name}", flush=True)


def record_ngram(splits: corpora.Corpus) -> dict[str, Any]:
    """The counting baseline, over the original module's grid."""
    trials, best = grid(splits.train, splits.val, [3, 4, 5], [0.03, 0.1, 0.3, 1.0])
    model = NgramModel(best.order, best.smoothing).fit(splits.train)
    return {
        "trials": [trial._asdict() for trial in trials],
        "best": best._asdict() | {"test_loss": model.loss(splits.test)},
    }


def record_agreement(splits: corpora.Corpus) -> dict[str, Any]:
    """The first 2,000 steps side by side in float32, the first 300 in float64."""
    config, training = preset("original")
    windows = Windows(splits.train, config.context, training.padded)
    result = {}
    for dtype, names, steps in (
        ("float32", BACKENDS, 2000),
        ("float64", ("numpy", "torch"), 300),
    ):
        compared = agree(names, config, training, windows, steps, steps, dtype)[-1]
        result[dtype] = {
            "steps": steps,
            "pairs": {
                pair: {
                    "loss": difference.loss,
                    "params": max(difference.params.values()),
                    "grads": max(difference.grads.values()),
                }
                for pair, difference in compared.differences.items()
            },
        }
    return result


def record_training(splits: corpora.Corpus, name: str) -> dict[str, Any]:
    """A preset from its first to its last step, with each implementation."""
    config, training = preset(name)
    runs: dict[str, Any] = {}
    for backend in BACKENDS:
        run = Run.start(config, training, backend)
        parts = {
            split: Windows(getattr(splits, split), config.context, training.padded)
            for split in ("train", "val", "test")
        }
        reports: list[Report] = []
        train(run, parts["train"], parts["val"], training.steps, 200, reports.append)
        names, margin = _names(run)
        runs[backend] = {
            "steps": [report.step for report in reports],
            "train": [report.train_loss for report in reports],
            "val": [report.val_loss for report in reports],
            "test_loss": run.evaluate(parts["test"]),
            "names": names,
            "nearest_coin": margin,
        }
    return {
        "preset": name,
        "parameters": config.size,
        "steps": training.steps,
        "runs": runs,
        "differences": {
            f"{a}-{b}": {
                split: float(np.abs(np.subtract(runs[a][split], runs[b][split])).max())
                for split in ("train", "val")
            }
            for a, b in combinations(BACKENDS, 2)
        },
    }


def _names(run: Run) -> tuple[list[str], float]:
    """Sample names, and say how near a coin came to a boundary between two letters.

    Three models that differ by less than that margin sample the same names.
    """
    margin = 1.0
    coins = RNG(SAMPLE_SEED)

    def watched(context: Tokens) -> Array:
        nonlocal margin
        probs = probabilities(run.backend, context)
        coin = coins.random()  # the one that sample_names is about to toss
        margin = min(margin, float(np.abs(np.cumsum(probs, dtype=np.float64)[:-1] - coin).min()))
        return probs

    names = sample_names(watched, run.config.context, run.training.padded, RNG(SAMPLE_SEED))
    return list(islice(names, N_NAMES)), margin


def _git(*arguments: str) -> str:
    return subprocess.run(
        ["git", *arguments], check=True, capture_output=True, text=True, cwd=RESULTS
    ).stdout.strip()


if __name__ == "__main__":
    try:
        main()
    except MLPError as error:
        sys.exit(str(error))
