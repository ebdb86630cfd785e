"""Random tensors: for a seed, the numbers that PyTorch draws on a CPU.

The source is the Mersenne twister (Matsumoto and Nishimura 1998) as NumPy has it. PyTorch makes a float32 of 24 bits, a
float64 of 53, and normal numbers by Box and Muller's method: pairs in a row, or from 16 numbers on eight and eight.
"""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from typing import Any

import numpy as np

Array = np.ndarray[Any, np.dtype[Any]]


class Generator:
    """A source of random numbers with a state of its own (``torch.Generator``)."""

    def __init__(self, device: Any = None) -> None:
        self._seed: int | None = None
        self._spare: float | None = None

    def manual_seed(self, seed: int) -> Generator:
        """Start again from a seed."""
        self._seed = int(seed)
        self._source = np.random.RandomState(seed % 2**32)
        self._spare = None
        return self

    def initial_seed(self) -> int:
        """The seed that it was started from: one that the system gives, where none was set."""
        if self._seed is None:
            self.manual_seed(int.from_bytes(os.urandom(7), "little"))
        assert self._seed is not None
        return self._seed

    def words(self, count: int) -> Array:
        """Random numbers of 32 bits."""
        self.initial_seed()
        return self._source.randint(0, 2**32, count, dtype=np.uint64)

    def uniform(self, count: int, dtype: np.dtype[Any]) -> Array:
        """Numbers from 0 up to 1."""
        if dtype.itemsize <= 4:
            return ((self.words(count) & np.uint64(2**24 - 1)).astype(np.float64) * 2.0**-24).astype(dtype)
        pairs = self.words(2 * count)
        both = (pairs[::2] << np.uint64(32)) | pairs[1::2]
        return (both & np.uint64(2**53 - 1)).astype(np.float64) * 2.0**-53

    def normal(self, count: int, dtype: np.dtype[Any]) -> Array:
        """Numbers of the standard normal distribution."""
        if count < 16:
            return np.array([self._one_normal() for _ in range(count)], dtype)
        out = self.uniform(count, dtype)
        whole = count - count % 16
        out[:whole] = box_muller(out[:whole].reshape(-1, 16)).reshape(-1)
        if whole < count:
            out[-16:] = box_muller(self.uniform(16, dtype).reshape(1, 16)).reshape(-1)
        return out

    def _one_normal(self) -> float:
        if self._spare is not None:
            found, self._spare = self._spare, None
            return found
        first, second = self.uniform(2, np.dtype(np.float64)).tolist()
        radius, angle = math.sqrt(-2.0 * math.log1p(-second)), 2.0 * math.pi * first
        self._spare = radius * math.sin(angle)
        return radius * math.cos(angle)

    def permutation(self, count: int) -> Array:
        """The numbers below ``count`` in random order."""
        found = list(range(count))
        for i, word in enumerate(self.words(max(count - 1, 0)).tolist()):
            other = i + word % (count - i)
            found[i], found[other] = found[other], found[i]
        return np.array(found, np.int64)


def box_muller(rows: Array) -> Array:
    """Normal numbers from rows of 16 uniform ones: the cosines in the first eight, the sines in the last."""
    radius = np.sqrt(-2.0 * np.log(1.0 - rows[:, :8]))
    angle = rows.dtype.type(2.0 * math.pi) * rows[:, 8:]
    return np.concatenate([radius * np.cos(angle), radius * np.sin(angle)], axis=1)


shared = Generator()
"""The source of what names no other."""


def integers(low: int, high: int, shape: Sequence[int], generator: Generator | None) -> Array:
    """Random integers from ``low`` up to ``high``."""
    words = (generator or shared).words(math.prod(shape))
    return (words % np.uint64(high - low)).astype(np.int64).reshape(tuple(shape)) + low


class EvenNumbers:
    """Numbers of mean 0 and variance 1 that do not repeat: multiples of the golden ratio, modulo 1, spread evenly.

    They do where random numbers would: loading ``numpy.random`` costs as much as all formulas of a small job.
    """

    def __init__(self, start: int = 0) -> None:
        self.drawn = start

    def next(self, count: int) -> Array:
        """The next ``count`` numbers, between -1.74 and 1.74."""
        positions = np.arange(self.drawn + 1, self.drawn + count + 1)
        self.drawn += count
        fractions: Array = np.modf(positions * 0.6180339887498949)[0]
        return (fractions - 0.5) * 12**0.5
