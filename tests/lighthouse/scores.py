"""Lighthouse's four scores, on a phone, for pages of the built site. Leave the machine alone.

python tests/lighthouse/scores.py [--runs N] [--site FOLDER] [PAGE ...]

prints the median of the runs, and each rule that a page breaks. Without pages it takes the first
page, and the longest.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import subprocess
import sys
from pathlib import Path
from statistics import median
from typing import Any

import site_browser
from cases import REPOSITORY

from litdocs.npm import install, node
from litdocs.sources import LitdocsError

COMPRESSED = (".html", ".css", ".js", ".svg", ".json", ".txt", ".wasm")
CATEGORIES = ("performance", "accessibility", "best-practices", "seo")


class Compressing(site_browser.Pages):
    """Serve as hosts of pages do: connections stay open, and text is compressed."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        path = Path(self.translate_path(self.path))
        path = path / "index.html" if path.is_dir() else path
        if path.suffix not in COMPRESSED or not path.exists():
            return super().do_GET()
        body = gzip.compress(path.read_bytes())
        self.send_response(200)
        self.send_header("Content-Type", self.guess_type(path))
        self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def report(lighthouse: Path, address: str, chromium: str) -> dict[str, Any]:
    """Run Lighthouse once; return what it found."""
    command = [node(), str(lighthouse / "cli/index.js"), address, "--quiet", "--output=json"]
    flags = f"--chrome-flags={' '.join(site_browser.FLAGS)}"
    only = f"--only-categories={','.join(CATEGORIES)}"
    environment = os.environ | {"CHROME_PATH": chromium}
    printed = subprocess.check_output([*command, flags, only], env=environment, encoding="utf-8")
    found: dict[str, Any] = json.loads(printed)
    return found


def broken_rules(found: dict[str, Any]) -> set[str]:
    """Return the rules, other than those of speed, that cost a page points."""
    return {
        f"{category}: {found['audits'][rule['id']]['title']}"
        for category in CATEGORIES[1:]
        for rule in found["categories"][category]["auditRefs"]
        if rule["weight"] and found["audits"][rule["id"]]["score"] not in (None, 1)
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--site", type=Path, default=REPOSITORY / "site")
    parser.add_argument("pages", nargs="*")
    given = parser.parse_args()
    chromium = site_browser.find_chromium()
    if chromium is None:
        sys.exit("no Chromium: install one, or name it in $CHROMIUM")
    try:
        names = site_browser.pages(given.site)
        longest = max(names, key=lambda name: (given.site / name).stat().st_size)
    except ValueError:
        sys.exit(f"no pages in {given.site}: run `nox -s docs`")
    try:
        lighthouse = install(Path(__file__).parent) / "lighthouse"
    except LitdocsError as error:
        sys.exit(error.message)
    print(
        f"{'page':32}{'speed':>7}{'access':>7}{'best':>7}{'SEO':>7}{'LCP s':>7}{'CLS':>7}{'kB':>7}"
    )
    with site_browser.serve(given.site, Compressing) as address:
        for name in given.pages or ["index.html", longest]:
            runs = [report(lighthouse, address + name, chromium) for _ in range(given.runs)]
            scores = [
                round(100 * median(run["categories"][category]["score"] for run in runs))
                for category in CATEGORIES
            ]
            paint, shift, transfer = (
                median(run["audits"][audit]["numericValue"] for run in runs)
                for audit in (
                    "largest-contentful-paint",
                    "cumulative-layout-shift",
                    "total-byte-weight",
                )
            )
            print(
                f"{name:32}" + "".join(f"{score:7}" for score in scores),
                f"{paint / 1000:6.1f}{shift:7.3f}{transfer / 1000:7.0f}",
                sep="",
            )
            for rule in sorted(set.union(*map(broken_rules, runs))):
                print(f"    {rule}")


if __name__ == "__main__":
    main()
