"""A program as the statements a person wrote: each with the names of the others in it."""

from __future__ import annotations

from collections.abc import Container

from autograd_core.expr.build import Program
from autograd_core.expr.nodes import Call, Expr, Var, topological


def statements(program: Program) -> list[tuple[str | None, Expr]]:
    """The named parts of the result in the order they were made, and last the result.

    In each of them the other named parts stand as variables. The name of the result is None where it has none.
    """
    result, labels = program.result, program.labels
    made: dict[int, Expr] = {}
    found: list[tuple[str | None, Expr]] = []
    for node in topological([result]):
        whole = node.over(tuple([made[id(o)] for o in node.operands]))
        label = labels.get(node)
        if isinstance(node, Call) and (label is not None or node is result):
            found.append((label, whole))
        made[id(node)] = whole if label is None else Var(label, node.shape)
    return found or [(None, result)]


def free_name(name: str, taken: Container[str]) -> str:
    """The name, with as many ``_`` behind it as nothing else has."""
    while name in taken:
        name += "_"
    return name


def bound_names(taken: Container[str]) -> tuple[str, str]:
    """The names of the result and of the grad tensor: f and v, with ``_`` where a variable or a statement has that."""
    return free_name("f", taken), free_name("v", taken)
