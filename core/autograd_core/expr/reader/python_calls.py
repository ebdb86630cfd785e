"""Calls in a program of Python: of its own functions and classes, of functions over lists, and of libraries."""

from __future__ import annotations

import ast
import math
import re
from collections.abc import Mapping, Sequence
from functools import partial, reduce
from typing import TYPE_CHECKING, Any

from autograd_core.expr.parser import python_tree
from autograd_core.expr.reader.code import CONSTRUCTORS, part_of
from autograd_core.expr.reader.notation import function_named
from autograd_core.expr.reader.python_expressions import Values
from autograd_core.expr.reader.python_values import (
    Class,
    Derivative,
    Function,
    Object,
    UnreadableError,
    Value,
    assigned,
    attribute,
    callable_of,
    called_name,
    choice,
    combined,
    limited,
    parsed,
    written,
)
from autograd_core.ops.registry import find

_OF_LISTS: dict[str, Any] = {
    "zip": lambda *columns: [*zip(*columns, strict=False)],
    "list": list,
    "tuple": list,
    "ModuleList": list,
    "reversed": lambda items: items[::-1],
}
"""Functions that make a list of the items of lists."""

_RENAMED = {"new_zeros": "zeros", "new_ones": "ones", "new_full": "full", "empty_like": "zeros_like"}
"""Functions that make arrays, by their names here."""

_OF_OBJECTS = ("to", "cuda", "cpu", "double", "float", "train", "eval", "half")
"""Methods of a module that give the module."""


