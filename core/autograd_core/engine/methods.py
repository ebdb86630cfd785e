"""Methods and functions of tensors where PyTorch means another thing than the language, or where the language has none.

``x.std()`` divides by n - 1, ``x.max(1)`` gives values and indices, ``x.cumsum(0)`` names its axis, ``x.t()``.
"""

from __future__ import annotations

from collections import namedtuple
from dataclasses import replace
from typing import Any

import numpy as np

from autograd_core.engine.dtypes import cannot_expand, short_name
from autograd_core.engine.inplace import replace_history, write
from autograd_core.engine.random import shared
from autograd_core.errors import AxisError, GradientError, ShapeError
from autograd_core.ops import indexing, registry, shape

ops = registry.op
TRANSPOSED = {name: replace(shape.transpose, node=f"{name}Backward0") for name in ("T", "Transpose", "Permute")}


def _pair(name: str) -> Any:
    """Values with their indices, printed as PyTorch does."""

    def text(pair: Any) -> str:
        return f"torch.return_types.{name}(\nvalues={pair[0]!r},\nindices={pair[1]!r})"

    return type(name, (namedtuple("Pair", ("values", "indices")),), {"__repr__": text, "__slots__": ()})


PAIRS = {name: _pair(name) for name in ("max", "min", "sort", "median", "topk", "cummax", "cummin")}


def plain(like: Any, array: Any) -> Any:
    """A tensor without history, of the kind of another."""
    return type(like).over(np.asarray(array))


def axis_of(x: Any, dim: int) -> Any:
    """A non-negative axis.

    Raises AxisError for one that does not exist.
    """
    many = max(x.array.ndim, 1)
    if not -many <= dim < many:
        raise AxisError(
            f"axis {dim} does not exist: the tensor has {x.array.ndim}",
            pytorch=f"Dimension out of range (expected to be in range of [{-many}, {many - 1}], but got {dim})",
        )
    return dim % many


def floating(x: Any, name: str) -> None:
    """Raise GradientError for integers, whose mean PyTorch does not take."""
    if x.array.dtype.kind != "f":
        kind = short_name(x.array.dtype)
        words = (
            f"{name}(): could not infer output dtype. Input dtype must be either a floating point or complex dtype. "
            f"Got: {kind}"
        )
        raise GradientError(
            f"{name} needs floating point numbers",
            code="AG206",
            hint=f"x.float().{name}()",
            pytorch=words if name == "mean" else "std and var only support floating point and complex dtypes",
        )


def picked(input: Any, indices: Any, axis: int, keepdim: bool, name: str) -> Any:
    """The entries at one position along an axis for each of the others, by a node of this name."""
    take = replace(ops.index, node=f"{name}Backward0")
    where = list(np.ogrid[tuple([slice(n) for n in input.array.shape])])
    if keepdim:
        where[axis : axis + 1] = [np.expand_dims(indices, axis)]
    else:
        where = [w if i == axis else np.squeeze(w, axis) for i, w in enumerate(where)]
        where[axis : axis + 1] = [np.asarray(indices)]
    return input.__apply_op__(take, (input,), {"key": tuple(where)})


def taken(input: Any, indices: Any, axis: int, name: str) -> Any:
    """Entries by positions along an axis, by a node of this name."""
    take = replace(ops.take_along_axis, node=f"{name}Backward0")
    return input.__apply_op__(take, (input, plain(input, indices)), {"axis": axis})


def extreme(name: str) -> Any:
    """``max`` and ``min``: of all entries, along an axis with the indices, or of two tensors."""
    find = np.argmax if name == "max" else np.argmin

    def call(input: Any, dim: Any = None, keepdim: bool = False, *, other: Any = None) -> Any:
        other = dim if isinstance(dim, type(input)) else other
        if other is not None:
            return getattr(ops, f"{name}imum")(input, other)
        if dim is None:
            return getattr(ops, name)(input, axis=None, keepdims=False)
        axis = axis_of(input, dim)
        found = find(input.array, axis=axis) if input.array.ndim else np.int64(0)
        shown = np.expand_dims(found, axis) if keepdim else found
        return PAIRS[name](picked(input, found, axis, keepdim, name.title()), plain(input, shown))

    return call


def reduced(name: str) -> Any:
    """``argmax``, ``argmin``, ``any`` and ``all``, as NumPy has them, of all entries or along an axis."""

    def call(input: Any, dim: int | None = None, keepdim: bool = False) -> Any:
        return plain(input, getattr(np, name)(input.array, axis=dim, keepdims=keepdim))

    return call


