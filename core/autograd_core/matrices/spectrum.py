"""What a symmetric matrix is like: its eigenvalues, whether it is definite, its condition."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import numpy.typing as npt

from autograd_core.matrices.report import Spectrum

Array = npt.NDArray[np.floating]

MAX_SIDE = 1_000
"""Rows of a matrix up to which its eigenvalues are found."""

MAX_MOVED = 64
"""Rows of a matrix up to which it is found out how far rounding can move the entries."""

LOST = 1e-6
"""What is moved so far, relative to the largest entry and 1, jumps: rounding says nothing about it."""

SYMMETRIC = 1e-9
"""Differences of entries, relative to the largest, that rounding may leave in a symmetric matrix (float64)."""


def spectrum(
    blocks: Mapping[tuple[str, str], Array],
    names: Sequence[str],
    rounding: Callable[[], Mapping[tuple[str, str], Array]] = dict,
) -> Spectrum | None:
    """The spectrum of the matrix made of ``blocks``, None for a matrix without entries.

    ``rounding`` finds how far rounding can move the entries of blocks. An eigenvalue is moved by no more than the norm
    of what its matrix is moved by; what is no larger is 0 beside larger ones, and is never called negative.
    """
    matrix = joined(blocks, names)
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
    moved: Mapping[tuple[str, str], Array] = {}
    if len(wide) <= MAX_MOVED or asymmetry > SYMMETRIC * size:
        moved = rounding()
    known = joined({**{k: np.zeros(b.shape) for k, b in blocks.items()}, **moved}, names)
    allowed = float(np.linalg.norm(np.where(known < LOST * max(size, 1.0), known, 0.0)))
    symmetric = asymmetry <= max(max(SYMMETRIC, 100 * precision) * size, allowed)
    if not symmetric or len(wide) > MAX_SIDE:
        return Spectrum(symmetric, asymmetry, None, None, None)
    found = np.linalg.eigvalsh((wide + wide.T) / 2)
    largest = float(np.max(np.abs(found)))
    least = max(len(wide) * precision * largest, allowed)
    found = np.where(np.abs(found) <= least, 0.0, found)
    largest = float(np.max(np.abs(found)))
    smallest = float(np.min(np.abs(found)))
    condition = largest / smallest if smallest else float("inf")
    words = definite(float(found[0]), float(found[-1]))
    return Spectrum(
        symmetric, asymmetry, found, f"{words} within rounding" if size and not largest else words, condition
    )


def joined(blocks: Mapping[tuple[str, str], Array], names: Sequence[str]) -> Array:
    """Blocks as one matrix, each of them by rows and columns of its own."""
    return np.block([[blocks[a, b] for b in names] for a in names])


def definite(low: float, high: float) -> str:
    """What the smallest and the largest eigenvalue say."""
    if low == high == 0:
        return "zero"
    if low >= 0:
        return "positive definite" if low else "positive semidefinite"
    if high <= 0:
        return "negative definite" if high else "negative semidefinite"
    return "indefinite"
