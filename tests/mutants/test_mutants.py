"""The mutation run takes too long for every day: see at least that its texts are still there."""

import mutants
import pytest


@pytest.mark.parametrize("file", mutants.MUTANTS)
def test_every_mutant_finds_the_text_that_it_changes(file: str) -> None:
    tests, changes = mutants.MUTANTS[file]
    for old, new in changes:
        mutants.Mutant(file, tests, old, new).text(mutants.REPOSITORY)
