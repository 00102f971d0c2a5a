"""The MkDocs hook that looks whether the site can be written, before MkDocs takes its time."""

import os

from mkdocs.config.defaults import MkDocsConfig

from litdocs.sources import LitdocsError


def on_config(config: MkDocsConfig) -> None:
    """Make the folder of the site. LitdocsError, one line, if it cannot be made or written."""
    try:
        os.makedirs(config.site_dir, exist_ok=True)
    except OSError as error:
        raise LitdocsError(f"{config.site_dir}: {error.strerror}") from error
    if not os.access(config.site_dir, os.W_OK):
        raise LitdocsError(f"{config.site_dir}: cannot be written")
