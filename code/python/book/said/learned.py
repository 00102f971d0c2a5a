"""What the model learned."""

from math import exp, log

import numpy as np

from book.figures.common import RESULTS
from book.said import V, token
from book.words import part, times, word
from litdocs.results import record
from mlp.config import PRESETS
from records.learned import EXTREMES, FLAT, QUESTIONS, WELL

FOUND = record(RESULTS / "learned-given-names.json")
PLANE, UNITS = FOUND["plane"], FOUND["units"]
SMALL, LONGER = PRESETS[FOUND["preset"]]
QUICK, SHORTER = PRESETS[FLAT]
ROW = len(PLANE["places"][0])
ALL = SMALL.layers * SMALL.hidden
APART = PLANE["apart"]
SHOWN = ("vowel", "start", "consonants")
LEARNED = ("vowel", "consonants")  # which training has made
ANSWER = sum(UNITS[question]["many"][0] for question in LEARNED)  # units, some perhaps twice
LETTERS = FOUND["letters"]
RARE = -log(FOUND["share_of_letter"][token("q")])
NAMES = FOUND["windows_by_place"][0]
WINDOWS = sum(FOUND["windows_by_place"])
KRZ = FOUND["unlikely"][2]
PLACES = np.array(FOUND["by_place"])
BY_LETTER = np.array([loss or 0 for loss in FOUND["by_letter"]])
EXPECTED = FOUND["expected"]

# What the text says in words.
assert LONGER.steps > SHORTER.steps
assert PLANE["nearest"]["y"][0] == "i"
assert all(next_ in "aeiouy" for letter in "aeiou" for next_ in PLANE["nearest"][letter])
assert 3 < APART["vowels-consonants"] / APART["vowels-vowels"] < 4
assert APART["consonants-consonants"] < APART["vowels-consonants"]
assert UNITS["start"]["untrained"] < 0.005 > UNITS["start"]["share"]
assert abs(UNITS["long"]["untrained"] - 0.5) > abs(UNITS["long"]["share"] - 0.5)
for question in LEARNED:
    assert abs(UNITS[question]["untrained"] - 0.5) < UNITS[question]["share"] - 0.5
assert [UNITS[question]["many"][1] for question in LEARNED] == [1, 0]
assert ANSWER / ALL < 0.1
assert {context[-1] for context in UNITS["vowel"]["top"][:3]} == {"a"}
assert WINDOWS**2 / 10 > 2e6  # pairs, if one answer in ten is yes
assert PLACES.argmax() == 0
assert PLACES[1] < PLACES[2]
assert (np.diff(PLACES[2:9]) < 0).all()
assert [LETTERS[i] for i in BY_LETTER.argsort()[[0, 1, 2, -1, -2, -3]]] == [*".arqwz"]
for letter in "eou":
    assert EXPECTED[token(letter)][token("a")] > EXPECTED[token(letter)][token(letter)]
assert KRZ["name"] == "krzysztof"
assert {"tadhg"} < {entry["name"] for entry in FOUND["unlikely"][:EXTREMES]}
assert round(exp(-KRZ["by_letter"][2]) * 100_000) == 4

SAYS = [
    f"{word(ROW).capitalize()} numbers for a letter",
    f"If a row has {word(ROW)}",
    f"whose rows have {QUICK.embedding} numbers, and give it {word(ROW)}",
    f"all {V} rows",
    f"are about {APART['vowels-vowels']:.1f} apart on average, a vowel and a consonant more than "
    f"{times(int(APART['vowels-consonants'] / APART['vowels-vowels']))} as far",
    f"*a* is token {token('a')} and *b* is token {token('b')}",
    f"What {word(ROW)} numbers cost",
    f"{word(ROW).capitalize()} numbers cannot say",
    f"With {QUICK.embedding} numbers the loss",
    f"model with {QUICK.embedding} numbers no such picture",
    f"It has {word(SMALL.layers)} hidden layers, one after another, with {SMALL.hidden} units each. "
    f"That is {ALL} in all. It looks at {word(SMALL.context)} letters",
    f"put {word(len(QUESTIONS))} questions to all {ALL} units",
    f"Here are {word(len(SHOWN))} of them",
    f"We chose among {ALL} units",
    f"all {word(SMALL.context)} tokens of the context",
    f"So {word(len(QUESTIONS) - len(LEARNED))} of the {word(len(QUESTIONS))} questions say nothing",
    f"The other {word(len(LEARNED))} do",
    f"at least {part(WELL)}, or at most {part(1 - WELL)}",
    f"answer neither of the {word(len(LEARNED))}",
    f"a loss of about {RARE:.1f} for a *q*",
    f"Take the {QUICK.embedding} numbers a letter",
    f"*trained* with {word(ROW)} numbers",
]
READ = [
    "looks at four things",
    "That takes a second",
    "Four are by themselves",
    "the *distance* between two letters",
    "a letter is at 0 from itself",
    "[Exercise 1]",
    "Two vowels are",
    "follow two letters",
    "are often doubled",
    "has a half, as a coin would. One that always knows has 1. And 0 is as good as 1",
    "make millions of pairs",
    "The third has",
    "whether the last two were consonants",
    "a name of six letters or more",
    "too near to 0",
    "Look at the third row",
    "some unit has 0.00, which is as good as 1",
    "In the fourth row",
    "For the two consonants",
    "more than nine of ten units",
    "of a thousand names",
    "The third is hard again",
    "easier up to the ninth",
    "All three end with",
    "at the tenth place",
    "four in a hundred thousand",
    "In 2019 somebody",
    "that had two for each. Two groups of cells",
    "had the two as close relatives",
    "leaves out nearly three quarters of the spread",
    "keeps two letters apart",
    "the seeds 1, 2 and 3",
    "find the five likeliest",
    "With seed 2 the vowels",
    "with seed 1 the nearest letter",
    "no loss is below 0",
]
