"""Pairs of an expression and a claim about one of its gradients, with the truth found by differences.

The truth does not come from the engine: an expression is evaluated at points moved a little, and a claim is right when
its numbers are those quotients of differences at several points far from each other.
"""

from __future__ import annotations

import ast
import copy
import random
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from autograd_core.errors import AutogradError, ShapeError
from autograd_core.expr.build import parse
from autograd_core.expr.run import evaluate
from formula_runs import texts

Array = npt.NDArray[Any]

SHAPES = {"x": (3,), "y": (3,), "A": (3, 3), "B": (2, 3), "s": (), "t": ()}
ONE = (
    *("exp(0.3*({}))", "tanh({})", "-({})", "({})**2", "sin({})", "cos({})", "relu({})", "abs({})", "sigmoid({})"),
    *("2*({})", "({})/3", "1/(2 + ({})**2)", "sqrt(1 + ({})**2)", "log(1 + ({})**2)", "({})**3", "softplus({})"),
    *("softmax({})", "sum({}, axis=-1, keepdims=True)", "mean({})", "sum({})", "({}).T", "({})[0]"),
)
TWO = (
    *("{} + {}", "{} - {}", "({})*({})", "({})*({})", "({}) @ ({})", "({}) @ ({})", "({})/(1 + ({})**2)"),
    *("maximum({}, {})", "outer({}, {})", "where({} > 0.1, {}, 0.3)", "dot({}, {})"),
)


class Pair(NamedTuple):
    """An expression, its inputs, a claim, and the verdict that is due."""

    expression: str
    inputs: dict[str, Array]
    name: str
    claim: str
    right: bool
    right_here: bool


def expression(draw: random.Random, depth: int) -> str:
    """A random expression; many do not fit their shapes."""
    if depth == 0 or draw.random() < 0.15:
        return draw.choice(list(SHAPES))
    if draw.random() < 0.45:
        return draw.choice(ONE).format(expression(draw, depth - 1))
    return draw.choice(TWO).format(expression(draw, depth - 1), expression(draw, depth - 1))


def value(text: str, inputs: Mapping[str, Array]) -> Array:
    """What an expression gives."""
    program = parse(text, inputs)
    return np.asarray(evaluate([program.result], inputs)[program.result])


def slopes(text: str, inputs: Mapping[str, Array], name: str) -> Array | None:
    """Quotients of central differences, of two steps extrapolated; None next to a kink, where the sides differ."""
    found = np.zeros(inputs[name].shape)
    here = float(value(text, inputs))
    for index in np.ndindex(*inputs[name].shape):
        each = []
        for step in (1e-3, 5e-4):
            ends = []
            for side in (1, -1):
                moved = {key: np.array(array) for key, array in inputs.items()}
                moved[name][index] += side * step
                ends.append(float(value(text, moved)))
            each.append((ends[0] - ends[1]) / (2 * step))
            bend = abs(ends[0] - 2 * here + ends[1]) / step
            if bend > 0.05 * max(abs(each[-1]), 0.1):
                return None
        if abs(each[0] - each[1]) > 1e-4 * max(abs(each[1]), 0.1):
            return None
        found[index] = (4 * each[1] - each[0]) / 3
    return found


def agrees(text: str, inputs: Mapping[str, Array], name: str, claim: str) -> bool | None:
    """Whether a claim gives the slopes at a point; None where that cannot be told, as next to a kink."""
    truth = slopes(text, inputs, name)
    if truth is None:
        return None
    try:
        claimed = value(claim, {**inputs, "f": value(text, inputs)})
    except AutogradError as error:
        return False if isinstance(error, ShapeError) else None
    if claimed.shape != truth.shape:
        return None if claimed.shape == () else False  # a single number may stand for all entries
    if 0 < max(np.abs(truth).max(initial=0), np.abs(claimed).max(initial=0)) < 1e-4:
        return None  # too small for differences
    error = np.abs(claimed - truth) / np.maximum(np.abs(truth), 1e-3 * np.abs(truth).max(initial=1e-3))
    if not np.isfinite(error).all() or 1e-5 < float(error.max(initial=0)) < 1e-3:
        return None
    return float(error.max(initial=0)) <= 1e-5


