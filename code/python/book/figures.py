"""The figures of the book. Each function draws one, from arrays that it computes or takes from
the running example; the pages name it in a ```` ```figure ```` fence."""

from collections.abc import Callable, Iterable

import numpy as np

from book.example import (
    ALL,
    BEFORE,
    CONFIG,
    LEARNING_RATE,
    ONE,
    PADDED,
    SLIDING,
    STREAM,
    letter,
)
from book.fast_figures import EXPLAINING
from book.plots import PLOTS
from litdocs.diagram import Array, Box, Drawing, decimals
from mlp import ops_numpy as ops
from mlp.config import PRESETS
from mlp.model_numpy import MLP
from mlp.rng import RNG
from mlp.tokens import VOCAB_SIZE, Tokens
from mlp.weights import initial_weights
from mlp.windows import Windows

Function = Callable[[Array], Array]

LETTERS = "".join(map(letter, range(VOCAB_SIZE)))
SIZES = {"B": 1, "T": CONFIG.context, "E": CONFIG.embedding, "H": CONFIG.hidden, "V": CONFIG.vocab}
LINEAR = {"B": 1, "I": CONFIG.context * CONFIG.embedding, "O": CONFIG.hidden}
UNITS = [str(unit) for unit in range(CONFIG.hidden)]
LEFT = 20  # where grids with row labels begin
EDGE = 349  # the right one


def two(number: float) -> str:
    return decimals(number, 2)


def listed(numbers: Iterable[float]) -> str:
    """Return numbers as a description says them."""
    return ", ".join(two(number) for number in numbers)


def added(numbers: Iterable[float]) -> str:
    """Return numbers as a sum is written: 0.02 + 0.09 − 0.01."""
    first, *rest = numbers
    return two(first) + "".join(f" {'+' if n >= 0 else '−'} {two(abs(n))}" for n in rest)


def spoken(windows: Windows, row: int) -> str:
    """Return a window as one speaks of it: emm→a."""
    return "".join(map(letter, windows.inputs[row])) + "→" + letter(windows.targets[row])


# --- the whole model ---------------------------------------------------------


