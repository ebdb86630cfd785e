"""Values of a program of Python as far as they are known: numbers, lists, what a loop runs over, calls of functions."""

from __future__ import annotations

import ast
import copy
import math
import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Self

from autograd_core.errors import LimitError
from autograd_core.expr.build import OPERATORS
from autograd_core.expr.parser import python_tree
from autograd_core.expr.reader.code import CONSTRUCTORS
from autograd_core.expr.reader.notation import function_named
from autograd_core.expr.tokenizer import wrong
from autograd_core.ops.registry import find
from autograd_core.ops.spec import Shape

MAX_PARTS = 50_000
"""Parts of one value that is written out; ten times as many of all."""

MAX_TURNS = 1_000
"""Turns of a loop, and calls of functions inside one another."""

DERIVATIVES = ("grad", "gradient", "derivative", "value_and_grad", "elementwise_grad", "jacfwd", "jacrev", "jacobian")
SAME = ("jit", "njit", "vectorize")
"""Functions that give the function that they take."""

_SUMS = ("sum", "fsum", "prod", "mean", "max", "min")
_LISTS = ("list", "tuple", "reversed", "tolist")
_FOLDED = {kind: OPERATORS[kind] for kind in OPERATORS if kind not in (ast.Div, ast.Pow, ast.MatMult)}
"""Operators that are carried out on numbers: not those that round, or whose result may have any length."""


class UnreadableError(Exception):
    """What is not written out here: what reads the text as it stands says why."""


