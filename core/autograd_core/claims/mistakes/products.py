"""Products done wrong: factors in another order, transposed, of another kind, in another place, or missing."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from itertools import combinations, permutations, product

from autograd_core.claims.mistakes.case import Variant
from autograd_core.claims.mistakes.written import Part, Place, Written, factors_of, joined
from autograd_core.expr.nodes import Const, Expr
from autograd_core.ops.registry import op

MAX_CHAIN = 4
"""Factors of a matrix product up to which every order is tried."""

MAX_EXCHANGED = 24
"""Parts of a claim up to which two are exchanged."""


def transposed_part(written: Written) -> Iterator[Variant]:
    """A matrix in the claim that should be transposed, or should not be: names first, then what is made of them."""
    for place in sorted(written.places, key=lambda each: not isinstance(each.node, (ast.Name, ast.Attribute))):
        node, part = place.node, place.part
        if isinstance(node, ast.Attribute):
            inner = written.made(node.value, place.statement)
            if inner is not None and len(inner.shape) > 1:
                new = Part(inner, place.text.removesuffix(f".{node.attr}"))
                text = f"{place.text} is transposed and should not be"
                yield written.edit(place, new, text, "leave the transpose out here")
        elif part is not None and _is_matrix(part.expr) and not isinstance(place.parent, ast.Attribute):
            text = f"{place.text} should be transposed"
            yield written.edit(place, part.turned, text, f"transpose {place.text} here")


def _is_matrix(expr: Expr) -> bool:
    return len(expr.shape) == 2 and not isinstance(expr, Const) and max(expr.shape) > 1


def order_of_factors(written: Written) -> Iterator[Variant]:
    """The factors of a product in another order, some of them transposed; the operands of a function exchanged."""
    for place in written.places:
        node = place.node
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and len(node.args) == 2:
            turned = ast.copy_location(ast.Call(node.func, node.args[::-1], node.keywords), node)
            expr = written.made(turned, place.statement)
            if expr is not None and all(arg in written.by_node for arg in node.args):
                first, second = (written.by_node[arg].text for arg in node.args)
                new = Part(expr, f"{node.func.id}({second}, {first})")
                text = f"the factors of {place.text} are exchanged"
                yield written.edit(place, new, text, f"exchange {first} and {second} here")
        inside = isinstance(place.parent, ast.BinOp) and isinstance(place.parent.op, ast.MatMult)
        factors = [written.by_node.get(factor) for factor in factors_of(node, ast.MatMult)]
        found = [each for each in factors if each is not None and each.expr is not None]
        if not inside and 1 < len(factors) <= MAX_CHAIN and len(found) == len(factors):
            yield from _orders(written, place, found)


def _orders(written: Written, place: Place, factors: list[Place]) -> Iterator[Variant]:
    """All orders of some factors, those with fewer transposes first."""
    parts = [each.part for each in factors if each.part is not None]
    usual = tuple(range(len(factors)))
    turns = product(*[(False, True) if len(part.expr.shape) == 2 else (False,) for part in parts])
    for turn, order in product(sorted(turns, key=sum), permutations(usual)):
        if order == usual and sum(turn) < 2:
            continue
        new = joined("@", *(parts[i].turned if turn[i] else parts[i] for i in order))
        if new is None or (place.expr is not None and new.expr.shape != place.expr.shape):
            continue
        if place.parent is not None and not place.is_term:
            new = Part(new.expr, f"({new.text})")
        if order == usual:
            text = f"{' and '.join(factors[i].text for i in order if turn[i])} should be transposed in {place.text}"
        else:
            text = f"the factors are in another order: {place.text} should be {new.text}"
        yield written.edit(place, new, text, code="transposed" if order == usual else "order")


def kind_of_product(written: Written) -> Iterator[Variant]:
    """A product entry by entry for one of matrices, an inner one for an outer one, a factor for a divisor, and back."""
    for place in written.places:
        for left, right in _operands(place.node):
            a, b = written.part(left, place.statement), written.part(right, place.statement)
            if a is None or b is None:
                continue
            kinds = [("a quotient", joined("/", a, b))]
            if () not in (a.expr.shape, b.expr.shape):
                kinds += [("entry by entry", joined("*", a, b)), ("a product of matrices", joined("@", a, b))]
            if len(a.expr.shape) == 1 == len(b.expr.shape):
                kinds.append(("an outer product", Part(a.expr[:, None] * b.expr, f"outer({a.text}, {b.text})")))
                if a.expr.shape == b.expr.shape:
                    inner = Part(op.sum(a.expr * b.expr), f"{a.text}@{b.text}")
                    kinds.append(("an inner product", inner))
            for matrix, vector, first in ((a, b, True), (b, a, False)):
                if len(matrix.expr.shape) == 2 and len(vector.expr.shape) == 1:
                    rows = Part(vector.expr[:, None], f"{vector.text}[:, None]")
                    made = joined("*", matrix, rows) if first else joined("*", rows, matrix)
                    kinds.append(("by rows, not by columns", made))
            for words, new in kinds:
                if new is not None:
                    yield written.edit(place, new, f"the product {place.text} should be {words}")


def _operands(node: ast.expr) -> Iterator[tuple[ast.expr, ast.expr]]:
    """The operands of a product, also where the two last of three factors are meant."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Mult, ast.MatMult)):
        yield node.left, node.right
        if isinstance(node.left, ast.BinOp) and isinstance(node.left.op, (ast.Mult, ast.MatMult)):
            yield node.left.left, ast.copy_location(ast.BinOp(node.left.right, node.op, node.right), node)
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and len(node.args) == 2:
        yield node.args[0], node.args[1]


