"""Claims in LaTeX: what is claimed with boxes around what is wrong, the steps of a derivation, and other formulas."""

from __future__ import annotations

from collections.abc import Sequence

from autograd_cli.document.blocks import Equation
from autograd_cli.views.mathematics import letters, name, partial
from autograd_core.claims.report import HERE, RIGHT, UNDECIDED, WRONG, Diagnosis, Judgement, Step, Typeset
from autograd_core.errors import AutogradError

WORDS = {RIGHT: "right", WRONG: "wrong", HERE: "right at your numbers, wrong in general", UNDECIDED: "undecided"}


def claim_equations(judgement: Judgement, diagnosis: Diagnosis | None) -> list[Equation]:
    """The statements of a claim; what a mistake is about stands in a box, with the smallest change beside it."""
    spans, reason = ((), "") if diagnosis is None else (diagnosis.spans, diagnosis.change or "")
    found = _equations(judgement, judgement.typeset, reason, spans)
    if found or judgement.claim is None:
        return found
    return [Equation(_derivative(judgement, "f"), [judgement.claim], reason=reason)]


def formula_equations(judgement: Judgement, text: str, reason: str) -> list[Equation]:
    """Another formula for what is claimed, or for one of its helpers."""
    left, equals, right = text.partition(" = ")
    helper = bool(equals) and left != judgement.name and left.isidentifier()
    found = _equations(judgement, judgement.typeset, reason, (), right if equals and ";" not in left else text)
    return [*found[:-1], Equation(name(left), found[-1].right, reason=reason)] if found and helper else found


def step_equations(judgement: Judgement) -> list[Equation]:
    """The steps of a derivation below each other; none where one of them has no formula."""
    rows: list[Equation] = []
    for place, step in enumerate(judgement.steps):
        found = _equations(judgement, step.typeset, verdict_words(step))
        if not found:
            return []
        rows += found if place == 0 else [Equation("", ["", *found[-1].right], reason=found[-1].reason)]
    return rows


def verdict_words(step: Step) -> str:
    """What is to be said of a step that is not simply right."""
    return "" if step.verdict == RIGHT else WORDS.get(step.verdict, step.reason or step.verdict)


def _equations(
    judgement: Judgement, typeset: Typeset | None, reason: str, spans: Sequence[object] = (), text: str | None = None
) -> list[Equation]:
    try:
        found = [] if typeset is None else typeset(spans, text)
    except AutogradError:
        return []
    *helpers, (f, whole) = found or [("", "")]
    rows = [Equation(name(label), [letters(words)]) for label, words in helpers]
    return [*rows, Equation(_derivative(judgement, f), [letters(whole)], reason=reason)] if found else []


def _derivative(judgement: Judgement, f: str) -> str:
    """What is claimed: a derivative of the result ``f``, or its differential."""
    if judgement.of == "differential":
        return rf"\mathrm{{d}} {name(judgement.name.removeprefix('d'))}"
    by = judgement.name.split(",")
    return partial(name(f), by * 2 if judgement.of == "hessian" and len(by) == 1 else by)
