"""A formula as a person wrote it, any part of which can be given another value: how a slip of the pen is tried out."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, partial
from operator import matmul, mul, truediv
from typing import Any

import numpy as np
import numpy.typing as npt

from autograd_core.claims.compare import Comparison
from autograd_core.claims.mistakes.case import Case, Variant
from autograd_core.claims.passes import compute
from autograd_core.errors import AutogradError, Span
from autograd_core.expr.build import Builder
from autograd_core.expr.nodes import Expr, Var
from autograd_core.expr.parser import Source, Statement
from autograd_core.ops.spec import Shape

Array = npt.NDArray[Any]
Changes = Mapping[ast.expr, Expr]
Edits = Callable[["Written"], Iterator[Variant]]

MAX_PLACES = 60
"""Parts of a formula above which no changes of it are tried."""

FACTOR = "_factor"


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """An expression and its text, which can stand as a factor."""

    expr: Expr
    text: str

    @property
    def turned(self) -> Part:
        """The transpose."""
        return Part(self.expr.T, f"{self.text}.T")


@dataclass(frozen=True, slots=True, eq=False)
class Place:
    """A part of a formula: its syntax, what it is built to, where it stands, and the statement it stands in."""

    node: ast.expr
    expr: Expr | None
    parent: ast.expr | None
    statement: Statement
    span: Span
    text: str

    def overlaps(self, other: Place) -> bool:
        """Whether the two have characters in common."""
        return self.span[0] < other.span[1] and other.span[0] < self.span[1]

    @property
    def part(self) -> Part | None:
        """What stands here, as a factor; None where that does not fit."""
        return None if self.expr is None else Part(self.expr, bracketed(self))

    @property
    def is_term(self) -> bool:
        """Whether it is a whole formula, or a term of a sum."""
        parent = self.parent
        return parent is None or (isinstance(parent, ast.BinOp) and isinstance(parent.op, (ast.Add, ast.Sub)))


class Written:
    """A formula with its helpers, read for one case."""

    def __init__(self, case: Case, source: Source, whole: str) -> None:
        self.case = case
        self.source = source
        self.whole = whole
        self.builder = case.problem.builder(source, Changing)
        try:
            self.root: Expr | None = self.builder.program().result
        except AutogradError:
            self.root = None
        self.places = list(self._places())

    def _places(self) -> Iterator[Place]:
        """Every part that has a value, a whole before what it is made of."""
        for statement in self.source.statements:
            stack: list[tuple[ast.expr, ast.expr | None]] = [(statement.value, None)]
            while stack:
                node, parent = stack.pop()
                made = self.made(node, statement)
                start, end = statement.span(node)
                yield Place(node, made, parent, statement, (start, end), self.whole[start:end])
                stack += [(child, node) for child in reversed(_parts(node))]

    def made(self, node: ast.expr, statement: Statement | None = None) -> Expr | None:
        """What a part, or syntax made of parts, is built to; None where it does not fit."""
        known = self.builder.made.get(node)
        if known is not None:
            return known
        self.builder.statement = statement or self.source.statements[-1]
        try:
            return self.builder.whole(node)
        except (AutogradError, AttributeError):
            return None

    @cached_property
    def by_node(self) -> dict[ast.expr, Place]:
        """The place of each part."""
        return {place.node: place for place in self.places}

    def shown(self, node: ast.expr) -> str:
        """The text of a part, or of syntax made of parts, as a factor."""
        known = self.by_node.get(node)
        if known is not None:
            return bracketed(known)
        text = ast.unparse(node)
        return f"({text})" if isinstance(node, ast.BinOp) else text

    def part(self, node: ast.expr, statement: Statement | None = None) -> Part | None:
        """A part, or syntax made of parts, as a factor; None where it does not fit."""
        made = self.made(node, statement)
        return None if made is None else Part(made, self.shown(node))

    def edit(self, place: Place, new: Part, text: str, change: str | None = None, code: str | None = None) -> Variant:
        """The mistake that a part should be another one."""
        return self.edits({place: new}, text, change or f"write {new.text} here", code)

    def edits(self, new: Mapping[Place, Part], text: str, change: str, code: str | None = None) -> Variant:
        """The mistake that some parts should be others."""
        texts = {place: part.text for place, part in new.items()}
        return Variant(
            text,
            Mend(self, {place: part.expr for place, part in new.items()}, texts),
            mends=True,
            spans=tuple(place.span for place in new),
            change=change,
            mended=self.mended(texts),
            code=code,
        )

    def changed(self, changes: Changes, scaled: Place | None = None, shape: Shape = ()) -> Expr | None:
        """The whole formula with some parts replaced, and one multiplied by ``FACTOR``, an array of this shape.

        None where it does not fit.
        """
        builder = self.case.problem.builder(self.source, Changing)
        builder.changes.update(changes)
        if scaled is not None:
            builder.scaled, builder.factor = scaled.node, Var(FACTOR, shape)
        try:
            return builder.program().result
        except AutogradError:
            return None

    def mended(self, changes: Mapping[Place, str]) -> str:
        """The statement of the first change as it is to be written."""
        first = min(changes, key=lambda place: place.span)
        statement = first.statement
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


class Mend:
    """The value of a formula in which some parts are replaced, built when first asked for; ``texts`` say by what."""

    def __init__(
        self, written: Written, changes: Mapping[Place, Expr], texts: Mapping[Place, str] | None = None
    ) -> None:
        self.written = written
        self.changes = changes
        self.texts = texts or {}
        self.built: Expr | None = None
        self.tried = False

    def __call__(self, at: Comparison) -> Array | None:
        """The value at a point; None where it does not fit."""
        if not self.tried:
            self.tried = True
            self.built = self.written.changed({place.node: expr for place, expr in self.changes.items()})
        if self.built is None or self.built.shape != self.written.case.target.shape:
            return None
        return value(self.built, at)


class Changing(Builder):
    """Builds a formula with changes, and remembers what every part of it was built to."""

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self.changes: dict[ast.expr, Expr] = {}
        self.scaled: ast.expr | None = None
        self.factor: Expr | None = None
        self.made: dict[ast.expr, Expr] = {}

    def visit(self, node: ast.expr) -> Any:
        """The expression for one node of the tree, or what stands in its place."""
        change = self.changes.get(node)
        if change is not None:
            made = change
        else:
            made = yield from super().visit(node)
        if node is self.scaled and self.factor is not None:
            made = made * self.factor
        self.made[node] = made
        return made


def _parts(node: ast.expr) -> list[ast.expr]:
    """The parts of a part that have values of their own."""
    if isinstance(node, ast.BinOp):
        return [node.left, node.right]
    if isinstance(node, ast.UnaryOp):
        return [node.operand]
    if isinstance(node, ast.Compare):
        return [node.left, *node.comparators]
    if isinstance(node, (ast.Attribute, ast.Subscript)):
        return [node.value]
    if isinstance(node, ast.Call):
        method = [node.func.value] if isinstance(node.func, ast.Attribute) else []
        listed = [each for arg in node.args for each in (arg.elts if isinstance(arg, ast.List) else [arg])]
        return [*method, *(each for each in listed if not isinstance(each, (ast.Tuple, ast.Constant)))]
    return []


def _closed(text: str) -> bool:
    """Whether one pair of brackets holds the whole text."""
    depth = 0
    for place, ch in enumerate(text):
        depth += (ch == "(") - (ch == ")")
        if depth == 0:
            return place == len(text) - 1 and len(text) > 1
    return False


def bracketed(place: Place) -> str:
    """The text of a part, in brackets where it is a sum, a product or a comparison."""
    loose = isinstance(place.node, (ast.BinOp, ast.UnaryOp, ast.Compare))
    return f"({place.text})" if loose else place.text


def value(expr: Expr, at: Comparison, factor: float | Array | None = None) -> Array:
    """The value of a changed formula at a point."""
    if factor is None:
        return np.asarray(at.point.evaluate(expr), dtype=np.float64)
    bound = {**at.point.bound, FACTOR: np.asarray(factor, dtype=np.float64)}
    return np.asarray(compute([expr], bound, at.point.values)[expr], dtype=np.float64)


def fit(operation: Callable[..., Any], *operands: Expr | None) -> Expr | None:
    """What an operation builds of operands; None where shapes do not fit, or an operand is missing."""
    if any(each is None for each in operands):
        return None
    try:
        made = operation(*operands)
    except AutogradError:
        return None
    return made if isinstance(made, Expr) else None


def joined(sign: str, *parts: Part | None) -> Part | None:
    """A product or a quotient of parts; None where shapes do not fit, or a part is missing."""
    found = [part for part in parts if part is not None]
    if not found or len(found) < len(parts):
        return None
    expr: Expr | None = found[0].expr
    for part in found[1:]:
        expr = fit(_SIGNS[sign], expr, part.expr)
    return None if expr is None else Part(expr, sign.join(part.text for part in found))


_SIGNS: dict[str, Callable[..., Any]] = {"*": mul, "/": truediv, "@": matmul}


def factors_of(node: ast.expr, kind: type[ast.operator]) -> list[ast.expr]:
    """The factors of a product of one kind, brackets around parts of it undone."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, kind):
        return [*factors_of(node.left, kind), *factors_of(node.right, kind)]
    return [node]


