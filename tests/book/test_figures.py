"""The figures of the book: what they say is what the arrays and records hold, for everyone."""

import json
import re
import xml.etree.ElementTree as ET
from collections import Counter
from dataclasses import replace
from fractions import Fraction
from itertools import combinations, product
from pathlib import Path
from typing import Any

import cases
import numpy as np
import pytest

from book import figures
from book.example import ALL, ONE, SEED, follow
from book.figures import FIGURES, PAGES, common, frameworks, index, rounding
from book.figures import linear as linear_page
from book.figures.kneser_ney import kept
from book.figures.tuning import tuning
from book.said.counting import BEST
from book.said.kneser_ney import losses
from book.words import listed, two
from litdocs.diagram import Box, Drawing
from litdocs.fences import fences
from litdocs.results import record
from litdocs.sources import LitdocsError
from mlp import ops_numpy as ops
from mlp.rng import RNG
from mlp.shuffle import shuffled_windows
from mlp.tune import SPACE
from records.study import record_study

DOCS = cases.REPOSITORY / "docs"

each_figure = pytest.mark.parametrize("name", FIGURES)


def parsed(drawing: Drawing, name: str = "x") -> ET.Element:
    return ET.fromstring(drawing.svg(name))


def words(element: ET.Element) -> str:
    return " ".join("".join(text.itertext()) for text in element.iter("text"))


# --- pages -------------------------------------------------------------------


def test_each_page_shows_each_figure_of_its_own_module_once() -> None:
    modules = {page.__name__.split(".")[-1].replace("_", "-"): page for page in PAGES}
    shown: dict[str, Counter[str]] = {}
    for page in DOCS.rglob("*.md"):
        named = [f.text.strip() for f in fences(page.read_text().splitlines())
                 if f.language == "figure"]  # fmt: skip
        if named:
            shown[page.stem] = Counter(named)
    assert shown == {
        name: Counter(figure.__name__ for figure in page.FIGURES) for name, page in modules.items()
    }


def test_every_module_of_figures_is_collected() -> None:
    found = {path.stem for path in Path(figures.__file__).parent.glob("*.py")}
    collected = {page.__name__.split(".")[-1] for page in PAGES}
    assert found - {"__init__", "common", "tuning"} == collected
    assert len(FIGURES) == sum(len(page.FIGURES) for page in PAGES), "two figures of one name"


# --- labels ------------------------------------------------------------------


@each_figure
def test_every_label_is_in_the_picture_and_names_a_shape_as_the_code_does(name: str) -> None:
    drawing = FIGURES[name]()
    text = words(parsed(drawing))
    shapes = tensor_shapes()
    for label in drawing.labels:
        numbers = f"({label.dims}) = ({','.join(map(str, label.shape))})"
        assert f"{label.name} {numbers}" in text
        if label.name in shapes:
            assert label.shape in (shapes[label.name], (len(ALL.tokens), *shapes[label.name][1:]))
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


def expected_of_operation(figure: str, label: str) -> tuple[int, ...]:
    """Return the shape of an operation's own `inp`, `weight`, `dout`, … in its figure."""
    linear = {"inp": ONE.x, "weight": ONE.weights["hidden.0.weight"], "out": ONE.pre,
              "bias": ONE.weights["hidden.0.bias"], "dout.T": ONE.dpre.T}  # fmt: skip
    arrays = {
        "embedding": {"inp": ONE.tokens, "weight": ONE.weights["wte.weight"],
                      "out": ONE.embedded, "dout": ONE.embedded},
        "linear": linear,
        "tanh": dict.fromkeys(["out", "1 - out * out", "dout", "dinp"], ONE.hidden),
        "dropout": dict.fromkeys(["inp", "mask", "out", "dout", "dinp"], ALL.hidden),
    }[figure.split("_")[0]]  # fmt: skip
    name = label if label in arrays else label.removeprefix("d")  # dx has the shape of x
    return arrays[name].shape


@each_figure
def test_sums_that_are_written_out_come_out_in_print(name: str) -> None:
    for text, _ in FIGURES[name]().texts:
        *_, how, result = ["", *text.replace("−", "-").replace("×", "*").split(" = ")]
        if re.fullmatch(r"[-+*.\d ]*\d [-+*] [-+*.\d ]+", how):  # what it is = how = the result
            value = sum(
                float(np.prod([float(factor) for factor in term.split(" * ")]))
                for term in how.replace(" - ", " + -").split(" + ")
            )
            assert f"{value:.2f}" == result, text


def test_some_sums_are_written_out() -> None:
    written = [text for figure in FIGURES.values() for text, _ in figure().texts]
    assert len([text for text in written if re.search(r"\d [-+×−] \d.* = ", text)]) == 8