class Calls(Values):
    """Carries calls out."""

    if TYPE_CHECKING:

        def run(self, body: Sequence[ast.stmt]) -> Value:
            """Carry statements out; the value that one of them returns."""

    def call(self, node: ast.Call) -> Value:
        """A call of a function of the text, or one over items."""
        name, given, settings = called_name(node.func), self.each(node.args), self.settings(node)
        function = self.function(node.func) if isinstance(node.func, ast.Call) else None
        made: Value = node.func
        if isinstance(node.func, ast.Attribute):
            of = self.visit(node.func.value)
            if isinstance(of, Object) and name in _OF_OBJECTS and attribute(of, name) is None:
                return of
            if isinstance(of, list) and name == "pop" and not self.unsure and all(isinstance(e, int) for e in given):
                return of.pop(*given)
            if isinstance(of, dict) and name in ("items", "keys", "values", "get", "copy"):
                return _of_dictionary(of, name, given)
            made = self.attribute(of, name)
        elif function is None:
            made = self.visit(node.func)
        function = function or callable_of(made)
        if isinstance(function, Derivative):
            raise part_of(None)
        if function is not None:
            return self.result(function, given, settings)
        if isinstance(made, Class) and not made.numbers:
            return self.object(made, given, settings)
        if name == "dict" and not given:
            return {repr(key): each for key, each in settings.items()}
        if name == "isinstance" and len(given) == 2 and isinstance(given[1], Class):
            return isinstance(given[0], Object) and given[0].of is given[1]
        if name in ("map", "reduce") and len(given) > 1 and isinstance(node.func, ast.Name):
            of, columns = given[0], [self.items(each) for each in given[1:2] if name == "reduce"]
            if name == "map":
                rows = zip(*map(self.items, given[1:]), strict=False)
                return [self.applied(of, row) for row in rows]
            return reduce(lambda one, other: self.applied(of, [one, other]), *columns, *given[2:])
        if name == "cond" and len(given) > 2 and all(isinstance(each, Function) for each in given[1:3]):
            return choice(given[0], *(self.result(each, given[3:], {}) for each in given[1:3]))
        if name == "fori_loop" and len(given) == 4 and isinstance(given[2], Function):
            turns = self.items(self.call(ast.Call(ast.Name("range"), node.args[:2], [])))
            return reduce(lambda value, turn: self.result(given[2], [turn, value], {}), turns, given[3])
        if name == "scan" and len(given) == 3 and isinstance(given[0], Function) and not settings:
            return self.scanned(*given)
        if name == "range" and given and all(isinstance(each, int) for each in given):
            return [*limited(range(*given))]
        if name == "enumerate" and given:
            return [*enumerate(self.items(given[0]), *given[1:], **settings)]
        if name in _OF_LISTS and given and (isinstance(node.func, ast.Name) or name == "ModuleList"):
            return _OF_LISTS[name](*map(self.items, given))
        return self.called(made, name, given, settings)

    def settings(self, node: ast.Call) -> dict[str, Value]:
        """The arguments of a call that have names, with those of ``**settings``."""
        found: dict[str, Value] = {}
        for each in node.keywords:
            value = self.visit(each.value)
            if each.arg is None and not isinstance(value, dict):
                raise UnreadableError
            found |= {each.arg: value} if each.arg else {key.strip("'"): inner for key, inner in value.items()}
        return found

    def applied(self, function: Value, given: Sequence[Value]) -> Value:
        """The value of a function of the text, or of a library."""
        if isinstance(function, Function):
            return self.result(function, given, {})
        return ast.Call(written(function), [*map(written, given)], [])

    def scanned(self, function: Function, carry: Value, rows: Value) -> tuple[Value, Value]:
        """``jax.lax.scan(f, carry, rows)``: what is carried at last, and what each turn gives."""
        made = []
        for row in self.items(rows):
            carry, each = self.items(self.result(function, [carry, row], {}))
            made.append(each)
        return carry, ast.Call(ast.Name("stack"), [written(made)], [])

    def called(self, made: Value, name: str, given: Sequence[Value], settings: Mapping[str, Value]) -> Value:
        """A call of a function of a library: numbers of entries are known, and sums of lists are written out."""
        first = given[0] if len(given) == 1 and not settings else None
        if name == "len" and isinstance(first, dict):
            return len(first)
        if name == "len" and (shape := self.shape(first)):
            return shape[0]
        if name == "size" and isinstance(made, ast.Attribute) and all(isinstance(each, int) for each in given):
            sizes = self.shape(made.value)
            if sizes is not None and not settings:
                return sizes[given[0]] if given else sizes
        if name == "sum" and len(given) == 2 and isinstance(given[0], list) and isinstance(made, ast.Name):
            return reduce(partial(combined, ast.Add()), *given)
        if name == "float" and isinstance(made, ast.Name) and first is not None:
            text = str(first.value).lower() if isinstance(first, ast.Constant) else ""
            return first if not text else parsed(text)
        if name == "select" and len(given) in (2, 3) and all(isinstance(each, list) for each in given[:2]):
            cases = [*zip(*given[:2], strict=False)][::-1]
            last = settings.get("default", [*given, 0][2])
            return reduce(lambda other, case: choice(case[0], case[1], other), cases, last)
        if name == "piecewise" and len(given) == 3 and all(isinstance(each, list) for each in given[1:]):
            values = [self.result(e, given[:1], {}) if isinstance(e, Function) else e for e in given[2]]
            last = values.pop() if len(values) > len(given[1]) else 0
            cases = [*zip(given[1], values, strict=True)][::-1]
            return reduce(lambda other, case: choice(case[0], case[1], other), cases, last)
        if name in _RENAMED:
            return ast.Call(ast.Name(_RENAMED[name]), [*map(written, given)], [])
        if (changed := self.changed(made, name, given)) is not None:
            return changed
        if name == "factorial" and isinstance(first, int) and 0 <= first < 170:
            return math.factorial(first)
        if name.lower() == "piecewise" and all(isinstance(each, tuple) and len(each) == 2 for each in given):
            found: Value = ast.Name("nan")  # beyond all conditions
            for value, test in given[::-1]:
                found = value if test is True else choice(test, value, found)
            return found
        if name == "sum" and first in ([], ()):
            return 0
        if name in ("sum", "prod") and isinstance(first, list | tuple) and first:
            if (whole := self.of_arrays(first)) is not None:
                return ast.Call(ast.Name(name), [whole], [])
            if isinstance(made, ast.Name):
                operator = ast.Add() if name == "sum" else ast.Mult()
                return reduce(lambda one, other: ast.BinOp(one, operator, other), map(written, first))
        return ast.Call(
            written(made), [*map(written, given)], [ast.keyword(name, written(each)) for name, each in settings.items()]
        )

    def changed(self, made: Value, name: str, given: Sequence[Value]) -> ast.expr | None:
        """``x.index_add(0, places, v)`` by what ``x.at[places]`` has here; None for others."""
        if not isinstance(made, ast.Attribute):
            return None
        place = made.value
        flat = len(given) == 3 and given[0] == 0 and len(self.shape(given[1]) or ()) == 1
        if (name == "index_add" and flat) or (name == "scatter_add" and flat and len(self.shape(given[2]) or ()) == 1):
            place = ast.Subscript(ast.Attribute(place, "at"), written(given[1]))
            return ast.Call(ast.Attribute(place, "add"), [written(given[2])], [])
        return None

    def of_arrays(self, items: Sequence[Value]) -> ast.expr | None:
        """What items are entries of: each the same function by entry of one entry of arrays; None for others."""
        texts = {re.sub(rf"\b(\w+)\[{at}\]", r"\1_entry_", ast.unparse(written(each))) for at, each in enumerate(items)}
        tree = python_tree(texts.pop()).body[0]
        names = {part for part in ast.walk(tree) if isinstance(part, ast.Name)}
        entries = any(part.id.endswith("_entry_") for part in names)  # else the sum is that of equal numbers
        if texts or len(items) < 2 or not isinstance(tree, ast.Expr) or not entries:
            return None
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

    def result(self, function: Function, given: Sequence[Value], settings: Mapping[str, Value]) -> Value:
        """The value of a function; without arguments for its own names."""
        bound = function.arguments(given, settings)
        own = {each.arg for each in ast.walk(function.node.args) if isinstance(each, ast.arg)}
        inner = self.within({**{name: each for name, each in function.scope.items() if name not in own}, **bound})
        body = function.node.body
        found = inner.run(body) if isinstance(body, list) else inner.value(body)
        return ast.Constant(None) if found is None else found

    def object(self, made: Class, given: Sequence[Value], settings: Mapping[str, Value]) -> Object:
        """A new object of a class; what it sets in itself is written down as other values are."""
        found = Object(made, {})
        start = made.members.get("__init__")
        if isinstance(start, Function):
            bound = Function(start.node, start.scope, start.defaults, found).arguments(given, settings)
            inner = self.within({**start.scope, **bound})
            inner.depth = self.depth
            inner.run(start.node.body if isinstance(start.node, ast.FunctionDef) else [])
            return found
        found.fields = {**dict(zip(made.fields, given, strict=False)), **settings}
        if len(given) > len(made.fields) or not {*made.fields} >= settings.keys():
            raise UnreadableError
        return found

    def mapped(self, function: Function, node: ast.Call) -> Function:
        """``jax.vmap(f)`` and ``vmap(f, in_axes=(None, 0))`` as a function of arrays."""
        settings = {each.arg: each.value for each in node.keywords}
        axes = self.visit(node.args[1] if len(node.args) > 1 else settings.get("in_axes", ast.Constant(0)))
        count = len(function.node.args.args)
        axes = [ast.unparse(written(each)) for each in (axes if isinstance(axes, list | tuple) else [axes] * count)]
        if len(axes) != count or not {"0", "None"}.issuperset(axes) or "0" not in axes or {*settings} - {"in_axes"}:
            raise UnreadableError
        names = [f"v{place}" for place in range(count)]
        over = [name for name, axis in zip(names, axes, strict=True) if axis == "0"]
        rows = ", ".join(f"each_{name}" if name in over else name for name in names)
        each = "".join(f"each_{name}, " for name in over)
        text = f"lambda {', '.join(names)}: stack([f({rows}) for {each} in zip({', '.join(over)})])"
        made = parsed(text)
        assert isinstance(made, ast.Lambda)
        return Function(made, {"f": function}, {})

    def class_of(self, node: ast.ClassDef) -> Class:
        """A class with what is set in it, and in those of the text that it inherits from."""
        bases = [each for each in map(self.visit, node.bases) if isinstance(each, Class)]
        members: dict[str, Value] = {}
        fields: list[str] = []
        for base in bases:
            members |= base.members
            fields += base.fields
        for each in node.body:
            if isinstance(each, ast.FunctionDef):
                members[each.name] = self.defined(each)
            elif isinstance(each, ast.AnnAssign) and isinstance(each.target, ast.Name):
                fields.append(each.target.id)
                members |= {} if each.value is None else {each.target.id: self.visit(each.value)}
            elif isinstance(each, ast.Assign):
                members |= {called_name(target): self.visit(value) for target, value in assigned(each)}
            elif not isinstance(each, ast.Pass | ast.Expr):
                raise UnreadableError
        numbers = node.name in CONSTRUCTORS and {"__add__", "__mul__", "backward"} <= members.keys()
        return Class(members, fields, bool(bases), numbers)


def _of_dictionary(of: Mapping[str, Value], name: str, given: Sequence[Value]) -> Value:
    """``d.items()``, ``d.get(key)`` and their like."""
    if name == "get":
        return of.get(ast.unparse(written(given[0])), [*given, ast.Constant(None)][1])
    keys = [parsed(key) for key in of]
    found = {"items": [*zip(keys, of.values(), strict=True)], "keys": keys, "copy": dict(of)}
    return found.get(name, [*of.values()])
