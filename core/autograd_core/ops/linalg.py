"""Inverses and the solutions of linear systems."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograd_core.errors import DomainError, ShapeError
from autograd_core.ops import batching, matrix_functions
from autograd_core.ops.arguments import integer
from autograd_core.ops.determinants import INVERTIBLE, square
from autograd_core.ops.effort import PRODUCT, matrices
from autograd_core.ops.products import column, flipped, rank
from autograd_core.ops.registry import composite, op, operation
from autograd_core.ops.spec import ATOM, Kink, Param, Shape, broadcast_shapes, sample


def _inverse_vjp(g: Any, y: Any, _x: Any) -> Any:
    return -(flipped(y) @ g @ flipped(y))


def _inverse_jvp(tangents: Any, y: Any, _x: Any) -> Any:
    return -(y @ tangents[0] @ y)


inv = operation(
    "inv",
    doc="Inverse of a square matrix.",
    group="linear algebra",
    exports={"torch": "torch.linalg.inv({0})", "numpy": "np.linalg.inv({0})"},
    aliases=("inverse", "matrix_inverse"),
    method=True,
    forward=matrix_functions.inverse,
    work=matrices(0.1, 20),
    vjps=(_inverse_vjp,),
    jvp=_inverse_jvp,
    shape=lambda x: square("inv", x),
    symbolic=lambda x: matrix_functions.each_matrix(matrix_functions.adjugate_over_det, x),
    node="LinalgInvExBackward0",
    latex=lambda: (ATOM, [(0, ATOM), "^{-1}"]),
    samples=tuple(sample(m) for m in INVERTIBLE),
)

inv_or_inf = operation(
    "inv_or_inf",
    doc="Inverse of a square matrix, its limits inf and nan where it is singular: the slope of logdet.",
    group="linear algebra",
    forward=matrix_functions.inverse_or_infinite,
    work=matrices(0.1, 20),
    vjps=(_inverse_vjp,),
    jvp=_inverse_jvp,
    shape=lambda x: square("inv_or_inf", x),
    symbolic=lambda x: matrix_functions.each_matrix(matrix_functions.adjugate_over_det, x),
    node="LinalgInvExBackward0",
    latex=lambda: (ATOM, [(0, ATOM), "^{-1}"]),
    samples=tuple(sample(m) for m in INVERTIBLE),
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


def _solve_work(a: Shape, b: Shape) -> float:
    """The inverse, which tells whether there is a solution, and the solution."""
    found = _solve_shape(a, b)
    return matrices(0.13, 20)(a) + PRODUCT * a[-1] * math.prod(found)


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


def _solve_jvp(tangents: Any, y: Any, a: Any, b: Any) -> Any:
    by_a, by_b = tangents
    stacked = rank(b) == 1 and rank(a) > 2
    right = 0.0 if by_b is None else column(by_b) if stacked else by_b
    if by_a is not None:
        right = right - by_a @ (column(y) if stacked else y)
    return op.squeeze(op.solve(a, right), axis=-1) if stacked else op.solve(a, right)


solve = operation(
    "solve",
    doc="The x for which A @ x is b, a vector or a matrix.",
    group="linear algebra",
    exports={"torch": "torch.linalg.solve({0}, {1})", "numpy": "np.linalg.solve({0}, {1})"},
    operands=("A", "b"),
    method=True,
    forward=matrix_functions.solution,
    work=_solve_work,
    vjps=(_solve_left, _solve_right),
    jvp=_solve_jvp,
    shape=_solve_shape,
    symbolic=matrix_functions.cramer,
    batch=batching.solving,
    node="LinalgSolveExBackward0",
    latex=r"{{{0}}}^{{-1}}{1}",
    domain=((-2.0, 2.0), (-2.0, 2.0)),
    samples=(
        sample(INVERTIBLE[0], (3,)),
        sample(INVERTIBLE[0], (3, 2)),
        sample(INVERTIBLE[2], (2, 2, 3)),
        sample(INVERTIBLE[2], (2,)),
        sample(INVERTIBLE[2], (2, 3)),
        sample(INVERTIBLE[1], (2, 2, 1)),
    ),
)


def _symmetric(x: Any) -> Any:
    return (x + flipped(x)) / 2


def _half_triangle(x: Any) -> Any:
    """The lower triangle with half the diagonal."""
    return (op.tril(x, k=0) + op.tril(x, k=-1)) / 2


def _cholesky(x: Any) -> Any:
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


def _cholesky_vjp(g: Any, y: Any, _x: Any) -> Any:
    inside = _half_triangle(flipped(y) @ g)
    right = flipped(op.solve(flipped(y), flipped(inside)))
    return _symmetric(op.solve(flipped(y), right))


def _cholesky_jvp(tangents: Any, y: Any, _x: Any) -> Any:
    right = flipped(op.solve(y, _symmetric(tangents[0])))
    return y @ _half_triangle(op.solve(y, right))


cholesky = operation(
    "cholesky",
    doc="The lower triangular L with L @ L.T = A; of an A that is not symmetric, (A + A.T)/2 is taken.",
    group="linear algebra",
    exports={"torch": "torch.linalg.cholesky({0})", "numpy": "np.linalg.cholesky({0})"},
    method=True,
    forward=_cholesky,
    work=matrices(0.025, 5),
    vjps=(_cholesky_vjp,),
    jvp=_cholesky_jvp,
    shape=lambda x: square("cholesky", x),
    symbolic=lambda x: matrix_functions.each_matrix(matrix_functions.banachiewicz, x),
    node="LinalgCholeskyExBackward0",
    samples=(
        sample([[2.0, 0.5, -0.3], [0.5, 1.5, 0.7], [-0.3, 0.7, 1.8]]),
        sample([[1.2, 0.3], [0.3, 0.9]]),
        sample([[[1.5, 0.2], [0.2, 1.1]], [[0.7, 0.4], [0.4, 1.3]]]),
    ),
)


def _pinv_vjp(g: Any, y: Any, x: Any) -> Any:
    p = flipped(y)
    u = flipped(g) @ y @ p
    w = p @ y @ flipped(g)
    return -(p @ g @ p) + (u - x @ (y @ u)) + (w - (w @ y) @ x)


def _pinv_jvp(tangents: Any, y: Any, x: Any) -> Any:
    p, t = flipped(y), flipped(tangents[0])
    u = y @ p @ t
    w = t @ p @ y
    return -(y @ tangents[0] @ y) + (u - (u @ x) @ y) + (w - y @ (x @ w))


def _deficient(x: Any) -> Any:
    y = np.linalg.pinv(x, max(x.shape[-2:]) * np.finfo(x.dtype).eps)
    full = np.linalg.matrix_rank(x) == min(x.shape[-2:])
    return np.broadcast_to(~np.asarray(full)[..., None, None], y.shape)


def _stacked(name: str, x: Shape) -> Shape:
    if len(x) < 2:
        raise ShapeError(f"{name} needs a matrix, not {{0}}", code="AG306")
    return x


pinv = operation(
    "pinv",
    doc="Pseudo-inverse (Moore-Penrose): the inverse where there is one, else the one of least squares.",
    group="linear algebra",
    exports={"torch": "torch.linalg.pinv({0})", "numpy": "np.linalg.pinv({0})"},
    aliases=("pinverse",),
    method=True,
    forward=lambda x: np.linalg.pinv(x, max(x.shape[-2:]) * np.finfo(x.dtype).eps),
    work=matrices(0.4, 100, 2_000),
    vjps=(_pinv_vjp,),
    jvp=_pinv_jvp,
    shape=lambda x: (*_stacked("pinv", x)[:-2], x[-1], x[-2]),
    symbolic=lambda x: matrix_functions.each_matrix(matrix_functions.least_squares_inverse, x),
    node="LinalgPinvBackward0",
    latex=lambda: (ATOM, [(0, ATOM), "^{+}"]),
    kinks=(Kink(where=_deficient, choice="the slope among matrices of the same rank, as PyTorch"),),
    samples=(sample(INVERTIBLE[0][:2]), sample([[1.0, 0.4], [-0.3, 0.8], [0.5, 1.2]]), sample(INVERTIBLE[1])),
)


def _matrix_power(x: Any, n: int) -> Any:
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


matrix_power = composite(
    "matrix_power",
    _matrix_power,
    doc="A square matrix multiplied by itself, or its inverse for a negative n.",
    group="linear algebra",
    params=(Param("n", integer),),
    method=True,
    samples=tuple(sample(INVERTIBLE[0], n=n) for n in (1, 2, 3, 6, -1, -2)),
)
