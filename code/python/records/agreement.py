"""How far the three implementations part, step by step."""

from typing import Any

from mlp.agree import agree
from mlp.backends import BACKENDS
from mlp.config import preset
from mlp.corpora import Corpus
from mlp.windows import Windows


def record_agreement(splits: Corpus) -> dict[str, Any]:
    """The first 2,000 steps side by side in float32, the first 300 in float64."""
    config, training = preset("original")
    windows = Windows(splits.train, config.context, training.padded)
    result = {}
    for dtype, names, steps in (
        ("float32", BACKENDS, 2000),
        ("float64", ("numpy", "torch"), 300),
    ):
        compared = agree(names, config, training, windows, steps, steps, dtype)[-1]
        result[dtype] = {
            "steps": steps,
            "pairs": {
                pair: {
                    "loss": difference.loss,
                    "params": max(difference.params.values()),
                    "grads": max(difference.grads.values()),
                }
                for pair, difference in compared.differences.items()
            },
        }
    return result
