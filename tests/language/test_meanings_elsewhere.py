"""Where code of a library means another thing by a name, that is what is computed, or what is said."""

from __future__ import annotations

import numpy as np
import pytest

from command_runs import Cli

X = ("--x", "1,2,3;4,6,5")
QUIET = ("--check", "none", "--no-formula", "--json")


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("sum(torch.std(x))", "PyTorch's takes 1 off"),
        ("sum(x.std(dim=1))", "PyTorch's takes 1 off"),
        ("sum(var(x, dim=1, keepdim=True))", "PyTorch's takes 1 off"),
        ("x.std()", "PyTorch's takes 1 off"),
        ("var(x)", "PyTorch's takes 1 off"),
        ("torch.std(x, axis=1)[0]", "PyTorch's takes 1 off"),
        ("sum(x.median(dim=1))", "PyTorch's is the lower one"),
        ("sum(torch.median(x))", "PyTorch's is the lower one"),
        ("np.linalg.norm(x, 1)", "of a matrix linalg.norm is norm(A, ord, axis=(0, 1))"),
        ("torch.linalg.norm(x, 1)", "of a matrix linalg.norm is norm(A, ord, axis=(0, 1))"),
        ("sum(scipy.special.softmax(x)**2)", "SciPy's is over all entries"),
        ("sum(9007199254740993*x)", "9007199254740993 is 9007199254740992 here"),
        ("\\sum 9007199254740993x", "9007199254740993 is 9007199254740992 here"),
    ],
)
def test_another_meaning_is_said(code: str, said: str, cli: Cli) -> None:
    answer = cli("grad", code, *X, *QUIET).json
    assert any(said in each["message"] and each["code"] == "AG419" for each in answer["warnings"])


@pytest.mark.parametrize(
    "code",
    [
        "sum(torch.std(x, dim=1, unbiased=False))",
        "sum(x.std(dim=1, correction=1))",
        "sum(x.std(axis=1))",
        "sum(x.repeat(2, axis=0))",
        "sum(np.std(x))",
        "np.var(x)**2 + jnp.std(x, axis=1)[0] + std(x, ddof=0)",
        "sum(np.median(x))",
        "np.linalg.norm(x)",
        "sum(np.linalg.norm(x, 2, axis=1))",
        "torch.norm(x, 1)",
        "sum(scipy.special.softmax(x, axis=1)**2)",
        "sum(F.softmax(x, 1)**2)",
        "sum(F.gelu(x))",
        "sum(jax.nn.gelu(x, approximate='tanh'))",
        "np.max(x)",
        "sum(9007199254740992*x + 1e22)",
    ],
)
def test_nothing_is_said_where_both_mean_the_same(code: str, cli: Cli) -> None:
    assert [each for each in cli("grad", code, *X, *QUIET).json["warnings"] if each["code"] == "AG419"] == []


@pytest.mark.parametrize(
    ("code", "value"),
    [
        ("np.max(x, 1)", [3, 6]),
        ("np.min(x, 0)", [1, 2, 3]),
        ("torch.max(x, 1)", [3, 6]),
        ("torch.min(x, -2)", [1, 2, 3]),
    ],
)
def test_a_number_behind_an_array_is_the_axis_in_libraries(code: str, value: list[float], cli: Cli) -> None:
    answer = cli("grad", code, *X, "--grad-tensor", "1", *QUIET).json
    np.testing.assert_array_equal(answer["result"]["data"], value)


def test_it_is_said_too_of_what_is_judged_and_of_formulas_in_letters(cli: Cli) -> None:
    judged = cli("check", "max(x, y)", "--claim", "x = x > y", "--x", "2", "--y", "1")
    assert "max(a, b) was read as maximum(a, b)" in judged.stderr
    assert "max(a, b) was read as maximum(a, b)" in cli("formula", "sum(max(x, y))", "--x", "n", "--y", "n").stderr
    assert "they are broadcast to (n, n)" in cli("formula", "mse_loss(x, y)", "--x", "n,1", "--y", "n").stderr
