"""config.c: one table of hyperparameters, from which everything else follows."""

import math
import re
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest
from cases import REPOSITORY, complaint, corpus, run, succeed
from checkpoints import built, header_of

from mlp.clib import ffi, names
from mlp.clib import library as load_library
from mlp.config import ACTIVATIONS

SOURCES = REPOSITORY / "code" / "c"
TYPES = {
    "size_t": "MLP_KIND_SIZE",
    "uint64_t": "MLP_KIND_WHOLE",
    "double": "MLP_KIND_REAL",
    "int": "MLP_KIND_FLAG MLP_KIND_CHOICE",
}


def table() -> list[Any]:
    rows: list[Any] = []
    while (row := load_library().mlp_hyperparameter_row(len(rows))) != ffi.NULL:
        rows.append(row)
    return rows


def text(pointer: Any) -> str:
    return str(ffi.string(pointer).decode())


def by_name(name: str) -> Any:
    return next(row for row in table() if text(row.name) == name)


def parse(row: Any, words: str) -> tuple[str, str]:
    """What is in the field afterwards, and why it was refused; "" if it was not."""
    lib, field, why = load_library(), ffi.new("double *"), ffi.new("char[]", 4608)
    code = lib.mlp_hyperparameter_parse(field, row, words.encode(), why)
    assert code == (lib.MLP_ERROR_VALUE if text(why) else 0)
    out = ffi.new("char[]", 64)
    lib.mlp_hyperparameter_format(out, 64, row, field, 17)
    return text(out), text(why)


def presets() -> list[tuple[str, Any, Any]]:
    found = []
    for name in names(load_library().mlp_preset_name):
        config, training = ffi.new("mlp_config *"), ffi.new("mlp_training *")
        assert load_library().mlp_preset(name.encode(), config, training) == 0
        found.append((name, config, training))
    return found


def test_each_field_has_a_row_with_its_place_and_its_type() -> None:
    fields = [
        (name, field.offset, field.type.cname, kind == "mlp_training")
        for kind in ("mlp_config", "mlp_training")
        for name, field in ffi.typeof(kind).fields
    ]
    rows = [(text(row.name), row.offset, row.of_training) for row in table()]
    assert rows == [(name, offset, training) for name, offset, _, training in fields]
    kinds = ffi.typeof("mlp_kind").elements
    for row, (_, _, type_name, _) in zip(table(), fields):
        assert kinds[row.kind] in TYPES[type_name].split()


def test_each_value_of_a_preset_is_in_the_range_and_survives_being_text() -> None:
    lib = load_library()
    for _, config, training in presets():
        for row in table():
            before = ffi.new("char[]", 64)
            field = lib.mlp_hyperparameter_field(row, config, training)
            lib.mlp_hyperparameter_format(before, 64, row, field, 17)
            assert parse(row, text(before)) == (text(before), "")


def test_the_preset_original_is_the_original_module() -> None:
    _, config, training = next(each for each in presets() if each[0] == "original")
    assert (config.context, config.embedding, config.hidden, config.layers) == (3, 48, 512, 1)
    assert (training.batch, training.steps, training.seed) == (128, 50_000, 1337)
    assert (training.learning_rate, training.weight_decay, training.padded) == (7e-4, 1e-4, 0)


def test_the_names_are_those_of_the_enums() -> None:
    for function, kind in (
        ("mlp_activation_name", "mlp_activation"),
        ("mlp_split_name", "mlp_split"),
    ):
        found = {
            i: f"MLP_{name.upper()}"
            for i, name in enumerate(names(getattr(load_library(), function)))
        }
        assert ffi.typeof(kind).elements == found
    assert names(load_library().mlp_kernels_name)[-2:] == ["base", "textbook"]


