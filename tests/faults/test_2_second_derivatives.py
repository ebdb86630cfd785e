"""Section 2, second derivatives where the first one is a convention: the true one, else said to be undefined."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

TRUE = [
    ("norm(x)**2", "0,0", [[2, 0], [0, 2]]),
    ("norm(x)**2 + sum(1000*x)", "0,0", [[2, 0], [0, 2]]),
    ("norm(x, ord=3)**3", "0,0", [[0, 0], [0, 0]]),
    ("3*std(x)**2", "5,5", [[1.5, -1.5], [-1.5, 1.5]]),
    ("abs(-sum(x**2))", "0,0", [[2, 0], [0, 2]]),
    ("maximum(sum(x**2), 2*sum(x**2))", "0,0", [[4, 0], [0, 4]]),
    ("sum(norm(X, axis=1)**2)", "0;3", [[2, 0], [0, 2]]),
    ("norm(x)**4", "0,0", [[0, 0], [0, 0]]),
    ("1e-20*norm(x - 1e5)**2", "1e5,1e5", [[2e-20, 0], [0, 2e-20]]),
]
NONE = [("norm(x)", "0,0"), ("std(x)", "1,1,1"), ("sum(abs(x)**1.5)", "0,0"), ("norm(x)**1.5", "0,0")]


@pytest.mark.parametrize(("text", "x", "expected"), TRUE, ids=[text for text, _, _ in TRUE])
def test_a_smooth_composition_has_its_second_derivative(cli: Any, text: str, x: str, expected: Any) -> None:
    name = "X" if "X" in text else "x"
    found = cli("hessian", text, f"--{name}", x, "--json")
    assert found.status == 0
    matrix = flattened(found.json, 2)
    for row, wanted in zip(matrix, expected, strict=True):
        assert row == pytest.approx(wanted, rel=1e-9, abs=1e-12 * max(map(abs, wanted)))


@pytest.mark.parametrize(("text", "x"), NONE)
def test_what_grows_without_bound_is_no_second_derivative(cli: Any, text: str, x: str) -> None:
    found = cli("hessian", text, "--x", x, "--json")
    side = len(x.split(","))
    matrix = flattened(found.json, side)
    assert any(matrix[i][i] == "NaN" for i in range(side))
    assert any("there is no derivative" in each["message"] for each in found.json["warnings"])


@pytest.mark.parametrize(
    ("text", "expected"), [("norm(x)**2", 2), ("abs(-x**2)", 2), ("x*abs(x)**3", 0), ("std(stack([x, -x]))**2", 2)]
)
def test_orders_of_one_number(cli: Any, text: str, expected: float) -> None:
    report = cli("grad", text, "--x", "0", "--order", "2", "--json").json
    assert report["derivatives"][1]["data"] == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("text", ["abs(x)", "relu(x)", "relu(x)**2", "maximum(x, 2*x)"])
def test_where_the_slope_jumps_the_choice_is_said(cli: Any, text: str) -> None:
    report = cli("grad", text, "--x", "0", "--order", "2", "--json").json
    assert report["derivatives"][1]["data"] == 0
    assert any("there is no derivative" in each["message"] for each in report["warnings"])
    check = report["derivatives"][1]["check"]
    assert (check["status"], check["compared"], check["kinks"]) == ("partial", 0, 1), "no witness knows the choice"


def flattened(report: Any, side: int) -> list[list[Any]]:
    """The only block of a Hessian as rows."""
    ((block,),) = [row.values() for row in report["hessian"].values()]

    def entries(nested: Any) -> list[Any]:
        return [e for each in nested for e in entries(each)] if isinstance(nested, list) else [nested]

    flat = entries(block["data"])
    return [flat[i * side : (i + 1) * side] for i in range(side)]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("norm(x)**2", "--x", "0,0", "--product", "1,3"), [2, 6]),
        (("sum(norm(x, axis=1)**2)", "--x", "0,0;3,4", "--product", "x=1,0;0,1"), [[2, 0], [0, 2]]),
    ],
)
def test_a_product_is_no_more_silent_than_the_matrix(cli: Any, words: tuple[str, ...], expected: list[Any]) -> None:
    found = cli("hessian", *words, "--json").json
    assert np.array(found["product"]["found"]["x"]["data"]) == pytest.approx(np.array(expected), abs=1e-9)
    assert any("found from points around" in each["message"] for each in found["warnings"])


def test_labels_beside_a_kink_stay_what_they_are(cli: Any) -> None:
    found = cli("hessian", "sum(norm(X, axis=1)[y]**2)", "--X", "0,0;3,4", "--y", "0,1", "--wrt", "X", "--json").json
    assert np.array(found["hessian"]["X"]["X"]["data"]).reshape(4, 4) == pytest.approx(2 * np.eye(4), abs=1e-9)


def test_what_cannot_be_found_around_a_kink_is_said(cli: Any) -> None:
    found = cli("hessian", "sum(cholesky(A))*0 + norm(A - eye(2))**2", "--A", "1,0;0,1", "--json").json
    assert any("is at a kink" in each["message"] for each in found["warnings"])


@pytest.mark.parametrize(
    ("text", "x", "sides"),
    [
        ("sum(where(x > 0, x**2, 0))", "0,1", "0 on one side and 2"),
        ("sum(elu(x))", "0,1", "0 on one side and 1"),
        ("sum(huber_loss(x, zeros(2), reduction='none'))", "1,0", "0 on one side and 1"),
        ("sum((x > 1)*(x - 1)**2)", "1,3", "0 on one side and 2"),
        ("sum(x*relu(x))", "0,1", "0 on one side and 2"),
        ("sum(clip(x, 0, 1)**2)", "0,2", "0 on one side and 2"),
    ],
)
def test_where_the_second_derivative_jumps_it_is_said(cli: Any, text: str, x: str, sides: str) -> None:
    """The first one may be smooth there: no witness knows which side is taken, and none disagrees."""
    for more in ((), ("--product", "1,0")):
        found = cli("hessian", text, "--x", x, *more, "--json").json
        assert any(sides in each["message"] for each in found["warnings"]), found["warnings"]
        assert found["check"]["status"] != "disagree"


@pytest.mark.parametrize("order", ["2", "3"])
def test_where_a_higher_derivative_jumps_it_is_said(cli: Any, order: str) -> None:
    found = cli("grad", f"where(x > 0, x**{order}, 0)", "--x", "0", "--order", order, "--json").json
    assert any("0 on one side and" in each["message"] for each in found["warnings"])
    assert found["check"]["compared"] == int(order) - 1


@pytest.mark.parametrize(
    ("text", "x", "expected"),
    [
        ("sum(where(x > 0, x**3, 0))", "0,1", [[0, 0], [0, 6]]),
        ("sum(where(x > 0, x**2, x**2))", "0,1", [[2, 0], [0, 2]]),
        ("sum(relu(x)**3)", "0,1", [[0, 0], [0, 6]]),
        ("sum(x**2*abs(x))", "0,1", [[0, 0], [0, 6]]),
        ("max(x)*min(x)", "2,2", [[0, 1], [1, 0]]),
        ("max(x)**2 + min(x)**2", "1,1", [[2, 0], [0, 2]]),
        ("sum(sort(x)**2)", "1,1", [[2, 0], [0, 2]]),
        ("std(x)**2", "3,3", [[0.5, -0.5], [-0.5, 0.5]]),
        ("logsumexp(x)", "0,0", [[0.25, -0.25], [-0.25, 0.25]]),
        ("prod(x)", "0,0,2", [[0, 2, 0], [2, 0, 0], [0, 0, 0]]),
    ],
)
def test_ties_and_choices_that_are_smooth_have_their_second_derivatives(
    cli: Any, text: str, x: str, expected: Any
) -> None:
    found = cli("hessian", text, "--x", x, "--json").json
    np.testing.assert_allclose(found["hessian"]["x"]["x"]["data"], expected, atol=1e-9)
    assert not any(
        "on one side" in each["message"] and "of a slope" not in each["message"] for each in found["warnings"]
    )


def test_the_smallest_number_beside_a_kink_has_a_second_derivative(cli: Any) -> None:
    """A ten-millionth of it is 0: it was divided by."""
    blocks = cli("hessian", "abs(x)*y", "--x", "5e-324", "--y", "0", "--json").json["hessian"]
    assert [block["data"] for row in blocks.values() for block in row.values()] == [0, 1, 1, 0]


@pytest.mark.parametrize(
    ("text", "second", "words"),
    [
        ("abs(x)**2.1", 0.0, None),
        ("abs(x)**2 + abs(x)**2.5", 2.0, "found from points around"),
        ("abs(x)**1.9", "NaN", "grows without bound"),
        ("x**2*log(abs(x) + (x == 0))", "NaN", "grows without bound"),
    ],
)
def test_what_tends_slowly_to_a_limit_or_to_none_is_told_apart(cli: Any, text: str, second: Any, words: str) -> None:
    """A power of 0.1, or a logarithm, of the distance: its values on two sides are not two slopes."""
    found = cli("grad", text, "--x", "0", "--order", "2", "--json").json
    assert found["derivatives"][1]["data"] == (second if second == "NaN" else pytest.approx(second, abs=1e-9))
    said = [each["message"] for each in found["warnings"] if "is at a kink: " in each["message"]]
    assert all("on one side" not in each for each in said)
    assert not said if words is None else any(words in each for each in said)


def test_what_is_built_on_a_derivative_that_does_not_exist_does_not_exist(cli: Any) -> None:
    found = cli("grad", "max([x, -x])", "--x", "0", "--order", "3", "--json").json
    assert [each["check"]["kinks"] for each in found["derivatives"]] == [1, 1, 1]
