"""Verdicts on claims for people; the other formats are next door."""

from __future__ import annotations

from collections.abc import Iterator
from math import isfinite
from typing import TextIO

import numpy as np

from autograd_cli.columns import fold
from autograd_cli.render import arrays
from autograd_cli.render.grid import Cell, Grid
from autograd_cli.render.heading import heading, value_room
from autograd_cli.render.ink import BAD, FORMULA, GOOD, STRONG, UNSURE, Line, clean, folded, glyphs, paint
from autograd_cli.render.numbers import Array, apart, display
from autograd_cli.render.view import View
from autograd_core.claims.verdict import HERE, RIGHT, UNDECIDED, WRONG, ClaimsReport, Judgement, Worst
from autograd_core.report import index_text

ROWS = 12
"""Rows of the table of a claim; the worst entries come first where there are more."""

_LABEL = 11


def write_claims(report: ClaimsReport, format: str, view: View, stream: TextIO) -> None:
    """Write the verdicts as ``table``, ``plain`` or ``json``."""
    if format == "json":
        from autograd_cli.render.claims_data import write_json

        write_json(report, view, stream)
    elif format == "plain":
        from autograd_cli.render.claims_data import write_plain

        write_plain(report, view, stream)
    else:
        paint(claims_lines(report, view), view, stream)


def claims_lines(report: ClaimsReport, view: View) -> Iterator[Line]:
    """The styled lines: the expression, each claim, and how many are right."""
    yield from heading(report.expression, [arrays.inline(report.result.data, view, value_room(view))], view)
    for judgement in report.judgements:
        yield []
        yield from _judgement(judgement, view)
    if len(report.judgements) > 1:
        right = sum(each.right for each in report.judgements)
        total = len(report.judgements)
        style = GOOD if right == total else BAD
        verb = "is" if right == 1 else "are"
        words = f"all {total} claims are right" if right == total else f"{right} of {total} claims {verb} right"
        yield []
        yield [(_sign(RIGHT if right == total else WRONG, view), style), (f" {words}", "")]


def _sign(verdict: str, view: View) -> str:
    signs = glyphs(view)
    return {RIGHT: signs.agree, UNDECIDED: signs.partial}.get(verdict, signs.disagree)


def _judgement(judgement: Judgement, view: View) -> Iterator[Line]:
    """One claim: the verdict and why, then what was claimed, what is right, and the numbers."""
    style = {RIGHT: GOOD, UNDECIDED: UNSURE}.get(judgement.verdict, BAD)
    head: Line = [(_sign(judgement.verdict, view), style), (f" {clean(judgement.name, view)}", STRONG)]
    yield from folded([*head, (": ", ""), (_verdict(judgement), style), (_because(judgement, view), "")], view.width, 4)
    for other in judgement.also:
        yield from folded([(f"    also: {clean(other.text, view)}", "")], view.width, 6)
    for note in judgement.notes:
        yield from folded([(f"    {clean(note, view)}", "")], view.width, 6)
    yield from _labelled("claim", judgement.text, "", view)
    if judgement.right and judgement.worst is None:
        return
    if view.formula and judgement.formula is not None:
        yield from _labelled("right", judgement.formula, FORMULA, view)
    if not view.formula:
        return
    if judgement.verdict == HERE:  # before the numbers elsewhere, with which it has nothing to do
        yield from _whole("gradient", judgement.truth, view)
    if judgement.worst is not None:
        yield from _worst(judgement, judgement.worst, view)
    if judgement.verdict not in (HERE, UNDECIDED):
        yield from _numbers(judgement, view)


def _verdict(judgement: Judgement) -> str:
    words = {RIGHT: "right", WRONG: "wrong", HERE: "right at your numbers, wrong in general", UNDECIDED: "undecided"}
    return words[judgement.verdict]


def _because(judgement: Judgement, view: View) -> str:
    if judgement.reason is not None:
        return f": {clean(judgement.reason, view)}"
    if judgement.diagnosis is not None:
        return f": {clean(judgement.diagnosis.text, view)}"
    if judgement.verdict == RIGHT:
        others = judgement.points - 1
        return f" at your numbers and at {others} random points" if others > 0 else ""
    return ": none of the usual mistakes explains it"


