"""Formulas as a function of NumPy, PyTorch or JAX."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from autograd_core.export.code_printer import CodePrinter
from autograd_core.export.literals import FreeNames
from autograd_core.expr.nodes import Var as Variable
from autograd_core.expr.nodes import topological
from autograd_core.formula.closed import Formula
from autograd_core.shapes.choice import Choice
from autograd_core.shapes.kinds import Kinds
from autograd_core.shapes.letters import uses

HEADS = {"numpy": "import numpy as np", "torch": "import torch", "jax": "import jax\nimport jax.numpy as jnp"}
"""What a program of each library begins with."""


def function_lines(target: str, run: Choice, formulas: Mapping[tuple[str, ...], Formula], kinds: Kinds) -> list[str]:
    """A function that returns derivatives at one choice of sizes: the lines before it, and its own without indents."""
    variables, names, result = list(run.program.variables), run.names, run.program.result
    what = "derivative" if run.order > 1 else "gradient" if run.what == "v.J" else run.what
    title = {"jacobian": "Jacobian", "hessian": "Hessian", "derivative": f"derivative of order {run.order}"}
    free = FreeNames({"np", "torch", "jax", "jnp", *variables, *names, *kinds.letters})
    printer = CodePrinter(target, {}, free)
    used = {
        node.name
        for each in formulas.values()
        for expr in (each.expr, *(e for _, e in each.helpers))
        if expr is not None
        for node in topological([expr])
        if isinstance(node, Variable)
    }
    arguments = [*variables, *([names[1]] if names[1] in used else [])]
    body: list[str] = []
    if names[0] in used:
        body.append(f"{names[0]} = {printer.text(result, {})}")
    returned = []
    for of, each in formulas.items():
        assert each.expr is not None
        body += [f"{label} = {printer.text(expr, {})}" for label, expr in each.helpers]
        name = "d_" + "_".join(of)
        body.append(f"{name} = {printer.text(each.expr, {})}")
        returned.append((of, name))
    last = returned[0][1] if len(returned) == 1 else "{" + ", ".join(f'"{" ".join(o)}": {n}' for o, n in returned) + "}"
    prelude = [line for text in printer.prelude.values() for line in ["", "", *text.splitlines()]]
    head = f"def {what}({', '.join(arguments)}):"
    doc = f'"""The {title.get(what, what)} of {kinds.text}.'
    return [HEADS[target], *prelude, "", "", head, doc, *body, f"return {last}"]


def function_text(lines: Sequence[str], texts: Mapping[tuple[str, ...], str], kinds: Kinds) -> str:
    """The program of lines with letters for sizes, which it reads from the arguments, and with what it returns."""
    start = next(place for place, line in enumerate(lines) if line.startswith('"""'))
    body = lines[start + 1 :]
    doc = [lines[start], "", *(f"{', '.join(of)}: {text}" for of, text in texts.items()), '"""']
    own = [f"{letter} = {_where(kinds, letter)}" for letter in kinds.letters if uses(body, letter)]
    return "\n".join([*lines[:start], *(f"    {line}".rstrip() for line in [*doc, *own, *body])]) + "\n"


def _where(kinds: Kinds, letter: str) -> str:
    """Where a size is read from the arguments."""
    return next(f"{name}.shape[{sizes.index(letter)}]" for name, sizes in kinds.sizes.items() if letter in sizes)
