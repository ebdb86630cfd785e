"""Numbers, arrays and names as they stand in programs, and the forward functions of operations as their definitions.

The latter are for libraries that have no name for an operation.
"""

from __future__ import annotations

import ast
import builtins
import copy
import inspect
import keyword
import math
import re
import sys
import textwrap
import types
from collections.abc import Iterable
from dataclasses import field
from functools import cache
from itertools import chain, count
from typing import Any

import numpy as np
import numpy.typing as npt

from autograd_core.dataclass import dataclass
from autograd_core.errors import AutogradError
from autograd_core.ops.spec import OpSpec, number_text

Array = npt.NDArray[Any]

MODULES = {"numpy": "np", "torch": "torch", "jax": "jnp", "sympy": "np"}
"""What each library's arrays come from, by the name it has in a program."""

_LINE = 100
_FILL = 9


def number_literal(value: float, target: str, *, point: bool = False) -> str:
    """A number; with ``point`` it is a float also where it is whole."""
    if not np.isfinite(value):
        word = "nan" if value != value else "inf"
        return f"{'-' * (value < 0)}{MODULES[target]}.{word}"
    return repr(float(value)) if point else number_text(value)


def literal(value: Any) -> str:
    """A parameter of an operation: what Python writes, with words for what is not finite."""
    if isinstance(value, tuple):
        return f"({', '.join(map(literal, value))}{',' * (len(value) == 1)})"
    if isinstance(value, float) and not np.isfinite(value):
        return f'float("{value}")'
    return repr(value)


def array_literal(array: Array, target: str, *, options: str = "") -> str:
    """An array on one line or several; one that holds a single number many times is written by its shape."""
    flat, module = array.ravel(), MODULES[target]
    narrow = array.dtype == np.float32 and target not in ("torch", "sympy")
    options = f", dtype={module}.float32{options}" if narrow else options
    if array.size == 0 or (array.size >= _FILL and bool((flat == flat[0]).all())):
        value = number_literal(float(flat[0]) if flat.size else 0.0, target, point=True)
        return f"{module}.full({tuple(array.shape)}, {value}{options})"
    maker = "torch.tensor" if target == "torch" else f"{module}.array"
    body = nested(array, target)
    text = f"{maker}({body}{options})"
    if len(text) <= _LINE:
        return text
    wrapped = "\n".join(
        line
        for row in body.replace("],", "],\n").splitlines()
        for line in textwrap.wrap(row.strip(), _LINE, initial_indent="    ", subsequent_indent="    ")
    )
    return f"{maker}(\n{wrapped}{options}\n)"


def nested(array: Array, target: str) -> str:
    """Nested lists with every digit."""
    shortest = array.astype("U32").astype(np.float64) if array.dtype == np.float32 else array
    text = repr(shortest.tolist())
    return text if np.isfinite(shortest).all() else re.sub("nan|inf", rf"{MODULES[target]}.\g<0>", text)


class FreeNames:
    """Gives out names, each once, and none that Python or the text of the program itself (``own``) uses."""

    def __init__(self, own: Iterable[str] = ()) -> None:
        self.used = {*dir(builtins), *keyword.kwlist, *own}
        self._parts = (f"v{number}" for number in count(1))

    def free(self, wanted: str) -> str:
        """This name, or one like it where it is taken: ``x``, ``x_``, ``x_2``, ``x_3``."""
        return self._first(chain((wanted, f"{wanted}_"), (f"{wanted}_{number}" for number in count(2))))

    def part(self) -> str:
        """A name for a part that has none: ``v1``, ``v2``, ..."""
        return self._first(self._parts)

    def _first(self, names: Iterable[str]) -> str:
        """The first of these that is free, which then is no longer."""
        name = next(name for name in names if name not in self.used)
        self.used.add(name)
        return name


_WITHIN = ("autograd_core.ops.", "autograd_core.errors")
_MODULES: dict[Any, str] = {
    np: "np",
    math: "math",
    np.linalg: "np.linalg",
    np.lib.stride_tricks: "np.lib.stride_tricks",
}
_IN_PLACE = ("at", "sliding_window_view", "vectorize", "frompyfunc", "errstate")
_NUMPY = re.compile(r"\bnp\.(?!intp|float64|float32|ndarray|random|ndindex|indices)")


@dataclass(slots=True)
class Definitions:
    """The definitions in a program, what each of them is called there, and the names that are free (``free``)."""

    free: FreeNames
    texts: dict[str, str] = field(default_factory=dict)
    names: dict[Any, str] = field(default_factory=dict)


class UnsupportedError(AutogradError):
    """An operation has no spelling in a target."""

    code = "AG630"


class NoCodeError(Exception):
    """A function cannot be taken out of this package."""


def forward_source(op: OpSpec, module: str, program: Definitions) -> str | None:
    """The name of a function that is added to ``program`` with what it needs; None where it needs more than arrays.

    ``module`` is what stands for NumPy in the program. A library other than NumPy must not change arrays in place.
    """
    made = Definitions(program.free, dict(program.texts), dict(program.names))
    found = made.texts
    try:
        name = _define(op.forward, op.name, made)
    except NoCodeError:
        return None
    if module != "np":
        new = [key for key in found if key not in program.texts]
        if any(_in_place(found[key]) for key in new):
            return None
        found.update((key, _NUMPY.sub(f"{module}.", found[key])) for key in new)
    program.texts.update(found)
    program.names.update(made.names)
    return name


