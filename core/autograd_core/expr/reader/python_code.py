"""A program of Python as statements that are carried out once: loops, conditions and functions are written out."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping, Sequence
from itertools import pairwise, repeat
from typing import NamedTuple

from autograd_core.errors import ExpressionError, LimitError
from autograd_core.expr.parser import python_tree
from autograd_core.expr.reader.hand_gradients import result_before
from autograd_core.expr.reader.python_values import (
    Derivative,
    UnreadableError,
    Value,
    Values,
    called_name,
    choice,
    is_condition,
    is_numbers,
    limited,
    written,
)
from autograd_core.limits import MAX_STATEMENTS
from autograd_core.ops.spec import Shape

_SELF = r"\bself\.(?=\w)|(?<=\()self\b(?:,[ \t]*)?"
"""What says that a name is an attribute, and a function a method: they are names and functions as others here."""


class Written(NamedTuple):
    """A program as statements, the order of the derivative that it asks for, and what has to be said of it."""

    text: str
    order: int
    notes: Sequence[str]


def written_out(text: str, shapes: Mapping[str, Shape]) -> Written | None:
    """A program of Python without loops, comprehensions, conditions and calls of its own functions.

    ``shapes`` are those of the inputs, over whose entries a loop may run. None where the text is no Python, or has
    something that is not read here. Raises LimitError for what is too long, and ExpressionError
    for a derivative that is a part of something, and for backward passes that add up.
    """
    plain = re.sub(rf"^(?:>>>|\.\.\.) ?|{_SELF}", "", text.strip(), flags=re.MULTILINE).replace("^", "**")
    try:
        tree = python_tree(plain)
        writer = _Writer(shapes, tree)
        return Written(writer.program(), writer.order, writer.said) if tree.body else None
    except (UnreadableError, SyntaxError, ValueError, ArithmeticError, RecursionError, MemoryError):
        return None


class EndOfTurnError(Exception):
    """``break`` where ``of_loop``, else ``continue``."""

    def __init__(self, of_loop: bool) -> None:
        super().__init__()
        self.of_loop = of_loop


class _Writer(Values):
    """Carries a program out and writes down what is left of it.

    A value outside functions is a statement of its own, but for lists and whole numbers; a name that is set again gets
    another, so that what was made of it before stays what it is.
    """

    def __init__(self, shapes: Mapping[str, Shape], tree: ast.Module) -> None:
        super().__init__(shapes)
        self.given = frozenset(shapes)
        whole = _last_pass(tree.body)
        self.body = whole[: result_before(whole, shapes)]
        self.lines: list[str] = []
        self.taken = {*shapes, *(called_name(node) for node in ast.walk(tree))}
        self.made: set[str] = set()
        self.counting = _counting(tree)
        self.turning = 0
        self.order = 1
        behind = "; ".join(map(ast.unparse, whole[len(self.body) :]))
        shown = behind if len(behind) <= 60 else f"{behind[:57]}..."
        self.said = [f"'{shown}' was left out: gradients by hand, which check compares"] if behind else []
        self.same: dict[str, str] = {}
        names = [node for node in ast.walk(tree) if isinstance(node, ast.Name)]
        self.last = {node.id: node.lineno for node in sorted(names, key=lambda node: node.lineno)}

    def program(self) -> str:
        """The statements of the whole text; of a function that nothing calls, its value."""
        self.run(self.body)
        last = self.body[-1]
        if isinstance(last, ast.ClassDef):
            last = self.made_of(last, None)
        function = self.function(last.value) if isinstance(last, ast.Assign) else None
        function = last if isinstance(last, ast.FunctionDef) and not _behind(last) else function
        if function is not None:
            self.write(self.result(self.differentiated(function), [], {}))
        return re.sub(r" (\*\*?|/) ", r"\1", "; ".join(self.lines))

    def run(self, body: Sequence[ast.stmt]) -> Value:
        """Carry statements out; the value that one of them returns, or is propagated back from, None for none."""
        for place, node in enumerate(body, start=1):
            found: Value = None
            if isinstance(node, ast.Return) and node.value is not None:
                found = self.value(node.value)
                self.write(found)
            elif isinstance(node, ast.If) and isinstance(node.body[-1], ast.Continue):
                rest = [*node.orelse, *body[place:]]
                return self.condition(ast.If(node.test, node.body[:-1] or [ast.Pass()], rest), [])
            elif isinstance(node, ast.If):
                found = self.condition(node, body[place:])
            elif isinstance(node, ast.For | ast.While) and not node.orelse:
                found = self.loop(node)
            elif isinstance(node, ast.With) and "no_grad" in ast.unparse(node.items[0]):
                for target, value in (pair for each in node.body for pair in _assigned(each)):
                    self.assign(target, ast.Call(ast.Attribute(value, "detach"), [], []))
            elif isinstance(node, ast.ClassDef):
                self.bound[node.name] = node
            elif isinstance(node, ast.FunctionDef):
                self.bound[node.name] = node
                found = self.run(_behind(node))
            elif isinstance(node, ast.Expr):
                found = self.expression(node.value, last=place == len(body))
            elif isinstance(node, ast.Import | ast.ImportFrom):
                self.write(node)
            elif isinstance(node, ast.Break | ast.Continue):
                raise EndOfTurnError(isinstance(node, ast.Break))
            elif not isinstance(node, ast.Pass | ast.Assert):
                self.refuse_shared(node)
                for pair in _assigned(node):
                    found = found if found is not None else self.assign(*pair)
            if found is not None:
                return found
        return None

    def made_of(self, made: ast.ClassDef, call: ast.Call | None) -> ast.FunctionDef:
        """What an object of a class computes, with what it sets when it is made written down."""
        methods = {each.name: each for each in made.body if isinstance(each, ast.FunctionDef)}
        start, computes = methods.get("__init__"), methods.get("forward") or methods.get("__call__")
        if computes is None:
            raise UnreadableError
        if start is not None:
            names = [each.arg for each in start.args.args]
            given = [*(call.args if call else []), *start.args.defaults[len(call.args if call else []) - len(names) :]]
            self.bound |= {name: self.visit(each) for name, each in zip(names, given, strict=False)}
            self.run([each for each in start.body if not ast.unparse(each).startswith("super(")])
        self.bound |= methods
        return computes

    def loop(self, node: ast.For | ast.While) -> Value:
        """``for`` and ``while``, turn by turn; the value that the first turn is propagated back from, None for none."""
        self.turning += 1
        known = (
            self.turns(node.target, self.visit(node.iter)) if isinstance(node, ast.For) else repeat(dict[str, Value]())
        )
        for turn, names in enumerate(known):
            self.bound |= names
            if isinstance(node, ast.While):
                test = self.value(node.test)
                if not isinstance(test, int | float):
                    raise UnreadableError  # it depends on the numbers
                if not test:
                    break
                limited(range(turn))
            end = result_before(node.body, self.given)
            try:
                found = self.run(node.body[:end])
                if end < len(node.body):
                    found = self.visit(_assigned(node.body[end - 1])[0][0])
                    self.write(found)
            except EndOfTurnError as end:
                if end.of_loop:
                    break
                continue
            if found is not None and self.depth:
                raise UnreadableError  # a loop that returns
            if found is not None:
                self.said.append("the loop was read as its first turn: the command descend takes the steps")
                return found
        self.turning -= 1
        return None

    def assign(self, target: ast.expr, node: ast.expr) -> Value:
        """``name = value``, ``y[i] = value``, ``a, b = value``; the value of a derivative, which ends the program."""
        if isinstance(target, ast.Subscript):
            return self.change(target, node)
        return self.named(target.id, node) if isinstance(target, ast.Name) else self.several(target, node)

    def change(self, target: ast.Subscript, node: ast.expr) -> None:
        """``y[i] = value`` and ``y[i] += value``: of a list, of an array in a function, or as a statement.

        What is given to a function is the caller's: that is not changed here.
        """
        base, key = target.value, written(self.visit(target.slice))
        while isinstance(base, ast.Subscript):  # y[i][j]
            inner = written(self.visit(base.slice))
            if not isinstance(inner, ast.Constant):
                raise UnreadableError
            base, key = base.value, ast.Tuple([inner, *(key.elts if isinstance(key, ast.Tuple) else [key])])
        if not isinstance(base, ast.Name):
            raise UnreadableError
        old = self.visit(base)
        made, place = self.value(node), key.value if isinstance(key, ast.Constant) else None
        if isinstance(old, list) and isinstance(place, int) and place < len(old):
            self.bound[base.id] = [*old[:place], made, *old[place + 1 :]]
        elif not self.depth and isinstance(old, ast.Name):
            self.write(ast.Assign([ast.Subscript(old, key)], written(made), lineno=0))
        elif isinstance(old, ast.expr) and not isinstance(old, ast.Name):
            at = ast.Attribute(ast.Subscript(ast.Attribute(old, "at"), key), "set")
            self.bound[base.id] = ast.Call(at, [written(made)], [])
        else:
            raise UnreadableError

    def refuse_shared(self, node: ast.stmt) -> None:
        """Raise ExpressionError for ``y += 1`` of an array behind ``y = x``, where x is used once more."""
        name = called_name(_assigned(node)[0][0])
        other = self.same.pop(name, None)
        if isinstance(node, ast.AugAssign) and other is not None and self.shapes.get(other) != ():
            if self.last[other] >= node.lineno + (not self.turning):
                words, why = f"{name} and {other} are one array", f"what changes {name} in place changes {other}, too"
                raise ExpressionError(words, code="AG603", why=why, hint=f"{name} = {other}.copy() is another one")
        elif isinstance(node, ast.Assign) and isinstance(node.value, ast.Name):
            self.same[name] = node.value.id

    def named(self, name: str, node: ast.expr) -> Value:
        """``name = value``; the value that a derivative asks for, which ends the program."""
        if isinstance(node, ast.Call) and isinstance(made := self.visit(node.func), ast.ClassDef):
            self.bound[name] = self.made_of(made, node)
            return None
        of_second = isinstance(node, ast.Call) and called_name(node.func) == "hessian" and name not in self.given
        if (function := self.function(node)) is not None or _is_text(node) or of_second:
            self.bound[name] = function or node
            return None
        value, ends = self.carried_out(node)
        if not ends:
            self.set(name, value, counts=not isinstance(node, ast.Constant | ast.UnaryOp))
        return value if ends else None

    def expression(self, node: ast.expr, *, last: bool) -> Value:
        """A value that is no statement's: ``values.append(x)``, ``loss.backward()``, or one alone.

        What is printed is the answer where it stands ``last``.
        """
        function = node.func if isinstance(node, ast.Call) else None
        if isinstance(node, ast.Call) and isinstance(function, ast.Attribute) and function.attr == "append":
            old = self.visit(function.value)
            if isinstance(old, list) and isinstance(function.value, ast.Name):
                self.bound[function.value.id] = [*old, self.value(node.args[0])]
                return None
        shows = isinstance(node, ast.Call) and called_name(function) == "print"
        if isinstance(node, ast.Call) and shows:
            if len(node.args) != 1 or _is_text(node.args[0]) or called_name(node.args[0]) == "grad":
                texts = [ast.Constant(ast.unparse(e)[2:-1]) if isinstance(e, ast.JoinedStr) else e for e in node.args]
                parts = [each if _is_text(each) or not last else written(self.value(each)) for each in texts]
                self.write(ast.Call(node.func, parts, []))  # and what reads it says what of it was left out
                return None
            node = node.args[0]
        node = node.body if isinstance(node, ast.Lambda) else node
        if isinstance(node, ast.Constant):
            return None
        if self.turning and not isinstance(node, ast.Call):
            raise UnreadableError  # a value that a loop does not keep
        value, ends = self.carried_out(node)
        if not ends and (last or not shows):
            self.write(value)
        return value if ends or called_name(function) == "backward" else None

    def carried_out(self, node: ast.expr) -> tuple[Value, bool]:
        """The value of a statement, and whether it is what ``jax.grad(f)(x)`` differentiates, which ends the program.

        Numbers for arguments that have no value outside are the values of those names.
        """
        if not isinstance(node, ast.Call) or self.depth:
            return self.value(node), False
        function, points, settings = self.function(node.func), node.args, node.keywords
        if function is None and (points := self.points(node)):
            function, settings = self.derivative(node), []
        if function is None:
            return self.value(node), False
        ends = isinstance(function, Derivative)
        function = self.differentiated(function)
        given = [self.value(each) for each in points]
        for place, (parameter, value) in enumerate(zip(function.args.args, given, strict=False)):
            name = parameter.arg
            if name not in self.shapes and is_numbers(value):
                self.shapes[name] = self.shape(value)
                self.write(ast.Assign([ast.Name(name)], written(value), lineno=0))
                given[place] = ast.Name(name)
        found = self.result(function, given, {str(each.arg): self.value(each.value) for each in settings})
        if ends:
            self.write(found)
        return found, ends

    def differentiated(self, function: ast.FunctionDef | ast.Lambda | Derivative) -> ast.FunctionDef | ast.Lambda:
        """The function that a derivative is of, whose order is that of the answer."""
        if isinstance(function, Derivative):
            self.order, function = function.order, function.function
        return function

    def condition(self, node: ast.If, rest: Sequence[ast.stmt]) -> Value:
        """``if``: the branch of a condition that is known, else a choice for what is returned or set."""
        test = self.value(node.test)
        if isinstance(test, int | float):
            return self.run(node.body if test else node.orelse)
        returns = any(isinstance(part, ast.Return) for part in ast.walk(node))
        ways = [self.within(self.bound) for _ in range(2)]
        branches = [[*body, *(rest if returns else [])] for body in (node.body, node.orelse)]
        try:
            one, other = (way.run(body) for way, body in zip(ways, branches, strict=True))
        except EndOfTurnError:
            raise UnreadableError from None
        if (one is None) == returns or (other is None) == returns:
            raise UnreadableError
        if returns:
            self.write(found := choice(test, one, other))
            return found
        for name in dict.fromkeys([*ways[0].bound, *ways[1].bound]):
            one, other = (way.bound.get(name, ast.Name(name)) for way in ways)
            left = any(name not in way.bound for way in ways) and name not in self.given and name not in self.made
            if one is not other and not left:  # what only one of the ways sets has no value behind them
                self.set(name, choice(test, one, other))
        return None

    def several(self, target: ast.expr, node: ast.expr) -> Value:
        """``a, b = ...``; the value that a derivative asks for, which ends the program."""
        value, ends = self.carried_out(node)
        if ends:
            return value
        try:
            pairs = self.unpacked(target, value)
        except UnreadableError:
            names = {called_name(part) for part in getattr(target, "elts", [ast.Pass()])}
            if self.depth or not names.isdisjoint({"", *self.made}):
                raise
            self.write(ast.Assign([target], written(value), lineno=0))
        else:
            for name, each in pairs.items():
                self.set(name, each, counts=isinstance(node, ast.Attribute))
        return None

    def set(self, name: str, value: Value, *, counts: bool = False) -> None:
        """Set a name; ``counts`` says that a whole number is none of the inputs."""
        shape = self.shapes[name] = self.shape(value)
        items = isinstance(value, list | tuple | dict) and not is_numbers(value)
        whole = isinstance(value, int) and (counts or name in self.counting)
        if self.depth or ((items or whole or is_condition(value)) and name not in self.given):
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


def _last_pass(body: Sequence[ast.stmt]) -> Sequence[ast.stmt]:
    """The statements without backward passes whose gradients are set to zero before the last one.

    Raises ExpressionError for passes whose gradients add up.
    """
    passes = [at for at, node in enumerate(body) if isinstance(node, ast.Expr) and ".backward(" in ast.unparse(node)]
    for place, following in pairwise(passes):
        between = "; ".join(map(ast.unparse, body[place + 1 : following]))
        if re.search(r"zero_|\.grad = None", between) is None:
            why = "nothing sets them to zero between the passes, and the answer is that of one result"
            words = "the gradients of several backward passes add up"
            raise ExpressionError(words, code="AG603", why=why, hint="give the sum of the results, or one of them")
    return [node for place, node in enumerate(body) if place not in passes[:-1]]


def _is_text(node: ast.expr) -> bool:
    """Whether an expression is a text, or the name of a device."""
    if isinstance(node, ast.IfExp):
        return _is_text(node.body) and _is_text(node.orelse)
    if isinstance(node, ast.Call):
        return called_name(node.func) == "device"
    return isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, str))


def _counting(tree: ast.Module) -> set[str]:
    """The names that are whole numbers where they are set to one: those that count, and those that are set again."""
    stored = [node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)]
    found = {name for name in stored if stored.count(name) > 1}
    for node in ast.walk(tree):
        called = isinstance(node, ast.Call) and called_name(node.func) == "range"
        counted = node.slice if isinstance(node, ast.Subscript) else node if called else ast.Pass()
        found |= {part.id for part in ast.walk(counted) if isinstance(part, ast.Name)}
    return found


def _assigned(node: ast.stmt) -> list[tuple[ast.expr, ast.expr]]:
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