def function_taken_out(written: Written) -> Iterator[Variant]:
    """``trace(M)*x`` for ``M@x``: a number made of a matrix, and not the matrix, is multiplied."""
    for place in written.places:
        inside = isinstance(place.parent, ast.BinOp) and isinstance(place.parent.op, ast.Mult)
        factors = [] if inside else factors_of(place.node, ast.Mult)
        for one, other in permutations(factors, 2):
            if not (isinstance(one, ast.Call) and len(one.args) == 1 and not isinstance(one.func, ast.Attribute)):
                continue
            number, inner = written.made(one, place.statement), written.part(one.args[0], place.statement)
            if number is None or number.shape != () or inner is None or inner.expr.shape == ():
                continue
            by = written.part(other, place.statement)
            rest = [written.part(each, place.statement) for each in factors if each is not one and each is not other]
            for made in (joined("@", inner, by), joined("@", by, inner), joined("*", inner, by)):
                new = made and joined("*", *rest, Part(made.expr, f"({made.text})"))
                if new is not None:
                    text = f"{written.shown(one)} is a number that was taken out of a product: {place.text} should be "
                    yield written.edit(place, new, text + new.text)


def exchanged(written: Written) -> Iterator[Variant]:
    """Two parts of the claim that stand in each other's place."""
    places = [each for each in written.places if each.expr is not None and not isinstance(each.expr, Const)]
    for one, other in combinations(places[:MAX_EXCHANGED], 2):
        first, second = one.part, other.part
        if one.overlaps(other) or one.text == other.text or first is None or second is None:
            continue
        names = f"{one.text} and {other.text}"
        yield written.edits({one: second, other: first}, f"{names} are exchanged", f"exchange {names}")


def moved_factor(written: Written) -> Iterator[Variant]:
    """A factor of a matrix product that belongs to another part of the claim."""
    for place in written.places:
        node = place.node
        if not (isinstance(node, ast.BinOp) and isinstance(node.op, (ast.MatMult, ast.Mult))):
            continue
        for factor, rest in ((node.left, node.right), (node.right, node.left)):
            moved, left = written.by_node[factor].part, written.by_node[rest].part
            if moved is None or left is None or moved.expr.shape == ():
                continue
            name = written.by_node[factor].text
            for goal in written.places:
                part = goal.part
                if place.overlaps(goal) or part is None or isinstance(part.expr, Const):
                    continue
                for new in (joined("@", moved, part), joined("@", part, moved), joined("*", moved, part)):
                    if new is not None:
                        text = f"the factor {name} stands in the wrong place: it belongs to {goal.text}"
                        yield written.edits({place: left, goal: new}, text, f"move {name} to {goal.text}")


def missing_matrix(written: Written) -> Iterator[Variant]:
    """A matrix, or its transpose, that is missing before or behind a part of the claim: a whole term first."""
    program = written.case.problem.program
    names = {**program.variables, **program.named}
    matrices = [Part(each, name) for name, each in names.items() if len(each.shape) == 2]
    matrices += [each.turned for each in matrices]
    for place in sorted(written.places, key=lambda each: not each.is_term):
        part = place.part
        if part is None or part.expr.shape == () or isinstance(place.node, (ast.UnaryOp, ast.Constant)):
            continue
        ahead = [(each.text, joined("@", each, part)) for each in matrices]
        behind = [(each.text, joined("@", part, each)) for each in matrices]
        for name, new in [*ahead, *behind]:
            if new is not None:
                text = f"the factor {name} is missing: {place.text} should be {new.text}"
                yield written.edit(place, new, text, f"multiply by {name} here")
