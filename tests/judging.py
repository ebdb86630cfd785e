"""What the tests of claims have in common: one claim, judged."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_core.claims.judge import judge
from autograd_core.claims.report import Judgement
from autograd_core.claims.request import ClaimsRequest


def judged(expression: str, claim: str, v: Any = None, **inputs: Any) -> Judgement:
    """The verdict on one claim."""
    values = {name: np.asarray(value, dtype=np.float64) for name, value in inputs.items()}
    weights = None if v is None else np.asarray(v, dtype=np.float64)
    return judge(ClaimsRequest(expression, values, [claim], grad_tensor=weights)).judgements[0]


def code(judgement: Judgement) -> str | None:
    """The mistake that was found."""
    return judgement.diagnosis.code if judgement.diagnosis else None
