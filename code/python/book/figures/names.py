"""The figures of the chapter "Names"."""

from book.example import BEFORE, NAME, PADDED, STREAM, letter
from book.figures.common import EDGE
from book.words import spoken
from litdocs.diagram import Box, Drawing

TILE, GAP = 34, 4


def stream() -> Drawing:
    """Two names as text, and as the row of tokens that they become."""
    d = Drawing("Two names become one row of tokens")
    d.text(1, 8, "the file", "note", "start")
    for row, name in enumerate((BEFORE, NAME)):
        for column, character in enumerate(name + "."):
            at = Box(1 + column * (TILE + GAP), 20 + row * 30, TILE, 24)
            d.box(at, character, "light" if character == "." else "ink")
    d.text(1, 96, "the stream", "note", "start")
    width = (EDGE - 1) / len(STREAM)
    for column, token in enumerate(STREAM):
        at = Box(1 + column * width, 108, width - 3, 24)
        d.box(at, str(token), "value")
        d.text(at.cx, 144, letter(token), "index")
    d.say(
        f"{BEFORE} and {NAME}, one below the other, each with a dot at its end.",
        f"Below them one row of tokens: {', '.join(map(str, STREAM))}.",
    )
    d.caption = "From a list of names to one row of tokens. A dot is the end of a line, token 0."
    return d


def batch() -> Drawing:
    """The five windows of the example, as the two arrays that a model gets."""
    inputs, targets = PADDED.batch(0, len(PADDED))
    count, context = inputs.shape
    d = Drawing("A batch of windows: inputs and targets", {"B": count, "T": context})
    left, right = 96.0, EDGE - 2 * TILE
    d.label(left, 8, "inputs", "B,T", inputs.shape, "value", stacked=True)
    d.label(EDGE, 8, "targets", "B", targets.shape, "value", "end", stacked=True)
    for row in range(count):
        y = 36 + row * 28
        d.text(left - 12, y + 12, spoken(PADDED, row), "", "end", 12)
        for place, token in enumerate(inputs[row]):
            d.box(Box(left + place * (TILE + GAP), y, TILE, 24), str(token), "value")
        d.box(Box(right + TILE, y, TILE, 24), str(targets[row]), "value")
    for row in range(count):
        d.say(f"{spoken(PADDED, row)}: {', '.join(map(str, inputs[row]))}, then {targets[row]}.")
    d.caption = "The windows of <em>emma</em> as a batch. These numbers are all that a model gets."
    return d


FIGURES = (stream, batch)
