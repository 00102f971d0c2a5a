"""Checkpoints: one format for three implementations, and what is no checkpoint."""

import json
import os
import re
import struct
from dataclasses import replace
from itertools import permutations
from pathlib import Path

import numpy as np
import pytest
from c_memory import owned
from cases import (
    NAMES,
    SIZES,
    Run,
    assert_same,
    backend,
    complaint,
    corpus,
    loss_lines,
    run_c,
    run_python,
    saved_line,
    succeed,
)
from checkpoints import BAD_HEADERS, FOREIGN, SHAPE, built, damaged, header_of, nearly_right
from safetensors import safe_open
from safetensors.numpy import save_file

from mlp.checkpoint import Checkpoint, load_checkpoint, read_checkpoint, save_checkpoint
from mlp.clib import ffi
from mlp.clib import library as load_library
from mlp.config import ModelConfig, TrainingConfig
from mlp.corpora import Source
from mlp.errors import MLPError

WRITERS = ("program", "c", "numpy", "torch")
VARIANTS = {
    "plain": (),
    "deep": ("--layers", "3"),
    "gelu": ("--activation", "gelu", "--padded"),
    "dropout": ("--dropout", "0.3", "--input-dropout", "0.1", "--layers", "2", "--warmup", "20"),
    "shuffled": ("--shuffled",),
    # A rate that takes 17 digits.
    "numbers": (
        "--learning-rate",
        "0.0012345678900000001",
        "--seed",
        f"{2**64 - 1}",
        "--steps",
        "77",
    ),
}

both = pytest.mark.parametrize("mlp", [run_c, run_python], ids=["c", "python"])
variant = pytest.mark.parametrize("variant", VARIANTS)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return corpus(tmp_path_factory.mktemp("corpus"))


def train(name: str, folder: Path, out: Path, *words: str | Path) -> str:
    fresh = () if "--resume" in words else (*SIZES, "--steps", "40")
    words = ("--corpus", folder, "--eval-every", "10", "--out", out, *fresh, *words)
    return succeed(backend(name)("train", *words))


# --- the three read one another --------------------------------------------------


def aligned(data: bytes) -> bool:
    """Whether the numbers of a checkpoint start where a number of any kind may."""
    return (8 + int.from_bytes(data[:8], "little")) % 8 == 0


def through_c(source: Path, target: Path) -> None:
    """Load and save with the C library alone."""
    lib, why, out = load_library(), ffi.new("char[]", 4608), ffi.new("mlp_run **")
    code = lib.mlp_checkpoint_load(out, str(source).encode(), why)
    assert code == 0, ffi.string(why)
    code = lib.mlp_checkpoint_save(out[0], str(target).encode(), why)
    assert code == 0, ffi.string(why)
    lib.mlp_run_free(out[0])


@variant
@pytest.mark.parametrize("writer", WRITERS)
def test_c_and_python_read_the_same_and_write_it_back(
    writer: str, variant: str, folder: Path, tmp_path: Path
) -> None:
    train(writer, folder, tmp_path / "a", "--until", "5", *VARIANTS[variant])
    a = load_checkpoint(tmp_path / "a")
    assert a.step == 5
    assert all(m.any() for m in (*a.m.values(), *a.v.values())), "moments are there"
    through_c(tmp_path / "a", tmp_path / "c")
    assert_same(load_checkpoint(tmp_path / "c"), a)
    save_checkpoint(a, tmp_path / "python")
    assert_same(load_checkpoint(tmp_path / "python"), a)
    through_c(tmp_path / "python", tmp_path / "again")
    assert (tmp_path / "again").read_bytes() == (tmp_path / "c").read_bytes()
    c, python = (header_of((tmp_path / who).read_bytes())[0] for who in ("c", "python"))
    assert list(python["__metadata__"]) == list(c["__metadata__"])


@pytest.mark.parametrize("reader", ["c", "numpy", "torch"])
@pytest.mark.parametrize("writer", WRITERS)
def test_loading_and_saving_changes_nothing(
    writer: str, reader: str, folder: Path, tmp_path: Path
) -> None:
    train(writer, folder, tmp_path / "a", "--until", "5")
    train(reader, folder, tmp_path / "b", "--resume", tmp_path / "a", "--until", "5")
    assert_same(load_checkpoint(tmp_path / "b"), load_checkpoint(tmp_path / "a"))


