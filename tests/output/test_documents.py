"""Reports as LaTeX and Markdown: fragments that compile, tables that are tables, and no word of a user as markup."""

from __future__ import annotations

import io
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from autograd_cli.document import Display
from autograd_cli.views.gradient import gradient_answer
from autograd_cli.writers import write
from autograd_core.calculate import Request, calculate
from autograd_core.report import Report
from corpus_cases import array, cases, inputs

MAIN = ("sum((Y-W2*W1*X1)**2)", {"X1": [2, 3, 4, 5], "W1": [1, 1, 1, 1], "W2": [1, 2, 3, 4], "Y": [1, 1, 1, 1]})
HARD = (
    MAIN,
    ("h = tanh(W @ x + b); p = softmax(h); -log(p[1])", {"W": [[1, 2], [3, 4]], "x": [1, 0.5], "b": [0, 1]}),
    ("f*v + f_*dv1", {"f": 2, "v": 3, "f_": 4, "dv1": 5}),
    ("alpha*λ + Ωmega + x_long_name*é + 数", {"alpha": 1, "λ": 2, "Ωmega": 3, "x_long_name": 4, "é": 5, "数": 6}),
    ("sum(where(x > 0, x, -x))", {"x": [1, -2, 0]}),
    ("sum(1/x) + sum(sqrt(x))", {"x": [0, 1]}),
    ("sum(W**2)", {"W": np.arange(400.0).reshape(20, 20)}),
    ("sum(x**2)", {"x": np.arange(40.0)}),
    ("sum(T*1e-9)", {"T": np.arange(24.0).reshape(2, 3, 4)}),
    ("x", {"x": 3}),
    ("det(A) + sum(inv(A))", {"A": [[2, 1], [0, 3]]}),
)
IDS = [expression[:24] for expression, _ in HARD]
FRAME = "\\documentclass{article}\n\\usepackage{amsmath}\n\\begin{document}\n%s\\end{document}\n"


def report_of(expression: str, values: dict[str, Any], **settings: Any) -> Report:
    given = {name: np.asarray(value, dtype=float) for name, value in values.items()}
    return calculate(Request(expression, given, check="none", **{"steps": True, **settings}))


def written(report: Report, form: str, **choices: Any) -> str:
    stream = io.StringIO()
    write(gradient_answer(report), form, Display(**choices), stream)
    return stream.getvalue()


def compiled(text: str, folder: Path) -> None:
    """Compile a document with the real program, or raise with what it says."""
    (folder / "x.tex").write_text(text, encoding="utf-8")
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "x.tex"]
    done = subprocess.run(command, cwd=folder, capture_output=True, timeout=120, check=False)
    words = done.stdout.decode("utf-8", "replace")
    assert done.returncode == 0, "\n".join(words[words.find("\n!") :].splitlines()[:12])


def balanced(text: str) -> None:
    """What can be seen without a compiler: braces, environments, pairs of \\left and \\right, math mode."""
    plain = re.sub(r"\\[\\{}$&#_%]", "", re.sub(r"(?<!\\)%.*", "", text))
    depth = 0
    for each in plain:
        depth += (each == "{") - (each == "}")
        assert depth >= 0
    assert depth == 0
    stack: list[str] = []
    for kind, name in re.findall(r"\\(begin|end)\{(\w+\*?)\}", plain):
        if kind == "begin":
            stack.append(name)
        else:
            assert stack.pop() == name
    assert not stack
    assert len(re.findall(r"\\left\b", plain)) == len(re.findall(r"\\right\b", plain))
    assert plain.count("$") % 2 == 0
    assert text.isascii()


@pytest.mark.parametrize(("expression", "values"), HARD, ids=IDS)
def test_latex_is_well_formed(expression: str, values: dict[str, Any]) -> None:
    balanced(written(report_of(expression, values), "latex"))
    balanced(written(report_of(expression, values), "latex", full=True))


