"""What a symmetric matrix is like: its eigenvalues, whether it is definite, its condition."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from autograd_core.matrices.report import Spectrum

Array = npt.NDArray[np.floating]

MAX_SIDE = 1_000
"""Rows of a matrix up to which its eigenvalues are found."""

SYMMETRIC = 1e-9
"""Differences of entries, relative to the largest, that rounding may leave in a symmetric matrix (float64)."""


def spectrum(blocks: Mapping[tuple[str, str], Array], names: Sequence[str]) -> Spectrum | None:
    """The spectrum of the matrix made of ``blocks``, None for a matrix without entries."""
    matrix = np.block([[blocks[a, b] for b in names] for a in names])
    if not matrix.size:
        return None
    wide = matrix.astype(np.float64)
    with np.errstate(all="ignore"):
        asymmetry = float(np.max(np.abs(wide - wide.T)))
        size = float(np.max(np.abs(wide)))
    precision = float(np.finfo(matrix.dtype).eps)
    if not np.isfinite(wide).all():
        mirrored = bool(np.array_equal(wide, wide.T, equal_nan=True))
        return Spectrum(mirrored, 0.0 if mirrored else asymmetry, None, None, None)
    symmetric = asymmetry <= max(SYMMETRIC, 100 * precision) * size
    if not symmetric or len(wide) > MAX_SIDE:
        return Spectrum(symmetric, asymmetry, None, None, None)
    eigenvalues = np.linalg.eigvalsh((wide + wide.T) / 2)
    low, high = float(eigenvalues[0]), float(eigenvalues[-1])
    least = len(wide) * precision * max(abs(low), abs(high))
    smallest = float(np.min(np.abs(eigenvalues)))
    condition = max(abs(low), abs(high)) / smallest if smallest > least else float("inf")
    return Spectrum(symmetric, asymmetry, eigenvalues, definite(low, high, least), condition)


def definite(low: float, high: float, least: float) -> str:
    """What the smallest and the largest eigenvalue say; what is not larger than ``least`` counts as 0."""
    if low > least:
        return "positive definite"
    if high < -least:
        return "negative definite"
    if low >= -least and high <= least:
        return "zero"
    if low >= -least:
        return "positive semidefinite"
    return "negative semidefinite" if high <= least else "indefinite"
