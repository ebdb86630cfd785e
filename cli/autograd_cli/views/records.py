"""Records that several reports hold, as objects for JSON; the arrays in them are left to the writer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import fields
from typing import Any

import numpy as np

from autograd_core.expr.read_text import read_text, typed_text
from autograd_core.report import Check, Graph, Value, Verdict, Warning, Worst

_ALWAYS = frozenset(["status", "method", "compared", "covered", "total", "kinks", "max_abs_error", "rtol", "atol"])


def places(name: str, shape: tuple[int, ...]) -> list[str]:
    """The names of all entries of an array: ``x`` alone, or ``x[0]``, ``x[1]``, ..."""
    if not shape:
        return [name]
    return [f"{name}[{','.join(map(str, index))}]" for index in np.ndindex(*shape)]


def expression_json(expression: str) -> dict[str, str | None]:
    """The expression as it was typed, and what it was read as."""
    return {"expression": typed_text(expression), "read": read_text(expression)}


def expression_records(expression: str) -> Iterator[tuple[str, ...]]:
    """A line that says what the expression was read as, where it was changed."""
    if (read := read_text(expression)) is not None:
        yield "read", read


def value_json(value: Value) -> dict[str, Any]:
    """An array with what PyTorch would say of it."""
    return {
        "shape": list(value.shape),
        "dtype": value.dtype,
        "data": value.data,
        "requires_grad": value.requires_grad,
        "is_leaf": value.is_leaf,
        "grad_fn": value.grad_fn,
    }


def check_json(check: Check | None) -> dict[str, Any] | None:
    """What a witness found: its counts, its reason, and beyond them what there is."""
    if check is None:
        return None
    found = _present(check)
    found["reason"] = check.reason
    if check.worst is not None:
        found["worst"] = _worst(check.worst)
    if check.rows:
        found["rows"] = [{each.name: getattr(row, each.name) for each in fields(row)} for row in check.rows]
    return found


def verdict_json(verdict: Verdict) -> dict[str, Any]:
    """A verdict over everything that was checked, and what there is beyond its counts."""
    found = _present(verdict)
    if verdict.value is not None:
        found["value"] = _worst(verdict.value)
    return found


def warnings_json(warnings: Sequence[Warning]) -> list[dict[str, str]]:
    """Warnings with their codes."""
    return [{"code": each.code, "message": each.message} for each in warnings]


def graph_json(graph: Graph) -> dict[str, Any]:
    """The nodes of a graph, operands before what uses them."""
    nodes = [
        {
            "id": node.id,
            "name": node.name,
            "op": node.op,
            "grad_fn": node.value.grad_fn,
            "inputs": list(node.inputs),
            "shape": list(node.value.shape),
            "requires_grad": node.value.requires_grad,
            "is_leaf": node.value.is_leaf,
            "data": node.value.data,
            "grad": node.grad,
        }
        for node in graph.nodes
    ]
    return {"root": graph.root, "nodes": nodes}


def _present(found: Check | Verdict) -> dict[str, Any]:
    """The counts, and the fields of text that are there."""
    values = {each.name: getattr(found, each.name) for each in fields(found)}
    return {name: value for name, value in values.items() if name in _ALWAYS or isinstance(value, str)}


def _worst(worst: Worst) -> dict[str, Any]:
    found = {name: getattr(worst, name) for name in ("engine", "witness", "relative_error", "ratio")}
    return {"index": list(worst.index), **found}
