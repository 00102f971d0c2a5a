"""What the C sources promise to a reader: errors, width, and no fast-math."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from cases import REPOSITORY

from mlp.clib import ffi
from mlp.clib import library as load_library

SOURCES = REPOSITORY / "code" / "c"
FILES = sorted([*SOURCES.rglob("*.c"), *SOURCES.rglob("*.h")])
WIDTH = 72  # two of these stand side by side on a page

# A comment, and the prototypes that follow it without an empty line between.
GROUP = re.compile(r"/\*((?:(?!\*/).)*)\*/\n((?:[a-z][^;{}/#]*\([^;{}]*\);\n)+)", re.DOTALL)
PROTOTYPE = re.compile(r"([a-z][\w ]*?[ *]+)(\w+)\(([^;]*)\);")


def prototypes(header: str) -> dict[str, tuple[str, str, str]]:
    """The functions of a header: what they return, what they take, the comment before them."""
    found = {}
    for comment, group in GROUP.findall(header):
        for returns, name, parameters in PROTOTYPE.findall(group):
            words = " ".join(re.sub(r"^ \*", "", comment, flags=re.MULTILINE).split())
            found[name] = (returns.strip(), " ".join(parameters.split()), words)
    return found


def without_errors(header: str) -> list[str]:
    """The functions that return an int and do not say which errors that may be."""
    return [
        name
        for name, (returns, _, comment) in prototypes(header).items()
        if returns == "int" and not re.search(r"\bMLP_ERROR_[A-Z]+\b|\bcannot fail\b", comment)
    ]


def test_each_function_of_the_header_that_can_fail_names_its_errors() -> None:
    header = (SOURCES / "mlp.h").read_text()
    assert without_errors(header) == []
    found = prototypes(header)
    everything = set(re.findall(r"^[a-z][\w *]*?(\w+)\(", header, re.MULTILINE))
    assert set(found) == everything, "a function without a comment"
    load_library()
    codes = ffi.typeof("mlp_error").relements
    for name, (_, parameters, comment) in found.items():
        errors = set(re.findall(r"\bMLP_ERROR_[A-Z]+\b", comment))
        assert errors <= set(codes), name
        if "const char *path" in parameters:
            assert "MLP_ERROR_FILE" in errors, name
            assert "char *why" in parameters, name
        if re.search(r"_(create|load|read|parse|write)$", name) and "**" in parameters:
            assert "MLP_ERROR_MEMORY" in errors, name
    named = {error for _, _, comment in found.values() for error in re.findall(r"MLP_\w+", comment)}
    assert set(codes) - named == {"MLP_OK"}, "an error that nothing returns"


@pytest.mark.parametrize(
    ("header", "offenders"),
    [
        ("/* Does it. MLP_ERROR_SIZE. */\nint f(int n);\n", []),
        ("/* Does it. */\nint f(int n);\n", ["f"]),
        ("/* Does it. MLP_ERROR_SIZE. */\nint f(int n,\n      int m);\nint g(void);\n", []),
        ("/* MLP_ERROR_SIZE. */\nint f(int n);\n\n/* Does it. */\nint g(int n);\n", ["g"]),
        ("/* Does it: it cannot fail. */\nint f(int n);\n", []),
        ("/* Does it. */\nvoid f(int n);\n", []),
    ],
)
def test_a_function_that_names_no_error_is_found(header: str, offenders: list[str]) -> None:
    assert without_errors(header) == offenders


def test_the_internal_headers_name_their_errors_too() -> None:
    for name in ("config.h", "files.h", "saving.h", "log.h", "signals.h", "sizes.h"):
        assert without_errors((SOURCES / name).read_text()) == []


@pytest.mark.parametrize("file", FILES, ids=lambda path: path.name)
def test_no_line_is_wider_than_its_column_on_the_page(file: Path) -> None:
    lines = file.read_text().splitlines()
    assert [line for line in lines if len(line) > WIDTH] == []
    assert not any("\t" in line or line != line.rstrip() for line in lines)


@pytest.mark.parametrize("compiler", ["gcc", "clang"])
def test_with_fast_math_nothing_compiles_but_the_ladder(compiler: str) -> None:
    if not shutil.which(compiler):
        pytest.skip(f"{compiler} is not installed")
    command = [compiler, "-std=c11", "-w", "-fsyntax-only", f"-I{SOURCES}"]
    library, ladder = sorted(SOURCES.glob("*.c")), SOURCES / "book" / "ladder.c"
    assert subprocess.run([*command, *library, ladder]).returncode == 0
    for flag in ("-ffast-math", "-Ofast", "-ffinite-math-only"):
        done = subprocess.run([*command, flag, *library], capture_output=True, text=True)
        assert done.returncode != 0
        assert done.stderr.count("error: ") == len(library), "each of them says no, and only that"
        assert done.stderr.count("mlp without -ffast-math") >= len(library)
        assert subprocess.run([*command, flag, ladder]).returncode == 0, "the bench measures it"
