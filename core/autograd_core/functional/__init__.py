"""Derivatives as functions, with ``torch.func``'s meaning: products, Jacobians and Hessians of functions of tensors.

Every result is again something that can be differentiated: ``jacobian(hessian(f))`` is an array of third derivatives.
"""

from importlib import import_module
from typing import Any

_WHERE = {
    "compilation": ("compiled",),
    "at_inputs": ("gradcheck", "gradgradcheck"),
    "gradient": ("grad", "grad_and_value", "value_and_grad"),
    "matrices": ("hessian", "jacobian"),
    "products": ("hvp", "jvp", "vjp"),
}
_NAMES = {name: module for module, names in _WHERE.items() for name in names}

__all__ = [*_NAMES]


def __getattr__(name: str) -> Any:
    """Load a name on first use: gradients alone need no expressions."""
    if name not in _NAMES:
        raise AttributeError(name)
    return getattr(import_module(f"{__name__}.{_NAMES[name]}"), name)