@variant
def test_safetensors_accepts_what_c_writes(variant: str, folder: Path, tmp_path: Path) -> None:
    train("program", folder, tmp_path / "a", *VARIANTS[variant])
    with safe_open(tmp_path / "a", "np") as file:
        names = set(file.keys())
        metadata = file.metadata()
    params = {name for name in names if not name.startswith("adamw.")}
    assert names == params | {f"adamw.{g}.{name}" for g in "mv" for name in params}
    assert metadata.items() >= {"format": "mlp-1", "vocab": "27", "context": "4"}.items()
    assert aligned((tmp_path / "a").read_bytes())


def test_what_python_writes_is_aligned_whatever_the_length_of_its_header(tmp_path: Path) -> None:
    for length in range(8):
        source = Source(corpus="/" + length * "x", sha256="0" * 64)
        save_checkpoint(replace(checkpoint(), source=source), tmp_path / "m")
        assert aligned((tmp_path / "m").read_bytes())
        assert load_checkpoint(tmp_path / "m").source == source


@pytest.mark.parametrize(("first", "second", "third"), [*permutations(("c", "numpy", "torch"))])
def test_one_trains_another_goes_on_and_the_third_samples(
    first: str, second: str, third: str, folder: Path, tmp_path: Path
) -> None:
    train(first, folder, tmp_path / "a", "--until", "20")
    resumed = train(second, folder, tmp_path / "b", "--resume", tmp_path / "a")
    whole = train(first, folder, tmp_path / "w")
    assert loss_lines(resumed).keys() == {20, 30, 40}
    for step, line in loss_lines(resumed).items():
        mine = [float(word) for word in line.split()[4:8:3]]
        theirs = [float(word) for word in loss_lines(whole)[step].split()[4:8:3]]
        assert mine == pytest.approx(theirs, abs=5e-6)
    words = ("sample", "--checkpoint", tmp_path / "b", "--n", "3")
    assert succeed(backend(third)(*words)) == succeed(run_c(*words))


@variant
@pytest.mark.parametrize("name", WRITERS)
def test_a_resumed_run_is_the_uninterrupted_one_bit_for_bit(
    name: str, variant: str, folder: Path, tmp_path: Path
) -> None:
    words = VARIANTS[variant]
    whole = loss_lines(train(name, folder, tmp_path / "whole", *words))
    first = loss_lines(train(name, folder, tmp_path / "half", "--until", "13", *words))
    second = loss_lines(train(name, folder, tmp_path / "rest", "--resume", tmp_path / "half"))
    assert_same(load_checkpoint(tmp_path / "rest"), load_checkpoint(tmp_path / "whole"))
    assert first.pop(13) == second.pop(13), "the losses at the seam"
    assert first | second == whole


@both
def test_a_checkpoint_of_before_dropout_and_warmup_has_none(
    mlp: Run, folder: Path, tmp_path: Path
) -> None:
    train("program", folder, tmp_path / "a", "--until", "5")
    header, numbers = header_of((tmp_path / "a").read_bytes())
    for name in ("dropout", "input_dropout", "temperature", "warmup"):
        assert header["__metadata__"].pop(name) == ("1" if name == "temperature" else "0")
    (tmp_path / "older").write_bytes(built(header, numbers))
    words = ("train", "--corpus", folder, "--out", tmp_path / "b", "--until", "9", "--resume")
    succeed(mlp(*words, tmp_path / "older"))
    now = load_checkpoint(tmp_path / "b")
    succeed(mlp(*words, tmp_path / "a", "--force"))
    assert_same(now, load_checkpoint(tmp_path / "b"))
    assert (now.config.dropout, now.config.input_dropout, now.training.warmup) == (0, 0, 0)
    assert now.config.temperature == 1


