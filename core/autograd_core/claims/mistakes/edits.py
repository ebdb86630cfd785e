"""Slips of the pen: what one change at one place of the claim, or of the right formula, explains."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from fractions import Fraction
from itertools import combinations, permutations, product
from typing import Any

import numpy as np
import numpy.typing as npt

from autograd_core.claims.mistakes.case import Case, Look, Variant
from autograd_core.claims.mistakes.scaling import AVERAGING, SUMMING, name_of
from autograd_core.claims.mistakes.written import MAX_PLACES, Place, Written, bracketed, value
from autograd_core.errors import AutogradError
from autograd_core.expr.nodes import Call, Const, Expr
from autograd_core.ops.registry import op

Array = npt.NDArray[Any]

MAX_CHAIN = 4
"""Factors of a matrix product up to which every order is tried."""


def claim_of(case: Case) -> Written | None:
    """The claim as it was written; None for numbers, and for what is too long to be tried."""
    if "claim" not in case.known:
        found = None if case.source is None else Written(case, case.source, case.whole)
        case.known["claim"] = None if found is None or len(found.places) > MAX_PLACES else found
    found = case.known["claim"]
    return found if isinstance(found, Written) else None


def answer_of(case: Case) -> Written | None:
    """The right formula, where it is known and right at every point."""
    if "answer" not in case.known:
        source = case.answer()
        found = None if source is None else Written(case, source, source.text)
        if found is not None and not _is_right(case, found):
            found = None
        case.known["answer"] = None if found is None or len(found.places) > MAX_PLACES else found
    found = case.known["answer"]
    return found if isinstance(found, Written) else None


def _is_right(case: Case, written: Written) -> bool:
    root = written.root
    return root is not None and case.explains(Variant("", lambda look: value(root, look), mends=True))


class Mend:
    """The value of a formula in which some parts are replaced, built when it is first asked for."""

    def __init__(self, written: Written, changes: Mapping[Place, Expr]) -> None:
        self.written = written
        self.changes = changes
        self.built: Expr | None = None
        self.tried = False

    def __call__(self, look: Look) -> Array | None:
        """The value at a point; None where it does not fit."""
        if not self.tried:
            self.tried = True
            self.built = self.written.changed({place.node: expr for place, expr in self.changes.items()})
        if self.built is None or self.built.shape != self.written.case.target.shape:
            return None
        return value(self.built, look)


def _edit(written: Written, place: Place, expr: Expr, new: str, text: str, change: str, code: str) -> Variant:
    return Variant(
        text,
        Mend(written, {place: expr}),
        mends=True,
        spans=(place.span,),
        change=change,
        mended=written.mended({place: new}),
        code=code,
    )


def _fit(make: Any) -> Expr | None:
    """What ``make`` builds; None where shapes do not fit."""
    try:
        made = make()
    except AutogradError:
        return None
    return made if isinstance(made, Expr) else None


def transposed_part(case: Case) -> Iterator[Variant]:
    """A matrix in the claim that should be transposed, or should not be."""
    written = claim_of(case)
    for place in sorted(written.places if written else [], key=lambda each: not isinstance(each.node, ast.Name)):
        assert written is not None
        node, expr = place.node, place.expr
        if isinstance(node, ast.Attribute):
            inner = written.made(node.value, place.statement)
            if inner is not None and inner.shape != () and len(inner.shape) > 1:
                new = place.text.removesuffix(f".{node.attr}")
                text = f"{place.text} is transposed and should not be"
                yield _edit(written, place, inner, new, text, "leave the transpose out here", "transposed")
        elif expr is not None and len(expr.shape) == 2 and not isinstance(expr, Const) and max(expr.shape) > 1:
            if isinstance(place.parent, ast.Attribute):
                continue
            new = f"{bracketed(place)}.T"
            text = f"{place.text} should be transposed"
            yield _edit(written, place, expr.T, new, text, f"transpose {place.text} here", "transposed")


def order_of_entries(case: Case) -> Iterator[Variant]:
    """A part whose entries were filled row by row where they go column by column, or the other way round."""
    written = claim_of(case)
    for place in written.places if written else []:
        assert written is not None
        expr = place.expr
        if expr is not None and len(expr.shape) == 2 and min(expr.shape) > 1 and not isinstance(place.node, ast.Name):
            shape = "(" + ",".join(map(str, expr.shape)) + ")"
            new = f"reshape({bracketed(place)}.T, {shape})"
            text = f"the entries of {place.text} are in another order: rows were filled where columns should be"
            made = op.reshape(expr.T, shape=expr.shape)
            yield _edit(written, place, made, new, text, f"write {new} here", "order")


def _chain(node: ast.expr) -> list[ast.expr]:
    """The factors of a matrix product, brackets around parts of it undone."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.MatMult):
        return [*_chain(node.left), *_chain(node.right)]
    return [node]


