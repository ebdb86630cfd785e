"""Operators and functions applied to expressions while one is built, and what their static arguments are."""

from __future__ import annotations

import ast
import difflib
import operator
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from autograd_core.errors import AutogradError, ExpressionError
from autograd_core.expr.nodes import Const, Expr, named
from autograd_core.expr.syntax_errors import value_problem
from autograd_core.ops import functions
from autograd_core.ops.registry import spellings
from autograd_core.ops.spec import Function, OpSpec, value_text


def number(value: Any) -> Expr:
    """A number as a constant expression; anything else is refused by its name."""
    problem = value_problem(value)
    if problem is not None:
        raise problem
    return Const(value)


def is_literal_number(expr: Expr) -> bool:
    """Whether an expression is a number written in digits."""
    return isinstance(expr, Const) and expr.shape == () and expr.text is None


def apply_operator(function: Callable[[Any, Any], Any], left: Expr, right: Expr) -> Any:
    """An operator on two expressions; numbers written in digits are computed at once, in float64."""
    if is_literal_number(left) and is_literal_number(right):
        assert isinstance(left, Const)
        assert isinstance(right, Const)
        if function is operator.matmul:
            return function(left, right)
        with np.errstate(all="ignore"):
            return Const(function(np.float64(left.value), np.float64(right.value)))
    if function is operator.pow and isinstance(right, Const) and right.shape == ():
        return left ** float(right.value)
    return function(left, right)


def apply_function(function: Function, operands: Sequence[Any], params: Mapping[str, Any]) -> Any:
    """A function on expressions: a primitive makes a node, anything else is written in primitives."""
    if isinstance(function, OpSpec):
        return function(*[o if isinstance(o, Expr) else Const(o) for o in operands], **params)
    plain_numbers = [np.float64(o.value) if is_literal_number(o) else o for o in operands]
    try:
        try:
            with np.errstate(all="ignore"):
                made = function(*plain_numbers, **params)
        except (IndexError, TypeError, ValueError):  # NumPy refuses numbers in its own words, expressions do in ours
            made = function(*operands, **params)
    except AutogradError as error:
        raise named(error, [o for o in operands if isinstance(o, Expr)]) from None
    if isinstance(made, Expr):
        return made
    return Const(made, None if function.operands else constant_text(function, params))


def constant_text(function: Function, params: Mapping[str, Any]) -> str:
    """A call that makes a constant, as ``zeros(2, 3)``: positional, without what is left at its default."""
    given = [params[p.name] for p in function.params]
    while (
        given and not function.params[len(given) - 1].required and given[-1] == function.params[len(given) - 1].default
    ):
        given.pop()
    if len(given) == 1 and function.params[0].rest and isinstance(given[0], tuple) and given[0]:
        given = list(given[0])
    return f"{function.name}({', '.join(value_text(value) for value in given)})"


_INSTEAD = {
    "eig eigh eigvals eigenvalues eigs": "the eigenvalues of a symmetric matrix, "
    "smallest first, are eigvalsh(S): eigvalsh(S)[-1] is the largest",
    "matrix_exp expm logm sqrtm funm MatrixExp": "a whole power is matrix_power(A, 3); the series of exp(A) begins "
    "with eye(3) + A + A @ A/2",
    "qr svd lu schur": "what there is of decompositions: cholesky(A), svdvals(A), solve(A, b)",
    "argmax argmin nonzero searchsorted": "a place has no derivative; max(x) is the value there, softmax(x) smooth",
    "quantile percentile": "sort(x)[k] has k entries below it, median(x) as many below as above",
    "lstsq": "where A has full rank it is solve(A.T @ A, A.T @ b)",
    "fft ifft rfft": "there are no complex numbers",
    "Linear Conv1d Conv2d Embedding LSTM GRU RNN": "it has weights of its own, which have to be named: W @ x + b",
}
ABSENT = {name: instead for names, instead in _INSTEAD.items() for name in names.split()}
"""What is asked for and is not here, and what comes near to it."""


def unknown_function(name: str) -> ExpressionError:
    """The error for a function that does not exist."""
    if name in ABSENT:
        return ExpressionError(f"there is no {name} here", code="AG604", why=ABSENT[name])
    near = nearest(name) if len(name) > 1 else []
    count = sum(1 for _ in functions())
    error = ExpressionError(
        f"unknown function {name!r}",
        code="AG604",
        hint=f"did you mean {' or '.join(near)}?"
        if near
        else f"{name}(x) = x**2; {name}(3)"
        if len(name) == 1
        else f"one of the {count} that the command functions lists",
    )
    longer = bool(near) and name.startswith(near[0]) and len(name) > len(near[0]) + 1  # a word of its own, as model
    error.instead = name, [] if longer else near[:1]
    return error


def nearest(name: str, count: int = 3, others: Sequence[str] = ()) -> list[str]:
    """The functions, and other names, most like a misspelt one, whose capital letters do not count.

    One whose name is made of another of them, as its slope, is not; nor is one that begins differently and is not very
    like it.
    """
    asked = name.strip().lower()
    known = {spelling.lower(): spelling for spelling in reversed([*spellings(), *others])}
    near = difflib.get_close_matches(asked, known, n=2 * count, cutoff=0.6)
    near = [one for one in near if not any(one.startswith(f"{other}_") for other in near)]
    sure = difflib.get_close_matches(asked, near, n=count, cutoff=0.75) if near else []
    return [known[one] for one in near if one[:1] == asked[:1] or one in sure][:count]


def literal(node: ast.expr, fixed: Callable[[ast.expr], float]) -> Any:
    """The Python value of a static argument.

    Numbers, True, False, None, strings, ``...``, tuples, lists and slices stand for themselves; any other expression is
    computed by ``fixed``, an integer when only integers, names and ``+ - * // % **`` occur in it, and it is whole.
    """
    if isinstance(node, ast.Constant):
        return node.value
    if isinstance(node, (ast.Tuple, ast.List)):
        values = [literal(entry, fixed) for entry in node.elts]
        return tuple(values) if isinstance(node, ast.Tuple) else values
    if isinstance(node, ast.Slice):
        return slice(*[None if end is None else literal(end, fixed) for end in (node.lower, node.upper, node.step)])
    if isinstance(node, ast.UnaryOp) and isinstance(node.operand, ast.Constant):
        value = node.operand.value
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            return -value if isinstance(node.op, ast.USub) else value
    if isinstance(node, ast.Name) and node.id == "newaxis":
        return None
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "slice" and not node.keywords:
        return slice(*[literal(end, fixed) for end in node.args[:3]])
    computed = fixed(node)
    return int(computed) if abs(computed) < 2**53 and computed.is_integer() and _whole(node) else computed


_KEEP_WHOLE = (ast.Add, ast.Sub, ast.Mult, ast.Pow, ast.Mod, ast.FloorDiv, ast.USub, ast.UAdd)


def _whole(tree: ast.expr) -> bool:
    """Whether an expression is made of integers, of names that may be some, and of operations that keep them whole."""
    stack: list[ast.AST] = [tree]
    while stack:
        node = stack.pop()
        if isinstance(node, ast.Name) or (isinstance(node, ast.Constant) and type(node.value) is int):
            continue
        if not isinstance(node, (ast.BinOp, ast.UnaryOp, *_KEEP_WHOLE)):
            return False
        stack.extend(ast.iter_child_nodes(node))
    return True
