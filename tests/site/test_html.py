"""Every page of the built site is valid HTML and MathML."""

from pathlib import Path

import html_validator
import pytest
import site_browser
from html_validator import THEME


@pytest.fixture(scope="module")
def found(site: Path) -> list[tuple[str, str]]:
    return html_validator.faults(site)


def test_every_page_is_valid(found: list[tuple[str, str]]) -> None:
    faults = html_validator.unforgiven(found, THEME)
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize("forgiven", THEME, ids=lambda forgiven: forgiven.extract)
def test_nothing_is_forgiven_that_is_no_longer_there(
    found: list[tuple[str, str]], forgiven: html_validator.Forgiven
) -> None:
    assert len(html_validator.unforgiven(found, (forgiven,))) < len(found)


def test_the_validator_sees_every_page_and_broken_mathml(site: Path, tmp_path: Path) -> None:
    pages = site_browser.pages(site)
    for number, page in enumerate(pages):
        text = (site / page).read_text("utf-8")
        broken = "<math><mi><munder><mo>a</mo><mi>b</mi></munder></mi></math></body>"
        (tmp_path / f"{number}.html").write_text(text.replace("</body>", broken), "utf-8")
    faults = html_validator.unforgiven(html_validator.faults(tmp_path), THEME)
    seen = {line.split(":")[1].rpartition("/")[2] for line in faults if "munder" in line}
    assert seen == {f"{number}.html" for number in range(len(pages))}
