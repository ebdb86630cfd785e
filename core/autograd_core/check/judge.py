"""Asks the witnesses, cheapest that is sure first, and puts their answers together."""

from __future__ import annotations

import numpy as np

from autograd_core.check import Findings, Question, elements
from autograd_core.check.clock import Clock
from autograd_core.check.verdict import Testimony, compare, overall, value_differs
from autograd_core.check.worker import OutOfTimeError
from autograd_core.report import Check
from autograd_core.symbolic.script import NoMeaningError


def judge(question: Question, method: str) -> Findings:
    """What the witnesses of ``method`` find; see ``autograd_core.check.check``."""
    if method == "none":
        return skipped(question, "none", "--check none")
    testimony = by_sympy(question, Clock(question.budget))
    checks = {name: compare(name, question, testimony) for name in question.wanted}
    return Findings(checks, overall(question, checks, value_differs(question, testimony)))


def skipped(question: Question, method: str, reason: str) -> Findings:
    """The findings of a check that did not take place."""
    checks = {
        name: Check("skipped", method, 0, 0, int(np.size(question.gradients[name])), 0, None, reason)
        for name in question.wanted
    }
    return Findings(checks, overall(question, checks))


def by_sympy(question: Question, clock: Clock) -> Testimony:
    """What SymPy says, by the tier that its estimated cost allows."""
    testimony = Testimony("sympy")
    try:
        if elements.entries(question) <= elements.MAX_ENTRIES:
            formula = elements.write_down(question)
            if elements.cost(formula) <= elements.MAX_SECONDS:
                program, why = elements.ask(formula, clock.part(0.5))
                if program is not None:
                    testimony.value, gradients = elements.results(question, formula, program)
                    testimony.gradients.update(gradients)
                    testimony.compared = dict.fromkeys(gradients, True)
                    return testimony
            else:
                why = "too large for SymPy entry by entry"
        else:
            why = "too large for SymPy entry by entry"
    except NoMeaningError as error:
        why = str(error)
    except OutOfTimeError as error:
        why = str(error)
    testimony.reasons = dict.fromkeys(question.wanted, why)
    return testimony
