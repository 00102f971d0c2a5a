"""What a reader types into the search, and the page that it must find first."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import site_browser
from playwright.sync_api import Browser, Page

FIRST = {
    "linear_backward": "model/linear.html",
    "linear_forward": "model/linear.html",
    "embedding_backward": "model/embedding.html",
    "cross-entropy": "model/softmax.html",
    "val: loss": "model/softmax.html",
    "tanh_forward": "model/tanh.html",
    "GELU": "model/tanh.html",
    "names.safetensors": "index.html",
    "--kernels textbook": "appendix/c.html",
    "overfit": "learning/training.html",
    "partial_sums": "fast/ladder.html",
    "-ffast-math": "fast/rounding.html",
    "--fold": "fast/fold.html",
    "OpenBLAS": "fast/frameworks.html",
    "backpropagation": "learning/backpropagation.html",
    "tape": "learning/autograd.html",
    "weight decay": "learning/adamw.html",
    "xorshift": "model/randomness.html",
    "chain rule": "model/derivatives.html",
    "transformer": "back/since.html",
    "mlp_sampler_create": "appendix/c.html",
}


@pytest.fixture(scope="module", params=["http", "file"])
def address(request: pytest.FixtureRequest, site: Path) -> Iterator[str]:
    """The site on a server, and as a copy in a folder."""
    if request.param == "file":
        yield site.as_uri() + "/"
    else:
        with site_browser.serve(site) as address:
            yield address


@pytest.fixture(scope="module")
def page(chromium: Browser) -> Iterator[Page]:
    page = chromium.new_page(viewport={"width": 1440, "height": 900})
    yield page
    page.close()


@pytest.mark.parametrize("words", FIRST)
def test_the_right_page_comes_first(words: str, page: Page, address: str) -> None:
    page.goto(address + "index.html")
    box = page.get_by_role("textbox", name="Search")
    box.fill(words)
    box.press("End")  # a key goes up: now the theme searches, once
    first = page.locator(".md-search-result__link").first
    first.wait_for()
    found = urlsplit(str(first.evaluate("link => link.href")).removeprefix(address))
    assert found.path == FIRST[words]


def test_what_is_not_in_the_book_is_not_found(page: Page, address: str) -> None:
    page.goto(address + "index.html")
    box = page.get_by_role("textbox", name="Search")
    box.fill("--zeppelin")
    box.press("End")
    page.get_by_text("No matching documents").wait_for()


def test_words_inside_a_figure_are_no_text(site: Path) -> None:
    entries = json.loads((site / "search/search_index.json").read_text("utf-8"))["docs"]
    texts = [entry["text"] for entry in entries]
    assert any("Every edge carries an array forward" in text for text in texts)  # a caption
    assert not any("wte.weight (V,E) = (27,48)" in text for text in texts)  # a label above it
