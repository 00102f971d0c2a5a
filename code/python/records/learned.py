"""What a trained model has learned: its letters, its hidden units, where it errs, its names."""

from collections.abc import Callable
from itertools import combinations_with_replacement
from typing import Any

import numpy as np
import numpy.typing as npt

from mlp.config import configured, preset
from mlp.corpora import Corpus
from mlp.mixture import likelihoods
from mlp.model_numpy import MLP
from mlp.run import Run
from mlp.sample import probabilities
from mlp.tokens import END, Tokens
from mlp.windows import Windows
from records.models import trained, windows

PRESET = "small"
FLAT = "quick"  # what learns two numbers a letter
VOWELS = "aeiou"
NEAREST = 3  # letters beside each
EXTREMES = 10  # names, and contexts of a unit
WELL = 0.75  # the share from which on a unit answers well; or up to 1 less that

Bools = npt.NDArray[np.bool_]
Floats = npt.NDArray[Any]

# What a unit may fire for: a question about contexts (N,T), as letters with "." for END.
QUESTIONS: dict[str, Callable[[npt.NDArray[np.str_]], Any]] = {
    "vowel": lambda contexts: np.isin(contexts[:, -1], list(VOWELS)),
    "start": lambda contexts: contexts[:, -1] == ".",
    "long": lambda contexts: (contexts != ".").sum(axis=1) >= 6,
    "consonants": lambda contexts: ~np.isin(contexts[:, -2:], [*VOWELS, "."]).any(axis=1),
}


def record_learned(splits: Corpus) -> dict[str, Any]:
    """Look into the trained preset `small`, at the validation split; and at flat letters."""
    run = trained(splits, PRESET, *preset(PRESET))
    val = windows(splits, "val", run)
    letters = [".", *splits.alphabet.letters]  # "." stands for END
    return {
        "preset": PRESET,
        "letters": letters,
        "plane": plane(splits, letters),
        "units": units(run, val, np.array(letters)),
        **errors(run, val),
        **names(likelihoods(run.backend, val), splits),
    }


def plane(splits: Corpus, letters: list[str]) -> dict[str, Any]:
    """Train `quick` with two numbers a letter; where the letters are then, and how far apart.

    y is neither a vowel nor a consonant here.
    """
    config, training = configured(FLAT, {"embedding": 2}, splits.alphabet.vocab)
    run = trained(splits, f"{FLAT}-flat", config, training)
    places = run.backend.params()["wte.weight"].astype(np.float64)
    distances = np.linalg.norm(places[:, None] - places, axis=-1)
    order = np.argsort(distances, axis=1)[:, 1 : NEAREST + 1]  # the first is the letter itself
    kinds = {
        "vowels": [letters.index(letter) for letter in VOWELS],
        "consonants": [i for i, letter in enumerate(letters) if letter not in f"{VOWELS}.y"],
    }
    apart = {}
    for (a, rows), (b, columns) in combinations_with_replacement(kinds.items(), 2):
        pairs = distances[np.ix_(rows, columns)]
        apart[f"{a}-{b}"] = float(pairs[pairs > 0].mean())
    return {
        "preset": FLAT,
        "steps": training.steps,
        "val_loss": run.evaluate(windows(splits, "val", run)),
        "places": places.tolist(),
        "nearest": {letter: [letters[i] for i in row] for letter, row in zip(letters, order)},
        "apart": apart,
    }


