"""One declaration per operation: everything else reads it.

An operation's rules are written in the operations themselves, so that one rule runs on arrays, on tensors and on
expressions. A rule is called as ``rule(g, y, *operands, **parameters)`` with the incoming gradient (cotangent) ``g``,
the result ``y`` and the operands, and returns the gradient of one operand. An argument whose name starts with an
underscore is not kept for the rule: it gets an object that has a ``shape`` and an ``ndim`` and no numbers.

A rule of an elementwise operation must hold for a ``g`` that broadcasts to the shape of ``y``; other rules get ``g``
in that very shape. What a rule returns may broadcast to the operand's shape, or be a plain number for a constant. Sums
over broadcast axes are not the rule's business: the backward pass undoes broadcasting once, on the edge.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import field
from typing import Any

import numpy as np

from autograd_core.dataclass import dataclass
from autograd_core.errors import ShapeError
from autograd_core.ops.signature import Function as Function
from autograd_core.ops.signature import Param as Param
from autograd_core.ops.signature import Sample as Sample
from autograd_core.ops.signature import Shape as Shape
from autograd_core.ops.signature import number

Rule = Callable[..., Any]
Notation = tuple[int, list[Any]]
"""Precedence of a written form and its pieces: strings, and pairs (operand, least precedence without brackets)."""

COMPARE, ADD, MULTIPLY, UNARY, POWER, ATOM = range(4, 10)
"""Precedences of the language, Python's own order."""

LARGEST_PART = 1000
"""What stands above and below the line of a fraction is smaller than this."""


def exact(sympy: Any, value: Any) -> Any:
    """A float for SymPy: an Integer where it is one, so that powers and derivatives stay exact; else what it is."""
    if not isinstance(value, float):
        return value
    if value == value and abs(value) <= 1e9 and value == int(value):
        return sympy.Integer(int(value))
    return sympy.Float(value) if value == value else sympy.nan


class Shaped:
    """Stands for a value of which a rule needs the shape alone."""

    __slots__ = ("shape",)

    def __init__(self, shape: Shape) -> None:
        self.shape = shape

    @property
    def ndim(self) -> int:
        """The number of dimensions."""
        return len(self.shape)


@dataclass(frozen=True, slots=True)
class Kink:
    """Where an operation is not differentiable, and what is answered there.

    ``where(*operands, **parameters)`` gives a boolean array over the result or over the operand named by ``over``;
    ``choice`` names the gradient, to be read after "taken there is". ``possible(**parameters)``, where given, says
    without looking at operands whether there can be such entries at all.
    """

    where: Callable[..., Any]
    choice: str
    over: int | None = None
    possible: Callable[..., bool] | None = None


