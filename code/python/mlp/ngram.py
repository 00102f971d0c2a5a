"""N-gram models, the baseline to beat: they count what follows what.

`NgramModel` adds the same number to all counts, as the module before
this one does (Jurafsky & Martin, Speech and Language Processing,
chapter 3). `KneserNey` mixes what is known of longer and of shorter
contexts (Chen & Goodman, An Empirical Study of Smoothing Techniques for
Language Modeling, 1998).
"""

import math
from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, NamedTuple, Self

import numpy as np
import numpy.typing as npt

from mlp.errors import MLPError
from mlp.tokens import VOCAB_SIZE, Stream
from mlp.windows import Windows

Float64s = npt.NDArray[np.float64]
Int64s = npt.NDArray[np.int64]

MAX_ORDER = 13  # windows have numbers below V**order, int64

# The grid that the original module searches.
ORDERS = [3, 4, 5]
SMOOTHINGS = [0.03, 0.1, 0.3, 1.0]

KNESER_NEY = "kneser-ney"  # the other kind of smoothing
Smoothing = float | str


class Model(ABC):
    """A model of the token after `order - 1` others, learned by counting."""

    def __init__(self, order: int, vocab: int, padded: bool) -> None:
        """Start without counts: all tokens are equally likely.

        `order` is 1 to `MAX_ORDER`. `padded` is that of `Windows`.
        """
        if not 1 <= order <= MAX_ORDER:
            raise MLPError(
                f"order {order}: must be from 1 to {MAX_ORDER}"
            )
        if vocab**order >= 2**63:
            raise MLPError(
                f"order {order}: too long for an alphabet of"
                f" {vocab - 1:,} letters"
            )
        self.order = order
        self.vocab = vocab
        self.padded = padded

    @abstractmethod
    def fit(self, tokens: Stream) -> Self:
        """Count the windows of tokens (n,), and forget those before."""

    @abstractmethod
    def _likelihoods(self, ids: Int64s) -> Float64s:
        """Return the probability of the last token of each window."""

    def loss(self, tokens: Stream) -> float:
        """Return the mean negative log-likelihood of the windows of
        tokens (n,), in nats."""
        likelihoods = self.likelihoods(tokens)
        with np.errstate(divide="ignore"):  # log(0) is -inf, and that is meant
            return float(-np.log(likelihoods).mean())

    def likelihoods(self, tokens: Stream) -> Float64s:
        """Return the probability (N,) of the last token of each window
        of tokens (n,)."""
        return self._likelihoods(self._ids(tokens))

    def probabilities(self, context: Sequence[int]) -> Float64s:
        """Return P (V,) of the token after `context`, which are the
        `order - 1` tokens before it."""
        if len(context) != self.order - 1:
            raise MLPError(
                f"context of {len(context)} tokens: a model of order"
                f" {self.order} needs {self.order - 1}"
            )
        first = 0
        for token in context:
            first = (first + int(token)) * self.vocab
        ids = np.arange(first, first + self.vocab)
        return self._likelihoods(ids)

    def _ids(self, tokens: Stream) -> Int64s:
        """Return the number of each window (N,): its tokens as digits."""
        context = self.order - 1
        if len(tokens) < (1 if self.padded else self.order):
            raise MLPError(
                f"{len(tokens)} tokens: too few for one window of"
                f" {self.order}"
            )
        windows = Windows(tokens, context, self.padded)
        inputs, targets = windows.batch(0, len(windows))  # all of them
        ids = np.zeros(len(windows), np.int64)
        for column in inputs.T:
            ids = (ids + column) * self.vocab
        return ids + targets


class NgramModel(Model):
    """Add-λ smoothing: λ is added to every count.

        P(y | x) = (c(x y) + λ) / (c(x •) + V λ)

    c(x •) is the sum of c(x y) over all y. Without smoothing the loss is
    inf as soon as a known context goes on in a way never seen.
    """

    def __init__(
        self,
        order: int,
        smoothing: float,
        vocab: int = VOCAB_SIZE,
        padded: bool = False,
    ) -> None:
        """Start without counts. `smoothing` is λ, 0 or more."""
        super().__init__(order, vocab, padded)
        if not 0 <= smoothing < math.inf:
            raise MLPError(
                f"smoothing {smoothing}: must be 0 or a positive number"
            )
        self.smoothing = smoothing
        self._count(np.zeros(0, np.int64))

    def _count(self, ids: Int64s) -> None:
        self.windows = np.unique(ids, return_counts=True)
        x = ids // self.vocab
        self.contexts = np.unique(x, return_counts=True)

    def fit(self, tokens: Stream) -> Self:
        """Count the windows of tokens (n,)."""
        self._count(self._ids(tokens))
        return self

    def _likelihoods(self, ids: Int64s) -> Float64s:
        """Return P(y | x); where that would be 0 / 0, 1/V."""
        x = ids // self.vocab
        smoothing = float(self.smoothing)
        above = _looked_up(*self.windows, ids) + smoothing
        below = _looked_up(*self.contexts, x) + self.vocab * smoothing
        with np.errstate(invalid="ignore"):
            return np.where(below > 0, above / below, 1 / self.vocab)


