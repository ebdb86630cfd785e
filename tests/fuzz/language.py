"""Random expressions that fit their shapes, made from the declarations of the functions, and random text that does not.

Every expression is made of one number, its seed: ``expression(17)`` is the same text with the same values everywhere.
"""

from __future__ import annotations

import math
import random
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt

from autograd_cli.guide.functions import all_params, call_text, samples
from autograd_core import ops
from autograd_core.errors import AutogradError
from autograd_core.expr.nodes import Const, Expr, Var
from autograd_core.expr.text import write
from autograd_core.ops.spec import Function, OpSpec, Sample, Shape

Array = npt.NDArray[Any]

LARGEST = 40
"""Entries of an operand."""

USUAL = (-2.0, 2.0)
SHAPES: tuple[Shape, ...] = ((), (), (3,), (3,), (2,), (1,), (2, 3), (3, 3), (3, 1), (1, 3), (2, 2), (2, 1, 3))
ATTACHED = ("{}[0]", "{}[-1]", "{}[:2]", "{}[::2]", "{}[..., 0]", "{}[None]", "{}[[0, 0]]", "{}.T", "{}.sum()")
OPERATORS = ("{} + {}", "{} - {}", "{}*{}", "{}/{}", "{} @ {}", "{}**{}", "maximum({}, {})", "where({} > 0, {}, 1)")


@dataclass(frozen=True)
class Term:
    """A piece of text and the shape that it has."""

    text: str
    shape: Shape

    @property
    def bracketed(self) -> str:
        """The text where it may be an operand of anything."""
        return self.text if self.text.isidentifier() else f"({self.text})"


@dataclass(frozen=True)
class Example:
    """An expression with values for its variables, and the v of v.J, None for a result with one entry."""

    text: str
    values: dict[str, Array]
    v: Array | None

    @property
    def command(self) -> list[str]:
        """The words of the command line that says the same."""
        words = ["grad", self.text]
        for name, value in self.values.items():
            words += ["--var", f"{name}={_value(value)}"]
        return words if self.v is None else [*words, "--grad-tensor", _value(self.v)]


def _value(array: Array) -> str:
    from autograd_cli.document import value_text

    return value_text(array)


@cache
def calls() -> list[tuple[Function, Sample]]:
    """Every function of the language with each of its samples that is small, the functions equally often."""
    found: dict[str, list[tuple[Function, Sample]]] = {}
    for function in ops.functions():
        if not function.name.startswith("_") and function.operands:
            for sample in samples(function):
                sizes = [math.prod(one) for one in sample.operands if isinstance(one, tuple)]
                if max(sizes, default=1) <= LARGEST and len(sample.operands) <= 4:
                    found.setdefault(function.name, []).append((function, sample))
    return [found[name][turn % len(found[name])] for name in found for turn in range(6)]


