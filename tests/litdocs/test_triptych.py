"""The three languages, in a real browser: side by side where no line is cut, else as tabs."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import site_browser
from axe_playwright_python.sync_playwright import Axe
from markdown import Markdown
from playwright.sync_api import Browser, FloatRect, Page, expect

ROOT = Path(__file__).parents[2]
PHONE, DESKTOP = {"width": 390, "height": 800}, {"width": 1440, "height": 800}
TEXT = """
## linear_backward

```sources
c: code/c/ops.c:linear_backward
numpy: code/python/mlp/ops_numpy.py:tanh_backward
torch: code/python/mlp/model_torch.py:MLP.forward[logits … return logits]
```

## tanh_backward

```sources
c: code/c/ops.c:tanh_backward
numpy: code/python/mlp/ops_numpy.py:tanh_backward
torch: none "autograd does it, and says nothing about it that could be shown here"
```
"""
PAGE = """<!doctype html><html lang="en"><title>t</title>
<meta name="viewport" content="width=device-width"><style>{css}
html {{ overflow-anchor: none }} /* as in browsers that do not keep the place by themselves */
main {{ padding-bottom: 100vh }}</style>
<main class="md-typeset"><h1>t</h1>{html}</main><script>{js}</script></html>"""


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    html = Markdown(
        extensions=["pymdownx.highlight", "pymdownx.superfences", "litdocs.embed"],
        extension_configs={"litdocs.embed": {"root": str(ROOT)}},
    ).convert(TEXT)
    css, js = (
        (ROOT / "docs/assets" / f"triptych.{kind}").read_text("utf-8") for kind in ("css", "js")
    )
    folder = tmp_path_factory.mktemp("triptych")
    (folder / "index.html").write_text(PAGE.format(css=css, html=html, js=js), "utf-8")
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
    page = chromium.new_page(viewport=DESKTOP)
    page.goto(address)
    cut = "codes => codes.some(code => code.scrollWidth > code.clientWidth)"
    for width in range(DESKTOP["width"], PHONE["width"], -50):
        page.set_viewport_size({"width": width, "height": 800})
        page.evaluate("new Promise(done => requestAnimationFrame(() => done(true)))")
        tabs = page.get_by_role("tab").count()
        if tabs:
            break
        assert not page.locator("pre > code").evaluate_all(cut)
        assert len(boxes(page, 0)) == 3
    assert width > 700
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
    page.goto(address)
    page.evaluate("""() => {
        const panels = document.querySelector(".triptych-panels:has(.triptych-absent)")
        const [c, , torch] = panels.children
        const [title, source] = c.children
        source.replaceWith(torch.querySelector(".triptych-absent"))
        torch.append(source)
    }""")
    c, numpy, torch = boxes(page, 1)
    assert numpy["y"] == torch["y"]
    assert c["y"] > max(numpy["y"] + numpy["height"], torch["y"] + torch["height"])
    assert c["x"] == numpy["x"]
    assert c["x"] + c["width"] == torch["x"] + torch["width"]
    page.close()


def test_phone_shows_one_language_at_a_time(phone: Page) -> None:
    assert selected(phone) == ["C", "C"]
    assert shown(phone) == ["C: linear_backward", "C: tanh_backward"]


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
    assert shown(phone) == ["NumPy: linear_backward", "NumPy: tanh_backward"]
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
    chromium: Browser, address: str, viewport: dict[str, int]
) -> None:
    page = chromium.new_page(viewport=viewport)
    page.goto(address)
    found = Axe().run(page).response["violations"]
    assert [rule["id"] for rule in found if rule["id"] != "scrollable-region-focusable"] == []
    page.close()
