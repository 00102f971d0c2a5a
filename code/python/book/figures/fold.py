"""The figures of the chapter "Fold"."""

from book.example import CONFIG, ONE, letter
from book.figures.common import EDGE, bench, kernel_set
from book.words import added, listed, two
from litdocs.diagram import Box, Drawing
from mlp.config import PRESETS
from mlp.fold_numpy import fold_forward


def fold() -> Drawing:
    """The first layer of the running example, by looking up rows of tables and adding them."""
    wte, weight = ONE.weights["wte.weight"], ONE.weights["hidden.0.weight"]
    bias = ONE.weights["hidden.0.bias"]
    size, t_, e = wte.shape[0], CONFIG.context, CONFIG.embedding
    out, _ = fold_forward(ONE.tokens, wte, weight, bias)
    sizes = {"B": 1, "T": t_, "E": e, "H": CONFIG.hidden, "V": size, "O": CONFIG.hidden}
    d = Drawing("Fold: each letter looks up a row in the table of its position", sizes)
    tables = [wte @ weight[:, t * e : (t + 1) * e].T for t in range(t_)]
    x = EDGE - 4 * 44
    y = 0.0
    rows = []
    for t, table in enumerate(tables):
        token = int(ONE.tokens[0, t])
        shown = sorted({1, 5, 13})
        d.label(1, y + 8, f"table {t}", "V,O", table.shape, "weight", stacked=True)
        d.text(1, y + 44, f"letter {t}: {letter(token)}", "strong", "start", 12)
        names = [letter(v) for v in range(size)]
        grid = d.grid(x, y, table, "weight", shown=shown, rows=names, cell=(44, 22))
        d.ring(grid.row(token))
        d.arrow((104, y + 44), (x - 20, grid.row(token).cy), "forward", "across")
        rows.append(table[token])
        y = grid.bottom + 14
    d.label(1, y + 11, "bias", "O", bias.shape, "weight")
    grid = d.grid(x, y, bias[None], "weight", cell=(44, 22))
    y = grid.bottom + 22
    d.text(x - 14, y - 11, "+", size=14)
    d.label(1, y + 11, "pre", "B,H", ONE.pre.shape, "value")
    grid = d.grid(x, y, out, "value", cell=(44, 22))
    unit = 0
    d.ring(grid.cell(0, unit))
    numbers = [*(float(row[unit]) for row in rows), float(bias[unit])]
    written = f"{added(numbers)} ≈ {two(out[0, unit])}"
    d.text(1, grid.bottom + 16, written, "", "start", 12)
    d.say(
        f"There is a table of {size} rows for each of {t_} positions. The letters e, m, m look up "
        f"one row each; the three rows and the bias add up to {listed(out[0])}.",
    )
    d.caption = (
        "The window <em>emm</em>: no product of its own is left, only three rows to add. Three of "
        "each table’s 27 rows are drawn."
    )
    return d


def fold_costs() -> Drawing:
    """Operations and time of the first layer, with the embedding, plain and folded."""
    result = bench("kernels")
    chosen = result["kernels_chosen"]
    d = Drawing("The first layer, plain and folded: operations, and time")
    x, y = 64, 0.0
    for passes in ("forward", "backward"):
        ways = {
            "plain": (f"embedding {passes}", f"linear 1 {passes}"),
            "folded": (f"fold {passes}",),
        }
        d.text(1, y + 7, passes, "strong", "start", 12)
        y += 18
        of = {}
        for way, names in ways.items():
            kernels = [result["kernels"][name] for name in names]
            flops = sum(kernel["flops"] for kernel in kernels) / 1e6
            time = sum(
                (kernel["by"].get(chosen) or kernel["by"]["textbook"])["us"]["median"]
                for kernel in kernels
            )
            of[way] = flops, time
        for way, (flops, time) in of.items():
            d.text(x - 8, y + 17, way, "note", "end")
            for row, (value, whole, text, tone) in enumerate((
                (flops, of["plain"][0], f"{flops:.1f} MFLOP", "value"),
                (time, of["plain"][1], f"{time:.0f} µs", "c"),
            )):  # fmt: skip
                width = value / whole * (EDGE - x - 84)
                d.bar(Box(x, y + 1 + 17 * row, width, 14), tone)
                d.text(EDGE, y + 8 + 17 * row, text, anchor="end")
            y += 42
        (before, slow), (after, fast) = of["plain"], of["folded"]
        d.say(
            f"{passes.capitalize()}: {before:.1f} MFLOP become {after:.1f}, "
            f"{after / before:.2f} of them; {slow:.0f} µs become {fast:.0f}, "
            f"{fast / slow:.2f} of the time."
        )
        y += 10
    d.caption = (
        f"The embedding and the first layer at batch {PRESETS['original'][1].batch}, with "
        f"{kernel_set(chosen)}: what is computed, and how long it takes (medians of "
        f"{result['rounds']} rounds)."
    )
    return d


FIGURES = (fold, fold_costs)
