"""The explorer of one window: its numbers are those of the book's example, and they follow."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import site_browser
from playwright.sync_api import Browser, Locator, Page, expect

from book.example import ONE

LONG = 120_000  # ms, on a busy machine
STEPS = 12
GRADS, UPDATED = ONE.grads, ONE.updated
PARAMETERS = {
    "wte": "wte.weight", "W1": "hidden.0.weight", "b1": "hidden.0.bias",
    "W2": "output.weight", "b2": "output.bias",
}  # fmt: skip
EXPECTED = {
    **{short: ONE.weights[name] for short, name in PARAMETERS.items()},
    **{f"d{short}": GRADS[name] for short, name in PARAMETERS.items()},
    **{f"new {short}": UPDATED[name] for short, name in PARAMETERS.items()},
    "x": ONE.x, "pre": ONE.pre, "hidden": ONE.hidden, "logits": ONE.logits, "probs": ONE.probs,
    "loss": ONE.losses, "dlogits": ONE.dlogits, "dhidden": ONE.dhidden, "dpre": ONE.dpre,
    "dx": ONE.dx,
}  # fmt: skip


@pytest.fixture
def window(chromium: Browser, site: Path, address: str) -> Iterator[Page]:
    """The page, its explorer ready."""
    if not (site / "assets/lab/mlp.wasm").exists():
        pytest.skip("the site was built without ziglang")
    page = chromium.new_page()
    page.set_default_timeout(LONG)
    page.goto(address + "window.html")
    page.wait_for_selector("#window td[data-tensor]")
    yield page
    page.close()


def cells(page: Page) -> dict[str, dict[int, float]]:
    """The numbers of the tables that are shown, by tensor and index."""
    found: dict[str, dict[int, float]] = {}
    script = "cells => cells.map(cell => [cell.dataset.tensor, cell.dataset.index, cell.innerText])"
    shown = page.locator("#window td[data-tensor]").evaluate_all(script)
    for tensor, index, text in shown:
        found.setdefault(tensor, {})[int(index)] = float(text.replace("−", "-"))
    return found


def cell(page: Page, tensor: str, index: int) -> Locator:
    return page.locator(f"#window td[data-tensor='{tensor}'][data-index='{index}']").first


def go_to(page: Page, step: str) -> None:
    page.evaluate("step => { location.hash = step }", step)
    expect(page.locator(f"#{step}")).to_be_visible()


def loss(page: Page) -> float:
    return float((page.locator("#window .lab-status").text_content() or "").split(",")[0][5:])


def test_every_number_is_that_of_the_example(window: Page) -> None:
    seen = {}
    for step in range(STEPS):
        if step:
            window.get_by_role("button", name="Next →").click()
        for tensor, found in cells(window).items():
            numbers = EXPECTED[tensor].ravel()
            assert sorted(found) == [*range(len(numbers))], tensor
            shown = [found[i] for i in range(len(numbers))]
            assert np.abs(shown - numbers).max() < 0.00501, tensor
            seen[tensor] = True
    assert seen.keys() == EXPECTED.keys()
    expect(window.get_by_role("button", name="Next →")).to_be_disabled()
    assert loss(window) == pytest.approx(ONE.loss, abs=6e-4)
    assert f"after the update {ONE.loss_after:.3f}" in window.locator("#window").inner_text()


def test_a_number_says_where_it_is_from(window: Page) -> None:
    go_to(window, "linear")
    cell(window, "pre", 2).hover()
    lit = window.locator("#window .window-from").evaluate_all(
        "cells => cells.map(cell => `${cell.dataset.tensor} ${cell.dataset.index}`)"
    )
    row = [f"W1 {i}" for i in range(12, 18)]
    assert sorted(lit) == sorted([*(f"x {i}" for i in range(6)), *row, "b1 2"])
    said = window.locator("#window .window-sum").text_content() or ""
    parts = said.replace("−", "-").split(": ")[1].split(" = ")
    products, bias = parts[0].rsplit(" + ", 1)
    total = sum(
        float(a) * float(b) for a, b in (term.split(" · ") for term in products.split(" + "))
    )
    assert total + float(bias) == pytest.approx(float(parts[1]), abs=5e-4)
    assert float(parts[1]) == pytest.approx(ONE.pre[0, 2], abs=6e-5)


def test_what_depends_on_a_changed_weight_follows(window: Page) -> None:
    go_to(window, "linear")
    before = loss(window)
    cell(window, "W1", 7).focus()
    window.get_by_label("its value in digits").fill("2")
    assert cells(window)["W1"][7] == 2
    changed = ONE.x[0] @ ONE.weights["hidden.0.weight"][1] + ONE.weights["hidden.0.bias"][1]
    changed += (2 - ONE.weights["hidden.0.weight"][1, 1]) * ONE.x[0, 1]
    assert cells(window)["pre"][1] == pytest.approx(changed, abs=0.00501)
    assert loss(window) != before
    window.get_by_role("button", name="Reset").click()
    assert loss(window) == before


def test_steps_that_are_taken_teach_it_the_window(window: Page) -> None:
    for _ in range(30):
        window.get_by_role("button", name="Take the step").click()
    assert loss(window) < 0.1
    assert "30 taken" in window.locator("#window").inner_text()


def test_another_window(window: Page) -> None:
    letters = window.get_by_label("the letters of the window")
    letters.fill("..z")
    window.get_by_label("the letter that follows").fill("o")
    assert cells(window)["x"][0] == pytest.approx(ONE.weights["wte.weight"][0, 0], abs=0.00501)
    letters.fill("zo")
    expect(window.locator("#window").get_by_role("alert")).to_contain_text("3 letters from a to z")
    letters.fill("zoë")
    expect(window.locator("#window").get_by_role("alert")).to_contain_text("3 letters from a to z")
    window.get_by_role("button", name="Reset").click()
    assert letters.input_value() == "emm"


def test_arrows_go_from_number_to_number(window: Page) -> None:
    go_to(window, "linear")
    cell(window, "W1", 0).focus()
    for key in ("ArrowDown", "ArrowRight", "ArrowRight", "ArrowUp"):
        window.keyboard.press(key)
    focused = "[document.activeElement.dataset.tensor, document.activeElement.dataset.index]"
    assert window.evaluate(focused) == ["W1", "2"]
    stops = window.locator("#window td[tabindex='0']").count()
    assert stops == window.locator("#window table").count(), "one stop a table, not one a number"


@pytest.mark.parametrize("step", ["embedding", "output-backward", "update"])
@pytest.mark.parametrize("width", [390, 1440])
def test_it_is_accessible_and_fits(width: int, step: str, window: Page) -> None:
    window.set_viewport_size({"width": width, "height": 900})
    go_to(window, step)
    assert window.evaluate("document.documentElement.scrollWidth") == width
    assert site_browser.violations(window) == []


@pytest.mark.parametrize("chapter", ["embedding", "linear", "tanh", "softmax"])
def test_the_chapters_have_their_part_of_it(
    chapter: str, chromium: Browser, site: Path, address: str
) -> None:
    if not (site / "assets/lab/mlp.wasm").exists():
        pytest.skip("the site was built without ziglang")
    page = chromium.new_page()
    page.goto(f"{address}model/{chapter}.html")
    for box in page.locator(".window").all():
        box.scroll_into_view_if_needed()
        expect(box.locator("td[data-tensor]").first).to_be_visible(timeout=LONG)
    page.close()
