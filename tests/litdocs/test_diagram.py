"""A drawing checks what it is told of shapes; its text is large and dark enough to read."""

import re
from pathlib import Path

import numpy as np
import pytest

from litdocs.diagram import HEAT, Box, Drawing
from litdocs.sources import LitdocsError

ASSETS = Path(__file__).parents[2] / "docs" / "assets"


def test_letters_that_stand_for_another_shape_are_an_error() -> None:
    drawing = Drawing("a figure", {"B": 1, "T": 3, "E": 2})
    drawing.label(0, 0, "x", "B,T·E", (1, 6), "value")
    for dims in ("B,T", "B", "B,E·T,B"):
        with pytest.raises(LitdocsError, match=r"a figure: x .* but it has \(1, 6\)"):
            drawing.label(0, 0, "x", dims, (1, 6), "value")


def test_a_heat_map_has_a_box_for_each_run_of_a_colour_and_none_for_0() -> None:
    drawing = Drawing("a figure")
    grid = drawing.heat_map(20, 10, np.array([[16.0, 16, 0], [0, 4, 7.5], [1, 0, 0]]), ".ab", 12)
    svg = drawing.svg("x")
    found = dict(re.findall(r'<path class="heat p" opacity="([.\d]+)" d="(.*?)"', svg))
    assert found == {
        "1.00": "M20 10h24v12h-24", "0.25": "M32 22h12v12h-12",
        "0.50": "M44 22h12v12h-12", "0.06": "M20 34h12v12h-12",
    }  # fmt: skip
    assert (grid.right, grid.bottom) == (56, 46)
    assert grid.cell(1, 2).x == 44
    assert 'x="12 12 12" y="16 28 40">.ab<' in svg
    assert 'x="26 38 50" y="55">.ab<' in svg


def test_a_grid_shows_each_number_and_in_colour_its_sign_and_its_size() -> None:
    drawing = Drawing("a figure")
    drawing.grid(10, 20, np.array([[1.0, -3.0], [0.0, -0.001]]), "value", cell=(40, 25))
    heats = re.findall(r'class="heat (.)" opacity="(.*?)" d="M(\d+) (\d+)h', drawing.svg("x"))
    assert heats == [("p", ".15", "10", "20"), ("n", f"{HEAT}"[1:], "50", "20")]
    places = [(text, box.cx, box.cy) for text, box in drawing.texts]
    assert places == [
        ("1.00", 30, 32.5), ("−3.00", 70, 32.5), ("0.00", 30, 57.5), ("0.00", 70, 57.5),
    ]  # fmt: skip


def test_rows_that_a_grid_leaves_out_are_dots() -> None:
    drawing = Drawing("a figure")
    grid = drawing.grid(0, 0, np.ones((6, 1)), "value", shown=(0, 1, 4), cell=(40, 25))
    assert grid.tops == {0: 0, 1: 25, 4: 62}
    assert grid.h == 87
    assert re.findall(r'class="dots" d="M\d+ (\d+)h', drawing.svg("x")) == ["56"]


def test_a_plot_goes_to_the_right_and_up() -> None:
    plot = Drawing("a figure").plot(Box(10, 20, 100, 50), (0, 2), (-1, 1))
    assert [plot.at(0, -1), plot.at(1, 0), plot.at(2, 1)] == [(10, 70), (60, 45), (110, 20)]


def test_bars_go_up_and_down_from_zero() -> None:
    drawing = Drawing("a figure")
    bars = drawing.bars(Box(0, 10, 100, 40), np.array([1.0, -3.0]), "ab", "value")
    assert [(bar.y, bar.bottom) for bar in bars] == [(10, 20), (20, 50)]
    assert 'class="axis" d="M0 20h100"' in drawing.svg("x")


def test_a_text_lies_where_its_anchor_says_and_the_drawing_reaches_to_the_lowest() -> None:
    drawing = Drawing("a figure")
    for anchor in ("start", "middle", "end"):
        drawing.text(100, 50, "abcd", anchor=anchor, size=10)
    assert [box.x for _, box in drawing.texts] == [100, 88, 76]
    drawing.text(100, 10, "above")
    assert drawing.height == 55


def test_the_title_and_the_words_of_a_picture_are_its_own() -> None:
    drawing = Drawing("a <b>")
    drawing.say("One.", "Two.")
    svg = drawing.svg("third")
    assert 'aria-labelledby="third-title" aria-describedby="third-desc"' in svg
    assert (
        '<title id="third-title">a &lt;b&gt;</title><desc id="third-desc">One. Two.</desc>' in svg
    )


# --- looks -------------------------------------------------------------------


def test_no_text_is_set_smaller_than_11_px() -> None:
    sizes = re.findall(r"font-size: *([\d.]+)px", (ASSETS / "figures.css").read_text())
    assert sizes
    assert min(map(float, sizes)) >= 11


def palettes() -> list[dict[str, np.ndarray]]:
    """Return the colours of site.css by name, (3,) from 0 to 1, for each scheme."""
    css = (ASSETS / "site.css").read_text()
    blocks = re.findall(r'\[data-md-color-scheme="\w+"\] \{(.*?)\}', css, re.DOTALL)
    found = [
        {
            name: np.array([int(colour[i : i + 2], 16) / 255 for i in (0, 2, 4)])
            for name, colour in re.findall(r"--mlp-([\w-]+): #(\w{6})", block)
        }
        for block in blocks
    ]
    return [palette for palette in found if "paper" in palette]


def contrast(a: np.ndarray, b: np.ndarray) -> float:
    """Return the contrast ratio of WCAG 2."""
    a, b = (np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4) for c in (a, b))
    low, high = sorted(float(c @ [0.2126, 0.7152, 0.0722]) for c in (a, b))
    return (high + 0.05) / (low + 0.05)


def test_all_text_has_enough_contrast_in_both_schemes() -> None:
    assert len(palettes()) == 2
    for colours in palettes():
        paper, ink = colours["paper"], colours["ink"]
        for tone in ("ink", "ink-light", "value", "weight", "gradient", "forward"):
            assert contrast(colours[tone], paper) >= 4.5, tone
        for tone in ("positive", "negative"):
            cell = HEAT * colours[tone] + (1 - HEAT) * paper
            assert contrast(ink, cell) >= 4.5, tone
        for tone in ("value", "forward", "weight", "ink-light"):  # on a box: see figures.css
            box = 0.12 * colours[tone] + 0.88 * paper
            for text in ("ink", "ink-light", "forward", "weight"):
                assert contrast(colours[text], box) >= 4.5, (text, tone)
