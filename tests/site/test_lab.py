"""The pages that train, in a real browser: used as a reader uses them, and with what goes wrong."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import site_browser
from cases import PROGRAM, run
from playwright.sync_api import Browser, BrowserContext, Locator, Page, Route, expect

from book.figures.common import RESULTS
from litdocs.results import record
from mlp.checkpoint import load_checkpoint
from mlp.config import PRESETS

LONG = 120_000  # ms, on a busy machine


pytestmark = pytest.mark.usefixtures("computing")


@pytest.fixture
def context(chromium: Browser) -> Iterator[BrowserContext]:
    """A browser that has been nowhere yet, of a reader who wants nothing to start by itself."""
    context = chromium.new_context(reduced_motion="reduce")
    context.set_default_timeout(LONG)
    yield context
    context.close()


@pytest.fixture
def lab(context: BrowserContext, address: str) -> Page:
    return opened(context, address)


def opened(context: BrowserContext, address: str) -> Page:
    """The lab, ready."""
    page = context.new_page()
    page.goto(address + "lab.html")
    expect(button(page, "Train")).to_be_enabled(timeout=LONG)
    done(page)
    return page


def button(page: Page, name: str) -> Locator:
    return page.locator("#lab").get_by_role("button", name=name, exact=True)


def press(page: Page, name: str) -> None:
    button(page, name).click()
    done(page)


def done(page: Page) -> None:
    """Wait until what was asked for has happened. (Training goes on.)"""
    page.wait_for_selector("#lab[data-busy='0']")


def status(page: Page) -> str:
    return page.locator("#lab .lab-status").first.text_content() or ""


def step(page: Page) -> int:
    return int(status(page).split(" of ")[0].replace(",", ""))


def complaint(page: Page) -> str:
    return page.locator("#lab").get_by_role("alert").text_content() or ""


def change(page: Page, **settings: str) -> None:
    for name, value in settings.items():
        field = page.locator(f"#lab-{name}")
        field.fill(value)
        field.press("Tab")
        done(page)


def open_part(page: Page, name: str) -> None:
    page.locator("#lab summary", has_text=name).click()


def train_to_the_end(page: Page) -> None:
    press(page, "Train")
    expect(button(page, "Train")).to_be_visible(timeout=LONG)  # and not Pause
    done(page)


# --- the front page ------------------------------------------------------------------


def test_the_front_page_learns_to_spell(context: BrowserContext, address: str) -> None:
    page = context.new_page()
    page.goto(address)
    box = page.locator("#learning")
    box.get_by_role("button", name="Train it").click()
    expect(box.get_by_role("button", name="Again")).to_be_visible(timeout=LONG)
    said = box.get_by_role("status").text_content() or ""
    recorded = record(RESULTS / "quick-given-names.json")["runs"]["c"]["val"][-1]
    assert said.startswith("8,000 of 8,000 steps")
    assert float(said.split()[-1]) == pytest.approx(recorded, abs=1e-3)
    assert box.locator("li").count() == 6
    curve = box.locator(".lab-curve").get_attribute("aria-label") or ""
    assert f"validation {recorded:.3f}" in curve
    assert "counting, done well: 2.168." in curve

    box.get_by_role("textbox").fill("q")
    expect(box.locator(".lab-bars")).to_have_attribute("aria-label", re.compile("^After q: u "))
    box.get_by_role("textbox").fill("ë")
    expect(box.get_by_role("alert")).to_contain_text("Not in the alphabet: 'ë'")


def test_it_starts_by_itself_unless_the_reader_wants_quiet(
    chromium: Browser, context: BrowserContext, address: str
) -> None:
    quiet = context.new_page()
    lively = chromium.new_page(reduced_motion="no-preference")
    for page in (quiet, lively):
        page.goto(address)
        page.locator("#learning").scroll_into_view_if_needed()
    again = lively.locator("#learning").get_by_role("button", name="Again")
    expect(again).to_be_visible(timeout=LONG)
    lively.close()
    expect(quiet.locator("#learning").get_by_role("button", name="Train it")).to_be_visible()


# --- the lab ---------------------------------------------------------------------------


def test_train_pause_one_step_and_start_anew(lab: Page) -> None:
    change(lab, steps="100000")
    press(lab, "Start anew")
    assert status(lab).startswith("0 of 100,000 steps")
    press(lab, "Train")
    lab.wait_for_function(
        "!document.querySelector('#lab .lab-status').textContent.startsWith('0 ')"
    )
    press(lab, "Pause")
    before = step(lab)
    press(lab, "One step")
    assert step(lab) == before + 1
    press(lab, "Start anew")
    assert step(lab) == 0


# Begins a function of the page: a session with a worker of its own, and a run at its start.
STARTED = """async () => {
    const { Session } = await import(new URL("assets/lab/session.js", location.href).href)
    const session = new Session({ complaint: message => { throw Error(message) } })
    await session.call("open")
    await session.call("corpus", "given-names")
    await session.call("start")
"""


def test_the_page_is_heard_while_the_model_is_evaluated(lab: Page) -> None:
    """What only looks does not wait for a report; what changes the run does."""
    order = lab.evaluate(
        STARTED
        + """
            const heard = []
            const calls = [["report"], ["pause"], ["watch", { prompt: "ma" }]]
            await Promise.all(calls.map(
                words => session.call(...words).then(() => heard.push(words[0]))))
            return heard
        }"""
    )
    assert order == ["watch", "report", "pause"]


def test_who_looks_at_something_else_is_shown_that_and_no_more(lab: Page) -> None:
    shown = lab.evaluate(
        STARTED
        + """
            const [first, second] = await session.call("tensors")
            const views = []
            const wishes = [{ letters: true, tensor: first }, { prompt: "ma" }, { tensor: second }]
            for (const wish of wishes) views.push(await session.call("watch", wish))
            views.push(await session.call("report"))
            return views.map(({ names, after, letters, heat }) =>
                [names.length, after.length, Boolean(letters), heat && heat.rows * heat.columns])
        }"""
    )
    quick, letters = PRESETS["quick"][0], 27
    first, second = letters * quick.embedding, quick.hidden * quick.context * quick.embedding
    assert shown == [
        [5, letters, False, first],
        [5, letters, False, None],
        [5, letters, False, second],
        [5, letters, True, second],
    ]


def test_another_list_ends_a_training_and_nothing_else(lab: Page) -> None:
    open_part(lab, "Your own words")
    for _ in range(5):
        press(lab, "Train")
        press(lab, "Back to given-names")
        assert complaint(lab) == ""
        expect(button(lab, "Train")).to_be_visible()


def test_names_start_as_the_reader_says(lab: Page) -> None:
    lab.locator("#lab-prompt").fill("kri")
    done(lab)
    names = lab.locator("#lab .lab-names li").all_text_contents()
    assert len(names) == 12
    assert all(name.startswith("kri") for name in names)


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"batch": "99999"}, "Batch: '99999' is not a whole number from 1 to 65536"),
        ({"hidden": "0"}, "Hidden: '0' is not a whole number from 1 to 65536"),
        ({"dropout": "1"}, "Dropout: '1' is not a number from 0 to less than 1"),
        ({"learning_rate": ""}, "Learning rate: '' is not a positive number up to 3.40282e+38"),
        ({"seed": "-1"}, "Seed: '-1' is not a whole number from 1 to 18446744073709551615"),
    ],
)
def test_a_setting_that_cannot_be_is_named(
    settings: dict[str, str], sentence: str, lab: Page
) -> None:
    change(lab, **settings)
    assert complaint(lab) == sentence
    press(lab, "Start anew")  # with what it was before
    assert complaint(lab) == ""


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"hidden": "60000", "layers": "9"}, "A size is zero or beyond its limit"),
        ({"hidden": "60000", "embedding": "400"}, "Out of memory"),
        ({"warmup": "9000"}, "A number is outside its range"),
    ],
)
def test_settings_that_cannot_be_together_leave_the_run_as_it_was(
    settings: dict[str, str], sentence: str, lab: Page
) -> None:
    press(lab, "One step")
    change(lab, **settings)
    press(lab, "Start anew")
    assert complaint(lab) == sentence
    press(lab, "One step")
    assert step(lab) == 2


def test_a_loss_that_is_no_number_ends_the_training(lab: Page) -> None:
    change(lab, learning_rate="1e30")
    press(lab, "Start anew")
    press(lab, "Train")
    expect(lab.locator("#lab").get_by_role("alert")).not_to_be_empty(timeout=LONG)
    assert "not a number" in complaint(lab)
    expect(button(lab, "Train")).to_be_visible()


@pytest.mark.parametrize("width", [390, 1440])
def test_it_is_accessible_and_fits(width: int, lab: Page) -> None:
    lab.set_viewport_size({"width": width, "height": 900})
    lab.locator("#lab details").evaluate_all("parts => parts.forEach(part => { part.open = true })")
    press(lab, "One step")
    assert lab.evaluate("document.documentElement.scrollWidth") == width
    assert site_browser.violations(lab) == []


# --- words -----------------------------------------------------------------------------


def use_words(page: Page, text: str, keep_script: bool = False) -> None:
    open_part(page, "Your own words")
    page.locator("#lab-words").fill(text)
    page.locator("#lab-script").set_checked(keep_script)
    press(page, "Use these words")


def test_words_of_the_reader_are_taken_and_what_changed_is_said(lab: Page) -> None:
    use_words(lab, "Иван\nМария\nмария\nMary Ann\nОльга\nЕлена\n", keep_script=True)
    assert complaint(lab) == ""
    assert lab.locator("#lab .lab-changes li").all_text_contents() == [
        "5 words in small letters: 'Иван' → 'иван'",
        "1 word dropped, repeated: 'мария'",
        "1 word dropped, blanks inside: 'Mary Ann'",
    ]
    train_to_the_end(lab)
    lab.locator("#lab-prompt").fill("ма")
    done(lab)
    names = lab.locator("#lab .lab-names li").all_text_contents()
    assert all(name.startswith("ма") for name in names)
    press(lab, "Back to given-names")
    assert (complaint(lab), step(lab)) == ("", 0)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "It is empty"),
        ("emma", "Words that can be kept: 1; it needs 3 or more, one for each part"),
        ("12\n34\n", "Words that can be kept: 0; it needs 3 or more, one for each part"),
    ],
)
def test_a_list_that_is_none_is_refused(text: str, sentence: str, lab: Page) -> None:
    press(lab, "One step")
    use_words(lab, text)
    assert complaint(lab).split("\n")[0] == sentence
    press(lab, "One step")
    assert step(lab) == 2, "the run that there was goes on"


def test_a_million_words(lab: Page) -> None:
    open_part(lab, "Your own words")
    lab.evaluate(
        """() => {
            const letters = i => i.toString(26).replace(/[0-9]/g, digit => "qrstuvwxyz"[digit])
            const words = Array.from({ length: 1e6 }, (_, i) => letters(i))
            document.querySelector("#lab-words").value = words.join("\\n")
        }"""
    )
    press(lab, "Use these words")
    assert complaint(lab) == ""
    assert "1,000,000 words" in (lab.locator("#lab details .lab-status").last.text_content() or "")
    press(lab, "One step")
    assert step(lab) == 1


# --- checkpoints -----------------------------------------------------------------------


def exported(page: Page, path: Path) -> Path:
    with page.expect_download() as download:
        button(page, "Download it").click()
    download.value.save_as(path)
    return path


def loaded(page: Page, path: Path) -> None:
    page.get_by_label("A checkpoint").set_input_files(path)
    done(page)


def test_native_programs_and_the_page_go_on_with_each_others_runs(
    lab: Page, given_names_folder: Path, tmp_path: Path
) -> None:
    change(lab, steps="300")
    press(lab, "Start anew")
    for _ in range(3):
        press(lab, "One step")
    open_part(lab, "Checkpoints")
    begun = exported(lab, tmp_path / "begun")
    assert load_checkpoint(begun).step == 3
    run(PROGRAM, "train", "--resume", begun, "--corpus", given_names_folder, code=0)
    assert load_checkpoint(begun).step == 300
    loaded(lab, begun)
    assert (complaint(lab), step(lab)) == ("", 300)
    for content in (b"", b"no checkpoint", begun.read_bytes()[:-4]):
        (tmp_path / "bad").write_bytes(content)
        loaded(lab, tmp_path / "bad")
        assert complaint(lab).startswith("This file: ")
        assert step(lab) == 300


def test_a_run_on_other_names_is_said(lab: Page, tmp_path: Path) -> None:
    names = tmp_path / "names"
    names.mkdir()
    for split in ("train", "val", "test"):
        (names / f"{split}.txt").write_text("emma\nolivia\nava\n")
    words = ("--steps", "3", "--batch", "4", "--out", tmp_path / "m")
    run(PROGRAM, "train", "--corpus", names, *words, code=0)
    open_part(lab, "Checkpoints")
    loaded(lab, tmp_path / "m")
    assert complaint(lab) == "It learned from other names than those that are here"


# --- what is kept, and what is missing ---------------------------------------------------


def test_what_was_there_is_there_after_a_reload(lab: Page) -> None:
    use_words(lab, "Анна\nИван\nОльга\nЕлена\n", keep_script=True)
    for _ in range(2):
        press(lab, "One step")
    lab.locator("#lab-prompt").fill("ан")
    done(lab)
    press(lab, "Start anew")
    press(lab, "One step")
    press(lab, "Train")
    press(lab, "Pause")
    before = status(lab).split(",")[0]
    lab.reload()
    expect(button(lab, "Train")).to_be_enabled(timeout=LONG)
    done(lab)
    assert status(lab).split(",")[0] == before
    assert lab.locator("#lab-prompt").input_value() == "ан"


def test_a_browser_that_has_no_room_says_so(context: BrowserContext, address: str) -> None:
    context.add_init_script(
        "IDBObjectStore.prototype.put = () => { throw new DOMException('', 'QuotaExceededError') }"
    )
    page = opened(context, address)
    press(page, "Train")
    press(page, "Pause")
    assert complaint(page).startswith("The browser has no room left to keep this run")
    press(page, "One step")


def test_a_site_without_the_module_says_what_is_missing(
    context: BrowserContext, address: str
) -> None:
    def missing(route: Route) -> None:
        route.fulfill(status=404)

    context.route("**/mlp.wasm.gz", missing)
    for name, box in (("lab.html", "#lab"), ("", "#learning")):
        page = context.new_page()
        page.goto(address + name)
        if box == "#learning":
            page.locator(box).get_by_role("button", name="Train it").click()
        alert = page.locator(box).get_by_role("alert")
        expect(alert).to_contain_text("built without ziglang", timeout=LONG)


def test_a_browser_without_webassembly_is_told_so(context: BrowserContext, address: str) -> None:
    def switched_off(route: Route) -> None:
        answer = route.fetch()
        route.fulfill(response=answer, body=f"delete self.WebAssembly\n{answer.text()}")

    context.route("**/lab/worker.js", switched_off)
    page = context.new_page()
    page.goto(address + "lab.html")
    alert = page.locator("#lab").get_by_role("alert")
    expect(alert).to_contain_text("has WebAssembly switched off", timeout=LONG)
