"""A program of Python as statements that are carried out once: loops, conditions and functions are written out."""

from __future__ import annotations

import ast
import copy
import re
from collections.abc import Collection, Mapping, Sequence
from itertools import repeat
from typing import NamedTuple

from autograd_core.errors import LimitError
from autograd_core.expr.parser import python_tree
from autograd_core.expr.reader.code import GENERATORS, part_of
from autograd_core.expr.reader.hand_gradients import last_pass, result_before
from autograd_core.expr.reader.notation import function_named, words
from autograd_core.expr.reader.python_inplace import Changes, in_place, is_stored
from autograd_core.expr.reader.python_values import (
    Class,
    Derivative,
    Function,
    Object,
    UnreadableError,
    Value,
    assigned,
    called_name,
    choice,
    is_condition,
    is_nothing,
    is_numbers,
    is_text,
    limited,
    parts,
    written,
)
from autograd_core.expr.reader.reading import LIBRARIES
from autograd_core.limits import MAX_STATEMENTS
from autograd_core.ops.spec import Shape

_SELF = r"\bself\.(?=\w)|(?<=\()self\b(?:,[ \t]*)?"
"""What says that a name is an attribute, and a function a method: without their class they are names and functions."""

_PROMPTS = r"^(?:>>>|\.\.\.|In \[\d*\]:|[ \t]*\.{3,}:) ?|^(?:Out\[\d*\]:|[!%]).*"
"""What sessions put before statements, the values that they show, and commands for a notebook."""

MOST_REPEATED = 60
"""Parts of a value in a function that is written down wherever it is used; a larger one has a name."""

_SIZED = GENERATORS | words("range view reshape expand repeat")
"""Functions whose arguments are sizes."""


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
    alone = "" if re.search(r"^[ \t>.]*class\b", text, re.MULTILINE) else f"|{_SELF}"
    plain = re.sub(f"{_PROMPTS}{alone}", "", text.strip(), flags=re.MULTILINE).replace("^", "**")
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


