"""A quiet build is as strict as any: what is dead on a page stops it."""

import subprocess
import sys
from pathlib import Path

import pytest

HOOK = Path(__file__).parents[2] / "code" / "python" / "litdocs" / "strict.py"
CONFIG = f"""
site_name: x
strict: true
validation: {{anchors: warn}}
hooks: [{HOOK}]
"""


@pytest.mark.parametrize("link", ["missing.md", "other.md#missing"])
def test_a_dead_link_stops_the_build(link: str, tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "mkdocs.yml").write_text(CONFIG)
    (tmp_path / "docs" / "other.md").write_text("# Other\n")
    page = tmp_path / "docs" / "index.md"
    command = [sys.executable, "-m", "mkdocs", "build", "--quiet"]
    for text, code in (("[x](other.md)", 0), (f"[x]({link})", 1)):
        page.write_text(text)
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
        assert done.returncode == code, done.stderr
        assert ("missing" in done.stderr) == (code == 1)
