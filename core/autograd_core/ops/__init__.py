"""The operations of the language. ``ops.sin(x)`` works on arrays, tensors and expressions alike."""

from __future__ import annotations

from autograd_core.ops import activations, arithmetic, choice, elementary, move, rectifiers, reduce, trigonometric
from autograd_core.ops.registry import find, functions, nearest
from autograd_core.ops.spec import Composite, Function, OpSpec

__all__ = [
    "Composite",
    "Function",
    "OpSpec",
    "activations",
    "arithmetic",
    "choice",
    "elementary",
    "find",
    "functions",
    "move",
    "nearest",
    "rectifiers",
    "reduce",
    "trigonometric",
]


def __getattr__(name: str) -> Function:
    function = find(name)
    if function is None:
        raise AttributeError(f"no operation is called {name!r}")
    return function
