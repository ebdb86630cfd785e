"""What operations, parts and inputs are called in exported programs: no name twice, and the words of each library.

That torch and jax mean the same by theirs is seen by test_export_elsewhere.py, where they are at hand.
"""

from __future__ import annotations

import ast
import re
from typing import Any

import numpy as np
import pytest

from autograd_core.export import TARGETS
from autograd_core.export.code import FreeNames, UnsupportedError
from autograd_core.export.code_printer import CodePrinter
from autograd_core.expr.nodes import Call, Const, Expr, Var
from autograd_core.ops.registry import functions
from autograd_core.ops.spec import OpSpec
from exported import performed, program
from operation_samples import cases as drawn

PRIMITIVES = [each for each in functions() if isinstance(each, OpSpec)]
X = np.arange(12.0).reshape(3, 4)
SIGNAL = X.reshape(1, 1, 12)


@pytest.mark.parametrize(
    ("target", "expression", "values", "text"),
    [
        ("torch", "sum(pad(x, ((1, 0), (0, 2))))", {"x": X}, "F.pad(x, (0, 2, 1, 0))"),
        (
            "torch",
            "sum(heaviside(x, 0.5)*x)",
            {"x": X},
            "torch.where(x == 0, torch.tensor(0.5), torch.clamp(torch.ceil(x)",
        ),
        ("torch", "sum(x//2 + x)", {"x": X}, 'torch.div(x, torch.tensor(2.0), rounding_mode="floor")'),
        ("torch", "sum(clip(y, x, x + 1))", {"x": X, "y": 2}, "torch.clamp(y.expand((3, 4)), x, x + 1)"),
        ("torch", "median(x)", {"x": X}, "torch.sort(torch.reshape(x, (-1,)), dim=0).values"),
        ("jax", "sum(conv1d(x, w, dilation=3))", {"x": SIGNAL, "w": np.ones((1, 1, 2))}, "rhs_dilation=(3,)"),
        ("jax", "sum(x[1, [0, 2]])", {"x": X}, "x[1, jnp.array([0, 2], dtype=int)]"),
        ("torch", "sum(x[[[0, 1], [-1, 0]]])", {"x": X}, "x[[[0, 1], [-1, 0]],]"),
        ("torch", "sum(where(0 > 1, x, 2*x))", {"x": X}, "torch.where(torch.tensor(False), x, 2*x)"),
        ("jax", "sum(softplus(x, beta=2))", {"x": X}, "jax.nn.softplus(x*2.0)/2.0"),
        ("jax", "sum(elu(x) + celu(x, alpha=2))", {"x": X}, "jax.nn.elu(x) + jax.nn.celu(x, alpha=2.0)"),
        ("jax", "binary_cross_entropy_with_logits(x, x)", {"x": X}, "jnp.mean((1 - x)*x - jax.nn.log_sigmoid(x)"),
        ("jax", "log_softmax(x)", {"x": 2}, "x - jax.lax.stop_gradient(x)"),
        ("jax", "logdet(x)", {"x": [[1e200, 0], [0, 1e200]]}, "or its square is not: they are shown and not asserted"),
    ],
)
def test_the_words_of_another_library(target: str, expression: str, values: dict[str, Any], text: str) -> None:
    assert text in program(expression, values, target)


@pytest.mark.parametrize("expression", ["sum(x[1, [0, 2]])", "sum(x[::-1])", "sum(cumsum(x, axis=0, reverse=True))"])
def test_what_torch_reads_otherwise_is_refused(expression: str) -> None:
    with pytest.raises(UnsupportedError, match="has no counterpart in torch"):
        program(expression, {"x": X}, "torch")


@pytest.mark.parametrize(
    ("expression", "x", "words"),
    [
        ("det(x)", [[1, 2], [2, 4]], "# det(x): PyTorch's gradient is 0 or inexact where the matrix is singular"),
        ("sum(median(x, axis=0))", [[1, 2], [2, 3], [2, 4]], "# median(x, axis=0): of tied entries PyTorch takes one"),
    ],
)
def test_where_torch_is_known_to_differ_the_program_says_so(expression: str, x: Any, words: str) -> None:
    met, plain = program(expression, {"x": x}, "torch"), program(expression, {"x": [[1, 2], [5, 4]]}, "torch")
    assert words in met
    assert "assert_close" not in met
    assert "assert_close" in plain
    assert "#" not in plain


MANY = "h = relu(x)*w; sum(h**3 + logsumexp(x)*h)"
"""An expression of which a program has many names: of statements, parts, gradients and definitions."""


def names_in(text: str) -> list[str]:
    """Every name that a program reads or sets, in order."""
    tree = ast.parse(text)
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    names |= {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
    return sorted(name for name in names if not name.startswith("__"))


@pytest.mark.parametrize("target", ["numpy", "sympy"])
def test_a_program_proves_itself_whatever_its_inputs_and_statements_are_called(target: str) -> None:
    values = {"x": [0.5, 0.25], "w": [1, 2]}
    for name in [*names_in(program(MANY, values, target)), "λ", "x_", "_", "_1", "v1"]:
        for renamed in (r"\bx\b", r"\bh\b"):
            expression = re.sub(renamed, name, MANY)
            if name not in ("w", "x", "h"):
                given = {name: values["x"], "w": values["w"]} if renamed == r"\bx\b" else values
                performed(program(expression, given, target))


@pytest.mark.parametrize("target", TARGETS)
def test_what_a_user_calls_a_name_of_the_program_is_called_otherwise(target: str) -> None:
    for name in [*TARGETS[target].own.split(), "float", "print", "range"]:
        text = program(f"sum(erf({name})*2)", {name: [0.5, 0.25]}, target)
        bound = [node.id for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Name)]
        assert f"{name}_" in bound


@pytest.mark.parametrize("op", PRIMITIVES, ids=[op.name for op in PRIMITIVES])
def test_what_an_operation_is_called_in_numpy_computes_what_it_computes_here(op: OpSpec) -> None:
    assert op.exports.keys() <= set(TARGETS)
    for case in drawn(op)[:6]:
        arrays = {f"a{i}": np.asarray(o, dtype=float) for i, o in enumerate(case.operands)}
        operands: list[Expr] = [Var(name, each.shape) for name, each in arrays.items()]
        operands = [
            o if isinstance(given, np.ndarray) else Const(given)
            for o, given in zip(operands, case.operands, strict=True)
        ]
        printer = CodePrinter("numpy", {}, FreeNames())
        try:
            text = printer.text(Call(op, tuple(operands), case.params))
        except UnsupportedError:
            continue
        names: dict[str, Any] = {"np": np, "math": __import__("math"), **arrays}
        with np.errstate(all="ignore"):
            for definition in printer.prelude.values():
                exec(definition, names)
            found = np.asarray(eval(text, names), dtype=float)
            wanted = np.asarray(
                op.forward(*[np.asarray(o, dtype=float) for o in case.operands], **case.params), dtype=float
            )
        np.testing.assert_allclose(found, wanted, rtol=1e-9, atol=1e-12, err_msg=text)
