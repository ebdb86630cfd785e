"""A function of one or two numbers over a range, with its derivatives: every point in one batched run.

Where the function has a kink, a jump or a pole, the place is found by narrowing the interval between two samples, with
the derivative of the engine on both sides; nothing is known of which operation it comes from.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from autograd_core.engine.vmap import Batched
from autograd_core.errors import AutogradError, LimitError, ShapeError
from autograd_core.expr.gradient import gradients
from autograd_core.expr.nodes import Const, Expr
from autograd_core.expr.run import evaluate
from autograd_core.limits import RAISE_ELEMENTS, limits
from autograd_core.phases import phase
from autograd_core.report import Warning, index_text, shape_text
from autograd_core.request import Request
from autograd_core.run import need_one_number, run

Array = npt.NDArray[np.float64]

PARTS = 16
"""Parts into which an interval is divided to find what lies in it."""

MAX_MARKS = 40
"""Kinks, jumps, poles and ends that are looked for."""


@dataclass(frozen=True, slots=True)
class Range:
    """The numbers that one entry of an input goes through; ``index`` is () for an input that is one number."""

    name: str
    low: float
    high: float
    index: tuple[int, ...] = ()

    @property
    def label(self) -> str:
        """The entry as the user would write it."""
        return self.name + index_text(self.index)

    @property
    def entry(self) -> Any:
        """The index of the entry in a batch of such inputs."""
        return (slice(None), *self.index)


@dataclass(frozen=True, slots=True)
class Mark:
    """A place where the function is not differentiable.

    ``kind`` is kink, jump, pole, hole (no value there alone) or end (no value beyond). ``left`` and ``right`` are the
    values, and ``slopes`` the derivatives, that it tends to from both sides; nan where it has none.
    """

    kind: str
    x: float
    left: float
    right: float
    slopes: tuple[float, float]


@dataclass(frozen=True, slots=True)
class Curve:
    """A function of one number: ``x``, ``value`` and ``slope`` have one entry a point, ``marks`` are in their order."""

    expression: str
    range: Range
    x: Array
    value: Array
    slope: Array
    marks: tuple[Mark, ...]
    warnings: tuple[Warning, ...] = ()

    def pieces(self, *, slope: bool = False) -> list[slice]:
        """The runs of points that a line may join: finite, and with no jump, pole or end between two of them.

        The line of the ``slope`` is not joined over a kink either.
        """
        apart = np.zeros(len(self.x), bool)
        for mark in self.marks:
            if slope or mark.kind != "kink":
                at = int(np.searchsorted(self.x, mark.x))
                apart[at : at + 2 if at < len(self.x) and self.x[at] == mark.x else at + 1] = True
        finite = np.isfinite(self.slope if slope else self.value)
        bounds = np.flatnonzero(apart[1:] | (finite[1:] != finite[:-1])) + 1
        return [slice(start, end) for start, end in pairwise([0, *bounds.tolist(), len(self.x)]) if finite[start]]


@dataclass(frozen=True, slots=True)
class Field:
    """A function of two numbers on a grid: ``value[j, i]`` and ``slopes[..][j, i]`` belong to ``x[i]`` and ``y[j]``."""

    expression: str
    ranges: tuple[Range, Range]
    x: Array
    y: Array
    value: Array
    slopes: tuple[Array, Array]
    warnings: tuple[Warning, ...] = ()


class Sampler:
    """The value of an expression and its derivatives by the ranged entries, at many points at once.

    Raises what ``run`` raises, ShapeError for a range of what has no such entry, and GradientError where the result is
    not one number.
    """

    def __init__(self, request: Request, ranges: Sequence[Range]) -> None:
        start: dict[str, Array] = {}
        for one in ranges:
            given = np.shape(request.values[one.name])
            if len(one.index) != len(given) or any(not -n <= i < n for i, n in zip(one.index, given, strict=True)):
                raise ShapeError(
                    f"{one.label} is not one number: {one.name} has shape {shape_text(given)}",
                    code="AG305",
                    why="a plot moves one number along a range",
                    hint=f"`along {one.name}{index_text((0,) * len(given))}`",
                )
            start.setdefault(one.name, np.array(request.values[one.name], dtype=np.float64))[one.index] = one.low
        names = tuple(start)
        self.ranges = ranges
        values = {**request.values, **start}
        self.done = run(request.alone(values=values, requires_grad=names), backward=False)
        result = self.done.program.result
        why, hint = "one curve needs one number for each point", "take the sum, the mean, or one entry, as (...)[0]"
        need_one_number(self.done, "a plot shows one number", why=why, hint=hint)
        self.roots: dict[str | None, Expr] = {None: result, **dict.fromkeys(names, Const(np.zeros(())))}
        if result.depends:
            self.roots |= {var.name: grad for var, grad in gradients(result, exact=True).items()}

    def __call__(self, *points: Array) -> tuple[Array, list[Array]]:
        """The values at the points, and the derivatives by each ranged entry; one array of points for each range.

        Raises LimitError where the batch would be too large, or where shapes depend on the numbers.
        """
        count, inputs = len(points[0]), self.done.inputs
        batches: dict[str, Array] = {}
        for one, along in zip(self.ranges, points, strict=True):
            size = inputs[one.name].size
            if size * count > limits().elements:
                raise LimitError(
                    f"{count:,} points of {one.name} have {size * count:,} entries; the limit is {limits().elements:,}",
                    code="AG801",
                    hint=RAISE_ELEMENTS,
                    retry={"points": str(max(2, limits().elements // max(size, 1)))},
                )
            if one.name not in batches:
                batches[one.name] = np.repeat(inputs[one.name][None], count, axis=0)
            batches[one.name][one.entry] = along
        moved = {name: Batched(batch) for name, batch in batches.items()}
        try:
            values = evaluate(list(self.roots.values()), {**inputs, **moved}, dtype=self.done.request.dtype)
        except (AutogradError, IndexError, ValueError) as error:
            raise LimitError(
                "this expression cannot be plotted: it does not hold for every point of the range",
                code="AG801",
                why=str(error),
                hint=getattr(error, "hint", None),
            ) from error
        slopes = ((one, spread(values[self.roots[one.name]], count, inputs[one.name].shape)) for one in self.ranges)
        return spread(values[self.roots[None]], count, ()), [slope[one.entry] for one, slope in slopes]


def spread(value: Any, count: int, shape: tuple[int, ...]) -> Array:
    """What a batched run gave, with one entry of the shape for each point."""
    array = np.asarray(value.data if isinstance(value, Batched) else value, dtype=np.float64)
    if isinstance(value, Batched):
        if array.size == count:
            array = array.reshape(count)
        array = array.reshape(count, *(1,) * (len(shape) + 1 - array.ndim), *array.shape[1:])
    elif array.size == 1:
        array = array.reshape(())
    return np.broadcast_to(array, (count, *shape))


@phase("points of the curve")
def curve(request: Request, along: Range, count: int) -> Curve:
    """The function and its derivative at ``count`` points of a range, and where it is not differentiable."""
    sample = Sampler(request, [along])
    x = np.linspace(along.low, along.high, count)
    value, (slope,) = sample(x)
    with np.errstate(all="ignore"):
        marks = find_marks(sample, x, value, slope)
    return Curve(request.expression, along, x, value, slope, marks, tuple(sample.done.warnings))


@phase("points of the field")
def field(request: Request, ranges: tuple[Range, Range], count: int) -> Field:
    """The function and its gradient on a grid of ``count`` by ``count`` points."""
    sample = Sampler(request, ranges)
    x, y = (np.linspace(one.low, one.high, count) for one in ranges)
    across, up = np.meshgrid(x, y)
    found, slopes = sample(across.ravel(), up.ravel())
    value, one, other = (each.reshape(count, count) for each in (found, *slopes))
    return Field(request.expression, ranges, x, y, value, (one, other), tuple(sample.done.warnings))


def find_marks(sample: Sampler, x: Array, value: Array, slope: Array) -> tuple[Mark, ...]:
    """The kinks, jumps, poles, holes and ends between and at the samples.

    An interval is looked into where its ends do not fit together as those of a smooth function do. A feature narrower
    than two samples that leaves no trace in either is not seen.
    """
    low, high = suspicious(x, value, slope)
    if not len(low):
        return ()
    span = x[-1] - x[0]
    least = max(1e-12 * span, 4 * float(np.spacing(max(abs(x[0]), abs(x[-1])))))
    rows = np.arange(len(low))
    while np.max(high - low) > least:
        inner = low[:, None] + (high - low)[:, None] * np.linspace(0, 1, PARTS + 1)
        inner[:, -1] = high
        worst = np.argmax(misfit(inner, *sampled(sample, inner)), axis=1)
        low, high = inner[rows, worst], inner[rows, worst + 1]
    places = np.unique([simplest(a, b) for a, b in zip(low - least, high + least, strict=True)])
    offsets = DISTANCES * span
    f, d = sampled(sample, places[:, None] + np.concatenate([-offsets, [0.0], offsets[::-1]]))
    known = value[np.isfinite(value)]
    visible = 1e-8 * float(np.subtract(*np.quantile(known, [0.98, 0.02]))) if len(known) else 0.0
    n = len(offsets)
    found: list[Mark | None] = []
    for at, values, slopes in zip(places.tolist(), f, d, strict=True):
        left = Side(offsets, values[:n], slopes[:n], -1, values[n])
        right = Side(offsets, values[:n:-1], slopes[:n:-1], 1, values[n])
        seen = left if at >= x[-1] - offsets[0] else right if at <= x[0] + offsets[0] else None
        found.append(mark_at(at, values[n], left, right, (visible, visible / span), seen))
    return tuple([mark for mark in found if mark is not None])


DISTANCES = np.array([1e-6, 1e-8, 1e-10, 1e-12])
"""How far from a place its two sides are looked at, relative to the range."""


def sampled(sample: Sampler, points: Array) -> tuple[Array, Array]:
    """Values and derivatives in the shape of the points."""
    f, (d,) = sample(points.ravel())
    return f.reshape(points.shape), d.reshape(points.shape)


def misfit(x: Array, f: Array, d: Array) -> Array:
    """How far each interval is from that of a smooth function: 0 for a straight line, infinite where a value ends."""
    h = np.diff(x)
    found = np.abs(np.diff(d)) * h + np.abs(np.diff(f) - h * (d[..., 1:] + d[..., :-1]) / 2)
    known = np.isfinite(f)
    found = np.where(np.isfinite(found), found, 1e300)
    found = np.where(known[..., 1:] != known[..., :-1], np.inf, found)
    return np.where(known[..., 1:] | known[..., :-1], found, 0.0)


def suspicious(x: Array, f: Array, d: Array) -> tuple[Array, Array]:
    """The ends of the intervals that may hold something, the most conspicuous where there are too many."""
    bad = misfit(x, f, d)
    padded = np.pad(bad, 1, constant_values=np.inf)
    beside = np.minimum(padded[:-2], padded[2:])
    beside = np.where(np.isfinite(beside), beside, 0.0)
    scale = np.max(np.abs(f), where=np.isfinite(f), initial=0.0)
    chosen = np.flatnonzero(bad > 1.5 * beside + 1e-13 * scale)
    if len(chosen) > MAX_MARKS:
        highest = bad >= np.maximum(padded[:-2], padded[2:])
        steep = bad / (beside + 1e-13 * scale + 1e-300)  # so are those beside a pole, which is where it is worst
        chosen = np.sort(chosen[np.lexsort((-steep[chosen], ~highest[chosen]))[:MAX_MARKS]])
    return x[chosen], x[chosen + 1]


class Side:
    """What a function does as a place is approached from one side: ``f`` and ``d`` at falling distances.

    ``there`` is its value at the place itself, which is the limit where the two are as near as the slope allows.
    """

    def __init__(self, distances: Array, f: Array, d: Array, sign: int, there: float) -> None:
        self.exists = bool(np.isfinite(f[-1]))
        size = np.abs(d)
        rise = size * distances  # halves at least with each step where the value is bounded
        self.unbounded = self.exists and bool((rise[:-1] > 0).all() and (rise[1:] >= 0.5 * rise[:-1]).all())
        infinite = self.unbounded or (self.exists and bool((size[1:] > 5 * size[:-1]).all() and size[0] > 0))
        limit = f[-1] - sign * distances[-1] * d[-1]
        if abs(there - f[-1]) <= 4 * rise[-1] + 1e-12 * abs(there):
            limit = there
        # The place of a pole is known as well as the nearest points are apart: these may lie on its other side.
        self.value = float(np.copysign(np.inf, f[-2]) if self.unbounded else tidy(limit) if self.exists else np.nan)
        self.slope = float(np.copysign(np.inf, d[-2]) if infinite else tidy(d[-1]) if self.exists else np.nan)
        self.d = d


def mark_at(x: float, f: float, left: Side, right: Side, least: tuple[float, float], seen: Side | None) -> Mark | None:
    """The mark at one place, None where all is smooth.

    ``least`` is a difference of values, and one of slopes, that nobody sees; ``seen`` is the side that is shown of
    the end of a range, where a jump is one of its last value.
    """

    def mark(kind: str) -> Mark:
        return Mark(kind, x, left.value, right.value, (left.slope, right.slope))

    if left.unbounded or right.unbounded:
        return mark("pole")
    if not (left.exists and right.exists):
        return mark("end") if seen is None and (left.exists or right.exists) else None
    ends = (left.value, right.value) if seen is None else (seen.value, f)
    if abs(ends[1] - ends[0]) > max(least[0], 1e-9 * max(map(abs, ends))):
        return mark("jump")
    if seen is not None:
        return None
    gaps = np.abs(right.d - left.d)
    persists = bool((gaps[1:] > 0.5 * gaps[:-1]).all())
    if np.isinf([left.slope, right.slope]).any() or (
        persists and gaps[-1] > max(least[1], 1e-7 * max(abs(left.slope), abs(right.slope)))
    ):
        return mark("kink")
    return None if np.isfinite(f) else mark("hole")


def tidy(number: float) -> float:
    """A limit without the digits that the way to it left."""
    return float(f"{number:.9g}")


def simplest(low: float, high: float) -> float:
    """The number with the fewest digits in an interval."""
    middle = (low + high) / 2
    return next((n for n in (round(middle, digits) for digits in range(17)) if low <= n <= high), middle) + 0.0
