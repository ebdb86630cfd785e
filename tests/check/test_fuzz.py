"""Random expressions: the engine, the formula, SymPy and differences say the same; random text never crashes.

The generator and the questions are those of tests/fuzz, which can be run for as long as one likes.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from autograd_core.errors import AutogradError
from autograd_core.expr.build import parse
from autograd_core.ops import functions
from autograd_core.ops.registry import find
from autograd_core.ops.spec import OpSpec
from checking import planted
from fuzz import commands, language, oracles

SEEDS = st.integers(0, 2**40)
QUICK: dict[str, Any] = {"deadline": None, "derandomize": True, "database": None}
SLOW = [HealthCheck.too_slow, HealthCheck.filter_too_much]

FOUND: list[dict[str, Any]] = json.loads(
    (Path(__file__).resolve().parents[1] / "fuzz" / "found.json").read_text(encoding="utf-8")
)
"""What longer runs have found, now right: a command, or an expression that "must" agree or be refused with a code."""


@pytest.mark.parametrize("case", FOUND, ids=lambda case: case["name"])
def test_what_was_found_once_is_right(case: dict[str, Any]) -> None:
    if "command" in case:
        assert commands.harm(case["command"]) is None, case["why"]
        return
    values = {name: np.array(value, dtype=float) for name, value in case["values"].items()}
    v = None if case["v"] is None else np.array(case["v"], dtype=float)
    found = oracles.examine(language.Example(case["text"], values, v))
    assert (found.refused or "agree").split(" ")[0] == case["must"], case["why"]
    assert found.problems == [], case["why"]


def examined(seed: int, method: str, depth: int | None = None) -> None:
    try:
        example = language.expression(seed, depth)
    except AutogradError as error:
        pytest.fail(f"a function refuses its own sample: {error.message}")
    found = oracles.examine(example, method)
    assert not found.problems, "\n".join([*found.problems, " ".join(example.command)])


@settings(max_examples=250, suppress_health_check=SLOW, phases=[Phase.generate], **QUICK)
@given(SEEDS)
def test_engine_formula_and_differences_agree(seed: int) -> None:
    examined(seed, "numeric")


@settings(max_examples=150, suppress_health_check=SLOW, phases=[Phase.generate], **QUICK)
@given(SEEDS)
def test_engine_formula_sympy_and_differences_agree(seed: int) -> None:
    examined(seed, "all", 2)


@settings(max_examples=150, suppress_health_check=SLOW, phases=[Phase.generate], **QUICK)
@given(SEEDS)
def test_every_command_answers_or_refuses_in_words(seed: int) -> None:
    assert oracles.examine_command(language.expression(seed), seed) is None


@settings(max_examples=250, suppress_health_check=SLOW, phases=[Phase.generate], **QUICK)
@given(SEEDS)
def test_random_text_is_refused_in_words(seed: int) -> None:
    assert oracles.examine_text(language.text(seed)) is None


@settings(max_examples=200, suppress_health_check=SLOW, **QUICK)
@given(st.text(max_size=40))
def test_any_text_is_refused_in_words(text: str) -> None:
    assert oracles.examine_text(text) is None


@pytest.mark.parametrize("number", ["0", "2", "[1, 2]"])
def test_every_function_of_plain_numbers_is_answered_or_refused_in_words(number: str) -> None:
    for function in functions():
        for count in range(1, 5):
            given = ", ".join([number] * count)
            for text in (f"{function.name}({given})", f"{function.name}([{given}])"):
                try:
                    parse(text, {})
                except AutogradError as error:
                    assert error.code not in ("AG001", "AG999"), text  # noqa: PT017
                except Exception as error:
                    pytest.fail(f"{text}: {error!r}")


def test_most_expressions_are_answered_and_few_are_constant() -> None:
    answered = constant = 0
    for seed in range(200):
        found = oracles.examine(language.expression(seed), "none", rendered=False)
        answered += found.refused is None
        constant += bool(found.refused and found.refused.startswith("AG203"))
    assert answered > 150
    assert answered + constant > 190


def test_a_mistake_in_a_command_is_found() -> None:
    tanh = find("tanh")
    assert isinstance(tanh, OpSpec)
    with planted(tanh, vjps=(lambda _g, _y, _x: None.missing,)):  # type: ignore[attr-defined]
        assert commands.harm(["jacobian", "tanh(x)", "--x", "1,2"]) is not None
    assert commands.harm(["jacobian", "tanh(x)", "--x", "1,2"]) is None


def test_a_planted_error_is_found() -> None:
    tanh = find("tanh")
    assert isinstance(tanh, OpSpec)
    with planted(tanh, vjps=(lambda g, y, _x: g * (1 - y * y) * 1.001,)):
        problems = [
            problem
            for seed in range(150)
            for problem in oracles.examine(language.expression(seed), "numeric", rendered=False).problems
        ]
    assert problems
