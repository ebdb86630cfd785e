"""The claim is right, for another variable."""

from __future__ import annotations

from collections.abc import Iterator

from autograd_core.claims.diagnosis.case import Case
from autograd_core.claims.verdict import Diagnosis


def explain(case: Case) -> Iterator[Diagnosis]:
    """The claim is the gradient of another input, or of a named statement; the sign may be wrong besides."""
    if not case.telling:
        return
    program = case.problem.program
    others = [
        name
        for name in (*program.variables, *program.named)
        if name != case.name and any(look.point.truth(name).any() for look in case.looks)
    ]
    for sign, words in ((1.0, ""), (-1.0, ", with the wrong sign")):
        for name in others:
            if case.explains(lambda look, name=name, sign=sign: sign * look.point.truth(name)):  # type: ignore[misc]
                yield Diagnosis("other-variable", f"this is the gradient of {name}{words}, not of {case.name}")
    target = case.evidence.target
    if target is not None and case.explains(lambda look: look.point.values[target]):
        yield Diagnosis("value", f"this is {case.name} itself, not its gradient")
    if case.explains(lambda look: look.point.values[case.problem.result]):
        yield Diagnosis("value", "this is the value of the expression, not its gradient")