def _labelled(label: str, text: str, style: str, view: View) -> Iterator[Line]:
    """A text beside its label, broken where the terminal ends."""
    start = " " * 4 + label.ljust(_LABEL)
    rows = [row for part in text.splitlines() for row in fold(clean(part.strip(), view), _room(view, len(start)))]
    for number, row in enumerate(rows):
        yield [(start if number == 0 else " " * len(start), ""), (row, style)]


def _room(view: View, used: int) -> int | None:
    return None if view.width is None else max(view.width - used, 20)


def _worst(judgement: Judgement, worst: Worst, view: View) -> Iterator[Line]:
    """The entry furthest off: both numbers, their ratio, and what CS231n says of such an error."""
    claim, truth = apart(worst.claim, worst.truth, view.precision)
    place = clean(judgement.name, view) + index_text(worst.index)
    words = f"{place}: the claim gives {claim}, the gradient is {truth}"
    if worst.ratio is not None:
        words += f" (ratio {display(worst.ratio, view.precision)})"
    label = "worst" if worst.at is None else "elsewhere"
    yield from _labelled(label, words, "", view)
    if isfinite(worst.relative_error):  # of an infinite number there is none
        error = f"relative error {display(worst.relative_error, view.precision)}; CS231n: {worst.words}"
        yield from _labelled("", error, "", view)
    if worst.at is not None and sum(array.size for _, array in worst.at) <= arrays.LARGE:
        for number, (name, array) in enumerate(worst.at):
            text = f"{clean(name, view)} = {arrays.inline(array, view)}"
            yield from _labelled("there" if number == 0 else "", text, "", view)


def _numbers(judgement: Judgement, view: View) -> Iterator[Line]:
    """The claim beside the gradient, entry by entry, at the given numbers."""
    truth, claim = judgement.truth, judgement.claim
    if claim is None or claim.shape != truth.shape:
        yield from _whole("gradient", truth, view)
        if claim is not None and claim.shape != truth.shape:
            yield from _whole("claimed", claim, view)
        return
    if truth.ndim == 0:
        return
    order = _worst_first(claim, truth)
    shown = order if view.full else order[:ROWS]
    if len(shown) == len(order):
        shown = sorted(shown)
    grid = Grid(["entry", "claim", "gradient", "ratio", ""])
    for flat in shown:
        index = np.unravel_index(flat, truth.shape)
        grid.rows.append(_row(judgement.name, tuple(int(i) for i in index), claim[index], truth[index], view))
    yield []
    for line in grid.lines(view):
        yield [(" " * 4, ""), *line]
    if len(shown) < len(order):
        yield [(f"    {len(order) - len(shown):,} more entries; --full shows all", "")]


def _row(name: str, index: tuple[int, ...], claim: float, truth: float, view: View) -> list[Cell]:
    first, second = (
        apart(float(claim), float(truth), view.precision)
        if claim != truth
        else (display(float(claim), view.precision), display(float(truth), view.precision))
    )
    near = bool(np.isclose(claim, truth, rtol=1e-6, atol=0, equal_nan=True))
    with np.errstate(all="ignore"):
        ratio = np.divide(claim, truth) if truth else np.nan
    known = np.isfinite(ratio) and not near
    sign = (_sign(RIGHT if near else WRONG, view), GOOD if near else BAD)
    return [
        [[(clean(name, view) + index_text(index), "")]],
        [[(first, "" if near else BAD)]],
        [[(second, "" if near else STRONG)]],
        [[(display(float(ratio), view.precision) if known else glyphs(view).dash, "")]],
        [[sign]],
    ]


def _worst_first(claim: Array, truth: Array) -> list[int]:
    """The flat places of all entries, the largest difference first."""
    with np.errstate(all="ignore"):
        distance = np.abs(claim - truth)
    distance = np.where((claim == truth) | (np.isnan(claim) & np.isnan(truth)), 0.0, distance)
    distance = np.where(np.isnan(distance), np.inf, distance)
    return [int(i) for i in np.argsort(-distance, axis=None, kind="stable")]


def _whole(label: str, array: Array, view: View) -> Iterator[Line]:
    start = " " * 4 + label.ljust(_LABEL)
    for number, row in enumerate(arrays.lines(array, view, _room(view, len(start)))):
        yield [(start if number == 0 else " " * len(start), ""), (row, "")]