def model() -> Drawing:
    """Bengio et al. 2003, at the sizes of the preset `original`, with its initial weights."""
    config, training = PRESETS["original"]
    weights = initial_weights(config, RNG(training.seed))
    net = MLP(config, weights)
    probs = ops.softmax_forward(net.logits(ONE.tokens))[0]
    x = net.cache["hidden.0"][0][0]
    hidden = net.cache["hidden.0.activation"][0]
    b, t, e, h = training.batch, config.context, config.embedding, config.hidden
    v = config.vocab
    target = int(ONE.targets[0])

    d = Drawing("The model at a glance", {"B": b, "T": t, "E": e, "H": h, "V": v})
    middles = [Box(1 + i * 116.33, 0, 116.33, 0).cx for i in range(t)]

    def counted(y: float, op: str, names: dict[str, str]) -> float:
        """Draw an operation with its parameters, and how many they are; return its bottom."""
        box = Box(1, y, EDGE - 1, 22 + 16 * len(names))
        d.box(box, "", "forward")
        d.text(9, y + 12, op, "name forward", "start", 12)
        for i, (name, dims) in enumerate(names.items()):
            line = y + 28 + 16 * i
            d.label(9, line, name, dims, config.shapes[name], "weight")
            d.text(EDGE - 8, line, f"{weights[name].size:,}", "toned weight", "end", 12)
        return box.bottom

    def down(y: float, *columns: float) -> None:
        for column in columns:
            d.arrow((column, y), (column, y + 16), "forward")

    d.label(1, 7, "tokens", "B,T", (b, t), "value")
    d.text(EDGE - 8, 7, f"{config.size:,} parameters", "toned weight", "end", 12)
    for column, token in zip(middles, ONE.tokens[0]):
        d.box(Box(column - 26, 20, 52, 26), "", "value")
        d.text(column - 9, 33, letter(token), "strong", size=14)
        d.text(column + 11, 33, str(token), "index")
    down(48, *middles)
    y = counted(66, "embedding: read three rows", {"wte.weight": "V,E"})
    down(y + 2, *middles)
    d.label(1, y + 29, "embedded", "B,T,E", (b, t, e), "value")
    for i, column in enumerate(middles):
        d.stripes(Box(column - 53, y + 40, 106, 18), x[i * e : (i + 1) * e], "value")
        d.arrow((column, y + 60), (column, y + 76), "forward")
    y += 78
    d.stripes(Box(1, y, EDGE - 1, 18), x, "value")
    d.label(1, y + 30, "x", "B,T·E", (b, t * e), "value")
    d.text(EDGE - 8, y + 30, "the same numbers, concatenated", "note", "end")
    d.arrow((175, y + 41), (175, y + 55), "forward")
    y = counted(y + 56, "linear", {"hidden.0.weight": "H,T·E", "hidden.0.bias": "H"})
    down(y + 2, 175)
    d.label(184, y + 11, "pre", "B,H", (b, h), "value")
    d.box(Box(1, y + 20, EDGE - 1, 22), "", "forward")
    d.text(9, y + 31, "tanh", "name forward", "start", 12)
    down(y + 44, 175)
    d.stripes(Box(1, y + 62, EDGE - 1, 18), hidden, "value")
    d.label(1, y + 92, "hidden", "B,H", (b, h), "value")
    d.arrow((175, y + 84), (175, y + 104), "forward")
    y = counted(y + 106, "linear", {"output.weight": "V,H", "output.bias": "V"})
    down(y + 2, 175)
    d.label(184, y + 11, "logits", "B,V", (b, v), "value")
    d.box(Box(1, y + 20, EDGE - 1, 22), "", "forward")
    d.text(9, y + 31, "softmax", "name forward", "start", 12)
    down(y + 44, 175)
    d.label(1, y + 71, "probs", "B,V", (b, v), "value")
    d.bars(Box(1, y + 82, EDGE - 1, 44), probs, LETTERS, "value", [target])
    d.text(EDGE - 8, y + 71, f"p({letter(target)}) = {probs[target]:.3f}", "strong", "end", 12)
    d.say(
        "The letters e, m, m are tokens 5, 13, 13. Each reads its row of the embedding table, "
        f"{e} numbers; the three rows are concatenated to {t * e} numbers.",
        f"A linear layer and tanh make {h} hidden units of them, another linear layer a logit for "
        f"each of {v} characters, and softmax their probabilities: p(a) is {probs[target]:.3f}, "
        "before any training.",
        "; ".join(f"{name} has {weight.size:,} parameters" for name, weight in weights.items())
        + f": {config.size:,} in all. A batch holds {b} windows.",
    )
    d.caption = (
        "The whole model at the sizes of the preset <code>original</code>, before training. Each "
        "stripe is one number: orange above zero, blue below."
    )
    return d


