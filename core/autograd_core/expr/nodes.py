"""Expression nodes: names, constants and applied operations, each with a shape known when it is built."""

from __future__ import annotations

import math
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from operator import attrgetter
from typing import Any

import numpy as np
import numpy.typing as npt

from autograd_core.engine.node import numbers
from autograd_core.engine.operators import Operators
from autograd_core.errors import AutogradError, LimitError, Span
from autograd_core.expr.text import call_notation, constant_notation, write
from autograd_core.limits import MAX_DIMENSIONS, RAISE_ELEMENTS, limits
from autograd_core.ops.spec import ATOM, Notation, OpSpec, Shape


class Expr(Operators):
    """A node of an expression. Operators and operations on it build larger expressions; nothing is computed.

    ``number`` is the place in the order of creation, ``depends`` whether a variable occurs below.
    """

    __slots__ = ("depends", "number", "shape")

    op: OpSpec | None = None
    operands: tuple[Expr, ...] = ()
    number: int
    shape: Shape
    depends: bool

    @staticmethod
    def __apply_op__(op: OpSpec, operands: Sequence[Any], params: Mapping[str, Any]) -> Any:
        for o in operands:
            if not isinstance(o, Expr) and hasattr(o, "__apply_op__"):  # a reading above this one
                return o.__apply_op__(op, operands, params)
        return Call(op, tuple([o if isinstance(o, Expr) else Const(o) for o in operands]), params)

    def constant(self, value: float) -> Expr:
        """A constant expression."""
        return Const(value)

    def over(self, operands: tuple[Expr, ...]) -> Expr:
        """The same operation on other operands, and itself where these are its own."""
        if not isinstance(self, Call) or all(a is b for a, b in zip(operands, self.operands, strict=True)):
            return self
        made = Call(self.op, operands, self.params)
        made.span = self.span
        return made


class Var(Expr):
    """A name with a shape: an input."""

    __slots__ = ("name",)

    def __init__(self, name: str, shape: Shape) -> None:
        self.number = next(numbers)
        self.name = name
        self.shape = tuple(shape)
        self.depends = True

    @property
    def notation(self) -> Notation:
        """Precedence and pieces of the text."""
        return ATOM, [self.name]


class Const(Expr):
    """A number or an array that does not vary; ``text`` is how it was written, where that is not its digits."""

    __slots__ = ("text", "value")

    def __init__(self, value: Any, text: str | None = None) -> None:
        self.number = next(numbers)
        self.value: npt.NDArray[Any] = np.asarray(value, dtype=np.float64)
        self.text = text
        self.shape = self.value.shape
        self.depends = False

    @property
    def notation(self) -> Notation:
        """Precedence and pieces of the text."""
        return constant_notation(self.value, self.text)


class Call(Expr):
    """An operation applied to operands.

    ``span`` is where it stands in the text; set by the parser, and by nobody later. Raises ShapeError, naming the
    operands, when shapes do not fit, and LimitError when the result would be too large.
    """

    __slots__ = ("edges", "op", "operands", "params", "span")

    op: OpSpec
    operands: tuple[Expr, ...]

    def __init__(self, op: OpSpec, operands: tuple[Expr, ...], params: Mapping[str, Any]) -> None:
        try:
            shape = op.shape(*[o.shape for o in operands], **params)
        except AutogradError as error:
            raise named(error, operands) from None
        size, most = math.prod(shape), limits().elements
        if size > most or len(shape) > MAX_DIMENSIONS:
            large = f"{size:,} entries; the limit is {most:,}", RAISE_ELEMENTS
            words, hint = large if size > most else (f"{len(shape)} dimensions; the limit is {MAX_DIMENSIONS}", None)
            raise LimitError(f"the result of {op.name} would have {words}", code="AG801", hint=hint)
        self.number = next(numbers)
        self.op = op
        self.operands = operands
        self.params = params
        self.shape = shape
        self.edges = tuple([o if o.depends else None for o in operands])
        self.depends = any(o.depends for o in operands)
        self.span: Span | None = None

    @property
    def notation(self) -> Notation:
        """Precedence and pieces of the text."""
        return call_notation(self.op, self.operands, self.params)

    @property
    def operand_shapes(self) -> list[Shape]:
        """The shapes of the operands."""
        return [o.shape for o in self.operands]

    def values(self, wrap: Callable[[Any, Any], Any] | None) -> Sequence[Any]:
        """What the rules run on: the expression itself and its operands, or what ``wrap(node, node)`` makes of them."""
        values = (self, *self.operands)
        return values if wrap is None else [wrap(each, each) for each in values]


_number = attrgetter("number")


def topological(roots: Iterable[Expr], known: Container[Expr] = ()) -> list[Expr]:
    """Every node below ``roots``, operands before what uses them, each once; those ``known`` end the way down."""
    seen: set[Expr] = set()
    stack = list(roots)
    while stack:
        node = stack.pop()
        if node not in seen and node not in known:
            seen.add(node)
            stack += node.operands
    return sorted(seen, key=_number)


def variables_in(*roots: Expr) -> dict[str, Var]:
    """The inputs below expressions, by name."""
    return {node.name: node for node in topological(roots) if isinstance(node, Var)}


def named(error: AutogradError, operands: Iterable[Expr]) -> AutogradError:
    """The error of an operation with its operands in the user's words: text, cut when long, and shape."""
    described: list[str] = []
    bare: list[str] = []
    for expr in operands:
        text = write(expr, most=40)
        shape = "scalar" if expr.shape == () else f"({','.join(map(str, expr.shape))}{',' * (len(expr.shape) == 1)})"
        described.append(f"{text} {shape}")
        bare.append(text if expr.notation[0] == ATOM else f"({text})")
    return error.naming(described, bare)
