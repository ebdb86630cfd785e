"""The formulas of a report in LaTeX: its statements, and the gradient of each input with its helpers."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

import numpy as np

from autograd_cli.document.blocks import Block, Equation, Lines, Parts, Result
from autograd_core.errors import AutogradError
from autograd_core.expr.build import parse
from autograd_core.expr.latex import latex
from autograd_core.expr.nodes import Var
from autograd_core.expr.reader.notation import GREEK
from autograd_core.expr.statements import statements
from autograd_core.number_text import Array
from autograd_core.report import Report

_LATIN = dict(zip("ΑΒΕΖΗΙΚΜΝΟοΡΤΧ", "ABEZHIKMNOoPTX", strict=True))  # noqa: RUF001  they look alike
"""Greek letters that LaTeX has no command for, and the Latin ones that look like them."""
_RAISED = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


def name(word: str) -> str:
    """A variable in LaTeX."""
    return letters(latex(Var(word, ())))


def leibniz(f: str, by: Sequence[str]) -> str:
    """A derivative in Leibniz's notation: ``∂f/∂x``, ``∂³f/∂x²∂y``."""

    def raised(number: int) -> str:
        return str(number).translate(_RAISED) if number > 1 else ""

    under = "".join(f"∂{each}{raised(len(list(group)))}" for each, group in groupby(by))
    return f"∂{raised(len(by))}{f}/{under}"


def partial_derivative(top: str, by: Sequence[str]) -> str:
    r"""A derivative of what ``top`` is in LaTeX: ``\frac{\partial^{2} f}{\partial x^{2}}``."""

    def raised(number: int) -> str:
        return f"^{{{number}}}" if number > 1 else ""

    under = [rf"\partial {name(each)}{raised(len(list(group)))}" for each, group in groupby(by)]
    below = r" \, ".join(under)
    return rf"\frac{{\partial{raised(len(by))} {top}}}{{{below}}}"


def result_block(report: Any, values: Mapping[str, Array], *, inputs: bool = False) -> Result:
    """The expression and its value; its statements in LaTeX, and the values of its inputs if they are wanted."""

    def equations() -> list[Equation]:
        found = list(statement_equations(report.expression, values, report.names[0], report.result.data))
        return [*found, *input_equations(values)] if inputs else found

    return Result(report.expression, report.result.data, equations)


def assumed(report: Any) -> Iterator[Block]:
    """What is assumed of the inputs."""
    if report.assumptions:
        yield Lines([[f"assuming {', '.join(report.assumptions)}"]])


def statement_equations(expression: str, values: Mapping[str, Array], f: str, value: Array) -> Iterator[Equation]:
    """Every statement of an expression; the last one is the result, called ``f``, with its value."""
    *before, (last, whole) = statements(parse(expression, values))
    for label, expr in before:
        yield Equation(name(label or ""), [letters(latex(expr))])
    yield Equation(name(last or f), [letters(latex(whole)), value])


def input_equations(values: Mapping[str, Array]) -> Iterator[Equation]:
    """The value of every input."""
    return (Equation(name(each), [value]) for each, value in values.items())


def result_name(report: Any, derivatives: Iterable[Any]) -> Iterator[Parts]:
    """What the name of the result means, where a formula of ``derivatives`` uses it and no statement sets it."""
    f = report.names[0]
    used = re.compile(rf"\b{f}\b")
    if any(each.formula is not None and used.search(each.formula) for each in derivatives):
        last = str(report.expression).rpartition(";")[2].strip()
        yield [f"{f} = {last}  (the result)"]


def gradient_equations(report: Report, *, formulas: bool) -> Iterator[Equation]:
    """The gradients of the inputs that have one: what each is, how it is found, and its numbers."""
    f, v = report.names
    values = {each.name: each.value.data for each in report.variables}
    bound = {**values, f: report.result.data, v: np.ones(report.result.shape)}
    label = statements(parse(report.expression, values))[-1][0] or f
    scalar = report.result.shape == ()
    top = name(label) if scalar else rf"\left({name(v)} \cdot {name(label)}\right)"
    for each in report.variables:
        if each.grad is not None:
            yield from derivative_equations(
                partial_derivative(top, [each.name]), each.formula if formulas else None, bound, each.grad
            )


def derivative_equations(left: str, text: str | None, bound: Mapping[str, Array], value: Array) -> Iterator[Equation]:
    """A derivative with its formula, whose helpers stand before it, and its numbers."""
    closed, helpers = formula(text, bound)
    yield from (Equation(label, [right], shown=True) for label, right in helpers)
    yield Equation(left, [value] if closed is None else [closed, value], shown=closed is not None)


def formula(text: str | None, bound: Mapping[str, Array]) -> tuple[str | None, tuple[tuple[str, str], ...]]:
    """A formula in LaTeX with the helpers that stand before it."""
    if text is None:
        return None, ()
    try:
        *helpers, (_, whole) = statements(parse(text, bound))
    except AutogradError:
        return None, ()
    return letters(latex(whole)), tuple((name(label or ""), letters(latex(expr))) for label, expr in helpers)


def letters(words: str) -> str:
    """Math in which every letter is ASCII, and different letters differ: Greek and accents by their commands."""
    return words if words.isascii() else "".join(each if each.isascii() else _letter(each) for each in words)


def _letter(each: str) -> str:
    """A letter with its accents, from the inner to the outer; one without a command by its code, which is no name."""
    from autograd_core.page.mathml import ACCENTS  # what pages need, no other answer waits for

    accents = {mark: command for command, (_, mark) in ACCENTS.items() if mark}
    base, *marks = list(unicodedata.normalize("NFD", each))
    found = base
    if base in _LATIN:
        found = rf"\mathsf{{{_LATIN[base]}}}"
    elif not base.isascii():
        found = "\\" + {**GREEK, "ς": "varsigma"}.get(base, "")
    if found == "\\" or not all(mark in accents for mark in marks):
        return rf"{{\text{{u+{ord(each):x}}}}}"
    for mark in marks:
        found = f"{accents[mark]}{{{found}}}"
    return f"{{{found}}}"