def _define(function: Any, name: str, made: Definitions) -> str:
    """Add the definition of a function, after those it needs; returns its name in the program."""
    if isinstance(function, type) or not callable(function):
        raise NoCodeError(f"{name} is no function")
    if function in made.names:
        return made.names[function]
    if (place := _place(function)) is not None:
        return place
    if not isinstance(function, types.FunctionType) or not function.__module__.startswith(_WITHIN):
        raise NoCodeError(f"{name} comes from elsewhere")
    tree = _Plain().visit(copy.deepcopy(_syntax(function)))
    own = name if isinstance(tree, ast.Lambda) or function.__closure__ else function.__name__
    name = made.names[function] = made.free.free("_" + own.strip("_"))
    renamed: dict[str, str] = {}
    values = {**function.__globals__, **inspect.getclosurevars(function).nonlocals}
    for free in _free_names(tree):
        if free in values:
            renamed[free] = _value(values[free], free, made)
    body = _Renamed(renamed).visit(ast.parse(ast.unparse(tree)))
    made.texts[name] = _definition(body.body[0], name)
    return name


def _place(function: Any) -> str | None:
    """Where a function of NumPy or of the standard library is found in a program."""
    name = getattr(function, "__name__", "")
    for module, text in _MODULES.items():
        if getattr(module, name, None) is function:
            return f"{text}.{name}"
    return None


class _Plain(ast.NodeTransformer):
    """A copy of a definition without its annotations, and with errors that every program knows."""

    def visit_Raise(self, node: ast.Raise) -> ast.AST:
        """A ValueError with the same words."""
        words = node.exc.args[:1] if isinstance(node.exc, ast.Call) else []
        return ast.Raise(ast.Call(ast.Name("ValueError", ast.Load()), words, []), None)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST:
        """An assignment without a type."""
        return ast.Assign([node.target], node.value, lineno=node.lineno) if node.value is not None else ast.Pass()

    def visit_arg(self, node: ast.arg) -> ast.AST:
        """An argument without a type."""
        return ast.arg(node.arg)


def _value(value: Any, name: str, made: Definitions) -> str:
    """What stands for a value in the program: a module, a number, or the name of a function that is defined there."""
    if isinstance(value, types.ModuleType):
        if value in _MODULES:
            return _MODULES[value]
        raise NoCodeError(f"{name} is another module")
    if isinstance(value, (bool, int, float, str, type(None))):
        return repr(value)
    return _define(value, name, made)


def _definition(node: ast.stmt, name: str) -> str:
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Lambda):
        arguments, body = node.value.args, ast.unparse(node.value.body)
        return f"def {name}({ast.unparse(arguments)}):\n    return {body}"
    assert isinstance(node, ast.FunctionDef)
    node.name = name
    node.returns = None
    node.decorator_list = []
    if ast.get_docstring(node) is not None:
        node.body = node.body[1:]
    return ast.unparse(node)


class _Renamed(ast.NodeTransformer):
    """Names of the package replaced by those of the program."""

    def __init__(self, names: dict[str, str]) -> None:
        self.names = names

    def visit_Name(self, node: ast.Name) -> ast.AST:
        text = self.names.get(node.id)
        if text is None or text == node.id or not isinstance(node.ctx, ast.Load):
            return node
        return ast.parse(text, mode="eval").body


def _syntax(function: types.FunctionType) -> ast.Lambda | ast.FunctionDef:
    """The definition of a function in the source of its module: the innermost that holds the last of its code."""
    try:
        module = _module_syntax(function.__module__)
    except (OSError, TypeError) as error:
        raise NoCodeError from error
    code = function.__code__
    inside = max((line, at) for line, _, at, _ in code.co_positions() if line is not None and at is not None)
    arguments = list(code.co_varnames[: code.co_argcount + code.co_kwonlyargcount])
    found = [
        node
        for node in ast.walk(module)
        if isinstance(node, (ast.Lambda, ast.FunctionDef))
        and getattr(node, "name", "<lambda>") == function.__name__
        and [each.arg for each in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)] == arguments
        and (node.lineno, node.col_offset) <= inside < (node.end_lineno or 0, node.end_col_offset or 0)
    ]
    if not found:
        raise NoCodeError
    return max(found, key=lambda node: (node.lineno, node.col_offset))


@cache
def _module_syntax(name: str) -> ast.Module:
    return ast.parse(inspect.getsource(sys.modules[name]))


def _free_names(tree: ast.Lambda | ast.FunctionDef) -> list[str]:
    """The names that are read but not set within a definition, each once."""
    body = [tree.body] if isinstance(tree, ast.Lambda) else tree.body
    names = [each for part in body for each in ast.walk(part) if isinstance(each, ast.Name)]
    bound = {each.arg for each in ast.walk(tree) if isinstance(each, ast.arg)}
    bound |= {each.id for each in names if not isinstance(each.ctx, ast.Load)}
    bound |= {each.name for part in body for each in ast.walk(part) if isinstance(each, ast.FunctionDef)}
    return [name for name in dict.fromkeys(each.id for each in names) if name not in bound]


def _in_place(text: str) -> bool:
    """Whether a definition changes an array, or makes numbers of entries."""
    for each in ast.walk(ast.parse(text)):
        targets = each.targets if isinstance(each, ast.Assign) else [getattr(each, "target", None)]
        if any(isinstance(target, ast.Subscript) for target in targets):
            return True
        if getattr(each, "attr", None) in _IN_PLACE or (isinstance(each, ast.keyword) and each.arg == "out"):
            return True
    return False
