"""Values of a program of Python: what is known is a value of Python, and what is left a part of the syntax tree."""

from __future__ import annotations

import ast
import copy
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import partial, reduce
from itertools import chain, islice
from typing import TYPE_CHECKING, Any, NamedTuple, Self, TypeAlias

from autograd_core.errors import LimitError
from autograd_core.expr.build import OPERATORS
from autograd_core.expr.parser import python_tree
from autograd_core.expr.reader.code import CONSTRUCTORS, DERIVATIVES, part_of
from autograd_core.expr.reader.notation import function_named
from autograd_core.ops.registry import find
from autograd_core.ops.spec import Shape

MAX_PARTS = 50_000
"""Parts of one value that is written out; ten times as many of all."""

MAX_TURNS = 1_000
"""Turns of a loop, and calls of functions inside one another."""

Value: TypeAlias = Any
"""A number, a list or a tuple of values, a function, or the expression (``ast.expr``) that is left of anything else."""

_SAME = ("jit", "njit", "vectorize")
"""Functions that give the function that they take."""

_AT_POINTS = DERIVATIVES | {"minimize"}
"""Functions that take a function and where it is differentiated."""

_FOLDED = {kind: OPERATORS[kind] for kind in OPERATORS if kind not in (ast.Div, ast.Pow, ast.MatMult)}
"""Operators that are carried out on numbers: not those that round, or whose result may have any length."""

_OF_LISTS: dict[str, Any] = {"zip": zip, "list": list, "tuple": list, "reversed": lambda items: items[::-1]}


class UnreadableError(Exception):
    """What is not written out here: what reads the text as it stands says why."""


class Derivative(NamedTuple):
    """``jax.grad(f)``, and ``jax.grad(jax.grad(f))`` of order 2."""

    function: ast.FunctionDef | ast.Lambda
    order: int = 1


