"""The resolver: which lines of which file a symbol names, and what its copy contains."""

import shutil
import subprocess
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from litdocs.sources import LitdocsError, definitions, resolve

ROOT = Path(__file__).parents[2]

C = """\
/* a.c - about the file */
#define _POSIX_C_SOURCE 200809L
#include "a.h"

#include <math.h>

#define TWICE(x) \\
    ((x) + (x))

/* ---- a heading, not a comment of what follows ---- */

static const float SCALE = 0.5f; /* used below } */
static int unused(void);

#if defined(__AVX__)
enum { WIDTH = 8 };
#else
enum { WIDTH = 4 };
#endif

typedef struct {
    int x; /* { */
} point;

struct node {
    struct node *next;
};

typedef int (*callback)(int);

// The first line of two,
// the second.
static
float half(float x,
           float y)
{
#if WIDTH > 4
    if (x > 1) {
#else
    if (x > 2) {
#endif
        return '}' + SCALE;
    }
    return x * SCALE;
}

static int unused(void)
{
    return 0;
}

extern int count;
int count = 0;
"""

H = """\
#ifndef A_H
#define A_H

/* Halves x. */
float half(float x,
           float y);
float other(float x);

enum {
    ONE = 1, /* one */
    TWO = 2
};

#endif
"""

PY = '''\
"""A module."""
import math
from functools import cache

# How much.
SCALE: float = 0.5
TABLE = {}
TABLE["a"] = SCALE


class Model:
    size = 3

    # Doubles.
    @property
    def double(self):
        return TABLE["a"] * 2

    class Part:
        def whole(self):
            again = 1
            again = 1
            again = 1


@cache
def half(x):
    return f"{helper(x) * SCALE}"


def helper(x):
    return x
'''


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    for name, text in {"a.c": C, "a.h": H, "a.py": PY, "notes.txt": "one\ntwo\n"}.items():
        (tmp_path / name).write_text(text, "utf-8")
    (tmp_path / "latin.c").write_bytes("int café;\n".encode("latin-1"))
    return tmp_path


def shown(tree: Path, target: str) -> tuple[str, str]:
    """The first and the last line that a target shows."""
    source = resolve(tree, target)
    file = (tree / source.path).read_text("utf-8").splitlines()
    lines = [line.strip() for line in file[source.first - 1 : source.last]]
    assert [line.strip() for line in source.text.splitlines()] == lines
    return lines[0], lines[-1]


@pytest.mark.parametrize(
    ("target", "first", "last"),
    [
        ("a.c:half", "// The first line of two,", "}"),
        ("a.c:unused", "static int unused(void)", "}"),  # the definition, not the declaration
        ("a.c:TWICE", "#define TWICE(x) \\", "((x) + (x))"),
        ("a.c:SCALE", "static const float SCALE = 0.5f; /* used below } */", ""),
        ("a.c:point", "typedef struct {", "} point;"),
        ("a.c:node", "struct node {", "};"),
        ("a.c:callback", "typedef int (*callback)(int);", ""),
        ("a.h:half", "/* Halves x. */", "float y);"),
        ("a.h:other", "float other(float x);", ""),
        ("a.h:TWO", "enum {", "};"),
        ("a.py:SCALE", "# How much.", "SCALE: float = 0.5"),
        ("a.py:TABLE", "TABLE = {}", ""),
        ("a.py:half", "@cache", 'return f"{helper(x) * SCALE}"'),
        ("a.py:Model", "class Model:", "again = 1"),
        ("a.py:Model.Part.whole", "def whole(self):", "again = 1"),
        ("a.c:count", "int count = 0;", ""),  # what gives it its value
        ("a.py:Model.size", "size = 3", ""),
        ("a.py:Model.double", "# Doubles.", 'return TABLE["a"] * 2'),
        ("notes.txt", "one", "two"),
    ],
)
def test_symbol_names_its_lines(tree: Path, target: str, first: str, last: str) -> None:
    assert shown(tree, target) == (first, last or first)


@pytest.mark.parametrize(
    ("target", "first", "last"),
    [
        ("a.c:half[if (x > 1) { … + SCALE; }]", "if (x > 1) {", "}"),  # words run on over two lines
        ("a.c:half[#else … #endif]", "#else", "#endif"),
        ("a.c:half[return x * … ]", "return x * SCALE;", "}"),
        ("a.c:half[… float y)]", "// The first line of two,", "float y)"),
        ("a.c:half[return x … * SCALE;]", "return x * SCALE;", ""),
        ("a.py:Model[# Doubles. … * 2]", "# Doubles.", 'return TABLE["a"] * 2'),
        ("a.py[# How much. … TABLE = {}]", "# How much.", "TABLE = {}"),
        ("notes.txt[two … ]", "two", ""),
    ],
)
def test_quoted_words_name_a_part(tree: Path, target: str, first: str, last: str) -> None:
    assert shown(tree, target) == (first, last or first)


