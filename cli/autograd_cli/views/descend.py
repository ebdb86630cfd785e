"""The answer of ``descend``: where it ended, why it stopped, and the loss on the way."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from autograd_cli.document import blocks as doc
from autograd_cli.document.arrays import shape_label
from autograd_cli.document.blocks import Text
from autograd_cli.document.numbers import value_text
from autograd_cli.drawing.chart import Axes, Line
from autograd_cli.views.records import expression_json, warnings_json
from autograd_core.descend import Descent
from autograd_core.expr.read_text import typed_text
from autograd_core.number_text import number_text

SCHEMA = "autograd-cli/descend/1"

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
            [Text(shape_label(value))],
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
    loss: list[Any] = [
        Text(" from "),
        doc.Numbers(np.asarray(found.losses[0])),
        Text(" to "),
        doc.Numbers(np.asarray(found.loss)),
    ]
    if found.stopped == "converged":
        return [Text(f"converged after {steps}", doc.GOOD), Text(": loss"), *loss]
    if found.stopped == "diverged":
        return [
            Text(f"diverged after {steps}", doc.BAD),
            Text(": loss"),
            *loss,
            Text("; the values are the last finite ones"),
        ]
    if found.stopped == "stuck":
        return [
            Text(f"stuck after {steps}", doc.UNSURE),
            Text(": no step along the gradient lowers the loss"),
            *loss,
        ]
    return [Text(f"stopped after {steps}, as asked", doc.UNSURE), Text(": loss"), *loss]


def rate_words(found: Descent) -> Iterator[doc.Parts]:
    """What the curvature says of the rate, where plain descent used one."""
    largest, rate = found.largest_rate, found.settings.rate
    if largest is None or rate is None or found.settings.method != "gd":
        return
    where = "at the start" if found.stopped == "diverged" else "at the end"
    limit, curvature = number_text(largest), number_text(found.curvature or 0.0)
    words = f"rate {number_text(rate)}; steps of less than 2/L = {limit} do not diverge, L = {curvature} being"
    yield [Text(f"{words} the largest eigenvalue of the Hessian {where}")]
    if found.stopped == "diverged" and rate >= largest:
        yield [Text(f"a smaller rate: --rate {largest / 2:.2g}, or --rate auto")]


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
    return {
        "schema": SCHEMA,
        "ok": found.stopped != "diverged",
        **expression_json(found.expression),
        "method": found.settings.method,
        "rate": found.settings.rate,
        "stopped": found.stopped,
        "steps": found.taken,
        "loss": found.loss,
        "losses": np.array(found.losses),
        "gradient_norms": np.array(found.norms),
        "variables": {
            name: {
                "shape": list(value.shape),
                "start": found.start[name],
                "data": value,
                "grad": found.gradients[name],
            }
            for name, value in found.values.items()
        },
        "curvature": found.curvature,
        "largest_rate": found.largest_rate,
        "warnings": warnings_json(found.warnings),
    }


def descent_records(found: Descent) -> Iterator[tuple[str, ...]]:
    """The lines of ``plain``."""
    yield "stopped", found.stopped, str(found.taken)
    yield "value", value_text(np.asarray(found.loss))
    for name, value in found.values.items():
        yield "end", name, value_text(value)
        yield "grad", name, value_text(found.gradients[name])
