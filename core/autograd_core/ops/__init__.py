"""The operations of the language. ``ops.sin(x)`` works on arrays, tensors and expressions alike.

``ops.sum(x)``, ``ops.softmax(x, dim=0)`` and ``ops.concatenate([a, b])`` are called as in NumPy and PyTorch.
"""

from __future__ import annotations

from importlib.machinery import PathFinder

from autograd_core.ops import arithmetic, indexing, reduce, shape  # noqa: F401  # what every tensor needs, at once
from autograd_core.ops.registry import find, functions
from autograd_core.ops.spec import Composite, Function, OpSpec

__all__ = ["Composite", "Function", "OpSpec", "find", "functions"]


def __getattr__(name: str) -> Function:
    """A function of the language; no file of this package has the name of one."""
    function = None if PathFinder.find_spec(name, __path__) is not None else find(name)
    if function is None:
        raise AttributeError(f"no operation is called {name!r}")
    globals()[name] = function
    return function
