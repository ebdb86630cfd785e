"""Higher derivatives at a kink, where a lower one is a convention: what they are at points around it.

At a kink the first derivative is chosen (``norm`` at 0 gives 0), and a second one built on that choice means nothing.
The derivatives are therefore found at points on both sides too, in two directions and at two distances. Where they tend
to one number, that is the derivative: 2 for ``norm(x)**2`` at 0. Where they grow without bound there is none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from autograd_core.check import Question
from autograd_core.check.compare.comparison import AT_KINKS, first, summed
from autograd_core.check.kinks import CODE, SHOWN, corners, labels, marked, points_around
from autograd_core.errors import AutogradError
from autograd_core.expr.nodes import Expr
from autograd_core.expr.text import write
from autograd_core.matrices.forward import Place
from autograd_core.number_text import found_text, number_text
from autograd_core.ops.registry import op
from autograd_core.report import Check, Verdict, Warning

Array = npt.NDArray[Any]
Pair = tuple[Array, Array]

STEPS = (1e-6, 1e-7)
"""Distances of the points, relative to the entries."""

DIRECTIONS = 2
MAX_ENTRIES = 40_000
"""Entries of a matrix up to which it is found at other points."""

SMOOTH, GROWING = 0.9, 1.1
"""What differences between points shrink to, at most, at a tenth of the distance, where there is a limit; and how much
larger derivatives are there, at least, where there is none: so do powers of 0.05 and -0.05, and a logarithm.
"""

NOTHING = 1e-6
"""What a limit that is 0 is found as, at most, relative to the derivatives that tend to it."""

NEAR = 1e-5
"""Numbers that differ by less, relatively, are one number at these distances."""

NOISE = 4e-15
"""What rounding leaves in the difference of two slopes, relative to them."""

PLAINLY = 1e4
"""How often larger than rounding a derivative is that grows without bound."""

ROUNDING = 1e-12
"""How near a limit is, relative to the largest, to the decimal of few digits that it is taken for."""

REASON = "at a kink the derivative of a slope is found from points around it, which no witness looks at"


def at_kinks(
    question: Question,
    found: Mapping[Place, Pair],
    derive: Callable[[Mapping[str, Array]], Mapping[Place, Pair]],
    check: Callable[[Mapping[Place, Array]], tuple[dict[Place, Check], Verdict]],
    slopes: Iterable[Expr],
) -> tuple[dict[Place, Array], dict[Place, Check], Verdict, list[Warning]]:
    """Higher derivatives with those at a kink replaced by their limits, nan where there is none; what is said of them.

    ``found`` are the derivatives that they are made of, in a shape that broadcasts to theirs, and themselves by the
    rules; ``derive(inputs)`` gives both at other points; ``slopes`` are the former as expressions. What ``check`` may
    look at is nan where a limit is shown, and where all these are smooth and the next one jumps, of which no witness
    knows which side is taken.
    """
    by_rules = {key: higher for key, (_, higher) in found.items()}
    shown, none, notes = around(question, by_rules, derive, slopes)
    aside: dict[Place, Array] = {}
    for key, mask in none.items():
        aside[key] = mask | ~np.isclose(by_rules[key], shown.get(key, by_rules[key]), 0, 0, equal_nan=True)
    checks, verdict = check(by_rules | {key: np.where(mask, np.nan, by_rules[key]) for key, mask in aside.items()})
    if aside:
        checks |= {key: without(checks[key], mask, none[key]) for key, mask in aside.items()}
        verdict = summed(checks.values(), question.rtol, question.atol, verdict)
    return by_rules | shown, checks, verdict, [Warning(CODE, note) for note in notes]


def around(
    question: Question,
    found: Mapping[Place, Array],
    derive: Callable[[Mapping[str, Array]], Mapping[Place, Pair]],
    slopes: Iterable[Expr],
) -> tuple[dict[Place, Array], dict[Place, Array], list[str]]:
    """Derivatives to be shown in place of others, masks of where there is none, and what points around say."""
    kinks = corners(question)
    many = sum(array.size for array in found.values()) > MAX_ENTRIES
    if not kinks and (many or not any(_bends(question, slope) for slope in slopes)):
        return {}, {}, []
    node = f"{write(kinks[0].named, most=60) if kinks else 'the gradient'} is at a kink"
    choice = f"{node}: what is built on a slope there is a choice, and"
    if many:
        return {}, {}, [f"{choice} the derivatives are too many to find them at points around"]
    names = [name for name in question.wanted if name not in labels(question.result)]
    size = max([float(np.max(np.abs(question.inputs[name]), initial=0.0)) for name in names], default=0.0) or 1.0
    try:
        far, near = ([derive(p) for p in points_around(question.inputs, names, step, DIRECTIONS)] for step in STEPS)
    except AutogradError as error:
        return {}, {}, [f"{choice} points around say: {error.message}"] if kinks else []
    kept: dict[Place, Array] = {}
    nowhere: dict[Place, Array] = {}
    words: list[str] = []
    for key, array in found.items():
        lower_far, lower, higher_far, higher = (
            np.stack([np.broadcast_to(np.asarray(at[key][k]), array.shape) for at in points])
            for k in (0, 1)
            for points in (far, near)
        )
        noise = NOISE / STEPS[-1] / size  # not of the product, which may be 0
        settled, none, sentences = _settled(np.asarray(array), lower_far, lower, higher_far, higher, noise)
        nowhere[key] = none | nowhere.get(key[:-1], False)  # nor is there a derivative of what has none
        if kinks:
            kept[key] = settled
        words += sentences if kinks or nowhere[key].any() else []
    different = [f"{node}: {each}" for each in dict.fromkeys(words)]
    if len(different) > SHOWN:
        more = f"{node}: so it is at other entries and in other blocks, in {len(different) - SHOWN} more ways"
        different[SHOWN:] = [more]
    return kept, nowhere, different


def _bends(question: Question, slope: Expr) -> bool:
    """Whether a derivative is at a kink: an operation goes on smoothly in another formula."""
    met = corners(replace(question, result=slope, weights=np.ones(slope.shape)))
    return any(corner.node.op not in (op.equal, op.not_equal) for corner in met)  # these pick the largest


def without(check: Check, aside: Array, nowhere: Array) -> Check:
    """What a witness says of the numbers by the rules, less those set aside; there are none ``nowhere``."""
    changed = int(np.count_nonzero(aside))
    if not changed or check.status == "disagree":
        return check
    left = check.total - changed
    compared = min(check.compared, left)
    covered = min(check.covered, left - compared)
    kinks_alone = bool(nowhere[aside].all()) and compared + covered == left
    return replace(
        check,
        status="agree" if compared + covered == left > 0 else "partial" if compared or kinks_alone else "skipped",
        compared=compared,
        covered=covered,
        kinks=max(check.kinks, changed),
        max_abs_error=check.max_abs_error if left else None,
        reason=REASON if not kinks_alone else None if left else AT_KINKS,
    )


def _settled(
    found: Array, lower_far: Array, lower: Array, far: Array, near: Array, noise: float
) -> tuple[Array, Array, list[str]]:
    """One array of derivatives: the limits of those around it, where there is none, and what to say of both.

    Given are the derivatives of one order less, then these, at points ``far`` and ``near``, and the ``noise`` that
    rounding leaves in these by unit of the former.
    """
    with np.errstate(all="ignore"):
        known = np.isfinite(near).all(axis=0) & np.isfinite(far).all(axis=0)
        top = np.max(np.abs(near), axis=0)
        rounding = noise * np.max(np.abs(lower), axis=0)
        growing = known & (top > GROWING * np.max(np.abs(far), axis=0)) & (top > PLAINLY * rounding)
        scale = float(np.max(top, where=known & ~growing, initial=0.0))
        least = np.maximum(rounding, NEAR * scale)
        spread = np.ptp(near, axis=0)
        jumps = known & ~growing & (_apart(lower, lower_far) > NEAR * np.max(np.abs(lower), axis=0))
        differs = known & ~growing & (_apart(near, far) > least)
        limit = _limit(near, far)
        other = known & ~growing & ~jumps & ~differs & (np.abs(limit - found) > np.maximum(least, 10 * spread))
    result = np.array(found)
    result[other] = [_short(value, scale) for value in limit[other]]
    result[growing] = np.nan
    sentences = []
    if other.any():
        sentences.append(
            f"a slope there is a choice, but the derivative{marked(other)} is not: it is found from points around"
        )
    if growing.any():
        sentences.append(f"there is no derivative{marked(growing)}: around it grows without bound; nan is shown")
    if differs.any():
        place = first(differs)
        low, high = (float(end(near, axis=0)[place]) for end in (np.min, np.max))
        sentences.append(
            f"there is no derivative{marked(differs)}: it is {found_text(low)} on one side and {found_text(high)} "
            f"on another; taken is {number_text(result[place])}, as PyTorch"
        )
    mask = jumps & ~differs
    if mask.any():
        sentences.append(
            f"there is no derivative{marked(mask)} of a slope that jumps; "
            f"taken is {number_text(result[first(mask)])}, as PyTorch"
        )
    return result, differs | mask, sentences


def _limit(near: Array, far: Array) -> Array:
    """What numbers around a point tend to, of which what is left shrinks as the differences between them do."""
    shrinks = np.nan_to_num(np.clip(np.ptp(near, axis=0) / np.ptp(far, axis=0), 0.0, SMOOTH))
    found = np.mean(near - (far - near) * shrinks / (1 - shrinks), axis=0)
    return np.where(np.abs(found) < NOTHING * np.max(np.abs(near), axis=0), 0.0, found)


def _apart(near: Array, far: Array) -> Array:
    """How far apart numbers around a point are, 0 where that vanishes with the distance."""
    spread = np.ptp(near, axis=0)
    return np.where(spread < SMOOTH * np.ptp(far, axis=0), 0.0, spread)


def _short(value: float, scale: float) -> float:
    """The decimal of few digits that a limit comes close to, else itself."""
    decimal = float(found_text(value))
    return decimal if abs(value - decimal) <= ROUNDING * scale else value
