"""Other points at which a claim is judged: of the same shapes, inside the domain, away from kinks."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from autograd_core.claims.problem import Point, Problem
from autograd_core.claims.run import NoValueError
from autograd_core.claims.structure import FIXED, PROBABILITIES, SYMMETRIC, WORDS, structures
from autograd_core.claims.usual import BRANCHES, LEAST
from autograd_core.errors import AutogradError
from autograd_core.footprint import DOUBLE

Array = npt.NDArray[Any]
Draw = Callable[[Array, np.random.Generator], Array]

SPARE_SECONDS, SPARE_MEMORY = 0.5, 64 << 20
"""What points that are tried for branches may take together, in seconds of one core and in bytes."""

OVERHEAD = 3e4
"""Nanoseconds that one node takes at one point, forward and back, however small its arrays are."""

LARGE = 20_000
"""Entries of all inputs above which fewer points do."""

_TRIES = 4
"""How often each way of drawing is tried for one point."""

_VARIED = 20
"""Points that differ in the way that is tried first; more than these are drawn freely, about the given numbers, or
between the places of branches."""

_SCALES = (0.3, 1.0, 1.0, 3.0)


def number_of_points(problem: Problem, asked: int, claims: int, *, branches: bool) -> int:
    """How many points are drawn where so many were asked for: what the memory and the time of a check are foreseen by.

    Fewer for large inputs; more where branches could be missed, as many as fit into ``SPARE_SECONDS`` and
    ``SPARE_MEMORY`` with the values of ``claims`` formulas.
    """
    entries = sum(np.size(array) for array in problem.inputs.values())
    few = min(asked, LEAST) if entries > LARGE else asked
    if not branches:
        return few
    seconds = (problem.passes(claims) + OVERHEAD * len(problem.order)) / 1e9
    memory = DOUBLE * problem.held(claims)
    return max(few, min(asked * BRANCHES, int(SPARE_SECONDS / seconds), SPARE_MEMORY // max(memory, 1)))


class Pool:
    """The random points of a problem, drawn when they are first asked for; ``places`` are where branches may lie."""

    def __init__(self, problem: Problem, count: int, seed: int, places: Sequence[float] = ()) -> None:
        self.problem = problem
        self.count = count
        self.seed = seed
        self.places = places
        self.structures = structures(problem)
        self.drawn: dict[frozenset[str], list[Point]] = {}

    def points(self, *, free: frozenset[str]) -> list[Point]:
        """Points at which the inputs in ``free`` are free of the structure they were given with."""
        free = free & {name for name, kind in self.structures.items() if kind in WORDS}
        if free not in self.drawn:
            self.drawn[free] = random_points(self.problem, self.count, self.seed, free, self.places)
        return self.drawn[free]


def random_points(
    problem: Problem, count: int, seed: int, free: Collection[str], places: Sequence[float]
) -> list[Point]:
    """Up to ``count`` points; the inputs in ``free`` lose the structure that others keep (see ``structures``)."""
    kept = {name: kind for name, kind in structures(problem).items() if name not in free}
    random = np.random.default_rng([seed, 6])
    found: list[Point] = []
    spare: list[Point] = []
    ways = _ways(places)
    first = 0
    for number in range(count):
        chosen = None
        for way in _order(ways, number, first):
            for _ in range(_TRIES):
                point = _drawn(problem, ways[way], kept, random)
                if point is None or not point.finite():
                    continue
                if point.kinks():
                    spare += [point] if way else []  # whole numbers meet kinks by accident, others only by necessity
                    continue
                chosen = point
                break
            if chosen is not None:
                break
            if way == first and first < len(ways) - 1:
                first += 1  # this way leaves the domain: it is not tried again
        if chosen is not None:
            found.append(chosen)
    if len(found) < LEAST:  # a kink wherever one looks, as in relu(x - x)
        found += spare[: count - len(found)]
    return found


def _order(ways: list[Draw], number: int, first: int) -> Iterator[int]:
    """The ways to try for one point: points differ in the way that is tried first."""
    left = len(ways) - first
    turn = number % min(left, 6) if left > 5 else 0
    start = first + turn if number < _VARIED else max(first, (1, 2, 3)[number % 3])
    yield start
    yield from (way for way in range(first, len(ways)) if way != start)


def _ways(places: Sequence[float]) -> list[Draw]:
    """How the numbers of an input can be drawn, from the freest to those next to the given ones.

    ``places`` are sizes at which branches may lie, ascending.
    """
    wide = max([3.0, *places])
    edges = np.array([0.0, *places, 2 * wide])

    def small_whole(x: Array, random: np.random.Generator) -> Array:
        return np.asarray(random.integers(1, 6, x.shape) * random.choice([-1.0, 1.0], x.shape))

    def free(x: Array, random: np.random.Generator) -> Array:
        return np.asarray(random.standard_normal(x.shape) * _size(x) * random.choice(_SCALES))

    def far(x: Array, random: np.random.Generator) -> Array:
        return np.asarray(random.uniform(-1.5, 1.5, x.shape) * max(wide, _size(x)))

    def beyond(x: Array, random: np.random.Generator) -> Array:
        signs = random.choice([-1.0, 1.0], x.shape)
        return np.asarray(signs * random.uniform(1.05, 2.0, x.shape) * max(wide, _size(x)))

    def between(x: Array, random: np.random.Generator) -> Array:
        cell = random.integers(0, len(edges) - 1, x.shape)
        inside = edges[cell] + random.uniform(0.05, 0.95, x.shape) * (edges[cell + 1] - edges[cell])
        return np.asarray(random.choice([-1.0, 1.0], x.shape) * inside)

    def same_signs(x: Array, random: np.random.Generator) -> Array:
        return _moved(x, 0.7, random)

    def positive(x: Array, random: np.random.Generator) -> Array:
        return np.asarray(random.uniform(0.2, 3.0, x.shape))

    def inside(x: Array, random: np.random.Generator) -> Array:
        return np.asarray(random.uniform(0.05, 0.95, x.shape))

    def near(x: Array, random: np.random.Generator) -> Array:
        return _moved(x, 0.2, random)

    def nearer(x: Array, random: np.random.Generator) -> Array:
        return _moved(x, 0.02, random)

    return [small_whole, free, between, same_signs, far, beyond, positive, near, inside, nearer]


def _size(x: Array) -> float:
    """A typical size of the given numbers, not far from 1."""
    sizes = np.abs(x[np.isfinite(x) & (x != 0)])
    return float(np.clip(sizes.mean(), 0.3, 10)) if sizes.size else 1.0


def _moved(x: Array, spread: float, random: np.random.Generator) -> Array:
    """Each number by a random factor, so that signs stay; a zero becomes a small number."""
    scaled = x * np.exp(spread * random.standard_normal(x.shape))
    return np.where(x == 0, spread * _size(x) * random.standard_normal(x.shape), scaled)


def _drawn(
    problem: Problem, way: Draw, kept: Mapping[str, str], random: np.random.Generator, symmetric: Collection[str] = ()
) -> Point | None:
    """A point drawn in one way; None where the expression has no value there."""
    inputs: dict[str, Array] = {}
    for name, array in problem.inputs.items():
        if name not in problem.program.variables:
            inputs[name] = array  # a constant that was bound for the claims
        elif kept.get(name) == FIXED:
            inputs[name] = array
        elif kept.get(name) == PROBABILITIES:
            inputs[name] = random.dirichlet(np.ones(array.shape[-1]), array.shape[:-1])
        elif kept.get(name) == SYMMETRIC:
            inputs[name] = covariance(array, random)
        else:
            drawn = np.asarray(way(array, random), dtype=np.float64)
            inputs[name] = symmetrized(drawn) if name in symmetric else drawn
    weights = None if problem.weights is None else random.standard_normal(problem.weights.shape)
    try:
        return problem.at(inputs, weights)
    except (AutogradError, NoValueError):
        return None


def covariance(array: Array, random: np.random.Generator) -> Array:
    """A symmetric positive definite matrix of the same shape."""
    size = array.shape[-1]
    factor = random.standard_normal((*array.shape[:-1], size))
    made: Array = factor @ np.swapaxes(factor, -1, -2) / size + np.eye(size)
    return made


def symmetric_points(problem: Problem, count: int, seed: int, names: Collection[str]) -> list[Point]:
    """Points at which the matrices of these names are symmetric."""
    random = np.random.default_rng([seed, 7])
    found: list[Point] = []
    for way in _ways(())[1:]:
        for _ in range(2):
            if len(found) < count:
                point = _drawn(problem, way, {}, random, names)
                if point is not None and point.finite() and not point.kinks():
                    found.append(point)
    return found


def symmetrized(x: Array) -> Array:
    """The symmetric part of a square matrix, times 2; anything else as it is."""
    return x + x.T if x.ndim == 2 and x.shape[0] == x.shape[1] else x
