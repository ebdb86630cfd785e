"""A formula with one small thing changed, computed without building it anew: how one mistake is tried out."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from autograd_core.claims.diagnosis.case import Case
from autograd_core.claims.run import NoValueError, Values, rerun
from autograd_core.errors import AutogradError
from autograd_core.expr.gradient import gradients
from autograd_core.expr.nodes import Call, Const, Expr, Var, topological
from autograd_core.expr.source import read
from autograd_core.ops.registry import primitives
from autograd_core.ops.spec import OpSpec
from autograd_core.records import record

Array = npt.NDArray[Any]

ADDING = primitives("add", "sub")
SUBTRACTING = primitives("sub")
MULTIPLYING = primitives("mul")
DIVIDING = primitives("div")
RAISING = primitives("pow_tensor", "pow_scalar", "square")
AVERAGING, SUMMING = primitives("mean"), primitives("sum")
"""What the changes of a formula are made to."""

MAX_NODES = 400
"""Nodes of a formula above which no changes are tried."""


@record(frozen=True, slots=True)
class Edit:
    """One change: the value that ``node`` gets instead, and the part of the formula that it is about."""

    node: Expr
    value: Callable[[Values], Array]
    part: Expr


@record(frozen=True, slots=True)
class Tree:
    """A formula, with its values at the points of a case; ``claimed`` says whether it is the claim or the gradient."""

    root: Expr
    order: Sequence[Expr]
    values: Sequence[Values]
    claimed: bool

    def matches(self, case: Case, edit: Edit) -> bool:
        """Whether the changed formula is the other one: the claim, or the gradient, at every point."""
        for look, values in zip(case.looks, self.values, strict=True):
            if not np.isfinite(values[self.root]).all():
                return False
            with np.errstate(all="ignore"):
                changed = np.array(np.broadcast_to(edit.value(values), edit.node.shape))
            found = changed if edit.node is self.root else rerun({edit.node: changed}, self.order, values, self.root)
            if found is None or not case.same(found, look.truth if self.claimed else look.claim):
                return False
        return True

    def first(self, case: Case, edits: Iterator[Edit]) -> Edit | None:
        """The first change that matches."""
        return next((edit for edit in edits if self.matches(case, edit)), None)


def claim_tree(case: Case) -> Tree | None:
    """The claim as a formula."""
    formula = case.evidence.formula
    return _tree(case, formula, True) if formula is not None and formula.depends else None


def truth_trees(case: Case, answer: str | None) -> Iterator[Tree]:
    """The gradient as a formula: in closed form where there is one, and as the chain rule gives it."""
    if answer is not None:
        try:
            found = _tree(case, case.problem.formula(read(answer)), False)
        except AutogradError:
            found = None
        if found is not None and _right(case, found):
            yield found
    target = case.evidence.target
    if isinstance(target, Var):
        raw = gradients(case.problem.result, case.problem.seed).get(target)
        found = _tree(case, raw, False) if raw is not None else None
        if found is not None and _right(case, found):
            yield found


def _tree(case: Case, root: Expr | None, claimed: bool) -> Tree | None:
    if root is None:
        return None
    order = topological([root])
    if len(order) > MAX_NODES:
        return None
    try:
        return Tree(root, order, [look.point.extended(root) for look in case.looks], claimed)
    except (AutogradError, NoValueError):
        return None


def _right(case: Case, tree: Tree) -> bool:
    """Whether a formula for the gradient is one, at every point of the case."""
    looks = zip(case.looks, tree.values, strict=True)
    return all(case.same(values[tree.root], look.truth) for look, values in looks)


def dropped_terms(tree: Tree) -> Iterator[Edit]:
    """A term of a sum or difference left out, where more than a number is left; then in one place of several."""
    found = list(_without_terms(tree))
    yield from found
    users: dict[Expr, list[Call]] = {}
    for node in tree.order:
        if isinstance(node, Call):
            for operand in dict.fromkeys(node.operands):
                users.setdefault(operand, []).append(node)
    for edit in found:
        shared = edit.node
        while len(users.get(shared, ())) == 1:
            shared = users[shared][0]
        for user in users.get(shared, ()):
            yield Edit(user, partial(_in_one_place, tree, edit, shared, user), edit.part)


def _in_one_place(tree: Tree, edit: Edit, shared: Expr, user: Call, values: Values) -> Array:
    """The value of ``user`` when the edit is made in ``shared``, for this user alone."""
    changed = np.array(np.broadcast_to(edit.value(values), edit.node.shape))
    other = changed if shared is edit.node else rerun({edit.node: changed}, tree.order, values, shared)
    if other is None:
        return values[user]
    return np.asarray(user.op.forward(*[other if o is shared else values[o] for o in user.operands], **user.params))


def _without_terms(tree: Tree) -> Iterator[Edit]:
    for node in reversed(tree.order):
        if _is(node, ADDING):
            left, right = node.operands
            if not isinstance(left, Const) and _tells(right):
                yield Edit(node, _sum((1, left)), right)
            if not isinstance(right, Const) and _tells(left):
                sign = -1 if _is(node, SUBTRACTING) else 1
                yield Edit(node, _sum((sign, right)), left)


def flipped_terms(tree: Tree) -> Iterator[Edit]:
    """A term of a sum or difference with the other sign."""
    for node in reversed(tree.order):
        if _is(node, ADDING):
            left, right = node.operands
            sign = 1 if _is(node, SUBTRACTING) else -1
            yield Edit(node, _sum((1, left), (sign, right)), right)
            yield Edit(node, _sum((-1, left), (-sign, right)), left)


def dropped_factors(tree: Tree) -> Iterator[Edit]:
    """A factor or divisor left out, or a power."""
    for node in reversed(tree.order):
        if _is(node, MULTIPLYING):
            left, right = node.operands
            yield Edit(node, _sum((1, left)), right)
            yield Edit(node, _sum((1, right)), left)
        elif _is(node, DIVIDING):
            left, right = node.operands
            yield Edit(node, _sum((1, left)), right)
        elif _is(node, RAISING):
            yield Edit(node, _sum((1, node.operands[0])), node)


def transposed_parts(tree: Tree) -> Iterator[Edit]:
    """A square matrix in the formula transposed."""
    for node in sorted(tree.order, key=lambda node: not isinstance(node, Var)):
        if len(node.shape) >= 2 and node.shape[-1] == node.shape[-2] > 1 and not isinstance(node, Const):
            yield Edit(node, partial(_transposed, node), node)


def means_as_sums(tree: Tree) -> Iterator[tuple[Edit, bool]]:
    """A mean taken for a sum, and a sum for a mean; and whether it is a mean."""
    for node in reversed(tree.order):
        if _is(node, SUMMING | AVERAGING) and node.operands[0].shape:
            count = math.prod(node.operands[0].shape) / max(math.prod(node.shape), 1)
            factor = 1 / max(count, 1) if _is(node, SUMMING) else count
            yield Edit(node, _sum((factor, node)), node), _is(node, AVERAGING)


def _sum(*terms: tuple[float, Expr]) -> Callable[[Values], Array]:
    """What a node is worth when it is a sum of multiples of others."""
    return lambda values: sum((factor * values[node] for factor, node in terms[1:]), terms[0][0] * values[terms[0][1]])


def _transposed(node: Expr, values: Values) -> Array:
    return np.swapaxes(values[node], -1, -2)


def _is(node: Expr, ops: frozenset[OpSpec]) -> bool:
    return node.op in ops


def _tells(term: Expr) -> bool:
    """Whether leaving out a term can be seen: it is not the number 0."""
    return not (isinstance(term, Const) and not term.value.any())
