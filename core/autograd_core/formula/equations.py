"""Rewriting rules as equations in the language: the left side, where it is found in a term, becomes the right side.

The names in an equation say what they stand for: ``u`` and ``w`` anything, entry by entry, ``-u`` what has a sign;
``c`` a number without axes; ``x``, ``y`` and ``z`` vectors; ``k`` a column, ``A`` and ``B`` square matrices, ``M`` and
``N`` any. A test evaluates both sides.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from fractions import Fraction
from functools import cache, cached_property
from itertools import combinations, pairwise

from autograd_core.expr.build import parse
from autograd_core.expr.run import params_key
from autograd_core.formula.algebra import MAX_FACTORS, Items, factors, items, product, scale, split, total
from autograd_core.formula.axes import exactly, loose
from autograd_core.formula.contraction import chain, flipped, rebuilt
from autograd_core.formula.normalize import Converter
from autograd_core.formula.terms import Number, Table, Term, under
from autograd_core.ops.spec import Shape

SHAPES: dict[str, Shape] = {
    "u": (),
    "w": (),
    "c": (),
    "x": (3,),
    "y": (3,),
    "z": (2,),
    "A": (3, 3),
    "k": (3, 1),
    "M": (2, 3),
    "N": (2, 3),
    "B": (3, 3),
}
"""The shapes with which equations are read and tested."""

EQUATIONS = (
    "exp(u)/(exp(u) + 1) = sigmoid(u)",
    "1/(exp(u) + 1) = sigmoid(-u)",
    "exp(u)/(exp(u) + exp(w)) = sigmoid(u - w)",
    "1 - sigmoid(-u) = sigmoid(u)",
    "exp(u)*sigmoid(-u) = sigmoid(u)",
    "sigmoid(u)/sigmoid(-u) = exp(u)",
    "sigmoid(u)/(1 - sigmoid(u)) = exp(u)",
    "1/sigmoid(u) - 1 = exp(-u)",
    "(exp(u) - exp(-u))/(exp(u) + exp(-u)) = tanh(u)",
    "(exp(u) - 1)/(exp(u) + 1) = tanh(u/2)",
    "cos(u)*tan(u) = sin(u)",
    "sinh(u)/cosh(u) = tanh(u)",
    "sin(u)/cos(u) = tan(u)",
    "cos(u)/sin(u) = 1/tan(u)",
    "sin(u)**2 + cos(u)**2 = 1",
    "1 - sin(u)**2 = cos(u)**2",
    "1 - cos(u)**2 = sin(u)**2",
    "1/cos(u)**2 - 1 = tan(u)**2",
    "cosh(u)**2 - sinh(u)**2 = 1",
    "cosh(u) - sinh(u) = exp(-u)",
    "cosh(u) + sinh(u) = exp(u)",
    "tanh(u)**2 + 1/cosh(u)**2 = 1",
    "1/tanh(u) - tanh(u) = 2/sinh(2*u)",
    "sinh(u)**2 + 1 = cosh(u)**2",
    "cosh(u)**2 - 1 = sinh(u)**2",
    "exp(log(u)) = u",
    "u**2 + 2*u*w + w**2 = (u + w)**2",
    "u**2 - 2*u*w + w**2 = (u - w)**2",
    "u**2 + 2*u + 1 = (u + 1)**2",
    "u**2 - 2*u + 1 = (u - 1)**2",
    "1/((u + w)*(u - w)) = 1/(u**2 - w**2)",
    "1/((1 + u)*(1 - u)) = 1/(1 - u**2)",
    "(1 - u**2)/(1 - u**4) = 1/(1 + u**2)",
    "c*(u - w) > (c - 1)*(u - w) = u > w",
    "(c - 1)*(u - w) > c*(u - w) = w > u",
    "log(u) - log(w) = log(u/w)",
    "log(exp(u)) = u",
    "log(e) = 1",
    "exp(u)*exp(-u) = 1",
    "exp(u)/exp(w) = exp(u - w)",
    "exp(c*log(u)) = u**c",
    "cos(u)**2 - sin(u)**2 = cos(2*u)",
    "sin(u)*cos(u) = sin(2*u)/2",
    "sinh(u)*cosh(u) = sinh(2*u)/2",
    "tan(u)**2 + 1 = 1/cos(u)**2",
    "tan(u) + 1/tan(u) = 2/sin(2*u)",
    "u/abs(u) = sign(u)",
    "abs(u)/u = sign(u)",
    "sign(u)**2 = 1",
    "abs(u)*sign(u) = u",
    "u*sign(u) = abs(u)",
    "sign(u)/abs(u) = 1/u",
    "maximum(0, u)*(u > 0) = maximum(0, u)",
    "relu(u)*(u > 0) = relu(u)",
    "(u <= c)*(u >= -c) = abs(u) <= c",
    "(u < c)*(u > -c) = abs(u) < c",
    "where(abs(u) <= 1, u, sign(u)) = clip(u, -1, 1)",
    "where(abs(u) < 1, u, sign(u)) = clip(u, -1, 1)",
    "exp(x)/sum(exp(x)) = softmax(x)",
    "exp(M)/sum(exp(M), axis=1, keepdims=True) = softmax(M)",
    "exp(M)/sum(exp(M), axis=0) = softmax(M, axis=0)",
    "exp(k)/sum(exp(k)) = softmax(k, axis=0)",
    "exp(x - logsumexp(x)) = softmax(x)",
    "exp(M - logsumexp(M, axis=1, keepdims=True)) = softmax(M)",
    "exp(M - logsumexp(M, axis=0)) = softmax(M, axis=0)",
    "tril(tril(M)) = tril(M)",
    "triu(triu(M)) = triu(M)",
    "sum(A*inv(B).T) = trace(A @ inv(B))",
    "softmax(x - c) = softmax(x)",
    "softmax(M - c) = softmax(M)",
    "softmax(M - z[:, None]) = softmax(M)",
    "softmax(M - x, axis=0) = softmax(M, axis=0)",
    "log(sum(exp(x))) = logsumexp(x)",
    "log(sum(exp(M))) = logsumexp(M)",
    "c + log(sum(exp(x - c))) = logsumexp(x)",
    "sum(softmax(x)) = 1",
    "norm(x)**2 = x @ x",
    "sum(x**2) = x @ x",
    "diag(x) @ diag(y) = diag(x*y)",
    "diag(diag(x)) = x",
    "sum(diag(x), axis=0) = x",
    "sum(diag(x), axis=1) = x",
    "inv(diag(x)) = diag(1/x)",
    "diag(x) @ y = x*y",
    "solve(A, eye(3)) = inv(A)",
    "diag(M @ diag(x) @ N.T) = (M*N) @ x",
    "diag(A @ diag(x)) = diag(A)*x",
    "diag(diag(x) @ A) = diag(A)*x",
    "diag(outer(x, y)) = x*y",
    "diagonal(outer(x, y)) = x*y",
    "inv(c*eye(3) + outer(x, y)) @ x = x/(c + x @ y)",
    "inv(eye(3) + outer(x, y)) @ x = x/(1 + x @ y)",
)

RECOGNISED = 6
"""Characters that a rewriting may cost where it ends in a function that has a name: it leads on to shorter ones."""


class Equation:
    """Both sides as terms of a table of their own, in which the names are variables; ``words`` are those of the left.

    The right side is read when the left one was found: most never are.
    """

    def __init__(self, text: str) -> None:
        self._table = Table(deadline=math.inf)  # it is kept, and may be added to much later
        left, self._right = text.split(" = ")
        self.left = self._term(left)
        self.words = frozenset(_words(self._table, self.left))

    def _term(self, side: str) -> Term:
        return loose(Converter(self._table, -1).convert([parse(side, SHAPES).result])[0])

    @cached_property
    def right(self) -> Term:
        """What the left side becomes."""
        return self._term(self._right)


equation = cache(Equation)
"""An equation that is read when a term first has the functions of its left side."""


@cache
def functions(side: str) -> frozenset[str]:
    """The functions that one side of an equation calls, but for those that terms have a kind of their own for."""
    return frozenset(re.findall(r"([a-z]\w*)\(", side)) - {"sum", "outer", "eye", "norm"}


@cache
def recognising() -> tuple[frozenset[str], frozenset[str]]:
    """The functions that a right side names, and those that occur on the left sides of these equations."""
    sides = [text.split(" = ") for text in EQUATIONS]
    named = [(left, right) for left, right in sides if re.fullmatch(r"\w+\([^()]*\)", right)]
    return (
        frozenset().union(*(functions(right) for _, right in named)),
        frozenset().union(*(functions(left) for left, _ in named)),
    )


@cache
def candidates(kind: str, words: frozenset[str]) -> tuple[Equation, ...]:
    """The equations whose left side is of this kind and may be found in a term with these operations."""
    texts = [text for text in EQUATIONS if functions(text.partition(" = ")[0]) <= words]
    return tuple([each for each in map(equation, texts) if each.left.kind == kind and each.words <= words])


def rewritten(table: Table, term: Term) -> Term | None:
    """The shortest that an equation makes of a term, None where none shortens it."""
    best: Term | None = None
    if len(term.args) > MAX_FACTORS:
        return None
    for known in candidates(term.kind, frozenset(_words(table, term))):
        for made in _applied(table, known, term):
            most = term.size + (RECOGNISED if known.right.kind == "call" else 0)
            if made.shape == term.shape and made.size < most and (best is None or made.size < best.size):
                best = made
    return best


def _words(table: Table, term: Term) -> set[str]:
    """The operations in a term, down to those that a left side can reach."""
    found: set[str] = set()
    level = [term]
    for _ in range(5):
        level = [table.meanings.get(t, t) for t in level]
        found.update([t.data.name if t.kind == "call" else t.kind for t in level if t.kind in ("call", "reduce")])
        level = [a for t in level for a in t.args]
        if len(level) > 200:
            break
    return found


def _applied(table: Table, equation: Equation, term: Term) -> Iterator[Term]:
    """What one equation makes of a term, for each way in which its left side is found."""
    left = equation.left
    if term.kind == "prod":
        wanted, content = factors(left)
        given = dict(factors(term)[0])
        for bound, needed in _found(table, wanted, given, {}, ()):
            times = [Fraction(given.get(b, 0)) / e for b, e in needed.items()]
            whole = int(min(times, key=abs, default=0))
            if whole and all(t * whole > 0 for t in times) and (equation.right.kind != "chain" or times == [whole]):
                rest = [(b, e - whole * needed.get(b, 0)) for b, e in given.items()]
                made = _instance(table, equation.right, bound)
                yield product(table, [*rest, (made, whole)], 1 / content**whole)
    elif term.kind == "sum":
        wanted, constant = items(left)
        pairs, own = items(term)
        given = dict(pairs)
        for bound, needed in _found(table, wanted, given, {}, (), linear=True):
            ratios = {Fraction(given.get(b, 0)) / e for b, e in needed.items()}
            ratio = ratios.pop() if len(ratios) == 1 else Fraction(0)
            if ratio:
                rest = [(b, e) for b, e in given.items() if b not in needed]
                yield total(table, [*rest, (_instance(table, equation.right, bound), ratio)], own - ratio * constant)
    elif term.kind == "chain":
        size = len(left.args)
        for start in range(len(term.args) - size + 1):
            found = term.args[start : start + size]
            for bound in _sequence(table, left.args, found, {}):
                made = exactly(
                    table, _instance(table, equation.right, bound), found[0].shape[:-1] + found[-1].shape[1:]
                )
                yield chain(table, [*term.args[:start], made, *term.args[start + size :]])
    else:
        for bound in _matches(table, left, term, {}):
            yield _instance(table, equation.right, bound)


Bound = dict[str, Term]


def _found(
    table: Table,
    wanted: Items,
    given: Mapping[Term, Number],
    bound: Bound,
    used: tuple[Term, ...],
    *,
    linear: bool = False,
) -> Iterator[tuple[Bound, dict[Term, Number]]]:
    """Where the factors of a product, or the terms of a sum, are among others; what of each is needed.

    Names come last and have to be bound by then.
    """
    ordered = sorted(wanted, key=lambda pair: pair[0].kind == "var")
    if not ordered:
        yield bound, {}
        return
    (pattern, power), rest = ordered[0], ordered[1:]
    if pattern.kind == "var":
        if pattern.data not in bound:
            return
        own = items(bound[pattern.data])[0] if linear else factors(bound[pattern.data])[0]
        for after, needed in _found(table, rest, given, bound, used, linear=linear):
            for base, exponent in own:
                needed[base] = needed.get(base, 0) + exponent * power
            yield after, needed
        return
    for base in given:
        if base in used:
            continue
        if pattern.kind in ("sum", "prod") and table.meanings.get(base, base).kind != pattern.kind:
            continue  # one term alone is no sum and no product with what is left out
        for now in _matches(table, pattern, base, bound):
            for after, needed in _found(table, rest, given, now, (*used, base), linear=linear):
                needed[base] = needed.get(base, 0) + power
                yield after, needed


def _matches(table: Table, pattern: Term, term: Term, bound: Bound) -> Iterator[Bound]:
    """The ways in which a term is what a left side says."""
    content, inner = split(pattern)
    if content != 1 and inner is not None:
        if content < 0 and inner.kind == "var" and inner.data not in bound and split(term)[0] > 0:
            return
        yield from _matches(table, inner, scale(table, 1 / content, term), bound)
        return
    if pattern.kind == "var":
        if _fits(pattern, term) and bound.get(pattern.data, term) is term:
            yield {**bound, pattern.data: term}
        return
    if term in table.meanings:
        yield from _matches(table, pattern, table.meanings[term], bound)
        return
    if pattern.kind in ("sum", "prod"):  # a whole one, of which the last name stands for all that is left
        linear = pattern.kind == "sum"
        (wanted, own), (given, coefficient) = map(items if linear else factors, (pattern, term))
        wanted.sort(key=lambda pair: (pair[0].kind == "var", len(pair[0].shape)))
        left = coefficient - own if linear else coefficient / own
        yield from _assigned(table, wanted, given, left, bound, linear=linear)
        return
    if pattern.kind == "transpose":
        yield from _matches(table, pattern.args[0], flipped(table, term), bound)
        return
    if pattern.kind == term.kind == "chain" and len(pattern.args) < len(term.args) <= MAX_FACTORS:
        for cuts in combinations(range(1, len(term.args)), len(pattern.args) - 1):
            parts = [term.args[a:b] for a, b in pairwise((0, *cuts, len(term.args)))]
            whole = [chain(table, part) if len(part) > 1 else part[0] for part in parts]
            yield from _sequence(table, pattern.args, tuple(whole), bound)
    if term.kind != pattern.kind or len(term.args) != len(pattern.args):
        return
    if pattern.kind == "call":
        alike = term.data is pattern.data and params_key(term.params) == params_key(pattern.params)
    elif pattern.kind == "array":
        alike = bool(pattern.data.symmetric and term.data.symmetric)
    else:
        alike = term.data == pattern.data
    if alike:
        yield from _sequence(table, pattern.args, term.args, bound)


def _sequence(table: Table, patterns: tuple[Term, ...], terms: tuple[Term, ...], bound: Bound) -> Iterator[Bound]:
    if not patterns:
        yield bound
        return
    for now in _matches(table, patterns[0], loose(terms[0]), bound):
        yield from _sequence(table, patterns[1:], terms[1:], now)


def _assigned(
    table: Table, wanted: Items, given: Items, left: Number, bound: Bound, *, linear: bool
) -> Iterator[Bound]:
    if not wanted:
        if not given and left == (0 if linear else 1):
            yield bound
        return
    (pattern, power), rest = wanted[0], wanted[1:]
    if pattern.kind == "var" and not rest:
        if linear:
            yield from _matches(table, pattern, scale(table, 1 / Fraction(power), total(table, given, left)), bound)
        elif power == 1 or (left == 1 and all(Fraction(e, power).denominator == 1 for _, e in given)):
            whole = product(table, [(b, Fraction(e, power)) for b, e in given], left)
            yield from _matches(table, pattern, whole, bound)
        return
    for place, (term, exponent) in enumerate(given):
        others = [*given[:place], *given[place + 1 :]]
        if linear:
            found = _matches(table, pattern, scale(table, Fraction(exponent) / power, term), bound)
        else:
            found = _matches(table, pattern, term, bound) if exponent == power else iter(())
        for now in found:
            yield from _assigned(table, rest, others, left, now, linear=linear)


def _fits(pattern: Term, term: Term) -> bool:
    """Whether a term has the axes that a name promises."""
    name = pattern.data
    if name in ("u", "w"):
        return True
    if name in ("A", "B"):
        return term.ndim == 2 and term.shape[0] == term.shape[1]
    return term.ndim == pattern.ndim and (name != "k" or term.shape[1] == 1)


def _instance(table: Table, template: Term, bound: Bound) -> Term:
    """A right side with what its names stand for."""
    made: dict[Term, Term] = {}
    for part in under([template]):
        if part.kind == "var":
            made[part] = bound[part.data]
        elif not part.args:
            made[part] = table.num(part.data) if part.kind == "num" else table.const(part.data)
        else:
            made[part] = rebuilt(table, part, [made[a] for a in part.args])
    return made[template]
