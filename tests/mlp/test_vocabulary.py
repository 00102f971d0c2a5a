"""One vocabulary: the same thing has the same name in C, NumPy and PyTorch."""

import inspect
import re
from typing import Any

import numpy as np
import pytest
import tolerances
from cases import REPOSITORY
from kernels import TABLES

from mlp import config as settings
from mlp import ops_numpy, sample
from mlp.backend_c import CBackend
from mlp.backends import BACKENDS, create
from mlp.clib import ffi
from mlp.config import ACTIVATIONS, ModelConfig, TrainingConfig
from mlp.tokens import VOCAB_SIZE

C = REPOSITORY / "code" / "c"
PYTHON = REPOSITORY / "code" / "python" / "mlp"

# What PyTorch has in place of each operation: words in model_torch.py, or
# "autograd", which writes every backward pass by itself.
PYTORCH = {
    "embedding_forward": "nn.Embedding(",
    "embedding_backward": "autograd",
    "linear_forward": "nn.Linear(",
    "linear_backward": "autograd",
    "tanh_forward": "nn.Tanh()",
    "tanh_backward": "autograd",
    "gelu_forward": 'nn.GELU("tanh")',
    "gelu_backward": "autograd",
    "dropout_forward": "Dropout(",
    "dropout_backward": "autograd",
    "softmax_forward": "logsumexp",  # inside the loss; the sampler uses NumPy's
    "cross_entropy_forward": "F.cross_entropy(",
    "cross_entropy_backward": "autograd",
}


def operations_of_c(file: str) -> dict[str, list[str]]:
    """The void functions …_forward and …_backward of a C file, and their parameters."""
    pattern = r"^void (?!mlp_)(\w+_(?:forward|backward))\(([^)]*)\)"
    found = re.findall(pattern, (C / file).read_text(), re.MULTILINE)
    assert len(found) == len({name for name, _ in found}), "declared twice"
    return {name: [p.strip() for p in parameters.split(",")] for name, parameters in found}


def operations_of_numpy() -> dict[str, list[str]]:
    functions = inspect.getmembers(ops_numpy, inspect.isfunction)
    assert all(re.fullmatch(r"\w+_(forward|backward)", name) for name, _ in functions)
    return {name: list(inspect.signature(function).parameters) for name, function in functions}


def test_every_operation_of_c_has_its_twin_in_numpy_and_the_other_way_round() -> None:
    names = set(operations_of_c("mlp.h"))
    assert names == set(operations_of_c("ops.c")) == set(operations_of_numpy())
    assert {"linear_forward", "linear_backward"} < names


def test_every_operation_of_c_stands_in_ops_c_as_the_header_declares_it() -> None:
    header, source = operations_of_c("mlp.h"), operations_of_c("ops.c")
    for name, parameters in header.items():
        assert [" ".join(p.split()) for p in parameters] == [
            " ".join(p.split()) for p in source[name]
        ]


def test_forward_operations_read_the_same_inputs_in_c_and_numpy() -> None:
    numpy = operations_of_numpy()
    for name, parameters in operations_of_c("mlp.h").items():
        if name.endswith("_forward"):
            read = [p for p in parameters if not p.startswith(("float *", "size_t "))]
            assert [p.split()[-1].lstrip("*") for p in read] == numpy[name], name


def test_gradients_are_called_d_and_the_name_of_what_they_belong_to() -> None:
    operations = operations_of_c("mlp.h")
    for name, parameters in operations.items():
        if name.endswith("_backward"):
            written = [p.split("restrict ")[1] for p in parameters if p.startswith("float ")]
            forward = " ".join(operations[name.replace("_backward", "_forward")])
            for gradient in written:
                assert re.search(rf"\b{gradient.removeprefix('d')}\b", forward), (name, gradient)
                assert gradient.startswith("d")


def test_pytorch_has_each_operation_built_in_or_leaves_it_to_autograd() -> None:
    assert set(PYTORCH) == set(operations_of_c("mlp.h"))
    source = (PYTHON / "model_torch.py").read_text()
    for name, words in PYTORCH.items():
        if words == "autograd":
            assert name.endswith("_backward")
        else:
            assert words in source, name
    assert "_backward" not in source


