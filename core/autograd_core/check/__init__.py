"""The cross-check: witnesses that do not trust the engine, and what they say of its gradients.

Importing this package loads neither NumPy nor SymPy.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from autograd_core.expr.nodes import Expr, Var
    from autograd_core.report import Check, Verdict, Warning

    Array = npt.NDArray[np.floating[Any]]

__all__ = ["Findings", "Question", "blame", "check", "find_kinks"]


@dataclass(frozen=True, slots=True)
class Question:
    """Everything a witness may look at: the expression, the numbers, and what the engine found. Never the tape.

    ``wanted`` names the inputs whose gradients are asked about. ``weights`` is v of v.J, summed over the backward
    passes that were accumulated, in the shape of the result. ``value`` and ``gradients`` are the engine's. Entries
    agree when they differ by no more than ``atol + rtol * size``. ``budget`` is in seconds. ``text`` is what the user
    typed, where there is one: with it the reading of the expression is checked too.
    """

    result: Expr
    variables: Mapping[str, Var]
    inputs: Mapping[str, Array]
    wanted: tuple[str, ...]
    weights: Array
    value: Array
    gradients: Mapping[str, Array]
    rtol: float = 1e-9
    atol: float = 1e-12
    budget: float = 2.0
    text: str | None = None


@dataclass(frozen=True, slots=True)
class Findings:
    """What the witnesses found: for each variable, over all, and for ``all`` what each witness says by itself.

    ``witnesses`` holds for each witness ("sympy", "numeric") its checks by variable.
    """

    variables: Mapping[str, Check]
    verdict: Verdict
    witnesses: Mapping[str, Mapping[str, Check]] = field(default_factory=dict)


def check(question: Question, method: str = "sympy") -> Findings:
    """Ask a witness about the gradients: "sympy", "numeric", "all" for both, "none" for nobody.

    Never raises for what a witness cannot do: that is a finding. Takes no longer than ``question.budget`` and a second.
    """
    from autograd_core.check.judge import judge

    return judge(question, method)


def blame(question: Question) -> list[Warning]:
    """For values and gradients that are not finite: where it began, why, and what to write instead."""
    return []


def find_kinks(question: Question) -> list[Warning]:
    """The points at which the expression is not differentiable, and the choice made there."""
    from autograd_core.check import kinks

    return kinks.find_kinks(question)