def units(run: Run, windows: Windows, letters: npt.NDArray[np.str_]) -> dict[str, Any]:
    """For each question, the hidden unit that answers it best, and what it does.

    How well is its `separation`. `untrained` is the best of the same model before training, and
    `many` how many units answer well, after and before.
    """
    inputs, _ = windows.batch(0, len(windows))
    contexts = letters[inputs]
    _, first = np.unique(inputs, axis=0, return_index=True)
    active = hidden(run, inputs)
    random = hidden(Run.start(run.config, run.training, "c"), inputs)
    found = {}
    for question, answer in QUESTIONS.items():
        yes = answer(contexts)
        shares, before = (
            np.array([separation(unit[yes], unit[~yes]) for unit in each.T])
            for each in (active, random)
        )
        unit = _best(shares)
        values = active[:, unit].astype(np.float64)
        top = first[np.argsort(-values[first], kind="stable")[:EXTREMES]]
        found[question] = {
            "layer": unit // run.config.hidden,
            "unit": unit % run.config.hidden,
            "share": float(shares[unit]),
            "untrained": float(before[_best(before)]),
            "many": [int((np.abs(each - 0.5) >= WELL - 0.5).sum()) for each in (shares, before)],
            "yes": float(values[yes].mean()),
            "no": float(values[~yes].mean()),
            "by_letter": _means(values, inputs[:, -1], run.config.vocab),
            "top": ["".join(contexts[row]).lstrip(".") for row in top],
        }
    return found


def hidden(run: Run, inputs: Tokens) -> Floats:
    """Return what each hidden unit, (N,U) of all layers, makes of inputs (N,T)."""
    model = MLP(run.config, run.backend.params())
    model.logits(inputs)
    # What a layer hands on is what the next one reads.
    readers = [*model.layers[1:], "output"]
    return np.concatenate([model.cache[reader][0] for reader in readers], axis=1)


def separation(yes: Floats, no: Floats) -> float:
    """Return the share of pairs of `yes` (N,) and `no` (M,) in which the first is larger.

    Of pairs of equals, half count.
    """
    no = np.sort(no)
    below = np.searchsorted(no, yes, "left")
    up_to = np.searchsorted(no, yes, "right")
    return float((below + up_to).mean() / (2 * len(no)))


def _best(shares: Floats) -> int:
    """Return the one that is furthest from chance: 0 is as good as 1."""
    return int(np.abs(shares - 0.5).argmax())


def errors(run: Run, windows: Windows) -> dict[str, Any]:
    """Where the loss comes from: by the place in a name, by the letter, and what was expected.

    `expected[i][j]` is the mean probability of letter j where letter i comes.
    """
    inputs, targets = windows.batch(0, len(windows))
    probs = probabilities(run.backend, inputs).astype(np.float64)
    losses = -np.log(probs[np.arange(len(targets)), targets])
    places = (inputs != END).sum(axis=1)  # up to the context
    vocab, context = run.config.vocab, run.config.context
    return {
        "loss": float(losses.mean()),
        "by_place": _means(losses, places, context + 1),
        "windows_by_place": np.bincount(places, minlength=context + 1).tolist(),
        "by_letter": _means(losses, targets, vocab),
        "share_of_letter": (np.bincount(targets, minlength=vocab) / len(targets)).tolist(),
        "expected": [
            probs[targets == i].mean(axis=0).tolist() if (targets == i).any() else None
            for i in range(vocab)
        ],
    }


def _means(values: Floats, groups: Tokens, n: int) -> list[float | None]:
    """Return the mean of values (N,) in each of n groups (N,), None for an empty one."""
    counts = np.bincount(groups, minlength=n)
    sums = np.bincount(groups, values, n)
    return [float(s / c) if c else None for s, c in zip(sums, counts)]


def names(p: Floats, splits: Corpus) -> dict[str, Any]:
    """The names of the validation split that the model finds most and least likely.

    What counts is the mean loss of their letters, END among them.
    """
    ends = np.flatnonzero(splits.val == END)
    text = splits.alphabet.decode(splits.val).split()
    losses = np.split(-np.log(p), ends[:-1] + 1)
    means = np.array([loss.mean() for loss in losses])
    order = np.argsort(means, kind="stable")

    def entry(i: int) -> dict[str, Any]:
        return {"name": text[i], "loss": float(means[i]), "by_letter": losses[i].tolist()}

    return {
        "likely": [entry(i) for i in order[:EXTREMES]],
        "unlikely": [entry(i) for i in order[::-1][:EXTREMES]],
    }