@pytest.mark.parametrize("step", [8, 12], ids=["at an epoch's end", "within one"])
@pytest.mark.parametrize("name", WRITERS)
def test_a_shuffled_run_goes_on_where_it_was(
    name: str, step: int, folder: Path, tmp_path: Path
) -> None:
    """An epoch is 58 windows: the ninth batch of 7 is of two."""
    train(name, folder, tmp_path / "whole", "--shuffled", "--until", "20")
    train(name, folder, tmp_path / "half", "--shuffled", "--until", str(step))
    rest = ("--resume", tmp_path / "half", "--until", "20")
    train(name, folder, tmp_path / "rest", *rest)
    assert_same(load_checkpoint(tmp_path / "rest"), load_checkpoint(tmp_path / "whole"))
    train(name, folder, tmp_path / "ordered", "--until", "20")
    whole, ordered = (load_checkpoint(tmp_path / which) for which in ("whole", "ordered"))
    assert not np.array_equal(whole.params["wte.weight"], ordered.params["wte.weight"])


@pytest.mark.parametrize("name", WRITERS)
def test_a_checkpoint_of_before_there_was_an_order_goes_on_without(
    name: str, folder: Path, tmp_path: Path
) -> None:
    train(name, folder, tmp_path / "a", "--until", "5")
    header, numbers = header_of((tmp_path / "a").read_bytes())
    assert header["__metadata__"].pop("shuffled") == "0"
    (tmp_path / "older").write_bytes(built(header, numbers))
    for start in ("a", "older"):
        train(name, folder, tmp_path / f"{start}-whole", "--resume", tmp_path / start)
    assert_same(load_checkpoint(tmp_path / "older-whole"), load_checkpoint(tmp_path / "a-whole"))


def test_a_finished_run_that_goes_elsewhere_is_copied(folder: Path, tmp_path: Path) -> None:
    train("program", folder, tmp_path / "a")
    out = train("numpy", folder, tmp_path / "b", "--resume", tmp_path / "a")
    assert saved_line(out) == f"done at step 40; saved to {tmp_path}/b"
    assert_same(load_checkpoint(tmp_path / "b"), load_checkpoint(tmp_path / "a"))


# --- what is no checkpoint -------------------------------------------------------


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory, folder: Path) -> bytes:
    """The bytes of a checkpoint that both accept."""
    path = tmp_path_factory.mktemp("good") / "m"
    train("program", folder, path, "--until", "3")
    succeed(run_c("sample", "--checkpoint", path))
    succeed(run_python("sample", "--checkpoint", path))
    return path.read_bytes()


def refused(mlp: Run, data: bytes, tmp_path: Path) -> str:
    """Expect a file with these bytes to be refused by each command; return why."""
    path = tmp_path / "bad"
    path.write_bytes(data)
    reasons = [
        complaint(mlp("sample", "--checkpoint", path)),
        complaint(mlp("eval", "--checkpoint", path, "--corpus", tmp_path)),
        complaint(mlp("train", "--resume", path, "--corpus", tmp_path, "--out", tmp_path / "m")),
    ]
    assert all(reason.startswith(f"{path}: ") for reason in reasons)
    assert [p.name for p in tmp_path.iterdir()] == ["bad"]
    return reasons[0].removeprefix(f"{path}: ")


@both
def test_a_checkpoint_that_is_not_there_is_named(mlp: Run, tmp_path: Path) -> None:
    message = complaint(mlp("sample", "--checkpoint", tmp_path / "none"))
    assert message == f"{tmp_path}/none: No such file or directory"
    message = complaint(mlp("sample", "--checkpoint", tmp_path))
    assert message == f"{tmp_path}: Is a directory"


@both
@pytest.mark.parametrize("length", [0, 1, 7, 8, 9, 100])
def test_a_file_cut_short_in_its_header_is_refused(
    mlp: Run, length: int, good: bytes, tmp_path: Path
) -> None:
    reason = refused(mlp, good[:length], tmp_path)
    assert reason.startswith("not a safetensors file, or cut short")


@both
@pytest.mark.parametrize("missing", [1, 4, 1000, 20_000])
def test_a_file_cut_short_in_its_numbers_is_refused(
    mlp: Run, missing: int, good: bytes, tmp_path: Path
) -> None:
    assert "cut short" in refused(mlp, good[:-missing], tmp_path)


