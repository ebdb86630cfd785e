"""The claim is the gradient times a number that is the same everywhere; or v is missing."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

import numpy as np

from autograd_core.claims.diagnosis.case import Case
from autograd_core.claims.diagnosis.edits import AVERAGING, DIVIDING, SUMMING
from autograd_core.claims.run import pulled
from autograd_core.claims.verdict import Diagnosis
from autograd_core.expr.nodes import Call, Const
from autograd_core.expr.text import write
from autograd_core.number_text import number_text
from autograd_core.ops.registry import primitives

_AVERAGES = AVERAGING | primitives("var", "std")
"""Operations that divide by the number of entries."""


def explain(case: Case) -> Iterator[Diagnosis]:
    """A constant factor, by its name where it has one; a claim without the grad tensor."""
    if case.evidence.claimed_shape != case.evidence.shape:
        return
    ratio = _ratio(case)
    if ratio is not None and ratio != 1 and case.explains(lambda look: ratio * look.truth):
        yield _named(case, ratio)
    if case.problem.weights is not None and case.evidence.target is not None:
        target = case.evidence.target
        if case.explains(
            lambda look: pulled([case.problem.result], [np.ones(case.problem.result.shape)], look.point.values).get(
                target
            )
        ):
            v = case.problem.v
            yield Diagnosis("grad-tensor", f"{v} is left out: this is the gradient for a grad tensor of ones, not v.J")


def _ratio(case: Case) -> float | None:
    """The one number between claim and gradient, None where there can be none."""
    if not any(look.truth.any() for look in case.looks):
        return None
    look = max(case.looks, key=lambda each: float(np.abs(each.truth).max(initial=0)))
    place = int(np.abs(look.truth).argmax())
    ratio = float(look.claim.ravel()[place] / look.truth.ravel()[place])
    near = Fraction(ratio).limit_denominator(1000) if 1e-6 < abs(ratio) < 1e9 else Fraction(0)
    nice = near != 0 and abs(float(near) - ratio) <= 1e-6 * abs(ratio)
    if not case.telling and not (nice and (near.numerator in (1, -1) or near.denominator == 1)):
        return None
    return float(near) if nice else ratio


def _named(case: Case, ratio: float) -> Diagnosis:
    """A constant factor in words: what the number is in this expression, if it is something."""
    if ratio == 0:
        return Diagnosis("zero", "the claim is 0 everywhere, and the gradient is not")
    if ratio == -1:
        return Diagnosis("sign", "the sign is wrong: the claim is -1 times the gradient")
    size = abs(ratio)
    times = f"the claim is {_written(ratio)} times the gradient"
    if size in (counts := _counts(case)):
        words = f"{_written(size)} is the number of entries in {counts[size]}"
        return Diagnosis("sum-for-mean", f"a sum where a mean was: {times}, and {words}")
    inverse = round(1 / size)
    if abs(1 / size - inverse) < 1e-9 and inverse in (sums := _sums(case)):
        return Diagnosis("mean-for-sum", f"a mean where a sum was: {times}, and {sums[inverse]}")
    sizes = _sizes(case)
    meaning = f"; {_written(size)} is {sizes[size]}" if size in sizes else ""
    missing = f"; a factor {_written(1 / ratio)} is missing" if size < 1 else ""
    return Diagnosis("factor", f"a constant factor: {times} everywhere{missing}{meaning}")


def _written(number: float) -> str:
    """A number as a person writes it: 2, 1/3, 0.7321."""
    near = Fraction(number).limit_denominator(1000)
    return str(near) if abs(float(near) - number) <= 1e-9 * abs(number) else number_text(number)


def _counts(case: Case) -> dict[float, str]:
    """How many entries each mean (or variance) of the expression is taken of."""
    found: dict[float, str] = {}
    for node in case.problem.order:
        if isinstance(node, Call):
            count = node.operands[0].shape and int(np.prod(node.operands[0].shape)) // max(int(np.prod(node.shape)), 1)
            divided = node.op in DIVIDING and isinstance(node.operands[1], Const) and node.operands[1].shape == ()
            if node.op in _AVERAGES and count and count > 2:
                found[float(count)] = write(node, most=60)
            elif divided and isinstance(node.operands[1], Const) and float(node.operands[1].value) > 2:
                found[float(node.operands[1].value)] = write(node, most=60)
    return found


def _sums(case: Case) -> dict[int, str]:
    """How many entries each sum of the expression has, in words."""
    found: dict[int, str] = {}
    for node in case.problem.order:
        if node.op in SUMMING:
            count = int(np.prod(node.operands[0].shape)) // max(int(np.prod(node.shape)), 1)
            if count > 2:
                found[count] = f"{write(node, most=60)} adds {count} entries"
    return found


def _sizes(case: Case) -> dict[float, str]:
    """Lengths above 2 of the inputs, in words."""
    found: dict[float, str] = {}
    for name, array in case.problem.inputs.items():
        for axis, length in enumerate(array.shape):
            if length > 2:
                where = "entries" if array.ndim == 1 else "rows" if axis == array.ndim - 2 else "columns"
                found.setdefault(float(length), f"the number of {where} of {name}")
    return found
