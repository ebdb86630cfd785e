"""Imports point one way: modules of the core import from lower layers only, and never from the command line."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).resolve().parents[2]
CORE = ROOT / "core" / "autograd_core"
CLI = ROOT / "cli" / "autograd_cli"

# The layers of the core, low to high: a name is a module or a package of autograd_core, and imports from the ones
# before it. The package's own __init__ stands above them all.
LAYERS = (
    "errors",
    "escape",
    "dataclass",
    "limits",
    "deadline",
    "phases",
    "process",
    "number_text",
    "array_text",
    "ops",
    "engine",
    "expr",
    "functional",
    "torch",
    "graph_data",
    "page",
    "report",
    "request",
    "assumptions",
    "preflight",
    "run",
    "plot",
    "descend",
    "formula",
    "steps",
    "symbolic",
    "export",
    "check",
    "claims",
    "calculate",
    "matrices",
    "shapes",
)
TOP = "__init__"

# Layers that may use less than everything below them: the operations stand alone, whatever is put below them later.
ONLY: dict[str, set[str]] = {
    "errors": set(),
    "escape": set(),
    "dataclass": set(),
    "limits": {"dataclass"},
    "number_text": set(),
    "ops": {"errors", "limits", "number_text", "dataclass"},
}


class Import(NamedTuple):
    """One imported module: its absolute dotted name, its line, and whether it happens when the file is imported."""

    name: str
    line: int
    at_module_level: bool


def imports_of(source: str, package: str) -> list[Import]:
    """Everything that a file in ``package`` imports, at any depth, with ``from a import b`` as ``a.b``."""

    def visit(node: ast.AST, at_module_level: bool) -> Iterator[Import]:
        deferred: set[ast.AST] = set()  # children that do not run when the file is imported
        match node:
            case ast.Import(names=aliases):
                yield from (Import(alias.name, node.lineno, at_module_level) for alias in aliases)
            case ast.ImportFrom(module=module, names=aliases, level=level):
                parts = package.split(".")
                base = [*parts[: len(parts) - level + 1], *filter(None, [module])] if level else [module or ""]
                yield from (Import(".".join([*base, alias.name]), node.lineno, at_module_level) for alias in aliases)
            case ast.Call(
                func=ast.Name(id="import_module" | "__import__") | ast.Attribute(attr="import_module"),
                args=[ast.Constant(value=str(name)), *_],
            ):
                yield Import(name, node.lineno, at_module_level)
            case ast.If(test=ast.Name(id="TYPE_CHECKING") | ast.Attribute(attr="TYPE_CHECKING"), body=body):
                deferred.update(body)
            case ast.FunctionDef(body=body) | ast.AsyncFunctionDef(body=body):
                deferred.update(body)
            case ast.Lambda(body=value):
                deferred.add(value)
        for child in ast.iter_child_nodes(node):
            yield from visit(child, at_module_level and child not in deferred)

    return list(visit(ast.parse(source), True))


def layer_of(name: str) -> str | None:
    """The layer of a dotted name below ``autograd_core``; None for anything else."""
    head, *rest = name.split(".")
    if head != "autograd_core":
        return None
    return rest[0] if rest and (rest[0] in LAYERS or is_module(rest[0])) else TOP


def is_module(name: str) -> bool:
    """Whether the core has a module or a package of this name."""
    return (CORE / f"{name}.py").is_file() or (CORE / name).is_dir()


def may_import(layer: str, other: str) -> bool:
    """Whether a module of ``layer`` may import from ``other``."""
    if layer in (TOP, other):
        return True
    if other not in LAYERS or LAYERS.index(other) > LAYERS.index(layer):
        return False
    return layer not in ONLY or other in ONLY[layer]


def files_of(package: Path) -> list[Path]:
    """The source files of a package, which are never none."""
    files = sorted(package.rglob("*.py"))
    assert files, f"no source files in {package}"
    return files


def read(path: Path) -> list[Import]:
    """The imports of a source file of the project."""
    return imports_of(path.read_text(encoding="utf-8"), ".".join(path.relative_to(ROOT).parent.parts[1:]))


def where(path: Path, found: Import) -> str:
    """Place and name of an import, for a message."""
    return f"{path.relative_to(ROOT)}:{found.line} imports {found.name}"


def test_each_module_of_the_core_has_its_layer() -> None:
    names = {path.relative_to(CORE).parts[0].removesuffix(".py") for path in files_of(CORE)}
    unknown = sorted(names - {*LAYERS, TOP})
    assert not unknown, f"{', '.join(unknown)}: new in autograd_core; add the name to LAYERS in tests/test_layers.py"


def test_the_core_imports_from_lower_layers_only() -> None:
    wrong = []
    for path in files_of(CORE):
        layer = path.relative_to(CORE).parts[0].removesuffix(".py")
        if layer not in (*LAYERS, TOP):
            continue  # reported by test_each_module_of_the_core_has_its_layer
        for found in read(path):
            other = layer_of(found.name)
            if other is not None and not may_import(layer, other):
                wrong.append(f"{where(path, found)}: {layer} may not import from {other}")
    assert not wrong, "\n".join(wrong)


def test_the_core_knows_nothing_of_the_command_line() -> None:
    wrong = [
        where(path, found)
        for path in files_of(CORE)
        for found in read(path)
        if found.name.split(".")[0] in {"autograd_cli", "rich", "typer"}
    ]
    assert not wrong, "\n".join(wrong)


def modules() -> dict[str, Path]:
    """Every module of the project by its dotted name."""
    found = {}
    for path in files_of(CORE) + files_of(CLI):
        parts = path.relative_to(ROOT).with_suffix("").parts[1:]
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def test_no_sentence_of_the_core_has_the_words_of_the_command_line() -> None:
    option = re.compile(r"(?<![\w-])--[a-z]|autograd-cli ")
    texts = [
        f"{path.relative_to(CORE)}:{node.lineno}: {node.value}"
        for path in sorted(CORE.rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and option.search(node.value)
    ]

    assert texts == []


def test_no_modules_need_each_other_even_inside_functions() -> None:
    paths = modules()
    needs: dict[str, set[str]] = {name: set() for name in paths}
    for name, path in paths.items():
        for one in read(path):
            other = next((each for each in (one.name, one.name.rpartition(".")[0]) if each in paths), name)
            if other != name:
                needs[name].add(other)
    TopologicalSorter(needs).prepare()  # raises CycleError, which names the modules


def test_sympy_is_imported_inside_functions_only() -> None:
    wrong = [
        where(path, found)
        for path in files_of(CORE) + files_of(CLI)
        for found in read(path)
        if found.at_module_level and found.name.split(".")[0] == "sympy"
    ]
    assert not wrong, "\n".join(wrong)


def test_every_imported_package_is_a_declared_dependency() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    declared = {re.split(r"[^\w.-]", requirement)[0] for requirement in project["dependencies"]}
    known = declared | sys.stdlib_module_names | {"autograd_core", "autograd_cli"}
    wrong = [
        f"{where(path, found)}, which pyproject.toml does not declare"
        for path in files_of(CORE) + files_of(CLI)
        for found in read(path)
        if found.name.split(".")[0] not in known
    ]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize(
    ("module", "unwanted"), [("autograd_core", {"sympy", "typer", "rich"}), ("autograd_cli.main", {"sympy"})]
)
def test_importing_loads_no_more_than_it_should(module: str, unwanted: set[str]) -> None:
    program = f"import sys, {module}; print(*sorted({unwanted!r} & sys.modules.keys()))"
    paths = os.pathsep.join([str(CORE.parent), str(CLI.parent)])
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "PYTHONPATH": paths},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == []


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("import a.b, c", [("a.b", True), ("c", True)]),
        ("from a.b import c as d", [("a.b.c", True)]),
        ("from . import a", [("autograd_core.expr.a", True)]),
        ("from .a import b", [("autograd_core.expr.a.b", True)]),
        ("from ..engine import Tensor", [("autograd_core.engine.Tensor", True)]),
        ("def f():\n    import a", [("a", False)]),
        ("def f(x=__import__('a')):\n    pass", [("a", True)]),
        ("f = lambda: importlib.import_module('a')", [("a", False)]),
        ("a = importlib.import_module('a')", [("a", True)]),
        ("try:\n    import a\nexcept ImportError:\n    import b", [("a", True), ("b", True)]),
        ("class C:\n    import a", [("a", True)]),
        ("if TYPE_CHECKING:\n    import a\nelse:\n    import b", [("a", False), ("b", True)]),
    ],
)
def test_the_reader_of_imports_finds_them_all(source: str, expected: list[tuple[str, bool]]) -> None:
    found = imports_of(source, "autograd_core.expr")
    assert [(one.name, one.at_module_level) for one in found] == expected


@pytest.mark.parametrize(
    ("layer", "name", "allowed"),
    [
        ("engine", "autograd_core.ops.spec.OpSpec", True),
        ("ops", "autograd_core.ops.spec.OpSpec", True),
        ("ops", "autograd_core.errors.ShapeError", True),
        ("ops", "autograd_core.limits.limits", True),
        ("ops", "autograd_core.engine.operators.Operators", False),
        ("engine", "autograd_core.expr.nodes.Expr", False),
        ("engine", "autograd_core.calculate", False),
        ("engine", "autograd_core.Tensor", False),
        ("errors", "autograd_core.limits.limits", False),
        ("__init__", "autograd_core.calculate.calculate", True),
    ],
)
def test_the_judge_of_layers_says_no_where_it_should(layer: str, name: str, allowed: bool) -> None:
    other = layer_of(name)
    assert other is not None
    assert may_import(layer, other) is allowed


def test_the_core_imports_inside_functions_only_what_a_start_must_not_wait_for() -> None:
    found = {
        f"{path.relative_to(ROOT)}:{inside.lineno}"
        for path in files_of(CORE)
        for function in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef))
        for inside in ast.walk(function)
        if isinstance(inside, (ast.Import, ast.ImportFrom))
    }
    assert len(found) < 15, "order the modules so that these imports can stand at the top"
