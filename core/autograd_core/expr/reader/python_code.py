"""A program of Python as statements that are carried out once: loops, conditions and functions are written out."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping, Sequence

from autograd_core.errors import LimitError
from autograd_core.expr.parser import python_tree
from autograd_core.expr.reader.python_values import (
    Derivative,
    UnreadableError,
    Value,
    Values,
    called_name,
    choice,
    is_numbers,
    written,
)
from autograd_core.limits import MAX_STATEMENTS
from autograd_core.ops.spec import Shape


def written_out(text: str, shapes: Mapping[str, Shape]) -> str | None:
    """A program of Python without loops, comprehensions, conditions and calls of its own functions.

    ``shapes`` are those of the inputs, over whose entries a loop may run. None where the text is no Python, or has
    something that is not read here. Raises LimitError for what is too long, and ExpressionError
    for a derivative that is a part of something.
    """
    try:
        tree = python_tree(re.sub(r"^(?:>>>|\.\.\.) ?", "", text.strip(), flags=re.MULTILINE).replace("^", "**"))
        return _Writer(shapes, tree).program() if tree.body else None
    except (UnreadableError, SyntaxError, ValueError, ArithmeticError, RecursionError, MemoryError):
        return None


class _Writer(Values):
    """Carries a program out and writes down what is left of it.

    A value outside functions is a statement of its own, but for lists and whole numbers; a name that is set again gets
    another, so that what was made of it before stays what it is.
    """

    def __init__(self, shapes: Mapping[str, Shape], tree: ast.Module) -> None:
        super().__init__(shapes)
        self.given = frozenset(shapes)
        self.body = tree.body
        self.lines: list[str] = []
        self.taken = {*shapes, *(called_name(node) for node in ast.walk(tree))}
        self.made: set[str] = set()
        self.counting = _counting(tree)
        self.turning = 0

    def program(self) -> str:
        """The statements of the whole text; of a function that nothing calls, its value."""
        self.run(self.body)
        last = self.body[-1]
        function = self.function(last.value) if isinstance(last, ast.Assign) else None
        function = last if isinstance(last, ast.FunctionDef) and not _behind(last) else function
        function = function.function if isinstance(function, Derivative) else function
        if function is not None:
            self.write(self.result(function, [], {}))
        return re.sub(r" (\*\*?|/) ", r"\1", "; ".join(self.lines))

    def run(self, body: Sequence[ast.stmt]) -> Value:
        """Carry statements out; the value that one of them returns, or is propagated back from, None for none."""
        for place, node in enumerate(body, start=1):
            found: Value = None
            if isinstance(node, ast.Return) and node.value is not None:
                found = self.value(node.value)
                self.write(found)
            elif isinstance(node, ast.If):
                found = self.condition(node, body[place:])
            elif isinstance(node, ast.For) and not node.orelse:
                self.turning += 1
                for names in self.turns(node.target, self.visit(node.iter)):
                    self.bound |= names
                    if self.run(node.body) is not None:  # a loop that trains, or returns
                        raise UnreadableError
                self.turning -= 1
            elif isinstance(node, ast.With) and "no_grad" in ast.unparse(node.items[0]):
                for each in node.body:
                    name, value = _assigned(each)
                    self.set(name, ast.Call(ast.Attribute(written(self.value(value)), "detach"), [], []))
            elif isinstance(node, ast.FunctionDef):
                self.bound[node.name] = node
                found = self.run(_behind(node))
            elif isinstance(node, ast.Expr):
                found = self.expression(node.value)
            elif isinstance(node, ast.Assign) and not isinstance(node.targets[0], ast.Name):
                self.several(node)
            elif isinstance(node, ast.Import | ast.ImportFrom):
                self.write(node)
            elif not isinstance(node, ast.Pass):
                found = self.named(*_assigned(node))
            if found is not None:
                return found
        return None

    def named(self, name: str, node: ast.expr) -> Value:
        """``name = value``; the value that a derivative asks for, which ends the program."""
        if (function := self.function(node)) is not None:
            self.bound[name] = function
            return None
        value, ends = self.carried_out(node)
        if ends:
            self.write(value)
            return value
        self.set(name, value, counts=not isinstance(node, ast.Constant | ast.UnaryOp))
        return None

    def expression(self, node: ast.expr) -> Value:
        """A value that is no statement's: ``values.append(x)``, ``loss.backward()``, or one alone."""
        function = node.func if isinstance(node, ast.Call) else None
        if isinstance(node, ast.Call) and isinstance(function, ast.Attribute) and function.attr == "append":
            old = self.visit(function.value)
            if isinstance(old, list) and isinstance(function.value, ast.Name):
                self.bound[function.value.id] = [*old, self.value(node.args[0])]
                return None
        if isinstance(node, ast.Call) and called_name(function) == "print" and len(node.args) == 1:
            node = node.args[0]
        node = node.body if isinstance(node, ast.Lambda) else node
        if isinstance(node, ast.Constant):
            return None
        if self.turning and not isinstance(node, ast.Call):
            raise UnreadableError  # a value that a loop does not keep
        value, ends = self.carried_out(node)
        self.write(value)
        return value if ends or called_name(function) == "backward" else None

    def carried_out(self, node: ast.expr) -> tuple[Value, bool]:
        """The value of a statement, and whether it is what ``jax.grad(f)(x)`` differentiates, which ends the program.

        Numbers for arguments that have no value outside are the values of those names.
        """
        function = self.function(node.func) if isinstance(node, ast.Call) and not self.depth else None
        if function is None or not isinstance(node, ast.Call):
            return self.value(node), False
        ends = isinstance(function, Derivative)
        function = function.function if isinstance(function, Derivative) else function
        given = [self.value(each) for each in node.args]
        for place, (parameter, value) in enumerate(zip(function.args.args, given, strict=False)):
            name = parameter.arg
            if name not in self.shapes and is_numbers(value):
                self.shapes[name] = self.shape(value)
                self.write(ast.Assign([ast.Name(name)], written(value), lineno=0))
                given[place] = ast.Name(name)
        return self.result(function, given, {str(each.arg): self.value(each.value) for each in node.keywords}), ends

    def condition(self, node: ast.If, rest: Sequence[ast.stmt]) -> Value:
        """``if``: the branch of a condition that is known, else a choice for what is returned or set."""
        test = self.value(node.test)
        if isinstance(test, int | float):
            return self.run(node.body if test else node.orelse)
        returns = any(isinstance(part, ast.Return) for part in ast.walk(node))
        ways = [self.within(self.bound) for _ in range(2)]
        branches = [[*body, *(rest if returns else [])] for body in (node.body, node.orelse)]
        one, other = (way.run(body) for way, body in zip(ways, branches, strict=True))
        if (one is None) == returns or (other is None) == returns:
            raise UnreadableError
        if returns:
            self.write(found := choice(test, one, other))
            return found
        for name in dict.fromkeys([*ways[0].bound, *ways[1].bound]):
            one, other = (way.bound.get(name, ast.Name(name)) for way in ways)
            if one is not other:
                self.set(name, choice(test, one, other))
        return None

    def several(self, node: ast.Assign) -> None:
        """``a, b = ...``"""
        value, target = self.value(node.value), node.targets[0]
        try:
            pairs = self.unpacked(target, value)
        except UnreadableError:
            names = {called_name(part) for part in getattr(target, "elts", [ast.Pass()])}
            if self.depth or len(node.targets) > 1 or not names.isdisjoint({"", *self.made}):
                raise
            self.write(ast.Assign([target], written(value), lineno=0))
        else:
            for name, each in pairs.items():
                self.set(name, each, counts=isinstance(node.value, ast.Attribute))

    def set(self, name: str, value: Value, *, counts: bool = False) -> None:
        """Set a name; ``counts`` says that a whole number is none of the inputs."""
        shape = self.shapes[name] = self.shape(value)
        items = isinstance(value, list | tuple) and not is_numbers(value)
        whole = isinstance(value, int) and (counts or name in self.counting)
        if self.depth or ((items or whole) and name not in self.given):
            self.bound[name] = value
            return
        own, count = name, 1
        uses = any(called_name(part) == name for part in ast.walk(written(value)))
        while own in self.taken and (name in self.made or (name in self.given and uses)):
            count += 1
            own = f"{name}_{count}"
        self.taken.add(own)
        self.made.add(name)
        self.bound[name] = ast.Name(own)
        self.shapes[own] = shape
        self.write(ast.Assign([ast.Name(own)], written(value), lineno=0))

    def write(self, made: Value) -> None:
        """Write down a statement, or a value, that stands in no function and no branch."""
        if not self.depth:
            node = made if isinstance(made, ast.stmt) else ast.Expr(written(made))
            self.lines.append(ast.unparse(ast.fix_missing_locations(node)))
            if len(self.lines) > MAX_STATEMENTS:
                words = f"the program has more than {MAX_STATEMENTS:,} statements, with its loops written out"
                raise LimitError(words, code="AG802")


