"""Expressions: text, syntax, nodes with shapes, and what can be done with them.

Importing this package loads no NumPy; ``read`` alone needs none.
"""

from autograd_core.expr.parser import Source, read

__all__ = ["Source", "constant", "parse", "read"]


def __getattr__(name: str) -> object:
    if name in ("parse", "constant"):
        from autograd_core.expr import build

        return getattr(build, name)
    raise AttributeError(name)
