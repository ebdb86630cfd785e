"""Common parts of a formula get a name where that shortens it: the user's own, ``f`` for the result, or a letter."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterator, Mapping
from fractions import Fraction

from autograd_core.expr.parser import CONSTANTS
from autograd_core.formula.algebra import Items, factors, product, scale, split
from autograd_core.formula.contraction import chain, over, reduced, symmetric, turned
from autograd_core.formula.numbers import HALF
from autograd_core.formula.terms import Number, Table, Term, under
from autograd_core.ops.registry import find, op

LEAST_PART = 7
"""Characters a part must have to be given a name."""

MAX_PRODUCTS = 24
"""Products in which a common one is looked for."""

LEAST_SAVING = 5
"""Characters a name must save."""

LEAST_OF_TERM = 2
"""The same for a matrix product, and a function or a sum of more than a name."""

_LETTERS = {"sum": "r", "chain": "z", "transpose": "P", "reduce": "t"}
"""The letter that is tried first, by what the part is; an operation declares its own."""


def name_parts(root: Term, labels: Mapping[Term, str], taken: Collection[str]) -> tuple[dict[Term, str], int]:
    """Names for parts below ``root``, in order, and about how long the text gets; ``labels`` are the user's names."""
    parts = under([root])
    uses: dict[Term, int] = {}
    for part in parts:
        for arg in part.args:
            uses[arg] = uses.get(arg, 0) + 1
    lengths: dict[Term, int] = {}
    names: dict[Term, str] = {}
    used = {*taken, *labels.values()}
    whole = 0
    for part in parts:
        length = lengths[part] = part.own + sum(lengths[a] for a in part.args)
        count = uses.get(part, 0)
        if part.kind in ("var", "num", "fill", "expand") or (part.kind == "sum" and len(part.args) == 1):
            continue
        if count < 2 or length < LEAST_PART:
            continue
        label = labels.get(part)
        name = label if label is not None and label not in names.values() else letter(part, used)
        saves = (count - 1) * length - (count + 1) * len(name) - len(" = ; ")
        saves += 2 * count * (part.kind == "chain")  # its brackets
        one = part.kind in ("call", "reduce") and all(a.kind == "var" for a in part.args)
        compound = part.kind in ("chain", "call", "reduce") and not one
        if saves < (0 if name == label else LEAST_OF_TERM if compound else LEAST_SAVING):
            continue
        names[part] = name
        used.add(name)
        whole += length + len(name) + len(" = ; ")
        lengths[part] = len(name)
    return names, whole + lengths[root]


def with_result(table: Table, root: Term, result: Term, f: Term) -> Term:
    """The term in which ``f`` stands for the result, also where the result is some of the factors of a product."""
    wanted, content = factors(result)
    coefficient, whole = split(result)
    base, exponent = wanted[0]
    long = len(base.args) + bool(base.data[1]) > 1 if base.kind == "sum" else base.kind != "var"
    powers = len(wanted) > 1 or exponent % 1 or (exponent != 1 and long)
    done: dict[Term, Term] = {}
    for term in under([root]):
        if term is whole:
            done[term] = scale(table, 1 / coefficient, f)
            continue
        if term.kind == "call" and term.data in (op.equal, op.not_equal):
            done[term] = term  # both sides are computed alike, so that rounding does not tell them apart
            continue
        new = over(table, term, done)
        if term.kind == "chain" and dict(_product(term)) == dict(wanted):
            new = scale(table, 1 / content, reduced(table, f, f.shape, [0]))
        if term.kind == "prod" and whole is not None and whole.kind == "prod":
            own = dict(zip(term.args, term.data, strict=True))
            for often in _times(own, wanted) if powers else ():
                left = [(done[b], e - often * dict(wanted).get(b, 0)) for b, e in own.items()]
                made = product(table, [*left, (f, often)], 1 / content**often)
                new = made if new is term or made.size < new.size else new
        done[term] = new if new.shape == term.shape else term
    return done[root]


