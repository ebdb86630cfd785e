"""The registry: every operation and function of the language, by name and by alias.

What every tensor needs is loaded with the package, all other modules that declare operations when a name is asked for
that none has declared so far, or when all are listed: ``x * y`` does not wait for the convolutions.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any, TypeVar

from autograd_core.ops.spec import Composite, Function, OpSpec, Rule, broadcast_shapes, sp

_functions: dict[str, Function] = {}
_spellings: dict[str, Function] = {}
_F = TypeVar("_F", bound=Function)


class Lookup:
    """``op.sin`` is the declaration of ``sin``: how a rule names operations that are declared elsewhere."""

    def __getattr__(self, name: str) -> Any:
        """The function of this name.

        Raises AttributeError for a name that is not declared.
        """
        function = find(name)
        if function is None:
            raise AttributeError(f"no operation is called {name!r}")
        object.__setattr__(self, name, function)
        return function


op = Lookup()


def register(function: _F) -> _F:
    """Put a declaration in the registry; a name or alias can be taken once."""
    for name in (function.name, *function.aliases):
        if name in _spellings:
            raise ValueError(f"two declarations are called {name!r}")
        _spellings[name] = function
    _functions[function.name] = function
    return function


def operation(name: str, **fields: Any) -> OpSpec:
    """Declare a primitive operation; unless given, its node has PyTorch's name for a function of this name."""
    flows = any(rule is not None for rule in fields.get("vjps", ()))
    fields.setdefault("node", name.partition("|")[0].title().replace("_", "") + "Backward0" if flows else "")
    return register(OpSpec(name=name, **fields))


def elementwise(
    name: str, *, vjps: tuple[Any, ...], domain: Any = ((-2.0, 2.0),), group: str = "elementwise", **fields: Any
) -> OpSpec:
    """Declare an operation that acts on each element, with NumPy's broadcasting.

    The operands are named after the arguments of the first rule unless given. ``domain`` is one range for every
    operand, or a range each. Without ``symbolic`` or ``definition`` SymPy has a function of the same name.
    """
    if "operands" not in fields:
        rule = next(r for r in vjps if r is not None)
        rule = rule[0] if isinstance(rule, tuple) else rule
        static = {param.name for param in fields.get("params", ())}
        code = rule.__code__  # inspect.signature takes ten times as long
        names = [name.lstrip("_") for name in code.co_varnames[: code.co_argcount]]
        fields["operands"] = tuple(name for name in names[2:] if name not in static)
    ranges = (domain,) if isinstance(domain[0], (int, float)) else tuple(domain)
    ranges = ranges * len(fields["operands"]) if len(ranges) == 1 else ranges
    if "definition" not in fields:
        fields.setdefault("symbolic", lambda *operands: getattr(sp(), name.partition("|")[0])(*operands))
    if isinstance(latex := fields.get("latex"), str) and "{0}" not in latex:
        fields["latex"] = latex + r"\left({0}\right)"
    fields.setdefault("shape", lambda *shapes, **_params: broadcast_shapes(*shapes))
    fields.setdefault("method", True)
    return operation(name, vjps=vjps, domain=ranges, group=group, elementwise=True, **fields)


class Family:
    """Declares functions of one group of the guide, with the fields that they have in common unless they say else."""

    def __init__(self, group: str, **common: Any) -> None:
        self.common = {"group": group, **common}

    def operation(self, name: str, doc: str, **fields: Any) -> OpSpec:
        """Declare a primitive operation."""
        return operation(name, doc=doc, **{**self.common, **fields})

    def elementwise(
        self, name: str, doc: str, forward: Any, *vjps: Rule | tuple[Rule, Rule] | None, **fields: Any
    ) -> OpSpec:
        """Declare an operation that acts on each element, with its rules in a row."""
        return elementwise(name, doc=doc, forward=forward, vjps=vjps, **{**self.common, **fields})

    def defined(
        self, name: str, doc: str, definition: Any, *vjps: Rule | tuple[Rule, Rule] | None, **fields: Any
    ) -> OpSpec:
        """Declare an elementwise operation that is computed by its definition in other operations."""
        return self.elementwise(name, doc, None, *vjps, definition=definition, **fields)

    def composite(self, name: str, doc: str, build: Callable[..., Any], **fields: Any) -> Composite:
        """Declare a function that is written in the operations: what operations alone have in common is not its."""
        common = {key: value for key, value in self.common.items() if key in Composite.__dataclass_fields__}
        return register(Composite(name=name, doc=doc, build=build, **{**common, **fields}))


@contextmanager
def uncollected() -> Iterator[None]:
    """No garbage is looked for among declarations, many objects that all stay: it takes a tenth of their import."""
    collected = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collected:
            gc.enable()


@cache
def load_families() -> None:
    """Import every module of this package: to add an operation is to write it into one of them."""
    package = __name__.rpartition(".")[0]
    with uncollected():
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
