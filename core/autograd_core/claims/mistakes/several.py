"""Two or three mistakes at once, that explain a claim only together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any

import numpy as np

from autograd_core.claims.compare import Comparison
from autograd_core.claims.mistakes import scaling
from autograd_core.claims.mistakes.case import FAILURES, Case, Mistake, Variant
from autograd_core.claims.mistakes.written import Mend
from autograd_core.claims.report import Diagnosis

MOST_NAMED = 6
"""Characters of a number that is told as the factor besides another mistake: ``2``, ``-1/3``, ``pi/180``."""

SAME = 1e-9
"""Relative difference up to which a factor is 1."""

MAX_EDITS = 70
"""Changes of a claim's text that are tried two by two."""


def two_mistakes(case: Case, tried: Sequence[tuple[Mistake, Variant]]) -> list[Diagnosis]:
    """Two mistakes that explain a claim together: one that mends it, and one that makes what it is then."""
    made: list[Tried] = []
    mended: list[Tried] = []
    first = case.seen[0]
    for mistake, variant in tried:
        if case.deadline.passed:
            return []
        there = _value(variant, first) if mistake.pairs else None
        if there is not None and np.isfinite(there).all():
            (mended if variant.mends else made).append(Tried(mistake.code, variant, there))
    claim = Tried("", Variant("", lambda at: at.value, mends=True), first.value)
    whole = Tried("", Variant("", lambda at: at.truth), first.truth)
    apart = [each for each in mended if each.code not in ("extra-term", "chain")]
    for one in [claim, *apart] if first.value is not None else apart:
        for other in [whole, *made]:
            if not one.code and not other.code:
                continue
            ratio = _ratio(one.there, other.there)
            if ratio is None or (abs(ratio - 1) < SAME and not (one.code and other.code)):
                continue
            if _together(case, one.variant, other.variant, ratio):
                parts = [each.variant.diagnosis(each.code) for each in (one, other) if each.code]
                if abs(ratio - 1) >= SAME:
                    minus = abs(ratio + 1) < SAME
                    words = "the sign is wrong" if minus else _factor_words(ratio)
                    parts.append(Diagnosis("sign" if minus else "factor", words, (case.span,)))
                return [joined(parts)]
    return _two_edits(case, mended)


@dataclass(frozen=True, slots=True, eq=False)
class Tried:
    """A variant that does not explain a claim alone, and its value at the first point."""

    code: str
    variant: Variant
    there: Any


def _value(variant: Variant, at: Comparison) -> Any:
    try:
        with np.errstate(all="ignore"):
            return variant.make(at)
    except FAILURES:
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
    name = scaling.name_of(ratio)
    return ratio if len(name) <= MOST_NAMED and "." not in name else None


def _together(case: Case, one: Variant, other: Variant, ratio: float) -> bool:
    if not case.telling:
        return False
    for at in case.seen:
        mine, theirs = _value(one, at), _value(other, at)
        if theirs is None or not case.same(mine, ratio * theirs, at):
            return False
    return True


def _two_edits(case: Case, mended: Sequence[Tried]) -> list[Diagnosis]:
    """Two changes of the claim's own text."""
    single = [each for each in mended if isinstance(each.variant.make, Mend)]
    for one, other in combinations(single[:MAX_EDITS], 2):
        if case.deadline.passed:
            return []
        first, second = one.variant.make, other.variant.make
        assert isinstance(first, Mend)
        assert isinstance(second, Mend)
        spans = [place.span for place in (*first.changes, *second.changes)]
        if any(a[0] < b[1] and b[0] < a[1] for a, b in combinations(spans, 2)):
            continue
        both = Mend(first.written, {**first.changes, **second.changes})
        if case.explains(Variant("", both, mends=True)):
            found = joined([one.variant.diagnosis(one.code), other.variant.diagnosis(other.code)])
            texts = {**first.texts, **second.texts}
            return [replace(found, mended=first.written.mended(texts) if len(texts) == len(both.changes) else None)]
    return []


def joined(parts: list[Diagnosis]) -> Diagnosis:
    """Several mistakes at once, told as one answer."""
    if len(parts) == 1:
        return parts[0]
    text = f"{'two' if len(parts) == 2 else 'three'} mistakes: " + "; and ".join(part.text for part in parts)
    spans = tuple(dict.fromkeys(span for part in parts for span in part.spans))
    changes = "; ".join(part.change for part in parts if part.change)
    return Diagnosis("several", text, spans, changes or None)
