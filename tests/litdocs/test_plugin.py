"""The pytest plugin: a fence runs, is compared, or says why not; else it fails."""

import os
import re
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest

CODE = Path(__file__).parents[2] / "code" / "python"

FILES = {
    "pytest.ini": """\
        [pytest]
        addopts = -p litdocs.pytest_plugin --codeblocks -ra --strict-markers --strict-config
        filterwarnings = error
        litdocs_cflags = -Icode/c
        litdocs_libs = build/libtwice.a
        litdocs_compiler = echo cc -DHALF=21
        litdocs_figures = pack.figures
        pythonpath = code/python
        """,
    "code/c/Makefile": """\
        ../../build/libtwice.a: twice.c twice.h
        \tmkdir -p ../../build
        \t$(CC) -c -o ../../build/twice.o twice.c
        \tar rcs $@ ../../build/twice.o
        """,
    "code/c/twice.h": "int twice(int x);\n",
    "code/c/twice.c": """\
        #include "twice.h"

        int twice(int x)
        {
            return 2 * x;
        }
        """,
    "code/c/made.c": """\
        #define MAKE(name) static int name(void) { return 1; }
        MAKE(one)

        int two(void);

        int two(void)
        {
            return one() + one();
        }
        """,
    "code/python/fnmatch.py": "def fine():\n    return 1\n",  # a name that Python has as well
    "code/c/sloppy.c": """\
        int fine(void);

        int fine(void)
        {
            return 1;
        }

        static int unused(void)
        {
            return 2;
        }
        """,
    "code/python/pack/__init__.py": "",
    "code/python/pack/twice.py": """\
        import math


        def twice(x):
            return math.floor(2 * x)
        """,
    "code/python/pack/figures.py": """\
        class Drawing:
            caption = "A caption."

            def svg(self, name):
                return f"<svg id={name}/>"


        def wrong():
            return 1 / 0


        FIGURES = {"good": Drawing, "wrong": wrong}
        """,
    "code/python/pack/broken.py": """\
        def fine():
            return 1


        TABLE = {}["no such key"]
        """,
}

PROGRAM = """\
```c
#include <stdio.h>
#include "twice.h"

int main(void)
{
    printf("%d\\n", twice(HALF));
}
```

```output
42
```
"""

GOOD = f"""\
---
title: Good
---
# Good

<!--
```python
start = 1
```
-->

!!! note
    Nested:

    ```python title="a title" linenums="1"
    def count(n):
        return start + n


    for n in range(3):
        print(f"{{count(n)}} ")
    ```

    ```output
    1 \n    2 \n    3 \n    ```

1. A list

    ~~~python
    print(count(9))
    ~~~

    ~~~output
    10
    ~~~

=== "Tab"

    ``` {{.python hl_lines="1"}}
    runs = globals().get("runs", 0) + 1
    ```

> ```python
> assert runs == 1
> ```

{PROGRAM}
```c
static inline int one(void) {{ return 1; }}
```

```sh
printf 'a\\n\\nb\\n' | cat
python -c 'import sys; print(sys.version_info.major)'
```

```output
a

b
3
```

```bash {{.norun reason="installs packages"}}
exit 1
```

$$
y = 2 x
$$

```equation
x, y = 3, 6
```

````sh {{.norun reason="nested"}}
```rust
only shown
```
````

```c
--8<-- "code/c/twice.c:twice"
```

```figure
good
```

```sources
c: code/c/twice.h:twice
numpy: code/python/pack/twice.py:twice
torch: none "it does that by itself"
```
"""


