"""Products with Jacobians and Hessians that never build the matrix."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autograd_core.engine.tensor import Tensor
from autograd_core.errors import GradientError, ShapeError
from autograd_core.expr.nodes import Expr
from autograd_core.functional.compilation import planned
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
        seeds = [
            aligned(v, y, "cotangent", recording=trace.recording)
            for v, y in paired(given, trace.outputs, "cotangent", "result")
        ]
        found = [whole(g, x) for g, x in zip(trace.pull(seeds), trace.inputs, strict=True)]
        return found[0] if len(found) == 1 else tuple(found)

    return trace.rebuild(trace.values()), pull


def jvp(function: Function, primals: Sequence[Any], tangents: Sequence[Any]) -> tuple[Any, Any]:
    """The value and the Jacobian-vector product along ``tangents``, one for each primal (``torch.func.jvp``).

    Raises ShapeError for a tangent of another shape than its primal.
    """
    trace = Trace.of(function, primals, range(len(primals)))
    return trace.rebuild(trace.values()), trace.rebuild(planned(first_along, trace, *directions(trace, tangents)))


def first_along(trace: Trace, *tangents: Any) -> list[Any]:
    """The products of the Jacobian with tangents, by one pass forward."""
    return [whole(t, y) for t, y in zip(trace.pushforward(tangents), trace.outputs, strict=True)]


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
    products = planned(second_along, trace, *directions(trace, tangents))
    return trace.rebuild(trace.values()), products[0] if len(products) == 1 else tuple(products)


def second_along(trace: Trace, *tangents: Any) -> list[Any]:
    """The products of the Hessian with tangents, by one more pass backward through that of the gradient."""
    return [whole(g, x) for g, x in zip(trace.gradient().pull(tangents), trace.inputs, strict=True)]


def directions(trace: Trace, tangents: Sequence[Any]) -> list[Any]:
    """The tangents of the inputs, checked."""
    given = tangents if isinstance(tangents, (list, tuple)) else [tangents]
    return [
        aligned(t, x, "tangent", recording=trace.recording) for t, x in paired(given, trace.inputs, "tangent", "primal")
    ]


def paired(given: Sequence[Any], wanted: Sequence[Any], what: str, of: str) -> list[tuple[Any, Any]]:
    """Each given value with the tensor it belongs to; raises ShapeError for too many or too few."""
    if len(given) != len(wanted):
        raise ShapeError(f"one {what} for each {of} is needed: {len(wanted)}, not {len(given)}", code="AG202")
    return list(zip(given, wanted, strict=True))


def aligned(given: Any, like: Any, what: str, *, recording: bool) -> Any:
    """A tangent or cotangent as an array; a tensor where history is needed, an expression where it is one.

    Raises ShapeError for a shape other than that of ``like``.
    """
    if not isinstance(given, (Tensor, Expr)):
        given = np.asarray(given, dtype=dtype_of(like))
    if given.shape != like.shape:
        raise ShapeError(f"the {what} has shape {given.shape}, what it belongs to {like.shape}", code="AG202")
    return given if recording or not isinstance(given, Tensor) else given.array
