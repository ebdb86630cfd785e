"""Derivatives of any order of a number by numbers: d²f/dx², d³f/dx²dy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from autograd_core.assumptions import assumed
from autograd_core.check import Question, find_kinks
from autograd_core.check.compare.comparison import summed
from autograd_core.check.question import question_about
from autograd_core.errors import GradientError, LimitError
from autograd_core.functional import grad
from autograd_core.functional.trace import Trace
from autograd_core.limits import MAX_ORDER
from autograd_core.matrices.check import by_sympy, check_parts, of_gradient
from autograd_core.matrices.formulas import formulas_of
from autograd_core.matrices.forward import Place, first_order, forward, trace_at, trace_of, what_was_run
from autograd_core.matrices.near_kinks import at_kinks
from autograd_core.matrices.report import Order, OrdersReport
from autograd_core.phases import phase, report_progress
from autograd_core.report import Check, Verdict, shape_text
from autograd_core.request import Request
from autograd_core.run import Run, need_one_number
from autograd_core.symbolic.worker import Clock

Array = npt.NDArray[Any]


@phase("derivatives of derivatives")
def derivatives(request: Request, path: Place) -> OrdersReport:
    """Read the expression, differentiate it by the inputs of ``path`` one after the other, and check every step.

    Raises what ``run`` raises; GradientError for a result or an input of several entries, LimitError for a high order.
    """
    if len(path) > MAX_ORDER:
        raise LimitError(f"a derivative of order {len(path)} is too high; the limit is {MAX_ORDER}", code="AG801")
    assumptions = assumed(request.assume, request.values)
    done = forward(replace(request, requires_grad=frozenset(path)))
    single(done, path)
    found = repeated(trace_of(done), done, path)
    first = first_order(done, np.ones(()), {path[0]: found[path[:1]]})
    higher, checks, verdict, notes = at_kinks(
        first,
        in_pairs(found),
        lambda inputs: in_pairs(repeated(trace_at(done, inputs), done, path)),
        lambda compared: checked(done, first, {path[:1]: found[path[:1]], **compared}),
        len(path) - 1,
    )
    found.update(higher)
    formulas = formulas_of(done, found, assumptions) if request.formula else dict.fromkeys(found, (None, None))
    rows = tuple([Order(steps, data, *formulas[steps], checks[steps]) for steps, data in found.items()])
    notes = [*find_kinks(replace(first, wanted=path[:1])), *notes]
    return OrdersReport(**what_was_run(done, assumptions, verdict, notes), derivatives=rows)


def repeated(trace: Trace, done: Run, path: Place) -> dict[Place, Array]:
    """The derivatives by the inputs of ``path``, each of the one before."""
    tensors = dict(zip(done.wanted, trace.inputs, strict=True))
    found: dict[Place, Array] = {}
    value: Any = trace.outputs[0]
    with np.errstate(all="ignore"):
        for turn, name in enumerate(path):
            report_progress(turn, len(path))
            if value is not None and value.requires_grad:
                (value,) = grad(value, tensors[name], create_graph=True, allow_unused=True)
            else:
                value = None
            zero = np.zeros(tensors[name].shape, done.result.dtype)
            found[path[: turn + 1]] = zero if value is None else np.asarray(value.array)
    return found


def in_pairs(found: Mapping[Place, Array]) -> dict[Place, tuple[Array, Array]]:
    """The derivatives of higher orders, each with the one that it is made of."""
    return {
        steps: (found[steps[:-1]].reshape(higher.shape), higher) for steps, higher in found.items() if len(steps) > 1
    }


def single(done: Run, path: Place) -> None:
    """Raise GradientError where the result or an input has several entries."""
    why = "of several numbers they are matrices"
    need_one_number(done, "higher orders are for a single number", why=why, hint="jacobian shows all first derivatives")
    for name in path:
        if done.inputs[name].size != 1:
            raise GradientError(
                f"{name} has shape {shape_text(done.inputs[name].shape)}: higher orders are by single numbers",
                code="AG201",
                why=f"the second derivatives by {name} are a matrix",
                hint="hessian shows all second derivatives",
            )


@phase("checking the derivatives")
def checked(done: Run, first: Question, found: Mapping[Place, Array]) -> tuple[dict[Place, Check], Verdict]:
    """What the witnesses say of each derivative; where SymPy cannot differentiate them all, each of the one before."""
    method, path = done.request.check, list(found)[-1]
    clock = Clock(done.request.check_budget)
    question = replace(first, wanted=tuple(dict.fromkeys(path)))
    expr, before = done.program.result, done.result.array
    parts: dict[Place, Question] = {}
    for steps, data in found.items():
        parts[steps[:-1]] = question_about(done, expr, before, {steps[-1]: data.reshape(expr.shape + data.shape)})
        expr, before = of_gradient(expr, done.inputs, steps[-1:])[steps[-1]], data
    checks = by_sympy(method, question, clock, path, parts)
    if checks is not None:
        return checks, summed(checks.values(), first.rtol, first.atol)
    return check_parts(question, clock, method, parts)
