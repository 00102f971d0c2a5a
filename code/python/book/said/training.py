"""Training."""

import numpy as np

from book.figures.common import RESULTS
from book.words import times, word
from litdocs.results import record
from mlp.config import PRESETS
from records.sweeps import HIDDEN, LONGER

FOUND = record(RESULTS / "sweeps-given-names.json")
_, QUICK = PRESETS["quick"]
RATES = {run["rate"]: run["val"][-1] for run in FOUND["rates"]}
BEST = sorted(RATES, key=RATES.__getitem__)[:2]
LARGEST = FOUND["hidden"][-1]
LOWEST = LARGEST["steps"][int(np.argmin(LARGEST["val"]))]
SMALLEST = FOUND["hidden"][0]
CLIFF = 0.1
NOTHING = 2.89  # what knowing the frequency of each letter is worth: exercise 3
assert sorted(BEST) == [0.003, 0.01]
assert abs(RATES[CLIFF] - NOTHING) < 0.01
assert LARGEST["val"][-1] > SMALLEST["val"][-1]
assert SMALLEST["val"][-1] - 0.05 < SMALLEST["train"][-1]
assert np.all(np.diff([run["train"][-1] for run in FOUND["hidden"]]) < 0)

SAYS = [
    f"the preset `quick`, {QUICK.steps:,} steps",
    f"From {min(BEST)} to {max(BEST)} is a broad valley",
    f"at {CLIFF} the model knows",
    f"a loss of about [{NOTHING}](../data/counting.md#exercises)",
    f"with {HIDDEN[0]} to {HIDDEN[-1]:,} of them, and {times(LONGER)} as many steps",
    f"with {word(HIDDEN[0])} units the model cannot",
    f"worse than the one with {word(HIDDEN[0])} units",
    f"At step {LOWEST:,} it was",
]
READ = [
    "the three programs has",
    "few hundred steps the",
    "validation. Three things are",
    "all three programs",
    "are three curves of",
    "the two curves part",
    "of ten. This is",
    "With 16 times as",
    "is four times as",
    "AdamW's two means for",
    "of forty steps, and",
    "after twenty, and went",
    "programs.** Two hundred steps",
    "October 2024 people who",
    "a hundred steps with",
    "at 0.001, 0.01, 0.1",
    "and 1, and print",
    "first thirty steps of",
    "is 1.2 and on",
    "validation 2.9, so I",
    "heart. Five windows forgive",
    "names, 1 is far",
    "some tenths, from one",
    "of ten already shows",
    "and 2.9 is what",
    "the three curves that",
    "a tenth of that",
    "of 50,000 windows",
    "So twice the batch",
    "only 1.4 times as",
    "of the three",
]
