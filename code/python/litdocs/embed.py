"""The Markdown extension: fences that show real sources, and output that looks like output.

A Python-Markdown extension rather than a MkDocs hook, so that any builder of `mkdocs.yml` can
run it. Options: `root`, the folder that paths start from; `repo`, the page of the repository;
`figures`, the module that draws the figures.
"""

import html
import os
import re
import subprocess
from pathlib import Path
from typing import Any

from markdown import Extension, Markdown
from markdown.postprocessors import Postprocessor
from markdown.preprocessors import Preprocessor
from pygments.token import STANDARD_TYPES, Name, Whitespace

from litdocs.fences import LANGUAGES, Column, Fence, fences
from litdocs.header import sections
from litdocs.results import noted, origin_line
from litdocs.sources import LitdocsError, Source

MOST_NAMES = 4  # in the heading of a declaration

# Names and spaces look as code does anyway, and are half of it: no element for each.
STANDARD_TYPES.update({Name: "", Whitespace: ""})


def commit(root: Path) -> str:
    """Return the commit that the sources are at: of git, else of the CI, else `main`."""
    git = ["git", "-C", str(root), "rev-parse", "--verify", "--quiet", "HEAD"]
    try:
        head = subprocess.run(git, capture_output=True, text=True, check=False).stdout.strip()
    except FileNotFoundError:
        head = ""
    return head or os.environ.get("GITHUB_SHA", "main")


