"""The report as one JSON object: strict JSON, every digit, keys in a fixed order."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, TextIO

from autograd_cli.render.numbers import Array, json_number, json_numbers
from autograd_cli.render.pieces import PIECE, Large, pieces
from autograd_cli.render.view import View
from autograd_core.expr.read_text import read_text, typed_text
from autograd_core.report import Check, Graph, Outline, Report, Value, Variable, Verdict, Worst

SCHEMA = "autograd-cli/grad/1"

Numbers = Callable[[Array], Any]
"""Makes of an array what a document holds."""


def write_json(report: Report, view: View, stream: TextIO) -> None:
    """Write the report as one object on one line; the text is ASCII, so any stream can carry it.

    Large arrays are written piece by piece.
    """
    large: list[Large] = []

    def numbers(array: Array) -> Any:
        if array.size <= PIECE:
            return json_numbers(array)
        large.append(Large(array, json_numbers))
        return large[-1]

    found = document(report, view, numbers)
    for text in pieces(found) if large else (json.dumps(found, allow_nan=False),):
        stream.write(text)
    stream.write("\n")


def document(report: Report, view: View, numbers: Numbers | None = None) -> dict[str, Any]:
    """The report as dictionaries and lists that ``json.dumps`` takes as they are; ``numbers`` does it for an array."""
    numbers = numbers or json_numbers
    found: dict[str, Any] = {
        "schema": SCHEMA,
        "ok": report.exit_status() == 0,
        "expression": typed_text(report.expression),
        "read": read_text(report.expression),
        "result": value_document(report.result, numbers),
        "grad_tensors": [None if each is None else numbers(each) for each in report.grad_tensors],
        "variables": {each.name: _variable(each, view, numbers) for each in report.variables},
        "check": verdict_document(report.verdict),
    }
    if report.graph is not None and view.tree:
        found["graph"] = _graph(report.graph, numbers)
    if report.steps is not None:
        from autograd_cli.render.steps import steps_document

        found["steps"] = steps_document(report.steps)
    if report.jacobian is not None:
        from autograd_cli.render.jacobian import jacobian_document

        found["jacobian"] = jacobian_document(report.jacobian)
    found["warnings"] = [{"code": each.code, "message": each.message} for each in report.warnings]
    return found


def outline_document(outline: Outline) -> dict[str, Any]:
    """A graph alone; its edges are pairs of an operand and the node that uses it."""
    return {
        "schema": "autograd-cli/graph/1",
        "ok": True,
        "expression": typed_text(outline.expression),
        "read": read_text(outline.expression),
        "result": value_document(outline.result),
        "grad_tensors": [None if each is None else json_numbers(each) for each in outline.grad_tensors],
        "gradients": outline.missing is None,
        "reason": outline.missing,
        "graph": _graph(outline.graph),
        "edges": [[each, node.id] for node in outline.graph.nodes for each in node.inputs],
        "warnings": [{"code": each.code, "message": each.message} for each in outline.warnings],
    }


def verdict_document(verdict: Verdict) -> dict[str, Any]:
    """A verdict over everything that was checked."""
    return {
        "status": verdict.status,
        "compared": verdict.compared,
        "covered": verdict.covered,
        "total": verdict.total,
        "kinks": verdict.kinks,
        "max_abs_error": json_number(verdict.max_abs_error),
        "rtol": json_number(verdict.rtol),
        "atol": json_number(verdict.atol),
        **_judgement(verdict),
    }


def value_document(value: Value, numbers: Numbers = json_numbers) -> dict[str, Any]:
    """An array with what PyTorch would say of it."""
    return {
        "shape": list(value.shape),
        "dtype": value.dtype,
        "data": numbers(value.data),
        "requires_grad": value.requires_grad,
        "is_leaf": value.is_leaf,
        "grad_fn": value.grad_fn,
    }


def _variable(variable: Variable, view: View, numbers: Numbers) -> dict[str, Any]:
    found = value_document(variable.value, numbers)
    found["grad"] = None if variable.grad is None else numbers(variable.grad)
    if view.formula:
        found["formula"] = variable.formula
    found["check"] = None if variable.check is None else check_document(variable.check)
    return found


def check_document(check: Check) -> dict[str, Any]:
    """What a witness found."""
    return {
        "status": check.status,
        "method": check.method,
        "compared": check.compared,
        "covered": check.covered,
        "total": check.total,
        "kinks": check.kinks,
        "max_abs_error": json_number(check.max_abs_error),
        "reason": check.reason,
        **_findings(check),
    }


def _findings(check: Check) -> dict[str, Any]:
    """What a check has to tell beyond its counts: the worst entry, entries side by side, a remark."""
    found: dict[str, Any] = {}
    if check.worst is not None:
        found["worst"] = _worst(check.worst)
    if check.rows:
        found["rows"] = [
            {
                "index": list(row.index),
                **{each: json_number(getattr(row, each)) for each in ("engine", "sympy", "numeric")},
            }
            for row in check.rows
        ]
    if check.note is not None:
        found["note"] = check.note
    return found


def _worst(worst: Worst) -> dict[str, Any]:
    return {
        "index": list(worst.index),
        "engine": json_number(worst.engine),
        "witness": json_number(worst.witness),
        "relative_error": json_number(worst.relative_error),
        "ratio": json_number(worst.ratio),
    }


def _judgement(verdict: Verdict) -> dict[str, Any]:
    """What the verdict has to tell beyond its counts: why it is not whole, a value and an operation that are wrong."""
    found: dict[str, Any] = {}
    if verdict.reason is not None:
        found["reason"] = verdict.reason
    if verdict.value is not None:
        found["value"] = _worst(verdict.value)
    if verdict.suspect is not None:
        suspect = verdict.suspect
        found["suspect"] = {
            "operation": suspect.text,
            "grad_fn": suspect.name,
            "operand": suspect.operand,
            "index": list(suspect.index),
            "engine": json_number(suspect.engine),
            "witness": json_number(suspect.witness),
        }
    return found


def _graph(graph: Graph, numbers: Numbers = json_numbers) -> dict[str, Any]:
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
            "data": numbers(node.value.data),
            "grad": None if node.grad is None else numbers(node.grad),
        }
        for node in graph.nodes
    ]
    return {"root": graph.root, "nodes": nodes}
