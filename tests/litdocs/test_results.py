"""Measured numbers: the text takes them from the records."""

import json
from pathlib import Path

import pytest
from markdown import Markdown

from litdocs.results import makeExtension, noted, origin_line
from litdocs.sources import LitdocsError


def convert(text: str, folder: Path) -> str:
    origin = {"command": "nox -s results", "commit": "abc", "date": "2026-11-24"}
    runs = {"c": {"names": ["emma"], "steps": [0, 200], "val": [3.25, 2.0591]}}
    record = origin | {"val": [3.25, 2.0591], "steps": 200, "runs": runs}
    (folder / "one.json").write_text(json.dumps(record))
    return Markdown(extensions=[makeExtension(folder=folder), "tables"]).convert(text)


def test_an_entry_is_shown_in_its_format_and_says_where_it_is_from(tmp_path: Path) -> None:
    page = convert("loss {{ one: runs.c.val.@200 as .2f }}, {{ one: runs.c.names.0 }}", tmp_path)
    assert ">2.06</span>" in page
    assert ">emma</span>" in page
    assert 'title="one.json: runs.c.val.@200"' in page


def test_a_number_may_reach_over_the_end_of_a_line(tmp_path: Path) -> None:
    page = convert("loss {{ one:\nval.1\nas .2f }}", tmp_path)
    assert "{{" not in page
    assert ">2.06<" in page


TABLE = "| a |\n| --- |\n| {{ one: val.0 as .1f }} |\n\nafter\n"
LINK = '<a href="/results/one.json">one</a>'
SAID = f"Recorded: {LINK}, <code>nox -s results</code> at abc, 2026-11-24"


def test_a_line_below_a_table_links_its_record(tmp_path: Path) -> None:
    page = convert(TABLE, tmp_path)
    line = f'<p class="recorded-in">{SAID}</p>'
    assert page.count("recorded-in") == 1, "one line, and no note"
    assert page.index("</table>") < page.index(line) < page.index("after")


def test_a_table_of_records_made_apart_has_a_line_for_each(tmp_path: Path) -> None:
    other = {"command": "nox -s bench", "commit": "def", "date": "2026-11-25", "ms": 1.5}
    (tmp_path / "two.json").write_text(json.dumps(other))
    page = convert(TABLE.replace("}} |", "}} {{ two: ms }} |"), tmp_path)
    assert page.index(SAID) < page.index("<code>nox -s bench</code> at def, 2026-11-25")
    assert page.count('<p class="recorded-in">') == 2


def test_a_paragraph_has_one_letter_for_a_record_and_the_page_a_note(tmp_path: Path) -> None:
    page = convert("{{ one: val.0 }} and {{ one: val.1 }}\n\n{{ one: val.0 }}", tmp_path)
    assert page.count('href="#record-one">a</a></sup></p>') == 2
    assert page.count(f'<li id="record-one">{SAID}</li>') == 1


def test_the_letter_stands_in_the_line_of_the_number(tmp_path: Path) -> None:
    page = convert("- x {{ one: val.0 }}\n    - inner {{ one: val.1 }}\n", tmp_path)
    outer, inner = page.split("<ul>")[1:]
    assert outer.count("</sup>") == inner.split("<section")[0].count("</sup>") == 1


def test_the_line_of_a_drawing_is_written_out(tmp_path: Path) -> None:
    with noted() as names:
        convert(TABLE, tmp_path)
    page = convert(f"before\n\n{origin_line(names)}\n\nafter", tmp_path)
    assert page.index("before") < page.index(f'<p class="recorded-in">{SAID}</p>')
    assert page.count("<p") == 3
    assert "{{" not in page


def test_a_page_without_recorded_numbers_is_left_alone(tmp_path: Path) -> None:
    assert "record" not in convert("| a |\n| --- |\n| 1 |\n\n- text", tmp_path)


def test_a_table_cell_can_hold_one(tmp_path: Path) -> None:
    page = convert("| a |\n| --- |\n| {{ one: val.0 as .1f }} |", tmp_path)
    assert ">3.2</span></td>" in page


# As KaTeX has it: the TeX of a formula stands beside its MathML.
TEX = r"<math><annotation>\sqrt{x_{i}}</annotation></math>"


@pytest.mark.parametrize(
    ("markup", "shown"),
    [
        ("`{{ one: val.0 }}`", "<code>{{ one: val.0 }}</code>"),
        ("<pre>{{ x\n}}</pre>", "<pre>{{ x\n}}</pre>"),
        (TEX, TEX),
        ("<!-- {{ x }} -->", "<!-- {{ x }} -->"),
    ],
    ids=["code", "pre", "formula", "comment"],
)
def test_code_and_formulas_show_such_braces_as_they_are(
    markup: str, shown: str, tmp_path: Path
) -> None:
    assert shown in convert(markup, tmp_path)


@pytest.mark.parametrize(
    ("markup", "message"),
    [
        ("{{ two: val.0 }}", "no such record: run `nox -s results`"),
        ("{{ bench-two: val.0 }}", "no such record: run `nox -s bench`"),
        ("{{ one: loss }}", "has no entry 'loss'"),
        ("{{ one val.0 }}", "'{{ one val.0 }}': not"),
        ("{{ one: val.0 as }}", "'{{ one: val.0 as }}': not"),
        ("{{ one: val.0 }", "'{{ one: val.0 }': not"),
        ("one: val.0 }}", "'}}': not"),
        ("| a |\n| --- |\n| {{ one: val.0 |\n", "'{{ one: val.0': not"),
        ("one {{ one:\n\nval.0 }}", "'{{ one:': not"),
        ("`{{ x }}` and {{ x", "'{{ x': not"),
        ("<div>\n{{ one: val.0 }}\n</div>", "'{{ one: val.0 }}': not"),
        ("<div></div>{{ x", "'{{ x': not"),
        ('<div title="{{ x }}">x</div>', "'{{ x }}': not"),
        ("{{ one: val.7 }}", "at '7'"),
        ("{{ one: val.-1 }}", "at '-1'"),
        ("{{ one: val.@0 }}", "at '@0'"),
        ("{{ one: runs.c.val.1 }}", "at '1'"),
        ("{{ one: runs.c.val.-1 }}", "at '-1'"),
        ("{{ one: runs.c.val.@100 }}", "at '@100'"),
        ("{{ one: runs as .2f }}", "'runs' as '.2f'"),
    ],
)
def test_a_number_that_is_not_there_stops_the_build(
    markup: str, message: str, tmp_path: Path
) -> None:
    with pytest.raises(LitdocsError, match=message):
        convert(markup, tmp_path)
