"""One part of the claim, or of the right formula, that is too many, missing, or another one than it should be.

Each function gives the changes that may be made at one place; ``of_claim`` and ``of_answer`` try them at every place.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations, permutations, product

import numpy as np

from autograd_core.claims.mistakes.case import ADDING, AVERAGING, RAISING, SUMMING, Variant
from autograd_core.claims.mistakes.factors import vocabulary
from autograd_core.claims.mistakes.written import Part, Place, answer_of, expression_of, fill, multiplied
from autograd_core.expr.nodes import Call, Const, Expr
from autograd_core.number_text import exact_text

Edits = Iterator[Variant | None]

MAX_FACTORS, MAX_CHAIN = 6, 4
"""Factors of a product up to which any of them may be missing, of longer ones all but one; and, of a matrix product, up
to which every order is tried.
"""

SUMS = (ast.Add, ast.Sub)

MAX_INNER = 20
"""Parts of an expression that a name in the claim may stand for."""

MAX_EXCHANGED = 24
"""Parts of a claim up to which two are exchanged."""

FEWER: dict[type[ast.operator], tuple[tuple[str, str, str], ...]] = {
    ast.Add: (("a", "{b}", "term"), ("b", "{a}", "term")),
    ast.Sub: (("a", "{b}", "term"), ("-b", "{a}", "term")),
    ast.Pow: (("a", "{a}**{b}", "power"),),
    ast.Div: (("a", "{b}", "divisor"),),
    ast.Mult: (("a", "{b}", "factor"), ("b", "{a}", "factor")),
    ast.MatMult: (("a", "{b}", "factor"), ("b", "{a}", "factor")),
}
"""For each operation what is left without one of its operands, what is then gone, and what that is called."""


def _fewer(place: Place) -> Iterator[tuple[Part | None, str, str, Expr | None]]:
    """A part without one of its own: what is left, the text of what is gone, the word for it, and it."""
    node = place.node
    if isinstance(node, ast.BinOp):
        a, b = place.at(node.left), place.at(node.right)
        for template, gone, kind in FEWER.get(type(node.op), ()):
            left, lost = (a, b) if template == "a" else (b, a)
            if left.expr is not None and not (kind == "term" and isinstance(left.expr, Const)):
                rest = fill(template, a, b) if template == "-b" else left.closed
                yield rest, gone.format(a=a.factor, b=b.factor), kind, place.expr if kind == "power" else lost.expr
    elif isinstance(node, ast.Call) and node.args and not isinstance(node.func, ast.Attribute):
        plain = not isinstance(node.args[0], ast.Compare) and None not in map(_number, node.args[1:])
        inner = place.find(node.args[0]) if plain else None
        if inner and inner.expr is not None and place.expr is not None and inner.expr.shape == place.expr.shape:
            yield inner.closed, ast.unparse(node.func), "function", None


def part_too_many(place: Place) -> Edits:
    """A term, a factor, a power or a function that the claim is right without."""
    for left, gone, kind, _ in _fewer(place):
        code = "extra-term" if kind == "term" else "chain"
        yield place.edit(left, f"a {kind} too many: without {gone} the claim is right", f"leave {gone} out here", code)
    for rest, words, size in _without_several(place):
        text = f"{size} factors too many: without {words} the claim is right"
        yield place.edit(rest, text, f"leave {words} out here", "chain")


def _without_several(place: Place) -> Iterator[tuple[Part | None, str, int]]:
    """A product without several of its factors: what is left, the text of what is gone, and how many these are."""
    factors = place.factors(ast.Mult)
    for size in range(2, len(factors)) if len(factors) <= MAX_FACTORS else (len(factors) - 1,):
        for gone in combinations(factors, size):
            left = [each for each in factors if each not in gone]
            yield multiplied("*", *left), "*".join(each.factor for each in gone), size


def missing(place: Place, *, terms: bool) -> Edits:
    """A term of the right formula that the claim lacks; or a factor, a divisor or a power of it, or several factors."""
    for left, gone, kind, lost in _fewer(place):
        if (kind == "term") != terms or (terms and isinstance(lost, Const)):
            continue  # 1 - y without its 1 is a slip of the sign, or of the function
        gone = gone if lost is None else place.written.case.text(lost, 80)
        change = f"add {gone}" if kind == "term" else f"the {kind} {gone} belongs here"
        yield place.edit(left, f"a {kind} is missing: {gone}", change, "missing-term" if kind == "term" else "chain")
    for rest, words, size in () if terms else _without_several(place):
        yield place.edit(rest, f"{size} factors are missing: {words}", f"multiply by {words}")


def missing_matrix(place: Place) -> Edits:
    """A matrix, or its transpose, that is missing before or behind a part of the claim."""
    program = place.written.case.problem.program
    names = {**program.variables, **program.named}
    plain = [Part(each, name) for name, each in names.items() if len(each.shape) == 2]
    if place.expr is None or place.expr.shape == () or isinstance(place.node, (ast.UnaryOp, ast.Constant)):
        return
    for ahead, matrix in product((True, False), [*plain, *(fill("a.T", part) for part in plain)]):
        if matrix is not None:
            new = fill("a@b", matrix, place) if ahead else fill("a@b", place, matrix)
            text = f"the factor {matrix.text} is missing: {{old}} should be {{new}}"
            yield place.edit(new, text, f"multiply by {matrix.text} here")


def sum_for_mean(place: Place) -> Edits:
    """A mean in the claim of what the expression adds up, or a sum of what it averages."""
    case, expr = place.written.case, place.expr
    if not (isinstance(expr, Call) and expr.op in SUMMING | AVERAGING and expr.operands[0].shape):
        return
    used = {(node.op, case.text(node.operands[0])) for node in case.problem.order if isinstance(node, Call)}
    text, mean = case.text(expr.operands[0]), expr.op in AVERAGING
    alike = any((each, text) in used for each in (SUMMING if mean else AVERAGING))
    if (expr.op, text) in used or not (alike or (mean and not any(each in AVERAGING for each, _ in used))):
        return
    count = float(np.prod(expr.operands[0].shape)) / max(float(np.prod(expr.shape)), 1)
    was, other = ("mean", "sum") if mean else ("sum", "mean")
    new, change = Part(expr * (count if mean else 1 / count), ""), f"write {other} for {was} here"
    variant = place.edit(new, f"a {was} where a {other} was: {{old}}", change, f"{was}-for-{other}")
    yield variant and replace(variant, mended=None)


def sum_of_part(place: Place) -> Edits:
    """A sum, or a mean, over an axis that is missing inside the claim."""
    if place.expr is None or not place.expr.shape or isinstance(place.expr, Const):
        return
    axes = [None, *range(len(place.expr.shape))] if len(place.expr.shape) > 1 else [None]
    for axis, name, keep in product(axes, ("sum", "mean"), (False, True)):
        given = ("" if axis is None else f", axis={axis}") + (", keepdims=True" if keep else "")
        text = f"a {name}{'' if axis is None else f' over axis {axis}'} is missing: {{old}} should be added up"
        yield place.edit(fill(f"{name}(a{given})", place), text, code=f"missing-{name}")


TURNED: dict[type[ast.cmpop], str] = {ast.Lt: ">", ast.Gt: "<", ast.LtE: ">=", ast.GtE: "<="}
"""Comparisons the other way round."""


def sign_within(place: Place) -> Edits:
    """A sum within the claim that should be a difference, or the other way round; and a comparison turned round."""
    node = place.node
    if isinstance(node, ast.BinOp) and isinstance(node.op, SUMS) and not place.is_term:
        sign, left, right = "-" if isinstance(node.op, ast.Add) else "+", place.at(node.left), place.at(node.right)
        made = fill(f"a {sign} b", left, right)
        last = right.factor if isinstance(right.node, ast.BinOp) and isinstance(right.node.op, SUMS) else right.text
        new = made and Part(made.expr, f"{left.text} {sign} {last}")
        yield place.edit(new, "the sign in {old} is wrong: it should be {new}")
    elif isinstance(node, ast.Compare):
        turned = fill(f"a {TURNED.get(type(node.ops[0]), '==')} b", place.at(node.left), place.at(node.comparators[0]))
        yield place.edit(turned, "the comparison {old} is the wrong way round: it should be {new}")


def sign_of_argument(place: Place) -> Edits:
    """An argument of a function that should have the other sign."""
    node, parent = place.node, place.parent
    if isinstance(parent, ast.Call) and place.expr is not None and place.expr.depends:
        new = fill("-a", place)
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
            new = place.at(node.operand)
        yield place.edit(new, f"the sign of the argument of {ast.unparse(parent.func)} is wrong: it should be {{new}}")


def identity_missing(place: Place) -> Edits:
    """A number that is added to a square matrix as such, and not as a multiple of the identity."""
    parent = place.parent
    if isinstance(parent, ast.BinOp) and place.inside(*SUMS) and place.expr is not None and place.expr.shape == ():
        other = place.find(parent.right if parent.left is place.node else parent.left)
        shape = () if other is None or other.expr is None else other.expr.shape
        if len(shape) == 2 and len({*shape}) == 1:
            new = Part(place.expr * Const(np.eye(shape[0])), f"{place.factor}*eye({shape[0]})")
            yield place.edit(new, "the number {old} should be {old} times the identity")


def exponent_or_number(place: Place) -> Edits:
    """A number or an exponent that should be another one, or a part that should be squared."""
    power = place.inside(ast.Pow)
    number = _number(place.node)
    if number is not None:
        others = [number + 1, number - 1, 2 * number, number / 2, *([] if place.leads_term else [-number])]
        for other in dict.fromkeys([*others, number + 2, number - 2] if power else others):
            if other != number:
                plain = exact_text(other)
                new = Part(Const(other), plain if other >= 0 else f"({plain})")
                text = f"the {'exponent' if power else 'number'} {{old}} should be {plain}"
                yield place.edit(new, text, f"write {plain} here", "chain" if power else "number")
        seed = place.written.case.problem
        if number == 1 and seed.weights is not None and not power:
            yield place.edit(Part(seed.seed, seed.v), f"{seed.v} is left out: {{old}} should be {seed.v}")
    elif not (power or isinstance(place.expr, Const) or isinstance(place.node, (ast.UnaryOp, ast.Compare))):
        yield place.edit(fill("a**2", place), "{old} should be squared", "square {old} here", "power")


def _number(node: ast.expr) -> float | None:
    """The number that is written, with its sign."""
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        inner = _number(node.operand)
        return None if inner is None else -inner
    value = node.value if isinstance(node, ast.Constant) else None
    return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else None


def another_name(place: Place, *, inner: bool) -> Edits:
    """A name that should be another one of the same shape, or an ``inner`` part of the expression.

    A part of the claim that is no name is tried as a statement of the expression: ``h`` for ``1 - h**2``.
    """
    case, expr, alone = place.written.case, place.expr, isinstance(place.node, ast.Name)
    if expr is None or not (alone or (expr.depends and not inner)):
        return
    problem = case.problem
    names: dict[str, Expr] = {**problem.program.named}
    if alone:
        names = {**problem.program.variables, **names, problem.f: problem.result}
    if inner:
        nodes = [each for each in problem.order[::-1] if isinstance(each, Call) and each.depends]
        names = {case.text(each): each for each in nodes[1 : 1 + MAX_INNER]}
    for name, other in names.items():
        if other is not expr and (other.shape == expr.shape or (alone and not inner)):
            lacks = isinstance(other, Call) and any(each is expr for each in other.operands)
            term, power = lacks and other.op in ADDING, lacks and other.op in RAISING
            start = "a term is missing: " if term else "a power is missing: " if power else ""
            code = "missing-term" if term else "chain" if power else None
            new = Part(other, name if name.isidentifier() else f"({name})")
            yield place.edit(new, f"{start}{{old}} should be {name}", f"write {name} here", code)
            alike = [each for each in place.written.places if each.text == place.text]
            if inner and len(alike) > 1 and alike[0] is place:
                text = f"{place.text} should be {name} wherever it stands"
                yield place.written.edits(dict.fromkeys(alike, new), text, f"write {name} for {place.text}", code)


def step_for_value(place: Place) -> Edits:
    """What is positive or cut off, where 1 or 0 belongs: the value of a function with a kink for its derivative."""
    kinked = any(isinstance(node, Call) and node.op.kinks for node in place.written.case.problem.order)
    if kinked and place.expr is not None and place.expr.depends and not isinstance(place.node, ast.Compare):
        yield place.edit(fill("(a > 0)", place), "{old} should be its derivative, {new}: 1 or 0")


def another_index(place: Place) -> Edits:
    """An axis that should be another one, and an index or both ends of a slice that should be one further."""
    parts = [each.expr for each in place.written.places if each.parent is place.node and each.expr is not None]
    for other, was, new in _moved(place.node, max((len(each.shape) for each in parts), default=0)):
        made = place.written.made(ast.copy_location(other, place.node), place.statement)
        whole = place.text.replace(was, new) if place.text.count(was) == 1 else ast.unparse(other)
        part = None if made is None else Part(made, whole)
        where = "" if was == ast.unparse(place.node) else f" in {place.text}"
        yield place.edit(part, f"{was} should be {new}{where}", f"write {new} here")


def _moved(node: ast.expr, rank: int) -> Iterator[tuple[ast.expr, str, str]]:
    """A part with another axis, or another index, and the texts of what was changed."""
    if isinstance(node, ast.Call):
        whole = ast.unparse(node)
        for axis, keep in product(range(rank if rank > 1 and not node.keywords else 0), (False, True)):
            given = [ast.keyword("axis", ast.Constant(axis)), *([ast.keyword("keepdims", ast.Constant(True))] * keep)]
            over = ast.Call(node.func, node.args, given)
            yield over, whole, ast.unparse(over)
        for place, keyword in enumerate(node.keywords):
            if keyword.arg == "axis" and (was := _number(keyword.value)) is not None:
                for axis in range(rank):
                    if axis != was % max(rank, 1):
                        keywords = [*node.keywords]
                        keywords[place] = ast.keyword("axis", ast.Constant(axis))
                        yield ast.Call(node.func, node.args, keywords), f"axis={was:g}", f"axis={axis}"
    elif isinstance(node, ast.Subscript):
        for step in (1, -1):
            moved = _shifted(node.slice, step)
            if moved is not None:
                yield ast.Subscript(node.value, moved, node.ctx), ast.unparse(node.slice), ast.unparse(moved)


def _shifted(index: ast.expr, step: int) -> ast.expr | None:
    """An index, or both ends of a slice, moved by ``step``; None where that leaves the array on the other side."""
    if isinstance(index, ast.Slice):
        ends = [_number(each) if each is not None else None for each in (index.lower, index.upper)]
        start, stop = (0 if ends[0] is None else ends[0]) + step, None if ends[1] is None else ends[1] + step
        if index.step is not None or (ends[0] or 0) * start < 0 or (stop is None and step > 0) or (stop == 0):
            return None
        lower = None if start == 0 else ast.Constant(int(start))
        upper = ast.Constant(-1 if stop is None else int(stop))
        return ast.Slice(lower, upper)
    number = _number(index)
    return None if number is None or (number + step) * number < 0 else ast.Constant(int(number + step))


def another_function(place: Place) -> Edits:
    """A function of one operand that should be another one, of those in the expression or the right formula."""
    here, case = _applied(place.node), place.written.case
    others = [expression_of(case), answer_of(case)] if here is not None else []
    applied = [_applied(each.node) for other in others if other is not None for each in other.places]
    for name in dict.fromkeys(each[0] for each in applied if each is not None):
        assert here is not None
        new = None if name == here[0] else fill(f"{name}(a)", place.find(here[1]))
        if new and new.expr is not None and place.expr is not None and new.expr.shape == place.expr.shape:
            yield place.edit(new, "{old} should be {new}", f"write {name} here")


def _applied(node: ast.expr) -> tuple[str, ast.expr] | None:
    """The name of a function of one operand, and the operand."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and len(node.args) == 1 and not node.keywords:
        return node.func.id, node.args[0]
    return None


