"""How a function of the language is called: names, operands, static arguments and what reads them.

Readers turn what a user wrote into the canonical form, or raise TypeError with words that follow the argument's name,
as in "axis must be an integer".
"""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import field, replace
from functools import wraps
from math import inf
from typing import Any

import numpy as np

from autograd_core.dataclass import dataclass
from autograd_core.errors import AxisError, ExpressionError, ShapeError, counted
from autograd_core.limits import MAX_DIMENSIONS, MAX_INTEGER, MAX_LIST

Shape = tuple[int, ...]

NESTED = (list, tuple, str)
"""What the first argument of a variadic function is when its operands are not given in a row."""


@dataclass(frozen=True, slots=True)
class Param:
    """A static argument of an operation: an axis, a shape, a flag.

    ``read`` turns what a user wrote into the canonical form or raises TypeError saying what is allowed. ``spellings``
    are other keyword names for it. ``rest`` takes all remaining positional arguments, as in ``x.reshape(2, 3)``.
    ``before`` names the operand before which it stands, where it does not follow them all. ``counts`` says that it is
    a size, which may be computed from inputs that are whole numbers.
    """

    name: str
    read: Callable[[Any], Any]
    default: Any = inspect.Parameter.empty
    spellings: tuple[str, ...] = ()
    rest: bool = False
    before: str = ""
    counts: bool = False

    @property
    def required(self) -> bool:
        """Whether there is no default."""
        return self.default is inspect.Parameter.empty


@dataclass(frozen=True, slots=True)
class Sample:
    """Arguments an operation is tested with: shapes or literal nested lists for the operands, and parameters.

    A declaration gives those that are left out their defaults, and may have its samples in short: operands and
    parameters with blanks between, each sample before a semicolon, as in ``2,3 [0.5,1.0] axis=0; 2,3 ()``.
    ``written``, in short after ``as``, is a call to show in the guide, where that is not the operands in a row.
    """

    operands: tuple[Any, ...]
    params: Mapping[str, Any] = field(default_factory=dict)
    written: str = ""


def read_sample(text: str) -> Sample:
    """A sample that is written in short; values are in JSON, words need no quotes."""
    text, _, written = text.partition(" as ")
    operands: list[Any] = []
    params: dict[str, Any] = {}
    for word in text.split():
        name, equals, value = word.partition("=")
        if equals:
            try:
                params[name] = json.loads(value)
            except ValueError:
                params[name] = value
        elif word.startswith("[") or "." in word:
            operands.append(json.loads(word))
        else:
            operands.append(tuple([int(n) for n in word.strip("()").split(",") if n]))
    return Sample(tuple(operands), params, written)


@dataclass(frozen=True, slots=True)
class CallForm:
    """How a call is written: the name that stands there, how many arguments by position, the keywords, as a method.

    ``computed`` tells whether an argument after the first is made of inputs, as in ``x.max(y)``.
    """

    name: str
    count: int
    keywords: frozenset[str]
    method: bool = False
    computed: bool = False


@dataclass(frozen=True, slots=True)
class Alternative:
    """Another function that a call means, told by how it is written, and what to say of it where that may surprise.

    ``max(x, 0)`` is ``maximum``, ``log(x, 2)`` is a logarithm to a base. Without ``function`` the call means what it
    says, and ``note`` names what it means in other libraries. One with ``libraries`` (or modules in them) is for code
    of theirs alone: the call is read as one of ``name``. ``pair`` says that PyTorch answers such a call with a pair of
    values and positions; here there are the values alone.
    """

    when: Callable[[CallForm], bool]
    function: Callable[[], Any] | None = None
    note: str = ""
    libraries: tuple[str, ...] = ()
    name: str = ""
    pair: bool = False


TORCH = ("torch", "th")
"""What code calls PyTorch."""


