"""The name of an operation is written once, in its declaration: elsewhere code tells operations by that declaration."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from pathlib import Path

from autograd_core.ops import OpSpec, functions

ROOT = Path(__file__).parents[2]
NAMES = {function.name for function in functions() if isinstance(function, OpSpec)}


def of_operation(node: ast.AST) -> bool:
    """Whether an expression is the name of an operation, as in ``node.op.name`` or ``term.data.name``."""
    return (
        isinstance(node, ast.Attribute)
        and node.attr == "name"
        and (getattr(node.value, "attr", "") in ("op", "data") or getattr(node.value, "id", "") in ("op", "function"))
    )


def told_by_name(tree: ast.Module) -> Iterator[str]:
    """Names of operations that an operation's name is compared with, or that a table holds which it is looked up in."""
    tables: dict[str, ast.AST] = {}
    for node in tree.body:
        target = node.targets[0] if isinstance(node, ast.Assign) else getattr(node, "target", None)
        if isinstance(node, (ast.Assign, ast.AnnAssign)) and isinstance(target, ast.Name) and node.value is not None:
            tables[target.id] = node.value
    for part in tree.body:
        named = {
            getattr(node.targets[0], "id", "?")
            for node in ast.walk(part)
            if isinstance(node, ast.Assign) and of_operation(node.value)
        }
        for node in ast.walk(part):
            for side in compared(node, named):
                for each in ast.walk(tables.get(getattr(side, "id", ""), side)):
                    if isinstance(each, ast.Constant) and each.value in NAMES:
                        yield str(each.value)


def compared(node: ast.AST, named: set[str]) -> Sequence[ast.AST]:
    """What an expression holds the name of an operation against; ``named`` are the variables that hold such a name."""

    def is_name(part: ast.AST) -> bool:
        return of_operation(part) or getattr(part, "id", "") in named

    if isinstance(node, ast.Compare) and is_name(node.left):
        return node.comparators
    if isinstance(node, ast.Subscript) and is_name(node.slice):
        return [node.value]
    if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "find":
        return node.args
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "get" and node.args:
        return [node.func.value] if is_name(node.args[0]) else []
    return []


TABLES = {
    "assumptions.py": "kinds of assumptions, as norm",
    "check/nonfinite.py": "where a logarithm begins",
    "engine/methods.py": "what PyTorch calls its methods",
    "expr/latex.py": "forms that depend on the shapes of the operands",
    "formula/normalize.py": "what terms have a form of their own for",
    "formula/names.py": "kinds of terms, as sum",
    "formula/printer.py": "kinds of terms, as sum",
    "formula/rules.py": "kinds of terms, as sum",
    "symbolic/program.py": "SymPy's functions",
    "symbolic/instructions.py": "SymPy's functions",
}
"""Modules that may say something of several operations in a table, and why they do not declare it."""


def tables_of_operations(tree: ast.Module) -> Iterator[str]:
    """The tables of a module that say something of several operations, of ``op.sum`` or of its name."""
    for statement in tree.body:
        for node in ast.walk(statement) if isinstance(statement, (ast.Assign, ast.AnnAssign)) else ():
            keys = [key for key in node.keys if key is not None] if isinstance(node, ast.Dict) else []
            told = [key for key in keys if getattr(getattr(key, "value", None), "id", "") in ("op", "ops")]
            named = [key for key in keys if isinstance(key, ast.Constant) and key.value in NAMES]
            if len(told) + len(named) > 1:
                yield ast.unparse(statement).partition(" =")[0]


def modules() -> Iterator[tuple[str, ast.Module]]:
    """Every module outside ``ops`` by its path."""
    for folder in ("core/autograd_core", "cli/autograd_cli"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            name = path.relative_to(ROOT / folder).as_posix()
            if not name.startswith("ops/"):
                yield name, ast.parse(path.read_text(encoding="utf-8"))


def test_no_code_tells_operations_by_their_names() -> None:
    found = {name: names for name, tree in modules() if (names := list(told_by_name(tree)))}
    assert not found, "compare with the declaration (op.sum), or declare what this code needs to know"


def test_no_table_says_of_operations_what_they_can_declare() -> None:
    found = {name: names for name, tree in modules() if (names := list(tables_of_operations(tree)))}
    assert found.keys() <= TABLES.keys(), "a field of the declaration, or a reason why it is none"


def test_a_name_that_is_told_is_found() -> None:
    tree = ast.parse(
        'T = {"inv": 1}\nS = ("abs",)\ndef told(node, name="cos"):\n    name = node.op.name\n'
        '    if node.op.name in ("softmax", "sum") or op.name == "exp" or find("tanh") or name == "sin": pass\n'
        "    T.get(term.data.name), T[name], name in S"
    )
    assert sorted(told_by_name(tree)) == ["abs", "exp", "inv", "inv", "sin", "softmax", "sum", "tanh"]


def test_a_table_of_operations_is_found() -> None:
    text = 'LETTERS = {op.exp: "e", ops.log: "l"}\nWORDS: Any = {"tanh": 1, "cosh": 2}\nSIZES = {"sum": 1, "other": 2}'
    assert list(tables_of_operations(ast.parse(text))) == ["LETTERS", "WORDS: Any"]
