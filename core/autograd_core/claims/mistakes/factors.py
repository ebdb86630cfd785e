"""Factors that are missing or too many: of the whole claim, by one number, or of a term of its text."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator
from contextlib import suppress
from fractions import Fraction
from functools import partial
from itertools import combinations, product, takewhile
from typing import Any

import numpy as np
import numpy.typing as npt

from autograd_core.claims.compare import Seen
from autograd_core.claims.mistakes.case import AVERAGING, DIVIDING, SUMMING, Case, Variant, cached
from autograd_core.claims.mistakes.written import Place, claim_of, value
from autograd_core.claims.problem import STEP
from autograd_core.engine.backprop import pull_back
from autograd_core.errors import AutogradError
from autograd_core.expr.nodes import Call, Const, Expr
from autograd_core.number_text import found_text
from autograd_core.ops.registry import op
from autograd_core.ops.spec import OpSpec

Array = npt.NDArray[Any]

_AVERAGES = AVERAGING | DIVIDING | frozenset([op.var, op.std])

FEW_DIGITS = 1e-3
"""How far a factor is from 1 that comes of a number with too few digits."""

NEAR = 1e-9
"""Relative difference up to which a number is one that has a name."""

_NAMED: tuple[tuple[str, float, int], ...] = (
    ("", 1.0, 60),
    ("pi", math.pi, 360),
    ("ln 10", math.log(10), 360),
    ("ln 2", math.log(2), 360),
    ("ln 3", math.log(3), 360),
    ("ln 5", math.log(5), 360),
    ("sqrt(pi)", math.sqrt(math.pi), 360),
    ("sqrt(2*pi)", math.sqrt(2 * math.pi), 360),
    ("e", math.e, 360),
    ("ln 10/ln 2", math.log2(10), 360),
)
"""Numbers by name, and the largest denominator of a fraction that they are told with."""


def name_of(number: float) -> str:
    """A number as a person writes it: ``2``, ``1/3``, ``pi/180``, ``1/ln 10``, ``sqrt(3)``, else six digits."""
    size, sign = abs(number), "-" if number < 0 else ""
    if size == 0 or not math.isfinite(size):
        return f"{number:g}"
    for text, unit, most in _NAMED:
        for power in (1, -1, 2, -2):
            ratio = _fraction(size / unit**power, most if abs(power) == 1 else 12)
            if ratio is not None:
                top, _, bottom = ratio.partition("/")
                named = text if abs(power) == 1 else f"({text})**2" if " " in text else f"{text}**2"
                above = "*".join(each for each in (top if top != "1" else "", named if power > 0 else "") if each)
                below = [each for each in (bottom, named if power < 0 else "") if each]
                divisor = below[0] if len(below) == 1 else f"({'*'.join(below)})"
                return f"{sign}{above or 1}" + (f"/{divisor}" if below else "")
    square = _fraction(size * size, 1000)
    if square is not None:
        return sign + (f"1/sqrt({square[2:]})" if square.startswith("1/") else f"sqrt({square})")
    return sign + (_fraction(size, 1000) or found_text(size))


def _fraction(number: float, most: int) -> str | None:
    if not 1e-9 < number < 1e12:
        return None
    near = Fraction(number).limit_denominator(most)
    few = near.denominator == 1 or near.numerator <= 1000  # by chance a fraction of larger numbers is near to anything
    return str(near) if near and few and abs(float(near) - number) <= NEAR * number else None


def constant_factor(case: Case) -> Iterator[Variant]:
    """A constant factor, by its name where it has one."""
    ratio = _ratio(case) if case.fits else None
    if ratio is not None and ratio != 1:
        code, text = _named(case, ratio)
        change = None if ratio == 0 else "put a minus in front" if ratio == -1 else f"multiply by {name_of(1 / ratio)}"
        change = None if 0 < abs(ratio - 1) < FEW_DIGITS else change
        yield Variant(text, lambda at: ratio * at.truth, spans=(case.span,), change=change, code=code)


def no_gradient(case: Case) -> Iterator[Variant]:
    """The right value is 0 wherever it was compared, but for rounding, and the claim is not."""
    if case.fits and case.target.kind != STEP:
        yield Variant(
            f"{case.target.words} is 0 {case.where}, and the claim is not",
            lambda at: at.value if (np.abs(at.truth) <= at.room(case.target, None)).all() else None,
        )


def _ratio(case: Case) -> float | None:
    """The one number between claim and gradient, None where there can be none."""
    ratios: list[float] = []
    for at in case.seen:
        if at.value is not None and at.truth.any():
            place = int(np.abs(at.truth).argmax())
            ratios.append(float(at.value.ravel()[place] / at.truth.ravel()[place]))
    if not ratios:
        return None
    ratio = sorted(ratios)[len(ratios) // 2]  # of a point at which little is rounded
    near = Fraction(ratio).limit_denominator(1000) if 1e-6 < abs(ratio) < 1e9 else Fraction(0)
    nice = near != 0 and abs(float(near) - ratio) <= max(NEAR, case.tolerance.rtol / 100) * abs(ratio)
    if not case.telling and ratio and not (nice and (near.numerator in (1, -1) or near.denominator == 1)):
        return None
    return float(near) if nice and abs(near.denominator) <= 60 else ratio


def _named(case: Case, ratio: float) -> tuple[str, str]:
    """A constant factor in words: what the number is in this expression, if it is something."""
    what = "the step before" if case.target.kind == STEP else f"the {case.target.kind}"
    if ratio == 0:
        return "zero", f"the claim is 0 {case.where}, and {what} is not"
    if ratio == -1:
        return "sign", f"the sign is wrong: the claim is -1 times {what}"
    size = abs(ratio)
    written = name_of(ratio)
    times = f"the claim is {written} times {what}"
    where = case.where
    if size in (counts := _counts(case, _AVERAGES)):
        words = f"{name_of(size)} is the number of entries in {counts[size]}"
        return "sum-for-mean", f"a sum where a mean was: {times}, and {words}"
    if 0 < abs(size - 1) < FEW_DIGITS:
        off = f"the claim is {'more' if size > 1 else 'less'} than {what} by {name_of(abs(size - 1))} of it {where}"
        return "factor", f"{off}: a number in it has too few digits, or is another"
    inverse = round(1 / size)
    if abs(1 / size - inverse) < 1e-9 and inverse in (sums := _counts(case, SUMMING)):
        return "mean-for-sum", f"a mean where a sum was: {times}, and {sums[inverse]} adds {inverse} entries"
    meaning = next((f"; {text}" for number, text in _meanings(case) if abs(number / size - 1) < NEAR), "")
    missing = f"; a factor {name_of(1 / ratio)} is missing" if size < 1 else f"; a factor {written} too many"
    return "factor", f"a constant factor: {times} {where}{missing}{meaning}"


def _meanings(case: Case) -> Iterator[tuple[float, str]]:
    """What numbers made of the lengths of inputs are, and those of changes of units and bases."""
    for name, array in case.problem.inputs.items():
        for axis, length in enumerate(array.shape):
            where = "entries" if array.ndim == 1 else "rows" if axis == array.ndim - 2 else "columns"
            words = f"the number of {where} of {name}"
            if length > 2:
                yield from ((number, f"{length} is {words}") for number in (length, 1 / length))
                if math.isqrt(length) ** 2 != length:
                    yield from ((number, f"the root of {words}") for number in (math.sqrt(length), length**-0.5))
    yield 180 / math.pi, "from radians to degrees"
    yield math.pi / 180, "from degrees to radians"
    for base in (2, 10):
        words = f"the logarithm to base {base} has the derivative 1/(x*ln {base})"
        yield from ((number, words) for number in (math.log(base), 1 / math.log(base)))


def _counts(case: Case, ops: Collection[OpSpec]) -> dict[float, str]:
    """The numbers above 2 that the expression is divided by, or of entries that a reduction takes, with the text."""
    found: dict[float, str] = {}
    for node in case.problem.order:
        if isinstance(node, Call) and node.op in ops:
            by = node.operands[-1]
            count = math.prod(by.shape) / max(math.prod(node.shape), 1)
            if node.op in DIVIDING:
                count = float(by.value) if isinstance(by, Const) and by.shape == () else 0.0
            found.update({count: case.text(node)} if count > 2 else {})
    return found


def factor_of_part(place: Place, *, whole: bool = False) -> Iterator[Variant]:
    """A term of the claim, or the ``whole``, that lacks one number as a factor, or has one too many.

    The number is solved for at every point.
    """
    case = place.written.case
    if place.expr is None or not (place.is_whole or (place.is_term and not whole)):
        return
    numbers = list(takewhile(lambda number: number is not None, (_solved(place, place.expr, at) for at in case.seen)))
    known = [number is not None and not math.isnan(number) for number in numbers]
    if len(numbers) < len(case.seen) or not any(known):
        return
    found = np.array(numbers, dtype=np.float64)[known]
    top = float(np.abs(found).max())
    if top == 0 or (np.ptp(found) <= 1e-7 * top and (case.telling or place.parent is not None)):
        near = Fraction(float(found[0])).limit_denominator(60)
        snapped = float(near) if abs(float(near) - found[0]) <= 1e-6 * top else float(found[0])
        yield from _by_a_number(place, snapped if top else 0.0)
        return
    for text, values in _quantities(case):
        for power in (1, -1):
            with np.errstate(all="ignore"):
                ratios = found / values[known] ** power
            first = float(ratios[0])
            if not np.isfinite(first) or not (np.abs(ratios - first) <= 1e-7 * abs(first)).all():
                continue
            plain = name_of(first)
            if len(plain) > (2 if text.startswith("(the ") else 4):
                continue
            yield _by_a_quantity(place, text, power, plain, lambda at: at.truth)
            return


def _solved(place: Place, expr: Expr, at: Seen) -> float | None:
    """The factor of a part with which a formula gives the right value; nan for any, None where there is none."""
    with np.errstate(all="ignore"):
        case, own = place.written.case, value(expr, at)
        none, one = (place.written.put({place: factor * own}, at) for factor in (0.0, 1.0))
        if none is None or one is None or not np.isfinite(slope := one - none).all():
            return None
        if not slope.any():
            return math.nan if case.same(none, at.truth, at) else None
        index = np.unravel_index(int(np.abs(slope).argmax()), slope.shape)
        factor = float((at.truth[index] - none[index]) / slope[index])
        if abs(factor) < 1e-9:
            factor = 0.0
        solved = place.written.put({place: factor * own}, at) if np.isfinite(factor) else None
        return factor if case.same(solved, at.truth) else None


def _by_a_number(place: Place, factor: float) -> Iterator[Variant]:
    text, alone = place.text, place.is_whole
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
        mended = place.written.mended({place: new}) if new else None
        yield Variant(words, lambda at: at.truth, True, (place.span,), change, mended, code)


def _by_a_quantity(place: Place, text: str, power: int, plain: str, make: Any) -> Variant:
    lead = "" if plain == "1" else "-" if plain == "-1" else f"{plain}*"
    simple = text.replace("_", "a").isalnum() or text.endswith(")")
    quantity = text if simple and "*" not in text and "+" not in text else f"({text})"
    new = f"{lead}{place.factor}*{quantity}" if power == 1 else f"{lead}{place.factor}/{quantity}"
    new = new if place.is_term else f"({new})"
    if power == 1:
        words, change = f"a factor {lead}{text} is missing in {place.text}", f"multiply by {lead}{text} here"
    else:
        words = f"a divisor {text} is missing in {place.text}, or a factor {text} is too many"
        words += f"; and a factor {plain}" if plain not in ("1", "-1") else ""
        change = f"divide by {text} here"
    words += ", with the other sign" if plain == "-1" and power == -1 else ""
    mended = None if text.startswith("(the ") else place.written.mended({place: new})
    return Variant(words, make, True, (place.span,), change, mended, "chain")


def factor_of_entries(place: Place, *, alike: bool) -> Iterator[Variant]:
    """A part multiplied entry by entry by a part of the expression, or by a local derivative.

    Those of its own shape (``alike``) are tried before those that are repeated along an axis, as ``v`` is in ``X*v``.
    """
    expr = place.expr
    if expr is None or expr.shape == ():
        return

    def make(factor: Expr, power: int, sign: float, at: Seen) -> Array | None:
        return place.written.put({place: sign * value(expr, at) * value(factor, at) ** float(power)}, at)

    for text, factor in vocabulary(place.written.case):
        spread = zip(factor.shape[::-1], expr.shape[::-1], strict=False)
        fits = 0 < len(factor.shape) <= len(expr.shape) and all(length in (1, most) for length, most in spread)
        signs = (1.0, -1.0) if place.is_term else (1.0,)
        for power, sign in product((1, -1), signs) if fits and alike == (factor.shape == expr.shape) else ():
            yield _by_a_quantity(place, text, power, f"{sign:g}", partial(make, factor, power, sign))


@cached
def vocabulary(case: Case) -> list[tuple[str, Expr]]:
    """The quantities of an expression, with their texts: inputs, statements, inner parts, local derivatives, sums."""
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
    return list(found.items())


@cached
def _quantities(case: Case) -> list[tuple[str, Array]]:
    """Numbers that change from point to point, at every point: those of the vocabulary, and functions of them."""
    scalars: list[tuple[str, Array]] = []
    for text, expr in vocabulary(case):
        with suppress(AutogradError):
            if np.prod(expr.shape) == 1:
                scalars.append((text, np.array([at.point.evaluate(expr).item() for at in case.seen])))
    with np.errstate(all="ignore"):
        made = [*scalars]
        for text, x in scalars:
            made += [(f"{text}**2", x**2), (f"exp({text})", np.exp(x)), (f"sqrt({text})", np.sqrt(x))]
        usable = [(text, x) for text, x in scalars if np.isfinite(x).all() and x.all()]
        made += [(f"{one}*{other}", x * y) for (one, x), (other, y) in combinations(usable[:12], 2)]
    return [(text, x) for text, x in made if np.isfinite(x).all() and x.all()]
