"""Formulas for a text and numbers, as the tests of formulas ask for them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from autograd_core.expr.build import bound_names, parse
from autograd_core.expr.run import evaluate
from autograd_core.formula import Asked, Formula, closed_forms
from autograd_core.formula.verify import measure

Array = npt.NDArray[Any]


def formulas(text: str, inputs: Mapping[str, Any], v: Any = None) -> Mapping[str, Formula]:
    """The formula of every variable of ``text``; ``v`` is the grad tensor."""
    arrays = {name: np.asarray(value, dtype=np.float64) for name, value in inputs.items()}
    program = parse(text, arrays)
    arrays = {name: arrays[name] for name in program.variables}
    weights = None if v is None else np.broadcast_to(np.asarray(v, dtype=np.float64), program.result.shape)
    wanted = list(program.variables)
    names = bound_names({*program.variables, *program.named})
    _, gradients = measure(program.result, arrays, weights, wanted)
    found = {name: gradients[name] for name in wanted}
    asked = Asked(program.result, program.variables, arrays, found, program.labels, weights, *names)
    return closed_forms(asked)


def texts(text: str, inputs: Mapping[str, Any], v: Any = None) -> dict[str, str | None]:
    """The texts of the formulas."""
    return {name: formula.text for name, formula in formulas(text, inputs, v).items()}


def typed_back(formula: str, text: str, inputs: Mapping[str, Any], v: Any = None) -> Array:
    """What a formula gives when it is typed as an expression, with f and v bound."""
    arrays = {name: np.asarray(value, dtype=np.float64) for name, value in inputs.items()}
    program = parse(text, arrays)
    f_name, v_name = bound_names({*program.variables, *program.named})
    bound = {**arrays, f_name: np.asarray(evaluate([program.result], arrays)[program.result])}
    if v is not None:
        bound[v_name] = np.broadcast_to(np.asarray(v, dtype=np.float64), program.result.shape)
    again = parse(formula, bound)
    return np.asarray(evaluate([again.result], bound)[again.result])


def numbers(*shape: int, seed: int = 0) -> Array:
    """Positive random numbers of a shape."""
    return np.asarray(np.random.default_rng([seed, *shape]).uniform(0.2, 1.5, shape))