def test_a_kernel_set_is_one_that_a_model_takes_or_the_check_says_so() -> None:
    lib = load_library()
    _, config, _ = presets()[0]
    out = ffi.new("mlp_model **")
    assert lib.mlp_model_create(out, config, 1) == 0
    for name in (*names(load_library().mlp_kernels_name), "auto", "none", ""):
        code = lib.mlp_kernels_check(name.encode())
        assert code == lib.mlp_model_kernels(out[0], name.encode())
        assert code in (0, lib.MLP_ERROR_NAME)
        assert code == 0 or name not in ("auto", "base", "textbook")
    lib.mlp_model_free(out[0])


WHOLE = f"a whole number from 1 to {2**63 - 1}"
POSITIVE = "a positive number up to 3.40282e+38"
REFUSED = {
    ("hidden", "0"): "a whole number from 1 to 65536",
    ("hidden", "65537"): "a whole number from 1 to 65536",
    ("hidden", str(2**32 + 5)): "a whole number from 1 to 65536",
    ("layers", "17"): "a whole number from 1 to 16",
    ("steps", ""): WHOLE,
    ("steps", "-1"): WHOLE,
    ("steps", "+1"): WHOLE,
    ("steps", " 1"): WHOLE,
    ("steps", "1.5"): WHOLE,
    ("steps", "1e3"): WHOLE,
    ("steps", str(2**63)): WHOLE,
    ("seed", str(2**64)): f"a whole number from 1 to {2**64 - 1}",
    ("seed", str(2**64 + 1)): f"a whole number from 1 to {2**64 - 1}",
    ("seed", "9" * 40): f"a whole number from 1 to {2**64 - 1}",
    ("learning_rate", "0"): POSITIVE,
    ("learning_rate", "nan"): POSITIVE,
    ("learning_rate", "inf"): POSITIVE,
    ("learning_rate", "1e999"): POSITIVE,
    ("learning_rate", "1x"): POSITIVE,
    ("learning_rate", ""): POSITIVE,
    ("learning_rate", "3.5e38"): POSITIVE,
    ("learning_rate", "0x1p-3"): POSITIVE,
    ("learning_rate", "1."): POSITIVE,
    ("learning_rate", "1e"): POSITIVE,
    ("learning_rate", "+1"): POSITIVE,
    ("learning_rate", " 1"): POSITIVE,
    ("weight_decay", "-1e-9"): "a number from 0 to 3.40282e+38",
    ("dropout", "1"): "a number from 0 to less than 1",
    ("input_dropout", "0.99999999999999999"): "a number from 0 to less than 1",
    ("warmup", "-1"): f"a whole number from 0 to {2**63 - 1}",
    ("padded", "2"): "0 or 1",
    ("padded", "01"): "0 or 1",
    ("activation", "Tanh"): f"one of {', '.join(ACTIVATIONS)}",
    ("activation", "0"): f"one of {', '.join(ACTIVATIONS)}",
}


@pytest.mark.parametrize(("name", "words"), REFUSED)
def test_a_value_outside_its_range_is_refused_with_what_would_be_inside(
    name: str, words: str
) -> None:
    value, why = parse(by_name(name), words)
    assert why == f"'{words}' is not {REFUSED[name, words]}"
    assert value in ("0", "tanh"), "the field stays as it was"


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("hidden", "1"),
        ("hidden", "65536"),
        ("layers", "16"),
        ("steps", str(2**63 - 1)),
        ("seed", str(2**64 - 1)),
        ("seed", str(2**32)),
        ("weight_decay", "0"),
        ("dropout", "0"),
        ("input_dropout", "0.99999999999999989"),
        ("warmup", "0"),
        ("padded", "0"),
        ("padded", "1"),
        ("activation", "gelu"),
    ],
)
def test_the_ends_of_a_range_are_inside(name: str, words: str) -> None:
    assert parse(by_name(name), words) == (words, "")


def test_the_smallest_and_the_largest_rate_are_rates() -> None:
    for rate in (math.ulp(0), (2 - 2**-23) * 2.0**127):
        value, why = parse(by_name("learning_rate"), repr(rate))
        assert (float(value), why) == (rate, "")


