"""Why a claim is wrong: a table of the mistakes people make, and one loop over it.

A mistake makes the wrong gradient from the right one, or mends the claim; it is told if it does so at every point.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import partial

from autograd_core.claims.mistakes import arrangement, backward, edits, factors
from autograd_core.claims.mistakes.case import FAILURES, MAX_POINTS, Case, Mistake, of_gradient
from autograd_core.claims.mistakes.search import in_pairs, search
from autograd_core.claims.mistakes.written import of_answer, of_claim
from autograd_core.claims.report import Diagnosis

__all__ = ["FAILURES", "MAX_POINTS", "MISTAKES", "Case", "diagnose"]

MISTAKES: tuple[Mistake, ...] = (
    Mistake("transposed", arrangement.transposed),
    Mistake("shape", arrangement.another_shape),
    Mistake("factor", factors.constant_factor),
    Mistake("grad-tensor", backward.grad_tensor, pairs=True),
    Mistake("missing-term", of_gradient(backward.path), pairs=True),
    Mistake("missing-sum", arrangement.sums),
    Mistake("value", backward.value_for_gradient),
    Mistake("other-variable", backward.another_variable),
    Mistake("chain", backward.stopped_early),
    Mistake("missing-term", of_gradient(backward.diagonal_of_jacobian)),
    Mistake("chain", of_gradient(backward.slipped), pairs=True),
    Mistake("missing-term", of_answer(partial(edits.missing, terms=True))),
    Mistake("index", of_claim(edits.another_axis)),
    Mistake("transposed", of_claim(edits.transposed_part), pairs=True),
    Mistake("extra-term", of_claim(edits.part_too_many)),
    Mistake("number", of_claim(edits.exponent_or_number), pairs=True),
    Mistake("product", of_claim(edits.another_operation), pairs=True),
    Mistake("factor", of_claim(factors.factor_of_term)),
    Mistake("order", of_claim(edits.order_of_factors)),
    Mistake("name", of_claim(edits.another_name), pairs=True),
    Mistake("chain", of_answer(partial(edits.missing, terms=False))),
)
"""What is tried, in this order."""

LAST: tuple[Mistake, ...] = (
    Mistake("zero", factors.no_gradient),
    Mistake("entry", arrangement.some_entries),
    Mistake("shape", arrangement.other_shape),
)
"""What is told of a claim that nothing else explains."""


NUMBERS = ("factor", "mean-for-sum", "sum-for-mean")
"""Codes of mistakes that many a condition makes."""


def diagnose(case: Case, symmetric: Iterable[tuple[str, Case]] = ()) -> list[Diagnosis]:
    """The mistake that explains a wrong claim, and after it one that says where in its text; empty where none does.

    ``symmetric`` gives the case at points where matrices are symmetric, with the condition in words: a claim that is
    wrong even there has another mistake besides. A place in the text is always told: the whole claim where it is no
    single part.
    """
    found = search(case, MISTAKES) or in_pairs(case, MISTAKES)
    for condition, there in symmetric if not found else ():
        ahead = [each for each in search(there, MISTAKES)[:1] if each.code not in NUMBERS]
        found = [replace(each, text=f"{each.text}; and even then it is right only when {condition}") for each in ahead]
        if found:
            break
    found = found or search(case, LAST)
    return [each if each.spans else replace(each, spans=(case.span,)) for each in found]
