"""A formula as a person wrote it, any part of which can be given another value: how a slip of the pen is tried out."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache, partial
from typing import Any

import numpy as np
import numpy.typing as npt

from autograd_core.claims.compare import Seen
from autograd_core.claims.mistakes.case import Case, Variant, cached
from autograd_core.errors import AutogradError, Span
from autograd_core.expr.build import Builder
from autograd_core.expr.nodes import Const, Expr, Var, variables_in
from autograd_core.expr.parser import Source, Statement, read
from autograd_core.expr.run import Plan
from autograd_core.ops.spec import Shape

Array = npt.NDArray[Any]
Edits = Callable[["Place"], Iterator[Variant | None]]
Variants = Callable[[Case], Iterator[Variant | None]]
Later = Callable[["Place"], bool]

MAX_PLACES = 60
"""Parts of a formula above which no changes of it are tried."""

PART = "_part"
LETTERS = "abcdefgh"
"""What stands for the parts that a template is filled with."""


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """An expression, None where it does not fit, and its text; a ``loose`` one needs brackets as a factor."""

    expr: Expr | None
    text: str
    loose: bool = False

    @property
    def factor(self) -> str:
        """The text as it stands in a product."""
        return f"({self.text})" if self.loose else self.text

    @property
    def closed(self) -> Part:
        """The part with the brackets that it needs as a factor."""
        return Part(self.expr, self.factor)

    @property
    def is_matrix(self) -> bool:
        """Whether it is a matrix that is no constant, and has several entries."""
        expr = self.expr
        return expr is not None and len(expr.shape) == 2 and not isinstance(expr, Const) and max(expr.shape) > 1


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Place(Part):
    """A part of a formula that was ``written``: its syntax, where it stands, and the statement it stands in."""

    written: Written
    node: ast.expr
    parent: ast.expr | None
    statement: Statement
    span: Span

    def overlaps(self, other: Place) -> bool:
        """Whether the two have characters in common."""
        return self.span[0] < other.span[1] and other.span[0] < self.span[1]

    def inside(self, *kinds: type[ast.operator]) -> bool:
        """Whether it is an operand of an operation of these kinds."""
        return isinstance(self.parent, ast.BinOp) and isinstance(self.parent.op, kinds)

    @property
    def is_term(self) -> bool:
        """Whether it is a whole formula, or a term of a sum."""
        return self.parent is None or self.inside(ast.Add, ast.Sub)

    @property
    def is_whole(self) -> bool:
        """Whether it is the whole formula, and no helper of it."""
        return self.parent is None and self.statement is self.written.source.statements[-1]

    @property
    def leads_term(self) -> bool:
        """Whether it is a factor of a term: of another sign the whole term has the other sign."""
        place = self
        while isinstance(place.parent, ast.BinOp) and place.inside(ast.Mult, ast.Div, ast.MatMult):
            place = self.at(place.parent)
        return place.is_term

    def find(self, node: ast.expr) -> Place | None:
        """The place of another part of the same formula; None for what has no value."""
        return self.written.by_node.get(node)

    def at(self, node: ast.expr) -> Place:
        """The place of another part of the same formula, which has a value."""
        return self.written.by_node[node]

    def factors(self, kind: type[ast.operator]) -> list[Place]:
        """The factors of a product of one kind, brackets around parts of it undone; none of a part of a product."""
        found: list[Place] = []
        stack = [] if self.inside(kind) else [self.node]
        while stack:
            node = stack.pop()
            if isinstance(node, ast.BinOp) and isinstance(node.op, kind):
                stack += [node.right, node.left]
            else:
                found.append(self.at(node))
        return found

    def edit(
        self, new: Part | None, text: str, change: str = "write {new} here", code: str | None = None
    ) -> Variant | None:
        """The mistake that this part should be another one; ``{old}`` and ``{new}`` stand for their texts."""
        return self.written.edits({self: new}, text, change, code)


@lru_cache(maxsize=256)
def _template(text: str) -> Source:
    return read(text)


def fill(template: str, *parts: Part | None) -> Part | None:
    """What a template in the language makes of parts, which its letters ``a``, ``b``, ... stand for in turn.

    None where they do not fit, or one is missing.
    """
    given = {letter: part for letter, part in zip(LETTERS, parts, strict=False) if part is not None}
    source = _template(template)
    builder = Builder(source, {})
    builder.named.update({letter: part.expr for letter, part in given.items() if part.expr is not None})
    if len(builder.named) < len(parts):
        return None
    try:
        expr = builder.program().result
    except AutogradError:
        return None

    def text(match: re.Match[str]) -> str:
        argument = template[match.start() - 1 : match.start()] in ("(", " ") and template[match.end() :][:1] in ",)"
        return given[match[0]].text if argument else given[match[0]].factor

    loose = isinstance(source.statements[0].value, (ast.BinOp, ast.UnaryOp))
    return Part(expr, re.sub(r"\b[a-h]\b", text, template), loose)


def multiplied(sign: str, *parts: Part | None) -> Part | None:
    """A product of parts, by ``*`` or ``@``; one alone is itself."""
    return parts[0] if len(parts) == 1 else fill(sign.join(LETTERS[: len(parts)]), *parts)


class Written:
    """A formula with its helpers, read for one case; ``claimed`` tells that it is the claim, which changes mend."""

    def __init__(self, case: Case, source: Source, whole: str, *, claimed: bool = False) -> None:
        self.case = case
        self.source = source
        self.whole = whole
        self.claimed = claimed
        self.builder = case.problem.builder(source)
        self.root: Expr | None = None
        with suppress(AutogradError):
            self.root = self.builder.program().result
        self.places = list(self._places())
        self.plans: dict[tuple[tuple[Place, Shape], ...], tuple[list[str], Plan] | None] = {}

    def _places(self) -> Iterator[Place]:
        """Every part that has a value, a whole before what it is made of."""
        for statement in self.source.statements:
            stack: list[tuple[ast.expr, ast.expr | None]] = [(statement.value, None)]
            while stack:
                node, parent = stack.pop()
                made = self.made(node, statement)
                start, end = span = statement.span(node)
                loose = isinstance(node, (ast.BinOp, ast.UnaryOp, ast.Compare))
                text = self.whole[start:end]
                yield Place(made, text, loose, written=self, node=node, parent=parent, statement=statement, span=span)
                stack += [(child, node) for child in reversed(_parts(node))]

    def made(self, node: ast.expr, statement: Statement) -> Expr | None:
        """What a part, or syntax made of parts, is built to; None where it does not fit."""
        known = self.builder.made.get(node)
        if known is not None:
            return known
        self.builder.statement = statement
        try:
            return self.builder.whole(node)
        except (AutogradError, AttributeError):
            return None

    @cached_property
    def by_node(self) -> dict[ast.expr, Place]:
        """The place of each part."""
        return {place.node: place for place in self.places}

    def edits(
        self, new: Mapping[Place, Part | None], text: str, change: str, code: str | None = None
    ) -> Variant | None:
        """The mistake that some parts should be others; None where one of these does not fit."""
        exprs = {place: part.expr for place, part in new.items() if part is not None and part.expr is not None}
        texts = {place: part.text for place, part in new.items() if part is not None}
        if len(exprs) < len(new):
            return None
        old, other = next(iter(texts.items()))
        words = {"{old}": old.text, "{new}": other}
        text, change = (re.sub("{old}|{new}", lambda match: words[match[0]], each) for each in (text, change))
        built = cache(partial(self.changed, exprs))

        def make(at: Seen) -> Array | None:
            return self.put({place: value(expr, at) for place, expr in exprs.items()}, at)

        if not self.claimed:
            return Variant(text, make, change=change, code=code, built=built)
        return Variant(text, make, True, tuple(place.span for place in new), change, self.mended(texts), code, built)

    def changed(self, changes: Mapping[Place, Expr]) -> Expr | None:
        """The whole formula with some parts replaced; None where it does not fit."""
        builder = self.case.problem.builder(self.source)
        builder.changes.update({place.node: expr for place, expr in changes.items()})
        try:
            return builder.program().result
        except AutogradError:
            return None

    def put(self, arrays: Mapping[Place, Array], at: Seen) -> Array | None:
        """What the whole formula comes to where some parts have other values; None where these do not fit."""
        key = tuple((place, array.shape) for place, array in arrays.items())
        names = [f"{PART}{i}" for i in range(len(arrays))]
        if key not in self.plans:
            self.plans[key] = None
            whole = self.changed({place: Var(n, shape) for n, (place, shape) in zip(names, key, strict=True)})
            if whole is not None and whole.shape == self.case.target.shape:
                inputs = variables_in(whole)
                self.plans[key] = list(inputs), Plan([whole], list(inputs.values()))
        found = self.plans[key]
        if found is None:
            return None
        bound = {**at.point.bound, **dict(zip(names, arrays.values(), strict=True))}
        return np.asarray(found[1](*[bound[name] for name in found[0]])[0], dtype=np.float64)

    def mended(self, changes: Mapping[Place, str]) -> str:
        """The statement of the first change as it is to be written."""
        statement = min(changes, key=lambda place: place.span).statement
        start, end = statement.span(statement.value)
        text = self.whole[start:end]
        for place, new in sorted(changes.items(), key=lambda item: -item[0].span[0]):
            if place.statement is statement:
                around = self.whole[place.span[0] - 1 : place.span[0]] + self.whole[place.span[1] : place.span[1] + 1]
                if around == "()" and _closed(new):
                    new = new[1:-1]
                text = text[: place.span[0] - start] + new + text[place.span[1] - start :]
        text = text[1:-1] if _closed(text) else text
        return f"{statement.name or self.case.name} = {text}"


def _parts(node: ast.expr) -> list[ast.expr]:
    """The parts of a part that have values of their own."""
    if isinstance(node, ast.Call):
        method = [node.func.value] if isinstance(node.func, ast.Attribute) else []
        listed = [each for arg in node.args for each in (arg.elts if isinstance(arg, ast.List) else [arg])]
        return [*method, *(each for each in listed if not isinstance(each, (ast.Tuple, ast.Constant)))]
    if isinstance(node, ast.Subscript):
        return [node.value]
    whole = isinstance(node, (ast.BinOp, ast.UnaryOp, ast.Compare, ast.Attribute))
    return [each for each in ast.iter_child_nodes(node) if whole and isinstance(each, ast.expr)]


def _closed(text: str) -> bool:
    """Whether one pair of brackets holds the whole text."""
    depth = 0
    for place, ch in enumerate(text):
        depth += (ch == "(") - (ch == ")")
        if depth == 0:
            return place == len(text) - 1 and len(text) > 1
    return False


def value(expr: Expr, at: Seen) -> Array:
    """The value of a formula at a point."""
    return np.asarray(at.point.evaluate(expr), dtype=np.float64)


@cached
def claim_of(case: Case) -> Written | None:
    """The claim as it was written; None for numbers, and for what is too long to be tried."""
    return None if case.source is None else _short(Written(case, case.source, case.whole, claimed=True))


@cached
def expression_of(case: Case) -> Written | None:
    """The expression as it was written."""
    return _short(Written(case, case.problem.program.source, case.problem.text))


@cached
def answer_of(case: Case) -> Written | None:
    """The right formula, where it is known and right at every point."""
    source = case.answer()
    found = None if source is None else Written(case, source, source.text)
    root = None if found is None else found.root
    right = root is not None and case.explains(Variant("", lambda at: value(root, at), mends=True))
    return _short(found) if found is not None and right else None


def _short(written: Written) -> Written | None:
    return written if len(written.places) <= MAX_PLACES else None


def _changes(find: Callable[[Case], Written | None], edits: Edits, later: Later = lambda _: False) -> Variants:
    """What is tried at every place of a text, where there is one: the places that come ``later`` last."""

    def found(case: Case) -> Iterator[Variant | None]:
        written = find(case)
        for place in [] if written is None else sorted(written.places, key=later):
            yield from edits(place)

    return found


of_claim, of_answer, of_expression = (partial(_changes, each) for each in (claim_of, answer_of, expression_of))
"""Changes of the claim's own text; of the right formula, that make the claim of it; and of the expression."""
