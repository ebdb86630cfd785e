"""What is read as something else is read and said alike in every command, claim, name and value."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from command_runs import Cli

QUADRATIC = ("x^T A x", "--x", "1,2", "--A", "1,2;3,4")


@pytest.mark.parametrize(
    "words",
    [
        ("grad", *QUADRATIC, "--check", "none"),
        ("graph", *QUADRATIC),
        ("jacobian", *QUADRATIC),
        ("hessian", *QUADRATIC),
        ("check", *QUADRATIC, "--claim", "x = (A + A^T)x"),
        ("formula", "x^T A x", "--x", "n", "--A", "n,n"),
        ("descend", *QUADRATIC, "--wrt", "x", "--steps", "1"),
    ],
    ids=lambda words: words[0],
)
def test_every_command_says_what_it_read(cli: Cli, words: tuple[str, ...]) -> None:
    assert cli(*words, "--json").json["read"] == "x @ A @ x"
    assert cli(*words).stdout.startswith("read as  x @ A @ x\n")


def test_a_curve_and_a_program_say_what_was_read(cli: Cli, tmp_path: Path) -> None:
    curve = ("plot", "sin 2x", "--x", "-1:1")
    assert cli(*curve, "--json").json["read"] == "sin(2*x)"
    assert cli(*curve).stdout.startswith("read as  sin(2*x)\n")
    assert cli(*curve, "--format", "plain").stdout.startswith("read\tsin(2*x)\npoint\t")
    assert "It was read as x @ A @ x\n" in cli("export", *QUADRATIC, "--to", "numpy").stdout


@pytest.mark.parametrize(
    "words", [("grad", "--get", "x"), ("grad", "--output", "r.npz"), ("graph", "--format", "dot")], ids=str
)
def test_where_an_answer_has_no_place_for_it_the_reading_is_said_beside_it(
    cli: Cli, words: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert cli(*words, *QUADRATIC).stderr.startswith("note: read as  x @ A @ x\n")


def test_a_batch_and_a_session_read_alike(cli: Cli) -> None:
    job = {"expr": "x^T A x", "vars": {"x": [1, 2], "A": [[1, 2], [3, 4]]}, "check": "none"}
    assert cli("batch", stdin=json.dumps(job)).json["read"] == "x @ A @ x"
    claim = {**job, "command": "check", "claim": "x = (A + A^T)x"}
    del claim["check"]
    assert cli("batch", stdin=json.dumps(claim)).json["claims"][0]["read"] == "x = (A + A.T) @ x"
    session = cli("repl", stdin="A = 1,2;3,4\nx = 1,2\nx^T A x\ncheck x = (A + A^T)x\n").stdout
    assert session.count("read as  x @ A @ x") == 2
    assert "read as    (A + A.T) @ x" in session


def test_a_claim_says_how_it_was_read(cli: Cli) -> None:
    words = ("check", *QUADRATIC, "--claim", "x = (A + A^T)x")
    assert cli(*words, "--json").json["claims"][0]["read"] == "x = (A + A.T) @ x"
    assert "\n    read as    (A + A.T) @ x\n" in cli(*words).stdout
    assert "read\tx\tx = (A + A.T) @ x\n" in cli(*words, "--format", "plain").stdout
    assert "read as    " not in cli(*words[:-1], "x = (A + A.T) @ x").stdout


@pytest.mark.parametrize(
    ("text", "name", "asked"),
    [
        (r"\lambda x^2", "lambda", r"\lambda"),
        (r"\lambda x^2", "lambda", "λ"),
        ("x_1^2 + x_2", "x_1", "x₁"),
        ("x_1^2 + x_2", "x_1", "x_{1}"),
        (r"\mathbf{w}^2 x", "w", r"\mathbf{w}"),
    ],
)
def test_a_variable_that_is_asked_for_may_be_written_as_in_the_text(cli: Cli, text: str, name: str, asked: str) -> None:
    values = [word for each in ("lambda", "x", "w", "x_1", "x_2") if each in text for word in (f"--{each}", "2")]
    values = values if "x_1" not in text else ["--x_1", "2", "--x_2", "3"]
    found = cli("grad", text, *values, "--wrt", asked, "--check", "none", "--json").json["variables"]
    assert [each for each in found if found[each]["grad"] is not None] == [name]


@pytest.mark.parametrize("entry", ["x[1]", "x_2", "x₂", r"\mathbf{x}_2"])
def test_a_curve_runs_along_an_entry_as_mathematics_counts_it(cli: Cli, entry: str) -> None:
    words = ("plot", "x_1^2 + sin(x_2)", "--x", "2,3", "--along", f"{entry}=0:1", "--points", "5", "--json")
    found, want = (cli(*words[:5], each, *words[6:]).json for each in (f"{entry}=0:1", "x[1]=0:1"))
    assert found == want
    assert cli(*words).status == 0


@pytest.mark.parametrize(
    "value",
    ["[1 2; 3 4]", "1,2;3,4", "np.array([[1,2],[3,4]])", "torch.tensor([[1., 2.], [3., 4.]], requires_grad=True)",
     "((1, 2), (3, 4))", r"\begin{pmatrix} 1 & 2 \\ 3 & 4 \end{pmatrix}", "[[1 2] [3 4]]"],
)  # fmt: skip
@pytest.mark.parametrize("words", [("grad", "--check", "none"), ("check", "--claim", "A = 2*A"), ("graph",)])
def test_values_are_read_as_other_programs_write_them(cli: Cli, value: str, words: tuple[str, ...]) -> None:
    found = cli(words[0], "sum(A**2)", "--A", value, *words[1:], "--json").json
    assert (found["result"]["data"] if "result" in found else found["value"]) == 30


@pytest.mark.parametrize(
    ("text", "of", "formula"),
    [
        ("f(x) = x^3, f''(2)", "x,x", "6*x"),
        ("f(x) = x^4; f‴(x) at x = 2", "x,x,x", "24*x"),
        (r"\frac{d^2}{dx^2} x^3 at x = 2", "x,x", "6*x"),
        ("∂²/∂x∂y (x²y³) at x = 1 and y = 2", "x,y", "6*x*y**2"),
        ("y = x^3; find y'' at x = 2", "x,x", "6*x"),
        ("second derivative of x^3 at x = 2", "x,x", "6*x"),
    ],
)
def test_a_higher_order_that_is_asked_for_is_answered(cli: Cli, text: str, of: str, formula: str) -> None:
    found = cli("grad", text, "--check", "none", "--format", "plain").stdout
    assert f"formula\t{of}\t{formula}\n" in found
    refused = cli("check", text, "--claim", "x = 6*x")
    assert refused.status == 3
    assert "grad with --order" in refused.stderr


def test_a_formula_has_the_order_and_the_names_that_are_meant(cli: Cli) -> None:
    assert "6*x" in cli("formula", "second derivative of x^3").stdout
    assert "-exp(-x)" in cli("formula", "E^(-x)").stdout
    assert "Wq @ x" in cli("formula", "softmax(Wq x)").stdout
    assert "A @ x" in cli("formula", "tr(Ax y^T)").stdout


@pytest.mark.parametrize("place", ["2", r"\sqrt2", r"\frac{\pi}{4}"])
def test_a_place_gives_an_input_its_value_beside_others(cli: Cli, place: str) -> None:
    found = cli("grad", f"a x^2 at x = {place}", "--a", "3", "--check", "none", "--json").json["variables"]
    assert found["x"]["grad"] == pytest.approx(6 * found["x"]["data"])


def test_a_decimal_comma_is_refused_with_its_cure(cli: Cli) -> None:
    refused = cli("grad", "sum(A**2)", "--A", "0,5 1,5", "--json").json["error"]
    assert "no decimal point" in refused["message"]
    assert refused["hint"] == "write 0.5,1.5"
    asked = cli("grad", "0,5 x", "--x", "2", "--check", "none", "--json").json["error"]
    assert "autograd-cli grad '0.5 x' --x 2" in asked["hint"]
