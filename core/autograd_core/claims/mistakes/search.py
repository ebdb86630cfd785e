"""The loop over mistakes: one that explains a claim, or two together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np
import numpy.typing as npt

from autograd_core.claims.mistakes.case import FAILURES, Case, Mistake, Variant
from autograd_core.claims.mistakes.factors import name_of
from autograd_core.claims.report import Diagnosis

Array = npt.NDArray[Any]
Sided = tuple[tuple[Variant, ...], Array]
"""Mistakes on one side, none or one, and what they make at the first point."""

MOST_NAMED = 6
"""Characters of a number that is told as the factor besides another mistake: ``2``, ``-1/3``, ``pi/180``."""

SAME = 1e-9
"""Relative difference up to which a factor is 1."""


def search(case: Case, mistakes: Sequence[Mistake]) -> list[Diagnosis]:
    """The first mistake that explains a case, and one more that says how to mend the text where the first does not."""
    found: list[Diagnosis] = []
    for mistake in mistakes:
        for variant in _variants(mistake, case):
            if case.late:
                return found
            if isinstance(variant, Diagnosis):
                one = variant
            elif (not found or variant.mended) and case.explains(variant):
                one = variant.diagnosis
            else:
                continue
            found.append(one)
            if one.mended or (one.code in ("factor", "sign", "transposed", "zero") and one.spans):
                return found
            break
    return found


def _variants(mistake: Mistake, case: Case) -> Iterator[Variant | Diagnosis]:
    """The variants of a mistake, with its code where they have none; a case that it cannot be tried on has none."""
    with suppress(*FAILURES):
        for each in mistake.variants(case):
            if each is not None:
                yield replace(each, code=each.code or mistake.code)


def in_pairs(case: Case, mistakes: Sequence[Mistake]) -> list[Diagnosis]:
    """Two mistakes that explain a claim together: of one that mends it, one that changes the gradient, and a factor."""
    first = case.seen[0]
    mending: list[Sided] = [] if first.value is None else [((), first.value)]
    making: list[Sided] = [((), first.truth)]
    for mistake in mistakes:
        for variant in _variants(mistake, case) if mistake.pairs and case.telling else ():
            with suppress(*FAILURES), np.errstate(all="ignore"):
                there = variant.make(first) if isinstance(variant, Variant) and not case.late else None
                if isinstance(variant, Variant) and there is not None and np.isfinite(there).all():
                    (mending if variant.mends else making).append(((variant,), there))
    for (one, mine), (other, theirs) in product(mending, making):
        parts = (*one, *other)
        with np.errstate(all="ignore"):
            ratio = None if case.late or not parts else _ratio(mine, theirs)
        # Three mistakes at once make nearly any claim: beside two there is no factor.
        if ratio is not None and (abs(ratio - 1) < SAME) == (len(parts) == 2) and case.explains(*parts, ratio=ratio):
            return [_joined([*(each.diagnosis for each in parts), *_factor(case, ratio)])]
    return []


def _ratio(one: Array, other: Array) -> float | None:
    """The nice number between two arrays, None where there is none."""
    if one.shape != other.shape or not other.any():
        return None
    index = np.unravel_index(int(np.abs(other).argmax()), other.shape)
    ratio = float(one[index] / other[index])
    room = 1e-6 * np.abs(ratio * other) + 1e-9 * np.abs(one).max()
    if ratio == 0 or not np.isfinite(ratio) or not (np.abs(one - ratio * other) <= room).all():
        return None
    name = name_of(ratio)
    return ratio if len(name) <= MOST_NAMED and "." not in name else None


def _factor(case: Case, ratio: float) -> list[Diagnosis]:
    """A factor beside another mistake; none for 1."""
    if abs(ratio + 1) < SAME:
        return [Diagnosis("sign", "the sign is wrong", (case.span,))]
    number, rest = (1 / ratio, "is missing") if abs(ratio) < 1 else (ratio, "too many")
    text = f"a constant factor {name_of(number)} {rest}"
    return [Diagnosis("factor", text, (case.span,))] if abs(ratio - 1) >= SAME else []


def _joined(parts: list[Diagnosis]) -> Diagnosis:
    """Two mistakes at once, told as one answer."""
    text = "two mistakes: " + "; and ".join(part.text for part in parts)
    spans = tuple(dict.fromkeys(span for part in parts for span in part.spans))
    return Diagnosis("several", text, spans, "; ".join(part.change for part in parts if part.change) or None)