@dataclass
class Writer:
    """Writes one expression; ``draw`` decides everything."""

    draw: random.Random
    variables: dict[str, Shape] = field(default_factory=dict)
    statements: list[Term] = field(default_factory=list)
    used: list[str] = field(default_factory=list)

    def term(self, depth: int) -> Term:
        """A term of any shape."""
        turn = self.draw.random()
        if depth <= 0:
            return self.leaf(self.draw.choice(SHAPES))
        if turn < 0.25:
            made = self.combined(depth)
        elif turn < 0.32:
            made = self.attached(depth)
        else:
            made = self.called(depth)
        if self.draw.random() < 0.12 and len(self.statements) < 6:
            self.statements.append(made)
            made = Term(f"y{len(self.statements) - 1}", made.shape)
        return made

    def leaf(self, shape: Shape) -> Term:
        """A variable, a statement's name or a number."""
        known = [Term(f"y{i}", one.shape) for i, one in enumerate(self.statements) if one.shape == shape]
        if known and self.draw.random() < 0.5:
            return self.draw.choice(known)
        if not shape and self.draw.random() < 0.3:
            return Term(self.draw.choice(("2", "0.5", "3", "1", "0", "pi", "1e-3", "-1", "7")), ())
        names = [name for name, known_shape in self.variables.items() if known_shape == shape]
        if not names or (len(self.variables) < 4 and self.draw.random() < 0.3):
            names = [self.draw.choice("abcdghkmpqrstuwxzABWXY") + str(len(self.variables))]
            self.variables[names[0]] = shape
        return Term(self.draw.choice(names), shape)

    def fitted(self, shape: Shape, depth: int) -> Term:
        """A term of the given shape."""
        if depth <= 0 or 0 in shape or self.draw.random() < 0.3:
            return self.leaf(shape)
        made = self.term(depth)
        if made.shape == shape:
            return made
        size, wanted = math.prod(made.shape), math.prod(shape)
        written = f"({', '.join(map(str, shape))}{',' * (len(shape) == 1)})"
        if size == wanted:
            return Term(f"reshape({made.text}, {written})" if shape else f"sum({made.text})", shape)
        try:
            if np.broadcast_shapes(made.shape, shape) == shape:
                return Term(f"broadcast_to({made.text}, {written})", shape)
        except ValueError:
            pass
        if size > wanted:
            return Term(f"reshape(flatten({made.text})[:{wanted}], {written})", shape)
        return Term(f"broadcast_to(mean({made.text}), {written})" if size else self.leaf(shape).text, shape)

    def called(self, depth: int) -> Term:
        """A function of the language, with the shapes and arguments of one of its samples."""
        function, sample = self.draw.choice(calls())
        domain = getattr(function, "domain", (USUAL,))
        operands: list[Any] = []
        for position, given in enumerate(sample.operands):
            if isinstance(given, tuple):
                term = self.fitted(given, depth - 1 - self.draw.randrange(2))
                term = self.within(term, domain[min(position, len(domain) - 1)])
                operands.append(Var(term.bracketed, given))
            else:
                operands.append(Const(given) if isinstance(given, list) else given)
        params = all_params(function, sample)
        made = function(*operands, **params)
        text = write(made) if isinstance(function, OpSpec) else call_text(function, operands, params)
        return Term(text, made.shape if isinstance(made, Expr) else np.shape(made))

    def within(self, term: Term, domain: tuple[float, float]) -> Term:
        """A term whose numbers lie in a domain, mostly."""
        low, high = domain
        if domain == USUAL or self.draw.random() < 0.1:
            return term
        middle, half = round((low + high) / 2, 3), round((high - low) / 2 * 0.9, 3)
        return Term(f"{middle} + {half}*tanh({term.text})", term.shape)

    def combined(self, depth: int) -> Term:
        """Two terms with an operator between them."""
        left, right = self.term(depth - 1), self.term(depth - 1 - self.draw.randrange(3))
        form = self.draw.choice(OPERATORS)
        try:
            if "@" in form:
                shape = (np.zeros(left.shape) @ np.zeros(right.shape)).shape
            else:
                shape = np.broadcast_shapes(left.shape, right.shape)
        except ValueError:
            right, form = self.fitted(left.shape, depth - 2), "{}*{}"
            shape = left.shape
        if "**" in form:
            left = Term(f"abs({left.text}) + 0.5", left.shape)
        if "/" in form:
            right = Term(f"1.5 + cos({right.text})", right.shape)
        return Term(form.format(left.bracketed, right.bracketed), shape)

    def attached(self, depth: int) -> Term:
        """A term with an index or a method behind it."""
        inner = self.term(depth - 1)
        form = self.draw.choice(ATTACHED)
        stand_in = np.zeros(inner.shape)
        try:
            match form:
                case "{}[0]" | "{}[-1]":
                    shape = stand_in[0].shape
                case "{}[:2]":
                    shape = stand_in[:2].shape
                case "{}[::2]":
                    shape = stand_in[::2].shape
                case "{}[..., 0]":
                    shape = stand_in[..., 0].shape
                case "{}[None]":
                    shape = stand_in[None].shape
                case "{}[[0, 0]]":
                    shape = stand_in[[0, 0]].shape
                case "{}.T":
                    shape = stand_in.T.shape
                case _:
                    shape = ()
        except IndexError:
            return inner
        return Term(form.format(inner.bracketed), shape)


