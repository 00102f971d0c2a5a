"""Mixtures: several models of the same names, asked side by side.

    P(y | x) = Σ_k w_k P_k(y | x)

Bengio et al. 2003 mix their network with a trigram model, and gain from it: the two err
in different places. The weights w_k, 0 or more and 1 together, are those under which the
validation split is the most likely.
"""

import numpy as np
import numpy.typing as npt

from mlp.backends import Backend
from mlp.errors import MLPError
from mlp.windows import Windows

Float64s = npt.NDArray[np.float64]

AT_ONCE = 256  # windows that a model is asked for
CLOSE = 1e-6  # a weight that moves by less has settled


def likelihoods(backend: Backend, windows: Windows) -> Float64s:
    """Return the probability (N,) of the target of each window.

    MLPError if one is no number.
    """
    found = []
    for first in range(0, len(windows), AT_ONCE):
        rows = np.arange(first, min(first + AT_ONCE, len(windows)))
        inputs, targets = windows.take(rows)
        logits = backend.logits(inputs).astype(np.float64)
        chosen = logits[np.arange(len(rows)), targets]
        found.append(np.exp(chosen - np.logaddexp.reduce(logits, axis=1)))
    p = np.concatenate(found)
    if not np.isfinite(p).all():
        raise MLPError("mix: a result is not a number")
    return p


def best_weights(models: Float64s) -> Float64s:
    """Return the weights (K,) under which likelihoods (K,N), mixed, are the largest.

    Expectation-maximisation: each model's weight becomes its mean share in the mixture, which
    never makes the likelihood smaller, and there is one maximum.
    """
    weights = np.full(len(models), 1 / len(models))
    while True:
        parts = weights[:, None] * models
        before, weights = weights, (parts / parts.sum(axis=0)).mean(axis=1)
        if np.abs(weights - before).max() < CLOSE:
            return weights


def mean_loss(likelihoods: Float64s) -> float:
    """Return the mean negative log-likelihood, in nats, of targets with likelihoods (N,)."""
    return float(-np.log(likelihoods).mean())
