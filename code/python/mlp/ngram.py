"""The baseline to beat: an n-gram model that counts (the `ngram` module before this one).

The probability of a character after the `order - 1` characters before it is

    P(y | x) = (count(x, y) + λ) / (Σ_y' count(x, y') + 27 λ),

"add-λ smoothing" (Jurafsky & Martin, Speech and Language Processing, chapter 3).
"""

import math
from collections.abc import Sequence
from typing import NamedTuple, Self

import numpy as np
import numpy.typing as npt

from mlp.errors import MLPError
from mlp.tokens import VOCAB_SIZE, Tokens

Float64s = npt.NDArray[np.float64]

# Every possible window has its count, seen or not. Order 5 takes 27**5 counts
# of 8 bytes, 115 MB; order 6 would take 3.1 GB for 214 thousand windows.
MAX_ORDER = 5

# The grid that the original module searches.
ORDERS = [3, 4, 5]
SMOOTHINGS = [0.03, 0.1, 0.3, 1.0]


class NgramModel:
    """Counts of all windows of `order` tokens."""

    def __init__(self, order: int, smoothing: float) -> None:
        """Start without counts: a model that has seen nothing finds all tokens equally likely.

        `order` is 1 to `MAX_ORDER`. `smoothing` (λ) is added to every count and is 0 or more.
        """
        if not 1 <= order <= MAX_ORDER:
            raise MLPError(f"order {order}: must be from 1 to {MAX_ORDER}")
        if not 0 <= smoothing < math.inf:
            raise MLPError(f"smoothing {smoothing}: must be 0 or a positive number")
        self.order = order
        self.smoothing = smoothing
        self._set_counts(np.zeros((VOCAB_SIZE,) * order, np.int64))

    def _set_counts(self, counts: npt.NDArray[np.int64]) -> None:
        self.counts = counts  # (27,) * order
        self.totals = counts.sum(axis=-1)  # (27,) * (order - 1): how often each context was seen

    def fit(self, tokens: Tokens) -> Self:
        """Count the windows of tokens (n,), in place of what was counted before."""
        window_ids = np.ravel_multi_index(self._windows(tokens), self.counts.shape)
        counts = np.bincount(window_ids, minlength=self.counts.size)
        self._set_counts(counts.reshape(self.counts.shape))
        return self

    def loss(self, tokens: Tokens) -> float:
        """Return the mean negative log-likelihood, in nats, of the windows of tokens (n,).

        Without smoothing it is inf as soon as a known context goes on in a way never seen.
        """
        windows = self._windows(tokens)
        likelihoods = self._smoothed(self.counts[windows], self.totals[windows[:-1]])
        with np.errstate(divide="ignore"):  # log(0) is the -inf we promise
            return float(-np.log(likelihoods).mean())

    def probabilities(self, context: Sequence[int]) -> Float64s:
        """Return P (27,) of the token after `context`, the `order - 1` tokens before it."""
        if len(context) != self.order - 1:
            raise MLPError(
                f"context of {len(context)} tokens: a model of order {self.order}"
                f" needs {self.order - 1}"
            )
        return self._smoothed(self.counts[tuple(context)], self.totals[tuple(context)])

    def _windows(self, tokens: Tokens) -> tuple[Tokens, ...]:
        """Return the windows by columns: `order` views (n - order + 1,) of tokens (n,)."""
        count = len(tokens) - self.order + 1
        if count < 1:
            raise MLPError(f"{len(tokens)} tokens: too few for one window of {self.order}")
        return tuple(tokens[i : i + count] for i in range(self.order))

    def _smoothed(self, count: npt.ArrayLike, total: npt.ArrayLike) -> Float64s:
        """Return the equation above; where λ is 0 and x was never seen (0 / 0), 1/27."""
        numerator = np.asarray(count) + float(self.smoothing)
        denominator = np.asarray(total) + float(VOCAB_SIZE * self.smoothing)
        with np.errstate(invalid="ignore"):
            return np.where(denominator > 0, numerator / denominator, 1 / VOCAB_SIZE)


class Trial(NamedTuple):
    """One point of the grid; the losses are in nats."""

    order: int
    smoothing: float
    train_loss: float
    val_loss: float


def grid(
    train: Tokens, val: Tokens, orders: Sequence[int], smoothings: Sequence[float]
) -> tuple[list[Trial], Trial]:
    """Fit a model on train (n,) for every pair; return all trials and the best on val (m,).

    The first of equals is the best.
    """
    trials = []
    for order in orders:
        for smoothing in smoothings:
            model = NgramModel(order, smoothing).fit(train)
            trials.append(Trial(order, smoothing, model.loss(train), model.loss(val)))
    if not trials:
        raise MLPError("grid: needs at least one order and one smoothing")
    return trials, min(trials, key=lambda trial: trial.val_loss)