@pytest.mark.skipif(
    shutil.which("pdflatex") is None, reason="pdflatex is not installed: apt install texlive-latex-base"
)
def test_latex_compiles(tmp_path: Path) -> None:
    parts = [written(report_of(*case), "latex", full=full) for case in HARD for full in (False, True)]
    for case in list(cases("gradients.json"))[::9]:
        if "error" not in case and case.get("policy") in (None, "match"):
            seeds = (array(case["grad_tensor"]),) if case.get("grad_tensor") is not None else (None,)
            parts.append(written(report_of(case["expr"], inputs(case), grad_tensors=seeds), "latex"))
    compiled(FRAME % "\n\\clearpage\n".join(parts), tmp_path)


def test_latex_says_the_gradient_as_matrix_calculus_with_its_numbers() -> None:
    text = written(report_of(*MAIN, steps=False), "latex")
    assert r"f &= \operatorname{sum}\left(\left(Y - W_{2} \odot W_{1} \odot X_{1}\right)^{2}\right) = 508" in text
    assert r"\frac{\partial f}{\partial Y} &= 2" in text
    assert r"\begin{pmatrix} -2 & -10 & -22 & -38 \end{pmatrix}^{\top}" in text
    assert "Backward" not in text
    assert "Backward" in written(report_of(*MAIN), "latex")


def test_latex_keeps_the_statements_of_the_user_and_names_the_grad_tensor() -> None:
    seed = np.array([1.0, 2.0])
    text = written(report_of("h = W @ x; h**2", {"W": [[1, 2], [3, 4]], "x": [1, 1]}, grad_tensors=(seed,)), "latex")
    assert r"h &= W \, x" in text
    assert r"f &= h^{2} = " in text
    assert r"v &= \begin{pmatrix} 1 & 2 \end{pmatrix}^{\top}" in text
    assert r"\partial \left(v \cdot f\right)" in text


@pytest.mark.parametrize(("expression", "values"), HARD, ids=IDS)
def test_the_tables_of_markdown_have_as_many_cells_in_each_row(expression: str, values: dict[str, Any]) -> None:
    text = written(report_of(expression, values), "markdown")
    rows = re.findall(r"(?:^\|.*\n)+", text, re.MULTILINE)
    assert rows
    for table in rows:
        counts = {len(re.findall(r"(?<!\\)\|", line)) for line in table.splitlines()}
        assert len(counts) == 1, table
        assert set(table.splitlines()[1]) <= set("|- ")
    assert text.count("$$") % 2 == 0


def test_markdown_shows_a_row_for_each_input_the_formula_to_type_and_to_read() -> None:
    text = written(report_of(*MAIN, steps=False), "markdown")
    assert "| `X1` | `(4,)` | `[2, 3, 4, 5]` | `[2, 20, 66, 152]` |" in text
    assert "Result: `508`, shape `()`" in text
    assert r"\frac{\partial f}{\partial Y} = 2" in text
    assert "$$" not in written(report_of(*MAIN, steps=False), "markdown", formula=False)


def test_nothing_a_user_typed_is_markup_in_markdown() -> None:
    text = written(report_of("sum(x) # `*|_</b> ``` $$", {"x": [1, 2]}), "markdown")
    assert text.startswith("````\nsum(x) # `*|_</b> ``` $$\n````\n")


def test_markdown_has_the_steps_when_they_are_asked_for() -> None:
    text = written(report_of(*MAIN), "markdown")
    assert "| out | `dv1 = dv2*X1` | `(4,)` | `[4, 30, 88, 190]` |" in text
    assert "### Backward" not in written(report_of(*MAIN, steps=False), "markdown")


@pytest.mark.parametrize("form", ["latex", "markdown"])
def test_ascii_documents_are_ascii(form: str) -> None:
    report = report_of("sum(x*λ)", {"x": [1, 2], "λ": [3, 4]})
    assert written(report, form, ascii=True).isascii()
