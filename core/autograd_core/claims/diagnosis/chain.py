"""The chain rule not applied, or not to the end: a local derivative that is missing, or there twice."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from autograd_core.claims.diagnosis import edits
from autograd_core.claims.diagnosis.case import Case, Look
from autograd_core.claims.run import passed_on
from autograd_core.claims.verdict import Diagnosis
from autograd_core.engine.backprop import fill, unbroadcast
from autograd_core.errors import AutogradError
from autograd_core.expr.nodes import Call, Const, Expr
from autograd_core.expr.text import write
from autograd_core.ops.registry import primitives

Array = npt.NDArray[Any]

_PASSING = primitives("add", "sub", "neg", "sum", "reshape", "broadcast_to")
"""Operations whose derivative nobody forgets: it is 1, or a sign."""

_PRODUCTS = primitives("mul", "matmul")
_TURNING = primitives("transpose", "swapaxes")

MAX_NODES = 80
"""Nodes of a graph up to which each is tried as the one whose derivative was forgotten."""


def explain(case: Case) -> Iterator[Diagnosis]:
    """A local derivative that was forgotten, taken twice, or with the wrong sign; else a factor missing or too many."""
    target = case.evidence.target
    if target is None or not case.telling:
        return
    nodes = [node for node in _between(case, target) if isinstance(node, Call)]
    yield from _stopped(case, target, nodes)
    if case.evidence.claimed_shape == case.evidence.shape:
        yield from _local(case, nodes[:MAX_NODES])
        yield from _factors(case)
        yield from _parts(case)


def _between(case: Case, target: Expr) -> list[Expr]:
    """The nodes on the way from the target to the result, the result first."""
    below: set[Expr] = {target}
    for node in case.problem.order:
        if any(operand in below for operand in node.operands):
            below.add(node)
    return [
        n for n in reversed(case.problem.order) if n in below and n is not target and n in case.looks[0].point.grads
    ]


def _gradient_of(node: Expr, look: Look) -> Array:
    return look.point.grad(node)


def _multiplied_by(node: Expr, look: Look) -> Array:
    return look.truth * look.point.values[node]


def _stopped(case: Case, target: Expr, nodes: list[Call]) -> Iterator[Diagnosis]:
    """The claim is the gradient of an inner node."""
    for node in nodes:
        if node is not case.problem.result and case.explains(partial(_gradient_of, node)):
            inner = write(node, most=60)
            yield Diagnosis(
                "chain",
                f"the chain rule ends too early: this is the gradient of {inner}; the derivative of {inner} with "
                f"respect to {write(target)} is missing",
            )
            return


def _local(case: Case, nodes: list[Call]) -> Iterator[Diagnosis]:
    """One local derivative replaced by 1, squared, or negated."""
    for words, change in (
        ("is missing", _left_out),
        ("is there twice", _twice),
        ("has the wrong sign", _negated),
    ):
        for node in nodes:
            for position, operand in enumerate(node.operands):
                if not operand.depends or node.op in _PASSING:
                    continue

                def made(look: Look, node: Call = node, position: int = position, change: Any = change) -> Array | None:
                    new = change(look, node, position)
                    return None if new is None else case.replaced(look, node, position, new)

                if case.explains(made):
                    outermost = ", the outermost function," if node is nodes[0] else ""
                    yield Diagnosis("chain", f"the derivative of {_called(node, position)}{outermost} {words}")
                    return


def _called(node: Call, position: int) -> str:
    text = write(node, most=60)
    if node.op in edits.MULTIPLYING:
        return f"{text} with respect to {write(node.operands[position], most=40)}"
    return text


def _left_out(look: Look, node: Call, position: int) -> Array | None:
    g = look.point.grad(node)
    try:
        return np.asarray(
            fill(unbroadcast(g, node.operands[position].shape, node.op, position), node.operands[position].shape)
        )
    except (AutogradError, ValueError):
        return None


def _twice(look: Look, node: Call, position: int) -> Array | None:
    if node.op in _PRODUCTS or node.shape != node.operands[position].shape:
        return None
    once = passed_on(node, look.point.grad(node), look.point.values)[position]
    return None if once is None else passed_on(node, once, look.point.values)[position]


def _negated(look: Look, node: Call, position: int) -> Array | None:
    once = passed_on(node, look.point.grad(node), look.point.values)[position]
    return None if once is None else -once


def _factors(case: Case) -> Iterator[Diagnosis]:
    """A quantity of the expression that is a factor too many, or is missing."""
    target = case.evidence.target
    seen: list[Expr] = [
        n for n in case.problem.order if not isinstance(n, Const) and n.shape in ((), case.evidence.shape)
    ]
    for node in seen[-MAX_NODES:]:
        text = write(node, most=60)
        if case.explains(partial(_multiplied_by, node)):
            lower = ": the exponent was not lowered" if node is target and _powers(case, node) else ""
            yield Diagnosis("chain", f"a factor {text} too many{lower}")
            return
        if all(case.same(look.claim * look.point.values[node], look.truth) for look in case.looks):
            yield Diagnosis("chain", f"a factor {text} is missing")
            return


def _powers(case: Case, node: Expr) -> bool:
    return any(user.op in edits.RAISING for user in case.users.get(node, []))


def _parts(case: Case) -> Iterator[Diagnosis]:
    """A factor of the right formula left out, one of the claim too many, or a matrix that should be transposed."""
    tree = edits.claim_tree(case)
    for truth in edits.truth_trees(case, case.answer):
        if (edit := truth.first(case, edits.dropped_factors(truth))) is not None:
            yield Diagnosis("chain", f"a {_kind(edit)} is missing: {write(edit.part, most=80)}")
            return
        for each, mean in edits.means_as_sums(truth):
            if truth.matches(case, each):
                code = "sum-for-mean" if mean else "mean-for-sum"
                words = "a sum where a mean was" if mean else "a mean where a sum was"
                yield Diagnosis(code, f"{words}: {write(each.part, most=80)}")
                return
    if tree is None:
        return
    if (edit := tree.first(case, edits.dropped_factors(tree))) is not None:
        words = f"a {_kind(edit)} too many: without {write(edit.part, most=80)} the claim is right"
        yield Diagnosis("chain", words)
        return
    if (edit := tree.first(case, edits.transposed_parts(tree))) is not None:
        part = write(edit.part, most=60)
        if edit.part.op in _TURNING:
            yield Diagnosis("transposed", f"{part} is transposed and should not be")
        else:
            yield Diagnosis("transposed", f"{part} should be transposed")


def _kind(edit: edits.Edit) -> str:
    """What an edit leaves out, in a word."""
    op = edit.node.op
    return "power" if op in edits.RAISING else "divisor" if op in edits.DIVIDING else "factor"
