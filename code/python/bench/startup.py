"""A process that loads a corpus, evaluates, takes one step and evaluates again.

    python -m bench.startup numpy|torch|torch-original FOLDER

The bench times it from outside, with all it imports. NumPy's is spelled out here, as the module
that has all peers imports PyTorch.
"""

import sys
from pathlib import Path

from mlp.backends import one_thread
from mlp.config import preset
from mlp.corpora import Corpus, load
from mlp.run import TRAIN_BATCHES, Run
from mlp.windows import Windows


def numpy(corpus: Corpus) -> None:
    """Train with the backend NumPy."""
    run = Run.start(*preset("original"), "numpy")
    train = Windows(corpus.train, run.config.context)
    val = Windows(corpus.val, run.config.context)

    def evaluate() -> None:
        run.evaluate(train, TRAIN_BATCHES)
        run.evaluate(val)

    with one_thread():
        evaluate()
        run.train_step(train)
        evaluate()


def torch(name: str, corpus: Corpus) -> None:
    """Train a peer that needs PyTorch."""
    from bench.peers import PEERS

    with one_thread():  # from here on, since PyTorch is loaded now
        peer = PEERS[name](*preset("original"), corpus)
        peer.evaluate()
        peer.step()
        peer.evaluate()


if __name__ == "__main__":
    _, name, folder = sys.argv
    corpus = load(Path(folder))
    numpy(corpus) if name == "numpy" else torch(name, corpus)
