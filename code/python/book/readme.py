"""The parts of README.md that have a source elsewhere: picture, agreement, chapters.

.nox/docs/bin/python -m book.readme

writes them anew, and with them the two pictures in .github/. A test says when that is due.
"""

import re
from collections.abc import Iterator
from pathlib import Path

from book.figures import FIGURES
from litdocs.results import record

ROOT = Path(__file__).parents[3]
README = ROOT / "README.md"
SITE = "https://mlp-spelled-out.github.io/mlp-spelled-out/"
RECORD = "original-ssa-names"
LANGUAGES = {"c": "C", "numpy": "NumPy", "torch": "PyTorch"}


# --- the picture -------------------------------------------------------------


def pictures() -> dict[str, str]:
    """Return the figure of the page Start as files that need no style sheet: by their names.

    One is for GitHub's light pages, one for its dark ones.
    """
    site = (ROOT / "docs" / "assets" / "site.css").read_text("utf-8")
    style = (ROOT / "docs" / "assets" / "figures.css").read_text("utf-8")
    fonts = {
        "--md-code-font-family": "ui-monospace, monospace",
        "--md-text-font-family": "system-ui",
    }
    drawing = FIGURES["start"]().svg("start")
    files = {}
    for name, scheme in (("light", "default"), ("dark", "slate")):
        (block,) = re.findall(rf'\[data-md-color-scheme="{scheme}"\] {{(.*?)}}', site, re.DOTALL)
        colours = dict(re.findall(r"(--mlp-[\w-]+): (#\w+);", block))
        variables = "".join(f"{key}:{value};" for key, value in (fonts | colours).items())
        style_element = f"<style>svg.figure{{{variables}}}{style}</style>"
        tag, rest = drawing.split(">", 1)
        files[f"start-{name}.svg"] = (
            f'{tag} xmlns="http://www.w3.org/2000/svg">{style_element}{rest}\n'
        )
    return files


def picture() -> Iterator[str]:
    drawing = FIGURES["start"]()
    yield f'<a href="{SITE}"><picture>'
    yield '<source media="(prefers-color-scheme: dark)" srcset=".github/start-dark.svg">'
    yield f'<img src=".github/start-light.svg" width="560" alt="{drawing.title}">'
    yield "</picture></a>"


# --- the agreement -----------------------------------------------------------


def agreement() -> Iterator[str]:
    """A table of losses, and how far they part."""
    result = record(ROOT / "docs" / "results" / f"{RECORD}.json")
    steps, runs = f"{result['steps']:,}", [result["runs"][name] for name in LANGUAGES]

    def row(what: str, losses: list[float]) -> str:
        return f"| {what} | {' | '.join(f'{loss:.6f}' for loss in losses)} |"

    yield f"| Loss, in nats per letter | {' | '.join(LANGUAGES.values())} |"
    yield f"| :--- |{' ---: |' * len(LANGUAGES)}"
    yield row("validation, before training", [run["val"][0] for run in runs])
    yield row(f"validation, after {steps} steps", [run["val"][-1] for run in runs])
    yield row(f"test, after {steps} steps", [run["test_loss"] for run in runs])
    yield ""
    furthest = max(pair["val"] for pair in result["differences"].values())
    yield f"At {len(runs[0]['val'])} evaluations on the way, no two validation losses are further"
    yield f"apart than {furthest:.1e}. `nox -s results` makes"
    yield f"[the record](docs/results/{RECORD}.json) that these numbers are from."


# --- the chapters ------------------------------------------------------------


def chapters() -> Iterator[str]:
    """The list of the page Start, with links to the site."""
    page = (ROOT / "docs" / "index.md").read_text("utf-8")
    section = page.split("\n## The chapters\n")[1].split("\n## ")[0]
    yield re.sub(r"\]\(([\w/-]+)\.(?:md|ipynb)\)", rf"]({SITE}\1.html)", section.strip())


# --- the file ----------------------------------------------------------------

PARTS = (picture, agreement, chapters)


def current(readme: str) -> str:
    """Return the text of README.md with each part as its source is now."""
    for part in PARTS:
        begin, end = (f"<!-- {word} {part.__name__} -->\n" for word in ("begin", "end"))
        before, rest = readme.split(begin)
        _, after = rest.split(end)
        readme = f"{before}{begin}{''.join(line + chr(10) for line in part())}{end}{after}"
    return readme


if __name__ == "__main__":
    README.write_text(current(README.read_text("utf-8")), "utf-8")
    for file, svg in pictures().items():
        (ROOT / ".github" / file).write_text(svg, "utf-8")
