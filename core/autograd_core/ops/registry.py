"""The registry: every operation and function of the language, by name and by alias.

What every tensor needs is loaded with the package, all other modules that declare operations when a name is asked for
that none has declared so far, or when all are listed: ``x * y`` does not wait for the convolutions.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from functools import cache
from importlib import import_module
from inspect import CO_VARARGS, getsource
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from autograd_core.errors import ShapeError
from autograd_core.ops.signature import Alternative, axis_indices
from autograd_core.ops.spec import Composite, Function, OpSpec, Rule, Shape, broadcast_shapes, identity_vjp

IN_LATEX = frozenset(["arccos", "arcsin", "arctan", "cos", "cosh", "ln", "sin", "sinh", "tan", "tanh"])
"""Functions that LaTeX has a command for."""

_functions: dict[str, Function] = {}
_spellings: dict[str, Function] = {}
_F = TypeVar("_F", bound=Function)


op: Any = sys.modules[__package__]
"""``op.sin`` is the declaration of ``sin``: how a rule names operations that are declared elsewhere."""


def register(function: _F) -> _F:
    """Put a declaration in the registry; a name or alias can be taken once."""
    for name in (function.name, *function.aliases):
        if name in _spellings:
            raise ValueError(f"two declarations are called {name!r}")
        _spellings[name] = function
    _functions[function.name] = function
    return function


def meant_with(name: str, *keywords: str) -> tuple[Alternative, ...]:
    """The function of this name, which a call with one of these keywords means."""
    return (Alternative(lambda written: not written.keywords.isdisjoint(keywords), lambda: getattr(op, name)),)


class Family:
    """Declares functions of one group of the guide, with the fields that they have in common unless they say else."""

    def __init__(self, group: str, **common: Any) -> None:
        self.common = {"group": group, **common}

    def operation(self, name: str, doc: str, *vjps: Rule | tuple[Rule, Rule] | None, **fields: Any) -> OpSpec:
        """Declare a primitive operation, with its rules in a row or as a field.

        Unless given, NumPy's function of one of its names computes it and tells the shape, and its node has PyTorch's
        name for a function of this name. ``exports`` of the family are a function of the name and the parameters.
        """
        fields = {"vjps": vjps, **self.common, **fields}
        if callable(common := self.common.get("exports")):
            own = {} if fields["exports"] is common else fields["exports"]
            fields["exports"] = {**common(name.partition("|")[0], fields.get("params", ())), **own}
        if fields.get("elementwise"):
            fields = _elementwise(name, fields)
        if fields.get("forward") is None and "definition" not in fields:
            fields["forward"] = next(getattr(np, each) for each in name.split("|") if hasattr(np, each))
        if "shape" not in fields:
            fields["shape"] = by_example(fields["forward"])
        flows = any(rule is not None for rule in fields["vjps"])
        fields.setdefault("node", name.partition("|")[0].title().replace("_", "") + "Backward0" if flows else "")
        return register(OpSpec(name=name, doc=doc, **fields))

    def composite(self, name: str, doc: str, build: Callable[..., Any], **fields: Any) -> Composite:
        """Declare a function that is written in the operations: what operations alone have in common is not its.

        Arguments by position are its operands unless given, but for parameters.
        """
        known = Composite.__dataclass_fields__.keys() - {"operands"}
        fields = {**{key: value for key, value in self.common.items() if key in known}, **fields}
        if "operands" not in fields:
            code, static = build.__code__, {param.name for param in fields.get("params", ())}
            names = [each for each in code.co_varnames[: code.co_argcount] if each not in static]
            starred = code.co_varnames[code.co_argcount + code.co_kwonlyargcount :][: bool(code.co_flags & CO_VARARGS)]
            fields["operands"] = (*names, *(f"*{each}" for each in starred))
        return register(Composite(name=name, doc=doc, build=build, **fields))

    def function(self, *aliases: str, **fields: Any) -> Callable[[Callable[..., Any]], Composite]:
        """Declare the decorated function, which is written in the operations, by its name and its first sentence."""
        return lambda build: self.composite("|".join((build.__name__, *aliases)), _sentence(build), build, **fields)

    def computed(self, *aliases: str, **fields: Any) -> Callable[[Callable[..., Any]], OpSpec]:
        """Declare the decorated function, which computes with NumPy, as a primitive operation."""
        return lambda forward: self.operation(
            "|".join((forward.__name__, *aliases)), _sentence(forward), forward=forward, **fields
        )


def _elementwise(name: str, fields: dict[str, Any]) -> dict[str, Any]:
    """The fields of an operation that acts on each element, with NumPy's broadcasting.

    The operands are named after the arguments of the first rule unless given. ``domain`` is one range for every
    operand, or a range each. Without ``symbolic`` or ``definition`` SymPy has a function of the same name,
    and without ``latex`` it is written by LaTeX's command where there is one.
    """
    fields = {"shape": lambda *shapes, **_params: broadcast_shapes(*shapes), **fields}
    if "operands" not in fields:
        rule = next(r for r in fields["vjps"] if r not in (None, identity_vjp))
        static = {param.name for param in fields.get("params", ())}
        code = (rule[0] if isinstance(rule, tuple) else rule).__code__  # inspect.signature takes ten times as long
        names = [each.lstrip("_") for each in code.co_varnames[2 : code.co_argcount]]
        fields["operands"] = tuple(each for each in names if each not in static)
    domain = fields.get("domain", (-2.0, 2.0))
    fields["domain"] = (domain,) if isinstance(domain[0], (int, float)) else domain
    spelled = name.split("|")
    if "definition" not in fields:
        fields.setdefault("symbolic", lambda sympy, *operands: getattr(sympy, spelled[0])(*operands))
    known = [rf"\{each}" for each in spelled if each in IN_LATEX]
    if isinstance(latex := fields.get("latex", *known[:1]), str) and "{0}" not in latex:
        fields["latex"] = latex + r"\left({0}\right)"
    return fields


def by_example(forward: Callable[..., Any]) -> Callable[..., Shape]:
    """The shape rule that asks NumPy, of arrays that take no memory: for what makes no large arrays of small ones."""

    def shape(*shapes: Shape, **params: Any) -> Shape:
        for name, value in params.items():
            if name.startswith("ax"):
                axis_indices(value, len(shapes[0]))
        try:
            found: Shape = forward(*[np.broadcast_to(np.int8(0), each) for each in shapes], **params).shape
        except ValueError as error:
            raise ShapeError(f"{{0}} does not fit: {error}", code="AG303") from None
        return found

    return shape


def _sentence(function: Callable[..., Any]) -> str:
    """The first paragraph of a docstring in one line; ``python -OO`` has left it in the source."""
    words = function.__doc__ or getsource(function).split('"""')[1]
    return " ".join(words.partition("\n\n")[0].split())


@cache
def load_families() -> None:
    """Import every module of this package: to add an operation is to write it into one of them."""
    package = __name__.rpartition(".")[0]
    for file in sorted(Path(__file__).parent.glob("[a-z]*.py")):
        import_module(f"{package}.{file.stem}")


def find(name: str) -> Function | None:
    """The function of this name or alias, None when there is none."""
    if name not in _spellings:
        load_families()
    return _spellings.get(name)


def functions() -> Iterator[Function]:
    """Every declaration, in the order of declaration."""
    load_families()
    return iter(_functions.values())


def spellings() -> list[str]:
    """Every name and alias."""
    load_families()
    return list(_spellings)