def with_norms(table: Table, root: Term) -> Term:
    """The term in which ``a @ a`` is ``norm(a)**2``, also where it was multiplied out as ``x @ A.T @ A @ x``."""
    instead: dict[Term, Term] = {}
    for term in under([root]):
        half = term.args[len(term.args) // 2 :]
        whole = term.kind == "chain" and not term.shape and len(term.args) == 2 * len(half)
        if whole and turned(table, half) == list(term.args[: len(half)]):
            inner = chain(table, half) if len(half) > 1 else half[0]
            norm = table.call(op.vector_norm, [inner], op.vector_norm.bind([inner], {})[1], ())
            instead[term] = product(table, [(norm, 2)])
    return replaced(table, root, instead) if instead else root


def common_product(table: Table, root: Term, f: Term) -> tuple[Term, Term] | None:
    """A product that occurs within several others or under a sum, and the term with ``f`` in its place."""
    found = [part for part in under([root]) if _product(part)][:MAX_PRODUCTS]
    best: tuple[int, Term, Term] | None = None
    tried: set[Term] = set()
    for a, b in itertools.combinations(found, 2):
        others = dict(_product(b))
        both = [
            (base, min(Fraction(e), Fraction(others[base]), key=abs))
            for base, e in _product(a)
            if others.get(base, 0) * e > 0
        ]
        made = product(table, both) if len(both) > 1 else table.one
        if made.kind != "prod" or made in tried:
            continue
        tried.add(made)
        name = table.var(f.data, made.shape)
        short = with_result(table, root, made, name)
        size = short.size + made.size
        if short.shape == root.shape and size + LEAST_SAVING < root.size and (best is None or size < best[0]):
            best = size, made, short
    return best and best[1:]


def _product(term: Term) -> Items:
    """The factors of a product, and of the products that ``a @ b`` is the sum of."""
    if term.kind == "chain" and len(term.args) == 2 and not term.shape and term.args[0] is not term.args[1]:
        return [(a, 1) for a in term.args]
    return factors(term)[0] if term.kind == "prod" else []


def _times(own: Mapping[Term, Number], wanted: Items) -> set[int]:
    """How often a product may be found among factors with these exponents, as whole numbers of either sign."""
    ratios = [Fraction(own.get(base, 0)) / exponent for base, exponent in wanted]
    found = {int(ratio) for ratio in ratios} if all(ratios) else set()
    return found - {0} if min(found, default=0) < 0 < max(found) else {min(found, key=abs, default=0)} - {0}


def told(table: Table, name: Term, meaning: Term) -> None:
    """Tell the rules what a name stands for."""
    table.meanings[name] = meaning
    table.simple.clear()
    table.symmetric[name] = symmetric(table, meaning)


def solved(
    table: Table, terms: Mapping[str, Term], names: Mapping[str, Term], *, result: bool = False
) -> dict[str, Term]:
    """Terms in which what a name was made of is written by it: with ``xhat = (x - mean(x))/s`` what is under s.

    With ``h = relu(z)``, ``z > 0`` is ``h > 0``. A name of the ``result`` also takes the place of a variable that it is
    a multiple of, but for where that is in a function or under a sum: ``x`` is ``f*sum(x)``.
    """
    found = dict(terms)
    for label, term in names.items():
        if term.kind not in ("var", "num", "const"):
            name = table.var(label, term.shape)
            found = {each: replaced(table, root, {term: name}) for each, root in found.items()}
    for label, term in reversed(list(names.items())):
        name = table.var(label, term.shape)
        instead: dict[Term, Term] = {}
        if term.kind == "call" and term.data in (op.relu, op.maximum):
            inner = [a for a in term.args if a.value != 0]
            if len(inner) == 1 and inner[0].shape == term.shape:
                above, there = (table.call(op.greater, [a, table.zero], {}, a.shape) for a in (inner[0], name))
                instead[above] = there
        bases, coefficient = factors(term)
        kinds = ("sum", "chain", "call") if len(bases) == 1 else ("sum", "chain")
        parts = [(b, Fraction(e)) for b, e in bases if b.kind in kinds and b.ndim == term.ndim]
        if result and not term.shape:
            parts = []
        elif result and not parts:
            parts = [
                (b, Fraction(e)) for b, e in bases if b.kind == "var" and b.ndim == term.ndim > 0 and len(bases) > 1
            ]
        if len(parts) == 1 and abs(parts[0][1]) in (1, HALF):
            base, exponent = parts[0]
            rest = [(b, -e / exponent) for b, e in bases if b is not base]
            made = product(table, [(name, 1 / exponent), *rest], coefficient ** int(-1 / exponent))
            divides = result and any(e < 0 for _, e in rest)  # what may be 0 where the gradient is not
            if made.shape == base.shape and not divides:
                instead |= {base: made, **{b: b for b, _ in rest}}
        whole = (
            ("call", "reduce") if any(part.kind == "var" and made is not part for part, made in instead.items()) else ()
        )
        found = {each: replaced(table, root, instead, whole) for each, root in found.items()}
    return found


def replaced(table: Table, root: Term, instead: Mapping[Term, Term], whole: Collection[str] = ()) -> Term:
    """The term with others in the place of some of its parts; kinds that stay ``whole`` are not looked into."""
    done: dict[Term, Term] = {}
    for term in under([root]):
        new = instead.get(term) or (term if term.kind in whole else over(table, term, done))
        done[term] = new if new.shape == term.shape else term
    return done[root]


def letter(term: Term, used: Collection[str]) -> str:
    """A short name that nothing else has."""
    first: str = (term.data.letter if term.kind == "call" else _LETTERS.get(term.kind)) or "q"
    numbered = (f"{first}{number}" for number in itertools.count(1))
    candidates: Iterator[str] = itertools.chain([first, *"rstuvwzabcdghkmnpq"], numbered)
    return next(name for name in candidates if name not in used and name not in CONSTANTS and find(name) is None)