def claim_of(case: Case) -> Written | None:
    """The claim as it was written; None for numbers, and for what is too long to be tried."""
    source = case.source
    return case.once("claim", lambda: None if source is None else _short(Written(case, source, case.whole)))


def expression_of(case: Case) -> Written | None:
    """The expression as it was written."""
    problem = case.problem
    return case.once("expression", lambda: _short(Written(case, problem.program.source, problem.text)))


def answer_of(case: Case) -> Written | None:
    """The right formula, where it is known and right at every point."""

    def find() -> Written | None:
        source = case.answer()
        found = None if source is None else Written(case, source, source.text)
        root = None if found is None else found.root
        right = root is not None and case.explains(Variant("", lambda at: value(root, at), mends=True))
        return _short(found) if found is not None and right else None

    return case.once("answer", find)


def _short(written: Written) -> Written | None:
    return written if len(written.places) <= MAX_PLACES else None


def of_claim(edits: Edits) -> Callable[[Case], Iterator[Variant]]:
    """Changes of the claim's own text, where it is a formula."""
    return partial(_edited, claim_of, edits)


def of_answer(edits: Edits) -> Callable[[Case], Iterator[Variant]]:
    """Changes of the right formula that make the claim of it, where it is known."""
    return partial(_edited, answer_of, edits)


def _edited(find: Callable[[Case], Written | None], edits: Edits, case: Case) -> Iterator[Variant]:
    written = find(case)
    return iter(()) if written is None else edits(written)
