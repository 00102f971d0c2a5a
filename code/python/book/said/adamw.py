"""AdamW."""

import numpy as np

from book.said import TRAINING
from book.said.rounding import STILL
from book.words import part
from mlp.adamw_numpy import BETA1, BETA2

TENTH, THOUSANDTH = 1 - BETA1, 1 - BETA2
FIRST = TENTH / np.sqrt(THOUSANDTH)
assert round(TENTH * 10) == 1
assert round(THOUSANDTH * 1000) == 1
assert 3 < FIRST < 3.5
RATE = 3e-4
KEEP = np.float32(1 - 0.99 * RATE * TRAINING.weight_decay)
assert KEEP == 1

SAYS = [
    f"a learning rate below {RATE} and a weight decay of {TRAINING.weight_decay}",
    f"nearly {part(round(2 * float(STILL.mean())) / 2)} of all steps",
]
READ = [
    "a thousand steps",
    "Ba, 2014) keeps two",
    "a tenth of itself",
    "a tenth of the",
    "with a thousandth",
    "by ten, and nothing",
    "being by 0",
    "is 0.5, and the",
    "learning rate 0.1",
    "moved by 0.1",
    "factor $1 - r \\lambda$ is 1",
    "to 32 bits, and",
    "follows half a cosine",
    "$t$, $\\beta_1 = 0.9$ and $\\beta_2",
    "0.9$ and $\\beta_2 = 0.999$",
    "$\\epsilon$, $10^{-8}$, keeps the",
]