class EmbedPreprocessor(Preprocessor):
    """Render our fences, and leave the others to superfences, which comes next."""

    def __init__(self, md: Markdown, root: Path, repo: str, figures: str) -> None:
        super().__init__(md)
        self.root = root
        self.figures = figures
        self.blob = f"{repo.rstrip('/')}/blob/{commit(root)}" if repo else ""

    def run(self, lines: list[str]) -> list[str]:
        for fence in reversed(fences(lines)):
            if fence.language == "equation":  # for the tests
                lines[fence.first - 1 : fence.last] = [""]
                continue
            try:
                if source := fence.header(self.root):
                    lines[fence.first - 1 : fence.last] = self.header(source)
                    continue
                with noted() as records:
                    rendered = self.render(fence)
            except LitdocsError as error:
                raise LitdocsError(
                    f"{self.where(lines[error.line - 1])}: {error.message}"
                ) from None
            if rendered:
                placeholder = fence.indent + self.md.htmlStash.store(rendered)
                said = ["", fence.indent + origin_line(records), ""] if records else []
                lines[fence.first - 1 : fence.last] = [placeholder, *said]
        return lines

    def where(self, line: str) -> str:
        """Return `page:line` of a directive: we get the pages without name and front matter."""
        for page in sorted([*self.root.glob("docs/**/*.md"), *self.root.glob("*.md")]):
            for number, text in enumerate(page.read_text("utf-8").splitlines(), 1):
                if text.expandtabs(self.md.tab_length) == line:
                    return f"{page.relative_to(self.root)}:{number}"
        return f"'{line.strip()}'"

    def render(self, fence: Fence) -> str:
        """Return the HTML of a fence, or "" if it is none of ours."""
        if source := fence.include(self.root):
            return self.block(source, fence.language)
        if fence.language == "sources":
            return self.triptych(fence.columns(self.root))
        if fence.language == "figure":
            return fence.figure(self.figures)
        if reason := fence.not_run:
            return self.highlight(fence.text, fence.language, f"Not run: {html.escape(reason)}")
        if fence.language == "output":
            return self.highlight(fence.text, "output", "Output", "litdocs-output")
        return ""

    def header(self, source: Source) -> list[str]:
        """Return the Markdown of a C header, in which the code is rendered."""
        lines: list[str] = []
        for part in sections(source):
            if isinstance(part, str):
                lines += ["", f"## {part[0].upper()}{part[1:]}", ""]
                continue
            names, comment, code = part
            title = ", ".join(f"`{name}`" for name in names[:MOST_NAMES])
            if len(names) > MOST_NAMES:
                title += ", …"
            placeholder = self.md.htmlStash.store(self.block(code, "c"))
            lines += ["", f"### {title}", "", placeholder, "", *comment.splitlines(), ""]
        return lines

    def triptych(self, columns: list[Column]) -> str:
        """Return one labelled panel per language; triptych.js makes tabs where they do not fit."""
        subject = next((source.name for _, source, _ in columns if source), "this")
        lines = {key: source.last - source.first + 1 if source else 0 for key, source, _ in columns}
        short = ' data-short="c"' if 0 < lines["c"] < lines["numpy"] else ""
        panels = ""
        for key, source, reason in columns:
            name = LANGUAGES[key]
            if source:
                label = f"{name}: {source.name}"
                body = self.block(source, "c" if key == "c" else "python")
            else:
                label = f"{name}: none for {subject}"
                body = f'<p class="triptych-absent">{html.escape(reason)}</p>'
            panels += (
                f'<section class="triptych-panel" data-language="{key}" data-name="{name}" '
                f'aria-label="{html.escape(label)}">'
                f'<p class="triptych-name" aria-hidden="true">{name}</p>{body}</section>'
            )
        return f'<div class="triptych"><div class="triptych-panels"{short}>{panels}</div></div>'

    def block(self, source: Source, language: str) -> str:
        """Return a source with its line numbers, a link to it, and what the copy button copies."""
        file = Path(source.path).name
        part = "part of " if source.is_part else ""
        title = f"{file}: {part}{source.symbol}" if source.symbol else part + file
        lines = f"lines {source.first}–{source.last}"
        if source.first == source.last:
            lines = f"line {source.first}"
        title = f"{html.escape(title)} <small>{lines}</small>"
        if self.blob:
            url = f"{self.blob}/{source.path}#L{source.first}-L{source.last}"
            title = f'<a href="{html.escape(url)}">{title}</a>'
        return self.highlight(
            source.text, language, title, "litdocs-source", str(source.first), source.copy
        )

    def highlight(
        self,
        text: str,
        language: str,
        title: str,
        css: str = "",
        linenums: str = "",
        copy: str = "",
    ) -> str:
        """Highlight as superfences does. `data-copy` is what Material's copy button copies."""
        superfences: Any = self.md.preprocessors["fenced_code_block"]
        superfences.get_hl_settings()
        options = {"title": title, "title_mode": "html"}
        if linenums:
            options["linenums"] = linenums
        attrs = {"data-copy": html.escape(copy).replace("\n", "&#10;")} if copy else {}
        rendered: str = superfences.highlight(
            text, language, options, self.md, classes=[css] if css else [], id_value="", attrs=attrs
        )
        return rendered


class RoomPostprocessor(Postprocessor):
    """Say how many lines a listing has: site.css keeps the room until it is laid out."""

    def run(self, text: str) -> str:
        return re.sub("(<pre>.*?<code)(>.*?)(?=</code>)", room, text, flags=re.DOTALL)


def room(listing: re.Match[str]) -> str:
    lines = listing[2].rstrip().count("\n") + 1
    return f'{listing[1]} style="--lines:{lines}"{listing[2]}'


class EmbedExtension(Extension):
    def __init__(self, **options: object) -> None:
        self.config = {
            "root": [".", "folder that the paths of sources start from"],
            "repo": ["", "address of the repository, to link sources to their lines"],
            "figures": ["", "module whose FIGURES the figure fences name"],
        }
        super().__init__(**options)

    def extendMarkdown(self, md: Markdown) -> None:
        root = Path(os.fspath(self.getConfig("root"))).resolve()
        embed = EmbedPreprocessor(md, root, self.getConfig("repo"), self.getConfig("figures"))
        # After whitespace is normalised (30), before superfences (25).
        md.preprocessors.register(embed, "litdocs-embed", 26)
        # After the listings are back from the stash (30).
        md.postprocessors.register(RoomPostprocessor(md), "litdocs-room", 5)


def makeExtension(**options: object) -> EmbedExtension:
    return EmbedExtension(**options)