def through_library(data: bytes, tmp_path: Path) -> str:
    """The reason why the C library refuses these bytes; "" if it does not."""
    (tmp_path / "bad").write_bytes(data)
    lib, why, out = load_library(), ffi.new("char[]", 4608), ffi.new("mlp_run **")
    code = lib.mlp_checkpoint_load(out, str(tmp_path / "bad").encode(), why)
    if code == 0:
        lib.mlp_run_free(out[0])
        return ""
    reason = str(ffi.string(why).decode(errors="replace"))
    assert reason.startswith(f"{tmp_path}/bad: ")
    assert "\n" not in reason
    return reason.removeprefix(f"{tmp_path}/bad: ")


def through_python(data: bytes, tmp_path: Path) -> str:
    """The same of the Python loader."""
    (tmp_path / "bad").write_bytes(data)
    try:
        load_checkpoint(tmp_path / "bad")
    except MLPError as error:
        reason = str(error)
    else:
        return ""
    assert "\n" not in reason
    return reason.removeprefix(f"{tmp_path}/bad: ")


def test_a_file_cut_short_anywhere_is_refused_by_both_loaders(good: bytes, tmp_path: Path) -> None:
    header = 8 + int.from_bytes(good[:8], "little")
    for length in (*range(0, header + 8), *range(header + 8, len(good), 997), len(good) - 1):
        assert "cut short" in through_library(good[:length], tmp_path)
        assert "cut short" in through_python(good[:length], tmp_path)


@both
@pytest.mark.parametrize("case", BAD_HEADERS)
def test_a_header_that_is_wrong_is_refused(
    mlp: Run, case: str, good: bytes, tmp_path: Path
) -> None:
    change, expected = BAD_HEADERS[case]
    header, numbers = header_of(good)
    change(header)
    reason = refused(mlp, built(header, numbers), tmp_path)
    if mlp is run_c and expected in ("metadata", "step"):
        assert "metadata" in reason or reason == FOREIGN
    else:
        assert expected in reason


def kilobytes(what: str) -> int:
    """What the kernel says of this process's memory."""
    found = re.search(rf"^{what}:\s+(\d+) kB$", Path("/proc/self/status").read_text(), re.MULTILINE)
    assert found
    return int(found[1])


@pytest.mark.skipif(
    not os.path.exists("/proc/self/clear_refs"), reason="no /proc that says how much"
)
def test_a_size_that_lies_is_found_out_before_much_memory_is_touched(
    good: bytes, tmp_path: Path
) -> None:
    change, expected = BAD_HEADERS["huge but legal size"]
    header, numbers = header_of(good)
    change(header)
    for loader in (through_library, through_python):
        Path("/proc/self/clear_refs").write_text("5")  # the peak begins anew
        before = kilobytes("VmRSS")
        assert expected in loader(built(header, numbers), tmp_path)
        assert kilobytes("VmHWM") - before < 100_000, "of 4,000,000"


RAW_HEADERS = {
    "no JSON": "names",
    "an array": "[1, 2]",
    "open": '{"a": ',
    "nothing": "{}",
    "deep": '{"a":' * 5000,
    "two objects": "{}{}",
    "escapes": r'{"__metadata__":{"\u0066ormat":"mlp-\u0031"}}',
    "no UTF-8": "{\udcff}",
}


@both
@pytest.mark.parametrize("case", RAW_HEADERS)
def test_a_header_that_is_no_header_is_refused(mlp: Run, case: str, tmp_path: Path) -> None:
    text = RAW_HEADERS[case].encode(errors="surrogateescape")
    refused(mlp, struct.pack("<Q", len(text)) + text, tmp_path)


@both
@pytest.mark.parametrize("length", [0, 1, 2**31, 2**32, 2**63, 2**64 - 8, 2**64 - 1])
def test_a_header_length_that_lies_is_refused(
    mlp: Run, length: int, good: bytes, tmp_path: Path
) -> None:
    refused(mlp, struct.pack("<Q", length) + good[8:], tmp_path)


@both
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("name", ["hidden.0.bias", "adamw.v.wte.weight"])
def test_a_number_that_is_not_finite_is_refused(
    mlp: Run, value: float, name: str, good: bytes, tmp_path: Path
) -> None:
    header, numbers = header_of(good)
    at = header[name]["data_offsets"][0]
    changed = numbers[:at] + struct.pack("<f", value) + numbers[at + 4 :]
    reason = refused(mlp, built(header, changed), tmp_path)
    assert reason == f"tensor {name} holds a number that is not finite"


