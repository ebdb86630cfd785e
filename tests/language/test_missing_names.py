"""Names without a value are called as they were typed, and the command that is offered gives each of them one."""

from __future__ import annotations

import shlex

import pytest

from command_runs import Cli

TYPED = [
    ("sum(w**2)*alpha", ["alpha"]),
    (r"\lambda w^2", ["lambda"]),
    ("beta_2*w", ["beta_2"]),
    (r"\theta_0 + \theta_1 w", ["theta_0", "theta_1"]),
    ("mu_x*w", ["mu_x"]),
    (r"\alpha_{t} w", ["alpha_t"]),
    ("m_{12} w", ["m_12"]),
    (r"w^2/(2 \sigma^2)", ["sigma"]),
    (r"\sigma_1 w", ["σ_1"]),
    (r"(\hat{w} - w)^2", ["w_hat"]),
    (r"\widetilde{\mathbf{w}} w + v_{\text{in}}", ["w_tilde", "v_in"]),
    ("exp(-(w-mu)^2/(2 sigma^2))", ["mu", "sigma"]),
]


@pytest.mark.parametrize(("text", "missing"), TYPED)
def test_a_missing_name_is_called_as_typed_and_its_offer_runs(cli: Cli, text: str, missing: list[str]) -> None:
    shown = cli("grad", text, "--w", "2", "--check", "none")
    assert shown.status == 2
    assert f"no value for {', '.join(missing)}\n" in shown.stderr
    [offered] = [line.removeprefix("try: ") for line in shown.stderr.splitlines() if line.startswith("try: ")]
    words = shlex.split(offered)[1:]
    assert [word.removeprefix("--") for word in words if word.startswith("--")] == ["w", "check", *missing]
    answer = cli(*words, "--json")
    assert answer.status == 0
    assert len(answer.json["variables"]) == 1 + len(missing)


def test_an_accent_is_no_variable_of_its_name(cli: Cli) -> None:
    shown = cli("grad", r"\hat{w}^2", "--w", "3", "--hat", "2")
    assert (shown.status, "no value for w_hat" in shown.stderr) == (2, True)


def test_a_letter_for_a_size_in_a_claim_is_offered_a_number(cli: Cli) -> None:
    values = ("--X", "1,2;3,4;1,1", "--w", "1,2", "--y", "1,2,3")
    shown = cli("check", "mean((X@w-y)**2)", *values, "--claim", "w = 2/n*X.T@(X@w-y)")
    [offered] = [line.removeprefix("try: ") for line in shown.stderr.splitlines() if line.startswith("try: ")]
    assert "n = 3; w = 2/n*X.T@(X@w-y)" in offered
    assert cli(*shlex.split(offered)[1:]).status == 0


@pytest.mark.parametrize("code", ["F.foo(x)", "torch.triplet_foo_loss(x, x)", "2x + np.softmx(x)"])
def test_a_function_of_a_library_is_no_name_without_a_value(code: str, cli: Cli) -> None:
    assert cli("grad", code, "--x", "1", "--json").json["error"]["message"].startswith("unknown function")


@pytest.mark.parametrize(
    ("text", "values", "code"),
    [
        ("sum(A*x)", ("--A", "1,2;3,4", "--x", "1;2"), "AG411"),
        ("sum(y*log(p))", ("--y", "0,1", "--p", "0.3;0.4"), "AG414"),
        ("sum(p[:, None]*p)", ("--p", "0.3,0.4"), None),
        ("mean (p - 1)^2", ("--p", "0.3,0.4"), "AG413"),
        ("mean(p - 1)^2", ("--p", "0.3,0.4"), None),
        ("p/p@p", ("--p", "0.3,0.4"), "AG413"),
        ("trace(A*A)", ("--A", "1,2;3,4"), "AG412"),
        ("trace(A*2) + sum(A*A)", ("--A", "1,2;3,4"), None),
        ("p^1/2 @ p", ("--p", "0.3,0.4"), "AG413"),
        ("(2x)^-1/2", ("--x", "0.3"), "AG413"),
        ("1//2 * x^2", ("--x", "0.3"), "AG413"),
        ("2*e^A - A", ("--A", "1,2;3,4", "--grad-tensor", "1"), "AG412"),
        ("P e^-rt", ("--P", "1", "--r", "2", "--t", "3"), "AG417"),
        ("te^tsint", ("--t", "0.3"), None),
        ("z = normalize(p); z@z + (p/p)@p", ("--p", "0.3,0.4"), None),
    ],
)
def test_what_is_broadcast_where_mathematics_means_another_product_is_said(
    text: str, values: tuple[str, ...], code: str | None, cli: Cli
) -> None:
    found = cli("grad", text, *values, "--json", "--no-tree").json["warnings"]
    assert [each["code"] for each in found] == ([code] if code else [])


@pytest.mark.parametrize("value", ["c(1, −2)", "{{1, -2}}", "2×1,(2/π)·π/2", "{{1, -4/2}}", "–1e0*-1,\u202f−2"])
def test_values_of_other_notations_are_read(value: str, cli: Cli) -> None:
    assert cli("grad", "sum(x**2)", "--x", value, "--json").json["result"]["data"] == 5


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Find dz/dx if z = x^2", ["'Find dz/dx' was left out"]),
        ("Exercise 2.3: find the slope of x^2", ["'Exercise 2.3: find the slope of' was left out"]),
        ("find the gradient of x^2, please", ["'find the gradient of' was left out", "'please' was left out"]),
    ],
)
def test_words_beside_each_other_are_left_out_in_one_sentence(text: str, said: list[str], cli: Cli) -> None:
    found = cli("grad", text, "--x", "2", "--json").json["warnings"]
    assert [each["message"] for each in found if each["code"] == "AG418"] == said
