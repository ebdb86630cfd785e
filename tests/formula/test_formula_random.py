"""Random expressions over many shapes: the simplifier copes with all of them, and every formula it prints holds."""

from __future__ import annotations

import random

import numpy as np
import pytest

from autograd_core.errors import AutogradError
from autograd_core.expr.build import parse
from autograd_core.formula.verify import measure
from formula_runs import formulas, typed_back

SHAPES = {
    "x": (3,),
    "z": (2,),
    "A": (2, 3),
    "B": (3, 3),
    "C": (3, 2),
    "c": (2, 1),
    "r": (1, 3),
    "s": (),
    "K": (2, 2, 3),
}
ONE = (
    *("exp({})", "tanh({})", "-{}", "({})**2", "sin({})", "relu({})", "abs({})", "2*({})", "({})/3", "1/(2+({})**2)"),
    *("({}).T", "cumsum({}, axis=-1)", "softmax({})", "sum({}, axis=-1, keepdims=True)", "mean({}, axis=0)"),
    *("max({}, axis=-1, keepdims=True)", "reshape({}, -1)", "({})[None]", "({})[..., None]", "({})[0]", "sum({})"),
    *("norm({})", "prod({}, axis=-1)", "logsumexp({}, axis=-1)", "squeeze({})", "var({}, axis=-1)", "({} > 0.1)"),
)
TWO = (
    *("{} + {}", "{} - {}", "({})*({})", "({})/(1+({})**2)", "({}) @ ({})", "outer({}, {})", "maximum({}, {})"),
    *("where({} > 0.1, {}, 0.3)", "({})*({})", "({}) @ ({})", "hypot({}, {})", "solve(B + 3*eye(3), {}) + {}"),
)


def expression(draw: random.Random, depth: int) -> str:
    """A random expression; many do not fit their shapes."""
    if depth == 0 or draw.random() < 0.12:
        return draw.choice(list(SHAPES))
    if draw.random() < 0.5:
        return draw.choice(ONE).format(expression(draw, depth - 1))
    return draw.choice(TWO).format(expression(draw, depth - 1), expression(draw, depth - 1))


@pytest.mark.parametrize("integers", [False, True], ids=["smooth points", "kinks and ties"])
def test_random_expressions_have_formulas_that_hold(integers: bool) -> None:
    draw, tried = random.Random(7), 0
    while tried < 120:
        text = expression(draw, draw.randint(2, 5))
        numbers = np.random.default_rng(tried)
        inputs = {
            name: numbers.integers(-1, 3, shape).astype(float) if integers else numbers.uniform(0.3, 1.2, shape)
            for name, shape in SHAPES.items()
        }
        try:
            program = parse(text, inputs)
            inputs = {name: inputs[name] for name in program.variables}
            v = numbers.uniform(-1, 1, program.result.shape)
            _, gradients = measure(program.result, inputs, v, list(inputs))
        except AutogradError:
            continue
        if not program.result.depends or not all(np.isfinite(g).all() for g in gradients.values()):
            continue
        tried += 1
        for name, formula in formulas(text, inputs, v).items():
            assert formula.text is not None, (text, name, formula.reason)
            found = typed_back(formula.text, text, inputs, v)
            np.testing.assert_allclose(found, gradients[name], rtol=1e-7, atol=1e-12, err_msg=text)