@dataclass(frozen=True, slots=True)
class KnownDifference:
    """A spelling in a library whose gradient is another where ``where(*operands, **parameters)``: see ``choice``."""

    spelling: Any
    where: Callable[..., Any]
    choice: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OpSpec(Function):
    """A primitive operation: one node of the graph, as in PyTorch.

    ``forward(*arrays, **parameters)`` computes with NumPy. ``vjps`` holds one rule per operand, None where there is no
    gradient, and nothing where there is none at all; for a variadic operation, one rule that also gets
    ``operand=index``. In place of a rule there may be a pair of it and a shorter one for closed formulas, right away
    from kinks. ``shape(*shapes, **parameters)`` gives the shape of the result or raises ShapeError.
    ``definition(*operands, **parameters)`` writes the operation in smaller ones: what it means to SymPy and in other
    libraries. What only picks entries or keeps numbers in range is held constant there (``detach``); None where there
    is no such form. ``forward`` is the definition itself where none is given.
    ``symbolic(sympy, *operands, **parameters)`` is the SymPy meaning, in the names of that module: of a scalar for an
    elementwise operation, of object arrays otherwise; floats among the parameters are SymPy's (``meaning``). It is left
    out where the definition, or ``forward`` on object arrays, says the same; beside a definition it is there where
    that holds a choice constant, which SymPy then makes by itself.
    ``node`` is PyTorch's node name, a string or a function of the operands' shapes and the parameters.
    ``text`` and ``latex`` give, from the parameters, the precedence and the pieces of the written form (see Notation).
    ``batch`` says how the operation acts on each entry of one more leading axis (see ``ops.batching``); without it, an
    elementwise operation broadcasts and any other is repeated. ``letter`` is the name that is tried first for a result
    that a formula gives one. ``exports`` says what the operation is called in torch, jax and numpy, where that is not
    the name it has here (see ``export.code_printer``): a template, or a function of the parameters and, where it asks
    for them, of the ``shapes`` of the operands; None where there is no such name. ``KnownDifference`` adds where the
    library gives another gradient.
    Derived: ``textbook`` (the shorter rules, where there are any), ``passes`` (whether every operand has a rule),
    ``linear``: "jointly" (as a + b), "each" (as a @ b, linear in each operand by itself) or empty.
    """

    forward: Callable[..., Any] = None  # type: ignore[assignment]  # the definition, see __post_init__
    definition: Callable[..., Any] | None = None
    vjps: tuple[Any, ...] = ()
    shape: Callable[..., Shape]
    symbolic: Callable[..., Any] | None = None
    node: str | Callable[..., str] = ""
    latex: str | Callable[..., Notation] = ""
    text: Callable[..., Notation] | None = None
    elementwise: bool = False
    letter: str = ""
    batch: Callable[..., Any] | None = None
    domain: tuple[tuple[float, float], ...] = ((-2.0, 2.0),)
    kinks: tuple[Kink, ...] = ()
    exports: Mapping[str, Any] = field(default_factory=dict)
    textbook: tuple[Rule | None, ...] = field(init=False, default=())
    passes: bool = field(init=False, default=False)
    linear: str = field(init=False, default="")
    unread: dict[tuple[bool, ...], tuple[int, ...]] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        Function.__post_init__(self)
        if self.definition is not None and self.forward is None:
            object.__setattr__(self, "forward", self.definition)
        pairs = [
            each if isinstance(each, tuple) else (each, each) for each in self.vjps or (None,) * len(self.operands)
        ]
        object.__setattr__(self, "vjps", tuple([exact for exact, _ in pairs]))
        if any(exact is not short for exact, short in pairs):
            object.__setattr__(self, "textbook", tuple([short for _, short in pairs]))
        passes = bool(self.vjps) and None not in self.vjps
        object.__setattr__(self, "passes", passes)
        object.__setattr__(self, "linear", self._linearity())

    def apply(self, operands: Sequence[Any], params: Mapping[str, Any]) -> Any:
        """Apply to arrays; or, where an operand's type answers ``__apply_op__``, let that type do it."""
        for operand in operands:
            if hasattr(operand, "__apply_op__"):
                return operand.__apply_op__(self, operands, params)
        return self.forward(*operands, **params)

    def meaning(self, sympy: Any, operands: Sequence[Any], params: Mapping[str, Any]) -> Any:
        """The SymPy meaning of operands; ``sympy`` is that module, or one that answers to its names."""
        assert self.symbolic is not None
        return self.symbolic(sympy, *operands, **{name: exact(sympy, value) for name, value in params.items()})

    def rule(self, operand: int, *, textbook: bool = False) -> Rule | None:
        """The vector-Jacobian product for the operand at this position; with ``textbook`` the shorter, if there is."""
        rules: tuple[Rule | None, ...] = self.textbook if textbook and self.textbook else self.vjps
        return rules[0 if self.variadic else operand] if rules else None

    def not_read(self, wanted: tuple[bool, ...]) -> tuple[int, ...]:
        """Which of the result and the operands, in this order, no rule of the wanted operands reads."""
        if wanted not in self.unread:
            read = [False] * (len(wanted) + 1)
            rules = dict.fromkeys(self.rule(position) for position, wants in enumerate(wanted) if wants)
            for rule in rules:  # one for all operands where there can be any number of them
                if rule is not None:
                    read = [a or b for a, b in zip(read, values_read(rule, len(wanted))[1:], strict=True)]
            self.unread[wanted] = tuple([place for place, reads in enumerate(read) if not reads])
        return self.unread[wanted]

    def _linearity(self) -> str:
        """How the result is linear in the operands that have a rule: their slopes do not depend on what they are."""
        moved = [place for place, rule in enumerate(self.vjps) if rule is not None]
        read = [values_read(self.vjps[place], len(self.operands)) for place in moved]
        if not read or any(not uses[0] or uses[1] for uses in read):
            return ""
        used = [{place for place in moved if uses[place + 2]} for uses in read]
        if not any(used) and (len(moved) == 1 or not any(any(uses[2:]) for uses in read)):
            return "" if self._has_offset() else "jointly"
        rest = [{*range(len(self.operands))} - {place} for place in moved]
        return "each" if self.variadic or (self.passes and used == rest) else ""

    def _has_offset(self) -> bool:
        """Whether a number among the parameters is added, as at the border of ``pad``: zeros do not give zeros."""
        cases = self.cases if any(param.read is number for param in self.params) else ()
        return any(np.any(self.forward(*map(np.zeros, case.operands), **case.params)) for case in cases)

    def node_name(self, shapes: Sequence[Shape], params: Mapping[str, Any]) -> str:
        """The name of the node in PyTorch's spelling."""
        return self.node if isinstance(self.node, str) else self.node(*shapes, **params)


