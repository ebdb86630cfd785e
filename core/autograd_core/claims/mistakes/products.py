"""Products done wrong: factors in another order, transposed, of another kind, in another place, or missing."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from itertools import combinations, permutations, product
from operator import matmul, mul, truediv
from typing import Any

from autograd_core.claims.mistakes.case import Variant
from autograd_core.claims.mistakes.written import Place, Written, bracketed, fit
from autograd_core.expr.nodes import Const, Expr
from autograd_core.ops.registry import op

MAX_CHAIN = 4
"""Factors of a matrix product up to which every order is tried."""

MAX_EXCHANGED = 24
"""Parts of a claim up to which two are exchanged."""


def transposed_part(written: Written) -> Iterator[Variant]:
    """A matrix in the claim that should be transposed, or should not be: names first, then what is made of them."""
    for place in sorted(written.places, key=lambda each: not isinstance(each.node, (ast.Name, ast.Attribute))):
        node, expr = place.node, place.expr
        if isinstance(node, ast.Attribute):
            inner = written.made(node.value, place.statement)
            if inner is not None and len(inner.shape) > 1:
                new = place.text.removesuffix(f".{node.attr}")
                text = f"{place.text} is transposed and should not be"
                yield written.edit({place: (inner, new)}, text, "leave the transpose out here")
        elif expr is not None and _is_matrix(expr) and not isinstance(place.parent, ast.Attribute):
            text = f"{place.text} should be transposed"
            yield written.edit({place: (expr.T, f"{bracketed(place)}.T")}, text, f"transpose {place.text} here")


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
                new = f"{node.func.id}({second}, {first})"
                text = f"the factors of {place.text} are exchanged"
                yield written.edit({place: (expr, new)}, text, f"exchange {first} and {second} here")
        inside = isinstance(place.parent, ast.BinOp) and isinstance(place.parent.op, ast.MatMult)
        factors = [written.by_node.get(factor) for factor in _chain(node)]
        found = [each for each in factors if each is not None and each.expr is not None]
        if not inside and 1 < len(factors) <= MAX_CHAIN and len(found) == len(factors):
            yield from _orders(written, place, found)


def _chain(node: ast.expr) -> list[ast.expr]:
    """The factors of a matrix product, brackets around parts of it undone."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.MatMult):
        return [*_chain(node.left), *_chain(node.right)]
    return [node]


def _orders(written: Written, place: Place, factors: list[Place]) -> Iterator[Variant]:
    """All orders of some factors, those with fewer transposes first."""
    exprs = [each.expr for each in factors if each.expr is not None]
    usual = tuple(range(len(factors)))
    turns = product(*[(False, True) if len(expr.shape) == 2 else (False,) for expr in exprs])
    for turn, order in product(sorted(turns, key=sum), permutations(usual)):
        if order == usual and sum(turn) < 2:
            continue
        expr: Any = exprs[order[0]].T if turn[order[0]] else exprs[order[0]]
        for i in order[1:]:
            expr = fit(matmul, expr, exprs[i].T if turn[i] else exprs[i])
        if expr is None or (place.expr is not None and expr.shape != place.expr.shape):
            continue
        new = "@".join(f"{bracketed(factors[i])}{'.T' * turn[i]}" for i in order)
        new = f"({new})" if place.parent is not None and not place.is_term else new
        if order == usual:
            text = f"{' and '.join(factors[i].text for i in order if turn[i])} should be transposed in {place.text}"
        else:
            text = f"the factors are in another order: {place.text} should be {new}"
        code = "transposed" if order == usual else "order"
        yield written.edit({place: (expr, new)}, text, f"write {new} here", code)


