"""Values of a program of Python: what is known is a value of Python, and what is left a part of the syntax tree."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from typing import Any, TypeAlias

from autograd_core.dataclass import dataclass
from autograd_core.errors import LimitError
from autograd_core.expr.build import OPERATORS
from autograd_core.expr.parser import python_tree

MAX_PARTS = 50_000
"""Parts of one value that is written out; ten times as many of all."""

MAX_TURNS = 1_000
"""Turns of a loop, and calls of functions inside one another."""

Value: TypeAlias = Any
"""A number, a list, a tuple or a dictionary of values, a function, a class, an object, or the expression (``ast.expr``)
that is left of anything else."""

FOLDED = {kind: OPERATORS[kind] for kind in OPERATORS if kind not in (ast.Div, ast.Pow, ast.MatMult)}
"""Operators that are carried out on numbers: not those that round, or whose result may have any length."""


class UnreadableError(Exception):
    """What is not written out here: what reads the text as it stands says why."""


@dataclass()
class Class:
    """What a class of the text sets: its functions and values by name, and the ``fields`` that have a type.

    ``numbers`` says that it is a class of numbers with gradients, as micrograd's ``Value``: these are numbers here.
    """

    members: dict[str, Value]
    fields: Sequence[str]
    inherits: bool
    numbers: bool


@dataclass()
class Object:
    """An object of a class, with what was set in it."""

    of: Class
    fields: dict[str, Value]


@dataclass()
class Function:
    """A function of the text: ``scope`` are the names where it stands, as they are when it is called."""

    node: ast.FunctionDef | ast.Lambda
    scope: dict[str, Value]
    defaults: Mapping[str, Value]
    of: Object | None = None

    def decorated(self, *names: str) -> bool:
        """Whether one of these decorators stands before it."""
        return any(ast.unparse(each) in names for each in getattr(self.node, "decorator_list", ()))

    def arguments(self, given: Sequence[Value], settings: Mapping[str, Value]) -> dict[str, Value]:
        """What its names stand for; where nothing is given, those without a default stand for themselves."""
        form = self.node.args
        names = [each.arg for each in (*form.posonlyargs, *form.args)]
        known = {*names, *(each.arg for each in form.kwonlyargs)}
        every = [*([] if self.of is None else [self.of]), *given]
        bound = {**self.defaults, **dict(zip(names, every, strict=False))}
        bound |= {name: each for name, each in settings.items() if name in known}
        if form.vararg is not None:
            bound[form.vararg.arg] = tuple(every[len(names) :])
        if form.kwarg is not None:
            bound[form.kwarg.arg] = {repr(name): each for name, each in settings.items() if name not in known}
        too_many = len(every) > len(names) and form.vararg is None
        unknown = not settings.keys() <= known and form.kwarg is None
        if too_many or unknown or ((given or settings) and not bound.keys() >= known):
            raise UnreadableError
        return bound


@dataclass()
class Derivative:
    """``jax.grad(f)``, and ``jax.grad(jax.grad(f))`` of order 2."""

    function: Function
    order: int = 1


def attribute(of: Object | Class, name: str) -> Value:
    """What an object or a class has under a name, None for nothing."""
    if isinstance(of, Object) and name in of.fields:
        return of.fields[name]
    found = (of.of if isinstance(of, Object) else of).members.get(name)
    if isinstance(found, Function) and isinstance(of, Object) and not found.decorated("staticmethod"):
        return Function(found.node, found.scope, found.defaults, of)
    return found


def called_name(node: ast.AST | None) -> str:
    """The name of what is called, without the library before it."""
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""


def written(value: Value) -> ast.expr:
    """A value as an expression."""
    if isinstance(value, bool):
        return ast.Constant(value)
    if isinstance(value, int | float):
        size = ast.Constant(abs(value))
        return ast.UnaryOp(ast.USub(), size) if value < 0 else size
    if isinstance(value, list | tuple):
        parts = [written(each) for each in value]
        return ast.List(parts) if isinstance(value, list) else ast.Tuple(parts)
    if isinstance(value, Function):
        return value.node if isinstance(value.node, ast.Lambda) else ast.Name(value.node.name)
    if not isinstance(value, ast.AST):
        raise UnreadableError
    return value  # type: ignore[return-value]  # an expression, or a part of one: a keyword, a slice


def parts(value: Value) -> Iterator[Value]:
    """All parts of a value."""
    if isinstance(value, list | tuple | dict):
        yield from chain.from_iterable(map(parts, value.values() if isinstance(value, dict) else value))
    yield from ast.walk(value) if isinstance(value, ast.AST) else (value,)


def choice(test: Value, value: Value, other: Value) -> ast.expr:
    """``where(test, value, other)``"""
    return ast.Call(ast.Name("where"), [written(test), written(value), written(other)], [])


def combined(operator: ast.operator, left: Value, right: Value) -> Value:
    """``a + b`` and its like: a sum that begins with 0 begins with its first term, a product likewise."""
    if isinstance(left, list) and isinstance(right, list) and isinstance(operator, ast.Add):
        return limited(left + right)
    if (
        isinstance(left, list) and isinstance(right, int) and isinstance(operator, ast.Mult)
    ):  # [0]*3 of Python; [1, 2]*3 may be a product, too
        if len(left) != 1:
            raise UnreadableError
        return limited(left * min(right, MAX_TURNS + 1))
    if foldable(operator, left, right):
        return FOLDED[type(operator)](left, right)
    begins = {ast.Add: 0, ast.Mult: 1}.get(type(operator))
    starts = begins is not None and isinstance(left, int | float) and left == begins
    return right if starts else ast.BinOp(written(left), operator, written(right))


def joined(operator: ast.AST, one: Value, other: Value) -> Value:
    """``a and b`` and ``a & b`` are a product of comparisons, ``a or b`` the greater one, ``not b`` is b == 0."""
    if not (is_condition(one) and is_condition(other)):
        raise UnreadableError  # of numbers it is one of them
    if isinstance(operator, ast.Or | ast.BitOr):
        return one or other if isinstance(one, bool) else ast.Call(ast.Name("maximum"), [one, written(other)], [])
    if isinstance(operator, ast.Not | ast.Invert):
        return not other if isinstance(other, bool) else ast.Compare(written(other), [ast.Eq()], [ast.Constant(0)])
    return (other if one else one) if isinstance(one, bool) else ast.BinOp(one, ast.Mult(), written(other))


def is_condition(value: Value) -> bool:
    """Whether a value is 1 where something holds and else 0: a comparison, or made of some by and, or."""
    if isinstance(value, ast.BinOp):
        return is_condition(value.left) and is_condition(value.right)
    called = isinstance(value, ast.Call) and called_name(value.func) == "maximum" and all(map(is_condition, value.args))
    return isinstance(value, bool | ast.Compare) or called


def is_text(node: ast.expr) -> bool:
    """Whether an expression is a text, or the name of a device."""
    if isinstance(node, ast.IfExp):
        return is_text(node.body) and is_text(node.orelse)
    if isinstance(node, ast.BinOp):
        return is_text(node.left) or is_text(node.right)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "format":
        return is_text(node.func.value)
    if isinstance(node, ast.Call):
        return called_name(node.func) in ("device", "str")
    return isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, str))


def is_nothing(value: Value) -> bool:
    """Whether a value is None or an object, which is no answer."""
    return isinstance(value, Object) or (isinstance(value, ast.Constant) and value.value is None)


def is_numbers(value: Value) -> bool:
    """Whether a value is made of numbers alone."""
    if isinstance(value, list | tuple):
        return bool(value) and all(map(is_numbers, value))
    return isinstance(value, int | float)


def foldable(operator: ast.AST, left: Value, right: Value) -> bool:
    """Whether an operator is carried out on two values: numbers that stay small."""
    numbers = isinstance(left, int | float) and isinstance(right, int | float)
    return numbers and type(operator) in FOLDED and max(abs(left), abs(right)) <= MAX_PARTS


def entry(base: Value, place: Value) -> Value:
    """``x[i]``, and ``x[a:b]``, which of a list are known."""
    if isinstance(base, dict) and (key := ast.unparse(written(place))) in base:
        return base[key]
    if isinstance(base, list | tuple) and isinstance(place, ast.Slice):
        return base[slice_of(place)]
    if isinstance(base, dict):
        raise UnreadableError  # a key that it does not have
    if isinstance(base, list | tuple) and isinstance(place, int) and -len(base) <= place < len(base):
        return base[place]
    return ast.Subscript(written(base), written(place))


def slice_of(node: ast.Slice) -> slice:
    """The part of a list that ``a:b`` is."""
    ends = [None if each is None else int(ast.unparse(each)) for each in (node.lower, node.upper, node.step)]
    return slice(*ends)


def limited(items: Any) -> Any:
    """The items that a loop runs over; raises LimitError for too many."""
    if len(items) > MAX_TURNS:
        raise LimitError(f"the loop has more than {MAX_TURNS:,} turns", code="AG802")
    return items


def callable_of(value: Value) -> Function | Derivative | None:
    """The function that a value is, and that an object computes when it is called."""
    if isinstance(value, Object):
        value = attribute(value, "__call__") or attribute(value, "forward")
    return value if isinstance(value, Function | Derivative) else None


def parsed(text: str) -> ast.expr:
    """The expression that a text is."""
    return next(each.value for each in python_tree(text).body if isinstance(each, ast.Expr))


def assigned(node: ast.stmt) -> list[tuple[ast.expr, ast.expr]]:
    """What ``x = y = value``, ``x += value`` and ``x: float = value`` set, from the last, with its value."""
    value = getattr(node, "value", None)
    if isinstance(node, ast.Assign):
        return [(target, node.value) for target in node.targets[::-1]]
    if isinstance(node, ast.AugAssign):
        return [(node.target, ast.BinOp(node.target, node.op, node.value))]
    # ``Rosenbrock: f(x, y) = ...`` is no Python
    if not isinstance(node, ast.AnnAssign) or value is None or isinstance(node.annotation, ast.Call):
        raise UnreadableError
    return [(node.target, value)]
