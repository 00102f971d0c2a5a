"""Little moves when the fonts come, however late they are."""

from pathlib import Path

import pytest
import site_browser
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

# Of the layout shift. Where it was measured it was at most 0.008; without the fitted fonts, and
# with the font of the text in a file of its own, 0.33.
BOUND = 0.05


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