def graph() -> Drawing:
    """The computation graph at the sizes of the running example: what each edge carries."""
    d = Drawing("The computation graph, forward and backward", SIZES)
    middle, half = 175, 50
    left, right = middle - half, middle + half
    says: list[str] = []

    def operation(y: float, name: str, parameters: dict[str, str]) -> float:
        """Draw an operation; its parameters come in from the left, their gradients go right."""
        height = max(28, 34 * len(parameters))
        d.box(Box(left, y, 2 * half, height), name, "forward")
        for i, (tensor, dims) in enumerate(parameters.items()):
            line = y + height / 2 + 34 * (i - (len(parameters) - 1) / 2)
            weight, gradient = ONE.weights[tensor], ONE.grads[tensor]
            dname = "d" + tensor.split(".")[-1]
            d.label(1, line - 7, tensor, dims, weight.shape, "weight", stacked=True)
            d.arrow((left - 16, line), (left - 2, line), "forward")
            d.label(right + 22, line - 7, dname, dims, gradient.shape, "gradient", stacked=True)
            d.arrow((right + 2, line), (right + 18, line), "gradient")
            says.append(f"{tensor} and its gradient are {dims} = {gradient.shape}.")
        return y + height

    def edge(y: float, name: str, dims: str, shape: tuple[int, ...], back: bool = True) -> float:
        """Draw what flows down an edge, and its gradient that flows back up."""
        d.arrow((middle - 9, y + 2), (middle - 9, y + 42), "forward")
        d.label(middle - 18, y + 15, name, dims, shape, "value", "end", stacked=True)
        if back:
            gradient = getattr(ONE, f"d{name}").shape
            d.arrow((middle + 9, y + 42), (middle + 9, y + 2), "gradient")
            d.label(middle + 18, y + 15, f"d{name}", dims, gradient, "gradient", stacked=True)
            says.append(f"{name} and d{name} are {dims} = {shape}.")
        return y + 44

    d.text(middle - 18, 8, "forward, down", "note", "end")
    d.text(middle + 18, 8, "backward, up", "note", "start")
    y = edge(16, "tokens", "B,T", ONE.tokens.shape, back=False)
    d.text(middle + 18, 38, "(indices have no gradient)", "note", "start")
    y = operation(y, "embedding", {"wte.weight": "V,E"})
    y = edge(y, "embedded", "B,T,E", ONE.embedded.shape)
    y = operation(y, "reshape", {})
    y = edge(y, "x", "B,T·E", ONE.x.shape)
    y = operation(y, "linear", {"hidden.0.weight": "H,T·E", "hidden.0.bias": "H"})
    y = edge(y, "pre", "B,H", ONE.pre.shape)
    y = operation(y, "tanh", {})
    y = edge(y, "hidden", "B,H", ONE.hidden.shape)
    y = operation(y, "linear", {"output.weight": "V,H", "output.bias": "V"})
    y = edge(y, "logits", "B,V", ONE.logits.shape)
    d.label(1, y + 7, "targets", "B", ONE.targets.shape, "value", stacked=True)
    d.arrow((left - 16, y + 14), (left - 2, y + 14), "forward")
    y = operation(y, "cross-entropy", {})
    d.arrow((middle - 9, y + 2), (middle - 9, y + 28), "forward")
    d.arrow((middle + 9, y + 28), (middle + 9, y + 2), "gradient")
    d.text(middle - 18, y + 17, f"loss = {two(ONE.loss)}", "name value", "end", 12)
    d.text(middle + 18, y + 17, "dloss = 1", "name gradient", "start", 12)
    d.say(
        "Forward: embedding, reshape, linear, tanh, linear, cross-entropy, down to the loss, "
        f"{two(ONE.loss)}. Backward, the same operations in reverse order.",
        "A gradient has the shape of what it is the gradient of.",
        *says,
    )
    d.caption = "Every edge carries an array forward and its gradient back. The two have one shape."
    return d


# --- windows -----------------------------------------------------------------


def windows() -> Drawing:
    """Both ways to cut the name into windows, as `mlp.windows.Windows` does."""
    d = Drawing("The name emma cut into windows")
    size, t = 24, CONFIG.context
    start = len(BEFORE) + 1  # of the name, in the stream

    def tile(column: float, y: float, token: int, tone: str) -> None:
        box = Box(1 + column * (size + 2), y, size, 22)
        d.box(box, letter(token), tone, "strong" if tone == "forward" else "")

    def cut(y: float, title: str, stream: Tokens, found: Windows, first: int, own: int) -> float:
        """Draw a stream of tokens, and below it the windows from number `first`, in place.

        The tokens from number `own` on are the name's; those before it are greyed.
        """
        d.text(1, y + 7, title, "note", "start")
        y += 20
        for column, token in enumerate(stream):
            d.text(1 + column * (size + 2) + size / 2, y + 6, letter(token), "strong", size=14)
            d.text(1 + column * (size + 2) + size / 2, y + 22, str(token), "index")
        y += 34
        for row in range(first, len(found)):
            for column, token in enumerate(found.inputs[row], row):
                tile(column, y, token, "value" if column >= own else "light")
            tile(row + t, y, found.targets[row], "forward")
            d.text(EDGE, y + 11, spoken(found, row), "", "end", 12)
            y += 25
        return y

    y = cut(0, "Sliding: a context reaches into the name before.", STREAM, SLIDING, 1, start)
    padded = np.concatenate([np.zeros(t, np.int32), STREAM[start:]])
    cut(y + 20, "Padded: each name starts anew.", padded, PADDED, 0, t)
    d.say(
        f"A window is {t} tokens and the token that follows them.",
        "Sliding over the stream ava, emma: "
        + ", ".join(spoken(SLIDING, row) for row in range(1, len(SLIDING)))
        + ".",
        "Padded at the start of the name: "
        + ", ".join(spoken(PADDED, row) for row in range(len(PADDED)))
        + ".",
        "A dot is token 0, the end of a name.",
    )
    d.caption = (
        "Five windows of <em>emma</em>, both ways. Grey is what lies before the name; the last "
        "tile of a row is the token to predict."
    )
    return d


