"""The MkDocs hook for cards: the picture that a link to a page has where people talk.

Each page has one beside it, in the site's own font and colours: the page's heading over the
name of the site. The template says so, in `og:` properties. (A hook, since a Markdown extension
knows neither site nor template.)
"""

import re
from html import unescape
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import Files
from mkdocs.structure.pages import Page
from PIL import Image, ImageDraw, ImageFont

WIDTH, HEIGHT = 1200, 630
MARGIN = 90
LINES = 3  # of the heading, at most
STYLES = "assets/site.css"


def on_page_content(html: str, page: Page, config: MkDocsConfig, files: Files) -> None:
    """Tell the template what is on the card of this page, and where it will be."""
    heading = next((item.title for item in page.toc), str(page.title))
    path = Path(page.file.dest_uri).with_suffix(".png").as_posix()
    page.meta["card"] = {
        "heading": unescape(heading),
        "path": path,
        "url": f"{config.site_url}{path}",
        "width": WIDTH,
        "height": HEIGHT,
    }


def on_post_page(output: str, page: Page, config: MkDocsConfig) -> None:
    """Draw the card into the site, which has its fonts and styles by now."""
    site = Path(config.site_dir)
    card = page.meta["card"]
    path = site / card["path"]
    path.parent.mkdir(parents=True, exist_ok=True)
    draw(card["heading"], config.site_name, site).save(path, optimize=True)


def draw(heading: str, name: str, site: Path) -> Image.Image:
    """Return a card: logo and name of the site, and the heading, as large as it fits."""
    styles = (site / STYLES).read_text("utf-8")
    colours = palette(styles)
    regular, semibold = (site / Path(STYLES).parent / file for file in font_files(styles)[:2])
    image = Image.new("RGB", (WIDTH, HEIGHT), colours["paper"])
    pen = ImageDraw.Draw(image)
    logo(pen, MARGIN, MARGIN, 4, colours)
    name_at = (MARGIN + 24 * 4 + 24, MARGIN + 44)
    pen.text(name_at, name, colours["ink-light"], ImageFont.truetype(regular, 44), anchor="lm")
    for size in range(104, 40, -4):
        large = ImageFont.truetype(semibold, size)
        lines = wrap(heading, large)
        if len(lines) <= LINES:
            break
    bottom = (MARGIN, HEIGHT - MARGIN + 20)
    pen.multiline_text(
        bottom, "\n".join(lines), colours["ink"], large, anchor="ld", spacing=size * 0.1
    )
    return image


def palette(styles: str) -> dict[str, str]:
    """Return the colours of the light scheme, which the style sheet has first."""
    return dict(reversed(re.findall(r"--mlp-([\w-]+): *(#[0-9a-f]{6})", styles)))


def font_files(styles: str) -> list[str]:
    """Return the addresses of the fonts: those for text, regular and semibold, are the first."""
    return re.findall(r'url\("([^"]+\.woff2)"\)', styles)


def wrap(text: str, font: ImageFont.FreeTypeFont) -> list[str]:
    """Break a text into lines that fit a card."""
    lines: list[str] = []
    for word in text.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and font.getlength(longer) <= WIDTH - 2 * MARGIN:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


def logo(pen: ImageDraw.ImageDraw, x: int, y: int, scale: int, colours: dict[str, str]) -> None:
    """Draw assets/logo.svg: three letters of context, and the one that they predict."""
    for column, row, tone in ((0, 0, "c"), (12, 0, "numpy"), (0, 12, "torch"), (12, 12, "ink")):
        left, top = x + column * scale, y + row * scale
        box = (left, top, left + 10 * scale, top + 10 * scale)
        fill = colours["ink"] if tone == "ink" else None
        pen.rounded_rectangle(box, 2 * scale, fill, colours[tone], 2 * scale)
