"""A formula as a person wrote it, any part of which can be given another value: how a slip of the pen is tried out."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property, lru_cache, partial
from typing import Any

import numpy as np
import numpy.typing as npt

from autograd_core.claims.compare import Seen
from autograd_core.claims.mistakes.case import Case, Variant, cached
from autograd_core.errors import AutogradError, Span
from autograd_core.expr.build import Builder
from autograd_core.expr.nodes import Const, Expr, Var, topological
from autograd_core.expr.parser import Source, Statement, read
from autograd_core.expr.run import Plan
from autograd_core.ops.spec import Shape

Array = npt.NDArray[Any]
Edits = Callable[["Place"], Iterator[Variant | None]]
Variants = Callable[[Case], Iterator[Variant | None]]

MAX_PLACES = 60
"""Parts of a formula above which no changes of it are tried."""

PART = "_part"
LETTERS = "abcdefgh"
"""What stands for the parts that a template is filled with."""


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """An expression, None where it does not fit, and its syntax."""

    expr: Expr | None
    node: ast.expr

    @property
    def text(self) -> str:
        """How it is written."""
        return re.sub(r" (\*\*|[*/]) ", r"\1", ast.unparse(self.node))

    @property
    def is_matrix(self) -> bool:
        """Whether it is a matrix that is no constant, and has several entries."""
        expr = self.expr
        return expr is not None and len(expr.shape) == 2 and not isinstance(expr, Const) and max(expr.shape) > 1


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Place(Part):
    """A part of a formula that was ``written``: what it is part of, and the statement it stands in."""

    written: Written
    parent: ast.expr | None
    statement: Statement

    @property
    def span(self) -> Span:
        """Where it stands in the text."""
        return self.statement.span(self.node)

    @property
    def text(self) -> str:
        """How it was written."""
        return self.written.whole[slice(*self.span)]

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

    def edit(self, new: Part | None, text: str, change: str = "write {new} here", code: str = "") -> Variant | None:
        """The mistake that this part should be another one; ``{old}`` and ``{new}`` stand for their texts.

        None where the other one does not fit.
        """
        if new is None or new.expr is None:
            return None
        expr, written = new.expr, self.written
        text, change = (each.replace("{old}", self.text).replace("{new}", new.text) for each in (text, change))

        def make(at: Seen) -> Array | None:
            return self.put(value(expr, at), at)

        if not written.claimed:
            return Variant(text, make, change=change, code=code)
        return Variant(text, make, True, (self.span,), change, partial(self.mended, new.node), code)

    def put(self, array: Array, at: Seen) -> Array | None:
        """What the whole formula comes to where this part has another value; None where that does not fit."""
        written, key = self.written, (self, array.shape)
        if key not in written.plans:
            written.plans[key] = None
            builder = written.case.problem.builder(written.source)
            builder.changes[self.node] = Var(PART, array.shape)
            with suppress(AutogradError):
                whole = builder.program().result
                inputs = [each for each in topological([whole]) if isinstance(each, Var)]
                if whole.shape == written.case.target.shape:
                    written.plans[key] = [each.name for each in inputs], Plan([whole], inputs)
        found = written.plans[key]
        if found is None:
            return None
        bound = {**at.point.bound, PART: array}
        return np.asarray(found[1](*[bound[name] for name in found[0]])[0], dtype=np.float64)

    def mended(self, new: ast.expr) -> str:
        """The statement that this part stands in, as it is to be written with ``new`` in its place."""
        value = _substituted(self.statement.value, lambda node: new if node is self.node else None)
        return f"{self.statement.name or self.written.case.name} = {Part(None, value).text}"


def _substituted(node: Any, new: Callable[[ast.AST], ast.AST | None]) -> Any:
    """A tree with others in the place of some of its nodes."""
    if isinstance(node, list):
        return [_substituted(each, new) for each in node]
    if not isinstance(node, ast.AST):
        return node
    fields = {name: _substituted(value, new) for name, value in ast.iter_fields(node)}
    return new(node) or type(node)(**fields)


@lru_cache(maxsize=256)
def _template(text: str) -> Source:
    return read(text)


def syntax(template: str, *parts: Part) -> ast.expr:
    """The syntax of a template in the language, in which its letters ``a``, ``b``, ... stand for parts in turn.

    Raises ExpressionError for what is not in the language.
    """
    given = dict(zip(LETTERS, parts, strict=False))

    def part(node: ast.AST) -> ast.AST | None:
        return given[node.id].node if isinstance(node, ast.Name) and node.id in given else None

    found: ast.expr = _substituted(_template(template).statements[0].value, part)
    return found


def fill(template: str, *parts: Part | None) -> Part | None:
    """What a template makes of parts; None where they do not fit, or one is missing."""
    known = {letter: part for letter, part in zip(LETTERS, parts, strict=False) if part is not None}
    builder = Builder(_template(template), {})
    builder.named.update({letter: part.expr for letter, part in known.items() if part.expr is not None})
    if len(builder.named) < len(parts):
        return None
    try:
        return Part(builder.program().result, syntax(template, *known.values()))
    except AutogradError:
        return None


class Written:
    """A formula with its helpers, read for one case; ``claimed`` tells that it is the claim, which changes mend."""

    def __init__(self, case: Case, source: Source, whole: str, *, claimed: bool = False) -> None:
        self.case = case
        self.source = source
        self.whole = whole
        self.claimed = claimed
        self.root: Expr | None = None
        builder = case.problem.builder(source)
        with suppress(AutogradError):
            self.root = builder.program().result
        self.places = list(self._places(builder.made))
        self.plans: dict[tuple[Place, Shape], tuple[list[str], Plan] | None] = {}

    def _places(self, made: Mapping[ast.expr, Expr]) -> Iterator[Place]:
        """Every part that has a value, a whole before what it is made of."""
        for statement in self.source.statements:
            stack: list[tuple[ast.expr, ast.expr | None]] = [(statement.value, None)]
            while stack:
                node, parent = stack.pop()
                yield Place(made.get(node), node, written=self, parent=parent, statement=statement)
                if not (self.claimed and isinstance(node, ast.Compare)):  # its slips show at few points
                    stack += [(child, node) for child in reversed(_parts(node))]

    @cached_property
    def by_node(self) -> dict[ast.expr, Place]:
        """The place of each part."""
        return {place.node: place for place in self.places}


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


def value(expr: Expr, at: Seen) -> Array:
    """The value of a formula at a point."""
    return np.asarray(at.point.evaluate(expr), dtype=np.float64)


@cached
def claim_of(case: Case) -> Written | None:
    """The claim as it was written; None for numbers, and for what is too long to be tried."""
    return None if case.source is None else _short(Written(case, case.source, case.whole, claimed=True))


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


def _changes(find: Callable[[Case], Written | None], edits: Edits) -> Variants:
    """What is tried at every place of a text, where there is one."""

    def found(case: Case) -> Iterator[Variant | None]:
        written = find(case)
        for place in [] if written is None else written.places:
            yield from edits(place)

    return found


of_claim, of_answer = partial(_changes, claim_of), partial(_changes, answer_of)
"""Changes of the claim's own text; and of the right formula, that make the claim of it."""
