"""The Markdown extension: what a reader sees, and what stops a build."""

import json
import os
import re
import subprocess
import sys
from html import unescape
from pathlib import Path

import pytest
from markdown import Markdown

from litdocs.sources import LitdocsError, resolve

CODE = Path(__file__).parents[2] / "code" / "python"
C = """\
#include <math.h>

static const float K = 2;

/* k */
float twice(float x)
{
    return K * x;
}
"""
PY = "import math\n\n\nclass Model:\n    def twice(self, x):\n        return 2 * math.e * x\n"
SOURCES = """\
```sources
numpy: a.py:Model.twice
c: a.c:twice
torch: none "autograd does <this>"
```
"""


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    (tmp_path / "docs").mkdir()
    (tmp_path / "a.c").write_text(C, "utf-8")
    (tmp_path / "a.py").write_text(PY, "utf-8")
    return tmp_path


def render(tree: Path, text: str, **options: str) -> str:
    names = ["admonition", "attr_list", "pymdownx.highlight", "pymdownx.superfences"]
    return Markdown(
        extensions=[*names, "litdocs.embed"],
        extension_configs={
            "pymdownx.highlight": {"linenums_style": "pymdownx-inline"},
            "litdocs.embed": {"root": str(tree), **options},
        },
    ).convert(text)


def visible(html: str) -> str:
    return unescape(re.sub(r"<[^>]*>", "", html))


def test_include_shows_the_symbol_with_its_true_line_numbers(tree: Path) -> None:
    html = render(tree, '```c\n--8<-- "a.c:twice"\n```\n')
    assert "".join(C.splitlines(keepends=True)[4:]) in visible(html)
    assert re.findall(r'data-linenos="(\d+) "', html) == ["5", "6", "7", "8", "9"]
    assert "a.c: twice lines 5–9" in visible(html)


def test_part_of_a_symbol_has_its_true_lines_and_says_that_it_is_one(tree: Path) -> None:
    quoted = "a.c:twice[return K … ;]"
    html = render(tree, f'```c\n--8<-- "{quoted}"\n```\n', repo="https://example.org/r")
    assert re.findall(r'data-linenos="(\d+) "', html) == ["8"]
    assert "a.c: part of twice line 8return K * x;" in visible(html)
    assert 'a.c#L8-L8"' in html
    html = render(tree, SOURCES.replace("a.c:twice", quoted))
    assert "a.c: part of twice line 8return K * x;" in visible(html)


def test_title_links_to_the_lines_at_the_commit(
    tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text, repo = '```c\n--8<-- "a.c:twice"\n```\n', "https://example.org/r"
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tree.parent))
    monkeypatch.delenv("GITHUB_SHA", raising=False)
    assert f'href="{repo}/blob/main/a.c#L5-L9"' in render(tree, text, repo=repo)
    monkeypatch.setenv("GITHUB_SHA", "1234abcd")
    assert f'href="{repo}/blob/1234abcd/a.c#L5-L9"' in render(tree, text, repo=repo)
    git = ["git", "-C", str(tree), "-c", "user.name=n", "-c", "user.email=e"]
    subprocess.run([*git, "init", "-q"], check=True)  # no commit yet
    assert f'href="{repo}/blob/1234abcd/a.c#L5-L9"' in render(tree, text, repo=repo)
    subprocess.run([*git, "commit", "-q", "--allow-empty", "-m", "m"], check=True)
    head = subprocess.run(
        [*git, "rev-parse", "HEAD"], check=True, capture_output=True, text=True
    ).stdout.strip()
    assert f'href="{repo}/blob/{head}/a.c#L5-L9"' in render(tree, text, repo=repo)


def test_copy_button_gets_the_includes_and_constants_too(tree: Path) -> None:
    html = render(tree, '```c\n--8<-- "a.c:twice"\n```\n')
    copied = re.search(r'data-copy="([^"]*)"', html)
    assert copied
    assert unescape(copied[1]) == C == resolve(tree, "a.c:twice").copy


def test_sources_come_in_a_fixed_order_with_reasons_for_the_absent(tree: Path) -> None:
    html = render(tree, SOURCES)
    assert re.findall(r'aria-label="([^"]*)"', html) == [
        "C: twice",
        "NumPy: Model.twice",
        "PyTorch: none for twice",
    ]
    assert "def twice(self, x):\n    return 2 * math.e * x\n" in visible(html)
    assert '<p class="triptych-absent">autograd does &lt;this&gt;</p>' in html


def test_fences_are_rendered_where_they_stand(tree: Path) -> None:
    text = '!!! note\n    Text\n\n    ~~~c\n    --8<-- "a.c:twice"\n    ~~~\n\nAfter\n'
    html = render(tree, text)
    assert html.index("admonition") < html.index('class="nf">twice') < html.index("After")
    assert "--8" not in html


def test_each_of_two_fences_is_in_its_place(tree: Path) -> None:
    fence = '```c\n--8<-- "a.c:K"\n```\n'
    html = render(tree, f"Before\n\n{fence}\nBetween\n\n{SOURCES}\nAfter\n")
    places = [html.index(part) for part in ("Before", "a.c: K", "Between", "triptych", "After")]
    assert places == sorted(places)


def test_a_listing_says_how_many_lines_it_has(tree: Path) -> None:
    html = render(tree, '```c\n--8<-- "a.c:twice"\n```\n')
    assert re.findall("--lines:([0-9]+)", html) == ["5"]


