"""Singular values and singular vectors."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograd_core.errors import LimitError, ShapeError
from autograd_core.ops import batching
from autograd_core.ops.matrix_functions import each_matrix
from autograd_core.ops.products import column, flipped, row
from autograd_core.ops.registry import Family, op
from autograd_core.ops.spec import Kink, Shape, sample, sp

LINEAR_ALGEBRA = Family("linear algebra", batch=batching.trailing)


def _factor(number: int) -> Callable[[Any], Any]:
    """Left vectors, values or right vectors; nan for a matrix that is not finite."""

    def forward(x: Any) -> Any:
        finite = np.isfinite(x).all((-2, -1))
        u, s, v = np.linalg.svd(np.where(finite[..., None, None], x, 0), full_matrices=False)
        found = (u, s, np.swapaxes(v, -1, -2))[number]
        return found if finite.all() else np.where(finite[(..., *[None] * (found.ndim - finite.ndim))], found, np.nan)

    return forward


def _gaps(s: Any) -> tuple[Any, Any, Any]:
    """One over the difference of squared singular values, column minus row, and 0 on the diagonal.

    Of values divided by a power of two, so that no square overflows or vanishes; with these and the power.
    """
    unit = op.magnitude(s, axis=-1, least=0.0)
    s = s / unit
    same = np.eye(s.shape[-1], dtype=np.int8)
    return (1 - same) / ((row(s) - column(s)) * (row(s) + column(s)) + same), row(s), column(unit)


def _left(g: Any, y: Any, x: Any) -> Any:
    """The gradient through the left vectors.

    J. Townsend, "Differentiating the singular value decomposition" (2016).
    """
    s, v = op.svdvals(x), op.svd_v(x)
    gaps, scaled, unit = _gaps(s)
    inside = gaps * (flipped(y) @ g)
    found = y @ ((inside + flipped(inside)) * scaled) @ flipped(v) / unit
    if x.shape[-2] > x.shape[-1]:
        found = found + ((g - y @ (flipped(y) @ g)) / row(s)) @ flipped(v)
    return found


def _right(g: Any, y: Any, x: Any) -> Any:
    s, u = op.svdvals(x), op.svd_u(x)
    gaps, scaled, unit = _gaps(s)
    inside = gaps * (flipped(y) @ g)
    found = (u * scaled) @ (inside + flipped(inside)) @ flipped(y) / unit
    if x.shape[-1] > x.shape[-2]:
        found = found + (u / row(s)) @ flipped(g - y @ (flipped(y) @ g))
    return found


def _closed_form(x: Any) -> Any:
    """The roots of the eigenvalues of the smaller Gram matrix, for up to two rows or columns."""
    gram = x.dot(x.T) if x.shape[0] <= x.shape[1] else x.T.dot(x)
    if len(gram) == 1:
        return np.array([sp().sqrt(gram[0, 0])], object)
    if len(gram) > 2:
        raise LimitError("singular values of three rows and more have too many cases for SymPy", code="AG801")
    half = (gram[0, 0] + gram[1, 1]) / sp().Integer(2)
    split = sp().sqrt((gram[0, 0] - gram[1, 1]) ** 2 / sp().Integer(4) + gram[0, 1] ** 2)
    return np.array([sp().sqrt(half + split), sp().sqrt(half - split)], object)


def _no_form(_x: Any) -> Any:
    raise LimitError("singular vectors have too many cases for SymPy", code="AG801")


def _met(x: Any) -> Any:
    """Where a singular value is 0 or equals its neighbour, as far as rounding tells."""
    s = _factor(1)(x)
    least = np.finfo(x.dtype).eps * max(x.shape[-2:]) * s[..., :1]
    same = np.abs(np.diff(s, axis=-1)) <= least
    met = s <= least
    met[..., 1:] |= same
    met[..., :-1] |= same
    return met


SAMPLES = (
    sample([[2.0, 0.5], [-0.3, 1.2]]),
    sample([[1.5, 0.2, -0.7], [0.3, 1.1, 0.4]]),
    sample([[1.5, 0.2], [-0.7, 0.3], [1.1, 0.9]]),
    sample([[[1.5, 0.2], [0.3, 0.6]], [[0.7, 0.4], [-0.6, 1.9]]]),
    sample([[0.4, -0.3, 1.2]]),
)


def _svd(name: str, doc: str, number: int, rule: Any, symbolic: Any, **fields: Any) -> None:
    def shape(x: Shape) -> Shape:
        if len(x) < 2:
            raise ShapeError("singular values need a matrix, not {0}", code="AG306")
        rows, columns = x[-2:]
        return (*x[:-2], *((rows,), (), (columns,))[number], min(rows, columns))

    LINEAR_ALGEBRA.operation(
        name,
        doc,
        forward=_factor(number),
        vjps=(rule,),
        shape=shape,
        symbolic=symbolic,
        node="LinalgSvdBackward0",
        samples=SAMPLES,
        **fields,
    )


_svd("svd_u", "Left singular vectors of a matrix, in columns; their signs are free.", 0, _left, _no_form)
_svd(
    "svdvals",
    "Singular values of a matrix, largest first.",
    1,
    lambda g, _y, x: (op.svd_u(x) * row(g)) @ flipped(op.svd_v(x)),
    lambda x: each_matrix(_closed_form, x),
    exports={"torch": "torch.linalg.svdvals({0})", "jax": "jnp.linalg.svd({0}, compute_uv=False)"},
    kinks=(Kink(_met, "one of the slopes, as PyTorch: singular values that meet, or are 0, have no others"),),
)
_svd("svd_v", "Right singular vectors of a matrix, in columns; their signs are free.", 2, _right, _no_form)