class KneserNey(Model):
    """Interpolated modified Kneser-Ney.

        P_n(y | x) = (c(x y) - D(c(x y))) / c(x •) + γ(x) P_{n-1}(y | x')

    x' is x without its first token. c(x •) is the sum of c(x y) over all
    y, and γ(x) that of the discounts D(c(x y)), divided by c(x •): so all
    P_n(y | x) add up to 1. After an x that was never seen, P_n is
    P_{n-1}. P_0 is 1/V.

    At the highest order c counts windows. Below, it is the continuation
    count N1+(• x y): how many different tokens stand before x y. Where a
    name starts, END stands before it, and counts like any other token.
    """

    def __init__(
        self, order: int, vocab: int = VOCAB_SIZE, padded: bool = True
    ) -> None:
        """Start without counts."""
        super().__init__(order, vocab, padded)
        self.levels: list[Level] = []  # of windows of 1, 2, …, order tokens

    def fit(self, tokens: Stream) -> Self:
        """Count the windows of tokens (n,)."""
        windows, counts = np.unique(
            self._ids(tokens), return_counts=True
        )
        self.levels = [level(windows, counts, self.vocab)]
        for n in reversed(range(1, self.order)):
            # Each longer window is here once: this is N1+(• x y).
            shorter = windows % self.vocab**n
            windows, counts = np.unique(shorter, return_counts=True)
            self.levels.insert(0, level(windows, counts, self.vocab))
        return self

    def _likelihoods(self, ids: Int64s) -> Float64s:
        """Return P_n, from n = 0 to the order."""
        p = np.full(len(ids), 1 / self.vocab)
        for n, seen in enumerate(self.levels, 1):
            xy = ids % self.vocab**n
            x = xy // self.vocab
            kept = _looked_up(seen.windows, seen.kept, xy)
            gamma = _looked_up(seen.contexts, seen.gammas, x, 1)
            p = kept + gamma * p
        return p


class Level(NamedTuple):
    """What `KneserNey` knows of windows of n tokens and of their
    contexts, each by its number."""

    windows: Int64s
    kept: Float64s  # (c(x y) - D(c(x y))) / c(x •)
    contexts: Int64s
    gammas: Float64s  # γ(x)


def level(windows: Int64s, counts: Int64s, vocab: int) -> Level:
    """Take the discounts off the counts of windows (N,)."""
    off = discounts(counts)[np.minimum(counts, 3)]
    contexts, context = np.unique(
        windows // vocab, return_inverse=True
    )
    totals = np.bincount(context, counts)
    kept = (counts - off) / totals[context]
    gammas = np.bincount(context, off) / totals
    return Level(windows, kept, contexts, gammas)


def discounts(counts: Int64s) -> Float64s:
    """Return what comes off a count of 0, 1, 2, and 3 or more: 0, D1,
    D2, D3+, from the counts (N,) of all windows that were seen.

        Y = n1 / (n1 + 2 n2),  Dk = k - (k + 1) Y n_{k+1} / n_k,

    where n_k windows were seen k times. With few windows, or an odd
    mix, a Dk may be no number, or not between 0 and k: it is k / 2 then.
    """
    n = np.bincount(np.minimum(counts, 5), minlength=5)
    k = np.arange(1, 4)
    with np.errstate(divide="ignore", invalid="ignore"):
        Y = n[1] / (n[1] + 2 * n[2])
        found = k - (k + 1) * Y * n[k + 1] / n[k]
    fit = (found > 0) & (found < k)  # NaN does not
    return np.concatenate([[0], np.where(fit, found, k / 2)])


def _looked_up(
    seen: Int64s,
    values: npt.NDArray[Any],
    ids: Int64s,
    otherwise: int = 0,
) -> npt.NDArray[Any]:
    """Return the value of each of ids (n,), `otherwise` if not seen."""
    if not len(seen):
        return np.full(len(ids), otherwise)
    places = np.minimum(np.searchsorted(seen, ids), len(seen) - 1)
    return np.where(seen[places] == ids, values[places], otherwise)


class Trial(NamedTuple):
    """One point of the grid; the losses are in nats."""

    order: int
    smoothing: Smoothing
    train_loss: float
    val_loss: float


def ngram_model(
    order: int, smoothing: Smoothing, vocab: int = VOCAB_SIZE
) -> Model:
    """Return the model of a trial."""
    if isinstance(smoothing, str):
        return KneserNey(order, vocab)
    return NgramModel(order, smoothing, vocab)


def grid(
    train: Stream,
    val: Stream,
    orders: Sequence[int],
    smoothings: Sequence[Smoothing],
    vocab: int = VOCAB_SIZE,
) -> tuple[list[Trial], Trial]:
    """Fit a model on train (n,) for every pair; return all trials, and
    the best on val (m,), or the first of several."""
    trials = []
    for order in orders:
        for smoothing in smoothings:
            model = ngram_model(order, smoothing, vocab).fit(train)
            losses = model.loss(train), model.loss(val)
            trials.append(Trial(order, smoothing, *losses))
    if not trials:
        raise MLPError(
            "grid: needs at least one order and one smoothing"
        )
    return trials, min(trials, key=lambda trial: trial.val_loss)
