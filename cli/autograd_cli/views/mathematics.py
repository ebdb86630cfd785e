"""The formulas of a report in LaTeX: its statements, and the gradient of each input with its helpers."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping

import numpy as np

from autograd_cli.document import Equation
from autograd_cli.document.numbers import Array
from autograd_core.errors import AutogradError
from autograd_core.expr.build import parse
from autograd_core.expr.latex import latex
from autograd_core.expr.nodes import Var
from autograd_core.expr.statements import statements
from autograd_core.report import Report

_GREEK = re.compile(r"GREEK (SMALL|CAPITAL) LETTER (\w+)")
_LATIN = frozenset(("Alpha", "Beta", "Epsilon", "Zeta", "Eta", "Iota", "Kappa", "Mu", "Nu", "Rho", "Tau", "Chi"))


def name(word: str) -> str:
    """A variable in LaTeX."""
    return letters(latex(Var(word, ())))


def statement_equations(expression: str, values: Mapping[str, Array], f: str, value: Array) -> Iterator[Equation]:
    """Every statement of an expression; the last one is the result, called ``f``, with its value."""
    *before, (last, whole) = statements(parse(expression, values))
    for label, expr in before:
        yield Equation(name(label or ""), [letters(latex(expr))])
    yield Equation(name(last or f), [letters(latex(whole)), value])


def input_equations(values: Mapping[str, Array]) -> Iterator[Equation]:
    """The value of every input."""
    return (Equation(name(each), [value]) for each, value in values.items())


def gradient_equations(report: Report, *, formulas: bool) -> Iterator[Equation]:
    """The gradients of the inputs that have one: what each is, how it is found, and its numbers."""
    f, v = report.names
    values = {each.name: each.value.data for each in report.variables}
    bound = {**values, f: report.result.data, v: np.ones(report.result.shape)}
    label = statements(parse(report.expression, values))[-1][0] or f
    scalar = report.result.shape == ()
    top = rf"\partial {name(label)}" if scalar else rf"\partial \left({name(v)} \cdot {name(label)}\right)"
    for each in report.variables:
        if each.grad is not None:
            partial = rf"\frac{{{top}}}{{\partial {name(each.name)}}}"
            yield from derivative_equations(partial, each.formula if formulas else None, bound, each.grad)


def derivative_equations(
    partial: str, text: str | None, bound: Mapping[str, Array], value: Array
) -> Iterator[Equation]:
    """A derivative with its formula, whose helpers stand before it, and its numbers."""
    closed, helpers = formula(text, bound)
    yield from (Equation(left, [right], shown=True) for left, right in helpers)
    yield Equation(partial, [value] if closed is None else [closed, value], shown=closed is not None)


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
    """Math in which every letter is ASCII: Greek ones by their commands, others by their code."""
    return words if words.isascii() else "".join(each if each.isascii() else _letter(each) for each in words)


def _letter(each: str) -> str:
    known = _GREEK.fullmatch(unicodedata.name(each, ""))
    if known is None:
        base = unicodedata.normalize("NFD", each)[0]
        return base if base.isascii() else f"u{ord(each):x}"
    word = known[2].lower().replace("lamda", "lambda")
    word = word.title() if known[1] == "CAPITAL" else word
    if word in _LATIN or word in ("omicron", "Omicron"):
        return word[0]
    return f"{{\\{word}}}" if word != "Upsilon" else r"{\Upsilon}"