def test_every_table_of_kernels_has_the_kernels_and_the_name_it_was_asked_for(
    library: Any, table: str
) -> None:
    found = library.kernels_find(table.encode())
    assert ffi.string(found.name).decode() == table
    operations = operations_of_c("mlp.h")
    for name, _ in ffi.typeof("mlp_kernels").fields:
        if name not in ("name", "needs"):
            assert name in {*operations, "matmul", "add", "adamw_update"}
            assert getattr(found, name) != ffi.NULL


def test_auto_is_one_of_the_tables_and_an_unknown_one_is_none(library: Any) -> None:
    assert ffi.string(library.kernels_find(b"auto").name).decode() in TABLES
    assert library.kernels_find(b"fastest") == ffi.NULL


@pytest.mark.parametrize("layers", [1, 3, 16])
def test_tensors_have_the_same_names_shapes_and_order_everywhere(layers: int) -> None:
    config = ModelConfig(context=2, embedding=3, hidden=4, layers=layers)
    for backend in BACKENDS:
        params = create(backend, config, TrainingConfig(batch=1)).params()
        assert {name: param.shape for name, param in params.items()} == config.shapes
        assert list(params) == list(config.shapes)


@pytest.mark.parametrize("layers", [1, 3, 16])
def test_c_names_and_places_its_tensors_as_python_does(library: Any, layers: int) -> None:
    config = ModelConfig(context=2, embedding=3, hidden=4, layers=layers)
    model = CBackend(config, TrainingConfig(batch=1)).model
    assert library.mlp_model_size(model) == config.size
    assert library.mlp_model_tensors(model) == len(config.shapes)
    offset = 0
    for i, (name, shape) in enumerate(config.shapes.items()):
        tensor = library.mlp_model_tensor(model, i)
        assert ffi.string(tensor.name).decode() == name
        assert (tensor.rows, tensor.columns) == (shape if len(shape) == 2 else (*shape, 0))
        assert tensor.offset == offset
        offset += int(np.prod(shape))
    assert offset == config.size


def test_settings_have_the_same_fields_in_the_same_order(library: Any) -> None:
    for python, c in ((ModelConfig, "mlp_config"), (TrainingConfig, "mlp_training")):
        fields = [name for name, _ in ffi.typeof(c).fields]
        assert fields == list(python.__dataclass_fields__)


def test_limits_are_the_same_in_c_and_python(library: Any) -> None:
    assert library.MLP_VOCAB == VOCAB_SIZE
    assert library.MLP_MAX_LAYERS == settings.MAX_LAYERS
    assert library.MLP_MAX_SIZE == settings.MAX_SIZE
    assert library.MLP_MAX_PARAMS == settings.MAX_PARAMS
    assert library.MLP_MAX_NAME == sample.MAX_NAME


def test_activations_are_numbered_in_the_order_of_python(library: Any) -> None:
    codes = ffi.typeof("mlp_activation").relements
    assert codes == {f"MLP_{name.upper()}": i for i, name in enumerate(ACTIVATIONS)}


def test_every_error_code_is_negative_and_has_a_sentence_of_its_own(library: Any) -> None:
    codes = ffi.typeof("mlp_error").relements
    errors = {name: code for name, code in codes.items() if name != "MLP_OK"}
    assert library.MLP_OK == 0
    assert sorted(errors.values(), reverse=True) == list(range(-1, -len(errors) - 1, -1))
    sentences = {ffi.string(library.mlp_strerror(code)).decode() for code in codes.values()}
    assert len(sentences) == len(codes)
    assert ffi.string(library.mlp_strerror(-1000)).decode() == "unknown error"
    assert "unknown error" not in sentences


def test_every_tolerance_lies_close_above_what_was_measured() -> None:
    for name, tolerance in tolerances.all_by_name().items():
        assert tolerance.measured < tolerance.bound <= 10 * tolerance.measured, name
