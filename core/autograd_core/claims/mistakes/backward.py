"""The backward pass done wrong: paths forgotten, local derivatives left out, another variable's gradient."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import product
from typing import Any

import numpy as np
import numpy.typing as npt

from autograd_core.claims.compare import Seen
from autograd_core.claims.mistakes.case import ADDING, DIVIDING, MULTIPLYING, RAISING, SUMMING, Case, Variant
from autograd_core.claims.problem import Passes, jacobian, passed_on, pulled
from autograd_core.engine.backprop import expand_to, unbroadcast
from autograd_core.expr.nodes import Call, Expr, topological
from autograd_core.ops.registry import op
from autograd_core.ops.spec import OpSpec

Array = npt.NDArray[Any]
Edge = tuple[Call, int]
Wrong = Callable[[Seen, Array], Array | None]
"""What is passed on at a point in the place of the right gradient of an operand."""

MAX_EDGES, MAX_SLIPS = 60, 160
"""Edges of a graph up to which each is tried as the path that was forgotten, and as one whose derivative is wrong."""

MAX_ROWS = 64
"""Entries of a node up to which each of them is pulled back by itself."""

PASSING = ADDING | SUMMING | frozenset([op.neg, op.reshape, op.broadcast_to])
"""Operations whose derivative nobody forgets: it is 1, or a sign."""


def through(at: Seen, node: Expr, g: Array, target: Expr, instead: Passes | None = None) -> Array:
    """What reaches ``target`` when ``g`` is pulled back from ``node``, and some nodes pass on something ``instead``."""
    found = pulled(node, g, at.point.values, instead) if isinstance(node, Call) else {node: g}
    return found.get(target, np.zeros(target.shape))


def altered(case: Case, edge: Edge, target: Expr, wrong: Wrong, at: Seen) -> Array | None:
    """The gradient when at one edge something ``wrong`` is passed on in the place of what is right.

    No difference of gradients, which may cancel.
    """
    node, position = edge
    passes = passed_on(node, at.point.grad(node), at.point.values)
    right = passes[position]
    passed = None if right is None else wrong(at, right)
    if passed is None:
        return None
    passes[position] = passed
    pairs = [(operand, g) for operand, g in zip(node.operands, passes, strict=True) if g is not None]
    return through(at, case.problem.result, at.point.weights, target, {node: pairs})


def value_for_gradient(case: Case) -> Iterator[Variant]:
    """The value of the expression, or the input where it alone is claimed, in the place of the gradient."""
    node, result = case.node, case.problem.result
    if not case.telling or not case.is_gradient or node is None:
        return
    if not isinstance(case.formula, Call):  # an input that is written as something else is made by another mistake
        yield Variant(f"this is {case.name} itself, not its gradient", lambda at: at.point.values[node])
    text = "this is the value of the expression, not its gradient"
    yield Variant(text, lambda at: at.point.values[result])


def another_variable(case: Case) -> Iterator[Variant]:
    """The gradient of another input or of a named statement."""
    program = case.problem.program
    inner = {id(node) for node in case.between()}  # of these the chain rule has ended too early
    for name, node in {**program.variables, **program.named}.items() if case.telling and case.is_gradient else ():
        if name != case.name and id(node) not in inner and any(at.point.grad(node).any() for at in case.seen):
            yield Variant(f"this is the gradient of {name}, not of {case.name}", partial(_grads, [node]))


def _grads(nodes: Collection[Expr], at: Seen) -> Array:
    return np.asarray(sum(map(at.point.grad, nodes)))


def grad_tensor(case: Case) -> Iterator[Variant]:
    """The claim is the gradient without the grad tensor."""
    node, result, v = case.node, case.problem.result, case.problem.v
    if case.problem.weights is not None and node is not None and case.fits:
        yield Variant(
            f"{v} is left out: this is the gradient for a grad tensor of ones, not v.J",
            lambda at: through(at, result, np.ones(result.shape), node),
            spans=(case.span,),
            change=f"weigh with {v} here",
        )


def stopped_early(case: Case) -> Iterator[Variant]:
    """The claim is the gradient of an inner part of the expression, which may be written twice."""
    parts: dict[str, list[Expr]] = {}
    for node in case.between()[1:MAX_EDGES]:
        parts.setdefault(case.text(node, 400), []).append(node)
    for nodes in parts.values() if case.telling else ():
        if len({node.shape for node in nodes}) == 1:
            inner = case.text(nodes[0])
            rest = f"the derivative of {inner} with respect to {case.name}"
            text = f"the chain rule ends too early: this is the gradient of {inner}; {rest} is missing"
            yield Variant(text, partial(_grads, nodes), spans=(case.span,), change=f"multiply by {rest}")


def diagonal_of_jacobian(case: Case, target: Expr) -> Iterator[Variant]:
    """Of a function that mixes its entries only the diagonal of the Jacobian."""
    nodes = case.between()

    def make(node: Call, place: Expr, at: Seen) -> Array:
        g = at.point.grad(node)
        part = through(at, node, g, place)
        full = jacobian(node, place, at.point.values).reshape(g.size, g.size)
        own = np.diag(full).reshape(node.shape) * g
        return at.truth + through(at, place, own - part, target)

    for node in nodes:
        below, size = set(topological([node])), math.prod(node.shape)
        for place in (*nodes, target) if 1 < size <= MAX_ROWS else ():
            if place is not node and place in below and place.shape == node.shape:
                text = f"only the diagonal of the Jacobian is taken: every entry of {case.text(node)} depends on all "
                text += f"entries of {case.text(place, 40)}, and the sums over the others are missing"
                yield Variant(text, partial(make, node, place))


def path(case: Case, target: Expr) -> Iterator[Variant]:
    """One edge of the graph left out, or taken with the wrong sign."""
    edges = case.edges()
    if len(edges) > MAX_EDGES:
        edges = [edge for edge in edges if edge[0].operands[edge[1]] is target][:MAX_EDGES]
    kinds = (("a term is missing", 0.0, "missing-term"), ("the sign of a term is wrong", -1.0, "sign-of-term"))
    for (words, factor, code), edge in product(kinds, edges):
        scaled = partial(lambda factor, _, right: factor * right, factor)
        text = f"{words}: the contribution of {_path_text(case, *edge)}"
        yield Variant(text, partial(altered, case, edge, target, scaled), code=code)


_ROLES = (("numerator", "denominator"), ("base", "exponent"))


def _path_text(case: Case, user: Call, position: int) -> str:
    """Where a path goes: a term by itself, another operand with its role and the node that uses it."""
    operand = user.operands[position]
    if user.op in ADDING:
        return case.text(operand)
    roles: tuple[str, ...] = _ROLES[user.op in RAISING]
    if user.op not in RAISING | DIVIDING:
        roles = ("first", "second") if sum(each is operand for each in user.operands) > 1 else ()
    where = f"as the {roles[min(position, 1)]} of" if roles and len(user.operands) > 1 else "in"
    return f"{case.text(operand, 40)} {where} {case.text(user, full=True)}"


@dataclass(frozen=True, slots=True)
class Slip:
    """A wrong derivative of some operations with respect to the operand at ``position``, or to each.

    ``wrong(g, right, y, a, b)`` gives what is passed on in place of ``right``: ``g`` is the gradient of the node, ``y``
    its value, ``a`` and ``b`` those of its operands. ``words`` hold the texts of the node and of its operands. Without
    ``ops`` it is one of any operation whose derivative is not 1 or a sign; ``unary`` asks for a single operand.
    """

    words: str
    wrong: Callable[[Any, Any, Any, Any, Any], Any]
    ops: Collection[OpSpec] | None = None
    position: int | None = None
    unary: bool = False


# fmt: off
SLIPS = (
    Slip("the derivative of {full} is missing", lambda g, right, y, a, b: g),
    Slip("the derivative of {full} is there twice", lambda g, right, y, a, b: right * right / g, unary=True),
    Slip("the derivative of {full} divides where it should multiply", lambda g, right, y, a, b: g * g / right),
    Slip("the value of {full} stands in the place of its derivative", lambda g, right, y, a, b: g * y, unary=True),
    Slip("the power rule is for a variable base, and {b} is the exponent: the derivative of {y} with respect to {b} is "
         "{y}*log({a})", lambda g, right, y, a, b: g * b * a ** (b - 1), RAISING, 1),
    Slip("a factor log({a}) is missing in the derivative of {y}", lambda g, right, y, a, b: g * y, RAISING, 1),
    Slip("the exponent of {y} is not lowered by 1 in its derivative",
         lambda g, right, y, a, b: g * b * y, RAISING, 0),
    Slip("the exponent of {y} does not stand in front",
         lambda g, right, y, a, b: g * a ** (b - 1), RAISING, 0),
    Slip("the denominator is missing: the derivative of {y} is exp({a})/sum(exp({a}))",
         lambda g, right, y, a, b: g * np.exp(a), (op.logsumexp,)),
    Slip("the denominator is not squared in the derivative of {y}", lambda g, right, y, a, b: -g * y, DIVIDING, 1),
)
"""One local derivative replaced by 1, taken twice, inverted, replaced by the value, or remembered wrongly."""
# fmt: on


def slipped(case: Case, target: Expr) -> Iterator[Variant]:
    """One local derivative that is taken wrongly."""
    outermost = case.between()[0]
    for slip, (node, position) in product(SLIPS, case.edges()[:MAX_SLIPS]):
        known = node.op not in PASSING if slip.ops is None else node.op in slip.ops
        unary = node.op.elementwise and len(node.operands) == 1
        if known and slip.position in (None, position) and (unary or not slip.unary):
            names = [case.text(each, 40) for each in node.operands]
            full = case.text(node, full=True) + f" with respect to {names[position]}" * (node.op in MULTIPLYING)
            full += ", the outermost function," if node is outermost else ""
            text = slip.words.format(y=case.text(node), a=names[0], b=names[-1], full=full)
            wrong = partial(_slipped, slip, node, position)
            yield Variant(text, partial(altered, case, (node, position), target, wrong))


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
