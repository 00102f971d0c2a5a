"""The mutation run takes too long for every day: see at least that its texts are still there."""

import mutants
import pytest


@pytest.mark.parametrize("file", mutants.MUTANTS)
def test_every_mutant_finds_the_text_that_it_changes(file: str) -> None:
    tests, changes = mutants.MUTANTS[file]
    for old, new in changes:
        mutants.Mutant(file, tests, old, new).text(mutants.REPOSITORY)


def test_every_file_that_computes_has_mutants() -> None:
    folders = ("c", "c/book", "c/web", "python/mlp", "python/litdocs")
    found = (path for f in folders for path in (mutants.REPOSITORY / "code" / f).iterdir())
    files = {path for path in found if path.suffix in (".c", ".py") and path.name != "make.py"}
    files = {path for path in files if path.name != "__init__.py"}  # those hold no code
    listed = {mutants.REPOSITORY / file for file in mutants.MUTANTS}
    assert sorted(files - listed) == []