def _product(factors: list[Expr]) -> Expr:
    made = factors[0]
    for factor in factors[1:]:
        made = made @ factor
    return made


def order_of_factors(case: Case) -> Iterator[Variant]:
    """The factors of a product in another order, some of them transposed; the operands of a function exchanged."""
    written = claim_of(case)
    if written is None:
        return
    by_node = {place.node: place for place in written.places}
    for place in written.places:
        node = place.node
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and len(node.args) == 2:
            turned = ast.copy_location(ast.Call(node.func, node.args[::-1], node.keywords), node)
            expr = written.made(turned, place.statement)
            if expr is not None and all(arg in by_node for arg in node.args):
                first, second = (by_node[arg].text for arg in node.args)
                new = f"{node.func.id}({second}, {first})"
                text = f"the factors of {place.text} are exchanged"
                yield _edit(written, place, expr, new, text, f"exchange {first} and {second} here", "order")
        inside = isinstance(place.parent, ast.BinOp) and isinstance(place.parent.op, ast.MatMult)
        factors = _chain(node)
        if inside or not 1 < len(factors) <= MAX_CHAIN:
            continue
        places = [by_node.get(factor) for factor in factors]
        exprs = [None if each is None else each.expr for each in places]
        if any(each is None for each in exprs):
            continue
        yield from _orders(written, place, [each for each in places if each], [e for e in exprs if e is not None])


def _orders(written: Written, place: Place, places: list[Place], exprs: list[Expr]) -> Iterator[Variant]:
    turns = [(False, True) if len(expr.shape) == 2 else (False,) for expr in exprs]
    count = len(places)
    ways = [(order, turn) for order in permutations(range(count)) for turn in product(*turns)]
    ways.sort(key=lambda way: sum(way[1]))
    for order, turn in ways:
        if list(order) == list(range(count)) and sum(turn) < 2:
            continue
        expr = _fit(lambda order=order, turn=turn: _product([exprs[i].T if turn[i] else exprs[i] for i in order]))
        if expr is None or (place.expr is not None and expr.shape != place.expr.shape):
            continue
        new = "@".join(f"{bracketed(places[i])}{'.T' * turn[i]}" for i in order)
        new = f"({new})" if place.parent is not None and not place.is_term else new
        if list(order) == list(range(count)):
            text = f"{' and '.join(places[i].text for i in order if turn[i])} should be transposed in {place.text}"
            yield _edit(written, place, expr, new, text, f"write {new} here", "transposed")
        else:
            text = f"the factors are in another order: {place.text} should be {new}"
            yield _edit(written, place, expr, new, text, f"write {new} here", "order")


