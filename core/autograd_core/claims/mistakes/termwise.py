"""A claim term by term: each beside the term of the gradient that it should be."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import permutations
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from autograd_core.claims.compare import Seen
from autograd_core.claims.mistakes.backward import ADDING, MULTIPLYING, contribution, path_text, through
from autograd_core.claims.mistakes.case import Case
from autograd_core.claims.mistakes.scaling import SUMMING
from autograd_core.claims.mistakes.several import joined
from autograd_core.claims.mistakes.written import Place, Written, claim_of
from autograd_core.claims.report import Diagnosis
from autograd_core.expr.nodes import Call, Expr
from autograd_core.ops.registry import op

Array = npt.NDArray[np.float64]

MAX_TERMS = 6
"""Terms of a claim, and of a gradient, above which they are not compared one by one."""

MAX_WRONG = 3
"""Terms up to which each may be wrong by itself."""

_LINEAR = ADDING | SUMMING | frozenset([op.neg, op.mean])


class ClaimTerm(NamedTuple):
    """A term of the claim with its ``sign``, and its value at every point."""

    place: Place
    sign: float
    values: Sequence[Array]


class Goal(NamedTuple):
    """A term of the gradient in words, and its value at every point."""

    text: str
    values: Sequence[Array]


def term_by_term(case: Case, single: Callable[[Case], list[Diagnosis]]) -> Iterator[Diagnosis]:
    """What is wrong with each term that is no term of the gradient, where every one is explained by ``single``."""
    written = claim_of(case)
    terms = [] if written is None or case.node is None or not case.fits else list(_terms(written))
    if not 1 < len(terms) <= MAX_TERMS or not case.telling:
        return
    assert written is not None
    for goals in _goals(case):
        found = _compared(case, written, terms, goals, single) if 1 < len(goals) <= MAX_TERMS else None
        if found:
            yield found


def _terms(written: Written) -> Iterator[ClaimTerm]:
    """The terms of the outermost sum of the claim."""
    case = written.case
    stack = [(written.source.statements[-1].value, 1.0)]
    while stack:
        node, sign = stack.pop()
        if isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Add, ast.Sub)):
            stack += [(node.right, -sign if isinstance(node.op, ast.Sub) else sign), (node.left, sign)]
        elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
            stack.append((node.operand, -sign))
        else:
            place = written.by_node[node]
            if place.expr is not None:
                expr = place.expr
                values = [np.broadcast_to(sign * at.point.evaluate(expr), case.target.shape) for at in case.seen]
                yield ClaimTerm(place, sign, values)


def _goals(case: Case) -> Iterator[list[Goal]]:
    """The terms of the gradient: those of the terms of the expression, and those of each use of the input."""
    target = case.node
    assert target is not None
    below = {target, *case.between()}
    stack, leaves = [case.problem.result], list[Expr]()
    while stack:
        node = stack.pop()
        scaled = isinstance(node, Call) and node.op in MULTIPLYING and any(not each.depends for each in node.operands)
        if isinstance(node, Call) and (node.op in _LINEAR or scaled):
            stack += [each for each in reversed(node.operands) if each in below]
        else:
            leaves.append(node)
    yield [
        Goal(
            f"the derivative of {case.text(leaf)}",
            [through(at, leaf, at.point.grad(leaf), target) for at in case.seen],
        )
        for leaf in leaves
    ]
    uses = [(user, i) for user in case.users(target) for i, each in enumerate(user.operands) if each is target]
    parts = [(path_text(case, target, *use), [contribution(at, *use, target) for at in case.seen]) for use in uses]
    yield [Goal(f"the contribution of {text}", [each for each in values if each is not None]) for text, values in parts]


def _compared(
    case: Case, written: Written, terms: list[ClaimTerm], goals: list[Goal], single: Callable[[Case], list[Diagnosis]]
) -> Diagnosis | None:
    left, missed = list(terms), list[Goal]()
    for goal in goals:
        whole = len(goal.values) == len(case.seen)
        same = [term for term in left if whole and all(map(case.same, term.values, goal.values, case.seen))]
        if same:
            left = [term for term in left if term is not same[0]]
        else:
            missed.append(goal)
    if not missed or len(left) < len(missed) or len(left) > MAX_WRONG:
        return None
    best: list[Diagnosis] = []
    mended: str | None = None
    for order in permutations(left, len(missed)):
        told = [_told(case, written, term, goal, single) for term, goal in zip(order, missed, strict=True)]
        found = [each for each in told if each is not None]
        lost = len(told) - len(found)
        if lost and (best or lost > 1 or len(terms) - len(left) + len(found) == 0):
            continue  # where nothing is right no term can be told to be the wrong one
        best, mended = found, None
        for term, goal, each in zip(order, missed, told, strict=True):
            if each is None:
                text = f"the term {term.place.text} is wrong: {goal.text} belongs there"
                best.append(Diagnosis("wrong-term", text, (term.place.span,), f"write {goal.text} here"))
        for term in left:
            if not any(term is each for each in order):
                text = f"a term too many: {term.place.text}"
                best.append(Diagnosis("extra-term", text, (term.place.span,), "leave this term out"))
        if len(best) == len(told) and all(each is not None and each.mended for each in told):
            texts = [f"({str(each.mended).partition(' = ')[2]})" for each in best]
            mended = written.mended({term.place: text for term, text in zip(order, texts, strict=True)})
        if not lost:
            break
    return replace(joined(best), mended=mended) if best else None


def _told(
    case: Case, written: Written, term: ClaimTerm, goal: Goal, single: Callable[[Case], list[Diagnosis]]
) -> Diagnosis | None:
    """The mistake that explains one term."""
    place = term.place
    statement = replace(place.statement, value=place.node)
    source = replace(written.source, statements=[*written.source.statements[:-1], statement])
    seen = [
        Seen.of(at.point, term.sign * right, term.sign * mine)
        for at, mine, right in zip(case.seen, term.values, goal.values, strict=True)
    ]
    found = single(replace(case, seen=seen, formula=place.expr, source=source, span=place.span, known={}))
    if not found:
        return None
    told = next((each for each in found if each.mended), found[0])
    text = told.text if place.text in told.text else f"{told.text}, in {place.text}"
    return replace(told, text=text, spans=told.spans or (place.span,))
