"""Every rewriting rule is an equation: both of its sides give the same numbers."""

from __future__ import annotations

import numpy as np
import pytest

from autograd_core.expr.build import parse
from autograd_core.expr.run import evaluate
from autograd_core.formula.equations import EQUATIONS, SHAPES, Equation, candidates, equation


@pytest.mark.parametrize("text", EQUATIONS)
@pytest.mark.parametrize("seed", range(3))
def test_both_sides_of_an_equation_give_the_same(text: str, seed: int) -> None:
    numbers = np.random.default_rng(seed)
    inputs = {name: numbers.uniform(0.2, 2.0, shape) for name, shape in SHAPES.items()}
    left, right = (parse(side, inputs).result for side in text.split(" = "))
    values = evaluate([left, right], inputs)
    np.testing.assert_allclose(
        values[left], np.broadcast_to(values[right], np.shape(values[left])), rtol=1e-12, atol=1e-12
    )


@pytest.mark.parametrize("text", EQUATIONS)
def test_an_equation_is_tried_on_terms_with_its_functions(text: str) -> None:
    known = equation(text)
    assert known in candidates(known.left.kind, known.words)


def test_a_right_side_is_read_however_late_its_left_side_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    known = Equation("exp(u)/(exp(u) + 1) = sigmoid(u)")
    monkeypatch.setattr("time.process_time", lambda: 1e9)  # a session of hours
    assert known.right.kind == "call"
