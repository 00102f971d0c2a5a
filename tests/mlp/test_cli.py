"""Both programs on the command line: what a user gets right, and all that one can get wrong."""

import json
import os
import re
import shlex
import sys
from pathlib import Path
from unittest.mock import Mock, patch

import pytest
import torch
from cases import (
    BAD_FILES,
    NAMES,
    PROGRAM,
    PYTHON,
    SIZES,
    Run,
    backend,
    complaint,
    corpus,
    run,
    run_c,
    run_python,
    saved_line,
    succeed,
)

from mlp.checkpoint import load_checkpoint
from mlp.clib import library
from mlp.config import MAX_COUNT, PRESETS
from mlp.corpora import Corpus
from mlp.rng import RNG

CORPUS_DIR = os.environ.get("MLP_CORPUS_DIR")

both = pytest.mark.parametrize("mlp", [run_c, run_python], ids=["c", "python"])
each = pytest.mark.parametrize("name", ["program", "c", "numpy", "torch"])


def train(mlp: Run, tmp_path: Path, *words: str | Path) -> str:
    """Train a small model into tmp_path / "m"; return what was printed."""
    if not (tmp_path / "names").exists():
        corpus(tmp_path / "names")
    folder, out = tmp_path / "names", tmp_path / "m"
    return succeed(mlp("train", "--corpus", folder, *SIZES, "--steps", "9", "--out", out, *words))


def left_behind(folder: Path) -> list[str]:
    """What is in a folder beside the corpus."""
    return sorted(p.name for p in folder.iterdir() if p.name != "names")


# --- corpora -------------------------------------------------------------------


@both
@pytest.mark.parametrize("data", BAD_FILES, ids=[repr(data) for data in BAD_FILES])
def test_a_bad_corpus_is_named_with_line_and_column(mlp: Run, data: bytes, tmp_path: Path) -> None:
    folder = corpus(tmp_path / "names", val=data)
    result = mlp("train", "--corpus", folder, *SIZES, "--out", tmp_path / "m")
    assert complaint(result) == f"{folder}/val.txt{BAD_FILES[data]}"
    assert left_behind(tmp_path) == []


@both
@pytest.mark.parametrize("command", ["train", "eval"])
def test_a_missing_split_is_named(mlp: Run, command: str, tmp_path: Path) -> None:
    train(mlp, tmp_path, "--until", "8")
    (tmp_path / "names" / "train.txt").unlink()
    option = "--checkpoint" if command == "eval" else "--resume"
    result = mlp(command, "--corpus", tmp_path / "names", option, tmp_path / "m")
    assert complaint(result) == f"{tmp_path}/names/train.txt: No such file or directory"


@both
def test_a_split_that_is_a_folder_is_named(mlp: Run, tmp_path: Path) -> None:
    folder = corpus(tmp_path / "names")
    (folder / "val.txt").unlink()
    (folder / "val.txt").mkdir()
    assert (
        complaint(mlp("train", "--corpus", folder, *SIZES)) == f"{folder}/val.txt: Is a directory"
    )


@both
def test_a_missing_corpus_is_named(mlp: Run, tmp_path: Path) -> None:
    assert str(tmp_path / "nowhere") in complaint(mlp("train", "--corpus", tmp_path / "nowhere"))


@both
def test_a_split_too_short_for_the_context_is_named(mlp: Run, tmp_path: Path) -> None:
    folder = corpus(tmp_path / "names", train=NAMES * 9, val=b"ava\nzoe\n")
    words = (*SIZES, "--sliding", "--context", "50", "--out", tmp_path / "m")
    message = complaint(mlp("train", "--corpus", folder, *words))
    assert message == f"{folder}/val.txt: 8 characters are too few for context 50"
    assert left_behind(tmp_path) == []


# --- options -------------------------------------------------------------------

ABSURD = "99999999999999999999999999"
BAD_TRAIN = [
    *(
        (option, value)
        for option in ("--context", "--embedding", "--hidden", "--batch")
        for value in ("0", "-1", "65537", ABSURD, "many", "1.5", "", "0x10")
    ),
    *(("--layers", value) for value in ("0", "-1", "17", ABSURD)),
    *(("--steps", value) for value in ("0", "-1", str(2**63), ABSURD)),
    *(("--learning-rate", value) for value in ("0", "-1", "nan", "inf", "1e999", "high")),
    *(("--weight-decay", value) for value in ("-1", "nan", "inf", "high")),
    *(("--seed", value) for value in ("0", "-1", str(2**64), "dice")),
    *(("--until", value) for value in ("0", "-1", "late")),
    *(("--eval-every", value) for value in ("0", "-1", "often")),
    *(("--save-every", value) for value in ("0", "-1", "often")),
    ("--activation", "Tanh"),
    ("--preset", "nonsense"),
    ("--nonsense", "1"),
]


