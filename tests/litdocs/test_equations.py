"""Formulas are computed: what is true passes, and with a sign or an index flipped it does not."""

import math
from typing import Any

import numpy as np
import pytest

from litdocs.equations import above, check, holds
from litdocs.fences import fences
from litdocs.sources import LitdocsError

RANDOM = np.random.default_rng(0)
INP, WEIGHT, BIAS = (RANDOM.standard_normal(shape) for shape in ((5, 3), (4, 3), 4))
LINEAR = {
    "out": INP @ WEIGHT.T + BIAS, "inp": INP, "weight": WEIGHT, "bias": BIAS,
    "B": 5, "I": 3, "O": 4, "b": range(5), "o": range(4), "i": range(3),
}  # fmt: skip
Z = RANDOM.standard_normal(6)
SOFTMAX = {
    "z": Z, "u": range(6), "v": range(6), "target": 2, "m": Z.max(), "z_max": Z.max(),
    "y": np.eye(6)[2], "S": lambda z: np.exp(z).sum(), "p": lambda z: np.exp(z) / np.exp(z).sum(),
}  # fmt: skip
CURVE = {
    "x": 0.7, "d": math.expm1(1.4), "t": lambda u: np.tanh(u), "u": lambda x: x + x**3,
    "square": lambda x: x * x, "y": lambda x: x * x, "z": lambda x: 3 * x,
    "L": lambda y, z: y * z, "n": 3, "floats_in_a_vector": 16,
}  # fmt: skip
TOKENS = {
    "inp": np.array([[0, 2], [2, 1]]), "n": range(3),
    "dout": np.ones((2, 2, 2)), "many": np.array([1.0, 1, 2]), "b": range(2), "t": range(2),
}  # fmt: skip
BLOCKS = {"W": np.array([[1.0, 2, 3]]), "c": np.array([4.0, 5, 6]), "W_0": np.array([1.0]),
          "W_1": np.array([2.0]), "W_2": np.array([3.0])}  # fmt: skip
TABLE = RANDOM.random((3, 3))
COUNTS = {
    "c_2": lambda xy: TABLE[xy[0], xy[1]],
    "P": lambda yx: TABLE[yx[1], yx[0]] / TABLE[yx[1]].sum(),
    "x": range(3), "y": range(3), "u": range(3),
}  # fmt: skip

TRUE: list[tuple[str, dict[str, Any], list[tuple[str, str]]]] = [
    # The formula, its values, and how to spoil it.
    (
        r"\text{out}_{b,o} \;=\; \sum_{i=1}^{I} \text{inp}_{b,i}\,\text{weight}_{o,i}"
        r" + \text{bias}_o",
        LINEAR,
        [("+ ", "- "), ("i=1", "i=2"), ("b,i", "b,o"), ("{I}", "{O}")],
    ),
    (
        r"\underset{(B,O)}{\text{out}} = \text{inp}\,\underset{(I,O)}{\text{weight}^\top}"
        r" + \text{bias}",
        LINEAR,
        [(r"^\top", ""), ("(B,O)", "(O,B)"), ("+", "-")],
    ),
    (r"p_v = \frac{e^{z_v}}{\sum_u e^{z_u}}", SOFTMAX, [("z_v", "z_u"), ("z_u", "-z_u")]),
    (r"\ln \sum_u e^{z_u} = m + \ln \sum_u e^{z_u - m}", SOFTMAX, [("m +", "m -"), ("- m", "+ m")]),
    (r"\ln S = z_{\max} + \ln \sum_u e^{z_u - z_{\max}}", SOFTMAX, [("u - ", "u + ")]),
    (
        r"\frac{\partial(-\ln p_{\text{target}})}{\partial z_v} = p_v - y_v",
        SOFTMAX,
        [("p_v - y_v", "y_v - p_v"), ("(-", "(")],
    ),
    (r"t' = (1 - t^2)\,u' \qquad u' = 1 + 3\,x^2", CURVE, [("1 -", "1 +"), ("3", "2"), ("^2", "")]),
    (r"\tanh'(x) = 1 - \tanh^2 x \\ (\tanh u)' = (1 - t^2)\,u'", CURVE, [("2 x", "3 x")]),
    (r"\text{square}'(x) = 2x = \sqrt{4 x^2}", CURVE, [("= 2", "= 3"), ("4", "5")]),
    (r"\tanh x = \frac{d}{d + 2} \le \min(1,\ x)", CURVE, [("+ 2", "+ 1"), (r"\le", "=")]),
    (
        r"\frac{\partial L}{\partial x} = \frac{\partial L}{\partial y} \cdot "
        r"\frac{\partial y}{\partial x} + \frac{\partial L}{\partial z} \cdot 3",
        CURVE,
        [("+", "-"), ("3", "2")],
    ),
    (r"2^n \times \text{floats in a vector} / 2 = 64", CURVE, [("2^n", "n^2"), ("64", "65")]),
    (
        r"\text{many}_n = \sum_{b,t \,:\, \text{inp}_{b,t} = n} \text{dout}_{b,t,0}",
        TOKENS,
        [("= n}", "= 0}"), (r"\text{dout}", r"2\text{dout}")],
    ),
    (
        r"\text{rows} = \underset{(V,E)}{\text{table}}\big[\underset{(B)}{\text{inp}}\big]",
        {"table": WEIGHT, "inp": np.array([2, 0]), "rows": WEIGHT[[2, 0]], "V": 4, "E": 3, "B": 2},
        [("(V,E)", "(E,V)"), ("{rows}", "{table}")],
    ),
    (
        r"P(y \mid x) = \frac{c_2(x, y)}{\sum_u c_2(x, u)}",
        COUNTS,
        [
            ("(x, y)", "(y, x)"),
            (r"y \mid x", r"x \mid y"),
            ("{c_2", "{2c_2"),
            ("c_2(x, u)", "c_2(u, x)"),
        ],
    ),
    (r"W_2(x + 1) = 3 x + W_2", {"W_2": 3.0, "x": 5.0}, [("x +", "x -"), ("2(", "2 W_2(")]),
    (
        r"W \begin{bmatrix} c_0 \\ c_1 \\ c_2 \end{bmatrix} = W_0 c_0 + W_1 c_1 + W_2 c_2",
        BLOCKS,
        [("W_2", "W_0"), ("c_1 +", "c_1 -")],
    ),
    (r"\ln 27 \approx 3.30 < 4", {}, [("27", "30"), ("<", "=")]),
]


