"""Determinants, inverses, the solutions of linear systems, powers and chains of matrices."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from autograd_core.errors import DomainError, ShapeError
from autograd_core.ops import batching, matrix_functions
from autograd_core.ops.matrix_functions import each_matrix
from autograd_core.ops.matrix_parts import matrix
from autograd_core.ops.products import column, flipped, rank
from autograd_core.ops.registry import Family, op
from autograd_core.ops.signature import integer
from autograd_core.ops.spec import ATOM, Kink, KnownDifference, Param, Shape, broadcast_shapes

LINEAR_ALGEBRA = Family("linear algebra", method=True)

THREE, TWO = "[[2.0,0.5,-0.3],[0.4,1.5,0.7],[-0.6,0.2,1.8]]", "[[1.2,0.3],[-0.5,0.9]]"
STACK = "[[[1.5,0.2],[0.3,1.1]],[[-0.7,0.4],[0.6,1.3]]]"
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


LINEAR_ALGEBRA.operation(
    "det",
    "Determinant of a square matrix.",
    exports={
        "torch": KnownDifference(
            "torch.linalg.det({0})", _singular, "PyTorch's gradient is 0 or inexact where the matrix is singular"
        ),
        "numpy": "np.linalg.det({0})",
    },
    forward=matrix_functions.determinant,
    vjps=((lambda g, _y, x: lifted(g) * op.cofactor(x), lambda g, y, x: lifted(g * y) * flipped(op.inv(x))),),
    shape=_batch("det"),
    symbolic=each_matrix(matrix_functions.expansion),
    node="LinalgDetBackward0",
    latex=r"\det\left({0}\right)",
    samples="3,3; 2,2; 1,1; 2,2,2; 4,4; 0,0",
)
LINEAR_ALGEBRA.operation(
    "cofactor",
    "Cofactors of a square matrix, the slopes of its determinant: det(A)*inv(A).T where A has an inverse.",
    forward=matrix_functions.cofactors,
    vjps=(lambda g, _y, x: op.cofactor_slope(x, g),),
    shape=lambda x: square("cofactor", x),
    symbolic=each_matrix(matrix_functions.cofactor_expansion),
    node="LinalgDetBackward0",
    samples="3,3; 2,2; 1,1; 2,2,2; 4,4",
    method=False,
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
    forward=matrix_functions.cofactor_slopes,
    vjps=(_cofactor_slope_vjp, lambda h, _y, x, _g: op.cofactor_slope(x, h)),
    shape=lambda a, b: square("cofactor_slope", broadcast_shapes(a, b)),
    batch=batching.along,
    node="LinalgDetBackward0",
    samples="3,3 3,3; 2,2 2,2; 4,4 4,4; 2,3,3 2,3,3",
    method=False,
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
    symbolic=each_matrix(lambda sympy, m: sympy.log(matrix_functions.expansion(sympy, m))),
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
    symbolic=each_matrix(lambda sympy, m: sympy.log(sympy.Abs(matrix_functions.expansion(sympy, m)))),
    node="LinalgSlogdetBackward0",
    latex=r"\log\left|\det\left({0}\right)\right|",
    samples=f"{THREE}; {TWO}; {STACK}",
)


def _inverse(name: str, doc: str, forward: Any, **fields: Any) -> None:
    LINEAR_ALGEBRA.operation(
        name,
        doc,
        forward=forward,
        vjps=(lambda g, y, _x: -(flipped(y) @ g @ flipped(y)),),
        shape=lambda x: square(name.partition("|")[0], x),
        symbolic=each_matrix(matrix_functions.adjugate_over_det),
        node="LinalgInvExBackward0",
        latex=lambda: (ATOM, [(0, ATOM), "^{-1}"]),
        samples=f"{THREE}; {TWO}; {STACK}",
        **fields,
    )


_inverse(
    "inv|inverse|matrix_inverse",
    "Inverse of a square matrix.",
    matrix_functions.inverse,
    exports={"torch": "torch.linalg.inv({0})", "numpy": "np.linalg.inv({0})"},
    letter="P",
)
_inverse(
    "inv_or_inf",
    "Inverse of a square matrix, its limits inf and nan where it is singular: the slope of logdet.",
    matrix_functions.inverse_or_infinite,
    method=False,
)


def _solve_shape(a: Shape, b: Shape) -> Shape:
    square("solve", a)
    n = a[-1]
    if not b:
        raise ShapeError("solve needs a vector or a matrix on the right; {1} is a scalar", code="AG306")
    rows = b[-1] if len(b) == 1 else b[-2]
    if rows != n:
        stacked = len(b) > 1 and b[-1] == n
        raise ShapeError(
            f"solve needs as many rows in {{1}} as in {{0}}: they are {rows} and {n}",
            code="AG301",
            hint="solve(A, b[..., None]) solves for a stack of vectors" if stacked else None,
        )
    if len(b) == 1:
        return a[:-1]
    return (*broadcast_shapes(a[:-2], b[:-2]), n, b[-1])


def _solve_left(g: Any, y: Any, a: Any, _b: Any) -> Any:
    if _b.ndim > 1:
        return -(op.solve(flipped(a), g) @ flipped(y))
    if a.ndim == 2:
        return -op.outer(op.solve(a.T, g), y)
    return -(op.solve(a.mT, column(g)) @ op.expand_dims(y, axis=-2))


def _solve_right(g: Any, _y: Any, a: Any, _b: Any) -> Any:
    if _b.ndim == 1 and a.ndim > 2:
        return op.squeeze(op.solve(a.mT, column(g)), axis=-1)
    return op.solve(flipped(a), g)


@LINEAR_ALGEBRA.computed(
    exports={"torch": "torch.linalg.solve({0}, {1})", "numpy": "np.linalg.solve({0}, {1})"},
    operands=("A", "b"),
    vjps=(_solve_left, _solve_right),
    shape=_solve_shape,
    symbolic=lambda sympy, a, b: each_matrix(matrix_functions.adjugate_over_det)(sympy, a) @ b,
    batch=batching.solving,
    node="LinalgSolveExBackward0",
    latex=r"{{{0}}}^{{-1}}{1}",
    samples=f"{THREE} 3; {THREE} 3,2; {STACK} 2,2,3; {STACK} 2; {STACK} 2,3; {TWO} 2,2,1",
)
def solve(a: Any, b: Any) -> Any:
    """The x for which A @ x is b, a vector or a matrix."""
    y, singular = matrix_functions.inverses(a)
    matrix_functions.refuse(singular, a.shape[-1])
    return np.linalg.solve(a, b) if np.isfinite(a).all() else y @ b


def _half_triangle(x: Any) -> Any:
    """The lower triangle with half the diagonal."""
    return (op.tril(x, k=0) + op.tril(x, k=-1)) / 2


def _cholesky_vjp(g: Any, y: Any, _x: Any) -> Any:
    inside = _half_triangle(flipped(y) @ g)
    right = op.solve(flipped(y), flipped(op.solve(flipped(y), flipped(inside))))
    return (right + flipped(right)) / 2


@LINEAR_ALGEBRA.computed(
    exports={"torch": "torch.linalg.cholesky({0})", "numpy": "np.linalg.cholesky({0})"},
    vjps=(_cholesky_vjp,),
    shape=lambda x: square("cholesky", x),
    symbolic=each_matrix(matrix_functions.banachiewicz),
    node="LinalgCholeskyExBackward0",
    samples=(
        "[[2.0,0.5,-0.3],[0.5,1.5,0.7],[-0.3,0.7,1.8]]; [[1.2,0.3],[0.3,0.9]]; "
        "[[[1.5,0.2],[0.2,1.1]],[[0.7,0.4],[0.4,1.3]]]"
    ),
)
def cholesky(x: Any) -> Any:
    """The lower triangular L with L @ L.T = A; of an A that is not symmetric, (A + A.T)/2 is taken."""
    half = (x + np.swapaxes(x, -1, -2)) / 2
    finite = np.isfinite(half).all((-2, -1))
    if not finite.all():
        half = np.where(finite[..., None, None], half, np.eye(x.shape[-1], dtype=x.dtype))
    try:
        y = np.linalg.cholesky(half)
    except np.linalg.LinAlgError:
        raise DomainError(
            "{0} is not positive definite",
            code="AG404",
            why="cholesky needs a symmetric matrix whose eigenvalues are all positive",
            hint=f"A @ A.T + 1e-6*eye({x.shape[-1]}) is positive definite for every A",
        ) from None
    return y if finite.all() else np.where(finite[..., None, None], y, np.tril(np.full_like(y, np.nan)))


def _pinv_vjp(g: Any, y: Any, x: Any) -> Any:
    p = flipped(y)
    u = flipped(g) @ y @ p
    w = p @ y @ flipped(g)
    return -(p @ g @ p) + (u - x @ (y @ u)) + (w - (w @ y) @ x)


def _deficient(x: Any) -> Any:
    y = np.linalg.pinv(x, max(x.shape[-2:]) * np.finfo(x.dtype).eps)
    full = np.linalg.matrix_rank(x) == min(x.shape[-2:])
    return np.broadcast_to(~np.asarray(full)[..., None, None], y.shape)


LINEAR_ALGEBRA.operation(
    "pinv|pinverse",
    "Pseudo-inverse (Moore-Penrose): the inverse where there is one, else the one of least squares.",
    exports={"torch": "torch.linalg.pinv({0})", "numpy": "np.linalg.pinv({0})"},
    forward=lambda x: np.linalg.pinv(x, max(x.shape[-2:]) * np.finfo(x.dtype).eps),
    vjps=(_pinv_vjp,),
    shape=lambda x: (*matrix("pinv", x)[:-2], x[-1], x[-2]),
    symbolic=each_matrix(matrix_functions.least_squares_inverse),
    node="LinalgPinvBackward0",
    latex=lambda: (ATOM, [(0, ATOM), "^{+}"]),
    kinks=(Kink(_deficient, "the slope among matrices of the same rank, as PyTorch"),),
    samples=f"[[2.0,0.5,-0.3],[0.4,1.5,0.7]]; [[1.0,0.4],[-0.3,0.8],[0.5,1.2]]; {TWO}",
)


@LINEAR_ALGEBRA.function(
    params=(Param("n", integer),),
    samples="; ".join(f"{THREE} n={n}" for n in (1, 2, 3, 6, -1, -2)),
)
def matrix_power(x: Any, n: int) -> Any:
    """A square matrix multiplied by itself, or its inverse for a negative n."""
    square("matrix_power", getattr(x, "shape", ()))
    if n == 0:
        return np.broadcast_to(np.eye(x.shape[-1], dtype=getattr(x, "dtype", np.float64)), x.shape)
    base = op.inv(x) if n < 0 else x
    left = abs(n)
    result = None
    while True:
        if left % 2:
            result = base if result is None else op.matmul(result, base)
        left //= 2
        if not left:
            return result
        base = op.matmul(base, base)


PRODUCTS = Family("product")
MAX_CHAIN = 50


@PRODUCTS.function(samples="2,3 3,4 4,2; 3 3,4 4")
def multi_dot(*arrays: Any) -> Any:
    """Product of several matrices, multiplied in the order that takes the fewest operations."""
    if len(arrays) < 2:
        raise ShapeError("multi_dot needs at least two arrays", code="AG307")
    if len(arrays) > MAX_CHAIN:
        raise ShapeError(f"multi_dot takes at most {MAX_CHAIN} arrays, not {len(arrays)}", code="AG306")
    for i, x in enumerate(arrays):
        if rank(x) != 2 and not (rank(x) == 1 and i in (0, len(arrays) - 1)):
            raise ShapeError("multi_dot takes matrices; the first and the last may be vectors", code="AG306")
    lengths = [1 if rank(arrays[0]) == 1 else arrays[0].shape[0], *(x.shape[0] for x in arrays[1:])]
    lengths.append(1 if rank(arrays[-1]) == 1 else arrays[-1].shape[-1])

    @cache
    def cheapest(first: int, last: int) -> tuple[int, int]:
        """The fewest multiplications that the product from first to last takes, and where it is cut for them."""
        if first == last:
            return 0, first
        ends = lengths[first] * lengths[last + 1]
        return min(
            (cheapest(first, cut)[0] + cheapest(cut + 1, last)[0] + ends * lengths[cut + 1], cut)
            for cut in range(first, last)
        )

    def product(first: int, last: int) -> Any:
        cut = cheapest(first, last)[1]
        return arrays[first] if first == last else op.matmul(product(first, cut), product(cut + 1, last))

    return product(0, len(arrays) - 1)