def test_reader_sees_output_as_output_and_why_a_fence_does_not_run(tree: Path) -> None:
    html = render(tree, '```output\n1 < 2\n```\n\n```sh {.norun reason="costs"}\nls\n```\n')
    assert 'class="litdocs-output highlight"><span class="filename">Output</span>' in html
    assert '<span class="filename">Not run: costs</span>' in html


def test_figure_is_drawn_where_its_fence_stands(
    tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tree / "drawn.py").write_text(
        "class Drawing:\n"
        "    caption = 'Two.'\n"
        "    def svg(self, name):\n"
        "        return f'<svg id=\"{name}\"></svg>'\n"
        "FIGURES = {'two': Drawing}\n"
    )
    monkeypatch.syspath_prepend(str(tree))
    html = render(tree, "Above\n\n```figure\ntwo\n```\n", figures="drawn")
    figure = '<svg id="figure-two"></svg><figcaption>Two.</figcaption>'
    assert f'<p>Above</p>\n<figure class="figure">{figure}</figure>' in html
    with pytest.raises(LitdocsError, match="drawn: no figure 'too'; did you mean 'two'"):
        render(tree, "```figure\ntoo\n```\n", figures="drawn")


def test_a_figure_of_a_record_is_followed_by_a_line_that_links_it(
    tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    origin = {"command": "nox -s bench", "commit": "abc", "date": "2026-11-24"}
    (tree / "timed.json").write_text(json.dumps(origin), "utf-8")
    (tree / "timings.py").write_text(
        "from pathlib import Path\n"
        "from litdocs.results import record\n"
        "class Drawing:\n"
        "    caption = 'Timed.'\n"
        "    def __init__(self):\n"
        "        record(Path(__file__).with_name('timed.json'))\n"
        "    def svg(self, name):\n"
        "        return '<svg></svg>'\n"
        "FIGURES = {'times': Drawing}\n",
        "utf-8",
    )
    monkeypatch.syspath_prepend(str(tree))
    html = Markdown(
        extensions=["pymdownx.superfences", "litdocs.embed", "litdocs.results"],
        extension_configs={
            "litdocs.embed": {"root": str(tree), "figures": "timings"},
            "litdocs.results": {"folder": str(tree)},
        },
    ).convert("- item\n\n    ```figure\n    times\n    ```\n\nAfter\n")
    line = html.index('<p class="recorded-in">Recorded: <a href="/results/timed.json">')
    assert html.index("</figure>") < line < html.index("</li>") < html.index("After")


def test_an_equation_fence_is_for_the_tests(tree: Path) -> None:
    html = render(tree, "before\n\n```equation\nx = 12345\n```\n\nafter\n")
    assert "12345" not in html
    assert "before" in html
    assert "after" in html


def test_directives_inside_a_longer_fence_stay_text(tree: Path) -> None:
    html = render(tree, f"````text\n{SOURCES}````\n")
    assert "triptych" not in html
    assert "numpy: a.py:Model.twice" in visible(html)


BROKEN = {
    '```c\n--8<-- "a.c:thrice"\n```': (6, "a.c: no symbol 'thrice'; did you mean 'twice'?"),
    '```c\n--8<-- "a.c:twice[K …]"\n```': (6, "a.c:twice: 'K' starts no line"),
    SOURCES.replace("a.c:twice", "a.c:twice[K …]"): (7, "a.c:twice: 'K' starts no line"),
    '```c\n--8<-- "b.c:twice"\n```': (6, "b.c: No such file or directory"),
    SOURCES.replace("a.c", "b.c"): (7, "b.c: No such file or directory"),
    SOURCES.replace('torch: none "autograd does <this>"\n', ""): (6, "no source for torch"),
    SOURCES.replace(' "autograd does <this>"', ""): (8, "'torch: none': expected one line each"),
    SOURCES.replace("numpy", "c"): (7, "'c: a.c:twice': expected one line each"),
    SOURCES.replace("torch", "jax"): (8, "expected one line each for c, numpy, torch"),
    '- a\n\n\t```c\n\t--8<-- "a.c:thrice"\n\t```': (8, "a.c: no symbol 'thrice'"),
    "```sh {.norun}\nls\n```": (5, ".norun must say why"),
}


@pytest.mark.parametrize("fence", BROKEN)
def test_broken_directive_stops_the_page_with_its_line(tree: Path, fence: str) -> None:
    line, message = BROKEN[fence]
    page = f"---\nhide: [toc]\n---\n\n{fence}\n"
    (tree / "docs" / "page.md").write_text(page, "utf-8")
    with pytest.raises(LitdocsError) as error:
        render(tree, fence)
    assert error.value.message.startswith(f"docs/page.md:{line}: ")
    assert message in error.value.message


def test_broken_directive_fails_the_build_without_a_traceback(tree: Path) -> None:
    (tree / "docs" / "index.md").write_text('```c\n--8<-- "a.c:thrice"\n```\n', "utf-8")
    config = {"site_name": "s", "markdown_extensions": ["pymdownx.superfences", "litdocs.embed"]}
    (tree / "mkdocs.yml").write_text(str(config), "utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build"],
        cwd=tree,
        env=os.environ | {"PYTHONPATH": str(CODE), "NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "docs/index.md:2: a.c: no symbol 'thrice'; did you mean 'twice'?" in done.stderr
    assert "Traceback" not in done.stderr
