"""The counting baseline, and the better ways to count that the chapters on it show."""

from typing import Any

from mlp.corpora import SPLITS, Corpus
from mlp.ngram import ORDERS, SMOOTHINGS, KneserNey, Model, NgramModel, grid, ngram_model

MOST = 8  # the longest windows: by then both ways have been at their best


def record_ngram(splits: Corpus) -> dict[str, Any]:
    """The original module's grid, and by order: add-λ and Kneser-Ney, names starting anew."""
    trials, best = grid(splits.train, splits.val, ORDERS, SMOOTHINGS)
    model = ngram_model(best.order, best.smoothing).fit(splits.train)
    orders = range(1, MOST + 1)
    add_lambda = {
        str(order): min(
            (
                {"smoothing": smoothing} | losses(NgramModel(order, smoothing, padded=True), splits)
                for smoothing in SMOOTHINGS
            ),
            key=lambda entry: entry["val_loss"],
        )
        for order in orders
    }
    return {
        "trials": [trial._asdict() for trial in trials],
        "best": best._asdict() | {"test_loss": model.loss(splits.test)},
        "add_lambda": add_lambda,
        "kneser_ney": {str(order): losses(KneserNey(order), splits) for order in orders},
        "sliding": {str(order): losses(KneserNey(order, padded=False), splits) for order in orders},
    }


def losses(model: Model, splits: Corpus) -> dict[str, float]:
    """Fit a model on train; return its loss on each split."""
    model.fit(splits.train)
    return {f"{split}_loss": model.loss(getattr(splits, split)) for split in SPLITS}
