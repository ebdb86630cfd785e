"""``--output FILE``: a file is replaced whole, what is no file is written to, what is read-only stays."""

from __future__ import annotations

import json
import os
import socket
import threading
from pathlib import Path

import pytest

from autograd_cli.output import page
from command_runs import Cli

WORDS = ("grad", "x**2", "--x", "3", "--check", "none", "--output")


def test_the_target_of_a_link_is_replaced_and_the_link_stays(cli: Cli, tmp_path: Path) -> None:
    target, link = tmp_path / "elsewhere" / "real.json", tmp_path / "r.json"
    target.parent.mkdir()
    link.symlink_to(target)
    for _ in range(2):  # first there is nothing behind the link
        assert cli(*WORDS, str(link)).status == 0
        assert link.is_symlink()
        assert json.loads(target.read_text())["ok"]
        target.write_text("old")
    assert [path.name for path in target.parent.iterdir()] == ["real.json"]


def test_a_device_behind_a_link_is_written_to(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "r.json").symlink_to("/dev/null")
    assert cli(*WORDS, str(tmp_path / "r.json")).status == 0
    assert str((tmp_path / "r.json").readlink()) == "/dev/null"
    assert not Path("/dev/null").is_file()


def test_a_pipe_is_written_to(cli: Cli, tmp_path: Path) -> None:
    pipe = tmp_path / "r.json"
    os.mkfifo(pipe)
    read: list[str] = []
    reader = threading.Thread(target=lambda: read.append(pipe.read_text()))
    reader.start()
    assert cli(*WORDS, str(pipe)).status == 0
    reader.join(timeout=30)
    assert json.loads(read[0])["ok"]
    assert pipe.is_fifo()


def test_a_socket_is_refused(cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind("r.json")
        done = cli(*WORDS, "r.json")
        assert (done.status, "is a socket" in done.stderr) == (3, True)
        assert Path("r.json").is_socket()


def test_a_read_only_file_stays(cli: Cli, tmp_path: Path) -> None:
    path = tmp_path / "r.json"
    path.write_text("mine")
    path.chmod(0o444)
    (tmp_path / "link.json").symlink_to(path)
    for name in ("r.json", "link.json"):
        done = cli(*WORDS, str(tmp_path / name))
        assert (done.status, "read-only" in done.stderr) == (3, True)
    assert path.read_text() == "mine"


def test_a_link_that_leads_to_itself_stays(cli: Cli, tmp_path: Path) -> None:
    one, other = tmp_path / "one.json", tmp_path / "other.json"
    one.symlink_to(other)
    other.symlink_to(one)
    result = cli(*WORDS, str(one))
    assert result.status == 3
    assert "leads back to itself" in result.stderr
    assert one.is_symlink()


def test_a_folder_that_was_removed_is_told(cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    done = cli("grad", "x", "--x", "1", "--output", "a.json")
    assert (done.status, done.stderr) == (3, "error[AG624]: the result cannot be written: no such file or directory\n")


def test_a_pager_that_is_not_there_hides_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[str] = []
    monkeypatch.setenv("PAGER", "no-such-pager -R")
    monkeypatch.setattr("pydoc.pager", shown.append)
    page("text")
    assert shown == ["text"]
    assert "PAGER" not in os.environ
