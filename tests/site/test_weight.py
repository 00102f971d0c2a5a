"""What a phone has to fetch for a page: few bytes, as hosts compress them."""

from __future__ import annotations

import gzip
from functools import cache
from pathlib import Path

import site_browser
from playwright.sync_api import Browser

LIMIT = 220  # kB, for any page. Where it was measured the heaviest had 195.
COMPUTING = 320  # for those that train as soon as they are there: the library, the names, curves
COMPUTE = ("lab.html", "window.html")
COMPRESSED = (".woff2", ".png")


def test_no_page_weighs_much(chromium: Browser, site: Path) -> None:
    asked: set[Path] = set()

    class Noting(site_browser.Pages):
        def do_GET(self) -> None:
            asked.add(Path(self.translate_path(self.path)))
            super().do_GET()

    weights = {}
    screen, quiet = {"width": 412, "height": 823}, "reduce"  # nothing starts by itself
    phone = chromium.new_page(viewport=screen, reduced_motion=quiet)
    phone.context.new_cdp_session(phone).send("Network.setCacheDisabled", {"cacheDisabled": True})
    with site_browser.serve(site, Noting) as address:
        for name in site_browser.pages(site):
            asked.clear()
            phone.goto(address + name, wait_until="networkidle")
            weights[name] = sum(map(weight, asked)) / 1000
    phone.close()
    limits = {name: COMPUTING if name in COMPUTE else LIMIT for name in weights}
    assert {name: kb for name, kb in weights.items() if kb > limits[name]} == {}


@cache
def weight(path: Path) -> int:
    """Return how many bytes a file has on its way."""
    data = path.read_bytes()
    return len(data if path.suffix in COMPRESSED else gzip.compress(data))
