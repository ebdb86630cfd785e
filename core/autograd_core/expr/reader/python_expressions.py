"""Expressions of a program of Python, carried out as far as they are known."""

from __future__ import annotations

import ast
import copy
from collections.abc import Mapping, Sequence
from functools import partial, reduce
from itertools import islice
from typing import TYPE_CHECKING, Self

from autograd_core.errors import LimitError
from autograd_core.expr.reader.code import CONSTRUCTORS, DERIVATIVES
from autograd_core.expr.reader.notation import function_named
from autograd_core.expr.reader.python_values import (
    FOLDED,
    MAX_PARTS,
    MAX_TURNS,
    Class,
    Derivative,
    Function,
    Object,
    UnreadableError,
    Value,
    attribute,
    callable_of,
    called_name,
    choice,
    combined,
    entry,
    foldable,
    is_numbers,
    joined,
    limited,
    parsed,
    parts,
    slice_of,
    written,
)
from autograd_core.ops.spec import Shape

_SAME = ("jit", "njit", "vectorize", "checkpoint", "remat", "script")
"""Functions that give the function that they take."""

_AT_POINTS = DERIVATIVES | {"minimize"}
"""Functions that take a function and where it is differentiated."""

_COPIES = ("copy", "clone", "detach")
"""Methods that give the same array once more."""


