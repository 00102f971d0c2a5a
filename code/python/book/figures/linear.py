"""The figures of the chapter "Linear"."""

from book.example import ALL, CONFIG, ONE, PADDED
from book.figures.common import EDGE, LEFT, UNITS
from book.words import added, listed, spoken, two
from litdocs.diagram import CELL_WIDTH, Drawing
from mlp import ops_numpy as ops

SIZES = {"B": 1, "I": CONFIG.context * CONFIG.embedding, "O": CONFIG.hidden}


def linear_forward() -> Drawing:
    o = 1
    weight, bias = ONE.weights["hidden.0.weight"], ONE.weights["hidden.0.bias"]
    out, _ = ops.linear_forward(ONE.x, weight, bias)
    products = ONE.x * weight[o]
    total = float(products.sum())

    d = Drawing(
        "linear_forward: an output is a row of weights times the inputs, plus a bias", SIZES
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

    d = Drawing(
        "linear_backward: each product of the forward pass sends its gradient both ways", SIZES
    )
    d.text(1, 7, "dinp = dout @ weight", "name", "start", 12)
    g = d.tensor(LEFT, 22, "dout", "B,O", dout, "gradient")
    w = d.tensor(LEFT, g.bottom + 14, "weight", "O,I", weight, "weight", rows=UNITS)
    r = d.tensor(LEFT, w.bottom + 14, "dinp", "B,I", dinp, "gradient")
    d.ring(g)
    d.ring(w.column(i))
    d.ring(r.cell(0, i))
    sum_ = f"dinp[0,{i}] = {added(dout[0] * weight[:, i])} = {two(dinp[0, i])}"
    d.text(LEFT, r.bottom + 16, sum_, "", "start")

    y = r.bottom + 48
    x = EDGE - 6 * CELL_WIDTH  # dout.T stands at the left of it
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
    d.tensor(LEFT, y + 15, "dbias", "O", dbias, "gradient", columns=UNITS)
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
    o, i, dout = 0, 2, ALL.dpre
    dweight, dbias = ALL.grads["hidden.0.weight"], ALL.grads["hidden.0.bias"]
    products = dout[:, o] * ALL.x[:, i]
    windows = [spoken(PADDED, row) for row in range(len(dout))]
    x = 58  # behind the names of the windows
    d = Drawing(
        "A batch: the gradients of parameters add up over its windows", SIZES | {"B": len(dout)}
    )
    d.text(1, 7, "dweight = dout.T @ inp", "name", "start", 12)
    g = d.tensor(x, 22, "dout.T", "O,B", dout.T, "gradient", rows=UNITS, columns=windows)
    inp = d.tensor(x, g.bottom + 28, "inp", "B,I", ALL.x, "value", rows=windows)
    w = d.tensor(x, inp.bottom + 14, "dweight", "O,I", dweight, "gradient", rows=UNITS)
    d.ring(g.row(o))
    d.ring(inp.column(i))
    d.ring(w.cell(o, i))
    d.text(1, w.bottom + 16, f"dweight[{o},{i}], one product for each window:", "note", "start")
    d.text(1, w.bottom + 33, f"{added(products)} = {two(dweight[o, i])}", "", "start")

    y = w.bottom + 61
    d.text(1, y, "dbias = dout.sum(axis=0)", "name", "start", 12)
    b = d.tensor(x, y + 15, "dbias", "O", dbias, "gradient", columns=UNITS)
    d.ring(b.cell(0, o))
    sum_ = f"dbias[{o}] = {added(dout[:, o])} = {two(dbias[o])}"
    d.text(1, b.bottom + 32, sum_, "", "start")
    note = f"The loss is a mean: what each window sends is 1/{len(dout)} of its own."
    d.text(1, b.bottom + 51, note, "note", "start")
    d.say(
        f"Five windows. What they send to output {o} is {listed(dout[:, o])}, and their input {i} "
        f"is {listed(ALL.x[:, i])}.",
        f"The five products are {listed(products)}; they add up to the gradient of weight "
        f"({o},{i}): {two(dweight[o, i])}.",
        f"The gradient of bias {o} is the sum of what the windows send: {two(dbias[o])}. All four "
        f"are {listed(dbias)}.",
    )
    d.caption = (
        "With the five windows of <em>emma</em>. A weight and a bias are shared by all windows, "
        "and collect from all of them: the ringed row times the ringed column."
    )
    return d


FIGURES = (linear_forward, linear_backward, linear_backward_batch)
