"""The figures of the chapter "How low can it go": whole runs, and what each change bought."""

import numpy as np

from book.figures.common import EDGE, RESULTS
from book.figures.tuning import tuning
from litdocs.diagram import Box, Drawing, decimals
from litdocs.results import record

CORPUS = "ssa-names"
HIGHEST = 2.14  # what is above stands at the edge
ROW = 30


def rungs() -> Drawing:
    """Every rung's validation loss, from the counts of bigrams down to the mixture."""
    counts = record(RESULTS / f"ngram-{CORPUS}.json")
    found = record(RESULTS / f"rungs-{CORPUS}.json")["rungs"]
    ensemble = record(RESULTS / f"ensemble-{CORPUS}.json")
    rows = [
        ("counts, λ added, order 4", counts["add_lambda"]["4"]["val_loss"], "weight"),
        ("counts, Kneser-Ney, order 4", counts["kneser_ney"]["4"]["val_loss"], "weight"),
        ("counts, Kneser-Ney, order 6", counts["kneser_ney"]["6"]["val_loss"], "weight"),
        *((run["name"], run["val_loss"], "value") for run in found.values()),
        ("best, mixed with counts", ensemble["mixed"]["best"]["val"], "forward"),
        ("all of them together", ensemble["mixed"]["all"]["val"], "forward"),
    ]
    d = Drawing("The validation loss, rung by rung")
    lowest = min(loss for _, loss, _ in rows)
    ticks = [round(x, 2) for x in np.arange(1.85, HIGHEST, 0.05)]
    low = min(lowest - 0.01, ticks[0])
    plot = d.plot(
        Box(16, 20, EDGE - 16 - 40, ROW * len(rows) + 4), (low, HIGHEST), (0, 1), ticks[::2]
    )
    for tick in ticks:
        x, _ = plot.at(tick, 0)
        d.line((x, plot.y), (x, plot.bottom), tone="faint")
    before = None
    for i, (name, loss, tone) in enumerate(rows):
        y = plot.y + ROW * i + 22
        x, _ = plot.at(loss, 0)
        side, anchor = 8, "start"
        if before is not None and tone == "value":
            d.line((before, y - ROW), (before, y), (x, y), tone=tone)
            if x < before:  # the line comes from the right
                side, anchor = -8, "end"
        d.dot((x, y), tone)
        d.text(x + side, y, decimals(loss, 3), "over", anchor)
        d.text(EDGE if x < plot.cx else plot.x + 2, y - 13, name, "note over",
               "end" if x < plot.cx else "start")  # fmt: skip
        d.say(f"{name}: {decimals(loss, 3)}.")
        before = x if tone == "value" else None
    d.text(plot.x, 7, "validation loss, in nats a character", "note", "start")
    d.caption = (
        "Each network changes one thing of the one above it. A step to the left is what that "
        "bought; a step to the right, what it cost."
    )
    return d


def overfitting() -> Drawing:
    """The losses on train and on validation of a model without dropout, and of one with it."""
    d = Drawing("Train and validation losses of deep and of small")
    y = 8.0
    for preset in ("deep", "small"):
        run = record(RESULTS / f"{preset}-given-names.json")["runs"]["c"]
        steps = np.array(run["steps"])
        d.text(1, y, preset, "name", "start", 12)
        plot = d.plot(
            Box(34, y + 14, EDGE - 34 - 24, 130), (0, steps[-1]), (1.4, 2.6),
            [0, steps[-1] // 2, steps[-1]], [1.4, 1.7, 2, 2.3, 2.6],
        )  # fmt: skip
        for split, name, tone in (("train", "train", "forward"), ("val", "validation", "value")):
            losses = np.array(run[split])
            seen = losses <= 2.6
            d.curve(plot, steps[seen], losses[seen], tone)
            x, at = plot.at(steps[-1], losses[-1])
            d.text(x - 4, at - 11, f"{name} {decimals(losses[-1], 2)}", f"toned over {tone}", "end")
            d.say(f"{preset}, {name}: at last {decimals(losses[-1], 3)}.")
        y = plot.bottom + 34
    d.text(EDGE, y - 10, "steps", "note", "end")
    d.caption = (
        "The names of given-names. Without dropout the two losses part: the model learns its own "
        "names by heart."
    )
    return d


def tuned() -> Drawing:
    """What mattered in the recorded study."""
    return tuning(record(RESULTS / f"study-{CORPUS}.json"))


FIGURES = (rungs, overfitting, tuned)
