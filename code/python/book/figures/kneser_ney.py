"""The figures of the chapter "Counting, done well"."""

from collections import Counter
from collections.abc import Iterator

import numpy as np

from book.counts import windows
from book.example import NAME
from book.figures.common import EDGE, LETTERS, RESULTS, given_names
from book.figures.counting import ORDERS
from book.words import word
from litdocs.diagram import Box, Drawing, decimals
from litdocs.results import record
from mlp.ngram import Float64s, KneserNey
from mlp.tokens import LATIN, VOCAB_SIZE

ORDER = 4  # of the window of the example
MODELS = ("original", "deep")  # of the next chapters
MOST = 7  # the largest count in the figure of held-out counts
A = LETTERS.index("a")


def kept(order: int = ORDER) -> dict[int, float]:
    """Return how often windows that are r times in half of train are in the other half."""
    names = given_names("train")
    here, there = Counter(windows(names[::2], order)), Counter(windows(names[1::2], order))
    return {
        r: float(np.mean([there[window] for window, count in here.items() if count == r]))
        for r in range(1, MOST + 1)
    }


def held_out() -> Drawing:
    """What a count in one half of the names is worth in the other half."""
    means = kept()
    d = Drawing("How often a window is in the other half of the names")
    plot = d.plot(
        Box(34, 24, EDGE - 34 - 8, 210), (0, MOST + 1), (0, MOST + 1),
        range(1, MOST + 2), range(MOST + 2),
    )  # fmt: skip
    d.text(1, 7, "times in the other half, on average", "note", "start")
    d.line(plot.at(0, 0), plot.at(MOST + 1, MOST + 1), tone="light", css="dashed")
    for r, mean in means.items():
        d.line(plot.at(r, r), plot.at(r, mean), tone="gradient")
        d.dot(plot.at(r, mean), "value")
        x, y = plot.at(r, mean)
        d.text(x + 5, y + 11, decimals(mean - r, 2), "toned over gradient", "start")
    d.text(plot.right, plot.bottom + 26, "times in one half", "note", "end")
    d.say(
        *(
            f"Windows that are {r} times in one half are {decimals(mean, 2)} times in the other."
            for r, mean in means.items()
        )
    )
    d.caption = (
        f"Windows of order {ORDER}. If a count were worth what it says, the dots would lie on the "
        "dashed line. What is missing is written beside them."
    )
    return d


def ways() -> Drawing:
    """What follows mm: how often, and after how many different letters."""
    context = NAME[1:3]
    longer = Counter(windows(given_names("train"), ORDER))
    table = np.array([[longer[v + context + y] for y in LETTERS] for v in LETTERS])
    counts, different = table.sum(axis=0), (table > 0).sum(axis=0)
    d = Drawing("What follows mm: how often, and after how many different letters")
    y = 0.0
    for name, numbers, what in (
        ("how often", counts, "times"),
        ("after how many different letters", different, "letters"),
    ):
        d.text(1, y + 7, name, "name value", "start", 12)
        d.text(EDGE, y + 7, f"a: {numbers[A]} of {numbers.sum()}", "strong", "end")
        d.bars(Box(1, y + 18, EDGE - 1, 60), numbers, LETTERS, "value", [A])
        y += 102
        d.say(
            f"{name}: ".capitalize()
            + ", ".join(f"{LETTERS[i]} {numbers[i]}" for i in np.flatnonzero(numbers))
            + f"; together {numbers.sum()} {what}."
        )
    d.caption = (
        f"What follows <em>{context}</em>. Above, each time counts. Below, each different letter "
        f"before <em>{context}</em> counts once: {word(different[A])} letters have been followed "
        f"by <em>{context}a</em>."
    )
    return d


def levels() -> Iterator[tuple[str, Float64s, float]]:
    """Yield, for each order, the context, P (V,), and how much of it is from the order below."""
    names = "\n".join([*given_names("train"), ""])
    model = KneserNey(ORDER).fit(LATIN.encode(names))
    for n, level in enumerate(model.levels, 1):
        shorter = KneserNey(n)
        shorter.levels = model.levels[:n]
        context = NAME[ORDER - n : ORDER - 1]
        number = 0
        for token in LATIN.encode(context).tolist():
            number = number * VOCAB_SIZE + token
        gamma = level.gammas[np.searchsorted(level.contexts, number)]
        yield context, shorter.probabilities(LATIN.encode(context).tolist()), float(gamma)


def mixture() -> Drawing:
    """From no context to three letters: each row is mixed from its counts and the row above."""
    d = Drawing("The probabilities after emm, mixed from those after mm, m and nothing")
    y = 0.0
    for context, probs, gamma in levels():
        d.text(1, y + 7, f"after {context or 'nothing'}", "name value", "start", 12)
        d.text(EDGE, y + 7, f"a: {decimals(probs[A], 3)}", "strong", "end")
        below = "above" if context else f"1/{VOCAB_SIZE} for each"
        d.text(1, y + 23, f"{decimals(gamma, 3)} of it is from {below}", "note", "start")
        d.bars(Box(1, y + 34, EDGE - 1, 50), probs, LETTERS, "value", [A])
        y += 110
        d.say(
            f"After {context or 'nothing'}: a {decimals(probs[A], 3)}; {decimals(gamma, 3)} of all "
            "probability is from the shorter context."
        )
    d.caption = (
        "Each row is made of its own counts, less the discounts, and of the row above. Letters "
        "that never followed <em>emm</em> have a little probability too, and not the same."
    )
    return d


def by_order() -> Drawing:
    """The validation loss by order, of both ways to count, beside the recorded models."""
    result = record(RESULTS / "ngram-ssa-names.json")
    d = Drawing("Validation loss by order: adding λ, Kneser-Ney, and the model of this book")
    low, high = 1.9, 2.5
    orders = ORDERS[1:]
    plot = d.plot(
        Box(34, 24, EDGE - 34 - 8, 250), (orders[0], orders[-1]), (low, high), orders,
        [1.9, 2, 2.1, 2.2, 2.3, 2.4, 2.5],
    )  # fmt: skip
    d.text(1, 7, "validation loss", "note", "start")
    for preset in MODELS:
        run = record(RESULTS / f"{preset}-ssa-names.json")["runs"]["c"]
        loss = run["val"][-1]
        d.line(plot.at(orders[0], loss), plot.at(orders[-1], loss), tone="light", css="dashed")
        d.text(plot.x + 6, plot.at(orders[0], loss)[1] - 8, preset, "index over", "start")
        d.say(f"The model {preset} ends at {decimals(loss, 3)}.")
    for key, name, tone, at in (
        ("add_lambda", "adding λ", "weight", 6),
        ("kneser_ney", "Kneser-Ney", "value", 7),
    ):
        losses = np.array([result[key][str(order)]["val_loss"] for order in orders])
        inside = losses <= high
        xs = np.array(orders)[inside]
        d.curve(plot, xs, losses[inside], tone)
        for order, loss in zip(xs, losses[inside]):
            d.dot(plot.at(order, loss), tone)
        x, y = plot.at(at, losses[orders.index(at)])
        d.text(x - 10, y - 14, name, f"toned over {tone}", "end")
        d.say(f"{name}: {', '.join(decimals(loss, 3) for loss in losses)}, from order {orders[0]}.")
    d.text(plot.right, plot.bottom + 26, "order", "note", "end")
    d.caption = (
        "The names of the US Social Security Administration. Dashed: the model of the next "
        f"chapters, in its {word(len(MODELS))} sizes."
    )
    return d


FIGURES = (held_out, ways, mixture, by_order)
