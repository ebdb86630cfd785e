"""--output FILE: the whole answer in the form of the file's name, or no file; and nothing left behind."""

from __future__ import annotations

import json
import os
import re
import stat
import sys
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from autograd_cli import output
from command_runs import run

NAMES = ("X1", "W1", "W2", "Y")
WORDS = ("grad", "sum((Y-W2*W1*X1)**2)", "--x1", "2,3,4,5", "--w1", "1,1,1,1", "--w2", "1,2,3,4", "--y", "1,1,1,1")


def saved(tmp_path: Path, name: str, *more: str) -> bytes:
    path = tmp_path / name
    status, out, err = run(*WORDS, "--check", "none", "--output", str(path), *more)
    assert (status, out, err) == (0, "", f"wrote {path}\n")
    assert sorted(each.name for each in tmp_path.iterdir()) == [name]
    return path.read_bytes()


def test_json_is_what_format_json_prints(tmp_path: Path) -> None:
    _, printed, _ = run(*WORDS, "--check", "none", "--json")
    assert json.loads(saved(tmp_path, "r.json")) == json.loads(printed)


def test_txt_is_the_table_or_on_request_the_plain_records(tmp_path: Path) -> None:
    text = saved(tmp_path, "r.txt").decode()
    assert text.startswith("sum((Y-W2*W1*X1)**2) = 508\n")
    assert "\x1b" not in text
    assert saved(tmp_path, "r.txt", "--format", "plain").decode().startswith("value\t508\n")


def test_npz_has_inputs_value_and_gradients(tmp_path: Path) -> None:
    saved(tmp_path, "r.npz")
    with np.load(tmp_path / "r.npz") as found:
        assert sorted(found) == sorted(["value", *NAMES, *(f"grad_{name}" for name in NAMES)])
        assert found["value"] == 508
        assert found["grad_X1"].tolist() == [2, 20, 66, 152]


def test_npz_keeps_an_input_whose_name_is_taken(tmp_path: Path) -> None:
    path = tmp_path / "r.npz"
    status, _, _ = run("grad", "value*grad_value + file + allow_pickle", "--value", "2", "--grad_value", "3",
                       "--file", "1", "--allow_pickle", "0", "--check", "none", "--output", str(path))  # fmt: skip
    assert status == 0
    with np.load(path) as found:
        assert (found["value"], found["value_"], found["grad_value"], found["grad_value_"]) == (7, 2, 3, 3)
        assert found["file_"] == 1
        kept = [name for name in found if name.startswith("allow_pickle")]  # an option of numpy.savez since 2.1
        assert [found[name] for name in kept] == [0]


@pytest.mark.parametrize("name", ["r.svg", "r.html"])
def test_pictures_and_pages_need_no_other_file_and_hold_the_whole_report(tmp_path: Path, name: str) -> None:
    text = saved(tmp_path, name).decode()
    assert not re.search(r"(?:src|href)=|url\(\s*[\"']?http|@import", text)
    assert "SumBackward0" in text
    assert re.search(r"#[0-9a-f]{6}", text), "coloured"


def test_a_picture_is_xml_and_has_the_lines_of_the_terminal(tmp_path: Path) -> None:
    root = ElementTree.fromstring(saved(tmp_path, "r.svg"))
    lines: dict[float, str] = {}
    for each in root.iter("{http://www.w3.org/2000/svg}text"):
        column = round(float(each.attrib["x"]) / float(each.attrib["textLength"]) * len(each.text or ""))
        row = lines.get(float(each.attrib["y"]), "").ljust(column)
        lines[float(each.attrib["y"])] = row + (each.text or "").replace("\xa0", " ")
    found = [lines[y].rstrip() for y in sorted(lines) if lines[y].strip()]
    (tmp_path / "r.svg").unlink()
    terminal = saved(tmp_path, "r.txt", "--width", "100").decode().splitlines()
    assert found == [line for line in terminal if line]


def test_signs_of_a_user_are_text_in_pictures_and_pages(tmp_path: Path) -> None:
    for name in ("r.svg", "r.html"):
        path = tmp_path / name
        status, _, _ = run("grad", "sum(x) # <b>&amp; [red]", "--x", "1,2", "--check", "none", "--output", str(path))
        assert status == 0
        text = path.read_text()
        assert "<b>" not in text
        assert "&lt;b&gt;&amp;amp; [red]" in text


