"""What a template learns of a card; the cards themselves are in tests/site."""

from types import SimpleNamespace
from typing import Any

import pytest
from mkdocs.config.defaults import MkDocsConfig

from litdocs import cards


@pytest.mark.parametrize(("heading", "shown"), [("A &amp; B", "A & B"), ("", "x")])
def test_a_card_has_the_heading_of_its_page_and_an_address(heading: str, shown: str) -> None:
    config: Any = MkDocsConfig()
    config.site_url = "https://host/book/"
    toc = [SimpleNamespace(title=heading)] if heading else []
    page: Any = SimpleNamespace(
        toc=toc, title="x", file=SimpleNamespace(dest_uri="model/softmax.html"), meta={}
    )
    cards.on_page_content("", page, config, None)  # type: ignore[arg-type]
    assert page.meta["card"] == {
        "heading": shown,
        "path": "model/softmax.png",
        "url": "https://host/book/model/softmax.png",
        "width": 1200,  # what those who show cards ask for
        "height": 630,
    }
