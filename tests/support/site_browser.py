"""Look at the built site in a real browser. The tests use it, and so can a person:

python tests/support/site_browser.py site pictures [model/linear.html ...]

writes a picture of each page, at five widths and in both schemes, into the folder `pictures`.
"""

from __future__ import annotations

import os
import shutil
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache, partial
from http import HTTPStatus
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser, Page, sync_playwright

from litdocs.npm import install

ROOT = Path(__file__).parents[2]
WIDTHS = (390, 820, 1024, 1440, 1920)
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")

HOST = "book.test"  # this machine by a name that Chromium does not trust as it does 127.0.0.1

FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-sync",
    "--disable-background-networking",
    "--disable-component-update",
]


def find_chromium() -> str | None:
    """Return the path of the system's Chromium, or None. $CHROMIUM comes first."""
    names = ("chromium", "chromium-browser", "google-chrome")
    return os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, names)), None)


@contextmanager
def browser(executable: str) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        hosts = f"MAP {HOST} 127.0.0.1, MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"
        flags = [*FLAGS, f"--host-resolver-rules={hosts}"]
        chromium = playwright.chromium.launch(executable_path=executable, args=flags)
        yield chromium
        chromium.close()


MOUNT = "/mlp-spelled-out/"  # where the site lies on its host, as `site_url` says


class Pages(SimpleHTTPRequestHandler):
    """Answer as the host of the site does: under its path, and with its page for what is not."""

    def translate_path(self, path: str) -> str:
        inside = path.removeprefix(MOUNT)
        return super().translate_path("/" + inside) if inside != path else "/not/there"

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        missing = Path(self.directory) / "404.html"
        if code != HTTPStatus.NOT_FOUND or not missing.exists():
            return super().send_error(code, message, explain)
        self.send_response(code)
        body = missing.read_bytes()
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None: ...


@contextmanager
def serve(folder: Path, handler: type[Pages] = Pages) -> Iterator[str]:
    """Serve `folder` on this machine only; yield the address, which ends in a slash."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(handler, directory=str(folder))) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}{MOUNT}"
        finally:
            server.shutdown()
            thread.join()


def pages(site: Path) -> list[str]:
    """Return every page of a built site, relative to it."""
    return sorted(path.relative_to(site).as_posix() for path in site.rglob("*.html"))


@cache
def axe() -> str:
    """The script of axe-core."""
    return (install(ROOT, dev=True) / "axe-core/axe.min.js").read_text("utf-8")


# What was far from the screen when the page came is laid out when the browser is idle: see site.js.
LAID_OUT = """() => {
    const later = document.querySelectorAll(".md-content pre > code, .md-content svg.figure")
    return [...later].every(element => element.style.contentVisibility)
}"""
NEXT_FRAME = "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"


def wait_until_laid_out(page: Page) -> None:
    page.wait_for_function(LAID_OUT)
    page.evaluate(NEXT_FRAME)


def violations(
    page: Page, *, colours: bool = True, only: str | None = None, without: str | None = None
) -> list[str]:
    """Return what axe finds on the page as it stands, one line for each element.

    With `only`, a single rule is looked at; elements of the selector `without` are passed over.
    """
    options: dict[str, object] = {"resultTypes": ["violations"]}
    if only:
        options["runOnly"] = [only]
    elif not colours:
        options["rules"] = {"color-contrast": {"enabled": False}}
    context = {"exclude": [[without]]} if without else {}
    wait_until_laid_out(page)
    page.evaluate(axe())
    found = page.evaluate(
        "([context, options]) => axe.run({ include: [['html']], ...context }, options)",
        [context, options],
    )
    return [
        f"{rule['id']}: {node['html'][:120]} {node['failureSummary']}"
        for rule in found["violations"]
        for node in rule["nodes"]
    ]


def take_pictures(site: Path, folder: Path, names: list[str]) -> None:
    executable = find_chromium()
    if executable is None:
        sys.exit("no Chromium: install one, or name it in $CHROMIUM")
    folder.mkdir(parents=True, exist_ok=True)
    with browser(executable) as chromium, serve(site) as address:
        for scheme in SCHEMES:
            for width in WIDTHS:
                page = chromium.new_page(
                    viewport={"width": width, "height": 900}, color_scheme=scheme
                )
                for name in names or pages(site):
                    page.goto(address + name)
                    wait_until_laid_out(page)
                    stem = name.removesuffix(".html").replace("/", "-")
                    page.screenshot(path=folder / f"{stem}-{width}-{scheme}.png", full_page=True)
                page.close()


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    take_pictures(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3:])
