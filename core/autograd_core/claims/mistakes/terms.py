"""A term of the claim that lacks a factor, has one too many, or should be another one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from fractions import Fraction
from itertools import combinations, product
from typing import Any

import numpy as np
import numpy.typing as npt

from autograd_core.claims.compare import Seen
from autograd_core.claims.mistakes.case import Case, Variant
from autograd_core.claims.mistakes.scaling import name_of
from autograd_core.claims.mistakes.written import Part, Place, Written, answer_of, claim_of, fill, value
from autograd_core.engine.backprop import pull_back
from autograd_core.errors import AutogradError
from autograd_core.expr.nodes import Call, Const, Expr
from autograd_core.ops.registry import op

Array = npt.NDArray[Any]


def factor_of_whole(written: Written) -> Iterator[Variant]:
    """The whole formula lacks a factor, or has one too many."""
    return _scaled(written, written.by_node[written.source.statements[-1].value])


def factor_of_part(written: Written) -> Iterator[Variant]:
    """A term of the claim that lacks a factor, or has one too many: a number, or a part of the expression."""
    for place in written.places:
        yield from _scaled(written, place) if place.is_term else ()
    for place in written.places:
        yield from _entrywise(written, place) if place.expr is not None and place.expr.shape != () else ()


def _scaled(written: Written, place: Place) -> Iterator[Variant]:
    """A term multiplied by one number: the number is solved for at every point."""
    case, whole = written.case, written.scaled(place)
    if whole is None:
        return
    numbers = [_solved(case, whole, at) for at in case.seen]
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
                ratios = np.array(found) / values**power
            first = float(ratios[0])
            if not np.isfinite(first) or not (np.abs(ratios - first) <= 1e-7 * abs(first)).all():
                continue
            plain = name_of(first)
            if len(plain) > (2 if text.startswith("(the ") else 4):
                continue
            yield _by_a_quantity(written, place, text, power, plain, _right)
            return


def _solved(case: Case, whole: Expr, at: Seen) -> float | None:
    """The factor with which a formula gives the right value at a point; None where there is none."""
    with np.errstate(all="ignore"):
        none, one = value(whole, at, 0.0), value(whole, at, 1.0)
        slope = one - none
        if not np.isfinite(slope).all() or not slope.any():
            return None
        index = np.unravel_index(int(np.abs(slope).argmax()), slope.shape)
        factor = float((at.truth[index] - none[index]) / slope[index])
        if abs(factor) < 1e-9:
            factor = 0.0
        return factor if np.isfinite(factor) and case.same(value(whole, at, factor), at.truth) else None


def _right(at: Seen) -> Array:
    return at.truth


def _by_a_number(written: Written, place: Place, factor: float) -> Iterator[Variant]:
    text, alone = place.text, place.parent is None and place.statement is written.source.statements[-1]
    shown, new = name_of(factor), ""
    if factor == 0:
        code, change = "extra-term", "leave this term out"
        words = f"a term too many: without {text} the claim is right"
    elif factor == -1:
        code, change, new = "sign" if alone else "sign-of-term", "turn the sign here", f"(-{place.factor})"
        words = "the sign is wrong" if alone else f"the sign of a term is wrong: {text}"
    else:
        few = f"a factor {shown} is missing in {text}"
        code, words = "factor", few if abs(factor) >= 1 else f"a factor {name_of(1 / factor)} too many in {text}"
        change, new = f"multiply by {shown} here", f"{f'({shown})' if '/' in shown else shown}*{place.factor}"
    if factor != 1 and not (factor == 0 and alone):
        yield Variant(words, _right, True, (place.span,), change, written.mended({place: new}) if new else None, code)


def _by_a_quantity(written: Written, place: Place, text: str, power: int, plain: str, make: Any) -> Variant:
    lead = "" if plain == "1" else "-" if plain == "-1" else f"{plain}*"
    simple = text.replace("_", "a").isalnum() or text.endswith(")")
    quantity = text if simple and "*" not in text and "+" not in text else f"({text})"
    new = f"{lead}{place.factor}*{quantity}" if power == 1 else f"{lead}{place.factor}/{quantity}"
    if power == 1:
        words, change = f"a factor {lead}{text} is missing in {place.text}", f"multiply by {lead}{text} here"
    else:
        words = f"a divisor {text} is missing in {place.text}, or a factor {text} is too many"
        words += f"; and a factor {plain}" if plain not in ("1", "-1") else ""
        change = f"divide by {text} here"
    words += ", with the other sign" if plain == "-1" else ""
    mended = None if text.startswith("(the ") else written.mended({place: new})
    return Variant(words, make, True, (place.span,), change, mended, "chain")


def _entrywise(written: Written, place: Place) -> Iterator[Variant]:
    """A part multiplied entry by entry by a part of the expression, or by a local derivative."""
    expr = place.expr
    assert expr is not None
    whole = written.scaled(place, expr.shape)
    if whole is None:
        return
    for text, factor in vocabulary(written.case):
        made = fill("a*b", place, Part(factor, text)) if factor.shape else None
        if made is None or made.expr is None or made.expr.shape != expr.shape:
            continue
        for power, plain in product((1, -1), (1.0, -1.0)):

            def make(at: Seen, factor: Expr = factor, power: int = power, plain: float = plain) -> Array:
                given = np.broadcast_to(at.point.evaluate(factor), expr.shape)
                return value(whole, at, plain * (given if power == 1 else 1 / given))

            yield _by_a_quantity(written, place, text, power, f"{plain:g}", make)


def vocabulary(case: Case) -> list[tuple[str, Expr]]:
    """The quantities of an expression, with their texts: inputs, statements, inner parts, local derivatives, sums."""
    return case.once("vocabulary", lambda: list(_words(case).items()))


def _words(case: Case) -> dict[str, Expr]:
    found: dict[str, Expr] = dict(case.problem.program.variables)
    found.update({name: expr for name, expr in case.problem.program.named.items() if not isinstance(expr, Const)})
    nodes = [node for node in case.problem.order if isinstance(node, Call) and np.prod(node.shape) <= 10_000]
    for node in nodes[-60:]:
        found.setdefault(case.text(node), node)
    for node in nodes[-40:]:
        if node.op.elementwise and not node.op.linear and len(node.operands) == 1 and node.op.rule(0) is not None:
            for _, slope in pull_back(node, Const(1.0)):
                if slope.shape == node.shape:
                    found.setdefault(f"(the derivative of {case.text(node)})", slope)
    written = claim_of(case)
    for place in (written.places if written else [])[:40]:
        if place.expr is not None and 1 <= len(place.expr.shape) <= 2 and place.expr.depends:
            for axis in range(len(place.expr.shape)):
                keep = f", axis={axis}, keepdims=True" if len(place.expr.shape) > 1 else ""
                total = op.sum(place.expr, axis=axis, keepdims=True) if keep else op.sum(place.expr)
                found.setdefault(f"sum({place.text}{keep})", total)
    return found


def _quantities(case: Case) -> list[tuple[str, Array]]:
    """Numbers that change from point to point, at every point: those of the vocabulary, and functions of them."""
    return case.once("quantities", lambda: list(_numbers(case)))


def _numbers(case: Case) -> Iterator[tuple[str, Array]]:
    scalars: list[tuple[str, Array]] = []
    for text, expr in vocabulary(case):
        with suppress(AutogradError):
            if np.prod(expr.shape) == 1:
                scalars.append((text, np.array([at.point.evaluate(expr).item() for at in case.seen])))
    with np.errstate(all="ignore"):
        made = [*scalars]
        for text, x in scalars:
            made += [(f"{text}**2", x**2), (f"exp({text})", np.exp(x)), (f"sqrt({text})", np.sqrt(x))]
            made.append((f"{text}**3", x**3))
        usable = [(text, x) for text, x in scalars if np.isfinite(x).all() and x.all()]
        made += [(f"{one}*{other}", x * y) for (one, x), (other, y) in combinations(usable[:12], 2)]
    yield from ((text, x) for text, x in made if np.isfinite(x).all() and x.all())


def wrong_term(written: Written) -> Iterator[Variant | None]:
    """One term of the claim that should be another one: what is left when the others are right."""
    case = written.case
    answer = answer_of(case)
    if not case.telling:
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
                words = f"the term {{old}} is wrong: {new} belongs there"
                yield written.edit(place, Part(goal if sign == 1 else -goal, new), words)
