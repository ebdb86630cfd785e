"""Random command lines about an expression, and what holds for each: it is answered, or refused in words."""

from __future__ import annotations

import ast
import io
import json
import random
from collections.abc import Sequence

from autograd_cli.environment import Environment, StandardInput
from autograd_cli.main import perform
from autograd_core.formula.closed import FAILED
from fuzz.language import Example

MOST = 2048
"""Bytes of a message."""

CLAIMS = (
    "{0}",
    "0",
    "1",
    "2*{0}",
    "-{0}",
    "{1}",
    "f",
    "{0}*{1}",
    "sum({0})",
    "{0}.T",
    "ones_like({0})",
    "cos({0})*{1}",
)
"""What is claimed to be the gradient of one variable; the other name is that of another, or of the grad tensor."""

FORMS = {
    "grad": ("table", "json", "plain", "markdown", "latex"),
    "jacobian": ("table", "json", "plain", "markdown", "latex"),
    "check": ("table", "json", "plain"),
    "graph": ("tree", "dot", "mermaid", "json", "svg"),
}
TARGETS = ("torch", "jax", "numpy", "sympy", "latex")


def harm(words: Sequence[str]) -> str | None:
    """What is wrong with how a command ends: a mistake of ours, too long a message, an answer that cannot be read."""
    out, err = io.StringIO(), io.StringIO()
    status = perform(list(words), Environment(StandardInput(None), out, err))
    answer, said = out.getvalue(), err.getvalue()
    both = answer + said
    fine = (0, 1, 2, 3) if words[0] == "check" else (0, 2, 3)
    if status not in fine or "AG999" in both or "Traceback" in both or "\x1b" in both or FAILED in both:
        return f"exit {status}: {both[:300]}"
    if len(said.encode("utf-8", "replace")) > MOST:
        return f"a message of {len(said)} characters"
    if "json" in words:
        json.loads(answer, parse_constant=_refuse)
    if words[0] == "export" and status == 0 and "latex" not in words:
        ast.parse(answer)
    return None


def _refuse(word: str) -> None:
    raise ValueError(f"{word} is not JSON")


def command(example: Example, seed: int) -> list[str]:
    """The command line with this number about an expression."""
    draw = random.Random(seed)
    names = ["jacobian", "check", "export", "graph", "steps", "beside"]
    name = draw.choice(names if example.v is not None else [*names, "hessian", "hessian", "orders"])
    about = example.command[1:]
    if name in ("jacobian", "hessian") and example.v is not None:
        about = about[:-2]  # the matrix has no v
    if name == "check":
        return ["check", *about, *_claims(example, draw), "--points", "5", *_look("check", draw)]
    if name == "export":
        return ["export", *about, "--to", draw.choice(TARGETS)]
    if name == "graph":
        return ["graph", *about, *_look("graph", draw)]
    options = {
        "steps": ["--steps", "--no-tree"],
        "beside": ["--show-jacobian"],
        "orders": ["--wrt", ",".join(draw.choices([*example.values, "x"], k=draw.randint(2, 3)))],
    }.get(name, ["--formula"])
    witness = ["--check", draw.choice(["none", "numeric"])]
    first = name if name in ("jacobian", "hessian") else "grad"
    return [first, *about, *options, *witness, *_look("jacobian" if first != "grad" else "grad", draw)]


def _claims(example: Example, draw: random.Random) -> list[str]:
    """A claim about the gradient of each of some variables."""
    found: list[str] = []
    for name in example.values:
        if not found or draw.random() < 0.5:
            other = draw.choice([*example.values, "v"])
            found += ["--claim", f"{name} = {draw.choice(CLAIMS).format(name, other)}"]
    return found or ["--claim", "x = 0"]


def _look(name: str, draw: random.Random) -> list[str]:
    """A form, a width, an alphabet."""
    found = ["--format", draw.choice(FORMS[name])]
    if draw.random() < 0.5:
        found += ["--width", str(draw.choice([10, 20, 34, 60, 100]))]
    return [*found, *draw.choice([[], ["--ascii"], ["--full"], ["--precision", "3"]])]