def expression(seed: int, depth: int | None = None) -> Example:
    """The expression with this number.

    Raises AutogradError where a function does not take what its declaration says that it takes.
    """
    draw = random.Random(seed)
    writer = Writer(draw)
    result = writer.term(draw.choice((1, 2, 2, 3, 3, 4)) if depth is None else depth)
    if math.prod(result.shape) > 1 and draw.random() < 0.5:
        result = Term(draw.choice(("sum({})", "mean({})", "sum(({})**2)", "max({})")).format(result.text), ())
    parts = [f"y{i} = {one.text}" for i, one in enumerate(writer.statements)]
    text = draw.choice(("; ", "\n")).join([*parts, result.text])
    rng = np.random.default_rng(seed)
    values: dict[str, Array] = {}
    for name, shape in writer.variables.items():
        if draw.random() < 0.1:
            values[name] = rng.integers(-2, 3, shape).astype(float)
        else:
            values[name] = np.round(rng.uniform(0.1, 1.9, shape) * rng.choice([-1.0, 1.0], shape), 3)
    v = None if math.prod(result.shape) == 1 else np.round(rng.uniform(-1.5, 1.5, result.shape), 2)
    return Example(text, values, v)


EXTREMES = (
    *(1.23456789e308, -1.7976931348623157e308, 3.3333333333e154, -1e154, 2.0**53 + 2, 1e16, 123456789.123),
    *(1 / 3, 0.1 + 0.2, 1.2345678901234e-160, 1e-300, -2.2250738585072014e-308, 5e-324, -0.0),
    *(math.inf, -math.inf, math.nan),
)
"""Numbers at the ends of float64, and with all their digits; the last three are none."""


def extreme(seed: int) -> Example:
    """The expression with this number, some or all of its values at the ends of what there is."""
    example = expression(seed)
    draw = random.Random(seed)
    share, pool = draw.choice((0.1, 0.3, 1.0)), draw.choice((EXTREMES, EXTREMES[:-3]))
    values = {}
    for name, value in example.values.items():
        numbers = [draw.choice(pool) if draw.random() < share else each for each in value.ravel().tolist()]
        values[name] = np.array(numbers).reshape(value.shape)
    return Example(example.text, values, example.v)


@cache
def _words() -> list[str]:
    found = [name for function in ops.functions() for name in (function.name, *function.aliases)]
    return [*found, *(param.name for function in ops.functions() for param in function.params)]


PIECES = (
    *"()[]{},;:.=+-*/%@<>!&|^~#'\"\\`$?_ \n\t",
    *("**", "//", "<=", "==", ":=", "->", "...", "0", "1", "2", "-1", "1e999", "0x1F", "1j", "1_0", "9" * 400, "2**31"),
    *(
        "x",
        "y",
        "W",
        "α",
        "ℯ",
        "\u00b2",
        "\u2212",
        "\u202e",
        "\x00",
        "\x1b",
        "\ud800",
        "🙂",
        "if",
        "for",
        "lambda",
        "not",
    ),
    *(
        "None",
        "True",
        "axis=",
        "dim=",
        "keepdims=True",
        "x.T",
        "x[0]",
        "x[:, None]",
        "[[1, 2], [3]]",
        "inf",
        "nan",
        "e",
    ),
)


def text(seed: int) -> str:
    """Random text: pieces of the language thrown together, or an expression with some of its characters changed."""
    draw = random.Random(seed)
    if draw.random() < 0.4:
        pool = [*PIECES, *draw.sample(_words(), 8)]
        return "".join(draw.choice(pool) for _ in range(draw.randrange(1, 25)))
    try:
        made = expression(seed, 2).text
    except AutogradError:
        made = "sum(x**2)"
    characters = list(made)
    for _ in range(draw.randrange(1, 5)):
        at = draw.randrange(len(characters) + 1)
        kind = draw.randrange(4)
        if kind == 0:
            characters[at:at] = draw.choice(PIECES)
        elif kind == 1:
            del characters[at : at + draw.randrange(1, 6)]
        elif kind == 2:
            start = draw.randrange(len(characters) + 1)
            characters[at:at] = characters[start : start + draw.randrange(1, 12)]
        else:
            characters[at : at + draw.randrange(1, 4)] = draw.choice(PIECES)
    return "".join(characters)
