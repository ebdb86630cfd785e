"""The operations of the language. ``ops.sin(x)`` works on arrays, tensors and expressions alike.

``ops.sum(x)``, ``ops.softmax(x, dim=0)`` and ``ops.concatenate([a, b])`` are called as in NumPy and PyTorch.

Every module of this package that declares operations is loaded here: to add one is to write it.
"""

from __future__ import annotations

import gc
import pkgutil
from importlib import import_module

from autograd_core.ops.registry import find, functions, nearest, spellings
from autograd_core.ops.spec import Composite, Function, OpSpec

__all__ = ["Composite", "Function", "OpSpec", "find", "functions", "nearest"]

_collected = gc.isenabled()
gc.disable()  # declarations are many objects that all stay: looking for dead ones takes a tenth of the import
for _module in pkgutil.iter_modules(__path__):
    import_module(f"{__name__}.{_module.name}")
if _collected:
    gc.enable()
for _name in spellings():  # a function comes before the module of the same name
    globals()[_name] = find(_name)


def __getattr__(name: str) -> Function:
    function = find(name)
    if function is None:
        raise AttributeError(f"no operation is called {name!r}")
    return function
