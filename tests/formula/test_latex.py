"""Expressions and formulas as LaTeX: the notation of matrix calculus, and text that compiles."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

import corpus_cases
from autograd_core.errors import AutogradError
from autograd_core.expr.build import parse
from autograd_core.expr.latex import latex
from formula_runs import formulas, numbers

GIVEN = {
    "A": numbers(4, 4),
    "X": numbers(4, 4, seed=1),
    "a": numbers(4),
    "b": numbers(4, seed=1),
    "x": numbers(4, seed=2),
    "W1": numbers(4, 4, seed=2),
    "lam": numbers(),
    "mu": numbers(4, seed=3),
    "s": numbers(seed=1),
    "x_max": numbers(),
    "v_": numbers(4, seed=5),
}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a*b", r"a \odot b"),
        ("2*a*s", r"2 \, a \, s"),
        ("a/b", r"\frac{a}{b}"),
        ("-a/b", r"-\frac{a}{b}"),
        ("A @ x - b", r"A \, x - b"),
        ("A.T @ (A @ x - b)", r"A^{\top} \, \left(A \, x - b\right)"),
        ("a @ X @ b", r"a^{\top} \, X \, b"),
        ("x @ A", r"A^{\top} \, x"),
        ("x @ A.T", r"A \, x"),
        ("outer(a, b)", r"a \, b^{\top}"),
        ("inv(X).T", r"X^{-\top}"),
        ("inv(X + A) @ b", r"\left(X + A\right)^{-1} \, b"),
        ("(a + b)**2", r"\left(a + b\right)^{2}"),
        ("X**2", r"X^{\odot 2}"),
        ("exp(-x**2)/sqrt(2*pi)", r"\frac{e^{-x^{2}}}{\sqrt{2 \, \pi}}"),
        ("sum(X, axis=0)", r"\operatorname{sum}_{0}\left(X\right)"),
        ("W1 @ mu*lam", r"\left(W_{1} \, \mu\right) \, \lambda"),
        ("(a*x) @ X", r"X^{\top} \, \left(a \odot x\right)"),
        ("(x > 0)*x", r"\left[x > 0\right] \odot x"),
        ("x[0] + W1[:, 1]", r"x_{0} + {W_{1}}_{:, 1}"),
        ("x_max*v_", r"x_{\mathrm{max}} \, v'"),
        ("1e-9*x + x/3", r"10^{-9} \, x + \frac{x}{3}"),
        ("cumsum(x, reverse=True)", r"\operatorname{cumsum}\left(x, \mathrm{reverse}=\mathrm{True}\right)"),
    ],
)
def test_notation(text: str, expected: str) -> None:
    assert latex(parse(text, GIVEN).result) == expected


def test_a_formula_and_its_helpers_are_written_by_their_names() -> None:
    given = {name: GIVEN[name] for name in ("A", "x", "a", "b")}
    found = formulas("sum((a*tanh(A @ x + b) - b)**2)", given)["a"]
    assert found.expr is not None
    assert [(name, latex(expr)) for name, expr in found.helpers] == [("h", r"\tanh\left(A \, x + b\right)")]
    assert latex(found.expr) == r"2 \, h \odot \left(a \odot h - b\right)"


def test_a_deep_expression_needs_no_recursion() -> None:
    text = ";".join(["y0 = x", *(f"y{i} = tanh(y{i - 1})" for i in range(1, 990)), "y989"])
    assert latex(parse(text, GIVEN).result).count(r"\tanh") == 989


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="pdflatex is not installed")
def test_every_expression_and_formula_compiles(tmp_path: Path) -> None:
    lines = [r"\documentclass{article}\usepackage{amsmath,amssymb}\begin{document}"]
    for case in [*corpus_cases.cases("textbook.json"), *corpus_cases.cases("gradients.json")]:
        lines += (f"$ {text} $" for text in written(case))
    (tmp_path / "all.tex").write_text("\n\n".join([*lines, r"\end{document}"]))
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "all.tex"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, [line for line in done.stdout.splitlines() if line.startswith(("!", "l."))]


def written(case: corpus_cases.Case) -> list[str]:
    """The LaTeX of an expression and of its formulas; nothing where it is refused."""
    inputs = corpus_cases.inputs(case)
    v: Any = None if case.get("grad_tensor") is None else corpus_cases.array(case["grad_tensor"])
    try:
        expression = parse(case["expr"], inputs).result
        found = formulas(case["expr"], inputs, v).values()
    except AutogradError:
        return []
    parts = [(*(e for _, e in f.helpers), f.expr) for f in found if f.expr is not None]
    return [latex(expression), *(latex(e) for exprs in parts for e in exprs if e is not None)]
