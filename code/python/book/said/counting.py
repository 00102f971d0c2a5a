"""Counting."""

from collections import Counter

from book.counts import given_names, windows
from book.example import NAME
from book.figures.common import RESULTS
from book.figures.counting import ORDERS
from book.said import NAMES, V
from book.words import part, word
from litdocs.results import record
from mlp.corpora import SPLITS

PAIR, CLOSER, WHOLE = 2, 3, 4  # orders: of bigrams, of the next example, of the book's window
LISTS = word(len(SPLITS))
SIZES = {split: len(given_names(split)) for split in SPLITS}
BIGRAMS = Counter(windows(given_names("train"), PAIR))
OF_NAME = word(len(windows([NAME], PAIR)))
ENDS = Counter(bigram[0] for bigram in windows(given_names("train"), PAIR) if bigram[1] == ".")
Q = BIGRAMS["qu"] / sum(count for bigram, count in BIGRAMS.items() if bigram[0] == "q")
BY_ORDER = record(RESULTS / "ngram-given-names.json")["add_lambda"]
BEST = int(min(BY_ORDER, key=lambda order: BY_ORDER[order]["val_loss"]))
LONGEST = ORDERS[-1]

assert sum(SIZES.values()) == NAMES["given-names"]
assert SIZES["val"] == 1000
assert [letter for letter, _ in ENDS.most_common(3)] == ["a", "e", "n"]
assert windows([NAME], WHOLE)[WHOLE - 1] == "emma"
assert BEST == WHOLE
assert [float(BY_ORDER[str(n)]["val_loss"]) for n in range(BEST, LONGEST + 1)] == sorted(
    BY_ORDER[str(n)]["val_loss"] for n in range(BEST, LONGEST + 1)
)
assert BY_ORDER[str(BEST)]["test_loss"] > BY_ORDER[str(BEST)]["val_loss"]
assert 0.5 < Q < 0.6

SAYS = [
    f"in {LISTS} parts",
    f"there are {V} of them. {word(PAIR).capitalize()} neighbours are a *bigram*, and *emma* has "
    f"{OF_NAME}",
    f"its `n` is {PAIR} here",
    f"more than {part(round(2 * Q) / 2)} of what follows *q*",
    f"over all {V} characters",
    f"Multiply the {OF_NAME} probabilities",
    f"Who guesses among {V} has",
    f"A model of *order* {CLOSER} looks at {word(CLOSER - 1)} characters and predicts the",
    f"$V$ is {V}",
    f"added to {V} counts",
    f"falls to order {BEST} and then rises. The counts of order {LONGEST} know",
    f"So order {BEST} it is",
    f"Counts of {word(BEST)} characters in a row",
    f"a guess among {V}?",
    f"some of order {WHOLE}. Which",
    f"Those of order {WHOLE} could be",
    f"equally likely: $\\ln {V}$",
]
READ = [
    "how often the two were counted",
    "a number from 0 up",
    "has a loss of 0",
    r"Between them, $e^{\text{loss}}$",
    "predicts the third",
    "looks at $n - 1$",
    "The fourth, *emm*",
    "has a count of 0, and so a probability of 0",
    "A product with a 0 in it is 0, and the logarithm of 0",
    "A count of 0 does not mean",
    "still add up to 1",
    r"with a $\lambda$ of 1",
    "what the third list is for",
    "In 2022 somebody",
    r"an $e^{\text{loss}}$, was",
    "So its count is 0, and one 0 is enough",
    "A model of order 1 looks at nothing",
]
