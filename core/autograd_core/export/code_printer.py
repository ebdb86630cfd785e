"""Expressions in the words of another library, from the declarations of the operations.

What an operation is called elsewhere is declared with it (``OpSpec.exports``): a template such as
``torch.sum({0}<, dim={axis}>)`` or a function of the parameters that returns one, and that may ask for the ``shapes``
of the operands. ``{0}`` is the first operand, ``{0:p}`` the same in brackets unless it is a name or a call, ``{0:?}``
the same as a truth value, ``{*}`` all operands, ``{result}`` the shape of the result; what stands between ``<`` and
``>`` is left out where the parameter in it has its default. Without a declaration an operator is written as an
operator, and a function by its own name where NumPy has one of this name with these parameters; else, for numpy and
jax, the forward function itself becomes part of the program.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np

from autograd_core.export.code import (
    MODULES,
    Definitions,
    FreeNames,
    UnsupportedError,
    array_literal,
    forward_source,
    literal,
    number_literal,
)
from autograd_core.expr.nodes import Call, Const, Expr, Var, topological
from autograd_core.expr.run import evaluate
from autograd_core.expr.text import rendered
from autograd_core.ops.registry import op as ops
from autograd_core.ops.spec import ATOM, COMPARE, MULTIPLY, UNARY, KnownDifference, Notation, OpSpec

_LONG = 90
_DEEP = 12
_CALL = re.compile(r"\w\(")
_FIELD = re.compile(r"\{(\*|\w+)(?::([pa?]))?\}")
_OPTIONAL = re.compile(r"<([^<>{}]*\{(\w+)\}[^<>]*)>")


_CREATED = (
    (re.compile(r"(eye\(\d+(?:, \d+)?\))"), "{0}.{1}"),
    (re.compile(r"((?:ones|zeros)_like\()(\w+)\)"), "{0}.{1}{2})"),
    (re.compile(r"(ones|zeros)\((\d[\d, ]*)\)"), "{0}.{1}(({2}))"),
    (re.compile(r"one_hot\((\d+|\[[\d, ]+\]), (\d+)\)"), "{0}.eye({2})[{1}]"),
)
"""Constant arrays that every library makes by the same call: their texts, and the call in a module."""


class CodePrinter:
    """Writes expressions and statements for one target; ``prelude`` has the definitions that the text needs.

    ``variables`` are their names in the program, ``free`` all names that mean something in it; ``names`` are those of
    parts by their identity, ``lines`` the statements that compute these.
    """

    def __init__(self, target: str, variables: Mapping[str, str], free: FreeNames) -> None:
        self.target = target
        self.module = MODULES[target]
        self.variables = variables
        self.definitions = Definitions(free)
        self.defined: dict[int, tuple[Expr, Expr]] = {}
        self.names: dict[int, str] = {}
        self.lines: list[str] = []
        self.stated: set[int] = set()

    @property
    def prelude(self) -> dict[str, str]:
        """The definitions that the text written so far needs, in order."""
        return self.definitions.texts

    def written_out(self, roots: Iterable[Expr]) -> list[Expr]:
        """The expressions with what has no name in the target written by its definition, to which names go over."""
        roots = list(roots)
        for node in topological(roots):
            if id(node) in self.defined:
                continue
            new = node
            if isinstance(node, Call):
                operands = tuple([self.defined[id(o)][1] for o in node.operands])
                new = node.over(operands)
                if node.op.definition is not None and not self.has_name(node):
                    made = node.op.definition(*operands, **node.params)
                    new = new if made is None else self.written_out([made])[0]
            self.defined[id(node)] = (node, new)
            if new is not node and id(node) in self.names:
                self.names[id(new)] = self.names[id(node)]
        return [self.defined[id(root)][1] for root in roots]

    def has_name(self, node: Call) -> bool:
        """Whether the target can write an operation by itself."""
        try:
            self.spelling(node)
        except UnsupportedError:
            return False
        return True

    def text(self, expr: Expr) -> str:
        """One expression."""
        root = self.defined[id(expr)][1] if id(expr) in self.defined else expr

        def notation(node: Expr) -> Notation:
            if id(node) in self.names and node is not root:
                return ATOM, [self.names[id(node)]]
            precedence, parts = self.notation(node)
            return precedence, [part if isinstance(part, str) else self.operand(node, part) for part in parts]

        return rendered(root, notation)

    def operand(self, node: Expr, part: tuple[Any, ...]) -> Any:
        """An operand as it is to be written within ``node``; a function gets floats, and some take no bare numbers."""
        operand, least = node.operands[part[0]], part[1]
        kind = part[2] if len(part) > 2 else ""
        if kind and isinstance(operand, Call) and not operand.depends and operand.shape == ():
            operand = Const(evaluate([operand], {})[operand])  # a function that takes arrays alone gets a number
        if not kind or not isinstance(operand, Const) or operand.shape != ():
            return operand, least
        if kind == "array" or self.target == "torch":
            maker = "torch.tensor" if self.target == "torch" else f"{self.module}.array"
            return f"{maker}({number_literal(float(operand.value), self.target, point=True)})"
        text = number_literal(float(operand.value), self.target, point=True)
        return f"({text})" if text.startswith("-") and least > UNARY else text

    def notation(self, node: Expr) -> Notation:
        """Precedence and pieces of one node."""
        if isinstance(node, Var):
            return ATOM, [self.variables.get(node.name, node.name)]
        if isinstance(node, Const):
            for pattern, call in _CREATED if node.text is not None else ():
                if created := pattern.fullmatch(node.text or ""):
                    parts = [self.variables.get(part, part) for part in created.groups()]
                    return ATOM, [call.format(self.module, *parts)]
            if node.shape != ():
                return ATOM, [array_literal(node.value, self.target)]
            text = number_literal(float(node.value), self.target)
            return (UNARY if text.startswith("-") else MULTIPLY if "/" in text else ATOM), [text]
        assert isinstance(node, Call)
        return self.filled(node, self.spelling(node))

    def spelling(self, node: Call) -> str | Notation:
        """The template, or the pieces of an operator, for one call.

        Raises UnsupportedError where there is none.
        """
        op, params = node.op, dict(node.params)
        made: Any
        for target in (self.target, "numpy") if self.target == "jax" else (self.target,):
            if target in op.exports:
                declared = op.exports[target]
                declared = declared.spelling if isinstance(declared, KnownDifference) else declared
                made = called(declared, node) if callable(declared) else declared
                if made is not None:
                    return str(made).replace("np.", f"{self.module}.") if target == "numpy" else str(made)
                if target == "torch":
                    break
        else:
            if op.text is not None and (op.group in ("arithmetic", "product") or op is ops.index):
                written: Notation = op.text(**params)
                if not any(isinstance(part, str) and _CALL.search(part) for part in written[1]):
                    return written
            if op.group == "comparison" and op.text is not None:
                _, (_, symbol, _) = op.text()
                return f"{self.module}.where({{0}}{symbol}{{1}}, 1.0, 0.0)"
            own = None if "numpy" in op.exports else self.own_name(op, params)
            if own is not None:
                return own
            by_source = op.definition is None if self.target == "jax" else self.target != "torch"
            name = forward_source(op, self.module, self.definitions) if by_source else None
            if name is not None:
                given = ", ".join(f"{key}={literal(value)}" for key, value in params.items())
                return f"{name}({{*:a}}{', ' + given if given else ''})"
        others = "\n".join(f"`to {each}`" for each in ("torch", "jax", "numpy") if each != self.target)
        raise UnsupportedError(f"{op.name} has no counterpart in {self.target}", hint=others, span=node.span)

    def own_name(self, op: OpSpec, params: Mapping[str, Any]) -> str | None:
        """A call of the function that NumPy has under the same name, if it takes the same parameters."""
        function = getattr(np, op.name, None)
        if not callable(function) or (op.params and self.target == "torch") or (op.variadic and op.leading):
            return None
        given = [p.name for p in op.params if p.required or params[p.name] != p.default]
        if given:
            try:
                known = inspect.signature(function).parameters
            except ValueError:
                return None
            if any(name not in known for name in given):
                return None
        inside = "[{*}]" if op.variadic else "{*}"
        return f"{self.module}.{op.name}({inside}{''.join(f', {name}={literal(params[name])}' for name in given)})"

    def filled(self, node: Call, spelling: str | Notation) -> Notation:
        """The pieces of a template with the parameters in their places."""
        if not isinstance(spelling, str):
            return spelling
        params, defaults = dict(node.params), {p.name: p.default for p in node.op.params if not p.required}

        def kept(match: re.Match[str]) -> str:
            name = match[2]
            return match[1] if name not in defaults or params[name] != defaults[name] else ""

        template = _OPTIONAL.sub(kept, spelling)
        parts: list[Any] = []
        last = 0
        for match in _FIELD.finditer(template):
            parts.append(template[last : match.start()])
            last = match.end()
            field, how = match[1], match[2]
            if field == "*":
                kind = "array" if how == "a" else "call"
                for position in range(len(node.operands)):
                    parts += [", ", (position, 0, kind)] if position else [(position, 0, kind)]
            elif field == "result":
                parts.append(repr(tuple(node.shape)))
            elif not field.isdigit():
                parts.append(literal(params[field]))
            elif how == "?":
                parts += self.truth(node.operands[int(field)], int(field))
            else:
                parts.append((int(field), ATOM if how == "p" else 0, "call"))
        return ATOM, [*parts, template[last:]]

    def truth(self, operand: Expr, position: int) -> list[Any]:
        """An operand as a condition: a comparison as it stands, any number by whether it is 0."""
        if not operand.depends and operand.shape == ():
            maker = "tensor" if self.target == "torch" else "array"
            return [f"{self.module}.{maker}({bool(evaluate([operand], {})[operand])})"]
        if isinstance(operand, Call) and operand.op.group == "comparison" and id(operand) not in self.names:
            assert operand.op.text is not None
            _, (_, symbol, _) = operand.op.text()
            sides = [self.names.get(id(o)) or self.text(o) for o in operand.operands]
            return [sides[0], symbol, sides[1]]
        return [(position, COMPARE + 1, "call"), " != 0"]

    def add(self, roots: Iterable[Expr], fresh: Callable[[], str]) -> None:
        """Write the statements for ``roots``; a part that is used twice, has a name or is long has one of its own.

        ``fresh`` gives names for parts that have none.
        """
        roots = self.written_out(roots)
        nodes = topological(roots)
        uses: dict[int, int] = {}
        for node in nodes:
            for operand in node.operands:
                uses[id(operand)] = uses.get(id(operand), 0) + 1
        size: dict[int, tuple[int, int]] = {}
        wanted = {id(root) for root in roots}
        for node in nodes:
            if not isinstance(node, Call) or id(node) in self.stated:
                size[id(node)] = (6, 0)
                continue
            below = [size[id(o)] for o in node.operands]
            length, depth = sum(n for n, _ in below) + 8, max((d for _, d in below), default=0) + 1
            named = id(node) in self.names or id(node) in wanted
            if not named and (uses.get(id(node), 0) > 1 or length > _LONG or depth > _DEEP):
                self.names[id(node)] = fresh()
                named = True
            size[id(node)] = (6, 0) if named else (length, depth)
            if named and id(node) in self.names:
                self.lines.append(f"{self.names[id(node)]} = {self.text(node)}")
                self.stated.add(id(node))


def called(declared: Callable[..., Any], node: Call) -> Any:
    """What a declared function says about a call; it is told the shapes of the operands where it asks for them."""
    if "shapes" in inspect.signature(declared).parameters:
        return declared(shapes=node.operand_shapes, **node.params)
    return declared(**node.params)
