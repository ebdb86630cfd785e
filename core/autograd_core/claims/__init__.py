"""Gradients that somebody derived by hand: read, judged at several points, and, where wrong, diagnosed."""

from __future__ import annotations

from autograd_core.claims.judge import judge as judge_all
from autograd_core.claims.report import ClaimsReport
from autograd_core.claims.request import ClaimsRequest
from autograd_core.phases import phase

__all__ = ["judge_claims"]


@phase("judging the claims")
def judge_claims(request: ClaimsRequest) -> ClaimsReport:
    """Judge every claim of a request.

    Raises ExpressionError, ShapeError, GradientError, DomainError, LimitError or UsageError where the expression, the
    numbers or the text of a claim cannot be read; what is wrong with a claim itself is a verdict.
    """
    return judge_all(request)
