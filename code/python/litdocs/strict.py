"""The MkDocs hook that keeps a quiet build strict.

A strict build counts warnings as they are printed. `--quiet` keeps them from being printed, and
with that from being counted: a page with dead links would build.
"""

import logging
from typing import Literal


def on_startup(*, command: Literal["build", "gh-deploy", "serve"], dirty: bool) -> None:
    """Let warnings through, however quiet the build is to be."""
    log = logging.getLogger("mkdocs")
    log.setLevel(min(log.level, logging.WARNING))