class Values:
    """Carries expressions out as far as they are known.

    ``bound`` are the names that stand for values and functions, ``callers`` those of the functions around, ``shapes``
    those of arrays where they can be seen; ``depth`` is the number of functions and branches around a statement,
    ``unsure`` that of branches which may not be taken.
    """

    def __init__(self, shapes: Mapping[str, Shape]) -> None:
        self.shapes: dict[str, Shape | None] = dict(shapes)
        self.bound: dict[str, Value] = {}
        self.callers: list[dict[str, Value]] = []
        self.depth = self.unsure = 0
        self.spent = [0]

    if TYPE_CHECKING:

        def call(self, node: ast.Call) -> Value:
            """The value of a call."""

        def mapped(self, function: Function, node: ast.Call) -> Function:
            """``vmap(f)`` as a function of arrays."""

        def result(self, function: Function, given: Sequence[Value], settings: Mapping[str, Value]) -> Value:
            """The value of a function."""

    def within(self, bound: Mapping[str, Value]) -> Self:
        """The same in a function or a comprehension, where these names stand for values."""
        inner = copy.copy(self)
        inner.bound, inner.depth, inner.callers = dict(bound), self.depth + 1, [self.bound, *self.callers]
        inner.shapes = dict(self.shapes)
        if inner.depth > MAX_TURNS:
            raise UnreadableError
        return inner

    def value(self, node: ast.expr) -> Value:
        """The value of an expression; raises LimitError where that is too long."""
        made = self.visit(node)
        size = sum(1 for _ in islice(parts(made), MAX_PARTS + 1))
        self.spent[0] += size
        if size > MAX_PARTS or self.spent[0] > 10 * MAX_PARTS:
            raise LimitError("the program is too long to be written out", code="AG802")
        return made

    def visit(self, node: ast.AST) -> Value:
        """The value of an expression, or of a part of one."""
        match node:
            case ast.Name(id="__name__"):
                return ast.Constant("__main__")
            case ast.Name():
                return self.bound.get(node.id, node)
            case ast.Attribute():
                return self.attribute(self.visit(node.value), node.attr)
            case ast.Constant(value=int() | float()):
                return node.value
            case ast.List():
                return self.each(node.elts)
            case ast.Tuple():
                return tuple(self.each(node.elts))
            case ast.Lambda():
                return self.defined(node)
            case ast.Dict(keys=keys, values=values) if None not in keys:
                return {self.key(key): self.visit(each) for key, each in zip(keys, values, strict=True)}
            case ast.ListComp() | ast.GeneratorExp():
                return self.within(self.bound).comprehended([node.elt], node.generators)
            case ast.DictComp():
                pairs = self.within(self.bound).comprehended([node.key, node.value], node.generators)
                return {ast.unparse(written(key)): each for key, each in pairs}
            case ast.IfExp():
                test = self.visit(node.test)
                if isinstance(test, int | float):
                    return self.visit(node.body if test else node.orelse)
                return choice(test, self.visit(node.body), self.visit(node.orelse))
            case ast.Call():
                return self.call(node)
            case ast.BinOp(op=ast.BitAnd() | ast.BitOr() as sign):
                return joined(sign, self.visit(node.left), self.visit(node.right))
            case ast.BinOp():
                return combined(node.op, self.visit(node.left), self.visit(node.right))
            case ast.Compare(ops=[sign], comparators=[other]):
                left, right = self.visit(node.left), self.visit(other)
                if (same := _same(sign, left, right)) is not None:
                    return same
                if foldable(sign, left, right):
                    return FOLDED[type(sign)](left, right)
                return ast.Compare(written(left), [sign], [written(right)])
            case ast.Subscript():
                return entry(self.visit(node.value), self.visit(node.slice))
            case ast.BoolOp():
                return reduce(partial(joined, node.op), map(self.visit, node.values))
            case ast.UnaryOp(op=ast.USub()) if isinstance(operand := self.visit(node.operand), int | float):
                return -operand
            case ast.UnaryOp(op=ast.Not() | ast.Invert() as sign):
                return joined(sign, True, self.visit(node.operand))
        made = copy.copy(node)
        for name, old in ast.iter_fields(node):
            if isinstance(old, ast.expr):
                setattr(made, name, written(self.visit(old)))
            elif isinstance(old, list):
                visited = (ast.expr, ast.keyword)
                setattr(made, name, [written(self.visit(e)) if isinstance(e, visited) else e for e in old])
        return made

    def key(self, node: ast.AST | None) -> str:
        """The key of a dictionary, as it is written."""
        return ast.unparse(written(self.visit(node or ast.Pass())))

    def each(self, nodes: Sequence[ast.expr]) -> list[Value]:
        """The values of items and arguments, with those of ``*items``."""
        found: list[Value] = []
        for node in nodes:
            found += self.items(self.visit(node.value)) if isinstance(node, ast.Starred) else [self.visit(node)]
        return found

    def comprehended(self, made: Sequence[ast.expr], loops: Sequence[ast.comprehension]) -> list[Value]:
        """The items of a comprehension, each of one value or of a key with its value."""
        if not loops:
            values = [self.value(each) for each in made]
            return [values[0] if len(values) == 1 else tuple(values)]
        found: list[Value] = []
        for names in self.turns(loops[0].target, self.visit(loops[0].iter)):
            self.bound |= names
            kept = [self.visit(test) for test in loops[0].ifs]
            if not all(isinstance(each, int | float) for each in kept):
                raise UnreadableError
            found += self.comprehended(made, loops[1:]) if all(kept) else []
            limited(found)
        return found

    # Functions and objects.

    def defined(self, node: ast.FunctionDef | ast.Lambda) -> Function:
        """A function, with the values that its arguments have where none are given."""
        form = node.args
        names = [each.arg for each in (*form.posonlyargs, *form.args)]
        values = dict(zip(names[::-1], map(self.visit, form.defaults[::-1]), strict=False))
        own = zip(form.kwonlyargs, form.kw_defaults, strict=True)
        values |= {each.arg: self.visit(value) for each, value in own if value is not None}
        return Function(node, self.bound, values)

    def attribute(self, of: Value, name: str) -> Value:
        """What an object has under a name, what a property of it computes, and the shape of an array."""
        if not isinstance(of, Object | Class):
            shape = self.shape(of) if name == "shape" else None
            return ast.Attribute(written(of), name) if shape is None else shape
        found = attribute(of, name)
        if found is None:
            raise UnreadableError
        return self.result(found, [], {}) if isinstance(found, Function) and found.decorated("property") else found

    def function(self, node: ast.expr) -> Function | Derivative | None:
        """The function of the text that an expression is, None for anything else."""
        called = any(isinstance(each, ast.Call) for each in ast.walk(node))  # which may change something
        if isinstance(node, ast.Lambda) or (isinstance(node, ast.Name | ast.Attribute | ast.Subscript) and not called):
            return callable_of(self.visit(node))
        if not isinstance(node, ast.Call) or not node.args or self.points(node):
            return None
        if called_name(node.func) in DERIVATIVES:
            return self.derivative(node)
        if called_name(node.func) == "vmap" and isinstance(inner := self.function(node.args[0]), Function):
            return self.mapped(inner, node)
        return self.function(node.args[0]) if called_name(node.func) in _SAME else None

    def derivative(self, node: ast.Call) -> Derivative | None:
        """The derivative of the function of the text, or of a library, that is the first argument."""
        inner, known = self.function(node.args[0]), called_name(node.args[0])
        if inner is None and known not in self.shapes and known not in self.bound and function_named(known) is not None:
            inner = self.function(parsed(f"lambda x: {ast.unparse(node.args[0])}(x)"))
        if isinstance(inner, Derivative):
            return Derivative(inner.function, inner.order + 1)
        return None if inner is None else Derivative(inner)

    def points(self, node: ast.Call) -> list[ast.expr]:
        """The arguments at which ``jacobian(f, x)`` differentiates; none of ``jax.grad(f, (0, 1))``."""
        if called_name(node.func) not in _AT_POINTS or len(node.args) < 2 or is_numbers(self.visit(node.args[1])):
            return []
        return node.args[1].elts if isinstance(node.args[1], ast.Tuple) else [node.args[1]]

    # What a loop runs over.

    def turns(self, target: ast.expr, iterated: Value) -> list[dict[str, Value]]:
        """The names that each turn of a loop sets, and their values."""
        return [self.unpacked(target, item) for item in self.items(iterated)]

    def unpacked(self, target: ast.expr, item: Value) -> dict[str, Value]:
        """The names of ``i, (a, *b)`` with their values."""
        if isinstance(target, ast.Name):
            return {target.id: item}
        if not isinstance(target, ast.Tuple | ast.List):
            raise UnreadableError
        inner, targets = self.items(item), target.elts
        stars = [place for place, each in enumerate(targets) if isinstance(each, ast.Starred)]
        if stars and (rest := len(inner) - len(targets) + 1) >= 0:
            at = stars[0]
            inner[at : at + rest] = [inner[at : at + rest]]
        if len(inner) != len(targets):
            raise UnreadableError
        plain = [each.value if isinstance(each, ast.Starred) else each for each in targets]
        pairs = [self.unpacked(*pair) for pair in zip(plain, inner, strict=True)]
        return {name: value for pair in pairs for name, value in pair.items()}

    def items(self, value: Value) -> list[Value]:
        """The items of a list, or the entries of an array whose size is known; raises LimitError for too many."""
        if isinstance(value, list | tuple):
            return [*value]
        if isinstance(value, dict):
            return [*map(parsed, value)]
        if isinstance(value, ast.Subscript) and isinstance(value.slice, ast.Slice):
            return self.items(value.value)[slice_of(value.slice)]
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
        if isinstance(value, ast.Call) and called_name(value.func) == "stack" and isinstance(value.args[0], ast.List):
            return self.shape(value.args[0].elts)
        if isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute) and value.func.attr in _COPIES:
            return self.shape(value.func.value)
        if isinstance(value, ast.BinOp) and not isinstance(value.op, ast.MatMult):
            sides = {self.shape(value.left), self.shape(value.right)} - {()}
            return next(iter(sides), ()) if len(sides) < 2 else None
        return () if isinstance(value, int | float | ast.Constant) else None


def _same(sign: ast.cmpop, left: Value, right: Value) -> bool | None:
    """Whether ``mode == 'mean'`` or ``mask is None`` holds, None where it is not known."""
    texts = [each.value for each in (left, right) if isinstance(each, ast.Constant)]
    nothing = [each is None for each in texts]
    if isinstance(sign, ast.Is | ast.IsNot) and any(nothing):
        return (len(texts) == 2 and all(nothing)) is isinstance(sign, ast.Is)
    if isinstance(sign, ast.Eq | ast.NotEq) and len(texts) == 2:
        return (texts[0] == texts[1]) is isinstance(sign, ast.Eq)
    return None