def test_markdown_and_latex_go_to_files(tmp_path: Path) -> None:
    assert b"| `X1` |" in saved(tmp_path, "r.md")
    (tmp_path / "r.md").unlink()
    assert b"\\begin{align*}" in saved(tmp_path, "r.tex")


@pytest.mark.parametrize("name", ["r", "r.docx", ".json"])
def test_a_name_that_says_no_form_is_refused_with_the_ones_that_do(tmp_path: Path, name: str) -> None:
    status, out, err = run(*WORDS, "--output", str(tmp_path / name))
    assert (status, out) == (2, "")
    assert ".json, .txt, .svg, .html, .npz, .md or .tex" in err
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("asked", ["--format plain", "--json"])
def test_a_format_that_contradicts_the_name_is_refused_as_it_was_typed(tmp_path: Path, asked: str) -> None:
    status, out, err = run(*WORDS, "--output", str(tmp_path / "r.md"), *asked.split())
    assert status == 2
    assert f"r.md and {asked} ask for different forms" in out + err
    assert asked not in (out + err).partition("autograd-cli grad")[2]


def test_a_directory_that_is_not_there_is_named_before_anything_is_computed(tmp_path: Path) -> None:
    status, _, err = run("grad", "sum(x)", "--x", "@nothing.npy", "--output", str(tmp_path / "no" / "r.json"))
    assert status == 3
    assert f"there is no directory {tmp_path / 'no'}" in err


def test_a_name_that_is_too_long_is_refused(tmp_path: Path) -> None:
    for name in (f"{'r' * 300}.json", f"{'r' * 5000}.json"):
        status, out, err = run(*WORDS, "--check", "none", "--output", str(tmp_path / name))
        assert (status, out) == (3, "")
        assert err.startswith("error[AG624]: ")
        assert len(err) < 2048
    assert not list(tmp_path.iterdir())


def failing(error: BaseException) -> Callable[..., None]:
    def write(*_: Any, **__: Any) -> None:
        raise error

    return write


@pytest.mark.parametrize(
    ("error", "status"), [(KeyboardInterrupt(), 130), (OSError(28, "No space left on device"), 3), (ValueError("x"), 3)]
)
def test_an_interrupt_or_an_error_leaves_the_old_file_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: BaseException, status: int
) -> None:
    path = tmp_path / "r.json"
    path.write_text("old")
    monkeypatch.setattr("autograd_cli.writers.write_json", failing(error))
    found, _, err = run(*WORDS, "--check", "none", "--output", str(path))
    assert found == status
    assert "wrote" not in err
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_is_there_only_when_it_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "r.txt"
    with output.replacing(str(path)) as stream:
        stream.write(b"half")
        stream.flush()
        assert not path.exists()
        assert [each.suffix for each in tmp_path.iterdir()] == [".part"]
    assert path.read_bytes() == b"half"


@pytest.mark.skipif(sys.platform == "win32", reason="permissions of POSIX")
def test_permissions_and_links_stay_what_they_were(tmp_path: Path) -> None:
    real, link = tmp_path / "real.json", tmp_path / "link.json"
    real.write_text("old")
    real.chmod(0o640)
    link.symlink_to(real)
    assert run(*WORDS, "--check", "none", "--output", str(link))[0] == 0
    assert link.is_symlink()
    assert json.loads(real.read_text())["ok"]
    assert stat.S_IMODE(real.stat().st_mode) == 0o640
    mask = os.umask(0o027)
    try:
        saved_path = tmp_path / "new.json"
        assert run(*WORDS, "--check", "none", "--output", str(saved_path))[0] == 0
        assert stat.S_IMODE(saved_path.stat().st_mode) == 0o640
    finally:
        os.umask(mask)


def test_a_check_that_disagrees_is_still_written_and_still_exit_1(tmp_path: Path) -> None:
    path = tmp_path / "r.json"
    status, _, _ = run("grad", "sum(sqrt(x))", "--x", "0,1", "--strict", "--check", "none", "--output", str(path))
    assert status == 1
    assert path.exists()
