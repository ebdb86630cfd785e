"""A wrong claim as the mistakes see it: its value and the right one at several points."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from autograd_core.claims.compare import Seen, Target, Tolerance
from autograd_core.claims.problem import GRADIENT, NoValueError, Point, Problem, pulled
from autograd_core.claims.report import Diagnosis
from autograd_core.errors import AutogradError, Span
from autograd_core.expr.nodes import Call, Expr, variables_in
from autograd_core.expr.parser import Source
from autograd_core.expr.text import write
from autograd_core.ops.registry import op

Array = npt.NDArray[Any]
T = TypeVar("T")
Make = Callable[[Seen], Array | None]

ADDING, MULTIPLYING, DIVIDING = frozenset([op.add, op.sub]), frozenset([op.mul]), frozenset([op.div])
SUMMING, AVERAGING = frozenset([op.sum]), frozenset([op.mean])
RAISING = frozenset([op.pow_tensor, op.pow_scalar, op.square])
"""Operations by what is done wrong in them."""

FAILURES = (AutogradError, NoValueError, ValueError, LookupError, TypeError, ArithmeticError)
"""What a mistake may run into that cannot have been made in a case: shapes that do not fit, numbers without value."""

MAX_ROWS = 64
"""Entries of a node up to which each of them is pulled back by itself."""

MAX_POINTS = 12
"""Points at which a mistake must explain the claim, those where it is right among them."""


@dataclass(frozen=True, slots=True, eq=False)
class Variant:
    """One mistake at one place: what ``make`` gives is the claim made from the right value or, where it ``mends``, the
    right value made from the claim. ``text`` says what was done, or what to do where it mends; a function finds the
    diagnosis. ``built`` gives the changed formula, of a change of the text.
    """

    text: str | Callable[[], Diagnosis]
    make: Make
    mends: bool = False
    spans: tuple[Span, ...] = ()
    change: str | None = None
    mended: str | None = None
    code: str | None = None
    built: Callable[[], Expr | None] | None = None

    @property
    def diagnosis(self) -> Diagnosis:
        """The mistake as it is told."""
        if callable(self.text):
            return self.text()
        return Diagnosis(self.code or "", self.text, self.spans, self.change, self.mended)


@dataclass(frozen=True, slots=True)
class Mistake:
    """A kind of mistake: a stable ``code``, and every way in which it can have been made in a case.

    A diagnosis among them is told as it is; a variant is told if it explains the claim. ``pairs`` says whether it is
    also looked for together with another one.
    """

    code: str
    variants: Callable[[Case], Iterator[Variant | Diagnosis | None]]
    pairs: bool = False


@dataclass(eq=False)
class Case:
    """A wrong claim.

    ``seen`` holds points where it is wrong, one of them first, and points where it is right. ``source`` is the claim as
    syntax and ``formula`` as an expression, None where there is none; ``answer`` gives the right formula as syntax: the
    step before it, or the closed form. ``region`` says where alone it is wrong, if that is known. Spans of ``source``
    point into ``whole``, and ``span`` is that of the claim. ``tried`` are the mistakes that do not explain it alone and
    may in pairs. ``deadline`` is the processor time at which the search ends, so that a machine under load finds what
    an idle one finds.
    """

    problem: Problem
    target: Target
    seen: Sequence[Seen]
    shape: tuple[int, ...]
    tolerance: Tolerance
    deadline: float
    formula: Expr | None = None
    source: Source | None = None
    answer: Callable[[], Source | None] = lambda: None
    region: Sequence[Diagnosis] = ()
    whole: str = ""
    span: Span = (0, 0)
    gradient: bool = True
    known: dict[Callable[[Case], Any], Any] = field(init=False, default_factory=dict)
    tried: list[Variant] = field(init=False, default_factory=list)

    @property
    def late(self) -> bool:
        """Whether the time for the search is over."""
        return time.process_time() > self.deadline

    @property
    def node(self) -> Expr | None:
        """The input or statement whose gradient is claimed; None where something else is."""
        return self.target.node if self.gradient else None

    @property
    def name(self) -> str:
        """What is claimed."""
        return self.target.label

    @property
    def fits(self) -> bool:
        """Whether the claim has the right shape."""
        return self.shape == self.target.shape

    @property
    def telling(self) -> bool:
        """Whether a coincidence is out of the question: several points, or several different entries."""
        first = self.seen[0]
        return len(self.seen) > 1 or len(np.unique(first.truth if first.value is None else first.value)) > 2

    @property
    def where(self) -> str:
        """In words where the claim was compared."""
        return "everywhere" if len(self.seen) > 1 else "at the given numbers"

    def text(self, node: Expr, most: int = 60, *, full: bool = False) -> str:
        """An expression as the user would write it, statements by their names; ``h = tanh(W @ x)`` in ``full``."""
        names = {id(each): name for name, each in self.problem.program.named.items()}
        own = names.pop(id(node), None)
        if own is not None and not full:
            return own
        text = write(node, names, most=most)
        return text if own is None else f"{own} = {text}"

    def same(
        self, found: Array | None, wanted: Array | None, at: Seen | None = None, parts: Sequence[Variant] = ()
    ) -> bool:
        """Whether two arrays are equal, in shape too, up to the tolerance of the verdict and to rounding at a point.

        Rounding is that of the claim, or of what ``parts`` make of it.
        """
        if found is None or wanted is None or found.shape != wanted.shape:
            return False
        scale = float(np.abs(wanted[np.isfinite(wanted)]).max(initial=0))
        with np.errstate(all="ignore"):
            off = np.abs(found - wanted)
            if (off > max(1e-2, 2 * self.tolerance.rtol) * scale + self.tolerance.atol).any():
                return False  # most are, and that is quickly seen
            off = np.where(self.tolerance.near(found, wanted), 0.0, off)
            if bool((off <= 1e-11 * scale).all()):  # what cancels in one of two ways of computing it
                return True
            if at is None or not bool((off <= 1e-2 * scale).all()):
                return False
            room = at.room(self.target, self.rounded(parts))
            return bool((off <= (room if room.shape == off.shape else room.max(initial=0))).all())

    def rounded(self, parts: Sequence[Variant]) -> Expr | None:
        """The formula of which rounding is asked: that of the claim, or as ``parts`` change it."""
        built = [each.built() for each in parts if each.built is not None]
        return next((each for each in built[::-1] if each is not None), self.formula)

    def explains(self, *parts: Variant, ratio: float = 1.0) -> bool:
        """Whether the claim, mended by a part, is ``ratio`` times the gradient, changed by a part, at every point.

        But for those at which rounding hides everything.
        """
        telling = 0
        try:
            with np.errstate(all="ignore"):
                for at in self.seen:
                    sides = {True: at.value, False: at.truth}
                    sides.update((part.mends, part.make(at)) for part in parts)
                    mended, made = sides.values()
                    if mended is None or made is None:
                        return False
                    if self.same(mended, ratio * made, at, parts):
                        telling += 1
                    elif at is self.seen[0] or not at.lost(self.target, self.rounded(parts), mended, made):
                        return False
        except FAILURES:
            return False
        return telling > len(self.seen) // 2

    def users(self, node: Expr) -> list[Call]:
        """The nodes of the expression that use a node."""
        return [each for each in self.problem.order if isinstance(each, Call) and any(o is node for o in each.operands)]

    def between(self) -> list[Call]:
        """The nodes on the way from the input to the result, the result first."""
        if self.node is None:
            return []
        below: set[Expr] = {self.node}
        for node in self.problem.order:
            if any(operand in below for operand in node.operands):
                below.add(node)
        found = [node for node in reversed(self.problem.order) if node in below and node is not self.node]
        grads = self.seen[0].point.grads
        return [node for node in found if isinstance(node, Call) and node in grads]

    def edges(self) -> list[tuple[Call, int]]:
        """Nodes on that way, the result first, each with the position of an operand on it."""
        nodes = self.between()
        below = {self.node, *nodes}
        return [(node, i) for node in nodes for i, each in enumerate(node.operands) if each in below]

    @property
    def is_gradient(self) -> bool:
        """Whether a gradient is claimed, and not another derivative."""
        return self.gradient and self.target.kind == GRADIENT


def cached(find: Callable[[Case], T]) -> Callable[[Case], T]:
    """A function of a case whose result is kept with the case."""

    def found(case: Case) -> T:
        if find not in case.known:
            case.known[find] = find(case)
        result: T = case.known[find]
        return result

    return found


def of_gradient(variants: Callable[[Case, Expr], Iterator[Variant]]) -> Callable[[Case], Iterator[Variant]]:
    """Mistakes in the backward pass to an input or a statement, for a claim of the right shape.

    They are tried on a Jacobian or a Hessian as on the gradients that its rows are, and on a differential as on the
    gradients by which the inputs are multiplied.
    """

    def found(case: Case) -> Iterator[Variant]:
        if case.fits and case.telling and case.node is not None:
            yield from variants(case, case.node)
        for node, direction in _differentiated_by(case) if case.fits and case.telling else ():
            rows = {at: [Seen.of(row, row.grad(node), None) for row in found] for at, found in _rows(case).items()}
            seen = rows[case.seen[0].point]
            target = replace(case.target, problem=seen[0].point.problem, kind=GRADIENT, node=node, shape=node.shape)
            row = replace(case, problem=target.problem, target=target, shape=node.shape, seen=seen, gradient=True)
            for each in variants(row, node):
                yield replace(each, make=partial(_of_rows, rows, direction, each.make))

    return found


def _differentiated_by(case: Case) -> list[tuple[Expr, str | None]]:
    """By what a Jacobian, a Hessian or a differential differentiates, with the name of the direction of the last."""
    target, problem = case.target, case.problem
    if target.root is None or math.prod(target.root.shape) > MAX_ROWS:
        return []
    if target.expr is None:
        return [] if target.node is None else [(target.node, None)]
    moving = variables_in(target.expr)
    return [(problem.target(name[1:]), name) for name in moving if name in problem.directions]


@cached
def _rows(case: Case) -> dict[Point, list[Point]]:
    """Each point once for every entry of what is differentiated, which is the one that is pulled back there."""
    root, found = case.target.root, dict[Point, list[Point]]()
    assert root is not None
    problem = replace(case.problem, program=replace(case.problem.program, result=root))
    units = np.eye(math.prod(root.shape)).reshape(-1, *root.shape)
    for point in (at.point for at in case.seen):
        values = point.extended(root)
        passed = [(unit, pulled(root, unit, values)) for unit in units]
        found[point] = [replace(point, problem=problem, values=values, weights=w, grads=g) for w, g in passed]
    return found


def _of_rows(rows: Mapping[Point, Sequence[Seen]], direction: str | None, make: Make, at: Seen) -> Array | None:
    """What a mistake in all rows makes of a matrix, or of the change along a direction."""
    here = rows[at.point]
    made = [each for row in here if (each := make(row)) is not None]
    if len(made) < len(here):
        return None
    if direction is None:
        return np.stack(made).reshape(at.truth.shape)
    step = at.point.directions[direction]
    change = [float(((one - row.truth) * step).sum()) for one, row in zip(made, here, strict=True)]
    return np.asarray(at.truth + np.reshape(change, at.truth.shape))
