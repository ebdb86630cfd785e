"""One part of the claim, or of the right formula, that is too many, missing, or another one than it should be."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations, product

import numpy as np

from autograd_core.claims.mistakes.backward import ADDING, RAISING
from autograd_core.claims.mistakes.case import Variant
from autograd_core.claims.mistakes.scaling import AVERAGING, SUMMING
from autograd_core.claims.mistakes.written import Part, Place, Written, answer_of, expression_of, fill, multiplied
from autograd_core.expr.nodes import Call, Const, Expr
from autograd_core.number_text import exact_text

MAX_FACTORS = 6
"""Factors of a product up to which any of them may be missing; of longer ones all but one."""

MAX_INNER = 20
"""Parts of an expression that a name in the claim may stand for."""

FEWER: dict[type[ast.operator], tuple[tuple[str, str, str], ...]] = {
    ast.Add: (("a", "{b}", "term"), ("b", "{a}", "term")),
    ast.Sub: (("a", "{b}", "term"), ("-b", "{a}", "term")),
    ast.Pow: (("a", "{a}**{b}", "power"),),
    ast.Div: (("a", "{b}", "divisor"),),
    ast.Mult: (("a", "{b}", "factor"), ("b", "{a}", "factor")),
    ast.MatMult: (("a", "{b}", "factor"), ("b", "{a}", "factor")),
}
"""For each operation what is left without one of its operands, what is then gone, and what that is called."""


def _fewer(written: Written, place: Place) -> Iterator[tuple[Part | None, str, str, Expr | None]]:
    """A part without one of its own: what is left, the text of what is gone, the word for it, and it."""
    node = place.node
    if isinstance(node, ast.BinOp):
        a, b = written.by_node[node.left], written.by_node[node.right]
        for template, gone, kind in FEWER.get(type(node.op), ()):
            left, lost = (a, b) if template == "a" else (b, a)
            if left.expr is not None and not (kind == "term" and isinstance(left.expr, Const)):
                rest = fill(template, a, b) if template == "-b" else Part(left.expr, left.factor)
                yield rest, gone.format(a=a.factor, b=b.factor), kind, place.expr if kind == "power" else lost.expr
    elif isinstance(node, ast.Call) and len(node.args) == 1 and not isinstance(node.func, ast.Attribute):
        inner = written.by_node.get(node.args[0])
        if inner and inner.expr is not None and place.expr is not None and inner.expr.shape == place.expr.shape:
            yield Part(inner.expr, inner.factor), ast.unparse(node.func), "function", None


def part_too_many(written: Written) -> Iterator[Variant | None]:
    """A term, a factor, a power or a function that the claim is right without: of the claim itself before its parts."""
    for place in sorted(written.places, key=lambda each: isinstance(each.parent, ast.Call) or each.inside(ast.Pow)):
        for left, gone, kind, _ in _fewer(written, place):
            code = "extra-term" if kind == "term" else "chain"
            text = f"a {kind} too many: without {gone} the claim is right"
            yield written.edit(place, left, text, f"leave {gone} out here", code)


def factors_missing(written: Written) -> Iterator[Variant | None]:
    """Several factors of a product in the right formula that the claim lacks, up to all but one."""
    for place in written.places:
        factors = written.factors(place, ast.Mult)
        for size in range(2, len(factors)) if len(factors) <= MAX_FACTORS else (len(factors) - 1,):
            for gone in combinations(factors, size):
                words = "*".join(each.factor for each in gone)
                left = multiplied("*", *(each for each in factors if each not in gone))
                yield written.edit(place, left, f"{size} factors are missing: {words}", f"multiply by {words}")


def missing(written: Written, *, terms: bool) -> Iterator[Variant | None]:
    """A term of the right formula that the claim lacks; or a factor, a divisor or a power of it."""
    for place in written.places:
        for left, gone, kind, lost in _fewer(written, place):
            if (kind == "term") != terms or (terms and isinstance(lost, Const)):
                continue  # 1 - y without its 1 is a slip of the sign, or of the function
            gone = gone if lost is None else written.case.text(lost, 80)
            change = f"add {gone}" if kind == "term" else f"the {kind} {gone} belongs here"
            code = "missing-term" if kind == "term" else "chain"
            yield written.edit(place, left, f"a {kind} is missing: {gone}", change, code)


def sum_or_mean(written: Written) -> Iterator[Variant | None]:
    """A mean in the claim, or in the right formula, where a sum should be, over all entries or an axis; or a sum."""
    yield from (variant for _, variant in _sums_and_means(written))


def _sums_and_means(written: Written) -> Iterator[tuple[Call, Variant | None]]:
    for place in written.places:
        expr = place.expr
        if not isinstance(expr, Call) or expr.op not in SUMMING | AVERAGING or not expr.operands[0].shape:
            continue
        count = float(np.prod(expr.operands[0].shape)) / max(float(np.prod(expr.shape)), 1)
        mean = expr.op in AVERAGING
        was, other = ("mean", "sum") if mean == written.claimed else ("sum", "mean")
        change, code = f"write {other} for {was} here", f"{was}-for-{other}"
        new = Part(expr * (count if mean else 1 / count), "")
        variant = written.edit(place, new, f"a {was} where a {other} was: {{old}}", change, code)
        if variant is not None:
            yield expr, replace(variant, mended=None, change=change if written.claimed else None)


def another_average(written: Written) -> Iterator[Variant | None]:
    """A mean in the claim of what the expression adds up, or a sum of what it averages."""
    case = written.case
    used = {(node.op, case.text(node.operands[0])) for node in case.problem.order if isinstance(node, Call)}
    averaging = any(each in AVERAGING for each, _ in used)
    for expr, variant in _sums_and_means(written):
        text = case.text(expr.operands[0])
        other = SUMMING if expr.op in AVERAGING else AVERAGING
        alike = any((each, text) in used for each in other) or (expr.op in AVERAGING and not averaging)
        if (expr.op, text) not in used and alike:
            yield variant


def sum_of_part(written: Written) -> Iterator[Variant | None]:
    """A sum, or a mean, over an axis that is missing inside the claim."""
    for place in written.places:
        if place.expr is None or not place.expr.shape or isinstance(place.expr, Const):
            continue
        axes = [None, *range(len(place.expr.shape))] if len(place.expr.shape) > 1 else [None]
        for axis, name, keep in product(axes, ("sum", "mean"), (False, True)):
            given = ("" if axis is None else f", axis={axis}") + (", keepdims=True" if keep else "")
            text = f"a {name}{'' if axis is None else f' over axis {axis}'} is missing: {{old}} should be added up"
            yield written.edit(place, fill(f"{name}(a{given})", place), text, code=f"missing-{name}")


def exponent_or_number(written: Written) -> Iterator[Variant | None]:
    """A number or an exponent that should be another one, or a part that should be squared."""
    for place in written.places:
        power = place.inside(ast.Pow)
        number = _number(place.node)
        if number is not None:
            others = [number + 1, number - 1, 2 * number, number / 2, -number]
            for other in dict.fromkeys([*others, number + 2, number - 2] if power else others):
                if other != number:
                    plain = exact_text(other)
                    new = Part(Const(other), plain if other >= 0 else f"({plain})")
                    text = f"the {'exponent' if power else 'number'} {{old}} should be {plain}"
                    yield written.edit(place, new, text, f"write {plain} here", "chain" if power else "number")
        elif not (power or isinstance(place.expr, Const) or isinstance(place.node, (ast.UnaryOp, ast.Compare))):
            yield written.edit(place, fill("a**2", place), "{old} should be squared", "square {old} here", "power")


def _number(node: ast.expr) -> float | None:
    """The number that is written, with its sign."""
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        inner = _number(node.operand)
        return None if inner is None else -inner
    value = node.value if isinstance(node, ast.Constant) else None
    return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else None


def another_name(written: Written) -> Iterator[Variant | None]:
    """A name that should be another one of the same shape, or an inner part of the expression."""
    case, program = written.case, written.case.problem.program
    names: dict[str, Expr] = {**program.variables, **program.named, case.problem.f: case.problem.result}
    inner = [each for each in case.problem.order[::-1] if isinstance(each, Call) and each.depends][1 : 1 + MAX_INNER]
    for known in (names, {case.text(each): each for each in inner}):
        for place, (name, other) in product(written.places, known.items()):
            expr = place.expr
            if not isinstance(place.node, ast.Name) or expr is None or other is expr or other.shape != expr.shape:
                continue
            lacks = isinstance(other, Call) and any(each is expr for each in other.operands)
            term, power = lacks and other.op in ADDING, lacks and other.op in RAISING
            start = "a term is missing: " if term else "a power is missing: " if power else ""
            new = Part(other, name if known is names else f"({name})")
            code = "missing-term" if term else "chain" if power else None
            yield written.edit(place, new, f"{start}{{old}} should be {name}", f"write {name} here", code)


def another_index(written: Written) -> Iterator[Variant | None]:
    """An axis that should be another one, and an index or both ends of a slice that should be one further."""
    for place in written.places:
        rank = max(
            (len(each.expr.shape) for each in written.places if each.parent is place.node and each.expr is not None),
            default=0,
        )
        for other, was, new in _moved(place.node, rank):
            made = written.made(ast.copy_location(other, place.node), place.statement)
            whole = place.text.replace(was, new) if place.text.count(was) == 1 else ast.unparse(other)
            part = None if made is None else Part(made, whole)
            yield written.edit(place, part, f"{was} should be {new} in {{old}}", f"write {new} here")


def _moved(node: ast.expr, rank: int) -> Iterator[tuple[ast.expr, str, str]]:
    """A part with another axis, or another index, and the texts of what was changed."""
    if isinstance(node, ast.Call):
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


def another_function(written: Written) -> Iterator[Variant | None]:
    """A function of one operand that should be another one, of those in the expression or the right formula."""
    others = [expression_of(written.case), answer_of(written.case)]
    applied = [_applied(place.node) for each in others if each is not None for place in each.places]
    names = dict.fromkeys(each[0] for each in applied if each is not None)
    for place in written.places:
        here = _applied(place.node)
        for name in names if here is not None else ():
            assert here is not None
            new = None if name == here[0] else fill(f"{name}(a)", written.by_node.get(here[1]))
            if new and new.expr is not None and place.expr is not None and new.expr.shape == place.expr.shape:
                yield written.edit(place, new, "{old} should be {new}", f"write {name} here")


def _applied(node: ast.expr) -> tuple[str, ast.expr] | None:
    """The name of a function of one operand, and the operand."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and len(node.args) == 1 and not node.keywords:
        return node.func.id, node.args[0]
    return None


def order_of_entries(written: Written) -> Iterator[Variant | None]:
    """A part whose entries were filled row by row where they go column by column, or the other way round."""
    for place in written.places:
        expr = place.expr
        if expr is not None and len(expr.shape) == 2 and min(expr.shape) > 1 and not isinstance(place.node, ast.Name):
            new = fill(f"reshape(a.T, ({','.join(map(str, expr.shape))}))", place)
            text = "the entries of {old} are in another order: rows were filled where columns should be"
            yield written.edit(place, new, text)
