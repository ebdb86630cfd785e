"""Operators and functions applied to expressions while one is built."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from autograd_core.errors import ExpressionError
from autograd_core.expr.nodes import Const, Expr
from autograd_core.expr.syntax import value_problem
from autograd_core.ops import functions
from autograd_core.ops.registry import nearest
from autograd_core.ops.spec import Function, OpSpec


def number(value: Any) -> Expr:
    """A number as a constant expression; anything else is refused by its name."""
    problem = value_problem(value)
    if problem is not None:
        raise problem
    return Const(value)


def plain(expr: Expr) -> bool:
    """Whether an expression is a number written in digits."""
    return isinstance(expr, Const) and expr.shape == () and expr.text is None


def apply(function: Callable[[Any, Any], Any], left: Expr, right: Expr) -> Any:
    """An operator on two expressions; numbers written in digits are computed at once, in float64."""
    if plain(left) and plain(right):
        assert isinstance(left, Const)
        assert isinstance(right, Const)
        if function is operator.matmul:
            return function(left, right)
        with np.errstate(all="ignore"):
            return Const(function(np.float64(left.value), np.float64(right.value)))
    if function is operator.pow and isinstance(right, Const) and right.shape == ():
        return left ** float(right.value)
    return function(left, right)


def applied(function: Function, operands: Sequence[Any], params: Mapping[str, Any]) -> Any:
    """A function on expressions: a primitive makes a node, anything else is written in primitives."""
    if isinstance(function, OpSpec):
        return function(*[o if isinstance(o, Expr) else Const(o) for o in operands], **params)
    plain_numbers = [float(o.value) if plain(o) else o for o in operands]
    made = function(*plain_numbers, **params)
    if isinstance(made, Expr):
        return made
    text = None
    if not function.operands:
        inside = ", ".join(f"{p.name}={params[p.name]!r}" for p in function.params)
        text = f"{function.name}({inside})"
    return Const(made, text)


def unknown_function(name: str) -> ExpressionError:
    """The error for a function that does not exist."""
    near = nearest(name)
    count = sum(1 for _ in functions())
    return ExpressionError(
        f"unknown function {name!r}",
        code="AG604",
        hint=f"did you mean {' or '.join(near)}?" if near else f"autograd-cli functions lists all {count}",
    )
