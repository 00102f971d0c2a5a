"""The figures of the book: a module for each page, named as the page is.

Each function draws one, from arrays that it computes, from the running example or from a record.
The page names it in a ```` ```figure ```` fence.
"""

from collections.abc import Callable

from book.figures import (
    at_a_glance,
    beyond,
    counting,
    embedding,
    fold,
    frameworks,
    how_low,
    index,
    kneser_ney,
    ladder,
    learned,
    linear,
    rounding,
    softmax,
    tanh,
)
from litdocs.diagram import Drawing

PAGES = (
    index, counting, kneser_ney, at_a_glance, embedding, linear, tanh, softmax, ladder, rounding,
    fold, frameworks, beyond, learned, how_low,
)  # fmt: skip

FIGURES: dict[str, Callable[[], Drawing]] = {
    figure.__name__: figure for page in PAGES for figure in page.FIGURES
}