@both
@pytest.mark.parametrize(("option", "value"), BAD_TRAIN)
def test_a_bad_option_of_train_is_named(mlp: Run, option: str, value: str, tmp_path: Path) -> None:
    folder = corpus(tmp_path / "names")
    result = mlp("train", "--corpus", folder, *SIZES, "--out", tmp_path / "m", option, value)
    assert option.removeprefix("--") in complaint(result).replace(" ", "-")
    assert left_behind(tmp_path) == []


BAD_SAMPLE = [
    *(("--n", value) for value in ("0", "-1", "many")),
    *(("--temperature", value) for value in ("0", "-1", "nan", "inf", "1e-9", "1e9", "hot")),
    *(("--seed", value) for value in ("0", str(2**64))),
    *(("--prompt", value) for value in ("Emma", "a b", "zoë", "a\n", "a" * 64)),
]


@both
@pytest.mark.parametrize(("option", "value"), BAD_SAMPLE)
def test_a_bad_option_of_sample_is_named(mlp: Run, option: str, value: str, tmp_path: Path) -> None:
    train(mlp, tmp_path)
    result = mlp("sample", "--checkpoint", tmp_path / "m", option, value)
    assert option.removeprefix("--") in complaint(result)
    assert result.out == ""


@both
@pytest.mark.parametrize("sizes", [("--embedding", "--hidden"), ("--batch", "--hidden")])
def test_sizes_too_large_together_are_refused_before_any_work(
    mlp: Run, sizes: tuple[str, str], tmp_path: Path
) -> None:
    folder = corpus(tmp_path / "names")
    words = [word for option in sizes for word in (option, "65536")]
    drawn = Mock(side_effect=AssertionError("before a weight is drawn"))
    with patch.object(RNG, "normal", drawn), patch.object(RNG, "uniform", drawn):
        message = complaint(mlp("train", "--corpus", folder, *words, "--out", tmp_path / "m"))
    assert re.fullmatch(r"\d+ (parameters|activations of a batch): the limit is 268435456", message)
    assert left_behind(tmp_path) == []


@both
def test_a_warmup_longer_than_the_schedule_is_refused(mlp: Run, tmp_path: Path) -> None:
    folder, words = corpus(tmp_path / "names"), ("--steps", "9", "--warmup", "10")
    message = complaint(mlp("train", "--corpus", folder, *words, "--out", tmp_path / "m"))
    assert message == "warmup 10: more than the 9 steps of the schedule"
    assert left_behind(tmp_path) == []


@both
@pytest.mark.parametrize("layers", ["1", "2"])
def test_a_folded_layer_has_no_input_to_drop_from(mlp: Run, layers: str, tmp_path: Path) -> None:
    words = ("--corpus", corpus(tmp_path / "names"), *SIZES, "--layers", layers, "--steps", "9")
    dropout = ("--input-dropout", "0.1")
    message = complaint(mlp("train", *words, *dropout, "--fold", "--out", tmp_path / "m"))
    why = "fold: its tables hold no embedding to drop from; it takes input dropout 0"
    assert message == why
    assert left_behind(tmp_path) == []
    succeed(mlp("train", *words, *dropout, "--until", "3", "--out", tmp_path / "m"))
    before = (tmp_path / "m").read_bytes()
    assert complaint(mlp("train", "--resume", tmp_path / "m", "--fold")) == why
    assert (tmp_path / "m").read_bytes() == before
    succeed(mlp("train", *words, "--dropout", "0.1", "--fold", "--out", tmp_path / "n"))


@both
@pytest.mark.parametrize(
    "words",
    [
        ("train", "--hidden"),
        ("nonsense",),
        ("train", "nonsense"),
    ],
)
def test_a_line_that_makes_no_sense_is_a_mistake_of_usage(mlp: Run, words: tuple[str, ...]) -> None:
    result = mlp(*words)
    assert complaint(result)
    assert (result.code, result.out) == (2, "")


