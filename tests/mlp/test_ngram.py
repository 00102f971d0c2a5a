"""The counting baseline, against a slow one written with dictionaries and against the original."""

import itertools
import math
import os
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from mlp.corpora import load
from mlp.errors import MLPError
from mlp.ngram import MAX_ORDER, NgramModel, grid
from mlp.tokens import VOCAB_SIZE, Stream, tokenize

REAL_CORPORA = os.environ.get("MLP_CORPUS_DIR")


def random_tokens(n: int, seed: int) -> Stream:
    """Tokens out of the first five only, so that windows repeat."""
    return np.random.default_rng(seed).integers(0, 5, n, dtype=np.int32)


def slow_loss(train: Stream, test: Stream, order: int, smoothing: float) -> float:
    """The mean loss as the textbook writes it: one window at a time, counts in dictionaries."""

    def windows(tokens: Stream) -> list[tuple[int, ...]]:
        return [tuple(tokens[i : i + order].tolist()) for i in range(len(tokens) - order + 1)]

    counts = Counter(windows(train))
    totals = Counter(window[:-1] for window in windows(train))
    losses = []
    for window in windows(test):
        seen, total = counts[window] + smoothing, totals[window[:-1]] + VOCAB_SIZE * smoothing
        likelihood = seen / total if total else 1 / VOCAB_SIZE
        losses.append(-math.log(likelihood) if likelihood else math.inf)
    return sum(losses) / len(losses)


@pytest.mark.parametrize("order", range(1, MAX_ORDER + 1))
@pytest.mark.parametrize("smoothing", [0.1, 1])
def test_the_loss_is_that_of_the_textbook(order: int, smoothing: float) -> None:
    train, test = random_tokens(2000, seed=1), random_tokens(500, seed=2)
    loss = NgramModel(order, smoothing).fit(train).loss(test)
    assert loss == pytest.approx(slow_loss(train, test, order, smoothing), rel=1e-13)


@pytest.mark.parametrize("order", range(1, MAX_ORDER + 1))
def test_without_smoothing_the_loss_on_what_was_seen_is_that_of_the_textbook(order: int) -> None:
    train = random_tokens(300, seed=3)
    loss = NgramModel(order, 0).fit(train).loss(train)
    assert loss == pytest.approx(slow_loss(train, train, order, 0), rel=1e-13)


def test_probabilities_are_counts_plus_smoothing_over_their_sum() -> None:
    model = NgramModel(2, 0.5).fit(tokenize(b"ab\naa\n", "names.txt"))
    a = model.probabilities([1])  # after a: b, a and newline, once each
    assert a.dtype == np.float64
    assert a[:3].tolist() == [1.5 / 16.5] * 3
    assert a[3:].tolist() == [0.5 / 16.5] * 24


@pytest.mark.parametrize("order", range(1, MAX_ORDER + 1))
def test_probabilities_of_any_context_sum_to_1(order: int) -> None:
    model = NgramModel(order, 0.1).fit(random_tokens(1000, seed=4))
    for context in ([0] * (order - 1), [4] * (order - 1), [26] * (order - 1)):
        probabilities = model.probabilities(context)
        assert probabilities.shape == (VOCAB_SIZE,)
        assert probabilities.sum() == pytest.approx(1, rel=1e-13)


def test_the_loss_is_that_of_the_probabilities() -> None:
    train, test = random_tokens(500, seed=5), random_tokens(50, seed=6)
    model = NgramModel(3, 0.1).fit(train)
    losses = [
        -math.log(model.probabilities(test[i : i + 2].tolist())[test[i + 2]]) for i in range(48)
    ]
    assert model.loss(test) == pytest.approx(np.mean(losses), rel=1e-13)


def test_without_smoothing_an_unseen_continuation_of_a_known_context_costs_infinitely() -> None:
    model = NgramModel(2, 0).fit(np.array([1, 2, 1, 2], np.int32))
    assert model.loss(np.array([1, 2, 2], np.int32)) == math.inf


