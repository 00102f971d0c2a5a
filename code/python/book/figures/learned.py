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
    names, places = result["letters"], np.array(result["plane"]["places"])
    crowd = places[[letter not in f"{VOWELS}.y" for letter in names]]
    inner = crowd.min(axis=0), np.quantile(crowd, 0.85, axis=0)
    d = Drawing("The letters as two numbers, where training has put them")
    whole = _plane(d, 4, names, places, (places.min(axis=0), places.max(axis=0)))
    corners = [whole.at(*corner) for corner in inner]
    (left, bottom), (right, top) = corners
    d.ring(Box(left - 6, top - 6, right - left + 12, bottom - top + 12), "light")
    d.text(1, whole.bottom + 22, "the crowd in the frame, enlarged", "note", "start")
    _plane(d, whole.bottom + 34, names, places, inner)
    for letter in VOWELS:
        d.say(f"Next to {letter} are {', '.join(result['plane']['nearest'][letter])}.")
    d.caption = (
        f"The preset {result['plane']['preset']} with two numbers for a letter, after "
        f"{result['plane']['steps']:,} steps. The middle of each letter is where its numbers say. "
        "The dot is the end."
    )
    return d


def _plane(d: Drawing, y: float, names: list[str], places: Any, ends: Any) -> Plot:
    """Draw the letters between two corners."""
    low, high = (np.asarray(end) for end in ends)
    room = 0.06 * (high - low)
    (x0, y0), (x1, y1) = low - room, high + room
    plot = d.plot(Box(4, y, EDGE - 8, 210), (x0, x1), (y0, y1))
    for letter, place in zip(names, places):
        if (place >= low).all() and (place <= high).all():
            tone = "weight" if letter in VOWELS else "gradient" if letter == "." else "value"
            d.text(*plot.at(*place), letter, f"strong toned over {tone}", size=14)
    return plot


def unit() -> Drawing:
    """What three hidden units say, by the last letter that the model has read."""
    result = learned()
    d = Drawing("The mean activation of three hidden units, by the last letter read")
    y = 0.0
    for question, title in (
        ("vowel", "Was the last letter a vowel?"),
        ("start", "Is this the start of a name?"),
        ("two consonants", "Were the last two letters consonants?"),
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
        "Means over the validation names. Dark: the letters for which the answer is yes. No last "
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
    d.text(1, 7, "by place: 1 is the first letter", "name value", "start", 12)
    numbers = "".join(str((i + 1) % 10) for i in range(len(places)))
    d.bars(Box(1, 26, EDGE - 1, 80), places, numbers, "value")
    d.text(1, 146, "by letter: the dot is the end", "name value", "start", 12)
    by_letter = np.array([loss or 0.0 for loss in result["by_letter"]])
    d.bars(Box(1, 166, EDGE - 1, 80), by_letter, "".join(result["letters"]), "value")
    for i, loss in enumerate(places):
        d.say(f"Place {i + 1}: {decimals(loss, 2)}.")
    for letter, loss in zip(result["letters"], by_letter):
        d.say(f"{letter}: {decimals(loss, 2)}.")
    d.caption = (
        f"Mean losses on the validation names. All together they make "
        f"{decimals(result['loss'], 3)} a character."
    )
    return d


def expected() -> Drawing:
    """What the model expected where each letter came, as colours."""
    result = learned()
    n = len(result["letters"])
    cells = np.array([row if row else [0.0] * n for row in result["expected"]])
    d = Drawing("What the model expected where each letter came")
    d.text(1, 7, "down: what came. across: what it expected", "note", "start")
    d.heat_map(20, 20, np.sqrt(cells), "".join(result["letters"]), 12)
    best = np.diag(cells)
    order = np.argsort(-best)
    for i in order[:5]:
        d.say(f"Where {result['letters'][i]} came, it had {decimals(best[i], 2)}.")
    d.caption = (
        "The mean probability of each letter (across) where another came (down). The diagonal is "
        "what it got right. The colour is as strong as the square root."
    )
    return d


def extremes() -> Drawing:
    """The names that the model finds likely and unlikely, with the loss of each letter."""
    result = learned()
    d = Drawing("Likely and unlikely names, with the loss of each letter")
    highest = max(max(entry["by_letter"]) for entry in result["unlikely"])
    y = 0.0
    for title, key in (("most likely", "likely"), ("least likely", "unlikely")):
        d.text(1, y + 7, title, "name value", "start", 12)
        y += 20
        for entry in result[key][:4]:
            losses = np.array(entry["by_letter"])
            width = 20.0 * len(losses)
            d.bars(Box(1, y, width, 32), losses, entry["name"] + ".", "value", scale=(0, highest))
            d.text(EDGE, y + 24, f"mean {decimals(entry['loss'], 2)}", "", "end")
            y += 54
            d.say(f"{entry['name']}: {decimals(entry['loss'], 2)} a letter.")
        y += 8
    d.caption = (
        "Names of the validation split, which the model has not seen. A tall bar is a letter that "
        "surprised it."
    )
    return d


FIGURES = (letters, unit, mistakes, expected, extremes)