def kind_of_product(case: Case) -> Iterator[Variant]:
    """A product entry by entry for one of matrices, an inner product for an outer one, and the other way round."""
    written = claim_of(case)
    if written is None:
        return
    for place in written.places:
        node = place.node
        parts: list[tuple[ast.expr, ast.expr]] = []
        right: ast.expr
        if isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Mult, ast.MatMult)):
            parts.append((node.left, node.right))
            if isinstance(node.left, ast.BinOp) and isinstance(node.left.op, (ast.Mult, ast.MatMult)):
                right = ast.copy_location(ast.BinOp(node.left.right, node.op, node.right), node)
                parts.append((node.left.left, right))
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and len(node.args) == 2:
            parts.append((node.args[0], node.args[1]))
        for left, right in parts:
            a, b = written.made(left, place.statement), written.made(right, place.statement)
            if a is None or b is None or () in (a.shape, b.shape):
                continue
            first, second = _shown(written, left), _shown(written, right)
            inner = len(a.shape) == 1 == len(b.shape)
            for words, expr, new in (
                ("entry by entry", _fit(lambda a=a, b=b: a * b), f"{first}*{second}"),
                ("a product of matrices", _fit(lambda a=a, b=b: a @ b), f"{first}@{second}"),
                ("an outer product", a[:, None] * b if inner else None, f"outer({first}, {second})"),
                ("an inner product", _fit(lambda a=a, b=b: op.sum(a * b)) if inner else None, f"{first}@{second}"),
            ):
                if expr is not None:
                    text = f"the product {place.text} should be {words}"
                    yield _edit(written, place, expr, new, text, f"write {new} here", "product")


def function_taken_out(case: Case) -> Iterator[Variant]:
    """``trace(M)*x`` for ``M@x``: a function of a matrix and not the matrix is multiplied."""
    written = claim_of(case)
    for place in written.places if written else []:
        assert written is not None
        parent = place.parent
        inside = isinstance(parent, ast.BinOp) and isinstance(parent.op, ast.Mult)
        factors = _factors(place.node)
        if inside or len(factors) < 2:
            continue
        for one, other in permutations(factors, 2):
            if not (isinstance(one, ast.Call) and len(one.args) == 1 and not isinstance(one.func, ast.Attribute)):
                continue
            inner, by = written.made(one.args[0], place.statement), written.made(other, place.statement)
            rest = [written.made(each, place.statement) for each in factors if each is not one and each is not other]
            if inner is None or by is None or inner.shape == () or None in [None if e is None else 0 for e in rest]:
                continue
            whole, part, beside = _shown(written, one), _shown(written, one.args[0]), _shown(written, other)
            texts = [_shown(written, each) for each in factors if each is not one and each is not other]
            for made, new in (
                (_fit(lambda a=inner, b=by: a @ b), f"({part}@{beside})"),
                (_fit(lambda a=inner, b=by: b @ a), f"({beside}@{part})"),
                (_fit(lambda a=inner, b=by: a * b), f"({part}*{beside})"),
            ):
                for each in rest:
                    made = None if made is None or each is None else _fit(lambda a=each, b=made: a * b)
                if made is not None:
                    full = "*".join([*texts, new])
                    text = f"{whole} is a number that was taken out of a product: {place.text} should be {full}"
                    yield _edit(written, place, made, full, text, f"write {full} here", "product")


