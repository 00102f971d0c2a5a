"""Lies, planted one by one into a copy of the tree: each is found by what finds none without."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import honest
import pytest
from cases import REPOSITORY as ROOT

GLANCE, DERIVATIVES, EMBEDDING, LINEAR, TANH, SOFTMAX = (
    f"docs/model/{name}.md"
    for name in ("at-a-glance", "derivatives", "embedding", "linear", "tanh", "softmax")
)
NAMES, COUNTING, KNESER_NEY = (
    f"docs/data/{name}.md" for name in ("names", "counting", "kneser-ney")
)
LADDER, ROUNDING, FOLD, FRAMEWORKS, BEYOND = (
    f"docs/fast/{name}.md" for name in ("ladder", "rounding", "fold", "frameworks", "beyond")
)
LEARNED = "docs/using/learned.md"
FIGURES = "code/python/book/figures"
NOTEBOOK = "docs/notebooks/first_model.ipynb"
RUN, LADDERS = "docs/results/original-ssa-names.json", "docs/results/bench-ladder.json"


class Lie(NamedTuple):
    """What is said in a file, what is said instead, and the function that has to notice."""

    check: Callable[..., list[str]]
    file: str
    truth: str
    lie: str


numbers, formulas, answers = (
    honest.page_numbers, honest.unchecked_formulas, honest.unchecked_answers,
)  # fmt: skip
tables, links, norun = honest.tables, honest.links, honest.fences_that_do_not_run

LIES = [
    # numbers in digits, in words, and inside sentences
    Lie(numbers, GLANCE, "reads three letters", "reads four letters"),
    Lie(numbers, GLANCE, "the five windows of *emma*", "the six windows of *emma*"),
    Lie(numbers, GLANCE, "has 48 numbers", "has 84 numbers"),
    Lie(numbers, GLANCE, "grows 27-fold", "grows 28-fold"),
    Lie(numbers, DERIVATIVES, "goes up three times as much", "goes up four times as much"),
    Lie(numbers, GLANCE, "little more than half", "little more than a third"),
    Lie(numbers, GLANCE, "the 32,032 names", "some 250,000 names"),
    Lie(numbers, GLANCE, "three hidden layers instead", "two hidden layers instead"),
    Lie(numbers, GLANCE, "Five\nyears later", "Six\nyears later"),
    Lie(numbers, NAMES, "18,730 first names", "16,730 first names"),
    Lie(numbers, COUNTING, "*emma* has five", "*emma* has four"),
    Lie(numbers, COUNTING, "falls to order 4", "falls to order 5"),
    Lie(numbers, KNESER_NEY, "only two thirds", "only three quarters"),
    Lie(numbers, KNESER_NEY, "follows it five times", "follows it four times"),
    Lie(numbers, KNESER_NEY, "by more with five", "by more with six"),
    Lie(numbers, EMBEDDING, "*m* comes twice", "*m* comes once"),
    Lie(numbers, EMBEDDING, "have 15 places", "have 16 places"),
    Lie(numbers, BEYOND, "Let two of them have 43", "Let two of them have 42"),
    Lie(numbers, BEYOND, "Three workers cannot", "Four workers cannot"),
    Lie(numbers, LEARNED, "more than three times", "more than four times"),
    Lie(numbers, LEARNED, "put four questions", "put five questions"),
    Lie(numbers, LEARNED, "about\n6.8 for", "about\n5.8 for"),
    Lie(numbers, LADDER, "67 million", "76 million"),
    Lie(numbers, LADDER, "holds sixteen floats", "holds thirty-two floats"),
    Lie(numbers, LADDER, "Independent sums are not enough.", "That is seven times as fast."),
    Lie(numbers, LADDER, "That is half of", "That is a quarter of"),
    Lie(numbers, ROUNDING, "by almost twice what", "by almost three times what"),
    Lie(numbers, FOLD, "removes four fifths", "removes three fifths"),
    Lie(numbers, FRAMEWORKS, "Of the ninety, six", "Of the ninety, eight"),
    Lie(numbers, FRAMEWORKS, "Tanh, AdamW and packing", "That is 60 % of the peak. Packing"),
    Lie(numbers, "docs/index.md", "every 200 corrections", "every 100 corrections"),
    Lie(numbers, "docs/index.md", "After every 64 letters", "After every 32 letters"),
    Lie(numbers, "README.md", "same 32,032 names", "same 23,032 names"),
    Lie(numbers, "README.md", "# 18,730 given", "# 81,730 given"),
    Lie(honest.notebook_numbers, NOTEBOOK, "five letters of context", "six letters of context"),
    # in comments of the sources that are shown, in presets, in captions
    Lie(honest.comment_numbers, "code/c/fast.c", "From 10 on", "From 9 on"),
    Lie(honest.comment_numbers, "code/c/ops.c", "tanh' = 1 - tanh^2", "tanh' = 1 + tanh^2"),
    Lie(honest.comment_numbers, "code/c/config.c", "most 100,000", "most 10,000"),
    Lie(honest.comment_numbers, "code/python/mlp/config.py", "three layers, and", "two, and"),
    Lie(honest.comment_numbers, "code/python/mlp/ops_numpy.py", "2016", "2017"),
    Lie(honest.figure_numbers, f"{FIGURES}/softmax.py", "The 27 numbers", "The 26 numbers"),
    Lie(honest.figure_numbers, f"{FIGURES}/tanh.py", "The same four", "The same five"),
    # formulas: a sign, an index, a fraction, a transpose, a shape
    Lie(formulas, BEYOND, r"+ 2 (n - 1)", r"+ 2 n"),
    Lie(formulas, COUNTING, r"+ V \lambda", r"+ \lambda"),
    Lie(formulas, COUNTING, r"\ln P(y_i \mid x_i)", r"\ln P(x_i \mid y_i)"),
    Lie(formulas, KNESER_NEY, "= c_n(x, y) - D", "= c_n(x, y) + D"),
    Lie(formulas, KNESER_NEY, r"P_{n-1}(y \mid z)", r"P_n(y \mid x)"),
    Lie(formulas, KNESER_NEY, r"\min(1,\, c_n", r"\min(2,\, c_n"),
    Lie(formulas, KNESER_NEY, r"3 - 4\,Y", r"3 - 3\,Y"),
    Lie(formulas, EMBEDDING, r"{\text{inp}}\big]", r"{\text{inp}}\big]^\top"),
    Lie(formulas, EMBEDDING, "(t E + e)", "(t E - e)"),
    Lie(formulas, EMBEDDING, r"= v} \text{dout}", r"= v} -\text{dout}"),
    Lie(formulas, LINEAR, r"\;+\; \text{bias}_o", r"\;-\; \text{bias}_o"),
    Lie(formulas, LINEAR, r"(O,B)}{\text{dout}^\top}", r"(B,O)}{\text{dout}}"),
    Lie(formulas, LINEAR, r"\sum_o \text{dout}_{b,o}", r"\sum_o \text{dout}_{o,b}"),
    Lie(formulas, TANH, r"\frac{2}{1 + e^{-2x}} - 1", r"\frac{2}{1 + e^{-2x}} + 1"),
    Lie(formulas, TANH, r"1 + 3 \cdot 0.044715", r"1 + 2 \cdot 0.044715"),
    Lie(formulas, TANH, r"0.044715\,x^3", r"0.044175\,x^3"),
    Lie(formulas, TANH, r"\tfrac{1}{2}(1 + \tanh u)", r"\tfrac{1}{3}(1 + \tanh u)"),
    Lie(formulas, SOFTMAX, r"\;=\; -\ln\,\text{probs}", r"\;=\; \ln\,\text{probs}"),
    Lie(formulas, SOFTMAX, r"= z_{\text{max}} + \ln", r"= z_{\text{max}} - \ln"),
    Lie(formulas, SOFTMAX, r"- y_{b,v}}{B}", r"- y_{b,v}}{V}"),
    Lie(formulas, ROUNDING, r"\frac{d}{d + 2}", r"\frac{d}{d + 1}"),
    Lie(formulas, GLANCE, r"\text{loss} &= -\ln", r"\text{loss} &= \ln"),
    Lie(formulas, TANH, "$$\n\\text{dinp}", "$$\nx = x\n$$\n\n$$\n\\text{dinp}"),
    Lie(numbers, TANH, "$s' = c$", "$s' = -c$"),
    Lie(numbers, SOFTMAX, "are $p_v - y_v$", "are $p_v + y_v$"),
    Lie(numbers, ROUNDING, "$d = e^{2x} - 1$", "$d = e^{2x} + 1$"),
    # answers
    Lie(numbers, EMBEDDING, "1. The first three: one", "1. The first two: one"),
    Lie(numbers, TANH, "with slopes 4 and −4", "with slopes 2 and −2"),
    Lie(numbers, LADDER, "3. Twelve, and eight", "3. Six, and eight"),
    Lie(numbers, LINEAR, "layer is\n       zero, since", "layer is\n       not, since"),
    Lie(answers, EMBEDDING, "1. The first three: one", "1. All: one"),
    # tables that take another entry than their labels say
    Lie(tables, COUNTING, "add_lambda.4.val_loss", "add_lambda.4.train_loss"),
    Lie(tables, KNESER_NEY, "kneser_ney.6.val_loss", "kneser_ney.4.val_loss"),
    Lie(tables, KNESER_NEY, "ngram-ssa-names: kneser_ney.4", "ngram-ssa-names: add_lambda.4"),
    Lie(tables, GLANCE, "runs.numpy.val.@0 ", "runs.torch.val.@0 "),
    Lie(tables, GLANCE, "runs.c.val.@50000 as .6f", "runs.c.val.@49800 as .6f"),
    Lie(tables, GLANCE, "runs.torch.test_loss as .6f", "runs.torch.val.@50000 as .6f"),
    Lie(tables, GLANCE, "differences.c-torch.val", "differences.c-numpy.val"),
    Lie(tables, "docs/index.md", "after 2,000 corrections", "after 4,000 corrections"),
    Lie(tables, LADDER, "linear.tiled.avx2.us", "linear.packed.avx2.us"),
    Lie(tables, LADDER, "peers.c-fold.ratio.torch", "peers.c.ratio.torch"),
    Lie(tables, ROUNDING, "adamw.adamw.avx512.us", "adamw.adamw-errno.avx512.us"),
    Lie(tables, FOLD, "cells.512-128.ratio.c.median", "cells.512-128.ratio.c-fold.median"),
    Lie(tables, FOLD, "cells.512-32.ratio.c.median", "cells.512-128.ratio.c.median"),
    # records that a hand mended
    Lie(honest.records, RUN, '"test_loss": 2.', '"test_loss": 1.'),
    Lie(honest.records, RUN, '"commit": "', '"commit": "f'),
    Lie(honest.records, LADDERS, '"rounds": ', '"rounds": 1'),
    # links, and fences that pose
    Lie(links, GLANCE, "(embedding.md)", "(embeddings.md)"),
    Lie(links, GLANCE, "tanh.md#why-bend-at-all", "tanh.md#why-bend"),
    Lie(links, LADDER, "(#pack-the-panel)", "(#pack-the-panels)"),
    Lie(links, "README.md", "(CONTRIBUTING.md)", "(CONTRIBUTION.md)"),
    Lie(links, LINEAR, "(tanh.md)", "(../../code/c/ops.c#L12)"),
    Lie(norun, LINEAR, "```python\nfrom", '```python {.norun reason="x"}\nfrom'),
    Lie(norun, SOFTMAX, "```output\nsoftmax", "```text\nsoftmax"),
    Lie(norun, "docs/index.md", "nox && nox -s docs", "nox && nox -s doc"),
]  # fmt: skip


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of what can lie."""
    copy = tmp_path_factory.mktemp("tree")
    for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "CITATION.cff", "LICENSE"):
        shutil.copy(ROOT / name, copy)
    shutil.copytree(ROOT / "docs", copy / "docs", ignore=shutil.ignore_patterns("assets"))
    shutil.copytree(ROOT / "code", copy / "code", ignore=shutil.ignore_patterns("__pycache__"))
    return copy


@pytest.mark.parametrize("planted", LIES, ids=lambda p: f"{Path(p.file).stem}: {p.lie[:30]!r}")
def test_a_lie_is_found(planted: Lie, tree: Path) -> None:
    path = tree / planted.file
    text = path.read_text("utf-8")
    assert planted.truth in text, "what it was to replace is not there"
    arguments = () if planted.check.__code__.co_argcount == 1 else (planted.file,)
    try:
        path.write_text(text.replace(planted.truth, planted.lie, 1), "utf-8")
        assert planted.check(tree, *arguments) != []
    finally:
        path.write_text(text, "utf-8")