def spread(name: str) -> Any:
    """``std`` and ``var``: divided by n - 1 unless ``unbiased`` or ``correction`` say otherwise."""

    def call(
        input: Any, dim: Any = None, unbiased: Any = True, keepdim: bool = False, *, correction: Any = None
    ) -> Any:
        if isinstance(dim, bool):
            dim, unbiased = None, dim
        floating(input, name)
        ddof = int(unbiased) if correction is None else correction
        axis = tuple(dim) if isinstance(dim, (list, tuple)) else dim
        return getattr(ops, name)(input, axis=axis, ddof=ddof, keepdims=keepdim)

    return call


def mean(input: Any, dim: Any = None, keepdim: bool = False, *, dtype: Any = None) -> Any:
    """The mean of all entries, or along axes."""
    input = input if dtype is None else input.to(dtype)
    floating(input, "mean")
    return ops.mean(input, axis=tuple(dim) if isinstance(dim, (list, tuple)) else dim, keepdims=keepdim)


def median(input: Any, dim: int | None = None, keepdim: bool = False) -> Any:
    """The lower of the two middle entries of all, or along an axis with its position."""
    flat = ops.reshape(input, shape=(-1,)) if dim is None else input
    axis = axis_of(flat, 0 if dim is None else dim)
    order = np.argsort(flat.array, axis=axis, kind="stable")
    found = np.take(order, (flat.array.shape[axis] - 1) // 2, axis=axis)
    values = picked(flat, found, axis, keepdim and dim is not None, "Median")
    if dim is None:
        return values
    return PAIRS["median"](values, plain(input, np.expand_dims(found, axis) if keepdim else found))


def sort(input: Any, dim: int = -1, descending: bool = False, stable: bool = False) -> Any:
    """The entries in order along an axis, with the positions they had."""
    axis = axis_of(input, dim)
    order = np.argsort(-input.array if descending else input.array, axis=axis, kind="stable")
    return PAIRS["sort"](taken(input, order, axis, "Sort"), plain(input, order))


def argsort(input: Any, dim: int = -1, descending: bool = False) -> Any:
    """The positions that put the entries in order."""
    found: Any = sort(input, dim, descending).indices
    return found


def topk(input: Any, k: int, dim: int = -1, largest: bool = True) -> Any:
    """The k largest entries along an axis, with their positions."""
    axis = axis_of(input, dim)
    order = np.argsort(-input.array if largest else input.array, axis=axis, kind="stable")
    order = np.take(order, np.arange(k), axis=axis)
    return PAIRS["topk"](taken(input, order, axis, "Topk"), plain(input, order))


def along(name: str) -> Any:
    """``cumsum`` and ``cumprod``, which name their axis."""

    def call(input: Any, dim: int) -> Any:
        return getattr(ops, name)(input, axis=axis_of(input, dim))

    return call


def transpose(input: Any, dim0: int, dim1: int) -> Any:
    """Two axes swapped."""
    axes = list(range(input.array.ndim))
    a, b = axis_of(input, dim0), axis_of(input, dim1)
    if axes:
        axes[a], axes[b] = axes[b], axes[a]
    return input.__apply_op__(TRANSPOSED["Transpose"], (input,), {"axes": tuple(axes)})


def t(input: Any) -> Any:
    """A matrix transposed."""
    if input.array.ndim > 2:
        raise ShapeError(
            f"t() transposes a matrix; the tensor has {input.array.ndim} dimensions",
            code="AG303",
            pytorch=f"t() expects a tensor with <= 2 dimensions, but self is {input.array.ndim}D",
        )
    return input.__apply_op__(TRANSPOSED["T"], (input,), {"axes": None})


def sizes_of(given: Any) -> tuple[Any, ...]:
    """Lengths that were given in one argument or in several."""
    return tuple(given[0] if len(given) == 1 and isinstance(given[0], (list, tuple)) else given)


def expand(input: Any, *sizes: Any) -> Any:
    """Broadcast to a shape, in which -1 leaves an axis as it is."""
    shape = list(sizes_of(sizes))
    lead = len(shape) - input.array.ndim
    shape = [input.array.shape[i - lead] if n == -1 and i >= lead else n for i, n in enumerate(shape)]
    if any(n not in (1, m) for n, m in zip(input.array.shape[::-1], shape[::-1], strict=False)):
        words = cannot_expand(input.array.shape, tuple(shape))
        raise ShapeError(f"shape {input.array.shape} does not broadcast to {tuple(shape)}", pytorch=words)
    return ops.broadcast_to(input, shape=tuple(shape))


def repeat(input: Any, *sizes: Any) -> Any:
    """Repeated along each axis."""
    return ops.tile(input, reps=sizes_of(sizes))


def split(input: Any, size: Any, dim: int = 0) -> tuple[Any, ...]:
    """Pieces of a length, or of the given lengths, along an axis."""
    axis = axis_of(input, dim)
    total = input.array.shape[axis]
    sizes = [min(size, total - i) for i in range(0, total, size)] if isinstance(size, int) else list(size)
    pieces, start = [], 0
    for length in sizes:
        pieces.append(narrow(input, axis, start, length))
        start += length
    return tuple(pieces)


SPLIT = replace(indexing.index, node="SplitBackward0")


def narrow(input: Any, dim: int, start: int, length: int) -> Any:
    """A stretch of an axis."""
    key = (slice(None),) * axis_of(input, dim) + (slice(start, start + length),)
    return input.__apply_op__(SPLIT, (input,), {"key": key})


def chunk(input: Any, chunks: int, dim: int = 0) -> tuple[Any, ...]:
    """At most so many pieces of one length."""
    return split(input, max(1, -(-input.array.shape[axis_of(input, dim)] // chunks)), dim)


def unbind(input: Any, dim: int = 0) -> tuple[Any, ...]:
    """The slices along an axis."""
    axis = axis_of(input, dim)
    return tuple(ops.swapaxes(input, axis1=0, axis2=axis)) if axis else tuple(input)


def gather(input: Any, dim: int, index: Any) -> Any:
    """The entries that an array of positions names along an axis."""
    return ops.take_along_axis(input, index, axis=axis_of(input, dim))


def index_select(input: Any, dim: int, index: Any) -> Any:
    """The slices that positions name along an axis."""
    take = replace(ops.index, node="IndexSelectBackward0")
    key = (slice(None),) * axis_of(input, dim) + (index.array,)
    return input.__apply_op__(take, (input,), {"key": key})


def masked_fill(input: Any, mask: Any, value: Any) -> Any:
    """A number where the mask holds."""
    fill_in = replace(ops.where, node="MaskedFillBackward0")
    return input.__apply_op__(fill_in, (mask, value, input), {})


def norm(input: Any, p: Any = "fro", dim: Any = None, keepdim: bool = False) -> Any:
    """The p-norm of all entries, or along axes."""
    order = 2.0 if p in ("fro", None) else float(p)
    return ops.vector_norm(input, ord=order, axis=tuple(dim) if isinstance(dim, list) else dim, keepdims=keepdim)


def scaled(name: str) -> Any:
    """``add`` and ``sub`` of ``alpha`` times another."""

    def call(input: Any, other: Any, *, alpha: Any = 1) -> Any:
        return getattr(ops, name)(input, other if alpha == 1 else other * alpha)

    return call


def running(name: str) -> Any:
    """``cummax`` and ``cummin``: the extreme so far, with the position where it was last found."""
    better = np.greater_equal if name == "cummax" else np.less_equal

    def call(input: Any, dim: int) -> Any:
        axis = axis_of(input, dim)
        x = np.moveaxis(input.array, axis, 0)
        found = np.zeros(x.shape, np.int64)
        for i in range(1, len(x)):
            best = np.take_along_axis(x, found[i - 1 : i], 0)[0]
            found[i] = np.where(better(x[i], best) | np.isnan(x[i]), i, found[i - 1])
        order = np.moveaxis(found, 0, axis)
        return PAIRS[name](taken(input, order, axis, name.title()), plain(input, order))

    return call


def product(name: str, ndims: tuple[int, int], words: Any) -> Any:
    """``mm``, ``mv``, ``dot`` and ``bmm``: products of operands of these dimensions alone."""

    def call(input: Any, other: Any) -> Any:
        given = (input.array.ndim, other.array.ndim)
        if given != ndims:
            raise ShapeError(f"{name} takes operands of {ndims[0]} and {ndims[1]} dimensions", pytorch=words(*given))
        return ops.matmul(input, other)

    return call


def unsqueeze(input: Any, dim: int) -> Any:
    """A new axis of length 1."""
    return ops.expand_dims(input, axis=dim)


def detach_(input: Any) -> Any:
    """Forget the history of the tensor itself."""
    replace_history(input, None)
    return input


def allclose(input: Any, other: Any, rtol: float = 1e-05, atol: float = 1e-08, equal_nan: bool = False) -> bool:
    """Whether two tensors are nearly the same."""
    return bool(np.allclose(input.array, other.array, rtol, atol, equal_nan))


def equal(input: Any, other: Any) -> bool:
    """Whether two tensors have the same shape and numbers."""
    return bool(np.array_equal(input.array, other.array))


def test_of(name: str) -> Any:
    """``isnan`` and the like, entry by entry."""
    return lambda input: plain(input, getattr(np, name)(input.array))


def nonzero(input: Any) -> Any:
    """The positions of what is not zero, one a row."""
    return plain(input, np.argwhere(input.array).astype(np.int64))


def new(make: Any) -> Any:
    """``new_zeros`` and the like: a tensor of the same dtype."""

    def call(self: Any, *size: Any, dtype: Any = None) -> Any:
        return plain(self, make(sizes_of(size), dtype or self.array.dtype))

    return call


def filled(draw: str) -> Any:
    """``uniform_`` and ``normal_``: random numbers in place."""

    def call(self: Any, first: float = 0.0, second: float = 1.0, *, generator: Any = None) -> Any:
        numbers = getattr(generator or shared, draw)(self.array.size, self.array.dtype).reshape(self.array.shape)
        scale = second - first if draw == "uniform" else second
        made: Any = write(self, lambda x: (numbers * scale + first).astype(x.array.dtype))
        return made

    return call


FUNCTIONS: dict[str, Any] = {
    "max": extreme("max"), "min": extreme("min"), "any": reduced("any"), "all": reduced("all"),
    "argmax": reduced("argmax"), "argmin": reduced("argmin"),
    "std": spread("std"), "var": spread("var"), "mean": mean, "median": median, "sort": sort, "argsort": argsort,
    "topk": topk, "cumsum": along("cumsum"), "cumprod": along("cumprod"), "transpose": transpose, "t": t,
    "split": split, "chunk": chunk, "unbind": unbind, "narrow": narrow, "gather": gather,
    "index_select": index_select, "masked_fill": masked_fill, "norm": norm, "unsqueeze": unsqueeze,
    "allclose": allclose, "equal": equal, "nonzero": nonzero, "isnan": test_of("isnan"),
    "add": scaled("add"), "sub": scaled("sub"), "cummax": running("cummax"), "cummin": running("cummin"),
    "mm": product("mm", (2, 2), lambda a, _: "mat2 must be a matrix" if a == 2 else "self must be a matrix"),
    "mv": product("mv", (2, 1), lambda a, b: f"vector + matrix @ vector expected, got 1, {a}, {b}"),
    "dot": product("dot", (1, 1), lambda a, b: f"1D tensors expected, but got {a}D and {b}D tensors"),
    "bmm": product("bmm", (3, 3), lambda a, _: f"batch{2 if a == 3 else 1} must be a 3D tensor"),
    "isinf": test_of("isinf"), "isfinite": test_of("isfinite"), "logical_not": test_of("logical_not"),
}  # fmt: skip
"""Functions of PyTorch that are methods too."""

METHODS: dict[str, Any] = {
    **{n: lambda self, other, n=n: getattr(self, f"__{n}__")(other) for n in ("eq", "ne", "lt", "le", "gt", "ge")},
    "expand": expand, "repeat": repeat, "detach_": detach_, "uniform_": filled("uniform"), "normal_": filled("normal"),
    "new_zeros": new(np.zeros), "new_ones": new(np.ones), "contiguous": lambda self: self, "cpu": lambda self: self,
    "expand_as": lambda self, other: expand(self, *other.array.shape),
    "view_as": lambda self, other: ops.reshape(self, shape=other.array.shape),
    "type_as": lambda self, other: self.to(other.array.dtype),
    "is_floating_point": lambda self: self.array.dtype.kind == "f",
    "is_contiguous": lambda self: self.array.flags.c_contiguous,
    "element_size": lambda self: self.array.itemsize, "stride": lambda self: tuple(
        [s // self.array.itemsize for s in self.array.strides]),
    "where": lambda self, condition, other: ops.where(condition, self, other),
    "masked_fill_": lambda self, mask, value: write(self, lambda x: masked_fill(x, mask, value)),
}  # fmt: skip


class Methods:
    """The methods of PyTorch that the language has not, or means otherwise."""

    __slots__ = ()

    @property
    def T(self) -> Any:
        """All axes reversed."""
        return self.__apply_op__(TRANSPOSED["Permute"], (self,), {"axes": None})  # type: ignore[attr-defined]  # of the tensor


for _name, _function in {**FUNCTIONS, **METHODS}.items():
    setattr(Methods, _name, _function)
