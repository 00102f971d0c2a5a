"""The one field of a hyperparameter: options, help, checks and metadata follow from it."""

import json
import re
from collections.abc import Iterator
from dataclasses import Field, asdict, fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from cases import corpus, run_python, succeed

from mlp.clib import ffi, names, struct
from mlp.config import (
    ACTIVATIONS,
    MAX_COUNT,
    MAX_SEED,
    PRESETS,
    ModelConfig,
    TrainingConfig,
    check_sizes,
    parse,
)
from mlp.errors import MLPError

ALL = (*fields(ModelConfig), *fields(TrainingConfig))
CHOSEN = [field for field in ALL if field.metadata["help"]]  # the others are no options


def of_field(field: Field[Any]) -> str:
    return field.name


@pytest.mark.parametrize("field", CHOSEN, ids=of_field)
def test_each_hyperparameter_is_an_option_of_train_with_its_help(field: Field[Any]) -> None:
    out = " ".join(succeed(run_python("train", "--help")).split())
    option = f"--{field.name.replace('_', '-')}"
    assert re.search(rf"{option} .*?{re.escape(field.metadata['help'])}", out)


@pytest.mark.parametrize("field", ALL, ids=of_field)
def test_each_hyperparameter_is_in_the_metadata_of_a_checkpoint(
    field: Field[Any], tmp_path: Path
) -> None:
    words = ("--hidden", "8", "--batch", "7", "--steps", "1", "--out", tmp_path / "m")
    succeed(run_python("train", "--corpus", corpus(tmp_path / "names"), *words))
    data = (tmp_path / "m").read_bytes()
    header = json.loads(data[8 : 8 + int.from_bytes(data[:8], "little")])
    assert field.name in header["__metadata__"]


@pytest.mark.parametrize("field", ALL, ids=of_field)
def test_each_hyperparameter_says_what_it_is_and_what_it_may_be(field: Field[Any]) -> None:
    kinds = {"most", "choices", "off"} & set(field.metadata)
    assert len(kinds) == 1


def in_c(library: Any) -> list[dict[str, Any]]:
    """The table of config.c, a row a hyperparameter, in the words of Python's fields."""
    rows: list[dict[str, Any]] = []
    while (row := library.mlp_hyperparameter_row(len(rows))) != ffi.NULL:
        text = None if row.help == ffi.NULL else ffi.string(row.help).decode()
        said: dict[str, Any] = {"help": text}
        if row.kind in (library.MLP_KIND_SIZE, library.MLP_KIND_WHOLE):
            said |= {"least": row.whole.minimum, "most": row.whole.maximum}
        elif row.kind == library.MLP_KIND_REAL:
            said |= {"least": row.real.minimum, "most": row.real.maximum}
        elif row.kind == library.MLP_KIND_CHOICE:
            said["choices"] = tuple(names(row.choice))
        if row.older != ffi.NULL:
            said["older"] = ffi.string(row.older).decode()
        rows.append(
            {
                "name": ffi.string(row.name).decode(),
                "training": bool(row.of_training),
                **said,
            }
        )
    return rows


def in_python() -> list[dict[str, Any]]:
    return [
        {
            "name": field.name,
            "training": bool(number),
            **{key: value for key, value in field.metadata.items() if key != "off"},
        }
        for number, kind in enumerate((ModelConfig, TrainingConfig))
        for field in fields(kind)
    ]


def test_the_table_of_c_is_that_of_python(library: Any) -> None:
    assert in_c(library) == in_python()


def test_the_presets_of_c_are_those_of_python(library: Any) -> None:
    assert names(library.mlp_preset_name) == list(PRESETS)
    for name, configs in PRESETS.items():
        in_c = ffi.new("mlp_config *"), ffi.new("mlp_training *")
        assert library.mlp_preset(name.encode(), *in_c) == 0
        for config, found in zip(configs, in_c):
            values = {field: getattr(found, field) for field, _ in ffi.typeof(found[0]).fields}
            if "activation" in values:
                values["activation"] = ACTIVATIONS[values["activation"]]
            assert values == asdict(config)
    assert library.mlp_preset(b"no such", *in_c) == library.MLP_ERROR_NAME


