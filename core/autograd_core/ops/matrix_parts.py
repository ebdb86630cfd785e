"""Parts of matrices: diagonals, triangles, the trace, singular values and singular vectors."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograd_core.errors import LimitError, ShapeError
from autograd_core.ops import batching
from autograd_core.ops.indexing import put_back
from autograd_core.ops.matrix_functions import each_matrix
from autograd_core.ops.products import column, flipped, row
from autograd_core.ops.registry import Family, op
from autograd_core.ops.signature import axis_index, integer, lengths
from autograd_core.ops.spec import Kink, Param, Shape

SINGULAR = Family("linear algebra", batch=batching.along)
LINEAR_ALGEBRA = Family("linear algebra", method=True, batch=batching.shifted, linear="jointly")

K = Param("k", integer, 0, ("diagonal", "offset"))


def matrix(name: str, shape: Shape, stacked: bool = True) -> Shape:
    """A shape of two dimensions, or of more where matrices may be stacked.

    Raises ShapeError for any other.
    """
    if len(shape) < 2 or (len(shape) > 2 and not stacked):
        raise ShapeError(f"{name} needs a matrix, not {{0}}", code="AG306")
    return shape


def diagonal_length(rows: int, columns: int, offset: int) -> int:
    """How many entries a diagonal has."""
    return max(min(rows + min(offset, 0), columns - max(offset, 0)), 0)


LINEAR_ALGEBRA.operation(
    "trace",
    "Sum of the diagonal of a matrix.",
    exports={
        "torch": "torch.diagonal({0}, {offset}, -2, -1).sum(-1)",
        "numpy": "np.trace({0}<, offset={offset}>, axis1=-2, axis2=-1)",
    },
    params=(Param("offset", integer, 0),),
    # in the smallest dtype, so that the product keeps that of g
    vjps=(lambda g, _y, _x, offset: g * np.eye(_x.shape[0], _x.shape[1], offset, dtype=np.int8),),
    shape=lambda x, offset: matrix("trace", x, stacked=False)[:0],
    batch=None,
    latex=r"\operatorname{{tr}}\left({0}\right)",
    samples="3,3; 2,3; 3,2 offset=-1; 0,0",
)


def _diag_shape(x: Shape, k: int) -> Shape:
    if len(x) == 1:
        return (x[0] + abs(k),) * 2
    if len(x) == 2:
        return (diagonal_length(x[0], x[1], k),)
    raise ShapeError(
        f"diag needs a vector, to build a matrix, or a matrix, to read its diagonal; {{0}} has {len(x)} dimensions",
        code="AG306",
        hint="diagonal(x, axis1=-2, axis2=-1) reads the diagonals of a stack of matrices",
    )


def _diag_vjp(g: Any, _y: Any, _x: Any, k: int) -> Any:
    if _x.ndim == 1 or _x.shape == (_y.shape[0] + abs(k),) * 2:
        return op.diag(g, k=k)
    return op.diagonal_scatter(g, shape=_x.shape, offset=k, axis1=0, axis2=1)


LINEAR_ALGEBRA.operation(
    "diag",
    "A matrix with the given vector on its diagonal; or, of a matrix, its diagonal.",
    exports={"torch": "torch.diag({0}<, diagonal={k}>)"},
    params=(K,),
    vjps=(_diag_vjp,),
    shape=_diag_shape,
    batch=batching.moving,
    node=lambda x, k: "DiagEmbedBackward0" if len(x) == 1 else "DiagonalBackward0_copy",
    samples="3; 3,3; 2 k=-1; 2,3 k=1; 3,3 k=2; 2,2 k=5",
)


def diagonal_axes(ndim: int, axis1: int, axis2: int) -> tuple[int, int]:
    """The two axes in which a diagonal lies.

    Raises ShapeError unless they are two different axes that exist.
    """
    if ndim < 2:
        raise ShapeError("a diagonal lies in two axes, which {0} does not have", code="AG306")
    first, second = axis_index(axis1, ndim), axis_index(axis2, ndim)
    if first == second:
        raise ShapeError(f"a diagonal needs two different axes, not {axis1} and {axis2}", code="AG303")
    return first, second


def _diagonal_shape(x: Shape, offset: int, axis1: int, axis2: int) -> Shape:
    first, second = diagonal_axes(len(x), axis1, axis2)
    rest = tuple(n for i, n in enumerate(x) if i not in (first, second))
    return (*rest, diagonal_length(x[first], x[second], offset))


def _diagonal_textbook(g: Any, _y: Any, _x: Any, offset: int, axis1: int, axis2: int) -> Any:
    if offset == 0 and (axis1, axis2) == (0, 1) and _x.ndim == 2 and _x.shape[0] == _x.shape[1]:
        return op.diag(g, k=0)
    return op.diagonal_scatter(g, shape=_x.shape, offset=offset, axis1=axis1, axis2=axis2)


OFFSET = Param("offset", integer, 0)
AXIS1 = Param("axis1", integer, 0, ("dim1",))
AXIS2 = Param("axis2", integer, 1, ("dim2",))

LINEAR_ALGEBRA.operation(
    "diagonal",
    "The diagonal of a matrix, or of each matrix of a stack.",
    exports={"torch": "torch.diagonal({0}, {offset}, {axis1}, {axis2})"},
    params=(OFFSET, AXIS1, AXIS2),
    vjps=(
        (
            lambda g, _y, _x, offset, axis1, axis2: op.diagonal_scatter(
                g, shape=_x.shape, offset=offset, axis1=axis1, axis2=axis2
            ),
            _diagonal_textbook,
        ),
    ),
    shape=_diagonal_shape,
    samples="3,3; 2,3 offset=-1; 2,3,4 offset=1 axis1=-2 axis2=-1; 2,3,4 axis1=2 axis2=0",
)


@LINEAR_ALGEBRA.computed(
    params=(Param("shape", lengths), OFFSET, AXIS1, AXIS2),
    vjps=(lambda g, _y, _x, shape, offset, axis1, axis2: op.diagonal(g, offset=offset, axis1=axis1, axis2=axis2),),
    shape=put_back(_diagonal_shape, lambda offset, **_: f"the diagonal {offset}", "AG301"),
    node="DiagonalBackwardBackward0",
    samples="2 shape=[2,3] offset=1; 2,3 shape=[3,2,4] axis2=-1",
    method=False,
)
def diagonal_scatter(x: Any, shape: Shape, offset: int, axis1: int, axis2: int) -> Any:
    """Zeros of a shape with the given diagonal: what a diagonal pulls back."""
    out = np.zeros(shape, x.dtype)
    view = np.moveaxis(out, (axis1, axis2), (-2, -1))
    along = np.arange(x.shape[-1])
    view[..., along - min(offset, 0), along + max(offset, 0)] = x
    return out


def _triangle(name: str, words: str) -> Any:
    return LINEAR_ALGEBRA.operation(
        name,
        f"The {words} triangle of a matrix, zeros elsewhere; k moves the diagonal.",
        exports={"torch": f"torch.{name}({{0}}<, diagonal={{k}}>)"},
        params=(K,),
        vjps=(lambda g, _y, _x, k: getattr(op, name)(g, k=k),),
        shape=lambda x, k: matrix(name, x),
        batch=batching.along,
        samples="3,3 k=0; 2,3 k=1; 2,3,2 k=-1",
    )


tril = _triangle("tril", "lower")
triu = _triangle("triu", "upper")


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


def _closed_form(sympy: Any, x: Any) -> Any:
    """The roots of the eigenvalues of the smaller Gram matrix, for up to two rows or columns."""
    gram = x.dot(x.T) if x.shape[0] <= x.shape[1] else x.T.dot(x)
    if len(gram) == 1:
        return np.array([sympy.sqrt(gram[0, 0])], object)
    if len(gram) > 2:
        raise LimitError("singular values of three rows and more have too many cases for SymPy", code="AG801")
    half = (gram[0, 0] + gram[1, 1]) / sympy.Integer(2)
    split = sympy.sqrt((gram[0, 0] - gram[1, 1]) ** 2 / sympy.Integer(4) + gram[0, 1] ** 2)
    return np.array([sympy.sqrt(half + split), sympy.sqrt(half - split)], object)


def _no_form(_sympy: Any, _x: Any) -> Any:
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


_MATRICES = (
    "[[2.0,0.5],[-0.3,1.2]]; [[1.5,0.2,-0.7],[0.3,1.1,0.4]]; [[1.5,0.2],[-0.7,0.3],[1.1,0.9]]; "
    "[[[1.5,0.2],[0.3,0.6]],[[0.7,0.4],[-0.6,1.9]]]; [[0.4,-0.3,1.2]]"
)


def _svd(name: str, doc: str, number: int, rule: Any, symbolic: Any, **fields: Any) -> None:
    def shape(x: Shape) -> Shape:
        if len(x) < 2:
            raise ShapeError("singular values need a matrix, not {0}", code="AG306")
        rows, columns = x[-2:]
        return (*x[:-2], *((rows,), (), (columns,))[number], min(rows, columns))

    SINGULAR.operation(
        name,
        doc,
        forward=_factor(number),
        vjps=(rule,),
        shape=shape,
        symbolic=symbolic,
        node="LinalgSvdBackward0",
        samples=_MATRICES,
        **fields,
    )


_svd("svd_u", "Left singular vectors of a matrix, in columns; their signs are free.", 0, _left, _no_form)
_svd(
    "svdvals",
    "Singular values of a matrix, largest first.",
    1,
    lambda g, _y, x: (op.svd_u(x) * row(g)) @ flipped(op.svd_v(x)),
    each_matrix(_closed_form),
    exports={"torch": "torch.linalg.svdvals({0})", "jax": "jnp.linalg.svd({0}, compute_uv=False)"},
    kinks=(Kink(_met, "one of the slopes, as PyTorch: singular values that meet, or are 0, have no others"),),
)
_svd("svd_v", "Right singular vectors of a matrix, in columns; their signs are free.", 2, _right, _no_form)