def order_of_entries(place: Place) -> Edits:
    """A part whose entries were filled row by row where they go column by column, or the other way round."""
    shape = () if place.expr is None else place.expr.shape
    if place.is_matrix and min(shape) > 1 and not isinstance(place.node, ast.Name):
        new = fill(f"reshape(a.T, ({','.join(map(str, shape))}))", place)
        yield place.edit(new, "the entries of {old} are in another order: rows were filled where columns should be")


def transposed_part(place: Place) -> Edits:
    """A matrix in the claim that should be transposed, or should not be."""
    if isinstance(place.node, ast.Attribute):
        inner = place.at(place.node.value)
        if inner.expr is not None and len(inner.expr.shape) > 1:
            yield place.edit(inner.closed, "{old} is transposed and should not be", "leave the transpose out here")
    elif place.is_matrix and not isinstance(place.parent, ast.Attribute):
        yield place.edit(fill("a.T", place), "{old} should be transposed", "transpose {old} here")


def reversed_part(place: Place) -> Edits:
    """An array that should be reversed along an axis, as a kernel is and what was added up from the other end."""
    shape = () if place.expr is None or isinstance(place.expr, Const) else place.expr.shape
    for axis in [*range(len(shape)), *([(-2, -1)] if len(shape) > 1 else [])]:
        if np.prod(np.take(shape, axis)) > 1:
            yield place.edit(fill(f"flip(a, axis={axis})", place), "{old} should be reversed: {new}")


