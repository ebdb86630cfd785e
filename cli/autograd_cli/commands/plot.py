"""``autograd-cli plot``: a function and its derivative over a range."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import typer

from autograd_cli.arguments import RANGE, Given
from autograd_cli.commands.call import Call
from autograd_cli.options import VALUES, ColumnOutputs, Texts, Values, option
from autograd_core.errors import UsageError

if TYPE_CHECKING:
    from autograd_cli.values.reader import ValueReader
    from autograd_core.plot import Range
    from autograd_core.report import Array

MOST_POINTS = 100_000
GRID = 60
"""Points along each side of a grid where nobody says how many."""

ENTRY = re.compile(r"\s*([^\W\d]\w*)\s*(?:\[([-\d,\s]*)\])?\s*(?:=(.*))?")


class Ranges(Values, panel=VALUES):
    """Which points of which range."""

    points: int | None = option(
        "--points N", f"Points of a curve, 400 if not said; along each side of a grid, {GRID}.", min=2, max=MOST_POINTS
    )
    along: Texts = option(
        "--along ENTRY=LOW:HIGH",
        "The entry of an array that goes through a range, as w[0]=-1:1; without a range, 5 to both sides.",
    )


def plot(context: typer.Context, outputs: ColumnOutputs, wanted: Ranges) -> None:
    """EXPR and its derivative over a range of one of its inputs."""
    call = Call(context, outputs)
    found = call.given

    from autograd_core.request import Request

    ranges, values = ranges_of(found, wanted.along or ())
    request = Request(found.expression, values, dtype=wanted.dtype)
    call.note_reading()

    from autograd_cli.views.curves import curve_answer, field_answer
    from autograd_core.plot import curve, field

    if len(ranges) == 1:
        line = curve(request, ranges[0], wanted.points or 400)
        call.respond(curve_answer(line), line.warnings)
    grid = field(request, (ranges[0], ranges[1]), wanted.points or GRID)
    call.respond(field_answer(grid), grid.warnings)


def ranges_of(found: Given, along: Sequence[str]) -> tuple[list[Range], dict[str, Array]]:
    """The ranges, in the order of the inputs and then of ``--along``, and the values.

    Raises UsageError where there is no range, or more than two.
    """
    from autograd_core.plot import Range

    texts, reader, values = found.texts, found.reader, dict(found)
    ends = {name: RANGE.fullmatch(text) for name, text in texts.items()}
    ranges = [Range(name, *ends_of(name, each[1], each[2], reader)) for name, each in ends.items() if each is not None]
    for word in along:
        ranges.append(entry_of(word, values, reader))
    if not 0 < len(ranges) < 3:
        several = len(ranges) > 2
        raise UsageError(
            "a plot has one range, or two" + (f", and {len(ranges)} are given" if several else ", and none is given"),
            code="AG105",
            why="LOW:HIGH in place of a value makes an input go through a range",
            hint=f"--{next(iter(texts))} -5:5" if texts and not several else None,
        )
    return ranges, values


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
        raise UsageError(f"{form}, not {word!r}", code="AG105", why=f"arrays: {known}" if known else None)
    index = tuple(int(part) for part in (found[2] or "").split(",") if part.strip())
    if ends is not None:
        low, high = ends_of(f"--along {found[1]}", ends[1], ends[2], reader)
    else:
        try:
            middle = float(values[found[1]][index])
        except (IndexError, TypeError, ValueError):
            raise UsageError(f"{form}: {found[1]} has no such entry", code="AG105") from None
        low, high = middle - 5, middle + 5
    return Range(found[1], low, high, index)


def ends_of(owner: str, low: str, high: str, reader: ValueReader) -> tuple[float, float]:
    """The two ends of a range, which have to be finite numbers in order."""
    import math

    import numpy as np

    ends = [reader.read(owner, text) for text in (low, high)]
    if any(np.ndim(end) for end in ends) or not all(math.isfinite(float(end)) for end in ends) or not ends[0] < ends[1]:
        raise UsageError(
            f"{owner}: {low.strip()}:{high.strip()} is no range",
            code="AG105",
            why="a range is LOW:HIGH, two finite numbers of which the first is smaller",
            hint=f"--{owner.removeprefix('--')} -5:5" if not owner.startswith("--along") else None,
        )
    return float(ends[0]), float(ends[1])
