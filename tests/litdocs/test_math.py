"""Formulas become HTML and MathML while the page is built, and a wrong one stops the build."""

import re
import subprocess
import sys
from html import unescape
from xml.etree import ElementTree

import pytest
from cases import REPOSITORY
from markdown import Markdown

from litdocs.math import katex
from litdocs.sources import LitdocsError

CONFIG = {
    "pymdownx.arithmatex": {"generic": True},
    "toc": {"permalink": "#"},
    "litdocs.math": {"root": REPOSITORY},
}


def convert(text: str) -> str:
    extensions = [*CONFIG, "attr_list", "footnotes", "md_in_html", "tables"]
    return Markdown(extensions=extensions, extension_configs=CONFIG).convert(text)


def annotations(html: str) -> list[str]:
    """Return the TeX that KaTeX notes beside each formula."""
    return re.findall(r'<annotation encoding="application/x-tex">(.*?)</annotation>', html, re.S)


def test_inline_math_is_set_in_its_sentence() -> None:
    html = convert("so $a < b$ & done")
    assert re.fullmatch(r'<p>so <span class="math"[^>]*>.*</span> &amp; done</p>', html, re.S)
    assert '<span class="math" data-search-exclude="math">' in html, "or it is found twice"
    assert annotations(html) == ["a &lt; b"]


def test_the_sign_after_a_formula_stays_with_it() -> None:
    html = convert("so $a$, ($b$) and $c$; $d$ is $e$")
    held = re.findall(r'<span class="math-and-sign"><span class="math".*?</span>(\W)</span>', html)
    assert held == [",", ")", ";"]
    assert html.endswith("</span></p>")


def test_display_math_is_set_in_display_style() -> None:
    assert "katex-display" not in convert(r"$\sum_i x_i$")
    assert 'display="block"' in convert("$$\n\\sum_i x_i\n$$")


@pytest.mark.parametrize("tex", [r"a < b \& c > d", r"\begin{matrix} a & b \\ c & d \end{matrix}"])
@pytest.mark.parametrize("form", ["${}$", "$$\n{}\n$$"])
def test_ampersands_and_angles_reach_katex_as_written(form: str, tex: str) -> None:
    (noted,) = annotations(convert(form.replace("{}", tex)))
    assert unescape(noted).strip() == tex


def test_a_screen_reader_gets_mathml_and_not_the_boxes() -> None:
    html = convert("$x^2$")
    assert "<msup>" in html
    assert '<span class="katex-html" aria-hidden="true">' in html


@pytest.mark.parametrize(
    "tex",
    [
        r"\underset{m \times p}{X}",
        r"a \bmod b",
        r"\overset{a}{=}",
        r"\stackrel{a}{b}",
        r"\mathrel{\underset{a}{b}}",
        r"\mathbin{\frac{1}{2}}",
        r"\mathop{ab}_c",
        r"\operatorname{a\frac{1}{2}}",
    ],
)
def test_what_holds_text_in_mathml_holds_nothing_else(tex: str) -> None:
    (math,) = re.findall(r"<math.*?</math>", convert(f"${tex}$"), re.S)
    tokens = [
        element
        for element in ElementTree.fromstring(math).iter()
        if element.tag.partition("}")[2] in ("mi", "mn", "mo", "ms", "mtext")
    ]
    assert tokens
    assert not [element for element in tokens if len(element)]


def test_math_works_in_tables_footnotes_and_html_blocks() -> None:
    html = convert(
        "| a |\n|---|\n| $x_1$ |\n\ntext[^1]\n\n[^1]: $x_2$\n\n"
        "<div markdown>\n\n$$\nx_3\n$$\n\n</div>\n"
    )
    assert sorted(tex.strip() for tex in annotations(html)) == ["x_1", "x_2", "x_3"]


def test_code_is_no_math() -> None:
    assert "katex" not in convert("`$x$` and `$$`\n\n    $$\n    y\n    $$\n")


@pytest.mark.parametrize("text", [r"a $\frob x$ b", "$$\n\\frob x\n$$"])
def test_tex_that_katex_refuses_stops_the_build_and_is_named(text: str) -> None:
    with pytest.raises(
        LitdocsError, match=r"(?s)Undefined control sequence.*: .frob x, in the formula: .frob"
    ):
        convert(text)


def test_what_katex_would_only_warn_of_stops_the_build_too() -> None:
    with pytest.raises(LitdocsError, match="in the formula: é"):
        convert("$é$")


@pytest.mark.parametrize("text", ["so $$x$$ here", "$$\nx = 1\n\nand on"])
def test_display_math_inside_a_paragraph_stops_the_build(text: str) -> None:
    with pytest.raises(LitdocsError, match=r"\$\$"):
        convert(text)


def test_a_heading_with_math_needs_words_for_its_link() -> None:
    for words in ("", ' { data-toc-label="dW" }', " { #dw }"):
        with pytest.raises(LitdocsError, match="data-toc-label"):
            convert("## The gradient of $W$" + words)
    md = Markdown(extensions=[*CONFIG, "attr_list"], extension_configs=CONFIG)
    html = md.convert('## The gradient of $W$ { #dw data-toc-label="The gradient of W" }')
    assert '<h2 id="dw">' in html
    assert [token["name"] for token in md.toc_tokens] == ["The gradient of W"]


def test_katex_starts_once_for_all_formulas() -> None:
    convert("$1$")
    before = katex.cache_info().misses
    convert("\n\n".join(f"$\\sum_{{i={n}}}^N \\frac{{x_i}}{{{n}}}$" for n in range(50)))
    assert katex.cache_info().misses == before


def test_katex_ends_with_the_build() -> None:
    build = "from litdocs.math import *; tex_to_html(Path.cwd(), 'x', display=False)"
    # Python warns of a process that is left running. And this returns only when nobody, Node
    # included, can write to the standard error any more.
    done = subprocess.run(
        [sys.executable, "-W", "always", "-c", build],
        cwd=REPOSITORY,
        stderr=subprocess.PIPE,
        text=True,
        check=True,
        timeout=60,
    )
    assert done.stderr == ""


def test_katex_that_dies_is_one_line() -> None:
    katex.cache_clear()
    process = katex(REPOSITORY)
    process.kill()
    process.wait()
    with pytest.raises(LitdocsError, match="KaTeX stopped, with status"):
        convert("$dead$")
    katex.cache_clear()
