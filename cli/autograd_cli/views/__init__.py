"""One function for each report builds the answer that is written; here is what reports have in common.

These are objects for JSON, lines of plain, the cross-check in words and in numbers, and formulas in LaTeX.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import fields, is_dataclass
from functools import cache
from itertools import groupby
from operator import attrgetter
from types import NoneType
from typing import Any

import numpy as np

from autograd_cli import document as doc
from autograd_cli.document import Answer, Arrays, Block, Display, Equation, Lines, Parts, Result, Text, value_text
from autograd_core.errors import AutogradError
from autograd_core.expr.build import parse, statements
from autograd_core.expr.latex import latex
from autograd_core.expr.nodes import Var
from autograd_core.expr.read_text import read_text, typed_text
from autograd_core.number_text import Array, number_text, pair_texts
from autograd_core.report import Check, Report, Verdict, index_text


def places(name: str, shape: tuple[int, ...]) -> list[str]:
    """The names of all entries of an array: ``x`` alone, or ``x[0]``, ``x[1]``, ..."""
    if not shape:
        return [name]
    return [f"{name}[{','.join(map(str, index))}]" for index in np.ndindex(*shape)]


def expression_json(expression: str) -> dict[str, str | None]:
    """The expression as it was typed, and what it was read as."""
    return {"expression": typed_text(expression), "read": read_text(expression)}


@cache
def _members(names: str) -> list[tuple[str, Callable[[Any], Any], bool]]:
    """What each of some names is called in an object, what finds it, and whether it may be left out."""
    split = [(*each.rstrip("?").rpartition("=")[::2], each.endswith("?")) for each in names.split()]
    return [(name or path.split(".")[-1], attrgetter(path), optional) for name, path, optional in split]


@cache
def _declared(kind: Any) -> str | None:
    """The members that a record of a class has in JSON; None for what is no record."""
    usual = " ".join(each.name for each in fields(kind)) if is_dataclass(kind) else None
    return getattr(kind, "JSON", usual)


def pick(thing: Any, names: str, **more: Any) -> dict[str, Any]:
    """The named members of a record, and more: ``graph_data`` says how."""
    found = ((name, get(thing), optional) for name, get, optional in _members(names))
    return {name: value for name, value, optional in found if not optional or value} | more


_LEAVES = frozenset((str, int, bool, NoneType, np.ndarray))


def in_json(found: Any) -> Any:
    """What an object holds with objects for records, and "NaN" or "Infinity" for what JSON has no number for.

    Arrays are left to the writer.
    """
    kind: Any = type(found)
    if kind in _LEAVES:
        return found
    if isinstance(found, float):
        return doc.json_number(found)
    if kind is tuple or kind is list:
        return [in_json(each) for each in found]
    if (names := _declared(kind)) is not None:
        found = pick(found, names) if " " in names else in_json(getattr(found, names))
    return {name: in_json(each) for name, each in found.items()} if isinstance(found, Mapping) else found


def values_of(report: Any) -> dict[str, Array]:
    """The values of the inputs of a report."""
    return {each.name: each.value.data for each in getattr(report, "inputs", report.variables)}


def report_answer(
    schema: str,
    report: Any,
    document: Callable[[Any, Display], Iterable[Block | Sequence[Block]]],
    parts: Callable[[Any, Display], Iterable[tuple[str, Any]]],
    facts: Callable[[Any, Display], Iterable[Sequence[Any]]],
    arrays: Callable[[Any], Arrays] | None = None,
    *,
    covered: bool = False,
) -> Answer:
    """The answer of a report from its blocks, the parts of its JSON behind the result, and its ``facts``.

    A fact is what it is, the names it belongs to, and a text or an array: a line of ``plain``, and an array for NumPy
    unless others are given. ``covered`` counts entries that projections reached as compared, in ``plain``.
    """

    def lines(look: Display) -> Iterator[tuple[str, ...]]:
        yield from read_record(report.expression)
        yield from (("assume", each) for each in getattr(report, "assumptions", ()))
        for *names, found in [("value", report.result.data), *facts(report, look)]:
            yield (*names, found if isinstance(found, str) else value_text(found))
        if isinstance(verdict := getattr(report, "verdict", None), Verdict):
            compared = verdict.compared + (verdict.covered if covered else 0)
            yield "check", verdict.status, str(compared), str(verdict.total)
        yield from (("warning", each.code, each.message) for each in report.warnings)

    def named() -> Arrays:
        found = {"_".join(names).replace(",", "_"): array for *names, array in facts(report, Display())}
        found = {name: array for name, array in found.items() if not isinstance(array, str)}
        return {"value": report.result.data, **found}, values_of(report)

    return Answer(
        document=lambda look: doc.Document(typed_text(report.expression).strip(), list(document(report, look))),
        json=lambda look: answer_json(schema, report, {"result": report.result, **dict(parts(report, look))}),
        records=lines,
        arrays=named if arrays is None else lambda: arrays(report),
    )


def answer_json(schema: str, report: Any, parts: Mapping[str, Any], ok: bool | None = None) -> dict[str, Any]:
    """The object of a report: what was asked, the ``parts`` of the answer, the check if there is one, the warnings."""
    assumed = getattr(report, "assumptions", ())
    ok = getattr(report, "exit_status", int)() == 0 if ok is None else ok
    found = {"schema": f"autograd-cli/{schema}", "ok": ok, **expression_json(report.expression), **parts}
    if isinstance(verdict := getattr(report, "verdict", None), Verdict):
        found["check"] = verdict
    if assumed and "assumptions" not in parts:
        found |= {"assume": assumed, "assumptions": assumed}
    made: dict[str, Any] = in_json(found | {"warnings": report.warnings})
    return made


MOST = 12  # entries side by side that are shown at most
DASH = Text("–", symbol=True)

_WITNESSES = {
    "sympy": "SymPy",
    "sympy-kernels": "SymPy",
    "numeric": "numeric differentiation",
    "all": "SymPy and numeric differentiation",
}
_MARKS = {"agree": ("✓", doc.GOOD), "disagree": ("✗", doc.BAD), "partial": ("◐", doc.UNSURE)}


def mark(status: str, words: str = "") -> Text:
    """The sign of a status, and words behind it."""
    sign, role = _MARKS.get(status, ("–", ""))
    return Text(f"{sign} {words}".rstrip(), role, symbol=True)


def check_cell(check: Check | None) -> Text:
    """A check in few columns: ``✓ 4/4``, ``✗ at [2]``, ``◐ 3/4``, ``✓ 3/4, 1 kink``, ``–``."""
    if check is None or check.status not in _MARKS:
        return DASH
    if check.status == "disagree" and check.worst is not None and check.worst.index:
        return mark(check.status, f"at {index_text(check.worst.index)}")
    reached = f"{check.compared}+{check.covered}" if check.covered else f"{check.compared}"
    kinks = f", {check.kinks} kink{'s' * (check.kinks > 1)}" if check.kinks else ""
    return mark(check.status, f"{reached}/{check.total}{kinks}")


def verdict_blocks(report: Any, look: Display, what: str = "gradient") -> list[Block]:
    """The verdict on the entries of ``what``: one line, and more only where something is to be explained.

    ``report`` has ``variables``, each with a name and a check, and a ``verdict`` over all of them. Entries stand side
    by side as the engine, SymPy and differences have them, with what the relative errors say.
    """
    checked = [(each.name, each.check) for each in report.variables if each.check is not None]
    blocks: list[Block] = [doc.Lines(list(_verdict(report.verdict, checked, look, what)))]
    rows: list[list[Parts]] = []
    for name, check in checked:
        for row in check.rows[:MOST]:
            numbers = (row.engine, row.sympy, row.numeric)
            cells = [[DASH if one is None else number_text(one, look.precision)] for one in numbers]
            rows.append([[Text(f"{name}{index_text(row.index)}", doc.NAME)], *cells])
    if rows:
        blocks.append(doc.Table(["entry", "here", "SymPy", "numeric"], rows, indent=2))
    notes = [[f"  {name}: {check.note}"] for name, check in checked if check.note]
    return [*blocks, doc.Lines(notes)] if notes else blocks


def _verdict(verdict: Verdict, checked: Sequence[tuple[str, Check]], look: Display, what: str) -> Iterator[Parts]:
    sign = mark(verdict.status)
    reasons = by_reason((name, check.reason) for name, check in checked if check.status != "disagree")
    told = list(reasons) if len(reasons) < 2 else [f"{names}: {reason}" for reason, names in reasons.items()]
    reason = verdict.reason or "; ".join(told)
    if verdict.status == "skipped":
        yield [sign, f" not checked: {reason or 'the cross-check was not asked for'}"]
        return
    if verdict.total == 0:
        yield [DASH, f" nothing to check: there are no {what} entries"]
        return
    methods = [check.method for _, check in checked if check.status != "skipped"]
    witness = " and ".join(dict.fromkeys(_WITNESSES.get(method, method) for method in methods)) or "SymPy"
    amount = (
        f"{verdict.compared + verdict.covered} of {verdict.total} {what} {'entry' if verdict.total == 1 else 'entries'}"
    )
    if verdict.covered:
        amount += f" ({verdict.compared} one by one, {verdict.covered} by projections)"
    if verdict.max_abs_error is not None:
        amount += f", largest difference {number_text(float(verdict.max_abs_error), look.precision)}"
    if verdict.status == "disagree":
        amount += f" (rtol {number_text(verdict.rtol)}, atol {number_text(verdict.atol)})"
    verb = "disagree" if verdict.status == "disagree" else "agree"
    said = f"{witness} {verb}{'s' * (' and ' not in witness)}{' in part' * (verdict.status == 'partial')}"
    compared = verdict.compared + verdict.covered or verdict.status == "disagree"
    yield [sign, Text(f" {said if compared else 'nothing compared'}", sign.role), f": {amount}"]
    for name, check in checked:
        if check.status == "disagree":
            yield [f"  {name}{_difference(check, witness, look)}"]
    if verdict.kinks:
        named = ", ".join(f"{check.kinks} of {name}" for name, check in checked if check.kinks)
        where = f"  {_entries(verdict.kinks)} at a kink, where there is no derivative"
        yield [f"{where}: {named}" if named else where]
    left = max(verdict.total - verdict.compared - verdict.covered - verdict.kinks, 0)
    if verdict.status == "partial" and left:
        yield [f"  {_entries(left)} not compared" + (f": {reason}" if reason else "")]
    elif reason and verdict.status != "agree" and verdict.kinks < verdict.total:
        yield [f"  {reason}"]


def _entries(number: int) -> str:
    return f"{number} {'entry' if number == 1 else 'entries'}"


def by_reason(found: Iterable[tuple[str, str | None]]) -> dict[str, str]:
    """Each reason once, with the names that have it."""
    named: dict[str, list[str]] = {}
    for name, reason in found:
        if reason:
            named.setdefault(reason, []).append(name)
    return {reason: ", ".join(names) for reason, names in named.items()}


def _difference(check: Check, witness: str, look: Display) -> str:
    """The worst entry of an input, with the digits that show how it differs, its relative error and its ratio."""
    if (worst := check.worst) is None:
        return f": {check.reason or 'it differs'}"
    ours, theirs = pair_texts(float(worst.engine), float(worst.witness), look.precision)
    error, ratio = number_text(worst.relative_error, look.precision), number_text(worst.ratio or 1.0, look.precision)
    words = f"{index_text(worst.index)}: {ours} here, {theirs} by {witness}; relative error {error}"
    return words if worst.ratio is None or float(ratio) == 1 else f"{words}, ratio {ratio}"


_RAISED = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


def name(word: str) -> str:
    """A variable in LaTeX."""
    return latex(Var(word, ()))


def leibniz(f: str, by: Sequence[str]) -> str:
    """A derivative in Leibniz's notation: ``∂f/∂x``, ``∂³f/∂x²∂y``."""

    def raised(number: int) -> str:
        return str(number).translate(_RAISED) if number > 1 else ""

    return f"∂{raised(len(by))}{f}/" + "".join(f"∂{each}{raised(len([*same]))}" for each, same in groupby(by))