def _factors(node: ast.expr) -> list[ast.expr]:
    """The factors of a product entry by entry."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult):
        return [*_factors(node.left), *_factors(node.right)]
    return [node]


def _shown(written: Written, node: ast.expr) -> str:
    known = next((place for place in written.places if place.node is node), None)
    if known is not None:
        return bracketed(known)
    text = ast.unparse(node)
    return f"({text})" if isinstance(node, ast.BinOp) else text


def part_too_many(case: Case) -> Iterator[Variant]:
    """A term, a factor, a power or a function that the claim is right without."""
    yield from _without(claim_of(case), mends=True)


def part_missing(case: Case) -> Iterator[Variant]:
    """A term, a factor or a power of the right formula that the claim lacks."""
    yield from _without(answer_of(case), mends=False)


def _without(written: Written | None, *, mends: bool) -> Iterator[Variant]:
    for place in written.places if written else []:
        assert written is not None
        for expr, new, gone, kind, lost in _fewer(written, place):
            term = kind == "term"
            if not mends and lost is not None:
                gone = written.case.text(lost, 80)
            if mends:
                text = f"a {kind} too many: without {gone} the claim is right"
            elif term:
                text = f"a term is missing: {gone}"
            else:
                text = f"a {kind} is missing: {gone}"
            code = ("extra-term" if mends else "missing-term") if term else "chain"
            if mends:
                yield _edit(written, place, expr, new, text, f"leave {gone} out here", code)
            else:
                change = f"add {gone}" if term else f"the {kind} {gone} belongs here"
                yield Variant(text, Mend(written, {place: expr}), spans=(written.case.span,), change=change, code=code)


def _fewer(written: Written, place: Place) -> Iterator[tuple[Expr, str, str, str, Expr | None]]:
    """A part without one of its own: what is left, its text, the text of what is gone, the word for it, and it."""
    node = place.node
    if isinstance(node, ast.BinOp):
        left, right = written.made(node.left, place.statement), written.made(node.right, place.statement)
        first, second = _shown(written, node.left), _shown(written, node.right)
        if isinstance(node.op, (ast.Add, ast.Sub)):
            minus = isinstance(node.op, ast.Sub)
            if left is not None and not isinstance(left, Const):
                yield left, first, second, "term", right
            if right is not None and not isinstance(right, Const):
                yield (-right if minus else right), ("-" if minus else "") + second, first, "term", left
        elif isinstance(node.op, ast.Pow):
            if left is not None:
                yield left, first, f"{first}**{second}", "power", place.expr
        else:
            word = "divisor" if isinstance(node.op, ast.Div) else "factor"
            if left is not None:
                yield left, first, second, word, right
            if right is not None and word == "factor":
                yield right, second, first, word, left
    elif isinstance(node, ast.Call) and len(node.args) == 1 and not isinstance(node.func, ast.Attribute):
        inner = written.made(node.args[0], place.statement)
        if inner is not None and place.expr is not None and inner.shape == place.expr.shape:
            yield inner, _shown(written, node.args[0]), ast.unparse(node.func), "function", None


def sum_for_mean(case: Case) -> Iterator[Variant]:
    """A mean for a sum in one part of the formula, over all entries or an axis, and the other way round."""
    for written, mends in ((answer_of(case), False), (claim_of(case), True)):
        for place in written.places if written else []:
            assert written is not None
            expr = place.expr
            if not isinstance(expr, Call) or expr.op not in SUMMING | AVERAGING or not expr.operands[0].shape:
                continue
            count = float(np.prod(expr.operands[0].shape)) / max(float(np.prod(expr.shape)), 1)
            mean = expr.op in AVERAGING
            claimed_mean = mean == mends
            text = (
                f"a {'mean' if claimed_mean else 'sum'} where a {'sum' if claimed_mean else 'mean'} was: {place.text}"
            )
            code = "mean-for-sum" if claimed_mean else "sum-for-mean"
            yield Variant(
                text,
                Mend(written, {place: expr * (count if mean else 1 / count)}),
                mends=mends,
                spans=(place.span,) if mends else (case.span,),
                code=code,
            )


def sum_of_part(case: Case) -> Iterator[Variant]:
    """A sum, or a mean, over an axis that is missing inside the claim."""
    written = claim_of(case)
    for place in written.places if written else []:
        assert written is not None
        expr = place.expr
        if expr is None or not expr.shape or isinstance(expr, Const):
            continue
        for axis in [None, *range(len(expr.shape))] if len(expr.shape) > 1 else [None]:
            for name, keep in product(("sum", "mean"), (False, True)):
                given = ("" if axis is None else f", axis={axis}") + (", keepdims=True" if keep else "")
                make = op.sum if name == "sum" else op.mean
                made = _fit(lambda make=make, axis=axis, keep=keep, expr=expr: make(expr, axis=axis, keepdims=keep))
                if made is not None:
                    where = "" if axis is None else f" over axis {axis}"
                    text = f"a {name}{where} is missing: {place.text} should be added up"
                    new = f"{name}({place.text}{given})"
                    yield _edit(written, place, made, new, text, f"write {new} here", f"missing-{name}")


def exponent_or_number(case: Case) -> Iterator[Variant]:
    """A number or an exponent that should be another one, or a part that should be squared."""
    written = claim_of(case)
    for place in written.places if written else []:
        assert written is not None
        node, expr = place.node, place.expr
        if isinstance(node, ast.Constant) and isinstance(node.value, (int, float)) and not isinstance(node.value, bool):
            number = float(node.value)
            power = isinstance(place.parent, ast.BinOp) and isinstance(place.parent.op, ast.Pow)
            for other in dict.fromkeys((number + 1, number - 1, 2 * number, number / 2, -number)):
                if other != number:
                    new = f"{other:g}" if other >= 0 else f"({other:g})"
                    what = "exponent" if power else "number"
                    text = f"the {what} {place.text} should be {other:g}"
                    code = "chain" if power else "number"
                    yield _edit(written, place, Const(other), new, text, f"write {other:g} here", code)
        elif expr is not None and not isinstance(expr, Const) and not isinstance(node, (ast.UnaryOp, ast.Compare)):
            base = isinstance(place.parent, ast.BinOp) and isinstance(place.parent.op, ast.Pow)
            if not base:
                new = f"{bracketed(place)}**2"
                text = f"{place.text} should be squared"
                yield _edit(written, place, expr * expr, new, text, f"square {place.text} here", "power")


def another_name(case: Case) -> Iterator[Variant]:
    """A name that should be another one of the same shape."""
    written = claim_of(case)
    program = case.problem.program
    names: dict[str, Expr] = {**program.variables, **program.named, case.problem.f: case.problem.result}
    for place in written.places if written else []:
        assert written is not None
        if isinstance(place.node, ast.Name) and place.expr is not None:
            for name, other in names.items():
                if other.shape == place.expr.shape and other is not place.expr:
                    text = f"{place.text} should be {name}"
                    yield _edit(written, place, other, name, text, f"write {name} here", "name")


def exchanged(case: Case) -> Iterator[Variant]:
    """Two parts of the claim that stand in each other's place."""
    written = claim_of(case)
    if written is None:
        return
    places = [each for each in written.places if each.expr is not None and not isinstance(each.expr, Const)]
    for one, other in combinations(places[:24], 2):
        apart = one.span[1] <= other.span[0] or other.span[1] <= one.span[0]
        if not apart or one.text == other.text or one.expr is None or other.expr is None:
            continue
        yield Variant(
            f"{one.text} and {other.text} are exchanged",
            Mend(written, {one: other.expr, other: one.expr}),
            mends=True,
            spans=(one.span, other.span),
            change=f"exchange {one.text} and {other.text}",
            mended=written.mended({one: bracketed(other), other: bracketed(one)}),
        )


