"""Training runs of the presets, and the names that the trained models make up."""

from itertools import combinations, islice
from typing import Any

import numpy as np

from mlp.arrays import Array
from mlp.backends import BACKENDS
from mlp.config import preset
from mlp.corpora import SPLITS, Corpus
from mlp.rng import RNG, streams
from mlp.run import Report, Run, train
from mlp.sample import probabilities, sample_names
from mlp.tokens import LATIN, Tokens
from mlp.windows import Windows
from records.models import model_file, windows

N_NAMES = 200  # sampled from each trained model
SAMPLE_SEED = 42

# Presets that take minutes in C, and longer elsewhere: NumPy and PyTorch do their first steps.
LONG = ("context3", "small", "best")
FIRST_STEPS = 1000
THREADS = {"best": 2}  # processor cores, for each implementation


def record_training(splits: Corpus, name: str) -> dict[str, Any]:
    """A preset with each implementation, from its first step to its last or, if it is long, a part.

    `seconds` is what the steps of the whole schedule take, evaluations left out; where only the
    first were done, as many times what they took.
    """
    config, training = preset(name)
    every = 1000 if name in LONG else 200
    runs: dict[str, Any] = {}
    for backend in BACKENDS:
        whole = backend == "c" or name not in LONG
        until = training.steps if whole else FIRST_STEPS
        run = Run.start(config, training, backend, threads=THREADS.get(name, 1))
        run.source = splits.source
        parts = {split: windows(splits, split, run) for split in SPLITS}
        reports: list[Report] = []
        train(run, parts["train"], parts["val"], until, every, reports.append)
        spent = [report.ms_per_step or 0 for report in reports]
        done = np.diff([report.step for report in reports], prepend=0)
        runs[backend] = {
            "steps": [report.step for report in reports],
            "train": [report.train_loss for report in reports],
            "val": [report.val_loss for report in reports],
            "seconds": float(np.dot(spent, done)) / 1000 * training.steps / until,
        }
        if whole:
            names, margin = _names(run)
            runs[backend] |= {
                "test_loss": run.evaluate(parts["test"]),
                "names": names,
                "new": _share_of_new(names, splits),
                "nearest_coin": margin,
            }
        if backend == "c":
            run.save(model_file(splits, name))
    return {
        "preset": name,
        "parameters": config.size,
        "steps": training.steps,
        "threads": THREADS.get(name, 1),
        "runs": runs,
        "differences": {
            f"{a}-{b}": {split: _largest(runs[a], runs[b], split) for split in ("train", "val")}
            for a, b in combinations(BACKENDS, 2)
        },
    }


def _largest(a: dict[str, Any], b: dict[str, Any], split: str) -> float:
    """Return the largest difference of two runs at the evaluations that both made."""
    return max(abs(x - y) for x, y in zip(a[split], b[split]))


def _share_of_new(names: list[str], splits: Corpus) -> float:
    """Return which share of names is not among those that the model learned from."""
    known = set(splits.alphabet.decode(splits.train).split())
    return sum(name not in known for name in names) / len(names)


def _names(run: Run) -> tuple[list[str], float]:
    """Sample names, and say how near a coin came to a boundary between two letters.

    Three models that differ by less than that margin sample the same names.
    """
    context, padded = run.config.context, run.training.padded

    def expected(contexts: Tokens) -> Array:
        return probabilities(run.backend, contexts)

    names = list(islice(sample_names(expected, context, padded, SAMPLE_SEED), N_NAMES))
    coins: list[float] = []
    for name, state in zip(names, streams(SAMPLE_SEED, np.arange(N_NAMES))):
        rng = RNG(int(state))
        coins += [rng.random() for _ in f"{name}\n"]
    # Before the first name there is nothing but ENDs.
    text = "\n" * context + "".join(f"{name}\n" for name in names)
    windows = Windows(LATIN.encode(text), context, padded)
    contexts, _ = windows.take(np.arange(len(windows) - len(coins), len(windows)))
    boundaries = np.cumsum(expected(contexts), axis=1, dtype=np.float64)[:, :-1]
    return names, float(np.abs(boundaries - np.array(coins)[:, None]).min())
