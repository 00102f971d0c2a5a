"""A drawing checks what it is told of shapes; its text is large and dark enough to read."""

import re
from pathlib import Path

import numpy as np
import pytest

from litdocs.diagram import HEAT, Drawing
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
