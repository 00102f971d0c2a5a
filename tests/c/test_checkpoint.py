"""checkpoint.c: a run in memory is, byte for byte, the file that it would be."""

import json
from pathlib import Path
from typing import Any

import pytest
from c_memory import owned
from cases import SIZES, corpus, run_c, succeed
from checkpoints import FOREIGN, built, header_of

from mlp.clib import ffi
from mlp.clib import library as load_library
from mlp.config import ACTIVATIONS

LARGEST = "up to 3.40282e+38"


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A checkpoint that the program wrote."""
    folder = tmp_path_factory.mktemp("run")
    words = ("--corpus", corpus(folder / "corpus"), *SIZES, "--steps", "3", "--out", folder / "m")
    succeed(run_c("train", *words))
    return (folder / "m").read_bytes()


def read(data: bytes) -> tuple[Any, str]:
    """The run that these bytes are, or None and the reason why they are none."""
    lib, out, why = load_library(), ffi.new("mlp_run **"), ffi.new("char[]", 4608)
    # At an odd address, with nothing behind it: the numbers need not lie where floats do.
    shifted = ffi.new("char[]", len(data) + 1)
    ffi.memmove(shifted + 1, data, len(data))
    code = lib.mlp_checkpoint_read(out, shifted + 1, len(data), b"memory", why)
    if code == 0:
        return ffi.gc(out[0], lib.mlp_run_free), ""
    return None, str(ffi.string(why).decode())


def write(run: Any) -> bytes:
    lib, memory, length = load_library(), ffi.new("char **"), ffi.new("size_t *")
    assert lib.mlp_checkpoint_write(memory, length, run) == 0
    return bytes(ffi.buffer(owned(memory[0]), length[0]))


def test_memory_holds_what_a_file_would(file: bytes, tmp_path: Path) -> None:
    run, why = read(file)
    assert why == ""
    assert write(run) == file
    message = ffi.new("char[]", 4608)
    path = tmp_path / "m"
    assert load_library().mlp_checkpoint_save(run, str(path).encode(), message) == 0
    assert path.read_bytes() == file


def test_a_step_and_a_seed_beyond_32_bits_come_back(file: bytes) -> None:
    run, _ = read(file)
    run.training.steps, run.step, run.training.seed = 2**62, 2**61 + 1, 2**64 - 1
    back, _ = read(write(run))
    assert (back.training.steps, back.step, back.training.seed) == (2**62, 2**61 + 1, 2**64 - 1)


def test_the_metadata_is_the_table_of_hyperparameters(file: bytes) -> None:
    metadata = header_of(file)[0]["__metadata__"]
    fields = [
        name for kind in ("mlp_config", "mlp_training") for name, _ in ffi.typeof(kind).fields
    ]
    assert list(metadata) == ["format", *fields, "corpus", "corpus_sha256", "step"]


def test_what_is_wrong_with_the_metadata_is_said(file: bytes) -> None:
    header, numbers = header_of(file)
    for name, value, why in (
        ("hidden", "0", "hidden '0' is not a whole number from 1 to 65536"),
        ("seed", "0", f"seed '0' is not a whole number from 1 to {2**64 - 1}"),
        ("activation", "Tanh", f"activation 'Tanh' is not one of {', '.join(ACTIVATIONS)}"),
        ("learning_rate", "nan", f"learning_rate 'nan' is not a positive number {LARGEST}"),
        ("weight_decay", "-1", "weight_decay '-1' is not a number from 0 to 3.40282e+38"),
        ("hidden", "0" * 63 + "9", "hidden: more than 63 characters"),
        ("alphabet", "ba", "alphabet: not letters in the order of Unicode"),
        ("padded", "2", "padded '2' is not 0 or 1"),
        ("input_dropout", "1", "input_dropout '1' is not a number from 0 to less than 1"),
        ("warmup", "4", "warmup 4: more than the 3 steps of the schedule"),
        ("step", "4", "step 4: must be from 0 to 3"),
        ("vocab", "28", "vocab 28: must be 27"),
    ):
        changed = header | {"__metadata__": header["__metadata__"] | {name: value}}
        assert read(built(changed, numbers)) == (None, f"memory: metadata: {why}")
    for metadata in (
        header["__metadata__"] | {"unheard_of": "0"},
        {k: v for k, v in header["__metadata__"].items() if k != "padded"},
        {},
    ):
        changed = header | {"__metadata__": metadata}
        assert read(built(changed, numbers)) == (None, f"memory: {FOREIGN}")


def test_an_alphabet_of_as_many_letters_as_a_to_z_is_not_taken_for_it(file: bytes) -> None:
    header, numbers = header_of(file)
    letters = "abcdefghijklmnopqrstuvwxy" + "é"
    header["__metadata__"]["alphabet"] = letters
    run, why = read(built(json.dumps(header, ensure_ascii=False), numbers))
    assert why == ""
    assert header_of(write(run))[0]["__metadata__"]["alphabet"] == letters


@pytest.mark.parametrize("field", ["dtype", "shape", "data_offsets"])
def test_a_tensor_without_one_of_its_fields_is_refused(file: bytes, field: str) -> None:
    header, numbers = header_of(file)
    del header["hidden.0.bias"][field]
    run, why = read(built(header, numbers))
    assert run is None
    assert why.startswith("memory: ")


@pytest.mark.parametrize("place", [0, -1])
@pytest.mark.parametrize("value", [float("inf"), float("-inf"), float("nan")])
def test_what_is_no_number_is_not_written(file: bytes, value: float, place: int) -> None:
    run, _ = read(file)
    lib, memory, length = load_library(), ffi.new("char **"), ffi.new("size_t *")
    size = lib.mlp_model_size(run.model)
    lib.mlp_model_params(run.model)[place % size] = value
    assert lib.mlp_checkpoint_write(memory, length, run) == -10  # MLP_ERROR_NUMBER
