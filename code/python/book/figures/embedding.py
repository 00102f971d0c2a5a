"""The figures of the chapter "Embedding"."""

from book.example import ONE, letter
from book.figures.common import EDGE, LEFT, LETTERS, SIZES
from book.words import added, listed, two
from litdocs.diagram import Box, Drawing
from mlp import ops_numpy as ops

TABLE = (0, 1, 5, 13, 26)  # the rows of the embedding table that are drawn
APART = (0, -4, 4)  # the two arrows to or from the row of m


def embedding_forward() -> Drawing:
    weight = ONE.weights["wte.weight"]
    out, _ = ops.embedding_forward(ONE.tokens, weight)
    d = Drawing("embedding_forward: each token copies its row of the table", SIZES)
    d.label(1, 7, "inp", "B,T", ONE.tokens.shape, "value", stacked=True)
    d.label(118, 7, "weight", "V,E", weight.shape, "weight", stacked=True)
    d.label(EDGE, 7, "out", "B,T,E", out.shape, "value", "end", stacked=True)
    table = d.grid(118, 34, weight, "weight", rows=list(LETTERS), shown=TABLE)
    rows = d.grid(EDGE - 76, 72, out[0], "value")
    for i, token in enumerate(ONE.tokens[0]):
        y = rows.row(i).cy
        d.box(Box(1, y - 10, 46, 20), "", "value")
        d.text(15, y, letter(token), "strong", size=14)
        d.text(34, y, str(token), "index")
        row = table.row(int(token))
        d.arrow((50, y), (row.x - 16, row.cy + APART[i]), "forward", "across")
        d.arrow((row.right + 4, row.cy + APART[i]), (rows.x - 5, y), "forward", "across")
    for token in sorted({*ONE.tokens[0].tolist()}):
        d.ring(table.row(token))
    d.say(
        f"The table has {weight.shape[0]} rows of {weight.shape[1]} numbers.",
        f"Token 5, e, copies {listed(weight[5])}.",
        f"Token 13, m, copies {listed(weight[13])}, twice.",
    )
    d.caption = "No arithmetic: three tokens, three copies. Five of the table’s 27 rows are drawn."
    return d


def embedding_backward() -> Drawing:
    dweight, dout = ONE.dwte, ONE.dembedded
    d = Drawing("embedding_backward: each gradient returns to the row that was read", SIZES)
    d.label(LEFT, 7, "dweight", "V,E", dweight.shape, "gradient", stacked=True)
    d.label(EDGE, 7, "dout", "B,T,E", dout.shape, "gradient", "end", stacked=True)
    table = d.grid(LEFT, 34, dweight, "gradient", rows=list(LETTERS), shown=TABLE)
    names = [letter(token) for token in ONE.tokens[0]]
    rows = d.grid(EDGE - 76, 72, dout[0], "gradient", rows=names)
    for i, token in enumerate(ONE.tokens[0]):
        row = table.row(int(token))
        end = (row.right + 5, row.cy + APART[i])
        d.arrow((rows.x - 18, rows.row(i).cy), end, "gradient", "across")
    d.ring(rows.cell(1, 1))
    d.ring(rows.cell(2, 1))
    d.ring(table.cell(13, 1))
    sum_ = f"{added(dout[0, 1:, 1])} = {two(dweight[13, 1])}"
    d.text(LEFT, table.bottom + 16, f"dweight[13,1] = {sum_}", "", "start", 12)
    d.text(LEFT, table.bottom + 34, "A row that nobody read gets no gradient.", "note", "start")
    d.say(
        f"Row e was read once, so its gradient is that of the first vector: {listed(dweight[5])}.",
        f"Row m was read twice: {listed(dout[0, 1])} and {listed(dout[0, 2])} add up to "
        f"{listed(dweight[13])}.",
        "All other rows get zeros.",
    )
    d.caption = "The row of <em>m</em> was copied twice, so it collects two gradients."
    return d


FIGURES = (embedding_forward, embedding_backward)