def test_the_longest_word_is_cut_in_the_message() -> None:
    _, why = parse(by_name("hidden"), "9" * 9000)
    assert len(why) < 4608
    assert why.endswith("is not a whole number from 1 to 65536")


@pytest.mark.parametrize(
    "sizes",
    [
        {"embedding": 1, "context": 65536, "hidden": 5000},  # parameters of the first layer
        {"hidden": 20000, "layers": 2},  # of the second
        {"vocab": 65536, "embedding": 5000, "hidden": 1},  # of the vectors
        {"hidden": 3000, "batch": 65536},  # activations
        {"hidden": 1900, "batch": 65536, "dropout": 0.1},  # and those that dropout copies
        {"embedding": 1100, "hidden": 1, "batch": 65536, "input_dropout": 0.1},
    ],
    ids=str,
)
def test_what_is_too_large_in_all_is_refused(sizes: dict[str, Any]) -> None:
    lib = load_library()
    _, config, _ = presets()[0]
    batch = sizes.get("batch", 1)
    for name, size in sizes.items():
        if name != "batch":
            setattr(config, name, size)
    out = ffi.new("mlp_model **")
    assert lib.mlp_model_create(out, config, batch) == lib.MLP_ERROR_SIZE


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("batch", 0, "MLP_ERROR_SIZE"),
        ("batch", 65537, "MLP_ERROR_SIZE"),
        ("steps", 0, "MLP_ERROR_VALUE"),
        ("learning_rate", math.nan, "MLP_ERROR_VALUE"),
        ("learning_rate", 0.0, "MLP_ERROR_VALUE"),
        ("weight_decay", -1.0, "MLP_ERROR_VALUE"),
        ("seed", 0, "MLP_ERROR_VALUE"),
        ("padded", 2, "MLP_ERROR_VALUE"),
        ("warmup", 50_001, "MLP_ERROR_VALUE"),
        ("shuffled", 2, "MLP_ERROR_VALUE"),
    ],
)
def test_a_run_checks_each_field(field: str, value: Any, code: str) -> None:
    lib = load_library()
    _, config, training = presets()[0]
    setattr(training, field, value)
    assert lib.mlp_run_create(ffi.new("mlp_run **"), ffi.NULL, config, training) == getattr(
        lib, code
    )
    _, config, training = presets()[0]
    config.activation = len(ACTIVATIONS)
    code = lib.mlp_run_create(ffi.new("mlp_run **"), ffi.NULL, config, training)
    assert code == lib.MLP_ERROR_VALUE


def test_a_run_has_the_alphabet_of_its_vocabulary_and_room_for_its_batch() -> None:
    lib = load_library()
    _, config, training = presets()[0]
    out = ffi.new("mlp_run **")
    assert lib.mlp_run_create(out, ffi.NULL, config, training) == 0
    assert lib.mlp_model_max_batch(out[0].model) == training.batch
    lib.mlp_run_free(out[0])
    config.vocab += 1
    assert lib.mlp_run_create(out, ffi.NULL, config, training) == lib.MLP_ERROR_SIZE


def test_a_warmup_may_take_all_steps() -> None:
    lib = load_library()
    _, config, training = presets()[0]
    training.warmup = training.steps
    out = ffi.new("mlp_run **")
    assert lib.mlp_run_create(out, ffi.NULL, config, training) == 0
    lib.mlp_run_free(out[0])


# --- what a hyperparameter costs ------------------------------------------------------


