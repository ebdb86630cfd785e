"""--steps is the run itself, told: every rule, typed back in, gives the number beside it, and the paths add up."""

from __future__ import annotations

import io
import json
from typing import Any

import numpy as np
import pytest

from autograd_cli.document import Display, Document, value_text
from autograd_cli.views.gradient import gradient_answer, steps_blocks
from autograd_cli.writers import json_text, write
from autograd_cli.writers.styled import painted
from autograd_cli.writers.terminal import document_lines
from autograd_core.calculate import Request, calculate
from autograd_core.expr import parse
from autograd_core.expr.run import evaluate
from autograd_core.report import Report
from command_runs import Cli, run
from corpus_cases import Case, array, cases, inputs

THREE_LAYERS = "sum((Y-W2*W1*X1)**2)"
THREE = {"X1": [2, 3, 4, 5], "W1": [1, 1, 1, 1], "W2": [1, 2, 3, 4], "Y": [1, 1, 1, 1]}
RNN = "h1 = tanh(Wx@x1 + b); h2 = tanh(Wx@x2 + Wh@h1 + b); h3 = tanh(Wx@x3 + Wh@h2 + b); sum((h3 - y)**2)"
UNROLLED = {
    "Wx": [[0.5, 0.1], [0.2, -0.3]],
    "Wh": [[0.1, 0.2], [0.3, 0.4]],
    "b": [0.1, 0.2],
    "x1": [1, 0],
    "x2": [0, 1],
    "x3": [1, 1],
    "y": [0, 1],
}


def worked(expression: str, values: dict[str, Any], **settings: Any) -> Report:
    """A run with its steps."""
    given = {name: np.asarray(value, dtype=float) for name, value in values.items()}
    return calculate(Request(expression, given, check="none", formula=False, steps=True, **settings))


def shown(report: Report, width: int | None = 80, *, full: bool = False) -> list[str]:
    """The lines of the steps as a person sees them."""
    assert report.steps is not None
    look = Display(width=width, full=full)
    return list(painted(document_lines(Document("", steps_blocks(report.steps)), look), color=False))


def test_the_forward_table_names_every_value() -> None:
    steps = worked(THREE_LAYERS, THREE).steps
    assert steps is not None
    assert [f"{each.symbol.text} = {each.formula.text}" for each in steps.forward] == [
        "v1 = W2*W1",
        "v2 = v1*X1",
        "v3 = Y - v2",
        "v4 = v3**2",
        "f = sum(v4)",
    ]
    assert [each.value.tolist() for each in steps.forward][-2:] == [[1, 25, 121, 361], 508]


def test_the_backward_pass_goes_from_the_result_to_the_inputs_with_rules_and_numbers() -> None:
    lines = shown(worked(THREE_LAYERS, THREE))
    start = lines.index("v2 = v1*X1  MulBackward0")
    assert lines[start : start + 6] == [
        "v2 = v1*X1  MulBackward0",
        "  in     dv2           (4,)  [2, 10, 22, 38]",
        "  local  ∂v2/∂v1 = X1  (4,)  [2, 3, 4, 5]",
        "  out    dv1 = dv2*X1  (4,)  [4, 30, 88, 190]",
        "  local  ∂v2/∂X1 = v1  (4,)  [1, 2, 3, 4]",
        "  out    dX1 = dv2*v1  (4,)  [2, 20, 66, 152]",
    ]
    assert "dv4 is the gradient of f by v4" in lines[lines.index("backward") + 1]


def test_named_statements_keep_their_names_and_a_weight_used_three_times_has_three_paths() -> None:
    report = worked(RNN, UNROLLED)
    assert report.steps is not None
    assert {"h1", "h2", "h3"} <= {each.symbol.text for each in report.steps.forward}
    by_name = {each.symbol.text: each for each in report.steps.backward}
    assert [len(by_name[name].paths) for name in ("Wx", "Wh", "b", "y")] == [3, 2, 3, 0]
    for each in report.steps.backward:
        if each.paths:
            total = np.sum([path.gradient for path in each.paths], axis=0)
            np.testing.assert_allclose(total, each.gradient, rtol=1e-14)
    lines = shown(report, 140)
    assert "Wx is used 3 times: its gradient is the sum over the ways" in lines
    assert any("dWx += outer(dv7, x3)" in line for line in lines)