@both
@pytest.mark.parametrize(
    "option",
    [
        *("--preset", "--context", "--embedding", "--hidden", "--layers", "--activation"),
        *("--batch", "--learning-rate", "--weight-decay", "--seed", "--padded", "--shuffled"),
        *("--dropout", "--input-dropout", "--warmup"),
    ],
)
def test_what_a_checkpoint_has_cannot_change_on_resume(
    mlp: Run, option: str, tmp_path: Path
) -> None:
    train(mlp, tmp_path)
    values = {"--preset": ["original"], "--activation": ["gelu"], "--padded": [], "--shuffled": []}
    value = values.get(option, ["0.2" if "dropout" in option else "2"])
    folder = tmp_path / "names"
    result = mlp("train", "--corpus", folder, "--resume", tmp_path / "m", option, *value)
    assert complaint(result) == f"{option}: a checkpoint has its own; it cannot change on --resume"


@both
def test_a_loss_that_is_no_number_ends_training(mlp: Run, tmp_path: Path) -> None:
    folder, words = corpus(tmp_path / "names"), ("--learning-rate", "1e30")
    result = mlp("train", "--corpus", folder, *SIZES, *words, "--out", tmp_path / "m")
    message = "the loss is no longer a number; try a lower learning rate"
    assert re.fullmatch(f"step [1-9]: {message}", complaint(result))
    assert load_checkpoint(tmp_path / "m").step == 0, "what was saved before is still there"
    assert left_behind(tmp_path) == ["m"]


@pytest.mark.parametrize("name", ["c", "numpy"])
def test_every_backend_ends_training_then(name: str, tmp_path: Path) -> None:
    test_a_loss_that_is_no_number_ends_training(backend(name), tmp_path)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--backend", "fortran"), "--backend: 'fortran' is not one of c, numpy, torch"),
        (("--backend", "c", "--device", "cuda"), "device 'cuda': only the backend torch has"),
        (("--backend", "c", "--bf16"), "bf16: only the backend torch has it"),
        (("--backend", "numpy", "--compile"), "compile: only the backend torch has it"),
        (
            ("--backend", "torch", "--device", "nonsense"),
            "device 'nonsense': Expected one of cpu, cuda,",
        ),
        (("--backend", "torch", "--device", "meta"), "device 'meta': "),
        (("--backend", "torch", "--device", "cuda\n"), "device 'cuda\\n': "),
        (("--backend", "torch", "--device", "xla"), "device 'xla': Could not run"),
        (("--backend", "torch", "--device", ""), "device '': "),
    ],
)
def test_a_backend_or_device_that_is_not_there_is_named(
    words: tuple[str, ...], message: str, tmp_path: Path
) -> None:
    folder = corpus(tmp_path / "names")
    result = run_python("train", "--corpus", folder, *words, "--out", tmp_path / "m")
    assert complaint(result).startswith(message)
    assert left_behind(tmp_path) == []


def test_every_device_that_pytorch_knows_is_there_or_is_one_line(tmp_path: Path) -> None:
    folder = corpus(tmp_path / "names")
    with pytest.raises(RuntimeError, match="Expected one of (.*) device type") as known:
        torch.device("nonsense")
    kinds = re.findall(r"\w+", str(known.value).split("one of ")[1].split(" device")[0])
    assert {"cpu", "cuda", "mps", "privateuseone"} <= set(kinds)
    for kind in kinds:
        words = ("--steps", "1", "--backend", "torch", "--device", kind, "--out", tmp_path / kind)
        result = run_python("train", "--corpus", folder, *SIZES, *words)
        if result.code == 0:
            assert (tmp_path / kind).exists()
            continue
        message = complaint(result)
        assert message.startswith(f"device '{kind}': ")
        assert ". " not in message, "one sentence"


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (RuntimeError("None here. Call somebody.\nThen wait."), "None here"),
        (ImportError(), "ImportError"),
    ],
)
def test_whatever_pytorch_raises_for_a_device_is_one_sentence(
    error: Exception, reason: str, tmp_path: Path
) -> None:
    folder = corpus(tmp_path / "names")
    with patch.object(torch, "device", side_effect=error):
        words = ("--backend", "torch", "--device", "new", "--out", tmp_path / "m")
        result = run_python("train", "--corpus", folder, *SIZES, *words)
    assert complaint(result) == f"device 'new': {reason}"


# --- output --------------------------------------------------------------------


