"""A site that cannot be written is one line."""

from pathlib import Path

import pytest
from mkdocs.config.defaults import MkDocsConfig

from litdocs.sources import LitdocsError
from litdocs.writable import on_config


def config(folder: Path) -> MkDocsConfig:
    config = MkDocsConfig()
    config.site_dir = str(folder)
    return config


def test_the_folder_is_made(tmp_path: Path) -> None:
    on_config(config(tmp_path / "a" / "site"))
    assert (tmp_path / "a" / "site").is_dir()


def test_a_folder_that_cannot_be_made_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "a").touch()
    with pytest.raises(LitdocsError) as error:
        on_config(config(tmp_path / "a" / "site"))
    assert error.value.message == f"{tmp_path}/a/site: Not a directory"


def test_a_folder_that_cannot_be_written_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.access", lambda path, mode: False)  # root may write everywhere
    with pytest.raises(LitdocsError) as error:
        on_config(config(tmp_path))
    assert error.value.message == f"{tmp_path}: cannot be written"
