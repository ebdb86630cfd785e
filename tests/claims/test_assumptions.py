"""What is assumed of an input is read in the words people use, and numbers can be made to satisfy it."""

from __future__ import annotations

import numpy as np
import pytest

from autograd_core.assumptions import KINDS, Assumption, make_true, read_assumption, read_assumptions, require
from autograd_core.errors import AutogradError


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("A symmetric", ["A symmetric"]),
        ("A is symmetric", ["A symmetric"]),
        ("A, B are symmetric", ["A symmetric", "B symmetric"]),
        ("A and B symmetric", ["A symmetric", "B symmetric"]),
        ("A = A.T", ["A symmetric"]),
        ("A == A^T", ["A symmetric"]),
        ("A SPD", ["A positive definite"]),
        ("A positive definite", ["A positive definite"]),
        ("A orthogonal", ["A orthogonal"]),
        ("A diagonal", ["A diagonal"]),
        ("A invertible", ["A invertible"]),
        ("x > 0", ["x > 0"]),
        ("x,y>=0", ["x >= 0", "y >= 0"]),
        ("x positive", ["x > 0"]),
        ("sum(y) == 1", ["sum(y) == 1"]),
        ("norm(x) = 1", ["norm(x) == 1"]),
        ("abs(y) == 1", ["abs(y) == 1"]),
        ("sum(A, axis=-1) == 1", ["sum(A, axis=1) == 1"]),
        ("sum(A, 1) = 2", ["sum(A, axis=1) == 2"]),
    ],
)
def test_the_words_people_use_are_read(text: str, wanted: list[str]) -> None:
    found = read_assumption(text, "ABxy")
    assert [each.text for each in found] == wanted
    assert [again.text for each in found for again in read_assumption(each.text, "ABxy")] == wanted


@pytest.mark.parametrize("text", ["A", "A nice", "__import__('os')", "x > y", "Z symmetric", "", "sum(x) > 1"])
def test_anything_else_is_refused_in_words(text: str) -> None:
    with pytest.raises(AutogradError) as caught:
        read_assumption(text, "ABxy")
    assert caught.value.why


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("shape", [(3, 3), (2, 4, 4)])
def test_numbers_can_be_made_to_satisfy_it(kind: str, shape: tuple[int, ...]) -> None:
    random = np.random.default_rng(3)
    assumption = Assumption("A", kind, 1.0)
    for _ in range(20):
        array = random.standard_normal(shape)
        assert assumption.holds(assumption.make(array, random)) == assumption.fits(shape)


def test_several_hold_together_and_the_numbers_given_must_satisfy_them() -> None:
    random = np.random.default_rng(1)
    both = read_assumptions(["y >= 0", "sum(y) == 1", "y >= 0"], ["y"])
    assert len(both) == 2
    made = make_true(both, {"y": random.standard_normal(4)}, random)
    assert made is not None
    require(both, made)
    with pytest.raises(AutogradError, match=r"do not satisfy the assumption sum\(y\) == 1"):
        require(both, {"y": np.array([0.5, 0.6])})
    with pytest.raises(AutogradError, match="symmetric, and has shape"):
        require([Assumption("y", "symmetric")], {"y": np.array([0.5, 0.6])})
    assert make_true(read_assumptions(["y > 0", "y < 0"], ["y"]), {"y": np.ones(2)}, random) is None
