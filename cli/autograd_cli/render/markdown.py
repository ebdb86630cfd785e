"""The report as Markdown: tables and code in the dialect of GitHub, formulas between dollar signs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TextIO

from autograd_cli.render import arrays, mathematics
from autograd_cli.render.ink import write_lines
from autograd_cli.render.latex import value as latex_value
from autograd_cli.render.numbers import Array
from autograd_cli.render.verdict import check_cell, verdict_lines
from autograd_cli.render.view import View
from autograd_core.report import Report, Variable
from autograd_core.solution import Backward, Steps

_ROOM = 60
"""Characters of an array in a cell."""


def write_markdown(report: Report, view: View, stream: TextIO) -> None:
    """Write the report as one Markdown document without a title of its own."""
    write_lines(markdown_lines(report, view), view, stream)


def markdown_lines(report: Report, view: View) -> Iterator[str]:
    """The expression and its value, a row for each input, the gradients as formulas, the verdict, the steps."""
    yield from fenced(report.expression.strip())
    yield ""
    yield f"Result: {array(report.result.data, view)}, shape {code(arrays.shape_label(report.result.data))}"
    yield ""
    seeds = [each for each in report.grad_tensors if each is not None]
    if seeds:
        yield f"Grad tensor: {', then '.join(array(each, view) for each in seeds)}"
        yield ""
    yield from table(["input", "shape", "value", "gradient", "check"], [_row(each, view) for each in report.variables])
    yield ""
    if view.formula:
        yield from _formulas(report, view)
    for line in verdict_lines(report, view):
        yield plain("".join(piece for piece, _ in line).strip()) + "  "
    if report.jacobian is not None:
        yield ""
        for name, block in report.jacobian.blocks.items():
            yield f"Jacobian by {code(name)}: {array(block, view)}"
            yield ""
    if report.steps is not None:
        yield ""
        yield from step_lines(report.steps, view)


def _row(variable: Variable, view: View) -> list[str]:
    missing = "" if variable.value.requires_grad else "no grad"
    gradient = missing if variable.grad is None else array(variable.grad, view)
    check = "".join(piece for piece, _ in check_cell(variable.check, view))
    shape = code(arrays.shape_label(variable.value.data))
    return [code(variable.name), shape, array(variable.value.data, view), gradient, plain(check)]


def _formulas(report: Report, view: View) -> Iterator[str]:
    """Each gradient as a formula to read and, in the table, as one to type."""
    named = [each for each in report.variables if each.formula is not None]
    if not named:
        return
    yield from table(["gradient of", "formula"], [[code(each.name), code(each.formula or "")] for each in named])
    yield ""
    for each in mathematics.gradients(report):
        if each.formula is not None:
            before = "".join(rf"{left} = {right} \qquad " for left, right in each.helpers)
            yield from displayed(f"{before}{each.partial} = {each.formula} = {latex_value(each.value, view)}")
            yield ""


def step_lines(steps: Steps, view: View) -> Iterator[str]:
    """The forward table, then a table for each operation on the way back."""
    yield "### Forward"
    yield ""
    forward = [
        [code(f"{f.symbol.text} = {f.formula.text}"), code(arrays.shape_label(f.value)), array(f.value, view)]
        for f in steps.forward
    ]
    yield from table(["value", "shape", "number"], forward)
    yield ""
    yield "### Backward"
    yield ""
    summed = {each.name.text for each in steps.backward if each.paths}
    for step in steps.backward:
        if step.formula is not None:
            yield f"{code(f'{step.symbol.text} = {step.formula.text}')} ({code(step.grad_fn or '')})"
        elif step.paths:
            yield f"{code(step.symbol.text)} is used {len(step.paths)} times: its gradient is the sum over the ways"
        else:
            continue
        yield ""
        yield from table(["", "rule", "shape", "number"], _step(step, summed, view))
        yield ""


def _step(step: Backward, summed: set[str], view: View) -> list[list[str]]:
    rows = [_numbers("via", path.through.text, path.gradient, view) for path in step.paths]
    rows.append(_numbers("sum" if rows else "in", step.name.text, step.gradient, view))
    for passed in step.passed:
        if passed.local is not None and passed.local_value is not None:
            rows.append(_numbers("local derivative", passed.local.text, passed.local_value, view))
        sign = "+=" if passed.symbol.text in summed else "="
        rows.append(_numbers("out", f"{passed.symbol.text} {sign} {passed.rule.text}", passed.gradient, view))
    return rows


def _numbers(what: str, formula: str, value: Array, view: View) -> list[str]:
    return [what, code(formula), code(arrays.shape_label(value)), array(value, view)]


def table(titles: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """A table; the cells are Markdown already, with their bars escaped."""
    yield f"| {' | '.join(titles)} |"
    yield "|" + " --- |" * len(titles)
    for row in rows:
        yield f"| {' | '.join(row)} |"


def array(value: Array, view: View) -> str:
    """An array as code, on one line."""
    return code(arrays.inline(value, view, None if view.full else _ROOM))


def fenced(text: str) -> Iterator[str]:
    """A block of code; its fence is longer than any row of backticks in it."""
    fence = "`" * max(3, _longest_run(text) + 1)
    yield from [fence, *text.splitlines(), fence]


def displayed(formula: str) -> Iterator[str]:
    """A formula on lines of its own."""
    yield from ["$$", formula, "$$"]


def code(text: str) -> str:
    """Code within a line, also within a cell of a table."""
    text = "".join(each if each.isprintable() else each.encode("unicode_escape").decode() for each in text)
    fence = "`" * (_longest_run(text) + 1)
    space = " " if text.startswith("`") or text.endswith("`") or not text.strip() else ""
    return f"{fence}{space}{text}{space}{fence}".replace("|", r"\|")


def plain(text: str) -> str:
    """Words letter for letter."""
    return "".join(f"\\{each}" if each in r"\`*_{}[]<>#|$~" else each for each in text)


def _longest_run(text: str) -> int:
    """The length of the longest row of backticks."""
    return max((len(run) for run in "".join(c if c == "`" else " " for c in text).split()), default=0)