@pytest.mark.parametrize(
    ("name", "value", "allowed"),
    [
        ("context", 0, "from 1 to 65,536"),
        ("hidden", 65_537, "from 1 to 65,536"),
        ("layers", 17, "from 1 to 16"),
        ("activation", "Tanh", f"one of {', '.join(ACTIVATIONS)}"),
        ("steps", MAX_COUNT + 1, f"from 1 to {MAX_COUNT:,}"),
        ("learning_rate", 0.0, "a positive number up to 3.40282e+38"),
        ("learning_rate", float("nan"), "a positive number up to 3.40282e+38"),
        ("learning_rate", 3.5e38, "a positive number up to 3.40282e+38"),
        ("weight_decay", -1e-9, "a number from 0 to 3.40282e+38"),
        ("weight_decay", float("inf"), "a number from 0 to 3.40282e+38"),
        ("dropout", 1.0, "a number from 0 to less than 1"),
        ("input_dropout", -0.1, "a number from 0 to less than 1"),
        ("warmup", -1, f"from 0 to {MAX_COUNT:,}"),
        ("seed", 0, f"from 1 to {MAX_SEED:,}"),
        ("seed", MAX_SEED + 1, f"from 1 to {MAX_SEED:,}"),
    ],
)
def test_a_value_out_of_range_is_named_with_its_range(name: str, value: Any, allowed: str) -> None:
    config = ModelConfig() if hasattr(ModelConfig, name) else TrainingConfig()
    words = re.escape(f"{name.replace('_', ' ')} {value!r}: must be {allowed}")
    with pytest.raises(MLPError, match=f"^{words}$"):
        replace(config, **{name: value})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("hidden", 1), ("layers", 16), ("weight_decay", 0.0), ("seed", MAX_SEED), ("steps", 1)),
        *(("dropout", 0.0), ("input_dropout", 1 - 2**-53), ("warmup", 0), ("warmup", 50_000)),
    ],
)
def test_the_ends_of_a_range_belong_to_it(name: str, value: Any) -> None:
    config = ModelConfig() if hasattr(ModelConfig, name) else TrainingConfig()
    assert getattr(replace(config, **{name: value}), name) == value


def test_a_warmup_longer_than_the_schedule_is_refused() -> None:
    words = "^warmup 8: more than the 7 steps of the schedule$"
    with pytest.raises(MLPError, match=words):
        TrainingConfig(steps=7, warmup=8)


# What fits into the limits of a batch without dropout, and not with it: as in c/test_config.py.
@pytest.mark.parametrize(
    "sizes",
    [{"hidden": 1900, "dropout": 0.1}, {"embedding": 1100, "hidden": 1, "input_dropout": 0.1}],
    ids=["hidden", "input"],
)
def test_the_copies_that_dropout_makes_count(library: Any, sizes: dict[str, Any]) -> None:
    config, training = ModelConfig(**sizes), TrainingConfig(batch=65_536)
    without = replace(config, dropout=0.0, input_dropout=0.0)
    check_sizes(without, training)
    n = 65_536 * (27 + 2 * config.hidden + 3 * config.embedding)
    n += 65_536 * (config.hidden if config.dropout else 3 * config.embedding)
    with pytest.raises(MLPError, match=f"^{n} activations of a batch: the limit is {2**28}$"):
        check_sizes(config, training)
    models = [ffi.new("mlp_model **") for _ in range(2)]
    codes = [
        library.mlp_model_create(model, struct(each), 65_536)
        for model, each in zip(models, (config, without))
    ]
    library.mlp_model_free(models[1][0])
    assert codes == [library.MLP_ERROR_SIZE, 0]


# --- numbers as text ------------------------------------------------------------------


def spellings(random: np.random.Generator) -> Iterator[str]:
    """Numbers as people write them, and what looks like one."""
    yield from ("", "0", "1", "007", "0" * 5000 + "5", "9" * 5000, "1e5", "1E-3", ".5", "5.", ".")
    yield from ("+1", "-1", "-0", " 1", "1 ", "1_000", "1,5", "0x10", "0b1", "inf", "nan", "NaN")
    yield from ("1e999", "1e-999", "1e+3", "1e", "1e+", "1.2.3", "١٢", "１", "²", "1\n", "1e5.0")
    yield from (str(2**n + d) for n in (16, 31, 32, 53, 63, 64) for d in (-1, 0, 1))
    yield from ("3.4028234663852886e38", "3.4028234663852887e38", "3.5e38", "4.9e-324", "2e-324")
    yield from ("tanh", "gelu", "Tanh", "tanh ", "true")
    for _ in range(3000):
        yield repr(float(np.exp(random.normal(0, 60))))
        yield "".join(random.choice([*"0123456789.e+-"], int(random.integers(1, 9))))


def test_c_and_python_read_the_same_numbers(library: Any, random: np.random.Generator) -> None:
    field, why, text = ffi.new("double *"), ffi.new("char[]", 4608), ffi.new("char[64]")
    rows = [library.mlp_hyperparameter_row(i) for i in range(len(ALL))]
    accepted = 0
    for word in spellings(random):
        for hyperparameter, row in zip(ALL, rows):
            code = library.mlp_hyperparameter_parse(field, row, word.encode(), why)
            library.mlp_hyperparameter_format(text, 64, row, field, 17)
            try:
                value = parse(hyperparameter, word)
            except MLPError as error:
                said = str(error)
                assert code == library.MLP_ERROR_VALUE, (hyperparameter.name, word)
                if len(word) < 4000:
                    assert ffi.string(why).decode() == said
                continue
            assert code == 0, (hyperparameter.name, word)
            mine = str(int(value)) if isinstance(value, bool) else value
            assert type(mine)(ffi.string(text).decode()) == mine, word
            accepted += 1
    assert accepted > 5000
