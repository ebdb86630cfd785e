"""Matrices: their diagonals and triangles, the trace, determinants and cofactors."""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations
from typing import Any

import numpy as np

from autograd_core.errors import DomainError, LimitError, ShapeError
from autograd_core.ops import batching
from autograd_core.ops.indexing import put_back
from autograd_core.ops.products import flipped
from autograd_core.ops.registry import Family, op
from autograd_core.ops.signature import integer
from autograd_core.ops.spec import KnownDifference, Param, Shape, broadcast_shapes

DIAGONALS = Family("linear algebra", batch=batching.shifted)
LINEAR_ALGEBRA = Family("linear algebra")

THREE, TWO = "[[2.0,0.5,-0.3],[0.4,1.5,0.7],[-0.6,0.2,1.8]]", "[[1.2,0.3],[-0.5,0.9]]"
STACK = "[[[1.5,0.2],[0.3,1.1]],[[-0.7,0.4],[0.6,1.3]]]"
"""Matrices well away from singular ones: 3 by 3, 2 by 2, and a stack of two."""

K = Param("k", integer, 0, ("diagonal", "offset"))


def matrix(name: str, shape: Shape, stacked: bool = True) -> Shape:
    """A shape of two dimensions, or of more where matrices may be stacked.

    Raises ShapeError for any other.
    """
    if len(shape) < 2 or (len(shape) > 2 and not stacked):
        raise ShapeError(f"{name} needs a matrix, not {{0}}", code="AG306")
    return shape


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
            pytorch=f"linalg.{name}: A must be batches of square matrices, but they are {shape[-2]} by {shape[-1]} "
            "matrices",
        )
    return shape


def each_matrix(meaning: Callable[..., Any]) -> Callable[..., Any]:
    """A symbolic meaning that applies ``meaning(sympy, matrix)`` to each matrix of a stack."""

    def symbolic(sympy: Any, x: Any) -> Any:
        lead = x.shape[:-2]
        results = {where: np.asarray(meaning(sympy, x[where]), object) for where in np.ndindex(lead)}
        if () in results:
            return results[()]
        shape = next(iter(results.values())).shape if results else ()
        found = np.empty(lead + shape, object)
        for where, result in results.items():
            found[where] = result if result.ndim else result.item()
        return found

    return symbolic


