"""What Markdown's HTML lacks for a keyboard and a screen reader."""

from markdown import Markdown


def convert(text: str) -> str:
    extensions = ["attr_list", "md_in_html", "tables", "toc", "litdocs.a11y"]
    return Markdown(extensions=extensions, extension_configs={"toc": {"permalink": "#"}}).convert(
        text
    )


def test_every_table_scrolls_in_a_box_of_its_own() -> None:
    html = convert("| a |\n|---|\n| 1 |\n\ntext\n\n<div markdown>\n\n| b |\n|---|\n| 2 |\n\n</div>")
    assert html.count('<div class="table-scroll"><table class="data">') == 2
    assert html.count("</table></div>\n") == 2
    assert html.index("</div>") < html.index("text")


def test_a_table_keeps_its_own_class() -> None:
    html = convert('<table class="wide" markdown>\n<tr markdown><td markdown>1</td></tr>\n</table>')
    assert 'class="wide data"' in html


def test_a_permalink_says_where_it_goes() -> None:
    html = convert("# One\n\n## A & `b`\n\n#### Deep\n")
    labels = ["Link to “One”", "Link to “A &amp; b”", "Link to “Deep”"]
    assert [html.count(f'aria-label="{label}"') for label in labels] == [1, 1, 1]
