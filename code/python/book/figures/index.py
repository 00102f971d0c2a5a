"""The figure of the page "Start here": a name in the making."""

from functools import cache

import numpy as np

from book.figures.common import EDGE, LETTERS, as_litdocs_error
from litdocs.diagram import Array, Box, Drawing
from mlp import corpora
from mlp.backend_numpy import NumPyBackend
from mlp.config import ModelConfig, TrainingConfig
from mlp.run import Run
from mlp.sample import probabilities, sample_names
from mlp.tokens import END, LATIN, Stream, Tokens
from mlp.windows import Windows

CONFIG = ModelConfig(context=3, embedding=16, hidden=128)  # smaller than a preset: half a second
TRAINING = TrainingConfig(batch=64, steps=3000, learning_rate=0.01, padded=True)
COINS = 7  # the seed of the coins: one whose name is of a length to draw


def given_names() -> Stream:
    """Return the names to learn from; LitdocsError where they cannot be made ready."""
    with as_litdocs_error():
        return corpora.load(corpora.GIVEN_NAMES).train


@cache
def made_up() -> tuple[str, list[tuple[Tokens, Array]]]:
    """Train a small model; return a name of its own, and what it read and expected on the way."""
    names = Windows(given_names(), CONFIG.context, TRAINING.padded)
    # In 64 bits, so that it is the same picture on every machine: README.md has a copy.
    run = Run(CONFIG, TRAINING, NumPyBackend(CONFIG, TRAINING, dtype="float64"))
    while run.step < TRAINING.steps:
        run.train_step(names)

    def expected(contexts: Tokens) -> Array:
        return probabilities(run.backend, contexts)

    name = next(sample_names(expected, CONFIG.context, TRAINING.padded, COINS))
    windows = Windows(LATIN.encode(f"{name}\n"), CONFIG.context, TRAINING.padded)
    contexts, _ = windows.batch(0, len(windows))
    return name, list(zip(contexts, expected(contexts)))


def start() -> Drawing:
    """A name, letter by letter: what is read, how likely each letter is, which one is picked."""
    name, way = made_up()
    d = Drawing("How the program makes up a name, one letter at a time")
    size, left, right, high = 22, 84, EDGE - 34, 24
    d.text(1, 7, "it reads", "note", "start")
    d.text(left, 7, "how likely is each letter next?", "note", "start")
    d.text(EDGE, 7, "picked", "note", "end")
    y = 22.0
    for (window, probs), letter in zip(way, [*name, "."]):
        picked = LETTERS.index(letter)
        for i, token in enumerate(window):
            box = Box(1 + i * (size + 3), y + 2, size, size)
            d.box(box, LETTERS[token], "light" if LETTERS[token] == "." else "value", "strong")
        bars = Box(left, y, right - left, high)
        d.bars(bars, probs, LETTERS, "value", [picked], (0, float(probs.max())))
        d.text(EDGE, y + 13, letter, "name forward", "end", 14)
        d.text(EDGE, bars.bottom + 9, f"{probs[picked]:.0%}", "index", "end")
        y += high + 21
    d.say(
        f"The program makes up the name {name}.",
        *(
            f"After {''.join(LETTERS[token] for token in window)}: {letter}, with "
            f"{probs[LETTERS.index(letter)]:.0%}."
            for (window, probs), letter in zip(way, [*name, "."])
        ),
        "A dot is the beginning or the end of a name.",
    )
    names = int(np.sum(given_names() == END))
    d.caption = (
        f"The program makes up <em>{name}</em>. In each row: the last three letters, how likely "
        "it finds each letter to be next, and the one picked by lot. A dot is the beginning or "
        "the end of a name. Made while this page was built, by a small version of the program "
        f"that had practised on {names:,} names."
    )
    return d


FIGURES = (start,)