PAIR = Alternative(lambda _: True, pair=True)
PAIR_ALONG_AXIS = Alternative(lambda written: written.count + len(written.keywords) > 1, pair=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Function:
    """A name of the language: what it takes, what it is called elsewhere, and what it does in one sentence.

    ``name`` may have others behind it: ``asin|arcsin``. ``operands`` are names of differentiable arguments,
    ``name|other`` one with another keyword name; a single name that starts with ``*`` takes a list of them. ``params``
    follow the operands, but those that say ``before`` which one they stand: ``average(x, axis, weights)``. A variadic
    function with parameters before its operands needs no list around them: ``einsum('ij,j->i', A, x)``.
    ``alternatives`` are the other functions that a call of this name can mean, the first that fits.
    ``remark(*shapes)`` says what is likely a mistake in operands of these shapes, or nothing.
    Derived: ``method``, ``aliases`` (the other names), ``variadic``, ``optional`` (how many of the last operands may be
    left out), ``order`` (all arguments in positional order), ``spellings`` (other keyword names), ``alone``
    (how many arguments are the operands alone, where that is a call, with ``defaults`` for the parameters; else -1).
    """

    name: str
    doc: str
    group: str
    operands: tuple[str, ...] = ("x",)
    params: tuple[Param, ...] = ()
    samples: str | tuple[Sample, ...] = ()
    alternatives: tuple[Alternative, ...] = ()
    remark: Callable[..., str] | None = None
    aliases: tuple[str, ...] = field(init=False, default=())
    variadic: bool = field(init=False, default=False)
    optional: int = field(init=False, default=0)
    order: tuple[str | Param, ...] = field(init=False, default=())
    spellings: Mapping[str, str] = field(init=False, default_factory=dict)
    alone: int = field(init=False, default=-1)
    defaults: Mapping[str, Any] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        name, *aliases = self.name.split("|")
        object.__setattr__(self, "name", name)
        object.__setattr__(self, "aliases", tuple(aliases))
        spelled = [each.split("|") for each in self.operands]
        object.__setattr__(self, "operands", tuple([name for name, *_ in spelled]))
        spelled += [[each.name, *each.spellings] for each in self.params]
        object.__setattr__(self, "spellings", {other: name for name, *others in spelled for other in others})
        object.__setattr__(self, "variadic", self.operands[:1] != () and self.operands[0].startswith("*"))
        order: list[str | Param] = []
        for name in self.operands:
            order += [*(p for p in self.params if p.before == name), name]
        object.__setattr__(self, "order", (*order, *(p for p in self.params if not p.before)))
        object.__setattr__(self, "defaults", {param.name: param.default for param in self.params})
        count = len(self.operands)
        if not self.variadic and not any(param.required or param.before for param in self.params):
            form = CallForm(self.name, count, frozenset())
            if not any(each.function and not each.libraries and each.when(form) for each in self.alternatives):
                object.__setattr__(self, "alone", count)

    @property
    def cases(self) -> tuple[Sample, ...]:
        """The samples with the defaults of the parameters that they leave out."""
        given = map(read_sample, self.samples.split("; ")) if isinstance(self.samples, str) else self.samples
        return tuple(replace(each, params=self.read(each.params)) for each in given)

    @property
    def method(self) -> bool:
        """Whether ``x.name(...)`` is allowed: where the first operand is what the function is of, and no condition."""
        return self.operands[:1] in (("x",), ("a",), ("A",), ("input",))

    @property
    def leading(self) -> int:
        """How many parameters stand before the operands of a variadic function."""
        return self.order.index(self.operands[0]) if self.variadic else 0

    @property
    def signature(self) -> str:
        """The call as a user writes it, with defaults."""
        parts = []
        for each in self.order:
            if isinstance(each, Param):
                parts.append(each.name if each.required else f"{each.name}={each.default!r}")
            elif self.variadic:
                parts.append("a, b, ..." if self.leading else "[a, b, ...]")
            else:
                parts.append(f"{each}=None" if self.may_be_omitted(each) else each)
        return f"{self.name}({', '.join(parts)})"

    def slot(self, place: int) -> str | Param | None:
        """The operand or the parameter that an argument by position is; the last one takes all others."""
        return self.order[min(place, len(self.order) - 1)] if self.order else None

    def may_be_omitted(self, operand: str) -> bool:
        """Whether an operand may be left out, which is None then."""
        return operand in self.operands[len(self.operands) - self.optional :]

    def param(self, keyword: str) -> Param | None:
        """The parameter a keyword means, in NumPy's or PyTorch's spelling."""
        return next((p for p in self.params if keyword == p.name or keyword in p.spellings), None)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Apply with arguments spelled as in NumPy or PyTorch: ``sum(x)``, ``sum(x, dim=0)``, ``concatenate([a, b])``.

        Operands alone are applied at once, and so is what rules and expressions give: all operands in a row and every
        parameter by its name.
        """
        if not kwargs and len(args) == self.alone and list not in map(type, args):
            return self.apply(args, self.defaults)
        if len(kwargs) == len(self.params) and kwargs.keys() == self.defaults.keys():
            count = len(self.operands)
            if self.variadic:
                in_a_row = bool(args) and type(args[0]) not in NESTED
            else:
                in_a_row = count - self.optional <= len(args) <= count
            if in_a_row:  # words are looked at all the same: a wrong one would be taken for another
                return self.apply(args, self.read(kwargs) if str in map(type, kwargs.values()) else kwargs)
        if self.alternatives:
            function, _ = self.alternative(CallForm(self.name, len(args), frozenset(kwargs)))
            if function is not self:
                return function(*args, **kwargs)
        operands, params = self.bind(args, kwargs)
        return self.apply([np.asarray(o) if isinstance(o, (list, tuple)) else o for o in operands], params)

    def alternative(self, written: CallForm) -> tuple[Function, str]:
        """The function that a call in the language means, this one or an alternative, and what to say of it."""
        for each in self.alternatives:
            if not each.libraries and not each.pair and each.when(written):
                return (self if each.function is None else each.function()), each.note
        return self, ""

    def apply(self, operands: Sequence[Any], params: Mapping[str, Any]) -> Any:
        """Apply to operands in a row, arrays, tensors or expressions, and canonical parameters."""
        raise TypeError(f"{self.name} has no meaning by itself")

    def bind(self, args: Sequence[Any], kwargs: Mapping[str, Any]) -> tuple[list[Any], dict[str, Any]]:
        """Sort arguments into operands and canonical parameters.

        Raises ExpressionError naming the function, the argument and what is allowed.
        """
        given = self.by_name(args, kwargs)
        if self.variadic:
            return list(given.pop(self.operands[0])), self.read(given)
        for name in self.operands:
            if name not in given and not self.may_be_omitted(name):
                error = self.misuse(f"needs the argument {name!r}")
                error.instead = ")", [f"{', ' if given else ''}{name})"]
                raise error
        operands = [given.pop(name, None) for name in self.operands]
        while len(operands) > len(self.operands) - self.optional and operands[-1] is None:
            operands.pop()
        return operands, self.read(given)

    def by_name(self, args: Sequence[Any], kwargs: Mapping[str, Any]) -> dict[str, Any]:
        """All arguments by the names of operands and parameters, as they were given."""
        names = [each if isinstance(each, str) else each.name for each in self.order]
        given = dict(zip(names, self.positional(args), strict=False))
        for keyword, value in kwargs.items():
            name = self.spellings.get(keyword, keyword)
            if name not in names or name in self.operands[: self.variadic]:
                allowed = ", ".join([*(() if self.variadic else self.operands), *(p.name for p in self.params)])
                raise self.misuse(f"has no argument {keyword!r}; it takes {allowed}")
            if name in given:
                raise self.misuse(f"got the argument {name!r} twice")
            given[name] = value
        return given

    def positional(self, args: Sequence[Any]) -> list[Any]:
        """Positional arguments, one for each operand and parameter in order; a variadic function has one list."""
        values, most = list(args), len(self.order)
        if self.variadic:
            leading = self.leading
            if leading and len(values) > leading and not isinstance(values[leading], (list, tuple)):
                values[leading:] = [values[leading:]]
            if len(values) <= leading:
                raise self.misuse("needs a list of arrays")
            if not isinstance(values[leading], (list, tuple)):
                raise self.misuse(f"takes a list as its first argument: {self.name}([a, b])")
            if not values[leading]:
                raise ShapeError(f"{self.name} needs at least one array", code="AG307")
            if len(values[leading]) > MAX_LIST:
                raise self.too_many(MAX_LIST, len(values[leading]), "array")
        several = len(values) > most or (len(values) == most and isinstance(values[-1], int))
        if several and self.params and self.params[-1].rest:
            values[most - 1 :] = [tuple(values[most - 1 :])]
        if len(values) > most:
            raise self.too_many(most, len(args), "argument")
        return values

    def read(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Canonical parameters, defaults filled in."""
        params = {**self.defaults}
        for param in self.params:
            if param.name in given:
                try:
                    params[param.name] = param.read(given[param.name])
                except (TypeError, ValueError) as error:
                    raise self.misuse(f"{param.name} {error}") from None
            elif param.required:
                raise self.misuse(f"needs the argument {param.name!r}")
        return params

    def too_many(self, most: int, given: int, noun: str) -> ExpressionError:
        """The error for a call with more than it takes."""
        return self.misuse(f"takes at most {counted(most, noun)}, {given:,} {'was' if given == 1 else 'were'} given")

    def misuse(self, words: str) -> ExpressionError:
        """The error for a call that does not fit the signature."""
        return ExpressionError(f"{self.name}: {words}", code="AG612", hint=self.signature)


def integer(value: Any) -> int:
    """An integer of reasonable size."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"must be an integer, not {value!r}")
    if abs(value) >= MAX_INTEGER:
        raise TypeError(f"is out of range: {str(value)[:20]} is not below 2**31")
    return value


def integers(value: Any) -> tuple[int, ...] | int:
    """An integer or a tuple of integers."""
    if isinstance(value, (tuple, list)):
        if len(value) > MAX_DIMENSIONS:
            raise TypeError(f"has {len(value)} entries, at most {MAX_DIMENSIONS} are allowed")
        return tuple(integer(v) for v in value)
    return integer(value)


def flag(value: Any) -> bool:
    """True or False."""
    if not isinstance(value, bool):
        raise TypeError(f"must be True or False, not {value!r}")
    return value


def number(value: Any) -> float:
    """A real number."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise TypeError(f"must be a number, not {value!r}")
    return float(value)


def optional(read: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """A reader that takes None too."""

    @wraps(read)
    def taking_none(value: Any) -> Any:
        return None if value is None else read(value)

    return taking_none


def within(read: Callable[[Any], Any], least: float, most: float = inf) -> Callable[[Any], Any]:
    """A reader of a number, or of several, between two bounds."""

    @wraps(read)
    def bounded(value: Any) -> Any:
        found = read(value)
        for each in found if isinstance(found, tuple) else (found,):
            if not least <= each <= most:
                allowed = f"at least {least}" if most == inf else f"between {least} and {most}"
                raise TypeError(f"must be {allowed}, it is {each:g}")
        return found

    return bounded


def in_tuple(read: Callable[[Any], Any]) -> Callable[[Any], tuple[Any, ...]]:
    """A reader whose result is a tuple where it is not one already."""

    def taking_one(value: Any) -> tuple[Any, ...]:
        found = read(value)
        return found if isinstance(found, tuple) else (found,)

    return taking_one


axes, optional_integer, optional_number = optional(integers), optional(integer), optional(number)

lengths = in_tuple(integers)
"""A shape: a tuple of lengths, where -1 may stand for the one that follows from the others."""


def word(*allowed: str) -> Callable[[Any], str]:
    """One of the given words."""

    def read(value: Any) -> str:
        if value not in allowed or not isinstance(value, str):
            raise TypeError(f"must be one of {', '.join(map(repr, allowed))}, not {value!r}")
        return value

    return read


def axis_param(default: Any = None) -> Param:
    """The parameter ``axis``, ``dim`` in PyTorch: one integer."""
    return Param("axis", integer if default is not None else optional_integer, default, ("dim",))


AXES = Param("axis", axes, None, ("dim", "dims"))
KEEPDIMS = Param("keepdims", flag, False, ("keepdim",))


def axis_index(axis: int, ndim: int) -> int:
    """A non-negative axis.

    Raises ShapeError when the operand has no such axis.
    """
    if not -ndim <= axis < ndim:
        several = f"axes 0 to {ndim - 1}, or -{ndim} to -1"
        has = "no axes: it is a scalar" if ndim == 0 else "one axis, 0" if ndim == 1 else several
        many = max(ndim, 1)
        raise AxisError(
            f"axis {axis} does not exist: {{0}} has {has}",
            code="AG303",
            pytorch=f"Dimension out of range (expected to be in range of [{-many}, {many - 1}], but got {axis})",
        )
    return axis % ndim


def axis_indices(axis: tuple[int, ...] | int | None, ndim: int) -> tuple[int, ...]:
    """Non-negative axes, all of them for None.

    Raises ShapeError for an axis that does not exist or is named twice.
    """
    if axis is None:
        return tuple(range(ndim))
    found = tuple(axis_index(a, ndim) for a in (axis if isinstance(axis, tuple) else (axis,)))
    if len(set(found)) != len(found):
        raise ShapeError(f"an axis is named twice in axis={axis}", code="AG303")
    return found


def reduced(shape: Shape, axis: tuple[int, ...] | int | None, keepdims: bool) -> Shape:
    """The shape after a reduction over ``axis``."""
    if axis is None and not keepdims:
        return ()
    gone = axis_indices(axis, len(shape))
    if keepdims:
        return tuple(1 if i in gone else n for i, n in enumerate(shape))
    return tuple(n for i, n in enumerate(shape) if i not in gone)