@both
@pytest.mark.parametrize(
    ("out", "reason"),
    [
        ("nowhere/m", "No such file or directory"),
        ("names", "Is a directory"),
        (".", "Is a directory"),
        ("names/val.txt/m", "Not a directory"),
        ("x" * 300, "File name too long"),
        ("/dev/null", "not a regular file"),
        ("loop", "Too many levels of symbolic links"),
    ],
)
def test_an_output_that_cannot_be_written_is_named_before_any_work(
    mlp: Run, out: str, reason: str, tmp_path: Path
) -> None:
    folder = corpus(tmp_path / "names")
    (tmp_path / "loop").symlink_to("loop")
    for force in ((), ("--force",)):
        result = mlp("train", "--corpus", folder, *SIZES, "--out", tmp_path / out, *force)
        assert complaint(result) == f"{tmp_path / out}: cannot write: {reason}"
        assert (result.out, left_behind(tmp_path)) == ("", ["loop"])
    assert Path("/dev/null").is_char_device()


@both
def test_an_empty_output_is_refused_before_any_work(mlp: Run, tmp_path: Path) -> None:
    result = mlp("train", "--corpus", corpus(tmp_path / "names"), *SIZES, "--out", "")
    assert complaint(result)
    assert result.out == ""


@pytest.mark.skipif(os.geteuid() == 0, reason="root writes wherever it wants")
@both
def test_an_output_without_permission_is_named(mlp: Run, tmp_path: Path) -> None:
    folder = corpus(tmp_path / "names")
    (tmp_path / "locked").mkdir(mode=0o500)
    result = mlp("train", "--corpus", folder, *SIZES, "--out", tmp_path / "locked" / "m")
    assert complaint(result) == f"{tmp_path}/locked/m: cannot write: Permission denied"


@both
def test_a_long_path_does_not_push_the_reason_off_the_line(mlp: Run, tmp_path: Path) -> None:
    deep = tmp_path / "/".join("x" * 200 for _ in range(10)) / "m"
    message = complaint(mlp("sample", "--checkpoint", deep))
    assert message == f"{deep}: No such file or directory"


# A pipe whose reader is gone; the small shell keeps Python from inheriting an ignored SIGPIPE.
@pytest.mark.parametrize("command", [(PROGRAM,), PYTHON], ids=["c", "python"])
def test_a_reader_that_has_seen_enough_is_no_error(
    command: tuple[str, ...], tmp_path: Path
) -> None:
    train(run_c, tmp_path)
    endless = f"sample --n {MAX_COUNT} --checkpoint {tmp_path / 'm'}"
    sample = " ".join([*command, endless])
    result = run("sh", "-c", f"{sample} | head -1", code=0)
    assert re.fullmatch("[a-z]*\n", result.out)
    assert result.err == ""


def test_a_reader_that_left_before_the_end_is_no_error(tmp_path: Path) -> None:
    folder = corpus(tmp_path / "names")
    ngram = " ".join([*PYTHON, "ngram --corpus", str(folder)])
    assert run("sh", "-c", f"{ngram} | true", code=0).err == ""


@pytest.mark.parametrize("command", [(PROGRAM,), PYTHON], ids=["c", "python"])
def test_output_to_a_full_disk_is_an_error(command: tuple[str, ...], tmp_path: Path) -> None:
    train(run_c, tmp_path)
    sample = " ".join([*command, "sample --n 20000 --checkpoint", str(tmp_path / "m")])
    result = run("sh", "-c", f"{sample} >/dev/full", code=1)
    assert result.err == "mlp: cannot write the output: No space left on device\n"


# --- what one gets right -------------------------------------------------------


COMMANDS = ["data", "train", "eval", "sample", "agree", "ngram", "mix", "tune", "plot"]


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_of_python_has_help(command: str) -> None:
    out = succeed(run_python(command, "--help"))
    assert f"mlp {command} [OPTIONS]" in out
    assert "--help" in out


def test_without_a_command_python_lists_them() -> None:
    result = run_python()
    assert (result.code, result.out) == (2, "")
    assert re.findall(r"^  ([a-z]+)  ", result.err, re.MULTILINE) == COMMANDS


