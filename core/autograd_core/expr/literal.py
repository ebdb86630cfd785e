"""Static arguments: axes, shapes, flags and indices, read from the syntax tree without evaluating it."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any

from autograd_core.errors import ExpressionError


def literal(node: ast.expr, fixed: Callable[[ast.expr], float]) -> Any:
    """The Python value of a static argument.

    Numbers, True, False, None, strings, ``...``, tuples, lists and slices stand for themselves; any other expression is
    computed by ``fixed`` and is an integer when only integers and ``+ - *`` occur in it.
    """
    if isinstance(node, ast.Constant):
        if isinstance(node.value, (int, float, str, bool)) or node.value is None or node.value is Ellipsis:
            return node.value
        raise ExpressionError(f"{type(node.value).__name__} is not allowed as an argument", code="AG603")
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
    return int(computed) if _whole(node) and abs(computed) < 2**53 else computed


def _whole(tree: ast.expr) -> bool:
    """Whether a constant expression is made of integers and of operations that keep them whole."""
    stack: list[ast.AST] = [tree]
    while stack:
        node = stack.pop()
        if isinstance(node, ast.Constant) and type(node.value) is int:
            continue
        if not isinstance(node, (ast.BinOp, ast.UnaryOp, ast.Add, ast.Sub, ast.Mult, ast.USub, ast.UAdd, ast.FloorDiv)):
            return False
        stack.extend(ast.iter_child_nodes(node))
    return True
