"""A define-by-run automatic differentiation engine on NumPy, with PyTorch's meaning.

>>> from autograd_core import Tensor
>>> x = Tensor([2.0, 3.0], requires_grad=True)
>>> (x**2).sum().backward()
>>> x.grad
tensor([4., 6.])
"""

from importlib import import_module
from typing import Any

_WHERE = {
    "engine.tensor": ("Tensor",),
    "engine.function": ("Function",),
    "engine.grad_mode": ("enable_grad", "is_grad_enabled", "no_grad", "set_grad_enabled"),
    "functional": ("grad", "hessian", "hvp", "jacobian", "jvp", "value_and_grad", "vjp"),
}
_NAMES = {name: module for module, names in _WHERE.items() for name in names}

__all__ = [
    "ops",
    "torch",
    *_NAMES,
]


def __getattr__(name: str) -> Any:
    """Load the public names on first use, so that what needs no NumPy does not wait for it."""
    if name in ("ops", "torch"):
        return import_module(f"autograd_core.{name}")
    if name in _NAMES:
        return getattr(import_module(f"autograd_core.{_NAMES[name]}"), name)
    raise AttributeError(name)
