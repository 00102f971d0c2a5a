"""The figures of the chapter "The model at a glance"."""

import numpy as np

from book.example import BEFORE, CONFIG, LEARNING_RATE, ONE, PADDED, SLIDING, STREAM, letter
from book.figures.common import EDGE, LEFT, LETTERS, SIZES, UNITS
from book.words import listed, spoken, two
from litdocs.diagram import Box, Drawing
from mlp import ops_numpy as ops
from mlp.config import PRESETS
from mlp.model_numpy import MLP
from mlp.rng import RNG
from mlp.tokens import Tokens
from mlp.weights import initial_weights
from mlp.windows import Windows


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
            d.arrow((left - 12, line), (left - 2, line), "forward")
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
    d.arrow((left - 12, y + 14), (left - 2, y + 14), "forward")
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
        "Row a was not read: to two decimals it stays.",
        f"The loss falls from {two(ONE.loss)} to {two(ONE.loss_after)}.",
    )
    d.caption = (
        "One step of AdamW. The row of <em>a</em> was not read, so it stays, but for a weight "
        "decay too small to be seen here."
    )
    return d


FIGURES = (windows, model, graph, update)
