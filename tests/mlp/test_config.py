"""The one field of a hyperparameter: options, help, checks and metadata follow from it."""

import json
import math
import re
import sys
from dataclasses import Field, fields, replace
from pathlib import Path
from typing import Any

import pytest
from cases import corpus, run_python, succeed

from mlp.clib import ffi, names
from mlp.config import ACTIVATIONS, MAX_COUNT, MAX_SEED, PRESETS, ModelConfig, TrainingConfig
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
    kinds = {"most", "zero", "choices", "off"} & set(field.metadata)
    assert len(kinds) == 1


def in_c(library: Any) -> list[dict[str, Any]]:
    """The table of config.c, a row a hyperparameter, in the words of Python's fields."""
    rows: list[dict[str, Any]] = []
    while (row := library.mlp_hyperparameter_row(len(rows))) != ffi.NULL:
        text = None if row.help == ffi.NULL else ffi.string(row.help).decode()
        said: dict[str, Any] = {"help": text}
        presets = list(row.presets)
        if row.kind in (library.MLP_KIND_SIZE, library.MLP_KIND_WHOLE):
            assert row.whole.minimum == 1
            said["most"] = row.whole.maximum
        elif row.kind == library.MLP_KIND_REAL:
            assert row.real.minimum in (0, math.ulp(0)), "0, or the smallest positive number"
            assert row.real.maximum == sys.float_info.max
            said["zero"] = row.real.minimum == 0
        elif row.kind == library.MLP_KIND_CHOICE:
            said["choices"] = tuple(names(row.choice))
            presets = [said["choices"][int(i)] for i in presets]
        rows.append(
            {
                "name": ffi.string(row.name).decode(),
                "training": bool(row.of_training),
                "presets": presets,
                **said,
            }
        )
    return rows


def in_python() -> list[dict[str, Any]]:
    return [
        {
            "name": field.name,
            "training": bool(number),
            "presets": [
                getattr(both[kind is TrainingConfig], field.name) for both in PRESETS.values()
            ],
            **{key: value for key, value in field.metadata.items() if key != "off"},
        }
        for number, kind in enumerate((ModelConfig, TrainingConfig))
        for field in fields(kind)
    ]


def test_the_table_of_c_is_that_of_python(library: Any) -> None:
    assert in_c(library) == in_python()


@pytest.mark.parametrize(
    ("name", "value", "allowed"),
    [
        ("context", 0, "from 1 to 65,536"),
        ("hidden", 65_537, "from 1 to 65,536"),
        ("layers", 17, "from 1 to 16"),
        ("activation", "Tanh", f"one of {', '.join(ACTIVATIONS)}"),
        ("steps", MAX_COUNT + 1, f"from 1 to {MAX_COUNT:,}"),
        ("learning_rate", 0.0, "a positive number"),
        ("learning_rate", float("nan"), "a positive number"),
        ("weight_decay", -1e-9, "0 or a positive number"),
        ("weight_decay", float("inf"), "0 or a positive number"),
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
    [("hidden", 1), ("layers", 16), ("weight_decay", 0.0), ("seed", MAX_SEED), ("steps", 1)],
)
def test_the_ends_of_a_range_belong_to_it(name: str, value: Any) -> None:
    config = ModelConfig() if hasattr(ModelConfig, name) else TrainingConfig()
    assert getattr(replace(config, **{name: value}), name) == value
