"""The answers of ``plot`` and ``descend``: a curve or a field with its derivative, the loss on the way down."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from autograd_cli.document import blocks as doc
from autograd_cli.document.blocks import Answer, Chart, Document, Lines, Numbers, Parts, Text
from autograd_cli.document.numbers import value_text
from autograd_cli.drawing.chart import Axes, Contours, Line, Spot, alike
from autograd_cli.views.reports import answer_json
from autograd_core.descend import Descent
from autograd_core.expr.read_text import typed_text
from autograd_core.number_text import Array, found_text, number_text
from autograd_core.plot import Curve, Field, Mark
from autograd_core.report import shape_label


def curve_answer(curve: Curve) -> Answer:
    """What ``plot`` answers for one range."""
    title = typed_text(curve.expression).strip()
    return Answer(
        document=lambda look: Document(title, [Chart(title, axes_of(curve)), Lines([[w] for w in notes(curve)])]),
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
    place, left, right = f"{label} = {found_text(mark.x)}", found_text(mark.left), found_text(mark.right)
    slopes = f"slope {found_text(mark.slopes[0])} on its left, {found_text(mark.slopes[1])} on its right"
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


def curve_json(curve: Curve) -> dict[str, Any]:
    """The points and the marks as one object."""
    parts = {
        "ranges": [range_json(curve.range)],
        "x": curve.x,
        "value": curve.value,
        "slope": curve.slope,
        "marks": [
            {"kind": m.kind, "x": m.x, "left": m.left, "right": m.right, "slopes": list(m.slopes)} for m in curve.marks
        ],
    }
    return answer_json("plot/1", curve, parts, ok=True)


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
        return ["there is no finite value in these ranges"]
    parts: list[Any] = []
    for words, at in (("least", np.nanargmin(known)), ("; largest", np.nanargmax(known))):
        j, i = divmod(int(at), len(field.x))
        numbers = zip(field.ranges, (field.x[i], field.y[j]), strict=True)
        place = ", ".join(f"{one.label} = {found_text(number)}" for one, number in numbers)
        parts += [f"{words} ", Numbers(known[j, i]), f" at {place}"]
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
    parts = {
        "ranges": [range_json(one) for one in field.ranges],
        "x": field.x,
        "y": field.y,
        "value": field.value,
        "slopes": list(field.slopes),
    }
    return answer_json("plot/1", field, parts, ok=True)


def field_records(field: Field) -> Iterator[tuple[str, ...]]:
    """The lines of ``plain``: a point each."""
    for row in zip(*columns_of(field), strict=True):
        yield ("point", *(value_text(number) for number in row))


LOGARITHMIC = 50.0
"""How many times the largest loss is the smallest before their logarithms are drawn."""


def descent_answer(found: Descent) -> doc.Answer:
    """What ``descend`` answers."""
    return doc.Answer(
        document=lambda look: descent_document(found),
        json=lambda look: descent_json(found),
        records=lambda look: descent_records(found),
        arrays=lambda: ({"value": np.asarray(found.loss), **found.values}, {}),
        table=lambda: (("step", "loss", "gradient"), path_of(found)),
    )


def path_of(found: Descent) -> tuple[Any, ...]:
    """The loss and the size of the gradient before each step and at the end."""
    return np.arange(len(found.losses), dtype=float), np.array(found.losses), np.array(found.norms)


def descent_document(found: Descent) -> doc.Document:
    """The end, the reason, and the curve of the loss."""
    title = typed_text(found.expression).strip()
    rows: list[list[doc.Parts]] = [
        [
            [Text(name, doc.NAME)],
            [shape_label(value)],
            [doc.Numbers(found.start[name])],
            [doc.Numbers(value, doc.STRONG)],
            [doc.Numbers(found.gradients[name])],
        ]
        for name, value in found.values.items()
    ]
    blocks: list[doc.Block] = [
        doc.Result(title, np.asarray(found.loss)),
        doc.Lines([stop_words(found), *rate_words(found)]),
        doc.Table(["input", "shape", "start", "end", "gradient there"], rows),
    ]
    if len(found.losses) > 1:
        blocks.append(doc.Chart("loss by step", [loss_axes(found)]))
    return doc.Document(title, blocks)


def stop_words(found: Descent) -> doc.Parts:
    """Why it stopped, and what the loss came to."""
    steps = f"{found.taken} step{'' if found.taken == 1 else 's'}"
    loss: list[Any] = [" from ", doc.Numbers(np.asarray(found.losses[0])), " to ", doc.Numbers(np.asarray(found.loss))]
    if found.stopped == "converged":
        return [Text(f"converged after {steps}", doc.GOOD), ": loss", *loss]
    if found.stopped == "diverged":
        return [Text(f"diverged after {steps}", doc.BAD), ": loss", *loss, "; the values are the last finite ones"]
    if found.stopped == "stuck":
        return [Text(f"stuck after {steps}", doc.UNSURE), ": no step along the gradient lowers the loss", *loss]
    return [Text(f"stopped after {steps}, as asked", doc.UNSURE), ": loss", *loss]


def rate_words(found: Descent) -> Iterator[doc.Parts]:
    """What the curvature says of the rate, where plain descent used one."""
    largest, rate = found.largest_rate, found.settings.rate
    if largest is None or rate is None or found.settings.method != "gd":
        return
    where = "at the start" if found.stopped == "diverged" else "at the end"
    limit, curvature = number_text(largest), number_text(found.curvature or 0.0)
    words = f"rate {number_text(rate)}; steps of less than 2/L = {limit} do not diverge, L = {curvature} being"
    yield [f"{words} the largest eigenvalue of the Hessian {where}"]
    if found.stopped == "diverged" and rate >= largest:
        yield [f"a smaller rate: --rate {largest / 2:.2g}, or --rate auto"]


def loss_axes(found: Descent) -> Axes:
    """The loss by step; its logarithm where it falls or rises over several powers of ten."""
    steps, losses = np.arange(len(found.losses), dtype=float), np.array(found.losses)
    steps, losses = steps[np.isfinite(losses)], losses[np.isfinite(losses)]
    logarithmic = bool(len(losses)) and losses.min() > 0 and losses.max() > LOGARITHMIC * losses.min()
    shown = np.log10(losses) if logarithmic else losses
    line = Line("loss", "value", ((steps, shown),))
    return Axes.of((line,), (0.0, max(float(len(found.losses) - 1), 1.0)), "step", logarithmic=logarithmic)


def descent_json(found: Descent) -> dict[str, Any]:
    """The whole path as one object."""
    parts = {
        "method": found.settings.method,
        "rate": found.settings.rate,
        "stopped": found.stopped,
        "steps": found.taken,
        "loss": found.loss,
        "losses": np.array(found.losses),
        "gradient_norms": np.array(found.norms),
        "variables": {
            name: {"shape": list(value.shape), "start": found.start[name], "data": value, "grad": found.gradients[name]}
            for name, value in found.values.items()
        },
        "curvature": found.curvature,
        "largest_rate": found.largest_rate,
    }
    return answer_json("descend/1", found, parts, ok=found.stopped != "diverged")


def descent_records(found: Descent) -> Iterator[tuple[str, ...]]:
    """The lines of ``plain``."""
    yield "stopped", found.stopped, str(found.taken)
    yield "value", value_text(np.asarray(found.loss))
    for name, value in found.values.items():
        yield "end", name, value_text(value)
        yield "grad", name, value_text(found.gradients[name])
