"""What a phone has to fetch for a page: few bytes, as hosts compress them."""

from __future__ import annotations

import gzip
from functools import cache
from pathlib import Path

import site_browser
from cases import REPOSITORY
from playwright.sync_api import Browser

from mlp.corpora import GIVEN_NAMES, load

LIMIT = 220  # kB, for any page. Where it was measured the heaviest had 195.
COMPUTING = 320  # for those that train as soon as they are there: the library, the names, curves
FETCHED = 120  # kB of the library and the names. Where it was measured they had 117.
COMPUTE = ("lab.html", "window.html")
COMPRESSED = (".woff2", ".png", ".gz")


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


def test_the_library_and_the_names_are_small_and_are_what_was_packed(site: Path) -> None:
    folder = site / "assets" / "lab"
    packed = sorted(folder.rglob("*.gz"))
    assert sum(path.stat().st_size for path in packed) / 1000 <= FETCHED
    corpus = load(GIVEN_NAMES).folder
    for path in packed:
        source = REPOSITORY / "build" / "mlp.wasm"
        if path.parent != folder:
            source = corpus / path.stem
        assert gzip.decompress(path.read_bytes()) == source.read_bytes()


@cache
def weight(path: Path) -> int:
    """Return how many bytes a file has on its way."""
    data = path.read_bytes()
    return len(data if path.suffix in COMPRESSED else gzip.compress(data))
