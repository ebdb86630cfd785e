"""Common parts of a formula get a name where that shortens it: the user's own, ``f`` for the result, or a letter."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from autograd_core.expr.source import CONSTANTS
from autograd_core.formula.algebra import factors, product, scale, split
from autograd_core.formula.contraction import rebuilt
from autograd_core.formula.terms import Table, Term, under
from autograd_core.ops.registry import find

LEAST_PART = 8
"""Characters a part must have to be given a name."""

LEAST_SAVING = 5
"""Characters a name must save."""

_LETTERS = {
    "softmax": "p",
    "log_softmax": "q",
    "sigmoid": "s",
    "tanh": "h",
    "relu": "h",
    "inv": "P",
    "sqrt": "s",
    "norm": "n",
    "sum": "r",
    "chain": "z",
    "transpose": "P",
    "reduce": "t",
    "prod": "q",
}
"""The letter that is tried first, by what the part is."""


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
        if part.kind in ("var", "num", "fill") or (part.kind == "sum" and len(part.args) == 1):
            continue
        if count < 2 or length < LEAST_PART:
            continue
        label = labels.get(part)
        name = label if label is not None and label not in names.values() else letter(part, used)
        if name == label and saved(count, length, name) < 0:
            name = letter(part, used)
        if saved(count, length, name) < (0 if name == label else LEAST_SAVING):
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
    done: dict[Term, Term] = {}
    for term in under([root]):
        args = [done[a] for a in term.args]
        if term is whole:
            done[term] = scale(table, 1 / coefficient, f)
            continue
        if term.kind == "call" and term.data.name in ("equal", "not_equal"):
            done[term] = term  # both sides are computed alike, so that rounding does not tell them apart
            continue
        new = term if all(a is b for a, b in zip(args, term.args, strict=True)) else rebuilt(table, term, args)
        if term.kind == "prod" and len(wanted) > 1:
            own = dict(zip(term.args, term.data, strict=True))
            if all(own.get(b, 0) / e >= 1 for b, e in wanted):
                left = [(done[b], e - dict(wanted).get(b, 0)) for b, e in own.items()]
                new = product(table, [*left, (f, 1)], 1 / content)
        done[term] = new if new.shape == term.shape else term
    return done[root]


def saved(count: int, length: int, name: str) -> int:
    """The characters that a name saves for a part that stands ``count`` times."""
    return (count - 1) * length - (count + 1) * len(name) - len(" = ; ")


def letter(term: Term, used: Collection[str]) -> str:
    """A short name that nothing else has."""
    kind: str = term.data.name if term.kind == "call" else term.kind
    first: str = _LETTERS.get(kind, "q")
    candidates: list[str] = [first, *"rstuvwzabcdghkmnpq"]
    for name in candidates:
        if free(name, used):
            return name
    number = 1
    while not free(f"{first}{number}", used):
        number += 1
    return f"{first}{number}"


def free(name: str, used: Collection[str]) -> bool:
    """Whether a name means nothing yet."""
    return name not in used and name not in CONSTANTS and find(name) is None
