"""What helps a reader around the text: listings to copy, and where numbers are from."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import site_browser
from playwright.sync_api import Browser, Locator, Page, expect

# Chromium has no clipboard for a page over plain http, except from the machine itself.
PLACES = ("http://127.0.0.1", f"http://{site_browser.HOST}", "file://")


@pytest.fixture(scope="module", params=PLACES)
def linear(request: pytest.FixtureRequest, chromium: Browser, site: Path) -> Iterator[Page]:
    """A page with listings of all kinds, where the clipboard may be used and where it may not."""
    context = chromium.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    if request.param == "file://":
        page.goto((site / "model/linear.html").as_uri())
        yield page
    else:
        with site_browser.serve(site) as address:
            page.goto(address.replace("http://127.0.0.1", request.param) + "model/linear.html")
            yield page
    context.close()


def status(page: Page) -> Locator:
    return page.locator(".copy-status[role=status]")


def press(page: Page, keys: str, text: str = "") -> str:
    """Press keys in a new box with this text, all of it selected; return what it has then."""
    page.evaluate("document.body.append(document.createElement('textarea'))")
    box = page.locator("body > textarea")
    box.fill(text)
    box.select_text()
    box.press(keys)
    text = box.input_value()
    box.evaluate("box => box.remove()")
    return text


def test_only_one_of_the_places_is_without_a_clipboard(linear: Page) -> None:
    plain = site_browser.HOST in linear.url
    assert linear.evaluate("!navigator.clipboard") == plain


def test_a_source_is_copied_whole_and_a_screen_reader_hears_it(linear: Page) -> None:
    listing = linear.locator(".litdocs-source").first
    button = listing.get_by_role("button")
    press(linear, "ControlOrMeta+c", "what was copied before")
    expect(status(linear)).to_have_text("")
    button.click()
    expect(status(linear)).to_have_text("copied")
    expect(button).to_have_text("copied")
    expect(button).to_be_focused()
    copied = press(linear, "ControlOrMeta+v")
    assert copied == listing.get_attribute("data-copy")
    assert "linear_forward" in copied
    expect(status(linear)).to_have_text("")


def test_code_is_copied_as_it_is_shown(linear: Page) -> None:
    listing = linear.locator(".language-python:not(.litdocs-source)").first
    press(linear, "ControlOrMeta+c", "what was copied before")
    listing.hover()
    listing.get_by_role("button").click()
    expect(status(linear)).to_have_text("copied")
    assert press(linear, "ControlOrMeta+v") == listing.locator("pre > code").text_content()
    expect(status(linear)).to_have_text("")


def test_a_failure_is_said(chromium: Browser, site: Path) -> None:
    page = chromium.new_page()
    page.add_init_script(
        "navigator.clipboard.writeText = () => Promise.reject(); document.execCommand = () => false"
    )
    with site_browser.serve(site) as address:
        page.goto(address + "model/linear.html")
        button = page.get_by_role("button", name="Copy").first
        button.click()
        expect(status(page)).to_have_text("copy failed")
        expect(button).to_have_text("copy failed")
    page.close()


BUTTONS = """listings => listings.map(
  listing => [listing.className, listing.querySelectorAll("button.copy").length]
)"""


def test_what_one_wants_to_copy_has_a_button_and_what_was_printed_has_none(
    chromium: Browser, site: Path
) -> None:
    page = chromium.new_page()
    seen = set()
    with site_browser.serve(site) as address:
        for name in site_browser.pages(site):
            page.goto(address + name)
            for css, buttons in page.locator(".highlight").evaluate_all(BUTTONS):
                printed = "litdocs-output" in css or "language-text" in css
                assert buttons == (0 if printed else 1), f"{name}: {css}"
                seen.add(css.split()[0])
    page.close()
    assert {"language-c", "language-python", "language-sh", "language-output"} <= seen


# For each recorded number: does its table's line or its paragraph's note link its record?
UNSAID = """numbers => numbers.filter(number => {
  const named = where => where?.querySelector(`a[href$="/${number.dataset.record}.json"]`)
  const table = number.closest("table")
  if (table) {
    let line = table.closest(".table-scroll").nextElementSibling
    while (line?.matches("p.recorded-in") && !named(line)) line = line.nextElementSibling
    return !line?.matches("p.recorded-in")
  }
  const note = `#record-${number.dataset.record}`
  return !number.closest("p, li, dd")?.querySelector(`sup > a[href="${note}"]`)
    || !named(document.querySelector(note))
}).map(number => number.title)"""


LINKS = """() => [...document.querySelectorAll(".recorded-in a, .records a")]
  .map(link => [link.href, link.checkVisibility({ visibilityProperty: true })])"""


def test_every_recorded_number_says_where_it_is_from_without_a_mouse(
    chromium: Browser, site: Path
) -> None:
    page = chromium.new_page()
    page.emulate_media(media="print")
    unsaid, numbers = [], 0
    with site_browser.serve(site) as address:
        for name in site_browser.pages(site):
            page.goto(address + name)
            recorded = page.locator(".recorded")
            numbers += recorded.count()
            unsaid += [f"{name}: {title}" for title in recorded.evaluate_all(UNSAID)]
            for href, visible in page.evaluate(LINKS):
                assert visible, f"{name}: {href}"
                path = href.removeprefix(address)
                assert "#record-" in path or (site / path).is_file(), f"{name}: {href}"
            assert not page.locator(".recorded[tabindex], .recorded a, a .recorded").count()
    page.close()
    assert not unsaid, "\n".join(unsaid)
    assert numbers > 100
