"""The C program beside the Python one: the same lines, the same files, the same names."""

import re
import tomllib
from pathlib import Path

import pytest
from cases import (
    PROGRAM,
    REPOSITORY,
    SIZES,
    assert_same,
    backend,
    complaint,
    corpus,
    loss_lines,
    run,
    run_c,
    run_python,
    saved_line,
    succeed,
)
from kernels import EVERYWHERE, TABLES

from mlp.checkpoint import load_checkpoint
from mlp.config import PRESETS
from mlp.options import HYPERPARAMETERS, preset_table

VARIANTS = {
    "plain": (),
    "deep": ("--layers", "3"),
    "gelu": ("--activation", "gelu"),
    "padded": ("--padded", "--context", "6"),
    "shuffled": ("--shuffled",),
    "ones": ("--context", "1", "--embedding", "1", "--hidden", "1", "--batch", "1"),
}

variant = pytest.mark.parametrize("variant", VARIANTS)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return corpus(tmp_path_factory.mktemp("corpus"))


def train(name: str, folder: Path, out: Path, *words: str) -> str:
    words = (*SIZES, "--steps", "60", "--eval-every", "20", *words)
    return succeed(backend(name)("train", "--corpus", folder, "--out", out, *words))


def losses(out: str) -> list[float]:
    """The losses on train and val, line by line."""
    return [float(x) for line in loss_lines(out).values() for x in re.findall(r"\d\.\d{6}", line)]


# --- the same as Python ----------------------------------------------------------


@pytest.mark.parametrize("resumed", [False, True], ids=["from the start", "resumed"])
@pytest.mark.parametrize("name", ["program", "c", "numpy"])
def test_fold_is_another_sum_with_nearly_the_same_losses(
    name: str, resumed: bool, folder: Path, tmp_path: Path
) -> None:
    """Other bits: otherwise the switch would do nothing. The losses: it is the same model."""
    start = backend(name)
    words: tuple[object, ...] = (*SIZES, "--steps", "40")
    if resumed:
        succeed(
            start("train", "--corpus", folder, *words, "--until", "20", "--out", tmp_path / "m")
        )
        words = ("--resume", tmp_path / "m")
    plain, fold = (
        succeed(start("train", "--corpus", folder, *words, "--out", tmp_path / out, *switch))
        for out, switch in (("plain", ()), ("fold", ("--fold",)))
    )
    weights = [load_checkpoint(tmp_path / out).params for out in ("plain", "fold")]
    assert any((weights[0][name] != weights[1][name]).any() for name in weights[0])
    assert losses(fold) == pytest.approx(losses(plain), abs=1e-5)


@pytest.mark.parametrize("name", ["program", "c", "numpy"])
def test_tables_of_the_fold_that_are_too_large_are_one_line(
    name: str, folder: Path, tmp_path: Path
) -> None:
    sizes = ("--context", "300", "--embedding", "1", "--hidden", "65000", "--batch", "1")
    words = ("--corpus", folder, *sizes, "--fold", "--out", tmp_path / "m")
    assert "fold: its tables" in complaint(backend(name)("train", *words))
    assert not (tmp_path / "m").exists()


@variant
def test_with_the_c_backend_python_prints_the_same_and_writes_the_same(
    variant: str, folder: Path, tmp_path: Path
) -> None:
    c = train("program", folder, tmp_path / "a", *VARIANTS[variant])
    python = train("c", folder, tmp_path / "b", *VARIANTS[variant])
    assert loss_lines(c).keys() == {0, 20, 40, 60}
    assert loss_lines(c) == loss_lines(python)
    times = r" \| \d+\.\d{3} ms/step$"
    for out, path in ((c, tmp_path / "a"), (python, tmp_path / "b")):
        assert len(re.findall(times, out, re.MULTILINE)) == 3
        assert saved_line(out) == f"done at step 60; saved to {path}"
    assert (
        c.replace(f"{tmp_path}/a", f"{tmp_path}/b").split("\ndone")[1] == python.split("\ndone")[1]
    )
    assert_same(load_checkpoint(tmp_path / "a"), load_checkpoint(tmp_path / "b"))


