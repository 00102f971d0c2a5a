"""The figures of the chapter "Counting"."""

from collections import Counter

import numpy as np

from book.counts import windows
from book.example import NAME
from book.figures.common import EDGE, LETTERS, RESULTS, given_names
from litdocs.diagram import Box, Drawing, decimals
from litdocs.results import record

ORDERS = range(1, 9)


def bigrams() -> Drawing:
    """How often each character follows each other, as colours; rings for those of the example."""
    pairs = Counter(windows(given_names("train"), 2))
    counts = np.array([[pairs[x + y] for y in LETTERS] for x in LETTERS])
    d = Drawing("The bigrams of the names: how often each character follows each other")
    d.text(1, 7, "down: a character. across: the one that follows it", "note", "start")
    grid = d.heat_map(20, 20, np.sqrt(counts), LETTERS, 12)
    for pair in windows([NAME], 2):
        d.ring(grid.cell(*map(LETTERS.index, pair)))
    (most, times), *_ = pairs.most_common()
    d.say(
        *(f"{pair}: {pairs[pair]:,}." for pair in windows([NAME], 2)),
        f"Most often {most}, {times:,} times. Of {counts.size} bigrams, {np.sum(counts == 0)} "
        "were never seen.",
    )
    d.caption = (
        f"All {counts.size} bigrams. The most frequent, <em>{most}</em>, was counted {times:,} "
        f"times; {np.sum(counts == 0)} never were. So that rare ones show, the colour is as strong "
        f"as the square root of the count. Ringed: those of <em>.{NAME}.</em>"
    )
    return d


def contexts() -> Drawing:
    """What follows one, two and three letters of the example, as bars."""
    d = Drawing("What follows m, mm and emm")
    y = 0.0
    for n in (2, 3, 4):
        context = NAME[:3][-n + 1 :]
        counted = Counter(windows(given_names("train"), n))
        counts = np.array([counted[context + letter] for letter in LETTERS])
        share = counts[LETTERS.index("a")] / counts.sum()
        d.text(1, y + 7, f"after {context}", "name value", "start", 12)
        d.text(
            EDGE, y + 7, f"a: {counts[LETTERS.index('a')]:,} of {counts.sum():,}", "strong", "end"
        )
        d.bars(Box(1, y + 18, EDGE - 1, 60), counts, LETTERS, "value", [LETTERS.index("a")])
        y += 102
        d.say(
            f"After {context}, {counts.sum():,} characters, {np.sum(counts > 0)} different ones; "
            f"a is {decimals(share, 2)} of them."
        )
    d.caption = (
        "The longer the context, the fewer characters follow it, and the fewer times it was seen. "
        "Each row has a scale of its own."
    )
    return d


def unseen() -> Drawing:
    """The share of windows and contexts of validation that train does not have, by order."""
    d = Drawing("What is new in the names of validation, by order")
    plot = d.plot(
        Box(34, 24, EDGE - 34 - 8, 200), (1, ORDERS[-1]), (0, 0.5), ORDERS,
        [0, 0.1, 0.2, 0.3, 0.4, 0.5],
    )  # fmt: skip
    d.text(1, 7, "share of the windows of validation", "note", "start")
    shares = np.array([new(order) for order in ORDERS])
    for row, name, tone in zip(shares.T, ("new windows", "new contexts"), ("value", "weight")):
        d.curve(plot, np.array(ORDERS), row, tone)
        for order, share in zip(ORDERS, row):
            d.dot(plot.at(order, share), tone)
        x, y = plot.at(6, row[5])
        d.text(x + 4, y + 16, name, f"toned over {tone}", "start")
    d.text(plot.right, plot.bottom + 26, "order", "note", "end")
    for order, (window, context) in zip(ORDERS, shares):
        d.say(f"Order {order}: {window:.1%} of the windows are new, {context:.1%} of contexts.")
    d.caption = (
        "Windows that were counted in train and are looked for in validation. The longer they are, "
        "the more of them were never seen."
    )
    return d


def new(order: int) -> tuple[float, float]:
    """Return which share of validation's windows is not in train, and which of their contexts."""
    seen = set(windows(given_names("train"), order))
    contexts = {window[:-1] for window in seen}
    found = windows(given_names("val"), order)
    return (
        sum(window not in seen for window in found) / len(found),
        sum(window[:-1] not in contexts for window in found) / len(found),
    )


def orders() -> Drawing:
    """The loss by order, with the best λ of each, on train and on validation."""
    by_order = record(RESULTS / "ngram-given-names.json")["add_lambda"]
    d = Drawing("The loss of counting, by order")
    plot = d.plot(
        Box(34, 24, EDGE - 34 - 8, 210), (1, ORDERS[-1]), (1.6, 3), ORDERS,
        [1.6, 1.8, 2, 2.2, 2.4, 2.6, 2.8, 3],
    )  # fmt: skip
    d.text(1, 7, "loss", "note", "start")
    for key, name, tone in (("val_loss", "validation", "weight"), ("train_loss", "train", "value")):
        losses = np.array([by_order[str(order)][key] for order in ORDERS])
        d.curve(plot, np.array(ORDERS), losses, tone)
        for order, loss in zip(ORDERS, losses):
            d.dot(plot.at(order, loss), tone)
        x, y = plot.at(6, losses[5])
        d.text(x, y + 18, name, f"toned over {tone}", "start")
        d.say(f"On {name}: {', '.join(decimals(loss, 2) for loss in losses)}.")
    best = min(by_order, key=lambda order: by_order[order]["val_loss"])
    d.text(plot.right, plot.bottom + 26, "order", "note", "end")
    d.say(f"On validation it is smallest at order {best}.")
    d.caption = (
        "The loss by order, each with the λ that is best on validation. More letters help, until "
        "there are too few names for them."
    )
    return d


FIGURES = (bigrams, contexts, unseen, orders)
