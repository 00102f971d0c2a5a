"""The one field of a hyperparameter: options, help, checks and metadata follow from it."""

import json
import re
from dataclasses import Field, fields, replace
from pathlib import Path
from typing import Any

import pytest
from cases import corpus, run_python, succeed

from mlp.config import MAX_COUNT, MAX_SEED, ModelConfig, TrainingConfig
from mlp.errors import MLPError

ALL = (*fields(ModelConfig), *fields(TrainingConfig))
CHOSEN = [field for field in ALL if field.name != "vocab"]  # the corpus decides that one


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
    assert field.metadata["help"]


@pytest.mark.parametrize(
    ("name", "value", "allowed"),
    [
        ("context", 0, "from 1 to 65,536"),
        ("hidden", 65_537, "from 1 to 65,536"),
        ("layers", 17, "from 1 to 16"),
        ("activation", "relu", "one of tanh, gelu"),
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
