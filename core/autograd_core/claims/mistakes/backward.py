"""The backward pass done wrong: paths forgotten, local derivatives left out, another variable's gradient."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import combinations
from typing import Any

import numpy as np
import numpy.typing as npt

from autograd_core.claims.compare import Seen
from autograd_core.claims.mistakes.case import (
    ADDING,
    AVERAGING,
    DIVIDING,
    MAX_ROWS,
    MULTIPLYING,
    RAISING,
    SUMMING,
    Case,
    Variant,
)
from autograd_core.claims.mistakes.written import value
from autograd_core.claims.problem import HESSIAN, Passes, jacobian, passed_on, pulled
from autograd_core.claims.report import Diagnosis
from autograd_core.expr.gradient import gradients
from autograd_core.expr.nodes import Call, Const, Expr, Var, topological
from autograd_core.formula import Asked, closed_forms
from autograd_core.ops.registry import op

Array = npt.NDArray[Any]
Edge = tuple[Call, int]
Wrong = Callable[[Seen, Array], Array | None]
"""What is passed on at a point in the place of the right gradient of an operand."""

MAX_NODES, MAX_EDGES = 80, 60
"""Nodes of a graph up to which each is tried as the one whose derivative was forgotten, and edges up to which each is
tried as the path that was.
"""

PASSING = ADDING | SUMMING | frozenset([op.neg, op.reshape, op.broadcast_to])
"""Operations whose derivative nobody forgets: it is 1, or a sign."""

_PRODUCTS = MULTIPLYING | frozenset([op.matmul])
_SIZES = SUMMING | frozenset([op.vector_norm])
_PENAL = _SIZES | AVERAGING | MULTIPLYING | DIVIDING | RAISING | ADDING | frozenset([op.abs, op.sqrt])
"""What a penalty is made of: a norm or a sum of the inputs, or of what is made of them."""


def through(at: Seen, node: Expr, g: Array, target: Expr, instead: Passes | None = None) -> Array:
    """What reaches ``target`` when ``g`` is pulled back from ``node``, and some nodes pass on something ``instead``."""
    found = pulled(node, g, at.point.extended(node), instead) if isinstance(node, Call) else {node: g}
    return found.get(target, np.zeros(target.shape))


def contribution(user: Call, position: int, target: Expr, at: Seen) -> Array | None:
    """What reaches ``target`` on all paths that go from ``user`` to its operand at ``position``."""
    passed = passed_on(user, at.point.grad(user), at.point.values)[position]
    return None if passed is None else through(at, user.operands[position], passed, target)


def passing(case: Case, instead: Passes, target: Expr, at: Seen) -> Array:
    """The gradient when some nodes pass on something else; no difference of gradients, which may cancel."""
    return through(at, case.problem.result, at.point.weights, target, instead)


def altered(case: Case, edge: Edge, target: Expr, wrong: Wrong, at: Seen) -> Array | None:
    """The gradient when at one edge something ``wrong`` is passed on in the place of what is right."""
    node, position = edge
    passes = passed_on(node, at.point.grad(node), at.point.values)
    right = passes[position]
    passed = None if right is None else wrong(at, right)
    if passed is None:
        return None
    passes[position] = passed
    pairs = zip(node.operands, passes, strict=True)
    return passing(case, {node: [(operand, g) for operand, g in pairs if g is not None]}, target, at)


def value_for_gradient(case: Case) -> Iterator[Variant]:
    """The value of the expression, or the input where it alone is claimed, in the place of the gradient."""
    node, result = case.node, case.problem.result
    if not case.telling or not case.is_gradient or node is None:
        return
    if not isinstance(case.formula, Call):  # an input that is written as something else is made by another mistake
        yield Variant(f"this is {case.name} itself, not its gradient", lambda at: at.point.values[node])
    text = "this is the value of the expression, not its gradient"
    yield Variant(text, lambda at: at.point.values[result])


def another_variable(sign: float, case: Case) -> Iterator[Variant]:
    """The gradient of another input or of a named statement, and with ``sign`` -1 with the wrong sign besides."""
    program = case.problem.program
    inner = {id(node) for node in case.between()}  # of these the chain rule has ended too early
    words = ", with the wrong sign" if sign < 0 else ""
    for name, node in {**program.variables, **program.named}.items() if case.telling and case.is_gradient else ():
        if name != case.name and id(node) not in inner and any(at.point.grad(node).any() for at in case.seen):
            text = f"this is the gradient of {name}{words}, not of {case.name}"
            yield Variant(text, partial(_grads, [node], sign))


def another_order(case: Case) -> Iterator[Variant]:
    """The first derivative where the second is claimed, or a second one where the first is."""
    node, problem = case.target.node, case.problem
    if case.target.kind == HESSIAN and node is not None:
        yield Variant("this is the first derivative, not the second", lambda at: at.point.grad(node))
    for name in problem.program.variables if case.is_gradient and problem.result.shape == () else ():
        slope = problem.slope(name)
        by = {} if slope is None else gradients(op.sum(slope), Const(1.0), exact=True)
        second = next((each for var, each in by.items() if var is node), None)
        if second is not None:
            words = "" if name == case.name else f", by {name} and by {case.name}"
            text = f"differentiated once too often: this is the second derivative{words}"
            yield Variant(text, partial(value, second))


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
    """The claim is the gradient of an inner part of the expression."""
    for inner, nodes in _inner_parts(case).items() if case.telling else ():
        if len({node.shape for node in nodes}) == 1:
            rest = f"the derivative of {inner} with respect to {case.name}"
            text = f"the chain rule ends too early: this is the gradient of {inner}; {rest} is missing"
            make = partial(_grads, nodes, 1.0)
            yield Variant(text, make, spans=(case.span,), change=f"multiply by {rest}")


def _grads(nodes: Sequence[Expr], sign: float, at: Seen) -> Array:
    return np.asarray(sign * sum(map(at.point.grad, nodes)))


def _inner_parts(case: Case) -> dict[str, list[Expr]]:
    """The inner parts of the expression on the way to the input, by their texts: one may have been written twice."""
    parts: dict[str, list[Expr]] = {}
    for node in case.between()[:MAX_NODES]:
        if node is not case.problem.result:
            parts.setdefault(case.text(node, 400), []).append(node)
    return {text if len(text) <= 60 else case.text(nodes[0]): nodes for text, nodes in parts.items()}


def jacobian_transposed(case: Case, target: Expr) -> Iterator[Variant]:
    """The Jacobian of a linear step in the place of its transpose, as ``A @ g`` for ``A.T @ g``."""
    for node, position in case.edges():
        operand = node.operands[position]
        square = operand.shape == node.shape and 1 < int(np.prod(node.shape)) <= MAX_ROWS
        alone = sum(each is operand for each in node.operands) == 1
        if square and alone and node.op.linear and not node.op.elementwise:

            def wrong(at: Seen, _: Array, node: Call = node, operand: Expr = operand) -> Array:
                g = at.point.grad(node)
                return np.asarray(np.tensordot(jacobian(node, operand, at.point.values), g, g.ndim))

            yield Variant(
                f"the Jacobian of {case.text(node, full=True)} should be transposed: what comes back to "
                f"{case.text(operand, 40)} is its transpose times the gradient of {case.text(node, 40)}",
                partial(altered, case, (node, position), target, wrong),
            )


def diagonal_of_jacobian(case: Case, target: Expr) -> Iterator[Variant]:
    """Of a function that mixes its entries only the diagonal of the Jacobian."""
    nodes = case.between()
    for node in nodes:
        below, size = set(topological([node])), int(np.prod(node.shape))
        for place in (*nodes, target) if 1 < size <= MAX_ROWS else ():
            if place is node or place not in below or place.shape != node.shape:
                continue

            def make(at: Seen, node: Call = node, place: Expr = place) -> Array | None:
                g = at.point.grad(node)
                part = through(at, node, g, place)
                full = jacobian(node, place, at.point.values).reshape(g.size, g.size)
                own = np.diag(full).reshape(node.shape) * g
                return at.truth + through(at, place, own - part, target)

            yield Variant(
                f"only the diagonal of the Jacobian is taken: every entry of {case.text(node)} depends on all entries "
                f"of {case.text(place, 40)}, and the sums over the others are missing",
                make,
            )


def path(case: Case, target: Expr) -> Iterator[Variant]:
    """One edge of the graph left out, or taken with the wrong sign; or two inner parts taken as constants."""
    edges = sorted(case.edges(), key=lambda edge: edge[0].number)
    if len(edges) > MAX_EDGES:
        edges = [edge for edge in edges if edge[0].operands[edge[1]] is target][:MAX_EDGES]

    def left_out(edge: Edge) -> Diagnosis:
        return Diagnosis("missing-term", _missing(case, target, *edge), change=_to_add(case, *edge, target))

    def turned(edge: Edge) -> Diagnosis:
        text = f"the sign of a term is wrong: the contribution of {path_text(case, target, *edge)}"
        return Diagnosis("sign-of-term", text)

    for told, factor in ((left_out, 0.0), (turned, -1.0)):
        for edge in edges:
            scaled = partial(lambda factor, _, right: factor * right, factor)
            yield Variant(partial(told, edge), partial(altered, case, edge, target, scaled))
    fits = ((), target.shape[:-1], (*target.shape[:-1], 1))  # as the mean and the deviation in a normalization
    parts = {text: nodes for text, nodes in _inner_parts(case).items() if nodes[0].shape in fits}
    for one, other in combinations(list(parts)[:10], 2):
        cut: Passes = {node: [] for node in [*parts[one], *parts[other]]}
        text = f"two terms are missing: {one} and {other} are taken as constants"
        yield Variant(text, partial(passing, case, cut, target))


def _to_add(case: Case, user: Call, position: int, target: Expr) -> str | None:
    """The derivative of a forgotten term of the expression, where it is a number that is added or subtracted."""
    term, at = _term(case, user), case.seen[0]
    if term is None or term.shape != () or not isinstance(target, Var):
        return None
    seed, whole = at.point.grad(term), through(at, term, np.ones(()), target)
    part = contribution(user, position, target, at)
    if abs(seed) != 1 or not case.same(part, seed * whole):
        return None
    variables, inputs, name = case.problem.program.variables, at.point.inputs, target.name
    asked = Asked(term, variables, inputs, {name: whole}, f="", v=case.problem.v)  # the value of a term has no name
    found = closed_forms(asked)[name].text
    return None if found is None or ";" in found else f"{'add' if seed > 0 else 'subtract'} {found}"


def path_text(case: Case, target: Expr, user: Call, position: int) -> str:
    """Where a path goes: the term of the expression it lies in, and the operand that is forgotten there."""
    whole, operand = _term(case, user), user.operands[position]
    inner = _use(case, user, position)
    node, place = _branch(case, target, user, position)
    if node.op in RAISING:
        inner = _use(case, node, place)
    elif node is not user:
        part = f"factor {case.text(node.operands[place], 40)}" if node.op in _PRODUCTS else _ROLES[False][place]
        inner = f"{inner}, in the {part} of {case.text(node, full=True)}"
    if whole is None or whole is user:
        return inner
    if _regulariser(whole):
        return f"{case.text(whole)}, the regulariser"
    return f"{case.text(whole)} ({inner})" if isinstance(operand, Var) or case.node is operand else inner


def _branch(case: Case, target: Expr, user: Call, position: int) -> tuple[Call, int]:
    """The edge at which a path leaves a power, a quotient or a product of several functions of the input.

    Its own where there is none: it goes up as long as the same contribution passes.
    """
    below, at = {target, *case.between()}, case.seen[0]
    node, place, part, curved = user, position, contribution(user, position, target, at), False
    while True:
        used = sum(each in below for each in node.operands)
        if used > 1 and (node.op in RAISING | DIVIDING or (curved and node.op in _PRODUCTS)):
            return node, place
        users = case.users(node)
        if len(users) != 1 or node is case.problem.result:
            return user, position
        curved = curved or not (node.op.linear or node is user)
        place = next(i for i, each in enumerate(users[0].operands) if each is node)
        node = users[0]
        if used > 1 and not case.same(contribution(node, place, target, at), part, at):
            return user, position


_ROLES = (("numerator", "denominator"), ("base", "exponent"))


def _use(case: Case, user: Call, position: int) -> str:
    """An operand and the node that uses it, by its role where it has one."""
    operand = user.operands[position]
    roles: tuple[str, ...] = _ROLES[user.op in RAISING]
    if user.op not in RAISING | DIVIDING:
        roles = ("first", "second") if sum(each is operand for each in user.operands) > 1 else ()
    where = f"as the {roles[min(position, 1)]} of" if roles and len(user.operands) > 1 else "in"
    return f"{case.text(operand, 40)} {where} {case.text(user, full=True)}"


def _missing(case: Case, target: Expr, user: Call, position: int) -> str:
    """A forgotten path in words: where a term uses the input twice alike, its derivative lacks a factor 2."""
    term, at = _term(case, user), case.seen[0]
    if term is not None and term is not user.operands[position]:
        part = contribution(user, position, target, at)
        if part is not None and case.same(2 * part, through(at, term, at.point.grad(term), target)):
            return f"a factor 2 is missing in the derivative of {case.text(term)}: {case.name} occurs in it twice"
    return f"a term is missing: the contribution of {path_text(case, target, user, position)}"


def _term(case: Case, node: Expr) -> Expr | None:
    """The term of the outermost sums of the expression that a node lies in, as long as it lies in one only."""
    while node is not case.problem.result:
        users = case.users(node)
        if len(users) != 1:
            return None
        if users[0].op in ADDING:
            return node
        node = users[0]
    return None


def _regulariser(term: Expr) -> bool:
    """Whether a term seen like a penalty: a number times a sum of squares or of absolute values of inputs."""
    below = topological([term])
    used = {node.op for node in below if node.op is not None}
    inputs = [node for node in below if isinstance(node, Var)]
    return term.op in MULTIPLYING and bool(used & _SIZES) and used <= _PENAL and len(inputs) <= 3


def entry_by_entry(case: Case) -> Iterator[Variant]:
    """An entry of the claim is made of the same entry of an array, where the gradient depends on all of them."""
    formula, right = case.formula, case.target.expr
    if formula is None or right is None or not case.fits or not formula.shape or not 1 < formula.shape[-1] <= MAX_ROWS:
        return

    def make(node: Expr, at: Seen) -> Array | None:
        mine, full = (jacobian(each, node, at.point.extended(each)) for each in (formula, right))
        np.fill_diagonal(mine, 0)
        np.fill_diagonal(full, 0)
        return at.value if full.any() and not mine.any() else None

    for node in topological([formula]):
        if isinstance(node, Var) and node.shape == formula.shape and len(node.shape) == 1:
            yield Variant(
                f"sums are missing: every entry of {case.target.words} depends on all entries of {node.name}, and one "
                "of the claim on its own alone",
                partial(make, node),
            )


def integrated(case: Case) -> Iterator[Variant]:
    """The derivative of the claim is the expression, or what it sums."""
    formula, node, result = case.formula, case.node, case.problem.result
    if formula is None or node is None or not formula.depends:
        return

    def make(candidate: Expr, at: Seen) -> Array | None:
        slope = through(at, formula, np.ones(formula.shape), node)
        value = at.point.values[candidate]
        if case.problem.weights is not None and value.shape == at.point.weights.shape:
            value = value * at.point.weights
        return at.truth if case.same(slope, value) else None

    for candidate in [result, *(result.operands if result.op in SUMMING | AVERAGING else ())]:
        if candidate.depends and candidate is not node:
            text = f"integrated instead of differentiated: the derivative of the claim is {case.text(candidate)}"
            yield Variant(text, partial(make, candidate), mends=True)