def moved_factor(case: Case) -> Iterator[Variant]:
    """A factor of a matrix product that belongs to another part of the claim."""
    written = claim_of(case)
    if written is None:
        return
    by_node = {place.node: place for place in written.places}
    for place in written.places:
        node = place.node
        if not (isinstance(node, ast.BinOp) and isinstance(node.op, (ast.MatMult, ast.Mult))):
            continue
        for factor, rest in ((node.left, node.right), (node.right, node.left)):
            moved, left = by_node[factor], by_node[rest]
            if moved.expr is None or left.expr is None or moved.expr.shape == ():
                continue
            for goal in written.places:
                apart = goal.span[1] <= place.span[0] or place.span[1] <= goal.span[0]
                if not apart or goal.expr is None or isinstance(goal.expr, Const):
                    continue
                a, b = moved.expr, goal.expr
                for expr, new in (
                    (_fit(lambda a=a, b=b: a @ b), f"{bracketed(moved)}@{bracketed(goal)}"),
                    (_fit(lambda a=a, b=b: b @ a), f"{bracketed(goal)}@{bracketed(moved)}"),
                    (_fit(lambda a=a, b=b: a * b), f"{bracketed(moved)}*{bracketed(goal)}"),
                ):
                    if expr is not None:
                        yield Variant(
                            f"the factor {moved.text} stands in the wrong place: it belongs to {goal.text}",
                            Mend(written, {place: left.expr, goal: expr}),
                            mends=True,
                            spans=(moved.span, goal.span),
                            change=f"move {moved.text} to {goal.text}",
                            mended=written.mended({place: bracketed(left), goal: new}),
                        )


