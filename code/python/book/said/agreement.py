"""They agree."""

import numpy as np

from book.figures.agreement import doubling
from book.figures.common import RESULTS
from book.said import RUN
from book.words import word
from litdocs.results import record
from mlp.config import PRESETS
from records.training import N_NAMES

PARTING = record(RESULTS / "parting-given-names.json")
AGREE = record(RESULTS / "agree-ssa-names.json")["float32"]["pairs"]
SETTINGS = PARTING["settings"]
DEEP = PARTING["deep"]["loss"]
NEEDED = [name for name, by in SETTINGS.items() if by["without"]["loss"] * 1000 < DEEP]
TIMES = PRESETS["deep"][1].learning_rate / PRESETS["original"][1].learning_rate
LOSS = max(pair["loss"] for pair in AGREE.values())
FLOATS = LOSS / float(np.spacing(np.float32(2.5)))
LARGEST = [np.max(list(pair["by_step"]["params"].values()), axis=0) for pair in AGREE.values()]
MARGIN = RUN["runs"]["c"]["nearest_coin"]

assert set(NEEDED) == {"learning_rate", "context", "layers", "padded"}
assert min(SETTINGS, key=lambda name: SETTINGS[name]["without"]["loss"]) == "learning_rate"
assert all(by["alone"]["loss"] < 1e-6 for by in SETTINGS.values())
assert 20 < doubling(PARTING) < 40
assert all(growth[9] < 2 * growth[0] for growth in LARGEST)  # step 1,000 and step 1
assert all(growth[0] == np.spacing(np.float32(3)) for growth in LARGEST[1:])  # with PyTorch
assert 10 * max(growth[-1] for growth in LARGEST) < MARGIN
assert PARTING["original"]["by_step"]["loss"][-1] < 1e-6
assert 5.5 < TIMES < 6

SAYS = [
    f"the same {N_NAMES} names",
    f"In {N_NAMES} names, the nearest",
    f"differs from `original` in {word(len(SETTINGS))} settings",
    f"{word(len(NEEDED)).capitalize()} are needed together",
    f"It is nearly {word(round(TIMES))} times that",
    f"That is {word(round(FLOATS))} steps from one float to the next",
]
READ = [
    "Three programs train",
    "made three times to",
    "has 24 bits, about",
    "about seven decimal digits",
    "line, 1 is too",
    "a hundred million, and",
    "of three things",
    "After thousands of steps",
    "a billion times smaller",
    "in 32 bits only",
    "In 32 bits, side",
    "a thousand steps it",
    "training, 50,000 steps? [The",
    "All three make up",
    "a million names, one",
    "for hundreds of steps",
    "to double: the two",
    "the two then wrong?",
    "in ten million, before",
    "is: three programs compute",
    "than two digits",
    "all three side by",
    "In 2021 a user",
    "multiplied 1024.5 by 1",
    "[got 1025](https://github.com/pytorch/pytorch/issues/53635). The card",
    "to 11 bits first",
    "compares two programs has",
    "of two floats, a",
    "of two, a sum",
    "of three, a square",
    "up 0.1 ten million",
    "a thousand. 3. A",
    "compares two losses with",
    "of three if the",
    "each 0.1. In parts",
    "Whether two float32 losses",
    "written three times, the",
    "pass twice, and autograd",
    "a third time. A",
    "is half a billion",
    "between 0 and 1",
    "average doubles every few",
    "few dozen. Then it",
    "a millionth. They were",
    "is 5,000 for all",
    "of two matrices, on",
    "in 32 bits, without",
    "than ten thousand times",
]
