"""Fonts have the letters that are needed, and little moves when they come, however late."""

import html
import string
from base64 import b64decode
from pathlib import Path

import pytest
import site_browser
from cases import REPOSITORY
from fontTools.ttLib import TTFont
from playwright.sync_api import Browser, Page, Route

OBSERVE = """
window.shift = 0
new PerformanceObserver(list => {
  for (const entry of list.getEntries()) window.shift += entry.value
}).observe({ type: "layout-shift", buffered: true })
"""
PAINTED = "performance.getEntriesByName('first-contentful-paint').length"
NEXT_FRAME = "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
FONTS_ARE_HERE = "document.fonts.ready.then(() => null)"

# Of the layout shift. Where it was measured it was at most 0.027; without the fitted fonts, and
# with the font of the text in a file of its own, 0.33.
BOUND = 0.05


def letters(font: Path) -> set[int]:
    """Return the code points that a font has."""
    return set(TTFont(font).getBestCmap())


def test_a_font_has_the_letters_of_the_pages_and_of_the_keyboard_and_no_others(site: Path) -> None:
    pages = (html.unescape(page.read_text("utf-8")) for page in site.rglob("*.html"))
    needed = {ord(letter) for letter in set(string.printable).union(*pages)}
    folder = site / "assets" / "npm"
    fonts = sorted(folder.rglob("*.woff2"))
    assert fonts
    for font in fonts:
        whole = REPOSITORY / "node_modules" / font.relative_to(folder)
        assert letters(font) == letters(whole) & needed, font.name


def test_the_font_of_the_text_comes_within_the_styles(site: Path) -> None:
    styles = (site / "assets" / "site.css").read_text("utf-8")
    _, _, data = styles.partition('url("data:font/woff2;base64,')
    data, _, _ = data.partition('"')
    text = site / "assets/npm/@fontsource/source-serif-4/files"
    assert b64decode(data) == (text / "source-serif-4-latin-400-normal.woff2").read_bytes()


def shift_of_late_fonts(page: Page, address: str) -> float:
    """Open a page, send its fonts once it is painted, and return how much of it moved."""
    held: list[Route] = []
    painted = False

    def route(font: Route) -> None:
        if painted:
            font.continue_()
        else:
            held.append(font)

    page.route("**/*.woff2", route)  # while anything is routed, nothing comes from the cache
    page.goto(address, wait_until="commit")
    page.wait_for_function(PAINTED)
    page.evaluate(NEXT_FRAME)
    painted = True
    assert held
    for font in held:
        font.continue_()
    page.wait_for_function("document.readyState === 'complete'")
    page.evaluate(FONTS_ARE_HERE)
    page.evaluate(NEXT_FRAME)
    page.unroute("**/*.woff2", route)
    return float(page.evaluate("shift"))


@pytest.mark.parametrize("width", [412, 1440])
def test_little_moves_when_the_fonts_come_late(chromium: Browser, site: Path, width: int) -> None:
    shifts = {}
    page = chromium.new_page(viewport={"width": width, "height": 823})
    page.add_init_script(OBSERVE)
    with site_browser.serve(site) as address:
        for name in site_browser.pages(site):
            shifts[name] = shift_of_late_fonts(page, address + name)
    page.close()
    assert {name: shift for name, shift in shifts.items() if shift >= BOUND} == {}
