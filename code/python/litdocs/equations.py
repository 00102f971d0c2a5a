r"""Formulas that hold: the LaTeX of a page, computed with numbers.

    holds(r"\text{out}_o = \sum_i \text{inp}_i\,\text{weight}_{o,i}", {"out": …, "o": range(4), …})

computes both sides, and raises LitdocsError where they differ. What is checked is the formula that
the reader sees: with a sign flipped on the page, it does not hold.

On a page, a fence directly below a formula says what its symbols are, in Python. No reader sees it.
What it says stands for the formulas further down, too:

    $$
    d = e^{2x} - 1
    $$

    ```equation
    x = 0.5
    d = math.expm1(2 * x)
    ```

Values are numbers, arrays, functions and ranges:

- An array takes subscripts. Two arrays in a row are a product of matrices; the shape that
  `\underset` writes below one is compared with its own.
- A range is an index, and the formula must hold for each of its numbers. `\sum_i` runs over it;
  `\sum_{i=1}^{I}` runs over as many as it says, and in an array they count from 0.
- A function is called where an argument in parentheses follows. Several, with commas or `\mid`
  between them, it gets as one array. Without any it is a quantity that depends on others, which
  its parameters name. A prime is its slope with respect to x, and
  `\frac{\partial L}{\partial z_v}` that with respect to what it names.

A name together with its subscript, `W_1`, may have a value of its own. With a hat, `m` is `hat_m`.
The letter e is Euler's number where it has no value.
"""

import inspect
import itertools
import math
import re
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from litdocs.fences import Fence, fences
from litdocs.sources import LitdocsError

Node = Callable[[dict[str, Any]], Any]  # what a part of a formula is, given values

_TOKEN = re.compile(
    r"(?P<skip>\s+|&|\\[,;:! ]|\\(?:[bB]igg?[lr]?|left|right)(?![a-zA-Z])"
    r"|\\(?:begin|end)\{aligned\})"
    r"|\\text\{[^}]*\}|\\(?:begin|end)\{bmatrix\}|\\\\|\\[a-zA-Z]+|\d+(?:\.\d+)?|."
)
_FUNCTIONS: dict[str, Callable[..., Any]] = {
    r"\tanh": np.tanh, r"\ln": np.log, r"\exp": np.exp, r"\min": min, r"\max": max,
    r"\sin": np.sin, r"\cos": np.cos,
}  # fmt: skip
_RELATIONS: dict[str, Callable[[Any, Any], bool]] = {
    "=": lambda a, b: np.shape(a) == np.shape(b) and np.allclose(a, b, rtol=1e-6, atol=1e-7),
    r"\approx": lambda a, b: np.allclose(a, b, rtol=1e-2, atol=0),
    "<": lambda a, b: bool(np.all(a < b)),
    r"\le": lambda a, b: bool(np.all(a <= b)),
}
_ENDS = {
    "",
    "+",
    "-",
    ",",
    ")",
    "]",
    "}",
    ":",
    ".",
    "\\\\",
    r"\qquad",
    r"\mid",
    r"\end{bmatrix}",
    *_RELATIONS,
}
_STEP = 1e-6  # of the finite differences


def holds(latex: str, values: Mapping[str, Any]) -> None:
    """Compute a formula, or several, for all indices; LitdocsError where one is not true."""
    exact = {
        name: np.float64(value) if _is_real(value) else value for name, value in values.items()
    }
    parser = _Parser(latex)
    for sides, relations, free in parser.formulas():
        if not relations:
            raise LitdocsError(f"'{latex.strip()}': says nothing that could be false")
        indices: dict[str, Any] = {
            name: exact[name] for name in sorted(free) if isinstance(exact.get(name), range)
        }
        for numbers in itertools.product(*indices.values()):
            at = dict(zip(indices, numbers))
            try:
                found = [side(exact | at) for side in sides]
            except (LookupError, TypeError, ValueError) as error:
                raise LitdocsError(f"'{latex.strip()}': cannot be computed: {error}") from None
            for relation, left, right in zip(relations, found, found[1:]):
                if not _RELATIONS[relation](left, right):
                    where = "".join(f" at {name} = {number}" for name, number in at.items())
                    raise LitdocsError(
                        f"'{latex.strip()}': is not true{where}: {left} {relation} {right}"
                    )