def _behind(function: ast.FunctionDef) -> list[ast.stmt]:
    """The statements on the line of ``def f(x):`` behind its ``return``, which belong to the text."""
    ends = [at for at, each in enumerate(function.body, 1) if isinstance(each, ast.Return)]
    return function.body[ends[0] :] if ends and function.body[0].lineno == function.lineno else []


def _counting(tree: ast.Module) -> set[str]:
    """The names that are whole numbers where they are set to one: those that count, and those that are set again."""
    stored = [node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)]
    found = {name for name in stored if stored.count(name) > 1}
    for node in ast.walk(tree):
        called = isinstance(node, ast.Call) and called_name(node.func) == "range"
        counted = node.slice if isinstance(node, ast.Subscript) else node if called else ast.Pass()
        found |= {part.id for part in ast.walk(counted) if isinstance(part, ast.Name)}
    return found


def _assigned(node: ast.stmt) -> tuple[str, ast.expr]:
    """The name that ``x = value``, ``x += value`` or ``x: float = value`` sets, and its value."""
    target = node.targets[0] if isinstance(node, ast.Assign) else getattr(node, "target", None)
    value = getattr(node, "value", None)
    if not isinstance(target, ast.Name) or not isinstance(value, ast.expr) or len(getattr(node, "targets", "x")) > 1:
        raise UnreadableError
    return target.id, ast.BinOp(ast.Name(target.id), node.op, value) if isinstance(node, ast.AugAssign) else value
