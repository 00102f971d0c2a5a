"""The three languages, in a real browser: side by side where no line is cut, else as tabs."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import site_browser
from markdown import Markdown
from playwright.sync_api import Browser, FloatRect, Page, ViewportSize, expect

ROOT = Path(__file__).parents[2]
PHONE: ViewportSize = {"width": 390, "height": 800}
DESKTOP: ViewportSize = {"width": 1440, "height": 800}
SUM = " + ".join(["abcde"] * 8)  # 61 columns
SOURCES = {
    "a.c": f"int forward(void)\n{{\n    return {SUM};\n}}\n\n"
    "int backward(void)\n{\n    return 1;\n}\n",
    "numpy.py": f"def forward():\n    return {SUM}\n\n\ndef backward():\n    return 2\n",
    "torch.py": "def forward():\n    return 3\n",
}
BOTH = """
## forward

```sources
c: a.c:forward
numpy: numpy.py:forward
torch: torch.py:forward
```

## backward

```sources
c: a.c:backward
numpy: numpy.py:backward
torch: none "autograd does it, and says nothing about it that could be shown here"
```
"""
WITHOUT_C = """
```sources
c: none "arrays only"
numpy: numpy.py:forward
torch: torch.py:forward
```
"""
PAGE = """<!doctype html><html lang="en"><title>t</title>
<meta name="viewport" content="width=device-width"><style>{css}
html {{ overflow-anchor: none }} /* as in browsers that do not keep the place by themselves */
main {{ padding-bottom: 100vh }}
pre > code {{ display: block; overflow: auto }} /* as the theme has it */</style>
<main class="md-typeset"><h1>t</h1>{html}</main><script>{js}</script></html>"""


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    css, js = (
        (ROOT / "docs/assets" / f"triptych.{kind}").read_text("utf-8") for kind in ("css", "js")
    )
    folder = tmp_path_factory.mktemp("triptych")
    for name, text in SOURCES.items():
        (folder / name).write_text(text, "utf-8")
    for name, text in {"index.html": BOTH, "without-c.html": WITHOUT_C}.items():
        html = Markdown(
            extensions=["pymdownx.highlight", "pymdownx.superfences", "litdocs.embed"],
            extension_configs={
                "pymdownx.highlight": {"linenums_style": "pymdownx-inline"},
                "litdocs.embed": {"root": str(folder)},
            },
        ).convert(text)
        (folder / name).write_text(PAGE.format(css=css, html=html, js=js), "utf-8")
    with site_browser.serve(folder) as address:
        yield address


@pytest.fixture
def phone(chromium: Browser, address: str) -> Iterator[Page]:
    with chromium.new_context(viewport=PHONE) as context:
        page = context.new_page()
        page.goto(address)
        yield page


def selected(page: Page) -> list[str]:
    return page.locator("[role=tab][aria-selected=true]").all_inner_texts()


def shown(page: Page) -> list[str | None]:
    panels = page.locator(".triptych-panel:visible").all()
    return [panel.get_attribute("aria-label") for panel in panels]


def boxes(page: Page, number: int) -> list[FloatRect]:
    """Where C, NumPy and PyTorch are, of one set."""
    panels = page.locator(".triptych").nth(number).locator(".triptych-panel").all()
    return [box for panel in panels if (box := panel.bounding_box())]


def test_wide_screen_shows_c_on_the_left_and_numpy_above_pytorch(
    chromium: Browser, address: str
) -> None:
    page = chromium.new_page(viewport=DESKTOP)
    page.goto(address)
    assert page.get_by_role("tab").count() == 0
    assert page.get_by_role("region").count() == 6
    for number in 0, 1:
        c, numpy, torch = boxes(page, number)
        assert c["y"] == numpy["y"]
        assert c["x"] + c["width"] < numpy["x"] == torch["x"]
        assert numpy["y"] + numpy["height"] < torch["y"]
    strip = page.locator(".triptych-panel:has(.triptych-absent)").bounding_box()
    assert strip
    assert strip["height"] < 60
    page.close()


def test_columns_become_tabs_where_a_line_would_be_cut(chromium: Browser, address: str) -> None:
    page = chromium.new_page()
    page.goto(address)
    cut = "codes => codes.some(code => code.scrollWidth > code.clientWidth)"
    as_tabs = []
    for width in range(DESKTOP["width"], 700, -40):
        page.set_viewport_size({"width": width, "height": 800})
        page.evaluate("new Promise(done => requestAnimationFrame(() => done(true)))")
        assert not page.locator("pre > code:visible").evaluate_all(cut)
        sets = page.locator(".triptych").all()
        as_tabs.append([part.get_by_role("tab").count() > 0 for part in sets])
    assert as_tabs[0] == [False, False]
    assert [True, False] in as_tabs  # the set with the shorter lines still has its columns
    page.set_viewport_size(PHONE)
    expect(page.get_by_role("region")).to_have_count(0)
    expect(page.get_by_role("tabpanel")).to_have_count(2)
    page.set_viewport_size(DESKTOP)
    expect(page.get_by_role("region")).to_have_count(6)
    page.close()


def test_where_c_is_absent_its_strip_lies_below_the_two_others(
    chromium: Browser, address: str
) -> None:
    page = chromium.new_page(viewport=DESKTOP)
    page.goto(f"{address}without-c.html")
    c, numpy, torch = boxes(page, 0)
    assert numpy["y"] == torch["y"]
    assert c["y"] > max(numpy["y"] + numpy["height"], torch["y"] + torch["height"])
    assert c["x"] == numpy["x"]
    assert c["x"] + c["width"] == torch["x"] + torch["width"]
    page.close()


def test_phone_shows_one_language_at_a_time(phone: Page) -> None:
    assert selected(phone) == ["C", "C"]
    assert shown(phone) == ["C: forward", "C: backward"]


def test_each_tab_controls_the_panel_of_its_language(phone: Page) -> None:
    tabs = phone.get_by_role("tab").all()
    assert len({tab.get_attribute("aria-controls") for tab in tabs}) == 6
    for tab in tabs:
        panel = phone.locator(f"#{tab.get_attribute('aria-controls')}")
        assert panel.get_attribute("data-name") == tab.inner_text()


def test_arrows_home_and_end_move_in_the_tablist_only(phone: Page) -> None:
    phone.keyboard.press("ArrowRight")
    assert selected(phone) == ["C", "C"]
    phone.get_by_role("tab").first.focus()
    for key, name in [
        ("ArrowRight", "NumPy"),
        ("End", "PyTorch"),
        ("ArrowRight", "C"),
        ("ArrowLeft", "PyTorch"),
        ("Home", "C"),
        ("Alt+ArrowRight", "C"),
    ]:
        phone.keyboard.press(key)
        assert selected(phone) == [name, name]
        assert phone.evaluate("document.activeElement.textContent") == name
        assert phone.locator("[role=tab][tabindex='0']").all_inner_texts() == [name, name]


def test_choice_holds_for_all_sets_and_after_a_reload_without_moving_the_page(phone: Page) -> None:
    tab = phone.get_by_role("tab", name="NumPy").last
    tab.evaluate("tab => tab.scrollIntoView()")
    before = tab.bounding_box()
    tab.click()
    after = tab.bounding_box()
    assert before
    assert after
    assert abs(before["y"] - after["y"]) < 2
    assert shown(phone) == ["NumPy: forward", "NumPy: backward"]
    phone.reload()
    assert selected(phone) == ["NumPy", "NumPy"]


def test_without_scripts_everything_can_be_read(chromium: Browser, address: str) -> None:
    with chromium.new_context(viewport=PHONE, java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(address)
        assert page.locator(".triptych-panel:visible").count() == 6
        assert page.locator(".triptych-name:visible").all_inner_texts() == [
            *("C", "NumPy", "PyTorch"),
            *("C", "NumPy", "PyTorch"),
        ]


@pytest.mark.parametrize("viewport", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_roles_and_names_are_accessible(
    chromium: Browser, address: str, viewport: ViewportSize
) -> None:
    page = chromium.new_page(viewport=viewport)
    page.goto(address)
    found = site_browser.violations(page)
    assert [line for line in found if not line.startswith("scrollable-region-focusable")] == []
    page.close()