class _Writer(Changes):
    """Carries a program out and writes down what is left of it.

    A value outside functions is a statement of its own, but for lists and whole numbers; a name that is set again gets
    another, so that what was made of it before stays what it is.
    """

    def __init__(self, shapes: Mapping[str, Shape], tree: ast.Module) -> None:
        super().__init__(shapes, tree)
        self.given = frozenset(shapes)
        whole = last_pass(tree.body)
        self.body = whole[: result_before(whole, shapes)]
        self.lines: list[str] = []
        self.taken = {*shapes, *(called_name(node) for node in ast.walk(tree))}
        self.made: set[str] = set()
        self.counting = _counting(tree)
        self.order = 1
        behind = "; ".join(map(ast.unparse, whole[len(self.body) :]))
        shown = behind if len(behind) <= 60 else f"{behind[:57]}..."
        self.said = [f"'{shown}' was left out: gradients by hand, which check compares"] if behind else []

    def program(self) -> str:
        """The statements of the whole text; of a function that nothing calls, its value."""
        self.run(self.body)
        last = self.body[-1]
        function = self.function(last.value) if isinstance(last, ast.Assign) else None
        if isinstance(last, ast.ClassDef):
            function = self.function(ast.Call(ast.Name(last.name), [], []))
        if isinstance(last, ast.FunctionDef) and not _behind(last):
            function = self.function(ast.Name(last.name))
        if function is not None:
            found = self.result(self.differentiated(function), [], {})
            if is_nothing(found):
                raise UnreadableError
            self.write(found)
        if not self.lines:
            raise UnreadableError
        return re.sub(r" (\*\*?|/) ", r"\1", "; ".join(self.lines))

    def run(self, body: Sequence[ast.stmt]) -> Value:
        """Carry statements out; the value that one of them returns, or is propagated back from, None for none."""
        for place, node in enumerate(body, start=1):
            found: Value = None
            self.statement = self.statement if self.depth else node
            if isinstance(node, ast.Return) and node.value is not None:
                found = self.value(node.value)
                self.write(found)
            elif isinstance(node, ast.If) and isinstance(node.body[-1], ast.Continue):
                rest = [*node.orelse, *body[place:]]
                return self.condition(ast.If(node.test, node.body[:-1] or [ast.Pass()], rest), [])
            elif isinstance(node, ast.If):
                found = self.condition(node, body[place:])
            elif isinstance(node, ast.For) or (isinstance(node, ast.While) and not node.orelse):
                found = self.loop(node)
            elif isinstance(node, ast.With) and "no_grad" in ast.unparse(node.items[0]):
                for target, value in (pair for each in node.body for pair in assigned(each)):
                    self.assign(target, ast.Call(ast.Attribute(value, "detach"), [], []))
            elif isinstance(node, ast.Try) and all(isinstance(e, ast.Import | ast.ImportFrom) for e in node.body):
                found = self.run(node.body)
            elif isinstance(node, ast.ClassDef):
                self.bound[node.name] = self.class_of(node)
            elif isinstance(node, ast.FunctionDef):
                self.bound[node.name] = self.defined(node)
                found = self.run(_behind(node))
            elif isinstance(node, ast.Expr):
                found = self.expression(node.value, last=place == len(body))
            elif isinstance(node, ast.Import | ast.ImportFrom):
                for each in node.names:
                    if each.asname and each.asname not in LIBRARIES:
                        known = isinstance(node, ast.ImportFrom) and function_named(each.name) is not None
                        self.bound[each.asname] = ast.Name(each.name if known else "np")
                self.write(node)
            elif isinstance(node, ast.Break | ast.Continue):
                raise EndOfTurnError(isinstance(node, ast.Break))
            elif not isinstance(node, ast.Pass | ast.Assert):
                if isinstance(node, ast.AugAssign):
                    self.refuse_shared(node)
                for pair in assigned(node):
                    found = found if found is not None else self.assign(*pair)
            if found is not None:
                return found
        return None

    def loop(self, node: ast.For | ast.While) -> Value:
        """``for`` and ``while``, turn by turn; the value that the first turn is propagated back from, None for none."""
        self.loops = [*self.loops, node]
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
                    found = self.visit(assigned(node.body[end - 1])[0][0])
                    self.write(found)
            except EndOfTurnError as ended:
                if ended.of_loop:
                    break
                continue
            if found is not None and self.depth:
                return found
            if found is not None:
                self.said.append("the loop was read as its first turn: the command descend takes the steps")
                return found
        else:
            self.loops = self.loops[:-1]
            return self.run(node.orelse)
        self.loops = self.loops[:-1]
        return None

    def assign(self, target: ast.expr, node: ast.expr) -> Value:
        """``name = value``, ``y[i] = value``, ``a, b = value``; the value of a derivative, which ends the program."""
        if isinstance(target, ast.Subscript):
            return self.change(target, self.value(node))
        if isinstance(target, ast.Attribute):
            return self.keep(target, node)
        return self.named(target.id, node) if isinstance(target, ast.Name) else self.several(target, node)

    def keep(self, target: ast.Attribute, node: ast.expr) -> None:
        """``self.name = value``: what is computed is written down under that name, or another where it has a value."""
        of, name, made = self.visit(target.value), target.attr, self.visit(node) if isinstance(node, ast.Name) else node
        if not isinstance(of, Object) and name in ("grad", "label", "requires_grad", "data"):
            return
        if not isinstance(of, Object) or self.unsure:
            raise UnreadableError
        if made is not node and isinstance(made, ast.Name):
            of.fields[name] = made
            return
        used = {called_name(each) for each in ast.walk(node)}
        own = f"{name}_" if name in self.given and not used.isdisjoint({*self.bound, *self.given}) else name
        hidden = {own: self.bound[own]} if own in self.bound else {}
        self.named(own, node)
        of.fields[name] = self.bound.pop(own)
        self.bound |= hidden

    def named(self, name: str, node: ast.expr) -> Value:
        """``name = value``; the value that a derivative asks for, which ends the program."""
        of_second = isinstance(node, ast.Call) and called_name(node.func) == "hessian" and name not in self.given
        if (function := self.function(node)) is not None or is_text(node) or of_second:
            self.bound[name] = node if function is None else self.visit(node) if _plain(node) else function
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
            if isinstance(old, list):
                self.replaced(function.value, old, [*old, self.value(node.args[0])])
                return None
        if (changed := in_place(node)) is not None:
            self.refuse_shared(changed)
            return self.assign(changed.target, changed.value)
        shows = isinstance(node, ast.Call) and called_name(function) == "print"
        if isinstance(node, ast.Call) and shows:
            if len(node.args) != 1 or is_text(node.args[0]) or called_name(node.args[0]) == "grad":
                shown = [isinstance(e, ast.JoinedStr | ast.BinOp | ast.Call) and is_text(e) for e in node.args]
                texts = [ast.Constant(ast.unparse(e)) if t else e for e, t in zip(node.args, shown, strict=True)]
                values = [each if is_text(each) or not last else written(self.value(each)) for each in texts]
                self.write(ast.Call(node.func, values, []))  # and what reads it says what of it was left out
                return None
            node = node.args[0]
        if ast.unparse(node).startswith("super("):
            if isinstance(of := self.bound.get("self"), Object) and of.of.inherits:
                raise UnreadableError
            return None
        node = node.body if isinstance(node, ast.Lambda) else node
        if isinstance(node, ast.Constant):
            return None
        if self.loops and not isinstance(node, ast.Call):
            raise UnreadableError  # a value that a loop does not keep
        value, ends = self.carried_out(node)
        if not ends and (last or not shows) and not is_nothing(value):
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
        itself = any(called_name(each) == (called_name(node.func) or node) for each in ast.walk(function.node))
        parameters = [] if function.of or itself else function.node.args.args
        for place, (parameter, value) in enumerate(zip(parameters, given, strict=False)):
            name = parameter.arg
            if name not in self.shapes and is_numbers(value):
                self.shapes[name] = self.shape(value)
                self.write(ast.Assign([ast.Name(name)], written(value), lineno=0))
                given[place] = ast.Name(name)
        found = self.result(function, given, {str(each.arg): self.value(each.value) for each in settings})
        if ends:
            self.write(found)
            self.behind_derivative(node)
        return found, ends

    def behind_derivative(self, node: ast.Call) -> None:
        """Raise ExpressionError where the answer of a program is made of a derivative: ``g = grad(f)(x); g @ g``."""
        names = {called_name(each) for each in ast.walk(self.statement) if is_stored(each)}
        last = self.body[-1]
        if last is self.statement or not isinstance(last, ast.Expr) or _plain(last.value):
            return
        shows = isinstance(last.value, ast.Call) and called_name(last.value.func) in ("print", "show")
        if not shows and not names.isdisjoint(called_name(each) for each in ast.walk(last)):
            raise part_of(None)

    def differentiated(self, function: Function | Derivative) -> Function:
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
        branches = [[*body, *(rest if returns else [])] for body in (node.body, node.orelse)]
        (one, *_), (other, *_) = ways = [self.branch(body) for body in branches]
        if (one is None) == returns or (other is None) == returns:
            raise UnreadableError
        if returns:
            self.write(found := choice(test, one, other))
            return found
        for name in dict.fromkeys([*ways[0][1], *ways[1][1]]):
            one, other = (bound.get(name, ast.Name(name)) for _, bound in ways)
            left = any(name not in bound for _, bound in ways) and name not in self.given and name not in self.made
            if one is not other and not left:  # what only one of the ways sets has no value behind them
                self.set(name, choice(test, one, other))
        return None

    def branch(self, body: Sequence[ast.stmt]) -> tuple[Value, dict[str, Value]]:
        """What a branch returns, and its names; those here are as before."""
        way, before = copy.copy(self), dict(self.bound)
        way.depth, way.unsure, way.shapes = self.depth + 1, self.unsure + 1, dict(self.shapes)
        try:
            return way.run(body), dict(self.bound)
        except EndOfTurnError:
            raise UnreadableError from None
        finally:
            self.bound.clear()
            self.bound |= before

    def several(self, target: ast.expr, node: ast.expr) -> Value:
        """``a, b = ...``; the value that a derivative asks for, which ends the program."""
        targets, sources = getattr(target, "elts", []), getattr(node, "elts", [])
        if any(isinstance(each, ast.Attribute | ast.Subscript) for each in targets):
            used = {ast.unparse(each) for each in ast.walk(node) if isinstance(each, ast.Name | ast.Attribute)}
            changed = {ast.unparse(each.value if isinstance(each, ast.Subscript) else each) for each in targets}
            if len(targets) != len(sources) or not used.isdisjoint(changed):
                raise UnreadableError
            for each in zip(targets, sources, strict=True):
                self.assign(*each)
            return None
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
            used = {called_name(part) for part in parts(value)}
            for name, each in pairs.items():
                self.set(name, each, counts=isinstance(node, ast.Attribute), used=used)
        return None

    def set(self, name: str, value: Value, *, counts: bool = False, used: Collection[str] = ()) -> None:
        """Set a name; ``counts`` says that a whole number is no input, ``used`` are names that others need."""
        shape = self.shape(value)
        self.shapes |= {} if self.depth else {name: shape}
        items = isinstance(value, list | tuple | dict) and not is_numbers(value)
        whole = isinstance(value, int) and (counts or name in self.counting)
        large = isinstance(value, ast.expr) and not self.unsure and sum(1 for _ in parts(value)) > MOST_REPEATED
        kept = isinstance(value, dict | Class | Object | Function) or is_nothing(value) or _of_library(value)
        if kept or (self.depth and not large) or ((items or whole or is_condition(value)) and name not in self.given):
            self.bound[name] = value
            return
        own, count = name, 1
        uses = name in used or any(called_name(part) == name for part in ast.walk(written(value)))
        while own in self.taken and (self.depth or name in self.made or (name in self.given and uses)):
            count += 1
            own = f"{name}_{count}"
        self.taken.add(own)
        self.made.add(name)
        self.bound[name] = ast.Name(own)
        self.shapes[own] = shape
        root = self.array(value)
        self.roots.pop(own, None)
        if isinstance(root, str) and root != own:
            self.roots[own] = root
        self.write(ast.Assign([ast.Name(own)], written(value), lineno=0), large=large)

    def write(self, made: Value, *, large: bool = False) -> None:
        """Write down a statement, or a value, that stands in no function and no branch, or is ``large``."""
        if not self.depth or large:
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
        called = isinstance(node, ast.Call) and called_name(node.func) in _SIZED
        counted = node.slice if isinstance(node, ast.Subscript) else node if called else ast.Pass()
        found |= {part.id for part in ast.walk(counted) if isinstance(part, ast.Name)}
    return found


def _of_library(value: Value) -> bool:
    """Whether a value is a function of a library, as ``np.tanh``."""
    return isinstance(value, ast.Attribute) and called_name(value.value) in LIBRARIES


def _plain(node: ast.expr) -> bool:
    """Whether an expression is a name of something, ``model.forward`` or ``functions[0]``, and calls nothing."""
    return isinstance(node, ast.Name | ast.Attribute | ast.Subscript)