# --- embedding ---------------------------------------------------------------

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


# --- linear ------------------------------------------------------------------


def linear_forward() -> Drawing:
    o = 1
    weight, bias = ONE.weights["hidden.0.weight"], ONE.weights["hidden.0.bias"]
    out, _ = ops.linear_forward(ONE.x, weight, bias)
    products = ONE.x * weight[o]
    total = float(products.sum())

    d = Drawing(
        "linear_forward: an output is a row of weights times the inputs, plus a bias", LINEAR
    )
    inp = d.tensor(LEFT, 0, "inp", "B,I", ONE.x, "value")
    w = d.tensor(LEFT, inp.bottom + 12, "weight", "O,I", weight, "weight", rows=UNITS)
    d.ring(inp)
    d.ring(w.row(o))
    d.text(LEFT, w.bottom + 19, f"inp[0] * weight[{o}]", "name", "start", 12)
    p = d.grid(LEFT, w.bottom + 30, products, "light")
    d.text(p.right + 24, w.bottom + 19, "their sum", "note", "start")
    d.arrow((p.right + 4, p.cy), (p.right + 20, p.cy), "forward")
    d.text(p.right + 24, p.cy, two(total), "strong", "start", 14)

    b = d.tensor(LEFT, p.bottom + 16, "bias", "O", bias, "weight", columns=UNITS)
    r = d.tensor(EDGE - 152, p.bottom + 16, "out", "B,O", out, "value", columns=UNITS)
    d.ring(b.cell(0, o))
    d.ring(r.cell(0, o))
    sum_ = f"{added([total, float(bias[o])])} = {two(out[0, o])}"
    d.text(LEFT, r.bottom + 32, f"out[0,{o}] = {sum_}", "", "start", 12)

    d.say(
        f"The six inputs are {listed(ONE.x[0])}.",
        f"Row {o} of the weights is {listed(weight[o])}.",
        f"Their products are {listed(products[0])}; these add up to {two(total)}.",
        f"With the bias {two(bias[o])} that makes output {o}: {two(out[0, o])}.",
        f"The other rows make the other outputs: {listed(out[0])} are all four.",
    )
    d.caption = (
        "One row of the weight makes one output: multiply with the inputs, add up, add the bias. "
        "Numbers are rounded to two decimals."
    )
    return d