class Project:
    """A small repository with pages, and pytest in it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        for name, text in FILES.items():
            self.write(name, dedent(text))
        subprocess.run(["make", "-s", "-C", root / "code" / "c"], check=True)

    def write(self, name: str, text: str) -> None:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")

    def pytest(self, *arguments: str) -> str:
        """Run pytest and return what it prints, and its status in the last line."""
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *arguments],
            cwd=self.root,
            env=os.environ | {"PYTHONPATH": str(CODE)},
            capture_output=True,
            text=True,
            check=False,
        )
        return f"{done.stdout}{done.stderr}status {done.returncode}"


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)


@pytest.mark.parametrize("workers", [[], ["-n", "2"]], ids=["alone", "side by side"])
def test_good_page_passes_and_every_fence_is_accounted_for(
    project: Project, workers: list[str]
) -> None:
    project.write("docs/good.md", GOOD)
    project.write("README.md", PROGRAM)
    printed = project.pytest(*workers, "docs", "README.md")
    assert printed.endswith("status 0")
    summary = "20 fences in 2 pages, 100%: 9 run, 5 compared, 1 computed, 3 embedded, 2 not run"
    assert f"litdocs: {summary}\n" in printed
    line = GOOD.splitlines().index('```bash {.norun reason="installs packages"}') + 1
    assert f"litdocs: not run: docs/good.md:{line} (installs packages)" in printed


def test_fence_selected_alone_gets_the_python_above_it(project: Project) -> None:
    project.write("docs/good.md", GOOD)
    line = GOOD.splitlines().index("    print(count(9))")
    printed = project.pytest(f"docs/good.md::line {line} python")
    assert "1 passed" in printed
    assert "fences in 1 pages, 22%: " in printed


# What is on the page; the line that must be named, and what must be said about it.
BAD = {
    "unknown_language": ("```rust\nfn\n```", 1, "fence in unknown language 'rust'"),
    "no_language": ("```\nfn\n```", 1, "fence in unknown language ''"),
    "python_error": ("\n```python\nx = 1\nx / 0\n```", 4, "ZeroDivisionError: division by zero"),
    "python_syntax": ("```python\nx = 1\nx +* 1\n```", 3, "SyntaxError: invalid syntax"),
    "python_warning": ("```python\nimport warnings\nwarnings.warn('w')\n```", 3, "UserWarning: w"),
    "python_import": ("```python\n\nimport pack.broken\n```", 3, "import pack.broken"),
    "python_json": ("```python\n\nimport json\njson.loads('{')\n```", 4, "JSONDecodeError"),
    "python_in_list": ("1. a\n\n    ```python\n    1 / 0\n    ```", 4, "ZeroDivisionError"),
    "python_hidden": ("<!--\n```python\n1 / 0\n```\n-->", 3, "ZeroDivisionError"),
    "python_tilde": ('~~~python title="t"\n1 / 0\n~~~', 2, "ZeroDivisionError"),
    "python_output": ("```python\nprint(1)\n```\n\n```output\n2\n```", 5, "-2\n+1"),
    "output_space": ("```python\nprint('1 ')\n```\n\n```output\n1\n```", 5, "-1\n+1 "),
    "output_missing": ("```python\n1\n```\n\n```output\n1\n```", 5, "-1"),
    "output_apart": ("```python\nprint(1)\n```\nIt is\n\n```output\n1\n```", 6, "output without"),
    "output_of_nothing": ("1\n\n```output\n1\n```", 3, "output without the fence"),
    "output_posing": ("```text\n1\n```", 1, "unknown language 'text'"),
    "equation_wrong": ("$$\ny = 2 x\n$$\n\n```equation\nx, y = 3, 7\n```", 5, "is not true"),
    "equation_apart": ("$$\ny = 2 x\n$$\nIs\n\n```equation\nx = 3\n```", 6, "no formula"),
    "output_of_source": (
        '```c\n--8<-- "code/c/twice.c"\n```\n\n```output\n1\n```', 5, "output without the fence"
    ),
    "shell_status": ("```sh\nfalse\ntrue\n```", 1, "exit status 1"),
    "shell_pipe": ("```bash\nfalse | cat\n```", 1, "exit status 1"),
    "shell_unset": ("```bash\necho $nosuch\n```", 1, "nosuch: unbound variable"),
    "shell_output": ("```sh\necho 1\n```\n\n```output\n2\n```", 5, "-2\n+1"),
    "c_warning": ("```c\nint f(int x) { int y; return x; }\n```", 2, "unused"),
    "c_program": (PROGRAM.replace("twice(HALF)", "thrice(HALF)"), 7, "thrice"),
    "c_status": ("```c\nint main(void) { return 3; }\n```", 1, "exit status 3"),
    "c_output": (PROGRAM.replace("HALF", "22"), 11, "-42\n+44"),
    "embedded_symbol": ('```c\n--8<-- "code/c/twice.c:thrice"\n```', 2, "no symbol 'thrice'"),
    "embedded_file": ('```c\n--8<-- "code/c/nosuch.c"\n```', 2, "nosuch.c: No such file"),
    "embedded_warning": ('```c\n--8<-- "code/c/sloppy.c:fine"\n```', 1, "sloppy.c:8"),
    "embedded_copy": ('```c\n--8<-- "code/c/made.c:two"\n```', 1, "implicit decl"),
    "embedded_other": ('```python\n--8<-- "code/python/fnmatch.py:fine"\n```', 1, "'import fn"),
    "embedded_import": ('```python\n--8<-- "code/python/pack/broken.py:fine"\n```', 1, "no such"),
    "figure_name": ("```figure\ngod\n```", 2, "no figure 'god'; did you mean 'good'?"),
    "figure_error": ("```figure\nwrong\n```", 1, "ZeroDivisionError"),
    "sources_language": ("```sources\nc: code/c/twice.c:twice\n```", 2, "no source for numpy"),
    "norun_reason": ("```sh {.norun}\nexit 1\n```", 1, ".norun must say why"),
    "unclosed": ("```python\nprint(1)", 1, "malformed or unclosed fence"),
    "not_seen": ("a\n    ```python\n    print(1)\n    ```", 2, "malformed or unclosed fence"),
    "malformed": ('```python title="a\nprint(1)\n```', 1, "malformed or unclosed fence"),
    "in_list_marker": ("- ```python\n  print(1)\n  ```", 1, "malformed or unclosed fence"),
}  # fmt: skip


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> str:
    """One run over all the bad pages."""
    project = Project(tmp_path_factory.mktemp("bad"))
    for name, (text, _, _) in BAD.items():
        project.write(f"docs/{name}.md", text + "\n")
    return project.pytest("docs")


@pytest.mark.parametrize("name", BAD)
def test_bad_fence_fails_and_its_line_is_named(report: str, name: str) -> None:
    _, line, message = BAD[name]
    failures = [part for part in re.split(r"\n_{5,}", report) if f" docs/{name}.md:" in part]
    assert failures
    assert any(
        re.search(rf"^docs/{name}\.md:{line}\b", part, re.M) and message in part
        for part in failures
    ), failures


def test_tracebacks_show_the_page_and_no_plugin(report: str) -> None:
    assert 'python_error.md", line 4, in <module>\n    x / 0' in report
    assert "pytest_plugin.py" not in report


UPDATED = """\
```python
print("a\\n\\nb")
```

```output
a

b
```

- A list

    ```sh
    printf '1\\n\\n 2\\n'
    ```

    ```output
    1

     2
    ```

> ```python
> print("quoted\\n\\nagain")
> ```
>
> ```output
> quoted
>
> again
> ```
"""


def test_update_rewrites_only_the_outputs_that_differ(project: Project) -> None:
    page = UPDATED.replace("     2\n", "").replace("    1\n", "    3\n").replace("> again\n", "")
    project.write("docs/page.md", page)
    assert "2 failed" in project.pytest("docs")
    assert (project.root / "docs/page.md").read_text("utf-8") == page
    assert project.pytest("docs", "--update-output").endswith("status 0")
    assert (project.root / "docs/page.md").read_text("utf-8") == UPDATED
    assert project.pytest("docs").endswith("status 0")


def test_failing_fence_is_not_papered_over_by_update(project: Project) -> None:
    page = "```python\nprint(1)\n1 / 0\n```\n\n```output\n2\n```\n"
    project.write("docs/page.md", page)
    assert project.pytest("docs", "--update-output").endswith("status 1")
    assert (project.root / "docs/page.md").read_text("utf-8") == page
