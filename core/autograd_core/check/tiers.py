"""SymPy's answer by the tier that its estimated cost allows: by element, else by kernels, else along directions."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from autograd_core.check import elements, influence, samples
from autograd_core.check.clock import Clock
from autograd_core.check.kinks import Corner, corners
from autograd_core.check.projections import project
from autograd_core.check.question import Question
from autograd_core.check.sweep import BY_TANGENT, SYMBOLIC, UNPROVED, Sweeper
from autograd_core.check.verdict import Testimony
from autograd_core.check.worker import OutOfTimeError
from autograd_core.errors import AutogradError
from autograd_core.symbolic.script import NoMeaningError


def testify(question: Question, clock: Clock, *, exact: bool) -> Testimony:
    """What SymPy says of every gradient and of the value, its formulas computed with 50 digits where ``exact``."""
    try:
        clock.wait_for_sympy()
        sharp = corners(question)
        found = None if sharp else by_element(question, clock, exact=exact)
        return found or by_kernels(question, clock, sharp, exact=exact)
    except OutOfTimeError as error:
        why = str(error)
    except AutogradError as error:
        why = f"the check could not evaluate the expression: {error.message}"
    return Testimony("sympy", reasons=dict.fromkeys(question.wanted, why))


def by_element(question: Question, clock: Clock, *, exact: bool = False) -> Testimony | None:
    """Every entry by its own symbol; None where that would cost too much, or is not possible."""
    if elements.size(question) > elements.MAX_ENTRIES:
        return None
    try:
        formula = elements.write_down(question)
        if elements.cost(formula) > min(elements.MAX_SECONDS, clock.left / 4):
            return None
        program = elements.ask(formula, clock)
        if program is None:
            return None
        outputs = elements.evaluated(formula, program, clock.deadline, exact=exact)
    except (NoMeaningError, OutOfTimeError):
        return None
    value, gradients = elements.results(question, formula, outputs)
    return Testimony("sympy", value, dict(gradients), compared=dict.fromkeys(gradients, True))


def by_kernels(question: Question, clock: Clock, sharp: Sequence[Corner], *, exact: bool = False) -> Testimony:
    """Every entry by a reverse sweep over kernels that SymPy differentiated; projections where that has no proof.

    Raises OutOfTimeError.
    """
    sweeper = Sweeper(question, clock, [corner.node for corner in sharp], exact=exact)
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
        found, told = project(sweeper, name, testimony)
        if found is not None:
            testimony.found[name] = found
        testimony.covered[name] = told
        if not told:
            testimony.reasons[name] = "derivatives along many entries at once are not finite: they cannot tell"
        if trust[name] == BY_TANGENT:
            gradient = testimony.gradients[name] = np.array(gradient)
            testimony.compared[name] = samples.compare(question, name, gradient, clock, exact=exact)
        elif trust[name] == UNPROVED:
            testimony.gradients[name] = np.asarray(question.gradients[name], dtype=np.float64)
    return testimony