def test_a_broadcast_operand_gets_the_sum_over_the_axes_it_was_broadcast_along() -> None:
    steps = worked("sum((X + b)**2)", {"X": [[1, 2, 3], [4, 5, 6]], "b": [1, 0, 1]}).steps
    assert steps is not None
    rules = {passed.symbol.text: passed.rule.text for each in steps.backward for passed in each.passed}
    assert rules["dX"] == "dv1"
    assert rules["db"].startswith("sum(dv1, axis=0")


def test_a_mixing_operation_shows_its_jacobian_while_it_is_small() -> None:
    steps = worked("softmax(z)[0]", {"z": [1, 2, 3]}).steps
    assert steps is not None
    softmax = next(each for each in steps.backward if each.grad_fn == "SoftmaxBackward0")
    jacobian = softmax.passed[0].local_value
    p = np.exp([1, 2, 3]) / np.exp([1, 2, 3]).sum()
    assert jacobian is not None
    np.testing.assert_allclose(jacobian, np.diag(p) - np.outer(p, p), atol=1e-15)
    large = worked("sum(softmax(z)**2)", {"z": np.arange(40.0)}).steps
    assert large is not None
    assert all(
        passed.local_value is None
        for each in large.backward
        if each.grad_fn == "SoftmaxBackward0"
        for passed in each.passed
    )


def test_at_a_kink_the_rule_is_the_one_that_was_used() -> None:
    steps = worked("sum(maximum(x, y))", {"x": [1, 2], "y": [1, 0]}).steps
    assert steps is not None
    maximum = next(each for each in steps.backward if each.grad_fn == "MaximumBackward0")
    assert maximum.passed[0].gradient.tolist() == [0.5, 1]
    again(maximum.passed[0].rule.text, {"x": [1, 2], "y": [1, 0], maximum.name.text: maximum.gradient}, [0.5, 1])


def test_several_grad_tensors_add_up_in_the_steps_as_in_the_gradients() -> None:
    seeds = (np.array([1.0, 1.0]), np.array([1.0, 2.0]))
    report = worked("x**2*x", {"x": [1, 2]}, grad_tensors=seeds)
    assert report.steps is not None
    assert report.steps.seed.tolist() == [2, 3]
    np.testing.assert_allclose(report.steps.backward[-1].gradient, [6, 36])
    only_last = worked("x**2*x", {"x": [1, 2]}, grad_tensors=seeds, zero_grad=True)
    assert only_last.steps is not None
    assert only_last.steps.seed.tolist() == [1, 2]


def test_names_of_values_and_gradients_keep_clear_of_the_users() -> None:
    steps = worked("f*v + v1*dv1 + sin(df)", {"f": 2, "v": 3, "v1": 4, "dv1": 5, "df": 1}).steps
    assert steps is not None
    names = [each.symbol.text for each in steps.forward] + [each.name.text for each in steps.backward]
    assert len(set(names)) == len(names)
    assert not {"f", "v", "v1", "dv1", "df"} & {*names}


def again(text: str, values: dict[str, Any], wanted: Any) -> None:
    """Hold a formula, typed back in, to the number beside it."""
    bound = {name: np.asarray(value, dtype=float) for name, value in values.items()}
    program = parse(text, bound)
    found = np.asarray(evaluate([program.result], bound)[program.result])
    wanted = np.asarray(wanted, dtype=float)
    with np.errstate(all="ignore"):
        np.testing.assert_allclose(np.broadcast_to(found, wanted.shape), wanted, rtol=1e-9, atol=1e-300)


CHOSEN = [case for case in cases("gradients.json") if "error" not in case and case.get("policy") in (None, "match")][
    ::4
]


