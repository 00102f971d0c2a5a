"""The counting baseline, against a slow one written with dictionaries and against the original."""

import itertools
import math
import os
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from mlp.corpora import Corpus, load
from mlp.errors import MLPError
from mlp.ngram import KNESER_NEY, MAX_ORDER, KneserNey, NgramModel, discounts, grid
from mlp.tokens import END, VOCAB_SIZE, Stream, tokenize

REAL_CORPORA = os.environ.get("MLP_CORPUS_DIR")


def random_tokens(n: int, seed: int) -> Stream:
    """Stream out of the first five only, so that windows repeat."""
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
    with pytest.raises(MLPError, match=f"^order {order}: must be from 1 to 13$"):
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


def test_padded_windows_start_anew_with_each_name() -> None:
    tokens = tokenize(b"ab\ncb\n", "names.txt")
    model = NgramModel(3, 0, padded=True).fit(tokens)
    assert model.probabilities([END, END])[[1, 3]].tolist() == [0.5, 0.5]
    assert model.loss(tokens) == pytest.approx(2 * math.log(2) / 6)


@pytest.mark.skipif(not REAL_CORPORA, reason="MLP_CORPUS_DIR is not set: no ssa-names here")
def test_the_grid_of_the_original_gives_its_numbers() -> None:
    assert REAL_CORPORA is not None
    names = load(Path(REAL_CORPORA) / "ssa-names")
    _, best = grid(names.train, names.val, [3, 4, 5], [0.03, 0.1, 0.3, 1.0])
    assert (best.order, best.smoothing, round(best.val_loss, 4)) == (4, 0.1, 2.1118)
    assert round(NgramModel(4, 0.1).fit(names.train).loss(names.test), 4) == 2.1064


# --- Kneser-Ney --------------------------------------------------------------

NAMES = b"emma\nava\nemily\nella\nada\nanna\nhannah\nammal\nelli\nemma\nali\nlia\n"
CORPORA = {
    "names": tokenize(NAMES, "names"),
    "one word": tokenize(b"emma\n", "one word"),
    "one letter": tokenize(b"a\n", "one letter"),
    "all the same": tokenize(b"ava\n" * 9, "all the same"),
    "random": np.append(random_tokens(2000, seed=12), np.int32(END)),
}
orders = pytest.mark.parametrize("order", range(1, 8))
each_corpus = pytest.mark.parametrize("tokens", CORPORA.values(), ids=CORPORA)


class SlowKneserNey:
    """The definitions, a window at a time, with sets and dictionaries."""

    def __init__(self, tokens: Stream, order: int, padded: bool) -> None:
        texts = [tuple(tokens.tolist())]
        if padded:
            names = "".join(map(chr, tokens)).split(chr(END))[:-1]
            texts = [(END,) * (order - 1) + (*map(ord, name), END) for name in names]
        windows = [
            text[i : i + order] for text in texts for i in range(max(0, len(text) - order + 1))
        ]
        self.order = order
        self.counts = {order: Counter(windows)}
        for n in range(1, order):
            before = {window[-n - 1 :] for window in windows}
            self.counts[n] = Counter(window[1:] for window in before)

    def discount(self, n: int, count: int) -> float:
        of = Counter(self.counts[n].values())
        k = min(count, 3)
        if not (k and of[k] and of[1]):
            return k / 2
        y = of[1] / (of[1] + 2 * of[2])
        exact = k - (k + 1) * y * of[k + 1] / of[k]
        return exact if 0 < exact < k else k / 2

    def probabilities(self, context: tuple[int, ...], n: int | None = None) -> list[float]:
        n = self.order if n is None else n
        if n == 0:
            return [1 / VOCAB_SIZE] * VOCAB_SIZE
        x = context[len(context) - n + 1 :]
        lower = self.probabilities(context, n - 1)
        counts = [self.counts[n][(*x, y)] for y in range(VOCAB_SIZE)]
        if not any(counts):
            return lower
        taken = [self.discount(n, count) for count in counts]
        return [
            (counts[y] - taken[y] + sum(taken) * lower[y]) / sum(counts) for y in range(VOCAB_SIZE)
        ]


