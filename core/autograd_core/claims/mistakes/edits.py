"""One part of the claim, or of the right formula, that is too many, missing, or another one than it should be.

Each function gives the changes that may be made at one place; ``of_claim`` and ``of_answer`` try them at every place.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from itertools import permutations, product

from autograd_core.claims.mistakes.case import Variant
from autograd_core.claims.mistakes.written import LETTERS, Part, Place, fill
from autograd_core.expr.nodes import Call, Const, Expr
from autograd_core.number_text import exact_text

Edits = Iterator[Variant | None]

MAX_CHAIN = 4
"""Factors of a matrix product up to which every order is tried."""

FEWER: dict[type[ast.operator], tuple[tuple[str, str], ...]] = {
    ast.Add: (("a", "term"), ("b", "term")),
    ast.Sub: (("a", "term"), ("-b", "term")),
    ast.Pow: (("a", "power"),),
    ast.Div: (("a", "divisor"),),
    ast.Mult: (("a", "factor"), ("b", "factor")),
    ast.MatMult: (("a", "factor"), ("b", "factor")),
}
"""For each operation what is left without one of its operands, and what the other one is called."""


def _fewer(place: Place) -> Iterator[tuple[Part | None, str, str, Expr | None]]:
    """A part without one of its own: what is left, the text of what is gone, the word for it, and it."""
    node = place.node
    if isinstance(node, ast.BinOp):
        a, b = place.at(node.left), place.at(node.right)
        for left, kind in FEWER.get(type(node.op), ()):
            stays, lost = (a, b) if left == "a" else (b, a)
            if stays.expr is not None and not (kind == "term" and isinstance(stays.expr, Const)):
                lost = place if kind == "power" else lost
                yield fill("-a", stays) if left == "-b" else stays, lost.text, kind, lost.expr
    elif (applied := _applied(place)) is not None and place.expr is not None:
        name, inner = applied
        if inner.expr is not None and inner.expr.shape == place.expr.shape:
            yield inner, name, "function", None


def _applied(place: Place) -> tuple[str, Place] | None:
    """The name of a function of one operand, and the operand."""
    node = place.node
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and len(node.args) == 1:
        inner = place.written.by_node.get(node.args[0])
        return None if inner is None else (node.func.id, inner)
    return None


def part_too_many(place: Place) -> Edits:
    """A term, a factor, a power or a function that the claim is right without."""
    for left, gone, kind, _ in _fewer(place):
        code = "extra-term" if kind == "term" else "chain"
        yield place.edit(left, f"a {kind} too many: without {gone} the claim is right", f"leave {gone} out here", code)


def missing(place: Place, *, terms: bool) -> Edits:
    """A term of the right formula that the claim lacks; or a factor, a divisor, a power or a function."""
    for left, gone, kind, lost in _fewer(place):
        if (kind == "term") != terms or (terms and isinstance(lost, Const)):
            continue  # 1 - y without its 1 is a slip of the sign, or of the function
        gone = gone if lost is None else place.written.case.text(lost, 80)
        change = f"add {gone}" if kind == "term" else f"the {kind} {gone} belongs here"
        yield place.edit(left, f"a {kind} is missing: {gone}", change, "missing-term" if kind == "term" else "chain")


def exponent_or_number(place: Place) -> Edits:
    """A number or an exponent that should be another one, or a part that should be squared."""
    power, number = place.inside(ast.Pow), _number(place.node)
    if number is not None:
        others = [number + 1, number - 1, 2 * number, number / 2, *([-number, number + 2, number - 2] if power else [])]
        kind, code = ("exponent", "chain") if power else ("number", "number")
        for other in dict.fromkeys(each for each in others if each != number):
            plain = exact_text(other)
            new = Part(Const(other), ast.Constant(int(other) if other == int(other) else other))
            yield place.edit(new, f"the {kind} {{old}} should be {plain}", f"write {plain} here", code)
    elif not (power or isinstance(place.expr, Const) or isinstance(place.node, (ast.UnaryOp, ast.Compare))):
        yield place.edit(fill("a**2", place), "{old} should be squared", "square {old} here", "power")


def _number(node: ast.expr) -> float | None:
    """The number that is written, with its sign."""
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        inner = _number(node.operand)
        return None if inner is None else -inner
    value = node.value if isinstance(node, ast.Constant) else None
    return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else None


def another_name(place: Place) -> Edits:
    """A name that should be another one of the same shape."""
    problem, expr = place.written.case.problem, place.expr
    names: dict[str, Expr] = {**problem.program.variables, **problem.program.named, problem.f: problem.result}
    for name, other in names.items() if isinstance(place.node, ast.Name) and expr is not None else ():
        if other is not expr and expr is not None and other.shape == expr.shape:
            yield place.edit(Part(other, ast.Name(name)), f"{{old}} should be {name}")


def another_axis(place: Place) -> Edits:
    """A sum, a mean or a softmax over another axis, or over one and not over all."""
    expr, applied = place.expr, _applied(place)
    if isinstance(expr, Call) and "axis" in expr.params and applied is not None:
        (name, inner), (operand, *_) = applied, expr.operands
        keeping = ("", ", keepdims=True") if "keepdims" in expr.params else ("",)
        for axis, keep in product(range(len(operand.shape)), keeping):
            yield place.edit(fill(f"{name}(a, axis={axis}{keep})", inner), "{old} should be {new}")


def transposed_part(place: Place) -> Edits:
    """A matrix in the claim that should be transposed, or should not be."""
    if isinstance(place.node, ast.Attribute):
        inner = place.at(place.node.value)
        if inner.expr is not None and len(inner.expr.shape) > 1:
            yield place.edit(inner, "{old} is transposed and should not be", "leave the transpose out here")
    elif place.is_matrix and not isinstance(place.parent, ast.Attribute) and len(place.factors(ast.Mult)) < 2:
        yield place.edit(fill("a.T", place), "{old} should be transposed", "transpose {old} here")


def order_of_factors(place: Place) -> Edits:
    """The factors of a product in another order, some of them transposed: fewer of them first."""
    factors = place.factors(ast.MatMult)
    if not 1 < len(factors) <= MAX_CHAIN or any(each.expr is None for each in factors):
        return
    usual = tuple(range(len(factors)))
    turned = [fill("a.T", each) if each.expr is not None and len(each.expr.shape) == 2 else None for each in factors]
    turns = product(*[(False, True) if each is not None else (False,) for each in turned])
    for turn, order in product(sorted(turns, key=sum), permutations(usual)):
        if order == usual and sum(turn) < 2:
            continue
        new = fill("@".join(LETTERS[: len(order)]), *(turned[i] if turn[i] else factors[i] for i in order))
        if new is None or (place.expr is not None and new.expr is not None and new.expr.shape != place.expr.shape):
            continue
        text = "the factors are in another order: {old} should be {new}"
        if order == usual:
            text = f"{' and '.join(factors[i].text for i in order if turn[i])} should be transposed in {{old}}"
        code = "transposed" if order == usual else "order"
        yield place.edit(new, text, code=code)


PRODUCT = (
    ("a/b", "a quotient"),
    ("a+b", "a sum"),
    ("a*b", "entry by entry"),
    ("a@b", "a product of matrices"),
    ("outer(a, b)", "an outer product"),
    ("a*b[:, None]", "by rows, not by columns"),
)
OPERATIONS: dict[type[ast.operator], tuple[str, tuple[tuple[str, str], ...]]] = {
    ast.Add: ("sum", (("a-b", "a difference"), ("a*b", "a product"))),
    ast.Sub: ("difference", (("a+b", "a sum"),)),
    ast.Mult: ("product", PRODUCT),
    ast.MatMult: ("product", PRODUCT),
    ast.Div: ("quotient", (("a*b", "a product"), ("b/a", "{new}"))),
}
"""What an operation is called, and what it may have been meant as."""


def another_operation(place: Place) -> Edits:
    """A sum for a difference, a product entry by entry for one of matrices or an outer one, a factor for a divisor."""
    if isinstance(place.node, ast.BinOp) and type(place.node.op) in OPERATIONS:
        a, b = place.at(place.node.left), place.at(place.node.right)
        word, others = OPERATIONS[type(place.node.op)]
        for template, other in others:
            code = "sign-of-term" if other in ("a sum", "a difference") and word != "product" else "product"
            yield place.edit(fill(template, a, b), f"the {word} {{old}} should be {other}", code=code)
