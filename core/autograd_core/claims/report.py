"""What was found about claims, as frozen plain data."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

import numpy.typing as npt

from autograd_core.dataclass import dataclass
from autograd_core.errors import Span
from autograd_core.report import Shape, Value, Warning, Worst

Array = npt.NDArray[Any]

Typeset: TypeAlias = Callable[..., Sequence[tuple[str, str]]]

RIGHT, WRONG, HERE, RIGHT_IF, UNDECIDED = "right", "wrong", "right-here-only", "right-if", "undecided"
"""The verdicts. HERE: right at the given numbers and not at others; RIGHT_IF: right where a condition holds."""


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """The mistake that turns the gradient into the claim: a stable ``code`` and a sentence.

    ``spans`` are the places of the claim's own text that it is about, ``change`` what to do there, and ``mended`` the
    claim after that, where the mistake is one in the text.
    """

    code: str
    text: str
    spans: tuple[Span, ...] = ()
    change: str | None = None
    mended: str | None = None


@dataclass(frozen=True, slots=True)
class WorstPoint(Worst):
    """The entry of a claim (``engine``) that is furthest from the gradient (``witness``).

    ``at`` holds the numbers of the point where it was found, None for the given point.
    """

    at: tuple[tuple[str, Array], ...] | None = None

    @property
    def words(self) -> str:
        """What CS231n says about a relative error of this size."""
        error = self.relative_error
        if not error <= 1e-2:
            return "above 1e-2 the gradient is probably wrong"
        if error > 1e-4:
            return "between 1e-4 and 1e-2 you should feel uncomfortable"
        if error > 1e-7:
            return "up to 1e-4 is okay where the function has kinks; without any it is too high"
        return "1e-7 and less is fine for differences; a formula is known to rounding"


@dataclass(frozen=True, slots=True)
class Judgement:
    """The verdict on one claim.

    ``points`` counts the points that were compared, the given one included, ``agreeing`` those where the claim is the
    gradient. ``score`` is the share of entries that are right at every point. ``claim`` and ``truth`` are the numbers
    at the given point; ``claim`` is None where it has no value. ``formula`` is the right formula, None where it was not
    asked for or there is none. ``reason`` says why there is no verdict, ``notes`` what else should be known, ``also``
    other mistakes that explain the claim just as well. ``of`` is what is claimed: a gradient, a differential, a
    jacobian or a hessian. ``whole`` is the text that spans of diagnoses point into, ``read`` how it was read where that
    is not as it was typed. ``condition`` is what must hold for a claim that is right only then. ``steps`` are the
    verdicts on the equalities of a derivation, each with the ``text`` behind its own ``=``; ``truth``, ``claim``,
    ``worst`` and ``diagnosis`` are then those of the first that is not true. ``typeset`` gives what is judged in LaTeX,
    or another formula in its place.
    """

    name: str
    text: str
    verdict: str
    shape: Shape
    truth: Array
    claim: Array | None
    points: int
    agreeing: int
    score: float
    diagnosis: Diagnosis | None = None
    also: tuple[Diagnosis, ...] = ()
    worst: WorstPoint | None = None
    formula: str | None = None
    reason: str | None = None
    notes: tuple[str, ...] = ()
    of: str = "gradient"
    whole: str = ""
    read: str | None = None
    condition: str | None = None
    steps: tuple[Judgement, ...] = ()
    typeset: Typeset | None = None

    @property
    def false_step(self) -> int | None:
        """The place of the first step of a derivation that is not right."""
        return next((place for place, step in enumerate(self.steps) if step.verdict != RIGHT), None)

    @property
    def right(self) -> bool:
        """Whether the claim is right everywhere."""
        return self.verdict == RIGHT


@dataclass(frozen=True, slots=True)
class ClaimsReport:
    """Everything one run of ``check`` found."""

    expression: str
    result: Value
    inputs: Mapping[str, Array]
    names: tuple[str, str]
    grad_tensor: Array | None
    judgements: tuple[Judgement, ...]
    rtol: float
    atol: float
    warnings: tuple[Warning, ...] = ()
    assumptions: tuple[str, ...] = ()

    @property
    def score(self) -> float:
        """The share of claims that are right; a derivation counts by the share of its steps that are."""
        shares = [each.score if each.steps else float(each.right) for each in self.judgements]
        return sum(shares) / len(shares) if shares else 1.0

    @property
    def verdict(self) -> str:
        """The verdict on all claims: the worst of theirs."""
        order = (WRONG, HERE, RIGHT_IF, UNDECIDED, RIGHT)
        return min((each.verdict for each in self.judgements), key=order.index, default=RIGHT)

    def exit_status(self) -> int:
        """0 when every claim is right, else 1."""
        return int(not all(each.right for each in self.judgements))
