"""The expression read a second time: Python's syntax tree carried out with NumPy's own operators.

Every other witness starts from the parsed expression, and so cannot tell when that is not what was typed. This one
walks the tree that Python's grammar gives, without building an expression, and compares the value alone. It shares with
the engine the splitting into statements, the grammar, and the functions that are called by name.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from autograd_core.errors import AutogradError
from autograd_core.expr.parser import CONSTANTS, read
from autograd_core.ops.registry import find
from autograd_core.ops.signature import CallForm

Array = npt.NDArray[Any]

OPERATORS: dict[type[ast.AST], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: np.true_divide,
    ast.FloorDiv: np.floor_divide,
    ast.Mod: np.remainder,
    ast.Pow: np.power,
    ast.MatMult: operator.matmul,
    ast.Lt: np.less,
    ast.LtE: np.less_equal,
    ast.Gt: np.greater,
    ast.GtE: np.greater_equal,
    ast.Eq: np.equal,
    ast.NotEq: np.not_equal,
}


class UnreadError(Exception):
    """A form that this reader does not know, so that it has no opinion."""


def value_of(text: str, inputs: Mapping[str, Array]) -> Array | None:
    """The value of a text for inputs; None where this reader has no opinion."""
    names: dict[str, Any] = {name: getattr(np, name) for name in CONSTANTS}
    names.update({name: np.asarray(array, dtype=np.float64) for name, array in inputs.items()})
    value: Any = None
    try:
        with np.errstate(all="ignore"):
            for statement in read(text).statements:
                value = _value(statement.value, names)
                if statement.name is not None:
                    names[statement.name] = value
        return np.asarray(value, dtype=np.float64)
    except (AutogradError, UnreadError, ArithmeticError, LookupError, TypeError, ValueError):
        return None


def _value(expression: ast.expr, names: Mapping[str, Any]) -> Any:
    """The value of an expression, from its parts to the whole."""
    nodes = [node for node in ast.walk(expression) if isinstance(node, ast.expr)]
    called = {node.func for node in nodes if isinstance(node, ast.Call)}
    values: dict[ast.AST | None, Any] = {None: None}  # an end of a slice that is not written
    for node in reversed(nodes):
        if node not in called:
            values[node] = _call(node, values) if isinstance(node, ast.Call) else _apply(node, values, names)
            for part in ast.iter_child_nodes(node):
                values.pop(part, None)  # each is used once
    return values[expression]


def _apply(node: ast.expr, values: Mapping[ast.AST | None, Any], names: Mapping[str, Any]) -> Any:
    """The value of one node by those of its parts. What is written out stays as Python has it."""
    if isinstance(node, ast.Constant):
        return node.value
    if isinstance(node, ast.Name):
        return names[node.id]
    if isinstance(node, ast.UnaryOp):
        return -values[node.operand] if isinstance(node.op, ast.USub) else values[node.operand]
    if isinstance(node, (ast.BinOp, ast.Compare)):
        sides = (node.left, node.right if isinstance(node, ast.BinOp) else node.comparators[0])
        apply = OPERATORS[type(node.op if isinstance(node, ast.BinOp) else node.ops[0])]
        made = apply(*[np.asarray(values[side], dtype=np.float64) for side in sides])
        return made if isinstance(node, ast.BinOp) else np.asarray(made, dtype=np.float64)
    if isinstance(node, ast.Attribute):
        base = values[node.value]
        return np.transpose(base) if node.attr == "T" else np.swapaxes(base, -2, -1)
    if isinstance(node, (ast.List, ast.Tuple)):
        entries = [values[entry] for entry in node.elts]
        return entries if isinstance(node, ast.List) else tuple(entries)
    if isinstance(node, ast.Slice):
        return slice(values[node.lower], values[node.upper], values[node.step])
    if isinstance(node, ast.Subscript):
        return np.asarray(values[node.value])[values[node.slice]]
    raise UnreadError


def _call(node: ast.Call, values: Mapping[ast.AST | None, Any]) -> Any:
    """What a function or a method gives, found by its name."""
    before = [node.func.value] if isinstance(node.func, ast.Attribute) else []
    arguments = [values[each] for each in (*before, *node.args)]
    name: str = getattr(node.func, "attr", getattr(node.func, "id", ""))
    function = find(name)
    if function is None:
        raise UnreadError
    keywords = {keyword.arg or "": values[keyword.value] for keyword in node.keywords}
    function, _ = function.alternative(CallForm(name, len(arguments), frozenset(keywords), bool(before)))
    operands, params = function.bind(arguments, keywords)
    arrays = [o if o is None else np.asarray(o, dtype=np.float64) for o in operands]
    return function(*arrays, **params)