def spoilt(draw: random.Random, claim: str, others: list[str]) -> str:
    """A claim with one thing changed."""
    *helpers, last = claim.split("; ")
    ways: list[Callable[[], str]] = [
        lambda: "; ".join([*helpers, f"{draw.choice(['2', '0.5', '-1', '3', '1.01'])}*({last})"]),
        lambda: "; ".join([*helpers, f"({last}).T"]),
        lambda: draw.choice(others) if others else "; ".join([*helpers, f"-({last})"]),
        lambda: edited(draw, claim),
        lambda: edited(draw, claim),
        lambda: edited(draw, claim),
    ]
    return draw.choice(ways)()


def edited(draw: random.Random, claim: str) -> str:
    """A claim in which one operation is replaced by one of its operands, or by another operation."""
    *helpers, last = claim.split("; ")
    tree = ast.parse(last, mode="eval")
    places = [node for node in ast.walk(tree) if isinstance(node, (ast.BinOp, ast.Call, ast.Constant))]
    if not places:
        return "; ".join([*helpers, f"2*({last})"])
    chosen = draw.choice(places)
    return "; ".join([*helpers, ast.unparse(replaced(copy.deepcopy(tree), places.index(chosen), draw))])


def replaced(tree: ast.Expression, place: int, draw: random.Random) -> ast.AST:
    """The tree with the operation at a place changed."""
    target = [node for node in ast.walk(tree) if isinstance(node, (ast.BinOp, ast.Call, ast.Constant))][place]

    class Change(ast.NodeTransformer):
        def visit(self, node: ast.AST) -> Any:
            if node is not target:
                return self.generic_visit(node)
            if isinstance(node, ast.Constant):
                return ast.Constant(node.value + 1 if type(node.value) in (int, float) else node.value)
            if isinstance(node, ast.BinOp):
                if isinstance(node.op, (ast.Add, ast.Sub)) and draw.random() < 0.5:
                    return ast.BinOp(node.left, ast.Sub() if isinstance(node.op, ast.Add) else ast.Add(), node.right)
                return draw.choice([node.left, node.right])
            assert isinstance(node, ast.Call)
            return node.args[0] if node.args else node

    changed: ast.AST = Change().visit(tree)
    return ast.fix_missing_locations(changed)


def pairs(count: int, seed: int = 0) -> Iterator[Pair]:
    """Pairs, about as many right as wrong; with ones and twos, some wrong claims are right at the given numbers."""
    draw = random.Random(seed)
    numbers = np.random.default_rng(seed)
    made = 0
    while made < count:
        text = f"sum({expression(draw, draw.randint(1, 4))})"
        special = draw.random() < 0.25
        inputs = {
            name: numbers.integers(1, 3, shape).astype(float) if special else numbers.normal(size=shape)
            for name, shape in SHAPES.items()
        }
        try:
            names = list(parse(text, inputs).variables)
            inputs = {name: inputs[name] for name in names}
            formulas = {name: formula for name, formula in texts(text, inputs).items() if formula}
        except AutogradError:
            continue
        if not formulas or not np.isfinite(value(text, inputs)).all():
            continue
        name = draw.choice(list(formulas))
        claim = formulas[name]
        if draw.random() < 0.5:
            claim = spoilt(draw, claim, [formula for other, formula in formulas.items() if other != name])
        points = [inputs]
        for size in (0.3, 1.5, 4.0) * 4:
            points.append({key: numbers.normal(size=a.shape) * size for key, a in inputs.items()})
        try:
            seen = [agrees(text, point, name, claim) for point in points]
        except (AutogradError, SyntaxError):
            continue
        if None in seen:
            continue
        made += 1
        yield Pair(text, inputs, name, claim, all(seen), bool(seen[0]))
