"""Counting, done well."""

from collections import Counter
from math import log

import numpy as np

from book.counts import given_names, windows
from book.figures.common import RESULTS
from book.figures.kneser_ney import kept
from book.said import DEEP, DEEP_TRAINING, NAMES, RUN, T, V
from book.said.counting import BEST, WHOLE
from book.words import part, times, word
from litdocs.results import record
from mlp.ngram import discounts

TRAIN = given_names("train")
WINDOWS = Counter(windows(TRAIN, WHOLE))
AFTER_EMM = [window[-1] for window in WINDOWS if window[:-1] == "emm"]
LESS = {r: r - mean for r, mean in kept().items()}
ONE, SEVERAL, MANY = 1, 3, 5  # counts whose loss the text tells
AS_OFTEN = sum(WINDOWS[w] for w in WINDOWS if w[1:] == "mma") / sum(
    WINDOWS[w] for w in WINDOWS if w[1:] == "mmy"
)
WAYS = {y: sum(w[1:] == f"mm{y}" for w in WINDOWS) for y in "ay"}
DISCOUNTS = discounts(np.repeat([1, 2, 3, 4], [8, 4, 2, 1]))  # exercise 1
HALVES = discounts(np.array([], np.int64))  # nothing to estimate them from
SHARE = np.mean([window[0] == "." for window in windows(TRAIN, 6)])

SSA, GIVEN = (record(RESULTS / f"ngram-{corpus}.json") for corpus in ("ssa-names", "given-names"))
LONG = int(min(SSA["kneser_ney"], key=lambda order: SSA["kneser_ney"][order]["val_loss"]))
SAME = T + 1  # the order that looks at as much as `original`


def losses(preset: str, corpus: str) -> tuple[float, float]:
    run = record(RESULTS / f"{preset}-{corpus}.json")["runs"]["c"]
    return run["val"][-1], run["test_loss"]


def counted(
    result: dict[str, dict[str, dict[str, float]]], way: str, order: int
) -> tuple[float, float]:
    entry = result[way][str(order)]
    return entry["val_loss"], entry["test_loss"]


def beats(a: tuple[float, float], b: tuple[float, float]) -> bool:
    """Say whether the losses on validation and on test are both smaller."""
    return a[0] < b[0] and a[1] < b[1]


# What the text says of the two lists, in words.
assert beats(losses("original", "ssa-names"), (SSA["best"]["val_loss"], SSA["best"]["test_loss"]))
assert beats(counted(SSA, "kneser_ney", SAME), losses("original", "ssa-names"))
assert beats(counted(SSA, "kneser_ney", LONG), counted(SSA, "kneser_ney", SAME))
assert beats(losses("deep", "ssa-names"), counted(SSA, "kneser_ney", LONG))
assert counted(SSA, "kneser_ney", LONG)[0] - losses("deep", "ssa-names")[0] < 0.02
assert abs(counted(SSA, "sliding", SAME)[0] - losses("original", "ssa-names")[0]) < 1e-4
for order in SAME, LONG:
    for preset in "original", "deep":
        assert beats(counted(GIVEN, "kneser_ney", order), losses(preset, "given-names"))
assert NAMES["given-names"] < NAMES["ssa-names"]
assert LESS[ONE] < LESS[2] < LESS[SEVERAL] < LESS[MANY]
assert sorted(AFTER_EMM) == ["a", "e", "i", "y"]
assert SHARE > 0.5
assert list(HALVES[1:]) == [0.5, 1, 1.5]
assert BEST == WHOLE

SAYS = [
    f"came to an end at order {BEST}",
    f"train has {word(len(AFTER_EMM))} letters",
    f"worth only {part(1 - LESS[ONE])} of that",
    f"From a count of {ONE} it is {part(LESS[ONE])}, from a count of {SEVERAL} "
    f"{part(LESS[SEVERAL])} of one time, and from a count of {MANY} about {word(round(LESS[MANY]))} time",
    f"from 1/{V} for each",
    f"At order {BEST}, adding $\\lambda$ had",
    f"and at order {LONG} it had",
    f"*a* follows it {times(round(AS_OFTEN))} as often as *y*",
    f"after {word(WAYS['a'])} different letters, *y* after {word(WAYS['y'])}",
    f"the loss at order {LONG} is",
    f"looks at {word(T)} characters as counts of order {SAME} do, and `deep`, which looks at "
    f"{word(DEEP.context)}",
    f"counts with λ added, order {BEST}",
    f"counts with Kneser-Ney, order {SAME}",
    f"counts with Kneser-Ney, order {LONG}",
    f"`original`, {word(T)} characters of context, {RUN['steps']:,} corrections",
    f"`deep`, {word(DEEP.context)} characters of context, {DEEP_TRAINING.steps:,} corrections",
    f"with the same {word(T)} characters, and by more with {word(LONG - 1)}",
    f"order {SAME} has",
    f"there are not {V} characters",
    f"{V - 1} letters and order",
    f"discounts of {HALVES[1]:g}, {HALVES[2]:g} and {HALVES[3]:g}",
    f"so the {word(len(DISCOUNTS) - 1)} are {DISCOUNTS[1]:g}, {DISCOUNTS[2]:g} and {DISCOUNTS[3]:g}",
    f"one nat is {1 / log(2):.2f} bits",
    f"compare at order {LONG}",
    f"At order {LONG} most windows",
]
READ = [
    "gave it in 1998",
    "It has three ideas",
    "Cut train into two halves",
    "in the first half",
    "experiment in 1991, with 44 million words",
    "every count from 2 to 9 is about three quarters of one time",
    "needs no halves",
    "$n_2$ windows twice",
    "the nearer $D$ is to 1",
    "and nothing from 0",
    "still add up to 1",
    "a count of 0, 1, 2, and 3 or more",
    "Three discounts",
    "The third idea",
    "a count of 1 lose less than one of 2, and that less than one of 3",
    "one more is for 3 *and all above*",
    "seen once, twice, three times and four times",
    "With three of them",
    "at order 1 there is no $n_1$",
    "not lie between 0 and its count is half of that count",
    "each probability is above 0, and all of them still add up to 1",
    "with two sets of sizes",
    "the two are even",
    "are two contexts, as different as any two",
    "two letters can be alike",
    "ten thousand words",
    "**It adds up to 1**",
    "In 2013 somebody made a table of bigrams from fifteen letters",
    "[more than 1]",
    "got 2.625 for a single one",
    "In 2018 somebody",
    "and order 3, and with a program",
    "a continuation count of 1",
    "half the count",
    "are 8, 4, 2 and 1. Compute the three discounts",
    "if $n_4$ is 0?",
    "$Y$ is a half",
    "seen four times, a count of 3 would lose all of it",
    "so it loses half",
    "have their say twice",
]
