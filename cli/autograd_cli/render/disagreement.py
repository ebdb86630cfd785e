"""What there is to say when witnesses differ, and several witnesses side by side."""

from __future__ import annotations

from autograd_cli.render.checked import Checked
from autograd_cli.render.ink import Line, clean
from autograd_cli.render.numbers import apart, display
from autograd_cli.render.view import View
from autograd_core.report import Row, Suspect, Worst, index_text

MOST = 12
"""Entries side by side that are shown at most."""


def differences(report: Checked, witness: str, view: View) -> list[Line]:
    """The worst entry of each input that differs, and the operation it comes from."""
    found: list[Line] = []
    for variable in report.variables:
        if variable.check is not None and variable.check.status == "disagree":
            name = clean(variable.name, view)
            worst = variable.check.worst
            words = apart_words(worst, witness, view) if worst else clean(variable.check.reason or "it differs", view)
            found.append([(f"  {name}{index_text(worst.index) if worst else ''}: {words}", "")])
    verdict = report.verdict
    if verdict.reason:
        found.append([(f"  {clean(verdict.reason, view)}", "")])
    if verdict.suspect is not None:
        found.append([(f"  {suspect_words(verdict.suspect, view)}", "")])
    return found


def apart_words(worst: Worst, witness: str, view: View) -> str:
    """Both numbers, their relative error and their ratio."""
    ours, theirs = apart(float(worst.engine), float(worst.witness), view.precision)
    words = f"{ours} here, {theirs} by {witness}; relative error {display(worst.relative_error, view.precision)}"
    ratio = "1" if worst.ratio is None else display(worst.ratio, view.precision)
    return words if float(ratio) == 1 else f"{words}, ratio {ratio}"


def suspect_words(suspect: Suspect, view: View) -> str:
    """The operation that is wrong, and where."""
    head = f"suspect: {suspect.name}, {clean(suspect.text, view)}"
    at = f" at {index_text(suspect.index)}" if suspect.index else ""
    what = "value" if suspect.operand is None else f"derivative for operand {suspect.operand}"
    if suspect.engine is None or suspect.witness is None:
        return f"{head}: its rule for operand {suspect.operand} is not the adjoint of the operation"
    ours, theirs = apart(float(suspect.engine), float(suspect.witness), view.precision)
    return f"{head}: its {what}{at} is {ours} here, {theirs} by SymPy"


def side_by_side(report: Checked, view: View) -> list[Line]:
    """Entries as the engine, SymPy and differences have them, and what the relative errors say."""
    table: list[tuple[str, ...]] = []
    notes: list[Line] = []
    for variable in report.variables:
        if variable.check is None:
            continue
        name = clean(variable.name, view)
        table += [_row(name, row, view) for row in variable.check.rows[:MOST]]
        if variable.check.note:
            notes.append([(f"  {name}: {clean(variable.check.note, view)}", "")])
    if not table:
        return notes
    table.insert(0, ("entry", "here", "SymPy", "numeric"))
    widths = [max(len(row[column]) for row in table) for column in range(4)]
    lines: list[Line] = [
        [("  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip(), "")]
        for row in table
    ]
    return [*lines, *notes]


def _row(name: str, row: Row, view: View) -> tuple[str, ...]:
    numbers = [
        "-" if number is None else display(number, view.precision) for number in (row.engine, row.sympy, row.numeric)
    ]
    return f"{name}{index_text(row.index)}", *numbers
