"""Derivatives of single operations remembered wrongly, and rules taken for one another."""

from __future__ import annotations

import ast
import math
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import product
from typing import Any

import numpy as np
import numpy.typing as npt

from autograd_core.claims.compare import Seen
from autograd_core.claims.mistakes.backward import MAX_NODES, PASSING, altered, passing, through
from autograd_core.claims.mistakes.case import AVERAGING, DIVIDING, MULTIPLYING, RAISING, Case, Variant, of_gradient
from autograd_core.claims.mistakes.written import Place, fill
from autograd_core.claims.problem import passed_on
from autograd_core.engine.backprop import expand_to, unbroadcast
from autograd_core.expr.nodes import Call, Expr, topological
from autograd_core.ops.registry import op
from autograd_core.ops.spec import OpSpec

Array = npt.NDArray[Any]


@dataclass(frozen=True, slots=True)
class Slip:
    """A wrong derivative of some operations with respect to the operand at ``position``, or to each.

    ``wrong(g, right, y, a, b)`` gives what is passed on in place of ``right``: ``g`` is the gradient of the node, ``y``
    its value, ``a`` and ``b`` those of its operands. ``words`` hold the texts of the node and of its operands. Without
    ``ops`` it is one of any operation whose derivative is not 1 or a sign; ``unary`` asks for a single operand.
    """

    ops: Collection[OpSpec] | None
    position: int | None
    words: str
    wrong: Callable[[Any, Any, Any, Any, Any], Any]
    unary: bool = False


_CROSS = (
    "the cross term of the softmax is missing: every entry of {y} depends on all entries of {a}, so p*v goes with "
    "-p*sum(p*v)"
)
CROSS_TERMS = (
    Slip((op.softmax,), 0, _CROSS, lambda g, _, y, a, b: g * y),
    Slip((op.softmax,), 0, _CROSS, lambda g, _, y, a, b: g * y * (1 - y)),
)
"""Of a softmax only the diagonal of the Jacobian, or only its own numerator."""

MAX_ELSEWHERE = 9
"""Parts of the argument of a function at which its derivative is tried, the argument itself among them."""

# fmt: off
RULES = (
    Slip(RAISING, 1, "the power rule is for a variable base, and {b} is the exponent: the derivative of {y} with "
         "respect to {b} is {y}*log({a})", lambda g, _, y, a, b: g * b * a ** (b - 1)),
    Slip(RAISING, 1, "a factor log({a}) is missing in the derivative of {y}", lambda g, _, y, a, b: g * y),
    Slip(RAISING, 0, "the exponent of {y} is not lowered by 1 in its derivative", lambda g, _, y, a, b: g * b * y),
    Slip(RAISING, 0, "a factor {a} is missing in the derivative of {y}: its exponent is lowered by 2",
         lambda g, _, y, a, b: g * b * a ** (b - 2)),
    Slip(RAISING, 0, "the exponent of {y} does not stand in front", lambda g, _, y, a, b: g * a ** (b - 1)),
    Slip(RAISING, 0, "the exponent of {y} is lowered by 1 in front too",
         lambda g, _, y, a, b: g * (b - 1) * a ** (b - 1)),
    Slip(DIVIDING, 1, "the denominator is not squared in the derivative of {y}", lambda g, _, y, a, b: -g * y),
    Slip((op.logsumexp,), 0, "the denominator is missing: the derivative of {y} is exp({a})/sum(exp({a}))",
         lambda g, _, y, a, b: g * np.exp(a)),
    Slip(AVERAGING, 0, "a sum where a mean was: the number of entries by which {y} divides is missing",
         lambda g, _, y, a, b: g),
    Slip((op.sqrt,), 0, "the 2 is missing in the derivative of {y}", lambda g, right, y, a, b: 2 * right),
    Slip((op.exp,), 0, "the power rule is no rule for {y}, which is its own derivative",
         lambda g, _, y, a, b: g * a * np.exp(a - 1)),
    Slip((op.tanh,), 0, "{y} is not squared in its derivative, 1 - tanh**2", lambda g, _, y, a, b: g * (1 - y)),
    Slip((op.sigmoid,), 0, "a factor 1 - {y} is missing in its derivative", lambda g, _, y, a, b: g * y),
    Slip((op.sigmoid,), 0, "a factor {y} is missing in its derivative", lambda g, _, y, a, b: g * (1 - y)),
    Slip((op.tanh,), 0, "the derivative of {y} is 1 - {y}**2; y*(1 - y) is that of the sigmoid",
         lambda g, _, y, a, b: g * y * (1 - y)),
    Slip((op.sigmoid,), 0, "the derivative of {y} is {y}*(1 - {y}); 1 - y**2 is that of tanh",
         lambda g, _, y, a, b: g * (1 - y**2)),
    Slip((op.atan,), 0, "{a} is not squared in the derivative of {y}", lambda g, _, y, a, b: g / (1 + a)),
    Slip((op.asin, op.acos), 0, "the root is missing in the derivative of {y}",
         lambda g, right, y, a, b: right**2 / g),
    Slip((op.vector_norm,), 0, "the divisor {y} is missing in its derivative", lambda g, right, y, a, b: right * y),
    Slip((op.det,), 0, "the factor {y} is missing in its derivative", lambda g, right, y, a, b: right / y),
)
"""Rules remembered wrongly, the more frequent first."""

