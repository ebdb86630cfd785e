"""Determinants, cofactors and inverses as numbers, right at singular matrices and where entries are not finite."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_core.errors import DomainError

CYCLE = ((1, 2), (2, 0), (0, 1))


def determinant(x: Any) -> Any:
    """Determinants; those of up to three rows by the products, which are exact for whole numbers."""
    n = x.shape[-1]
    y = np.asarray(np.linalg.det(x), x.dtype)
    if n == 2:
        exact = x[..., 0, 0] * x[..., 1, 1] - x[..., 0, 1] * x[..., 1, 0]
    elif n == 3:
        exact = np.sum(x[..., 0, :] * cofactors(x)[..., 0, :], axis=-1)
    else:
        return y
    return np.where(np.isfinite(exact), exact, y)


def _turned(a: Any, b: Any) -> Any:
    """Cofactors of three rows, with each product taken of one entry of ``a`` and one of ``b``."""
    out = np.empty(a.shape, a.dtype)
    for i, (up, down) in enumerate(CYCLE):
        for j, (left, right) in enumerate(CYCLE):
            out[..., i, j] = a[..., up, left] * b[..., down, right] - a[..., up, right] * b[..., down, left]
    return out


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


def cofactors(x: Any) -> Any:
    """The adjugate transposed, right for singular matrices too: through singular values for four rows and more.

    G. W. Stewart, "On the adjugate matrix", Linear Algebra and its Applications 283 (1998).
    """
    n = x.shape[-1]
    if n == 0:
        return x.copy()
    if n == 1:
        return np.ones_like(x)
    if n == 2:
        flipped = x[..., ::-1, ::-1]
        return flipped * np.array([[1, -1], [-1, 1]], np.int8)
    if n == 3:
        return _turned(x, x)
    u, s, v, sign = _factors(x)
    return sign * ((u * others(s)[..., None, :]) @ v)


def cofactor_slopes(x: Any, g: Any) -> Any:
    """The derivative of the cofactors of ``x`` along ``g``.

    In the basis of the singular vectors ``x`` is diagonal, and a second derivative of the determinant is, up to its
    sign, the product of all other diagonal entries.
    """
    x, g = np.broadcast_arrays(x, g)
    n = x.shape[-1]
    if n < 2:
        return np.zeros_like(x)
    if n == 2:
        return cofactors(g)
    if n == 3:
        return _turned(x, g) + _turned(g, x)
    u, s, v, sign = _factors(x)
    diagonal = np.eye(n, dtype=bool)
    pairs = others(np.where(diagonal, np.ones_like(s)[..., None], s[..., None, :]))
    pairs[..., diagonal] = 0
    inside = np.swapaxes(u, -1, -2) @ g @ np.swapaxes(v, -1, -2)
    turned = -pairs * np.swapaxes(inside, -1, -2)
    turned[..., diagonal] = np.einsum("...ik,...kk->...i", pairs, inside)
    return sign * (u @ turned @ v)


def _inverses(x: Any) -> tuple[Any, Any]:
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
    raise DomainError(
        f"{{0}} is singular{f' at {place}' if place else ''}",
        code="AG404",
        why="its rows depend on each other, so it has no inverse",
        hint=f"add a little to the diagonal: {{0}} + 1e-6*eye({n})",
    )


def inverse(x: Any) -> Any:
    """Inverses.

    Raises DomainError for a singular matrix.
    """
    y, singular = _inverses(x)
    refuse(singular, x.shape[-1])
    return y


def inverse_or_infinite(x: Any) -> Any:
    """Inverses; for a singular matrix the adjugate divided by 0."""
    y, singular = _inverses(x)
    if np.any(singular):
        limit = np.swapaxes(cofactors(x), -1, -2) / np.zeros((), x.dtype)
        y = np.where(singular[..., None, None], limit, y)
    return y


def solution(a: Any, b: Any) -> Any:
    """The solutions of linear systems.

    Raises DomainError for a singular matrix.
    """
    y, singular = _inverses(a)
    refuse(singular, a.shape[-1])
    if np.isfinite(a).all():
        return np.linalg.solve(a, b)
    return y @ b
