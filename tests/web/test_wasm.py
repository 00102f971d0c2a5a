"""The C library in WebAssembly, in Node: it learns what the native one learns."""

import json
import re
import subprocess
import sys
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tolerances
from cases import PROGRAM, REPOSITORY, Result, run

from litdocs.npm import node
from mlp.checkpoint import HYPERPARAMETERS, load_checkpoint
from mlp.config import ACTIVATIONS, configured
from mlp.corpora import Corpus
from mlp.run import TRAIN_BATCHES, Run
from mlp.sample import probabilities, sample_names
from mlp.tokens import LATIN, tokenize
from mlp.windows import Windows

STEPS = 500
SAMPLE = {"n": 30, "seed": 42, "temperature": 1, "prompt": "ma"}
Texts = Corpus | dict[str, str]  # a page hands over texts
# Each has something that the others have not.
MODELS: dict[str, tuple[str, dict[str, str], bool]] = {
    "original": ("original", {}, False),
    "original folded": ("original", {}, True),
    "quick": ("quick", {}, True),
    "small": ("small", {"steps": "600", "warmup": "20"}, False),  # dropout, shuffled, three layers
}


def desk(wasm: Path, corpus: Texts, **job: Any) -> dict[str, Any]:
    """Do a job with the module in Node; return what it found."""
    done = in_node(wasm, corpus, **job)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def in_node(wasm: Path, corpus: Texts, **job: Any) -> subprocess.CompletedProcess[str]:
    usual = {"preset": "quick", "settings": {}, "fold": False, "steps": 0, "sample": SAMPLE}
    command = [node(), "--no-warnings", REPOSITORY / "tests/web/desk.mjs", wasm]
    given = texts(corpus) if isinstance(corpus, Corpus) else corpus
    words = json.dumps({"corpus": given} | usual | job, default=str)
    return subprocess.run(command, input=words, capture_output=True, text=True, check=False)


def texts(corpus: Corpus) -> dict[str, str]:
    letters = "" if corpus.alphabet == LATIN else corpus.alphabet.letters
    names = {
        split: (corpus.folder / f"{split}.txt").read_text("utf-8") for split in ("train", "val")
    }
    return {"name": corpus.name, "letters": letters, **names}


@pytest.mark.parametrize("model", MODELS)
def test_it_learns_what_the_native_library_learns(
    model: str, wasm: Path, given_names: Corpus, tmp_path: Path
) -> None:
    preset, changed, fold = MODELS[model]
    words = {"preset": preset, "settings": changed, "fold": fold, "steps": STEPS}
    found = desk(wasm, given_names, **words, save=tmp_path / "m")

    config, training = configured(preset, {name: int(value) for name, value in changed.items()}, 27)
    native = Run.start(config, training, "c", fold=fold)
    train, val = (
        Windows(split, config.context, training.padded)
        for split in (given_names.train, given_names.val)
    )
    losses = [native.train_step(train) for _ in range(STEPS)]
    tolerances.WASM_500_STEPS.check(np.abs(np.subtract(losses, found["losses"])).max())
    tolerances.WASM_500_STEPS.check(abs(native.evaluate(val) - found["val"]))
    answers = lambda contexts: probabilities(native.backend, contexts)  # noqa: E731
    drawn = sample_names(answers, config.context, training.padded, SAMPLE["seed"], SAMPLE["prompt"])
    assert found["names"] == [*islice(drawn, SAMPLE["n"])]

    saved = load_checkpoint(tmp_path / "m")
    assert (saved.step, saved.config, saved.training) == (STEPS, config, training)
    assert saved.source == given_names.source
    sampled = mlp("sample", "--checkpoint", tmp_path / "m", "--n", "30", "--prompt", "ma")
    assert sampled.out.split() == found["names"]