def partial_derivative(top: str, by: Sequence[str]) -> str:
    r"""A derivative of what ``top`` is in LaTeX: ``\frac{\partial^{2} f}{\partial x^{2}}``."""

    def raised(number: int) -> str:
        return f"^{{{number}}}" if number > 1 else ""

    below = r" \, ".join(rf"\partial {name(each)}{raised(len([*same]))}" for each, same in groupby(by))
    return rf"\frac{{\partial{raised(len(by))} {top}}}{{{below}}}"


def read_line(expression: str) -> list[Block]:
    """What an expression was read as, where it is not in the language as it was typed."""
    read = read_text(expression)
    return [] if read is None else [Lines([["read as  ", Text(read, doc.CODE)]])]


def read_record(expression: str) -> Iterator[tuple[str, str]]:
    """The same as a line of ``plain``."""
    if (read := read_text(expression)) is not None:
        yield "read", read


def result_blocks(report: Any, values: Mapping[str, Array], *, inputs: bool = False) -> list[Block]:
    """The expression and its value, with its statements in LaTeX and, if they are wanted, the values of its inputs.

    Before it stands how it was read, behind it what is assumed.
    """

    def equations() -> Iterator[Equation]:
        *before, (last, whole) = statements(parse(report.expression, values))
        yield from (Equation(name(label or ""), [latex(expr)]) for label, expr in before)
        yield Equation(name(last or report.names[0]), [latex(whole), report.result.data])
        yield from input_equations(values if inputs else {})

    result = Result(report.expression, report.result.data, equations())
    assumed = [Lines([[f"assuming {', '.join(report.assumptions)}"]])] if report.assumptions else []
    return [*read_line(report.expression), result, *assumed]