def linear_backward() -> Drawing:
    o, i = 1, 1
    weight = ONE.weights["hidden.0.weight"]
    dout = ONE.dpre
    dinp, dweight, dbias = ops.linear_backward(dout, (ONE.x, weight))
    x = EDGE - 6 * 38  # of the grids; their names stand to the left

    d = Drawing(
        "linear_backward: each product of the forward pass sends its gradient both ways", LINEAR
    )
    d.text(1, 7, "dinp = dout @ weight", "name", "start", 12)
    d.label(LEFT, 30, "dout.T", "O,B", dout.T.shape, "gradient", stacked=True)
    d.label(x, 30, "weight", "O,I", weight.shape, "weight", stacked=True)
    g = d.grid(LEFT, 56, dout.T, "gradient", rows=UNITS)
    w = d.grid(x, 56, weight, "weight")
    for unit in range(4):
        d.arrow((g.right + 5, g.row(unit).cy), (x - 5, g.row(unit).cy), "gradient")
    d.ring(g)
    d.ring(w.column(i))
    y = w.bottom + 20
    d.arrow((w.column(i).cx, w.bottom + 3), (w.column(i).cx, y - 2), "gradient")
    d.label(LEFT, y + 4, "dinp", "B,I", dinp.shape, "gradient", stacked=True)
    r = d.grid(x, y, dinp, "gradient")
    d.ring(r.cell(0, i))
    sum_ = f"dinp[0,{i}] = {added(dout[0] * weight[:, i])} = {two(dinp[0, i])}"
    d.text(LEFT, r.bottom + 16, sum_, "", "start")

    y = r.bottom + 48
    d.text(1, y, "dweight = dout.T @ inp", "name", "start", 12)
    y += 20
    d.label(x, y, "inp", "B,I", ONE.x.shape, "value")
    inp = d.grid(x, y + 11, ONE.x, "value")
    d.label(LEFT, y + 11, "dout.T", "O,B", dout.T.shape, "gradient", stacked=True)
    y = inp.bottom + 26
    d.label(x, y - 11, "dweight", "O,I", dweight.shape, "gradient")
    g = d.grid(LEFT, y, dout.T, "gradient", rows=UNITS)
    w = d.grid(x, y, dweight, "gradient")
    d.ring(g.cell(o, 0))
    d.ring(inp.cell(0, i))
    d.ring(w.cell(o, i))
    d.arrow((g.right + 5, g.row(o).cy), (x - 5, g.row(o).cy), "gradient")
    product = f"{two(dout[0, o])} × {two(ONE.x[0, i])} = {two(dweight[o, i])}"
    d.text(LEFT, w.bottom + 16, f"dweight[{o},{i}] = {product}", "", "start")

    y = w.bottom + 48
    d.text(1, y, "dbias = dout.sum(axis=0)", "name", "start", 12)
    d.label(LEFT, y + 24, "dbias", "O", dbias.shape, "gradient", stacked=True)
    d.grid(x, y + 20, np.atleast_2d(dbias), "gradient", columns=UNITS)
    d.say(
        f"The gradient of the outputs is {listed(dout[0])}.",
        f"Input {i} was multiplied by column {i} of the weights, {listed(weight[:, i])}, so its "
        f"gradient is the sum of {listed(dout[0] * weight[:, i])}: {two(dinp[0, i])}.",
        f"The gradients of all six inputs are {listed(dinp[0])}.",
        f"Weight ({o},{i}) was multiplied by input {i}, {two(ONE.x[0, i])}, so its gradient is "
        f"{two(dout[0, o])} times that: {two(dweight[o, i])}.",
        f"The biases were only added: their gradients are {listed(dbias)}.",
    )
    d.caption = (
        "With one window in the batch. An input collects from a column of the weight, one term "
        "for each output; a weight has met a single input."
    )
    return d


def linear_backward_batch() -> Drawing:
    """The same with five windows: what the parameters' gradients add up."""
    unit, dout, dbias = 0, ALL.dpre, ALL.grads["hidden.0.bias"]
    d = Drawing(
        "A batch: the gradients of parameters add up over its rows", LINEAR | {"B": len(dout)}
    )
    x = 84
    rows = [spoken(PADDED, row) for row in range(len(dout))]
    g = d.tensor(x, 0, "dout", "B,O", dout, "gradient", rows=rows)
    for column in range(4):
        at = g.column(column).cx
        d.arrow((at, g.bottom + 3), (at, g.bottom + 18), "gradient")
    d.label(1, g.bottom + 24, "dbias", "O", dbias.shape, "gradient", stacked=True)
    b = d.grid(x, g.bottom + 20, np.atleast_2d(dbias), "gradient", columns=UNITS)
    d.ring(g.column(unit))
    d.ring(b.cell(0, unit))
    sum_ = f"dbias[{unit}] = {added(dout[:, unit])} = {two(dbias[unit])}"
    d.text(1, b.bottom + 32, sum_, "", "start")
    note = f"The loss is a mean, so each row is 1/{len(dout)} of its window's own."
    d.text(1, b.bottom + 51, note, "note", "start")
    d.say(
        f"Five windows, five rows of gradients. Column {unit} holds {listed(dout[:, unit])}, "
        f"which add up to the gradient of bias {unit}: {two(dbias[unit])}.",
        f"All four are {listed(dbias)}.",
    )
    d.caption = "With five windows. What all rows share collects from all rows."
    return d


# --- activations -------------------------------------------------------------