@pytest.mark.parametrize("preset", ["quick", "original"])
@pytest.mark.parametrize("prompt", ["", "ma", "mariannelou"])
def test_what_comes_after_a_prompt_is_what_the_native_library_says(
    prompt: str, preset: str, wasm: Path, given_names: Corpus
) -> None:
    """Letters beyond the context are forgotten; where some are missing, there are ends."""
    sample = {"n": 5, "seed": 7, "temperature": 0.5, "prompt": prompt}
    found = desk(wasm, given_names, preset=preset, fold=True, steps=20, sample=sample)
    config, training = configured(preset, {}, 27)
    native = Run.start(config, training, "c")
    train = Windows(given_names.train, config.context, training.padded)
    for _ in range(20):
        native.train_step(train)
    tokens = [0] * config.context + LATIN.encode(prompt).tolist()
    context = np.array([tokens[-config.context :]], np.int32)
    apart = np.subtract(probabilities(native.backend, context)[0], found["after"])
    tolerances.WASM_500_STEPS.check(np.abs(apart).max())
    tolerances.WASM_500_STEPS.check(abs(native.evaluate(train, TRAIN_BATCHES) - found["train"]))
    colder = lambda contexts: probabilities(native.backend, contexts, 0.5)  # noqa: E731
    drawn = sample_names(colder, config.context, training.padded, 7, prompt)
    assert found["names"] == [*islice(drawn, 5)]


def test_a_run_ends_with_its_schedule_and_has_no_loss_before_its_first_step(
    wasm: Path, given_names: Corpus
) -> None:
    settings = {"steps": "5"}
    assert desk(wasm, given_names, settings=settings)["loss"] is None, "NaN, in JSON"
    found = desk(wasm, given_names, settings=settings, steps=7)
    assert found["step"] == 5
    assert found["losses"][4:] == 3 * [found["losses"][4]]


def test_a_split_of_few_words_is_one_batch(wasm: Path, given_names: Corpus) -> None:
    names = {"train": texts(given_names)["train"], "val": "emma\nolivia\n"}
    found = desk(wasm, {"name": "", "letters": "", **names}, steps=2)
    config, training = configured("quick", {}, 27)
    native = Run.start(config, training, "c")
    for _ in range(2):
        native.train_step(Windows(given_names.train, config.context, training.padded))
    few = Windows(tokenize(names["val"].encode(), "val"), config.context, training.padded)
    tolerances.WASM_500_STEPS.check(abs(native.evaluate(few) - found["val"]))


def test_a_file_brings_its_settings_and_says_whether_it_knows_these_names(
    wasm: Path, given_names: Corpus, tmp_path: Path
) -> None:
    changed = {"hidden": "31", "learning_rate": "0.00123", "steps": "77"}
    made = desk(wasm, given_names, settings=changed, steps=1, save=tmp_path / "m")
    assert made["settings"].items() >= changed.items()
    assert made["same"]
    back = desk(wasm, given_names, load=tmp_path / "m")
    assert back["settings"] == made["settings"]
    assert back["same"]
    others = texts(given_names) | {"train": "emma\nolivia\nava\n" * 40}
    assert not desk(wasm, others, load=tmp_path / "m")["same"]
    other = {"name": "", "letters": "abé", "train": "abé\n" * 99, "val": "bé\n"}
    desk(wasm, other, steps=1, sample=SAMPLE | {"prompt": "é"})
    done = in_node(wasm, other, load=tmp_path / "m")
    assert f"Complaint: it has another alphabet than the names: {LATIN.letters}\n" in done.stderr


def test_the_table_has_the_help_and_the_choices_of_the_library(
    wasm: Path, given_names: Corpus
) -> None:
    rows = {row["name"]: row for row in desk(wasm, given_names)["rows"]}
    assert list(rows) == [field.name for field in HYPERPARAMETERS]
    assert rows["activation"]["choices"] == [*ACTIVATIONS]
    assert rows["vocab"]["help"] == ""
    assert rows["hidden"]["help"] in run(PROGRAM, "--help", code=0).out


def mlp(*words: object) -> Result:
    return run(PROGRAM, *words, code=0)


def test_each_goes_on_with_what_the_other_began(
    wasm: Path, given_names: Corpus, tmp_path: Path
) -> None:
    """100 steps here and 100 there are 200 steps, either way, to the last digits of a float."""
    m = {"native": tmp_path / "native", "wasm": tmp_path / "wasm"}
    settings = {"steps": "200"}
    whole = desk(wasm, given_names, settings=settings, steps=200, save=tmp_path / "whole")
    desk(wasm, given_names, settings=settings, steps=100, save=m["wasm"])
    words = ("--corpus", given_names.folder)
    mlp("train", "--resume", m["wasm"], *words)
    begun = ("--steps", "200", "--until", "100", "--out", m["native"])
    mlp("train", "--preset", "quick", *begun, *words)
    back = desk(wasm, given_names, load=m["native"], steps=100, save=m["native"])
    apart = np.subtract(whole["losses"][100:], back["losses"])
    tolerances.WASM_500_STEPS.check(np.abs(apart).max())
    all_here = load_checkpoint(tmp_path / "whole")
    for path in m.values():
        other = load_checkpoint(path)
        assert other.step == all_here.step == 200
        for name, numbers in all_here.params.items():
            tolerances.WASM_PARAMETERS.check(np.abs(other.params[name] - numbers).max(), name)


