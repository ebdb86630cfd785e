"""Formulas and programs as people write them have the value and the gradients of the same in the language."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from autograd_core.expr.parser import read
from command_runs import Cli

CASES = json.loads((Path(__file__).parents[1] / "cases" / "readings.json").read_text(encoding="utf-8"))


def answers(cli: Cli, jobs: list[dict[str, Any]]) -> list[Any]:
    """What a batch of ``grad`` answers."""
    lines = [json.dumps({"check": "none", "formula": False, "tree": False, **job}) for job in jobs]
    return [json.loads(line) for line in cli("batch", stdin="\n".join(lines)).stdout.splitlines()]


def entries(data: Any) -> Any:
    """The numbers of a JSON array."""
    return np.array(json.loads(json.dumps(data).replace('"', "")), dtype=float).ravel()


def problem(found: Any, want: Any) -> str | None:
    """What is wrong with an answer."""
    if not found["ok"]:
        return f"{found['error']['code']} {found['error']['message']}"
    pairs = [(found["result"]["data"], want["result"]["data"])]
    pairs += [(found["variables"].get(name, {}).get("grad"), each["grad"]) for name, each in want["variables"].items()]
    if all(one is not None and np.allclose(entries(one), entries(other), equal_nan=True) for one, other in pairs):
        return None
    return f"read as {found['read']}"


@pytest.mark.parametrize("group", CASES["groups"])
def test_a_form_is_read_as_what_it_means(cli: Cli, group: str) -> None:
    values, forms = CASES["groups"][group].values()
    jobs = []
    for typed, right in forms:
        ways = right.split("|") if right else []
        names = {name for way in ways for name in read(way).variables}
        given = {name: value for name, value in values.items() if name in names or not ways}
        jobs += [{"expr": text, "vars": given, "grad_tensor": "1"} for text in (typed, (ways or ["1"])[0])]
    found = answers(cli, jobs)
    wrong = []
    for (typed, right), answer, want in zip(forms, found[::2], found[1::2], strict=True):
        if not right or "|" in right:
            refused = not answer["ok"] and (not right or answer["error"]["code"] == "AG619")
            wrong += [] if refused else [(typed, answer.get("read"))]
        elif (what := problem(answer, want)) is not None:
            wrong.append((typed, what))
    assert wrong == []


def test_a_program_has_the_values_it_sets_itself(cli: Cli) -> None:
    jobs = [
        job for typed, right, values in CASES["programs"] for job in ({"expr": typed}, {"expr": right, "vars": values})
    ]
    found = answers(cli, jobs)
    wrong = []
    for (typed, right, _), answer, want in zip(CASES["programs"], found[::2], found[1::2], strict=True):
        if answer["ok"] and want["result"]["shape"] != answer["result"]["shape"]:
            answer["result"] = want["result"]  # a vector, and the grad tensor that the program gives to backward
        what = problem(answer, want) if right else None if not answer["ok"] else "read"
        wrong += [(typed, what)] if what else []
    assert wrong == []


COUNTED = {
    "Σ_{i=1}^n (y_i - w x_i)^2": "sum((y - w*x)[:2]**2)",
    "-log softmax(y)_n": "-log(softmax(y)[1])",
    "log Σ_j exp(y_j) - y_{n-1}": "log(sum(exp(y))) - y[0]",
    "tr(X^n)": "trace(X @ X)",
    "y_3 x_n": "y[2]*x[1]",
}


@pytest.mark.parametrize("typed", COUNTED)
def test_a_number_that_counts_is_an_input_without_a_gradient(cli: Cli, typed: str) -> None:
    values = {"x": [1.0, 2.0, 4.0], "y": [0.5, 0.7, 0.1], "w": 2.0, "X": [[1.0, 2.0], [3.0, 4.0]]}
    given = {name: values[name] for name in read(COUNTED[typed]).variables}
    jobs = [{"expr": typed, "vars": {**given, "n": 2}}, {"expr": COUNTED[typed], "vars": given}]
    found, want = answers(cli, jobs)
    assert problem(found, want) is None
    assert not found["variables"]["n"]["requires_grad"]
    assert any("n is 2" in each["message"] for each in found["warnings"])
    words = [word for name, each in given.items() for word in (f"--{name}", json.dumps(each))]
    assert cli("grad", typed, *words, "--n", "2", "--json", "--no-tree").json["variables"].keys() == given.keys()


def test_what_a_word_is_defined_by_has_pi_whatever_is_called_so(cli: Cli) -> None:
    values = {"s": 0.7, "mu": [0.1, 0.2], "sigma": [1.0, 1.5]}
    mixture = {"expr": r"\sum_k \pi_k \mathcal{N}(s|\mu_k, \sigma_k^2)", "vars": {**values, "pi": [0.3, 0.7]}}
    density = "exp(-(s - mu)**2/(2*sigma**2))/sqrt(2*pi*sigma**2)"
    found, want = answers(cli, [mixture, {"expr": f"sum(w*{density})", "vars": {**values, "w": [0.3, 0.7]}}])
    found["variables"]["w"] = found["variables"].pop("pi")
    assert problem(found, want) is None


@pytest.mark.parametrize(
    "piece", ["if ", "of ", "... ", "求... ", "find ", "Sum[ ", ")( T(Sum[ ", "<sup>", "Sum[]the gradient of"]
)
def test_a_text_of_one_piece_again_and_again_is_refused_in_words(cli: Cli, piece: str) -> None:
    found = answers(cli, [{"expr": piece * (1900 // len(piece)), "vars": {"x": [1.0, 2.0]}}])[0]
    assert not found["ok"]
    assert found["error"]["code"] not in ("AG001", "AG999")
