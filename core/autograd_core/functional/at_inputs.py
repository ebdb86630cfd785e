"""Derivatives of functions at inputs, as in ``torch.autograd.functional``, and their comparison with differences."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autograd_core.engine.tensor import Tensor
from autograd_core.errors import GradientError
from autograd_core.functional import matrices, products
from autograd_core.functional.gradient import grad
from autograd_core.ops.registry import op as ops

__all__ = ["hessian", "hvp", "jacobian", "jvp", "vhp", "vjp"]

Function = Callable[..., Any]


def jacobian(func: Function, inputs: Any, create_graph: bool = False, **_: Any) -> Any:
    """The Jacobian: a tensor for one input, a tuple for several."""
    return whole(matrices.jacobian, func, inputs, create_graph, "jacobian")


def hessian(func: Function, inputs: Any, create_graph: bool = False, **_: Any) -> Any:
    """The Hessian of a function with one element."""
    return whole(matrices.hessian, single(func, "hessian"), inputs, create_graph, "hessian")


def whole(derive: Function, func: Function, inputs: Any, create_graph: bool, name: str) -> Any:
    """A derivative at inputs, which has a history with ``create_graph``."""
    given = tensors(inputs, name)
    if create_graph:
        given = [x if x.requires_grad else x.detach().requires_grad_() for x in given]
    else:
        given = [x.detach() for x in given]
    return derive(func, 0 if isinstance(inputs, Tensor) else tuple(range(len(given))))(*given)


def vjp(func: Function, inputs: Any, v: Any = None, **_: Any) -> Any:
    """The value, and the product of ``v`` with the Jacobian; a function with one element needs no ``v``."""
    words = "The vector v can only be None if the user-provided function returns a single Tensor with a single element."
    run = func if v is not None else checked(func, words)
    value, pull = products.vjp(run, *[x.detach() for x in tensors(inputs, "vjp")])
    return value, pull(Tensor.over(np.ones_like(value.array)) if v is None else v)


def jvp(func: Function, inputs: Any, v: Any, **_: Any) -> Any:
    """The value, and the product of the Jacobian with ``v``."""
    return products.jvp(func, [x.detach() for x in tensors(inputs, "jvp")], [v] if isinstance(v, Tensor) else v)


def hvp(func: Function, inputs: Any, v: Any, **_: Any) -> Any:
    """The value of a function with one element, and the product of its Hessian with ``v``."""
    given = [x.detach() for x in tensors(inputs, "hvp")]
    return products.hvp(single(func, "hvp"), given, [v] if isinstance(v, Tensor) else v)


vhp = hvp  # a Hessian is symmetric


def func_grad(func: Function, argnums: int | Sequence[int] = 0, has_aux: bool = False) -> Function:
    """The function that gives the gradient, with what else ``func`` returns (``torch.func.grad``)."""
    aux: list[Any] = []

    def value(*given: Any) -> Any:
        found = func(*given)
        if has_aux:
            found, aux[:] = found[0], [found[1].detach() if isinstance(found[1], Tensor) else found[1]]
        if isinstance(found, Tensor) and found.array.ndim:
            words = (
                "grad_and_value(f)(*args): Expected f(*args) to return a scalar Tensor, got tensor with "
                f"{found.array.ndim} dims. Maybe you wanted to use the vjp or jacrev APIs instead?"
            )
            raise GradientError("the result is not a single number", code="AG201", pytorch=words)
        return found

    run = grad(value, argnums)
    return (lambda *given: (run(*given), *aux)) if has_aux else run


def func_vjp(func: Function, *primals: Any) -> tuple[Any, Function]:
    """The value, and the function that gives the product as a tuple (``torch.func.vjp``)."""
    value, pull = products.vjp(func, *primals)
    return value, lambda v: (pull(v),) if len(primals) == 1 else pull(v)


def vmap(func: Function, in_dims: Any = 0, out_dims: int = 0) -> Function:
    """The function applied to each slice along an axis of its arguments, None for one that has none (``torch.vmap``).

    Raises ValueError for arguments of different lengths.
    """

    def call(*given: Any) -> Any:
        dims = in_dims if isinstance(in_dims, (tuple, list)) else (in_dims,) * len(given)
        parts = [x if d is None else x.unbind(d) for x, d in zip(given, dims, strict=True)]
        sizes = {len(p) for p, d in zip(parts, dims, strict=True) if d is not None}
        if len(sizes) != 1:
            raise ValueError(
                f"vmap: Expected all tensors to have the same size in the mapped dimension, got sizes {sorted(sizes)} "
                "for the mapped dimension"
            )
        rows = [func(*[p if d is None else p[i] for p, d in zip(parts, dims, strict=True)]) for i in range(sizes.pop())]
        if isinstance(rows[0], tuple):
            return tuple([ops.stack(list(each), axis=out_dims) for each in zip(*rows, strict=True)])
        return ops.stack(rows, axis=out_dims)

    return call


def tensors(inputs: Any, name: str) -> list[Any]:
    """One tensor or several as a list.

    Raises TypeError for anything else.
    """
    given = list(inputs) if isinstance(inputs, (list, tuple)) else [inputs]
    if not all(isinstance(x, Tensor) for x in given):
        raise TypeError(
            f"The inputs given to {name} must be either a Tensor or a tuple of Tensors but the given inputs has "
            f"type {type(inputs)}."
        )
    return given


def single(func: Function, name: str) -> Function:
    """The function, held to a result with one element."""
    return checked(func, f"The Tensor returned by the function given to {name} should contain a single element")


def checked(func: Function, words: str) -> Function:
    """The function, which raises GradientError with these words for a result with several elements."""

    def run(*given: Any) -> Any:
        value = func(*given)
        if not isinstance(value, Tensor) or value.array.size != 1:
            raise GradientError("the result is not a single number", code="AG201", pytorch=words)
        return value

    return run


def gradcheck(
    func: Callable[..., Any],
    inputs: Any,
    eps: float = 1e-6,
    atol: float = 1e-5,
    rtol: float = 1e-3,
    raise_exception: bool = True,
) -> bool:
    """Compare gradients with central differences.

    Raises GradientError, with both Jacobians, where they differ, unless ``raise_exception`` is off.
    """
    given = [inputs] if isinstance(inputs, Tensor) else list(inputs)
    if not any(x.requires_grad for x in given):
        raise ValueError(
            "gradcheck expects at least one input tensor to require gradient, but none of them have requires_grad=True."
        )
    plain = [x.detach() for x in given]
    for position, x in enumerate(given):
        if not x.requires_grad:
            continue
        by_rules = matrices.jacobian(func, position)(*plain).array
        columns = []
        for place in np.ndindex(*x.array.shape):
            ends = []
            for step in (eps, -eps):
                moved = x.array.copy()
                moved[place] += step
                ends.append(func(*plain[:position], Tensor.over(moved), *plain[position + 1 :]).array)
            columns.append((ends[0] - ends[1]) / (2 * eps))
        measured = np.moveaxis(np.array(columns), 0, -1).reshape(by_rules.shape)
        if np.allclose(by_rules, measured, rtol, atol):
            continue
        if not raise_exception:
            return False
        raise GradientError(
            f"the gradient by input {position + 1} is not that of the function",
            code="AG001",
            pytorch=f"Jacobian mismatch for output 0 with respect to input {position},\n"
            f"numerical:{Tensor.over(measured)}\nanalytical:{Tensor.over(by_rules)}",
        )
    return True


def gradgradcheck(func: Callable[..., Any], inputs: Any, **options: Any) -> bool:
    """Compare second derivatives with differences of gradients: those of the sum of the results, by each input."""
    given = [inputs] if isinstance(inputs, Tensor) else list(inputs)

    def slope(position: int) -> Callable[..., Any]:
        return lambda *at: grad(lambda *x: func(*x).sum(), position)(*at)

    return all(gradcheck(slope(i), given, **options) for i, x in enumerate(given) if x.requires_grad)
