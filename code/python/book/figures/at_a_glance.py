"""The figures of the chapter "The model at a glance"."""

import numpy as np

from book.example import BEFORE, CONFIG, LEARNING_RATE, ONE, PADDED, SLIDING, STREAM, letter
from book.figures.common import EDGE, LEFT, LETTERS, SIZES, UNITS
from book.words import listed, spoken, two
from litdocs.diagram import Array, Box, Drawing, decimals
from mlp.tokens import Stream
from mlp.windows import Windows


def windows() -> Drawing:
    """Both ways to cut the name into windows, as `mlp.windows.Windows` does."""
    d = Drawing("The name emma cut into windows")
    size, t = 24, CONFIG.context
    start = len(BEFORE) + 1  # of the name, in the stream

    def tile(column: float, y: float, token: int, tone: str) -> None:
        box = Box(1 + column * (size + 2), y, size, 22)
        d.box(box, letter(token), tone, "strong" if tone == "ink" else "")

    def cut(y: float, title: str, stream: Stream, found: Windows, first: int, own: int) -> float:
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
            [context], [target] = found.batch(row, 1)
            for column, token in enumerate(context, row):
                tile(column, y, token, "value" if column >= own else "light")
            tile(row + t, y, target, "ink")
            d.text(EDGE, y + 11, spoken(found, row), "", "end", 12)
            y += 25
        return y

    y = cut(0, "Sliding: a context reaches into the name before.", STREAM, SLIDING, 1, start)
    padded = np.concatenate([np.zeros(t, STREAM.dtype), STREAM[start:]])
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
        "tile of a row, with a strong frame, is the token to predict."
    )
    return d


def colours() -> Drawing:
    """What the colours and the shades of all figures mean."""
    d = Drawing("What the colours of the figures mean")
    y = 0.0
    for tone, name, what in (
        ("value", "value", "is computed on the way forward"),
        ("weight", "parameter", "is learned"),
        ("gradient", "gradient", "comes back"),
    ):
        d.grid(1, y, np.zeros((1, 1)), tone, cell=(44, 22))
        d.text(54, y + 11, name, f"name {tone}", "start", 12)
        d.text(EDGE, y + 11, what, "note", "end")
        y += 28
    d.box(Box(1, y, 44, 22), "", "forward")
    d.text(54, y + 11, "operation", "name forward", "start", 12)
    d.text(EDGE, y + 11, "makes new values of those above it", "note", "end")
    shades = np.linspace(-1, 1, 5)[None]
    d.grid(1, y + 34, shades, "light", cell=((EDGE - 1) / 5, 22))
    d.text(1, y + 68, "Behind a number: orange above 0, blue below.", "note", "start")
    d.text(1, y + 84, "The larger it is in its array, the stronger.", "note", "start")
    d.say(
        "The frame of a grid of numbers says what they are: values, parameters or gradients. "
        "A filled box is an operation.",
        f"Behind the numbers {listed(shades[0])} the shade goes from strong blue over none to "
        "strong orange.",
    )
    d.caption = "The colours of the figures. A ring says: look here."
    return d


