"""Textbook formulas, and the seven ways in which people get them wrong."""

from __future__ import annotations

import ast
import copy
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from autograd_core.claims.request import ClaimsRequest

BOOK = json.loads((Path(__file__).parent / "corpus" / "textbook.json").read_text(encoding="utf-8"))["cases"]

HELPERS = {"S6": "d = sigmoid(x) + (x + y)**2; ", "V14": "p = softmax(z); "}
"""What the textbook calls by a name, written as statements."""

EXPLAINED_BY = {
    "times 2": {"factor"},
    "sign": {"sign"},
    "transposed": {"transposed"},
    "one term dropped": {"missing-term"},
    "another variable's": {"other-variable"},
    "a sum for a mean": {"sum-for-mean"},
    "chain rule forgotten": {"chain"},
}
"""The codes of a right diagnosis."""

Test = Callable[[ast.AST], bool]


class Spoiling(NamedTuple):
    """A textbook formula with one mistake in it."""

    case: dict[str, Any]
    name: str
    kind: str
    claim: str


def request(case: dict[str, Any], *claims: str, **more: Any) -> ClaimsRequest:
    """Claims about a case of the book, whose helper names may be used."""
    helpers = HELPERS.get(case["id"], "")
    v = None if case["grad_tensor"] is None else np.asarray(case["grad_tensor"], dtype=np.float64)
    inputs = {name: np.asarray(value, dtype=np.float64) for name, value in case["inputs"].items()}
    return ClaimsRequest(case["expr"], inputs, [helpers + claim for claim in claims], grad_tensor=v, **more)


def spoilings() -> Iterator[Spoiling]:
    """Every formula of the book in every way it can be spoilt."""
    for case in BOOK:
        for name, formula in case["expected"].items():
            for kind, claim in _spoilt(case, name, formula):
                yield Spoiling(case, name, kind, f"{name} = {claim}")


def _spoilt(case: dict[str, Any], name: str, formula: str) -> Iterator[tuple[str, str]]:
    yield "times 2", f"2*({formula})"
    yield "sign", f"-({formula})"
    if np.ndim(case["inputs"][name]) == 2:
        yield "transposed", f"({formula}).T"
    for claim in _without(formula, _is_sum):
        yield "one term dropped", claim
    for other, claim in case["expected"].items():
        if other != name and claim != formula:
            yield "another variable's", claim
    if case["expr"].startswith("mean("):
        for mean, total in (("(2/5)", "2"), ("/4", "")):
            if mean in formula:
                yield "a sum for a mean", formula.replace(mean, total)
    for derivative in LOCAL.get((case["id"], name), ()):
        yield "chain rule forgotten", derivative


LOCAL: dict[tuple[str, str], tuple[str, ...]] = {
    ("S4", "z"): ("2",),
    ("S4", "w"): ("2",),
    ("S6", "x"): ("1/d - f/d*(sigmoid(x) + 2*(x+y))", "1/d - f/d*(1 + 2*(x+y))"),
    ("S6", "y"): ("1/d - f/d*2*(x+y)",),
    ("S7", "x"): ("1/(exp(x)+exp(y))", "exp(x)"),
    ("S7", "y"): ("1/(exp(x)+exp(y))", "exp(y)"),
    ("V1", "X"): ("2*(Y-W2*W1*X)*W2*W1", "-2*(Y-W2*W1*X)", "-2*(Y-W2*W1*X)*W2"),
    ("V1", "W1"): ("-2*(Y-W2*W1*X)*X", "-2*(Y-W2*W1*X)*W2"),
    ("V1", "W2"): ("-2*(Y-W2*W1*X)*X", "-2*(Y-W2*W1*X)*W1"),
    ("V10", "w"): ("X.T@(X@w-y) + 2*lam*w",),
    ("V11", "w"): ("(2/5)*X.T@(relu(X@w+b)-y)", "X.T@((relu(X@w+b)-y)*(X@w+b>0))/5"),
    ("V11", "b"): ("(2/5)*sum(relu(X@w+b)-y)",),
    ("V14", "z"): ("v",),
    ("V15", "z"): ("-y/softmax(z)",),
    ("M9", "X"): ("outer(a,b)",),
    ("N1", "W1"): ("outer(W2.T@(W2@tanh(W1@x)-y), x) + lam*W1",),
    ("N1", "W2"): ("outer(W2@tanh(W1@x)-y, tanh(W1@x))/2 + lam*W2",),
    ("N2", "W1"): ("X.T @ (((softmax(relu(X@W1+b1)@W2+b2,1)-Y)/4)@W2.T)",),
    ("N5", "zf"): ("v*c", "v*c*(1-sigmoid(zf))"),
    ("N5", "zi"): ("v*tanh(zg)",),
    ("N5", "zg"): ("v*sigmoid(zi)",),
}
"""Formulas in which the derivative of an inner function is missing; where a factor 1/2 remains, that is said too."""


def _is_sum(node: ast.AST) -> bool:
    """A sum or difference whose terms both say something: ``1 - p`` belongs to the derivative of an inner function."""
    numbers = isinstance(node, ast.BinOp) and (
        isinstance(node.left, ast.Constant) or isinstance(node.right, ast.Constant)
    )
    return isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Add, ast.Sub)) and not numbers


def _without(formula: str, chosen: Test) -> Iterator[str]:
    """The formula with one operand of a chosen operation left out."""
    tree = ast.parse(formula, mode="eval")
    for place in range(sum(chosen(node) for node in ast.walk(tree))):
        for side in ("left", "right"):
            yield ast.unparse(_kept(copy.deepcopy(tree), place, side, chosen))


def _kept(tree: ast.Expression, place: int, side: str, chosen: Test) -> ast.AST:
    target = [node for node in ast.walk(tree) if chosen(node)][place]

    class Keep(ast.NodeTransformer):
        def visit(self, node: ast.AST) -> Any:
            if node is not target:
                return self.generic_visit(node)
            assert isinstance(node, ast.BinOp)
            kept = getattr(node, side)
            return ast.UnaryOp(ast.USub(), kept) if side == "right" and isinstance(node.op, ast.Sub) else kept

    changed: ast.AST = Keep().visit(tree)
    return ast.fix_missing_locations(changed)
