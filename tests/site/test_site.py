"""The built site, in a real browser: every page, in both schemes, at five widths."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import pytest
import site_browser
from playwright.sync_api import Browser, Page, Request

# What a reader can open is looked at too.
OPEN_EVERYTHING = """
document.querySelectorAll("details").forEach(details => details.open = true)
document.head.append(Object.assign(document.createElement("style"), {
  textContent: ".tabbed-block { display: block !important }",
}))
"""

# Once the theme, where there is one, has heard of it.
DARK = "() => (document.body.dataset.mdColorScheme ?? 'slate') === 'slate'"


@dataclass
class Faults:
    """What is wrong with the pages that were looked at, one line for each fault."""

    asked_others: list[str] = field(default_factory=list)
    logged: list[str] = field(default_factory=list)
    inaccessible: list[str] = field(default_factory=list)
    too_wide: list[str] = field(default_factory=list)


def look_at(chromium: Browser, address: str, names: list[str]) -> Faults:
    """Open each page at all widths and in both schemes; return what is wrong with them."""
    faults = Faults()
    calm = "reduce"  # or the first page would train at each visit
    page = chromium.new_page(reduced_motion=calm)
    watch(page, address, faults)
    for name in names:
        page.emulate_media(color_scheme="light")
        page.goto(address + name)
        for width in site_browser.WIDTHS:
            page.set_viewport_size({"width": width, "height": 900})
            have = page.evaluate("document.documentElement.scrollWidth")
            if have > width:
                faults.too_wide.append(f"{name}, {width} px: the page is {have} px wide")
            # Axe takes its time. There are two layouts, with the same figures; only the colours
            # depend on the scheme.
            if width == min(site_browser.WIDTHS):
                page.evaluate(OPEN_EVERYTHING)
                found = site_browser.violations(page, colours=False, without="svg.figure")
                faults.inaccessible += [f"{name}, {width} px: {line}" for line in found]
        found = site_browser.violations(page)
        faults.inaccessible += [f"{name}, {width} px: {line}" for line in found]
        page.emulate_media(color_scheme="dark")
        page.wait_for_function(DARK)
        found = site_browser.violations(page, only="color-contrast")
        faults.inaccessible += [f"{name}, dark: {line}" for line in found]
    page.close()
    return faults


def watch(page: Page, address: str, faults: Faults) -> None:
    """Note each request for anything that is not ours, and each error. Chromium finds no others."""

    def note(request: Request) -> None:
        if not request.url.startswith((address, "data:", "blob:")):
            faults.asked_others.append(f"{page.url}: {request.url}")

    page.on("request", note)
    page.on(
        "console",
        lambda message: (
            faults.logged.append(f"{page.url}: {message.text}") if message.type == "error" else None
        ),
    )
    page.on("pageerror", lambda error: faults.logged.append(f"{page.url}: {error}"))


@pytest.fixture(scope="module")
def faults(chromium: Browser, site: Path) -> Faults:
    with site_browser.serve(site) as address:
        return look_at(chromium, address, site_browser.pages(site))


def test_no_page_asks_anyone_else_for_anything(faults: Faults) -> None:
    assert not faults.asked_others, "\n".join(faults.asked_others)


def test_no_page_logs_an_error(faults: Faults) -> None:
    assert not faults.logged, "\n".join(faults.logged)


def test_every_page_is_accessible_in_both_schemes(faults: Faults) -> None:
    assert not faults.inaccessible, "\n".join(faults.inaccessible)


def test_no_page_scrolls_sideways_at_any_width(faults: Faults) -> None:
    assert not faults.too_wide, "\n".join(faults.too_wide)


BROKEN = """<!doctype html><html lang="en"><title>t</title><main><h1>Broken</h1>
<img alt="" src="https://example.invalid/x.png"><p style="color: #999; background: #fff">pale</p>
<div style="width: 500px">wide</div><script>console.error("oh")</script></main></html>"""


def test_each_check_sees_the_fault_it_is_there_for(chromium: Browser, tmp_path: Path) -> None:
    (tmp_path / "broken.html").write_text(BROKEN, encoding="utf-8")
    with site_browser.serve(tmp_path) as address:
        faults = look_at(chromium, address, ["broken.html"])
    assert len(faults.asked_others) == 1
    assert sum("oh" in line for line in faults.logged) == 1
    assert [line.split("<")[0] for line in faults.inaccessible] == [
        "broken.html, 1920 px: color-contrast: ",
        "broken.html, dark: color-contrast: ",
    ]
    assert faults.too_wide == ["broken.html, 390 px: the page is 508 px wide"]


@pytest.mark.parametrize("scheme", site_browser.SCHEMES)
def test_search_finds_a_page_and_its_dialog_is_accessible(
    chromium: Browser, site: Path, scheme: Literal["light", "dark"]
) -> None:
    with site_browser.serve(site) as address:
        page = chromium.new_page(color_scheme=scheme, viewport={"width": 1440, "height": 900})
        page.goto(address)
        page.get_by_role("textbox", name="Search").press_sequentially("name")
        page.locator(".md-search-result__link").first.wait_for()
        assert not site_browser.violations(page)
        page.close()


def test_a_copy_of_the_site_works_from_a_folder(chromium: Browser, site: Path) -> None:
    page = chromium.new_page(viewport={"width": 1440, "height": 900})
    faults = Faults()
    watch(page, "file://", faults)
    page.goto((site / "index.html").as_uri())
    page.get_by_role("textbox", name="Search").press_sequentially("name")
    page.locator(".md-search-result__link").first.wait_for()
    page.locator(".md-search-result__link").first.click()
    assert page.url.startswith("file://")
    assert faults == Faults()
    page.close()
