"""The verdict on one equality, from what is seen of it at every point, and the condition under which it holds."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from autograd_core.assumptions import Assumption
from autograd_core.claims.branches import one_sided
from autograd_core.claims.compare import Evidence, Seen, Tolerance, beside_kink, compare
from autograd_core.claims.defaults import LEAST
from autograd_core.claims.points import FEW_ASSUMED, FIXED, MOST_ASSUMED, PROBABILITIES, SIZES, Pool
from autograd_core.claims.problem import Point
from autograd_core.claims.report import HERE, RIGHT, RIGHT_IF, UNDECIDED, WRONG, Diagnosis, WorstPoint
from autograd_core.claims.targets import HESSIAN, JACOBIAN, Target
from autograd_core.expr.nodes import Expr, Var, topological
from autograd_core.expr.text import write
from autograd_core.report import shape_text

Array = npt.NDArray[Any]

MAX_CONDITIONS = 36
"""Conditions that are tried for a claim that is not right everywhere."""

MATRICES = ("orthogonal", "positive definite", "diagonal")
"""Properties of a square matrix that are tried where it need not be symmetric."""


@dataclass(frozen=True, slots=True, eq=False)
class Grade:
    """The verdict on one equality; ``reason`` says why there is none, ``kink`` is that at the given point."""

    evidence: Evidence
    verdict: str
    reason: str | None = None
    notes: tuple[str, ...] = ()
    kink: Diagnosis | None = None
    condition: str | None = None
    vanishing: bool = False

    @property
    def worst(self) -> WorstPoint | None:
        """The entry furthest off: at the given point, or where the claim is right there, at another one."""
        candidates = [seen for seen in self.evidence.all if seen.value is not None and seen.problem is None]
        wrong = [seen for seen in candidates if not seen.agrees]
        if not wrong:
            return None
        seen = next((each for each in wrong if each.point.given or each.point.whole()), wrong[0])
        at = None if seen.point.given else tuple(seen.point.inputs.items())
        return WorstPoint(seen.worst.index, seen.worst.engine, seen.worst.witness, at)


def grade(
    target: Target,
    claimed: Expr,
    given: Point,
    pool: Pool,
    tolerance: Tolerance,
    *,
    vanishes: Callable[[], bool],
    proved: Callable[[], Expr | None] = lambda: None,
    conditions: bool = True,
) -> Grade:
    """The verdict on what is claimed of a target.

    ``vanishes`` tells whether the right value is known to be 0 everywhere, ``proved`` gives the right formula where it
    was found; ``conditions`` asks for those under which a
    claim is right that is not so everywhere.
    """
    free = {node.name for node in ([] if target.node is None else [target.node]) if isinstance(node, Var)}
    points = [] if tolerance.typed is not None else pool.points(free)
    seen: list[Seen] = []
    holes = 0
    for point in [given, *points]:
        one = compare(target, claimed, point, tolerance, seen)
        if not point.given and one.value is not None and not np.isfinite(one.value).all() and pool.at_zero(point):
            holes += 1  # as prod(x)/x has
        else:
            seen.append(one)
    evidence = Evidence(target, claimed, tolerance, seen)
    found = _verdict(evidence, vanishes)
    if found.vanishing and pool.exact:
        evidence = replace(evidence, all=[*seen, *map(evidence.at, pool.scaled)])
        found = _verdict(evidence, lambda: True)
        if found.verdict == RIGHT:
            sizes = f"{target.words} is 0 at all points, also with numbers of size {SIZES[0]:g} to {SIZES[-1]:g}"
            found = replace(found, notes=(*found.notes, sizes))
    if evidence.numeric:
        return found
    if found.verdict == RIGHT:
        shared = [*pool.problem.order, *topological([] if target.expr is None else [target.expr])]
        fixed = {name for name, kind in pool.structures.items() if kind == FIXED}
        vanishing = not any(each.truth.any() for each in seen)
        met = [(each.point, each.telling & ((each.truth != 0) | vanishing)) for each in seen]
        met += [(point, np.ones(target.shape, dtype=bool)) for point in pool.rejected]
        unseen = one_sided(claimed, shared, fixed, met)
        if unseen is not None and (formula := proved()) is not None:
            unseen = one_sided(claimed, [*shared, *topological([formula])], fixed, met)
        if unseen is not None:
            why = f"{write(unseen, most=60)} was the same wherever it was tried: its other side was never compared"
            return Grade(evidence, UNDECIDED, why, found.notes)
        hole = ["the claim has no value at some points with a 0, and was not compared there"] if holes else []
        if any(seen.rounded for seen in evidence.all):
            hole.append(f"right to the digits of {', '.join(each.text for each in tolerance.moved)}, rounded")
        notes = (*found.notes, *hole, *_relied_on(evidence, pool, free))
        return Grade(evidence, RIGHT, found.reason, notes, found.kink)
    elsewhere = any(not each.agrees for each in evidence.others)  # and not only by what is taken at a kink
    if conditions and elsewhere and found.verdict in (WRONG, HERE) and evidence.shape in (target.shape, ()):
        condition = _condition(evidence, pool)
        if condition is not None:
            return Grade(evidence, RIGHT_IF, None, found.notes, condition=condition)
    return found


def _verdict(evidence: Evidence, vanishes: Callable[[], bool]) -> Grade:
    here, others, target = evidence.given, evidence.others, evidence.target
    notes: list[str] = []
    if evidence.shape not in (target.shape, ()):
        return Grade(evidence, WRONG)
    if evidence.shape == () != target.shape:
        if evidence.claimed.depends:
            return Grade(evidence, WRONG)
        notes.append(f"a single number, read as an array of shape {shape_text(target.shape)} filled with it")
    if evidence.numeric:
        notes.append("numbers are judged at the given point only")
        exact = here.value is not None and evidence.tolerance.near(here.value, here.truth).all()
        notes += ["right to the digits given"] if here.agrees and not exact else []
        kink = None if here.agrees else beside_kink(evidence)
        return Grade(evidence, RIGHT if here.agrees or kink else WRONG, notes=tuple(notes), kink=kink)
    agreeing = [seen for seen in others if seen.agrees]
    differing = [seen for seen in others if not seen.agrees and seen.value is not None]
    broken = [seen for seen in others if seen.value is None or not np.isfinite(seen.value).all()]
    sure = sum((seen.telling for seen in agreeing), np.zeros(target.shape, dtype=int))
    if not here.agrees:
        kink = beside_kink(evidence) if not differing and len(agreeing) >= min(LEAST, len(others)) else None
        if kink is not None:
            return Grade(evidence, RIGHT, notes=tuple(notes), kink=kink)
        if not differing and len(agreeing) >= LEAST and not _missed(here).any():
            notes.append("the gradient is not finite at the given numbers; the claim is right at all others")
            return Grade(evidence, RIGHT, notes=tuple(notes))
        return Grade(evidence, WRONG, notes=tuple(notes))
    if differing or broken:
        return Grade(evidence, HERE, notes=tuple(notes))
    few = int(sure.min(initial=len(agreeing)))
    if few < LEAST:
        why = f"right at the given numbers; only {few} other points could be compared, of at least {LEAST}"
        return Grade(evidence, UNDECIDED, why, tuple(notes))
    alive = any((seen.truth[seen.telling] != 0).any() for seen in [here, *agreeing])
    if here.truth.size and not alive and not vanishes():
        vanishing = not any(seen.truth.any() for seen in [here, *agreeing])
        reason = f"{target.words} is 0 wherever it was tried, and so is the claim"
        hidden = f"rounding hides any difference wherever {target.words} is not 0"
        return Grade(evidence, UNDECIDED, reason if vanishing else hidden, tuple(notes), vanishing=vanishing)
    return Grade(evidence, RIGHT, notes=tuple(notes))


def _missed(seen: Seen) -> npt.NDArray[np.bool_]:
    """The entries that differ from a number, or give a number where the gradient is infinite; a nan says nothing."""
    number = np.False_ if seen.value is None else np.isfinite(seen.value)
    return ~seen.agree & (np.isfinite(seen.truth) | (np.isinf(seen.truth) & number))


def _relied_on(evidence: Evidence, pool: Pool, free: set[str]) -> Iterator[str]:
    """What a right claim relies on: labels that sum to 1."""
    for name, kind in pool.structures.items():
        if kind != PROBABILITIES or name in free:
            continue
        others = pool.points({*free, name})
        if not all(evidence.at(one).agrees for one in others):
            yield f"this relies on {name}, which sums to 1; for any other {name} it does not hold"


def _condition(evidence: Evidence, pool: Pool) -> str | None:
    """The least condition on inputs under which a claim is right; None where none of those tried is enough.

    Equations are tried only of a claim that is right nowhere else: one that is right at many points has branches.
    """
    target = evidence.target
    nowhere = not any(seen.agrees for seen in evidence.others)
    variables = pool.problem.program.variables
    roots = [each for each in (target.expr, target.root, evidence.claimed, pool.problem.result) if each is not None]
    used = [node.name for node in topological(roots) if isinstance(node, Var) and node.name in variables]
    inputs = pool.problem.inputs
    for conditions in _conditions({name: variables[name].shape for name in dict.fromkeys(used)}):
        if any(each.kind in ("sum", "norm", *MATRICES) and not nowhere for each in conditions):
            continue
        if any(each.kind == "<" and not each.holds(inputs[each.name]) for each in conditions):
            continue
        if set(conditions) & set(pool.assumptions):
            continue
        inside = [seen for seen in evidence.all if all(each.holds(seen.point.inputs[each.name]) for each in conditions)]
        if all(seen.agrees for seen in inside) and _holds(evidence, pool, conditions):
            least = conditions
            for each in conditions:  # of several, those without which it does not hold
                fewer = tuple(one for one in least if one is not each)
                if fewer and _holds(evidence, pool, fewer):
                    least = fewer
            return in_words(least)
    return None


def in_words(conditions: Sequence[Assumption]) -> str:
    """Conditions in words, several matrices of one kind together."""
    kinds = dict.fromkeys(each.kind for each in conditions)
    words: list[str] = []
    for kind in kinds:
        found = [each for each in conditions if each.kind == kind]
        names = [each.name for each in found]
        if len(found) > 1 and found[0].text.endswith(kind):
            words.append(f"{', '.join(names[:-1])} and {names[-1]} are {kind}")
        else:
            words += [each.phrase for each in found]
    return " and ".join(words)


def _conditions(shapes: dict[str, tuple[int, ...]]) -> Iterator[tuple[Assumption, ...]]:
    """The conditions that are tried, the weaker before the stronger."""
    square = [name for name, shape in shapes.items() if len(shape) == 2 and shape[0] == shape[1] > 1]
    several = [name for name, shape in shapes.items() if shape and max(shape) > 1]
    tried: list[tuple[Assumption, ...]] = [(Assumption(name, "symmetric"),) for name in square]
    symmetric = tuple(Assumption(name, "symmetric") for name in square)
    if len(square) > 1:
        tried.append(symmetric)
    signs = [Assumption(name, kind, 0.0) for kind in (">", "<") for name in shapes]
    tried += [(each,) for each in signs]
    tried += [(Assumption(name, kind, 1.0),) for kind in ("sum", "norm") for name in several]
    tried += [(Assumption(name, kind),) for kind in MATRICES for name in square]
    tried += [(*symmetric, *signs[: len(shapes)])] if square else []
    yield from tried[:MAX_CONDITIONS]


def _holds(evidence: Evidence, pool: Pool, conditions: Sequence[Assumption]) -> bool:
    """Whether a claim is right at points where the conditions hold, and the right value is not 0 at all of them."""
    node = evidence.target.node
    names = {*([node.name] if isinstance(node, Var) else []), *(each.name for each in conditions)}
    for most in (1, FEW_ASSUMED, MOST_ASSUMED):  # most conditions are refuted by the first point
        points = pool.points(names, tuple(conditions), most)
        seen = [evidence.at(point) for point in points]
        alive = any((np.abs(each.truth) > 1e-9).any() for each in seen)
        few = most > 1 and (len(points) < 3 or not alive)
        if few or any(not each.agrees or each.hidden.any() for each in seen):
            return False
    return True


def reshaped(target: Target, shape: tuple[int, ...]) -> tuple[int, ...] | None:
    """The shape of a matrix that is claimed with rows and columns flattened; None where ``shape`` is that of none."""
    if target.kind not in (JACOBIAN, HESSIAN) or target.node is None:
        return None
    split = len(target.shape) - len(target.node.shape)
    flat = (int(np.prod(target.shape[:split])), int(np.prod(target.shape[split:])))
    return flat if shape == flat != target.shape else None
