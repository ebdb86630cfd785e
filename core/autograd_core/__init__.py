"""A define-by-run automatic differentiation engine on NumPy, with PyTorch's meaning.

>>> from autograd_core import Tensor
>>> x = Tensor([2.0, 3.0], requires_grad=True)
>>> (x**2).sum().backward()
>>> x.grad
tensor([4., 6.])
"""

from typing import Any

__all__ = ["Tensor", "grad", "is_grad_enabled", "no_grad", "ops", "set_grad_enabled"]


def __getattr__(name: str) -> Any:
    """Load the public names on first use, so that what needs no NumPy does not wait for it."""
    from importlib import import_module

    if name == "Tensor":
        return import_module("autograd_core.engine.tensor").Tensor
    if name == "grad":
        return import_module("autograd_core.functional").grad
    if name in ("is_grad_enabled", "no_grad", "set_grad_enabled"):
        return getattr(import_module("autograd_core.engine.grad_mode"), name)
    if name == "ops":
        return import_module("autograd_core.ops")
    raise AttributeError(name)
