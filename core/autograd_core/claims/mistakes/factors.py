"""Factors that are missing or too many: of the whole claim, by one number, or of a term of its text."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterator
from contextlib import suppress
from fractions import Fraction
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from autograd_core.claims.compare import Seen
from autograd_core.claims.mistakes.case import AVERAGING, DIVIDING, SUMMING, Case, Variant
from autograd_core.claims.mistakes.written import Part, Place, syntax, value
from autograd_core.claims.problem import STEP
from autograd_core.errors import AutogradError
from autograd_core.expr.nodes import Call, Const, Expr
from autograd_core.number_text import found_text
from autograd_core.ops.registry import op
from autograd_core.ops.spec import OpSpec

Array = npt.NDArray[Any]

_AVERAGES = AVERAGING | DIVIDING | frozenset([op.var, op.std])

FEW_DIGITS = 1e-3
"""How far a factor is from 1 that comes of a number with too few digits."""

NEAR = 1e-9
"""Relative difference up to which a number is one that has a name."""

_NAMED: tuple[tuple[str, float], ...] = (
    ("", 1.0),
    ("pi", math.pi),
    ("ln 10", math.log(10)),
    ("ln 2", math.log(2)),
    ("sqrt(pi)", math.sqrt(math.pi)),
    ("sqrt(2*pi)", math.sqrt(2 * math.pi)),
    ("e", math.e),
)
"""Numbers by name, of which others are fractions."""


def name_of(number: float) -> str:
    """A number as a person writes it: ``2``, ``1/3``, ``pi/180``, ``1/ln 10``, ``sqrt(3)``, else six digits."""
    size, sign = abs(number), "-" if number < 0 else ""
    if size == 0 or not math.isfinite(size):
        return f"{number:g}"
    for text, unit in _NAMED:
        for power in (1, -1):
            ratio = _fraction(size / unit**power, 360 if text else 60)
            if ratio is not None:
                top, _, bottom = ratio.partition("/")
                above = "*".join(each for each in (top if top != "1" else "", text if power == 1 else "") if each)
                below = "*".join(each for each in (bottom, text if power == -1 else "") if each)
                return f"{sign}{above or 1}" + (f"/({below})" if "*" in below else f"/{below}" if below else "")
    square = _fraction(size * size, 1000)
    if square is not None:
        return sign + (f"1/sqrt({square[2:]})" if square.startswith("1/") else f"sqrt({square})")
    return sign + (_fraction(size, 1000) or found_text(size))


def _fraction(number: float, most: int) -> str | None:
    if not 1e-9 < number < 1e12:
        return None
    near = Fraction(number).limit_denominator(most)
    return str(near) if near and abs(float(near) - number) <= NEAR * number else None


def constant_factor(case: Case) -> Iterator[Variant]:
    """A constant factor, by its name where it has one."""
    ratio = _ratio(case) if case.fits else None
    if ratio is not None and ratio != 1:
        code, text = _named(case, ratio)
        change = None if ratio == 0 else "put a minus in front" if ratio == -1 else f"multiply by {name_of(1 / ratio)}"
        change = None if 0 < abs(ratio - 1) < FEW_DIGITS else change
        yield Variant(text, lambda at: ratio * at.truth, spans=(case.span,), change=change, code=code)


def no_gradient(case: Case) -> Iterator[Variant]:
    """The right value is 0 everywhere, but for rounding, and the claim is not."""
    if case.fits and case.target.kind != STEP:
        yield Variant(
            f"{case.target.words} is 0 everywhere, and the claim is not",
            lambda at: at.value if (np.abs(at.truth) <= at.room(case.target, None)).all() else None,
        )


def _ratio(case: Case) -> float | None:
    """The one number between claim and gradient, None where there can be none."""
    ratios: list[float] = []
    for at in case.seen:
        if at.value is not None and at.truth.any():
            place = int(np.abs(at.truth).argmax())
            ratios.append(float(at.value.ravel()[place] / at.truth.ravel()[place]))
    if not ratios:
        return None
    ratio = sorted(ratios)[len(ratios) // 2]  # of a point at which little is rounded
    near = Fraction(ratio).limit_denominator(1000) if 1e-6 < abs(ratio) < 1e9 else Fraction(0)
    nice = near != 0 and abs(float(near) - ratio) <= max(NEAR, case.tolerance.rtol / 100) * abs(ratio)
    if not case.telling and ratio and not (nice and (near.numerator in (1, -1) or near.denominator == 1)):
        return None
    return float(near) if nice and abs(near.denominator) <= 60 else ratio


def _named(case: Case, ratio: float) -> tuple[str, str]:
    """The code of a constant factor, and it in words: what the number is in this expression, if it is something."""
    what = "the step before" if case.target.kind == STEP else f"the {case.target.kind}"
    if ratio == 0:
        return "zero", f"the claim is 0 everywhere, and {what} is not"
    if ratio == -1:
        return "sign", f"the sign is wrong: the claim is -1 times {what}"
    size = abs(ratio)
    written = name_of(ratio)
    times = f"the claim is {written} times {what}"
    where = "everywhere" if len(case.seen) > 1 else "at the given numbers"
    if size in (counts := _counts(case, _AVERAGES)):
        words = f"{name_of(size)} is the number of entries in {counts[size]}"
        return "sum-for-mean", f"a sum where a mean was: {times}, and {words}"
    if 0 < abs(size - 1) < FEW_DIGITS:
        off = f"the claim is {'more' if size > 1 else 'less'} than {what} by {name_of(abs(size - 1))} of it {where}"
        return "factor", f"{off}: a number in it has too few digits, or is another"
    inverse = round(1 / size)
    if abs(1 / size - inverse) < 1e-9 and inverse in (sums := _counts(case, SUMMING)):
        return "mean-for-sum", f"a mean where a sum was: {times}, and {sums[inverse]} adds {inverse} entries"
    missing = f"a factor {name_of(1 / ratio)} is missing" if size < 1 else f"a factor {written} too many"
    return "factor", f"a constant factor: {times} {where}; {missing}"


def _counts(case: Case, ops: Collection[OpSpec]) -> dict[float, str]:
    """The numbers above 2 that the expression is divided by, or of entries that a reduction takes, with the text."""
    found: dict[float, str] = {}
    for node in case.problem.order:
        if isinstance(node, Call) and node.op in ops:
            by = node.operands[-1]
            count = math.prod(by.shape) / max(math.prod(node.shape), 1)
            if node.op in DIVIDING:
                count = float(by.value) if isinstance(by, Const) and by.shape == () else 0.0
            found.update({count: case.text(node)} if count > 2 else {})
    return found


def factor_of_term(place: Place) -> Iterator[Variant]:
    """A term of the claim, or the whole, that lacks one number as a factor, or has one too many."""
    case, expr, text, whole = place.written.case, place.expr, place.text, place.is_whole
    factor = _solved(place, expr, case.seen[0]) if expr is not None and place.is_term else None
    if expr is None or factor in (None, 1.0) or (whole and not (factor and case.telling)):
        return
    assert factor is not None
    shown, template = name_of(factor), "b*a"
    if factor == 0:
        code, change, template = "extra-term", "leave this term out", ""
        words = f"a term too many: without {text} the claim is right"
    elif factor == -1:
        code, change, template = "sign" if whole else "sign-of-term", "turn the sign here", "-a"
        words = "the sign is wrong" if whole else f"the sign of a term is wrong: {text}"
    else:
        few = f"a factor {shown} is missing in {text}"
        words = few if abs(factor) >= 1 else f"a factor {name_of(1 / factor)} too many in {text}"
        code, change = "factor", f"multiply by {shown} here"

    def make(at: Seen) -> Array | None:
        return place.put(factor * value(expr, at), at)

    mended: Callable[[], str] | None = None
    with suppress(AutogradError):  # a number may have a name that is not in the language, as ln 10
        mended = partial(place.mended, syntax(template, place, Part(None, syntax(shown)))) if template else None
    yield Variant(words, make, True, (place.span,), change, mended, code)


def _solved(place: Place, expr: Expr, at: Seen) -> float | None:
    """The factor of a part with which a formula gives the right value at a point; None where there is none."""
    with np.errstate(all="ignore"):
        none, one = (place.put(factor * value(expr, at), at) for factor in (0.0, 1.0))
        if none is None or one is None or not np.isfinite(slope := one - none).all() or not slope.any():
            return None
        index = np.unravel_index(int(np.abs(slope).argmax()), slope.shape)
        factor = float((at.truth[index] - none[index]) / slope[index])
    if not math.isfinite(factor):
        return None
    near = float(Fraction(factor).limit_denominator(60))
    return near if abs(near - factor) <= 1e-6 * max(abs(factor), 1e-3) else factor
