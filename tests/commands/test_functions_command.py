"""``functions`` names everything the language knows, and what it says about gradients is what the engine does."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pytest

from autograd_cli.guide.functions import (
    EVERYWHERE,
    SUMMED,
    all_params,
    allowed,
    meaning,
    operand_names,
    outline,
    samples,
    spread,
)
from autograd_cli.guide.functions import example as example_of
from autograd_cli.views.guide import run_example
from autograd_core import ops
from autograd_core.engine.tensor import Tensor
from autograd_core.expr import parse
from autograd_core.expr.run import evaluate
from autograd_core.ops.spec import Function
from command_runs import Cli

EVERY = list(ops.functions())
Answer = Callable[..., tuple[int, str, str]]


@pytest.fixture
def answer(cli: Cli) -> Answer:
    """Runs ``functions``."""
    return partial(cli, "functions")


def test_every_function_is_listed_with_what_it_does_and_how_a_gradient_passes(answer: Answer) -> None:
    status, out, err = answer("--full", "--format", "markdown")
    assert (status, err) == (0, "")
    lines = [line.replace("\\", "") for line in out.splitlines()]
    for function in EVERY:
        entry = next(line for line in lines if line.startswith(f"- `{function.signature}`"))
        assert function.doc in entry
        short = outline(function)
        rules = [rule for _, rule in short.rules if rule]
        told = [short.written] if short.written else rules or ["no gradient flows"]
        assert all(rule.replace("\\", "") in entry for rule in told), entry


def test_json_has_every_function_once(answer: Answer) -> None:
    status, out, _ = answer("--json")
    found = json.loads(out)
    assert (status, found["schema"], found["ok"]) == (0, "autograd-cli/functions/1", True)
    assert sorted(one["name"] for one in found["functions"]) == sorted(function.name for function in EVERY)
    for one in found["functions"]:
        assert one["flows"] is (one["written"] is not None or any(one["gradient"].values()))
        assert one["signature"].startswith(one["name"])
        assert one["doc"].endswith(".")


def test_functions_of_a_group_stand_together(answer: Answer) -> None:
    groups = [line for line in answer()[1].splitlines() if line and line[0] != " "][1:]
    assert len(groups) == len(set(groups)) == len({function.group for function in EVERY})


@pytest.mark.parametrize(
    ("name", "rules"),
    [
        ("sin", {"x": "g*cos(x)"}),
        ("exp", {"x": "g*y"}),
        ("mul", {"a": "g*b", "b": "g*a"}),
        ("matmul", {"a": "g @ b.T", "b": "a.T @ g"}),
        ("sum", {"x": "g in every entry"}),
        ("relu", {"x": "g*(x > 0)"}),
        ("sqrt", {"x": "g/(2*y)"}),
        ("floor", {"x": None}),
        ("where", {"condition": None, "a": "where(condition, g, 0)", "b": "where(condition, 0, g)"}),
    ],
)
def test_rules_read_as_in_a_textbook(name: str, rules: dict[str, str | None]) -> None:
    function = ops.find(name)
    assert function is not None
    assert dict(outline(function).rules) == rules


@pytest.mark.parametrize("function", EVERY, ids=lambda function: function.name)
def test_a_rule_that_is_told_is_the_one_that_is_used(function: Function) -> None:
    """The text, typed back in with numbers, gives the gradient of the engine."""
    rendered = outline(function)
    if not any(text for _, text in rendered.rules):
        return  # written in others, or nothing flows: there is no rule to hold to
    sample = next(s for s in samples(function) if _shapes(s.operands) == [shape for _, shape in rendered.operands])
    params = all_params(function, sample)
    values = _values(function, sample.operands)
    plain = {name for name, given in zip(values, sample.operands, strict=True) if np.ndim(given) == 0 and given != ()}
    tensors = {name: Tensor(value, requires_grad=True) for name, value in values.items()}
    operands = [float(values[name]) if name in plain else tensor for name, tensor in tensors.items()]
    y = function(*operands, **params)
    g = spread(y.shape, (0.5, 2.0), 7)
    y.backward(g)
    bound = {**values, rendered.g: g, rendered.y: y.array}
    for name, text in rendered.rules:
        gradient = tensors[name].grad
        if text is None:
            assert gradient is None or not gradient.array.any()
            continue
        assert gradient is not None
        text = text.replace("[mask]", "[mask > 0]")  # typed, a mask is a comparison
        told = evaluated(text.removesuffix(EVERYWHERE).removesuffix(SUMMED), bound)
        if text.endswith(SUMMED):
            told = told.sum(axis=tuple(range(told.ndim - gradient.ndim)), keepdims=False)
        np.testing.assert_allclose(np.broadcast_to(told, gradient.shape), gradient.array, rtol=1e-9, atol=1e-12)


def _shapes(operands: tuple[Any, ...]) -> list[tuple[int, ...]]:
    return [one if isinstance(one, tuple) else np.shape(one) for one in operands]


def _values(function: Function, operands: tuple[Any, ...]) -> dict[str, np.ndarray[Any, Any]]:
    found = {}
    domain = getattr(function, "domain", ((-2.0, 2.0),))
    for position, (name, given) in enumerate(zip(operand_names(function, len(operands)), operands, strict=True)):
        low_high = domain[min(position, len(domain) - 1)]
        found[name] = (
            spread(given, low_high, 5 * position) if isinstance(given, tuple) else np.asarray(given, dtype=float)
        )
    return found


def evaluated(text: str, bound: dict[str, np.ndarray[Any, Any]]) -> Any:
    program = parse(text, bound)
    return evaluate([program.result], bound)[program.result]


@pytest.mark.parametrize("function", EVERY, ids=lambda function: function.name)
def test_every_function_has_an_example_that_runs(function: Function) -> None:
    example = example_of(function)
    output, status = run_example(example)
    assert status == 0, f"{example.text}\n{output}"
    assert "gradient" in output
    assert re.search(rf"\b{function.name}\(|[-+*/@%<>=\[.]", example.line)


@pytest.mark.parametrize("function", EVERY, ids=lambda function: function.name)
def test_every_argument_is_explained(function: Function) -> None:
    for param in function.params:
        assert meaning(function, param), param.name
        assert allowed(param), param.name


@pytest.mark.parametrize(
    ("asked", "name"),
    [
        ("softmax", "softmax"),
        ("arccos", "acos"),
        ("acos", "acos"),
        ("cat", "concatenate"),
        ("unsqueeze", "expand_dims"),
        ("clamp", "clip"),
        ("@", "matmul"),
        ("**", "pow"),
        ("np.exp", "exp"),
        ("torch.nn.functional.relu", "relu"),
        ("sum()", "sum"),
        ("Softmax", "softmax"),
        ("SqrtBackward0", "sqrt"),
        ("MulBackward", "mul"),
        (".T", "transpose"),
    ],
)
def test_a_function_is_found_in_every_spelling(asked: str, name: str, answer: Answer) -> None:
    status, out, _ = answer(asked, "--json")
    assert (status, [one["name"] for one in json.loads(out)["functions"]]) == (0, [name])


def test_the_page_of_a_function(answer: Answer) -> None:
    status, out, err = answer("acos", "--width", "80")
    assert (status, err) == (0, "")
    for part in ("acos(x)", "arccos", "AcosBackward0", "-g/sqrt(1 - x**2)", "(3,) -> (3,)", "$ autograd-cli grad"):
        assert part in out


def test_the_page_says_what_happens_at_kinks_and_how_arguments_are_spelled(answer: Answer) -> None:
    out = answer("norm")[1]
    assert "0 where the norm is 0, as PyTorch; JAX gives nan" in out
    assert re.search(r" keepdims .*?True or False; False if not given; also spelled keepdim ", " ".join(out.split()))


def test_what_an_example_shows_is_what_the_command_gives(answer: Answer, cli: Cli) -> None:
    one = json.loads(answer("tanh", "--json")[1])["functions"][0]["example"]
    assert cli(*shlex.split(one["command"])[1:]) == (one["exit"], one["output"], "")


@pytest.mark.parametrize(("asked", "near"), [("softamx", "softmax"), ("arccosch", "arccosh"), ("Sigmiod", "sigmoid")])
def test_an_unknown_name_is_answered_with_the_nearest(asked: str, near: str, answer: Answer) -> None:
    status, out, err = answer(asked)
    assert (status, out) == (1, "")
    assert f"error[AG107]: no function is called '{asked}'; did you mean " in err
    assert near in err
    status, out, err = answer(asked, "--json")
    found = json.loads(out)
    assert (status, err) == (1, "")
    assert (found["ok"], found["error"]["code"], found["schema"]) == (False, "AG107", "autograd-cli/functions/1")


@pytest.mark.parametrize("width", [34, 60, 100])
def test_the_list_wraps_to_the_width(width: int, answer: Answer) -> None:
    lines = answer("--width", str(width))[1].splitlines()
    assert not [line for line in lines if len(line) > width and " " in line.strip()]
    assert "," not in map(str.strip, lines)


def test_without_a_terminal_there_is_no_colour_and_lines_are_as_long_as_is_comfortable(answer: Answer) -> None:
    out = answer()[1]
    assert "\x1b" not in out
    assert max(map(len, out.splitlines())) <= 100
    assert "\x1b[" in answer("--color", "always")[1]
    assert answer("tanh", "--ascii")[1].isascii()
