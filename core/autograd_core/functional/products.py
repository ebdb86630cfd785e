"""Products with Jacobians and Hessians that never build the matrix."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autograd_core.engine.tensor import Tensor
from autograd_core.errors import GradientError, ShapeError
from autograd_core.expr.nodes import Expr
from autograd_core.functional.trace import Trace, dtype_of, flatten, whole

Function = Callable[..., Any]


def vjp(function: Function, *primals: Any) -> tuple[Any, Function]:
    """The value, and a function from a cotangent to the vector-Jacobian product (``torch.func.vjp``).

    The cotangent has the form of the value; the product is a tensor for one primal and a tuple for several. Raises
    ShapeError for a cotangent of another shape.
    """
    trace = Trace.of(function, primals, range(len(primals)))

    def pull(cotangent: Any) -> Any:
        given: list[Any] = []
        flatten(cotangent, given)
        seeds = aligned(given, trace.outputs, "cotangent", "result", recording=trace.recording)
        found = [whole(g, x) for g, x in zip(trace.pull(seeds), trace.inputs, strict=True)]
        return found[0] if len(found) == 1 else tuple(found)

    return trace.rebuild(trace.values()), pull


def jvp(function: Function, primals: Sequence[Any], tangents: Sequence[Any]) -> tuple[Any, Any]:
    """The value and the Jacobian-vector product along ``tangents``, one for each primal (``torch.func.jvp``).

    Raises ShapeError for a tangent of another shape than its primal.
    """
    trace = Trace.of(function, primals, range(len(primals)))
    pushed = trace.pushforward(directions(trace, tangents))
    return trace.rebuild(trace.values()), trace.rebuild(
        [whole(t, y) for t, y in zip(pushed, trace.outputs, strict=True)]
    )


def hvp(function: Function, primals: Sequence[Any], tangents: Sequence[Any]) -> tuple[Any, Any]:
    """The value and the Hessian-vector product of a scalar function along ``tangents``, one for each primal.

    One pass backward for the gradient, one through that: the matrix is symmetric. The product is a tensor for one
    primal and a tuple for several. Raises GradientError for a result with several entries.
    """
    trace = Trace.of(function, primals, range(len(primals)))
    shapes = [y.shape for y in trace.outputs]
    if len(shapes) != 1 or math.prod(shapes[0]) != 1:
        words = " and ".join(map(str, shapes)) or "none"
        raise GradientError(f"a Hessian needs a function with one entry; this one gives {words}", code="AG201")
    pulled = trace.gradient().pull(directions(trace, tangents))
    products = [whole(g, x) for g, x in zip(pulled, trace.inputs, strict=True)]
    return trace.rebuild(trace.values()), products[0] if len(products) == 1 else tuple(products)


def directions(trace: Trace, tangents: Any) -> list[Any]:
    """The tangents of the inputs, checked."""
    given = tangents if isinstance(tangents, (list, tuple)) else [tangents]
    return aligned(given, trace.inputs, "tangent", "primal", recording=trace.recording)


def aligned(given: Sequence[Any], likes: Sequence[Any], what: str, of: str, *, recording: bool) -> list[Any]:
    """Tangents or cotangents as arrays; tensors where history is needed, expressions where they are such.

    Raises ShapeError for too many or too few, and for a shape other than that of what it belongs to.
    """
    if len(given) != len(likes):
        raise ShapeError(f"one {what} for each {of} is needed: {len(likes)}, not {len(given)}", code="AG202")
    made = []
    for each, like in zip(given, likes, strict=True):
        array = each if isinstance(each, (Tensor, Expr)) else np.asarray(each, dtype=dtype_of(like))
        if array.shape != like.shape:
            raise ShapeError(f"the {what} has shape {array.shape}, what it belongs to {like.shape}", code="AG202")
        made.append(array if recording or not isinstance(array, Tensor) else array.array)
    return made
