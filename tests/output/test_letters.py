"""Letters beyond ASCII in LaTeX: each by a command of its own, and on a page as they were typed."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from autograd_cli.views import name
from command_runs import Cli

ALIKE = "eéēèêěĕëė ếệ aåãα AΑ oοőøöó nñŋ cçč σςΣ θώω xжхХ XΧ HΗ PΡ uüǖu̇ Υ数字ß".replace(" ", "")


@pytest.mark.parametrize("word", ["{}", "x{}", "{}_1", "long_{}_name"])
def test_different_letters_differ(word: str) -> None:
    letters = dict.fromkeys(ALIKE.replace("\u0307", ""))
    written = {letter: name(word.format(letter)) for letter in letters}
    assert len(set(written.values())) == len(letters)
    assert all(latex.isascii() for latex in written.values())


@pytest.mark.parametrize(
    ("letter", "latex"),
    [
        ("é", r"\acute{e}"),
        ("ē", r"\bar{e}"),
        ("ǖ", r"\bar{\ddot{u}}"),
        ("ά", r"\acute{\alpha}"),
        ("数", r"\text{u+6570}"),
    ],
)
def test_a_letter_is_written_by_its_accents(letter: str, latex: str) -> None:
    assert name(letter) == rf"\mathrm{{{{{latex}}}}}"


def test_a_code_is_not_taken_for_a_name() -> None:
    assert name("xжy") != name("xu436y")


def test_an_answer_tells_two_inputs_apart(cli: Cli) -> None:
    values = ("--é", "2", "--ē", "3", "--check", "none")
    tex = cli("grad", "é*ē", *values, "--format", "latex").stdout
    assert len(set(re.findall(r"\\partial (\\mathrm\{\{\\\w+\{e\}\}\})", tex))) == 2


def test_a_page_shows_the_letters(cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    cli("grad", "éx*θy", "--éx", "2", "--θy", "3", "--check", "none", "--output", "r.html")
    page = (tmp_path / "r.html").read_text()
    assert '<mi mathvariant="normal">éx</mi>' in page
    assert '<mi mathvariant="normal">θy</mi>' in page
