"""Records on disk: whole, or as they were, and with how they came to be."""

import json
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import numpy as np
import pytest

from mlp import files, versions
from mlp.errors import MLPError
from records import store


def test_a_record_that_cannot_be_written_leaves_the_old_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "RESULTS", tmp_path)
    store.write("x", {"a": 1})
    before = (tmp_path / "x.json").read_bytes()

    def full(descriptor: int, piece: bytes) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(files, "write_all", full)
    with pytest.raises(MLPError, match="x.json: cannot write: No space left on device"):
        store.write("x", {"a": 2})
    assert [path.name for path in tmp_path.iterdir()] == ["x.json"]
    assert (tmp_path / "x.json").read_bytes() == before


def test_a_record_has_a_digest_that_a_mended_number_does_not_fit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "RESULTS", tmp_path)
    store.write("x", {"a": 0.1, "b": [1, "µ"]})
    record = json.loads((tmp_path / "x.json").read_text())
    assert list(record) == ["a", "b", "sha256"]
    assert store.digest(record) == record["sha256"]
    assert store.digest(record | {"a": 0.2}) != record["sha256"]


def test_a_record_names_command_day_commit_and_versions() -> None:
    made = store.origin("nox -s results")
    assert list(made) == ["command", "date", "commit", "versions"]
    assert made["command"] == "nox -s results"
    assert made["versions"] == {
        "python": platform.python_version(),
        "numpy": np.__version__,
        "torch": version("torch"),
        "machine": platform.machine(),
    }


def test_a_package_that_is_not_there_is_said_to_be_not_installed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def no_torch(package: str) -> str:
        if package == "torch":
            raise PackageNotFoundError
        return version(package)

    monkeypatch.setattr(versions, "version", no_torch)
    found = versions.versions()
    assert (found["numpy"], found["torch"]) == (np.__version__, "not installed")