class Values(ast.NodeTransformer):
    """Carries values out as far as numbers are known.

    ``bound`` are the names that stand for values, ``shapes`` those of arrays where they can be seen, ``functions`` and
    ``derivatives`` what the text defines; ``depth`` is the number of functions and branches around a statement.
    """

    def __init__(self, shapes: Mapping[str, Shape]) -> None:
        self.shapes: dict[str, Shape | None] = dict(shapes)
        self.bound: dict[str, ast.expr] = {}
        self.functions: dict[str, ast.FunctionDef | ast.Lambda] = {}
        self.derivatives: dict[str, ast.expr] = {}
        self.depth = 0
        self.spent = [0]

    if TYPE_CHECKING:

        def run(self, body: Sequence[ast.stmt]) -> ast.expr | None:
            """Carry statements out; the value that one of them returns."""

    def within(self, bound: Mapping[str, ast.expr]) -> Self:
        """The same in a function, a branch or a turn, where these names stand for values."""
        inner = copy.copy(self)
        inner.bound, inner.depth = dict(bound), self.depth + 1
        inner.shapes = dict(self.shapes)
        if inner.depth > MAX_TURNS:
            raise UnreadableError
        return inner

    def value(self, node: ast.expr) -> ast.expr:
        """What is left of a value; raises LimitError where that is too long."""
        made: ast.expr = self.visit(copy.deepcopy(node))
        size = sum(1 for _ in ast.walk(made))
        self.spent[0] += size
        if size > MAX_PARTS or self.spent[0] > 10 * MAX_PARTS:
            raise LimitError("the program is too long to be written out", code="AG802")
        return made

    def visit_Name(self, node: ast.Name) -> ast.expr:
        """A name that stands for something."""
        return self.bound.get(node.id, node)

    def visit_Lambda(self, node: ast.Lambda) -> ast.expr:
        """A function that something else takes: its own names hide others."""
        own = {each.arg for each in node.args.args}
        node.body = self.within({name: value for name, value in self.bound.items() if name not in own}).value(node.body)
        return node

    def visit_BinOp(self, node: ast.BinOp) -> ast.expr:
        """A sum that begins with 0 begins with its first term, a product likewise; lists are put one behind another."""
        self.generic_visit(node)
        left, right = node.left, node.right
        if isinstance(left, ast.List) and isinstance(right, ast.List) and isinstance(node.op, ast.Add):
            return ast.List([*left.elts, *right.elts])
        if isinstance(left, ast.List) and isinstance(number(right), int):  # [0]*3 of Python
            raise UnreadableError
        begins = {ast.Add: 0, ast.Mult: 1}.get(type(node.op))
        return right if begins is not None and number(left) == begins else node

    def visit_BoolOp(self, node: ast.BoolOp) -> ast.expr:
        """``a and b`` is a product of comparisons, ``a or b`` the greater one."""
        values: list[ast.expr] = [self.visit(value) for value in node.values]
        if not all(map(is_condition, values)):
            raise UnreadableError  # of numbers it is one of them
        found, *rest = values
        for each in rest:
            both = isinstance(node.op, ast.And)
            found = ast.BinOp(found, ast.Mult(), each) if both else ast.Call(ast.Name("maximum"), [found, each], [])
        return found

    def visit_UnaryOp(self, node: ast.UnaryOp) -> ast.expr:
        """``not a`` is 1 - a."""
        node.operand = self.visit(node.operand)
        if isinstance(node.op, ast.Not) and not is_condition(node.operand):
            raise UnreadableError
        return ast.BinOp(ast.Constant(1), ast.Sub(), node.operand) if isinstance(node.op, ast.Not) else node

    def visit_IfExp(self, node: ast.IfExp) -> ast.expr:
        """``a if c else b``"""
        test = self.visit(node.test)
        known = number(test)
        if known is None:
            return choice(test, self.visit(node.body), self.visit(node.orelse))
        chosen: ast.expr = self.visit(node.body if known else node.orelse)
        return chosen

    def visit_Subscript(self, node: ast.Subscript) -> ast.expr:
        """``x[i]``: entries of lists and of shapes are known."""
        items = self.items(node.value) if self.is_list(node.value) else None
        if isinstance(node.value, ast.Attribute) and node.value.attr == "shape":
            shape = self.shape(node.value.value)
            items = None if shape is None else [ast.Constant(size) for size in shape]
        self.generic_visit(node)
        place = number(node.slice)
        if items is not None and isinstance(place, int) and -len(items) <= place < len(items):
            return items[place]
        node.slice = node.slice if place is None else ast.Constant(place)
        return node

    def visit_ListComp(self, node: ast.ListComp | ast.GeneratorExp) -> ast.expr:
        """``[f(v) for v in x]``, ``f(v) for v in x``"""
        return ast.List(self.required(node))

    visit_GeneratorExp = visit_ListComp  # noqa: N815  # the name of a kind of node

    def visit_Call(self, node: ast.Call) -> ast.expr:
        """A call of a function of the text, or one over items."""
        function, name = node.func, called_name(node.func)
        if isinstance(function, ast.Call) and called_name(function.func) in SAME and len(function.args) == 1:
            return self.visit_Call(ast.Call(function.args[0], node.args, node.keywords))
        if self.differentiated(function) is not None:
            why = "the answer is the derivative of the whole expression, and a number before it multiplies both"
            raise wrong("a derivative is a part of an expression here", None, "AG603", why=why)
        own = function if isinstance(function, ast.Lambda) else self.functions.get(name)
        if own is not None and not isinstance(function, ast.Attribute):
            return self.result(own, node.args, node.keywords)
        if name == "reduce" and len(node.args) > 1:
            found, *rest = [*map(self.value, node.args[2:]), *self.required(node.args[1])]
            for each in rest:
                found = self.visit_Call(ast.Call(copy.deepcopy(node.args[0]), [found, each], []))
            return found
        if name in _SUMS and len(node.args) == 1 and not node.keywords and self.is_list(node.args[0]):
            return self.summed(function, "sum" if name == "fsum" else name, self.required(node.args[0]))
        if name == "len" and len(node.args) == 1 and (items := self.items(node.args[0])) is not None:
            return ast.Constant(len(items))
        count = number(self.value(node.args[0])) if name == "factorial" and node.args else None
        if isinstance(count, int) and 0 <= count < 170:
            return ast.Constant(math.factorial(count))
        items = self.items(node)
        whole = self.generic_visit(node) if items is None else ast.List(items)
        assert isinstance(whole, ast.expr)
        return whole

    def summed(self, function: ast.expr, name: str, items: Sequence[ast.expr]) -> ast.expr:
        """A sum over items: of whole arrays where every item is the same function of one entry of each."""
        texts = {re.sub(rf"\b(\w+)\[{place}\]", r"\1", ast.unparse(item)) for place, item in enumerate(items)}
        if len(texts) == 1 and len(items) > 1:
            whole = python_tree(texts.pop()).body[0]
            arrays = [part for part in ast.walk(whole) if self.shapes.get(called_name(part)) == (len(items),)]
            if arrays and isinstance(whole, ast.Expr) and self.is_by_entry(whole.value, (len(items),)):
                return ast.Call(ast.Name(name), [whole.value], [])
        if isinstance(function, ast.Attribute) or name not in ("sum", "prod") or not items:
            return ast.Call(ast.Name(name), [ast.List(list(items))], [])
        total, *rest = items
        for each in rest:
            total = ast.BinOp(total, ast.Add() if name == "sum" else ast.Mult(), each)
        return total

    def is_by_entry(self, node: ast.expr, shape: Shape) -> bool:
        """Whether a value is a function by entry of arrays of this shape and of numbers."""
        if isinstance(node, ast.Name):
            return self.shapes.get(node.id) in (shape, ())
        if isinstance(node, ast.Call):
            called = find(function_named(called_name(node.func)) or "")
            by_entry = getattr(called, "elementwise", False) and not node.keywords
            return by_entry and all(self.is_by_entry(part, shape) for part in node.args)
        if isinstance(node, ast.BinOp) and not isinstance(node.op, ast.MatMult):
            return self.is_by_entry(node.left, shape) and self.is_by_entry(node.right, shape)
        return isinstance(node, ast.Constant) or (
            isinstance(node, ast.UnaryOp) and self.is_by_entry(node.operand, shape)
        )

    # What a loop runs over.

    def is_list(self, node: ast.expr) -> bool:
        """Whether a value is a list of Python, and no array."""
        if isinstance(node, ast.Call):
            return called_name(node.func) in ("map", "range", "zip", "enumerate", *_LISTS)
        if isinstance(node, ast.Name):
            return isinstance(self.bound.get(node.id), (ast.List, ast.Tuple))
        return isinstance(node, (ast.GeneratorExp, ast.ListComp))

    def turns(self, target: ast.expr, iterated: ast.expr) -> list[dict[str, ast.expr]]:
        """The names that each turn of a loop sets, and their values."""
        return [self.unpacked(target, item) for item in self.required(iterated)]

    def unpacked(self, target: ast.expr, item: ast.expr) -> dict[str, ast.expr]:
        """The names of ``i, (a, b)`` with their values."""
        if isinstance(target, ast.Name):
            return {target.id: item}
        parts = self.items(item)
        if not isinstance(target, (ast.Tuple, ast.List)) or parts is None or len(parts) != len(target.elts):
            raise UnreadableError
        pairs = [self.unpacked(*pair) for pair in zip(target.elts, parts, strict=True)]
        return {name: value for pair in pairs for name, value in pair.items()}

    def required(self, node: ast.expr) -> list[ast.expr]:
        """The items of what a loop runs over; raises LimitError for too many."""
        items = self.items(node)
        if items is None:
            raise UnreadableError
        if len(items) > MAX_TURNS:
            raise LimitError(f"the loop has more than {MAX_TURNS:,} turns", code="AG802")
        return items

    def items(self, node: ast.expr) -> list[ast.expr] | None:
        """The items of a list, a range or an array whose size is known; None where they are not."""
        if isinstance(node, ast.Name):
            node = self.bound.get(node.id, node)
        if isinstance(node, (ast.GeneratorExp, ast.ListComp)):
            return self.comprehended(node.elt, node.generators)
        if isinstance(node, (ast.List, ast.Tuple)):
            return [self.value(each) for each in node.elts]
        if isinstance(node, ast.Call):
            return self.items_of_call(node, called_name(node.func))
        shape = self.shape(node)
        whole = self.value(node) if shape else node
        count = min(shape[0], MAX_TURNS + 1) if shape else 0
        return [ast.Subscript(whole, ast.Constant(place)) for place in range(count)] if shape else None

    def comprehended(self, node: ast.expr, loops: Sequence[ast.comprehension]) -> list[ast.expr]:
        """The items of a comprehension."""
        if not loops:
            return [self.value(node)]
        found: list[ast.expr] = []
        for names in self.turns(loops[0].target, loops[0].iter):
            inner = self.within({**self.bound, **names})
            kept = [number(inner.value(test)) for test in loops[0].ifs]
            if None in kept:
                raise UnreadableError
            found += inner.comprehended(node, loops[1:]) if all(kept) else []
            if len(found) > MAX_TURNS:
                break
        return found

    def items_of_call(self, node: ast.Call, name: str) -> list[ast.expr] | None:
        """The items of ``range(3)``, ``zip(x, y)``, ``enumerate(x)``, ``map(f, x)`` and their like."""
        if name == "range":
            numbers = [number(self.value(each)) for each in node.args]
            ends: list[Any] = [each for each in numbers if isinstance(each, int)]
            known = 0 < len(ends) == len(numbers) and not (len(ends) == 3 and ends[2] == 0)
            return [ast.Constant(each) for each in range(*ends)[: MAX_TURNS + 1]] if known else None
        if name == "tolist" and isinstance(node.func, ast.Attribute):
            return self.items(node.func.value)
        if isinstance(node.func, ast.Call) and called_name(node.func.func) == "vmap" and len(node.func.args) == 1:
            function, lists, name = node.func.args[0], node.args, "map"
        elif name in ("map", "zip", "enumerate", *_LISTS) and node.args:
            function, lists = node.args[0], node.args[name == "map" :]
        else:
            return None
        if name == "enumerate":
            start = int(number([*node.args[1:], *(each.value for each in node.keywords), ast.Constant(0)][0]) or 0.0)
            items = self.required(lists[0])
            return [ast.Tuple([ast.Constant(place), each]) for place, each in enumerate(items, start)]
        columns = [self.required(each) for each in lists]
        if name in _LISTS:
            return columns[0][::-1] if name == "reversed" else columns[0]
        rows = [list(row) for row in zip(*columns, strict=False)]
        if name == "zip":
            return [ast.Tuple(row) for row in rows]
        return [self.visit_Call(ast.Call(copy.deepcopy(function), row, [])) for row in rows]

    def shape(self, node: ast.expr) -> Shape | None:
        """The shape of a value where it can be seen."""
        if isinstance(node, ast.Name):
            return self.shapes.get(node.id)
        if isinstance(node, (ast.List, ast.Tuple)):
            inner = self.shape(node.elts[0]) if node.elts else ()
            return None if inner is None else (len(node.elts), *inner)
        if isinstance(node, ast.Subscript):
            whole = self.shape(node.value)
            if not whole or isinstance(node.slice, ast.Tuple):
                return None
            if isinstance(node.slice, ast.Slice):
                cut: list[Any] = [
                    each and number(each) for each in (node.slice.lower, node.slice.upper, node.slice.step)
                ]
                return (len(range(whole[0])[slice(*cut)]), *whole[1:])
            return whole[1:] if number(node.slice) is not None else None
        if isinstance(node, ast.Call) and node.args and called_name(node.func) in CONSTRUCTORS:
            return self.shape(node.args[0])
        if isinstance(node, ast.BinOp) and not isinstance(node.op, ast.MatMult):
            sides = {self.shape(node.left), self.shape(node.right)} - {()}
            return next(iter(sides), ()) if len(sides) < 2 else None
        return () if number(node) is not None else None

    # Functions of the text.

    def differentiated(self, node: ast.expr) -> ast.expr | None:
        """The function of which a value is the derivative: f of ``jax.grad(f)``."""
        if isinstance(node, ast.Call) and called_name(node.func) in DERIVATIVES and node.args:
            function = node.args[0]
            return function if isinstance(function, ast.Lambda) or called_name(function) in self.functions else None
        return self.derivatives.get(called_name(node))

    def result(
        self, function: ast.FunctionDef | ast.Lambda, given: Sequence[ast.expr], keywords: Sequence[ast.keyword]
    ) -> ast.expr:
        """The value of a function; without arguments for its own names."""
        arguments = function.args
        names = [each.arg for each in arguments.args]
        if arguments.vararg or arguments.kwarg or arguments.kwonlyargs or len(given) > len(names):
            raise UnreadableError
        bound = dict(zip(reversed(names), reversed(arguments.defaults), strict=False))
        bound |= dict(zip(names, map(self.value, given), strict=False))
        bound |= {each.arg: self.value(each.value) for each in keywords if each.arg is not None}
        if ((given or keywords) and not bound.keys() >= set(names)) or not bound.keys() <= set(names):
            raise UnreadableError
        inner = self.within({**{name: each for name, each in self.bound.items() if name not in names}, **bound})
        inner.shapes |= {name: self.shape(each) for name, each in bound.items()}
        found = inner.value(function.body) if isinstance(function, ast.Lambda) else inner.run(function.body)
        if found is None:
            raise UnreadableError
        return found


