"""The MkDocs hook for fonts: in the site they have the letters of its pages, and no others.

That is half of their bytes. The font of the text then comes within the styles: a page is shown with
it, and no line breaks anew. (A hook, since only it sees all pages.)
"""

from __future__ import annotations

import html
import string
from base64 import b64encode
from functools import cache
from io import BytesIO
from pathlib import Path

from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont
from mkdocs.config.defaults import MkDocsConfig

from litdocs.cards import STYLES, font_files

TYPED = string.printable  # by a reader, into the search
FEATURES = ["kern", "liga", "tnum"]  # what the styles ask for: code has no ligatures


def on_post_build(config: MkDocsConfig) -> None:
    """Cut each font in the site down to the letters that a page has; put one into the styles."""
    site = Path(config.site_dir)
    pages = (html.unescape(page.read_text("utf-8")) for page in site.rglob("*.html"))
    letters = "".join(sorted(set(TYPED).union(*pages)))
    for path in site.rglob("*.woff2"):
        path.write_bytes(cut(path.read_bytes(), letters))
    path = site / STYLES
    styles = path.read_text("utf-8")
    text = font_files(styles)[0]
    data = b64encode((path.parent / text).read_bytes()).decode()
    path.write_text(styles.replace(text, f"data:font/woff2;base64,{data}"), "utf-8")


@cache  # while a server rebuilds the site
def cut(font: bytes, letters: str) -> bytes:
    """Return a font with these letters, as far as it has them."""
    options = Options(layout_features=FEATURES)
    options.obfuscate_names = True  # some licences keep the name for the whole font
    whole = TTFont(BytesIO(font), recalcTimestamp=False)
    subsetter = Subsetter(options)
    subsetter.populate(text=letters)
    subsetter.subset(whole)
    less = BytesIO()
    whole.save(less)
    return less.getvalue()
