"""The counting baseline."""

from typing import Any

from mlp.corpora import Corpus
from mlp.ngram import ORDERS, SMOOTHINGS, NgramModel, grid


def record_ngram(splits: Corpus) -> dict[str, Any]:
    """The counting baseline, over the original module's grid."""
    trials, best = grid(splits.train, splits.val, ORDERS, SMOOTHINGS)
    model = NgramModel(best.order, best.smoothing).fit(splits.train)
    return {
        "trials": [trial._asdict() for trial in trials],
        "best": best._asdict() | {"test_loss": model.loss(splits.test)},
    }