@each_figure
def test_what_has_the_colour_of_a_thing_has_one(name: str) -> None:
    styles = (cases.REPOSITORY / "docs" / "assets" / "figures.css").read_text("utf-8")
    tones = set(re.findall(r"svg\.figure \.([\w-]+) \{ --tone", styles))
    for classes in re.findall(r'class="([^"]*)"', FIGURES[name]().svg(name)):
        if set(classes.split()) & {"toned", "bar", "curve"}:
            assert tones & set(classes.split()), f"black in the dark scheme: {classes}"


# --- words -------------------------------------------------------------------


def microseconds(name: str, kernels: str) -> float:
    return float(common.bench("kernels")["kernels"][name]["by"][kernels]["us"]["median"])


def parts_of_a_step(kernels: str) -> list[float]:
    """Hidden layer, output layer, tanh, AdamW and the rest, in µs, forward and backward."""
    hidden, output, tanh = (
        microseconds(f"{name} forward", kernels) + microseconds(f"{name} backward", kernels)
        for name in ("linear 1", "linear 2", "tanh")
    )
    rest = sum(
        microseconds(f"embedding {way}", "textbook")  # there is no other
        + microseconds(f"cross-entropy {way}", kernels)
        for way in ("forward", "backward")
    )
    return [hidden, output, tanh, microseconds("adamw", kernels), rest]


RUNGS = record(common.RESULTS / "rungs-ssa-names.json")["rungs"]
LEARNED = record(common.RESULTS / "learned-given-names.json")

PARTING = record(common.RESULTS / "parting-given-names.json")
SWEEPS = record(common.RESULTS / "sweeps-given-names.json")
SINCE = record(common.RESULTS / "since-given-names.json")
AGREE = record(common.RESULTS / "agree-ssa-names.json")["float32"]["pairs"]
CURVES = record(common.RESULTS / "original-given-names.json")["runs"]

