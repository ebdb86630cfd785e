"""Where nothing may be written or read: a message, never a traceback; and what need not be written is not missed.

For root permissions mean nothing, so root gives up this right for the program.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
RIGHT = ["grad", "sum(x**2)", "--x", "1,2,3", "--no-tree"]
SETPRIV = shutil.which("setpriv")

pytestmark = [
    pytest.mark.skipif(sys.platform == "win32", reason="permissions of POSIX"),
    pytest.mark.skipif(
        hasattr(os, "getuid") and os.getuid() == 0 and SETPRIV is None,
        reason="root needs setpriv (util-linux) to be refused anything",
    ),
]


def run(folder: Path, *words: str, **changes: str) -> tuple[int, str, str]:
    """Run the program in a folder, bound by permissions."""
    bound = [str(SETPRIV), "--bounding-set=-dac_override,-dac_read_search"] if os.getuid() == 0 else []
    variables = {name: value for name, value in os.environ.items() if name not in ("HOME", "NO_COLOR", "FORCE_COLOR")}
    variables["PYTHONPATH"] = os.pathsep.join([str(ROOT / "core"), str(ROOT / "cli")])
    done = subprocess.run(
        [*bound, sys.executable, "-m", "autograd_cli", *words],
        cwd=folder,
        env={**variables, **changes},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )
    return done.returncode, done.stdout, done.stderr


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """A folder that may be read and not be written to, with a file that may not be read."""
    place = tmp_path / "locked"
    place.mkdir()
    (place / "x.csv").write_text("1,2,3")
    (place / "secret.csv").write_text("1,2,3")
    (place / "secret.csv").chmod(0)
    place.chmod(0o555)
    yield place
    place.chmod(0o755)


def test_a_folder_that_may_not_be_written_to_does_no_harm(folder: Path) -> None:
    for words in (RIGHT, ["grad", "sum(x**2)", "--x", "@x.csv", "--no-tree"]):
        status, out, err = run(folder, *words, HOME=str(folder), TMPDIR=str(folder))
        assert (status, err) == (0, "")
        assert out.startswith("sum(x**2) = 14\n")
    assert sorted(path.name for path in folder.iterdir()) == ["secret.csv", "x.csv"]


def test_an_output_in_a_folder_that_may_not_be_written_to_is_refused(folder: Path) -> None:
    for name in ("r.json", "r.npz", "r.svg"):
        status, out, err = run(folder, *RIGHT, "--output", name)
        assert (status, out) == (3, "")
        assert err.startswith(f"error[AG624]: --output {name}: the directory . may not be written to\n")


def test_an_output_below_a_file_is_refused(folder: Path) -> None:
    status, out, err = run(folder, *RIGHT, "--output", "x.csv/r.json")
    assert (status, out) == (3, "")
    assert err.startswith("error[AG624]: --output x.csv/r.json: there is no directory x.csv\n")


def test_a_file_that_may_not_be_read_is_named(folder: Path) -> None:
    status, out, err = run(folder, "grad", "sum(x)", "--x", "@secret.csv")
    assert (status, out, err) == (3, "", "error[AG621]: x: 'secret.csv' cannot be read: permission denied\n")


def test_a_folder_that_may_not_be_entered_is_named(tmp_path: Path) -> None:
    (tmp_path / "closed").mkdir()
    (tmp_path / "closed" / "x.csv").write_text("1,2,3")
    (tmp_path / "closed").chmod(0)
    try:
        for words in (["grad", "sum(x)", "--x", "@closed/x.csv"], ["grad", "@closed/loss.txt", "--x", "1"]):
            status, out, err = run(tmp_path, *words)
            assert (status, out) == (3, "")
            assert "cannot be read: permission denied" in err
        status, out, err = run(tmp_path, *RIGHT, "--output", "closed/r.json")
        assert (status, out) == (3, "")
        assert err.startswith("error[AG624]: --output closed/r.json: the directory closed may not be written to\n")
        for words in (["batch", "closed/jobs.jsonl"], ["batch", "x.jsonl", "--resume", "closed/out.jsonl"]):
            status, out, err = run(tmp_path, *words)
            assert (status, out) == (3, "")
            assert err.startswith("error[AG6")
    finally:
        (tmp_path / "closed").chmod(0o755)