def test_part_is_dedented_and_its_copy_is_the_whole_symbol(tree: Path) -> None:
    part = resolve(tree, "a.c:half[return x … SCALE;]")
    assert part.text == "return x * SCALE;\n"
    assert part.is_part
    whole = resolve(tree, "a.c:half")
    assert not whole.is_part
    assert part.copy == whole.copy
    assert part.name == whole.name == "half"


def test_method_is_dedented(tree: Path) -> None:
    assert resolve(tree, "a.py:Model.double").text.startswith("# Doubles.\n@property\ndef double")


@pytest.mark.parametrize(
    ("target", "message"),
    [
        ("b.c:half", "b.c: No such file or directory"),
        ("a.c:halve", "a.c: no symbol 'halve'; did you mean 'half'?"),
        ("a.py:Model.doubel", "a.py: no symbol 'Model.doubel'; did you mean 'Model.double'?"),
        ("a.c:WIDTH", "a.c: symbol 'WIDTH' is defined at lines 16 and 18: which one?"),
        ("a.c:half[float z …]", "a.c:half: 'float z' starts no line"),
        ("a.c:half[if … }]", "a.c:half: 'if' starts lines 38 and 40: quote more words"),
        ("a.c:half[#if … }]", "a.c:half: '}' ends lines 43 and 45: quote more words"),
        ("a.c:half[#else … (x > 1) {]", "a.c:half: '(x > 1) {' ends no line from there on"),
        ("a.c:half[alf(float x … float y)]", "a.c:half: 'alf(float x' starts no line"),
        ("a.c:half[float half … float]", "a.c:half: 'float' ends no line from there on"),
        *(
            (
                f"a.c:half{words}",
                f"'a.c:half{words}': expected 'a.c:half[first words … last words]'",
            )
            for words in ("[", "[]", "[…]", "[#else]", "[#else ... #endif]", "[#else … #endif] ")
        ),
        (
            "a.py:Model.Part.whole[again = 1 again = 1 …]",
            "a.py:Model.Part.whole: 'again = 1 again = 1' starts lines 22 and 23: quote more words",
        ),
        ("latin.c:x", "latin.c: is not UTF-8 text"),
        ("notes.txt:one", "symbols of '.txt' files are unknown: show the whole file"),
    ],
)
def test_what_is_missing_or_ambiguous_is_named(tree: Path, target: str, message: str) -> None:
    with pytest.raises(LitdocsError) as error:
        resolve(tree, target)
    assert error.value.message == message


def test_copy_of_c_has_what_the_symbol_needs_and_no_more(tree: Path) -> None:
    copy = resolve(tree, "a.c:half").copy
    assert copy.startswith('#define _POSIX_C_SOURCE 200809L\n#include "a.h"\n\n#include <math.h>\n')
    assert "SCALE =" in copy
    assert copy.count("WIDTH =") == 2
    assert copy.count("#endif") == 2
    assert not any(word in copy for word in ("TWICE", "unused", "point", "about the file"))


def test_the_guard_of_a_header_is_not_what_a_symbol_needs(tree: Path) -> None:
    assert (
        resolve(tree, "a.h:half").copy
        == "/* Halves x. */\nfloat half(float x,\n           float y);\n"
    )


def test_copy_of_python_runs(tree: Path) -> None:
    copy = resolve(tree, "a.py:half").copy
    assert "Model" not in copy
    namespace: dict[str, Any] = {}
    exec(copy, namespace)
    assert namespace["half"](3) == "1.5"


def symbols_defined_once(path: str) -> list[str]:
    text = (ROOT / path).read_text("utf-8")
    names = Counter(name for item in definitions(Path(path).suffix, text) for name in item.names)
    return [f"{path}:{name}" for name, count in names.items() if count == 1]


def test_copy_of_every_c_symbol_compiles() -> None:
    cc = next(filter(None, map(shutil.which, ("cc", "gcc", "clang"))), None)
    if cc is None:
        pytest.skip("no C compiler")
    flags = ["-std=c11", "-Wall", "-Wextra", "-Werror", "-Wno-unused", "-fsyntax-only"]
    files = [f"code/c/{file}" for file in ("ops.c", "fast.c", "kernels.h")]
    targets = [target for file in files for target in symbols_defined_once(file)]
    failed = {}
    for target in targets:
        command = [cc, *flags, "-I", str(ROOT / "code/c"), "-x", "c", "-"]
        copy = resolve(ROOT, target).copy
        done = subprocess.run(command, input=copy, capture_output=True, text=True, check=False)
        if done.returncode:
            failed[target] = done.stderr
    assert len(targets) > 30
    assert failed == {}
