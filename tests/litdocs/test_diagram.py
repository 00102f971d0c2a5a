"""The figures: what they say is what the arrays hold, and everyone can read it."""

import re
import xml.etree.ElementTree as ET
from dataclasses import replace
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest

from book import example, figures, plots
from book.example import ALL, CONFIG, ONE, PADDED, SLIDING
from book.figures import FIGURES, spoken, two
from litdocs.diagram import HEAT, Drawing
from litdocs.sources import LitdocsError
from mlp import ops_numpy as ops
from mlp.adamw_numpy import AdamW
from mlp.config import PRESETS, ModelConfig
from mlp.model_numpy import MLP
from mlp.rng import RNG
from mlp.weights import initial_weights

ASSETS = Path(__file__).parents[2] / "docs" / "assets"

each_figure = pytest.mark.parametrize("name", FIGURES)


def parsed(drawing: Drawing, name: str = "x") -> ET.Element:
    return ET.fromstring(drawing.svg(name))


def words(element: ET.Element) -> str:
    return " ".join("".join(text.itertext()) for text in element.iter("text"))


# --- the running example -----------------------------------------------------


@pytest.mark.parametrize("step", [ONE, ALL], ids=["one window", "all windows"])
def test_example_is_what_the_model_and_the_optimizer_compute(step: example.Example) -> None:
    model = MLP(CONFIG, initial_weights(CONFIG, RNG(example.SEED)))
    assert model.forward(step.tokens, step.targets) == step.loss
    model.backward()
    for name, grad in model.grads.items():
        np.testing.assert_array_equal(step.grads[name], grad)
    AdamW(model.flat_params, example.WEIGHT_DECAY).update(model.flat_grads, example.LEARNING_RATE)
    for name, param in model.params.items():
        np.testing.assert_array_equal(step.updated[name], param)
    assert model.forward(step.tokens, step.targets) == step.loss_after < step.loss


def test_example_follows_emm_to_a_within_the_windows_of_the_name() -> None:
    assert [spoken(PADDED, row) for row in range(len(PADDED))] == [
        "...→e", "..e→m", ".em→m", "emm→a", "mma→.",
    ]  # fmt: skip
    assert [spoken(SLIDING, row) for row in (0, 1, 5)] == ["ava→.", "va.→e", "mma→."]
    np.testing.assert_array_equal(ONE.tokens, PADDED.inputs[3:4])
    np.testing.assert_allclose(ONE.probs, ALL.probs[3:4], rtol=1e-6)


def test_example_keeps_what_its_seed_was_chosen_for() -> None:
    assert ONE.hidden.min() < -0.8
    assert ONE.hidden.max() > 0.7
    assert np.diff(np.sort(ONE.pre[0])).min() > 0.3
    assert np.abs(ONE.dembedded).min() > 0.03
    assert ONE.probs[0, ONE.targets[0]] < 1 / 27


# --- labels ------------------------------------------------------------------


@each_figure
def test_every_label_is_in_the_picture_and_names_a_shape_as_the_code_does(name: str) -> None:
    drawing = FIGURES[name]()
    text = words(parsed(drawing))
    shapes = tensor_shapes() | original_shapes() if name == "model" else tensor_shapes()
    for label in drawing.labels:
        numbers = f"({label.dims}) = ({','.join(map(str, label.shape))})"
        assert f"{label.name} {numbers}" in text
        if label.name in shapes:
            assert label.shape == shapes[label.name], label
        elif hasattr(ops, name):  # the figure of an operation: compare with its docstring
            assert label.shape == expected_of_operation(name, label.name), label
            documented = dict(re.findall(r"(\w+) \(([A-Z,]+)\)", getattr(ops, name).__doc__))
            assert label.dims == documented.get(label.name, label.dims)


def tensor_shapes() -> dict[str, tuple[int, ...]]:
    """Return the shape of everything that a figure of the whole step names."""
    names = "tokens targets embedded x pre hidden logits probs"
    shapes = {key: getattr(ONE, key).shape for key in names.split()}
    shapes |= {f"d{key}": shapes[key] for key in ("embedded", "x", "pre", "hidden", "logits")}
    return shapes | {key: weight.shape for key, weight in ONE.weights.items()}


def original_shapes() -> dict[str, tuple[int, ...]]:
    """Return the same of the preset `original`, by running it on a batch."""
    config, training = PRESETS["original"]
    model = MLP(config, initial_weights(config, RNG(1)))
    tokens = np.zeros((training.batch, config.context), np.int32)
    logits = model.logits(tokens)
    x, weight = model.cache["hidden.0"]
    hidden = model.cache["hidden.0.activation"]
    return {
        "tokens": tokens.shape,
        "embedded": ops.embedding_forward(tokens, model.params["wte.weight"])[0].shape,
        "x": x.shape,
        "pre": (x @ weight.T).shape,
        "hidden": hidden.shape,
        "logits": logits.shape,
        "probs": logits.shape,
        **{name: param.shape for name, param in model.params.items()},
    }


def expected_of_operation(figure: str, label: str) -> tuple[int, ...]:
    """Return the shape of an operation's own `inp`, `weight`, `dout`, … in its figure."""
    linear = {"inp": ONE.x, "weight": ONE.weights["hidden.0.weight"], "out": ONE.pre,
              "bias": ONE.weights["hidden.0.bias"], "dout.T": ONE.dpre.T}  # fmt: skip
    arrays = {
        "embedding": {"inp": ONE.tokens, "weight": ONE.weights["wte.weight"],
                      "out": ONE.embedded, "dout": ONE.embedded},
        "linear": linear,
        "tanh": dict.fromkeys(["out", "1 - out * out", "dout", "dinp"], ONE.hidden),
    }[figure.split("_")[0]]  # fmt: skip
    name = label if label in arrays else label.removeprefix("d")  # dx has the shape of x
    return arrays[name].shape


