"""Eigenvalues of a Hessian: what rounding leaves is neither a number nor a sign."""

from __future__ import annotations

import pytest

from command_runs import Cli


@pytest.mark.parametrize(
    ("text", "values", "definite", "zeros"),
    [
        ("logsumexp(x)", ["--x", "50,0"], "positive semidefinite", 1),
        ("logsumexp(x)", ["--x", "1,2,3"], "positive semidefinite", 1),
        ("logsumexp(100*x)", ["--x", "1,0,0.5"], "positive semidefinite", 2),
        ("(a@x - 1)**2", ["--a", "1,2,3", "--x", "0.1,0.2,0.3", "--wrt", "x"], "positive semidefinite", 2),
        ("-sum(softplus(A@x))", ["--A", "1,2;2,4", "--x", "0.3,0.1", "--wrt", "x"], "negative semidefinite", 1),
        ("sum(x**2)*1e-20", ["--x", "1,2"], "positive definite", 0),
        ("x[0]**2 + 1e-9*x[1]**2", ["--x", "1,2"], "positive definite", 0),
        ("x[0]**2 - 1e-9*x[1]**2", ["--x", "1,2"], "indefinite", 0),
        ("sum(x)", ["--x", "1,2"], "zero", 2),
        ("sum(cholesky(x)**2)", ["--x", "1,0.9999;0.9999,1"], "zero within rounding", 4),
        ("trace(x@inv(x))", ["--x", "1,2;3,4"], "zero within rounding", 4),
    ],
)
def test_what_rounding_leaves_is_not_negative(
    cli: Cli, text: str, values: list[str], definite: str, zeros: int
) -> None:
    found = cli("hessian", text, *values, "--json").json["spectrum"]
    assert found["definite"] == definite
    assert sum(each == 0 for each in found["eigenvalues"]) == zeros


@pytest.mark.parametrize("scale", ["1e250", "1", "1e-250"])
def test_eigenvalues_scale_with_the_matrix(cli: Cli, scale: str) -> None:
    """What rounding leaves of entries of 1e250 is 1e234, whose square is no float: all eigenvalues were called 0."""
    shape = cli("hessian", f"{scale}*(x[0]**3/7 + x[0]*x[1])", "--x", "2.3,3.1", "--json").json["spectrum"]
    size = float(scale)
    assert shape["eigenvalues"] == pytest.approx([-0.4184339 * size, 2.3898625 * size], rel=1e-6)
    assert shape["definite"] == "indefinite"