@variant
@pytest.mark.parametrize("name", ["numpy", "torch"])
def test_with_the_others_it_prints_the_same_losses_within_rounding(
    name: str, variant: str, folder: Path, tmp_path: Path
) -> None:
    c = train("program", folder, tmp_path / "a", *VARIANTS[variant])
    python = train(name, folder, tmp_path / "b", *VARIANTS[variant])
    assert loss_lines(c).keys() == loss_lines(python).keys()
    assert losses(c) == pytest.approx(losses(python), abs=5e-6)  # measured 1e-6: the last digit


@variant
def test_eval_prints_the_same(variant: str, folder: Path, tmp_path: Path) -> None:
    train("program", folder, tmp_path / "m", *VARIANTS[variant])
    words = ("eval", "--checkpoint", tmp_path / "m", "--corpus", folder)
    expected = succeed(run_c(*words))
    assert re.fullmatch(r"train \d\.\d{6}\nval   \d\.\d{6}\ntest  \d\.\d{6}\n", expected)
    assert succeed(backend("c")(*words)) == expected
    for name in ("numpy", "torch"):
        values = [float(x) for x in succeed(backend(name)(*words)).split()[1::2]]
        assert values == pytest.approx([float(x) for x in expected.split()[1::2]], abs=5e-6)


@variant
@pytest.mark.parametrize("words", [(), ("--prompt", "zo"), ("--temperature", "0.5")])
def test_all_make_up_the_same_names(
    variant: str, words: tuple[str, ...], folder: Path, tmp_path: Path
) -> None:
    train("program", folder, tmp_path / "m", *VARIANTS[variant])
    words = ("--n", "12", "--seed", "5", *words)
    names = succeed(run_c("sample", "--checkpoint", tmp_path / "m", *words))
    assert names.count("\n") == 12
    for name in ("c", "numpy", "torch"):
        assert succeed(backend(name)("sample", "--checkpoint", tmp_path / "m", *words)) == names


def test_until_stops_on_the_way_and_beyond_the_end_means_the_end(
    folder: Path, tmp_path: Path
) -> None:
    for name in ("program", "numpy"):
        out = train(name, folder, tmp_path / "m", "--until", "30", "--force")
        assert loss_lines(out).keys() == {0, 20, 30}
        assert saved_line(out) == f"done at step 30; saved to {tmp_path}/m"
        out = train(name, folder, tmp_path / "m", "--until", "1000", "--force")
        assert loss_lines(out).keys() == {0, 20, 40, 60}


# --- on its own --------------------------------------------------------------------


def test_help_goes_to_stdout_and_a_missing_command_to_stderr() -> None:
    usage = succeed(run_c("--help"))
    assert "mlp train" in usage
    assert "--temperature" in usage
    assert succeed(run_c("-h")) == usage
    for command in ("train", "eval", "sample"):
        assert succeed(run_c(command, "--help")) == usage
        assert succeed(run_c(command, "-h")) == usage
    result = run_c()
    assert (result.code, result.out, result.err) == (2, "", usage)


def test_help_says_what_the_presets_are() -> None:
    lines = list(preset_table())
    for usage in (succeed(run_c("--help")), succeed(run_python("train", "--help"))):
        assert usage.endswith("\n".join(["", "", *lines, ""]))
    head, *rows = map(str.split, lines)
    assert head == ["presets:", *PRESETS]
    assert [row[0].strip("-").replace("-", "_") for row in rows] == list(HYPERPARAMETERS)
    for (_, *cells), (name, field) in zip(rows, HYPERPARAMETERS.items()):
        for text, (config, training) in zip(cells, PRESETS.values(), strict=True):
            value = getattr(config if hasattr(config, name) else training, name)
            if isinstance(value, bool):
                assert text == (name if value else field.metadata["off"])
            else:
                assert type(value)(text) == value


