"""Every recorded gradient case: PyTorch's answers in float64, down to the kinks."""

from __future__ import annotations

from contextlib import suppress

import pytest

from autograd_core.calculate import Request, calculate
from autograd_core.errors import AutogradError
from corpus_cases import Case, array, cases, compared, inputs

CASES = [*cases("gradients.json"), *cases("operations_*.json")]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_case(case: Case) -> None:
    seed = case.get("grad_tensor")
    request = Request(
        expression=case["expr"],
        values=inputs(case),
        grad_tensors=(None if seed is None else array(seed),),
        check="none",
        formula=False,
        graph=False,
    )
    policy = case.get("policy", "match")
    if policy == "error":
        with pytest.raises(AutogradError):
            calculate(request)
        return
    if policy == "choice":
        with suppress(AutogradError):
            assert calculate(request).warnings, "a value that systems do not agree on needs a warning"
        return
    report = calculate(request)
    problem = compared(case, report.result.data, {v.name: v.grad for v in report.variables})
    assert problem is None, problem
    if policy == "match+warn":
        assert report.warnings, "non-finite numbers need a warning"
