"""Records that several reports hold, as objects for JSON; the arrays in them are left to the writer."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import fields
from typing import Any

import numpy as np

from autograd_cli.document.blocks import Answer, Arrays, Block, Display, Document
from autograd_cli.document.numbers import value_text
from autograd_core.expr.read_text import read_text, typed_text
from autograd_core.report import Check, Graph, Value, Verdict, Warning, Worst

_CHECK, _VERDICT = ([each.name for each in fields(kind)] for kind in (Check, Verdict))
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


def pick(thing: Any, names: str, **more: Any) -> dict[str, Any]:
    """The named attributes of a record, and more; the writer makes lists of tuples."""
    return {**{name: getattr(thing, name) for name in names.split()}, **more}


def value_json(value: Value) -> dict[str, Any]:
    """An array with what PyTorch would say of it."""
    return pick(value, "shape dtype data requires_grad is_leaf grad_fn")


def check_json(check: Check | None) -> dict[str, Any] | None:
    """What a witness found: its counts, its reason, and beyond them what there is."""
    if check is None:
        return None
    found = {**_present(check), "reason": check.reason}
    if check.worst is not None:
        found["worst"] = _worst(check.worst)
    if check.rows:
        found["rows"] = [{each.name: getattr(row, each.name) for each in fields(row)} for row in check.rows]
    return found


def verdict_json(verdict: Verdict) -> dict[str, Any]:
    """A verdict over everything that was checked, and what there is beyond its counts."""
    return _present(verdict) | ({} if verdict.value is None else {"value": _worst(verdict.value)})


def warnings_json(warnings: Sequence[Warning]) -> list[dict[str, str]]:
    """Warnings with their codes."""
    return [pick(each, "code message") for each in warnings]


def graph_json(graph: Graph) -> dict[str, Any]:
    """The nodes of a graph, operands before what uses them."""
    nodes = [
        {
            **pick(node, "id name op", grad_fn=node.value.grad_fn, inputs=node.inputs),
            **pick(node.value, "shape requires_grad is_leaf data", grad=node.grad),
        }
        for node in graph.nodes
    ]
    return {"root": graph.root, "nodes": nodes}


def inputs_json(report: Any) -> dict[str, Any]:
    """The inputs of a report on derivatives by some of them."""
    return {each.name: {**value_json(each.value), "wanted": each.wanted} for each in report.inputs}


def report_answer(
    schema: str,
    report: Any,
    document: Callable[[Any, Display], Iterable[Block | Sequence[Block]]],
    parts: Callable[[Any, Display], Iterable[tuple[str, Any]]],
    records: Callable[[Any, Display], Iterable[tuple[str, ...]]],
    arrays: Callable[[Any], Arrays],
    *,
    covered: bool = False,
    **more: Any,
) -> Answer:
    """The answer of a report from its blocks, the parts of its JSON, its own lines of ``plain``, and its arrays."""
    return Answer(
        document=lambda look: Document(typed_text(report.expression).strip(), list(document(report, look))),
        json=lambda look: answer_json(schema, report, dict(parts(report, look))),
        records=lambda look: answer_records(report, records(report, look), covered=covered),
        arrays=lambda: arrays(report),
        **more,
    )


def answer_json(schema: str, report: Any, parts: Mapping[str, Any], ok: bool | None = None) -> dict[str, Any]:
    """The object of a report: what was asked, the ``parts`` of the answer, the check if there is one, the warnings."""
    assumed = getattr(report, "assumptions", ())
    ok = getattr(report, "exit_status", int)() == 0 if ok is None else ok
    found = {"schema": f"autograd-cli/{schema}", "ok": ok, **expression_json(report.expression), **parts}
    if isinstance(verdict := getattr(report, "verdict", None), Verdict):
        found["check"] = verdict_json(verdict)
    if assumed and "assumptions" not in parts:
        found |= {"assume": assumed, "assumptions": assumed}
    return {**found, "warnings": warnings_json(report.warnings)}


def answer_records(
    report: Any, records: Iterable[tuple[str, ...]], *, covered: bool = False
) -> Iterator[tuple[str, ...]]:
    """The lines of ``plain``: what was read and assumed, the value, the lines of the answer, the check, the warnings.

    ``covered`` counts entries that projections reached as compared.
    """
    yield from expression_records(report.expression)
    yield from (("assume", each) for each in getattr(report, "assumptions", ()))
    yield "value", value_text(report.result.data)
    yield from records
    if isinstance(verdict := getattr(report, "verdict", None), Verdict):
        compared = verdict.compared + (verdict.covered if covered else 0)
        yield "check", verdict.status, str(compared), str(verdict.total)
    yield from (("warning", each.code, each.message) for each in report.warnings)


def _present(found: Check | Verdict) -> dict[str, Any]:
    """The counts, and the fields of text that are there."""
    values = {name: getattr(found, name) for name in (_VERDICT if isinstance(found, Verdict) else _CHECK)}
    return {name: value for name, value in values.items() if name in _ALWAYS or isinstance(value, str)}


def _worst(worst: Worst) -> dict[str, Any]:
    return pick(worst, "index engine witness relative_error ratio")
