"""The formulas of a report in LaTeX: its statements, and the gradient of each input with its helpers."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping

import numpy as np

from autograd_cli.render.numbers import Array
from autograd_core.errors import AutogradError
from autograd_core.expr.build import parse
from autograd_core.expr.latex import latex
from autograd_core.expr.nodes import Var
from autograd_core.expr.statements import statements
from autograd_core.records import record
from autograd_core.report import Report

_GREEK = re.compile(r"GREEK (SMALL|CAPITAL) LETTER (\w+)")
_LATIN = frozenset(("Alpha", "Beta", "Epsilon", "Zeta", "Eta", "Iota", "Kappa", "Mu", "Nu", "Rho", "Tau", "Chi"))


@record(frozen=True, slots=True)
class Gradient:
    """The gradient of one input for a person to read: what it is, how it is found, and its numbers."""

    name: str
    partial: str
    formula: str | None
    helpers: tuple[tuple[str, str], ...]
    value: Array


def name(word: str) -> str:
    """A variable in LaTeX."""
    return letters(latex(Var(word, ())))


def equations(report: Report, value: str) -> Iterator[tuple[str, str]]:
    """Both sides of every statement; the last one is the result with its value."""
    values = {each.name: each.value.data for each in report.variables}
    return statements_of(report.expression, values, report.names[0], value)


def statements_of(expression: str, values: Mapping[str, Array], f: str, value: str) -> Iterator[tuple[str, str]]:
    """Both sides of every statement of an expression; the last one is the result, called ``f``, with its value."""
    program = parse(expression, values)
    *before, (last, whole) = statements(program)
    for label, expr in before:
        yield name(label or ""), letters(latex(expr))
    yield name(last or f), f"{letters(latex(whole))} = {value}"


def gradients(report: Report) -> Iterator[Gradient]:
    """The gradients of the inputs that have one."""
    f, v = report.names
    values = {each.name: each.value.data for each in report.variables}
    bound = {**values, f: report.result.data, v: np.ones(report.result.shape)}
    scalar = report.result.shape == ()
    program = parse(report.expression, values)
    label = statements(program)[-1][0] or f
    top = rf"\partial {name(label)}" if scalar else rf"\partial \left({name(v)} \cdot {name(label)}\right)"
    for each in report.variables:
        if each.grad is None:
            continue
        closed, helpers = formula(each.formula, bound)
        yield Gradient(each.name, rf"\frac{{{top}}}{{\partial {name(each.name)}}}", closed, helpers, each.grad)


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