def derivative_table(
    titles: Sequence[str], rows: Iterable[Sequence[Parts]], found: Sequence[Any], formulas: bool, what: str, **more: Any
) -> doc.Table:
    """A row for each derivative: its own cells, then its formula if ``formulas`` are shown, and its check.

    Where there is no room the formulas stand below, as those of ``what``.
    """
    table: list[Sequence[Parts]] = []
    for row, each in zip(rows, found, strict=True):
        formula = DASH if each.formula is None else Text(each.formula, doc.FORMULA)
        table.append([*row, *([[formula]] if formulas else []), [check_cell(each.check)]])
    below = len(titles) if formulas else None
    return doc.Table([*titles, *["formula"] * formulas, "check"], table, below, f"{what} as a formula", **more)


def input_equations(values: Mapping[str, Array]) -> Iterator[Equation]:
    """The value of every input."""
    return (Equation(name(each), [value]) for each, value in values.items())


def last_statement(expression: str) -> str:
    """The last statement of an expression, on one line."""
    from autograd_core.expr.tokenizer import on_one_line, scan

    origin = on_one_line(scan(expression), expression)[-1].origin
    return " ".join(expression[origin[0] : origin[-1] + 1].split())


def result_name(report: Any, derivatives: Iterable[Any]) -> Iterator[Parts]:
    """What the name of the result means, where a formula of ``derivatives`` uses it and no statement sets it."""
    f = report.names[0]
    used = re.compile(rf"\b{f}\b")
    if any(each.formula is not None and used.search(each.formula) for each in derivatives):
        last = last_statement(str(report.expression))
        yield [f"{f} = {last}  (the result)"]


def gradient_equations(report: Report, *, formulas: bool) -> Iterator[Equation]:
    """The gradients of the inputs that have one: what each is, how it is found, and its numbers."""
    f, v = report.names
    values = values_of(report)
    bound = {**values, f: report.result.data, v: np.ones(report.result.shape)}
    label = statements(parse(report.expression, values))[-1][0] or f
    scalar = report.result.shape == ()
    top = name(label) if scalar else rf"\left({name(v)} \cdot {name(label)}\right)"
    for each in report.variables:
        if each.grad is not None:
            yield from derivative_equations(
                partial_derivative(top, [each.name]), each.formula if formulas else None, bound, each.grad
            )


def derivative_equations(left: str, text: str | None, bound: Mapping[str, Array], value: Array) -> Iterator[Equation]:
    """A derivative with its formula, whose helpers stand before it, and its numbers."""
    closed = None
    if text is not None:
        with suppress(AutogradError):
            *helpers, (_, closed) = statements(parse(text, bound))
    if closed is None:
        yield Equation(left, [value])
    else:
        yield from (Equation(name(label or ""), [latex(expr)], shown=True) for label, expr in helpers)
        yield Equation(left, [latex(closed), value], shown=True)