def test_without_smoothing_an_unseen_context_is_a_guess_among_all() -> None:
    model = NgramModel(2, 0).fit(np.array([1, 2, 1, 2], np.int32))
    assert model.probabilities([9]).tolist() == [1 / VOCAB_SIZE] * VOCAB_SIZE
    assert model.loss(np.array([9, 3], np.int32)) == pytest.approx(math.log(VOCAB_SIZE))


def test_a_model_that_has_seen_nothing_guesses() -> None:
    loss = NgramModel(3, 0.1).loss(random_tokens(20, seed=7))
    assert loss == pytest.approx(math.log(VOCAB_SIZE))


def test_fit_forgets_what_it_counted_before() -> None:
    first, second = random_tokens(100, seed=8), random_tokens(100, seed=9)
    again = NgramModel(2, 0.1).fit(first).fit(second)
    assert again.loss(first) == NgramModel(2, 0.1).fit(second).loss(first)


@pytest.mark.parametrize("order", [-1, 0, MAX_ORDER + 1])
def test_an_absurd_order_is_an_error(order: int) -> None:
    with pytest.raises(MLPError, match=f"^order {order}: must be from 1 to 5$"):
        NgramModel(order, 0.1)


@pytest.mark.parametrize("smoothing", [-0.1, math.nan, math.inf])
def test_an_absurd_smoothing_is_an_error(smoothing: float) -> None:
    with pytest.raises(MLPError, match=f"^smoothing {smoothing}: must be 0 or a positive number$"):
        NgramModel(3, smoothing)


def test_fewer_tokens_than_a_window_are_an_error() -> None:
    with pytest.raises(MLPError, match="^3 tokens: too few for one window of 4$"):
        NgramModel(4, 0.1).fit(random_tokens(3, seed=0))
    with pytest.raises(MLPError, match="^3 tokens: too few for one window of 4$"):
        NgramModel(4, 0.1).loss(random_tokens(3, seed=0))


def test_a_context_of_the_wrong_length_is_an_error() -> None:
    message = "^context of 3 tokens: a model of order 3 needs 2$"
    with pytest.raises(MLPError, match=message):
        NgramModel(3, 0.1).probabilities([0, 0, 0])


def test_the_grid_tries_every_pair_and_finds_the_best_on_val() -> None:
    train, val = random_tokens(1000, seed=10), random_tokens(300, seed=11)
    orders, smoothings = [1, 2, 3], [0, 0.1, 1]
    trials, best = grid(train, val, orders, smoothings)
    assert [(t.order, t.smoothing) for t in trials] == list(itertools.product(orders, smoothings))
    for trial in trials:
        model = NgramModel(trial.order, trial.smoothing).fit(train)
        assert (trial.train_loss, trial.val_loss) == (model.loss(train), model.loss(val))
    assert all(best.val_loss <= trial.val_loss for trial in trials)
    assert best in trials


def test_an_empty_grid_is_an_error() -> None:
    tokens = random_tokens(10, seed=0)
    with pytest.raises(MLPError, match="^grid: needs at least one order and one smoothing$"):
        grid(tokens, tokens, [3], [])


@pytest.mark.skipif(not REAL_CORPORA, reason="MLP_CORPUS_DIR is not set: no ssa-names here")
def test_the_grid_of_the_original_gives_its_numbers() -> None:
    assert REAL_CORPORA is not None
    names = load(Path(REAL_CORPORA) / "ssa-names")
    _, best = grid(names.train, names.val, [3, 4, 5], [0.03, 0.1, 0.3, 1.0])
    assert (best.order, best.smoothing, round(best.val_loss, 4)) == (4, 0.1, 2.1118)
    assert round(NgramModel(4, 0.1).fit(names.train).loss(names.test), 4) == 2.1064
