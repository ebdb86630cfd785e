"""The name of an operation is written once, in its declaration: no more code than today tells operations by name."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from autograd_core.ops import OpSpec, functions

ROOT = Path(__file__).parents[2]
NAMES = {function.name for function in functions() if isinstance(function, OpSpec)}

LEFT = {
    "check/kinks.py": 1,
    "check/rewrites.py": 2,
    "claims/mistakes/backward.py": 14,
    "claims/mistakes/scaling.py": 5,
    "claims/passes.py": 6,
    "claims/points.py": 4,
    "export/spell.py": 1,
    "export/symbols.py": 1,
    "expr/latex.py": 5,
    "expr/plan.py": 3,
    "expr/reader/entries.py": 4,
    "expr/reader/interpret.py": 1,
    "expr/text.py": 7,
    "expr/tidy.py": 6,
    "formula/algebra.py": 1,
    "formula/contraction.py": 1,
    "formula/names.py": 2,
    "formula/normalize.py": 4,
    "formula/printer.py": 1,
    "formula/readers.py": 4,
    "guide/samples.py": 1,
}
"""Where names are still written, and how many: a number here may only fall."""


def told_by_name(tree: ast.AST) -> Iterator[str]:
    """Names of operations that ``op.name`` is compared with, or that ``primitives`` and ``find`` are asked for."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Compare) and isinstance(node.left, ast.Attribute) and node.left.attr == "name":
            written = [each for side in node.comparators for each in ast.walk(side)]
        elif isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("primitives", "find"):
            written = list(node.args)
        else:
            continue
        for each in written:
            if isinstance(each, ast.Constant) and each.value in NAMES:
                yield str(each.value)


def found() -> Counter[str]:
    counts: Counter[str] = Counter()
    for folder in ("core/autograd_core", "cli/autograd_cli"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            name = path.relative_to(ROOT / folder).as_posix()
            if not name.startswith("ops/"):
                many = sum(1 for _ in told_by_name(ast.parse(path.read_text())))
                if many:
                    counts[name] = many
    return counts


def test_no_more_code_tells_operations_by_their_names() -> None:
    more = {name: many for name, many in found().items() if many > LEFT.get(name, 0)}
    assert not more, "declare with the operation what this code needs to know of it"


def test_a_name_that_is_told_is_found() -> None:
    tree = ast.parse('if node.op.name in ("softmax", "sum") or op.name == "exp" or find("tanh"): pass')
    assert sorted(told_by_name(tree)) == ["exp", "softmax", "sum", "tanh"]
