"""The page on architecture names what is there: every package, and no file that has gone."""

from __future__ import annotations

import ast
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
PACKAGES = [ROOT / "core" / "autograd_core", ROOT / "cli" / "autograd_cli"]


def test_every_package_has_a_row() -> None:
    inside = {p.parent.name for top in PACKAGES for p in top.glob("*/__init__.py")}
    inside |= {p.parent.name for top in PACKAGES for p in top.glob("*/*/__init__.py")}
    assert inside - {name.rstrip("/") for name in re.findall(r"`(\w+)/", PAGE)} == set()


def test_every_file_that_is_named_is_there() -> None:
    files = {p.name for top in PACKAGES for p in top.rglob("*.py")}
    assert set(re.findall(r"`(\w+\.py)`", PAGE)) <= files
    engine = PAGE.partition("## The engine")[2].partition("## Which way")[0]
    assert set(re.findall(r"`(\w+\.py)`", engine)) >= {
        p.name for p in (PACKAGES[0] / "engine").glob("*.py") if p.name != "__init__.py"
    }


def test_no_function_of_the_command_line_is_long_or_takes_much() -> None:
    for file in PACKAGES[1].rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef):
                given = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
                lines = (node.end_lineno or 0) - node.lineno + 1
                assert lines <= 60, f"{file.name}: {node.name} has {lines} lines"
                assert len(given) <= 9, f"{file.name}: {node.name} takes {len(given)} values"
