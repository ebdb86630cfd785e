"""Changes in place in a program of Python, and the names that share what is changed."""

from __future__ import annotations

import ast
import math
from abc import abstractmethod
from collections.abc import Mapping

from autograd_core.errors import ExpressionError
from autograd_core.expr.reader.notation import words
from autograd_core.expr.reader.python_calls import Calls
from autograd_core.expr.reader.python_values import (
    UnreadableError,
    Value,
    called_name,
    parsed,
    written,
)
from autograd_core.ops.spec import Shape

_VIEWS = words("T mT data reshape view ravel squeeze unsqueeze transpose permute flatten swapaxes detach numpy")
"""Attributes and methods whose entries are those of the array itself."""

_CHANGES = words("add sub mul div clamp exp log sqrt relu tanh sigmoid index_add scatter_add")
"""Methods of PyTorch that change an array in place where ``_`` is behind their name."""


class Changes(Calls):
    """Changes lists, dictionaries and arrays, or refuses it where another name shows the change, too.

    ``roots`` are the arrays that others are views of, ``last`` the last line of each name, ``loops`` those around a
    statement, ``statement`` the one outside functions that is carried out.
    """

    def __init__(self, shapes: Mapping[str, Shape], tree: ast.Module) -> None:
        super().__init__(shapes)
        self.roots: dict[str, str] = {}
        self.loops: list[ast.For | ast.While] = []
        self.statement: ast.stmt = ast.Pass()
        names = [node for node in ast.walk(tree) if isinstance(node, ast.Name)]
        self.last: dict[str, float] = {node.id: node.lineno for node in sorted(names, key=lambda node: node.lineno)}
        self.last |= dict.fromkeys(_free(tree), math.inf)

    @abstractmethod
    def write(self, made: Value, *, large: bool = False) -> None:
        """Write down a statement."""

    def change(self, target: ast.Subscript, made: Value) -> None:
        """``y[i] = value`` and ``y[i] += value``: of a list, of an array in a function, or as a statement.

        What is given to a function is the caller's: that is not changed here.
        """
        base, key = target.value, written(self.visit(target.slice))
        while isinstance(base, ast.Subscript) and not isinstance(self.visit(base.value), dict | list):  # y[i][j]
            inner = written(self.visit(base.slice))
            if not isinstance(inner, ast.Constant):
                raise UnreadableError
            base, key = base.value, ast.Tuple([inner, *(key.elts if isinstance(key, ast.Tuple) else [key])])
        old, name = self.visit(base), called_name(base)
        place = key.value if isinstance(key, ast.Constant) else None
        if isinstance(old, dict):
            self.replaced(base, old, old | {ast.unparse(key): made})
        elif isinstance(old, list) and isinstance(place, int) and place < len(old):
            self.replaced(base, old, [*old[:place], made, *old[place + 1 :]])
        elif not isinstance(base, ast.Name):
            raise UnreadableError
        elif not self.depth and isinstance(old, ast.Name):
            self.write(ast.Assign([ast.Subscript(old, key)], written(made), lineno=0))
        elif isinstance(old, ast.expr) and not isinstance(old, ast.Name):
            at = ast.Attribute(ast.Subscript(ast.Attribute(old, "at"), key), "set")
            self.bound[name] = ast.Call(at, [written(made)], [])
        else:
            raise UnreadableError

    def replaced(self, base: ast.expr, old: Value, new: Value) -> None:
        """Change a list or a dictionary in place, under all of its names; in a branch only under the one used there."""
        if self.unsure:
            if not isinstance(base, ast.Name):
                raise UnreadableError
            self.bound[base.id] = new
        elif isinstance(old, dict):
            old |= new
        else:
            old[:] = new

    def refuse_shared(self, node: ast.AugAssign) -> None:
        """Raise ExpressionError for ``y += 1`` of an array that another name, which is used once more, is too."""
        name = ast.unparse(node.target)
        value = None if isinstance(node.target, ast.Subscript) else self.visit(node.target)
        array = self.array(value)
        if self.shape(value) == () or not isinstance(value, ast.expr):
            return
        for scope in (self.bound, *self.callers):
            names = {each for each, value in scope.items() if self.array(value) == array}
            names |= {array} if isinstance(array, str) and array not in scope else set()
            if scope is self.bound:
                every = ((each, outer) for each in names for outer in self.callers if each in outer)
                names -= {name, *(each for each, outer in every if scope.get(each) is outer[each])}
            for other in names:
                if self.used_behind(other, node if scope is self.bound else self.statement):
                    words = f"{name} and {other} are one array"
                    why = f"what changes {name} in place changes {other}, too"
                    hint = f"{' = '.join((other, name) if array == name else (name, other))}.copy() is another one"
                    raise ExpressionError(words, code="AG603", why=why, hint=hint)

    def used_behind(self, name: str, node: ast.stmt) -> bool:
        """Whether a name is used behind a statement, once more in it, or in another turn of its loop."""
        last = self.last.get(name, 0)
        stored = {called_name(each) for loop in self.loops[-1:] for each in ast.walk(loop) if is_stored(each)}
        turns = any(last >= loop.lineno for loop in self.loops[-1:]) and name not in stored
        return last > node.lineno or turns or sum(called_name(each) == name for each in ast.walk(node)) > 1

    def array(self, value: Value) -> str | int | None:
        """What tells an array from others: the name that it was given first, or where a value of a function stands."""
        while isinstance(value, ast.Subscript | ast.Attribute | ast.Call):
            if isinstance(value, ast.Subscript):
                shape = self.shape(value.value)
                if not any(isinstance(each, ast.Slice) for each in ast.walk(value.slice)) and len(shape or ()) < 2:
                    return id(value)
                value = value.value
            elif isinstance(value, ast.Attribute) and value.attr in _VIEWS:
                value = value.value
            elif isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute) and value.func.attr in _VIEWS:
                value = value.func.value
            else:
                return id(value)
        if isinstance(value, ast.Name):
            return self.roots.get(value.id, value.id)
        return id(value) if isinstance(value, ast.expr) else None


def _free(tree: ast.Module) -> set[str]:
    """The names that functions take from outside, and so may use whenever they are called."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.Lambda):
            inner = [*ast.walk(node)]
            own = {each.arg for each in inner if isinstance(each, ast.arg)}
            own |= {each.id for each in inner if isinstance(each, ast.Name) and is_stored(each)}
            found |= {each.id for each in inner if isinstance(each, ast.Name)} - own
    return found


def is_stored(node: ast.AST) -> bool:
    """Whether a name is set here."""
    return isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)


def in_place(node: ast.expr) -> ast.AugAssign | None:
    """The change of a name that ``y.mul_(2).add_(1)`` is, with y.mul(2).add(1) as what it becomes; None for others."""
    text, part = ast.unparse(node), node
    while isinstance(part, ast.Call) and isinstance(part.func, ast.Attribute) and part.func.attr[-1] == "_":
        if part.func.attr[:-1] not in _CHANGES:
            return None
        text, part = text.replace(f".{part.func.attr}(", f".{part.func.attr[:-1]}("), part.func.value
    if part is node or not isinstance(part, ast.Name):
        return None
    return ast.copy_location(ast.AugAssign(part, ast.Add(), parsed(text)), node)
