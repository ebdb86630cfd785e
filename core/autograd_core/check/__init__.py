"""The cross-check: witnesses that do not trust the engine, and what they say of its gradients.

``ladder`` says in which order they are heard and why. Each starts from the parsed expression and the numbers, never
from the tape. What it shares with the engine it cannot judge; so it is stated here, with what each could miss.

*Entrywise* (``witnesses.entrywise``; method ``sympy``). One symbol for each entry; SymPy differentiates the whole
formula, chain rule and sums included. Shares: the parsed expression; the forward of operations that only move and add
entries, run on symbols; NumPy's elementary functions where the formula is evaluated. Uses no derivative rule of the
engine. Could miss: an expression that was read wrongly; a meaning (``op.symbolic``) that is wrong in the same way as
forward and rule.

*Kernels* (``witnesses.sweep``; method ``sympy-kernels``). SymPy differentiates every elementwise operation as a scalar
function; softmax, norms, variances and choices by size are first written in elementary parts.
Shares in addition: the forward of linear operations, and the engine's adjoint of them, which is proved
for each operation at its own operands against the operation itself along random directions (``sweep``). Accumulation
and sums over broadcast axes are its own. Could miss, in addition: a wrong forward of a linear operation. Entries are
counted as compared.

Of an operation that is neither of these (an inverse, a determinant, a decomposition) the adjoint is proved against
central differences of its forward (an error below a relative 1e-5 is missed). Entries that rest on it are counted as
covered. Where an adjoint has no proof the numeric witness is heard.

*Numeric* (``witnesses.numeric``). Central differences of the value. Shares the whole forward. Could miss: a wrong
forward, a misread expression, and errors below a relative 1e-5, or in single entries of a large input that is tested
along directions. Entries where ever smaller steps settle on no slope are not compared.

*Second reading* (``witnesses.rereading``). The text is carried out a second time on Python's syntax tree with NumPy's
operators, for the value alone. Shares the grammar and the functions called by name. This is what sees an expression
that was read wrongly.

No witness can see an error that it shares, nor a difference below its tolerance. At a kink (``kinks``) there is no
derivative: such entries are counted apart. Entries where one side is not a finite number, or that rounding alone blurs
(``compare.rounding``), are not compared, and the reason says so; nor are inputs on whose way to the result a witness
computes with something else than the engine (``compare.rounding``). What only a check needs
is imported when it runs.
"""

from __future__ import annotations

import numpy as np

from autograd_core.check.compare.comparison import NOT_ASKED, skipped
from autograd_core.check.kinks import find_kinks
from autograd_core.check.question import Findings, Question
from autograd_core.phases import phase
from autograd_core.report import Warning, all_finite

RAISE_ERRORS = False
"""Whether an error inside a witness is raised; the tests say so, for it is a defect."""

_PHASES = {
    "sympy": "checking with SymPy",
    "numeric": "checking with differences",
    "all": "checking with SymPy and differences",
}

__all__ = ["Findings", "Question", "check", "explain_nonfinite", "find_kinks"]


def check(question: Question, method: str = "sympy") -> Findings:
    """Ask a witness about the gradients: "sympy", "numeric", "all" for both, "none" for nobody.

    Never raises for what a witness cannot do: that is a finding. Takes no more processor time than ``question.budget``.
    """
    if method == "none":
        return skipped(question, method, NOT_ASKED)

    from autograd_core.check.ladder import run_ladder

    try:
        with phase(_PHASES.get(method, "cross-check")), np.errstate(all="ignore"):
            return run_ladder(question, method)
    except Exception as error:  # a check that breaks is no answer: it says so and counts nothing
        if RAISE_ERRORS:
            raise
        return skipped(question, method, f"the cross-check failed: {type(error).__name__}: {str(error)[:100]}")


def explain_nonfinite(question: Question) -> list[Warning]:
    """For values and gradients that are not finite: where it began, why, and what to write instead."""
    if all_finite(question.value) and all(all_finite(question.gradients[name]) for name in question.wanted):
        return []

    from autograd_core.check import nonfinite

    with np.errstate(all="ignore"):
        return nonfinite.explain(question)
