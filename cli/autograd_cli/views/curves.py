"""The answers of ``plot`` and ``descend``: a curve or a field with its derivative, the loss on the way down."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Any

import numpy as np

from autograd_cli import document as doc
from autograd_cli.document import Answer, Chart, Document, Lines, Numbers, Parts, Text, value_text
from autograd_cli.document.charts import Axes, Line, Spot, alike, contours, extent
from autograd_cli.views import answer_json, pick, read_line, read_record
from autograd_cli.writers import write_columns
from autograd_core.descend import Descent, DescentStep
from autograd_core.expr.read_text import typed_text
from autograd_core.number_text import Array, exact_text, found_text, number_text
from autograd_core.plot import Curve, Field, Mark, Range
from autograd_core.report import shape_label


def curve_answer(curve: Curve) -> Answer:
    """What ``plot`` answers for one range."""
    label, columns = curve.range.label, (curve.x, curve.value, curve.slope)
    notes = [[mark_words(mark, label)] for mark in curve.marks]
    if not np.isfinite(curve.value).any():
        notes = [["there is no finite value in this range"]]
    marks = [pick(mark, "kind x left right slopes") for mark in curve.marks]
    return Answer(
        document=lambda look: _drawn(curve, axes_of(curve), notes),
        json=lambda look: _json(curve, [curve.range], **pick(curve, "x value slope"), marks=marks),
        records=lambda look: chain(_points(curve, columns), (("mark", m.kind, exact_text(m.x)) for m in curve.marks)),
        arrays=lambda: (pick(curve, "x value slope"), {}),
        csv=lambda stream: write_columns((label, "f", f"df/d{label}"), columns, stream),
    )


def field_answer(field: Field) -> Answer:
    """What ``plot`` answers for two ranges; ``value[j][i]`` of the grid belongs to ``x[i]`` and ``y[j]``."""
    across, up = (one.label for one in field.ranges)
    columns = tuple(part.ravel() for part in (*np.meshgrid(field.x, field.y), field.value, *field.slopes))
    slopes = dict(zip(("slope_x", "slope_y"), field.slopes, strict=True))
    return Answer(
        document=lambda look: _drawn(field, [contours(field)], [extremes(field)]),
        json=lambda look: _json(field, field.ranges, **pick(field, "x y value slopes")),
        records=lambda look: _points(field, columns),
        arrays=lambda: ({**pick(field, "x y value"), **slopes}, {}),
        csv=lambda stream: write_columns((across, up, "f", f"df/d{across}", f"df/d{up}"), columns, stream),
    )


def _drawn(found: Curve | Field, drawing: Sequence[Axes], lines: Sequence[Parts]) -> Document:
    """A drawing with sentences below it."""
    title = typed_text(found.expression).strip()
    return Document(title, [[*read_line(found.expression), Chart(title, drawing)], Lines(lines)])


def _json(found: Curve | Field, ranges: Sequence[Range], **parts: Any) -> dict[str, Any]:
    named = [pick(one, "name index low high") for one in ranges]
    return answer_json("plot/1", found, {"ranges": named, **parts}, ok=True)


def _points(found: Curve | Field, columns: Sequence[Array]) -> Iterator[tuple[str, ...]]:
    """How the expression was read, and a line of ``plain`` for each point."""
    yield from read_record(found.expression)
    yield from (("point", *map(value_text, row)) for row in zip(*columns, strict=True))


def axes_of(curve: Curve) -> list[Axes]:
    """The function and its derivative on one pair of axes, or on two where one would be flat beside the other."""
    label = curve.range.label
    names = (("f", "value", curve.value), (f"df/d{label}", "slope", curve.slope))
    lines = [
        Line(name, role, tuple((curve.x[part], array[part]) for part in curve.pieces(slope=role == "slope")))
        for name, role, array in names
    ]
    drawn = [line for line in lines if line.pieces]
    ends = ((mark, [None] if mark.kind == "pole" else sorted({mark.left, mark.right})) for mark in curve.marks)
    spots = [  # a pole is a line, a jump is marked at both of its ends
        Spot(mark.x, y, mark_words(mark, label)) for mark, ys in ends for y in ys if y is None or math.isfinite(y)
    ]

    def drawing(shown: Sequence[Line], marked: Sequence[Spot] = ()) -> Axes:  # without what goes beyond all bounds
        heights = np.concatenate([np.zeros(0), *(y for line in shown for _, y in line.pieces)])
        return Axes(shown, (curve.range.low, curve.range.high), extent(heights), label, spots=marked)

    if len(drawn) < 2 or alike(drawn):
        return [drawing(drawn, spots)]
    return [drawing(lines[:1], spots), drawing(lines[1:])]


def mark_words(mark: Mark, label: str) -> str:
    """A mark in a sentence."""
    left, right = found_text(mark.left), found_text(mark.right)
    sides = [side for side in (left, right) if side != "nan"]
    said = {
        "kink": f"slope {found_text(mark.slopes[0])} on its left, {found_text(mark.slopes[1])} on its right",
        "jump": f"from {left} to {right}",
        "hole": f"no value there, {left} beside it",
        "end": f"no value {'below' if left == 'nan' else 'above'}",
        "pole": " on the left, ".join(sides) + " on the right" * (len(sides) == 2),
    }
    return f"{mark.kind} at {label} = {found_text(mark.x)}: {said[mark.kind]}"


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


LOGARITHMIC = 50.0  # how many times the largest loss is the smallest before their logarithms are drawn
FEW = 10  # steps that are shown one by one, and entries of what moves


def descent_answer(found: Descent, path: Sequence[DescentStep] = ()) -> Answer:
    """What ``descend`` answers: the end, the reason, the steps of ``path``, and the curve of the loss."""
    steps, losses, norms = np.arange(len(found.losses)), np.array(found.losses), np.array(found.norms)
    inputs: dict[str, dict[str, Any]] = {
        name: {"shape": value.shape, "start": found.start[name], "data": value, "grad": found.gradients[name]}
        for name, value in found.values.items()
    }
    parts = {
        **pick(found, "settings.method settings.rate stopped steps=taken"),
        **pick(found, "loss", losses=losses, gradient_norms=norms, variables=inputs),
        **pick(found, "curvature largest_rate"),
    }

    def document(look: doc.Display) -> Document:
        rows: list[list[Parts]] = []
        for name, each in inputs.items():
            head = [[Text(name, doc.NAME)], [Text(shape_label(each["data"]), doc.CODE)]]
            rows.append([*head, [Numbers(each["start"])], [Numbers(each["data"], doc.STRONG)], [Numbers(each["grad"])]])
        title = typed_text(found.expression).strip()
        titles = ["input", "shape", "start", "end", "gradient there"]
        lines = Lines([stop_words(found), *rate_words(found)])
        known = np.isfinite(losses)
        x, y = steps[known], losses[known]
        logarithmic = bool(len(y)) and y.min() > 0 and y.max() > LOGARITHMIC * y.min()
        y = np.log10(y) if logarithmic else y
        line, across = Line("loss", "value", ((x, y),)), (0.0, max(steps[-1], 1.0))
        drawing = Axes([line], across, extent(y, whole=True), "step", logarithmic=logarithmic)
        chart = [Chart("loss by step", [drawing])] if len(losses) > 1 else []
        result = doc.Result(title, np.asarray(found.loss))
        first = [*read_line(found.expression), result]
        return Document(title, [first, lines, doc.Table(titles, rows), *_steps(found, path), *chart])

    def records() -> Iterator[tuple[str, ...]]:
        yield from read_record(found.expression)
        yield "stopped", found.stopped, str(found.taken)
        yield "value", value_text(np.asarray(found.loss))
        for name, each in inputs.items():
            yield "end", name, value_text(each["data"])
            yield "grad", name, value_text(each["grad"])

    return Answer(
        document=document,
        json=lambda look: answer_json("descend/1", found, parts, ok=found.stopped != "diverged"),
        records=lambda look: records(),
        arrays=lambda: ({"value": np.asarray(found.loss), **found.values}, {}),
        csv=lambda stream: write_columns(("step", "loss", "gradient"), (steps, losses, norms), stream),
    )


def _steps(found: Descent, path: Sequence[DescentStep]) -> Iterator[doc.Block]:
    """Each of a few steps with the values and the gradients there, where they are few."""
    if len(path) < 2 or sum(value.size for value in path[0].values) > FEW:
        return
    rows: list[list[Parts]] = []
    for step in path:
        arrays = (each for pair in zip(step.values, step.gradients, strict=True) for each in pair)
        rows.append([[str(step.number)], *([Numbers(each)] for each in arrays), [Numbers(np.asarray(step.loss))]])
    titles = ((name, f"gradient of {name}" if len(found.names) > 1 else "gradient") for name in found.names)
    yield doc.Table(["step", *chain.from_iterable(titles), "loss"], rows)


def stop_words(found: Descent) -> doc.Parts:
    """Why it stopped, and what the loss came to."""
    steps = f"{found.taken} step{'' if found.taken == 1 else 's'}"
    loss: list[Any] = [" from ", doc.Numbers(np.asarray(found.losses[0])), " to ", doc.Numbers(np.asarray(found.loss))]
    if found.stopped == "steps":
        return [Text(f"stopped after {steps}, as asked", doc.UNSURE), ": loss", *loss]
    role = {"converged": doc.GOOD, "diverged": doc.BAD, "stuck": doc.UNSURE}[found.stopped]
    words = ": no step along the gradient lowers the loss" if found.stopped == "stuck" else ": loss"
    after = ["; the values are the last finite ones"] if found.stopped == "diverged" else []
    return [Text(f"{found.stopped} after {steps}", role), words, *loss, *after]


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