@both
def test_numbers_without_a_tensor_are_refused(mlp: Run, good: bytes, tmp_path: Path) -> None:
    refused(mlp, good + bytes(4), tmp_path)


@both
def test_a_tensor_too_many_is_refused(mlp: Run, good: bytes, tmp_path: Path) -> None:
    header, numbers = header_of(good)
    header["extra"] = {
        "dtype": "F32",
        "shape": [1],
        "data_offsets": [len(numbers), len(numbers) + 4],
    }
    reason = refused(mlp, built(header, numbers + bytes(4)), tmp_path)
    assert reason.replace("'", "") == "tensor extra does not belong to this model"


@both
def test_a_tensor_too_few_is_refused(mlp: Run, good: bytes, tmp_path: Path) -> None:
    header, numbers = header_of(good)
    last = max((t for t in header if t != "__metadata__"), key=lambda t: header[t]["data_offsets"])
    begin, _ = header.pop(last)["data_offsets"]
    reason = refused(mlp, built(header, numbers[:begin]), tmp_path)
    assert reason == f"tensor {last} is missing"


@both
def test_metadata_said_twice_is_not_ours_or_read_once(
    mlp: Run, good: bytes, tmp_path: Path
) -> None:
    header, numbers = header_of(good)
    text = json.dumps(header).replace('"step": "3"', '"steps": "40"')
    refused(mlp, built(text, numbers), tmp_path)


@both
def test_the_safetensors_of_others_are_refused(mlp: Run, tmp_path: Path) -> None:
    path = tmp_path / "other"
    save_file({"a.b": np.zeros((2, 3, 4), np.float16), "c": np.ones(5)}, path)
    data = path.read_bytes()
    path.unlink()
    assert refused(mlp, data, tmp_path) == FOREIGN


@both
def test_bfloat16_of_others_is_refused(mlp: Run, good: bytes, tmp_path: Path) -> None:
    text = {"a": {"dtype": "BF16", "shape": [2], "data_offsets": [0, 4]}}
    assert refused(mlp, built(text, bytes(4)), tmp_path) == FOREIGN
    header, numbers = header_of(good)
    tensor = header["output.bias"]
    tensor |= {"dtype": "BF16", "shape": [54]}
    assert refused(mlp, built(header, numbers), tmp_path) == f"tensor output.bias {SHAPE}"


@both
def test_a_model_of_another_alphabet_is_refused(mlp: Run, tmp_path: Path) -> None:
    save_checkpoint(checkpoint(vocab=28), tmp_path / "other")
    data = (tmp_path / "other").read_bytes()
    (tmp_path / "other").unlink()
    assert "metadata" in refused(mlp, data, tmp_path)


@both
def test_a_batch_too_large_for_the_model_is_refused(mlp: Run, tmp_path: Path) -> None:
    save_checkpoint(checkpoint(hidden=2048), tmp_path / "good")
    header, numbers = header_of((tmp_path / "good").read_bytes())
    (tmp_path / "good").unlink()
    header["__metadata__"]["batch"] = "65536"
    reason = refused(mlp, built(header, numbers), tmp_path)
    assert re.match("metadata: (a size is|[0-9]+ activations of a batch)", reason)


@both
def test_any_other_file_is_refused(mlp: Run, tmp_path: Path) -> None:
    for data in (NAMES, b"\x89PNG\r\n\x1a\n" * 99, b"PK\x03\x04" * 99, bytes(999), b"\xff" * 999):
        reason = refused(mlp, data, tmp_path)
        assert reason.startswith("not a safetensors file, or cut short")


def test_whatever_order_the_tensors_come_in_c_reads_them(good: bytes, tmp_path: Path) -> None:
    header, numbers = header_of(good)
    data = built(dict(reversed(header.items())), numbers)
    (tmp_path / "good").write_bytes(good)
    expected = load_checkpoint(tmp_path / "good")
    (tmp_path / "reversed").write_bytes(data)
    through_c(tmp_path / "reversed", tmp_path / "back")
    assert_same(load_checkpoint(tmp_path / "back"), expected)


