"""Addresses are for ever: somebody has linked them. Add to this list, never take from it."""

import pytest
from cases import REPOSITORY

ADDRESSES = (
    "index.html",
    "lab.html",
    "window.html",
    "data/names.html",
    "data/counting.html",
    "data/kneser-ney.html",
    "model/derivatives.html",
    "model/randomness.html",
    "model/dropout.html",
    "learning/backpropagation.html",
    "learning/autograd.html",
    "learning/adamw.html",
    "learning/training.html",
    "learning/agreement.html",
    "using/sampling.html",
    "using/learned.html",
    "using/how-low.html",
    "pytorch/what-it-gives.html",
    "fast/beyond.html",
    "back/pitfalls.html",
    "back/since.html",
    "appendix/notation.html",
    "appendix/glossary.html",
    "appendix/c.html",
    "appendix/python.html",
    "appendix/reproduce.html",
    "appendix/references.html",
    "cannot-lie.html",
    "model/at-a-glance.html",
    "model/embedding.html",
    "model/linear.html",
    "model/tanh.html",
    "model/softmax.html",
    "fast/ladder.html",
    "fast/rounding.html",
    "fast/fold.html",
    "fast/frameworks.html",
    "notebooks/first_model.html",
    "notebooks/first_model.ipynb",
)


@pytest.mark.parametrize("address", ADDRESSES)
def test_what_was_once_linked_is_still_there(address: str) -> None:
    page = (REPOSITORY / "docs" / address).with_suffix("")
    assert page.with_suffix(".md").exists() or page.with_suffix(".ipynb").exists()