SAID = {
    "stream": "one row of tokens: 1, 22, 1, 0, 5, 13, 13, 1, 0",
    "batch": "emm→a: 5, 13, 13, then 1",
    "four_numbers": "Together dx is 36",
    "differences": "64 bits: nearest at a step of",
    "xorshift": f"seed: {SEED.bit_count()} of 64 bits are 1",
    "box_muller": "Of u1 from 0 to 0.1 come points from 2.2 to",
    "turned": "Epoch 0 begins with windows "
    + ", ".join(map(str, shuffled_windows(48, 1337, 0, 8))),
    "dropout_forward": listed(ALL.hidden[0]),
    "dropout_backward": listed(ALL.dhidden[0]),
    "both_ways": f"dpre: {listed(ONE.dpre[0])}",
    "moments": "The step begins at",
    "schedules": "best: up to 0.001 in 720 steps",
    "curves": f"{CURVES['numpy']['val'][-1]:.4f}",
    "rates": f"0.01: {two(SWEEPS['rates'][6]['val'][-1])}",
    "hidden_sizes": f"1024: {two(SWEEPS['hidden'][-1]['val'][-1])}",
    "by_heart": f"and ends at {two(SWEEPS['hidden'][-1]['val'][-1])}",
    "apart": f"{max(t[-1] for t in AGREE['c-torch']['by_step']['params'].values()):.0e} at the end",
    "tensors": "wte.weight, C and NumPy: "
    f"{AGREE['c-numpy']['by_step']['params']['wte.weight'][-1]:.0e}",
    "parting": f"{PARTING['deep']['by_step']['loss'][-1]:.0e} in the last",
    "coin": f"The coin is {RNG(42).random():.3f}",
    "temperatures": f"to {ONE.probs.max():.3f}, which is v's",
    "attention": f"At place 1, e: {listed(SINCE['weights'][1][:2])}",
    "start": f"the name {index.made_up()[0]}",
    "bigrams": "mm: 81. ma: 1,313",
    "contexts": "After emm, 23 characters, 4 different ones; a is 0.43 of them",
    "unseen": "Order 4: 10.2% of the windows are new",
    "orders": f"smallest at order {BEST}",
    "held_out": f"are 1 times in one half are {two(kept()[1])} times in the other",
    "ways": "a 5, b 1, e 5",
    "mixture": "After emm: a 0.408",
    "by_order": f"deep ends at {losses('deep', 'ssa-names')[0]:.3f}",
    "colours": "strong blue over none to strong orange",
    "model": f"a loss of {two(ONE.loss)}",
    "graph": two(ONE.loss),
    "windows": "emm→a",
    "embedding_forward": listed(ONE.embedded[0, 1]),
    "embedding_backward": listed(ONE.dwte[13]),
    "linear_forward": listed(ONE.pre[0]),
    "linear_backward": listed(ONE.dx[0]),
    "linear_backward_batch": listed(ALL.dpre[:, 0] * ALL.x[:, 2]),
    "tanh": listed(ONE.hidden[0]),
    "tanh_backward": listed(ONE.dpre[0]),
    "gelu": "to −0.17, at −0.75",
    "softmax": two(ONE.logits[0, 1]),
    "cross_entropy": two(ONE.loss_after),
    "cross_entropy_backward": f"{ONE.dlogits[0, 1]:.3f}".replace("-", "−"),
    "update": listed(ONE.updated["hidden.0.bias"]),
    "letters": "Next to i are y, u, o",
    "unit": f"On yes {two(LEARNED['units']['vowel']['yes'])}",
    "mistakes": f"Place 1: {two(LEARNED['by_place'][0])}",
    "expected": f"Where r came, it had {two(LEARNED['expected'][18][18])}",
    "extremes": f"tadhg: {two(LEARNED['unlikely'][1]['loss'])} a letter",
    "rungs": f"original: {RUNGS['original']['val_loss']:.3f}",
    "overfitting": "small, validation: at last",
    "tuned": "The best trial",
    "where_time_goes": f"chapters, {sum(parts_of_a_step('textbook')):,.0f} µs",
    "chains": "8 chains use 32",
    "loop_orders": "the addresses 0, 6, 12, 18",
    "register_tile": "10 loads for 16 fused multiply-adds",
    "panels": "0, 1, 8, 9, 16, 17, 24, 25",
    "fold": listed(ONE.pre[0]),
    "fold_costs": "18.9 MFLOP become 4.1",
    "decay": "Rounded to a float it is 1 whole gap",
    "step_times": f"{common.bench('steps')['peers']['c']['ratio']['torch']['median']:.2f}",
    "sizes": f"{common.bench('grid')['worst']['c']:.2f}",
    "roofline": f"{common.bench('kernels')['kernels']['adamw']['intensity']:.2f} FLOP",
    "shared_batch": listed(follow(ALL.tokens[:4], ALL.targets[:4]).grads["hidden.0.bias"]),
    "workers_projected": "512 × 128: at most",
    "whole_runs": f"{common.bench('runs')['runs']['c']['final_val']:.3f}",
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
    monkeypatch.setattr(linear_page, "ONE", replace(ONE, x=ONE.x + 10))
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
    assert_text_has_room(FIGURES[name]())


def assert_text_has_room(drawing: Drawing) -> None:
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
    assert len(drawing.svg("x").encode()) < (14_000 if name == "start" else 12_000)


# --- records -----------------------------------------------------------------


@pytest.mark.parametrize(
    "name", ["step_times", "sizes", "roofline", "whole_runs", "workers_projected"]
)
def test_a_plot_without_its_record_says_which_command_makes_it(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(common, "RESULTS", tmp_path)
    with pytest.raises(LitdocsError, match=r"bench-\w+.json: no such record: run `nox -s bench`"):
        FIGURES[name]()


def test_plots_show_what_is_recorded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    result = json.loads((common.RESULTS / "bench-steps.json").read_text())
    result["peers"]["c"]["ratio"]["torch"]["median"] = 0.7654
    result["peers"]["torch-compiled"] = None  # where there was no C++ compiler
    (tmp_path / "bench-steps.json").write_text(json.dumps(result))
    monkeypatch.setattr(common, "RESULTS", tmp_path)
    texts = [text for text, _ in FIGURES["step_times"]().texts]
    assert "0.77" in texts
    assert "PyTorch, compiled" not in texts
    assert "PyTorch, the original" in texts


def test_labels_of_the_roofline_cover_no_point() -> None:
    drawing = FIGURES["roofline"]()
    points = [
        Box(float(x) - 3, float(y) - 3, 6, 6)
        for x, y in re.findall(r'<circle [^>]*cx="([\d.]+)" cy="([\d.]+)"', drawing.svg("x"))
    ]
    assert len(points) > 10
    for point, (text, box) in product(points, drawing.texts):
        assert not rounding.overlap(point, box), text


def test_ticks_are_round_and_reach_the_largest() -> None:
    assert frameworks.nice(1.0) == [0, 0.5, 1.0]
    assert frameworks.nice(1.3) == [0, 0.5, 1.0, 1.5]
    assert frameworks.nice(7.0) == [0, 2, 4, 6, 8]
    for largest in np.geomspace(0.01, 100, 50):
        ticks = frameworks.nice(largest)
        assert ticks[-1] >= largest > ticks[-2]
        assert 3 <= len(ticks) <= 6


def test_the_parts_of_a_step_are_the_recorded_kernels() -> None:
    texts = [text for text, _ in FIGURES["where_time_goes"]().texts]
    chosen = common.bench("kernels")["kernels_chosen"]
    for kernels in ("textbook", chosen):
        parts = parts_of_a_step(kernels)
        for part in (*parts, sum(parts)):
            assert f"{part:,.0f} µs" in texts


def test_the_costs_of_fold_are_the_recorded_kernels() -> None:
    texts = [text for text, _ in FIGURES["fold_costs"]().texts]
    chosen = common.bench("kernels")["kernels_chosen"]
    for way in ("forward", "backward"):
        plain = microseconds(f"embedding {way}", "textbook") + microseconds(
            f"linear 1 {way}", chosen
        )
        assert f"{plain:.0f} µs" in texts
        assert f"{microseconds(f'fold {way}', chosen):.0f} µs" in texts


def test_the_decay_on_the_number_line_is_that_of_exact_fractions() -> None:
    weight, keep = Fraction(float(np.float32(1.1))), Fraction(float(np.float32(1 - 7e-8)))
    gap = Fraction(2) ** -23  # between floats from 1 to 2
    exact = weight * (1 - keep) / gap
    texts = [text for text, _ in FIGURES["decay"]().texts]
    assert f"exact: {float(exact):.2f} of a gap" in texts
    assert f"rounded: {round(exact)} whole gap" in texts


# --- a study ----------------------------------------------------------------


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The record of a small study."""
    folder = tmp_path_factory.mktemp("study")
    names = cases.corpus(folder / "names", train=cases.NAMES * 20)
    files = ("--study", folder / "study", "--corpus", names)
    quick = ("--max-parameters", "3000", "--epochs", "1", "--trials", "20", "--preset", "original")
    cases.succeed(cases.run_python("tune", *files, *quick))
    return json.loads(json.dumps(record_study(folder / "study")))


@pytest.mark.parametrize("first", SPACE)
@pytest.mark.parametrize("second", ["learning_rate", "weight_decay", "activation"])
def test_the_figure_of_a_study_shows_what_is_recorded(
    first: str, second: str, study: dict[str, Any]
) -> None:
    order = dict.fromkeys([first, second, *study["importances"]])
    record = study | {"importances": {name: study["importances"][name] for name in order}}
    drawing = tuning(record)
    assert_text_has_room(drawing)
    svg = drawing.svg("x")
    assert len(svg.encode()) < 12_000
    assert drawing.width <= 360
    texts = [text for text, _ in drawing.texts]
    for name, importance in study["importances"].items():
        assert f"{importance:.0%}" in texts[texts.index(name.replace("_", " ")) + 1]
        assert f"{name.replace('_', ' ').capitalize()}: {importance:.0%}." in svg
    complete = [trial for trial in study["trials"] if trial["state"] == "complete"]
    best = min(complete, key=lambda trial: trial["loss"])
    assert best["number"] == study["best"]
    value = best["chosen"][first]
    shown = value if isinstance(value, str) else f"{value:g}"
    assert f"The best trial, {best['loss']:.3f}, has {first.replace('_', ' ')} {shown}." in svg
    # The dots of both plots, the best trial's under the large one, have the order of the losses.
    drawn = [
        [tuple(map(float, at)) for at in re.findall(r"M([\d.]+) ([\d.]+)h0", path)]
        for path in re.findall(r'class="scatter \w+" d="([^"]+)"', svg)
    ]
    assert len(drawn) == 2
    high = sorted(trial["loss"] for trial in complete)[len(drawn[0]) - 1]
    losses = [trial["loss"] for trial in complete if trial["loss"] <= high]
    large = re.findall(r'<circle [^>]*cx="([\d.]+)" cy="([\d.]+)"', svg)
    for dots, (x, y) in zip(drawn, large):
        assert np.argsort([-y for _, y in dots], kind="stable")[0] == np.argmin(losses)
        assert dots[int(np.argmin(losses))] == (float(x), float(y))
    assert f"to the end: {len(complete)}; given up on the way: " in drawing.caption


# --- the name on the first page ----------------------------------------------


def test_each_row_reads_the_letters_before_and_a_letter_that_can_follow_is_picked() -> None:
    name, way = index.made_up()
    assert len(way) == len(name) + 1
    for i, (window, probs) in enumerate(way):
        assert "".join(common.LETTERS[token] for token in window) == f"...{name}"[i : i + 3]
        assert probs.sum() == pytest.approx(1)
        assert probs[common.LETTERS.index(f"{name}."[i])] > 0.001
