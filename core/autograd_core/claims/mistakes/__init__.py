"""Why a claim is wrong: a table of the mistakes people make, and one loop over it.

A mistake makes the wrong gradient from the right one, or mends the claim; it is told if it does so at every point.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any

import numpy as np

from autograd_core.claims.mistakes import arrangement, backward, edits, scaling
from autograd_core.claims.mistakes.case import MAX_POINTS, Case, Deadline, Look, Mistake, Variant
from autograd_core.claims.passes import NoValueError
from autograd_core.claims.report import Diagnosis
from autograd_core.errors import AutogradError
from autograd_core.report import shape_text

__all__ = ["MAX_POINTS", "MISTAKES", "Case", "Deadline", "diagnose"]

MISTAKES: tuple[Mistake, ...] = (
    Mistake("transposed", arrangement.transposed),
    Mistake("shape", arrangement.another_shape),
    Mistake("factor", scaling.constant_factor),
    Mistake("grad-tensor", scaling.grad_tensor, pairs=True),
    Mistake("missing-term", backward.cross_term),
    Mistake("missing-term", backward.path, pairs=True),
    Mistake("missing-sum", arrangement.missing_sum),
    Mistake("extra-sum", arrangement.extra_sum),
    Mistake("order", arrangement.wrong_order_of_entries),
    Mistake("other-variable", backward.another_variable),
    Mistake("value", backward.value_for_gradient),
    Mistake("chain", backward.stopped_early),
    Mistake("missing-term", backward.diagonal_of_jacobian),
    Mistake("transposed", edits.transposed_part, pairs=True),
    Mistake("chain", backward.local_derivative, pairs=True),
    Mistake("extra-term", edits.part_too_many, pairs=True),
    Mistake("number", edits.exponent_or_number, pairs=True),
    Mistake("factor", edits.factor_of_part),
    Mistake("chain", edits.part_missing),
    Mistake("sum-for-mean", edits.sum_for_mean),
    Mistake("order", edits.order_of_factors),
    Mistake("chain", edits.missing_matrix),
    Mistake("product", edits.kind_of_product, pairs=True),
    Mistake("product", edits.function_taken_out),
    Mistake("exchanged", edits.exchanged),
    Mistake("name", edits.another_name, pairs=True),
    Mistake("exchanged", edits.moved_factor),
    Mistake("order", edits.order_of_entries),
    Mistake("missing-sum", edits.sum_of_part),
    Mistake("integrated", backward.integrated),
    Mistake("symmetric", arrangement.convention),
    Mistake("wrong-term", edits.wrong_term),
    Mistake("other-variable", backward.another_variable_negated),
)
"""What is tried, in this order."""

MAX_EDITS = 70
"""Changes of a claim's text that are tried two by two."""


def diagnose(case: Case, symmetric: Callable[[], Iterator[tuple[str, Case]]] | None = None) -> list[Diagnosis]:
    """The mistake that explains a wrong claim, and after it one that says where in its text; empty where none does.

    ``symmetric`` gives the case at points where matrices are symmetric, for a claim that is wrong even there.
    """
    tried: list[tuple[Mistake, Variant]] = []
    found = _single(case, MISTAKES, tried)
    if found and found[0].code in ("factor", "sign"):  # -cos(3*x)/3 for sin(3*x) is no slip of a factor
        other = _single(case, [each for each in MISTAKES if each.code == "integrated"], [])
        found = [*other, *found] if found[0].code == "factor" else [*found, *other]
    if found or symmetric is None:
        return found
    for condition, there in symmetric():
        ahead = _single(there, [each for each in MISTAKES if each.code not in ("value", "wrong-term")], [])
        if ahead and ahead[0].code not in ("factor", "mean-for-sum", "sum-for-mean"):
            return [replace(ahead[0], text=f"{ahead[0].text}; and even then it is right only when {condition}")]
    return two_mistakes(case, tried) or _shape(case)


def _single(case: Case, mistakes: Sequence[Mistake], tried: list[tuple[Mistake, Variant]]) -> list[Diagnosis]:
    """The first mistake that explains a case, and one more that says how to mend the text where the first does not."""
    found: list[Diagnosis] = []
    for mistake in mistakes:
        for variant in _variants(mistake, case):
            if case.deadline.passed:
                return found
            if found and not variant.mended:
                continue
            if case.explains(variant):
                one = variant.diagnosis(mistake.code)
                if one.mended or (one.code in ("factor", "sign", "transposed", "zero") and one.spans):
                    return [*found, one]
                found.append(one)
                break
            tried.append((mistake, variant))
    return found


def _variants(mistake: Mistake, case: Case) -> Iterator[Variant]:
    """The variants of a mistake; a case that it cannot be tried on has none."""
    variants = mistake.variants(case)
    while True:
        try:
            variant = next(variants, None)
        except (AutogradError, NoValueError, ValueError, IndexError):
            return
        if variant is None:
            return
        yield variant