# --- damage by chance -------------------------------------------------------------


def test_what_chance_damages_is_refused_by_both_loaders_or_by_none(
    good: bytes, tmp_path: Path
) -> None:
    verdicts = []
    for data in damaged(good, 1500, seed=1):
        c, python = through_library(data, tmp_path), through_python(data, tmp_path)
        assert (c == "") == (python == ""), (c, python, data[:2600])
        verdicts.append(c == "")
    assert 20 < sum(verdicts) < 1400, "some damage changes a number only"


SMALLEST = ("--context", "1", "--embedding", "1", "--hidden", "1", "--batch", "1", "--steps", "3")


def in_c(data: bytes) -> bytes | None:
    """What the C library writes of what it reads; None if it reads no run."""
    lib, why, out = load_library(), ffi.new("char[]", 4608), ffi.new("mlp_run **")
    if lib.mlp_checkpoint_read(out, data, len(data), b"memory", why) != 0:
        assert ffi.string(why)
        return None
    run, file, length = ffi.gc(out[0], lib.mlp_run_free), ffi.new("char **"), ffi.new("size_t *")
    assert lib.mlp_checkpoint_write(file, length, run) == 0
    return bytes(ffi.buffer(owned(file[0]), length[0]))


def in_python(data: bytes) -> Checkpoint | str:
    """What Python reads, or why it does not."""
    try:
        return read_checkpoint(data)
    except MLPError as error:
        return str(error)


def test_c_and_python_agree_on_every_file_that_is_nearly_right(tmp_path: Path) -> None:
    """One grammar: 24,000 files with changes of their structure, 0 disagreements."""
    good = []
    for letters in ("", "абв", "aé名"):
        names = corpus(tmp_path / "names")
        if letters:
            (names / "alphabet.txt").write_text("\n".join(letters), "utf-8")
            for split in ("train", "val"):
                (names / f"{split}.txt").write_text(f"{letters}\n", "utf-8")
        for layers in ("1", "2"):
            words = (
                "--corpus",
                names,
                *SMALLEST,
                "--layers",
                layers,
                "--out",
                tmp_path / "m",
                "--force",
            )
            succeed(run_c("train", *words))
            good.append((tmp_path / "m").read_bytes())
            save_checkpoint(load_checkpoint(tmp_path / "m"), tmp_path / "p")
            good.append((tmp_path / "p").read_bytes())
    accepted = 0
    for data in nearly_right(good, 24_000, seed=1):
        again, mine = in_c(data), in_python(data)
        if again is None or isinstance(mine, str):
            assert (again is None) == isinstance(mine, str), (mine, data[:3000])
            continue
        theirs = read_checkpoint(again)
        assert theirs.source == mine.source
        assert_same(theirs, mine)
        accepted += 1
    assert 2000 < accepted < 12_000


# --- saving -----------------------------------------------------------------------


def checkpoint(vocab: int = 27, hidden: int = 8) -> Checkpoint:
    config = ModelConfig(vocab, hidden=hidden, embedding=4)
    tensors = {name: np.zeros(shape, np.float32) for name, shape in config.shapes.items()}
    return Checkpoint(config, TrainingConfig(), 0, tensors, tensors, tensors)


def test_a_second_ctrl_c_while_saving_leaves_nothing_half_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(descriptor: int) -> None:
        assert len(list(tmp_path.glob(".mlp-*.part"))) == 1
        raise KeyboardInterrupt

    (tmp_path / "m").write_bytes(b"before")
    monkeypatch.setattr(os, "fsync", interrupted)
    with pytest.raises(KeyboardInterrupt):
        save_checkpoint(checkpoint(), tmp_path / "m")
    assert (tmp_path / "m").read_bytes() == b"before"
    assert [p.name for p in tmp_path.iterdir()] == ["m"]


def test_saving_onto_a_folder_leaves_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / "m" / "inside").mkdir(parents=True)
    with pytest.raises(MLPError, match=r"/m: cannot write: Is a directory$"):
        save_checkpoint(checkpoint(), tmp_path / "m")
    assert [p.name for p in tmp_path.iterdir()] == ["m"]
