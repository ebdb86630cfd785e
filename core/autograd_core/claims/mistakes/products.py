"""Products done wrong: factors in another order, transposed, of another kind, in another place, or missing."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from itertools import combinations, permutations, product

from autograd_core.claims.mistakes.case import Variant
from autograd_core.claims.mistakes.written import Part, Place, Written, fill, multiplied
from autograd_core.expr.nodes import Const

MAX_CHAIN = 4
"""Factors of a matrix product up to which every order is tried."""

MAX_EXCHANGED = 24
"""Parts of a claim up to which two are exchanged."""


def transposed_part(written: Written) -> Iterator[Variant | None]:
    """A matrix in the claim that should be transposed, or should not be: names first, then what is made of them."""
    for place in sorted(written.places, key=lambda each: not isinstance(each.node, (ast.Name, ast.Attribute))):
        if isinstance(place.node, ast.Attribute):
            inner = written.by_node[place.node.value]
            if inner.expr is not None and len(inner.expr.shape) > 1:
                new = Part(inner.expr, inner.factor)
                yield written.edit(place, new, "{old} is transposed and should not be", "leave the transpose out here")
        elif _is_matrix(place) and not isinstance(place.parent, ast.Attribute):
            yield written.edit(place, fill("a.T", place), "{old} should be transposed", "transpose {old} here")


def _is_matrix(part: Part) -> bool:
    expr = part.expr
    return expr is not None and len(expr.shape) == 2 and not isinstance(expr, Const) and max(expr.shape) > 1


def order_of_factors(written: Written) -> Iterator[Variant | None]:
    """The factors of a product in another order, some of them transposed; the operands of a function exchanged."""
    for place in written.places:
        node = place.node
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and len(node.args) == 2:
            first, second = (written.by_node.get(each) for each in node.args)
            if first is not None and second is not None and not node.keywords:
                new = fill(f"{node.func.id}(a, b)", second, first)
                change = f"exchange {first.text} and {second.text} here"
                yield written.edit(place, new, "the factors of {old} are exchanged", change)
        factors = written.factors(place, ast.MatMult)
        if 1 < len(factors) <= MAX_CHAIN and all(each.expr is not None for each in factors):
            yield from _orders(written, place, factors)


def _orders(written: Written, place: Place, factors: list[Place]) -> Iterator[Variant | None]:
    """All orders of some factors, those with fewer transposes first."""
    usual = tuple(range(len(factors)))
    turned = [fill("a.T", each) if each.expr is not None and len(each.expr.shape) == 2 else None for each in factors]
    turns = product(*[(False, True) if each is not None else (False,) for each in turned])
    for turn, order in product(sorted(turns, key=sum), permutations(usual)):
        if order == usual and sum(turn) < 2:
            continue
        new = multiplied("@", *(turned[i] if turn[i] else factors[i] for i in order))
        if new is None or (place.expr is not None and new.expr is not None and new.expr.shape != place.expr.shape):
            continue
        if order == usual:
            text = f"{' and '.join(factors[i].text for i in order if turn[i])} should be transposed in {{old}}"
        else:
            text = "the factors are in another order: {old} should be {new}"
        new = new if place.is_term else Part(new.expr, new.factor)
        yield written.edit(place, new, text, code="transposed" if order == usual else "order")


KINDS = (
    ("a/b", None, None, "a quotient"),
    ("a*b", None, None, "entry by entry"),
    ("a@b", None, None, "a product of matrices"),
    ("outer(a, b)", 1, 1, "an outer product"),
    ("a*b[:, None]", 2, 1, "by rows, not by columns"),
    ("a[:, None]*b", 1, 2, "by rows, not by columns"),
)
"""What a product may have been meant as, the axes that its operands then have, None for any, and what it is called."""


def kind_of_product(written: Written) -> Iterator[Variant | None]:
    """A product entry by entry for one of matrices, an inner one for an outer one, a factor for a divisor, and back."""
    for place in written.places:
        for a, b in _operands(written, place):
            if a is None or b is None or a.expr is None or b.expr is None:
                continue
            axes = [len(a.expr.shape), len(b.expr.shape)]
            for template, *wanted, words in KINDS:
                if template == "a/b" or (wanted in ([None, None], axes) and 0 not in axes):
                    yield written.edit(place, fill(template, a, b), f"the product {{old}} should be {words}")


def _operands(written: Written, place: Place) -> Iterator[tuple[Part | None, Part | None]]:
    """The operands of a product, also where the two last of three factors are meant."""
    node, by_node = place.node, written.by_node
    kinds = {ast.Mult: "a*b", ast.MatMult: "a@b"}
    if isinstance(node, ast.BinOp) and type(node.op) in kinds:
        left, right = node.left, node.right
        yield by_node[left], by_node[right]
        if isinstance(left, ast.BinOp) and type(left.op) in kinds:
            yield by_node[left.left], fill(kinds[type(node.op)], by_node[left.right], by_node[right])
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and len(node.args) == 2:
        yield by_node.get(node.args[0]), by_node.get(node.args[1])


def function_taken_out(written: Written) -> Iterator[Variant | None]:
    """``trace(M)*x`` for ``M@x``: a number made of a matrix, and not the matrix, is multiplied."""
    for place in written.places:
        for one, other in permutations(written.factors(place, ast.Mult), 2):
            call, number = one.node, one.expr
            if not (isinstance(call, ast.Call) and len(call.args) == 1 and not isinstance(call.func, ast.Attribute)):
                continue
            inner = written.by_node.get(call.args[0])
            if number is None or number.shape != () or inner is None or inner.expr is None or inner.expr.shape == ():
                continue
            rest = [each for each in written.factors(place, ast.Mult) if each is not one and each is not other]
            text = f"{one.text} is a number that was taken out of a product: {{old}} should be {{new}}"
            for made in (fill("a@b", inner, other), fill("a@b", other, inner), fill("a*b", inner, other)):
                new = made and multiplied("*", *rest, Part(made.expr, made.factor))
                yield written.edit(place, new, text)


def exchanged(written: Written) -> Iterator[Variant | None]:
    """Two parts of the claim that stand in each other's place."""
    places = [each for each in written.places if each.expr is not None and not isinstance(each.expr, Const)]
    for one, other in combinations(places[:MAX_EXCHANGED], 2):
        if not one.overlaps(other) and one.text != other.text:
            names = f"{one.text} and {other.text}"
            new: dict[Place, Part | None] = {one: Part(other.expr, other.factor), other: Part(one.expr, one.factor)}
            yield written.edits(new, f"{names} are exchanged", f"exchange {names}")


