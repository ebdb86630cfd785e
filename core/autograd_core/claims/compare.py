"""The right value of a claim at a point, and the claim beside it: which entries agree, and how sure that is."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from autograd_core.check.compare.comparison import Comparison, entrywise, first
from autograd_core.check.compare.rounding import FACTOR
from autograd_core.claims.problem import (
    DIFFERENTIAL,
    ENTRY,
    GRADIENT,
    HESSIAN,
    NoValueError,
    Point,
    Problem,
    jacobian,
)
from autograd_core.claims.read import Moved
from autograd_core.claims.report import UNDECIDED, Diagnosis, WorstPoint
from autograd_core.errors import AutogradError, GradientError, LimitError, ShapeError, UsageError
from autograd_core.expr.gradient import gradients, simplify_units
from autograd_core.expr.nodes import Const, Expr, Var
from autograd_core.expr.parser import Source, read
from autograd_core.formula import Asked, closed_forms
from autograd_core.limits import CLAIM_RTOL
from autograd_core.ops.registry import op
from autograd_core.ops.spec import Shape
from autograd_core.report import Worst

Array = npt.NDArray[Any]
Mask = npt.NDArray[np.bool_]

MOST_NOISE = 1e-9
"""Rounding, relative to the largest number met, up to which two numbers that it hides are both 0."""

MOST_ROUNDED = 1e-4
"""What the digits of typed numbers may change of an entry, relative to it, for an agreement to say something of it."""

MOST_OWN = 1e-10
"""Rounding within a claim, relative to the right value, up to which an agreement says something."""

_HALF, _WHOLE = 0.500001, 0.999
_CLOSE = 1e-9
"""Relative difference of entries that count as equal where a claim is known to be wrong at another point."""

UNKNOWN_NOISE = 1e-9
"""Rounding of a right value, relative to it, where no expression gives it."""

MOST_JUMP = 1e-2
"""Rounding, relative to the largest gradient, above which it changes the side of a kink."""

MAX_ENTRIES, MAX_ROWS = 250_000, 1_000
"""Entries of a Jacobian or Hessian, and rows, above which none is judged."""


@dataclass(frozen=True, slots=True, eq=False)
class Target:
    """The right value of a claim, at any point.

    ``label`` is what stands before the ``=``; ``node`` the input or statement whose gradient is meant, None for what is
    no gradient; ``expr`` the right value as an expression, where there is one; ``root`` what is differentiated by
    ``node`` in full, for a matrix, or along directions, for a differential.
    """

    problem: Problem
    kind: str
    label: str
    shape: Shape
    node: Expr | None = None
    expr: Expr | None = None
    root: Expr | None = None
    known: dict[Point, Array] = field(init=False, default_factory=dict)

    def truth(self, point: Point) -> Array:
        """The right value at a point."""
        if point not in self.known:
            self.known[point] = self._truth(point)
        return self.known[point]

    def _truth(self, point: Point) -> Array:
        if self.kind == GRADIENT:
            return np.zeros(self.shape) if self.node is None else point.grad(self.node)
        if self.root is not None and self.node is not None:
            return jacobian(self.root, self.node, point.extended(self.root))
        return np.zeros(self.shape) if self.expr is None else np.asarray(point.evaluate(self.expr), dtype=np.float64)

    def noise(self, point: Point) -> Array:
        """How far rounding may carry each entry of the right value."""
        if self.root is not None and self.node is not None:
            return point.noise(self.root, self.node)
        if self.expr is None and self.node is not None:
            result, size = self.problem.result, point.weights.size
            rows = point.noise(result, self.node) if size * self.truth(point).size <= MAX_ENTRIES else None
            if rows is None or size > MAX_ROWS:
                return UNKNOWN_NOISE * np.abs(self.truth(point))
            return np.tensordot(np.abs(point.weights), rows, axes=point.weights.ndim)
        return np.zeros(self.shape) if self.expr is None else point.noise(self.expr)

    @property
    def words(self) -> str:
        """What is claimed, in words."""
        word = {GRADIENT: "of ", DIFFERENTIAL: "of ", ENTRY: "by "}.get(self.kind)
        return f"the {self.kind}" if word is None else f"the {self.kind} {word}{self.label}"


def gradient_of(problem: Problem, name: str) -> Target:
    """The gradient of an input or of a statement."""
    known = name in problem.program.variables or name in problem.program.named
    node = problem.target(name) if known else None
    return Target(problem, GRADIENT, name, problem.shape(name), node, problem.slope(name))


def target_of(problem: Problem, kind: str, names: Sequence[str], label: str, used: Collection[str]) -> Target:
    """What a claim of a kind is about; the inputs move along those directions ``dx`` of a differential that are used.

    Raises GradientError for the Hessian of several entries without weights, LimitError for what is too large.
    """
    name, rows, columns = names[0], problem.result.shape, names[-1]
    if kind == GRADIENT:
        return gradient_of(problem, name)
    if kind == ENTRY:
        return _entry(gradient_of(problem, name), label, columns)
    if kind == DIFFERENTIAL:
        return _differential(problem, label, problem.program.named.get(name, problem.result), used)
    root: Expr | None = problem.result
    if kind == HESSIAN:
        if problem.weights is None and problem.result.shape != ():
            raise GradientError("the Hessian is that of one number, and the result has several entries", code="AG201")
        slope, rows = problem.slope(name), problem.shape(name)
        root = None if slope is None else simplify_units([slope])[id(slope)]
        label = name if name == columns else label
    shape, height = (*rows, *problem.shape(columns)), math.prod(rows)
    if math.prod(shape) > MAX_ENTRIES or height > MAX_ROWS:
        raise LimitError(
            f"the {kind} has {math.prod(shape):,} entries in {height:,} rows; claims are judged up to "
            f"{MAX_ENTRIES:,} entries and {MAX_ROWS:,} rows",
            code="AG801",
            hint="smaller inputs show the same mistake",
        )
    return Target(problem, kind, label, shape, problem.target(columns), root=root)


def _entry(whole: Target, label: str, index: str) -> Target:
    """One entry of a gradient, of which ``index`` is the text."""
    place = tuple(int(each) for each in index.split(",") if each)
    if len(place) != len(whole.shape) or any(i >= size for i, size in zip(place, whole.shape, strict=True)):
        name, shape = label.partition("[")[0], "x".join(map(str, whole.shape)) or "no entries: it is one number"
        raise UsageError(f"{label} is no entry of {name}", code="AG104", why=f"{name} has {shape}; entries begin at 0")
    expr = None if whole.expr is None else op.index(whole.expr, key=place)
    return replace(whole, kind=ENTRY, label=label, shape=(), node=None, expr=expr)


def _differential(problem: Problem, label: str, root: Expr, directions: Collection[str]) -> Target:
    """The change of ``root`` to first order when the inputs move along ``directions``."""
    seed = Var("", root.shape)
    total: Any = None
    for var, slope in gradients(root, seed, exact=True).items():
        if f"d{var.name}" in directions:
            term = op.sum(slope * problem.directions[f"d{var.name}"])
            total = term if total is None else total + term
    found = None if total is None else gradients(total, exact=True).get(seed)
    expr = Const(np.zeros(root.shape)) if found is None else found
    return Target(problem, DIFFERENTIAL, label, root.shape, expr=expr, root=root)


class Answer(NamedTuple):
    """The right formula of a gradient: as text, as it is read, and as an expression."""

    text: str
    source: Source
    formula: Expr


def right_formulas(problem: Problem, given: Point, names: Sequence[str], seconds: float) -> dict[str, Answer]:
    """The closed forms of gradients that give them when they are read as a claim, by name."""
    variables = problem.program.variables
    names = [name for name in names if name in variables]
    if not names:
        return {}
    truths = {name: gradient_of(problem, name).truth(given) for name in names}
    inputs = {name: problem.inputs[name] for name in variables}
    weights = None if problem.weights is None and problem.result.shape == () else np.asarray(given.weights)
    asked = Asked(problem.result, variables, inputs, truths, problem.program.labels, weights, problem.f, problem.v)
    forms = closed_forms(asked, seconds)
    found: dict[str, Answer] = {}
    for name, form in forms.items():
        if form.text is None:
            continue
        try:
            source = read(form.text)
            formula = problem.formula(source)
            value = given.evaluate(formula)
        except AutogradError:
            continue
        if value.shape == truths[name].shape and np.allclose(value, truths[name], 1e-6, 0, equal_nan=True):
            found[name] = Answer(form.text, source, formula)
    return found


@dataclass(frozen=True, slots=True)
class Tolerance:
    """How far a right entry may be from the right value, by its own size.

    ``moved`` are the rounded numbers of the claim; see ``rounded_numbers``. ``typed`` is how far an entry may be from a
    number that was typed with few digits, None for a formula.
    """

    rtol: float = CLAIM_RTOL
    atol: float = 0.0
    moved: tuple[Moved, ...] = ()
    typed: Array | None = None

    def near(self, claim: Array, truth: Array) -> Mask:
        """Entry by entry; nan equals nan, inf equals inf, and nothing else is near to either."""
        same = (claim == truth) | (np.isnan(claim) & np.isnan(truth))
        return np.asarray(same | entrywise(claim, truth, self.rtol, self.atol).agree)


@dataclass(slots=True)
class Seen(Comparison):
    """A claim beside the right value at one point.

    ``hidden`` marks entries that agree only because rounding hides any difference; ``value`` is None where the claim
    has no value there, for the reason ``problem``, and has the claim's own shape otherwise. ``rounded`` tells that an
    entry agrees only to the digits of the numbers in the claim.
    """

    point: Point
    problem: str | None = None
    rounded: bool = False

    @property
    def finite(self) -> bool:
        """Whether both values are numbers."""
        return self.value is not None and bool(np.isfinite(self.value).all() and np.isfinite(self.truth).all())

    @property
    def worst(self) -> Worst:
        """The entry that is furthest off of those that differ, one that is not finite before all others."""
        value = np.array(np.broadcast_to(np.asarray(self.value), self.truth.shape))
        with np.errstate(all="ignore"):
            distance = np.where(self.agree, 0.0, np.abs(value - self.truth))
        index = first(np.where(np.isnan(distance), np.inf, distance))
        return Worst(index, float(value[index]), float(self.truth[index]))

    @staticmethod
    def of(point: Point, truth: Array, value: Array | None, problem: str | None = None) -> Seen:
        """Two values side by side, not judged yet."""
        none = np.zeros(truth.shape, dtype=bool)
        return Seen(truth, value, none, none, point, problem)

    def room(self, target: Target, formula: Expr | None) -> Array:
        """How far rounding may carry the claim and the right value from each other."""
        noise = target.noise(self.point)
        if formula is not None:
            own = self.point.noise(formula)
            noise = noise + (own if own.shape == noise.shape else own.sum())
        return np.asarray(4 * noise)

    def lost(self, target: Target, formula: Expr | None, *sides: Array) -> bool:
        """Whether rounding is so large here that nothing can be told by the point, where ``sides`` are compared."""
        scale = max(float(np.abs(each[np.isfinite(each)]).max(initial=0)) for each in sides)
        return not bool((self.room(target, formula) <= 1e-2 * scale).all())


@np.errstate(all="ignore")
def compare(target: Target, claimed: Expr, point: Point, tolerance: Tolerance, earlier: Sequence[Seen] = ()) -> Seen:
    """A claim beside the right value at one point.

    Where a claim is already wrong at an ``earlier`` point, beside a right value that is no nan, what rounding may do is
    not asked again.
    """
    truth = target.truth(point)
    try:
        value = np.asarray(point.evaluate(claimed), dtype=np.float64)
    except (AutogradError, NoValueError) as error:
        return Seen.of(point, truth, None, str(error))
    if value.shape not in (truth.shape, ()):
        return Seen.of(point, truth, value, "shape")
    seen = Seen.of(point, truth, value)
    off = np.abs(value - truth)
    seen.agree = tolerance.near(value, truth) | (off <= (0.0 if tolerance.typed is None else tolerance.typed))
    if seen.agrees:
        return seen
    close = off <= _CLOSE * np.abs(truth)
    if any(each.value is not None and not (each.agree | np.isnan(each.truth)).all() for each in earlier):
        seen.agree = seen.agree | close
        return seen
    own = point.noise(claimed)
    noise = target.noise(point) + own
    finite = np.isfinite(truth)
    size = max(float(np.abs(each[np.isfinite(each)]).max(initial=0)) for each in (truth, *point.grads.values()))
    across = bool(target.problem.sharp) & (noise - own > MOST_JUMP * size)  # of a kink: a claim lies between its sides
    lost = ~seen.agree & finite & (off <= np.where(across, np.maximum(own, noise - own) / FACTOR, 4 * noise))
    largest = max(float(np.abs(each[np.isfinite(each)]).max(initial=0)) for each in point.values.values())
    seen.hidden = lost & ~close & (noise > MOST_NOISE * largest)
    seen.hidden |= lost & (own > MOST_OWN * np.abs(truth)) & (np.abs(truth) > MOST_NOISE * largest)
    seen.agree = seen.agree | lost
    if seen.agrees or not tolerance.moved:
        return seen
    low, high = -4 * noise, 4 * noise
    for each in tolerance.moved:  # rounded by half a unit at most, or cut off
        unit = point.evaluate(each.formula) - value
        low = low + np.minimum(-_HALF * unit, _WHOLE * unit)
        high = high + np.maximum(-_HALF * unit, _WHOLE * unit)
    rounded = ~seen.agree & finite & (low <= truth - value) & (truth - value <= high)
    seen.hidden |= rounded & (high - low > MOST_ROUNDED * np.abs(truth))
    seen.agree, seen.rounded = seen.agree | rounded, bool(rounded.any())
    return seen


@dataclass(slots=True, eq=False)
class Grade:
    """What is ``claimed`` of a target at all points, the given one first, and the verdict on it.

    ``reason`` says why there is none, ``kink`` is that at the given point, ``condition`` what must hold for a claim
    that is right only then. ``vanishing`` tells that the right value is 0 at all points, ``error`` why what is claimed
    cannot be computed at any.
    """

    target: Target
    claimed: Expr
    tolerance: Tolerance
    all: Sequence[Seen]
    verdict: str = UNDECIDED
    reason: str | None = None
    notes: list[str] = field(default_factory=list)
    kink: Diagnosis | None = None
    condition: str | None = None
    vanishing: bool = False
    error: ShapeError | None = None

    @property
    def numeric(self) -> bool:
        """Whether numbers are claimed and no formula."""
        return self.tolerance.typed is not None

    @property
    def sure(self) -> int:
        """How many points besides the given one tell something of every entry."""
        agreeing = [seen.telling for seen in self.all[1:] if seen.agrees]
        return int(sum(agreeing, np.zeros(self.target.shape, dtype=int)).min(initial=len(agreeing)))

    def at(self, point: Point) -> Seen:
        """The comparison at another point."""
        return compare(self.target, self.claimed, point, self.tolerance)

    @property
    def near(self) -> bool:
        """Whether the claim is nowhere far from the right value: by a constant with too few digits, or a small term."""
        worst = Tolerance(MOST_ROUNDED)
        return self.error is None and all(
            seen.problem is None and seen.finite and worst.near(np.asarray(seen.value), seen.truth).all()
            for seen in self.all
        )

    @property
    def score(self) -> float:
        """The share of entries that are right at every point."""
        right = np.logical_and.reduce([seen.agree for seen in self.all])
        return 0.0 if self.error is not None else float(right.mean()) if right.size else 1.0

    @property
    def worst(self) -> WorstPoint | None:
        """The entry furthest off: at the given point, or where the claim is right there, at another one."""
        wrong = [seen for seen in self.all if seen.problem is None and not seen.agrees]
        if not wrong:
            return None
        whole = [all(np.array_equal(x, np.floor(x)) for x in seen.point.inputs.values()) for seen in wrong]
        simple = [seen for seen, each in zip(wrong, whole, strict=True) if each or seen.point.given]
        seen = (simple or wrong)[0]  # with whole numbers a person can check it in the head
        at = None if seen.point.given else tuple(seen.point.inputs.items())
        return WorstPoint(seen.worst.index, seen.worst.engine, seen.worst.witness, at)
