"""Formulas as a function of NumPy, PyTorch or JAX."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from autograd_core.export.code_printer import CodePrinter
from autograd_core.export.names import FreeNames
from autograd_core.expr.nodes import Expr, topological
from autograd_core.expr.nodes import Var as Variable
from autograd_core.formula.closed import Formula

HEADS = {"numpy": "import numpy as np", "torch": "import torch", "jax": "import jax\nimport jax.numpy as jnp"}
"""What a program of each library begins with."""


def lines_of(
    target: str,
    result: Expr,
    formulas: Mapping[tuple[str, ...], Formula],
    variables: Sequence[str],
    names: tuple[str, str],
    sizes: Sequence[str],
    called: str,
) -> list[str]:
    """The program at one choice of sizes: a function that returns the derivatives that have a formula."""
    free = FreeNames({"np", "torch", "jax", "jnp", *variables, *names, *sizes})
    printer = CodePrinter(target, {}, free)
    found = {of: each for of, each in formulas.items() if each.expr is not None}
    used = {
        node.name
        for each in found.values()
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
    for of, each in found.items():
        assert each.expr is not None
        body += [f"{label} = {printer.text(expr, {})}" for label, expr in each.helpers]
        name = "d_" + "_".join(of)
        body.append(f"{name} = {printer.text(each.expr, {})}")
        returned.append((of, name))
    last = returned[0][1] if len(returned) == 1 else "{" + ", ".join(f'"{" ".join(o)}": {n}' for o, n in returned) + "}"
    prelude = [line for text in printer.prelude.values() for line in ["", "", *text.splitlines()]]
    return [HEADS[target], *prelude, "", "", f"def {called}({', '.join(arguments)}):", *body, f"return {last}"]