def model() -> Drawing:
    """Bengio et al. 2003, with all numbers of the running example, as far as the loss."""
    weights, target = ONE.weights, int(ONE.targets[0])
    t, e, h, v = CONFIG.context, CONFIG.embedding, CONFIG.hidden, CONFIG.vocab
    p = float(ONE.probs[0, target])
    d = Drawing("The model at a glance", SIZES)
    middle = 175
    middles = [Box(1 + i * 116.33, 0, 116.33, 0).cx for i in range(t)]

    def operation(y: float, op: str, names: dict[str, str]) -> float:
        """Draw an operation with its parameters, and how many they are; return its bottom."""
        box = Box(1, y, EDGE - 1, 22 + 16 * len(names))
        d.box(box, "", "forward")
        d.text(9, y + 12, op, "name forward", "start", 12)
        for i, (name, dims) in enumerate(names.items()):
            line = y + 28 + 16 * i
            d.label(9, line, name, dims, weights[name].shape, "weight")
            d.text(EDGE - 8, line, str(weights[name].size), "toned weight", "end", 12)
        return box.bottom

    def down(y: float, *columns: float) -> float:
        for column in columns or (middle,):
            d.arrow((column, y + 2), (column, y + 18), "forward")
        return y + 20

    def numbers(y: float, name: str, dims: str, array: Array, note: str = "") -> float:
        """Draw an array across the whole width, with its label above it."""
        d.label(1, y + 7, name, dims, array.shape, "value")
        if note:
            d.text(EDGE, y + 7, note, "note", "end")
        cell = ((EDGE - 1) / array.shape[1], 22)
        return d.grid(1, y + 17, array, "value", cell=cell).bottom

    def letters(y: float, name: str, array: Array, digits: int) -> float:
        """Draw a number for each letter as a bar, and write down the target's."""
        d.label(1, y + 7, name, "B,V", array.shape, "value")
        written = f"{letter(target)}: {decimals(float(array[0, target]), digits)}"
        d.text(EDGE, y + 7, written, "strong", "end")
        d.bars(Box(1, y + 18, EDGE - 1, 36), array[0], LETTERS, "value", [target])
        return y + 72

    d.label(1, 7, "tokens", "B,T", ONE.tokens.shape, "value")
    for column, token in zip(middles, ONE.tokens[0]):
        d.box(Box(column - 26, 18, 52, 24), "", "value")
        d.text(column - 9, 30, letter(token), "strong", size=14)
        d.text(column + 11, 30, str(token), "index")
    y = operation(down(42, *middles), "embedding: read three rows", {"wte.weight": "V,E"})
    y = down(y, *middles)
    for i, column in enumerate(middles):
        d.grid(column - e * 22, y, ONE.embedded[0, i : i + 1], "value", cell=(44, 22))
    d.label(1, y + 33, "embedded", "B,T,E", ONE.embedded.shape, "value")
    y = down(numbers(y + 48, "x", "B,T·E", ONE.x, "the same numbers, side by side"))
    y = down(operation(y, "linear", {"hidden.0.weight": "H,T·E", "hidden.0.bias": "H"}))
    y = down(numbers(y, "pre", "B,H", ONE.pre))
    y = down(operation(y, "tanh", {}))
    y = down(numbers(y, "hidden", "B,H", ONE.hidden))
    y = down(operation(y, "linear", {"output.weight": "V,H", "output.bias": "V"}))
    y = down(letters(y, "logits", ONE.logits, 2))
    y = down(operation(y, "softmax", {}))
    y = down(letters(y, "probs", ONE.probs, 3))
    y = operation(y, "cross-entropy: -log of the target's", {})
    d.box(Box(EDGE - 52, y - 20, 46, 18), "", "value")
    d.text(EDGE - 38, y - 11, letter(target), "strong", size=14)
    d.text(EDGE - 19, y - 11, str(target), "index")
    d.label(EDGE, y + 11, "targets", "B", ONE.targets.shape, "value", "end")
    down(y)
    d.text(middle, y + 30, f"loss = {two(ONE.loss)}", "name value", size=12)
    d.say(
        "The letters e, m, m are tokens 5, 13, 13. Each reads its row of the embedding table, "
        f"{e} numbers; side by side the three rows are {t * e}: {listed(ONE.x[0])}.",
        f"A linear layer makes {h} numbers of them, {listed(ONE.pre[0])}, and tanh bends those to "
        f"{listed(ONE.hidden[0])}.",
        f"Another linear layer makes a logit for each of {v} characters, and softmax their "
        f"probabilities. The target, a, has the logit {two(ONE.logits[0, target])} and the "
        f"probability {decimals(p, 3)}: a loss of {two(ONE.loss)}.",
        "; ".join(f"{name} has {weight.size} parameters" for name, weight in weights.items())
        + f": {CONFIG.size} in all.",
    )
    d.caption = (
        "The whole model of the running example, before training, from the letters to the loss. "
        f"At the right: how many parameters an operation has, {CONFIG.size} together."
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


FIGURES = (colours, windows, model, graph, update)
