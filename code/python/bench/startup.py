"""A process that loads a corpus, evaluates, takes one step and evaluates again.

    python -m bench.startup numpy|torch|torch-original FOLDER

The bench times it from outside, with all it imports. NumPy's is spelled out here, because the
interface that it shares with PyTorch imports PyTorch.
"""

import sys

from mlp.config import cosine_schedule, preset
from mlp.corpus import load


def numpy(folder: str) -> None:
    """Use the NumPy model without PyTorch in memory."""
    from threadpoolctl import threadpool_limits

    from mlp.adamw_numpy import AdamW
    from mlp.init import initial_weights
    from mlp.model_numpy import MLP
    from mlp.rng import RNG
    from mlp.windows import Windows

    corpus = load(folder)
    config, training = preset("original")
    model = MLP(config, initial_weights(config, RNG(training.seed)))
    optimizer = AdamW(model.flat_params, training.weight_decay)
    train, val = Windows(corpus.train, config.context), Windows(corpus.val, config.context)

    def evaluate() -> None:
        for windows, batches in ((train, 20), (val, len(corpus.val) // training.batch)):
            for i in range(batches):
                model.forward(*windows.batch(i, training.batch))

    with threadpool_limits(1):
        evaluate()
        model.forward(*train.batch(0, training.batch))
        model.backward()
        optimizer.update(model.flat_grads, cosine_schedule(training.learning_rate, 0, 1))
        evaluate()


def torch(name: str, folder: str) -> None:
    """Use a peer that needs PyTorch."""
    from bench.peers import PEERS
    from mlp.backends import one_thread

    with one_thread():
        peer = PEERS[name](*preset("original"), load(folder))
        peer.evaluate()
        peer.step()
        peer.evaluate()


if __name__ == "__main__":
    _, name, folder = sys.argv
    numpy(folder) if name == "numpy" else torch(name, folder)