def missing_matrix(case: Case) -> Iterator[Variant]:
    """A matrix, or its transpose, that is missing before or behind a part of the claim."""
    written = claim_of(case)
    if written is None:
        return
    program = case.problem.program
    names: dict[str, Expr] = {**program.variables, **program.named}
    matrices: list[tuple[str, Expr]] = [(name, each) for name, each in names.items() if len(each.shape) == 2]
    matrices += [(f"{name}.T", each.T) for name, each in matrices]
    for place in sorted(written.places, key=lambda each: not each.is_term):
        expr = place.expr
        if expr is None or expr.shape == () or isinstance(place.node, (ast.UnaryOp, ast.Constant)):
            continue
        for text, matrix in matrices:
            for made, new in (
                (_fit(lambda m=matrix, e=expr: m @ e), f"{text}@{bracketed(place)}"),
                (_fit(lambda m=matrix, e=expr: e @ m), f"{bracketed(place)}@{text}"),
            ):
                if made is not None:
                    words = f"the factor {text} is missing: {place.text} should be {new}"
                    yield _edit(written, place, made, new, words, f"multiply by {text} here", "chain")


def factor_of_part(case: Case) -> Iterator[Variant]:
    """A term of the claim that lacks a factor, or has one too many: a number, or a part of the expression."""
    written = claim_of(case)
    if written is None:
        return
    for place in written.places:
        if place.is_term and place.expr is not None:
            yield from _scaled(case, written, place)
    for place in written.places:
        if place.expr is not None and place.expr.shape != ():
            yield from _entrywise(case, written, place)


def _scaled(case: Case, written: Written, place: Place) -> Iterator[Variant]:
    """A term multiplied by one number: the number is solved for at every point."""
    whole = written.changed({}, place)
    if whole is None or whole.shape != case.target.shape:
        return
    numbers = [_solved(case, whole, look) for look in case.looks]
    found = [number for number in numbers if number is not None]
    if len(found) < len(numbers):
        return
    top = max(abs(number) for number in found)
    if top == 0 or (max(found) - min(found) <= 1e-7 * top and (case.telling or place.parent is not None)):
        near = Fraction(found[0]).limit_denominator(60)
        snapped = float(near) if abs(float(near) - found[0]) <= 1e-6 * top else found[0]
        yield from _by_a_number(written, place, snapped if top else 0.0)
        return
    for text, values in _quantities(case):
        for power in (1, -1):
            with np.errstate(all="ignore"):
                ratios = [number / float(each) ** power for number, each in zip(found, values, strict=True)]
            first = ratios[0]
            plain = name_of(first)
            if (
                not all(abs(one - first) <= 1e-7 * abs(first) for one in ratios)
                or not np.isfinite(first)
                or len(plain) > (2 if text.startswith("(the ") else 4)
            ):
                continue
            yield _by_a_quantity(written, place, text, power, plain, lambda look: look.truth)
            return


