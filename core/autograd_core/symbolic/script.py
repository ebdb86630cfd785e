"""What an expression means, written down for SymPy as plain data.

The meaning of an operation (``op.symbolic``) is a formula in SymPy's names. Here it is run on recorded numbers: what is
done to them becomes a script, one line for each operation with the numbers of the lines it acts on. SymPy itself reads
the script back elsewhere (``autograd_core.symbolic``), in a process that can be stopped, so that this one neither waits
for the import of SymPy nor depends on it ending. A script holds numbers, numbered symbols and names from a fixed list:
nothing that a user typed.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from autograd_core.engine.operators import Operators
from autograd_core.errors import AutogradError
from autograd_core.ops.spec import OpSpec, Shape
from autograd_core.symbolic.instructions import CONSTANTS, FUNCTIONS, Line, sympy

LARGEST_INTEGER = 64
"""Whole exponents above this are floats: SymPy would expand ``(x + y)**1000``."""

EXACT = 16
"""Numbers that are a multiple of 1/16 and no larger than this go to SymPy as they are; it folds no others."""


class NoMeaningError(Exception):
    """An operation has no meaning that can be written down; the message says which."""


class Script:
    """Lines of a formula, each written once.

    A line is a name and the numbers of the lines it acts on; ``symbol`` and the literals hold their values instead.
    ``line`` raises NoMeaningError beyond the ``limit``.
    """

    def __init__(self, limit: float = math.inf) -> None:
        self.lines: list[Line] = []
        self.limit = limit
        self._known: dict[Line, int] = {}
        self._symbols = 0

    def line(self, *parts: Any) -> SymbolicTerm:
        """The term of a line, written if it is new."""
        at = self._known.get(parts)
        if at is None:
            if len(self.lines) >= self.limit:
                raise NoMeaningError("written entry by entry, the formula is too long")
            at = self._known[parts] = len(self.lines)
            self.lines.append(parts)
        return SymbolicTerm(self, at)

    def symbol(self) -> SymbolicTerm:
        """A new input."""
        self._symbols += 1
        return self.line("symbol", self._symbols - 1)

    def number(self, value: Any) -> SymbolicTerm:
        """A literal: exact where it is short, else a symbol that stands for the float.

        SymPy computes with the numbers it sees: of ``exp(x - 1000.0)`` it makes ``0*exp(x)``, and of ``x + inf`` inf.
        """
        if isinstance(value, (bool, np.bool_)):
            return self.line("constant", "true" if value else "false")
        value = float(value)
        if value != value:
            return self.line("constant", "nan")
        if abs(value) <= EXACT and value * EXACT == int(value * EXACT):
            whole = value == int(value)
            return self.line("integer", int(value)) if whole else self.line("rational", *value.as_integer_ratio())
        return self.line("float", value)

    def exponent(self, value: Any) -> SymbolicTerm:
        """A number as an exponent, which SymPy has to see: it subtracts 1 from it."""
        line = self.lines[value.at] if isinstance(value, SymbolicTerm) else self.lines[self.number(value).at]
        if line[0] != "float" or math.isinf(line[1]):
            return value if isinstance(value, SymbolicTerm) else self.number(value)
        whole = line[1] == int(line[1]) and abs(line[1]) <= LARGEST_INTEGER
        return self.line("integer", int(line[1])) if whole else self.line("decimal", line[1])

    def call(self, name: str, arguments: Iterable[Any]) -> SymbolicTerm:
        """A function applied to terms and numbers."""
        if name == "pow":
            base, power = arguments
            arguments = (base, self.exponent(power))
        return self.line(name, *[self._at(a) for a in arguments])

    def roots(self, values: Any) -> list[int]:
        """The lines of the entries of an array of terms and numbers, in order."""
        return [self._at(a) for a in np.ravel(values.entries if isinstance(values, Symbolic) else values)]

    def _at(self, value: Any) -> int:
        return (value if isinstance(value, SymbolicTerm) else self.number(value)).at


def _operator(name: str) -> tuple[Callable[..., Any], Callable[..., Any]]:
    """The methods that record a function of a term and what stands to the right of it, or to the left."""
    return (lambda self, other: self.record(name, self, other)), (lambda self, other: self.record(name, other, self))


class SymbolicTerm:
    """A recorded number: the result of one line of a script."""

    __slots__ = ("at", "script")

    def __init__(self, script: Script, at: int) -> None:
        self.script = script
        self.at = at

    def record(self, name: str, *arguments: Any) -> Any:
        """A function applied to this term and others; arrays do that entry by entry."""
        return self.script.call(name, arguments)

    __add__, __radd__ = _operator("add")
    __sub__, __rsub__ = _operator("sub")
    __mul__, __rmul__ = _operator("mul")
    __truediv__, __rtruediv__ = _operator("div")
    __pow__, __rpow__ = _operator("pow")
    __gt__, __lt__ = _operator("Gt")
    __ge__, __le__ = _operator("Ge")
    __and__, __rand__ = _operator("And")
    __or__, __ror__ = _operator("Or")

    def __neg__(self) -> Any:
        return self.record("neg", self)

    def __abs__(self) -> Any:
        return self.record("Abs", self)

    def __invert__(self) -> Any:
        return self.record("Not", self)

    def __bool__(self) -> bool:
        raise NoMeaningError("a choice by comparison cannot be written down")

    def subs(self, old: SymbolicTerm, new: Any) -> Any:
        """The formula with one symbol replaced."""
        return self.record("subs", self, old, new)


class Vocabulary:
    """Stands in for the module ``sympy`` while meanings are recorded: every name makes a line of the script."""

    def __init__(self, script: Script) -> None:
        self._script = script
        self.number = self.Integer = self.Float = self.nsimplify = script.number

    def __getattr__(self, name: str) -> Any:
        if name in CONSTANTS:
            return self._script.line("constant", name)
        if name in FUNCTIONS:
            return lambda *arguments: self._script.call(name, arguments)
        raise NoMeaningError(f"sympy.{name} is not among the functions of the cross-check")

    def Rational(self, above: int, below: int = 1) -> Any:
        """A fraction, exact."""
        return self._script.line("rational", int(above), int(below))

    def Symbol(self, name: str, **_assumptions: Any) -> Any:
        """A variable of a formula that is not an input, as in ``diff(f(t), t)``."""
        return self._script.line("bound", name)

    def Add(self, *terms: Any) -> Any:
        """A sum of any number of terms."""
        return self._script.call("Add", terms) if terms else self._script.number(0)

    def Piecewise(self, *cases: tuple[Any, Any]) -> Any:
        """The value of the first case whose condition holds; conditions that are known are settled here."""
        flat: list[Any] = []
        for value, condition in cases:
            if isinstance(condition, (bool, np.bool_)):
                if not condition:
                    continue
                if not flat:
                    return value
            flat += [value, condition]
        if not flat:
            return self._script.number(math.nan)
        return self._script.call("Piecewise", flat)


class Symbolic(Operators):
    """An array of recorded numbers, or of SymPy's where there is no script: operations act on it entry by entry.

    Entries that do not vary may be plain floats; what is made of such alone is computed with NumPy.
    """

    __slots__ = ("entries", "script", "shape")

    exact = True
    """Symbols neither overflow nor round: definitions need not keep them in range."""

    def __init__(self, script: Script | None, entries: Any) -> None:
        self.script = script
        self.entries: npt.NDArray[Any] = np.asarray(entries, dtype=object)
        self.shape: Shape = self.entries.shape

    @staticmethod
    def __apply_op__(op: OpSpec, operands: Sequence[Any], params: Mapping[str, Any]) -> Symbolic:
        script = next(o.script for o in operands if isinstance(o, Symbolic))
        arrays = [o.entries if isinstance(o, Symbolic) else np.asarray(o) for o in operands]
        if op.symbolic is None and op.definition is not None:
            defined = op.definition(*[Symbolic(script, array) for array in arrays], **params)
            if defined is not None:
                return defined  # type: ignore[no-any-return]  # what the operations of a definition make of symbols
        names = sympy() if script is None else Vocabulary(script)
        try:
            made = (elementwise if op.elementwise else whole)(names, op, arrays, params)
        except (ArithmeticError, AttributeError, TypeError, ValueError, AutogradError, SystemError) as error:
            # SystemError: a product of NumPy goes on after an entry that raised.
            raise NoMeaningError(f"{op.name} cannot be written entry by entry ({error})") from error
        if made is None:
            raise NoMeaningError(f"{op.name} has no meaning in SymPy")
        return Symbolic(script, made)


def elementwise(names: Any, op: OpSpec, arrays: Sequence[npt.NDArray[Any]], params: Mapping[str, Any]) -> Any:
    """The meaning of an elementwise operation for each entry."""
    spread = np.broadcast_arrays(*[np.asarray(a, dtype=object) for a in arrays])
    entries = np.empty(spread[0].shape, dtype=object)
    flat = entries.reshape(-1)
    columns = [list(a.flat) for a in spread]
    plain: list[int] = []
    number = getattr(names, "number", float)  # written down beside symbols: a float may overflow in what is made of it
    for position, scalars in enumerate(zip(*columns, strict=True)):
        if not all(isinstance(s, (int, float, np.number)) for s in scalars):
            flat[position] = op.meaning(names, [number(s) if isinstance(s, float) else s for s in scalars], params)
        else:
            plain.append(position)
    if plain:
        numbers = [np.array([column[i] for i in plain], dtype=np.float64) for column in columns]
        with np.errstate(all="ignore"):
            flat[plain] = op.forward(*numbers, **params).tolist()
    return entries


def whole(names: Any, op: OpSpec, arrays: Sequence[npt.NDArray[Any]], params: Mapping[str, Any]) -> Any:
    """The meaning of an operation on whole arrays: its own, or its forward where that moves and adds entries only."""
    objects = [a.astype(object) for a in arrays]
    return op.forward(*objects, **params) if op.symbolic is None else op.meaning(names, objects, params)
