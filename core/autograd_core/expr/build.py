"""From a syntax tree to an expression: names become variables, calls become operations, shapes are checked."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Container, Generator, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from autograd_core.dataclass import dataclass
from autograd_core.engine.operators import at
from autograd_core.errors import AutogradError, ExpressionError
from autograd_core.expr.apply import (
    apply_function,
    apply_operator,
    is_literal_number,
    literal,
    nearest,
    number,
    unknown_function,
)
from autograd_core.expr.nodes import Call, Const, Expr, Var, topological
from autograd_core.expr.parser import CONSTANTS, Source, Statement, read
from autograd_core.expr.run import evaluate
from autograd_core.expr.selection import Selection
from autograd_core.ops.registry import find
from autograd_core.ops.signature import CallForm
from autograd_core.ops.spec import Function, Shape, number_text

Array = npt.NDArray[Any]
Visit = Generator[ast.expr, Any, Any]

OPERATORS: dict[type[ast.AST], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.Pow: operator.pow,
    ast.MatMult: operator.matmul,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}
_COMPUTED = (ast.Compare, ast.Name, ast.BinOp, ast.Call, ast.Subscript)
"""What stands for an array between the brackets of an index, where it is no constant."""


@dataclass(frozen=True, slots=True)
class Program:
    """An expression that was read: its result, its named statements, its variables, and what to say of the reading."""

    source: Source
    result: Expr
    named: Mapping[str, Expr]
    variables: Mapping[str, Var]
    notes: tuple[tuple[str, str], ...] = ()

    @property
    def labels(self) -> dict[Expr, str]:
        """The name of each expression that a statement names; the first where there are several."""
        found: dict[Expr, str] = {}
        for name, expr in self.named.items():
            if isinstance(expr, Call):
                found.setdefault(expr, name)
        return found


def statements(program: Program) -> list[tuple[str | None, Expr]]:
    """A program as a person wrote it: the named parts of the result in the order they were made, and last the result.

    In each of them the other named parts stand as variables. The name of the result is None where it has none.
    """
    result, labels = program.result, program.labels
    made: dict[int, Expr] = {}
    found: list[tuple[str | None, Expr]] = []
    for node in topological([result]):
        whole = node.over(tuple([made[id(o)] for o in node.operands]))
        label = labels.get(node)
        if isinstance(node, Call) and (label is not None or node is result):
            found.append((label, whole))
        made[id(node)] = whole if label is None else Var(label, node.shape)
    return found or [(None, result)]


def free_name(name: str, taken: Container[str]) -> str:
    """The name, with as many ``_`` behind it as nothing else has."""
    while name in taken:
        name += "_"
    return name


def bound_names(taken: Container[str]) -> tuple[str, str]:
    """The names of the result and of the grad tensor: f and v, with ``_`` where a variable or a statement has that."""
    return free_name("f", taken), free_name("v", taken)


def _changed_at(node: ast.Call) -> tuple[str, ast.expr, list[ast.expr]] | None:
    """The method that ``x.at[key].set(v)`` calls, x, and the parts of the key."""
    match node.func:
        case ast.Attribute(attr=method, value=ast.Subscript(value=ast.Attribute(attr="at", value=base), slice=key)):
            return method, base, key.elts if isinstance(key, ast.Tuple) else [key]
    return None


def rootless(base: Any, exponent: Any) -> str:
    """Why a power of two numbers is nan."""
    power = f"({number_text(float(base))})**({number_text(float(exponent))})"
    why = "a negative number has no real power with a fractional exponent (cbrt takes the real cube root)"
    return f"{power} is nan: {why}"


def parse(text: str | Source, inputs: Mapping[str, Array | Shape]) -> Program:
    """Read ``text`` for inputs of known shapes.

    ``inputs`` gives an array or a shape by name; an array is needed where a shape follows from numbers, as in
    ``x[x > 0]``. Raises ExpressionError, ShapeError or LimitError with a span.
    """
    source = read(text) if isinstance(text, str) else text
    return Builder(source, inputs).program()


def constant(text: str, known: Mapping[str, Array] | None = None) -> Array:
    """The value of an expression without variables, as ``zeros(2,3)`` or ``-pi/2``, or with the ``known`` ones.

    Raises ExpressionError where a name occurs that is not a constant.
    """
    source, inputs = read(text), known or {}
    if unknown := [name for name in source.variables if name not in inputs]:
        raise ExpressionError(f"{unknown[0]} is not a number", code="AG605", text=text)
    result = parse(source, inputs).result
    value: Array = np.asarray(evaluate([result], inputs)[result])
    return value


class Builder(Selection):
    """Builds one program; ``visit`` methods are generators so that depth costs no recursion."""

    def __init__(self, source: Source, inputs: Mapping[str, Array | Shape]) -> None:
        self.source = source
        self.inputs = inputs
        self.variables: dict[str, Var] = {}
        self.named: dict[str, Expr] = {}
        self.statement: Statement = source.statements[0]
        self.notes: dict[tuple[str, str], None] = {}

    def program(self) -> Program:
        """Build every statement."""
        for statement in self.source.statements:
            self.statement = statement
            result = self.whole(statement.value)
            if statement.name is not None:
                self.named[statement.name] = result
        return Program(self.source, result, self.named, self.variables, tuple(self.notes))

    def whole(self, tree: ast.expr) -> Expr:
        """Build one expression, driving the visiting generators from a stack."""
        stack = [(tree, self.visit(tree))]
        value: Any = None
        while stack:
            node, visit = stack[-1]
            try:
                child = visit.send(value)
            except StopIteration as stop:
                stack.pop()
                value = stop.value if isinstance(stop.value, Expr) else Const(stop.value)
                if isinstance(value, Call) and value.span is None:
                    value.span = self.statement.span(node)
            except AutogradError as error:
                raise error.at(self.statement.span(node), self.source.text) from None
            else:
                stack.append((child, self.visit(child)))
                value = None
        expr: Expr = value
        return expr

    def visit(self, node: ast.expr) -> Visit:
        """What one node of the tree makes, by its kind of syntax; yields the children it needs first."""
        if isinstance(node, ast.Constant):
            return number(node.value)
        if isinstance(node, ast.Name):
            return self.name(node.id)
        if isinstance(node, ast.UnaryOp):
            operand = yield node.operand
            if isinstance(node.op, ast.UAdd):
                return operand
            return Const(-operand.value) if is_literal_number(operand) else -operand
        if isinstance(node, ast.BinOp):
            left = yield node.left
            right = yield node.right
            made = apply_operator(OPERATORS[type(node.op)], left, right)
            if type(node.op) is ast.Pow and is_literal_number(made) and np.isnan(made.value):
                self.notes["AG401", rootless(left.value, right.value)] = None
            return made
        if isinstance(node, ast.Compare):
            left = yield node.left
            right = yield node.comparators[0]
            return OPERATORS[type(node.ops[0])](left, right)
        if isinstance(node, ast.Call):
            return (yield from self.call(node))
        if isinstance(node, ast.Attribute):
            if node.attr not in ("T", "mT"):
                hint = "allowed are .T, .mT and methods such as x.sum()"
                raise ExpressionError(f".{node.attr} is not supported", code="AG611", hint=hint)
            base = yield node.value
            return base.T if node.attr == "T" else base.mT
        if isinstance(node, ast.Subscript):
            return (yield from self.subscript(node))
        if isinstance(node, ast.List):
            return (yield from self.list(node))
        words = "a tuple is not allowed here: an expression has a single result"
        raise ExpressionError(words, code="AG603", hint="use stack([a, b])")

    def name(self, name: str) -> Expr:
        """A statement's name, an input, or a constant, in this order."""
        if name in self.named:
            return self.named[name]
        if name in self.variables:
            return self.variables[name]
        if name in self.inputs:
            given = self.inputs[name]
            made = Var(name, given if isinstance(given, tuple) else given.shape)
            self.variables[name] = made
            return made
        if name in CONSTANTS:
            return Const(getattr(np, name), text=name)
        function = find(name)
        if function is not None:
            words, hint = f"{name} is a function here, not a value", f"call it, as {function.signature}"
            raise ExpressionError(words, code="AG604", hint=hint)
        near = [n for n in [*self.inputs, *self.named] if n.lower() == name.lower()] or nearest(name, 1)
        hint = f"did you mean {near[0]}?" if near else f"give one with --{name} 1,2,3"
        raise ExpressionError(f"there is no value for {name}", code="AG605", hint=hint)

    def call(self, node: ast.Call) -> Visit:
        """A function or a method applied to arguments."""
        given: list[ast.expr] = list(node.args)
        base: list[Any] = []
        if (place := _changed_at(node)) is not None:
            return (yield from self.changed(node, *place))
        if isinstance(node.func, ast.Attribute):
            function = find(node.func.attr)
            if function is None or not function.method:
                words = "is not a method" if function is None else "is a function and not a method"
                near = [n for n in nearest(node.func.attr) if (found := find(n)) and found.method]
                hint = f"write {node.func.attr}(x)" if function else f"did you mean .{near[0]}()?" if near else None
                raise ExpressionError(f".{node.func.attr}() {words} that is supported", code="AG611", hint=hint)
            base = [(yield node.func.value)]
        else:
            assert isinstance(node.func, ast.Name)
            function = find(node.func.id)
            if function is None:
                raise unknown_function(node.func.id)
        written = CallForm(
            node.func.attr if isinstance(node.func, ast.Attribute) else node.func.id,
            len(base) + len(given),
            frozenset(keyword.arg or "" for keyword in node.keywords),
            bool(base),
            any(self.holds_input(each) for each in (given if base else given[1:])),
        )
        function, note = function.alternative(written)
        if note:
            self.notes["AG419", note] = None
        args: list[Any] = base
        for argument in given:
            slot = function.slot(len(args))
            alone = not function.leading or len(given) == function.leading + 1
            if isinstance(slot, str):
                args.append((yield from self.operand(function, slot, argument, alone)))
            else:
                args.append(literal(argument, self.size if slot is not None and slot.counts else self.fixed))
        keywords: dict[str, Any] = {}
        for keyword in node.keywords:
            assert keyword.arg is not None
            if keyword.arg in function.operands and not function.variadic:
                keywords[keyword.arg] = yield from self.operand(function, keyword.arg, keyword.value)
            else:
                param = function.param(keyword.arg)
                keywords[keyword.arg] = literal(keyword.value, self.size if param and param.counts else self.fixed)
        try:
            operands, params = function.bind(args, keywords)
            made = apply_function(function, operands, params)
        except AutogradError as error:
            error.why = error.why or note or None
            raise
        remark = function.remark and function.remark(*[getattr(each, "shape", ()) for each in operands])
        if remark:
            self.notes["AG419", remark] = None
        return made

    def holds_input(self, node: ast.expr) -> bool:
        """Whether an argument is made of inputs or of what statements named."""
        names = {each.id for each in ast.walk(node) if isinstance(each, ast.Name)}
        return not names.isdisjoint(self.inputs.keys() | self.named.keys())

    def pair(self, node: ast.expr) -> Function | None:
        """The function called here, where PyTorch would give a pair of values and positions."""
        if not isinstance(node, ast.Call):
            return None
        function = find(node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", ""))
        if function is None:
            return None
        count = len(node.args) + isinstance(node.func, ast.Attribute)
        written = CallForm(function.name, count, frozenset([each.arg or "" for each in node.keywords]))
        return function if any(each.pair and each.when(written) for each in function.alternatives) else None

    def operand(self, function: Function, slot: str, node: ast.expr, alone: bool = True) -> Visit:
        """An argument that is differentiated: an expression, a list of them, or None where it may be left out.

        A list is one of operands where it stands ``alone``, as in ``stack([a, b])``; beside others it is an array.
        """
        if slot.startswith("*") and alone:
            if isinstance(node, (ast.List, ast.Tuple)):
                entries = []
                for entry in node.elts:
                    entries.append((yield entry))
                return entries
        elif function.may_be_omitted(slot) and isinstance(node, ast.Constant) and node.value is None:
            return None
        return (yield node)

    def subscript(self, node: ast.Subscript) -> Visit:
        """``x[key]``: positions, or a mask from a comparison."""
        pair = self.pair(node.value)
        if pair is not None and isinstance(node.slice, ast.Constant) and node.slice.value in (0, 1):
            note = (
                f"{pair.name} gives the values alone, of which [{node.slice.value}] takes one; in PyTorch it takes one "
                "of the pair of values and positions, here without [0]"
            )
            if any(each.arg == "dim" for each in getattr(node.value, "keywords", ())):  # which only PyTorch says
                raise ExpressionError(note, code="AG611")
            self.notes["AG419", note] = None
        base = yield node.value
        if isinstance(node.slice, _COMPUTED):
            key = yield node.slice
            if key.depends or key.shape != ():
                return self.picked(base, key)
        if isinstance(node.slice, ast.Tuple) and any(isinstance(e, _COMPUTED) for e in node.slice.elts):
            keys: list[Any] = []
            for entry in node.slice.elts:
                keys.append((yield entry) if isinstance(entry, _COMPUTED) else literal(entry, self.size))
            return self.picked_together(base, keys)
        return at(base, literal(node.slice, self.size))

    def changed(self, node: ast.Call, method: str, of: ast.expr, places: list[ast.expr]) -> Visit:
        """``x.at[key].set(v)``, ``add`` and ``multiply`` as JAX has them: x with other values at some of its places.

        A mask is compared anew at every point, all other places follow from the numbers that are given.
        """
        if method not in ("set", "add", "multiply") or len(node.args) != 1 or node.keywords:
            hint = "x.at[0].set(v), x.at[0].add(v), x.at[0].multiply(v)"
            raise ExpressionError(f".at[...].{method} is not read here", code="AG611", hint=hint)
        base = yield of
        value = yield node.args[0]
        keys: list[Any] = []
        for entry in places:
            keys.append((yield entry) if isinstance(entry, _COMPUTED) else literal(entry, self.size))
        return self.with_places(base, keys, value, method)

    def list(self, node: ast.List) -> Visit:
        """An array of numbers written out."""
        rows: list[Any] = []
        for entry in node.elts:
            made = yield entry
            made = made if isinstance(made, Const) else self.number(made)
            if not isinstance(made, Const):
                hint = "use stack([a, b]) or concatenate([a, b])"
                raise ExpressionError("a list of expressions is not allowed here", code="AG603", hint=hint)
            rows.append(made.value)
        if len({row.shape for row in rows}) > 1:
            raise ExpressionError("the rows of this list have different lengths: it is ragged", code="AG606")
        return Const(np.array(rows, dtype=np.float64))

    def number(self, made: Expr) -> Expr:
        """The number that a constant expression comes to, as -inf; anything else as it is."""
        if made.depends or any(isinstance(each, Var) for each in topological([made])):
            return made
        return Const(np.asarray(evaluate([made], {})[made], dtype=np.float64))

    def size(self, node: ast.expr) -> float:
        """The same of a size or a position, which may be computed from inputs that are whole numbers.

        Raises ExpressionError where it is none, and where the inputs are given by their shapes.
        """
        made = self.whole(node)
        if not made.depends or made.shape != ():
            return self.fixed(node)
        found = float(self.values([made])[made])
        if not found.is_integer():
            return self.fixed(node)
        self.notes["AG417", f"{ast.unparse(node)} is {found:.0f} as a size or a place, which has no gradient"] = None
        return found

    def fixed(self, node: ast.expr) -> float:
        """The number that a static argument comes to.

        Raises ExpressionError when it is computed from an input.
        """
        made = self.whole(node)
        if made.depends or made.shape != ():
            raise ExpressionError(
                "this argument must be a number written out, not computed from an input", code="AG612"
            )
        return float(evaluate([made], {})[made])