def test_a_hyperparameter_is_a_field_and_a_row(tmp_path: Path) -> None:
    """With these lines it is an option, in presets and help, checked, saved and read back."""
    sources = tmp_path / "code" / "c"
    shutil.copytree(SOURCES, sources)
    for file, before, added in (
        ("mlp.h", "    double weight_decay;\n", "    double smoothing;\n"),
        (
            "config.c",
            "    {TRAINING(seed),",
            '    {TRAINING(smoothing), REAL(0, 0.9), .help = "as added", .older = "0"},\n',
        ),
        ("config.c", "      .weight_decay = 0.05,", " .smoothing = 0.5,"),
    ):
        whole = (sources / file).read_text()
        head, tail = re.split(f"(?={re.escape(before)})", whole, maxsplit=1)
        where = (head + before + added + tail.removeprefix(before)) if file == "mlp.h" else None
        (sources / file).write_text(where or head + added + tail)
    build = (sys.executable, sources / "make.py", tmp_path / "build")
    run(*build, "x86_64=", "CFLAGS=-std=c11 -fPIC -ffp-contract=off", "EXTRA=-Werror", code=0)
    mlp = tmp_path / "build" / "mlp"

    usage = succeed(run(mlp, "--help"))
    assert re.search("^  --smoothing X +as added$", usage, re.MULTILINE)
    assert re.search("^  --smoothing +0 +0 +0 +0.5 ", usage, re.MULTILINE)
    small = ("--hidden", "5", "--embedding", "2", "--batch", "4", "--steps", "1")
    words = (
        "train",
        "--corpus",
        corpus(tmp_path / "names"),
        *small,
        "--force",
        "--out",
        tmp_path / "m",
        "--force",
    )
    for more, value in (
        ((), "0"),
        (("--smoothing", "0.75"), "0.75"),
        (("--preset", "deep"), "0.5"),
    ):
        succeed(run(mlp, *words, *more))
        metadata = header_of((tmp_path / "m").read_bytes())[0]["__metadata__"]
        assert metadata["smoothing"] == value
        keys = list(metadata)
        assert keys[keys.index("smoothing") - 1 :][:3] == ["weight_decay", "smoothing", "seed"]
        succeed(run(mlp, "sample", "--checkpoint", tmp_path / "m", "--n", "1"))
    header, numbers = header_of((tmp_path / "m").read_bytes())
    del header["__metadata__"]["smoothing"]
    (tmp_path / "older").write_bytes(built(header, numbers))
    resume = ("--resume", tmp_path / "older", "--out", tmp_path / "m", "--force")
    succeed(run(mlp, "train", "--corpus", tmp_path / "names", *resume))
    assert header_of((tmp_path / "m").read_bytes())[0]["__metadata__"]["smoothing"] == "0"
    message = complaint(run(mlp, *words, "--smoothing", "0.95"))
    assert message == "--smoothing: '0.95' is not a number from 0 to 0.9"
    words = (
        "train",
        "--corpus",
        tmp_path / "names",
        "--resume",
        tmp_path / "m",
        "--smoothing",
        "0",
    )
    assert complaint(run(mlp, *words)).startswith("--smoothing: a checkpoint has its own")


LIMITS = """
#include "config.h"
#include <stdio.h>
int main(void)
{
    const struct { size_t H, L, batch; } sizes[] = {
        {4229, 16, 1}, {4231, 16, 1}, /* 2^28 parameters: nearly, and more */
        {1, 1, 65536}, {1, 1, 65537}, {1, 1, 0},
    };
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        mlp_config config = {.vocab = 2, .context = 1, .embedding = 1,
                             .hidden = sizes[i].H, .layers = sizes[i].L,
                             .temperature = 1};
        printf("%d ", config_check(&config, sizes[i].batch));
    }
    return 0;
}
"""


def test_models_as_large_as_the_limits_are_allowed_and_larger_ones_are_not(tmp_path: Path) -> None:
    (tmp_path / "limits.c").write_text(LIMITS)
    sources = (tmp_path / "limits.c", SOURCES / "config.c")
    run("cc", "-std=c11", "-I", SOURCES, *sources, "-o", tmp_path / "limits", code=0)
    assert run(tmp_path / "limits", code=0).out == "0 -2 0 -2 -2 "
