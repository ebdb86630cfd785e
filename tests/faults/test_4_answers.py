"""Answers that misled: each line typed as it was, and what has to be in the answer now."""

from __future__ import annotations

import shlex

import pytest

from command_runs import Cli

TYPED = {
    "grad 'sum(max(x, 0))' --x 1,2,-3": ("= 3", "max(a, b) was read as maximum(a, b)"),
    "grad 'max(0, 1-y*s)' --y 1 --s 2": ("= 0", "max(a, b) was read as maximum(a, b)"),
    "grad 'mse_loss(a, b)' --a '1;2' --b 1,2": ("= 0.5", "they are broadcast to (2, 2)"),
    "grad 'y = 2a; y' --a 3": ("read as  y = 2*a; y",),
    "grad 'arctan((x+y)/(1-xy))' --x 0.1 --y 0.2": ("read as  arctan((x + y)/(1 - x*y))",),
    "grad 'F.relu(x)' --x 3": ("read as  relu(x)",),
    "grad 'x^T*A*x' --x 1,2 --A '1,2;3,4'": ("read as  x @ A @ x", "(A + A.T) @ x"),
    "grad 'sum(x**2)/sqrt(3)' --x 1,2": ("2*x/sqrt(3)",),
    "grad 'x**2*1e-17 + x' --x 1": ("2e-17*x + 1",),
    "grad 'tr(A)' --A '1,2;3,4'": ("read as  trace(A)",),
    "grad 'ReLU(x)' --x 1": ("read as  relu(x)",),
    "grad '(-8)**(1/3)*x' --x 1": ("cbrt takes the real cube root",),
    "jacobian 'A.T@x' --A '1,2;3,4' --x 1,2 --formula": ("= A.T",),
    "hessian 'x@A@x' --A '1,2;3,4' --x 1,2 --formula --wrt x": ("= A + A.T",),
    "graph 'sum(A@A)' --A '1,2;3,4' --full": ("[[1, 2], [3, 4]]",),
    "explain gradient": ("vector-Jacobian product",),
    "explain Tr": ("trace(x, offset=0)",),
}


@pytest.mark.parametrize("line", TYPED)
def test_what_misled_is_said(cli: Cli, line: str) -> None:
    done = cli(*shlex.split(line))
    written = " ".join((done.stdout + done.stderr).split())
    assert done.status == 0
    for words in TYPED[line]:
        assert " ".join(words.split()) in written, written


@pytest.mark.parametrize(
    ("factor", "name"), [("pi", "pi"), ("log(10)", "ln 10"), ("180/pi", "180/pi"), ("1/sqrt(2)", "sqrt(2)")]
)
def test_constants_of_the_field_are_named(cli: Cli, factor: str, name: str) -> None:
    done = cli("check", f"sum(x**2)*({factor})", "--claim", "x = 2*x", "--x", "1,2")
    assert done.status == 1
    assert name in done.stdout


@pytest.mark.parametrize("claim", ["x@A@x|x = 2*A@x", "x@inv(A)@x|x = 2*inv(A)@x"])
def test_a_claim_for_symmetric_matrices_alone_says_so(cli: Cli, claim: str) -> None:
    text, formula = claim.split("|")
    done = cli("check", text, "--claim", formula, "--A", "1,2;2,5", "--x", "1,5")
    assert done.status == 1
    assert "right only when A is symmetric" in done.stdout


def test_several_gradients_are_got(cli: Cli) -> None:
    assert cli("grad", "x*y", "--x", "1", "--y", "2", "--get", "x", "--get", "y").stdout == "2\n1\n"
