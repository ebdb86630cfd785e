"""The expression read a second time: Python's syntax tree carried out with NumPy's own operators.

Every other witness starts from the parsed expression, and so cannot tell when that is not what was typed. This one
walks the tree that Python's grammar gives, without building an expression, and compares the value alone. It shares with
the engine the splitting into statements, the grammar, and the functions that are called by name.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Generator, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from autograd_core.errors import AutogradError
from autograd_core.expr.parser import CONSTANTS, Source, read
from autograd_core.ops.registry import find
from autograd_core.ops.signature import CallForm

Array = npt.NDArray[Any]
Visit = Generator[ast.expr, Any, Any]

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
    """A form that this reader does not know: it has no opinion."""


def value_of(text: str, inputs: Mapping[str, Array]) -> Array | None:
    """The value of a text for inputs; None where this reader has no opinion."""
    try:
        source = read(text)
        with np.errstate(all="ignore"):
            return _run(source, inputs)
    except (AutogradError, UnreadError, ArithmeticError, LookupError, TypeError, ValueError):
        return None


def _run(source: Source, inputs: Mapping[str, Array]) -> Array:
    """Carry out the statements one after the other."""
    names: dict[str, Any] = {name: getattr(np, name) for name in CONSTANTS}
    names.update({name: np.asarray(array, dtype=np.float64) for name, array in inputs.items()})
    value: Any = None
    for statement in source.statements:
        stack: list[Visit] = [_visit(statement.value, names)]
        value = None
        while stack:
            try:
                child = stack[-1].send(value)
            except StopIteration as stop:
                stack.pop()
                value = stop.value
            else:
                stack.append(_visit(child, names))
                value = None
        if statement.name is not None:
            names[statement.name] = value
    return np.asarray(value, dtype=np.float64)


def _visit(node: ast.expr, names: Mapping[str, Any]) -> Visit:
    """The value of one node; yields the children it needs first. What is written out stays as Python has it."""
    if isinstance(node, ast.Constant):
        return node.value
    if isinstance(node, ast.Name):
        return names[node.id]
    if isinstance(node, ast.UnaryOp):
        operand = yield node.operand
        return -operand if isinstance(node.op, ast.USub) else operand
    if isinstance(node, (ast.BinOp, ast.Compare)):
        left = yield node.left
        right = yield (node.right if isinstance(node, ast.BinOp) else node.comparators[0])
        apply = OPERATORS[type(node.op if isinstance(node, ast.BinOp) else node.ops[0])]
        made = apply(np.asarray(left, dtype=np.float64), np.asarray(right, dtype=np.float64))
        return made if isinstance(node, ast.BinOp) else np.asarray(made, dtype=np.float64)
    if isinstance(node, ast.Attribute):
        base = yield node.value
        return np.transpose(base) if node.attr == "T" else np.swapaxes(base, -2, -1)
    if isinstance(node, (ast.List, ast.Tuple)):
        entries = []
        for entry in node.elts:
            entries.append((yield entry))
        return entries if isinstance(node, ast.List) else tuple(entries)
    if isinstance(node, ast.Call):
        return (yield from _call(node))
    if isinstance(node, ast.Slice):
        ends = []
        for end in (node.lower, node.upper, node.step):
            ends.append(None if end is None else (yield end))
        return slice(*ends)
    if isinstance(node, ast.Subscript):
        base = yield node.value
        return np.asarray(base)[(yield node.slice)]
    raise UnreadError


def _call(node: ast.Call) -> Visit:
    """A function or a method by its name."""
    arguments: list[Any] = []
    if isinstance(node.func, ast.Attribute):
        arguments.append((yield node.func.value))
    name: str = getattr(node.func, "attr", getattr(node.func, "id", ""))
    function = find(name)
    if function is None:
        raise UnreadError
    count = len(arguments) + len(node.args)
    function, _ = function.alternative(
        CallForm(name, count, frozenset(k.arg or "" for k in node.keywords), bool(arguments))
    )
    for argument in node.args:
        arguments.append((yield argument))
    keywords = {}
    for keyword in node.keywords:
        assert keyword.arg is not None
        keywords[keyword.arg] = yield keyword.value
    operands, params = function.bind(arguments, keywords)
    arrays = [o if o is None else np.asarray(o, dtype=np.float64) for o in operands]
    return function(*arrays, **params)