CHANGED = (
    Slip(None, None, "the derivative of {full} is missing", lambda g, right, y, a, b: g),
    Slip(None, None, "the derivative of {full} is there twice", lambda g, right, y, a, b: right * right / g,
         unary=True),
    Slip(None, None, "the derivative of {full} divides where it should multiply",
         lambda g, right, y, a, b: g * g / right),
    Slip(None, None, "the value of {full} stands in the place of its derivative", lambda g, right, y, a, b: g * y,
         unary=True),
)
"""One local derivative replaced by 1, taken twice, inverted, or replaced by the value."""
# fmt: on


def slipped(slips: Sequence[Slip]) -> Callable[[Case], Iterator[Variant]]:
    """One local derivative that is taken wrongly."""

    def variants(case: Case, target: Expr) -> Iterator[Variant]:
        outermost = case.between()[0]
        for slip, (node, position) in product(slips, case.edges()[: 2 * MAX_NODES]):
            if node.op in PASSING if slip.ops is None else node.op not in slip.ops:
                continue
            if slip.unary and not (node.op.elementwise and len(node.operands) == 1):
                continue
            if slip.position in (None, position):
                names = [case.text(each, 40) for each in node.operands]
                full = case.text(node, full=True) + f" with respect to {names[position]}" * (node.op in MULTIPLYING)
                full += ", the outermost function," if node is outermost else ""
                text = slip.words.format(y=case.text(node), a=names[0], b=names[-1], full=full)
                wrong = partial(_slipped, slip, node, position)
                yield Variant(text, partial(altered, case, (node, position), target, wrong))

    return of_gradient(variants)


def _slipped(slip: Slip, node: Call, position: int, at: Seen, right: Array) -> Array | None:
    values, shape = at.point.values, node.operands[position].shape
    if node.shape not in (shape, ()) and not node.op.elementwise:  # a reduction over an axis
        return None
    operands = [values[each] for each in node.operands]
    exponent = node.params.get("exponent", 2.0 if len(operands) == 1 else operands[-1])
    passed = np.asarray(slip.wrong(at.point.grad(node), right, values[node], operands[0], exponent))
    if passed.shape != shape:
        passed = np.asarray(expand_to(unbroadcast(passed, shape, node.op, position), shape))
    return passed


def rule_missing(case: Case, target: Expr) -> Iterator[Variant]:
    """The derivatives of two factors multiplied, those of a quotient divided, or the power rule for an exponential.

    The last one as the whole derivative, that of the exponent is missing too.
    """

    def make(node: Call, wrong: Callable[[Seen], Any], at: Seen) -> Array | None:
        made = np.asarray(at.point.grad(node) * wrong(at))
        return passing(case, {node: []}, target, at) + made if made.shape == target.shape else None

    def of_operands(node: Call, factors: Sequence[Expr], at: Seen) -> Any:
        slopes = [through(at, each, np.ones(each.shape), target) for each in factors]
        return math.prod(slopes) if node.op in MULTIPLYING else slopes[0] / slopes[1]

    def of_power(node: Call, at: Seen) -> Any:
        operands: list[Any] = [np.e, *(at.point.values[each] for each in node.operands)]
        base, exponent = operands[-2:]
        return exponent * base ** (exponent - 1)

    inner = set(case.between())
    for node in case.between()[:MAX_NODES]:
        y, names = case.text(node), [case.text(each, 40) for each in node.operands]
        factors = [*node.operands]
        while node.op in MULTIPLYING and isinstance(first := factors[0], Call) and first.op in MULTIPLYING:
            factors[:1] = first.operands
        for parts in [factors, node.operands] if node.op in MULTIPLYING | DIVIDING else ():
            if inner.union([target]).issuperset(parts):
                rule, done = ("product", "multiplied") if node.op in MULTIPLYING else ("quotient", "divided")
                texts = [case.text(each, 40) for each in parts]
                told = f"{', '.join(texts[:-1])} and {texts[-1]}"
                text = f"the {rule} rule is missing: the derivatives of {told} are {done} by each other"
                yield Variant(text, partial(make, node, partial(of_operands, node, parts)))
        if node.operands[-1] in inner and (node.op is op.exp or (len(names) == 2 and node.op in RAISING)):
            text = f"the power rule is no rule for {y}: the variable is in the exponent {names[-1]}"
            text += ", which has its own derivative"
            yield Variant(text, partial(make, node, partial(of_power, node)), code="power")