def test_letters_that_stand_for_another_shape_are_an_error() -> None:
    drawing = Drawing("a figure", {"B": 1, "T": 3, "E": 2})
    drawing.label(0, 0, "x", "B,T·E", (1, 6), "value")
    for dims in ("B,T", "B", "B,E·T,B"):
        with pytest.raises(LitdocsError, match=r"a figure: x .* but it has \(1, 6\)"):
            drawing.label(0, 0, "x", dims, (1, 6), "value")


@each_figure
def test_sums_that_are_written_out_come_out_in_print(name: str) -> None:
    for text, _ in FIGURES[name]().texts:
        sides = text.replace("−", "-").replace("×", "*").split(" = ")
        if len(sides) == 3:  # what it is = how = the result
            value = sum(
                float(np.prod([float(factor) for factor in term.split(" * ")]))
                for term in sides[1].replace(" - ", " + -").split(" + ")
            )
            assert f"{value:.2f}" == sides[2], text


def test_some_sums_are_written_out() -> None:
    written = [text for figure in FIGURES.values() for text, _ in figure().texts]
    assert len([text for text in written if text.count(" = ") == 2 and "[" in text]) == 6


# --- words -------------------------------------------------------------------

SAID = {
    "model": f"{ModelConfig().size:,}",
    "graph": two(ONE.loss),
    "windows": "emm→a",
    "embedding_forward": figures.listed(ONE.embedded[0, 1]),
    "embedding_backward": figures.listed(ONE.dwte[13]),
    "linear_forward": figures.listed(ONE.pre[0]),
    "linear_backward": figures.listed(ONE.dx[0]),
    "linear_backward_batch": figures.listed(ALL.grads["hidden.0.bias"]),
    "tanh": figures.listed(ONE.hidden[0]),
    "tanh_backward": figures.listed(ONE.dpre[0]),
    "gelu": figures.listed(ops.gelu_forward(ONE.pre)[0][0]),
    "softmax": two(ONE.logits[0, 1]),
    "cross_entropy": two(ONE.loss_after),
    "cross_entropy_backward": f"{ONE.dlogits[0, 1]:.3f}".replace("-", "−"),
    "update": figures.listed(ONE.updated["hidden.0.bias"]),
    "fast_chain": "8 chains use 32",
    "fast_walk": "the addresses 0, 6, 12, 18",
    "fast_tile": "10 loads for 16 fused multiply-adds",
    "fast_panel": "0, 1, 8, 9, 16, 17, 24, 25",
    "fast_fold": figures.listed(ONE.pre[0]),
    "bench_steps": f"{plots.bench('steps')['peers']['c']['ratio']['torch']['median']:.2f}",
    "bench_grid": f"{plots.bench('grid')['worst']['c']:.2f}",
    "bench_roofline": f"{plots.bench('kernels')['kernels']['adamw']['intensity']:.2f} FLOP",
    "bench_runs": f"{plots.bench('runs')['runs']['c']['final_val']:.3f}",
}


@each_figure
def test_the_words_for_those_who_cannot_see_hold_the_numbers(name: str) -> None:
    svg = parsed(FIGURES[name](), name)
    ids = {"aria-labelledby": "title", "aria-describedby": "desc"}
    said = {}
    for attribute, tag in ids.items():
        element = svg.find(tag)
        assert element is not None
        assert element.attrib["id"] == svg.attrib[attribute]
        said[tag] = element.text or ""
    assert svg.attrib["role"] == "img"
    assert said["title"]
    assert SAID[name] in said["desc"]
    assert FIGURES[name]().caption


def test_numbers_come_from_the_arrays(monkeypatch: pytest.MonkeyPatch) -> None:
    before = FIGURES["linear_forward"]().svg("x")
    monkeypatch.setattr(figures, "ONE", replace(ONE, x=ONE.x + 10))
    after = FIGURES["linear_forward"]().svg("x")
    assert two(ONE.x[0, 0] + 10) in after
    assert two(ONE.x[0, 0] + 10) not in before


def test_ids_are_unique_on_a_page_with_all_figures() -> None:
    page = "".join(figure().svg(f"figure-{name}") for name, figure in FIGURES.items())
    ids = [element.get("id") for element in ET.fromstring(f"<p>{page}</p>").iter()]
    ids = [one for one in ids if one]
    assert len(ids) == len(set(ids)) == 2 * len(FIGURES)


# --- looks -------------------------------------------------------------------


@each_figure
def test_no_text_leaves_the_picture_or_covers_another(name: str) -> None:
    drawing = FIGURES[name]()
    for text, box in drawing.texts:
        assert 0 <= box.x < box.right <= drawing.width + 0.5, text
        assert 0 <= box.y < box.bottom <= drawing.height + 2, text
    for (text, a), (other, b) in combinations(drawing.texts, 2):
        across = min(a.right, b.right) - max(a.x, b.x)
        down = min(a.bottom, b.bottom) - max(a.y, b.y)
        assert min(across, down) < 1, f"{text!r} and {other!r}"


@each_figure
def test_figures_are_narrow_enough_for_a_phone_and_light(name: str) -> None:
    drawing = FIGURES[name]()
    assert drawing.width <= 360
    assert len(drawing.svg("x").encode()) < (14_000 if name == "model" else 12_000)


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
