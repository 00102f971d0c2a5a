"""What the site says about itself to those who link to it, find it, or follow an old link."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit
from xml.etree import ElementTree

import numpy as np
import pytest
import site_browser
from PIL import Image
from playwright.sync_api import Browser

from litdocs.cards import MARGIN, draw

ROOT = Path(__file__).parents[2]
SITE_URL = re.findall(r"^site_url: (.*)$", (ROOT / "mkdocs.yml").read_text(), re.MULTILINE)[0]
REPO_URL = re.findall(r"^repo_url: (.*)$", (ROOT / "mkdocs.yml").read_text(), re.MULTILINE)[0]

# What tells nobody where a link goes: the list of Lighthouse.
VAGUE = {
    *("click here", "click this", "go", "here", "information", "learn more", "more", "more info"),
    *("more information", "right here", "read more", "see more", "start", "this"),
}


class Head(HTMLParser):
    """What a page says in its head, and what it links."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.said: dict[str, list[str]] = {}
        self.links: list[str] = []
        self.asked: set[str] = set()
        self.ids: set[str] = set()
        self.inside = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        have = {key: value or "" for key, value in attrs}
        self.asked |= {have[key] for key in ("href", "src") if have.get(key)}
        self.ids.add(have.get("id", ""))
        if tag == "html":
            self.note("lang", have.get("lang", ""))
        elif tag == "meta":
            self.note(have.get("name") or have.get("property") or "", have.get("content", ""))
        elif tag == "link":
            self.note(have["rel"], have["href"])
        elif tag == "a":
            self.links.append("")
        if tag == "a" or (tag == "title" and "title" not in self.said):  # a drawing has one, too
            self.inside = tag

    def handle_endtag(self, tag: str) -> None:
        if tag == self.inside:
            self.inside = ""

    def handle_data(self, data: str) -> None:
        if self.inside == "a":
            self.links[-1] += data
        elif self.inside == "title":
            self.note("title", data)

    def note(self, key: str, value: str) -> None:
        self.said.setdefault(key, []).append(value)


@pytest.fixture(scope="module")
def heads(site: Path) -> dict[str, Head]:
    """The heads of all pages, the one for missing pages left out."""
    return {
        name: Head((site / name).read_text("utf-8"))
        for name in site_browser.pages(site)
        if name != "404.html"
    }


def test_the_tests_serve_the_site_under_its_path() -> None:
    assert urlsplit(SITE_URL).path == site_browser.MOUNT


@pytest.mark.parametrize("what", ["description", "title", "canonical", "og:image"])
def test_every_page_has_its_own(what: str, heads: dict[str, Head]) -> None:
    said = {name: head.said.get(what, []) for name, head in heads.items()}
    assert {name: values for name, values in said.items() if len(values) != 1} == {}
    assert len({values[0] for values in said.values()}) == len(said), said


def test_a_description_is_a_sentence_or_two(heads: dict[str, Head]) -> None:
    for name, head in heads.items():
        description = head.said["description"][0]
        assert 50 <= len(description) <= 160, f"{name}: {len(description)} characters"
        assert head.said["og:description"] == [description]


def test_every_page_says_its_language(heads: dict[str, Head]) -> None:
    assert {name for name, head in heads.items() if head.said["lang"] != ["en"]} == set()


def test_no_link_has_a_vague_text(heads: dict[str, Head]) -> None:
    vague = [
        (name, link)
        for name, head in heads.items()
        for link in head.links
        if link.strip().lower() in VAGUE and (name, link) != ("appendix/python.html", "start")
    ]
    assert not vague


def test_every_link_inside_the_site_leads_somewhere(site: Path, heads: dict[str, Head]) -> None:
    for name, head in heads.items():
        for address in head.asked:
            parts = urlsplit(address)
            if parts.scheme or parts.netloc:
                continue
            path = (site / name).parent / unquote(parts.path) if parts.path else site / name
            assert path.is_file(), f"{name}: {address}"
            there = path.resolve().relative_to(site.resolve()).as_posix()
            if parts.fragment and there in heads:
                assert unquote(parts.fragment) in heads[there].ids, f"{name}: {address}"


