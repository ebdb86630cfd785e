"""How tensors are printed: as PyTorch prints them.

Numbers take four decimals, all of one width; whole numbers a point alone; large and small ones together an exponent.
More than 1,000 entries are summarized by the first and last three of each axis. What the numbers do not tell follows:
the dtype where it is not the default, the operation that made the tensor, and whether it requires grad.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np

from autograd_core.dataclass import dataclass
from autograd_core.engine.dtypes import default, dtype_of

Array = np.ndarray[Any, np.dtype[Any]]
PREFIX = "tensor("


@dataclass(frozen=True)
class Options:
    """Decimals, the number of entries above which an array is summarized and how many are shown then at each end."""

    precision: int = 4
    threshold: float = 1000
    edgeitems: int = 3
    linewidth: int = 80
    sci_mode: bool | None = None


PROFILES = {
    "default": Options(),
    "short": Options(precision=2, edgeitems=2),
    "full": Options(threshold=math.inf),
}
_current = [Options()]


def set_printoptions(
    precision: int | None = None,
    threshold: float | None = None,
    edgeitems: int | None = None,
    linewidth: int | None = None,
    profile: str | None = None,
    sci_mode: bool | None = None,
) -> None:
    """Set how tensors are printed (``torch.set_printoptions``); what is not given stays."""
    start = PROFILES[profile] if profile is not None else _current[0]
    given = {"precision": precision, "threshold": threshold, "edgeitems": edgeitems, "linewidth": linewidth}
    _current[0] = replace(start, **{k: v for k, v in given.items() if v is not None}, sci_mode=sci_mode)  # type: ignore[arg-type]  # by name


class Format:
    """How the entries of one array are written: with a point alone, with decimals or with an exponent."""

    def __init__(self, entries: Array, options: Options) -> None:
        self.precision = options.precision
        self.kind = entries.dtype.kind
        self.width = 1
        self.whole = self.scientific = False
        if self.kind != "f":
            self.width = max([len(self.bare(v)) for v in entries.reshape(-1).tolist()], default=1)
            return
        finite = np.abs(entries.astype(np.float64))
        finite = finite[np.isfinite(finite) & (finite != 0)]
        if finite.size == 0:
            self.whole = True
            return
        least, most = float(finite.min()), float(finite.max())
        self.whole = bool((finite == np.ceil(finite)).all())
        self.scientific = most / least > 1000.0 or most > 1e8 or (not self.whole and least < 1e-4)
        if options.sci_mode is not None:
            self.scientific = options.sci_mode
        shown = entries[np.isfinite(entries) & (entries != 0)].reshape(-1).tolist()
        self.width = max(len(self.bare(v)) for v in shown)

    def bare(self, value: Any) -> str:
        """An entry without padding."""
        if self.kind != "f":
            return str(value)
        if not math.isfinite(value):
            return str(value)
        if self.scientific:
            return f"{value:.{self.precision}e}"
        return f"{value:.0f}." if self.whole else f"{value:.{self.precision}f}"

    def __call__(self, value: Any) -> str:
        """An entry in the width of all."""
        return self.bare(value).rjust(self.width)


def text(tensor: Any) -> str:
    """The tensor as PyTorch prints it."""
    options = _current[0]
    array = tensor.array
    indent = len(PREFIX)
    summarized = array.size > options.threshold
    suffixes = []
    plain = array.dtype == default.dtype or array.dtype in (np.int64, np.bool_)
    if array.size == 0:
        words = "[]"
        if array.ndim != 1:
            suffixes.append(f"size={tuple(array.shape)}")
        plain = array.dtype == default.dtype
    else:
        shown = edges(array, options.edgeitems) if summarized else array
        words = nested(array, indent, summarized, Format(shown, options), options)
    if not plain:
        suffixes.append(f"dtype={dtype_of(array.dtype)}")
    if tensor.grad_fn is not None:
        suffixes.append(f"grad_fn=<{tensor.grad_fn.name().rpartition('::')[2]}>")
    elif tensor.requires_grad:
        suffixes.append("requires_grad=True")
    return joined(PREFIX + words, suffixes, indent, options.linewidth)


def joined(words: str, suffixes: list[str], indent: int, width: int) -> str:
    """The words with what follows them, on a line of its own where it does not fit."""
    out = words
    last = len(words) - words.rfind("\n") + 1
    for suffix in suffixes:
        if last + len(suffix) + 2 > width:
            out += ",\n" + " " * indent + suffix
            last = indent + len(suffix)
        else:
            out += ", " + suffix
            last += len(suffix) + 2
    return out + ")"


def edges(array: Array, many: int) -> Array:
    """The first and last entries along each axis: those that are shown."""
    for axis, length in enumerate(array.shape):
        if length > 2 * many:
            array = np.take(array, [*range(many), *range(length - many, length)], axis)
    return array


def nested(array: Array, indent: int, summarized: bool, form: Format, options: Options) -> str:
    """An array within brackets, one line for each row, and an empty line between blocks."""
    if array.ndim == 0:
        return form(array.item())
    many = options.edgeitems
    cut = summarized and len(array) > 2 * many
    if array.ndim == 1:
        entries = [form(v) for v in (array[:many] if cut else array).tolist()]
        if cut:
            entries += [" ...", *[form(v) for v in array[-many:].tolist()]]
        each = max(1, (options.linewidth - indent) // (form.width + 2))
        lines = [entries[i : i + each] for i in range(0, len(entries), each)]
        return "[" + f",\n{' ' * (indent + 1)}".join([", ".join(line) for line in lines]) + "]"
    rows = list(range(many)) + list(range(len(array) - many, len(array))) if cut else list(range(len(array)))
    blocks = [nested(array[i], indent + 1, summarized, form, options) for i in rows]
    if cut:
        blocks.insert(many, "...")
    between = "," + "\n" * (array.ndim - 1) + " " * (indent + 1)
    return "[" + between.join(blocks) + "]"