@pytest.mark.parametrize(("latex", "values", "spoilt"), TRUE, ids=[case[0][:30] for case in TRUE])
def test_what_is_true_passes_and_what_is_spoilt_does_not(
    latex: str, values: dict[str, Any], spoilt: list[tuple[str, str]]
) -> None:
    holds(latex, values)
    for old, new in spoilt:
        assert old in latex
        with pytest.raises(LitdocsError, match="is not true|cannot be computed"):
            holds(latex.replace(old, new, 1), values)


@pytest.mark.parametrize(
    ("latex", "message"),
    [
        (r"x < 2", "is not true"),
        (r"(x, 3) = (x, 4)", "is not true"),
        (r"x + 1", "says nothing that could be false"),
        (r"x = q", "'q' has no value"),
        (r"x = )", "cannot read"),
        (r"x = 2 \oint", "cannot read|no value"),
        (r"x = (2", "cannot read"),
        (r"x = 2 ] 3", "cannot read"),
    ],
)
def test_what_cannot_be_computed_is_an_error(latex: str, message: str) -> None:
    with pytest.raises(LitdocsError, match=message):
        holds(latex, {"x": 2})


PAGE = """
$$
y = {} x
$$

```equation
x = 3
y = math.sqrt(36)
```
"""


def test_a_fence_checks_the_formula_directly_above() -> None:
    lines = PAGE.format(2).splitlines()
    (fence,) = fences(lines)
    assert above(lines, fence) == "y = 2 x"
    check(lines, fence)
    with pytest.raises(LitdocsError, match="is not true: 6.0 = 9") as error:
        check(PAGE.format(3).splitlines(), fence)
    assert error.value.line == 6


def test_a_fence_knows_what_those_above_it_say() -> None:
    lines = f"{PAGE.format(2)}\n$$\ny = 6\n$$\n\n```equation\n```\n".splitlines()
    check(lines, fences(lines)[1])


@pytest.mark.parametrize("between", ["text", "$$"])
def test_a_fence_without_a_formula_above_is_an_error(between: str) -> None:
    lines = PAGE.replace("$$\n\n", f"{between}\n\n").replace("$$\ny", f"{between}\ny").splitlines()
    if between == "$$":
        lines[1] = ""
    (fence,) = fences(lines)
    with pytest.raises(LitdocsError, match="no formula stands directly above"):
        check(lines, fence)
