"""Why a claim is wrong: a module for each family of mistakes, stated only where it explains every point."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

from autograd_core.claims.diagnosis import chain, factor, integral, layout, other, sums, symmetric, terms
from autograd_core.claims.diagnosis.case import Case
from autograd_core.claims.evidence import Evidence
from autograd_core.claims.verdict import Diagnosis

BUDGET = 1.0
"""Seconds after which no further family of mistakes is tried."""

TRIALS = 10
"""Gradients that a family of mistakes computes at least: where they would take longer than the budget none is tried."""

_FAMILIES: tuple[Callable[[Case], Iterator[Diagnosis]], ...] = (
    layout.explain,
    factor.explain,
    terms.explain,
    sums.explain,
    other.explain,
    chain.explain,
    other.negated,
    integral.explain,
    symmetric.explain,
)
_CHEAP = (layout.explain, factor.explain, sums.explain, other.explain)


def diagnose(evidence: Evidence, answer: str | None) -> list[Diagnosis]:
    """The mistake that explains a wrong claim, and after it others that explain it as well; empty where none does.

    ``answer`` is the right formula, where there is one.
    """
    case = Case.of(evidence, answer)
    found: list[Diagnosis] = []
    if case is not None and TRIALS * evidence.problem.work.backward / 1e9 < BUDGET:
        deadline = time.monotonic() + BUDGET
        for family in _FAMILIES:
            if time.monotonic() > deadline or (found and family not in _CHEAP):
                continue
            one = next(family(case), None)
            if one is not None and one.code not in [each.code for each in found]:
                found.append(one)
        if found and found[0].code in ("factor", "sign") and (one := next(integral.explain(case), None)) is not None:
            found.insert(0 if found[0].code == "factor" else 1, one)  # -cos(3*x)/3 for sin(3*x) is no slip of a factor
    if not found and (wrong := layout.wrong_shape(evidence)) is not None:
        found.append(wrong)
    return found
