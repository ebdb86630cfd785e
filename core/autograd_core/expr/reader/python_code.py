"""A program of Python as statements that are carried out once: loops, conditions and functions are written out."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping, Sequence

from autograd_core.errors import LimitError
from autograd_core.expr.parser import python_tree
from autograd_core.expr.reader.python_values import (
    SAME,
    UnreadableError,
    Values,
    called_name,
    choice,
    is_numbers,
    number,
)
from autograd_core.limits import MAX_STATEMENTS
from autograd_core.ops.spec import Shape

_WRITTEN_OUT = (
    *(ast.For, ast.AugAssign, ast.AnnAssign, ast.If, ast.GeneratorExp, ast.ListComp, ast.BoolOp, ast.Not),
    *(ast.FunctionDef, ast.Lambda),
)


def written_out(text: str, shapes: Mapping[str, Shape]) -> str | None:
    """A program of Python without loops, comprehensions, conditions and calls of its own functions.

    ``shapes`` are those of the inputs, over whose entries a loop may run. None where the text is no Python, has nothing
    to be written out, or something that is not read here. Raises LimitError for what is too long, and ExpressionError
    for a derivative that is a part of something.
    """
    try:
        tree = python_tree(re.sub(r"^(?:>>>|\.\.\.) ?", "", text.strip(), flags=re.MULTILINE).replace("^", "**"))
        if any(_needs(node) for node in ast.walk(tree)):
            return _Writer(shapes, tree).program()
    except (UnreadableError, SyntaxError, ValueError, ArithmeticError, RecursionError, MemoryError):
        pass
    return None


def _needs(node: ast.AST) -> bool:
    """Whether a node is what only a program of Python has."""
    if isinstance(node, ast.With):
        return "no_grad" in ast.unparse(node.items[0])
    if isinstance(node, ast.Call):
        return called_name(node.func) in ("map", "vmap", "reduce", *SAME)
    return isinstance(node, _WRITTEN_OUT)


class _Writer(Values):
    """Carries a program out and writes down what is left of it.

    A value outside functions is a statement of its own, but for lists and whole numbers; a name that is set again gets
    another, so that what was made of it before stays what it is.
    """

    def __init__(self, shapes: Mapping[str, Shape], tree: ast.Module) -> None:
        super().__init__(shapes)
        self.given = frozenset(shapes)
        self.body = _on_their_own(tree.body)
        self.lines: list[str] = []
        self.taken = {*shapes, *(called_name(node) for node in ast.walk(tree))}
        self.made: set[str] = set()
        self.counting = _counting(tree)
        self.turning = 0

    def program(self) -> str:
        """The statements of the whole text; of a function that nothing calls, its value."""
        self.run(self.body)
        last = self.body[-1]
        function = self.functions.get(getattr(last, "name", "")) or getattr(last, "value", None)
        if isinstance(last, (ast.FunctionDef, ast.Assign)) and isinstance(function, (ast.FunctionDef, ast.Lambda)):
            self.lines.append(ast.unparse(self.result(function, [], [])))
        return re.sub(r" (\*\*?|/) ", r"\1", "; ".join(self.lines))

    def run(self, body: Sequence[ast.stmt]) -> ast.expr | None:
        """Carry statements out; the value that one of them returns, or is propagated back from."""
        for place, node in enumerate(body):
            found: ast.expr | None = None
            if isinstance(node, ast.Return) and node.value is not None:
                found = self.value(node.value)
                self.write(ast.Expr(found))
            elif isinstance(node, ast.If):
                found = self.condition(node, body[place + 1 :])
            elif isinstance(node, ast.For) and not node.orelse:
                self.turning += 1
                for names in self.turns(node.target, node.iter):
                    self.bound |= names
                    if self.run(node.body) is not None:  # a loop that trains, or returns
                        raise UnreadableError
                self.turning -= 1
            elif isinstance(node, ast.With) and "no_grad" in ast.unparse(node.items[0]):
                for each in node.body:
                    name, value = _assigned(each)
                    self.set(name, ast.Call(ast.Attribute(self.value(value), "detach"), [], []))
            elif isinstance(node, ast.FunctionDef):
                self.functions = {**self.functions, node.name: node}
            elif isinstance(node, ast.Expr):
                found = self.expression(node.value)
            elif isinstance(node, ast.Assign) and not isinstance(node.targets[0], ast.Name):
                self.several(node)
            elif isinstance(node, (ast.Import, ast.ImportFrom)):
                self.write(node)
            elif not isinstance(node, ast.Pass):
                found = self.named(*_assigned(node))
            if found is not None:
                return found
        return None

    def named(self, name: str, value: ast.expr) -> ast.expr | None:
        """``name = value``; the value that a derivative asks for, which ends the program."""
        function = self.differentiated(value)
        found: ast.expr | None = None
        if isinstance(value, ast.Lambda):
            self.functions = {**self.functions, name: value}
        elif function is not None:
            self.derivatives[name] = function
        elif (found := self.derivative(value)) is None:
            self.set(name, self.value(self.called(value)))
        return found

    def expression(self, node: ast.expr) -> ast.expr | None:
        """A value that is no statement's: ``values.append(x)``, ``loss.backward()``, or one alone."""
        function = node.func if isinstance(node, ast.Call) else None
        if isinstance(function, ast.Attribute) and isinstance(function.value, ast.Name):
            old = self.bound.get(function.value.id)
            if function.attr == "append" and isinstance(old, ast.List) and isinstance(node, ast.Call):
                self.bound[function.value.id] = ast.List([*old.elts, self.value(node.args[0])])
                return None
        if isinstance(node, ast.Call) and called_name(function) == "print" and len(node.args) == 1:
            node = node.args[0]
        node = node.body if isinstance(node, ast.Lambda) else node
        if isinstance(node, ast.Constant):
            return None
        if self.turning and not isinstance(node, ast.Call):
            raise UnreadableError  # a value that a loop does not keep
        if (value := self.derivative(node)) is not None:
            return value
        value = self.value(self.called(node))
        self.write(ast.Expr(value))
        return value if called_name(function) == "backward" else None

    def derivative(self, node: ast.expr) -> ast.expr | None:
        """What is differentiated by ``jax.grad(f)(x)``, which ends the program."""
        function = self.differentiated(node.func) if isinstance(node, ast.Call) and not self.depth else None
        if function is None or not isinstance(node, ast.Call):
            return None
        value = self.value(self.called(ast.Call(function, node.args, node.keywords)))
        self.write(ast.Expr(value))
        return value

    def condition(self, node: ast.If, rest: Sequence[ast.stmt]) -> ast.expr | None:
        """``if``: the branch of a condition that is known, else a choice for what is returned or set."""
        test = self.value(node.test)
        known = number(test)
        if known is not None:
            return self.run(node.body if known else node.orelse)
        ways = [self.within(self.bound) for _ in range(2)]
        returns = any(isinstance(part, ast.Return) for part in ast.walk(node))
        branches = [[*body, *(rest if returns else [])] for body in (node.body, node.orelse)]
        found = [way.run(body) for way, body in zip(ways, branches, strict=True)]
        if returns and found[0] is not None and found[1] is not None:
            chosen = choice(test, found[0], found[1])
            self.write(ast.Expr(chosen))
            return chosen
        if returns or found != [None, None]:
            raise UnreadableError
        for name in dict.fromkeys([*ways[0].bound, *ways[1].bound]):
            one, other = (way.bound.get(name, ast.Name(name)) for way in ways)
            if one is not other:
                self.set(name, choice(test, one, other))
        return None

    def several(self, node: ast.Assign) -> None:
        """``a, b = ...`` and ``y[0] = ...``"""
        value = self.value(node.value)
        targets = {called_name(part) for part in ast.walk(node.targets[0])} - {""}
        try:
            pairs = self.unpacked(node.targets[0], value)
        except UnreadableError:
            if self.depth or len(node.targets) > 1 or any(self.bound.pop(name, None) for name in targets & self.made):
                raise
            target = self.generic_visit(node.targets[0])
            assert isinstance(target, ast.expr)
            self.write(ast.Assign([target], value, lineno=0))
        else:
            for name, each in pairs.items():
                self.set(name, each)

    def set(self, name: str, value: ast.expr) -> None:
        """Set a name."""
        shape = self.shapes[name] = self.shape(value)
        items = isinstance(value, (ast.List, ast.Tuple)) and not is_numbers(value)
        counts = isinstance(number(value), int) and name in self.counting
        if self.depth or ((items or counts) and name not in self.given):
            self.bound[name] = value
            return
        own, count = name, 1
        uses = any(called_name(part) == name for part in ast.walk(value))
        while own in self.taken and (name in self.made or (name in self.given and uses)):
            count += 1
            own = f"{name}_{count}"
        self.taken.add(own)
        self.made.add(name)
        self.bound[name] = ast.Name(own)
        self.shapes[own] = shape
        self.write(ast.Assign([ast.Name(own)], value, lineno=0))

    def write(self, node: ast.stmt) -> None:
        """Write down a statement that stands in no function and no branch."""
        if not self.depth:
            self.lines.append(ast.unparse(ast.fix_missing_locations(node)))
            if len(self.lines) > MAX_STATEMENTS:
                words = f"the program has more than {MAX_STATEMENTS:,} statements, with its loops written out"
                raise LimitError(words, code="AG802")

    def called(self, value: ast.expr) -> ast.expr:
        """A call with numbers for arguments that have no value outside: they are the values of those names."""
        if isinstance(value, ast.Call) and not self.depth:
            function = value.func if isinstance(value.func, ast.Lambda) else self.functions.get(called_name(value.func))
            parameters = [] if function is None else function.args.args
            for place, (each, argument) in enumerate(zip(parameters, value.args, strict=False)):
                if each.arg not in self.shapes and is_numbers(argument):
                    self.shapes[each.arg] = self.shape(argument)
                    self.write(ast.Assign([ast.Name(each.arg)], argument, lineno=0))
                    value.args[place] = ast.Name(each.arg)
        return value


def _on_their_own(body: Sequence[ast.stmt]) -> list[ast.stmt]:
    """The statements with those apart that stand on the line of ``def f(x):`` behind its ``return``."""
    found: list[ast.stmt] = []
    for node in body:
        found.append(node)
        if isinstance(node, ast.FunctionDef) and node.body[0].lineno == node.lineno:
            ends = next((at for at, each in enumerate(node.body, 1) if isinstance(each, ast.Return)), len(node.body))
            node.body, rest = node.body[:ends], node.body[ends:]
            found += rest
    return found


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
