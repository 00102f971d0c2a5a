"""The built site, in a real browser: every page, in both schemes, at three widths."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import site_browser
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, Request, Route

ROOT = Path(__file__).parent.parent

# What a reader can open is looked at too.
OPEN_EVERYTHING = """
document.querySelectorAll("details").forEach(details => details.open = true)
document.head.append(Object.assign(document.createElement("style"), {
  textContent: ".tabbed-block { display: block !important }",
}))
"""


@dataclass
class Faults:
    """What is wrong with the pages that were looked at, one line for each fault."""

    asked_others: list[str] = field(default_factory=list)
    logged: list[str] = field(default_factory=list)
    inaccessible: list[str] = field(default_factory=list)
    too_wide: list[str] = field(default_factory=list)


def look_at(chromium: Browser, address: str, names: list[str]) -> Faults:
    faults = Faults()
    for scheme in site_browser.SCHEMES:
        page = chromium.new_page(color_scheme=scheme)
        watch(page, address, faults)
        for name in names:
            where = f"{name} ({scheme})"
            for width in site_browser.WIDTHS:
                page.set_viewport_size({"width": width, "height": 900})
                if width == site_browser.WIDTHS[0]:
                    page.goto(address + name)
                page.evaluate(OPEN_EVERYTHING)
                have = page.evaluate("document.documentElement.scrollWidth")
                if have > width:
                    faults.too_wide.append(f"{where}: {have} px wide in a window of {width}")
                if width != 820:
                    faults.inaccessible += [f"{where}: {line}" for line in violations(page)]
        page.close()
    return faults


def watch(page: Page, address: str, faults: Faults) -> None:
    """Note each request for anything that is not ours, and each error; let no such request out."""

    def route(route: Route, request: Request) -> None:
        if request.url.startswith((address, "data:", "blob:")):
            route.continue_()
        else:
            faults.asked_others.append(f"{page.url}: {request.url}")
            route.abort()

    page.route("**", route)
    page.on(
        "console",
        lambda message: (
            faults.logged.append(f"{page.url}: {message.text}") if message.type == "error" else None
        ),
    )
    page.on("pageerror", lambda error: faults.logged.append(f"{page.url}: {error}"))


def violations(page: Page) -> list[str]:
    found = Axe().run(page).response["violations"]
    return [
        f"{rule['id']}: {node['html'][:120]} {node['failureSummary']}"
        for rule in found
        for node in rule["nodes"]
    ]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    executable = site_browser.find_chromium()
    if executable is None:
        pytest.skip("no Chromium here: install one, or name it in $CHROMIUM")
    with site_browser.browser(executable) as chromium:
        yield chromium


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site of this very tree: $MLP_SITE if somebody has just built it, else built here."""
    if built := os.environ.get("MLP_SITE"):
        return Path(built)
    folder = tmp_path_factory.mktemp("site")
    subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--quiet", "--strict", "--site-dir", folder],
        cwd=ROOT,
        env=os.environ | {"NO_MKDOCS_2_WARNING": "1"},
        check=True,
    )
    return folder


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