def _solved(case: Case, whole: Expr, look: Look) -> float | None:
    """The factor with which a formula gives the right value at a point; None where there is none."""
    with np.errstate(all="ignore"):
        none, one = value(whole, look, 0.0), value(whole, look, 1.0)
        slope = one - none
        if not np.isfinite(slope).all() or not slope.any():
            return None
        index = np.unravel_index(int(np.abs(slope).argmax()), slope.shape)
        factor = float((look.truth[index] - none[index]) / slope[index])
        if abs(factor) < 1e-9:
            factor = 0.0
        return factor if np.isfinite(factor) and case.same(value(whole, look, factor), look.truth) else None


def _right(look: Look) -> Array:
    return look.truth


def _by_a_number(written: Written, place: Place, factor: float) -> Iterator[Variant]:
    if factor == 1:
        return
    text, alone = place.text, place.parent is None and place.statement is written.source.statements[-1]
    if factor == 0:
        if not alone:
            gone = f"a term too many: without {text} the claim is right"
            yield Variant(gone, _right, True, (place.span,), "leave this term out", None, "extra-term")
    elif factor == -1:
        mended = written.mended({place: f"(-{bracketed(place)})"})
        words = "the sign is wrong" if alone else f"the sign of a term is wrong: {text}"
        code = "sign" if alone else "sign-of-term"
        yield Variant(words, _right, True, (place.span,), "turn the sign here", mended, code)
    else:
        shown = name_of(factor)
        mended = written.mended({place: f"{shown if '/' not in shown else f'({shown})'}*{bracketed(place)}"})
        many = abs(factor) < 1
        words = (
            f"a factor {name_of(1 / factor)} too many in {text}" if many else f"a factor {shown} is missing in {text}"
        )
        yield Variant(words, _right, True, (place.span,), f"multiply by {shown} here", mended, "factor")


def _by_a_quantity(written: Written, place: Place, text: str, power: int, plain: str, make: Any) -> Variant:
    lead = "" if plain == "1" else "-" if plain == "-1" else f"{plain}*"
    simple = text.replace("_", "a").isalnum() or text.endswith(")")
    quantity = text if simple and "*" not in text and "+" not in text else f"({text})"
    new = f"{lead}{bracketed(place)}*{quantity}" if power == 1 else f"{lead}{bracketed(place)}/{quantity}"
    what = f"{lead}{text}" if power == 1 else text
    if power == 1:
        words = f"a factor {what} is missing in {place.text}"
    else:
        words = f"a divisor {text} is missing in {place.text}, or a factor {text} is too many"
    if plain not in ("1", "-1") and power == -1:
        words += f"; and a factor {plain}"
    elif plain == "-1":
        words += ", with the other sign"
    change = f"multiply by {what} here" if power == 1 else f"divide by {text} here"
    mended = None if text.startswith("(the ") else written.mended({place: new})
    return Variant(words, make, True, (place.span,), change, mended, "chain")


def _entrywise(case: Case, written: Written, place: Place) -> Iterator[Variant]:
    """A part multiplied entry by entry by a part of the expression, or by a local derivative."""
    expr = place.expr
    assert expr is not None
    whole = written.changed({}, place, expr.shape)
    if whole is None or whole.shape != case.target.shape:
        return
    for text, factor in vocabulary(case):
        if (
            factor.shape == ()
            or _fit(lambda factor=factor: expr * factor) is None
            or (expr * factor).shape != expr.shape
        ):
            continue
        for power, plain in product((1, -1), (1.0, -1.0)):

            def make(look: Look, factor: Expr = factor, power: int = power, plain: float = plain) -> Array:
                given = np.broadcast_to(look.point.evaluate(factor), expr.shape)
                return value(whole, look, plain * (given if power == 1 else 1 / given))

            yield _by_a_quantity(written, place, text, power, f"{plain:g}", make)


