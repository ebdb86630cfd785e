"""Gradients that somebody derived by hand: read, judged at several points, and, where wrong, diagnosed.

Importing this package loads no NumPy.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from autograd_core.phases import phase

if TYPE_CHECKING:
    from autograd_core.claims.report import ClaimsReport
    from autograd_core.claims.request import ClaimsRequest

__all__ = ["judge_claims"]


@phase("judging the claims")
def judge_claims(request: ClaimsRequest) -> ClaimsReport:
    """Judge every claim of a request.

    Raises ExpressionError, ShapeError, GradientError, DomainError, LimitError or UsageError where the expression, the
    numbers or the text of a claim cannot be read; what is wrong with a claim itself is a verdict.
    """
    from autograd_core.claims.judge import judge

    return judge(request)
