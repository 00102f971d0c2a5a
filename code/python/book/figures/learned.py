"""The figures of the chapter "What the model learned": a look into the trained preset `small`."""

from typing import Any

import numpy as np

from book.figures.common import EDGE, RESULTS
from litdocs.diagram import Box, Drawing, Plot, decimals
from litdocs.results import record

VOWELS = "aeiou"


def learned() -> dict[str, Any]:
    """Return the record; LitdocsError if it was not made yet."""
    return record(RESULTS / "learned-given-names.json")


def letters() -> Drawing:
    """Where a model that has two numbers for a letter has put each; and the crowd, enlarged."""
    result = learned()
    names, places = np.array(result["letters"]), np.array(result["plane"]["places"])
    crowd = ~np.isin(names, list(f"{VOWELS}.y"))
    crowd &= (places <= np.quantile(places[crowd], 0.85, axis=0)).all(axis=1)
    d = Drawing("The letters as two numbers, where training has put them")
    whole = _plane(d, 4, 250, np.where(crowd, "", names), places)
    left, bottom = whole.at(*places[crowd].min(axis=0))
    right, top = whole.at(*places[crowd].max(axis=0))
    d.ring(Box(left - 8, top - 8, right - left + 16, bottom - top + 16), "light")
    d.text(1, whole.bottom + 22, "the crowd in the frame, enlarged", "note", "start")
    _plane(d, whole.bottom + 36, 300, names[crowd], places[crowd])
    for letter in VOWELS:
        d.say(f"Next to {letter} are {', '.join(result['plane']['nearest'][letter])}.")
    d.caption = (
        f"The preset {result['plane']['preset']} with two numbers for a letter, after "
        f"{result['plane']['steps']:,} steps. The middle of each letter is where its numbers say, "
        "the lines cross at zero, and the large dot is the end. Violet: a, e, i, o and u."
    )
    return d


def _plane(d: Drawing, y: float, width: float, names: Any, places: Any) -> Plot:
    """Draw names (N,) at places (N,2), a small dot for an empty one.

    What is near in the picture is near in numbers.
    """
    low, high = places.min(axis=0), places.max(axis=0)
    room = 0.06 * (high - low).max()
    (x0, y0), (x1, y1) = low - room, high + room
    box = Box((EDGE - width) / 2, y, width, width * (y1 - y0) / (x1 - x0))
    plot = d.plot(box, (x0, x1), (y0, y1))
    d.scatter(plot, places[names == "", 0], places[names == "", 1], "value")
    for letter, place in zip(names, places):
        if letter == ".":
            d.dot(plot.at(*place), "ink")
        elif letter:
            tone = "weight" if letter in VOWELS else "value"
            d.text(*plot.at(*place), letter, f"strong toned over {tone}", size=12)
    return plot


def unit() -> Drawing:
    """What three hidden units say, by the last letter that the model has read."""
    result = learned()
    d = Drawing("The mean activation of three hidden units, by the last letter read")
    y = 0.0
    for question, title in (
        ("vowel", "Was the last letter a vowel?"),
        ("start", "Is this the start of a name?"),
        ("consonants", "Were the last two letters consonants?"),
    ):
        found = result["units"][question]
        means = np.array([mean or 0.0 for mean in found["by_letter"]])
        d.text(1, y + 7, title, "name value", "start", 12)
        said = f"yes {decimals(found['yes'], 2)}, no {decimals(found['no'], 2)}"
        which = f"unit {found['unit']} of layer {found['layer'] + 1}"
        d.text(1, y + 24, f"{which}: {said}", "note", "start")
        marked = [i for i, x in enumerate(result["letters"]) if _answers(question, x)]
        d.bars(Box(1, y + 36, EDGE - 1, 60), means, "".join(result["letters"]), "value", marked)
        y += 122
        d.say(f"{title} On yes {decimals(found['yes'], 2)}, on no {decimals(found['no'], 2)}.")
    d.caption = (
        "Means over the validation names. Strong: the letters for which the answer is yes. No last "
        "letter alone decides the third question."
    )
    return d


