"""The cross-check in words: a cell for each variable, sentences for the whole, and numbers side by side."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from autograd_cli.document.blocks import BAD, GOOD, NAME, UNSURE, Block, Display, Lines, Part, Parts, Table, Text
from autograd_cli.document.numbers import apart, display
from autograd_core.report import Check, Row, Verdict, Worst, index_text

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
        ours, theirs = apart(float(check.worst.engine), float(check.worst.witness), look.precision)
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
        yield [f"  {amount} (rtol {display(verdict.rtol)}, atol {display(verdict.atol)})"]
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
        words += f", largest difference {display(float(verdict.max_abs_error), look.precision)}"
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
    ours, theirs = apart(float(worst.engine), float(worst.witness), look.precision)
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
    ours, theirs = apart(float(worst.engine), float(worst.witness), look.precision)
    words = f"{ours} here, {theirs} by {witness}; relative error {display(worst.relative_error, look.precision)}"
    ratio = "1" if worst.ratio is None else display(worst.ratio, look.precision)
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
    cells: list[list[Part]] = [[DASH if one is None else display(one, look.precision)] for one in numbers]
    return [[Text(f"{name}{index_text(row.index)}", NAME)], *cells]