def missing_entries(place: Place) -> Edits:
    """A sum, or the whole claim, that lacks an array of the expression as a term."""
    whole, node, expr = place.closed, place.node, place.expr
    if expr is not None and (place.is_whole or (isinstance(node, ast.BinOp) and isinstance(node.op, SUMS))):
        for (text, term), sign in product(vocabulary(place.written.case), "+-"):
            if term.shape == expr.shape and not text.startswith("(the "):
                new = fill(f"a {sign} b", whole, Part(term, text, loose=" " in text))
                change = f"{'add' if sign == '+' else 'subtract'} {text} here"
                yield place.edit(new and new.closed, f"a term is missing: {text}", change)


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
        new = multiplied("@", *(turned[i] if turn[i] else factors[i] for i in order))
        if new is None or (place.expr is not None and new.expr is not None and new.expr.shape != place.expr.shape):
            continue
        text = "the factors are in another order: {old} should be {new}"
        if order == usual:
            text = f"{' and '.join(factors[i].text for i in order if turn[i])} should be transposed in {{old}}"
        code = "transposed" if order == usual else "order"
        yield place.edit(new if place.is_term else new.closed, text, code=code)


KINDS = (
    ("a/b", None, None, "a quotient"),
    ("a+b", None, None, "a sum"),
    ("a*b", None, None, "entry by entry"),
    ("a@b", None, None, "a product of matrices"),
    ("outer(a, b)", 1, 1, "an outer product"),
    ("a*b[:, None]", 2, 1, "by rows, not by columns"),
    ("a[:, None]*b", 1, 2, "by rows, not by columns"),
)
"""What a product may have been meant as, the axes that its operands then have, None for any, and what it is called."""


