"""The cross-check: witnesses that do not trust the engine, and what they say of its gradients.

Each witness starts from the parsed expression and the numbers, never from the tape. What it shares with the engine it
cannot judge; so it is stated here, with the kind of bug that each could miss.

*By element* (``elements``; method ``sympy``). One symbol for each entry; SymPy differentiates the whole formula, chain
rule and sums included. Shares: the parsed expression; the forward of operations that only move and add entries, run on
symbols; NumPy's elementary functions where the formula is evaluated. Uses no derivative rule of the engine. Could miss:
an expression that was read wrongly; a meaning (``op.symbolic``) that is wrong in the same way as forward and rule.

*Kernels* (``sweep``; method ``sympy-kernels``). SymPy differentiates every elementwise region as one scalar function;
softmax, norms, variances and choices by size are first written out in elementary parts (``expand``); small operations
on matrices get their whole Jacobian by SymPy (``dense``). Shares in addition: the forward of linear operations, and the
engine's adjoint of them, which is proved for each operation at its own operands against the operation itself along
random directions (``linear``). Accumulation and sums over broadcast axes are its own. Could miss, in addition: a wrong
forward of a linear operation. Entries are counted as compared.

*Tangent rules* (``projections``, ``samples``). An operation that is neither of these (a large inverse, determinant,
decomposition) has a tangent rule of its own, ``op.jvp``, or where there is none central differences of its forward. The
adjoint is proved against that; the gradient is tested along random directions, and SymPy is asked for single entries
where it can. Could miss: a tangent rule and an adjoint that are wrong together. Entries are counted as covered, those
SymPy confirmed as compared.

*Numeric* (``numeric``). Central differences of the value. Shares the whole forward. Could miss: a wrong forward, a
misread expression, and errors below a relative 1e-5, or in single entries of a large input that is tested along
directions. Entries where ever smaller steps settle on no slope (``differences``) are not compared.

*Reading* (``reading``). The text is carried out a second time on Python's syntax tree with NumPy's operators, for the
value alone. Shares the grammar and the functions called by name. This is what sees an expression that was read wrongly.

Before the engine is called wrong, SymPy's formulas are computed with 50 digits, and rounding in the engine's is allowed
for (``rounding``). No witness can see an error that it shares, nor a difference below its tolerance. At a kink there is
no derivative: such entries are counted apart. Entries where one side is not a finite number, or that rounding alone
blurs, are not compared, and the reason says so; nor is what differs where numbers occur whose squares are no floats
(``extremes``), unless an operation is found wrong by itself.

Importing this package loads neither NumPy nor SymPy.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from autograd_core.check.question import Findings, Question

if TYPE_CHECKING:
    from autograd_core.report import Warning

SLACK = 1.5
"""How many times the budget a check may be foreseen to take: the foreseeing is not exact, and the clock stops it."""

__all__ = ["Findings", "Question", "blame", "check", "find_kinks"]


def check(question: Question, method: str = "sympy") -> Findings:
    """Ask a witness about the gradients: "sympy", "numeric", "all" for both, "none" for nobody.

    Never raises for what a witness cannot do: that is a finding. Takes no longer than ``question.budget`` and a second.
    """
    from autograd_core.check.verdict import skipped

    if method == "none":
        return skipped(question, method, "--check none")

    import numpy as np

    from autograd_core.check.detached import with_constants
    from autograd_core.check.judge import judge
    from autograd_core.work import spell, work

    try:
        least = work(question.result, question.wanted).proof / 1e9
        if least > SLACK * question.budget:
            why = f"the check would take about {spell(least)}, longer than its budget of {spell(question.budget)}"
            return skipped(question, method, why)
        with np.errstate(all="ignore"):
            return judge(with_constants(question), method)
    except Exception as error:  # a check that breaks is no answer: it says so and counts nothing
        return skipped(question, method, f"the cross-check failed: {type(error).__name__}: {str(error)[:100]}")


def blame(question: Question) -> list[Warning]:
    """For values and gradients that are not finite: where it began, why, and what to write instead."""
    from autograd_core.report import all_finite

    if all_finite(question.value) and all(all_finite(question.gradients[name]) for name in question.wanted):
        return []

    import numpy as np

    from autograd_core.check import nonfinite

    with np.errstate(all="ignore"):
        return nonfinite.blame(question)


def find_kinks(question: Question) -> list[Warning]:
    """The points at which the expression is not differentiable, and the choice made there."""
    from autograd_core.check import kinks

    return kinks.find_kinks(question)
