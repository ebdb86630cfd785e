"""Derivatives of single operations remembered wrongly, and rules taken for one another."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from autograd_core.claims.mistakes.backward import MAX_NODES, MULTIPLYING, RAISING, altered, through
from autograd_core.claims.mistakes.case import Case, Look, Variant
from autograd_core.claims.mistakes.scaling import DIVIDING
from autograd_core.claims.mistakes.written import expression_of
from autograd_core.claims.passes import passed_on, pulled
from autograd_core.engine.backprop import expand_to, unbroadcast
from autograd_core.expr.nodes import Call, Expr
from autograd_core.ops.registry import op
from autograd_core.ops.spec import OpSpec

Array = npt.NDArray[Any]


@dataclass(frozen=True, slots=True)
class Slip:
    """A wrong derivative of some operations with respect to the operand at ``position``.

    ``wrong(g, right, y, a, b)`` gives what is passed on in place of ``right``: ``g`` is the gradient of the node, ``y``
    its value, ``a`` and ``b`` those of its operands. ``words`` hold the texts of the node and of its operands.
    """

    ops: frozenset[OpSpec]
    position: int
    words: str
    wrong: Callable[[Any, Any, Any, Any, Any], Any]


SLIPS = (
    Slip(
        RAISING,
        1,
        "the power rule is for a variable base, and {b} is the exponent: the derivative of {y} with respect to {b} is "
        "{y}*log({a})",
        lambda g, _, y, a, b: g * b * a ** (b - 1),
    ),
    Slip(RAISING, 1, "a factor log({a}) is missing in the derivative of {y}", lambda g, _, y, a, b: g * y),
    Slip(RAISING, 0, "the exponent of {y} is not lowered by 1 in its derivative", lambda g, _, y, a, b: g * b * y),
    Slip(
        RAISING, 0, "the exponent of {y} is lowered by 2 in its derivative", lambda g, _, y, a, b: g * b * a ** (b - 2)
    ),
    Slip(RAISING, 0, "the exponent of {y} does not stand in front", lambda g, _, y, a, b: g * a ** (b - 1)),
    Slip(
        RAISING, 0, "the exponent of {y} is lowered by 1 in front too", lambda g, _, y, a, b: g * (b - 1) * a ** (b - 1)
    ),
    Slip(DIVIDING, 1, "the denominator is not squared in the derivative of {y}", lambda g, _, y, a, b: -g * y),
    Slip(
        frozenset([op.logsumexp]),
        0,
        "the denominator is missing: the derivative of {y} is exp({a})/sum(exp({a}))",
        lambda g, _, y, a, b: g * np.exp(a),
    ),
    Slip(frozenset([op.sqrt]), 0, "the 2 is missing in the derivative of {y}", lambda g, right, y, a, b: 2 * right),
    Slip(
        frozenset([op.exp]),
        0,
        "the power rule is no rule for {y}, which is its own derivative",
        lambda g, _, y, a, b: g * a * np.exp(a - 1),
    ),
    Slip(
        frozenset([op.tanh]), 0, "{y} is not squared in its derivative, 1 - tanh**2", lambda g, _, y, a, b: g * (1 - y)
    ),
    Slip(frozenset([op.sigmoid]), 0, "a factor 1 - {y} is missing in its derivative", lambda g, _, y, a, b: g * y),
    Slip(frozenset([op.sigmoid]), 0, "a factor {y} is missing in its derivative", lambda g, _, y, a, b: g * (1 - y)),
    Slip(frozenset([op.atan]), 0, "{a} is not squared in the derivative of {y}", lambda g, _, y, a, b: g / (1 + a)),
    Slip(
        frozenset([op.asin, op.acos]),
        0,
        "the root is missing in the derivative of {y}",
        lambda g, right, y, a, b: right**2 / g,
    ),
    Slip(
        frozenset([op.vector_norm]),
        0,
        "the divisor {y} is missing in its derivative",
        lambda g, right, y, a, b: right * y,
    ),
    Slip(frozenset([op.det]), 0, "the factor {y} is missing in its derivative", lambda g, right, y, a, b: right / y),
)
"""Wrong derivatives, the more frequent first."""


def wrong_rule(case: Case) -> Iterator[Variant]:
    """One local derivative that is remembered wrongly."""
    target = case.node
    if target is None or not case.fits or not case.telling:
        return
    for node in case.between()[:MAX_NODES]:
        for slip in SLIPS:
            if node.op in slip.ops and slip.position < len(node.operands) and node.operands[slip.position].depends:
                names = [case.text(each, 40) for each in node.operands]
                text = slip.words.format(y=case.text(node), a=names[0], b=names[-1])
                yield Variant(text, partial(_slipped, slip, node, target))


def _slipped(slip: Slip, node: Call, target: Expr, look: Look) -> Array | None:
    values = look.point.values
    right = passed_on(node, look.point.grad(node), values)[slip.position]
    if right is None:
        return None
    shape = node.operands[slip.position].shape
    operands = [values[each] for each in node.operands]
    exponent = node.params.get("exponent", 2.0 if len(operands) == 1 else operands[-1])
    g, y = look.point.grad(node), values[node]
    if node.shape != shape and not node.op.elementwise and node.shape != ():  # a reduction over an axis
        return None
    passed = np.asarray(slip.wrong(g, right, y, operands[0], exponent))
    if passed.shape != shape:
        passed = np.asarray(expand_to(unbroadcast(passed, shape, node.op, slip.position), shape))
    return altered(look, node, slip.position, passed, target)


def product_of_derivatives(case: Case) -> Iterator[Variant]:
    """The derivatives of two factors multiplied, or those of numerator and denominator divided."""
    target = case.node
    if target is None or not case.fits or not case.telling:
        return
    below = {target, *case.between()}
    for node in case.between()[:MAX_NODES]:
        if node.op in MULTIPLYING | DIVIDING and all(each in below for each in node.operands):
            first, second = (case.text(each, 40) for each in node.operands)
            rule, done = ("product", "multiplied") if node.op in MULTIPLYING else ("quotient", "divided")
            text = f"the {rule} rule is missing: the derivatives of {first} and {second} are {done} by each other"
            yield Variant(text, partial(_of_both, node, target))


def _of_both(node: Call, target: Expr, look: Look) -> Array | None:
    g = look.point.grad(node)
    first, second = (through(look, each, np.ones(each.shape), target) for each in node.operands)
    seed = g if g.shape in ((), target.shape) else None
    if seed is None:
        return None
    wrong = seed * (first * second if node.op in MULTIPLYING else first / second)
    return np.asarray(look.truth - through(look, node, g, target) + wrong)


def another_sign(case: Case) -> Iterator[Variant]:
    """The gradient of the expression with another sign in it, as where the minus before an argument is forgotten."""
    written, node = expression_of(case), case.node
    if written is None or node is None or not case.fits or not case.telling or case.problem.text != written.source.text:
        return
    for place in written.places:
        part, made = place.node, written.made
        if isinstance(part, ast.UnaryOp) and isinstance(part.op, ast.USub):
            other, new = made(part.operand, place.statement), written.shown(part.operand)
        elif isinstance(part, ast.BinOp) and isinstance(part.op, (ast.Add, ast.Sub)):
            left, right = made(part.left, place.statement), made(part.right, place.statement)
            minus = isinstance(part.op, ast.Sub)
            other = None if left is None or right is None else left + right if minus else left - right
            new = f"{written.shown(part.left)} {'+' if minus else '-'} {written.shown(part.right)}"
        else:
            continue
        root = None if other is None else written.changed({part: other})
        if root is not None and root.shape == case.problem.result.shape:
            text = f"this is the gradient of another expression, with {new} in the place of {place.text}"
            yield Variant(text, partial(_gradient, root, node))


def _gradient(root: Expr, node: Expr, look: Look) -> Array | None:
    return pulled([root], [look.point.weights], look.point.extended(root)).get(node)
