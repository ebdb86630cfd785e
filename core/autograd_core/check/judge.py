"""Asks the witnesses, cheapest that is sure first, and puts their answers together."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from autograd_core.check import Findings, Question, elements, influence, samples
from autograd_core.check.clock import Clock
from autograd_core.check.kinks import Corner, corners
from autograd_core.check.projections import project
from autograd_core.check.sweep import BY_TANGENT, SYMBOLIC, UNPROVED, Sweeper
from autograd_core.check.verdict import Testimony, compare, overall, value_differs
from autograd_core.check.worker import OutOfTimeError
from autograd_core.errors import AutogradError
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
    try:
        clock.wait_for_sympy()
        sharp = corners(question)
        found = None if sharp else by_element(question, clock)
        return found or by_kernels(question, clock, sharp)
    except OutOfTimeError as error:
        why = str(error)
    except AutogradError as error:
        why = f"the check could not evaluate the expression: {error.message}"
    return Testimony("sympy", reasons=dict.fromkeys(question.wanted, why))


def by_element(question: Question, clock: Clock) -> Testimony | None:
    """Every entry by its own symbol; None where that would cost too much, or is not possible."""
    if elements.size(question) > elements.MAX_ENTRIES:
        return None
    try:
        formula = elements.write_down(question)
        if elements.cost(formula) > min(elements.MAX_SECONDS, clock.left / 4):
            return None
        program = elements.ask(formula, clock)
    except (NoMeaningError, OutOfTimeError):
        return None
    if program is None:
        return None
    try:
        outputs = elements.evaluated(formula, program, clock.deadline)
    except OutOfTimeError:
        return None
    value, gradients = elements.results(question, formula, outputs)
    return Testimony("sympy", value, dict(gradients), compared=dict.fromkeys(gradients, True))


def by_kernels(question: Question, clock: Clock, sharp: Sequence[Corner]) -> Testimony:
    """Every entry by a reverse sweep over kernels that SymPy differentiated; projections where that has no proof.

    Raises OutOfTimeError.
    """
    sweeper = Sweeper(question, clock, [corner.node for corner in sharp])
    testimony = Testimony("sympy-kernels", sweeper.forward())
    gradients = sweeper.reverse()
    if sharp:
        testimony.kinks = influence.reached(sweeper, sharp)
    trust = sweeper.trust()
    for name, gradient in gradients.items():
        testimony.gradients[name] = gradient
        if trust[name] == SYMBOLIC:
            testimony.compared[name] = True
            continue
        found = project(sweeper, name, testimony)
        if found is not None:
            testimony.found[name] = found
        if trust[name] == BY_TANGENT:
            testimony.covered[name] = True
            gradient = testimony.gradients[name] = np.array(gradient)
            testimony.compared[name] = samples.compare(question, name, gradient, clock)
        elif trust[name] == UNPROVED:
            testimony.gradients[name] = np.asarray(question.gradients[name], dtype=np.float64)
            testimony.covered[name] = True
    return testimony
