"""Formulas give the user's nodes no other names, neither in this run nor in a later one."""

from __future__ import annotations

import pytest

from autograd_cli.main import main

TEXT = "s = sum(x*y); a = x*y; s*sum(a)"


def test_formulas_do_not_rename_what_the_user_wrote(capsys: pytest.CaptureFixture[str]) -> None:
    trees = []
    for option in ("--no-formula", "--formula", "--no-formula"):
        main(("grad", TEXT, "--x", "1,2", "--y", "3,4", "--check", "none", option))
        trees.append([line for line in capsys.readouterr().out.splitlines() if "Backward0" in line])
    assert any("sum(x*y)" in line for line in trees[0])
    assert trees[1] == trees[0]
    assert trees[2] == trees[0]
