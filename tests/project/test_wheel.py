"""The built wheel, installed alone in a fresh environment and away from the checkout, does the main job."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).resolve().parents[2]
MAIN_JOB = ["grad", "sum((Y-W2*W1*X1)**2)", "--x1", "2,3,4,5", "--w1", "1,1,1,1", "--w2", "1,2,3,4", "--y", "1,1,1,1"]


class Built(NamedTuple):
    """The two distributions that a release consists of."""

    sdist: Path
    wheel: Path


def run(*command: str | Path, cwd: Path) -> str:
    """Run a command away from the checkout and return its standard output; a failure shows all it printed."""
    environment = {name: value for name, value in os.environ.items() if name not in {"PYTHONPATH", "VIRTUAL_ENV"}}
    done = subprocess.run(command, cwd=cwd, env=environment, capture_output=True, encoding="utf-8", check=False)
    assert done.returncode == 0, f"exit status {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """The sdist, and the wheel that is built from that sdist."""
    folder = tmp_path_factory.mktemp("dist")
    run(sys.executable, "-m", "build", "--no-isolation", "--outdir", folder, ROOT, cwd=folder)
    [sdist], [wheel] = folder.glob("*.tar.gz"), folder.glob("*.whl")
    return Built(sdist, wheel)


@pytest.fixture(scope="module")
def scripts(built: Built, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of executables of a fresh environment that holds the wheel and what it depends on, nothing else."""
    folder = tmp_path_factory.mktemp("environment")
    run(sys.executable, "-m", "venv", folder / "venv", cwd=folder)
    scripts = folder / "venv" / ("Scripts" if os.name == "nt" else "bin")
    run(scripts / "python", "-m", "pip", "install", "-q", "--disable-pip-version-check", built.wheel, cwd=folder)
    return scripts


def test_the_wheel_holds_the_two_packages_and_nothing_else(built: Built) -> None:
    with zipfile.ZipFile(built.wheel) as archive:
        names = set(archive.namelist())
    [information] = {name.split("/")[0] for name in names if name.split("/")[0].endswith(".dist-info")}
    data = information.replace(".dist-info", ".data")
    assert {name.split("/")[0] for name in names} == {"autograd_core", "autograd_cli", information, data}
    assert {name for name in names if name.startswith(data)} == {f"{data}/data/share/man/man1/autograd-cli.1"}
    sources = {
        path.relative_to(package.parent).as_posix()
        for package in (ROOT / "core" / "autograd_core", ROOT / "cli" / "autograd_cli")
        for path in package.rglob("*.py")
    }
    assert {name for name in names if name.endswith(".py")} == sources
    assert {"autograd_core/py.typed", "autograd_cli/py.typed"} <= names
    assert f"{information}/licenses/LICENSE" in names


def test_the_sdist_holds_what_it_takes_to_test_it(built: Built) -> None:
    with tarfile.open(built.sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    assert {".ci/run", "CHANGELOG.md", "LICENSE", "README.md", "pyproject.toml", "tests/project/test_wheel.py"} <= names
    tops = {"cli", "core", "docs", "tests", ".ci", ".github", ".gitignore", "PKG-INFO", "pyproject.toml"}
    documents = {"CHANGELOG.md", "CITATION.cff", "LICENSE", "README.md", "mkdocs.yml", "noxfile.py"}
    assert {name.split("/")[0] for name in names} <= tops | documents


def test_the_distributions_are_fit_for_an_index(built: Built, tmp_path: Path) -> None:
    run(sys.executable, "-m", "twine", "check", "--strict", built.sdist, built.wheel, cwd=tmp_path)
    run(
        sys.executable,
        "-m",
        "check_wheel_contents",
        "--toplevel",
        "autograd_core,autograd_cli",
        built.wheel,
        cwd=tmp_path,
    )


def test_the_installed_command_does_the_main_job(scripts: Path, tmp_path: Path) -> None:
    answer = json.loads(run(scripts / "autograd-cli", *MAIN_JOB, "--json", cwd=tmp_path))
    assert answer["ok"] is True
    assert answer["result"]["data"] == 508.0
    assert {name: variable["grad"] for name, variable in answer["variables"].items()} == {
        "X1": [2.0, 20.0, 66.0, 152.0],
        "W1": [4.0, 60.0, 264.0, 760.0],
        "W2": [4.0, 30.0, 88.0, 190.0],
        "Y": [-2.0, -10.0, -22.0, -38.0],
    }
    check = answer["check"]
    assert (check["status"], check["compared"], check["total"]) == ("agree", 16, 16)


def test_the_installed_module_says_the_version_of_the_wheel(built: Built, scripts: Path, tmp_path: Path) -> None:
    said = run(scripts / "python", "-m", "autograd_cli", "--version", cwd=tmp_path)
    assert built.wheel.name.split("-")[1] in said.split()


def test_the_fresh_environment_is_free_of_the_tools_for_tests(scripts: Path, tmp_path: Path) -> None:
    packages = json.loads(run(scripts / "python", "-m", "pip", "list", "--format", "json", cwd=tmp_path))
    names = {package["name"].lower() for package in packages}
    assert "autograd-cli" in names
    assert not names & {"build", "hatchling", "hypothesis", "mypy", "pytest", "ruff"}