POWERS: dict[float, tuple[str, ...]] = {2: ("a@a", "a@a.T", "a.T@a"), 3: ("a@a@a", "a@a.T@a")}
"""Products of a matrix with itself that a power by entries may have been meant as."""


def kind_of_product(place: Place) -> Edits:
    """A product entry by entry for one of matrices, an inner one for an outer one, a factor for a divisor, and back."""
    if isinstance(place.node, ast.BinOp) and isinstance(place.node.op, ast.Pow):
        for template in POWERS.get(_number(place.node.right) or 0, ()) if place.is_matrix else ():
            if (new := fill(template, place.at(place.node.left))) is not None:
                text = f"{{old}} is by entries, and should be a product of matrices: {new.text}"
                yield place.edit(new.closed, text)
    for a, b in _operands(place):
        if a is None or b is None or a.expr is None or b.expr is None:
            continue
        axes = [len(a.expr.shape), len(b.expr.shape)]
        for template, *wanted, words in KINDS:
            if template in ("a/b", "a+b") or (wanted in ([None, None], axes) and 0 not in axes):
                yield place.edit(fill(template, a, b), f"the product {{old}} should be {words}")
    if isinstance(place.node, ast.BinOp) and isinstance(place.node.op, ast.Add):
        a, b = place.at(place.node.left), place.at(place.node.right)
        yield place.edit(fill("a*b", a, b), "the sum {old} should be a product")
    if isinstance(place.node, ast.BinOp) and isinstance(place.node.op, ast.Div):
        a, b = place.at(place.node.left), place.at(place.node.right)
        for template in ("a*b", "b/a"):
            yield place.edit(fill(template, a, b), "the quotient {old} should be {new}")


