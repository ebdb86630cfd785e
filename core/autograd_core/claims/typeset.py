"""A claim in LaTeX: its helpers and its formula, with boxes around the parts that a mistake is about."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace

from autograd_core.claims.problem import Changing, Problem
from autograd_core.errors import AutogradError, Span
from autograd_core.expr.latex import latex
from autograd_core.expr.nodes import Var
from autograd_core.expr.parser import Source, read
from autograd_core.expr.statements import statements

Formulas = list[tuple[str, str]]


def typeset(problem: Problem, source: Source | None, spans: Sequence[Span] = (), text: str | None = None) -> Formulas:
    """The statements of a claim, or of ``text`` in its place, by name; the last one is a derivative of the result.

    Nothing for a claim in numbers. Raises AutogradError where it has no shape.
    """
    shapes = {**{name: var.shape for name, var in problem.directions.items()}, **problem.shapes}
    shapes[problem.f] = problem.result.shape
    words = {f"d{name}": rf"\mathrm{{d}} {latex(Var(name, ()))}" for name in problem.inputs if f"d{name}" in shapes}
    builder = None if source is None else Changing(source, shapes)
    if text is not None:
        with suppress(AutogradError):
            shapes |= {} if builder is None else {name: expr.shape for name, expr in builder.program().named.items()}
        builder = Changing(read(text), shapes)
    if builder is None:
        return []
    program, statement = builder.program(), builder.source.statements
    parts = {
        node: builder.made[node]
        for each in (statement if text is None else ())
        for node in ast.walk(each.value)
        if node is not statement[-1].value and node in builder.made and each.span(node) in spans
    }
    marked = Changing(builder.source, shapes)
    for place, (node, part) in enumerate(parts.items()):
        marked.changes[node] = Var(f"part{place}_", part.shape)
        inner = statements(replace(program, result=part))[-1][1]
        words[f"part{place}_"] = rf"\boxed{{{latex(inner, words)}}}"
    boxed = dict(statements(marked.program()))
    return [(name or problem.f, latex(boxed.get(name, expr), words)) for name, expr in statements(program)]
