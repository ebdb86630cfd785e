"""Inverses, solutions of linear systems, factors, powers and chains of matrices, by LAPACK, and on names by minors."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograd_core.errors import DomainError, LimitError, ShapeError
from autograd_core.ops import batching
from autograd_core.ops.matrices import (
    LINEAR_ALGEBRA,
    STACK,
    THREE,
    TWO,
    cofactor_expansion,
    cofactors,
    each_matrix,
    expansion,
    matrix,
    square,
)
from autograd_core.ops.products import column, flipped, row
from autograd_core.ops.registry import Family, op
from autograd_core.ops.signature import integer
from autograd_core.ops.spec import ATOM, Kink, Param, Shape, broadcast_shapes

SINGULAR = Family("linear algebra", batch=batching.along)


def inverses(x: Any) -> tuple[Any, Any]:
    """Inverses, nan for matrices that are not finite, and which matrices are singular.

    A matrix counts as singular when an entry of the diagonal of |inv A| |A| passes 1/eps: this number is at most
    Bauer's condition, and scaling rows or columns does not change it.
    F. L. Bauer, "Optimally scaled matrices", Numerische Mathematik 5 (1963).
    """
    n, y = x.shape[-1], np.full(x.shape, np.nan, x.dtype)
    finite = np.isfinite(x).all((-2, -1))
    try:
        y[finite] = np.linalg.inv(x[finite])
    except np.linalg.LinAlgError:
        for where in np.argwhere(finite):
            try:
                y[tuple(where)] = np.linalg.inv(x[tuple(where)])
            except np.linalg.LinAlgError:
                continue
    condition = (np.abs(y) * np.abs(np.swapaxes(x, -1, -2))).sum(-1).max(-1, initial=0) if n else np.zeros(x.shape[:-2])
    return y, finite & ~(condition < 1 / np.finfo(x.dtype).eps)


def refuse(singular: Any, n: int) -> None:
    """Raise DomainError if there is a singular matrix."""
    if not np.any(singular):
        return
    place = "".join(f"[{i}]" for i in np.argwhere(singular)[0])
    better = f"{{0}} + 1e-6*eye({n})"
    error = DomainError(
        f"{{0}} is singular{f' at {place}' if place else ''}",
        code="AG404",
        why="its rows depend on each other, so it has no inverse",
        hint=f"add a little to the diagonal: {better}",
    )
    error.instead = "{0}", [f"({better})"]
    raise error


def inverse(x: Any) -> Any:
    """Inverses.

    Raises DomainError for a singular matrix.
    """
    y, singular = inverses(x)
    refuse(singular, x.shape[-1])
    return y


def inverse_or_infinite(x: Any) -> Any:
    """Inverses; for a singular matrix the adjugate divided by 0."""
    y, singular = inverses(x)
    if np.any(singular):
        limit = np.swapaxes(cofactors(x), -1, -2) / np.zeros((), x.dtype)
        y = np.where(singular[..., None, None], limit, y)
    return y


def adjugate_over_det(sympy: Any, x: Any) -> Any:
    """The inverse as the adjugate over the determinant."""
    return cofactor_expansion(sympy, x).T / expansion(sympy, x)


def banachiewicz(sympy: Any, x: Any) -> Any:
    """The Cholesky factor of the symmetric part, row by row."""
    n = x.shape[-1]
    found = np.full((n, n), sympy.Integer(0), object)
    half = (x + x.T) / sympy.Integer(2)
    for i in range(n):
        for j in range(i + 1):
            rest = half[i, j] - sum(found[i, k] * found[j, k] for k in range(j))
            found[i, j] = sympy.sqrt(rest) if i == j else rest / found[j, j]
    return found


def least_squares_inverse(sympy: Any, x: Any) -> Any:
    """The pseudo-inverse of a matrix of full rank."""
    if x.shape[0] >= x.shape[1]:
        return adjugate_over_det(sympy, x.T.dot(x)).dot(x.T)
    return x.T.dot(adjugate_over_det(sympy, x.dot(x.T)))


def _inverse(name: str, doc: str, forward: Any, **fields: Any) -> None:
    LINEAR_ALGEBRA.operation(
        name,
        doc,
        forward=forward,
        vjps=(lambda g, y, _x: -(flipped(y) @ g @ flipped(y)),),
        shape=lambda x: square(name.partition("|")[0], x),
        symbolic=each_matrix(adjugate_over_det),
        node="LinalgInvExBackward0",
        latex=lambda: (ATOM, [(0, ATOM), "^{-1}"]),
        samples=f"{THREE}; {TWO}; {STACK}",
        **fields,
    )


_inverse(
    "inv|inverse|matrix_inverse",
    "Inverse of a square matrix.",
    inverse,
    exports={"torch": "torch.linalg.inv({0})", "numpy": "np.linalg.inv({0})"},
    letter="P",
)
_inverse(
    "inv_or_inf",
    "Inverse of a square matrix, its limits inf and nan where it is singular: the slope of logdet.",
    inverse_or_infinite,
)


def _solve_shape(a: Shape, b: Shape) -> Shape:
    square("solve", a)
    n = a[-1]
    if not b:
        raise ShapeError("solve needs a vector or a matrix on the right; {1} has no axis", code="AG306")
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
    symbolic=lambda sympy, a, b: each_matrix(adjugate_over_det)(sympy, a) @ b,
    batch=batching.solving,
    node="LinalgSolveExBackward0",
    latex=r"{{{0}}}^{{-1}}{1}",
    samples=f"{THREE} 3; {THREE} 3,2; {STACK} 2,2,3; {STACK} 2; {STACK} 2,3; {TWO} 2,2,1",
)
def solve(a: Any, b: Any) -> Any:
    """The x for which A @ x is b, a vector or a matrix."""
    y, singular = inverses(a)
    refuse(singular, a.shape[-1])
    return np.linalg.solve(a, b) if np.isfinite(a).all() else y @ b


def _cholesky_vjp(g: Any, y: Any, _x: Any) -> Any:
    inside = flipped(y) @ g
    inside = (op.tril(inside, k=0) + op.tril(inside, k=-1)) / 2  # the diagonal counts half
    right = op.solve(flipped(y), flipped(op.solve(flipped(y), flipped(inside))))
    return (right + flipped(right)) / 2


@LINEAR_ALGEBRA.computed(
    exports={"torch": "torch.linalg.cholesky({0})", "numpy": "np.linalg.cholesky({0})"},
    vjps=(_cholesky_vjp,),
    shape=lambda x: square("cholesky", x),
    symbolic=each_matrix(banachiewicz),
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
    symbolic=each_matrix(least_squares_inverse),
    node="LinalgPinvBackward0",
    latex=lambda: (ATOM, [(0, ATOM), "^{+}"]),
    kinks=(Kink(_deficient, "the slope among matrices of the same rank, as PyTorch"),),
    samples=f"[[2.0,0.5,-0.3],[0.4,1.5,0.7]]; [[1.0,0.4],[-0.3,0.8],[0.5,1.2]]; {TWO}",
)


@LINEAR_ALGEBRA.function(
    params=(Param("n", integer),), samples="; ".join(f"{THREE} n={n}" for n in (1, 2, 3, 6, -1, -2))
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


def _singular_factors(x: Any) -> Any:
    u, s, v = np.linalg.svd(x, full_matrices=False)
    return u, s, np.swapaxes(v, -1, -2)


def _eigen_factors(x: Any) -> Any:
    return np.linalg.eigh(x / 2 + np.swapaxes(x, -1, -2) / 2)


def _factor(number: int, factors: Callable[[Any], Any] = _singular_factors) -> Callable[[Any], Any]:
    """One of the factors of a matrix, vectors or values; nan for a matrix that is not finite."""

    def forward(x: Any) -> Any:
        finite = np.isfinite(x).all((-2, -1))
        found = factors(np.where(finite[..., None, None], x, 0))[number]
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


def _vectors_vjp(g: Any, y: Any, s: Any, other: Any, longer: bool) -> Any:
    """The gradient through the left vectors ``y``, or its transpose through the right; ``other`` are those beside them.

    J. Townsend, "Differentiating the singular value decomposition" (2016).
    """
    gaps, scaled, unit = _gaps(s)
    inside = gaps * (flipped(y) @ g)
    found = y @ ((inside + flipped(inside)) * scaled) @ flipped(other) / unit
    if longer:
        found = found + ((g - y @ (flipped(y) @ g)) / row(s)) @ flipped(other)
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
    raise LimitError("singular vectors and eigenvalues have too many cases for SymPy", code="AG801")


def _met(x: Any) -> Any:
    """Where a singular value is 0 or equals its neighbour, as far as rounding tells."""
    s = _factor(1)(x)
    return _equal(s, x) | (s <= np.finfo(x.dtype).eps * max(x.shape[-2:]) * s[..., :1])


def _equal(values: Any, x: Any) -> Any:
    """Where one of the values of a matrix equals its neighbour, as far as rounding tells."""
    largest = np.max(np.abs(values), axis=-1, keepdims=True, initial=0)
    same = np.abs(np.diff(values, axis=-1)) <= np.finfo(x.dtype).eps * max(x.shape[-2:]) * largest
    met = np.zeros(values.shape, bool)
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


_svd(
    "svd_u",
    "Left singular vectors of a matrix, in columns; their signs are free.",
    0,
    lambda g, y, x: _vectors_vjp(g, y, op.svdvals(x), op.svd_v(x), x.shape[-2] > x.shape[-1]),
    _no_form,
)
_svd(
    "svdvals",
    "Singular values of a matrix, largest first.",
    1,
    lambda g, _y, x: (op.svd_u(x) * row(g)) @ flipped(op.svd_v(x)),
    each_matrix(_closed_form),
    exports={"torch": "torch.linalg.svdvals({0})", "jax": "jnp.linalg.svd({0}, compute_uv=False)"},
    kinks=(Kink(_met, "one of the slopes, as PyTorch: singular values that meet, or are 0, have no others"),),
)
_svd(
    "svd_v",
    "Right singular vectors of a matrix, in columns; their signs are free.",
    2,
    lambda g, y, x: flipped(_vectors_vjp(g, y, op.svdvals(x), op.svd_u(x), x.shape[-1] > x.shape[-2])),
    _no_form,
)


def _eigenvectors_vjp(g: Any, y: Any, x: Any) -> Any:
    values, same = op.eigvalsh(x), np.eye(x.shape[-1], dtype=np.int8)
    gaps = (1 - same) / (row(values) - column(values) + same)
    found = y @ (gaps * (flipped(y) @ g)) @ flipped(y)
    return (found + flipped(found)) / 2


_SYMMETRIC = (
    "[[2.0,0.5,-0.3],[0.5,1.5,0.7],[-0.3,0.7,1.8]]; [[1.2,0.3],[0.3,-0.9]]; "
    "[[[1.5,0.2],[0.2,1.1]],[[0.7,0.4],[0.4,1.3]]]"
)

SINGULAR.operation(
    "eigvalsh",
    "Eigenvalues of a symmetric matrix, smallest first; of one that is not symmetric, (A + A.T)/2 is taken.",
    lambda g, _y, x: (op.eigh_vectors(x) * row(g)) @ flipped(op.eigh_vectors(x)),
    forward=_factor(0, _eigen_factors),
    shape=lambda x: square("eigvalsh", x)[:-1],
    symbolic=_no_form,
    exports={
        "torch": "torch.linalg.eigvalsh({0})",
        "jax": "jnp.linalg.eigvalsh({0})",
        "numpy": "np.linalg.eigvalsh({0})",
    },
    kinks=(
        Kink(
            lambda x: _equal(_factor(0, _eigen_factors)(x), x),
            "one of the slopes, as PyTorch: equal eigenvalues have no others",
        ),
    ),
    node="LinalgEighBackward0",
    samples=_SYMMETRIC,
)
SINGULAR.operation(
    "eigh_vectors",
    "Eigenvectors of a symmetric matrix, in columns in the order of eigvalsh; their signs are free.",
    _eigenvectors_vjp,
    forward=_factor(1, _eigen_factors),
    shape=lambda x: square("eigh_vectors", x),
    symbolic=_no_form,
    node="LinalgEighBackward0",
    samples=_SYMMETRIC,
)