def _operands(place: Place) -> Iterator[tuple[Part | None, Part | None]]:
    """The operands of a product, also where the two last of three factors are meant."""
    node, at = place.node, place.at
    kinds = {ast.Mult: "a*b", ast.MatMult: "a@b"}
    if isinstance(node, ast.BinOp) and type(node.op) in kinds:
        left, right = node.left, node.right
        yield at(left), at(right)
        if isinstance(left, ast.BinOp) and type(left.op) in kinds:
            yield at(left.left), fill(kinds[type(node.op)], at(left.right), at(right))
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and len(node.args) == 2:
        yield place.find(node.args[0]), place.find(node.args[1])


def function_taken_out(place: Place) -> Edits:
    """``trace(M)*x`` for ``M@x``: a number made of a matrix, and not the matrix, is multiplied."""
    factors = place.factors(ast.Mult)
    for one, other in permutations(factors, 2):
        call, number = one.node, one.expr
        if not (isinstance(call, ast.Call) and len(call.args) == 1 and not isinstance(call.func, ast.Attribute)):
            continue
        inner = place.find(call.args[0])
        if number is None or number.shape != () or inner is None or inner.expr is None or inner.expr.shape == ():
            continue
        rest = [each for each in factors if each is not one and each is not other]
        text = f"{one.text} is a number that was taken out of a product: {{old}} should be {{new}}"
        if (second := _applied(other.node)) is not None and second[0] == ast.unparse(call.func):
            joined = fill(f"{second[0]}(a*b)", inner, place.find(second[1]))
            words = f"the {second[0]} of a product is no product: {{old}} should be {{new}}"
            yield place.edit(joined and multiplied("*", *rest, joined), words)
        for made in (fill("a@b", inner, other), fill("a@b", other, inner), fill("a*b", inner, other)):
            yield place.edit(made and multiplied("*", *rest, made.closed), text)


