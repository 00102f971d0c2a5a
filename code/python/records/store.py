"""Records on disk: docs/results/NAME.json, each with how it came to be.

The last entry of each is a digest of the others. It keeps nobody from forging one; it tells a
record that a program wrote from one that a hand mended.
"""

import hashlib
import json
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from mlp.errors import MLPError
from mlp.files import write_file
from mlp.versions import versions

RESULTS = Path(__file__).parents[3] / "docs" / "results"


def origin(command: str) -> dict[str, Any]:
    """Return how a record comes to be; MLPError where there is no commit to name."""
    try:
        commit = _git("rev-parse", "--short=12", "HEAD")
    except (OSError, subprocess.CalledProcessError) as error:
        raise MLPError(
            "a record names the commit it was made at: this is no git checkout"
        ) from error
    return {
        "command": command,
        "date": datetime.now(UTC).strftime("%Y-%m-%d"),
        "commit": commit,
        "versions": versions(),
    }


def digest(result: dict[str, Any]) -> str:
    """Return the SHA-256 of a record without its digest."""
    entries = {key: value for key, value in result.items() if key != "sha256"}
    return hashlib.sha256(json.dumps(entries).encode()).hexdigest()


def write(name: str, result: dict[str, Any]) -> None:
    """Write one result and its digest, whole or not at all; MLPError if that fails."""
    text = json.dumps(result | {"sha256": digest(result)}, indent=1) + "\n"
    write_file(RESULTS / f"{name}.json", [text.encode()])
    print(f"recorded {name}", flush=True)


def _git(*arguments: str) -> str:
    return subprocess.run(
        ["git", *arguments], check=True, capture_output=True, text=True, cwd=RESULTS
    ).stdout.strip()
