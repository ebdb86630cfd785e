"""The mistake that was made is told first, at a place in the claim; conditions are the least that suffice."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from autograd_core.claims.judge import judge
from autograd_core.claims.report import Judgement
from autograd_core.claims.request import ClaimsRequest
from command_runs import Cli, Result

CASES = json.loads((Path(__file__).parent.parent / "corpus" / "mistakes.json").read_text(encoding="utf-8"))["cases"]
M, N, V = "1,2,0;3,4,1;1,0,2", "2,1,1;0,3,1;4,1,5", "1,2,3"


def checked(cli: Cli, expr: str, inputs: dict[str, str], claim: str) -> Result:
    words = [word for name, text in inputs.items() for word in ("--var", f"{name}={text}")]
    return cli("check", expr, "--claim", claim, "--json", *words)


def claimed(cli: Cli, expr: str, inputs: dict[str, str], claim: str) -> dict[str, Any]:
    done = checked(cli, expr, inputs, claim)
    assert done.status == 1
    found: dict[str, Any] = json.loads(done.stdout)["claims"][-1]
    return found


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['expr']} {case['claim']}"[:60])
def test_the_mistake_is_told_first_and_with_its_place(cli: Cli, case: dict[str, Any]) -> None:
    found = claimed(cli, case["expr"], case["inputs"], case["claim"])
    told = found["diagnosis"]
    assert re.search(case["told"], told["text"]), told
    assert told["spans"]
    for each in (told, *found["also"]):
        if each["mended"] and ";" not in case["claim"]:
            assert checked(cli, case["expr"], case["inputs"], each["mended"]).status == 0, each["mended"]


@pytest.mark.parametrize(
    ("expr", "inputs", "claim", "condition"),
    [
        ("sum((Q@x)**2)", {"Q": M, "x": V}, "x = 2*x", "Q is orthogonal"),
        ("trace(A@inv(Q))", {"A": M, "Q": N}, "Q = -Q@A.T@Q", "Q is orthogonal"),
        ("sum((D@x)**2)", {"D": M, "x": V}, "x = 2*diag(D)**2*x", "D is diagonal"),
        ("sum(svdvals(X))", {"X": N}, "X = eye(3)", "X is positive definite"),
        ("sum(abs(x)) + x@A@x", {"A": M, "x": V}, "x = 1 + 2*A@x", "A is symmetric and x > 0"),
        ("sum((x*y)**2) + sum(B)", {"x": V, "y": V, "B": M}, "x = 2*x*abs(y)*y", "y > 0"),
        ("trace(A@X@B) + sum(C)", {"A": M, "X": N, "B": N, "C": M}, "X = A@B", "A and B are symmetric"),
        ("x@P@P@x", {"P": N, "x": V}, "x = 2*P.T@P@x", "P is symmetric"),
        ("sum(exp(-y*(M@x)))", {"M": N, "x": V, "y": "1,-1,1"}, "x = -M.T@(exp(-y*(M@x))/y)", "abs(y) == 1"),
    ],
)
def test_the_condition_is_the_least_that_suffices(
    cli: Cli, expr: str, inputs: dict[str, str], claim: str, condition: str
) -> None:
    found = claimed(cli, expr, inputs, claim)
    assert (found["verdict"], found["condition"]) == ("right-if", condition)


@pytest.mark.parametrize(
    ("expr", "of", "claim", "words"),
    [
        ("x/||x||", "jacobian", "x = I/||x||", r"term is missing.*norm\(x\), in the denominator"),
        ("x/norm(x)", "jacobian", "x = eye(3)/norm(x) + outer(x, x)/norm(x)**3", "sign of a term.*denominator"),
        ("softmax(x)", "jacobian", "x = diag(softmax(x))", "cross term of the softmax"),
        ("tanh(M@x)", "jacobian", "x = M", r"derivative of tanh\(M @ x\).* is missing"),
        ("x@M@x", "hessian", "x = M", "term is missing.*x @ M"),
        (
            "sum(log(1 + exp(M@x)))",
            "hessian",
            "x = M.T@M",
            r"the derivative of 1/\(1 \+ exp.* with respect to M @ x is missing",
        ),
        ("sum(sigmoid(2*(M@x)))", "gradient", "s = sigmoid(M@x); x = 2*M.T@(s*(1-s))", "taken at M @ x, and belongs"),
        ("x@M@x", "gradient", "df = x@M@dx", "term is missing: the contribution of x"),
        ("norm(M@x - b)**2", "gradient", "x = 2*M.T@M@x - M.T@b", "factor 2 is missing in M.T@b"),
        ("norm(M*X - X)**2", "gradient", "X = 2(M - I)'*(M*X - X)", r"M @ X in the place of M\*X"),
    ],
)
def test_a_mistake_is_told_in_matrices_and_where_a_derivative_is_taken_elsewhere(
    cli: Cli, expr: str, of: str, claim: str, words: str
) -> None:
    numbers = [
        word
        for name, text in {"M": M, "x": V, "X": "1;2;3", "b": "2,1,1"}.items()
        for word in ("--var", f"{name}={text}")
    ]
    done = cli("check", expr, "--of", of, "--claim", claim, "--json", *numbers)
    (found,) = json.loads(done.stdout)["claims"]
    assert (done.status, found["verdict"]) == (1, "wrong")
    assert re.search(words, found["diagnosis"]["text"])


def told(expression: str, claim: str, **inputs: Any) -> Judgement:
    return judge(ClaimsRequest(expression, inputs, [claim])).judgements[0]


def test_a_forgotten_term_is_given_as_a_formula() -> None:
    found = told("sum((x - y)**2) - lam*sum(x**3)", "x = 2*(x - y)", x=[1.0, 2.0], y=[3.0, 1.0], lam=0.5).diagnosis
    assert found is not None
    assert (found.code, found.change) == ("missing-term", "subtract 3*lam*x**2")


def test_a_forgotten_term_is_told_where_it_is_far_larger_than_the_others() -> None:
    for expression, claim in (("exp(x*y*z) - x*y*z", "x = -y*z"), ("sin(x*y*z) + exp(x*y*z)", "x = y*z*cos(x*y*z)")):
        found = told(expression, claim, x=0.3, y=0.7, z=1.1).diagnosis
        assert found is not None
        assert (found.code, found.change) == ("missing-term", "add y*z*exp(x*y*z)")


def test_each_term_is_judged_beside_its_own() -> None:
    found = told("x*y**2 + exp(x*y)", "y = x + exp(x)", x=1.5, y=0.5).diagnosis
    assert found is not None
    assert found.code == "several"
    assert "a factor 2*y is missing in x" in found.text
    assert "exp(x) is wrong: the derivative of exp(x*y) belongs there" in found.text
    mended = told("sum(x**3) + sum(sin(2*x))", "x = 3*x + cos(2*x)", x=[1.0, 2.0]).diagnosis
    assert mended is not None
    assert mended.mended is not None
    assert told("sum(x**3) + sum(sin(2*x))", mended.mended, x=[1.0, 2.0]).right


@pytest.mark.parametrize(
    ("expr", "inputs", "claim", "status"),
    [
        ("x^T x", {"x": "1,-2,0.5"}, "∂f/∂x_2 = 2 x_2", 0),
        ("x @ x", {"x": "1,-2,0.5"}, "x[1] = 2*x[1]", 0),
        ("x @ x", {"x": "1,-2,0.5"}, "x_2 = -4", 0),
        ("x @ x", {"x": "1,-2,0.5"}, "df/dx[1] = 4", 1),
        ("det(X)", {"X": "1,2;3,4"}, "∂f/∂X_{12} = -X_{21}", 0),
        ("x1^2*x2", {"x1": "1", "x2": "2"}, "∂f/∂x_2 = x1^2", 0),
        ("n log θ − θ s", {"n": "3", "theta": "0.7", "s": "2"}, "∂ℓ/∂θ = n/θ − s", 0),
        ("n log θ − θ s", {"n": "3", "theta": "0.7", "s": "2"}, "dℓ/dθ = n/θ − n", 1),
        ("tr(AX)", {"A": "1,2;3,4", "X": "1,0;2,1"}, r"\frac{\partial \operatorname{tr}(AX)}{\partial X} = A^\top", 0),
        ("tr(AX)", {"A": "1,2;3,4", "X": "1,0;2,1"}, r"\frac{\partial \operatorname{tr}(AX)}{\partial X} = A", 1),
        (r"\|X\|_F^2", {"X": "1,2;3,4"}, r"\nabla_X \|X\|_F^2 = 2X", 0),
        (r"\|x\|", {"x": "1,2,2"}, r"\nabla\|x\| = \frac{x}{\|x\|}", 0),
        ("tr(X^T X)", {"X": "1,2;0,1;2,-1"}, "X_ij = 2 X_ij", 0),
        ("sum(A*X*X)", {"A": M, "X": N}, "X_{ij} = 2 A_{ij} X_{ij}", 0),
        ("tr(A X)", {"A": "1,0,2;-1,3,1", "X": "1,2;0,1;2,-1"}, "X_ij = A_ji", 0),
        ("tr(A X)", {"A": M, "X": N}, r"\frac{\partial f}{\partial X_{ij}} = A_{ij}", 1),
        ("x^T A y", {"A": "1,2;3,1", "x": "1,2", "y": "1,4"}, "A_{ij} = y_j x_i", 0),
        ("x^T A y", {"A": "1,2;3,1", "x": "1,2", "y": "1,4"}, "A_{ij} = x_j y_i", 1),
        ("x^T A x", {"A": "1,2;3,1", "x": "1,2"}, r"\nabla_{\mathbf{x}} f(\mathbf{x}) = (A + A^T)\mathbf{x}", 0),
        ("sum(X @ a)", {"X": "1,2;0,1;2,-1", "a": "1,2"}, "X_ij = a_j", 0),
        ("b @ X @ a", {"X": "1,2;3,1", "a": "1,1", "b": "2,3"}, "X_ij = b_i", 1),
        ("gamma*x/s", {"gamma": "1.5", "x": "2", "s": "3"}, "s = -gamma(x)/s^2", 0),
    ],
)
def test_one_entry_is_a_claim_and_indices_stand_for_all(
    cli: Cli, expr: str, inputs: dict[str, str], claim: str, status: int
) -> None:
    words = [word for name, text in inputs.items() for word in ("--var", f"{name}={text}")]
    assert cli("check", expr, "--claim", claim, *words).status == status


def test_an_entry_that_is_not_there_is_refused(cli: Cli) -> None:
    done = cli("check", "x @ x", "--claim", "x[3] = 2", "--x", "1,2,3")
    assert (done.status, "x[3] is no entry of x" in done.stderr) == (2, True)


@pytest.mark.parametrize(
    ("expr", "inputs", "claim", "verdict"),
    [  # 0.3 - 0.1*3 is no 0, but rounding takes it to the other side of the kink
        ("sum(abs(x - 0.1*y))", {"x": "0.3,1", "y": "3,1"}, "x = 3,1", "wrong"),
        ("sum(relu(x - 0.1*y))", {"x": "0.3,1", "y": "3,1"}, "x = 2,1", "wrong"),
        ("mean(abs(y - w*x))", {"y": "1,-2,0.5", "w": "0.5", "x": "2,0.5,1.5"}, "w = mean(x*sign(y - w*x))", "wrong"),
        ("det(X)", {"X": M}, "X = inv(X).T", "wrong"),  # of orthogonal matrices some have determinant -1
        (
            "det(A)*y",
            {"A": "1,2;3,4", "y": "2"},
            "A = det(A)*y*inv(A).T",
            "right",
        ),  # also where other points are singular
        (
            "p = sigmoid(w@x + b); -(y*log(p) + (1-y)*log(1-p))",
            {"w": "1,-2,0.5", "x": "0.3,1.2,-0.7", "b": "0.1", "y": "1"},
            "w = (p - y)*x",
            "right",
        ),
    ],
)
def test_rounding_makes_nothing_right_and_leaves_nothing_open(
    cli: Cli, expr: str, inputs: dict[str, str], claim: str, verdict: str
) -> None:
    words = [word for name, text in inputs.items() for word in ("--var", f"{name}={text}")]
    assert cli("check", expr, "--claim", claim, "--json", *words).json["claims"][0]["verdict"] == verdict


def test_a_whole_jacobian_that_is_the_transpose_is_told_as_that(cli: Cli) -> None:
    words = ("--of", "jacobian", "--claim", "J = [2xy, 1; x^2, 1]", "--x", "2", "--y", "3")
    for found in cli("check", "[x^2 y, x + y]", *words, "--json").json["claims"]:
        assert "rows are outputs" in found["diagnosis"]["text"]