def moved_factor(written: Written) -> Iterator[Variant | None]:
    """A factor of a matrix product that belongs to another part of the claim."""
    for place in written.places:
        node = place.node
        if not (isinstance(node, ast.BinOp) and isinstance(node.op, (ast.MatMult, ast.Mult))):
            continue
        left, right = written.by_node[node.left], written.by_node[node.right]
        for factor, rest in ((left, right), (right, left)):
            if factor.expr is None or rest.expr is None or factor.expr.shape == ():
                continue
            text = f"the factor {factor.text} stands in the wrong place: it belongs to "
            for goal in written.places:
                if place.overlaps(goal) or isinstance(goal.expr, Const):
                    continue
                for new in (fill("a@b", factor, goal), fill("a@b", goal, factor), fill("a*b", factor, goal)):
                    edits = {place: Part(rest.expr, rest.factor), goal: new}
                    yield written.edits(edits, text + goal.text, f"move {factor.text} to {goal.text}")


def missing_matrix(written: Written) -> Iterator[Variant | None]:
    """A matrix, or its transpose, that is missing before or behind a part of the claim: a whole term first."""
    program = written.case.problem.program
    names = {**program.variables, **program.named}
    plain = [Part(each, name) for name, each in names.items() if len(each.shape) == 2]
    matrices = [*plain, *(each for part in plain if (each := fill("a.T", part)) is not None)]
    for place in sorted(written.places, key=lambda each: not each.is_term):
        if place.expr is None or place.expr.shape == () or isinstance(place.node, (ast.UnaryOp, ast.Constant)):
            continue
        for ahead, matrix in product((True, False), matrices):
            new = fill("a@b", matrix, place) if ahead else fill("a@b", place, matrix)
            text = f"the factor {matrix.text} is missing: {{old}} should be {{new}}"
            yield written.edit(place, new, text, f"multiply by {matrix.text} here")