def above(lines: list[str], fence: Fence) -> str:
    """Return the LaTeX of the formula directly above a fence; LitdocsError if there is none."""
    before = [line.strip() for line in lines[: fence.first - 1]]
    while before and not before[-1]:
        before.pop()
    marks = [number for number, line in enumerate(before) if line == "$$"]
    if len(marks) < 2 or marks[-1] != len(before) - 1:
        raise LitdocsError("equation: no formula stands directly above", fence.first)
    return "\n".join(before[marks[-2] + 1 : marks[-1]])


def check(lines: list[str], fence: Fence) -> None:
    """Check the formula above an `equation` fence, with what this and those before it say."""
    values: dict[str, Any] = {"math": math, "np": np}
    for each in fences(lines[: fence.last]):
        if each.language == "equation":
            exec(compile(each.text, "equation", "exec", dont_inherit=True), values)
    try:
        holds(above(lines, fence), values)
    except LitdocsError as error:
        raise LitdocsError(error.message, fence.first) from None


def _is_real(value: Any) -> bool:
    return getattr(value, "dtype", None) is not None and value.dtype.kind == "f"


# --- what the parts of a formula are worth -----------------------------------


def _quantity(name: str, values: dict[str, Any]) -> Any:
    """Return a value; of a function, its value at the values that its parameters name."""
    if name not in values:
        if name == "e":
            return math.e
        raise LookupError(f"'{name}' has no value")
    value = values[name]
    if callable(value):
        value = value(*(_quantity(name, values) for name in inspect.signature(value).parameters))
    return value


def _times(a: Any, b: Any) -> Any:
    return a @ b if np.ndim(a) and np.ndim(b) else a * b


def _at(array: Any, index: list[Any]) -> Any:
    return array[tuple(np.asarray(part).astype(int) for part in index)]


def _slope(node: Node, name: str, index: list[Node]) -> Node:
    """Return the slope of a node with respect to a value, or to one number of an array."""

    def slope(values: dict[str, Any]) -> Any:
        step = np.zeros(np.shape(_quantity(name, values)))
        step[tuple(int(part(values)) for part in index)] = _STEP
        up, down = (
            node(values | {name: _quantity(name, values) + sign * step}) for sign in (1, -1)
        )
        return (up - down) / (2 * _STEP)

    return slope


# --- reading -----------------------------------------------------------------


