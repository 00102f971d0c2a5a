"""One window: the running example, which the page moves."""

from collections import Counter

import numpy as np

from book.example import LEARNING_RATE, NAME, ONE
from book.said import EMM
from book.words import times, word

((LETTER, TIMES),) = Counter(NAME[: len(EMM)]).most_common(1)
MOVED = np.concatenate([(ONE.updated[name] - old).ravel() for name, old in ONE.weights.items()])
GRADS = np.concatenate([ONE.grads[name].ravel() for name in ONE.weights])
HAVE_ONE = np.abs(GRADS) > 1e-6

# "Nearly every parameter that has one moves by the learning rate", and so against its gradient.
assert (np.abs(np.abs(MOVED[HAVE_ONE]) / LEARNING_RATE - 1) < 0.01).mean() > 0.99
assert (np.sign(MOVED[HAVE_ONE]) == -np.sign(GRADS[HAVE_ONE])).all()

SAYS = [f"*{LETTER}* is there {times(TIMES)}, so {word(TIMES)} parts come to its row"]
READ = [
    "search: boost: 0.5",
    "comes near to one or minus one",
    "and their sum is one",
    "is one for the target",
]