def called_name(node: ast.AST | None) -> str:
    """The name of what is called, without the library before it."""
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""


def choice(test: ast.expr, value: ast.expr, other: ast.expr) -> ast.expr:
    """``where(test, value, other)``"""
    return ast.Call(ast.Name("where"), [test, value, other], [])


def is_condition(node: ast.expr) -> bool:
    """Whether a value is 1 where something holds and else 0: a comparison, or made of some by and, or, not."""
    if isinstance(node, ast.BinOp):
        return is_condition(node.right) and (is_condition(node.left) or number(node.left) == 1)
    called = isinstance(node, ast.Call) and called_name(node.func) == "maximum" and all(map(is_condition, node.args))
    return isinstance(node, ast.Compare) or called


def is_numbers(node: ast.expr) -> bool:
    """Whether a value is made of numbers alone."""
    if isinstance(node, (ast.List, ast.Tuple)):
        return bool(node.elts) and all(map(is_numbers, node.elts))
    return number(node) is not None


def number(node: ast.expr) -> float | None:
    """The number that a value is made of alone."""
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, int | float) else None
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        inner = number(node.operand)
        return None if inner is None else -inner
    if isinstance(node, ast.Compare) and len(node.ops) == 1:
        sides, sign = (node.left, node.comparators[0]), type(node.ops[0])
    elif isinstance(node, ast.BinOp):
        sides, sign = (node.left, node.right), type(node.op)  # type: ignore[assignment]  # both are kinds of nodes
    else:
        return None
    left, right = map(number, sides)
    if left is None or right is None or sign not in _FOLDED or max(abs(left), abs(right)) > MAX_PARTS:
        return None
    found: float = _FOLDED[sign](left, right)
    return found
