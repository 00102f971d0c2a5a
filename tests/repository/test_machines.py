"""The index, the workflow, pyproject.toml and the README name the same machines and versions."""

import json
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import wheels
import yaml

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
WORKFLOW = yaml.safe_load((ROOT / ".github" / "workflows" / "test.yml").read_text("utf-8"))


def package(*files: str, **more: str) -> dict[str, Any]:
    return {"name": "p", "version": "1", "wheels": [{"url": f"a/{file}"} for file in files], **more}


LINUX = ("p-1-cp311-abi3-manylinux_2_28_x86_64.whl", "p-1-cp311-abi3-manylinux_2_28_aarch64.whl")
MAC = "p-1-cp311-abi3-macosx_11_0_arm64.whl"


@pytest.mark.parametrize(
    ("package", "lines"),
    [
        (package("p-1-py3-none-any.whl"), []),
        (package(*LINUX, MAC), []),
        (package(*LINUX), ["p==1: no wheel for macos-15 and Python 3.12, 3.14"]),
        (package(*LINUX, marker="sys_platform == 'linux'"), []),
        (package(*LINUX, marker="python_version < '3.13'"), ["… macos-15 and Python 3.12"]),
        (package(*LINUX, "p-1-cp312-cp312-macosx_11_0_arm64.whl"), ["… macos-15 and Python 3.14"]),
        (package(*LINUX, MAC.replace("11_0", "15_0")), ["… macos-15 and Python 3.12, 3.14"]),
        (package(MAC, LINUX[0].replace("2_28", "2_39"), LINUX[1]), ["… ubuntu-24.04 and …"]),
        (package(), [f"… {machine} and Python 3.12, 3.14" for machine in wheels.MACHINES]),
    ],
)
def test_each_machine_without_a_wheel_is_a_line(package: dict[str, Any], lines: list[str]) -> None:
    found = list(wheels.missing({"packages": [package]}, ["3.12", "3.14"]))
    assert len(found) == len(lines)
    for line, expected in zip(found, lines):
        assert re.fullmatch(re.escape(expected).replace("…", ".*"), line)


def test_the_workflow_tests_every_python_on_every_machine() -> None:
    matrix = WORKFLOW["jobs"]["test"]["strategy"]["matrix"]
    assert matrix == {"os": list(wheels.MACHINES), "python": wheels.pythons()}


def test_the_lowest_python_is_the_first_that_is_tested() -> None:
    assert PROJECT["project"]["requires-python"] == f">={wheels.pythons()[0]}"


def test_readme_names_these_machines() -> None:
    readme = " ".join((ROOT / "README.md").read_text("utf-8").split())
    first, *_, last = wheels.pythons()
    assert f"Python {first} to {last}" in readme
    assert "Linux (x86-64 and Arm) or macOS (Apple silicon)" in readme
    assert len(wheels.MACHINES) == 3


def test_the_container_has_a_python_that_is_tested() -> None:
    container = json.loads((ROOT / ".devcontainer" / "devcontainer.json").read_text("utf-8"))
    assert re.findall(r"python:([\d.]+)-", container["image"]) == [wheels.pythons()[-2]]


def test_the_citation_is_of_this_version() -> None:
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text("utf-8"))
    for key in ("version", "license"):
        assert citation[key] == PROJECT["project"][key]


def test_what_a_reader_installs_is_a_range_except_the_package_that_is_a_corpus() -> None:
    extras = PROJECT["project"]["optional-dependencies"].values()
    needed = [*PROJECT["project"]["dependencies"], *(line for extra in extras for line in extra)]
    exact = [line for line in needed if not re.fullmatch(r"[\w-]+>=[\d.]+", line)]
    assert exact == ["faker==40.54.0"]


def test_only_main_of_this_repository_is_published() -> None:
    jobs = dict(WORKFLOW["jobs"])
    publish = jobs.pop("publish")
    for condition in (
        "github.repository == 'mlp-spelled-out/mlp-spelled-out'",
        "github.event_name == 'push'",
        "github.ref == 'refs/heads/main'",
    ):
        assert condition in publish["if"].split(" && ")
    assert set(publish["needs"]) == set(jobs)
    assert WORKFLOW["permissions"] == {"contents": "read"}
    assert not any("permissions" in job for job in jobs.values())
    assert [path.name for path in (ROOT / ".github" / "workflows").iterdir()] == ["test.yml"]
