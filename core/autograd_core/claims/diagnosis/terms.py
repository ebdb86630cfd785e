"""A missing term, one too many, or one with the wrong sign."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy.typing as npt

from autograd_core.claims.diagnosis import edits
from autograd_core.claims.diagnosis.case import Case, Look, contribution
from autograd_core.claims.verdict import Diagnosis
from autograd_core.expr.nodes import Call, Expr, Var, topological
from autograd_core.expr.text import write
from autograd_core.ops.registry import primitives

Array = npt.NDArray[Any]

_SOFTMAX = primitives("softmax")
_SIZES = edits.SUMMING | primitives("vector_norm")
_PENAL = (
    _SIZES
    | edits.AVERAGING
    | edits.MULTIPLYING
    | edits.DIVIDING
    | edits.RAISING
    | edits.ADDING
    | primitives("abs", "sqrt")
)
"""What a penalty is made of: a norm or a sum of the inputs, or of what is made of them."""

MAX_EDGES = 60
"""Edges of the graph up to which each is tried as the path that was forgotten."""


def explain(case: Case) -> Iterator[Diagnosis]:
    """A path of a fork that was forgotten or counted with the wrong sign; else a term of the formula."""
    if case.evidence.claimed_shape != case.evidence.shape or not case.telling:
        return
    yield from _softmax(case)
    yield from _paths(case)
    for tree in edits.truth_trees(case, case.answer):
        if (edit := tree.first(case, edits.dropped_terms(tree))) is not None:
            yield Diagnosis("missing-term", f"a term is missing: {_text(edit.part)}")
            return
        if (edit := tree.first(case, edits.flipped_terms(tree))) is not None:
            yield Diagnosis("sign-of-term", f"the sign of a term is wrong: {_text(edit.part)}")
            return
    tree_of_claim = edits.claim_tree(case)
    if tree_of_claim is not None:
        if (edit := tree_of_claim.first(case, edits.dropped_terms(tree_of_claim))) is not None:
            yield Diagnosis("extra-term", f"a term too many: without {_text(edit.part)} the claim is right")
            return
        if (edit := tree_of_claim.first(case, edits.flipped_terms(tree_of_claim))) is not None:
            yield Diagnosis("sign-of-term", f"the sign of a term is wrong: {_text(edit.part)}")


def _text(part: Expr) -> str:
    return write(part, most=80)


def _softmax(case: Case) -> Iterator[Diagnosis]:
    """The derivative of softmax taken as p*(1 - p), or as p, entry by entry."""
    target = case.evidence.target
    if target is None:
        return
    for node in case.problem.order:
        if not isinstance(node, Call) or node.op not in _SOFTMAX or node not in case.looks[0].point.grads:
            continue
        text = write(node, most=60)

        def diagonal(look: Look, node: Call = node) -> Array | None:
            p, g = look.point.values[node], look.point.grad(node)
            return case.replaced(look, node, 0, p * (1 - p) * g)

        def first(look: Look, node: Call = node) -> Array | None:
            return case.replaced(look, node, 0, look.point.values[node] * look.point.grad(node))

        if case.explains(first) or case.explains(diagonal):
            yield Diagnosis(
                "missing-term",
                f"the cross term of the softmax is missing: every entry of {text} depends on all entries of "
                f"{write(node.operands[0], most=40)}, so p*v goes with -p*sum(p*v)",
            )
            return


def _paths(case: Case) -> Iterator[Diagnosis]:
    """One edge of the graph left out, the only one kept, or taken with the wrong sign."""
    target = case.evidence.target
    if target is None:
        return
    edges = list(_edges(case, target))
    if len(edges) > MAX_EDGES:
        edges = [edge for edge in edges if edge[0].operands[edge[1]] is target][:MAX_EDGES]
    for factor, code, words in (
        (1.0, "missing-term", "a term is missing: the contribution of"),
        (2.0, "sign-of-term", "the sign of a term is wrong: the contribution of"),
    ):
        for user, position in edges:

            def without(
                look: Look, user: Call = user, position: int = position, factor: float = factor
            ) -> Array | None:
                part = contribution(look, user, position, target)
                return None if part is None else look.truth - factor * part

            if case.explains(without):
                yield Diagnosis(code, f"{words} {_path(case, user, position)}")
                return
    at_target = [edge for edge in edges if edge[0].operands[edge[1]] is target]
    if len(at_target) > 2:
        for user, position in at_target:
            if case.explains(partial(contribution, user=user, position=position, target=target)):
                yield Diagnosis(
                    "missing-term",
                    f"only one of {len(at_target)} terms is there: that of {_path(case, user, position)}",
                )
                return


def _edges(case: Case, target: Expr) -> Iterator[tuple[Call, int]]:
    """The edges on the way from the result to the target, where a path can be forgotten and another be left."""
    below: set[Expr] = {target}
    for node in case.problem.order:
        if any(operand in below for operand in node.operands):
            below.add(node)
    for node in case.problem.order:
        if isinstance(node, Call) and node in below and node in case.looks[0].point.grads:
            for position, operand in enumerate(node.operands):
                if operand in below:
                    yield node, position


def _path(case: Case, user: Call, position: int) -> str:
    """Where a path goes: the name, and the term of the expression it lies in."""
    operand = user.operands[position]
    name = write(operand, most=40)
    whole = _term(case, user)
    inner = f"{name} in {write(user, most=60)}"
    if whole is None or whole is user:
        return inner
    if _regulariser(whole):
        return f"{write(whole, most=60)}, the regulariser"
    if isinstance(operand, Var) or case.evidence.target is operand:
        return f"{write(whole, most=60)} ({inner})"
    return inner


def _term(case: Case, node: Expr) -> Expr | None:
    """The term of the outermost sums of the expression that a node lies in, as long as it lies in one only."""
    while node is not case.problem.result:
        users = case.users.get(node, [])
        if len(users) != 1:
            return None
        if users[0].op in edits.ADDING:
            return node
        node = users[0]
    return None


def _regulariser(term: Expr) -> bool:
    """Whether a term looks like a penalty: a number times a sum of squares or of absolute values of inputs."""
    below = topological([term])
    used = {node.op for node in below if node.op is not None}
    inputs = [node for node in below if isinstance(node, Var)]
    return term.op in edits.MULTIPLYING and bool(used & _SIZES) and used <= _PENAL and len(inputs) <= 3
