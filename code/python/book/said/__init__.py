"""What the pages say in numbers, and why it is so: a module for each page, this one for all.

`SAYS` are phrases whose numbers are computed here. Each must stand in the text: so a number that
changes in the code, or by a hand on the page, turns the tests red. `READ` are phrases whose numbers
nothing computes, such as years; somebody has read them, and they must stand there word for word.
`FORMULAS` are formulas inside the text, with values to compute them with; `UNCHECKED` are answers
to exercises that nothing can compute, with the reason. A number or a formula of a page that stands
in none of these is refused: tests/book/test_honest.py.
"""

import re
from math import log
from pathlib import Path

from book.example import ALL, CONFIG, ONE
from book.figures.common import RESULTS
from book.words import word
from litdocs.results import record
from mlp.backends import BACKENDS
from mlp.config import PRESETS
from mlp.tokens import END, VOCAB_SIZE

ROOT = Path(__file__).parents[4]
ORIGINAL, TRAINING = PRESETS["original"]
DEEP, DEEP_TRAINING = PRESETS["deep"]
B, T, E, H, V = TRAINING.batch, ORIGINAL.context, ORIGINAL.embedding, ORIGINAL.hidden, VOCAB_SIZE
RUN = record(RESULTS / "original-ssa-names.json")
EVERY = RUN["runs"]["c"]["steps"][1]  # steps from an evaluation to the next
NAMES = {"given-names": 18_730, "ssa-names": 32_032}  # tests/repository/test_readme.py counts them
THREE = word(len(BACKENDS))
CONTEXT, ROW, UNITS = word(T), word(CONFIG.embedding), word(CONFIG.hidden)
INPUTS = word(T * CONFIG.embedding)
WINDOWS = word(len(ALL.tokens))
EMM, A = ONE.tokens[0], int(ONE.targets[0])
LAYERS = word(CONFIG.layers + 1)


def token(letter: str) -> int:
    return ord(letter) - ord("a") + 1


def c_constant(file: str, name: str, after: str = "") -> int:
    """Return a constant of a C file, the first one after these words."""
    text = (ROOT / "code" / "c" / file).read_text("utf-8")
    found = re.search(rf"\b{name} = (\d+)\b", text[text.index(after) + len(after) :])
    assert found, f"{file}: no {name}"
    return int(found[1])


assert (CONFIG.context, 0) == (T, END)
assert list(EMM) == [token(letter) for letter in "emm"]

SAYS = [
    f"{V} characters",
    f"the {V} logits",
    f"{V} rows",
    f"{V - 1} letters",
    f"one in {V}",
    f"1/{V}",
    f"$\\ln {V} \\approx {log(V):.2f}$",
    f"{CONTEXT} letters",
    f"{CONTEXT} tokens",
    f"{CONTEXT} rows",
    f"{CONTEXT} positions",
    f"{WINDOWS} windows of *emma*",
    f"{UNITS} hidden units",
    f"{B} windows",
    f"{B * H:,} numbers",
    f"{B * H:,} times",
    f"{ORIGINAL.size:,} parameters",
    f"{LAYERS} linear layers",
    f"Forward, {THREE} times",
    f"{THREE.capitalize()} implementations",
    f"{THREE} implementations",
    f"{THREE} languages",
]
READ = [
    "equation 1",
    "32-bit",
    "64-bit",
    r"$\partial L / \partial \text{x}$",
    "thousands of words",
    "two products backward",  # the comment of a count
]
