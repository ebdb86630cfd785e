"""The answer of ``plot``: a curve with its derivative, or a field with its gradient."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from autograd_cli.document.blocks import Answer, Chart, Document, Lines, Numbers, Parts, Text
from autograd_cli.document.numbers import Array, value_text
from autograd_cli.drawing.chart import Axes, Contours, Line, Spot, alike
from autograd_cli.views.records import expression_json, warnings_json
from autograd_core.expr.read_text import typed_text
from autograd_core.number_text import found_text
from autograd_core.plot import Curve, Field, Mark

SCHEMA = "autograd-cli/plot/1"


def curve_answer(curve: Curve) -> Answer:
    """What ``plot`` answers for one range."""
    title = typed_text(curve.expression).strip()
    return Answer(
        document=lambda look: Document(title, [Chart(title, axes_of(curve)), Lines([[Text(w)] for w in notes(curve)])]),
        json=lambda look: curve_json(curve),
        records=lambda look: curve_records(curve),
        arrays=lambda: ({"x": curve.x, "value": curve.value, "slope": curve.slope}, {}),
        table=lambda: ((curve.range.label, "f", f"df/d{curve.range.label}"), (curve.x, curve.value, curve.slope)),
    )


def axes_of(curve: Curve) -> list[Axes]:
    """The function and its derivative on one pair of axes, or on two where one would be flat beside the other."""
    x = (curve.range.low, curve.range.high)
    label = curve.range.label
    value = Line("f", "value", tuple((curve.x[part], curve.value[part]) for part in curve.pieces()))
    slope = Line(
        f"df/d{label}", "slope", tuple((curve.x[part], curve.slope[part]) for part in curve.pieces(slope=True))
    )
    lines = [line for line in (value, slope) if line.pieces]
    spots = tuple(spot for mark in curve.marks for spot in spots_of(mark, label))
    if len(lines) < 2 or alike(lines):
        return [Axes.of(tuple(lines), x, label, spots)]
    return [Axes.of((value,), x, label, spots), Axes.of((slope,), x, label)]


def spots_of(mark: Mark, label: str) -> Iterator[Spot]:
    """Where a mark is drawn: a pole as a line, a jump at both of its ends."""
    words = mark_words(mark, label)
    if mark.kind == "pole":
        yield Spot(mark.x, None, words)
        return
    for y in sorted({y for y in (mark.left, mark.right) if math.isfinite(y)}):
        yield Spot(mark.x, y, words)


def notes(curve: Curve) -> list[str]:
    """A sentence for each mark, and one where there is no value anywhere."""
    if not np.isfinite(curve.value).any():
        return ["there is no finite value in this range"]
    return [mark_words(mark, curve.range.label) for mark in curve.marks]


def mark_words(mark: Mark, label: str) -> str:
    """A mark in a sentence."""
    place, left, right = f"{label} = {short(mark.x)}", short(mark.left), short(mark.right)
    slopes = f"slope {short(mark.slopes[0])} on its left, {short(mark.slopes[1])} on its right"
    if mark.kind == "kink":
        return f"kink at {place}: {slopes}"
    if mark.kind == "jump":
        return f"jump at {place}: from {left} to {right}"
    if mark.kind == "hole":
        return f"hole at {place}: no value there, {left} beside it"
    if mark.kind == "end":
        return f"end at {place}: no value {'below' if math.isnan(mark.left) else 'above'}"
    sides = [side for side in (left, right) if side != "nan"]
    return f"pole at {place}: {' on the left, '.join(sides)}{' on the right' if len(sides) == 2 else ''}"


def short(number: float) -> str:
    """A number in a sentence."""
    return found_text(number)


def curve_json(curve: Curve) -> dict[str, Any]:
    """The points and the marks as one object."""
    return {
        "schema": SCHEMA,
        "ok": True,
        **expression_json(curve.expression),
        "ranges": [range_json(curve.range)],
        "x": curve.x,
        "value": curve.value,
        "slope": curve.slope,
        "marks": [
            {"kind": m.kind, "x": m.x, "left": m.left, "right": m.right, "slopes": list(m.slopes)} for m in curve.marks
        ],
        "warnings": warnings_json(curve.warnings),
    }


def range_json(one: Any) -> dict[str, Any]:
    """A range: the input, the entry, and the ends."""
    return {"name": one.name, "index": list(one.index), "low": one.low, "high": one.high}


def curve_records(curve: Curve) -> Iterator[tuple[str, ...]]:
    """The lines of ``plain``: a point each, then the marks."""
    for x, value, slope in zip(curve.x, curve.value, curve.slope, strict=True):
        yield "point", value_text(x), value_text(value), value_text(slope)
    for mark in curve.marks:
        yield "mark", mark.kind, value_text(np.asarray(mark.x))


def field_answer(field: Field) -> Answer:
    """What ``plot`` answers for two ranges."""
    title = typed_text(field.expression).strip()
    across, up = (one.label for one in field.ranges)
    drawing = [Contours(field.x, field.y, field.value, field.slopes, (across, up))]
    return Answer(
        document=lambda look: Document(title, [Chart(title, drawing), Lines([extremes(field)])]),
        json=lambda look: field_json(field),
        records=lambda look: field_records(field),
        arrays=lambda: (field_arrays(field), {}),
        table=lambda: ((across, up, "f", f"df/d{across}", f"df/d{up}"), columns_of(field)),
    )


def extremes(field: Field) -> Parts:
    """The smallest and the largest value on the grid, with their places."""
    known = np.where(np.isfinite(field.value), field.value, np.nan)
    if np.isnan(known).all():
        return [Text("there is no finite value in these ranges")]
    parts: list[Any] = []
    for words, at in (("least", np.nanargmin(known)), ("; largest", np.nanargmax(known))):
        j, i = divmod(int(at), len(field.x))
        place = f" at {field.ranges[0].label} = {short(field.x[i])}, {field.ranges[1].label} = {short(field.y[j])}"
        parts += [Text(f"{words} "), Numbers(known[j, i]), Text(place)]
    return parts


def field_arrays(field: Field) -> dict[str, Array]:
    """The grid for NumPy."""
    return {"x": field.x, "y": field.y, "value": field.value, "slope_x": field.slopes[0], "slope_y": field.slopes[1]}


def columns_of(field: Field) -> tuple[Array, ...]:
    """A column for each quantity, a row for each point of the grid."""
    across, up = np.meshgrid(field.x, field.y)
    return tuple(part.ravel() for part in (across, up, field.value, *field.slopes))


def field_json(field: Field) -> dict[str, Any]:
    """The grid as one object; ``value[j][i]`` belongs to ``x[i]`` and ``y[j]``."""
    return {
        "schema": SCHEMA,
        "ok": True,
        **expression_json(field.expression),
        "ranges": [range_json(one) for one in field.ranges],
        "x": field.x,
        "y": field.y,
        "value": field.value,
        "slopes": list(field.slopes),
        "warnings": warnings_json(field.warnings),
    }


def field_records(field: Field) -> Iterator[tuple[str, ...]]:
    """The lines of ``plain``: a point each."""
    for row in zip(*columns_of(field), strict=True):
        yield ("point", *(value_text(number) for number in row))
