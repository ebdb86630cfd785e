"""A formula as a person wrote it, any part of which can be given another value: how a slip of the pen is tried out."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from autograd_core.claims.mistakes.case import Case, Look
from autograd_core.claims.passes import compute
from autograd_core.errors import AutogradError, Span
from autograd_core.expr.build import Builder
from autograd_core.expr.nodes import Expr, Var
from autograd_core.expr.source import Source, Statement
from autograd_core.ops.spec import Shape

Array = npt.NDArray[Any]
Changes = Mapping[ast.expr, Expr]

MAX_PLACES = 60
"""Parts of a formula above which no changes of it are tried."""

FACTOR = "_factor"


@dataclass(frozen=True, slots=True, eq=False)
class Place:
    """A part of a formula: its syntax, what it is built to, where it stands, and the statement it stands in."""

    node: ast.expr
    expr: Expr | None
    parent: ast.expr | None
    statement: Statement
    span: Span
    text: str

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
        self.builder = case.problem.builder(source, _Changing)
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

    def changed(self, changes: Changes, scaled: Place | None = None, shape: Shape = ()) -> Expr | None:
        """The whole formula with some parts replaced, and one multiplied by ``FACTOR``, an array of this shape.

        None where it does not fit.
        """
        builder = self.case.problem.builder(self.source, _Changing)
        builder.changes = changes
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


class _Changing(Builder):
    """Builds a formula with changes, and remembers what every part of it was built to."""

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self.changes: Changes = {}
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


def value(expr: Expr, look: Look, factor: float | Array | None = None) -> Array:
    """The value of a changed formula at a point."""
    if factor is None:
        return np.asarray(look.point.evaluate(expr), dtype=np.float64)
    bound = {**look.point.bound, FACTOR: np.asarray(factor, dtype=np.float64)}
    return np.asarray(compute([expr], bound, look.point.values)[expr], dtype=np.float64)
