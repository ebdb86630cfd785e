"""Functions read once and run many times."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograd_core.engine.tensor import Tensor
from autograd_core.expr.nodes import Expr, Var
from autograd_core.expr.run import Plan
from autograd_core.functional.trace import flatten, unflatten

Function = Callable[..., Any]


def compiled(function: Function) -> Function:
    """The same function for repeated use (``jax.jit``): read once for each set of shapes, then run as a list of steps.

    ``compiled(hessian(f))`` derives when it is first called and only computes after that. The function sees expressions
    in place of tensors, so that it must not look at numbers; results have no history. Numbers are float64, or float32
    where all arguments are.
    """
    plans: dict[Any, tuple[Plan, Any, list[Any], Any]] = {}

    def run(*arguments: Any) -> Any:
        arrays = [a.array if isinstance(a, Tensor) else np.asarray(a) for a in arguments]
        key = tuple([(a.shape, a.dtype) for a in arrays])
        known = plans.get(key)
        if known is None:
            dtype = np.float32 if arrays and all(a.dtype == np.float32 for a in arrays) else np.float64
            foreign = any(a.dtype != dtype for a in arrays)
            plan, form, fixed = prepared(function, [a.shape for a in arrays], dtype)
            known = plans[key] = plan, form, fixed, dtype if foreign else None
        plan, form, fixed, cast = known
        values = plan(*(arrays if cast is None else [a.astype(cast) for a in arrays]))
        if len(values) < len(fixed):
            computed = iter(values)
            values = [next(computed) if f is None else f for f in fixed]
        return unflatten(form, iter([tensor(value) for value in values]))

    return run


def prepared(function: Function, shapes: list[tuple[int, ...]], dtype: Any) -> tuple[Plan, Any, list[Any]]:
    """The plan of a function, the form of its result, and those of its results that are constant."""
    inputs = [Var(f"x{i}", shape) for i, shape in enumerate(shapes)]
    found: list[Any] = []
    form = flatten(function(*inputs), found)
    fixed = [None if isinstance(f, Expr) else f for f in found]
    return Plan([f for f in found if isinstance(f, Expr)], inputs, dtype), form, fixed


def tensor(value: Any) -> Tensor:
    """A result as a tensor."""
    return value if isinstance(value, Tensor) else Tensor.over(np.asarray(value))
