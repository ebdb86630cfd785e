"""A wrong claim as the families of mistakes see it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import field
from typing import Any

import numpy as np
import numpy.typing as npt

from autograd_core.claims.evidence import Evidence
from autograd_core.claims.problem import Point, Problem
from autograd_core.claims.run import passed_on, pulled
from autograd_core.expr.nodes import Call, Expr
from autograd_core.records import record

Array = npt.NDArray[Any]

MAX_POINTS = 40
"""Points at which a mistake must explain the claim, those where it is right among them."""


@record(frozen=True, slots=True)
class Look:
    """One point: what is claimed there, and the gradient."""

    point: Point
    claim: Array
    truth: Array


@record(frozen=True, slots=True)
class Case:
    """A wrong claim at points where it is wrong, and others where it is right; one where it is wrong comes first."""

    evidence: Evidence
    looks: Sequence[Look]
    answer: str | None = None
    users: Mapping[Expr, Sequence[Call]] = field(default_factory=dict)

    @classmethod
    def of(cls, evidence: Evidence, answer: str | None) -> Case | None:
        """The case of a claim; None where it has no finite value anywhere. ``answer`` is the right formula."""
        looks: list[tuple[bool, Look]] = []
        for seen in evidence.all:
            if seen.value is None or not np.isfinite(seen.value).all() or not np.isfinite(seen.truth).all():
                continue
            looks.append((seen.agrees, Look(seen.point, seen.value, seen.truth)))
        if all(agrees for agrees, _ in looks):
            return None
        wrong = [look for agrees, look in looks if not agrees]
        fine = [look for agrees, look in looks if agrees]
        chosen = [wrong[0], *fine[: MAX_POINTS // 2]]
        chosen += wrong[1 : 1 + MAX_POINTS - len(chosen)]
        users: dict[Expr, list[Call]] = {}
        for node in evidence.problem.order:
            if isinstance(node, Call):
                for operand in dict.fromkeys(node.operands):
                    users.setdefault(operand, []).append(node)
        return cls(evidence, chosen, answer, users)

    def replaced(self, look: Look, node: Call, position: int, passed: Array) -> Array | None:
        """The gradient when ``node`` passes on something else to its operand at ``position``."""
        target = self.evidence.target
        before = passed_on(node, look.point.grad(node), look.point.values)[position]
        if before is None or target is None:
            return None
        with np.errstate(all="ignore"):
            return look.truth + through(look, node.operands[position], passed - before, target)

    @property
    def problem(self) -> Problem:
        """The expression."""
        return self.evidence.problem

    @property
    def name(self) -> str:
        """Whose gradient is claimed."""
        return self.evidence.claim.name

    @property
    def telling(self) -> bool:
        """Whether a coincidence is out of the question: several points, or several different entries."""
        return len(self.looks) > 1 or len(np.unique(self.looks[0].claim)) > 2

    def same(self, found: Array, wanted: Array) -> bool:
        """Whether two arrays are equal, in shape too."""
        return found.shape == wanted.shape and bool(self.evidence.tolerance.near(found, wanted).all())

    def explains(self, made: Callable[[Look], Array | None]) -> bool:
        """Whether the claim is what ``made`` gives, at every point."""
        for look in self.looks:
            found = made(look)
            if found is None or not self.same(look.claim, found):
                return False
        return True


def through(look: Look, node: Expr, g: Array, target: Expr) -> Array:
    """What reaches ``target`` when ``g`` is pulled back from ``node``."""
    if node is target:
        return g
    if not isinstance(node, Call):
        return np.zeros(target.shape)
    found = pulled([node], [g], look.point.values).get(target)
    return np.zeros(target.shape) if found is None else found


def contribution(look: Look, user: Call, position: int, target: Expr) -> Array | None:
    """What reaches ``target`` on all paths that go from ``user`` to its operand at ``position``."""
    passed = passed_on(user, look.point.grad(user), look.point.values)[position]
    return None if passed is None else through(look, user.operands[position], passed, target)