DIAGONALS.operation(
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
        return (max(min(x[0] + min(k, 0), x[1] - max(k, 0)), 0),)
    raise ShapeError(
        f"diag needs a vector, to build a matrix, or a matrix, to read its diagonal; {{0}} has {len(x)} dimensions",
        code="AG306",
        hint="diagonal(x, axis1=-2, axis2=-1) reads the diagonals of a stack of matrices",
    )


def _diag_vjp(g: Any, _y: Any, _x: Any, k: int) -> Any:
    if _x.ndim == 1 or _x.shape == (_y.shape[0] + abs(k),) * 2:
        return op.diag(g, k=k)
    return op.diagonal_scatter(g, shape=_x.shape, offset=k, axis1=0, axis2=1)


DIAGONALS.operation(
    "diag",
    "A matrix with the given vector on its diagonal; or, of a matrix, its diagonal.",
    exports={"torch": "torch.diag({0}<, diagonal={k}>)"},
    params=(K,),
    forward=lambda x, k: np.array(np.diag(x, k)),
    vjps=(_diag_vjp,),
    shape=_diag_shape,
    batch=batching.moving,
    node=lambda x, k: "DiagEmbedBackward0" if len(x) == 1 else "DiagonalBackward0_copy",
    samples="3; 3,3; 2 k=-1; 2,3 k=1; 3,3 k=2; 2,2 k=5",
)


def _diagonal_textbook(g: Any, _y: Any, _x: Any, offset: int, axis1: int, axis2: int) -> Any:
    if offset == 0 and (axis1, axis2) == (0, 1) and _x.ndim == 2 and _x.shape[0] == _x.shape[1]:
        return op.diag(g, k=0)
    return op.diagonal_scatter(g, shape=_x.shape, offset=offset, axis1=axis1, axis2=axis2)


OFFSET = Param("offset", integer, 0)
AXIS1 = Param("axis1", integer, 0, ("dim1",))
AXIS2 = Param("axis2", integer, 1, ("dim2",))


def _diagonal(x: Any, **place: int) -> Any:
    """NumPy's view of the diagonal, which can be written to where the matrix can, as in PyTorch."""
    found = np.diagonal(x, **place)
    found.flags.writeable = x.flags.writeable
    return found


diagonal = DIAGONALS.operation(
    "diagonal",
    "The diagonal of a matrix, or of each matrix of a stack.",
    forward=_diagonal,
    exports={"torch": "torch.diagonal({0}, {offset}, {axis1}, {axis2})"},
    params=(OFFSET, AXIS1, AXIS2),
    vjps=((lambda g, _y, _x, **place: op.diagonal_scatter(g, shape=_x.shape, **place), _diagonal_textbook),),
    samples="3,3; 2,3 offset=-1; 2,3,4 offset=1 axis1=-2 axis2=-1; 2,3,4 axis1=2 axis2=0",
)


put_back(
    DIAGONALS,
    "diagonal_scatter",
    diagonal,
    "Zeros of a shape with the given diagonal: what a diagonal pulls back.",
    batch=batching.shifted,
    node="DiagonalBackwardBackward0",
    samples="2 shape=[2,3] offset=1; 2,3 shape=[3,2,4] axis2=-1",
)


def _triangle(name: str, words: str) -> Any:
    return DIAGONALS.operation(
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


def determinant(x: Any) -> Any:
    """Determinants; those of up to three rows by the products, which are exact for whole numbers."""
    n = x.shape[-1]
    if n > 3:
        return np.asarray(np.linalg.det(x), x.dtype)
    if n < 2:
        return x[..., 0, 0] if n else np.ones(x.shape[:-2], x.dtype)
    exact = np.sum(x[..., 0, :] * cofactors(x)[..., 0, :], axis=-1)
    if x.dtype == object or np.isfinite(exact).all():
        return exact
    return np.where(np.isfinite(exact), exact, np.linalg.det(x))


def others(s: Any) -> Any:
    """For each entry along the last axis the product of all the others."""
    ones = np.ones_like(s[..., :1])
    before = np.cumprod(np.concatenate([ones, s[..., :-1]], -1), -1)
    after = np.cumprod(np.concatenate([ones, s[..., :0:-1]], -1), -1)[..., ::-1]
    return before * after


def _factors(x: Any) -> tuple[Any, Any, Any, Any]:
    """``x = u * s @ v`` by singular values, and the determinant of ``u @ v``, nan where ``x`` is not finite."""
    finite = np.isfinite(x).all((-2, -1))
    u, s, v = np.linalg.svd(x if finite.all() else np.where(finite[..., None, None], x, 0))
    sign = np.where(finite, np.sign(np.linalg.det(u) * np.linalg.det(v)), np.nan)
    return u, s, v, sign[..., None, None].astype(x.dtype)


def _singular(x: Any) -> Any:
    """Which matrices have no inverse, or one of which too few digits are right."""
    if not x.size or not np.isfinite(x).all():
        return False
    sizes = np.linalg.svd(x, compute_uv=False)
    return sizes[..., -1] <= np.sqrt(np.finfo(x.dtype).eps) * sizes[..., 0]


SMALL = 6
"""Rows of a matrix up to which cofactors are determinants, which badly scaled rows and columns do not blur."""


def _minors(x: Any) -> tuple[Any, Any]:
    """For each entry the matrix without its row and column, and the signs of their determinants."""
    n = x.shape[-1]
    kept = np.array([[j for j in range(n) if j != i] for i in range(n)], int).reshape(n, max(n - 1, 0))
    signs = np.where(np.add.outer(np.arange(n), np.arange(n)) % 2, -1, 1).astype(x.dtype)
    return x[..., kept[:, None, :, None], kept[None, :, None, :]], signs


def cofactors(x: Any) -> Any:
    """The adjugate transposed, right for singular matrices too: through singular values for large ones.

    G. W. Stewart, "On the adjugate matrix", Linear Algebra and its Applications 283 (1998).
    """
    n = x.shape[-1]
    if n <= SMALL:
        minors, signs = _minors(x)
        return signs * determinant(minors)
    u, s, v, sign = _factors(x)
    return sign * ((u * others(s)[..., None, :]) @ v)


def cofactor_slopes(x: Any, g: Any) -> Any:
    """The derivative of the cofactors of ``x`` along ``g``.

    Raises DomainError for large matrices that are singular.
    """
    x, g = np.broadcast_arrays(x, g)
    if x.shape[-1] <= SMALL:
        minors, signs = _minors(x)
        return signs * np.sum(cofactors(minors) * _minors(g)[0], axis=(-2, -1))
    if np.any(_singular(x)):
        raise DomainError(f"the second derivative of a determinant of 0 is found up to {SMALL} rows", code="AG404")
    c = cofactors(x)
    return (np.sum(g * c, axis=(-2, -1), keepdims=True) * c - c @ g.mT @ c) / determinant(x)[..., None, None]


MAX_EXPANDED = 6
"""Rows of a matrix whose determinant is written out: 6 rows have 720 products."""


def expansion(sympy: Any, x: Any) -> Any:
    """A determinant by Laplace's expansion along the rows, each minor of the last rows once.

    Raises LimitError for a matrix with too many rows.
    """
    n = x.shape[-1]
    if n > MAX_EXPANDED:
        raise LimitError(f"the determinant of {n} rows has too many products for SymPy", code="AG801")
    known: dict[tuple[int, ...], Any] = {(): sympy.Integer(1)}
    for size in range(1, n + 1):
        row = n - size
        known = {
            columns: sum(
                (-1) ** place * x[row, j] * known[(*columns[:place], *columns[place + 1 :])]
                for place, j in enumerate(columns)
            )
            for columns in combinations(range(n), size)
        }
    return known[tuple(range(n))]


def cofactor_expansion(sympy: Any, x: Any) -> Any:
    """The cofactors by their minors."""
    n = x.shape[-1]
    found = np.empty((n, n), object)
    for i, j in np.ndindex(n, n):
        found[i, j] = (-1) ** (i + j) * expansion(sympy, np.delete(np.delete(x, i, 0), j, 1))
    return found


def lifted(g: Any) -> Any:
    """A number for each matrix of a stack, so that it multiplies the matrix."""
    return op.expand_dims(g, axis=(-2, -1)) if g.shape else g


def _batch(name: str) -> Any:
    return lambda x: square(name, x)[:-2]


LINEAR_ALGEBRA.operation(
    "det",
    "Determinant of a square matrix.",
    exports={
        "torch": KnownDifference(
            "torch.linalg.det({0})", _singular, "PyTorch's gradient is 0 or inexact where the matrix is singular"
        ),
        "numpy": "np.linalg.det({0})",
    },
    forward=determinant,
    vjps=((lambda g, _y, x: lifted(g) * op.cofactor(x), lambda g, y, x: lifted(g * y) * flipped(op.inv(x))),),
    shape=_batch("det"),
    symbolic=each_matrix(expansion),
    node="LinalgDetBackward0",
    latex=r"\det\left({0}\right)",
    samples="3,3; 2,2; 1,1; 2,2,2; 4,4; 0,0",
)
LINEAR_ALGEBRA.operation(
    "cofactor",
    "Cofactors of a square matrix, the slopes of its determinant: det(A)*inv(A).T where A has an inverse.",
    forward=cofactors,
    vjps=(lambda g, _y, x: op.cofactor_slope(x, g),),
    shape=lambda x: square("cofactor", x),
    symbolic=each_matrix(cofactor_expansion),
    node="LinalgDetBackward0",
    samples="3,3; 2,2; 1,1; 2,2,2; 4,4",
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


LINEAR_ALGEBRA.operation(
    "cofactor_slope",
    "How the cofactors of a change along b: the second derivative of the determinant.",
    operands=("a", "b"),
    forward=cofactor_slopes,
    vjps=(_cofactor_slope_vjp, lambda h, _y, x, _g: op.cofactor_slope(x, h)),
    shape=lambda a, b: square("cofactor_slope", broadcast_shapes(a, b)),
    batch=batching.along,
    node="LinalgDetBackward0",
    samples="3,3 3,3; 2,2 2,2; 4,4 4,4; 2,3,3 2,3,3",
)


def _logdet(x: Any, signed: bool) -> Any:
    sign, value = np.linalg.slogdet(x)
    value = np.asarray(value, x.dtype)
    return np.where(sign < 0, x.dtype.type(np.nan), value) if signed else value


_LOG_SLOPE = (
    lambda g, y, x: lifted(op.where(op.equal(y, y), g, float("nan"))) * flipped(op.inv_or_inf(x)),
    lambda g, _y, x: lifted(g) * flipped(op.inv(x)),
)

LINEAR_ALGEBRA.operation(
    "logdet",
    "Logarithm of the determinant; nan where the determinant is negative, -inf where it is 0.",
    exports={"torch": "torch.logdet({0})"},
    forward=lambda x: _logdet(x, True),
    vjps=(_LOG_SLOPE,),
    shape=_batch("logdet"),
    symbolic=each_matrix(lambda sympy, m: sympy.log(expansion(sympy, m))),
    node="WhereBackward0",
    latex=r"\log\det\left({0}\right)",
    samples=f"{THREE}; {TWO}; [[[1.5,0.2],[0.3,1.1]],[[0.7,0.4],[-0.6,1.3]]]",
)
LINEAR_ALGEBRA.operation(
    "slogdet|logabsdet",
    "Logarithm of the size of the determinant, log|det A|: the second of what NumPy's and PyTorch's slogdet give.",
    exports={"torch": "torch.linalg.slogdet({0}).logabsdet", "numpy": "np.linalg.slogdet({0}).logabsdet"},
    forward=lambda x: _logdet(x, False),
    vjps=(_LOG_SLOPE,),
    shape=_batch("slogdet"),
    symbolic=each_matrix(lambda sympy, m: sympy.log(sympy.Abs(expansion(sympy, m)))),
    node="LinalgSlogdetBackward0",
    latex=r"\log\left|\det\left({0}\right)\right|",
    samples=f"{THREE}; {TWO}; {STACK}",
)