class Values:
    """Carries expressions out as far as they are known.

    ``bound`` are the names that stand for values and functions, ``shapes`` those of arrays where they can be seen;
    ``depth`` is the number of functions and branches around a statement.
    """

    def __init__(self, shapes: Mapping[str, Shape]) -> None:
        self.shapes: dict[str, Shape | None] = dict(shapes)
        self.bound: dict[str, Value] = {}
        self.depth = 0
        self.spent = [0]

    if TYPE_CHECKING:

        def run(self, body: Sequence[ast.stmt]) -> Value:
            """Carry statements out; the value that one of them returns."""

    def within(self, bound: Mapping[str, Value]) -> Self:
        """The same in a function, a branch or a turn, where these names stand for values."""
        inner = copy.copy(self)
        inner.bound, inner.depth = dict(bound), self.depth + 1
        inner.shapes = dict(self.shapes)
        if inner.depth > MAX_TURNS:
            raise UnreadableError
        return inner

    def value(self, node: ast.expr) -> Value:
        """The value of an expression; raises LimitError where that is too long."""
        made = self.visit(node)
        size = sum(1 for _ in islice(_parts(made), MAX_PARTS + 1))
        self.spent[0] += size
        if size > MAX_PARTS or self.spent[0] > 10 * MAX_PARTS:
            raise LimitError("the program is too long to be written out", code="AG802")
        return made

    def visit(self, node: ast.AST) -> Value:
        """The value of an expression, or of a part of one."""
        match node:
            case ast.Name():
                return self.bound.get(node.id, node)
            case ast.Constant(value=int() | float()):
                return node.value
            case ast.List():
                return [self.visit(each) for each in node.elts]
            case ast.Tuple():
                return tuple(self.visit(each) for each in node.elts)
            case ast.Lambda():
                return node
            case ast.Dict(keys=keys, values=values) if None not in keys:
                return {ast.unparse(written(key)): self.visit(each) for key, each in zip(keys, values, strict=True)}
            case ast.ListComp() | ast.GeneratorExp():
                return self.comprehended(node.elt, node.generators)
            case ast.IfExp():
                test = self.visit(node.test)
                if isinstance(test, int | float):
                    return self.visit(node.body if test else node.orelse)
                return choice(test, self.visit(node.body), self.visit(node.orelse))
            case ast.Call():
                return self.call(node)
            case ast.BinOp(op=ast.BitAnd() | ast.BitOr() as sign):
                return _joined(sign, self.visit(node.left), self.visit(node.right))
            case ast.BinOp():
                return _combined(node.op, self.visit(node.left), self.visit(node.right))
            case ast.Compare(ops=[sign], comparators=[other]):
                left, right = self.visit(node.left), self.visit(other)
                if _foldable(sign, left, right):
                    return _FOLDED[type(sign)](left, right)
                return ast.Compare(written(left), [sign], [written(right)])
            case ast.Subscript():
                return _entry(self.visit(node.value), self.visit(node.slice))
            case ast.BoolOp():
                return reduce(partial(_joined, node.op), map(self.visit, node.values))
            case ast.UnaryOp(op=ast.USub()) if isinstance(operand := self.visit(node.operand), int | float):
                return -operand
            case ast.UnaryOp(op=ast.Not() | ast.Invert() as sign):
                return _joined(sign, True, self.visit(node.operand))
            case ast.Attribute(attr="shape") if (shape := self.shape(self.visit(node.value))) is not None:
                return shape
        made = copy.copy(node)
        for name, old in ast.iter_fields(node):
            if isinstance(old, ast.expr):
                setattr(made, name, written(self.visit(old)))
            elif isinstance(old, list):
                visited = (ast.expr, ast.keyword)
                setattr(made, name, [written(self.visit(e)) if isinstance(e, visited) else e for e in old])
        return made

    def comprehended(self, node: ast.expr, loops: Sequence[ast.comprehension]) -> list[Value]:
        """The items of a comprehension."""
        if not loops:
            return [self.value(node)]
        found: list[Value] = []
        for names in self.turns(loops[0].target, self.visit(loops[0].iter)):
            inner = self.within({**self.bound, **names})
            kept = [inner.visit(test) for test in loops[0].ifs]
            if not all(isinstance(each, int | float) for each in kept):
                raise UnreadableError
            found += inner.comprehended(node, loops[1:]) if all(kept) else []
            limited(found)
        return found

    # Functions.

    def function(self, node: ast.expr) -> ast.FunctionDef | ast.Lambda | Derivative | None:
        """The function of the text that an expression is, None for anything else."""
        if isinstance(node, ast.Name | ast.Lambda):
            found = self.visit(node)
            return found if isinstance(found, ast.FunctionDef | ast.Lambda | Derivative) else None
        if not isinstance(node, ast.Call) or not node.args or self.points(node):
            return None
        if called_name(node.func) in DERIVATIVES:
            return self.derivative(node)
        return self.function(node.args[0]) if called_name(node.func) in _SAME else None

    def derivative(self, node: ast.Call) -> Derivative | None:
        """The derivative of the function of the text, or of a library, that is the first argument."""
        inner, known = self.function(node.args[0]), called_name(node.args[0])
        if inner is None and known not in self.shapes and known not in self.bound and function_named(known) is not None:
            tree = python_tree(f"lambda x: {ast.unparse(node.args[0])}(x)")
            inner = next(each for each in ast.walk(tree) if isinstance(each, ast.Lambda))
        if isinstance(inner, Derivative):
            return Derivative(inner.function, inner.order + 1)
        return None if inner is None else Derivative(inner)

    def points(self, node: ast.Call) -> list[ast.expr]:
        """The arguments at which ``jacobian(f, x)`` differentiates; none of ``jax.grad(f, (0, 1))``."""
        if called_name(node.func) not in _AT_POINTS or len(node.args) < 2 or is_numbers(self.visit(node.args[1])):
            return []
        return node.args[1].elts if isinstance(node.args[1], ast.Tuple) else [node.args[1]]

    def call(self, node: ast.Call) -> Value:
        """A call of a function of the text, or one over items."""
        name, function = called_name(node.func), self.function(node.func)
        given = [self.visit(each) for each in node.args]
        settings = {str(each.arg): self.visit(each.value) for each in node.keywords}
        if isinstance(function, Derivative):
            raise part_of(None)
        if function is not None:
            return self.result(function, given, settings)
        if isinstance(node.func, ast.Call) and called_name(node.func.func) == "vmap" and len(node.func.args) == 1:
            name, given = "map", [self.function(node.func.args[0]), *given]
        if name in ("map", "reduce") and isinstance(given[0], ast.FunctionDef | ast.Lambda):
            of, columns = given[0], [self.items(each) for each in given[1:]]
            if name == "map":
                return [self.result(of, row, {}) for row in zip(*columns, strict=False)]
            return reduce(lambda one, other: self.result(of, [one, other], {}), columns[0])
        if name == "cond" and len(given) > 2 and all(isinstance(e, ast.FunctionDef | ast.Lambda) for e in given[1:3]):
            return choice(given[0], *(self.result(each, given[3:], {}) for each in given[1:3]))
        if name == "fori_loop" and len(given) == 4 and isinstance(given[2], ast.FunctionDef | ast.Lambda):
            turns = self.items(self.call(ast.Call(ast.Name("range"), node.args[:2], [])))
            return reduce(lambda value, turn: self.result(given[2], [turn, value], {}), turns, given[3])
        if name == "range" and given and all(isinstance(each, int) for each in given):
            return [*limited(range(*given))]
        if name == "enumerate" and given:
            return [*enumerate(self.items(given[0]), *given[1:], **settings)]
        if name in _OF_LISTS and isinstance(node.func, ast.Name) and given:
            return [*_OF_LISTS[name](*map(self.items, given))]
        return self.called(node, name, given, settings)

    def called(self, node: ast.Call, name: str, given: Sequence[Value], settings: Mapping[str, Value]) -> Value:
        """A call of a function of a library: numbers of entries are known, and sums of lists are written out."""
        first = given[0] if len(given) == 1 and not settings else None
        if name == "len" and (shape := self.shape(first)):
            return shape[0]
        if name == "size" and isinstance(node.func, ast.Attribute) and all(isinstance(each, int) for each in given):
            sizes = self.shape(self.visit(node.func.value))
            if sizes is not None and not settings:
                return sizes[given[0]] if given else sizes
        if name == "sum" and len(given) == 2 and isinstance(given[0], list) and isinstance(node.func, ast.Name):
            return reduce(partial(_combined, ast.Add()), *given)
        if name == "factorial" and isinstance(first, int) and 0 <= first < 170:
            return math.factorial(first)
        if name.lower() == "piecewise" and all(isinstance(each, tuple) and len(each) == 2 for each in given):
            found: Value = ast.Name("nan")  # beyond all conditions
            for value, test in given[::-1]:
                found = value if test is True else choice(test, value, found)
            return found
        if name in ("sum", "prod") and isinstance(first, list) and first:
            if (whole := self.of_arrays(first)) is not None:
                return ast.Call(ast.Name(name), [whole], [])
            if isinstance(node.func, ast.Name):
                operator = ast.Add() if name == "sum" else ast.Mult()
                return reduce(lambda one, other: ast.BinOp(one, operator, other), map(written, first))
        function = written(self.visit(node.func))
        return ast.Call(
            function, [*map(written, given)], [ast.keyword(name, written(each)) for name, each in settings.items()]
        )

    def of_arrays(self, items: Sequence[Value]) -> ast.expr | None:
        """What items are entries of: each the same function by entry of one entry of arrays; None for others."""
        texts = {re.sub(rf"\b(\w+)\[{at}\]", r"\1_entry_", ast.unparse(written(each))) for at, each in enumerate(items)}
        tree = python_tree(texts.pop()).body[0]
        if texts or len(items) < 2 or not isinstance(tree, ast.Expr):
            return None
        names = {part for part in ast.walk(tree) if isinstance(part, ast.Name)}
        for part in ast.walk(tree):
            if isinstance(part, ast.Call):
                names.difference_update(ast.walk(part.func))
                called = find(function_named(called_name(part.func)) or "")
                if not getattr(called, "elementwise", False) or part.keywords:
                    return None
            elif isinstance(part, ast.MatMult | ast.Subscript | ast.List | ast.Compare):
                return None
        for name in names:
            array = name.id.removesuffix("_entry_")
            if self.shapes.get(array) != (() if array == name.id else (len(items),)):
                return None
            name.id = array
        return tree.value

    def result(
        self, function: ast.FunctionDef | ast.Lambda, given: Sequence[Value], settings: Mapping[str, Value]
    ) -> Value:
        """The value of a function; without arguments for its own names."""
        arguments = function.args
        names = [each.arg for each in arguments.args]
        if arguments.vararg or arguments.kwarg or arguments.kwonlyargs or len(given) > len(names):
            raise UnreadableError
        defaults = map(self.visit, arguments.defaults[::-1])
        bound = {**dict(zip(names[::-1], defaults, strict=False)), **dict(zip(names, given, strict=False)), **settings}
        if ((given or settings) and not bound.keys() >= set(names)) or not bound.keys() <= set(names):
            raise UnreadableError
        inner = self.within({**{name: each for name, each in self.bound.items() if name not in names}, **bound})
        inner.shapes |= {name: self.shape(each) for name, each in bound.items()}
        found = inner.value(function.body) if isinstance(function, ast.Lambda) else inner.run(function.body)
        if found is None:
            raise UnreadableError
        return found

    # What a loop runs over.

    def turns(self, target: ast.expr, iterated: Value) -> list[dict[str, Value]]:
        """The names that each turn of a loop sets, and their values."""
        return [self.unpacked(target, item) for item in self.items(iterated)]

    def unpacked(self, target: ast.expr, item: Value) -> dict[str, Value]:
        """The names of ``i, (a, b)`` with their values."""
        if isinstance(target, ast.Name):
            return {target.id: item}
        parts = self.items(item)
        if not isinstance(target, ast.Tuple | ast.List) or len(parts) != len(target.elts):
            raise UnreadableError
        pairs = [self.unpacked(*pair) for pair in zip(target.elts, parts, strict=True)]
        return {name: value for pair in pairs for name, value in pair.items()}

    def items(self, value: Value) -> list[Value]:
        """The items of a list, or the entries of an array whose size is known; raises LimitError for too many."""
        if isinstance(value, list | tuple):
            return [*value]
        if isinstance(value, ast.Subscript) and isinstance(value.slice, ast.Slice):
            return self.items(value.value)[_slice(value.slice)]
        shape = self.shape(value)
        if not shape:
            raise UnreadableError
        return [ast.Subscript(value, ast.Constant(place)) for place in limited(range(shape[0]))]

    def shape(self, value: Value) -> Shape | None:
        """The shape of a value where it can be seen."""
        if isinstance(value, ast.Name):
            return self.shapes.get(value.id)
        if isinstance(value, list | tuple):
            inner = self.shape(value[0]) if value else ()
            return None if inner is None else (len(value), *inner)
        if isinstance(value, ast.Subscript):
            whole = self.shape(value.value)
            return whole[1:] if whole and isinstance(value.slice, ast.Constant | ast.UnaryOp) else None
        if isinstance(value, ast.Call) and value.args and called_name(value.func) in CONSTRUCTORS:
            return self.shape(self.visit(value.args[0]))
        if isinstance(value, ast.BinOp) and not isinstance(value.op, ast.MatMult):
            sides = {self.shape(value.left), self.shape(value.right)} - {()}
            return next(iter(sides), ()) if len(sides) < 2 else None
        return () if isinstance(value, int | float | ast.Constant) else None


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
    if isinstance(value, ast.FunctionDef):
        return ast.Name(value.name)
    if not isinstance(value, ast.AST):
        raise UnreadableError
    return value  # type: ignore[return-value]  # an expression, or a part of one: a keyword, a slice


