"""Who imports whom: the ground floor knows no model, and only PyTorch's backend knows PyTorch."""

import ast
import sys
from pathlib import Path

import pytest
from cases import REPOSITORY, Result, complaint, corpus, loss_lines, run

CODE = REPOSITORY / "code" / "python"

# What may be imported by whom, for the modules that everything else stands on.
GROUND_FLOOR = {
    "errors": set(),
    "arrays": set(),
    "rng": {"errors"},
    "schedule": set(),
    "tokens": {"errors"},
    "shuffle": {"rng"},
    "windows": {"errors", "shuffle", "tokens"},
    "corpora": {"errors", "rng", "tokens"},
    "config": {"errors", "tokens"},
    "weights": {"config", "rng"},
    "ops_numpy": {"arrays", "rng", "tokens"},
    "fold_numpy": {"arrays", "tokens"},
    "adamw_numpy": {"arrays"},
    "clib": {"config", "errors"},
}


def imports(path: Path) -> set[str]:
    """The modules that a file imports, wherever in it."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def packages(path: Path) -> set[str]:
    return {name.split(".")[0] for name in imports(path)}


@pytest.mark.parametrize("module", GROUND_FLOOR)
def test_data_flows_one_way(module: str) -> None:
    ours = {name.split(".")[1] for name in imports(CODE / "mlp" / f"{module}.py") if "mlp." in name}
    assert ours <= GROUND_FLOOR[module]


def test_only_the_files_of_pytorch_import_it() -> None:
    files = {path.name for path in (CODE / "mlp").glob("*.py") if "torch" in packages(path)}
    assert files == {"backend_torch.py", "model_torch.py", "workers.py"}


@pytest.mark.parametrize("path", sorted((CODE / "litdocs").glob("*.py")), ids=lambda p: p.stem)
def test_litdocs_imports_nothing_of_the_model(path: Path) -> None:
    assert not packages(path) & {"mlp", "book", "bench", "records"}


@pytest.mark.parametrize("package", ["mlp", "records"])
def test_nobody_below_imports_the_text_or_the_bench(package: str) -> None:
    for path in (CODE / package).glob("*.py"):
        assert not packages(path) & {"book", "bench", "litdocs"}, path


# As on a machine without PyTorch: whoever asks for it is told that there is none.
WITHOUT_TORCH = """
import sys
class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] == "torch":
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
sys.meta_path.insert(0, Absent())
sys.argv[0] = "mlp"
from mlp.__main__ import main
main()
"""


def without_torch(*words: str | Path) -> Result:
    return run(sys.executable, "-c", WITHOUT_TORCH, *words)


def test_help_needs_no_pytorch() -> None:
    result = without_torch("--help")
    assert (result.code, result.err) == (0, "")
    assert "train" in result.out


@pytest.mark.parametrize("backend", ["c", "numpy"])
def test_c_and_numpy_train_evaluate_and_sample_without_pytorch(
    backend: str, tmp_path: Path
) -> None:
    names, words = corpus(tmp_path / "names"), ("--backend", backend)
    sizes = ("--hidden", "8", "--batch", "7", "--steps", "3")
    trained = without_torch("train", "--corpus", names, *sizes, "--out", tmp_path / "m", *words)
    assert (trained.code, trained.err) == (0, "")
    assert loss_lines(trained.out).keys() == {0, 3}
    for command in (("eval", "--corpus", names), ("sample", "--n", "2")):
        result = without_torch(*command, "--checkpoint", tmp_path / "m", *words)
        assert (result.code, result.err) == (0, "")
        assert result.out.count("\n") == {"eval": 3, "sample": 2}[command[0]]


def test_without_a_word_about_the_backend_no_pytorch_is_needed(tmp_path: Path) -> None:
    names = corpus(tmp_path / "names")
    words = ("--hidden", "8", "--batch", "7", "--steps", "1", "--out", tmp_path / "m")
    assert without_torch("train", "--corpus", names, *words).code == 0


@pytest.mark.parametrize(
    "words", [("train", "--backend", "torch"), ("agree", "--steps", "1")], ids=lambda w: w[0]
)
def test_what_needs_pytorch_says_what_to_install(words: tuple[str, ...], tmp_path: Path) -> None:
    names = corpus(tmp_path / "names", train=b"emma\nava\n" * 99, val=b"emma\nava\n" * 99)
    message = complaint(without_torch(*words, "--corpus", names))
    assert message == ("backend 'torch': PyTorch is not installed: pip install torch")