def contexts(tokens: Stream, order: int, random: np.random.Generator) -> list[tuple[int, ...]]:
    """Contexts that were seen, that begin or end so, that were not, and starts of names."""
    T = order - 1
    seen = [tokens[i : i + T] for i in random.integers(0, max(1, len(tokens) - T), 6)]
    unseen = [random.integers(0, VOCAB_SIZE, T) for _ in range(6)]
    begun = [np.append(u[: T // 2], s[T // 2 :]) for u, s in zip(unseen, seen)]
    starts = [((END,) * T + letters)[2:] for letters in ((END, END), (END, 1), (5, 13))]
    found = [tuple(map(int, x)) for x in (*seen, *unseen, *begun, *starts)]
    return [x for x in found if len(x) == T]


@orders
@each_corpus
@pytest.mark.parametrize("padded", [True, False])
def test_kneser_ney_is_that_of_the_definitions(
    padded: bool, tokens: Stream, order: int, random: np.random.Generator
) -> None:
    tokens = tokens if padded else np.tile(tokens, 4)
    model = KneserNey(order, padded=padded).fit(tokens)
    slow = SlowKneserNey(tokens, order, padded)
    for context in contexts(tokens, order, random):
        found = model.probabilities(context)
        assert found == pytest.approx(slow.probabilities(context), rel=1e-12)


@orders
@each_corpus
def test_kneser_ney_leaves_nothing_over_and_nothing_out(
    tokens: Stream, order: int, random: np.random.Generator
) -> None:
    model = KneserNey(order).fit(tokens)
    for context in contexts(tokens, order, random):
        probabilities = model.probabilities(context)
        assert probabilities.shape == (VOCAB_SIZE,)
        assert probabilities.sum() == pytest.approx(1, rel=1e-12)
        assert probabilities.min() > 0


@pytest.mark.parametrize("order", [2, 4, 6, 9, MAX_ORDER])
def test_kneser_ney_of_many_names_adds_up_to_1(
    order: int, given_names: Corpus, random: np.random.Generator
) -> None:
    model = KneserNey(order).fit(given_names.train)
    for context in contexts(given_names.val, order, random):
        assert model.probabilities(context).sum() == pytest.approx(1, rel=1e-12)


def test_the_loss_of_kneser_ney_is_that_of_its_probabilities() -> None:
    train, test = CORPORA["names"], tokenize(b"emil\nzoe\n", "names.txt")
    model = KneserNey(3).fit(train)
    losses = []
    for name in ("emil", "zoe"):
        tokens = [END, END, *(ord(letter) - 96 for letter in name), END]
        losses += [
            -math.log(model.probabilities(tokens[i : i + 2])[tokens[i + 2]])
            for i in range(len(tokens) - 2)
        ]
    assert model.loss(test) == pytest.approx(np.mean(losses), rel=1e-13)


def test_discounts_are_those_of_chen_and_goodman() -> None:
    """n1 to n4 are 8, 4, 2 and 1, so Y is a half; one count is larger."""
    counts = np.repeat([1, 2, 3, 4, 9], [8, 4, 2, 1, 1])
    assert discounts(counts).tolist() == [0, 1 - 0.5, 2 - 0.75, 3 - 1]


@pytest.mark.parametrize(
    ("times", "expected"),
    [
        ([8, 4, 2, 0], [0.5, 1.25, 1.5]),  # no four: three would lose all of it
        ([8, 4, 0, 1], [0.5, 1, 1.5]),  # no three
        ([8, 0, 2, 1], [0.5, 1, 1.0]),  # no two: what is seen once would lose all; 3 - 4 / 2
        ([0, 4, 2, 1], [0.5, 1, 1.5]),  # no one
        ([0, 0, 0, 0], [0.5, 1, 1.5]),
        ([1, 1, 9, 9], [1 / 3, 1, 3 - 4 / 3]),  # 2 - 3 · 9 / 3 is negative
    ],
)
def test_a_discount_that_cannot_be_estimated_is_half_the_count(
    times: list[int], expected: list[float]
) -> None:
    counts = np.repeat([1, 2, 3, 4, 7], [*times, 3])
    assert discounts(counts) == pytest.approx([0, *expected])


def test_no_discount_is_negative_or_more_than_its_count(random: np.random.Generator) -> None:
    for _ in range(300):
        counts = np.repeat([1, 2, 3, 4, 5], random.integers(0, 6, 5))
        found = discounts(counts)
        assert found[0] == 0
        assert (found[1:] > 0).all()
        assert (found[1:] < [1, 2, 3]).all()


def test_a_letter_that_follows_many_is_likelier_than_one_that_follows_one_often() -> None:
    """Six times n, after one letter; four times d, after four."""
    tokens = tokenize(b"an\nan\nan\nan\nan\nan\ned\nod\nid\nud\n", "names.txt")
    after_unseen = KneserNey(2).fit(tokens).probabilities([26])
    assert after_unseen[4] > after_unseen[14]


def test_an_order_above_the_longest_name_is_no_mistake() -> None:
    tokens = CORPORA["one letter"]
    losses = [KneserNey(order).fit(tokens).loss(tokens) for order in range(1, MAX_ORDER + 1)]
    assert np.isfinite(losses).all()
    assert (np.diff(losses) < 0).all()


def test_kneser_ney_of_another_alphabet() -> None:
    tokens = np.array([1, 2, 0, 2, 1, 0, 30, 0], np.int32)
    probabilities = KneserNey(3, vocab=31).fit(tokens).probabilities([0, 30])
    assert probabilities.shape == (31,)
    assert probabilities.sum() == pytest.approx(1)
    assert probabilities.argmax() == END
    with pytest.raises(MLPError, match="^order 5: too long for an alphabet of 65,535 letters$"):
        KneserNey(5, vocab=65_536)


def test_kneser_ney_that_has_seen_nothing_guesses() -> None:
    assert KneserNey(3).loss(random_tokens(20, seed=7)) == pytest.approx(math.log(VOCAB_SIZE))
    with pytest.raises(MLPError, match="^0 tokens: too few for one window of 3$"):
        KneserNey(3).fit(random_tokens(0, seed=7))


def test_kneser_ney_forgets_what_it_counted_before() -> None:
    first, second = CORPORA["names"], CORPORA["one word"]
    again = KneserNey(3).fit(first).fit(second)
    assert again.loss(first) == KneserNey(3).fit(second).loss(first)


def test_the_grid_tries_kneser_ney_too() -> None:
    train, val = CORPORA["names"], CORPORA["one word"]
    trials, best = grid(train, val, [3], [1.0, KNESER_NEY])
    assert [trial.smoothing for trial in trials] == [1.0, KNESER_NEY]
    assert trials[1].val_loss == KneserNey(3).fit(train).loss(val)
    assert best == trials[1]


@pytest.mark.parametrize(
    ("order", "padded", "val", "test"),
    [(4, True, 2.0439, 2.0425), (6, True, 1.9479, 1.9410), (4, False, 2.0592, 2.0544)],
)
def test_kneser_ney_of_ssa_names(
    order: int, padded: bool, val: float, test: float, ssa_names: Corpus
) -> None:
    model = KneserNey(order, padded=padded).fit(ssa_names.train)
    assert (round(model.loss(ssa_names.val), 4), round(model.loss(ssa_names.test), 4)) == (
        val,
        test,
    )