def _answers(question: str, letter: str) -> bool:
    return letter in {"vowel": VOWELS, "start": "."}.get(question, "")


def mistakes() -> Drawing:
    """The mean loss by the place in a name, and by the letter that had to be guessed."""
    result = learned()
    d = Drawing("The mean loss by place in the name, and by letter")
    places = np.array([loss for loss in result["by_place"] if loss is not None])
    by_letter = np.array([loss or 0.0 for loss in result["by_letter"]])
    d.text(1, 7, "by place: 1 is the first letter", "name value", "start", 12)
    for bar, number in zip(_losses(d, 24, places, ""), range(1, len(places) + 1)):
        d.text(bar.cx, bar.bottom + 9, f"{number}", "index")
    d.text(1, 154, "by letter: the dot is the end", "name value", "start", 12)
    _losses(d, 171, by_letter, "".join(result["letters"]))
    for i, loss in enumerate(places):
        d.say(f"Place {i + 1}: {decimals(loss, 2)}.")
    for letter, loss in zip(result["letters"], by_letter):
        d.say(f"{letter}: {decimals(loss, 2)}.")
    d.caption = (
        f"Mean losses on the validation names. All together they make "
        f"{decimals(result['loss'], 3)} a character. The last place stands for all that follow."
    )
    return d


def _losses(d: Drawing, y: float, losses: Any, labels: str) -> list[Box]:
    """Draw losses as bars, over lines at whole numbers."""
    most = float(losses.max())
    box = Box(16, y, EDGE - 16, 96)
    d.plot(box, (0, 1), (0, most), (), range(1, int(most) + 1))
    return d.bars(box, losses, labels, "value", scale=(0, most))


def expected() -> Drawing:
    """What the model expected where each letter came, as colours."""
    result = learned()
    first = f".{VOWELS}y"  # those that are alike, side by side
    order = [*first, *(letter for letter in result["letters"] if letter not in first)]
    rows = [result["letters"].index(letter) for letter in order]
    cells = np.array([[result["expected"][i][j] for j in rows] for i in rows])
    d = Drawing("What the model expected where each letter came")
    d.text(1, 7, "down: what came. across: what it expected", "note", "start")
    d.heat_map(20, 20, np.sqrt(cells), "".join(order), 12)
    for i in np.argsort(-np.diag(cells))[:5]:
        d.say(f"Where {order[i]} came, it had {decimals(cells[i, i], 2)}.")
    d.caption = (
        "The mean probability of each letter (across) where another came (down). The diagonal is "
        "what it got right. The colour is as strong as the square root."
    )
    return d


def extremes() -> Drawing:
    """The names that the model finds likely and unlikely, with the loss of each letter."""
    result = learned()
    d = Drawing("Likely and unlikely names, with the loss of each letter")
    y = 0.0
    for title, key in (("most likely", "likely"), ("least likely", "unlikely")):
        d.text(1, y + 7, title, "name value", "start", 12)
        y += 18
        shown = result[key][:4]
        highest = max(max(entry["by_letter"]) for entry in shown)
        height = 4.0 * highest
        for entry in shown:
            losses = np.array(entry["by_letter"])
            box = Box(1, y, 20.0 * len(losses), height)
            d.bars(box, losses, entry["name"] + ".", "value", scale=(0, highest))
            d.text(EDGE, box.bottom - 6, f"mean {decimals(entry['loss'], 2)}", "", "end")
            y = box.bottom + 23
            d.say(f"{entry['name']}: {decimals(entry['loss'], 2)} a letter.")
        y += 8
    d.caption = (
        "Names of the validation split, which the model has not seen. A tall bar is a letter that "
        "surprised it."
    )
    return d


FIGURES = (letters, unit, mistakes, expected, extremes)