def _parts(value: Value) -> Iterator[Value]:
    """All parts of a value."""
    if isinstance(value, list | tuple):
        yield from chain.from_iterable(map(_parts, value))
    yield from ast.walk(value) if isinstance(value, ast.AST) else (value,)


def choice(test: Value, value: Value, other: Value) -> ast.expr:
    """``where(test, value, other)``"""
    return ast.Call(ast.Name("where"), [written(test), written(value), written(other)], [])


def _combined(operator: ast.operator, left: Value, right: Value) -> Value:
    """``a + b`` and its like: a sum that begins with 0 begins with its first term, a product likewise."""
    if isinstance(left, list) and isinstance(right, list) and isinstance(operator, ast.Add):
        return limited(left + right)
    if isinstance(left, list) and isinstance(right, int):  # [0]*3 of Python; [1, 2]*3 may be a product, too
        if len(left) != 1:
            raise UnreadableError
        return limited(left * min(right, MAX_TURNS + 1))
    if _foldable(operator, left, right):
        return _FOLDED[type(operator)](left, right)
    begins = {ast.Add: 0, ast.Mult: 1}.get(type(operator))
    starts = begins is not None and isinstance(left, int | float) and left == begins
    return right if starts else ast.BinOp(written(left), operator, written(right))


def _joined(operator: ast.AST, one: Value, other: Value) -> Value:
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


