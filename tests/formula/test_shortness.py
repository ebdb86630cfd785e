"""Formulas are about as short as the answers that people accept: counted over the homework questions.

A formula counts by its last statement; the statements before it are helpers or the user's own. Run the file with ``-s``
to see which are longer.
"""

from __future__ import annotations

import io
import json
import tokenize
from pathlib import Path

from command_runs import Cli

CASES = json.loads((Path(__file__).parents[1] / "cases" / "homework.json").read_text(encoding="utf-8"))["cases"]
MOST = 1.25
LEAST_SHARE = 0.85


def words(text: str) -> int:
    """How many names, numbers and signs a formula has."""
    kinds = (tokenize.NAME, tokenize.NUMBER, tokenize.OP)
    return sum(token.type in kinds for token in tokenize.generate_tokens(io.StringIO(text).readline))


def test_most_formulas_are_as_short_as_the_accepted_answer(cli: Cli) -> None:
    short, long = 0, []
    for case in CASES:
        values = [word for name, value in case["inputs"].items() for word in ("--var", f"{name}={value}")]
        if case["grad_tensor"] is not None and case["command"] == "grad":
            values += ["--grad-tensor", case["grad_tensor"]]
        options = ["--json", "--check", "none", *([] if case["command"] == "grad" else ["--formula"])]
        found = cli(case["command"], case["form"], *values, *options).json
        for name, answer in case["answer"].items():
            if case["command"] == "hessian":
                continue  # the accepted answer is the gradient, the formula a Hessian
            blocks = found.get("variables") if case["command"] == "grad" else found.get("jacobian")
            text = (blocks or {}).get(name, {}).get("formula")
            last = None if text is None else text.rpartition("; ")[2]
            if last is not None and words(last) <= MOST * words(answer):
                short += 1
            else:
                long.append((case["id"], name, text, answer))
    print(f"{short} of {short + len(long)}", *long, sep="\n")
    assert short >= LEAST_SHARE * (short + len(long)), long
