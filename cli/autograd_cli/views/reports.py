"""What reports have in common: objects for JSON, lines of plain, and the cross-check in words and in numbers."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import fields
from typing import Any

import numpy as np

from autograd_cli.document.blocks import (
    BAD,
    GOOD,
    NAME,
    UNSURE,
    Answer,
    Arrays,
    Block,
    Display,
    Document,
    Lines,
    Part,
    Parts,
    Table,
    Text,
)
from autograd_cli.document.numbers import value_text
from autograd_core.expr.read_text import read_text, typed_text
from autograd_core.number_text import number_text, pair_texts
from autograd_core.report import Check, Graph, Row, Value, Verdict, Warning, Worst, index_text

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
        found["worst"] = _worst_json(check.worst)
    if check.rows:
        found["rows"] = [{each.name: getattr(row, each.name) for each in fields(row)} for row in check.rows]
    return found


def verdict_json(verdict: Verdict) -> dict[str, Any]:
    """A verdict over everything that was checked, and what there is beyond its counts."""
    return _present(verdict) | ({} if verdict.value is None else {"value": _worst_json(verdict.value)})


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


def _worst_json(worst: Worst) -> dict[str, Any]:
    return pick(worst, "index engine witness relative_error ratio")


MOST = 12
"""Entries side by side that are shown at most."""

DASH = Text("–", symbol=True)

_WITNESSES = {
    "sympy": "SymPy",
    "sympy-kernels": "SymPy",
    "numeric": "numeric differentiation",
    "all": "SymPy and numeric differentiation",
}
_MARKS = {"agree": ("✓", GOOD), "disagree": ("✗", BAD), "partial": ("◐", UNSURE)}


def mark(status: str) -> Text:
    """The sign of a status."""
    sign, role = _MARKS.get(status, ("–", ""))
    return Text(sign, role, symbol=True)


def check_cell(check: Check | None) -> Parts:
    """A check in few columns: ``✓ 4/4``, ``✗ at [2]``, ``◐ 3/4``, ``✓ 3/4, 1 kink``, ``–``."""
    if check is None or check.status not in _MARKS:
        return [DASH]
    if check.status == "disagree" and check.worst is not None:
        words = f"at {index_text(check.worst.index)}" if check.worst.index else f"{check.compared}/{check.total}"
    else:
        reached = f"{check.compared}+{check.covered}" if check.covered else f"{check.compared}"
        words = f"{reached}/{check.total}" + (f", {_count(check.kinks, 'kink')}" if check.kinks else "")
    return [mark(check.status), f" {words}"]


def check_words(check: Check | None, look: Display) -> Parts:
    """A check in a few words: ``✓ 4 of 4 entries agree``, ``✗ at [2]: 264 here, 260 by SymPy``."""
    if check is None or check.status not in _MARKS:
        return [DASH, f" {check.reason}" if check is not None and check.reason else ""]
    if check.status == "disagree" and check.worst is not None:
        ours, theirs = pair_texts(float(check.worst.engine), float(check.worst.witness), look.precision)
        place = f"at {index_text(check.worst.index)}: " if check.worst.index else ""
        words = f"{place}{ours} here, {theirs} by {_WITNESSES.get(check.method, check.method)}"
    else:
        entries = "entry" if check.total == 1 else "entries"
        verb = "differ" if check.status == "disagree" else "agree" + "s" * (check.total == 1)
        words = f"{check.compared + check.covered} of {check.total} {entries} {verb}"
        words += f" ({check.compared} one by one, {check.covered} by projections)" if check.covered else ""
        words += f", {check.kinks} at a kink" if check.kinks else ""
    return [mark(check.status), f" {words}"]


def verdict_blocks(report: Any, look: Display, what: str = "gradient") -> list[Block]:
    """The verdict on the entries of ``what``: one line, and more only where something is to be explained.

    ``report`` has ``variables``, each with a name and a check, and a ``verdict`` over all of them.
    """
    rows = [Lines(list(_verdict(report, look, what)))]
    return [*rows, *_side_by_side(report, look)]


def _verdict(report: Any, look: Display, what: str) -> Iterator[Parts]:
    verdict = report.verdict
    sign = mark(verdict.status)
    if verdict.status == "skipped":
        why = verdict.reason or _reasons(report) or "the cross-check was not asked for"
        yield [sign, f" not checked: {why}"]
        return
    if verdict.total == 0:
        yield [DASH, f" nothing to check: there are no {what} entries"]
        return
    witness, several = _witness(report)
    amount = _amount(report.verdict, look, what)
    if verdict.status == "disagree":
        verb = "disagree" if several else "disagrees"
        yield [sign, Text(f" {witness} {verb}", sign.role), _worst(report, witness, several, look, what)]
        yield [f"  {amount} (rtol {number_text(verdict.rtol)}, atol {number_text(verdict.atol)})"]
        yield from _differences(report, witness, look)
    elif not verdict.compared + verdict.covered:
        yield [sign, Text(" nothing compared", sign.role), f": {amount}"]
    else:
        part = " in part" if verdict.status == "partial" else ""
        yield [sign, Text(f" {witness} agree{'' if several else 's'}{part}", sign.role), f": {amount}"]
    if verdict.kinks:
        checks = [(each.name, each.check.kinks) for each in report.variables if each.check]
        named = ", ".join(f"{kinks} of {name}" for name, kinks in checks if kinks)
        where = f"  {_count(verdict.kinks, 'entry', 'entries')} at a kink, where there is no derivative"
        yield [f"{where}: {named}" if named else where]
    if verdict.status == "partial":
        left = max(verdict.total - verdict.compared - verdict.covered - verdict.kinks, 0)
        reason = verdict.reason or _reasons(report)
        if left:
            entries = _count(left, "entry", "entries")
            yield [f"  {entries} not compared" + (f": {reason}" if reason else "")]
        elif reason and verdict.kinks < verdict.total:
            yield [f"  {reason}"]


def _amount(verdict: Verdict, look: Display, what: str) -> str:
    """How much was compared and how far apart it is: ``16 of 16 gradient entries, largest difference 0``."""
    entries = f"{what} entry" if verdict.total == 1 else f"{what} entries"
    words = f"{verdict.compared + verdict.covered} of {verdict.total} {entries}"
    if verdict.covered:
        words += f" ({verdict.compared} one by one, {verdict.covered} by projections)"
    if verdict.max_abs_error is not None:
        words += f", largest difference {number_text(float(verdict.max_abs_error), look.precision)}"
    return words


def _count(number: int, one: str, many: str | None = None) -> str:
    return f"{number} {one if number == 1 else many or one + 's'}"


def _witness(report: Any) -> tuple[str, bool]:
    """Who was asked, and whether they are several."""
    methods = [each.check.method for each in report.variables if each.check and each.check.status != "skipped"]
    names = list(dict.fromkeys(_WITNESSES.get(method, method) for method in methods))
    words = " and ".join(names) or "SymPy"
    return words, " and " in words


def _reasons(report: Any) -> str | None:
    """What the checks of the variables say, each reason once with its variables."""
    named: dict[str, list[str]] = {}
    for variable in report.variables:
        if variable.check is not None and variable.check.reason:
            named.setdefault(variable.check.reason, []).append(variable.name)
    if len(named) == 1:
        return next(iter(named))
    return "; ".join(f"{', '.join(names)}: {reason}" for reason, names in named.items()) or None


def _worst(report: Any, witness: str, several: bool, look: Display, what: str) -> str:
    """The entry that differs most: ``: W1[2] is 264 here, 260 by SymPy``."""
    culprits: list[tuple[float, str, Worst]] = []
    for variable in report.variables:
        if variable.check is not None and variable.check.status == "disagree" and variable.check.worst is not None:
            worst = variable.check.worst
            difference = abs(worst.engine - worst.witness)
            culprits.append((float("inf") if math.isnan(difference) else difference, variable.name, worst))
    if not culprits:
        return ""
    _, variable, worst = max(culprits, key=lambda each: each[0])
    ours, theirs = pair_texts(float(worst.engine), float(worst.witness), look.precision)
    name = variable + index_text(worst.index)
    return f": the {what} of {name} is {ours} here, {theirs} by {'them' if several else witness}"


def _differences(report: Any, witness: str, look: Display) -> Iterator[Parts]:
    """The worst entry of each input that differs, and the operation it comes from."""
    for variable in report.variables:
        if variable.check is not None and variable.check.status == "disagree":
            worst = variable.check.worst
            words = _apart_words(worst, witness, look) if worst else variable.check.reason or "it differs"
            yield [f"  {variable.name}{index_text(worst.index) if worst else ''}: {words}"]
    if report.verdict.reason:
        yield [f"  {report.verdict.reason}"]


def _apart_words(worst: Worst, witness: str, look: Display) -> str:
    """Both numbers, their relative error and their ratio."""
    ours, theirs = pair_texts(float(worst.engine), float(worst.witness), look.precision)
    words = f"{ours} here, {theirs} by {witness}; relative error {number_text(worst.relative_error, look.precision)}"
    ratio = "1" if worst.ratio is None else number_text(worst.ratio, look.precision)
    return words if float(ratio) == 1 else f"{words}, ratio {ratio}"


def _side_by_side(report: Any, look: Display) -> Iterator[Block]:
    """Entries as the engine, SymPy and differences have them, and what the relative errors say."""
    checked = [(each.name, each.check) for each in report.variables if each.check is not None]
    rows = [_row(name, row, look) for name, check in checked for row in check.rows[:MOST]]
    if rows:
        yield Table(["entry", "here", "SymPy", "numeric"], rows, indent=2)
    notes = [[f"  {name}: {check.note}"] for name, check in checked if check.note]
    if notes:
        yield Lines(notes)


def _row(name: str, row: Row, look: Display) -> list[list[Part]]:
    numbers = (row.engine, row.sympy, row.numeric)
    cells: list[list[Part]] = [[DASH if one is None else number_text(one, look.precision)] for one in numbers]
    return [[Text(f"{name}{index_text(row.index)}", NAME)], *cells]