@both
def test_sample_and_eval_find_what_train_wrote(
    mlp: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for command in ("sample", "eval"):
        message = complaint(mlp(command))
        assert message == (
            "mlp.safetensors: not there: mlp train writes it, or --checkpoint names another"
        )
    corpus(tmp_path / "names")
    succeed(mlp("train", "--corpus", "names", *SIZES, "--steps", "1"))
    assert succeed(mlp("sample", "--n", "2")).count("\n") == 2
    assert mlp("eval").out.count("\n") == 3


@both
def test_without_a_corpus_it_is_given_names(mlp: Run, tmp_path: Path, given_names: Corpus) -> None:
    words = ("--hidden", "2", "--steps", "1", "--out", tmp_path / "m")
    succeed(mlp("train", *words))
    assert load_checkpoint(tmp_path / "m").source.corpus == "given-names"


def test_c_says_how_to_make_given_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLP_HOME", str(tmp_path))
    message = complaint(run_c("train", "--out", tmp_path / "m"))
    assert message == "given-names: not made yet: mlp data given-names makes it"


def test_kernels_that_the_processor_does_not_run_are_a_mistake_of_usage() -> None:
    """No machine lacks all of them, and some lack none."""
    found = Mock(mlp_kernels_name=library().mlp_kernels_name, mlp_kernels_check=lambda name: -8)
    with patch("mlp.clib.library", lambda: found):
        result = run_python("train", "--kernels", "textbook")
    assert complaint(result) == "--kernels: 'textbook' is not for this processor"
    assert result.code == 2


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("mlp tr", "train"),
        ("mlp sample --te", "--temperature"),
        ("mlp train --preset ", "\n".join(PRESETS)),
        ("mlp train --preset d", "deep"),
        ("mlp train --no", ""),
    ],
)
def test_the_shell_completes(words: str, found: str) -> None:
    variables = (
        "_MLP_COMPLETE=complete_bash",
        f"COMP_WORDS={words}",
        f"COMP_CWORD={words.count(' ')}",
    )
    program = "import sys; sys.argv[0] = 'mlp'; from mlp.__main__ import main; main()"
    result = run("env", *variables, sys.executable, "-c", program, code=0)
    assert (result.out.strip(), result.err) == (found, "")


# More than a shell allows, so that the machine of the test does not count. 227 million parameters.
@pytest.mark.parametrize("command", [(PROGRAM,), PYTHON], ids=["c", "python"])
def test_memory_that_is_not_there_is_said_before_a_weight_is_drawn(
    command: tuple[str, ...], tmp_path: Path
) -> None:
    folder = corpus(tmp_path / "names", train=NAMES * 99)
    words = [
        "train",
        "--preset",
        "original",
        "--corpus",
        str(folder),
        "--hidden",
        "15000",
        "--layers",
        "2",
    ]
    line = shlex.join([*command, *words, "--out", str(tmp_path / "m")])
    result = run("sh", "-c", f"ulimit -v 3000000; exec {line}")
    assert complaint(result) == ("227596323 parameters need 3.67 GB of memory; there are 3.07 GB")
    assert left_behind(tmp_path) == []


@each
def test_a_prompt_starts_each_name_and_the_seed_decides(name: str, tmp_path: Path) -> None:
    train(run_c, tmp_path)
    mlp = backend(name)

    def sample(*words: str) -> list[str]:
        return succeed(mlp("sample", "--checkpoint", tmp_path / "m", *words)).split("\n")[:-1]

    names = sample("--prompt", "zo", "--n", "5", "--seed", "7")
    assert len(names) == 5
    assert all(re.fullmatch("zo[a-z]{0,62}", name) for name in names)
    assert sample("--prompt", "zo", "--n", "5", "--seed", "7") == names
    assert sample("--prompt", "zo", "--n", "5", "--seed", "8") != names
    assert sample("--n", "1", "--prompt", "a" * 63)[0].startswith("a" * 63)
    words = ("--n", "9", "--prompt", "emma", "--temperature")  # as long as the context
    assert len({name[:8] for name in sample(*words, "0.001")}) == 1, "the likeliest letters"
    assert len(set(sample(*words, "1000"))) == 9


def test_the_path_of_a_checkpoint_is_printed_as_it_is(tmp_path: Path) -> None:
    out = train(run_python, tmp_path, "--out", tmp_path / "[bold]:smile:.safetensors")
    assert saved_line(out) == f"done at step 9; saved to {tmp_path}/[bold]:smile:.safetensors"