def test_the_version_is_that_of_the_package() -> None:
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]
    for mlp in (run_c, run_python):
        assert succeed(mlp("--version")) == f"mlp {project['version']}\n"


def test_a_value_may_stand_behind_an_equals_sign(folder: Path, tmp_path: Path) -> None:
    words = ("--preset=deep", "--sliding", f"--corpus={folder}", f"--out={tmp_path / 'm'}")
    sizes = ("--batch=8", "--hidden=5", "--until=1", "--steps=2")
    for program in ("program", "c"):
        (tmp_path / "m").unlink(missing_ok=True)
        succeed(backend(program)("train", *words, *sizes))
        saved = load_checkpoint(tmp_path / "m")
        assert (saved.config.layers, saved.training.padded, saved.training.batch) == (3, False, 8)
    for wrong in ("--fold=1", "--sliding=1", "--padded=", "--context=", "--con=4", "-context=4"):
        assert backend("program")("train", *words, wrong).code == 2
        assert backend("c")("train", *words, wrong).code == 2


@pytest.mark.parametrize("name", ["program", "c"])
@pytest.mark.parametrize("kernels", TABLES)
def test_every_table_of_kernels_trains_alike(
    kernels: str, name: str, folder: Path, tmp_path: Path
) -> None:
    words = ("train", "--corpus", folder, *SIZES, "--steps", "60", "--layers", "2")
    out = backend(name)(*words, "--out", tmp_path / "m", "--kernels", kernels)
    if out.code != 0:
        assert complaint(out) == f"--kernels: '{kernels}' is not for this processor"
        assert (out.code, kernels in EVERYWHERE) == (2, False)
        pytest.skip(f"this processor has no {kernels}")
    assert f" --kernels {kernels} --steps 120\n" in out.out
    textbook = backend(name)(*words, "--out", tmp_path / "t", "--kernels", "textbook")
    assert losses(out.out) == pytest.approx(losses(textbook.out), abs=5e-6)
    weights = [load_checkpoint(tmp_path / out).params for out in ("m", "t")]
    same = all((weights[0][name] == weights[1][name]).all() for name in weights[0])
    assert same == (kernels == "textbook"), "otherwise the option would do nothing"


@pytest.mark.parametrize("name", ["program", "c"])
@pytest.mark.parametrize("command", ["train", "eval", "sample"])
def test_an_unknown_table_of_kernels_is_named(command: str, name: str, tmp_path: Path) -> None:
    result = backend(name)(command, "--kernels", "mmx")
    message = f"--kernels: 'mmx' is not one of auto, {', '.join(TABLES)}"
    assert (complaint(result), result.code) == (message, 2)


@pytest.mark.parametrize("name", ["numpy", "torch"])
def test_only_the_backend_c_has_kernels(name: str, folder: Path, tmp_path: Path) -> None:
    words = ("train", "--corpus", folder, "--out", tmp_path / "m", "--kernels", "textbook")
    message = complaint(backend(name)(*words))
    assert message == "kernels 'textbook': only the backend c has them"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("hidden", ["2000", "2100", "2200"])
def test_too_little_memory_is_an_error(hidden: str, folder: Path, tmp_path: Path) -> None:
    """What is needed, and so asked about, is less than there is; but the program takes some too."""
    words = f"train --preset original --corpus {folder} --out {tmp_path}/m --batch 1 --steps 9"
    result = run("sh", "-c", f"ulimit -v 9000; exec {PROGRAM} {words} --hidden {hidden}")
    if "shared libraries" in result.err:
        pytest.skip("the program itself takes more")
    assert complaint(result) == "train: out of memory"
    assert list(tmp_path.iterdir()) == []


def test_a_checkpoint_with_too_little_memory_is_an_error(folder: Path, tmp_path: Path) -> None:
    train("program", folder, tmp_path / "m", "--hidden", "4000")
    words = f"sample --checkpoint {tmp_path}/m"
    result = run("sh", "-c", f"ulimit -v 9000; exec {PROGRAM} {words}")
    assert complaint(result).startswith(f"{tmp_path}/m: out of memory")
