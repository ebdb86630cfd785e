"""Other points at which a claim is judged: of the same shapes, inside the domain, away from kinks.

Numbers given keep what they are besides numbers: positions and classes stay, labels that are probabilities stay
probabilities, and what is assumed stays true. Where an expression has branches more points are drawn, beyond the
numbers that decide between them; where its functions are flat at the points drawn, points are sought where they bend.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial
from itertools import cycle, islice
from typing import Any

import numpy as np
import numpy.typing as npt

from autograd_core.assumptions import Assumption, make_true
from autograd_core.check.kinks import two_sided
from autograd_core.claims.kinks import branching, numbers_at, places
from autograd_core.claims.problem import NoValueError, Point, Problem, Values, compute, passed_on, pulled
from autograd_core.errors import AutogradError
from autograd_core.expr.nodes import Call, Expr, Var, variables_in
from autograd_core.limits import BRANCH_POINTS, MIN_CLAIM_POINTS
from autograd_core.ops.registry import op
from autograd_core.preflight import DOUBLE

Array = npt.NDArray[Any]
Draw = Callable[[Array, np.random.Generator], Array]

SPARE_SECONDS, SPARE_MEMORY = 0.5, 64 << 20
"""What points that are tried for branches may take together, in seconds of one core and in bytes."""

OVERHEAD, ENTRY = 3e4, 5.0
"""Nanoseconds that one node takes at one point, forward and back, however small its arrays are, and one entry."""

LARGE = 20_000
"""Entries of all inputs above which fewer points do."""

PROBABILITIES, FIXED, DEFINITE = "probabilities", "fixed", "definite"
"""What the numbers of an input are that other points keep; DEFINITE where the expression has no value otherwise."""

FLAT = (0.02, 8.0)
"""Sizes of the operand of a curved function outside of which points are sought where it bends."""

FEW_ASSUMED, MOST_ASSUMED = 4, 100
"""Points at which a condition is tried first, and then."""

MOST_EDGES, MOST_REJECTED = 16, 40
"""Points exactly at the places of branches, and points without a comparable gradient that are kept."""

MAX_AIMS, AIM_STEPS = 4, 12
"""Functions for which such points are sought, and steps of steepest descent that it takes to reach one."""

SIZES = (1e-6, 1e-3, 1e3, 1e6, 1e9, 1e12)
"""Sizes of the numbers at which a gradient is looked at that is 0 at all other points."""

_TRIES = 4
"""How often each way of drawing is tried for one point."""

_VARIED = 20
"""Points that differ in the way that is tried first; more than these are drawn freely, about the given numbers, or
between the places of branches."""

_SCALES = (0.3, 1.0, 1.0, 3.0)
_SOFTMAX = frozenset([op.softmax, op.log_softmax, op.logsumexp, op.exp])
"""Operations whose weights are probabilities where they sum to 1."""


def number_of_points(problem: Problem, asked: int, claims: int, *, branches: bool) -> int:
    """How many points are drawn where so many were asked for: what the memory of a check is foreseen by.

    Fewer for large inputs; more where branches could be missed, as many as fit into ``SPARE_SECONDS`` and
    ``SPARE_MEMORY`` with the values of ``claims`` formulas.
    """
    entries = sum(np.size(array) for array in problem.inputs.values())
    few = min(asked, MIN_CLAIM_POINTS) if entries > LARGE else asked
    if not branches:
        return few
    held = problem.held(claims)
    seconds = (ENTRY * held + OVERHEAD * len(problem.order)) / 1e9
    return max(few, min(asked * BRANCH_POINTS, int(SPARE_SECONDS / seconds), SPARE_MEMORY // max(DOUBLE * held, 1)))


@dataclass(eq=False)
class Pool:
    """The points of a problem, drawn when they are first asked for.

    ``nodes`` are those of the expression, its gradients and what is claimed: where branches may lie, and functions
    whose flat parts are avoided.
    """

    problem: Problem
    given: Point
    count: int
    seed: int
    nodes: Sequence[Expr] = ()
    assumptions: tuple[Assumption, ...] = ()
    drawn: dict[tuple[frozenset[str], tuple[Assumption, ...], int], list[Point]] = field(
        init=False, default_factory=dict
    )
    rejected: list[Point] = field(init=False, default_factory=list)

    @cached_property
    def places(self) -> list[float]:
        """The sizes of numbers at which branches may lie."""
        return places(branching(self.nodes))

    @cached_property
    def structures(self) -> dict[str, str]:
        """What the numbers of each input are besides numbers, where the expression relies on it."""
        used = {node.op for node in self.problem.order}
        discrete = _positions(self.problem)
        found: dict[str, str] = {}
        for name in self.problem.program.variables:
            array = self.problem.inputs[name]
            several = used & _SOFTMAX and array.shape[-1:] > (1,) and (array >= 0).all()
            if name in discrete and np.array_equal(array, np.floor(array)):
                found[name] = FIXED
            elif several and np.allclose(array.sum(-1), 1, 0, 1e-9):
                found[name] = PROBABILITIES
            elif array.ndim == 2 and len(array) > 1 and Assumption(name, "positive definite").holds(array):
                found[name] = DEFINITE
        return found

    def points(
        self, free: Collection[str] = (), assumed: tuple[Assumption, ...] = (), most: int = MOST_ASSUMED
    ) -> list[Point]:
        """Points at which entries of the inputs in ``free`` vary one by one, and ``assumed`` holds; then ``most``."""
        count = min(self.count, most) if assumed else self.count
        key = (frozenset(name for name in free if self.structures.get(name, FIXED) != FIXED), assumed, count)
        if key not in self.drawn:
            self.drawn[key] = self._draw(*key)
        return self.drawn[key]

    @cached_property
    def scaled(self) -> list[Point]:
        """Points with numbers of every size, where a gradient that is 0 in between may be another."""
        source = _Source(self.problem, self.structures, self.assumptions, np.random.default_rng([self.seed, 7]), [])

        def draw(size: float, x: Array, random: np.random.Generator) -> Array:
            return np.asarray(size * random.standard_normal(x.shape))

        drawn = [source.point(partial(draw, size)) for size in sorted(SIZES * 2)]
        return [point for point in drawn if point is not None and point.finite()]

    @cached_property
    def gentle(self) -> list[Point]:
        """Points about the given numbers and of size one, for functions that have lost their digits further out."""
        kept = {name: kind for name, kind in self.structures.items() if kind != DEFINITE}
        random = np.random.default_rng([self.seed, 8])

        def small(x: Array, random: np.random.Generator) -> Array:
            return random.uniform(-1, 1, x.shape)

        ways: list[Draw] = [partial(_moved, 0.2), small, partial(_moved, 0.5), partial(_moved, 0.02)]
        return _Source(self.problem, kept, self.assumptions, random, self.rejected).points(self.count, ways)

    @cached_property
    def exact(self) -> bool:
        """Whether a 0 is one: at some point no smooth function is flat, and no branch lies beyond all points."""
        if any(abs(number) > SIZES[-1] for number in numbers_at(branching(self.problem.order))):
            return False
        smooth = [node for node in self.problem.order if isinstance(node, Call) and node.depends and _curved(node)]
        return any(not any(_flat(node, point.values) for node in smooth) for point in self.points())

    def _draw(self, free: frozenset[str], assumed: tuple[Assumption, ...], count: int) -> list[Point]:
        kept = {name: kind for name, kind in self.structures.items() if name not in free and kind != DEFINITE}
        random = np.random.default_rng([self.seed, 6])
        source = _Source(self.problem, kept, (*self.assumptions, *assumed), random, self.rejected)
        found = source.points(count, _ways(self.places))
        if len(found) < min(MIN_CLAIM_POINTS, count) and DEFINITE in self.structures.values():
            source.kept |= {name: kind for name, kind in self.structures.items() if kind == DEFINITE}
            found = source.points(count, _ways(self.places))
        if count == 1:
            return found
        return [  # a mistake is told by the first of them
            *source.bending(found, self.nodes),
            *found,
            *source.edges(self.places, min(count // 4, MOST_EDGES)),
        ]


@dataclass(eq=False)
class _Source:
    """Draws points: ``kept`` says which inputs keep a structure, ``assumptions`` what must hold.

    ``rejected`` are points where the gradient is not finite, or a choice at a kink.
    """

    problem: Problem
    kept: dict[str, str]
    assumptions: tuple[Assumption, ...]
    random: np.random.Generator
    rejected: list[Point]

    def points(self, count: int, ways: Sequence[Draw]) -> list[Point]:
        """Up to ``count`` points; the ways are tried in turn, and one that leaves the domain is not tried again."""
        found: list[Point] = []
        spare: list[Point] = []
        first = 0
        for number in range(count):
            for way in _order(ways, number, first):
                spared = spare if way else []  # whole numbers meet kinks by accident, others by necessity
                drawn = (self.point(ways[way]) for _ in range(_TRIES))
                chosen = next((point for point in drawn if point is not None and self.smooth(point, spared)), None)
                if chosen is not None:
                    found.append(chosen)
                    break
                if way == first and first < len(ways) - 1:
                    first += 1
        if len(found) < MIN_CLAIM_POINTS:  # a kink wherever one looks, as in relu(x - x)
            found += spare[: count - len(found)]
        return found

    def smooth(self, point: Point, spare: list[Point]) -> bool:
        """Whether a point has a gradient and no kink; others are ``rejected``, those with a gradient also ``spare``."""
        if point.smooth():
            return True
        if len(self.rejected) < MOST_REJECTED:
            self.rejected.append(point)
        spare += [point] if point.finite() else []
        return False

    def point(self, way: Draw) -> Point | None:
        """A point drawn in one way; None where the expression has no value there."""
        inputs: dict[str, Array] = {}
        for name, array in self.problem.inputs.items():
            kind = self.kept.get(name)
            if name not in self.problem.program.variables or kind == FIXED:
                inputs[name] = array
            elif kind == PROBABILITIES:
                inputs[name] = self.random.dirichlet(np.ones(array.shape[-1]), array.shape[:-1])
            elif kind == DEFINITE:
                factor = self.random.standard_normal(array.shape)
                inputs[name] = factor @ np.swapaxes(factor, -1, -2) / array.shape[-1] + np.eye(array.shape[-1])
            else:
                inputs[name] = np.asarray(way(array, self.random), dtype=np.float64)
        return self.at(inputs)

    def at(self, inputs: Mapping[str, Array]) -> Point | None:
        """The point with these inputs, changed so that what is assumed is true."""
        held = make_true(self.assumptions, inputs, self.random) if self.assumptions else inputs
        if held is None:
            return None
        weights = self.problem.weights
        try:
            drawn = None if weights is None else self.random.standard_normal(weights.shape)
            return self.problem.at(held, drawn, random=self.random)
        except (AutogradError, NoValueError):
            return None

    def bending(self, points: Sequence[Point], nodes: Sequence[Expr]) -> list[Point]:
        """Points at which curved functions of single entries, or a softmax, bend that are flat at all ``points``."""
        calls = [each for each in nodes if isinstance(each, Call) and not two_sided(each)]
        smooth = [each for each in calls if each.op.elementwise or each.op in _SOFTMAX]
        curved = [each.operands[0] for each in smooth if not each.op.linear and len(each.operands) == 1]
        flat = (each for each in curved if each.depends and not any(_bends(point, each) for point in points))
        aimed = [self.aimed(start, operand) for operand in islice(flat, MAX_AIMS) for start in points[:2]]
        return [point for point in aimed if point is not None and point.smooth()]

    def edges(self, places: Sequence[float], count: int) -> list[Point]:
        """Points at which some entries are exactly at a place where there may be a branch."""

        def draw(place: float, x: Array, random: np.random.Generator) -> Array:
            return np.where(random.random(x.shape) < 0.6, place, _moved(0.7, x, random))

        signed = sorted({sign * place for place in places for sign in (1.0, -1.0)})
        drawn = [self.point(partial(draw, place)) for place in islice(cycle(signed), count)]
        return [point for point in drawn if point is not None and self.smooth(point, [])]

    @np.errstate(all="ignore")
    def aimed(self, start: Point, operand: Expr) -> Point | None:
        """A point at which the entries of ``operand`` are about 1 in size: steepest descent with exact steps."""
        names = [n for n in variables_in(operand) if n in self.problem.program.variables and n not in self.kept]
        goal = self.random.standard_normal(operand.shape) * 1.3
        inputs = dict(start.inputs)
        for _ in range(AIM_STEPS):
            try:
                values = compute([operand], inputs)
                off = goal - values[operand]
                if not np.isfinite(off).all() or not np.abs(off).max(initial=0) > 0.3:
                    break
                slopes = pulled(operand, off, values)
                step = {n: g for n in names if (g := slopes.get(self.problem.program.variables[n])) is not None}
                if not all(np.isfinite(g).all() for g in step.values()):
                    return None
                small = 1e-6 * max(1e-9, *(float(np.abs(inputs[n]).max(initial=0)) for n in names))
                small /= max([1e-300, *(float(np.abs(g).max(initial=0)) for g in step.values())])
                near = {**inputs, **{n: inputs[n] + small * g for n, g in step.items()}}
                change = (compute([operand], near)[operand] - values[operand]) / small
            except (AutogradError, NoValueError, ValueError):
                return None
            length = float((off * change).sum() / (change * change).sum())
            if not np.isfinite(length):
                break
            inputs.update({n: inputs[n] + length * g for n, g in step.items()})
        return self.at(inputs)


def _curved(node: Call) -> bool:
    """Whether an operation is smooth and not linear; of those a softmax of one entry is flat everywhere."""
    if node.op.linear or two_sided(node):
        return False
    random = np.random.default_rng(0)
    try:
        drawn: Values = {operand: random.uniform(0.5, 1.5, operand.shape) for operand in node.operands}
        value = np.asarray(node.op(*[drawn[operand] for operand in node.operands], **node.params))
        return not _flat(node, {**drawn, node: value})
    except (AutogradError, ValueError, IndexError):
        return True


def _flat(node: Call, values: Values) -> bool:
    """Whether a derivative of an operation is 0, as that of one that has underflowed is."""
    found = passed_on(node, np.random.default_rng(0).standard_normal(node.shape), values)
    return any(g is not None and not g.all() for g, each in zip(found, node.operands, strict=True) if each.depends)


def _bends(point: Point, operand: Expr) -> bool:
    """Whether the entry of an operand that is nearest to 1 in size has a size where functions are not flat."""
    sizes = np.abs(point.values[operand] if operand in point.values else point.evaluate(operand)).ravel()
    sizes = sizes[np.isfinite(sizes) & (sizes > 0)]
    return sizes.size > 0 and FLAT[0] <= sizes[np.argmin(np.abs(np.log(sizes)))] <= FLAT[1]


def _order(ways: Sequence[Draw], number: int, first: int) -> Iterator[int]:
    """The ways to try for one point: points differ in the way that is tried first."""
    left = len(ways) - first
    turn = number % min(left, 6) if left > 5 else 0
    start = first + turn if number < _VARIED else max(first, (1, 2, 3)[number % 3])
    yield start
    yield from (way for way in range(first, len(ways)) if way != start)


def _ways(places: Sequence[float]) -> list[Draw]:
    """How the numbers of an input can be drawn, from the freest to those next to the given ones.

    ``places`` are sizes at which branches may lie, ascending; none where there are no branches.
    """
    wide = max([3.0, *places])
    edges = np.unique([0.0, *places, 2 * wide])

    def beyond(x: Array, random: np.random.Generator) -> Array:
        signs = np.where(x < 0, -1.0, 1.0) if random.random() < 0.5 else random.choice([-1.0, 1.0], x.shape)
        return np.asarray(signs * random.uniform(1.05, 2.0, x.shape) * max(wide, _size(x)))

    def between(x: Array, random: np.random.Generator) -> Array:
        cell = random.integers(0, len(edges) - 1, x.shape)
        inside = edges[cell] + random.uniform(0.05, 0.95, x.shape) * (edges[cell + 1] - edges[cell])
        return np.asarray(random.choice([-1.0, 1.0], x.shape) * inside)

    return [
        lambda x, random: random.integers(1, 6, x.shape) * random.choice([-1.0, 1.0], x.shape),
        lambda x, random: random.standard_normal(x.shape) * _size(x) * random.choice(_SCALES),
        between,
        partial(_moved, 0.7),
        lambda x, random: random.uniform(-1.5, 1.5, x.shape) * max(wide, _size(x)),
        beyond,
        lambda x, random: random.uniform(0.2, 3.0, x.shape),
        partial(_moved, 0.2),
        lambda x, random: random.uniform(0.05, 0.95, x.shape),
        partial(_moved, 0.02),
    ]


def _size(x: Array) -> float:
    """A typical size of the given numbers, not far from 1."""
    sizes = np.abs(x[np.isfinite(x) & (x != 0)])
    return float(np.clip(sizes.mean(), 0.3, 10)) if sizes.size else 1.0


def _moved(spread: float, x: Array, random: np.random.Generator) -> Array:
    """Each number by a random factor, so that signs stay; a zero becomes a small number."""
    scaled = x * np.exp(spread * random.standard_normal(x.shape))
    return np.where(x == 0, spread * _size(x) * random.standard_normal(x.shape), scaled)


def _positions(problem: Problem) -> set[str]:
    """The inputs through which no gradient can flow anywhere: positions, classes, masks."""
    blocked: dict[Expr, bool] = {}
    for node in reversed(problem.order):  # whether every way from a node to the result ends in a place without rule
        if not isinstance(node, Call) or node.op.group == "comparison":
            continue
        for position, operand in enumerate(node.operands):
            ends = node.op.rule(position) is None or blocked.get(node, False)
            blocked[operand] = blocked.get(operand, True) and ends
    return {node.name for node, ends in blocked.items() if ends and isinstance(node, Var)}