def vocabulary(case: Case) -> list[tuple[str, Expr]]:
    """The quantities of an expression, with their texts: inputs, statements, inner parts, local derivatives, sums."""
    if "vocabulary" not in case.known:
        case.known["vocabulary"] = list(_words(case).items())
    found: list[tuple[str, Expr]] = case.known["vocabulary"]
    return found


def _words(case: Case) -> dict[str, Expr]:
    found: dict[str, Expr] = dict(case.problem.program.variables)
    found.update({name: expr for name, expr in case.problem.program.named.items() if not isinstance(expr, Const)})
    nodes = [node for node in case.problem.order if isinstance(node, Call) and np.prod(node.shape) <= 10_000]
    for node in nodes[-60:]:
        found.setdefault(case.text(node), node)
    for node in nodes[-40:]:
        if node.op.elementwise and not node.op.linear and len(node.operands) == 1 and node.op.rule(0) is not None:
            rule: Any = node.op.rule(0)
            slope = _fit(
                lambda rule=rule, node=node: rule(Const(np.ones(node.shape)), node, *node.operands, **node.params)
            )
            if slope is not None and slope.shape == node.shape:
                found.setdefault(f"(the derivative of {case.text(node)})", slope)
    written = claim_of(case)
    for place in (written.places if written else [])[:40]:
        if place.expr is not None and 1 <= len(place.expr.shape) <= 2 and place.expr.depends:
            for axis in range(len(place.expr.shape)):
                keep = f", axis={axis}, keepdims=True" if len(place.expr.shape) > 1 else ""
                total = op.sum(place.expr, axis=axis, keepdims=True) if keep else op.sum(place.expr)
                found.setdefault(f"sum({place.text}{keep})", total)
    return found


def _quantities(case: Case) -> Iterator[tuple[str, list[float]]]:
    """Numbers that change from point to point, at every point: those of the vocabulary, and functions of them."""
    if "quantities" not in case.known:
        found: list[tuple[str, list[float]]] = []
        scalars = [(text, expr) for text, expr in vocabulary(case) if np.prod(expr.shape) == 1]
        for text, expr in scalars:
            try:
                values = [float(look.point.evaluate(expr).ravel()[0]) for look in case.looks]
            except AutogradError:
                continue
            found.append((text, values))
        base = [(text, values) for text, values in found if np.isfinite(values).all() and 0 not in values]
        for text, values in list(found):
            with np.errstate(all="ignore"):
                found.append((f"{text}**2", [each**2 for each in values]))
                found.append((f"exp({text})", [float(np.exp(each)) for each in values]))
                found.append((f"sqrt({text})", [float(np.sqrt(each)) for each in values]))
                found.append((f"{text}**3", [each**3 for each in values]))
        plain = [(text, values) for text, values in found if np.isfinite(values).all() and 0 not in values]
        for (one, a), (other, b) in combinations(base[:12], 2):
            plain.append((f"{one}*{other}", [x * y for x, y in zip(a, b, strict=True)]))
        case.known["quantities"] = plain
    yield from case.known["quantities"]


def wrong_term(case: Case) -> Iterator[Variant]:
    """One term of the claim that should be another one: what is left when the others are right."""
    written, answer = claim_of(case), answer_of(case)
    if written is None or not case.telling:
        return
    goals: list[tuple[str, Expr]] = []
    for place in answer.places if answer else []:
        if place.is_term and place.expr is not None and place.parent is not None:
            goals.append((place.text, place.expr))
    goals += [(text, expr) for text, expr in vocabulary(case) if expr.shape == case.target.shape]
    for place in written.places:
        if not place.is_term or place.parent is None or place.expr is None:
            continue
        for text, goal in goals:
            for sign in (1, -1):
                if goal.shape != place.expr.shape:
                    continue
                new = text if sign == 1 else f"(-({text}))"
                words = f"the term {place.text} is wrong: {new} belongs there"
                yield _edit(written, place, goal if sign == 1 else -goal, new, words, f"write {new} here", "wrong-term")
