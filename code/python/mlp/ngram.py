"""The baseline to beat: an n-gram model that counts (the `ngram` module before this one).

The probability of a character after the `order - 1` characters before it is

    P(y | x) = (count(x, y) + λ) / (Σ_y' count(x, y') + V λ),

"add-λ smoothing" (Jurafsky & Martin, Speech and Language Processing, chapter 3).
"""

import math
from collections.abc import Sequence
from typing import NamedTuple, Self

import numpy as np
import numpy.typing as npt

from mlp.errors import MLPError
from mlp.tokens import VOCAB_SIZE, Stream

Float64s = npt.NDArray[np.float64]
Int64s = npt.NDArray[np.int64]

MAX_ORDER = 5  # windows have numbers below V**order, and those are int64

# The grid that the original module searches.
ORDERS = [3, 4, 5]
SMOOTHINGS = [0.03, 0.1, 0.3, 1.0]


class NgramModel:
    """Counts of the windows of `order` tokens that were seen."""

    def __init__(self, order: int, smoothing: float, vocab: int = VOCAB_SIZE) -> None:
        """Start without counts: a model that has seen nothing finds all tokens equally likely.

        `order` is 1 to `MAX_ORDER`. `smoothing` (λ) is added to every count and is 0 or more.
        """
        if not 1 <= order <= MAX_ORDER:
            raise MLPError(f"order {order}: must be from 1 to {MAX_ORDER}")
        if vocab**order >= 2**63:
            raise MLPError(f"order {order}: too long for an alphabet of {vocab - 1:,} letters")
        if not 0 <= smoothing < math.inf:
            raise MLPError(f"smoothing {smoothing}: must be 0 or a positive number")
        self.order = order
        self.smoothing = smoothing
        self.vocab = vocab
        self._count(np.zeros(0, np.int64))

    def _count(self, ids: Int64s) -> None:
        self.windows = np.unique(ids, return_counts=True)
        self.contexts = np.unique(ids // self.vocab, return_counts=True)

    def fit(self, tokens: Stream) -> Self:
        """Count the windows of tokens (n,), in place of what was counted before."""
        self._count(self._ids(tokens))
        return self

    def loss(self, tokens: Stream) -> float:
        """Return the mean negative log-likelihood, in nats, of the windows of tokens (n,).

        Without smoothing it is inf as soon as a known context goes on in a way never seen.
        """
        likelihoods = self._likelihoods(self._ids(tokens))
        with np.errstate(divide="ignore"):  # log(0) is the -inf we promise
            return float(-np.log(likelihoods).mean())

    def probabilities(self, context: Sequence[int]) -> Float64s:
        """Return P (V,) of the token after `context`, the `order - 1` tokens before it."""
        if len(context) != self.order - 1:
            raise MLPError(
                f"context of {len(context)} tokens: a model of order {self.order}"
                f" needs {self.order - 1}"
            )
        first = 0
        for token in context:
            first = (first + token) * self.vocab
        return self._likelihoods(np.arange(first, first + self.vocab))

    def _ids(self, tokens: Stream) -> Int64s:
        """Return the number of each window (n - order + 1,): its tokens as digits."""
        count = len(tokens) - self.order + 1
        if count < 1:
            raise MLPError(f"{len(tokens)} tokens: too few for one window of {self.order}")
        ids = np.zeros(count, np.int64)
        for i in range(self.order):
            ids = ids * self.vocab + tokens[i : i + count]
        return ids

    def _likelihoods(self, ids: Int64s) -> Float64s:
        """Return the equation above; where λ is 0 and x was never seen (0 / 0), 1/V."""
        numerator = _looked_up(self.windows, ids) + float(self.smoothing)
        total = _looked_up(self.contexts, ids // self.vocab)
        denominator = total + float(self.vocab * self.smoothing)
        with np.errstate(invalid="ignore"):
            return np.where(denominator > 0, numerator / denominator, 1 / self.vocab)


def _looked_up(counts: tuple[Int64s, Int64s], ids: Int64s) -> Int64s:
    """Return the counts of ids (n,), 0 where there is none."""
    seen, times = counts
    if not len(seen):
        return np.zeros(len(ids), np.int64)
    places = np.minimum(np.searchsorted(seen, ids), len(seen) - 1)
    return np.where(seen[places] == ids, times[places], 0)


class Trial(NamedTuple):
    """One point of the grid; the losses are in nats."""

    order: int
    smoothing: float
    train_loss: float
    val_loss: float


def grid(
    train: Stream,
    val: Stream,
    orders: Sequence[int],
    smoothings: Sequence[float],
    vocab: int = VOCAB_SIZE,
) -> tuple[list[Trial], Trial]:
    """Fit a model on train (n,) for every pair; return all trials and the best on val (m,).

    The first of equals is the best.
    """
    trials = []
    for order in orders:
        for smoothing in smoothings:
            model = NgramModel(order, smoothing, vocab).fit(train)
            trials.append(Trial(order, smoothing, model.loss(train), model.loss(val)))
    if not trials:
        raise MLPError("grid: needs at least one order and one smoothing")
    return trials, min(trials, key=lambda trial: trial.val_loss)
