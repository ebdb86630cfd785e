"""The claim is the gradient times a number that is the same everywhere, which is named by what it is."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator
from fractions import Fraction

import numpy as np

from autograd_core.claims.mistakes.case import Case, Variant
from autograd_core.claims.passes import pulled
from autograd_core.claims.targets import STEP
from autograd_core.expr.nodes import Call, Const
from autograd_core.number_text import found_text
from autograd_core.ops.registry import op
from autograd_core.ops.spec import OpSpec

AVERAGING, SUMMING, DIVIDING = frozenset([op.mean]), frozenset([op.sum]), frozenset([op.div])
_AVERAGES = AVERAGING | frozenset([op.var, op.std])

FEW_DIGITS = 1e-3
"""How far a factor is from 1 that comes of a number with too few digits."""

NEAR = 1e-9
"""Relative difference up to which a number is one that has a name."""

_NAMED: tuple[tuple[str, float, int], ...] = (
    ("", 1.0, 60),
    ("pi", math.pi, 360),
    ("ln 10", math.log(10), 360),
    ("ln 2", math.log(2), 360),
    ("ln 3", math.log(3), 360),
    ("ln 5", math.log(5), 360),
    ("sqrt(pi)", math.sqrt(math.pi), 360),
    ("sqrt(2*pi)", math.sqrt(2 * math.pi), 360),
    ("pi**2", math.pi**2, 360),
    ("e", math.e, 360),
    ("ln 10/ln 2", math.log2(10), 360),
)
"""Numbers by name, and the largest denominator of a fraction that they are told with."""


def name_of(number: float) -> str:
    """A number as a person writes it: ``2``, ``1/3``, ``pi/180``, ``1/ln 10``, ``sqrt(3)``, else six digits."""
    size, sign = abs(number), "-" if number < 0 else ""
    if size == 0 or not math.isfinite(size):
        return f"{number:g}"
    for text, value, most in _NAMED:
        for power in (1, -1):
            ratio = _fraction(size / value**power, most)
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
        change = None if _nearly_one(ratio) else change
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
    if not case.telling and not (nice and (near.numerator in (1, -1) or near.denominator == 1)):
        return None
    return float(near) if nice and abs(near.denominator) <= 60 else ratio


def _named(case: Case, ratio: float) -> tuple[str, str]:
    """A constant factor in words: what the number is in this expression, if it is something."""
    what = "the step before" if case.target.kind == STEP else f"the {case.target.kind}"
    if ratio == 0:
        return "zero", f"the claim is 0 everywhere, and {what} is not"
    if ratio == -1:
        return "sign", f"the sign is wrong: the claim is -1 times {what}"
    size = abs(ratio)
    written = name_of(ratio)
    times = f"the claim is {written} times {what}"
    if size in (counts := {**_lengths(case, _AVERAGES), **_divisors(case)}):
        words = f"{name_of(size)} is the number of entries in {counts[size]}"
        return "sum-for-mean", f"a sum where a mean was: {times}, and {words}"
    if _nearly_one(size):
        off = f"the claim is {'more' if size > 1 else 'less'} than {what} by {name_of(abs(size - 1))} of it everywhere"
        return "factor", f"{off}: a number in it has too few digits, or is another"
    inverse = round(1 / size)
    if abs(1 / size - inverse) < 1e-9 and inverse in (sums := _lengths(case, SUMMING)):
        return "mean-for-sum", f"a mean where a sum was: {times}, and {sums[inverse]} adds {inverse} entries"
    meaning = next((f"; {text}" for number, text in _meanings(case) if abs(number / size - 1) < NEAR), "")
    missing = f"; a factor {name_of(1 / ratio)} is missing" if size < 1 else f"; a factor {written} too many"
    return "factor", f"a constant factor: {times} everywhere{missing}{meaning}"


def _nearly_one(ratio: float) -> bool:
    """Whether a factor is that of a number with too few digits, as 3.14 is for pi."""
    return 0 < abs(ratio - 1) < FEW_DIGITS


def _meanings(case: Case) -> Iterator[tuple[float, str]]:
    """What numbers made of the lengths of inputs are, and those of changes of units and bases."""
    for name, array in case.problem.inputs.items():
        for axis, length in enumerate(array.shape):
            where = "entries" if array.ndim == 1 else "rows" if axis == array.ndim - 2 else "columns"
            words = f"the number of {where} of {name}"
            if length > 2:
                yield from ((number, f"{length} is {words}") for number in (length, 1 / length))
                if math.isqrt(length) ** 2 != length:
                    yield from ((number, f"the root of {words}") for number in (math.sqrt(length), length**-0.5))
    yield 180 / math.pi, "from radians to degrees"
    yield math.pi / 180, "from degrees to radians"
    for base in (2, 10):
        words = f"the logarithm to base {base} has the derivative 1/(x*ln {base})"
        yield from ((number, words) for number in (math.log(base), 1 / math.log(base)))


def _lengths(case: Case, ops: Collection[OpSpec]) -> dict[float, str]:
    """How many entries each reduction of the expression by some operations is taken of, with its text."""
    found: dict[float, str] = {}
    for node in case.problem.order:
        if isinstance(node, Call) and node.op in ops:
            found[math.prod(node.operands[0].shape) / max(math.prod(node.shape), 1)] = case.text(node)
    return {count: text for count, text in found.items() if count > 2}


def _divisors(case: Case) -> dict[float, str]:
    """The numbers above 2 that the expression is divided by, with the quotient."""
    quotients = [node for node in case.problem.order if isinstance(node, Call) and node.op in DIVIDING]
    pairs = [(node.operands[1], case.text(node)) for node in quotients]
    found = {float(by.value): text for by, text in pairs if isinstance(by, Const) and by.shape == ()}
    return {number: text for number, text in found.items() if number > 2}


def grad_tensor(case: Case) -> Iterator[Variant]:
    """The claim is the gradient without the grad tensor."""
    node, result = case.node, case.problem.result
    if case.problem.weights is not None and node is not None and case.fits:
        v = case.problem.v
        yield Variant(
            f"{v} is left out: this is the gradient for a grad tensor of ones, not v.J",
            lambda at: pulled([result], [np.ones(result.shape)], at.point.values).get(node),
            spans=(case.span,),
            change=f"weigh with {v} here",
        )