def test_addresses_are_those_of_the_published_site(site: Path, heads: dict[str, Head]) -> None:
    for name, head in heads.items():
        assert head.said["canonical"] == head.said["og:url"] == [SITE_URL + name]


def test_every_page_has_a_card_of_its_own(site: Path, heads: dict[str, Head]) -> None:
    cards = {}
    for head in heads.values():
        path = site / head.said["og:image"][0].removeprefix(SITE_URL)
        with Image.open(path) as card:
            size = [str(pixels) for pixels in card.size]
            assert size == head.said["og:image:width"] + head.said["og:image:height"]
            cards[card.tobytes()] = path
        assert path.stat().st_size < 100_000, f"{path.name}: some readers refuse large ones"
    assert len(cards) == len(heads)


def test_a_long_heading_is_set_smaller_and_stays_clear_of_the_name(site: Path) -> None:
    for words in (1, 24):
        card = draw("heading " * words, "the name", site)
        grey = np.asarray(card.convert("L"))
        used = (grey != grey[0, 0]).any(axis=1)
        bands = np.diff(used.astype(int)) == 1
        name_and_logo_end = MARGIN + 22 * 4
        assert not used[name_and_logo_end + 5 : name_and_logo_end + 20].any()
        assert bands.sum() >= 2, "the name, and below it the heading"
        assert not used[-20:].any()


def test_the_sitemap_has_every_page_and_robots_know_it(site: Path, heads: dict[str, Head]) -> None:
    sitemap = ElementTree.parse(site / "sitemap.xml")
    listed = {place.text for place in sitemap.iterfind(".//{*}loc")}
    assert listed == {SITE_URL + name for name in heads}
    assert f"Sitemap: {SITE_URL}sitemap.xml" in (site / "robots.txt").read_text().splitlines()


@pytest.mark.parametrize("missing", ["missing.html", "model/missing", "a/b/c/missing.html"])
def test_a_missing_page_has_its_styles_and_a_way_back(
    missing: str, chromium: Browser, site: Path
) -> None:
    page = chromium.new_page()
    failed = []
    page.on("response", lambda r: failed.append(r.url) if r.status >= 400 else None)
    with site_browser.serve(site) as address:
        page.goto(address + missing, wait_until="networkidle")
        assert failed == [address + missing], "the page itself, and nothing that it asks for"
        paper = page.locator("body").evaluate("body => getComputedStyle(body).backgroundColor")
        assert paper == "rgb(253, 252, 249)", "no style sheet of ours"
        page.get_by_role("article").get_by_role("link", name="Linear").click()
        assert page.url == address + "model/linear.html"
        page.go_back()
        page.get_by_role("article").get_by_role("link").first.click()
        assert page.url == address + "index.html"
    page.close()


# --- notebooks ---------------------------------------------------------------


DOCS = ROOT / "docs"
NOTEBOOKS = [path.relative_to(DOCS).as_posix() for path in sorted(DOCS.rglob("*.ipynb"))]


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_the_repository_has_a_notebook_without_outputs_and_the_site_with(
    name: str, site: Path
) -> None:
    source = json.loads((DOCS / name).read_text("utf-8"))
    published = json.loads((site / name).read_text("utf-8"))
    for before, after in zip(source["cells"], published["cells"], strict=True):
        assert before["source"] == after["source"]
        if before["cell_type"] == "code":
            assert (before["outputs"], before["execution_count"]) == ([], None)
            assert after["execution_count"]
            shown = "".join(line for output in after["outputs"] for line in output["text"])
            assert bool(shown) == ("print(" in "".join(before["source"]))


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_a_notebook_can_be_downloaded_opened_elsewhere_and_runs_there(
    name: str, site: Path
) -> None:
    html = (site / name.replace(".ipynb", ".html")).read_text("utf-8")
    assert f'href="{Path(name).name}"' in html
    hosted = REPO_URL.replace("https://github.com", "https://colab.research.google.com/github")
    assert f'href="{hosted}/blob/main/docs/{name}"' in html
    code = [cell for cell in json.loads((site / name).read_text())["cells"] if "outputs" in cell]
    assert f"%pip install --quiet git+{REPO_URL}" in "".join(code[0]["source"])