def kind_of_product(written: Written) -> Iterator[Variant]:
    """A product entry by entry for one of matrices, an inner one for an outer one, a factor for a divisor, and back."""
    for place in written.places:
        for left, right in _operands(place.node):
            a, b = written.made(left, place.statement), written.made(right, place.statement)
            if a is None or b is None:
                continue
            first, second = written.shown(left), written.shown(right)
            kinds = [("a quotient", fit(truediv, a, b), f"{first}/{second}")]
            if () not in (a.shape, b.shape):
                kinds.append(("entry by entry", fit(mul, a, b), f"{first}*{second}"))
                kinds.append(("a product of matrices", fit(matmul, a, b), f"{first}@{second}"))
            if len(a.shape) == 1 == len(b.shape):
                kinds.append(("an outer product", a[:, None] * b, f"outer({first}, {second})"))
                kinds.append(("an inner product", fit(lambda a, b: op.sum(a * b), a, b), f"{first}@{second}"))
            for matrix, vector, new in ((a, b, f"{first}*{second}[:, None]"), (b, a, f"{first}[:, None]*{second}")):
                if len(matrix.shape) == 2 and len(vector.shape) == 1:
                    kinds.append(("by rows, not by columns", fit(mul, matrix, vector[:, None]), new))
            for words, expr, new in kinds:
                if expr is not None:
                    text = f"the product {place.text} should be {words}"
                    yield written.edit({place: (expr, new)}, text, f"write {new} here")


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
        factors = [] if inside else _factors(place.node)
        for one, other in permutations(factors, 2):
            if not (isinstance(one, ast.Call) and len(one.args) == 1 and not isinstance(one.func, ast.Attribute)):
                continue
            number, inner = written.made(one, place.statement), written.made(one.args[0], place.statement)
            by = written.made(other, place.statement)
            if number is None or number.shape != () or inner is None or inner.shape == ():
                continue
            rest = [each for each in factors if each is not one and each is not other]
            part, beside = written.shown(one.args[0]), written.shown(other)
            for made, new in (
                (fit(matmul, inner, by), f"({part}@{beside})"),
                (fit(matmul, by, inner), f"({beside}@{part})"),
                (fit(mul, inner, by), f"({part}*{beside})"),
            ):
                for each in rest:
                    made = fit(mul, written.made(each, place.statement), made)
                if made is not None:
                    full = "*".join([*map(written.shown, rest), new])
                    text = f"{written.shown(one)} is a number that was taken out of a product: {place.text} should be "
                    yield written.edit({place: (made, full)}, text + full, f"write {full} here")


def _factors(node: ast.expr) -> list[ast.expr]:
    """The factors of a product entry by entry."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult):
        return [*_factors(node.left), *_factors(node.right)]
    return [node]


def exchanged(written: Written) -> Iterator[Variant]:
    """Two parts of the claim that stand in each other's place."""
    places = [each for each in written.places if each.expr is not None and not isinstance(each.expr, Const)]
    for one, other in combinations(places[:MAX_EXCHANGED], 2):
        apart = one.span[1] <= other.span[0] or other.span[1] <= one.span[0]
        if not apart or one.text == other.text or one.expr is None or other.expr is None:
            continue
        new = {one: (other.expr, bracketed(other)), other: (one.expr, bracketed(one))}
        names = f"{one.text} and {other.text}"
        yield written.edit(new, f"{names} are exchanged", f"exchange {names}")


def moved_factor(written: Written) -> Iterator[Variant]:
    """A factor of a matrix product that belongs to another part of the claim."""
    for place in written.places:
        node = place.node
        if not (isinstance(node, ast.BinOp) and isinstance(node.op, (ast.MatMult, ast.Mult))):
            continue
        for factor, rest in ((node.left, node.right), (node.right, node.left)):
            moved, left = written.by_node[factor], written.by_node[rest]
            if moved.expr is None or left.expr is None or moved.expr.shape == ():
                continue
            for goal in written.places:
                apart = goal.span[1] <= place.span[0] or place.span[1] <= goal.span[0]
                if not apart or goal.expr is None or isinstance(goal.expr, Const):
                    continue
                for expr, new in _multiplied(goal, moved.expr, bracketed(moved)):
                    text = f"the factor {moved.text} stands in the wrong place: it belongs to {goal.text}"
                    change = f"move {moved.text} to {goal.text}"
                    both = {place: (left.expr, bracketed(left)), goal: (expr, new)}
                    yield written.edit(both, text, change)


def _multiplied(place: Place, factor: Expr, text: str) -> Iterator[tuple[Expr, str]]:
    """A part with one more factor before or behind it, or entry by entry."""
    for operation, one, other, new in (
        (matmul, factor, place.expr, f"{text}@{bracketed(place)}"),
        (matmul, place.expr, factor, f"{bracketed(place)}@{text}"),
        (mul, factor, place.expr, f"{text}*{bracketed(place)}"),
    ):
        made = fit(operation, one, other)
        if made is not None:
            yield made, new


def missing_matrix(written: Written) -> Iterator[Variant]:
    """A matrix, or its transpose, that is missing before or behind a part of the claim: a whole term first."""
    program = written.case.problem.program
    names = {**program.variables, **program.named}
    matrices = [(name, each) for name, each in names.items() if len(each.shape) == 2]
    matrices += [(f"{name}.T", each.T) for name, each in matrices]
    for place in sorted(written.places, key=lambda each: not each.is_term):
        expr = place.expr
        if expr is None or expr.shape == () or isinstance(place.node, (ast.UnaryOp, ast.Constant)):
            continue
        ahead = [(name, fit(matmul, each, expr), f"{name}@{bracketed(place)}") for name, each in matrices]
        behind = [(name, fit(matmul, expr, each), f"{bracketed(place)}@{name}") for name, each in matrices]
        for name, made, new in [*ahead, *behind]:
            if made is not None:
                text = f"the factor {name} is missing: {place.text} should be {new}"
                yield written.edit({place: (made, new)}, text, f"multiply by {name} here")
