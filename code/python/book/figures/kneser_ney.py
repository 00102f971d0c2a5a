"""The figures of the chapter "Counting, done well"."""

from collections import Counter

import numpy as np

from book.counts import given_names, windows
from book.example import NAME
from book.figures.common import EDGE, LETTERS, RESULTS
from book.figures.counting import ORDERS
from litdocs.diagram import Box, Drawing, decimals
from litdocs.results import record
from mlp.ngram import KneserNey
from mlp.tokens import LATIN

MOST = 9  # the largest count in the figure of held-out counts
A = LETTERS.index("a")


def kept(order: int = 4) -> dict[int, float]:
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
        range(MOST + 1), range(MOST + 1),
    )  # fmt: skip
    d.text(1, 7, "times in the other half, on average", "note", "start")
    d.line(plot.at(0, 0), plot.at(MOST + 1, MOST + 1), tone="light", css="dashed")
    for r, mean in means.items():
        d.line(plot.at(r, r), plot.at(r, mean), tone="gradient")
        d.dot(plot.at(r, mean), "value")
        x, y = plot.at(r, mean)
        d.text(x + 6, y + 10, decimals(mean - r, 2), "toned gradient", "start")
    d.text(plot.right, plot.bottom + 26, "times in one half", "note", "end")
    d.say(
        *(
            f"Windows that are {r} times in one half are {decimals(mean, 2)} times in the other."
            for r, mean in means.items()
        )
    )
    d.caption = (
        "Windows of order 4. If a count were worth what it says, the dots would lie on the dashed "
        "line. What is missing is written beside them."
    )
    return d


def ways() -> Drawing:
    """What follows mm: how often, and after how many different letters."""
    context = NAME[1:3]
    longer = Counter(windows(given_names("train"), 4))
    counts = np.array(
        [sum(longer[v + context + y] for v in LETTERS) for y in LETTERS]
    )
    different = np.array(
        [sum(longer[v + context + y] > 0 for v in LETTERS) for y in LETTERS]
    )
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
        "What follows <em>mm</em>. Above, each time counts. Below, each different letter before "
        "<em>mm</em> counts once: five letters have been followed by <em>mma</em>."
    )
    return d


def levels() -> list[tuple[str, np.ndarray, float]]:
    """Return, for each order, the context, P (V,), and how much of it is from the order below."""
    model = KneserNey(4).fit(LATIN.encode("\n".join([*given_names("train"), ""])))
    found, context = [], [LETTERS.index(letter) for letter in NAME[:3]]
    for n in range(1, 5):
        shorter = KneserNey(n)
        shorter.levels = model.levels[:n]
        x = context[3 - n + 1 :]
        level = model.levels[n - 1]
        number = sum(token * 27**i for i, token in enumerate(reversed(x)))
        gamma = float(level.gammas[np.searchsorted(level.contexts, number)])
        found.append((NAME[3 - n + 1 : 3], shorter.probabilities(x), gamma))
    return found


def mixture() -> Drawing:
    """From no context to three letters: each row is mixed from its counts and the row above."""
    d = Drawing("The probabilities after emm, mixed from those after mm, m and nothing")
    y = 0.0
    for context, probs, gamma in levels():
        d.text(1, y + 7, f"after {context or 'nothing'}", "name value", "start", 12)
        d.text(EDGE, y + 7, f"a: {decimals(probs[A], 3)}", "strong", "end")
        d.text(
            1, y + 23,
            f"{decimals(gamma, 3)} of it is from " + ("1/27 for each" if not context else "above"),
            "note", "start",
        )  # fmt: skip
        d.bars(Box(1, y + 34, EDGE - 1, 50), probs, LETTERS, "value", [A])
        y += 110
        d.say(
            f"After {context or 'nothing'}: a {decimals(probs[A], 3)}; {decimals(gamma, 3)} of all "
            "probability is from the shorter context."
        )
    d.caption = (
        "Each row is made of its own counts, less the discounts, and of the row above. Letters that "
        "never followed <em>emm</em> have a little probability too, and not the same."
    )
    return d


def by_order() -> Drawing:
    """The validation loss by order, of both ways to count, beside the recorded models."""
    result = record(RESULTS / "ngram-ssa-names.json")
    d = Drawing("Validation loss by order: adding λ, Kneser-Ney, and the model of this book")
    low, high = 1.9, 2.5
    plot = d.plot(
        Box(34, 24, EDGE - 34 - 8, 250), (2, ORDERS[-1]), (low, high), ORDERS[1:],
        [1.9, 2, 2.1, 2.2, 2.3, 2.4, 2.5],
    )  # fmt: skip
    d.text(1, 7, "validation loss", "note", "start")
    for preset in ("original", "deep"):
        run = record(RESULTS / f"{preset}-ssa-names.json")["runs"]["c"]
        loss = run["val"][-1]
        d.line(plot.at(2, loss), plot.at(ORDERS[-1], loss), tone="light", css="dashed")
        d.text(plot.x + 6, plot.at(2, loss)[1] - 8, preset, "index over", "start")
        d.say(f"The preset {preset} ends at {decimals(loss, 3)}.")
    for key, name, tone, at in (
        ("add_lambda", "adding λ", "weight", (6, 5)),
        ("kneser_ney", "Kneser-Ney", "value", (7, 6)),
    ):
        losses = np.array([result[key][str(order)]["val_loss"] for order in ORDERS])[1:]
        inside = losses <= high
        xs = np.array(ORDERS)[1:][inside]
        d.curve(plot, xs, losses[inside], tone)
        for order, loss in zip(xs, losses[inside]):
            d.dot(plot.at(order, loss), tone)
        x, y = plot.at(at[0], losses[at[1] - 1])
        d.text(x - 10, y - 14, name, f"toned over {tone}", "end")
        d.say(f"{name}: {', '.join(decimals(loss, 3) for loss in losses)}, from order 2.")
    d.text(plot.right, plot.bottom + 26, "order", "note", "end")
    d.caption = (
        "The names of the US Social Security Administration. Dashed: the model of the next "
        "chapters, as two presets train it."
    )
    return d


FIGURES = (held_out, ways, mixture, by_order)