def exchanged(place: Place) -> Edits:
    """Two parts of the claim that stand in each other's place, of which this is the first."""
    places = [each for each in place.written.places if each.expr is not None and not isinstance(each.expr, Const)]
    places = places[:MAX_EXCHANGED]
    for other in places[places.index(place) + 1 :] if place in places else ():
        if not place.overlaps(other) and place.text != other.text:
            names = f"{place.text} and {other.text}"
            new: dict[Place, Part | None] = {place: other.closed, other: place.closed}
            yield place.written.edits(new, f"{names} are exchanged", f"exchange {names}")


def moved_factor(place: Place) -> Edits:
    """A factor of a matrix product that belongs to another part of the claim."""
    node = place.node
    if not (isinstance(node, ast.BinOp) and isinstance(node.op, (ast.MatMult, ast.Mult))):
        return
    for factor, rest in permutations((place.at(node.left), place.at(node.right))):
        if factor.expr is None or rest.expr is None or factor.expr.shape == ():
            continue
        text = f"the factor {factor.text} stands in the wrong place: it belongs to "
        for goal in place.written.places:
            if place.overlaps(goal) or isinstance(goal.expr, Const):
                continue
            for new in (fill("a@b", factor, goal), fill("a@b", goal, factor), fill("a*b", factor, goal)):
                edits = {place: rest.closed, goal: new}
                yield place.written.edits(edits, text + goal.text, f"move {factor.text} to {goal.text}")
