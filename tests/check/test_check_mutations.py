"""Every rule of the registry, altered a little, is caught by the check on some sample of its own operation."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from autograd_core.check import Question, check
from autograd_core.errors import AutogradError
from autograd_core.expr.nodes import Const, Expr, Var
from autograd_core.ops import OpSpec, functions
from checking import limits_of, planted
from operation_samples import Case, cases, cotangent, flows, record

PATIENT = 30.0
OPERATIONS = [function for function in functions() if isinstance(function, OpSpec) and any(function.vjps)]

EXTRA: dict[str, list[Case]] = {
    name: [Case(function, (np.array([7.5, -5.25]), np.array([2.0, 3.5])), {}, (0, 1))]
    for function in OPERATIONS
    if (name := function.name) in ("remainder", "fmod")
}
"""Samples where the quotient is not 0, so that its rule is not either."""


def question(case: Case) -> Question | None:
    """What the engine says of a case; None where no gradient flows."""
    names = {position: f"v{position}" for position in case.wanted}
    variables = {name: Var(name, case.operands[position].shape) for position, name in names.items()}
    operands = [
        variables[names[i]] if i in names else Const(o) if isinstance(o, np.ndarray) else o
        for i, o in enumerate(case.operands)
    ]
    made = case.function(*operands, **case.params)
    result, leaves = record(case)
    if not isinstance(made, Expr) or not flows(result):
        return None
    weights = cotangent(result.shape)
    result.backward(weights)
    gradients = {
        names[i]: np.zeros(leaf.shape) if leaf.grad is None else leaf.grad.array
        for i, leaf in zip(case.wanted, leaves, strict=True)
    }
    inputs = {name: case.operands[position] for position, name in names.items()}
    fields = limits_of() | {"budget": PATIENT}
    return Question(made, variables, inputs, tuple(variables), weights, result.array, gradients, **fields)


def questions(function: OpSpec) -> Iterator[Question]:
    """What the engine says of the samples of an operation; those it refuses are left out."""
    for case in [*EXTRA.get(function.name, []), *cases(function)]:
        try:
            asked = question(case)
        except (AutogradError, ValueError):
            continue
        if asked is not None:
            yield asked


@pytest.mark.parametrize("function", OPERATIONS, ids=lambda function: function.name)
def test_the_rules_as_they_are_are_never_called_wrong(function: OpSpec) -> None:
    for asked in questions(function):
        found = check(asked)
        assert found.verdict.status == "agree", (found.verdict, asked.inputs)
        assert found.verdict.compared + found.verdict.covered + found.verdict.kinks == found.verdict.total


def turned(passed: Any) -> Any:
    """A gradient with its last two axes exchanged, where they are equal."""
    shape = np.shape(passed)
    return np.swapaxes(passed, -1, -2) if len(shape) > 1 and shape[-1] == shape[-2] > 1 else passed


ALTERATIONS: dict[str, Callable[[Any, Any], Any]] = {
    "0.05 %": lambda passed, _g: passed * 1.0005,
    "sign": lambda passed, _g: -passed,
    "transposed": lambda passed, _g: turned(passed),
    "leak": lambda passed, g: passed + 0.0005 * np.sum(g) / max(np.size(g), 1),
}


LEAST = {"sympy": 1e-9, "numeric": 1e-4}
"""What a witness must see, relatively."""


@pytest.mark.parametrize("method", LEAST)
@pytest.mark.parametrize("alteration", ALTERATIONS)
@pytest.mark.parametrize("function", OPERATIONS, ids=lambda function: function.name)
def test_a_rule_that_is_altered_is_caught(function: OpSpec, alteration: str, method: str) -> None:
    for position, rule in enumerate(function.vjps):
        if rule is None:
            continue
        changes = False

        def altered(g: Any, *given: Any, rule: Any = rule, **params: Any) -> Any:
            nonlocal changes
            passed = rule(g, *given, **params)
            made = ALTERATIONS[alteration](passed, g)
            changes = changes or not np.allclose(made, passed, rtol=LEAST[method], atol=0, equal_nan=True)
            return made

        rules = [altered if i == position else r for i, r in enumerate(function.vjps)]
        with planted(function, vjps=tuple(rules)):
            caught = any(check(asked, method).verdict.status == "disagree" for asked in questions(function))
        assert caught or not changes, f"operand {position + 1}"