@dataclass(frozen=True, slots=True, kw_only=True)
class Composite(Function):
    """A function written in the operations: it leaves several nodes in the graph, as in PyTorch.

    Operands that are None by default in ``build`` may be left out.
    """

    build: Callable[..., Any]
    domain: tuple[tuple[float, float], ...] = ((-2.0, 2.0),)

    def __post_init__(self) -> None:
        Function.__post_init__(self)
        code, defaults = self.build.__code__, self.build.__defaults__ or ()
        names = code.co_varnames[code.co_argcount - len(defaults) : code.co_argcount]
        omitted = [name for name, default in zip(names, defaults, strict=True) if default is None]
        object.__setattr__(self, "optional", sum(name in omitted for name in self.operands))

    def apply(self, operands: Sequence[Any], params: Mapping[str, Any]) -> Any:
        """Apply the definition to arrays, tensors or expressions."""
        return self.build(*operands, **params)


def infix(symbol: str, precedence: int) -> Callable[..., Notation]:
    """A left-associative operator between two operands."""
    return lambda **_params: (precedence, [(0, precedence), symbol, (1, precedence + 1)])


def number_text(value: float) -> str:
    """The shortest text that reads back as the same number: ``2``, ``0.1``, ``1/3``, ``1e-09``.

    A negative number starts with ``-`` and a fraction holds ``/``: the writer brackets them where needed.
    """
    if value != value:
        return "nan"
    if value in (float("inf"), float("-inf")):
        return "inf" if value > 0 else "-inf"
    if value == int(value) and abs(value) < 1e15:
        return str(int(value)) if value or str(value)[0] != "-" else "-0.0"
    text = repr(value)
    if len(text.lstrip("-")) > 8 and abs(value) < LARGEST_PART:
        for below in range(3, LARGEST_PART):
            above = round(value * below)
            if 0 < abs(above) < LARGEST_PART and above / below == value:
                return f"{above}/{below}"
    return text


def value_text(value: Any) -> str:
    """A static argument as the user would write it."""
    if isinstance(value, bool) or value is None:
        return str(value)
    if isinstance(value, float):
        return number_text(value)
    if isinstance(value, list):
        return "[" + ", ".join(value_text(v) for v in value) + "]"
    if isinstance(value, tuple):
        inside = ", ".join(value_text(v) for v in value)
        return f"({inside},)" if len(value) == 1 else f"({inside})"
    return repr(value)


def in_functional(name: str, params: Sequence[Param]) -> dict[str, str]:
    """The function of this name in ``torch.nn.functional``, which has the same parameters."""
    return {"torch": f"F.{name}({{*}}{''.join(f'<, {each.name}={{{each.name}}}>' for each in params)})"}


def identity_vjp(g: Any, _y: Any, *_operands: Any) -> Any:
    """The rule of an operand that is passed the gradient as it is, as in a sum: known to the walk, which calls none."""
    return g


def values_read(rule: Rule, operands: int) -> list[bool]:
    """Whether a rule reads its gradient, the result and each operand, told by the names of its arguments."""
    code = rule.__code__  # inspect.signature takes ten times as long
    names = [*code.co_varnames[: code.co_argcount]]
    if code.co_flags & inspect.CO_VARARGS:
        names += [code.co_varnames[code.co_argcount + code.co_kwonlyargcount]] * (operands + 2 - len(names))
    return [not name.startswith("_") for name in names[: operands + 2]]


def broadcast_shapes(*shapes: Shape) -> Shape:
    """NumPy's broadcasting of shapes, with an error that says which axis does not fit."""
    different = set(shapes)
    different.discard(())
    if len(different) < 2:
        return different.pop() if different else ()
    result: list[int] = []
    for back in range(1, max((len(s) for s in shapes), default=0) + 1):
        sizes = [s[-back] for s in shapes if len(s) >= back]
        wide = [n for n in sizes if n != 1]
        if len(set(wide)) > 1:
            first, second = sorted(set(wide), key=sizes.index)[:2]
            operands = " and ".join(f"{{{i}}}" for i in range(len(shapes)))
            raise ShapeError(
                f"the shapes of {operands} do not fit: {first} against {second} on axis -{back}",
                code="AG302",
                why="shapes are aligned from the right; each pair of sizes must be equal or one of them 1",
                hint="give both the same size there, or insert an axis of length 1 with [:,None]",
            )
        result.append(wide[0] if wide else 1)
    return tuple(reversed(result))