def activation(name: str, forward: Function, derivative: Function, slope_name: str) -> Drawing:
    """A function above its derivative, with the example's four units on both."""
    pre = ONE.pre
    out, slope = forward(pre), derivative(pre)
    d = Drawing(f"{name} and its derivative, with the four units of the example", SIZES)
    left, right = 28, EDGE - 5
    box, small = Box(left, 24, right - left, 140), Box(left, 206, right - left, 80)
    if name == "tanh":
        top = d.plot(box, (-3, 3), (-1, 1), y_ticks=[-1, 0, 1])
        under = d.plot(small, (-3, 3), (0, 1), range(-3, 4), [0, 1])
    else:
        top = d.plot(box, (-3, 3), (-0.5, 3), y_ticks=[0, 1, 2, 3])
        under = d.plot(small, (-3, 3), (-0.2, 1.2), range(-3, 4), [0, 1])
    d.text(left, 8, f"out = {name}(inp)", "name value", "start", 12)
    d.text(right, 189, slope_name, "name gradient", "end", 12)
    xs = np.linspace(-3, 3, 61)
    for x, y, s in zip(pre[0], out[0], slope[0]):
        d.line(top.at(x, y), under.at(x, s), tone="light", css="dashed")
    for plot, function, ys, tone in (
        (top, forward, out, "value"),
        (under, derivative, slope, "gradient"),
    ):
        d.curve(plot, xs, function(xs), tone)
        for unit, (x, y) in enumerate(zip(pre[0], ys[0])):
            at = plot.at(x, y)
            d.dot(at, tone)
            # The number goes where the curve is not, nor the axis.
            falls = function(x + 0.1) < y
            side = (-9, 10) if -0.2 < y < 0 else (9, -8) if falls else (-9, -8)
            d.text(at[0] + side[0], at[1] + side[1], str(unit), "strong")
    y = small.bottom + 26
    x = EDGE - 4 * 44
    for label, cells, tone in (
        ("inp", pre, "value"),
        ("out", out, "value"),
        ("slope", slope, "gradient"),
    ):
        d.label(x - 10, y + 11, label, "B,H", cells.shape, tone, "end")
        last = d.grid(x, y, cells, tone, cell=(44, 22), columns=UNITS if label == "slope" else ())
        y = last.bottom + 6
    d.say(
        f"At the inputs {listed(pre[0])}, {name} is {listed(out[0])}, and its slope is "
        f"{listed(slope[0])}."
    )
    return d


def tanh() -> Drawing:
    d = activation("tanh", lambda x: ops.tanh_forward(x)[0], tanh_slope, "1 - out * out")
    d.say("The slope is 1 at 0 and falls to 0 on both sides, where tanh nears −1 and 1.")
    d.caption = "The example’s four hidden units. The flatter tanh is, the less gradient passes."
    return d


def gelu() -> Drawing:
    d = activation("gelu", lambda x: ops.gelu_forward(x)[0], gelu_slope, "slope")
    d.say("GELU is near 0 for inputs below −2 and near its input above 2; it dips below 0 between.")
    d.caption = "The same four inputs under GELU. Its slope dips below 0 and rises above 1."
    return d


def tanh_slope(x: Array) -> Array:
    return ops.tanh_backward(np.ones_like(x), ops.tanh_forward(x)[1])


def gelu_slope(x: Array) -> Array:
    return ops.gelu_backward(np.ones_like(x), ops.gelu_forward(x)[1])


def tanh_backward() -> Drawing:
    unit, wide = 0, (48.0, 22.0)
    dout, out = ONE.dhidden, ONE.hidden
    slope = tanh_slope(ONE.pre)
    dinp = ops.tanh_backward(dout, out)
    d = Drawing("tanh_backward: the gradient times the slope at each output", SIZES)
    x = EDGE - 4 * 48
    rows = (
        ("out", "B,H", out, "value"),
        ("1 - out * out", "B,H", slope, "light"),
        ("dout", "B,H", dout, "gradient"),
        ("dinp", "B,H", dinp, "gradient"),
    )
    y = 3.0
    for name, dims, cells, tone in rows:
        d.label(1, y + 4, name, dims, cells.shape, tone, stacked=True)
        grid = d.grid(x, y, cells, tone, cell=wide)
        d.ring(grid.cell(0, unit))
        y = grid.bottom + 14
        if name == "dout":
            d.text(x - 14, grid.y - 7, "×", size=14)
        if name == "dinp":
            d.text(x - 14, grid.y - 7, "=", size=14)
    product = f"{two(slope[0, unit])} × {two(dout[0, unit])} = {two(dinp[0, unit])}"
    d.text(1, y + 4, f"dinp[0,{unit}] = {product}", "", "start", 12)
    d.say(
        f"The outputs {listed(out[0])} have slopes 1 minus their squares: {listed(slope[0])}.",
        f"Times the gradients {listed(dout[0])} that makes {listed(dinp[0])}.",
        "The nearer an output is to −1 or 1, the less of its gradient passes.",
    )
    d.caption = "What comes back is multiplied by the slope of tanh, which the output tells."
    return d


