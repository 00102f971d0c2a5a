"""Say which pinned package has no wheel for a machine that a reader may have.

python tests/support/wheels.py pylock.toml

reads a lock file (PEP 751), which lists the wheels that the package index has for each version.
`nox -s wheels` makes one of constraints.txt.
"""

from __future__ import annotations

import sys
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from packaging.markers import Marker
from packaging.tags import Tag, compatible_tags, cpython_tags, mac_platforms
from packaging.utils import parse_wheel_filename

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Machine:
    """A kind of machine: its platforms, best first, and what markers know of it."""

    system: str  # as sys.platform has it
    processor: str  # as platform.machine() has it
    platforms: tuple[str, ...]


def linux(processor: str) -> Machine:
    """Linux with the C library of 2021 or later: Debian 12, Ubuntu 22.04."""
    newest_first = [f"manylinux_2_{minor}_{processor}" for minor in range(35, 4, -1)]
    old_names = [f"manylinux{year}_{processor}" for year in (2014, 2010, 1)]
    return Machine("linux", processor, (*newest_first, *old_names))


# As the workflow test.yml names them.
MACHINES = {
    "ubuntu-24.04": linux("x86_64"),
    "ubuntu-24.04-arm": linux("aarch64"),
    "macos-15": Machine("darwin", "arm64", tuple(mac_platforms((14, 0), "arm64"))),
}


def pythons() -> list[str]:
    """Return the versions of Python that pyproject.toml names."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    return [line.split(" :: ")[-1] for line in project["classifiers"] if ":: Python :: 3." in line]


def tags(machine: Machine, python: str) -> set[Tag]:
    """Return the tags of the wheels that a Python on a machine installs."""
    version = tuple(map(int, python.split(".")))
    interpreter = f"cp{python.replace('.', '')}"
    return {
        *cpython_tags(version, platforms=machine.platforms),
        *compatible_tags(version, interpreter, machine.platforms),
    }


def needed(package: dict[str, Any], machine: Machine, python: str) -> bool:
    """Say whether a package of the lock file is for this machine and Python at all."""
    environment = {
        "implementation_name": "cpython",
        "os_name": "posix",
        "platform_machine": machine.processor,
        "platform_python_implementation": "CPython",
        "platform_system": machine.system.capitalize(),
        "python_full_version": f"{python}.0",
        "python_version": python,
        "sys_platform": machine.system,
    }
    return "marker" not in package or Marker(package["marker"]).evaluate(environment)


def missing(lock: dict[str, Any], versions: Sequence[str]) -> Iterator[str]:
    """Yield a line for each package and machine that lack a wheel: for which Pythons."""
    accepted = {(name, v): tags(MACHINES[name], v) for name in MACHINES for v in versions}
    for package in lock["packages"]:
        files = [Path(w.get("name") or w["url"]).name for w in package.get("wheels", [])]
        offered = {tag for file in files for tag in parse_wheel_filename(file)[3]}
        for name, machine in MACHINES.items():
            lacking = [
                python
                for python in versions
                if needed(package, machine, python) and not offered & accepted[name, python]
            ]
            if lacking:
                pin = f"{package['name']}=={package['version']}"
                yield f"{pin}: no wheel for {name} and Python {', '.join(lacking)}"


def main(path: str) -> None:
    lock = tomllib.loads(Path(path).read_text("utf-8"))
    lines = list(missing(lock, pythons()))
    if lines:
        sys.exit("\n".join(lines))
    count = len(lock["packages"])
    print(f"{count} packages: wheels for Python {', '.join(pythons())} on {', '.join(MACHINES)}")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(sys.argv[1])