@pytest.mark.skipif(not CORPUS_DIR, reason="MLP_CORPUS_DIR is not set: no ssa-names here")
def test_ngram_gives_the_numbers_of_the_original(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLP_HOME", str(tmp_path))
    words = ("--corpus", "ssa-names", "--order", "4", "--smoothing", "0.1")
    lines = succeed(run_python("ngram", *words)).splitlines()
    assert lines[0].startswith("order 4 | smoothing 0.1 | train ")
    assert lines[-1] == "best: order 4, smoothing 0.1 | val 2.1118 | test 2.1064"


def test_ngram_smooths_with_numbers_and_with_kneser_ney(tmp_path: Path) -> None:
    folder = corpus(tmp_path / "names")
    words = ("--order", "2", "--smoothing", "1e-1", "--smoothing", "kneser-ney")
    lines = succeed(run_python("ngram", "--corpus", folder, *words)).splitlines()
    assert [line.split(" | ")[1] for line in lines[:2]] == ["smoothing 0.1", "smoothing kneser-ney"]
    assert lines[2].startswith("best: order 2, smoothing ")
    assert ", or kneser-ney (0.03" in succeed(run_python("ngram", "--help"))
    assert complaint(run_python("ngram", "--smoothing", "x")).endswith(", nor kneser-ney")


@pytest.mark.parametrize(
    ("words", "what"),
    [
        (("--order", "14"), "--order: '14' is not a whole number from 1 to 13"),
        (("--smoothing", "-1"), "--smoothing: '-1' is not a number from 0"),
        (("--smoothing", "kneser"), "--smoothing: 'kneser' is not a number from 0"),
    ],
)
def test_a_bad_option_of_ngram_is_named(words: tuple[str, ...], what: str, tmp_path: Path) -> None:
    folder = corpus(tmp_path / "names")
    assert complaint(run_python("ngram", "--corpus", folder, *words)).startswith(what)


AGREE = ("agree", "--steps", "3", "--every", "2")


def test_agree_as_json_says_how_far_they_part(tmp_path: Path) -> None:
    folder = corpus(tmp_path / "names", train=NAMES * 9)
    result = run_python(*AGREE, "--corpus", folder, "--json")
    assert result.code == 0, result
    report = json.loads(result.out, parse_constant=pytest.fail)
    assert [step["step"] for step in report["steps"]] == [2, 3]
    assert report["steps"][0]["losses"].keys() == {"c", "numpy", "torch"}
    assert report["steps"][0]["differences"].keys() == {"c-numpy", "c-torch", "numpy-torch"}
    assert {"bound", "corpus", "preset", "dtype", "versions"} < report.keys()
    assert re.fullmatch(r"losses agree within \d\.\de-\d\d over 3 steps\n", result.err)


def test_agree_beyond_the_bound_fails_and_still_gives_its_json(tmp_path: Path) -> None:
    folder = corpus(tmp_path / "names", train=NAMES * 9)
    result = run_python(*AGREE, "--corpus", folder, "--json", "--bound", "0")
    assert re.fullmatch(r"losses part by \d\.\de-\d\d: the bound is 0e\+00", complaint(result))
    assert (result.code, json.loads(result.out)["bound"]) == (1, 0)


def test_agree_takes_hyperparameters(tmp_path: Path) -> None:
    words = ("--json", "--dropout", "0.5", "--hidden", "9")
    folder = corpus(tmp_path / "names", train=NAMES * 9)
    dropped, plain = (
        json.loads(run_python(*AGREE, "--corpus", folder, *more).out)
        for more in (words, (*words, "--dropout", "0"))
    )
    assert dropped["changed"] == {"dropout": 0.5, "hidden": 9}
    losses = [report["steps"][0]["losses"]["c"] for report in (dropped, plain)]
    assert losses[0] != losses[1]


def test_agree_prints_tables_of_steps_and_tensors(tmp_path: Path) -> None:
    folder = corpus(tmp_path / "names", train=NAMES * 9)
    out = succeed(run_python(*AGREE, "--corpus", folder, "--float64"))
    assert "numpy-torch" in out
    assert "hidden.0.weight" in out
    assert "losses agree within " in out


def test_agree_beyond_the_schedule_is_refused(tmp_path: Path) -> None:
    folder = corpus(tmp_path / "names", train=NAMES * 9)
    message = complaint(run_python("agree", "--corpus", folder, "--steps", "50001"))
    assert message == "steps 50001: the schedule of original has 50000"


def test_data_prints_the_folder_that_it_prepared(tmp_path: Path) -> None:
    result = run_python("data", "--folder", tmp_path)
    assert (result.code, result.out) == (0, f"{tmp_path}/given-names\n")
    assert re.search(r"^val     1,000 names +\d,\d{3} characters$", result.err, re.MULTILINE)
    assert sorted(p.name for p in (tmp_path / "given-names").iterdir()) == [
        "test.txt",
        "train.txt",
        "val.txt",
    ]


def test_an_unknown_corpus_is_named_by_data(tmp_path: Path) -> None:
    message = complaint(run_python("data", "nonsense", "--folder", tmp_path))
    assert message == "nonsense: neither a file nor one of given-names, ssa-names"
