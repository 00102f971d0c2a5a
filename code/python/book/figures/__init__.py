"""The figures of the book: a module for each page, named as the page is.

Each function draws one, from arrays that it computes, from the running example or from a record.
The page names it in a ```` ```figure ```` fence.
"""

from collections.abc import Callable

from book.figures import (
    adamw,
    agreement,
    at_a_glance,
    backpropagation,
    beyond,
    counting,
    derivatives,
    dropout,
    embedding,
    fold,
    frameworks,
    how_low,
    index,
    kneser_ney,
    ladder,
    learned,
    linear,
    names,
    randomness,
    rounding,
    sampling,
    since,
    softmax,
    tanh,
    training,
)
from litdocs.diagram import Drawing

PAGES = (
    index, names, counting, kneser_ney, at_a_glance, derivatives, randomness, embedding, linear,
    tanh, softmax, dropout, backpropagation, adamw, training, agreement, sampling, learned,
    how_low, ladder, rounding, fold, frameworks, beyond, since,
)  # fmt: skip

FIGURES: dict[str, Callable[[], Drawing]] = {
    figure.__name__: figure for page in PAGES for figure in page.FIGURES
}