@pytest.mark.parametrize("case", CHOSEN, ids=[case["id"] for case in CHOSEN])
def test_every_rule_typed_back_gives_its_number_and_the_paths_add_up(case: Case) -> None:
    seeds = (array(case["grad_tensor"]),) if case.get("grad_tensor") is not None else (None,)
    report = worked(case["expr"], inputs(case), grad_tensors=seeds)
    steps = report.steps
    assert steps is not None
    values: dict[str, Any] = {each.name: each.value.data for each in report.variables}
    for forward in steps.forward:
        again(forward.formula.text, values, forward.value)
        values[forward.symbol.text] = forward.value
    arrived: dict[str, Any] = {}
    for each in steps.backward:
        if each.formula is not None:
            for passed in each.passed:
                again(passed.rule.text, {**values, each.name.text: each.gradient}, passed.gradient)
                name = passed.symbol.text
                arrived[name] = arrived[name] + passed.gradient if name in arrived else passed.gradient
        if each.name.text in arrived:
            with np.errstate(all="ignore"):
                np.testing.assert_allclose(arrived[each.name.text], each.gradient, rtol=1e-9, atol=1e-12)


def test_json_has_the_steps_when_they_are_asked_for() -> None:
    report = worked(RNN, UNROLLED)
    found = json.loads(json_text(gradient_answer(report).json(Display())))["steps"]
    assert found["seed"] == 1
    assert found["forward"][2] == {
        "name": "h1",
        "formula": "tanh(v2)",
        "latex": r"h_{1} = \tanh\left(v_{2}\right)",
        "grad_fn": "TanhBackward0",
        "shape": [2],
        "data": [float(each) for each in np.tanh([0.6, 0.4])],
    }
    wx = next(each for each in found["backward"] if each["name"] == "Wx")
    assert [path["through"] for path in wx["paths"]] == ["v7", "v3", "v1"]
    passed = found["backward"][1]["passed"][0]
    assert {"grad_name", "rule", "latex", "local", "local_data", "shape", "grad"} == set(passed)


@pytest.mark.parametrize(
    ("expression", "rules"),
    [
        (
            "sum(x*Qgradient)",
            [
                r"\frac{\partial f}{\partial v_{1}} \odot \mathrm{Qgradient}",
                r"\frac{\partial f}{\partial v_{1}} \odot x",
            ],
        ),
        (
            "sum(outer(x, Qgradient))",
            [
                r"\frac{\partial f}{\partial v_{1}} \, \mathrm{Qgradient}",
                r"\left(\frac{\partial f}{\partial v_{1}}\right)^{\top} \, x",
            ],
        ),
    ],
)
def test_in_latex_a_gradient_is_a_fraction_and_every_name_keeps_its_own(expression: str, rules: list[str]) -> None:
    steps = worked(expression, {"x": [1, 2], "Qgradient": [2, 3]}).steps
    assert steps is not None
    assert [passed.rule.latex for passed in steps.backward[1].passed] == rules


def test_the_command_line_shows_steps_only_when_asked() -> None:
    words = ["grad", THREE_LAYERS, "--check", "none"]
    for name, value in THREE.items():
        words += [f"--{name}", value_text(np.array(value, dtype=float))]
    assert "backward" in run(*words, "--steps", "--width", "80").stdout
    assert "backward" not in run(*words).stdout


@pytest.mark.parametrize("width", [20, 40, 80, 140])
def test_no_number_is_cut_at_any_width(width: int) -> None:
    for line in shown(worked(RNN, UNROLLED), width):
        for word in line.replace("[", " ").replace("]", " ").replace(",", " ").split():
            if word[0].isdigit() and "." in word:
                float(word)


def test_the_stream_of_a_table_has_the_steps_last() -> None:
    stream = io.StringIO()
    write(gradient_answer(worked(THREE_LAYERS, THREE)), "table", Display(width=100), stream)
    text = stream.getvalue()
    assert text.index("graph") < text.index("forward") < text.index("backward")


def test_a_page_says_what_a_gradient_is_called_in_the_signs_of_its_steps(cli: Cli) -> None:
    done = cli("(x - 1)**2", "--x", "3", "--steps", "--format", "latex")
    assert r"\noindent $\frac{\partial f}{\partial v_{1}}$ is the gradient of f by v1" in done.stdout
