"""The explorer of one window: its numbers are those of the book's example, and they follow."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
import site_browser
from playwright.sync_api import Browser, Locator, Page, expect

from book.example import ONE

LONG = 120_000  # ms, on a busy machine
STEPS = (
    *("embedding", "linear", "tanh", "output", "softmax", "loss"),
    *("softmax-backward", "output-backward", "tanh-backward", "linear-backward"),
    *("embedding-backward", "update"),
)
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


pytestmark = pytest.mark.usefixtures("computing")


@pytest.fixture
def window(chromium: Browser, address: str) -> Iterator[Page]:
    """The page, its explorer ready."""
    page = chromium.new_page()
    page.set_default_timeout(LONG)
    page.goto(address + "window.html")
    page.wait_for_selector("#window button")
    yield page
    page.close()


def table(page: Page, step: str) -> Locator:
    """The numbers of a step, in view."""
    box = page.locator(f".window[data-step='{step}']")
    box.scroll_into_view_if_needed()
    expect(box.locator("td[data-tensor]").first).to_be_visible(timeout=LONG)
    return box


def cells(box: Locator) -> dict[str, dict[int, float]]:
    """The numbers in a box, by tensor and index."""
    found: dict[str, dict[int, float]] = {}
    script = "cells => cells.map(cell => [cell.dataset.tensor, cell.dataset.index, cell.innerText])"
    for tensor, index, text in box.locator("td[data-tensor]").evaluate_all(script):
        found.setdefault(tensor, {})[int(index)] = float(text.replace("−", "-"))
    return found


def cell(box: Locator, tensor: str, index: int) -> Locator:
    return box.locator(f"td[data-tensor='{tensor}'][data-index='{index}']").first


def loss(page: Page) -> float:
    return float((page.locator("#window .lab-status").text_content() or "").split(",")[0][5:])


def test_every_number_is_that_of_the_example(window: Page) -> None:
    seen = set()
    for step in STEPS:
        for tensor, found in cells(table(window, step)).items():
            numbers = EXPECTED[tensor].ravel()
            assert sorted(found) == [*range(len(numbers))], tensor
            shown = [found[i] for i in range(len(numbers))]
            assert np.abs(shown - numbers).max() < 0.00501, tensor
            seen.add(tensor)
    assert seen == EXPECTED.keys()
    assert loss(window) == pytest.approx(ONE.loss, abs=6e-4)
    assert f"after the update {ONE.loss_after:.3f}" in window.locator("#window").inner_text()


def test_a_number_says_where_it_is_from(window: Page) -> None:
    box = table(window, "linear")
    cell(box, "pre", 2).hover()
    lit = box.locator(".window-from").evaluate_all(
        "cells => cells.map(cell => `${cell.dataset.tensor} ${cell.dataset.index}`)"
    )
    row = [f"W1 {i}" for i in range(12, 18)]
    assert sorted(lit) == sorted([*(f"x {i}" for i in range(6)), *row, "b1 2"])
    said = box.locator(".window-sum").text_content() or ""
    parts = said.replace("−", "-").split(": ")[1].split(" = ")
    products, bias = parts[0].rsplit(" + ", 1)
    terms = (term.split(" · ") for term in products.split(" + "))
    total = sum(float(a) * float(b) for a, b in terms) + float(bias)
    assert total == pytest.approx(float(parts[1]), abs=5e-4)
    assert float(parts[1]) == pytest.approx(ONE.pre[0, 2], abs=6e-5)


def test_what_depends_on_a_changed_weight_follows_everywhere(window: Page) -> None:
    linear, tanh, before = table(window, "linear"), table(window, "tanh"), loss(window)
    linear.scroll_into_view_if_needed()
    cell(linear, "W1", 7).focus()
    linear.get_by_label("its value in digits").fill("2")
    assert cells(linear)["W1"][7] == 2
    pre = ONE.pre[0, 1] + (2 - ONE.weights["hidden.0.weight"][1, 1]) * ONE.x[0, 1]
    assert cells(linear)["pre"][1] == pytest.approx(pre, abs=0.00501)
    assert cells(tanh)["hidden"][1] == pytest.approx(np.tanh(pre), abs=0.00501)
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
    assert cells(table(window, "embedding"))["x"][0] == pytest.approx(
        ONE.weights["wte.weight"][0, 0], abs=0.00501
    )
    letters.fill("zo")
    expect(window.locator("#window").get_by_role("alert")).to_contain_text("3 letters from a to z")
    letters.fill("zoë")
    expect(window.locator("#window").get_by_role("alert")).to_contain_text("3 letters from a to z")
    window.get_by_role("button", name="Reset").click()
    assert letters.input_value() == "emm"


def test_arrows_go_from_number_to_number(window: Page) -> None:
    box = table(window, "linear")
    cell(box, "W1", 0).focus()
    for key in ("ArrowDown", "ArrowRight", "ArrowRight", "ArrowUp"):
        window.keyboard.press(key)
    focused = "[document.activeElement.dataset.tensor, document.activeElement.dataset.index]"
    assert window.evaluate(focused) == ["W1", "2"]
    stops = box.locator("td[tabindex='0']").count()
    assert stops == box.locator("table").count(), "one stop a table, not one a number"


@pytest.mark.parametrize("width", [390, 1440])
def test_it_is_accessible_and_fits(width: int, window: Page) -> None:
    window.set_viewport_size({"width": width, "height": 900})
    for step in STEPS:
        table(window, step)
    assert window.evaluate("document.documentElement.scrollWidth") == width
    assert site_browser.violations(window) == []


@pytest.mark.parametrize("chapter", ["embedding", "linear", "tanh", "softmax"])
def test_the_chapters_have_their_part_of_it(chapter: str, chromium: Browser, address: str) -> None:
    page = chromium.new_page()
    page.goto(f"{address}model/{chapter}.html")
    for box in page.locator(".window").all():
        box.get_by_role("button", name="Move the numbers").click()
        expect(box.locator("td[data-tensor]").first).to_be_visible(timeout=LONG)
    page.get_by_role("button", name="Take the step").first.click()
    for box in page.locator(".window").all():
        assert "1 taken" in box.inner_text(), "one model, wherever it is moved"
    page.close()
