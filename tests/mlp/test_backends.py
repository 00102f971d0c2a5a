"""backends.py: what a backend cannot do is refused, and only that; and the threads it may use."""

import subprocess
import sys

import pytest

from mlp.backends import create
from mlp.config import MAX_PARAMS, ModelConfig, TrainingConfig
from mlp.errors import MLPError

SMALL, TRAINING = ModelConfig(hidden=4, embedding=2), TrainingConfig(batch=1)


@pytest.mark.parametrize("name", ["c", "numpy"])
def test_tables_too_large_are_refused_where_there_would_be_tables(name: str) -> None:
    config = ModelConfig(30_000, context=30, embedding=1, hidden=300)
    assert config.size < MAX_PARAMS / 20
    create(name, config, TRAINING)
    with pytest.raises(MLPError, match=r"^fold: its tables would have more than"):
        create(name, config, TRAINING, fold=True)


def test_c_refuses_numbers_of_64_bits_and_the_others_take_them() -> None:
    with pytest.raises(MLPError, match=r"^dtype 'float64': the C library computes in float32$"):
        create("c", SMALL, TRAINING, dtype="float64")
    for name in "numpy", "torch":
        params = create(name, SMALL, TRAINING, dtype="float64").params()
        assert {str(array.dtype) for array in params.values()} == {"float64"}


@pytest.mark.parametrize("first", ["", "import torch; "])
def test_pytorch_has_the_threads_that_were_said_before_it_was_loaded(first: str) -> None:
    lines = (
        "from mlp.backends import load_backend, one_thread, use_threads",
        "with one_thread():",
        "    use_threads(2)",
        "    load_backend('torch')",
        "    import torch",
        "    print(torch.get_num_threads())",
        "with one_thread():",
        "    print(torch.get_num_threads())",
    )
    code = first + "\n".join(lines)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["2", "1"]
