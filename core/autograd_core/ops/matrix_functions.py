"""What operations on matrices compute, on numbers by LAPACK and on names by minors."""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations
from typing import Any

import numpy as np

from autograd_core.errors import DomainError, LimitError


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

    In the basis of the singular vectors ``x`` is diagonal, and a second derivative of the determinant is, up to its
    sign, the product of all other diagonal entries.
    """
    x, g = np.broadcast_arrays(x, g)
    n = x.shape[-1]
    if n <= SMALL:
        minors, signs = _minors(x)
        return signs * np.sum(cofactors(minors) * _minors(g)[0], axis=(-2, -1))
    u, s, v, sign = _factors(x)
    diagonal = np.eye(n, dtype=bool)
    pairs = others(np.where(diagonal, np.ones_like(s)[..., None], s[..., None, :]))
    pairs[..., diagonal] = 0
    inside = np.swapaxes(u, -1, -2) @ g @ np.swapaxes(v, -1, -2)
    turned = -pairs * np.swapaxes(inside, -1, -2)
    turned[..., diagonal] = np.einsum("...ik,...kk->...i", pairs, inside)
    return sign * (u @ turned @ v)


def inverses(x: Any) -> tuple[Any, Any]:
    """Inverses, nan for matrices that are not finite, and which matrices are singular.

    A matrix counts as singular when an entry of the diagonal of |inv A| |A| passes 1/eps: this number is at most
    Bauer's condition, and scaling rows or columns does not change it.
    F. L. Bauer, "Optimally scaled matrices", Numerische Mathematik 5 (1963).
    """
    n = x.shape[-1]
    finite = np.isfinite(x).all((-2, -1))
    if finite.all():
        try:
            y = np.linalg.inv(x)
        except np.linalg.LinAlgError:
            y = _one_by_one(x, finite)
    else:
        y = _one_by_one(x, finite)
    condition = (np.abs(y) * np.abs(np.swapaxes(x, -1, -2))).sum(-1).max(-1, initial=0) if n else np.zeros(x.shape[:-2])
    return y, finite & ~(condition < 1 / np.finfo(x.dtype).eps)


def _one_by_one(x: Any, finite: Any) -> Any:
    y = np.full(x.shape, np.nan, x.dtype)
    for where in np.ndindex(*x.shape[:-2]):
        if finite[where]:
            try:
                y[where] = np.linalg.inv(x[where])
            except np.linalg.LinAlgError:
                continue
    return y


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


MAX_EXPANDED = 6
"""Rows of a matrix whose determinant is written out: 6 rows have 720 products."""


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
