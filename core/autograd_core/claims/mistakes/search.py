"""The loop over mistakes: one that explains a claim, one in each of some of its terms, or two together."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from itertools import product
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from autograd_core.claims.compare import Seen
from autograd_core.claims.mistakes.backward import contribution, path_text, through
from autograd_core.claims.mistakes.case import ADDING, FAILURES, MULTIPLYING, SUMMING, Case, Mistake, Variant
from autograd_core.claims.mistakes.factors import name_of
from autograd_core.claims.mistakes.written import Place, Written, answer_of, claim_of
from autograd_core.claims.report import Diagnosis
from autograd_core.expr.nodes import Call, Expr
from autograd_core.ops.registry import op

Array = npt.NDArray[Any]
Sided = tuple[tuple[Variant, ...], Array]
"""Mistakes on one side, none or one, and what they make at the first point."""

MOST_NAMED = 6
"""Characters of a number that is told as the factor besides another mistake: ``2``, ``-1/3``, ``pi/180``."""

SAME = 1e-9
"""Relative difference up to which a factor is 1."""


def search(case: Case, mistakes: Sequence[Mistake]) -> list[Diagnosis]:
    """The first mistake that explains a case, and one more that says how to mend the text where the first does not."""
    found: list[Diagnosis] = []
    for mistake in mistakes:
        for variant in _variants(mistake, case):
            if case.late:
                return found
            if isinstance(variant, Diagnosis):
                one = variant
            elif found and not variant.mended:
                continue
            elif case.explains(variant):
                one = variant.diagnosis
            else:
                case.tried.extend([variant] if mistake.pairs else [])
                continue
            if one.mended or (one.code in ("factor", "sign", "transposed", "zero") and one.spans):
                if (
                    found
                    and found[0].code == one.code == "chain"
                    and all("missing" in each.text for each in (found[0], one))
                ):
                    return [replace(one, text=f"{one.text}; {found[0].text}")]  # what is missing, and where
                return [*found, one]
            found.append(one)
            break
    return found


def _variants(mistake: Mistake, case: Case) -> Iterator[Variant | Diagnosis]:
    """The variants of a mistake, with its code where they have none; a case that it cannot be tried on has none."""
    with suppress(*FAILURES):
        for each in mistake.variants(case):
            if each is not None:
                yield replace(each, code=each.code or mistake.code)


def in_pairs(case: Case) -> list[Diagnosis]:
    """Two mistakes that explain a claim together: of one that mends it, one that changes the gradient, and a factor."""
    first = case.seen[0]
    mending: list[Sided] = [] if first.value is None else [((), first.value)]
    making: list[Sided] = [((), first.truth)]
    for variant in case.tried if case.telling else ():
        with suppress(*FAILURES), np.errstate(all="ignore"):
            there = None if case.late else variant.make(first)
            if there is not None and np.isfinite(there).all():
                (mending if variant.mends else making).append(((variant,), there))
    for (one, mine), (other, theirs) in product(mending, making):
        parts = (*one, *other)
        with np.errstate(all="ignore"):
            ratio = None if case.late or not parts else _ratio(mine, theirs)
        # Three mistakes at once make nearly any claim: beside two there is no factor.
        if ratio is not None and (abs(ratio - 1) < SAME) == (len(parts) == 2) and case.explains(*parts, ratio=ratio):
            return [joined([*(each.diagnosis for each in parts), *_factor(case, ratio)])]
    return []


def _ratio(one: Array, other: Array) -> float | None:
    """The nice number between two arrays, None where there is none."""
    if one.shape != other.shape or not other.any():
        return None
    index = np.unravel_index(int(np.abs(other).argmax()), other.shape)
    ratio = float(one[index] / other[index])
    room = 1e-6 * np.abs(ratio * other) + 1e-9 * np.abs(one).max()
    if ratio == 0 or not np.isfinite(ratio) or not (np.abs(one - ratio * other) <= room).all():
        return None
    name = name_of(ratio)
    return ratio if len(name) <= MOST_NAMED and "." not in name else None


def _factor(case: Case, ratio: float) -> list[Diagnosis]:
    """A factor beside another mistake; none for 1."""
    if abs(ratio + 1) < SAME:
        return [Diagnosis("sign", "the sign is wrong", (case.span,))]
    number, rest = (1 / ratio, "is missing") if abs(ratio) < 1 else (ratio, "too many")
    text = f"a constant factor {name_of(number)} {rest}"
    return [Diagnosis("factor", text, (case.span,))] if abs(ratio - 1) >= SAME else []


def joined(parts: list[Diagnosis]) -> Diagnosis:
    """Several mistakes at once, told as one answer."""
    if len(parts) == 1:
        return parts[0]
    text = f"{'two' if len(parts) == 2 else 'three'} mistakes: " + "; and ".join(part.text for part in parts)
    spans = tuple(dict.fromkeys(span for part in parts for span in part.spans))
    changes = "; ".join(part.change for part in parts if part.change)
    return Diagnosis("several", text, spans, changes or None)


MAX_TERMS, MAX_WRONG = 6, 3
"""Terms of a claim, and of a gradient, up to which they are compared one by one, and of which each may be wrong."""

_LINEAR = ADDING | SUMMING | frozenset([op.neg, op.mean])

Goal = tuple[tuple[str, str], Sequence[Array]]
"""A term of the gradient in words, behind a plus and behind a minus, and its value at every point."""


class ClaimTerm(NamedTuple):
    """A term of the claim with its ``sign``, and its value at every point."""

    place: Place
    sign: float
    values: Sequence[Array]


def in_terms(case: Case, mistakes: Sequence[Mistake]) -> list[Diagnosis]:
    """What is wrong with each term that is no term of the gradient, where one of ``mistakes`` explains every one."""
    written, target = claim_of(case), case.node
    with suppress(*FAILURES):
        terms = [] if written is None or not case.fits else list(_terms(written))
        if target is not None and 1 < len(terms) <= MAX_TERMS and case.telling:
            for goals in _goals(case, target):
                found = _compared(case, terms, goals, mistakes) if 1 < len(goals) <= MAX_TERMS else None
                if found is not None or case.late:
                    return [] if found is None else [found]
    return []


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


def _goals(case: Case, target: Expr) -> Iterator[list[Goal]]:
    """The terms of the gradient: those of the terms of the expression, and those of each use of the input."""
    below = {target, *case.between()}
    stack, leaves = [case.problem.result], list[Expr]()
    while stack:
        node = stack.pop()
        scaled = isinstance(node, Call) and node.op in MULTIPLYING and any(not each.depends for each in node.operands)
        if isinstance(node, Call) and (node.op in _LINEAR or scaled):
            stack += [each for each in reversed(node.operands) if each in below]
        else:
            leaves.append(node)
    parts = [[through(at, leaf, at.point.grad(leaf), target) for at in case.seen] for leaf in leaves]
    texts = [f"the derivative of {case.text(leaf)}" for leaf in leaves]
    yield [((text, text), values) for text, values in zip(texts, parts, strict=True)]
    uses = [(user, i) for user in case.users(target) for i, each in enumerate(user.operands) if each is target]
    passed = [[contribution(*use, target, at) for at in case.seen] for use in uses]
    texts = [f"the contribution of {path_text(case, target, *use)}" for use in uses]
    found = [[each for each in values if each is not None] for values in passed]
    yield [((text, text), values) for text, values in zip(texts, found, strict=True)]
    written = answer_of(case)
    answered: list[Goal] = []
    for place, sign, values in [] if written is None else _terms(written):
        same, turned = place.text, f"-{place.factor}"
        answered.append(((same, turned) if sign > 0 else (turned, same), values))
    yield answered


def _compared(
    case: Case, terms: Sequence[ClaimTerm], goals: Sequence[Goal], mistakes: Sequence[Mistake]
) -> Diagnosis | None:
    """The terms of the claim beside those of the gradient: each that is none of them is wrong, or one too many."""
    left, missed = list(terms), list[Goal]()
    for words, values in goals:
        whole = len(values) == len(case.seen)
        same = [term for term in left if whole and all(map(case.same, term.values, values, case.seen))]
        left = [term for term in left if term is not same[0]] if same else left
        missed += [] if same else [(words, values)]
    right = len(terms) - len(left)
    if not missed or len(left) < len(missed) or len(left) > MAX_WRONG:
        return None
    found, changes, lost = list[Diagnosis](), dict[Place, str](), list[tuple[str, str]]()
    for words, values in missed:
        explained = ((term, told) for term in left if (told := _told(case, term, values, mistakes)) is not None)
        chosen, diagnosis = next(explained, (None, None))
        if chosen is None or diagnosis is None:
            lost.append(words)
            continue
        left = [term for term in left if term is not chosen]
        found.append(diagnosis)
        changes.update({chosen.place: f"({diagnosis.mended.partition(' = ')[2]})"} if diagnosis.mended else {})
    if len(lost) > 1 or (lost and right + len(missed) == 1):
        return None  # where nothing is right no term can be told to be the wrong one
    for term, words in zip(left, lost, strict=False):
        goal = words[term.sign < 0]
        text = f"the term {term.place.text} is wrong: {goal} belongs there"
        found.append(Diagnosis("wrong-term", text, (term.place.span,), f"write {goal} here"))
    for term in left[len(lost) :]:
        text = f"a term too many: {term.place.text}"
        found.append(Diagnosis("extra-term", text, (term.place.span,), "leave this term out"))
    mended = terms[0].place.written.mended(changes) if len(changes) == len(found) else None
    return joined(found) if mended is None else replace(joined(found), mended=mended)


def _told(case: Case, term: ClaimTerm, goal: Sequence[Array], mistakes: Sequence[Mistake]) -> Diagnosis | None:
    """The mistake that explains one term."""
    place, source = term.place, term.place.written.source
    source = replace(source, statements=[*source.statements[:-1], replace(place.statement, value=place.node)])
    seen = [
        Seen.of(at.point, term.sign * right, term.sign * mine)
        for at, mine, right in zip(case.seen, term.values, goal, strict=True)
    ]
    found = search(replace(case, seen=seen, formula=place.expr, source=source, span=place.span), mistakes)
    told = next((each for each in found if each.mended), found[0] if found else None)
    if told is None:
        return None
    text = told.text if place.text in told.text else f"{told.text}, in {place.text}"
    return replace(told, text=text, spans=told.spans or (place.span,))
