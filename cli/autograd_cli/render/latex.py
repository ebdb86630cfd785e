"""The report as a fragment of LaTeX that needs nothing but amsmath."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import TextIO

from autograd_cli.render import arrays, mathematics
from autograd_cli.render.numbers import Array, display_texts
from autograd_cli.render.verdict import verdict_lines
from autograd_cli.render.view import View
from autograd_core.report import Report, shape_text
from autograd_core.solution import Backward, Steps, Written

_SPECIAL = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "$": r"\$",
    "&": r"\&",
    "#": r"\#",
    "_": r"\_",
    "%": r"\%",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    '"': r"\textquotedbl{}",
}
_MARK = re.compile(r"^(\[\w+\]|-) ")
_ROW = 10
"""Columns of a matrix that is written with its numbers, as many as amsmath allows without being told."""


def write_latex(report: Report, view: View, stream: TextIO) -> None:
    """Write a fragment to be put between ``\\begin{document}`` and ``\\end{document}``."""
    for line in latex_lines(report, view):
        stream.write(line + "\n")


def document(report: Report, stream: TextIO) -> None:
    """Write a whole document with the steps, ready for a compiler."""
    stream.write("\\documentclass{article}\n\\usepackage{amsmath}\n\\allowdisplaybreaks\n\\begin{document}\n")
    write_latex(report, View(), stream)
    stream.write("\\end{document}\n")


def latex_lines(report: Report, view: View) -> Iterator[str]:
    """The expression, the gradients as matrix calculus with their values, the verdict, and the steps if asked for."""
    yield "% needs \\usepackage{amsmath}"
    yield from equations(mathematics.equations(report, value(report.result.data, view)))
    yield from equations(_weights(report, view))
    yield "\\noindent The inputs and the gradients:"
    yield from equations((mathematics.name(each.name), value(each.value.data, view)) for each in report.variables)
    rows = []
    for each in mathematics.gradients(report):
        parts = [*([each.formula] if each.formula and view.formula else []), value(each.value, view)]
        rows += [
            *((name, formula) for name, formula in each.helpers if view.formula),
            (each.partial, " = ".join(parts)),
        ]
    yield from equations(rows)
    if report.jacobian is not None:
        yield from equations(_jacobians(report, view))
    for line in verdict_lines(report, View(ascii=True)):
        words = "".join(piece for piece, _ in line).strip()
        yield "\\noindent " + text(_MARK.sub("", words)) + "\\par"
    if report.steps is not None:
        yield from step_lines(report.steps, view)


def _jacobians(report: Report, view: View) -> Iterator[tuple[str, str]]:
    """The Jacobian by each input, as a matrix of all rows by all columns."""
    assert report.jacobian is not None
    for name in report.jacobian.blocks:
        yield f"J_{{{mathematics.name(name)}}}", value(report.jacobian.matrix(name), view)


def _weights(report: Report, view: View) -> Iterator[tuple[str, str]]:
    """The v of each backward pass where there are several, and the v that the gradients are the v.J of."""
    v = mathematics.name(report.names[1])
    given = ["1" if each is None else value(each, view) for each in report.grad_tensors]
    if len(given) > 1:
        yield from ((rf"{v}^{{({turn})}}", number) for turn, number in enumerate(given, 1))
    if report.jacobian is not None:
        yield v, value(report.jacobian.weights, view)
    elif len(given) == 1 and report.grad_tensors[0] is not None:
        yield v, given[0]


def step_lines(steps: Steps, view: View) -> Iterator[str]:
    """The forward values, and for each operation what came in, its local derivative, and what goes out."""
    yield "\\paragraph{Forward}"
    yield from equations((_math(f.symbol), f"{_math(f.formula)} = {value(f.value, view)}") for f in steps.forward)
    yield "\\paragraph{Backward}"
    for step in steps.backward:
        if step.formula is not None:
            name = text(step.grad_fn or "")
            yield f"\\noindent ${_math(step.symbol)} = {_math(step.formula)}$ \\quad (\\texttt{{{name}}})"
        elif not step.paths:
            continue
        else:
            yield f"\\noindent ${_math(step.symbol)}$ is used {len(step.paths)} times:"
        rows = list(_arrival(step, view))
        for passed in step.passed:
            if passed.local is not None and passed.local_value is not None:
                slope = rf"\frac{{\partial {_math(step.symbol)}}}{{\partial {_operand(passed.symbol)}}}"
                rows.append((slope, f"{_math(passed.local)} = {value(passed.local_value, view)}"))
            rows.append((_math(passed.symbol), f"{_math(passed.rule)} = {value(passed.gradient, view)}"))
        yield from equations(rows)


def _operand(partial: Written) -> str:
    r"""The value that a gradient is taken by: the end of ``\frac{\partial f}{\partial x}``."""
    return mathematics.letters(partial.latex.rsplit(r"}{\partial ", 1)[1][:-1])


def _arrival(step: Backward, view: View) -> Iterator[tuple[str, str]]:
    if step.paths:
        ways = " + ".join(f"{value(path.gradient, view)}_{{{_math(path.through)}}}" for path in step.paths)
        yield _math(step.name), f"{ways} = {value(step.gradient, view)}"
    else:
        yield _math(step.name), value(step.gradient, view)


def _math(written: Written) -> str:
    return mathematics.letters(written.latex)


def equations(rows: Iterable[tuple[str, str]]) -> Iterator[str]:
    """Equations below each other, aligned at their signs; nothing where there are none."""
    found = [rf"  {left} &= {right}" if left else rf"  & {right}" for left, right in rows]
    if found:
        yield "\\begin{align*}"
        yield " \\\\\n".join(found)
        yield "\\end{align*}"


def value(array: Array, view: View) -> str:
    """An array for math mode: vectors as transposed rows, matrices as they are, large ones by shape and range."""
    if array.ndim == 0:
        return number(display_texts(array, view.precision)[0])
    if array.size == 0 or (
        not view.full and (array.size > arrays.LARGE or (array.ndim > 1 and array.shape[-1] > _ROW))
    ):
        about = shape_text(array.shape) + (f": {arrays.extent(array, view)}" if array.size else "")
        return rf"\text{{{text(about)}}}"
    if array.ndim > 2:
        return r"\left[ " + ", ".join(value(part, view) for part in array) + r" \right]"
    return matrix(array, view) if array.ndim == 2 else matrix(array[None], view) + r"^{\top}"


def matrix(array: Array, view: View) -> str:
    """A matrix in round brackets."""
    texts = [number(each) for each in display_texts(array, view.precision)]
    width = array.shape[1]
    rows = [texts[start : start + width] for start in range(0, len(texts), width)]
    if len(rows) == 1 and width > _ROW and not view.full:
        rows = [[*rows[0][:4], r"\cdots", *rows[0][-2:]]]
    body = r" \\ ".join(" & ".join(row) for row in rows)
    if len(rows[0]) <= _ROW:
        return rf"\begin{{pmatrix}} {body} \end{{pmatrix}}"
    return rf"\left(\begin{{array}}{{{'r' * width}}} {body} \end{{array}}\right)"


def number(shown: str) -> str:
    """A number that was written for people, as LaTeX."""
    if "e" in shown:
        digits, exponent = shown.split("e")
        if not int(exponent):
            return digits
        head = "" if digits == "1" else "-" if digits == "-1" else digits + r" \cdot "
        return f"{head}10^{{{int(exponent)}}}"
    words = {"nan": r"\mathrm{nan}", "inf": r"\infty", "-inf": r"-\infty"}
    return words.get(shown, shown)


def text(words: str) -> str:
    """Words letter for letter, outside of math mode; what is not ASCII is written as an escape."""
    plain = words.encode("ascii", "backslashreplace").decode()
    plain = "".join(each if each.isprintable() else each.encode("unicode_escape").decode() for each in plain)
    return "".join(_SPECIAL.get(each, each) for each in plain)
