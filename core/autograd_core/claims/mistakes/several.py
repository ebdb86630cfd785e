"""Two or three mistakes at once, that explain a claim only together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from itertools import combinations, product
from typing import Any

import numpy as np

from autograd_core.claims.compare import Seen
from autograd_core.claims.mistakes import scaling
from autograd_core.claims.mistakes.case import FAILURES, Case, Variant
from autograd_core.claims.mistakes.written import Mend
from autograd_core.claims.report import Diagnosis

MOST_NAMED = 6
"""Characters of a number that is told as the factor besides another mistake: ``2``, ``-1/3``, ``pi/180``."""

SAME = 1e-9
"""Relative difference up to which a factor is 1."""

MAX_EDITS = 70
"""Changes of a claim's text that are tried two by two."""

Tried = tuple[str, Variant, Any]
"""The code of a mistake, a variant of it that does not explain a claim alone, and its value at the first point."""


def pairs(case: Case) -> Iterator[Variant]:
    """Two mistakes that explain a claim together: one that mends it, and one that makes what it is then.

    The claim as it is and the gradient itself, which have no code, stand for one of the two beside a factor.
    """
    first = case.seen[0]
    mended: list[Tried] = [("", Variant("", lambda at: at.value, mends=True), first.value)]
    made: list[Tried] = [("", Variant("", lambda at: at.truth), first.truth)]
    for code, variant in case.tried:
        if case.deadline.passed:
            return
        there = _value(variant, first)
        if there is not None and np.isfinite(there).all():
            (mended if variant.mends else made).append((code, variant, there))
    apart = [each for each in mended if each[0] != "extra-term" and each[2] is not None and case.telling]
    for (code, one, mine), (other_code, other, theirs) in product(apart, made):
        ratio = _ratio(mine, theirs) if code or other_code else None
        if ratio is not None and (abs(ratio - 1) >= SAME or (code and other_code)):
            yield _together(case, one, other, ratio)
    yield from _two_edits([variant for _, variant, _ in mended])


def _value(variant: Variant, at: Seen) -> Any:
    try:
        with np.errstate(all="ignore"):
            return variant.make(at)
    except FAILURES:
        return None


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


def _together(case: Case, one: Variant, other: Variant, ratio: float) -> Variant:
    """One mistake that mends the claim to a multiple of what another makes of the gradient."""
    factor: list[Diagnosis] = []
    if abs(ratio + 1) < SAME:
        factor = [Diagnosis("sign", "the sign is wrong", (case.span,))]
    elif abs(ratio - 1) >= SAME:
        number, rest = (1 / ratio, "is missing") if abs(ratio) < 1 else (ratio, "too many")
        factor = [Diagnosis("factor", f"a constant factor {scaling.name_of(number)} {rest}", (case.span,))]

    def make(at: Seen) -> Any:
        mine, theirs = _value(one, at), _value(other, at)
        return at.truth if theirs is not None and case.same(mine, ratio * theirs, at) else None

    return Variant(lambda: joined([*(each.diagnosis for each in (one, other) if each.code), *factor]), make, True)


def _two_edits(mended: Sequence[Variant]) -> Iterator[Variant]:
    """Two changes of the claim's own text."""
    single = [(each, each.make) for each in mended if isinstance(each.make, Mend)]
    for (one, first), (other, second) in combinations(single[:MAX_EDITS], 2):
        if not any(each.overlaps(place) for each in first.changes for place in second.changes):
            both = Mend(first.written, {**first.changes, **second.changes})
            yield Variant(partial(_edited, (one, other), both), both, mends=True)


def _edited(pair: Sequence[Variant], both: Mend) -> Diagnosis:
    whole = both.written.mended(both.texts) if all(both.texts.values()) else None
    return replace(joined([each.diagnosis for each in pair]), mended=whole)


def joined(parts: list[Diagnosis]) -> Diagnosis:
    """Several mistakes at once, told as one answer."""
    if len(parts) == 1:
        return parts[0]
    text = f"{'two' if len(parts) == 2 else 'three'} mistakes: " + "; and ".join(part.text for part in parts)
    spans = tuple(dict.fromkeys(span for part in parts for span in part.spans))
    changes = "; ".join(part.change for part in parts if part.change)
    return Diagnosis("several", text, spans, changes or None)
