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
from mlp.ops_numpy import softmax_forward
from mlp.tokens import END, Tokens
from mlp.windows import Windows
from records.models import trained, windows

PRESET = "small"
FLAT = "quick"  # what learns two numbers a letter
VOWELS = "aeiou"
NEAREST = 3  # letters beside each
EXTREMES = 10  # names, and contexts of a unit

Bools = npt.NDArray[np.bool_]
Floats = npt.NDArray[Any]

# What a unit may fire for: a question about contexts (N,T), as letters with "." for END.
QUESTIONS: dict[str, Callable[[npt.NDArray[np.str_]], Any]] = {
    "vowel": lambda contexts: np.isin(contexts[:, -1], list(VOWELS)),
    "start": lambda contexts: contexts[:, -1] == ".",
    "long": lambda contexts: (contexts != ".").sum(axis=1) >= 6,
    "two consonants": lambda contexts: ~np.isin(contexts[:, -2:], [*VOWELS, "."]).any(axis=1),
}


def record_learned(splits: Corpus) -> dict[str, Any]:
    """Look into the trained preset `small`, at the validation split; and at flat letters."""
    run = trained(splits, PRESET, *preset(PRESET))
    model = MLP(run.config, run.backend.params())
    val = windows(splits, "val", run)
    letters = [".", *splits.alphabet.letters]  # "." stands for END
    return {
        "preset": PRESET,
        "letters": letters,
        "plane": plane(splits, letters),
        "units": units(model, val, np.array(letters)),
        **errors(model, val),
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


def units(model: MLP, windows: Windows, letters: npt.NDArray[np.str_]) -> dict[str, Any]:
    """For each question, the hidden unit that answers it best, and what it does.

    How well is the share of pairs, one context where the answer is yes and one where it is no,
    in which the unit's activation is larger in the first; 0.5 is chance.
    """
    inputs, _ = windows.batch(0, len(windows))
    model.logits(inputs)
    config = model.config
    # What a layer hands on is what the next one reads.
    readers = [*model.layers[1:], "output"]
    active = np.concatenate([model.cache[reader][0] for reader in readers], axis=1)
    contexts = letters[inputs]
    _, first = np.unique(inputs, axis=0, return_index=True)
    found = {}
    for question, answer in QUESTIONS.items():
        yes = answer(contexts)
        shares = separations(active, yes)
        unit = int(np.abs(shares - 0.5).argmax())
        values = active[:, unit].astype(np.float64)
        top = first[np.argsort(-values[first], kind="stable")[:EXTREMES]]
        found[question] = {
            "layer": unit // config.hidden,
            "unit": unit % config.hidden,
            "share": float(shares[unit]),
            "yes": float(values[yes].mean()),
            "no": float(values[~yes].mean()),
            "by_letter": _means(values, inputs[:, -1], config.vocab),
            "top": ["".join(contexts[row]).lstrip(".") for row in top],
        }
    return found


def separations(active: Floats, yes: Bools) -> npt.NDArray[np.float64]:
    """Return the share (U,) of pairs of a yes and a no, of yes (N,), that active (N,U) order."""
    ranks = np.argsort(np.argsort(active, axis=0, kind="stable"), axis=0) + 1.0
    n = yes.sum()
    above: npt.NDArray[np.float64] = ranks[yes].sum(axis=0) - n * (n + 1) / 2
    return above / (n * (len(yes) - n))


def errors(model: MLP, windows: Windows) -> dict[str, Any]:
    """Where the loss comes from: by the place in a name, by the letter, and what was expected.

    `expected[i][j]` is the mean probability of letter j where letter i comes.
    """
    inputs, targets = windows.batch(0, len(windows))
    probs = softmax_forward(model.logits(inputs)).astype(np.float64)
    losses = -np.log(probs[np.arange(len(targets)), targets])
    places = (inputs != END).sum(axis=1)  # up to the context
    vocab = model.config.vocab
    return {
        "loss": float(losses.mean()),
        "by_place": _means(losses, places, model.config.context + 1),
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
