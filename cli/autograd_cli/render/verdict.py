"""The cross-check in words: a cell for each variable, and a sentence for the whole."""

from __future__ import annotations

import math

from autograd_cli.render.checked import Checked, Named
from autograd_cli.render.disagreement import differences, side_by_side
from autograd_cli.render.ink import BAD, GOOD, UNSURE, Glyphs, Line, clean, glyphs
from autograd_cli.render.numbers import apart, display
from autograd_cli.render.view import View
from autograd_core.report import Check, Verdict, Worst, index_text

_WITNESSES = {
    "sympy": "SymPy",
    "sympy-kernels": "SymPy",
    "numeric": "numeric differentiation",
    "all": "SymPy and numeric differentiation",
}


def mark(status: str, view: View) -> tuple[str, str]:
    """The sign of a status and its style."""
    signs: Glyphs = glyphs(view)
    known = {"agree": (signs.agree, GOOD), "disagree": (signs.disagree, BAD), "partial": (signs.partial, UNSURE)}
    return known.get(status, (signs.dash, ""))


def check_cell(check: Check | None, view: View) -> Line:
    """A check in few columns: ``✓ 4/4``, ``✗ at [2]``, ``◐ 3/4``, ``✓ 3/4, 1 kink``, ``–``."""
    if check is None or check.status not in ("agree", "disagree", "partial"):
        return [(glyphs(view).dash, "")]
    if check.status == "disagree" and check.worst is not None:
        words = f"at {index_text(check.worst.index)}" if check.worst.index else f"{check.compared}/{check.total}"
    else:
        reached = f"{check.compared}+{check.covered}" if check.covered else f"{check.compared}"
        words = f"{reached}/{check.total}" + (f", {_count(check.kinks, 'kink')}" if check.kinks else "")
    return [mark(check.status, view), (f" {words}", "")]


def check_words(check: Check | None, view: View) -> Line:
    """A check in a few words: ``✓ 4 of 4 entries agree``, ``✗ at [2]: 264 here, 260 by SymPy``."""
    if check is None or check.status not in ("agree", "disagree", "partial"):
        reason = f" {clean(check.reason, view)}" if check is not None and check.reason else ""
        return [(glyphs(view).dash, ""), (reason, "")]
    if check.status == "disagree" and check.worst is not None:
        ours, theirs = apart(float(check.worst.engine), float(check.worst.witness), view.precision)
        place = f"at {index_text(check.worst.index)}: " if check.worst.index else ""
        words = f"{place}{ours} here, {theirs} by {_WITNESSES.get(check.method, clean(check.method, view))}"
    else:
        entries = "entry" if check.total == 1 else "entries"
        verb = "differ" if check.status == "disagree" else "agree" + "s" * (check.total == 1)
        words = f"{check.compared + check.covered} of {check.total} {entries} {verb}"
        words += f" ({check.compared} one by one, {check.covered} by projections)" if check.covered else ""
        words += f", {check.kinks} at a kink" if check.kinks else ""
    return [mark(check.status, view), (f" {words}", "")]


def verdict_lines(report: Checked, view: View, what: str = "gradient") -> list[Line]:
    """The verdict on the entries of ``what``: one line, and more only where something is to be explained."""
    verdict = report.verdict
    sign, style = mark(verdict.status, view)
    if verdict.status == "skipped":
        why = verdict.reason or _reasons(report) or "the cross-check was not asked for"
        return [[(sign, style), (f" not checked: {clean(why, view)}", "")]]
    if verdict.total == 0:
        return [[(f"{glyphs(view).dash} nothing to check: there are no {what} entries", "")]]
    witness, several = _witness(report)
    amount = _amount(report.verdict, view, what)
    found: list[Line] = []
    if verdict.status == "disagree":
        worst = _worst(report, witness, several, view, what)
        found.append([(sign, style), (f" {witness} disagree{'' if several else 's'}", style), (worst, "")])
        found.append([(f"  {amount} (rtol {display(verdict.rtol)}, atol {display(verdict.atol)})", "")])
        found += differences(report, witness, view)
    elif not verdict.compared + verdict.covered:
        found.append([(sign, style), (" nothing compared", style), (f": {amount}", "")])
    else:
        part = " in part" if verdict.status == "partial" else ""
        found.append([(sign, style), (f" {witness} agree{'' if several else 's'}{part}", style), (f": {amount}", "")])
    if verdict.kinks:
        checks = [(each.name, each.check.kinks) for each in report.variables if each.check]
        named = ", ".join(f"{kinks} of {clean(name, view)}" for name, kinks in checks if kinks)
        where = f"  {_count(verdict.kinks, 'entry', 'entries')} at a kink, where there is no derivative"
        found.append([(f"{where}: {named}" if named else where, "")])
    if verdict.status == "partial":
        left = max(verdict.total - verdict.compared - verdict.covered - verdict.kinks, 0)
        reason = verdict.reason or _reasons(report)
        because = clean(reason, view) if reason else ""
        if left:
            entries = _count(left, "entry", "entries")
            found.append([(f"  {entries} not compared" + (f": {because}" if because else ""), "")])
        elif because and verdict.kinks < verdict.total:
            found.append([(f"  {because}", "")])
    return found + side_by_side(report, view)


def _amount(verdict: Verdict, view: View, what: str) -> str:
    """How much was compared and how far apart it is: ``16 of 16 gradient entries, largest difference 0``."""
    entries = f"{what} entry" if verdict.total == 1 else f"{what} entries"
    words = f"{verdict.compared + verdict.covered} of {verdict.total} {entries}"
    if verdict.covered:
        words += f" ({verdict.compared} one by one, {verdict.covered} by projections)"
    if verdict.max_abs_error is not None:
        words += f", largest difference {display(float(verdict.max_abs_error), view.precision)}"
    return words


def _count(number: int, one: str, many: str | None = None) -> str:
    return f"{number} {one if number == 1 else many or one + 's'}"


def _witness(report: Checked) -> tuple[str, bool]:
    """Who was asked, and whether they are several."""
    methods = [each.check.method for each in report.variables if each.check and each.check.status != "skipped"]
    names = list(dict.fromkeys(_WITNESSES.get(method, method) for method in methods))
    words = " and ".join(names) or "SymPy"
    return words, " and " in words


def _reasons(report: Checked) -> str | None:
    """What the checks of the variables say, each reason once with its variables."""
    named: dict[str, list[str]] = {}
    for variable in report.variables:
        if variable.check is not None and variable.check.reason:
            named.setdefault(variable.check.reason, []).append(variable.name)
    if len(named) == 1:
        return next(iter(named))
    return "; ".join(f"{', '.join(names)}: {reason}" for reason, names in named.items()) or None


def _worst(report: Checked, witness: str, several: bool, view: View, what: str) -> str:
    """The entry that differs most: ``: W1[2] is 264 here, 260 by SymPy``."""
    culprits: list[tuple[float, Named, Worst]] = []
    for variable in report.variables:
        if variable.check is not None and variable.check.status == "disagree" and variable.check.worst is not None:
            worst = variable.check.worst
            difference = abs(worst.engine - worst.witness)
            culprits.append((float("inf") if math.isnan(difference) else difference, variable, worst))
    if not culprits:
        return ""
    difference, variable, worst = max(culprits, key=lambda each: each[0])
    ours, theirs = apart(float(worst.engine), float(worst.witness), view.precision)
    name = clean(variable.name, view) + index_text(worst.index)
    return f": the {what} of {name} is {ours} here, {theirs} by {'them' if several else witness}"
