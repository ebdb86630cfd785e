"""Why a claim is wrong: a table of the mistakes people make, and one loop over it.

A mistake makes the wrong gradient from the right one, or mends the claim; it is told if it does so at every point.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial

from autograd_core.claims.mistakes import arrangement, backward, edits, factors, slips
from autograd_core.claims.mistakes.case import FAILURES, MAX_POINTS, Case, Mistake, of_gradient
from autograd_core.claims.mistakes.search import in_pairs, in_terms, search
from autograd_core.claims.mistakes.written import of_answer, of_claim, of_expression
from autograd_core.claims.report import Diagnosis

__all__ = ["FAILURES", "MAX_POINTS", "MISTAKES", "Case", "diagnose"]

OF_TEXT: tuple[Mistake, ...] = (
    Mistake("index", of_claim(edits.another_index), pairs=True),
    Mistake(
        "transposed",
        of_claim(edits.transposed_part, lambda each: not isinstance(each.node, (ast.Name, ast.Attribute))),
        pairs=True,
    ),
    Mistake("chain", of_claim(edits.missing_matrix, lambda each: not each.is_term)),
    Mistake(
        "extra-term",
        of_claim(edits.part_too_many, lambda each: isinstance(each.parent, ast.Call) or each.inside(ast.Pow)),
    ),
    Mistake("sign-of-term", of_claim(edits.sign_within)),
    Mistake("shape", of_claim(edits.identity_missing)),
    Mistake("number", of_claim(edits.exponent_or_number), pairs=True),
    Mistake("factor", of_claim(factors.factor_of_part)),
    Mistake("sign", of_claim(edits.sign_of_argument)),
    Mistake("factor", of_claim(partial(factors.factor_of_entries, alike=True))),
    Mistake("factor", of_claim(partial(factors.factor_of_entries, alike=False))),
    Mistake("order", of_claim(edits.order_of_factors)),
    Mistake("product", of_claim(edits.kind_of_product), pairs=True),
    Mistake("product", of_claim(edits.function_taken_out)),
    Mistake("exchanged", of_claim(edits.exchanged)),
    Mistake("name", of_claim(partial(edits.another_name, inner=False)), pairs=True),
    Mistake("name", of_claim(partial(edits.another_name, inner=True)), pairs=True),
    Mistake("function", of_claim(edits.another_function), pairs=True),
    Mistake("chain", of_claim(edits.step_for_value)),
    Mistake("exchanged", of_claim(edits.moved_factor)),
    Mistake("order", of_claim(edits.order_of_entries)),
    Mistake("missing-sum", of_claim(edits.sum_of_part)),
    Mistake("order", of_claim(edits.reversed_part)),
    Mistake("missing-term", of_claim(edits.missing_entries)),
)
"""Mistakes in the text of a claim."""

MISTAKES: tuple[Mistake, ...] = (
    Mistake("transposed", arrangement.transposed),
    Mistake("shape", arrangement.another_shape),
    Mistake("sum-for-mean", of_claim(edits.sum_for_mean)),
    Mistake("factor", factors.constant_factor),
    Mistake("grad-tensor", backward.grad_tensor, pairs=True),
    Mistake("missing-term", slips.slipped(slips.CROSS_TERMS)),
    Mistake("missing-term", of_gradient(backward.path), pairs=True),
    Mistake("missing-sum", arrangement.missing_sum),
    Mistake("extra-sum", arrangement.extra_sum),
    Mistake("value", backward.value_for_gradient),
    Mistake("chain", slips.slipped(slips.RULES), pairs=True),
    Mistake("other-variable", partial(backward.another_variable, 1.0)),
    Mistake("chain", backward.stopped_early),
    Mistake("missing-term", of_gradient(backward.diagonal_of_jacobian)),
    Mistake("product", of_gradient(slips.rule_missing)),
    Mistake("chain", slips.slipped(slips.CHANGED), pairs=True),
    Mistake("missing-term", of_answer(partial(edits.missing, terms=True))),
    Mistake("chain", of_gradient(slips.skipped)),
    Mistake("chain", of_gradient(slips.taken_elsewhere)),
    Mistake("sign", of_expression(slips.another_expression)),
    *OF_TEXT,
    Mistake("chain", of_answer(partial(edits.missing, terms=False))),
    Mistake("integrated", backward.integrated),
    Mistake("symmetric", arrangement.convention),
    Mistake("other-variable", partial(backward.another_variable, -1.0)),
    Mistake("transposed", of_gradient(backward.jacobian_transposed)),
)
"""What is tried, in this order."""

OF_TERMS = (Mistake("factor", of_claim(partial(factors.factor_of_part, whole=True))), *OF_TEXT)
"""What is tried of one term of a claim, beside one of the gradient."""

LAST: tuple[Mistake, ...] = (
    Mistake("zero", factors.no_gradient),
    Mistake("missing-sum", backward.entry_by_entry),
    Mistake("order", backward.another_order),
    Mistake("entry", arrangement.some_entries),
    Mistake("shape", arrangement.other_shape),
)
"""What is told of a claim that nothing else explains."""

_ALONE = ("factor", "mean-for-sum", "sum-for-mean")
"""Codes of mistakes that need no condition besides another mistake of the same claim."""


def diagnose(case: Case, symmetric: Callable[[], Iterator[tuple[str, Case]]] | None = None) -> list[Diagnosis]:
    """The mistake that explains a wrong claim, and after it one that says where in its text; empty where none does.

    ``symmetric`` gives the case at points where matrices are symmetric, for a claim that is wrong even there. A place
    in the text is always told: the whole claim where it is no single part.
    """
    return [each if each.spans else replace(each, spans=(case.span,)) for each in _explained(case, symmetric)]


def _explained(case: Case, symmetric: Callable[[], Iterator[tuple[str, Case]]] | None) -> list[Diagnosis]:
    found = search(case, MISTAKES)
    if found and found[0].code in ("factor", "sign"):  # -cos(3*x)/3 for sin(3*x) is no slip of a factor
        other = search(case, [each for each in MISTAKES if each.code == "integrated"])
        found = [*other, *found] if found[0].code == "factor" else [*found, *other]
    found = found or in_terms(case, OF_TERMS) or [*case.region]
    if found or symmetric is None:
        return found
    both = in_pairs(case)
    if any("transposed" in each.text for each in both):  # without any condition
        return both
    for condition, there in symmetric():
        ahead = search(there, [each for each in MISTAKES if each.code != "value"])
        if ahead and ahead[0].code not in _ALONE:
            return [replace(ahead[0], text=f"{ahead[0].text}; and even then it is right only when {condition}")]
        if ahead:
            break
    return both or search(case, LAST)