class _Parser:
    """Reads formulas from left to right, and makes nodes of them."""

    def __init__(self, latex: str) -> None:
        latex = re.sub(r"\\,(?=(?:\\bigl|\\left)?\()", r"\\cdot ", latex)  # a product, no argument
        self.tokens = [match[0] for match in _TOKEN.finditer(latex) if not match["skip"]]
        self.free: set[str] = set()

    def formulas(self) -> list[tuple[list[Node], list[str], set[str]]]:
        """Return all formulas: their sides, what stands between these, and their names."""
        found = []
        while self.tokens:
            self.free = set()
            sides, relations = [self.sum()], []
            while self.next in _RELATIONS:
                relations.append(self.take())
                sides.append(self.sum())
            found.append((sides, relations, self.free))
            if self.tokens:
                self.take("\\\\", r"\qquad", ".", ",")
        return found

    @property
    def next(self) -> str:
        return self.tokens[0] if self.tokens else ""

    def take(self, *expected: str) -> str:
        if not self.tokens or (expected and self.next not in expected):
            raise LitdocsError(f"formula: cannot read '{' '.join(self.tokens)}'")
        return self.tokens.pop(0)

    def takes(self, token: str) -> bool:
        """Take this token, if it is the next one."""
        return self.next == token and bool(self.take())

    def group(self) -> list[str]:
        """Take what braces hold, or one token."""
        if not self.takes("{"):
            return [self.take()]
        depth, inside = 1, []
        while depth:
            inside.append(self.take())
            depth += (inside[-1] == "{") - (inside[-1] == "}")
        return inside[:-1]

    def read(self, tokens: list[str], how: Callable[[], Any]) -> Any:
        """Read these tokens, all of them, and then go on."""
        after, self.tokens = self.tokens, [*tokens]
        result = how()
        if self.tokens:
            raise LitdocsError(f"formula: cannot read '{' '.join(self.tokens)}'")
        self.tokens = after
        return result

    def listed(self, *between: str) -> list[Node]:
        nodes = [self.sum()]
        while self.next in (between or (",", r"\mid")):
            self.take()
            nodes.append(self.sum())
        return nodes

    def sum(self) -> Node:
        terms: list[tuple[int, Node]] = []
        while not terms or self.next in ("+", "-"):
            sign = -1 if self.next == "-" else 1
            if self.next in ("+", "-"):
                self.take()
            terms.append((sign, self.product()))
        if len(terms) == 1 and terms[0][0] == 1:
            return terms[0][1]
        return lambda v: sum(sign * node(v) for sign, node in terms)

    def product(self) -> Node:
        result = self.factor()
        while self.next not in _ENDS:
            over = self.takes("/")
            if self.next in (r"\cdot", r"\times"):
                self.take()
            result = self.times(result, self.factor(), over)
        return result

    @staticmethod
    def times(left: Node, right: Node, over: bool) -> Node:
        return lambda v: left(v) / right(v) if over else _times(left(v), right(v))

    def factor(self) -> Node:
        """Read a number, a name, a function, or whatever holds others together."""
        token = self.take()
        if token == r"\sum":
            return self.summed()
        if token in _FUNCTIONS:
            return self.applied(lambda v: _FUNCTIONS[token])
        if token == r"\underset":
            shape = self.read(self.group(), self.shape)
            return self.after(self.shaped(self.read(self.group(), self.sum), shape))
        if token in (r"\frac", r"\tfrac"):
            above, below = self.group(), self.group()
            if above[0] == below[0] == r"\partial":
                return self.slope(above[1:], below[1:])
            return self.after(
                self.times(self.read(above, self.sum), self.read(below, self.sum), over=True)
            )
        if token == r"\sqrt":
            inside: Node = self.read(self.group(), self.sum)
            return self.after(lambda v: np.sqrt(inside(v)))
        if token == r"\hat":
            return self.named(rf"\text{{hat {_plain(self.group())}}}")
        if token == "(":
            nodes = self.listed()
            self.take(")")
            return self.after(nodes[0] if len(nodes) == 1 else self.joined(nodes))
        if token == r"\begin{bmatrix}":
            nodes = self.listed("\\\\")
            self.take(r"\end{bmatrix}")
            return self.joined(nodes)
        if token[0].isdigit():
            return self.after(lambda v: float(token) if "." in token else int(token))
        if re.fullmatch(r"[a-zA-Z]|\\[a-zA-Z]+|\\text\{[^}]+\}", token):
            return self.named(token)
        raise LitdocsError(f"formula: cannot read '{token}'")

    def after(self, node: Node) -> Node:
        """Read what may follow: a power, a prime, an index in brackets."""
        if self.takes("^"):
            power = self.group()
            if power == [r"\top"]:
                return self.after(lambda v: node(v).T)
            exponent: Node = self.read(power, self.sum)
            return self.after(lambda v: node(v) ** exponent(v))
        if self.takes("'"):
            self.free.add("x")
            return self.after(_slope(node, "x", []))
        if self.takes("["):
            index = self.listed()
            self.take("]")
            return self.after(lambda v: _at(node(v), [part(v) for part in index]))
        return node

    def named(self, token: str) -> Node:
        name = _plain([token])
        if name == "pi":
            return self.after(lambda v: math.pi)
        self.free.add(name)
        if self.takes("_"):
            tokens = self.group()
            whole = f"{name}_{_plain(tokens)}"
            before = set(self.free)
            is_word = len(tokens) == 1 and tokens[0] in _FUNCTIONS  # z_{\max}
            index = [] if is_word else self.read(tokens, self.listed)
            self.free = before | {whole} | (self.free - before)

            def entry(v: dict[str, Any]) -> Any:
                if whole in v:
                    return _quantity(whole, v)
                return _at(_quantity(name, v), [part(v) for part in index])

            return self.called(whole, entry) if self.next == "(" else self.after(entry)
        if self.next in ("(", "'"):
            return self.perhaps_called(name)
        return self.after(lambda v: _quantity(name, v))

    def perhaps_called(self, name: str) -> Node:
        """Read f(x) and f'(x), or a product if f turns out to be none that is called."""
        primed = self.takes("'")
        if self.next != "(":
            self.free.add("x")
            return self.after(_slope(lambda v: _quantity(name, v), "x", []))
        return self.called(name, lambda v: _quantity(name, v), primed)

    def called(self, name: str, otherwise: Node, primed: bool = False) -> Node:
        """Read the argument of a function; of what is none, the factor that follows it."""
        argument = self.factor()

        def call(v: dict[str, Any]) -> Any:
            if not callable(v.get(name)):
                return _times(otherwise(v), argument(v))
            return _call(v[name], primed, [argument(v)])

        return call

    def applied(self, function: Node) -> Node:
        """Read the argument of a function that stands before it, with or without parentheses."""
        power = self.read(self.group(), self.sum) if self.takes("^") else lambda v: 1
        primed = self.takes("'")
        if self.takes("("):
            arguments = self.listed()
            self.take(")")
        else:
            arguments = [self.factor()]
        return lambda v: _call(function(v), primed, [part(v) for part in arguments]) ** power(v)

    def summed(self) -> Node:
        """Read the rest of a sum: over what, on which condition, and of what."""
        self.take("_")
        below = self.group()
        upper: Node | None = None
        condition: Node | None = None
        outside = set(self.free)
        if self.takes("^"):
            index, lower = [below[0]], self.read(below[2:], self.sum)
            upper = self.read(self.group(), self.sum)
        else:
            over = below[: below.index(":")] if ":" in below else below
            index = [token for token in over if token != ","]
            if ":" in below:
                condition = self.read(below[len(over) + 1 :], self.equality)
        body = self.product()
        self.free -= set(index) - outside

        def total(v: dict[str, Any]) -> Any:
            ranges = [range(upper(v) - lower(v) + 1)] if upper else [v[name] for name in index]
            places = (v | dict(zip(index, numbers)) for numbers in itertools.product(*ranges))
            return sum(body(place) for place in places if not condition or condition(place))

        return total

    def equality(self) -> Node:
        left = self.sum()
        self.take("=")
        right = self.sum()
        return lambda v: left(v) == right(v)

    def slope(self, above: list[str], below: list[str]) -> Node:
        """Read the two sides of a partial derivative."""
        name, index = _plain(below[:1]), []
        if below[1:2] == ["_"]:
            index = self.read(self.read(below[2:], self.group), self.listed)
        return self.after(_slope(self.read(above, self.sum), name, index))

    def shape(self) -> list[Node]:
        self.take("(")
        sizes = self.listed()
        self.take(")")
        return sizes

    @staticmethod
    def shaped(node: Node, shape: list[Node]) -> Node:
        def checked(v: dict[str, Any]) -> Any:
            value, expected = node(v), tuple(size(v) for size in shape)
            if np.shape(value) != expected:
                raise ValueError(f"the shape is {np.shape(value)}, not {expected}")
            return value

        return checked

    @staticmethod
    def joined(nodes: list[Node]) -> Node:
        return lambda v: np.concatenate([np.atleast_1d(node(v)) for node in nodes])


def _plain(tokens: list[str]) -> str:
    """Return a name as Python can write it: token_0 for `\\text{token}_0`."""
    words = re.sub(r"\\text|\\", "", " ".join(tokens))
    return re.sub(r"[^a-zA-Z0-9]+", "_", words).strip("_")


def _call(function: Callable[..., Any], primed: bool, arguments: list[Any]) -> Any:
    if not primed:
        return function(*arguments)
    (x,) = arguments
    return (function(x + _STEP) - function(x - _STEP)) / (2 * _STEP)
