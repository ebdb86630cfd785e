"""``formula``: derivatives for sizes in letters, proved at several sizes, and written for other libraries."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from command_runs import Cli


def formulas(cli: Cli, *words: str) -> dict[str, Any]:
    """The formula by what it is of."""
    found = cli("formula", *words, "--json")
    assert found.status == 0, found.stdout
    assert all(each["proved"] for each in found.json["formulas"]), found.json["formulas"]
    return {",".join(each["by"]): each["formula"] for each in found.json["formulas"]}


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("x^T A x",), {"x": "(A + A.T) @ x", "A": "outer(x, x)"}),
        (("x^T A x", "--x", "n", "--A", "n,n", "--assume", "A symmetric"), {"x": "2*A @ x"}),
        (("(Ax-b)^T(Ax-b)",), {"x": "2*A.T @ (A @ x - b)", "b": "-2*(A @ x - b)"}),
        (("tr(X^T A X B)",), {"X": "A @ X @ B + A.T @ X @ B.T"}),
        (("tr(A*X) + tr(X^T*X)/2",), {"X": "A.T + X"}),
        (("trace(diag(d)@X@diag(d))",), {"d": "2*d*diag(X)", "X": "diag(d**2)"}),
        (("mean(x**2)", "--x", "n"), {"x": "2/n*x"}),
        (("sum(x**2)/sqrt(3)", "--x", "n"), {"x": "2*x/sqrt(3)"}),
        (("x**2*y",), {"x": "2*x*y", "y": "x**2"}),
        (("[x^2 y, 5x + sin y]", "--wrt", "y"), {"y": "x**2*v[0] + cos(y)*v[1]"}),
        (("A@exp(x)",), {"x": "exp(x)*(A.T @ v)", "A": "outer(v, exp(x))"}),
        (("sum(abs(x))", "--x", "n", "--assume", "x > 0"), {"x": "ones_like(x)"}),
        (("x.T@A@x", "--x", "n,1", "--A", "n,n"), {"x": "(A + A.T) @ x"}),
        (("norm2(A*x-y)^2",), {"A": "2*outer(A @ x - y, x)", "x": "2*A.T @ (A @ x - y)", "y": "-2*(A @ x - y)"}),
        (("x@A@inv(B)@A.T@y", "--x", "n", "--A", "n,m", "--B", "m,m"), {"x": "A @ inv(B) @ A.T @ y"}),
        (("sum(y*exp(-X@w) + X@w)", "--X", "m,n", "--wrt", "w"), {"w": "X.T @ (1 - y*exp(-X @ w))"}),
        (("sum(M@x) - sum(sin(M@x))", "--M", "m,n", "--wrt", "x"), {"x": "M.T @ (1 - cos(M @ x))"}),
        (("prod(x)", "--x", "n"), {"x": "f/x"}),
        (("tr(X)^2", "--X", "n,n"), {"X": "2*trace(X)*eye(n)"}),
        (("x @ inv(A) @ x", "--wrt", "x"), {"x": "(inv(A) + inv(A).T) @ x"}),
        (("sum((X - mean(X, axis=0))**2)", "--X", "m,n"), {"X": "2*(X - mean(X, axis=0))"}),
        (("sum(tril(X)**2)", "--X", "n,n"), {"X": "2*tril(X)"}),
        (("sum(x[:3]*y)", "--x", "n", "--y", "3", "--wrt", "x"), {"x": "pad(y, pad_width=(0, n - 3))"}),
        (("x[::-1] @ a", "--x", "n", "--wrt", "x"), {"x": "a[::-1]"}),
        (("logdet(A + t*B)", "--t", "scalar", "--wrt", "t"), {"t": "trace(B @ inv(A + t*B))"}),
        (("-log(sigmoid(-u@w))", "--wrt", "u"), {"u": "sigmoid(u @ w)*w"}),
        (("-y*log(sigmoid(w@x)) - (1-y)*log(1-sigmoid(w@x))", "--wrt", "y"), {"y": "-w @ x"}),
        (("y*log(sigmoid(w@x)) + (1-y)*log(1-sigmoid(w@x))", "--wrt", "y"), {"y": "w @ x"}),
        (("sum(huber_loss(x, y))", "--wrt", "x"), {"x": "clip(x - y, -1, 1)/n"}),
        (("sum(where(abs(r) <= 1, r**2/2, abs(r) - 1/2))",), {"r": "clip(r, -1, 1)"}),
        (("sum(clip(a*x, -1, 1))", "--wrt", "x"), {"x": "a*(abs(a*x) <= 1)"}),
        (("sum(hardtanh(x))", "--x", "n"), {"x": "abs(x) < 1"}),
        (("x^T [2 1; 1 3] x",), {"x": "2*[[2, 1], [1, 3]] @ x"}),
        (("(x - 1)^3*(x + 2)", "--x", "scalar"), {"x": "(4*x + 5)*(x - 1)**2"}),
        (("x^2*exp(-x)", "--x", "scalar", "--hessian"), {"x,x": "exp(-x)*(x**2 - 4*x + 2)"}),
        (("x*e^(-x)", "--x", "scalar", "--hessian"), {"x,x": "exp(-x)*(x - 2)"}),
        (("exp(-x^2/2)", "--x", "scalar", "--hessian"), {"x,x": "f*(x**2 - 1)"}),
        (
            ("[cos(t), -sin(t); sin(t), cos(t)] p", "--wrt", "p"),
            {"p": "stack([stack([cos(t), -sin(t)]), stack([sin(t), cos(t)])]).T @ v"},
        ),
        (("cross_entropy(X@W, y)", "--wrt", "W"), {"W": "1/n*X.T @ (softmax(X @ W) - one_hot(y, num_classes=k))"}),
        (("-log_softmax(z)[1]", "--z", "4"), {"z": "softmax(z) - one_hot(1, 4)"}),
        (("1/(1 + x@x)", "--x", "n"), {"x": "-2*f**2*x"}),
        (
            (
                *("-sum(((1 - a)*y + a*u)*log(softmax(z)))", "--y", "n", "--u", "n", "--a", "scalar", "--wrt", "z"),
                *("--assume", "sum(y)==1", "--assume", "sum(u)==1"),
            ),
            {"z": "softmax(z) - (1 - a)*y - a*u"},
        ),
        (
            (
                *("-mean(sum(Y*log_softmax(X@W), axis=1))", "--Y", "m,k", "--X", "m,n", "--W", "n,k"),
                *("--assume", "sum(Y, axis=1) == 1"),
            ),
            {"W": "1/m*X.T @ (softmax(X @ W) - Y)", "X": "1/m*(softmax(X @ W) - Y) @ W.T"},
        ),
        (("where(x > 0, x**2, -x)", "--x", "n"), {"x": "where(x > 0, 2*v*x, -v)"}),
        (("S = A.T@A; x@S@x", "--wrt", "x"), {"x": "S = A.T @ A; 2*S @ x"}),
    ],
)
def test_formulas_in_letters(cli: Cli, words: tuple[str, ...], expected: dict[str, str]) -> None:
    found = formulas(cli, *words)
    assert {name: found[name] for name in expected} == expected


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("softmax(x)", "--jacobian"), {"x": "diag(f) - outer(f, f)"}),
        (("x/norm(x)", "--jacobian", "--x", "n"), {"x": "(eye(n) - outer(f, f))/norm(x)"}),
        (("logsumexp(x)", "--hessian"), {"x,x": "p = softmax(x); diag(p) - outer(p, p)"}),
        (("x@A@x", "--hessian", "--wrt", "x"), {"x,x": "A + A.T"}),
        (("sqrt(x**2 + 1)", "--jacobian", "--x", "n"), {"x": "diag(x/f)"}),
        (("sum(log(1 + x**2))", "--hessian", "--x", "n"), {"x,x": "2*diag((1 - x**2)/(x**2 + 1)**2)"}),
        (("exp(x@x)", "--hessian", "--x", "n"), {"x,x": "2*f*(2*outer(x, x) + eye(n))"}),
        (("sqrt(1 + x@x)", "--hessian", "--x", "n"), {"x,x": "eye(n)/f - outer(x, x)/f**3"}),
        (
            ("sqrt(x@A@x)", "--hessian", "--A", "n,n", "--wrt", "x", "--assume", "A symmetric"),
            {"x,x": "A/f - outer(A @ x, A @ x)/f**3"},
        ),
        (("cumsum(x)", "--jacobian", "--x", "n"), {"x": "tril(ones(n, n))"}),
        (
            ("p = sigmoid(X@w); sum(y*log(p) + (1-y)*log(1-p))", "--hessian", "--wrt", "w"),
            {"w,w": "p = sigmoid(X @ w); -X.T @ diag(p*(1 - p)) @ X"},
        ),
        (("norm(A@diag(x) - B)**2", "--hessian", "--wrt", "x"), {"x,x": "2*diag(diag(A.T @ A))"}),
        (
            ("log(det(A@diag(w)@A.T))", "--hessian", "--wrt", "w", "--A", "3,n", "--w", "n"),
            {"w,w": "-(A.T @ inv(A @ diag(w) @ A.T) @ A)**2"},
        ),
        (("x**4", "--order", "3"), {"x": "24*x"}),
        (("x**4*y", "--order", "3"), {"x": "24*x*y", "y": "0"}),
    ],
)
def test_matrices_and_orders(cli: Cli, words: tuple[str, ...], expected: dict[str, str]) -> None:
    assert formulas(cli, *words) == expected


def test_the_answer_says_how_it_was_proved_and_what_was_inferred(cli: Cli) -> None:
    found = cli("formula", "x^T A x").stdout
    assert "read as  x @ A @ x" in found
    assert "A  matrix n,n, inferred" in found
    assert "proved with random numbers against the engine at n = 29; n = 31; n = 47; SymPy agrees" in found


def test_names_that_the_user_did_not_set_are_explained(cli: Cli) -> None:
    found = cli("formula", "softmax(x)").stdout
    assert "f = softmax(x)  (the result)" in found
    assert "v: the grad tensor" in found


@pytest.mark.parametrize(
    ("text", "sizes"),
    [
        ("trace(A@X@B@X.T@C)", {"A": "n,m", "X": "m,k", "B": "k,k", "C": "m,n"}),
        ("h1 = tanh(W@h0 + U@x1); h2 = tanh(W@h1 + U@x2); sum((h2-y)**2)", {"W": "n,n", "U": "n,m", "x2": "m"}),
        ("M = C@S@C.T; r = x - A@mu; -log(det(M)) - r@inv(M)@r", {"C": "n,m", "S": "m,m", "A": "n,k", "mu": "k"}),
        ("sum((x - n)**2)", {"x": "m", "n": "m"}),
        ("norm2(T-W*H)^2", {"T": "n,m", "W": "n,k", "H": "k,m"}),
        ("norm(V - W*H)^2", {"V": "n,m", "W": "n,k", "H": "k,m"}),
        ("tr(A*X'*B)", {"A": "n,m", "X": "k,m", "B": "k,n"}),
        ("tr(X'*A*X)", {"X": "n,m", "A": "n,n"}),
        ("sum(outer(x,y)*A)", {"x": "n", "y": "m", "A": "n,m"}),
        ("A*x + b", {"A": "n,m", "x": "m", "b": "n"}),
        ("(x-mu)^T Sigma^-1 (x-mu)", {"x": "n", "mu": "n", "Sigma": "n,n"}),
        ("norm(x - θ)**2 + λ*θ@θ", {"x": "n", "θ": "n", "λ": ""}),
        ("c@x + l@(A@x-b) + r/2*norm(A@x-b)**2", {"c": "n", "l": "m", "b": "m", "r": ""}),
        ("n*log(l) - l*sum(x)", {"n": "", "l": "", "x": "m"}),
        ("P*(1 + r/n)**(n*t)", {"P": "", "r": "", "n": "", "t": ""}),
        ("-sum(y*log(softmax(z/T)))", {"y": "n", "z": "n", "T": ""}),
        ("x@inv(A + c*eye(n))@x", {"x": "n", "A": "n,n", "c": ""}),
        ("sin(x)'*y", {"x": "n", "y": "n"}),
        ("norm(y - X*beta)^2 + alpha*norm(beta)^2", {"X": "n,m", "beta": "m", "alpha": ""}),
        ("softmax((Wq X)^T (Wk X)) (Wv X)", {"Wq": "n,m", "Wk": "n,m", "X": "m,k"}),
        ("tanh(Wh h + Wx x + b)", {"Wh": "n,m", "Wx": "n,k", "h": "m", "x": "k"}),
        ("||Ax - b||^2 + ||Ay||^2", {"A": "n,m", "x": "m", "y": "m"}),
        ("c*A@x", {"c": "", "A": "n,m", "x": "m"}),
        ("(y - Xβ)^T (y - Xβ)", {"y": "n", "X": "n,m", "β": "m"}),
        ("det(A+t*B)", {"A": "n,n", "t": "", "B": "n,n"}),
        ("A*K**a*L**(1-a)", {"A": "", "K": "", "a": "", "L": ""}),
        ("w@w/2 + C*sum(maximum(0, 1 - y*(X@w)))", {"C": "", "X": "m,n"}),
        ("A = softmax(Q@K.T/sqrt(d)); A@V", {"Q": "n,m", "K": "k,m", "d": "", "V": "k,p"}),
        ("trace((eye(3)-K@H)@P@(eye(3)-K@H).T + K@R@K.T)", {"K": "3,n", "R": "n,n"}),
        ("det(A@X@B)", {"A": "n,m", "X": "m,k", "B": "k,n"}),
        ("(A(B(XC)∘D)∘E)F", {"B": "m,k", "X": "k,p", "D": "m,q"}),
        ("cross_entropy(X@W + b, y)", {"X": "n,m", "W": "m,k", "b": "k", "y": "n"}),
        (r"\sum_{i=1}^n (y_i - w^T x_i)^2 + λ ||w||^2", {"y": "n", "x": "n,m", "w": "m", "λ": ""}),
        (r"\sum_i \exp(a_i^T x + b_i)", {"a": "n,m", "x": "m", "b": "n"}),
        (r"\sum_{i,j} A_{ij} x_i x_j", {"A": "n,n", "x": "n"}),
    ],
)
def test_kinds_of_many_inputs_are_inferred(cli: Cli, text: str, sizes: dict[str, str]) -> None:
    found = cli("formula", text, "--json").json["variables"]
    assert {name: ",".join(map(str, found[name]["sizes"])) for name in sizes} == sizes


def test_sizes_are_chosen_at_which_the_expression_has_a_value(cli: Cli) -> None:
    found = cli("formula", "log(det(X.T@X))", "--X", "m,n", "--json").json
    assert found["formulas"][0]["formula"] == "2*X @ inv(X.T @ X)"
    assert len(found["proof"]["engine"]) == 3
    assert all(each["m"] >= each["n"] for each in found["proof"]["engine"])


def test_a_block_without_entries_is_zero(cli: Cli) -> None:
    assert formulas(cli, "x@A@y", "--x", "n", "--A", "n,m", "--y", "m", "--hessian", "--wrt", "x") == {
        "x,x": "zeros(n, n)"
    }


def test_a_letter_is_no_name_of_the_expression(cli: Cli) -> None:
    found = cli("formula", "mean((x-m)**2)", "--x", "m", "--m", "scalar")
    assert found.status == 2
    assert "m is a size of x and a name in the expression" in found.stderr


def test_kinds_that_do_not_fit_are_refused_and_unknown_names_too(cli: Cli) -> None:
    assert "a size is a letter or a number" in cli("formula", "x@x", "--x", "n;3").stderr
    assert cli("formula", "A@B", "--A", "n,n", "--B", "m,k").status == 3
    assert cli("formula", "x@x", "--q", "n").status == 2
    assert cli("formula", "x@x", "--jacobian", "--hessian").status == 2


def test_a_function_of_numpy_gives_the_gradient(cli: Cli) -> None:
    found = cli("formula", "mean((X@w - y)**2)", "--to", "numpy", "--json").json["program"]
    space: dict[str, Any] = {}
    exec(found, space)
    x = np.arange(6.0).reshape(3, 2)
    grads = space["gradient"](x, np.array([1.0, 2.0]), np.array([0.0, 1.0, 3.0]))
    again = cli("grad", "mean((X@w - y)**2)", "--X", "0,1;2,3;4,5", "--w", "1,2", "--y", "0,1,3", "--json").json
    for name, grad in grads.items():
        np.testing.assert_allclose(grad, again["variables"][name]["grad"])


@pytest.mark.parametrize("target", ["numpy", "torch", "jax"])
def test_a_function_is_python_and_takes_sizes_from_its_arguments(cli: Cli, target: str) -> None:
    found = cli("formula", "x/norm(x)", "--x", "n", "--jacobian", "--to", target, "--json").json["program"]
    compile(found, "formula", "exec")
    assert "n = x.shape[0]" in found
    assert "eye(n)" in found


def test_a_size_of_a_name_that_is_not_there_is_refused(cli: Cli) -> None:
    found = cli("formula", "x^T A x", "--x", "n", "--A", "n,n", "--foo", "m")
    assert (found.status, "--foo is neither an option of formula nor a variable" in found.stderr) == (2, True)


def test_steps_have_reasons(cli: Cli) -> None:
    found = cli("formula", "norm(A@x - b)**2", "--wrt", "x", "--steps", "--json").json["steps"]["x"]
    assert found[0]["left"] == "f"
    assert found[-1]["right"] == "2*A.T @ (A @ x - b)"
    assert all(step["reason"] for step in found)


@pytest.mark.parametrize(
    ("words", "by", "lines"),
    [
        (
            ("softmax(W@x)", "--jacobian", "--wrt", "x"),
            "x",
            {"∂(W @ x)/∂x": "W", "∂f/∂x": "(diag(f) - outer(f, f)) @ W"},
        ),
        (
            ("h = sigmoid(X@w); -sum(y*log(h) + (1-y)*log(1-h))", "--hessian", "--wrt", "w"),
            "w,w",
            {"h": "sigmoid(X @ w)", "∂f/∂w": "X.T @ (h - y)", "∂²f/∂w²": "X.T @ diag(h*(1 - h)) @ X"},
        ),
        (("x**4", "--order", "3"), "x", {"f'": "4*x**3", "f''": "12*x**2", "∂f''/∂x": "24*x"}),
    ],
)
def test_steps_of_matrices_and_orders_end_in_the_formula(
    cli: Cli, words: tuple[str, ...], by: str, lines: dict[str, str]
) -> None:
    found = cli("formula", *words, "--steps", "--json").json
    steps = {step["left"]: step["right"] for step in found["steps"][by]}
    assert lines.items() <= steps.items()
    assert found["formulas"][0]["formula"].endswith(found["steps"][by][-1]["right"])


@pytest.mark.parametrize(
    ("words", "part", "reason"),
    [
        (
            ("sum(where(abs(x-a)<=d, (x-a)**2/2, d*(abs(x-a)-d/2)))", "--x", "n", "--a", "n", "--d", "scalar"),
            "∂f/∂((x - a)**2/2)",
            "chain rule: d(where(w, u, w_)) = where(w, 1, 0)*du, u = (x - a)**2/2",
        ),
        (("where(x>0,x,a*x)", "--x", "n", "--a", "scalar", "--jacobian"), "∂(a*x)/∂x", "product rule: d(a*u) = a*du"),
        (("A@diag(x)@b", "--jacobian"), "∂f/∂x", "product rule: d(U @ b) = dU @ b, U = A @ diag(x)"),
    ],
)
def test_steps_pass_by_what_no_derivative_passes_through(
    cli: Cli, words: tuple[str, ...], part: str, reason: str
) -> None:
    steps = cli("formula", *words, "--wrt", "x", "--steps", "--json").json["steps"]["x"]
    assert {step["left"]: step["reason"] for step in steps}[part] == reason


def test_reasons_say_the_rule_with_what_it_is_applied_to(cli: Cli) -> None:
    found = cli("formula", "norm(A@x - b)**2", "--wrt", "x", "--steps", "--json").json["steps"]["x"]
    reasons = [step["reason"] for step in found]
    assert "chain rule: d(u**2) = 2*u*du, u = norm(A @ x - b)" in reasons
    assert "product rule: d(A @ u) = A @ du; transposed, g goes back as A.T @ g" in reasons


@pytest.mark.parametrize(
    "words", [("tanh(A@x)", "--jacobian"), ("x@A@x", "--hessian"), ("x**3", "--order", "2"), ("sum(x**4)", "--order=2")]
)
def test_sympy_takes_part_in_every_proof(cli: Cli, words: tuple[str, ...]) -> None:
    assert "SymPy agrees, entry by entry" in cli("formula", *words).stdout


@pytest.mark.parametrize(
    ("form", "piece"), [("latex", r"\left(A + A^{\top}\right)"), ("markdown", "| `x` | n |"), ("plain", "formula\tx")]
)
def test_forms(cli: Cli, form: str, piece: str) -> None:
    assert piece in cli("formula", "x^T A x", "--format", form).stdout


def test_files(cli: Cli, tmp_path: Path) -> None:
    for end in (".json", ".md", ".tex", ".html", ".txt"):
        assert cli("formula", "x^T A x", "--output", str(tmp_path / f"a{end}")).status == 0
        assert "A" in (tmp_path / f"a{end}").read_text()
    assert json.loads((tmp_path / "a.json").read_text())["schema"] == "autograd-cli/formula/1"


@pytest.mark.parametrize(
    ("typed", "by", "expected"),
    [
        ("norm1(A*x-b)", "x", "A.T @ sign(A @ x - b)"),
        ("norm2(A*x-b)^2", "x", "2*A.T @ (A @ x - b)"),
        ("exp((X*w).*y)'*vector(1)", "w", "X.T @ (y*exp(y*(X @ w)))"),
        ("sum(log(exp(-y.*(X*w)) + vector(1)))", "w", "-X.T @ (y*sigmoid(-y*(X @ w)))"),
        ("x'*(A+eye)*x", "x", "(A + 2*eye(n) + A.T) @ x"),
        ("x.^2'*vector(1)", "x", "2*x"),
        ("tr(A*X'*B*X*C)", "X", "B @ X @ C @ A + B.T @ X @ A.T @ C.T"),
        ("logdet(X'*X+eye)", "X", "2*X @ inv(X.T @ X + eye(m))"),
        ("0.5*x'*A*x", "x", "0.5*(A + A.T) @ x"),
        ("x'*A*x + c*sin(y)'*x", "x", "(A + A.T) @ x + c*sin(y)"),
        ("A*exp(x)", "x", "exp(x)*(A.T @ v)"),
        ("(y.*v)'*x", "x", "v*y"),
        ("a^b", "a", "b*a**(b - 1)"),
        ("log(det(inv(X)))", "X", "-inv(X).T"),
        ("tr(X*matrix(1))", "X", "ones_like(X)"),
        ("X.*(matrix(1)-X)", "X", "v - 2*v*X"),
        ("norm2(X - vector(1)*y')^2", "X", "2*(X - y)"),
        ("norm2(X - y*vector(1)')^2", "X", "2*(X - y[:, None])"),
    ],
)
def test_the_names_of_matrixcalculus_are_read_and_its_examples_are_short(
    cli: Cli, typed: str, by: str, expected: str
) -> None:
    answer = cli("formula", typed, "--wrt", by, "--json").json["formulas"][0]
    assert answer["formula"] == expected
    assert answer["proved"] is True


def test_a_kind_that_is_not_the_usual_one_has_its_reason(cli: Cli) -> None:
    found = cli("formula", "a*norm(x - mu)").stdout
    assert "a   number, inferred so the result is a number" in found
    assert "mu  vector n, inferred as it is added to a vector" in found


def test_a_product_by_entry_of_given_sizes_is_told(cli: Cli) -> None:
    found = cli("formula", "A*x", "--A", "n,m", "--x", "m", "--json").json
    assert [each["code"] for each in found["warnings"]] == ["AG411"]
    assert "read as  A @ x" in cli("formula", "A*x").stdout


def test_a_letter_of_a_size_may_stand_in_the_expression(cli: Cli) -> None:
    assert formulas(cli, "x@(A - eye(n))@x", "--x", "n", "--A", "n,n") == {
        "x": "(A + A.T - 2*eye(n)) @ x",
        "A": "outer(x, x)",
    }


def test_the_adjugate_is_read_as_the_determinant_times_the_inverse(cli: Cli) -> None:
    assert "det(X)*inv(X)" in cli("formula", "tr(adj(X)*A)", "--X", "n,n", "--A", "n,n").stdout


def test_a_name_that_is_none_of_the_expression_gets_the_nearest(cli: Cli) -> None:
    assert "did you mean --theta?" in cli("formula", "theta@x", "--thet", "n").stderr
    assert "x is given twice, by --x and by --X" in cli("formula", "x@y", "--x", "n", "--X", "n").stderr
    assert cli("formula", "3", "--x", "n").status == 2


@pytest.mark.parametrize(
    ("text", "sizes"),
    [
        ("nn.MSELoss()(W @ x, y)", {"W": ["n", "m"], "x": ["m"], "y": ["n"]}),
        ("((A@x - b)**2).mean().backward()", {"A": ["n", "m"], "x": ["m"], "b": ["n"]}),
        (r"\sum_{i=1}^n \sum_{j=1}^n x_i A_{ij} y_j", {"x": ["n"], "A": ["n", "n"], "y": ["n"]}),
        ("A^{-T}x", {"A": ["n", "n"], "x": ["n"]}),
        ("torch.cdist(x,y)", {"x": ["n", "m"], "y": ["k", "m"]}),
        (r"A \otimes B", {"A": ["n", "m"], "B": ["k", "p"]}),
        ("x.reshape(3, -1)", {"x": [3]}),
        ("||Ax||/||x||", {"A": ["n", "m"], "x": ["m"]}),
        ("(1/m)||Xw-y||^2", {"m": [], "X": ["n", "k"], "w": ["k"], "y": ["n"]}),
        ("exp(-‖x − y‖²/s)", {"x": ["n"], "y": ["n"], "s": []}),
        ("mean((Xw-y)^2)", {"X": ["n", "m"], "w": ["m"], "y": ["n"]}),
        ("-||y - Xβ||²/(2σ²)", {"y": ["n"], "X": ["n", "m"], "β": ["m"], "σ": []}),
        ("Σ_n ||x_n - μ||²", {"x": ["n", "m"], "μ": ["m"]}),
        ("||A - UΣV^T||_F^2", {"A": ["n", "m"], "U": ["n", "k"], "Σ": ["k", "p"], "V": ["m", "p"]}),
        ("A e^{-kt} cos(ωt)", {"A": [], "k": [], "t": [], "ω": []}),
        ("F.softmax(W @ x, dim=0)", {"W": ["n", "m"], "x": ["m"]}),
        ("relu(Wx*x + b)", {"Wx": ["n", "m"], "x": ["m"], "b": ["n"]}),
        ("where(cos(N) > 0.05, diag(P), 0.5)", {"N": ["n", "m"], "P": ["m", "m"]}),
        ("diagonal(A@B.T)", {"A": ["n", "m"], "B": ["n", "m"]}),
    ],
)
def test_sizes_are_found_also_where_no_error_names_them(cli: Cli, text: str, sizes: dict[str, list[str]]) -> None:
    found = cli("formula", text, "--json").json["variables"]
    assert {name: each["sizes"] for name, each in found.items()} == sizes


@pytest.mark.parametrize("text", ["d/dX tr(AX)", "gradient of tr(AXB) with respect to X", "d/dx x'Ax + b'x"])
def test_a_question_may_be_asked_in_words_for_every_size(cli: Cli, text: str) -> None:
    found = cli("formula", text, "--json").json
    assert {len(each["sizes"]) for name, each in found["variables"].items() if name.isupper()} == {2}
    assert all(each["proved"] for each in found["formulas"])


@pytest.mark.parametrize("text", ["trace(kron(A,X))", "kron(x,y)@kron(u,w)"])
def test_where_several_sizes_fit_they_are_asked_for(cli: Cli, text: str) -> None:
    found = cli("formula", text)
    assert found.status == 2
    assert "several kinds of" in found.stderr
    assert "try: autograd-cli formula" in found.stderr


@pytest.mark.parametrize(
    ("words", "column"),
    [
        (("sum((X@w-y)**2)", "--X", "m,n", "--w", "n,1"), "--y m,1"),
        (("sum((X@w-y)**2)", "--X", "m,n", "--y", "m,1"), "--w n,1"),
        (("sum((A@x-b)**2)", "--x", "3,1"), "--A n,3 --b n,1"),
        (("sum((W@x + b - y)**2)", "--y", "m,1"), "--W m,n --x n,1 --b m,1"),
    ],
)
def test_a_vector_beside_a_column_is_asked_for(cli: Cli, words: tuple[str, ...], column: str) -> None:
    found = cli("formula", *words)
    assert f" fit: {column[2:].replace(' --', ', ')} or " in found.stderr
    assert found.stderr.rstrip().endswith(column)
    assert cli("formula", *words, *column.split()).status == 0


def test_sizes_are_as_different_as_products_and_sums_of_sizes_let_them_be(cli: Cli) -> None:
    found = cli("formula", "u@kron(A,B)@w", "--json").json["variables"]
    assert {name: each["sizes"] for name, each in found.items()} == {"u": ["n"], "A": ["n", "m"], "B": [], "w": ["m"]}
    assert cli("formula", "pad(x,1)@y", "--json").json["error"]["message"].startswith("no kinds of x, y")
    why = cli("formula", "x^T A y", "--x", "n", "--A", "m,n", "--json").json["error"]["why"]
    assert why == "the product does not fit: x (n,) and A (m,n)"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("x^T A y", "--x", "n", "--A", "m,m", "--y", "k"), "the product does not fit: x (n,) and A (m,m)"),
        (("A@x", "--A", "m,k", "--x", "n"), "A (m,k) has k columns, x (n,) has n entries"),
    ],
)
def test_what_does_not_fit_is_told_in_the_letters_that_were_given(cli: Cli, words: tuple[str, ...], said: str) -> None:
    found = cli("formula", *words).stderr
    assert said in found
    assert not any(character.isdigit() for character in found.partition("]")[2])


@pytest.mark.parametrize(
    ("text", "sizes"), [("kron(x, y)", "n*m"), ("vec(AXB)", "n*p"), ("concatenate([x, y])", "n + m")]
)
def test_the_sizes_of_the_result_are_told_in_letters(cli: Cli, text: str, sizes: str) -> None:
    given = () if "AXB" in text else ("--x", "n", "--y", "m")
    assert cli("formula", text, *given, "--json").json["result"]["sizes"] == [sizes]
