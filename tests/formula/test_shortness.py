"""Formulas are about as short as the answers that people accept: homework, and the answers of textbooks and courses.

A formula counts by its last statement; the statements before it are helpers or the user's own. Run the file with ``-s``
to see which are longer.
"""

from __future__ import annotations

import io
import json
import tokenize
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from command_runs import Cli

Array = npt.NDArray[np.float64]

HOMEWORK = json.loads((Path(__file__).parents[1] / "cases" / "homework.json").read_text(encoding="utf-8"))["cases"]
ANSWERS = json.loads((Path(__file__).parent / "textbook_answers.json").read_text(encoding="utf-8"))
"""The Matrix Cookbook, courses on machine learning, calculus: sizes, kind of derivative, the answer of the book."""
MOST = 1.25
SIZES = {"m": 5, "n": 3, "k": 2, "h": 4, "l": 6, "d": 2, "e": 4, "p": 2}


def words(text: str) -> int:
    """How many names, numbers and signs a formula has."""
    kinds = (tokenize.NAME, tokenize.NUMBER, tokenize.OP)
    return sum(token.type in kinds for token in tokenize.generate_tokens(io.StringIO(text).readline))


def share(found: Iterator[tuple[str, str | None, str]]) -> tuple[float, list[tuple[str, str | None, str]]]:
    """The part of the formulas that are short, and the others."""
    everything = list(found)
    long = [
        (text, formula, answer)
        for text, formula, answer in everything
        if formula is None or words(formula.rpartition("; ")[2]) > MOST * words(answer.rpartition(";")[2])
    ]
    print(f"{len(everything) - len(long)} of {len(everything)}", *long, sep="\n")
    return 1 - len(long) / len(everything), long


def homework(cli: Cli) -> Iterator[tuple[str, str | None, str]]:
    """Every homework question with the formula that is printed and the accepted answer."""
    for case in HOMEWORK:
        values = [word for name, value in case["inputs"].items() for word in ("--var", f"{name}={value}")]
        if case["grad_tensor"] is not None and case["command"] == "grad":
            values += ["--grad-tensor", case["grad_tensor"]]
        options = ["--json", "--check", "none", *([] if case["command"] == "grad" else ["--formula"])]
        found = cli(case["command"], case["form"], *values, *options).json
        for name, answer in case["answer"].items():
            if case["command"] == "hessian":
                continue  # the accepted answer is the gradient, the formula a Hessian
            blocks = found.get("variables") if case["command"] == "grad" else found.get("jacobian")
            yield case["form"], (blocks or {}).get(name, {}).get("formula"), answer


def textbook(cli: Cli) -> Iterator[tuple[str, str | None, str]]:
    """The textbooks' answers and the formulas for random numbers of small sizes, those of v.J for sizes in letters."""
    random = np.random.default_rng(0)
    for case in ANSWERS:
        of = case["by"].split(",")
        values = [word for assumed in case["assume"] for word in ("--assume", assumed)]
        for name, sizes in case["sizes"].items():
            shape = [SIZES.get(size) or int(size) for size in sizes.split(",") if size]
            array = holding(case["assume"], name, numbers(shape, random))
            values += [f"--var={name}={json.dumps(array.tolist())}"]
        if case["what"] == "v.J":
            values = [word for name, sizes in case["sizes"].items() for word in (f"--{name}", sizes or "scalar")]
            found = cli("formula", case["text"], *values, "--wrt", of[0], "--json").json
            formula = found["formulas"][0]["formula"]
        elif case["what"] == "gradient":
            found = cli("grad", case["text"], *values, "--json", "--check", "none").json
            formula = found["variables"][of[0]]["formula"]
        else:
            wanted = [word for name in dict.fromkeys(of) for word in ("--wrt", name)]
            found = cli(case["what"], case["text"], *values, *wanted, "--json", "--check", "none", "--formula").json
            formula = found[case["what"]][of[0]]
            formula = (formula if case["what"] == "jacobian" else formula[of[1]])["formula"]
        yield case["text"], formula, case["answer"]


def numbers(shape: list[int], random: np.random.Generator) -> Array:
    """Random numbers; square matrices are well conditioned."""
    array = random.uniform(0.3, 0.9, shape)
    if len(shape) == 2:
        array /= max(shape)
    return array + np.eye(shape[0]) if len(shape) == 2 and shape[0] == shape[1] else array


def holding(assumed: list[str], name: str, array: Array) -> Array:
    """Numbers of which the assumptions hold."""
    if f"{name} symmetric" in assumed:
        return np.asarray((array + array.T) / 2)
    if f"{name} orthogonal" in assumed:
        return np.asarray(np.linalg.qr(array)[0])
    if f"{name} diagonal" in assumed:
        return np.diag(np.diag(array))
    return array / array.sum() if f"sum({name})==1" in assumed else array


@pytest.mark.parametrize(("questions", "least"), [(homework, 0.93), (textbook, 0.98)])
def test_formulas_are_as_short_as_the_accepted_answers(cli: Cli, questions: Any, least: float) -> None:
    short, long = share(questions(cli))
    assert short >= least, long
