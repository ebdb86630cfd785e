"""The textbook formulas of linear algebra, in minors: an independent statement for SymPy."""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations
from typing import Any

import numpy as np

from autograd_core.errors import LimitError
from autograd_core.ops.spec import sp

MAX_EXPANDED = 6
"""Rows of a matrix whose determinant is written out: 6 rows have 720 products."""


def each_matrix(meaning: Callable[..., Any], *stacks: Any) -> Any:
    """A function of matrices applied to each matrix of a stack of SymPy numbers."""
    lead = stacks[0].shape[:-2]
    results = {where: np.asarray(meaning(*[x[where] for x in stacks]), object) for where in np.ndindex(*lead)}
    if () in results:
        return results[()]
    shape = next(iter(results.values())).shape if results else ()
    found = np.empty(lead + shape, object)
    for where, result in results.items():
        found[where] = result if result.ndim else result.item()
    return found


def expansion(x: Any) -> Any:
    """A determinant by Laplace's expansion along the rows, each minor of the last rows once.

    Raises LimitError for a matrix with too many rows.
    """
    n = x.shape[-1]
    if n > MAX_EXPANDED:
        raise LimitError(f"the determinant of {n} rows has too many products for SymPy", code="AG801")
    known: dict[tuple[int, ...], Any] = {(): sp().Integer(1)}
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


def cofactor_expansion(x: Any) -> Any:
    """The cofactors by their minors."""
    n = x.shape[-1]
    found = np.empty((n, n), object)
    for i, j in np.ndindex(n, n):
        found[i, j] = (-1) ** (i + j) * expansion(np.delete(np.delete(x, i, 0), j, 1))
    return found


def slope_expansion(x: Any, g: Any) -> Any:
    """The derivative of the cofactors: they are linear in every row, so one row after the other gives way to ``g``."""
    n = x.shape[-1]
    found = np.full((n, n), sp().Integer(0), object)
    for row in range(n):
        changed = x.copy()
        changed[row] = g[row]
        made = cofactor_expansion(changed)
        made[row] = sp().Integer(0)
        found = found + made
    return found


def adjugate_over_det(x: Any) -> Any:
    """The inverse as the adjugate over the determinant."""
    return cofactor_expansion(x).T / expansion(x)


def cramer(a: Any, b: Any) -> Any:
    """The solution by Cramer's rule."""
    if b.ndim == 1:
        return each_matrix(lambda m: _cramer(m, b[:, None])[:, 0], a)
    lead = np.broadcast_shapes(a.shape[:-2], b.shape[:-2])
    wide = np.broadcast_to(a, lead + a.shape[-2:]), np.broadcast_to(b, lead + b.shape[-2:])
    return each_matrix(_cramer, *wide)


def _cramer(a: Any, b: Any) -> Any:
    found = np.empty((a.shape[0], b.shape[1]), object)
    whole = expansion(a)
    for i, j in np.ndindex(*found.shape):
        changed = a.copy()
        changed[:, i] = b[:, j]
        found[i, j] = expansion(changed) / whole
    return found


def banachiewicz(x: Any) -> Any:
    """The Cholesky factor of the symmetric part, row by row."""
    n = x.shape[-1]
    found = np.full((n, n), sp().Integer(0), object)
    half = (x + x.T) / sp().Integer(2)
    for i in range(n):
        for j in range(i + 1):
            rest = half[i, j] - sum(found[i, k] * found[j, k] for k in range(j))
            found[i, j] = sp().sqrt(rest) if i == j else rest / found[j, j]
    return found


def least_squares_inverse(x: Any) -> Any:
    """The pseudo-inverse of a matrix of full rank."""
    if x.shape[0] >= x.shape[1]:
        return adjugate_over_det(x.T.dot(x)).dot(x.T)
    return x.T.dot(adjugate_over_det(x.dot(x.T)))