def is_numbers(value: Value) -> bool:
    """Whether a value is made of numbers alone."""
    if isinstance(value, list | tuple):
        return bool(value) and all(map(is_numbers, value))
    return isinstance(value, int | float)


def _foldable(operator: ast.AST, left: Value, right: Value) -> bool:
    """Whether an operator is carried out on two values: numbers that stay small."""
    numbers = isinstance(left, int | float) and isinstance(right, int | float)
    return numbers and type(operator) in _FOLDED and max(abs(left), abs(right)) <= MAX_PARTS


def _entry(base: Value, place: Value) -> Value:
    """``x[i]``, and ``x[a:b]``, which of a list are known."""
    if isinstance(base, dict) and (key := ast.unparse(written(place))) in base:
        return base[key]
    if isinstance(base, list | tuple) and isinstance(place, ast.Slice):
        return base[_slice(place)]
    if isinstance(base, list | tuple) and isinstance(place, int) and -len(base) <= place < len(base):
        return base[place]
    return ast.Subscript(written(base), written(place))


def _slice(node: ast.Slice) -> slice:
    """The part of a list that ``a:b`` is."""
    ends = [None if each is None else int(ast.unparse(each)) for each in (node.lower, node.upper, node.step)]
    return slice(*ends)


def limited(items: Any) -> Any:
    """The items that a loop runs over; raises LimitError for too many."""
    if len(items) > MAX_TURNS:
        raise LimitError(f"the loop has more than {MAX_TURNS:,} turns", code="AG802")
    return items
