"""The verdict on one equality, from what is seen of it at every point, and the condition under which it holds."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress

import numpy as np

from autograd_core.assumptions import Assumption
from autograd_core.check.kinks import points_around
from autograd_core.claims.compare import Answer, Grade, Seen, Target, Tolerance, compare
from autograd_core.claims.kinks import beside_kink, one_sided, only_at_kink
from autograd_core.claims.points import FEW_ASSUMED, FIXED, MOST_ASSUMED, PROBABILITIES, SIZES, Pool
from autograd_core.claims.problem import HESSIAN, JACOBIAN, STEP, NoValueError, Point
from autograd_core.claims.report import HERE, RIGHT, RIGHT_IF, UNDECIDED, WRONG
from autograd_core.errors import AutogradError
from autograd_core.expr.nodes import Expr, Var, topological, variables_in
from autograd_core.expr.text import write
from autograd_core.limits import MIN_CLAIM_POINTS
from autograd_core.ops.spec import Shape
from autograd_core.report import shape_text

MAX_CONDITIONS = 36
"""Conditions that are tried for a claim that is not right everywhere."""

BESIDE = 1e-4
"""How far from a point, relative to its numbers, a claim is looked at that has no value there."""

MATRICES = ("orthogonal", "positive definite", "diagonal")
"""Properties of a square matrix that are tried where it need not be symmetric."""


def grade(
    target: Target, claimed: Expr, pool: Pool, tolerance: Tolerance, answer: Callable[[], Answer | None], within: bool
) -> Grade:
    """The verdict on what is claimed of a target.

    ``answer`` gives the right formula where it was found. ``within`` asks for a condition within which a claim is right
    that is not so everywhere.
    """
    free = {target.node.name} if isinstance(target.node, Var) else set[str]()
    points = [] if tolerance.typed is not None else pool.points(free)
    seen: list[Seen] = []
    varying = [name for name in pool.problem.program.variables if name not in pool.structures]
    holes = 0
    for point in [pool.given, *points]:
        one = compare(target, claimed, point, tolerance, seen)
        known = point.given or (one.value is not None and bool(np.isfinite(one.value).all()))
        if not known and _isolated(claimed, point, varying):
            holes += 1  # as prod(x)/x has at a 0, and det(A)*inv(A).T where A has no inverse
        else:
            seen.append(one)
    found = Grade(target, claimed, tolerance, seen)
    if points and seen[0].agrees and found.sure < MIN_CLAIM_POINTS and all(each.agrees for each in seen):
        seen += [found.at(point) for point in pool.gentle]
    found.verdict = _verdict(found, lambda: _vanishes(target, claimed, answer()))
    if found.vanishing and pool.exact:
        found = Grade(target, claimed, tolerance, [*seen, *map(found.at, pool.scaled)])
        found.verdict = _verdict(found, lambda: True)
        if found.verdict == RIGHT:
            sizes = f"with numbers of size {SIZES[0]:g} to {SIZES[-1]:g}"
            found.notes.append(f"{target.words} is 0 at all points, also {sizes}")
    if found.numeric:
        return found
    if found.verdict == RIGHT:
        unseen = _unseen(found, seen, pool, answer)
        if unseen is not None:
            why = f"{write(unseen, most=60)} was the same wherever it was tried: its other side was never compared"
            found.verdict, found.reason, found.kink = UNDECIDED, why, None
            return found
        if holes:
            found.notes.append(
                "the claim has no value at single points (a 0, a singular matrix), and was not compared there"
            )
        if any(each.rounded for each in found.all):
            found.notes.append(f"right to the digits of {', '.join(each.text for each in tolerance.moved)}, rounded")
        found.notes += _relied_on(found, pool, free)
    elif within and any(not each.agrees for each in found.all[1:]) and claimed.shape in (target.shape, ()):
        found.condition = _condition(found, pool)  # of what is wrong elsewhere, and not only by what a kink takes
        found.verdict = found.verdict if found.condition is None else RIGHT_IF
    return found


def _isolated(claimed: Expr, point: Point, varying: Sequence[str]) -> bool:
    """Whether a claim without a value at a point has one next to it."""
    for inputs in points_around(point.inputs, varying, BESIDE, 2):
        with suppress(AutogradError, NoValueError):
            near = point.moved(inputs)
            if near is not None and np.isfinite(near.evaluate(claimed)).all():
                return True
    return False


def _vanishes(target: Target, claimed: Expr, answer: Answer | None) -> bool:
    """Whether the right value is known to be 0 everywhere, or the claim to be the right formula, as proved."""
    root = target.root if target.expr is None else target.expr
    if target.kind == STEP or root is None or not root.depends:
        return True
    if target.expr is None:
        return target.node not in set(topological([root]))
    return answer is not None and (not answer.formula.depends or write(claimed) == write(answer.formula))


def _unseen(found: Grade, seen: Sequence[Seen], pool: Pool, answer: Callable[[], Answer | None]) -> Expr | None:
    """An operation with branches in a claim of which one side alone was met, and not in the right formula."""
    expr = found.target.expr
    shared = [*pool.problem.order, *topological([] if expr is None else [expr])]
    fixed = {name for name, kind in pool.structures.items() if kind == FIXED}
    vanishing = not any(each.truth.any() for each in seen)
    met = [(each.point, each.telling & ((each.truth != 0) | vanishing)) for each in seen]
    met += [(point, np.ones(found.target.shape, dtype=bool)) for point in pool.rejected]
    unseen = one_sided(found.claimed, shared, fixed, met)
    if unseen is not None and (right := answer()) is not None:
        unseen = one_sided(found.claimed, [*shared, *topological([right.formula])], fixed, met)
    return unseen


def _verdict(found: Grade, vanishes: Callable[[], bool]) -> str:
    """The verdict by what was seen at each point; why, and what else should be known, is added to what was found."""
    here, others, target = found.all[0], found.all[1:], found.target
    if found.claimed.shape not in (target.shape, ()):
        return WRONG
    if found.claimed.shape == () != target.shape:
        if found.claimed.depends:
            return WRONG
        shape = shape_text(target.shape)
        found.notes.append(f"a single number, read as an array of shape {shape} filled with it")
    if found.numeric:
        found.notes.append("numbers are judged at the given point only")
        exact = here.value is not None and found.tolerance.near(here.value, here.truth).all()
        found.notes += ["right to the digits given"] if here.agrees and not exact else []
        found.kink = None if here.agrees else beside_kink(found)
        return RIGHT if here.agrees or found.kink else WRONG
    agreeing = [seen for seen in others if seen.agrees]
    differing = any(not seen.agrees and seen.value is not None for seen in others)
    if not here.agrees:
        found.kink = (
            beside_kink(found) if not differing and len(agreeing) >= min(MIN_CLAIM_POINTS, len(others)) else None
        )
        if found.kink is not None:
            return RIGHT
        number = np.False_ if here.value is None else np.isfinite(here.value)
        missed = ~here.agree & (np.isfinite(here.truth) | (np.isinf(here.truth) & number))  # a nan says nothing
        if differing or len(agreeing) < MIN_CLAIM_POINTS or missed.any():
            return WRONG
        found.notes.append("the gradient is not finite at the given numbers; the claim is right at all others")
        return RIGHT
    if differing or any(seen.value is None or not np.isfinite(seen.value).all() for seen in others):
        kink = only_at_kink(found)
        found.notes += [] if kink is None else [kink]
        return HERE if kink is None else WRONG
    if found.sure < MIN_CLAIM_POINTS:
        found.reason = f"right at the given numbers; only {found.sure} other points could be compared, of at least "
        found.reason += f"{MIN_CLAIM_POINTS}"
        return UNDECIDED
    alive = any((seen.truth[seen.telling] != 0).any() for seen in [here, *agreeing])
    if here.truth.size and not alive and not vanishes():
        found.vanishing = not any(seen.truth.any() for seen in [here, *agreeing])
        found.reason = f"rounding hides any difference wherever {target.words} is not 0"
        if found.vanishing:
            found.reason = f"{target.words} is 0 wherever it was tried, and so is the claim"
        return UNDECIDED
    return RIGHT


def _relied_on(found: Grade, pool: Pool, free: set[str]) -> Iterator[str]:
    """What a right claim relies on: labels that sum to 1."""
    for name, kind in pool.structures.items():
        varied = pool.points({*free, name}) if kind == PROBABILITIES and name not in free else []
        if not all(found.at(point).agrees for point in varied):
            yield f"this relies on {name}, which sums to 1; for any other {name} it does not hold"


def _condition(found: Grade, pool: Pool) -> str | None:
    """The least condition on inputs under which a claim is right; None where none of those tried is enough.

    Equations are tried only of a claim that is right nowhere else: one that is right at many points has branches.
    """
    target, inputs, variables = found.target, pool.problem.inputs, pool.problem.program.variables
    here, nowhere = found.all[0].agrees, not any(seen.agrees for seen in found.all[1:])
    roots = [each for each in (target.expr, target.root, found.claimed, pool.problem.result) if each is not None]
    used = {name: var.shape for name, var in variables_in(*roots).items() if name in variables}
    for conditions in _conditions(used):
        if any(
            (each.kind in ("sum", "norm", *MATRICES) and not nowhere)
            or (each.kind == "abs" and (each.name == target.label or not each.holds(inputs[each.name])))
            or (each.kind in ("<", ">") and (each.kind == "<" or here) and not each.holds(inputs[each.name]))
            or each in pool.assumptions
            for each in conditions
        ):
            continue
        inside = [seen for seen in found.all if all(each.holds(seen.point.inputs[each.name]) for each in conditions)]
        if all(seen.agrees for seen in inside) and _holds(found, pool, conditions):
            least = conditions
            for each in conditions:  # of several, those without which it does not hold
                fewer = tuple(one for one in least if one is not each)
                if fewer and _holds(found, pool, fewer):
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


def symmetric(shapes: Mapping[str, Shape]) -> list[tuple[Assumption, ...]]:
    """That square matrices are symmetric: each one alone, then all of them."""
    square = [name for name, shape in shapes.items() if len(shape) == 2 and shape[0] == shape[1] > 1]
    every = tuple(Assumption(name, "symmetric") for name in square)
    return [*((each,) for each in every), *([every] if len(every) > 1 else [])]


def _conditions(shapes: Mapping[str, Shape]) -> Iterator[tuple[Assumption, ...]]:
    """The conditions that are tried, the weaker before the stronger."""
    tried = symmetric(shapes)
    square = tried[-1] if tried else ()
    several = [name for name, shape in shapes.items() if shape and max(shape) > 1]
    signs = [Assumption(name, kind, 0.0) for kind in (">", "<") for name in shapes]
    tried += [(each,) for each in signs]
    tried += [(Assumption(name, kind, 1.0),) for kind in ("sum", "norm", "abs") for name in several]
    tried += [(Assumption(each.name, kind),) for kind in MATRICES for each in square]
    tried += [(*square, *signs[: len(shapes)])] if square else []
    yield from tried[:MAX_CONDITIONS]


def _holds(found: Grade, pool: Pool, conditions: Sequence[Assumption]) -> bool:
    """Whether a claim is right at points where the conditions hold, and the right value is not 0 at all of them."""
    node = found.target.node
    names = {*([node.name] if isinstance(node, Var) else []), *(each.name for each in conditions)}
    for most in (1, FEW_ASSUMED, MOST_ASSUMED):  # most conditions are refuted by the first point
        points = pool.points(names, tuple(conditions), most)
        seen = [found.at(point) for point in points]
        alive = any((np.abs(each.truth) > 1e-9).any() for each in seen)
        sure = sum(not each.hidden.any() for each in seen)
        if (most > 1 and (sure < 3 or not alive)) or not all(each.agrees for each in seen):
            return False
    return True


def reshaped(target: Target, shape: tuple[int, ...]) -> tuple[int, ...] | None:
    """The shape of a matrix that is claimed with rows and columns flattened; None where ``shape`` is that of none."""
    if target.kind not in (JACOBIAN, HESSIAN) or target.node is None:
        return None
    split = len(target.shape) - len(target.node.shape)
    flat = (int(np.prod(target.shape[:split])), int(np.prod(target.shape[split:])))
    return flat if shape == flat != target.shape else None
