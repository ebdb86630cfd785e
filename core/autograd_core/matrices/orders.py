"""Derivatives of any order of a number by numbers: d²f/dx², d³f/dx²dy."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from autograd_core.assumptions import Assumption, assumed
from autograd_core.check import Question, find_kinks
from autograd_core.check.compare.comparison import compare_alone, summed
from autograd_core.check.compare.rounding import engine_spread
from autograd_core.check.question import question_about
from autograd_core.check.witnesses.entrywise import EntryFormula
from autograd_core.deadline import share
from autograd_core.errors import AutogradError, GradientError, LimitError
from autograd_core.expr.build import Program, parse, statements
from autograd_core.expr.gradient import gradients
from autograd_core.expr.nodes import Const, Expr
from autograd_core.expr.run import evaluate
from autograd_core.expr.text import write
from autograd_core.formula import Asked, closed_forms
from autograd_core.formula.prepare import summed as summed_up
from autograd_core.functional import grad
from autograd_core.functional.trace import Trace
from autograd_core.limits import MAX_ORDER
from autograd_core.matrices.check import by_sympy, check_parts, of_gradient
from autograd_core.matrices.formulas import MAX_SECONDS
from autograd_core.matrices.forward import first_order, forward, trace_at, trace_of, what_was_run
from autograd_core.matrices.near_kinks import at_kinks
from autograd_core.matrices.report import Order, OrdersReport
from autograd_core.phases import phase, report_progress
from autograd_core.report import Check, Verdict, shape_text
from autograd_core.request import Request, tolerances
from autograd_core.run import Run, need_one_number
from autograd_core.symbolic.worker import Clock, OutOfTimeError

Array = npt.NDArray[Any]


@phase("derivatives of derivatives")
def derivatives(request: Request, path: tuple[str, ...]) -> OrdersReport:
    """Read the expression, differentiate it by the inputs of ``path`` one after the other, and check every step.

    Raises what ``run`` raises; GradientError for a result or an input of several entries, LimitError for a high order.
    """
    if len(path) > MAX_ORDER:
        raise LimitError(f"a derivative of order {len(path)} is too high; the limit is {MAX_ORDER}", code="AG801")
    assumptions = assumed(request.assume, request.values)
    done = forward(replace(request, requires_grad=frozenset(path)))
    single(done, path)
    found = repeated(trace_of(done), done, path)
    first = first_order(done, np.ones(()), {path[0]: found[0]})
    checks: list[Check] = []

    def check(compared: Mapping[int, Array]) -> tuple[dict[int, Check], Verdict]:
        checks[:] = checked(done, replace(first, wanted=(path[0],)), path, [found[0], *compared.values()])
        return dict(enumerate(checks[1:])), summed(checks, first.rtol, first.atol)

    higher, others, _, notes = at_kinks(
        first,
        in_pairs(found),
        lambda inputs: in_pairs(repeated(trace_at(done, inputs), done, path)),
        check,
        len(path) - 1,
    )
    checks, found = [checks[0], *others.values()], [found[0], *higher.values()]
    formulas = formulas_of(done, path, found, assumptions) if request.formula else [(None, None)] * len(path)
    rows = [
        Order(path[: turn + 1], data, text, reason, each)
        for turn, (data, (text, reason), each) in enumerate(zip(found, formulas, checks, strict=True))
    ]
    verdict = summed(checks, *tolerances(request))
    notes = [*find_kinks(replace(first, wanted=(path[0],))), *notes]
    return OrdersReport(**what_was_run(done, assumptions, verdict, notes), derivatives=tuple(rows))


def repeated(trace: Trace, done: Run, path: tuple[str, ...]) -> list[Array]:
    """The derivatives by the inputs of ``path``, each of the one before."""
    tensors = dict(zip(done.wanted, trace.inputs, strict=True))
    found: list[Array] = []
    value: Any = trace.outputs[0]
    with np.errstate(all="ignore"):
        for turn, name in enumerate(path):
            report_progress(turn, len(path))
            if value is not None and value.requires_grad:
                (value,) = grad(value, tensors[name], create_graph=True, allow_unused=True)
            else:
                value = None
            found.append(np.zeros(tensors[name].shape, done.result.dtype) if value is None else np.asarray(value.array))
    return found


def in_pairs(found: list[Array]) -> dict[int, tuple[Array, Array]]:
    """Each derivative but the last, and the one after it."""
    return {turn: (found[turn].reshape(higher.shape), higher) for turn, higher in enumerate(found[1:])}


def single(done: Run, path: tuple[str, ...]) -> None:
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
def checked(done: Run, first: Question, path: tuple[str, ...], found: list[Array]) -> list[Check]:
    """What the witnesses say of each derivative; where SymPy cannot differentiate them all, each of the one before."""
    method = done.request.check
    if method == "none":
        return [Check("skipped", "none", 0, 0, 1, 0, None, "--check none") for _ in path]
    clock = Clock(done.request.check_budget)
    question = replace(first, wanted=tuple(dict.fromkeys(path)))

    def parts() -> dict[int, Question]:
        """The question about each derivative, as the gradient of the one before."""
        expr, before = done.program.result, done.result.array
        asked = {}
        for turn, (name, data) in enumerate(zip(path, found, strict=True)):
            asked[turn] = question_about(done, expr, before, {name: data.reshape(expr.shape + data.shape)})
            expr, before = of_gradient(expr, done.inputs, [name])[name], data
        return asked

    def compared(_formula: EntryFormula, numbers: Array, exact: bool) -> dict[int, Check]:
        moved: dict[int, dict[str, Array]] = {}
        if exact:
            with suppress(OutOfTimeError, AutogradError):
                moved = {turn: {"rounding": engine_spread(part, clock)[path[turn]]} for turn, part in parts().items()}
        return {
            turn: compare_alone(question, f"order {turn}", data, np.full(data.shape, number), **moved.get(turn, {}))
            for turn, (data, number) in enumerate(zip(found, numbers, strict=True))
        }

    checks = by_sympy(method, question, clock, path, compared)
    if checks is not None:
        return list(checks.values())
    each, _ = check_parts(question, clock, method, parts())
    return [next(iter(variables.values())) for variables in each.values()]


def formulas_of(
    done: Run, path: tuple[str, ...], found: list[Array], assumptions: Sequence[Assumption]
) -> list[tuple[str | None, str | None]]:
    """The closed form of each derivative, each made from the one before, or why there is none."""
    formulas: list[tuple[str | None, str | None]] = []
    deadline = time.process_time() + share(MAX_SECONDS)
    f = done.names[0]
    expr: Expr | None = done.program.result
    for turn, (name, data) in enumerate(zip(path, found, strict=True)):
        if expr is None or not expr.depends:
            formulas.append(("0", None) if not np.any(data) else (None, "the engine finds another number"))
            continue
        if time.process_time() > deadline:
            formulas.append((None, "there was no time left for this formula"))
            continue
        whole = summed_up(expr)
        numbers = np.asarray(data, dtype=np.float64).reshape(done.inputs[name].shape)
        variables, labels = done.program.variables, done.program.labels
        asked = Asked(
            whole, variables, done.inputs, {name: numbers}, labels, None, *done.names, assumptions=assumptions
        )
        made = closed_forms(asked)[name]
        if made.text is None:
            formulas.append((None, made.reason))
            slopes = gradients(expr, Const(np.ones(expr.shape)))
            expr = next((grad for var, grad in slopes.items() if var.name == name), None)
            continue
        program = parse(made.text, {**done.inputs, f: np.zeros(())})
        formulas.append(named(program, f, done.free_name(f"d{turn}"), formulas[-1][0]) if turn else (made.text, None))
        again = evaluate([program.result], {**done.program.variables, f: whole})[program.result]
        expr = again if isinstance(again, Expr) else Const(again)
    return formulas


def named(program: Program, f: str, name: str, before: str | None) -> tuple[str | None, str | None]:
    """The text of a formula in which ``f`` is the derivative before it: that gets a name, which a statement sets."""
    if f not in program.variables:
        return program.source.text, None
    if before is None:
        return None, "it is made of the derivative before it, which has no formula"
    names = {id(program.variables[f]): name}
    *helpers, last = before.split("; ")
    own = [write(e, names) if label is None else f"{label} = {write(e, names)}" for label, e in statements(program)]
    text = merged([*helpers, f"{name} = {last}"], own)
    return text, None if text is not None else "it and the derivative before it give one name two meanings"


def merged(before: Sequence[str], after: Sequence[str]) -> str | None:
    """Statements after others, each once; None where a name would get two meanings."""
    found = list(before)
    meanings = dict(each.split(" = ", 1) for each in before)
    for each in after:
        name, equals, meaning = each.partition(" = ")
        if not equals:
            found.append(each)
        elif meanings.setdefault(name, meaning) != meaning:
            return None
        elif each not in found:
            found.append(each)
    return "; ".join(found)
