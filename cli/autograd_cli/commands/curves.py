"""``autograd-cli plot`` and ``descend``: a function and its derivative over a range, and the way down on it."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Literal, TextIO

import typer

from autograd_cli.arguments import RANGE, leaves
from autograd_cli.commands.call import VALUE, Call, request_of
from autograd_cli.options import WRT, ColumnOutputs, Gradients, Options, Texts, Values, get_option, option
from autograd_cli.output import form_of, write_text
from autograd_core.errors import UsageError

if TYPE_CHECKING:
    from autograd_cli.values.reader import ValueReader
    from autograd_core.descend import DescentStep
    from autograd_core.plot import Range
    from autograd_core.report import Array

MOST_POINTS = 100_000
GRID = 61  # points along each side of a grid where nobody says how many: odd, so that the middle is one of them

ENTRY = re.compile(r"\s*([^\W\d]\w*)\s*(?:\[([-\d,\s]*)\])?\s*(?:=(.*))?")


class Ranges(Options, panel="Range"):
    """Which points of which range."""

    points: int | None = option(
        "--points N", f"Points of a curve, or of each side of a grid. Default 400, and {GRID}.", min=2, max=MOST_POINTS
    )
    along: Texts = option(
        "--along ENTRY=LOW:HIGH",
        "The entry of an array that goes through a range, as w[0]=-1:1; without a range, 5 to both sides.",
    )


def plot(context: typer.Context, wanted: Ranges, outputs: ColumnOutputs, values: Values) -> None:
    """EXPR and its derivative over a range of one of its inputs."""
    call = Call(context, outputs)
    found = call.given

    from autograd_core.plot import Range
    from autograd_core.request import Request

    texts, reader, arrays = found.texts, found.reader, dict(found)
    ends = {name: RANGE.fullmatch(text) for name, text in texts.items()}
    ranges = [Range(name, *ends_of(name, each[1], each[2], reader)) for name, each in ends.items() if each is not None]
    ranges += [entry_of(word, arrays, reader) for word in wanted.along or ()]
    if not 0 < len(ranges) < 3:
        several = f"and {len(ranges)} are given" if ranges else "and none is given"
        raise UsageError(
            f"a plot has one range, or two, {several}",
            code="AG102",
            why="LOW:HIGH in place of a value makes an input go through a range",
            hint=None if ranges or not texts else f"--{next(iter(texts))} -5:5",
        )
    request = Request(found.expression, arrays, dtype=values.dtype)

    from autograd_cli.views.curves import curve_answer, field_answer
    from autograd_core.plot import curve, field

    if len(ranges) == 1:
        line = curve(request, ranges[0], wanted.points or 400)
        call.respond(curve_answer(line), line.warnings)
    grid = field(request, (ranges[0], ranges[1]), wanted.points or GRID)
    call.respond(field_answer(grid), grid.warnings)


def entry_of(word: str, values: Mapping[str, Array], reader: ValueReader) -> Range:
    """The range of ``--along``: an entry, and its ends or 5 to both sides of its value."""
    import numpy as np

    from autograd_core.expr.reader.names import entry, variable
    from autograd_core.plot import Range

    form = "--along takes an entry and its range, as w[0]=-1:1"
    left, equals, right = word.partition("=")
    if left.partition("[")[0].strip() not in values:
        shapes = {name: np.shape(values[name]) for name in values}
        left = entry(left, shapes) or variable(left, list(shapes)) or left
    found = ENTRY.fullmatch(left + equals + right)
    ends = RANGE.fullmatch(found[3]) if found is not None and found[3] is not None else None
    if found is None or found[1] not in values or (found[3] is not None and ends is None):
        known = ", ".join(name for name in values if np.ndim(values[name])) or ", ".join(values)
        raise UsageError(f"{form}, not {word!r}", code="AG102", why=f"arrays: {known}" if known else None)
    index = tuple(int(part) for part in (found[2] or "").split(",") if part.strip())
    if ends is not None:
        low, high = ends_of(f"--along {found[1]}", ends[1], ends[2], reader)
    else:
        try:
            middle = float(values[found[1]][index])
        except (IndexError, TypeError, ValueError):
            raise UsageError(f"{form}: {found[1]} has no such entry", code="AG102") from None
        low, high = middle - 5, middle + 5
        if not low < high:
            raise UsageError(f"{form}: 5 to both sides of {middle:g} is no range", code="AG102")
    return Range(found[1], low, high, index)


def ends_of(owner: str, low: str, high: str, reader: ValueReader) -> tuple[float, float]:
    """The two ends of a range, which have to be finite numbers in order."""
    import numpy as np

    ends = [reader.read(owner, text) for text in (low, high)]
    if any(np.ndim(end) for end in ends) or not 1e-300 < float(ends[1]) - float(ends[0]) < math.inf:
        raise UsageError(
            f"{owner}: {low.strip()}:{high.strip()} is no range",
            code="AG102",
            why="a range is LOW:HIGH, two finite numbers of which the first is smaller",
            hint=f"--{owner.removeprefix('--')} -5:5" if not owner.startswith("--along") else None,
        )
    return float(ends[0]), float(ends[1])


class EndOutputs(ColumnOutputs):
    """The forms of a descent, and single ends as values."""

    get: Texts = get_option("Only the end of NAME, as a value to type back in; value is the loss.")


class Descending(Options, panel="Descent"):
    """How the inputs move, and until when."""

    wrt: Texts = WRT
    rate: str = option("--rate --lr --learning-rate X|auto", "The rate of a step; auto: backtracking.", default="0.1")
    steps: int = option("--steps --epochs --iterations N", "At most so many.", default=100, min=1, max=1_000_000)
    method: Literal["gd", "momentum", "adam"] = option("--method", "gd, momentum (0.9), or adam.", default="gd")
    until: float = option(
        "--until TOL",
        "Stop when the gradient is TOL times the first, or smaller.",
        default=1e-8,
        min=0,
    )
    trace: str | None = option("--trace FILE", "Write every step with its values: .csv or .jsonl")


def descend(context: typer.Context, wanted: Descending, outputs: EndOutputs, values: Values) -> None:
    """Steps of gradient descent on EXPR, and where they lead."""
    call = Call(context, outputs)
    found, environment = call.given, call.environment
    asked = call.wanted(found.texts)
    refuse_upwards(found.expression)
    moving = [name for name in found if name in (leaves(wanted.wrt or (), (), found.used) or found.used)]
    if len(moving) > 1 and not wanted.wrt and any(found[name].size > 1 for name in moving):
        call.note(f"all inputs move: {', '.join(moving)}; --wrt {moving[-1]} moves {moving[-1]} alone")
    trace = wanted.trace
    form = form_of(trace, {".csv": "csv", ".jsonl": "json"}, "--trace") if trace is not None else ""
    request = request_of(found, Gradients(), values, check="none")

    from autograd_cli.document import Lines
    from autograd_cli.views.curves import FEW, descent_answer, stop_words
    from autograd_core.descend import Settings
    from autograd_core.descend import descend as run
    from autograd_core.number_text import number_text
    from autograd_core.phases import phase, report_progress

    rate = None
    if wanted.rate != "auto":
        with suppress(ValueError):
            rate = float(wanted.rate)
        if rate is None or not 0 < rate < math.inf:
            words = f"--rate takes a number above 0, or auto, not {wanted.rate!r}"
            raise UsageError(words, code="AG102", hint="--rate 0.1")
    settings = Settings(rate, wanted.steps, wanted.method, wanted.until)
    kept: list[DescentStep] = []

    def watch(step: DescentStep) -> None:
        report_progress(
            step.number,
            wanted.steps,
            lambda: f"step {step.number:,}, loss {number_text(step.loss)}, gradient {number_text(step.norm)}",
        )
        if trace is not None or wanted.steps <= FEW:
            kept.append(step)

    with phase("descending"):
        end = run(request, moving, settings, watch)
    if trace is not None:
        write_text(trace, lambda stream: write_trace(form, moving, kept, stream), environment)
    status = 1 if end.stopped == "diverged" else 0
    if asked:
        call.give(asked, {VALUE: end.loss, **end.values}, end.warnings, status, lambda: Lines([stop_words(end)]))
    call.respond(descent_answer(end, kept if wanted.steps <= FEW else ()), end.warnings, status=status)


def refuse_upwards(expression: str) -> None:
    """Raise UsageError where the text asks for the largest value."""
    from autograd_core.expr.read_text import notes_of, typed_text

    if any(re.match(r"'\\?(?:arg\s*\\?)?max", message) for _, message in notes_of(expression)):
        error = UsageError("descend makes smaller, and a maximum is asked for", why="the negative becomes smaller")
        error.text, error.rewrites = typed_text(expression), (f"-({expression})",)
        raise error


def write_trace(form: str, names: Sequence[str], steps: Sequence[DescentStep], stream: TextIO) -> None:
    """Write a table with a column for each entry, or an object for each step."""
    import numpy as np

    from autograd_cli.views import in_json, places
    from autograd_cli.writers import json_text, write_columns

    if form == "csv":
        named = zip(names, map(np.shape, steps[0].values), strict=True)
        titles = [place for name, shape in named for place in places(name, shape)]
        entries = np.array([np.concatenate([np.ravel(value) for value in step.values]) for step in steps]).T
        known = (np.array([getattr(step, each) for step in steps]) for each in ("number", "loss", "norm"))
        write_columns(["step", "loss", "gradient", *titles], [*known, *entries], stream)
        return
    for step in steps:
        values = dict(zip(names, map(np.asarray, step.values), strict=True))
        said = {"step": step.number, "loss": step.loss, "gradient": step.norm, "values": values}
        stream.write(json_text(in_json(said)) + "\n")