def test_it_goes_on_with_its_own_bit_for_bit(
    wasm: Path, given_names: Corpus, tmp_path: Path
) -> None:
    settings = {"steps": "200"}
    desk(wasm, given_names, settings=settings, steps=200, save=tmp_path / "whole")
    desk(wasm, given_names, settings=settings, steps=100, save=tmp_path / "half")
    desk(wasm, given_names, load=tmp_path / "half", steps=100, save=tmp_path / "half")
    assert (tmp_path / "half").read_bytes() == (tmp_path / "whole").read_bytes()


def test_it_folds_only_what_can_be_folded(wasm: Path, given_names: Corpus, tmp_path: Path) -> None:
    """With input dropout there is no embedding to fold; started or loaded, it trains."""
    job = {"settings": {"input_dropout": "0.1"}, "steps": 3, "save": tmp_path / "m"}
    asked, plain = (desk(wasm, given_names, **job, fold=fold) for fold in (True, False))
    assert asked["losses"] == plain["losses"]
    desk(wasm, given_names, load=tmp_path / "m", fold=True, steps=1)


# What a page may hand over, and the sentence for the reader.
BAD: dict[str, tuple[dict[str, Any], str]] = {
    "a setting": (
        {"settings": {"hidden": "70000"}},
        "'70000' is not a whole number from 1 to 65536",
    ),
    "a word for a number": (
        {"settings": {"learning_rate": "fast"}},
        "'fast' is not a positive number up to 3.40282e+38",
    ),
    "sizes too large": (
        {"settings": {"hidden": "60000", "layers": "9"}},
        "a size is zero or beyond its limit",
    ),
    "more than the memory": (
        {"settings": {"hidden": "60000", "embedding": "500"}},
        "out of memory",
    ),
    "a letter": (
        {"sample": SAMPLE | {"prompt": "zoë"}},
        "not in the alphabet: 'ë' U+00EB; it is abcdefghijklmnopqrstuvwxyz",
    ),
    "a temperature": ({"sample": SAMPLE | {"temperature": 0}}, "a number is outside its range"),
    "a long prompt": (
        {"sample": SAMPLE | {"prompt": "a" * 64}},
        "64 letters: must be fewer than 64",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_what_is_wrong_is_a_sentence(case: str, wasm: Path, given_names: Corpus) -> None:
    job, sentence = BAD[case]
    done = in_node(wasm, given_names, steps=1, **job)
    assert f"Complaint: {sentence}" in done.stderr


def test_a_loss_that_is_no_number_ends_the_steps(wasm: Path, given_names: Corpus) -> None:
    done = in_node(wasm, given_names, settings={"learning_rate": "3e38"}, steps=99)
    assert re.search("^Complaint: a result is not a number\nafter [1-9] steps$", done.stderr, re.M)


def test_files_that_are_no_checkpoints_are_refused(
    wasm: Path, given_names: Corpus, tmp_path: Path
) -> None:
    desk(wasm, given_names, save=tmp_path / "m")
    whole = (tmp_path / "m").read_bytes()
    for content in (b"", b"names", whole[:-1], whole[:100], whole + b"0"):
        (tmp_path / "bad").write_bytes(content)
        done = in_node(wasm, given_names, steps=1, load=tmp_path / "bad")
        assert "Complaint: this file: " in done.stderr


def test_it_needs_nothing_of_the_page(wasm: Path) -> None:
    script = (
        "const m = new WebAssembly.Module(require('fs').readFileSync(process.argv[1]));"
        "console.log(WebAssembly.Module.imports(m).length)"
    )
    assert run(node(), "-e", script, wasm, code=0).out == "0\n"


def test_without_ziglang_one_line_says_what_is_missing(tmp_path: Path) -> None:
    """-S: Python without the packages that were installed."""
    make = REPOSITORY / "code" / "c" / "make.py"
    result = run(sys.executable, "-S", make, "--wasm", tmp_path / "build")
    assert (result.code, result.err) == (
        1,
        "build: mlp.wasm needs the Python package ziglang\n",
    )
    assert list(tmp_path.iterdir()) == []