def two_mistakes(case: Case, tried: Sequence[tuple[Mistake, Variant]]) -> list[Diagnosis]:
    """Two mistakes that explain a claim together: one that mends it, and one that makes what it is then."""
    made: list[Tried] = []
    mended: list[Tried] = []
    first = case.looks[0]
    for mistake, variant in tried:
        if case.deadline.passed:
            return []
        there = _value(variant, first) if mistake.pairs else None
        if there is not None and np.isfinite(there).all():
            (mended if variant.mends else made).append(Tried(mistake.code, variant, there))
    claim = Tried("", Variant("", lambda look: look.claim, mends=True), first.claim)
    whole = Tried("", Variant("", lambda look: look.truth), first.truth)
    apart = [each for each in mended if each.code not in ("extra-term", "chain")]
    for one in [claim, *apart] if first.claim is not None else apart:
        for other in [whole, *made]:
            if not one.code and not other.code:
                continue
            ratio = _ratio(one.there, other.there)
            if ratio is None or (ratio == 1 and not (one.code and other.code)):
                continue
            if _together(case, one.variant, other.variant, ratio):
                parts = [each.variant.diagnosis(each.code) for each in (one, other) if each.code]
                if ratio != 1:
                    words = "the sign is wrong" if ratio == -1 else _factor_words(ratio)
                    parts.append(Diagnosis("sign" if ratio == -1 else "factor", words, (case.span,)))
                return [_joined(parts)]
    return _two_edits(case, mended)


@dataclass(frozen=True, slots=True, eq=False)
class Tried:
    """A variant that does not explain a claim alone, and its value at the first point."""

    code: str
    variant: Variant
    there: Any


def _value(variant: Variant, look: Look) -> Any:
    try:
        with np.errstate(all="ignore"):
            return variant.make(look)
    except (AutogradError, NoValueError, ValueError, IndexError, ZeroDivisionError):
        return None


def _factor_words(ratio: float) -> str:
    if abs(ratio) < 1:
        return f"a constant factor {scaling.name_of(1 / ratio)} is missing"
    return f"a constant factor {scaling.name_of(ratio)} too many"


def _ratio(one: Any, other: Any) -> float | None:
    """The nice number between two arrays, None where there is none."""
    if one.shape != other.shape or not other.any():
        return None
    index = np.unravel_index(int(np.abs(other).argmax()), other.shape)
    ratio = float(one[index] / other[index])
    if ratio == 0 or not np.allclose(one, ratio * other, rtol=1e-6, atol=1e-9 * float(np.abs(one).max())):
        return None
    near = next((nice for nice in _NICE if abs(ratio / nice - 1) < 1e-6), None)
    return near


_NICE = tuple(sign * size for size in (1.0, 2.0, 0.5, 3.0, 4.0, 1 / 3, 0.25) for sign in (1, -1))


def _together(case: Case, one: Variant, other: Variant, ratio: float) -> bool:
    if not case.telling:
        return False
    for look in case.looks:
        mine, theirs = _value(one, look), _value(other, look)
        if theirs is None or not case.same(mine, ratio * theirs, look):
            return False
    return True


def _two_edits(case: Case, mended: Sequence[Tried]) -> list[Diagnosis]:
    """Two changes of the claim's own text."""
    single = [each for each in mended if isinstance(each.variant.make, edits.Mend)]
    for one, other in combinations(single[:MAX_EDITS], 2):
        if case.deadline.passed:
            return []
        first, second = one.variant.make, other.variant.make
        assert isinstance(first, edits.Mend)
        assert isinstance(second, edits.Mend)
        spans = [place.span for place in (*first.changes, *second.changes)]
        if any(a[0] < b[1] and b[0] < a[1] for a, b in combinations(spans, 2)):
            continue
        both = edits.Mend(first.written, {**first.changes, **second.changes})
        if case.explains(Variant("", both, mends=True)):
            return [_joined([one.variant.diagnosis(one.code), other.variant.diagnosis(other.code)])]
    return []


def _joined(parts: list[Diagnosis]) -> Diagnosis:
    """Several mistakes at once, told as one answer."""
    if len(parts) == 1:
        return parts[0]
    text = f"{'two' if len(parts) == 2 else 'three'} mistakes: " + "; and ".join(part.text for part in parts)
    spans = tuple(dict.fromkeys(span for part in parts for span in part.spans))
    changes = "; ".join(part.change for part in parts if part.change)
    return Diagnosis("several", text, spans, changes or None)


def _shape(case: Case) -> list[Diagnosis]:
    """What is left to say of a claim of the wrong shape that nothing else explains."""
    if case.fits or case.looks[0].claim is None:
        return []
    text = (
        f"the claim has shape {shape_text(case.shape)}; a gradient has the shape of its variable, and {case.name} has "
        f"{shape_text(case.target.shape)}"
    )
    return [Diagnosis("shape", text, (case.span,))]
