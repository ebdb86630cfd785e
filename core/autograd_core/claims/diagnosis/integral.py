"""Integrated instead of differentiated."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from autograd_core.claims.diagnosis.case import Case, Look
from autograd_core.claims.diagnosis.edits import AVERAGING, SUMMING
from autograd_core.claims.run import pulled
from autograd_core.claims.verdict import Diagnosis
from autograd_core.errors import AutogradError
from autograd_core.expr.nodes import Expr
from autograd_core.expr.text import write


def explain(case: Case) -> Iterator[Diagnosis]:
    """The derivative of the claim is the expression, or what it sums."""
    formula, target = case.evidence.formula, case.evidence.target
    if formula is None or target is None or not formula.depends:
        return
    result = case.problem.result
    candidates: list[Expr] = [result]
    if result.op in SUMMING | AVERAGING:
        candidates.append(result.operands[0])
    for candidate in candidates:
        if not candidate.depends or candidate is target:
            continue
        try:
            found = all(_antiderivative(case, look, formula, candidate, target) for look in case.looks)
        except AutogradError:
            return
        if found:
            text = f"integrated instead of differentiated: the derivative of the claim is {write(candidate, most=60)}"
            yield Diagnosis("integrated", text)
            return


def _antiderivative(case: Case, look: Look, formula: Expr, candidate: Expr, target: Expr) -> bool:
    values = look.point.extended(formula)
    slope = pulled([formula], [np.ones(formula.shape)], values).get(target)
    value = values[candidate]
    if slope is None:
        return False
    if case.problem.weights is not None and value.shape == look.point.weights.shape:
        value = value * look.point.weights
    return case.same(slope, value)
