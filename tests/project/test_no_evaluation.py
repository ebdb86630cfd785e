"""Nothing that a user typed is ever evaluated: the sources use nothing that could.

The syntax trees of all files of the product are walked. A name is refused wherever it stands, called or handed on, so
that no detour helps; what is allowed is listed by file, with the reason.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FILES = sorted([*(ROOT / "core").rglob("*.py"), *(ROOT / "cli").rglob("*.py")])

BUILTINS = {"eval", "exec", "compile", "__import__", "breakpoint"}
"""Builtins that run text."""

FUNCTIONS = {
    # SymPy: each of them evaluates text.
    *("sympify", "parse_expr", "lambdify", "lambdastr", "implemented_function", "autowrap", "ufuncify"),
    # Python: text or bytes that become code or objects.
    *("literal_eval", "safe_eval", "run_path", "run_module", "runsource", "runcode", "FunctionType", "CodeType"),
    # NumPy: pickles, addresses, and files that are opened by name.
    *("load", "fromfile", "genfromtxt", "loadtxt", "fromregex", "ctypeslib", "memmap"),
    # The shell and other programs.
    *("system", "popen", "spawnv", "spawnl", "posix_spawn", "execv", "execve", "execvp", "execl", "startfile", "Popen"),
}
"""Names that are refused as attributes and as imports."""

MODULES = {
    *("pickle", "cPickle", "dill", "cloudpickle", "shelve", "joblib", "yaml", "numexpr", "code", "codeop", "runpy"),
    *("subprocess", "builtins", "ctypes", "cffi", "socket", "urllib", "http", "requests", "imp"),
}
"""Modules that run text or programs, make objects of bytes, or reach the network."""

ALLOWED = {
    (
        "core/autograd_core/expr/parser.py",
        "ast.parse",
    ): "the one reader of expressions; its trees are walked, never run",
    ("core/autograd_core/deadline.py", "ctypes"): "where the system has no timer: an exception in the main thread",
    ("core/autograd_core/process.py", "marshal"): "plain data between this process and its own child",
    ("core/autograd_core/process.py", "ctypes"): "one setting of the system: a child ends with its parent",
    ("core/autograd_core/ops/registry.py", "import_module"): "the modules of the package itself",
    ("core/autograd_core/torch.py", "import_module"): "two modules of the package, by the names of a table",
    (
        "cli/autograd_cli/values/files.py",
        "load",
    ): "a file that is open, whose header was read and found to be of plain numbers; no pickles",
    (
        "cli/autograd_cli/values/tables.py",
        "loadtxt",
    ): "lines of text in hand, to floats alone; what is no number is an error",
    ("core/autograd_core/__init__.py", "import_module"): "the modules of the package itself, by the names of a table",
    (
        "core/autograd_core/functional/__init__.py",
        "import_module",
    ): "the modules of the package, by the names of a table",
    ("core/autograd_core/torch.py", "builtins"): "float, int, bool, max and others, which are PyTorch's names here",
    ("core/autograd_core/engine/overloads.py", "builtins"): "float, int and bool beside the methods of these names",
    ("cli/autograd_cli/environment.py", "ctypes"): "two settings of the C library's memory",
    ("cli/autograd_cli/app.py", "import_module"): "the modules of the commands, by the names of the table",
    ("cli/autograd_cli/writers/__init__.py", "import_module"): "the writers, by the names of a table",
    ("core/autograd_core/export/code.py", "ast.parse"): "the package's own sources, which are written out, not run",
    ("core/autograd_core/export/code.py", "FunctionType"): "the type of what is written out",
    ("core/autograd_core/export/code.py", "builtins"): "names that a program has anyway",
}


def suspicious(tree: ast.AST) -> Iterator[tuple[str, int]]:
    """What a file uses that could evaluate text, with its line."""
    strict = {
        node.func
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and any(k.arg == "strict" and is_true(k.value) for k in node.keywords)
    }
    for node in ast.walk(tree):
        line = getattr(node, "lineno", 0)
        match node:
            case ast.Attribute(attr="sympify") if node in strict:
                pass  # takes numbers and SymPy's own objects, and refuses text
            case ast.Name(id=name) if name in BUILTINS | FUNCTIONS:
                yield name, line
            case ast.Attribute(value=ast.Name(id="ast"), attr="parse"):
                yield "ast.parse", line
            case ast.Attribute(attr=name) if name in FUNCTIONS | (BUILTINS - {"compile"}):
                yield name, line
            case ast.Attribute(value=ast.Name(id=module), attr="compile") if module != "re":
                yield "compile", line
            case ast.Import(names=aliases):
                for alias in aliases:
                    if {alias.name.split(".")[0]} & (MODULES | {"marshal"}):
                        yield alias.name, line
            case ast.ImportFrom(module=module, names=aliases):
                names = {alias.name for alias in aliases}
                if module == "ast" and names & {"parse", "literal_eval"}:
                    yield "ast.parse", line
                if (module or "").split(".")[0] in MODULES or names & (FUNCTIONS | BUILTINS):
                    yield f"{module}.{'/'.join(sorted(names))}", line
            case ast.keyword(arg="allow_pickle", value=value) if not is_false(value):
                yield "allow_pickle", line
            case ast.keyword(arg="shell", value=value) if not is_false(value):
                yield "shell", line
            case ast.Call(func=ast.Name(id="import_module") | ast.Attribute(attr="import_module"), args=[name, *_]):
                if not isinstance(name, ast.Constant):
                    yield "import_module", line
            case ast.Call(func=ast.Name(id="S" | "N") | ast.Attribute(attr="S" | "N")):
                yield "sympy.S", line
            case ast.Call(func=ast.Name(id="getattr"), args=[ast.Name(id="builtins" | "__builtins__" | "os"), *rest]):
                if not isinstance(rest[0], ast.Constant):
                    yield "getattr", line


def is_true(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is True


def is_false(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is False


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_file_uses_nothing_that_evaluates_text(path: Path) -> None:
    name = path.relative_to(ROOT).as_posix()
    found = list(suspicious(ast.parse(path.read_text(encoding="utf-8"))))
    wrong = [f"{name}:{line} uses {what}" for what, line in found if (name, what) not in ALLOWED]
    assert not wrong, "\n".join(wrong)


def test_what_is_allowed_is_still_used() -> None:
    used = {
        (name := path.relative_to(ROOT).as_posix(), what)
        for path in FILES
        for what, _ in suspicious(ast.parse(path.read_text(encoding="utf-8")))
    }
    assert used >= ALLOWED.keys(), name


@pytest.mark.parametrize(
    "source",
    [
        "eval('1')",
        "f = eval",
        "[exec][0]('1')",
        "compile(text, 'a', 'eval')",
        "builtins.eval(text)",
        "import builtins",
        "sympy.sympify(text)",
        "sympy.sympify(text, strict=False)",
        "from sympy import sympify as s",
        "from sympy.parsing.sympy_parser import parse_expr",
        "sp().lambdify([x], text)",
        "sp().S(text)",
        "np.load(path)",
        "np.load(path, allow_pickle=True)",
        "read(path, allow_pickle=flag)",
        "import pickle",
        "from pickle import loads",
        "os.system(text)",
        "run(text, shell=True)",
        "import subprocess",
        "importlib.import_module(text)",
        "import_module(text)",
        "__import__(text)",
        "ast.parse(text)",
        "ast.literal_eval(text)",
        "from ast import literal_eval",
        "getattr(builtins, name)",
    ],
)
def test_the_reader_of_sources_sees_it(source: str) -> None:
    assert list(suspicious(ast.parse(source)))


@pytest.mark.parametrize(
    "source",
    ["re.compile('a')", "evaluate(x)", "sp().sympify(x, strict=True)", "x.load_all", "f(allow_pickle=False)", "op.sin"],
)
def test_the_reader_of_sources_lets_the_rest_pass(source: str) -> None:
    assert not list(suspicious(ast.parse(source)))