def skipped(case: Case, target: Expr) -> Iterator[Variant]:
    """The derivative of several functions in each other left out, as that of a sigmoid that is written out."""

    def make(node: Call, place: Expr, at: Seen) -> Array:
        return passing(case, {node: [(place, at.point.grad(node))]}, target, at)

    nodes = case.between()[:MAX_NODES]
    for node in [each for each in nodes[:0:-1] if each.op.elementwise]:
        inner = set(topological([node])) - {node, *node.operands}
        for place in [each for each in (*nodes, target) if each in inner and each.shape == node.shape]:
            text = f"the derivative of {case.text(node, full=True)} with respect to {case.text(place, 40)} is missing"
            yield Variant(text, partial(make, node, place))


def taken_elsewhere(case: Case, target: Expr) -> Iterator[Variant]:
    """The derivative of a function at what its argument is made of, as ``2*cos(x)`` for ``sin(2*x)``."""

    def wrong(node: Call, place: Expr, at: Seen, _: Array) -> Array | None:
        (operand,), there = node.operands, at.point.values[place]
        moved = {**at.point.values, operand: there, node: np.asarray(node.op(there, **node.params))}
        return passed_on(node, at.point.grad(node), moved)[0]

    def at_slope(node: Call, at: Seen, _: Array) -> Array | None:
        (operand,) = node.operands
        there = through(at, operand, np.ones(operand.shape), target)
        moved = {**at.point.values, operand: there, node: np.asarray(node.op(there, **node.params))}
        return passed_on(node, at.point.grad(node), moved)[0]

    def of_slope(node: Call, at: Seen) -> Any:
        (operand,) = node.operands
        there = through(at, operand, np.ones(operand.shape), target)
        return at.point.grad(node) * np.asarray(node.op(there, **node.params))

    for node in case.between()[:MAX_NODES]:
        if node.op.elementwise and not node.op.linear and len(node.operands) == 1:
            operand, below = node.operands[0], topological(node.operands)
            for place in [each for each in below if each.depends and each.shape == operand.shape][-MAX_ELSEWHERE:-1]:
                text = f"the derivative of {case.text(node, full=True)} is taken at {case.text(place, 40)}"
                make = partial(altered, case, (node, 0), target, partial(wrong, node, place))
                yield Variant(f"{text}, and belongs at {case.text(operand, 40)}", make)
            if operand is not target and operand.shape == target.shape:
                text = f"the derivative of {case.text(node, full=True)} is taken at the derivative of "
                text += f"{case.text(operand, 40)}, and belongs at {case.text(operand, 40)} itself"
                yield Variant(text, partial(altered, case, (node, 0), target, partial(at_slope, node)))
                text = f"the derivative of {case.text(operand, 40)} stands in the place of {case.text(operand, 40)} in "
                text += f"{case.text(node, full=True)}, which is not differentiated itself"
                yield Variant(text, partial(of_slope, node))


def another_expression(place: Place) -> Iterator[Variant]:
    """The gradient of the expression with another sign, or a product of matrices in the place of one by entries."""
    written, part = place.written, place.node
    case, new = written.case, None
    node, text = case.node, case.problem.text
    if isinstance(part, ast.UnaryOp) and isinstance(part.op, ast.USub):
        new = place.at(part.operand).closed
    elif isinstance(part, ast.BinOp) and isinstance(part.op, (ast.Add, ast.Sub)):
        new = fill("a + b" if isinstance(part.op, ast.Sub) else "a - b", place.at(part.left), place.at(part.right))
    elif isinstance(part, ast.BinOp) and isinstance(part.op, (ast.Mult, ast.MatMult)):
        template = "a @ b" if isinstance(part.op, ast.Mult) else "a * b"
        new = fill(template, place.at(part.left), place.at(part.right))
    root = None if new is None or new.expr is None else written.changed({place: new.expr})
    if new is None or root is None or root.shape != case.problem.result.shape:
        return
    if node is not None and case.is_gradient and case.fits and case.telling and text == written.source.text:
        yield Variant(
            f"this is the gradient of another expression, with {new.text} in the place of {place.text}",
            lambda at: through(at, root, at.point.weights, node),
            code="product" if isinstance(part, ast.BinOp) and isinstance(part.op, (ast.Mult, ast.MatMult)) else None,
        )