# --- softmax and cross-entropy -----------------------------------------------


def softmax() -> Drawing:
    """Logits to probabilities in four steps, each a row of 27 bars."""
    logits, target = ONE.logits, int(ONE.targets[0])
    best = int(logits.argmax())
    shifted = logits - logits.max()
    exps = np.exp(shifted)
    probs = ops.softmax_forward(logits)
    d = Drawing("softmax: from logits to probabilities, in four steps", SIZES)
    y = 0.0
    steps = (
        ("logits", logits, "any numbers"),
        ("logits - max", shifted, f"the largest, {two(logits.max())}, comes off: none is above 0"),
        ("exps", exps, f"all above 0, none above 1; their sum is {two(exps.sum())}"),
        ("probs", probs, f"each divided by {two(exps.sum())}: they add up to {probs.sum():.0f}"),
    )
    for name, numbers, note in steps:
        d.label(1, y + 7, name, "B,V", numbers.shape, "value")
        digits = 3 if name == "probs" else 2
        marks = "\N{NO-BREAK SPACE} ".join(
            f"{letter(i)}: {decimals(numbers[0, i], digits)}" for i in (target, best)
        )
        d.text(EDGE, y + 7, marks, "strong", "end")
        d.text(1, y + 23, note, "note", "start")
        letters = LETTERS if name in ("logits", "probs") else ""
        d.bars(Box(1, y + 34, EDGE - 1, 50), numbers[0], letters, "value", [target, best])
        y += 112 if letters else 98
    d.say(
        f"The logit of a, the target, is {two(logits[0, target])}; the largest, of {letter(best)}, "
        f"is {two(logits[0, best])}.",
        f"Less the largest: {two(shifted[0, target])} and 0.",
        f"Exponentials: {two(exps[0, target])} and 1; all 27 add up to {two(exps.sum())}.",
        f"Divided by that sum: {decimals(probs[0, target], 3)} and {decimals(probs[0, best], 3)}.",
    )
    d.caption = (
        "Dark: the target, a, and the likeliest letter of this untrained model. Taking the largest "
        "off changes no probability, and keeps exp from overflowing."
    )
    return d


def cross_entropy() -> Drawing:
    target = int(ONE.targets[0])
    uniform = 1 / VOCAB_SIZE
    before, after = float(ONE.probs[0, target]), float(ONE.probs_after[0, target])
    d = Drawing("cross-entropy: the loss is minus the logarithm of the target's probability", SIZES)
    d.text(30, 8, "loss = -log(p)", "name value", "start", 12)
    plot = d.plot(Box(30, 24, EDGE - 38, 170), (0, 1), (0, 5), [0, 0.25, 0.5, 0.75, 1], range(6))
    ps = np.geomspace(np.exp(-5), 1, 61)
    d.curve(plot, ps, -np.log(ps), "value")
    points = (
        (before, ONE.loss, "value", "before the step"),
        (uniform, float(-np.log(uniform)), "light", "one guess in 27"),
        (after, ONE.loss_after, "gradient", "after the step"),
        (1.0, 0.0, "light", ""),
    )
    for p, loss, tone, what in points:
        x, y = plot.at(p, loss)
        d.dot((x, y), tone)
        if what:
            d.text(x + 10, y - 1, f"loss {two(loss)}", "strong", "start")
            d.text(x + 76, y - 1, f"at p = {decimals(p, 3)}: {what}", "note", "start")
    d.text(plot.right, plot.bottom - 44, "sure, and right: no loss", "note", "end")
    d.text(plot.cx, plot.bottom + 26, "p, the probability of the target", "note")
    d.say(
        f"The model gives a, the target, {decimals(before, 3)}: a loss of {two(ONE.loss)}.",
        f"A guess among 27 would lose {two(-np.log(uniform))}.",
        f"After one step it gives it {decimals(after, 3)}: a loss of {two(ONE.loss_after)}.",
        "The loss is 0 at probability 1 and grows without bound towards 0.",
    )
    d.caption = "Our window on the curve: before and after one step of training."
    return d


