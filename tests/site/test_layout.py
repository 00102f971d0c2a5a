"""Pages as places, in a real browser: what is beside what, where the reader is, and on paper."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import pytest
import site_browser
from cases import REPOSITORY
from playwright.sync_api import Browser, Locator, Page, TimeoutError, expect
from pypdf import PdfReader

from litdocs.fences import fences
from litdocs.inline_code import LONGEST

COLUMNS = 72
WIDE = (1425, 1920)  # 1440 px, of which a scroll bar takes 15
CUT = """() => {
  document.querySelectorAll("details").forEach(details => { details.open = true })
  const cut = code => code.scrollWidth > code.clientWidth
  const name = code => code.closest(".highlight")?.querySelector(".filename")?.textContent
    ?? code.textContent.trim().slice(0, 60)
  return [...document.querySelectorAll("pre > code")].filter(cut).map(name)
}"""

# What is prose and wider than the title of its page.
TOO_WIDE = """() => {
  const measure = document.querySelector("h1").getBoundingClientRect().width
  const prose = ".md-content :is(p:not(.triptych *), li:not(:has(.highlight)))"
  return [...document.querySelectorAll(prose)]
    .filter(text => text.getBoundingClientRect().width > measure)
    .map(text => text.textContent.slice(0, 60))
}"""

# For each listing in three languages, where C, NumPy and PyTorch stand.
TRIPTYCHS = """() => [...document.querySelectorAll(".triptych-panels")].map(panels =>
  [...panels.querySelectorAll(":scope > section")].map(panel => {
    const { x, y, height } = panel.getBoundingClientRect()
    return { x, y, bottom: y + height, height }
  }))"""

# The titles of listings whose words the copy button overlaps.
COVERED = """() => [...document.querySelectorAll(".filename + * ~ .copy")].filter(copy => {
  const title = document.createRange()
  title.selectNodeContents(copy.parentElement.querySelector(".filename"))
  const { left, top, bottom } = copy.getBoundingClientRect()
  return [...title.getClientRects()].some(words =>
    words.right > left && words.top < bottom && words.bottom > top)
}).map(copy => copy.ariaLabel)"""

# Signs that begin a line because a formula before them ended the last one.
ORPHANS = r"""() => [...document.querySelectorAll("span.math")].filter(math => {
  const after = math.nextSibling
  const text = after?.nodeType === Node.TEXT_NODE ? after.data : ""
  if (!/^[^\s\w(]/.test(text) || !math.checkVisibility()) return false
  const range = document.createRange()
  range.setStart(after, 0)
  range.setEnd(after, 1)
  const box = [...math.querySelectorAll(".katex-base")].at(-1).getBoundingClientRect()
  return range.getBoundingClientRect().left < box.right - 2
}).map(math => math.parentElement.textContent.slice(-80))"""

# Words that are broken across two lines. In code, not even a hyphen may end a line.
BROKEN = r"""longest => {
  const broken = []
  const nodes = document.createTreeWalker(document.querySelector("article"), NodeFilter.SHOW_TEXT)
  while (nodes.nextNode()) {
    const node = nodes.currentNode, parent = node.parentElement
    if (parent.closest("pre, svg, .math, textarea")) continue
    const whole = parent.closest("code, small, .recorded")
    for (const { 0: word, index } of node.data.matchAll(whole ? /\S+/g : /\w+/g)) {
      if (word.length > longest) continue
      const range = document.createRange()
      range.setStart(node, index)
      range.setEnd(node, index + word.length)
      const lines = [...range.getClientRects()].filter(({ width }) => width > 0)
      if (new Set(lines.map(({ top }) => Math.round(top))).size > 1) broken.push(word)
    }
  }
  return broken
}"""

# What of the links to the pages before and after is cut, or out of sight.
LOST = """() => [
  ...[...document.querySelectorAll(".md-footer__title .md-ellipsis")]
    .filter(title => title.scrollWidth > title.clientWidth),
  ...[...document.querySelectorAll(".md-footer__link")].filter(link => {
    const { left, right } = link.getBoundingClientRect()
    return left < 0 || right > document.documentElement.clientWidth
  }),
].map(element => element.textContent.trim())"""


@dataclass
class Seen:
    """What a reader of one page on one wide screen sees, and does not."""

    name: str
    width: int
    cut: list[str]
    tabbed: list[str]
    too_wide: list[str]
    orphans: list[str]
    triptychs: list[list[dict[str, float]]]
    linked: set[str]
    headings: list[str]
    chapter: str


@dataclass
class Held:
    """What a reader of one page on a phone sees, and does not."""

    name: str
    covered: list[str]
    orphans: list[str]
    broken: list[str]
    lost: list[str]
    titles: int


@pytest.fixture
def open_page(chromium: Browser) -> Iterator[Page]:
    page = chromium.new_page()
    yield page
    page.close()


def go(page: Page, url: str, width: int) -> None:
    """Open a page, and wait for its fonts: they decide what fits."""
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(url)
    page.evaluate("document.fonts.ready.then(() => true)")


def names(site: Path) -> list[str]:
    """The pages, except the one that the root of a host serves."""
    return [name for name in site_browser.pages(site) if name != "404.html"]


@pytest.fixture(scope="module")
def phone(chromium: Browser, address: str, site: Path) -> list[Held]:
    """Each page on a phone."""
    held = []
    page = chromium.new_page()
    for name in names(site):
        go(page, address + name, 390)
        titles = page.locator(".md-footer__title .md-ellipsis").count()
        held.append(
            Held(
                name,
                page.evaluate(COVERED),
                page.evaluate(ORPHANS),
                page.evaluate(BROKEN, LONGEST),
                page.evaluate(LOST),
                titles,
            )
        )
    page.close()
    return held


@pytest.fixture(scope="module")
def tour(chromium: Browser, address: str, site: Path) -> list[Seen]:
    """Each page on each wide screen."""
    seen = []
    page = chromium.new_page()
    for name in names(site):
        go(page, address + name, 1280)
        for width in 1280, *WIDE:
            page.set_viewport_size({"width": width, "height": 900})
            page.evaluate("new Promise(done => requestAnimationFrame(() => done(true)))")
            links = page.get_by_role("navigation", name="Chapters").get_by_role("link")
            seen.append(
                Seen(
                    name,
                    width,
                    page.evaluate(CUT),
                    page.locator("[data-as-tabs] .filename:visible").all_inner_texts(),
                    page.evaluate(TOO_WIDE),
                    page.evaluate(ORPHANS),
                    page.evaluate(TRIPTYCHS),
                    set(links.evaluate_all("links => links.map(link => link.href)")),
                    page.locator("h2[id]").evaluate_all("all => all.map(h2 => h2.id)"),
                    "".join(page.locator(".mlp-chapter").all_inner_texts()),
                )
            )
    page.close()
    return seen


# ---- listings ------------------------------------------------------------------------------


def test_lines_that_stand_side_by_side_fit_their_column() -> None:
    long = set()
    for path in sorted((REPOSITORY / "docs").glob("**/*.md")):
        for fence in fences(path.read_text("utf-8").splitlines()):
            if fence.language != "sources":
                continue
            for _, source, _ in fence.columns(REPOSITORY):
                for number, line in enumerate(source.text.splitlines() if source else (), 1):
                    if source and len(line) > COLUMNS:
                        at = f"{source.path}:{source.first + number - 1}"
                        long.add(f"{at}: {len(line)} columns, {COLUMNS} fit")
    assert not long, "\n".join(sorted(long))


def test_wide_screen_cuts_no_listing(tour: list[Seen]) -> None:
    cut = [f"{seen.name}, {seen.width} px: {cut}" for seen in tour for cut in seen.cut]
    assert not cut, "\n".join(cut)


def test_wide_screen_shows_the_languages_side_by_side(tour: list[Seen]) -> None:
    wide = [seen for seen in tour if seen.width in WIDE]
    tabbed = [f"{seen.name}, {seen.width} px: {tab}" for seen in wide for tab in seen.tabbed]
    assert not tabbed, "too wide for columns:\n" + "\n".join(tabbed)


def test_phone_shows_a_listing_from_edge_to_edge(open_page: Page, address: str) -> None:
    go(open_page, f"{address}model/linear.html", 390)
    listings = ".md-content__inner > .highlight:not(.litdocs-output), .triptych .highlight:visible"
    for listing in open_page.locator(listings).all():
        box = listing.bounding_box()
        assert box
        assert (box["x"], box["width"]) == (0, 390)


def test_no_line_of_prose_is_longer_than_the_measure(tour: list[Seen]) -> None:
    wide = [f"{seen.name}, {seen.width} px: {text}" for seen in tour for text in seen.too_wide]
    assert not wide, "\n".join(wide)


def test_no_line_begins_with_the_comma_after_a_formula(tour: list[Seen], phone: list[Held]) -> None:
    orphans = [f"{seen.name}: {text}" for seen in [*tour, *phone] for text in seen.orphans]
    assert not orphans, "\n".join(orphans)


def test_no_line_of_a_phone_ends_in_the_middle_of_a_word(phone: list[Held]) -> None:
    assert {held.name: held.broken for held in phone if held.broken} == {}


def test_copy_button_stands_beside_the_title_of_its_listing(phone: list[Held]) -> None:
    assert {held.name: held.covered for held in phone if held.covered} == {}


def test_pytorch_stands_below_the_shorter_of_the_others(tour: list[Seen]) -> None:
    places = set()
    for seen in tour:
        for c, numpy, torch in seen.triptychs if seen.width in WIDE else ():
            shorter = c if c["height"] < numpy["height"] else numpy
            assert torch["x"] == shorter["x"], f"{seen.name}, {seen.width} px"
            assert torch["y"] >= shorter["bottom"], f"{seen.name}, {seen.width} px"
            places.add(shorter is c)
    assert places == {True, False}


# ---- where the reader is -------------------------------------------------------------------


def chapters(page: Page) -> Locator:
    return page.get_by_role("navigation", name="Chapters")


def test_desktop_shows_every_chapter_and_the_contents_of_this_one(
    tour: list[Seen], address: str
) -> None:
    pages = {address + seen.name for seen in tour}
    for seen in tour:
        contents = {f"{address}{seen.name}#{heading}" for heading in seen.headings}
        assert pages | contents <= seen.linked, f"{seen.name}, {seen.width} px"


def test_contents_stay_in_sight_to_the_end_of_the_longest_page(
    open_page: Page, address: str, tour: list[Seen]
) -> None:
    longest = max(tour, key=lambda seen: len(seen.headings))
    go(open_page, address + longest.name, 1280)
    open_page.evaluate("scrollTo({top: document.body.scrollHeight, behavior: 'instant'})")
    last = chapters(open_page).locator("a[href^='#']").last
    expect(last).to_be_in_viewport()
    expect(last).to_have_class(re.compile("md-nav__link--active"))


def test_each_chapter_says_which_of_how_many_it_is(
    open_page: Page, address: str, tour: list[Seen]
) -> None:
    go(open_page, address, 1440)
    links = chapters(open_page).locator("p + ul > li > a:not([href*='notebooks/'])")
    order = [url.removeprefix(address) for url in links.evaluate_all("all => all.map(a => a.href)")]
    assert len(order) > 5
    for seen in tour:
        if seen.name in order:
            number = order.index(seen.name) + 1
            assert seen.chapter.endswith(f"Chapter {number} of {len(order)}")
        else:
            assert seen.chapter == ""


@pytest.mark.parametrize("width", [390, 1440])
def test_previous_and_next_have_their_titles(open_page: Page, address: str, width: int) -> None:
    go(open_page, f"{address}model/linear.html", width)
    for direction, title in ("Previous", "Embedding"), ("Next", "Tanh"):
        link = open_page.get_by_role("link", name=f"{direction}: {title}")
        expect(link.get_by_text(title)).to_be_visible()


def test_phone_shows_the_whole_titles_of_previous_and_next(phone: list[Held]) -> None:
    assert all(held.titles for held in phone)
    assert {held.name: held.lost for held in phone if held.lost} == {}


def test_aside_stands_in_the_margin_beside_its_paragraph(open_page: Page, address: str) -> None:
    go(open_page, f"{address}model/embedding.html", 1440)
    aside = open_page.locator(".aside").first
    paragraph = open_page.locator(".aside + p").first
    beside, text = aside.bounding_box(), paragraph.bounding_box()
    assert beside
    assert text
    assert beside["x"] >= text["x"] + text["width"]
    assert abs(beside["y"] - text["y"]) < 20
    open_page.set_viewport_size({"width": 390, "height": 800})
    beside, text = aside.bounding_box(), paragraph.bounding_box()
    assert beside
    assert text
    assert beside["x"] == text["x"]


# ---- the keyboard --------------------------------------------------------------------------

# Where the focus is, if a reader sees that; a choice of colours shows its focus on its label.
SEEN = """() => {
  const focused = document.activeElement
  const shown = focused.matches(".md-option") ? focused.nextElementSibling : focused
  const box = shown.getClientRects()[0]
  const visible = shown.checkVisibility({ opacityProperty: true, visibilityProperty: true })
  if (!visible || !box) return false
  const middle = (from, to, end) => (Math.max(from, 0) + Math.min(to, end)) / 2
  const there = document.elementFromPoint(
    middle(box.left, box.right, innerWidth), middle(box.top, box.bottom, innerHeight))
  return box.width > 0 && box.height > 0 && (shown.contains(there) || there?.contains(shown))
}"""


def stops(page: Page) -> Iterator[str]:
    """Press Tab to the end of the page; yield what it stops at, or its HTML if that is not seen."""
    for number in count():
        assert number < 500, "Tab never comes to an end"
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement === document.body"):
            return
        try:
            if not page.evaluate(SEEN):
                page.wait_for_function(SEEN, timeout=3000)  # the theme moves what it shows
            yield ""
        except TimeoutError:
            yield str(page.evaluate("document.activeElement.outerHTML.slice(0, 120)"))


@pytest.mark.parametrize("width", site_browser.WIDTHS)
@pytest.mark.parametrize("name", ["404.html", "index.html", "model/linear.html"])
def test_tab_stops_at_nothing_invisible(
    open_page: Page, address: str, name: str, width: int
) -> None:
    go(open_page, address + name, width)
    found = list(stops(open_page))
    assert len(found) >= 4  # home, menu, colours, search
    assert not any(found), "\n".join(filter(None, found))


@pytest.mark.parametrize("width", [390, 1024])
def test_open_drawer_keeps_the_focus_and_escape_closes_it(
    open_page: Page, address: str, width: int
) -> None:
    go(open_page, f"{address}model/linear.html", width)
    menu = open_page.locator("button[aria-label=Menu]")
    menu.press("Enter")
    expect(menu).to_have_attribute("aria-expanded", "true")
    expect(open_page.get_by_role("button", name="Close the menu")).to_be_focused()
    expect(chapters(open_page)).to_be_in_viewport()
    for html in stops(open_page):
        assert not html
        assert open_page.evaluate("!!document.activeElement.closest('.md-sidebar--primary')")
    open_page.keyboard.press("Escape")
    expect(chapters(open_page)).to_be_hidden()
    expect(menu).to_be_focused()
    menu.press("Enter")
    chapters(open_page).get_by_role("link", name="The equation").click()
    expect(chapters(open_page)).to_be_hidden()


@pytest.mark.parametrize("width", [390, 1024, 1440])
def test_escape_closes_the_search(open_page: Page, address: str, width: int) -> None:
    go(open_page, address, width)
    field = open_page.get_by_role("textbox", name="Search")
    button = open_page.get_by_role("button", name="Search")
    results = open_page.locator(".md-search-result__link")
    if width < 960:
        expect(field).to_be_hidden()
        button.press("Enter")
    else:
        field.focus()
    field.press_sequentially("name")
    expect(results.first).to_be_visible()
    open_page.keyboard.press("Escape")
    expect(results.first).to_be_hidden()
    if width < 960:
        expect(button).to_be_focused()


# ---- on paper ------------------------------------------------------------------------------

PANELS = """() => [...document.querySelectorAll(".triptych-panel")].map(panel => [
  panel.dataset.name,
  panel.querySelector(".filename, .triptych-absent").textContent
    + (panel.querySelector("pre > code")?.textContent.split("\\n")[0] ?? ""),
])"""


def test_paper_shows_all_languages_with_their_labels_and_ends_with_text(
    open_page: Page, address: str
) -> None:
    seen = 0
    for name in "404.html", "index.html", "model/linear.html", "model/softmax.html":
        go(open_page, address + name, 390)  # where two of the three hide behind tabs
        # Low sheets, for many places where a label could be torn off.
        reader = PdfReader(io.BytesIO(open_page.pdf(width="210mm", height="120mm")))
        sheets = [sheet.extract_text() for sheet in reader.pages]
        assert sheets[-1].strip(), f"{name}: the last of {len(sheets)} sheets is blank"
        # The words of a sheet come in the order that they are drawn in: all labels first.
        panels = [(label, squeezed(body)) for label, body in open_page.evaluate(PANELS)]
        for label, body in panels:
            on = [sheet for sheet in sheets if body in squeezed(sheet)]
            assert on, f"{name}: {label} is not there, or torn from its title: {body}"
            bodies = {other for its, other in panels if its == label}
            for sheet in on:
                assert sheet.splitlines().count(label) == sum(
                    squeezed(sheet).count(other) for other in bodies
                ), f"{name}: {label} is on another page than {body}"
        seen += len(panels)
    assert seen > 10


def squeezed(text: str) -> str:
    return "".join(text.split())
