"""What holds for every expression: the witnesses agree, printing and reading are inverse, and no text does harm."""

from __future__ import annotations

import io
import json
import shlex
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from autograd_cli.document import Display
from autograd_cli.views.gradient import gradient_answer
from autograd_cli.writers import write as render
from autograd_core.calculate import Request, calculate
from autograd_core.errors import AutogradError
from autograd_core.expr.build import Program, parse
from autograd_core.expr.run import evaluate
from autograd_core.expr.text import write
from autograd_core.report import Report
from fuzz.commands import command, harm
from fuzz.language import Example

Array = npt.NDArray[Any]
FORMS = ("table", "json", "plain")


@dataclass
class Examined:
    """What was found about one example: problems in words, the error it was refused with, what was compared."""

    problems: list[str] = field(default_factory=list)
    refused: str | None = None
    formulas: int = 0
    compared: int = 0
    entries: int = 0


def examine(example: Example, method: str = "all", *, rendered: bool = True) -> Examined:
    """Put every question to an example; an exception that is no AutogradError is a crash and is not caught."""
    found = Examined()
    with warnings.catch_warnings():
        warnings.simplefilter("error", RuntimeWarning)
        try:
            program = parse(example.text, example.values)
            report = calculate(
                Request(example.text, example.values, grad_tensors=(example.v,), check=method, check_budget=5.0)
            )
        except AutogradError as error:
            found.refused = f"{error.code} {error.message}"
            if error.code in ("AG001", "AG999") or "internal" in error.message:
                found.problems.append(f"refused as a mistake of ours: {found.refused}")
            return found
        found.compared = report.verdict.compared + report.verdict.covered
        found.entries = report.verdict.total
        if report.verdict.status == "disagree":
            found.problems.append(f"disagree: {_disagreement(report)}")
        found.problems += printed(program, example)
        for problem in formulas(report, example):
            found.problems.append(problem)
        found.formulas = sum(variable.formula is not None for variable in report.variables)
        if rendered:
            found.problems += shown(report)
    return found


def examine_extreme(example: Example) -> list[str]:
    """What is wrong with an answer at the ends of float64: it can be much, but not a crash or a disagreement."""
    with warnings.catch_warnings():
        warnings.simplefilter("error", RuntimeWarning)
        try:
            report = calculate(Request(example.text, example.values, grad_tensors=(example.v,), check_budget=5.0))
        except AutogradError as error:
            mine = error.code in ("AG001", "AG999") or "internal" in error.message
            return [f"refused as a mistake of ours: {error.code} {error.message}"] if mine else []
    found = [f"disagree: {_disagreement(report)}"] if report.verdict.status == "disagree" else []
    return [*found, *shown(report)]


def _disagreement(report: Report) -> str:
    rows = [
        f"{each.name}: {_worst(each.check.worst)} {each.check.reason or ''} (by {each.check.method})"
        for each in report.variables
        if each.check is not None and each.check.status == "disagree"
    ]
    return "; ".join([*rows, report.verdict.reason or ""])


def _worst(worst: Any) -> str:
    return "" if worst is None else f"{worst.index}: {worst.engine!r}, {worst.witness!r} by the witness"


def printed(program: Program, example: Example) -> Iterator[str]:
    """What is printed reads back as the same expression."""
    text = write(program.result)
    try:
        again = parse(text, example.values)
    except AutogradError as error:
        yield f"what is printed cannot be read: {text!r}: {error.message}"
        return
    if write(again.result) != text:
        yield f"printed again it is another text: {text!r}, {write(again.result)!r}"
    here, there = (np.asarray(evaluate([one.result], example.values)[one.result]) for one in (program, again))
    if here.shape != there.shape or not np.allclose(here, there, rtol=1e-12, atol=0, equal_nan=True):
        yield f"printed and read again it has another value: {text!r}: {here.tolist()}, {there.tolist()}"


def formulas(report: Report, example: Example) -> Iterator[str]:
    """A formula, typed back with the same values, is the gradient."""
    f_name, v_name = report.names
    values: dict[str, Array] = {**example.values, f_name: report.result.data}
    if example.v is not None:
        values[v_name] = np.broadcast_to(example.v, report.result.shape)
    for variable in report.variables:
        if variable.formula is None or variable.grad is None or not np.isfinite(variable.grad).all():
            continue
        try:
            again = parse(variable.formula, values)
            value = np.asarray(evaluate([again.result], values)[again.result])
        except AutogradError as error:
            yield f"the formula of {variable.name} cannot be typed back: {variable.formula!r}: {error.message}"
            continue
        gradient = variable.grad
        if value.shape != gradient.shape and value.shape != ():
            yield (
                f"the formula of {variable.name} has shape {value.shape}, "
                f"the gradient {gradient.shape}: {variable.formula!r}"
            )
            continue
        size = float(np.abs(gradient).max(initial=0.0))
        if not np.allclose(value, gradient, rtol=1e-6, atol=1e-8 * max(size, 0.1), equal_nan=True):
            yield (
                f"the formula of {variable.name} is not the gradient: {variable.formula!r}: "
                f"{value.tolist()}, {gradient.tolist()}"
            )


def shown(report: Report) -> Iterator[str]:
    """Every form can be written, and JSON is JSON."""
    for form in FORMS:
        stream = io.StringIO()
        render(gradient_answer(report), form, Display(), stream)
        if form == "json":
            json.loads(stream.getvalue(), parse_constant=_refuse)
        elif not stream.getvalue().isascii() and form == "plain" and report.expression.isascii():
            yield f"{form} is not ASCII"


def _refuse(word: str) -> None:
    raise ValueError(f"{word} is not JSON")


def examine_command(example: Example, seed: int) -> str | None:
    """Whether one of the other commands answers an example or refuses it in words; the problem where it does not."""
    words = command(example, seed)
    problem = harm(words)
    return None if problem is None else f"{shlex.join(words)}: {problem}"


def examine_text(text: str) -> str | None:
    """Whether a text, as an expression and as a value, is answered or refused in words; the problem where it is not."""
    quick = ["grad", "--check", "none", "--no-formula"]
    for words in ([*quick, "--var", "x=1,2,3", "--", text], [*quick, "x", f"--x={text}", "--grad-tensor", "1"]):
        problem = harm(words)
        if problem is not None:
            return problem
    return None