def cross_entropy_backward() -> Drawing:
    target = int(ONE.targets[0])
    probs, dlogits = ONE.probs, ONE.dlogits
    p, g = float(probs[0, target]), float(dlogits[0, target])
    d = Drawing("cross_entropy_backward: probabilities minus the truth", SIZES)
    d.label(1, 7, "probs", "B,V", probs.shape, "value")
    d.text(EDGE, 7, f"{letter(target)} {decimals(p, 3)}", "strong", "end")
    d.bars(Box(1, 20, EDGE - 1, 30), probs[0], LETTERS, "value", [target], (0, float(probs.max())))
    d.label(1, 84, "dlogits", "B,V", dlogits.shape, "gradient")
    d.text(EDGE, 84, f"{letter(target)} {decimals(g, 3)}", "strong", "end")
    bars = d.bars(Box(1, 98, EDGE - 1, 124), dlogits[0], LETTERS, "gradient", [target])
    x = bars[target].right + 8
    zero = bars[target].y
    d.text(x, zero + 24, "The other 26: their probability.", "note", "start")
    d.text(x, zero + 40, "Downhill is less of it.", "note", "start")
    d.text(
        x,
        bars[target].bottom - 22,
        f"The target: {decimals(p, 3)} − 1 = {decimals(g, 3)}.",
        "note",
        "start",
    )
    d.text(x, bars[target].bottom - 6, "Downhill is more of it.", "note", "start")
    d.say(
        "The gradients of the 26 wrong characters are their probabilities, at most "
        f"{decimals(float(dlogits.max()), 3)}.",
        f"That of a, the target, is {decimals(p, 3)} minus 1: {decimals(g, 3)}.",
        "All 27 add up to 0.",
    )
    d.caption = "Probability minus truth. The 27 numbers add up to zero."
    return d


# --- the update --------------------------------------------------------------


def update() -> Drawing:
    """Some weights before, their gradient, and after one step of AdamW."""
    d = Drawing("One step of AdamW: every weight moves against its gradient", SIZES)
    shown = (1, 5, 13)
    xs = (LEFT, LEFT + 126, EDGE - 77)
    kinds = (
        (ONE.weights, "weight", "before"),
        (ONE.grads, "gradient", "gradient"),
        (ONE.updated, "weight", "after"),
    )
    y = 0.0
    for name, dims, rows, labels in (
        ("wte.weight", "V,E", shown, list(LETTERS)),
        ("hidden.0.bias", "H", range(CONFIG.hidden), UNITS),
    ):
        d.label(1, y + 8, name, dims, ONE.weights[name].shape, "weight")
        for column, (tensors, tone, head) in zip(xs, kinds):
            d.text(column, y + 27, head, "note", "start")
            cells = tensors[name].reshape(len(tensors[name]), -1)
            grid = d.grid(column, y + 38, cells, tone, rows=labels, shown=rows)
        y = grid.bottom + 20
    d.text(1, y + 2, "Its first step moves each weight by the learning rate,", "note", "start")
    d.text(1, y + 18, f"{LEARNING_RATE:g}, against the sign of its gradient.", "note", "start")
    losses = f"loss {two(ONE.loss)} before, {two(ONE.loss_after)} after"
    d.text(1, y + 40, losses, "strong", "start", 12)
    bias = "hidden.0.bias"
    d.say(
        f"Row e of the embedding table, {listed(ONE.weights['wte.weight'][5])}, with gradient "
        f"{listed(ONE.dwte[5])}, becomes {listed(ONE.updated['wte.weight'][5])}.",
        f"The biases {listed(ONE.weights[bias])}, with gradients {listed(ONE.grads[bias])}, become "
        f"{listed(ONE.updated[bias])}.",
        "Row a was not read and stays.",
        f"The loss falls from {two(ONE.loss)} to {two(ONE.loss_after)}.",
    )
    d.caption = "One step of AdamW. The row of <em>a</em> was not read, so it stays."
    return d


FIGURES: dict[str, Callable[[], Drawing]] = {
    figure.__name__: figure
    for figure in (
        model, graph, windows, embedding_forward, embedding_backward, linear_forward,
        linear_backward, linear_backward_batch, tanh, tanh_backward, gelu, softmax,
        cross_entropy, cross_entropy_backward, update, *EXPLAINING, *PLOTS,
    )
}  # fmt: skip
