"""Determinants, their logarithms, and the cofactors that are their slopes."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_core.errors import ShapeError
from autograd_core.ops import batching, matrix_functions
from autograd_core.ops.effort import matrices
from autograd_core.ops.products import flipped
from autograd_core.ops.registry import op, operation
from autograd_core.ops.spec import Kink, Shape, broadcast_shapes, sample, sp

INVERTIBLE = (
    [[2.0, 0.5, -0.3], [0.4, 1.5, 0.7], [-0.6, 0.2, 1.8]],
    [[1.2, 0.3], [-0.5, 0.9]],
    [[[1.5, 0.2], [0.3, 1.1]], [[-0.7, 0.4], [0.6, 1.3]]],
)
"""Matrices well away from singular ones: 3 by 3, 2 by 2, and a stack of two."""


HINTS = {"inv": "pinv({0}) exists for every shape", "solve": "pinv({0}) @ {1} is the solution of least squares"}


def square(name: str, shape: Shape) -> Shape:
    """The shape of a square matrix or of a stack of them.

    Raises ShapeError for anything else.
    """
    if len(shape) < 2:
        raise ShapeError(f"{name} needs a square matrix, not {{0}}", code="AG306")
    if shape[-1] != shape[-2]:
        raise ShapeError(
            f"{name} needs a square matrix; {{0}} has {shape[-2]} rows and {shape[-1]} columns",
            code="AG301",
            hint=HINTS.get(name),
        )
    return shape


def lifted(g: Any) -> Any:
    """A number for each matrix of a stack, so that it multiplies the matrix."""
    return op.expand_dims(g, axis=(-2, -1)) if g.shape else g


def _batch(name: str) -> Any:
    return lambda x: square(name, x)[:-2]


def _singular(x: Any) -> Any:
    """Which matrices have no inverse, or one of which too few digits are right."""
    if not x.size or not np.isfinite(x).all():
        return False
    sizes = np.linalg.svd(x, compute_uv=False)
    return sizes[..., -1] <= np.sqrt(np.finfo(x.dtype).eps) * sizes[..., 0]


det = operation(
    "det",
    doc="Determinant of a square matrix.",
    group="linear algebra",
    exports={"torch": "torch.linalg.det({0})", "numpy": "np.linalg.det({0})"},
    differs={"torch": Kink(where=_singular, choice="PyTorch's gradient is 0 or inexact where the matrix is singular")},
    method=True,
    forward=matrix_functions.determinant,
    work=matrices(0.025, 5),
    vjps=(lambda g, _y, x: lifted(g) * op.cofactor(x),),
    textbook=(lambda g, y, x: lifted(g * y) * flipped(op.inv(x)),),
    jvp=lambda tangents, _y, x: op.sum(tangents[0] * op.cofactor(x), axis=(-2, -1), keepdims=False),
    shape=_batch("det"),
    symbolic=lambda x: matrix_functions.each_matrix(matrix_functions.expansion, x),
    node="LinalgDetBackward0",
    latex=r"\det\left({0}\right)",
    samples=(sample((3, 3)), sample((2, 2)), sample((1, 1)), sample((2, 2, 2)), sample((4, 4)), sample((0, 0))),
)

cofactor = operation(
    "cofactor",
    doc="Cofactors of a square matrix, the slopes of its determinant: det(A)*inv(A).T where A has an inverse.",
    group="linear algebra",
    forward=matrix_functions.cofactors,
    work=matrices(0.45, 120, 2_000),
    vjps=(lambda g, _y, x: op.cofactor_slope(x, g),),
    jvp=lambda tangents, _y, x: op.cofactor_slope(x, tangents[0]),
    shape=lambda x: square("cofactor", x),
    symbolic=lambda x: matrix_functions.each_matrix(matrix_functions.cofactor_expansion, x),
    node="LinalgDetBackward0",
    samples=(sample((3, 3)), sample((2, 2)), sample((1, 1)), sample((2, 2, 2)), sample((4, 4))),
)


def _cofactor_slope_vjp(h: Any, y: Any, x: Any, g: Any) -> Any:
    """The third derivative of the determinant: symmetric in ``x``, ``g`` and ``h`` for three rows, 0 for fewer."""
    n = x.shape[-1]
    if n < 3:
        return 0.0
    if n == 3:
        return op.cofactor_slope(g, h)
    d, c = lifted(op.det(x)), op.cofactor(x)
    by_g = op.sum(g * c, axis=(-2, -1), keepdims=True)
    by_h = op.sum(h * c, axis=(-2, -1), keepdims=True)
    slope = (g * by_h + h * by_g - h @ c.mT @ g - g @ c.mT @ h) / d
    return op.cofactor_slope(x, slope) - op.sum(h * y, axis=(-2, -1), keepdims=True) / d * c


cofactor_slope = operation(
    "cofactor_slope",
    doc="How the cofactors of a change along b: the second derivative of the determinant.",
    group="linear algebra",
    operands=("a", "b"),
    forward=matrix_functions.cofactor_slopes,
    work=matrices(0.65, 140, 3_000),
    vjps=(_cofactor_slope_vjp, lambda h, _y, x, _g: op.cofactor_slope(x, h)),
    jvp=lambda tangents, y, x, g: _cofactor_slope_jvp(tangents, y, x, g),
    shape=lambda a, b: square("cofactor_slope", broadcast_shapes(a, b)),
    symbolic=lambda a, b: matrix_functions.each_matrix(matrix_functions.slope_expansion, *np.broadcast_arrays(a, b)),
    batch=batching.trailing,
    node="LinalgDetBackward0",
    domain=((-2.0, 2.0), (-2.0, 2.0)),
    samples=(sample((3, 3), (3, 3)), sample((2, 2), (2, 2)), sample((4, 4), (4, 4)), sample((2, 3, 3), (2, 3, 3))),
)


def _cofactor_slope_jvp(tangents: Any, y: Any, x: Any, g: Any) -> Any:
    by_x, by_g = tangents
    found = 0.0 if by_g is None else op.cofactor_slope(x, by_g)
    return found if by_x is None else found + _cofactor_slope_vjp(by_x, y, x, g)


def _logdet(x: Any, signed: bool) -> Any:
    sign, value = np.linalg.slogdet(x)
    value = np.asarray(value, x.dtype)
    return np.where(sign < 0, x.dtype.type(np.nan), value) if signed else value


logdet = operation(
    "logdet",
    doc="Logarithm of the determinant; nan where the determinant is negative, -inf where it is 0.",
    group="linear algebra",
    exports={"torch": "torch.logdet({0})"},
    method=True,
    forward=lambda x: _logdet(x, True),
    work=matrices(0.025, 5),
    vjps=(lambda g, y, x: lifted(op.where(op.equal(y, y), g, float("nan"))) * flipped(op.inv_or_inf(x)),),
    textbook=(lambda g, _y, x: lifted(g) * flipped(op.inv(x)),),
    jvp=lambda tangents, _y, x: op.sum(tangents[0] * flipped(op.inv_or_inf(x)), axis=(-2, -1), keepdims=False),
    shape=_batch("logdet"),
    symbolic=lambda x: matrix_functions.each_matrix(lambda m: sp().log(matrix_functions.expansion(m)), x),
    node="WhereBackward0",
    latex=r"\log\det\left({0}\right)",
    samples=(
        sample(INVERTIBLE[0]),
        sample(INVERTIBLE[1]),
        sample([[[1.5, 0.2], [0.3, 1.1]], [[0.7, 0.4], [-0.6, 1.3]]]),
    ),
)

slogdet = operation(
    "slogdet",
    doc="Logarithm of the size of the determinant, log|det A|: the second of what NumPy's and PyTorch's slogdet give.",
    group="linear algebra",
    exports={"torch": "torch.linalg.slogdet({0}).logabsdet", "numpy": "np.linalg.slogdet({0}).logabsdet"},
    aliases=("logabsdet",),
    method=True,
    forward=lambda x: _logdet(x, False),
    work=matrices(0.025, 5),
    vjps=(lambda g, _y, x: lifted(g) * flipped(op.inv_or_inf(x)),),
    textbook=(lambda g, _y, x: lifted(g) * flipped(op.inv(x)),),
    jvp=lambda tangents, _y, x: op.sum(tangents[0] * flipped(op.inv_or_inf(x)), axis=(-2, -1), keepdims=False),
    shape=_batch("slogdet"),
    symbolic=lambda x: matrix_functions.each_matrix(lambda m: sp().log(sp().Abs(matrix_functions.expansion(m))), x),
    node="LinalgSlogdetBackward0",
    latex=r"\log\left|\det\left({0}\right)\right|",
    samples=(sample(INVERTIBLE[0]), sample(INVERTIBLE[1]), sample(INVERTIBLE[2])),
)
