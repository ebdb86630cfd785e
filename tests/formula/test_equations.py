"""Every rewriting rule is an equation: both of its sides give the same numbers."""

from __future__ import annotations

import numpy as np
import pytest

from autograd_core.expr.build import parse
from autograd_core.expr.evaluate import evaluate
from autograd_core.formula.equations import EQUATIONS, SHAPES, equations


@pytest.mark.parametrize("equation", EQUATIONS)
@pytest.mark.parametrize("seed", range(3))
def test_both_sides_of_an_equation_give_the_same(equation: str, seed: int) -> None:
    numbers = np.random.default_rng(seed)
    inputs = {name: numbers.uniform(0.2, 2.0, shape) for name, shape in SHAPES.items()}
    left, right = (parse(side, inputs).result for side in equation.split(" = "))
    values = evaluate([left, right], inputs)
    np.testing.assert_allclose(
        values[left], np.broadcast_to(values[right], np.shape(values[left])), rtol=1e-12, atol=1e-12
    )


def test_every_equation_is_in_use() -> None:
    assert sum(len(each) for each in equations().values()) == len(EQUATIONS)
    assert set(equations()) <= {"prod", "sum", "call", "chain", "reduce"}
