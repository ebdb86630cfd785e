"""Methods and functions of tensors where PyTorch means another thing than the language, or where the language has none.

``x.std()`` divides by n - 1, ``x.max(1)`` gives values and indices, ``x.cumsum(0)`` names its axis, ``x.t()``.
"""

from __future__ import annotations

import warnings
from dataclasses import replace
from typing import Any

import numpy as np

from autograd_core.engine.dtypes import cannot_expand, short_name
from autograd_core.engine.inplace import identity, replace_history, write
from autograd_core.engine.positions import (
    argsort,
    axis_of,
    extreme,
    gather,
    index_add,
    index_select,
    median,
    pair,
    plain,
    quantile,
    running,
    scatter,
    scatter_add,
    sort,
    topk,
)
from autograd_core.engine.random import shared
from autograd_core.errors import GradientError, ShapeError
from autograd_core.ops import indexing, registry, shape

ops = registry.op
TRANSPOSED = {name: replace(shape.transpose, node=f"{name}Backward0") for name in ("T", "Transpose", "Permute")}


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


def amount(name: str) -> Any:
    """``amax`` and ``amin``: the extreme alone, of all entries or along axes."""

    def call(input: Any, dim: Any = (), keepdim: bool = False) -> Any:
        axes = [axis_of(input, d) for d in sizes_of((dim,))] or range(input.array.ndim)
        return getattr(ops, name)(input, axis=tuple(axes), keepdims=keepdim)

    return call


def reduced(name: str) -> Any:
    """``argmax``, ``argmin``, ``any`` and ``all``, as NumPy has them, of all entries or along an axis."""

    def call(input: Any, dim: Any = None, keepdim: bool = False) -> Any:
        axis = tuple([axis_of(input, d) for d in dim]) if isinstance(dim, (list, tuple)) else dim
        axis = axis_of(input, axis) if isinstance(axis, int) else axis
        return plain(input, getattr(np, name)(input.array, axis=axis, keepdims=keepdim))

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


def permute(input: Any, *dims: Any) -> Any:
    """The axes in another order.

    Raises ShapeError for one that is named twice.
    """
    axes = tuple([axis_of(input, d) for d in sizes_of(dims)])
    if len(set(axes)) < len(axes):
        raise ShapeError("an axis is named twice", code="AG303", pytorch="permute(): duplicate dims are not allowed.")
    return input.__apply_op__(TRANSPOSED["Permute"], (input,), {"axes": axes})


def squeeze(input: Any, dim: Any = None) -> Any:
    """Without axes of length 1, all of them or those of the given ones that are so short."""
    if dim is None:
        return ops.squeeze(input, axis=None)
    named = [axis_of(input, d) for d in sizes_of((dim,))]
    return ops.squeeze(input, axis=tuple([i for i in named if input.array.shape[i : i + 1] == (1,)]))


def flatten(input: Any, start_dim: int = 0, end_dim: int = -1) -> Any:
    """The axes from one to another as one; what has one axis is itself the answer."""
    return input if input.array.ndim == 1 else ops.flatten(input, start_dim=start_dim, end_dim=end_dim)


def view(input: Any, *sizes: Any) -> Any:
    """Another shape over the same numbers.

    Raises ShapeError where they would have to be copied.
    """
    made = ops.view(input, *sizes)
    if made.array.size and not np.may_share_memory(made.array, input.array):
        raise ShapeError(
            f"the numbers do not lie in the order that shape {made.array.shape} needs",
            code="AG304",
            hint="reshape",
            pytorch="view size is not compatible with input tensor's size and stride (at least one dimension spans "
            "across two contiguous subspaces). Use .reshape(...) instead.",
        )
    return made


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
    if lead < 0 or any(n not in (1, m) for n, m in zip(input.array.shape[::-1], shape[::-1], strict=False)):
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
    if sum(sizes) != total:
        words = (
            f"split_with_sizes expects split_sizes to sum exactly to {total} (input tensor's size at dimension {axis}),"
            f" but got split_sizes={sizes}"
        )
        raise ShapeError(f"the lengths {sizes} do not make {total}", code="AG304", pytorch=words)
    pieces, start = [], 0
    for length in sizes:
        pieces.append(narrow(input, axis, start, length, SPLIT))
        start += length
    return tuple(pieces)


SPLIT = replace(indexing.index, node="SplitBackward0")


def narrow(input: Any, dim: int, start: int, length: int, take: Any = indexing.index) -> Any:
    """A stretch of an axis."""
    key = (slice(None),) * axis_of(input, dim) + (slice(start, start + length),)
    return input.__apply_op__(take, (input,), {"key": key})


def chunk(input: Any, chunks: int, dim: int = 0) -> tuple[Any, ...]:
    """At most so many pieces of one length."""
    return split(input, max(1, -(-input.array.shape[axis_of(input, dim)] // chunks)), dim)


def unbind(input: Any, dim: int = 0) -> tuple[Any, ...]:
    """The slices along an axis."""
    return tuple(ops.moveaxis(input, dim, 0)) if axis_of(input, dim) else tuple(input)


def masked_fill(input: Any, mask: Any, value: Any) -> Any:
    """A number where the mask holds."""
    fill_in = replace(ops.where, node="MaskedFillBackward0")
    if not getattr(value, "requires_grad", False):
        value = np.asarray(getattr(value, "array", value)).astype(input.array.dtype)
    return input.__apply_op__(fill_in, (mask, value, input), {})


def masked_select(input: Any, mask: Any) -> Any:
    """The entries at which the mask holds, in a row."""
    take = replace(ops.index, node="MaskedSelectBackward0")
    whole = np.broadcast_shapes(input.array.shape, mask.array.shape)
    source = input if whole == input.array.shape else expand(input, whole)
    return input.__apply_op__(take, (source,), {"key": np.nonzero(np.broadcast_to(mask.array, whole))})


def norm(input: Any, p: Any = "fro", dim: Any = None, keepdim: bool = False) -> Any:
    """The p-norm of all entries, or along axes."""
    order = 2.0 if p in ("fro", None) else float(p)
    return ops.vector_norm(input, ord=order, axis=tuple(dim) if isinstance(dim, list) else dim, keepdims=keepdim)


def scaled(name: str) -> Any:
    """``add`` and ``sub`` of ``alpha`` times another."""

    def call(input: Any, other: Any, *, alpha: Any = 1) -> Any:
        return getattr(ops, name)(input, other if alpha == 1 else other * alpha)

    return call


def clamp(input: Any, min: Any = None, max: Any = None) -> Any:
    """Entries within bounds; integers stay integers."""
    if input.array.dtype.kind in "iu" and all(bound is None or isinstance(bound, int) for bound in (min, max)):
        return plain(input, np.clip(input.array, min, max))
    return ops.clip(input, min, max)


def div(input: Any, other: Any, *, rounding_mode: str | None = None) -> Any:
    """The quotient, or what rounding makes of it: down with ``floor``, towards zero with ``trunc``."""
    if rounding_mode == "floor":
        return input // other
    quotient = ops.div(input, other)
    if rounding_mode is None:
        return quotient
    whole = ops.trunc(quotient)
    return (
        whole if {"f"} & {input.array.dtype.kind, getattr(other, "dtype", np.dtype(type(other))).kind} else whole.long()
    )


def in_dtype(name: str) -> Any:
    """A function along an axis, PyTorch's choice of old where none is given, that works in ``dtype`` where one is."""

    def call(input: Any, *args: Any, dtype: Any = None, **named: Any) -> Any:
        input = input if dtype is None else input.to(dtype)
        if input.array.dtype.kind != "f":
            words = f'"{name}_lastdim_kernel_impl" not implemented for {short_name(input.array.dtype)!r}'
            raise GradientError(f"{name} needs floating point numbers", code="AG206", hint="x.float()", pytorch=words)
        if not (args or named):
            words = f"Implicit dimension choice for {name} has been deprecated. Change the call to include dim=X as an"
            warnings.warn(f"{words} argument.", stacklevel=3)
            named["axis"] = 0 if input.array.ndim in (0, 1, 3) else 1
        return getattr(ops, name)(input, *args, **named)

    return call


def product(name: str, ndims: tuple[int, int], words: Any) -> Any:
    """``mm``, ``mv``, ``dot`` and ``bmm``: products of operands of these dimensions alone."""

    def call(input: Any, other: Any) -> Any:
        given = (input.array.ndim, other.array.ndim)
        if given != ndims:
            raise ShapeError(f"{name} takes operands of {ndims[0]} and {ndims[1]} dimensions", pytorch=words(*given))
        (batch, wanted), found = (input.array.shape[0], input.array.shape[-1]), other.array.shape
        if name == "bmm" and found[:2] != (batch, wanted):
            raise ShapeError(
                f"bmm of {input.array.shape} and {found}",
                pytorch=f"Expected size for first two dimensions of batch2 tensor to be: [{batch}, {wanted}] but got: "
                f"[{found[0]}, {found[1]}].",
            )
        return ops.matmul(input, other)

    return call


def detach_(input: Any) -> Any:
    """Forget the history of the tensor itself.

    Raises GradientError for a view.
    """
    if input._base is not None:
        words = (
            "Can't detach views in-place. Use detach() instead. If you are using DistributedDataParallel (DDP) for "
            "training, and gradient_as_bucket_view is set as True, gradients are views of DDP buckets, and hence "
            "detach_() cannot be called on these gradients. To fix this error, please refer to the "
            "Optimizer.zero_grad() function in torch/optim/optimizer.py as the solution."
        )
        raise GradientError("a view has the history of its base", code="AG207", hint="y = x.detach()", pytorch=words)
    replace_history(input, None)
    return input


def slogdet(input: Any) -> Any:
    """The sign of the determinant, and the logarithm of its size."""
    return pair("slogdet", ("sign", "logabsdet"))(plain(input, np.linalg.slogdet(input.array)[0]), ops.slogdet(input))


def of_numbers(name: str, make: Any = None) -> Any:
    """NumPy's function of the numbers: a tensor without history, or what ``make`` makes of what it gives."""

    def call(input: Any, *given: Any, other: Any = None, **options: Any) -> Any:
        others = given if other is None else (other, *given)
        found = getattr(np, name)(input.array, *[getattr(each, "array", each) for each in others], **options)
        return plain(input, found) if make is None else make(found)

    return call


def contiguous(self: Any) -> Any:
    """The tensor itself, or a copy whose entries lie in order."""
    array = self.array
    return self if array.flags.c_contiguous else identity("CloneBackward0", self, np.ascontiguousarray(array))


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
    "amax": amount("max"), "amin": amount("min"), "argmax": reduced("argmax"), "argmin": reduced("argmin"),
    "std": spread("std"), "var": spread("var"), "mean": mean, "median": median, "sort": sort, "argsort": argsort,
    "quantile": quantile, "topk": topk, "cumsum": along("cumsum"), "cumprod": along("cumprod"), "t": t,
    "transpose": transpose,
    "clamp": clamp, "clip": clamp, "div": div, "softmax": in_dtype("softmax"), "log_softmax": in_dtype("log_softmax"),
    "permute": permute, "squeeze": squeeze, "masked_select": masked_select, "slogdet": slogdet,
    "detach": lambda input: input.detach(), "clone": lambda input: input.clone(), "flatten": flatten,
    "dist": lambda input, other, p=2: norm(input - other, p),
    "flip": lambda input, *dims: ops.flip(input, axis=sizes_of(dims)),
    "split": split, "chunk": chunk, "unbind": unbind, "narrow": narrow, "gather": gather,
    "index_select": index_select, "scatter": scatter, "scatter_add": scatter_add, "index_add": index_add,
    "addcmul": lambda input, a, b, *, value=1: input + a * b * value,
    "addcdiv": lambda input, a, b, *, value=1: input + a / b * value, "masked_fill": masked_fill, "norm": norm,
    "allclose": of_numbers("allclose", bool), "equal": of_numbers("array_equal", bool),
    "nonzero": of_numbers("argwhere"),
    **{name: of_numbers(name) for name in (
        "isclose", "isnan", "isinf", "isfinite", "logical_not", "logical_and", "logical_or", "logical_xor",
        "count_nonzero", "bincount", "unique")},
    "add": scaled("add"), "sub": scaled("sub"), "cummax": running("cummax"), "cummin": running("cummin"),
    "mm": product("mm", (2, 2), lambda a, _: "mat2 must be a matrix" if a == 2 else "self must be a matrix"),
    "mv": product("mv", (2, 1), lambda a, b: f"vector + matrix @ vector expected, got 1, {a}, {b}"),
    "dot": product("dot", (1, 1), lambda a, b: f"1D tensors expected, but got {a}D and {b}D tensors"),
    "bmm": product("bmm", (3, 3), lambda a, _: f"batch{2 if a == 3 else 1} must be a 3D tensor"),
}  # fmt: skip
"""Functions of PyTorch that are methods too."""

METHODS: dict[str, Any] = {
    **{name: lambda self, other, sign=sign: getattr(self, f"__{sign}__")(other) for sign, names in (
        ("eq", "eq"), ("ne", "ne not_equal"), ("lt", "lt less"), ("le", "le less_equal"), ("gt", "gt greater"),
        ("ge", "ge greater_equal")) for name in names.split()},
    "view": view, "expand": expand, "repeat": repeat, "detach_": detach_,
    "fill_diagonal_": lambda self, value: self.masked_fill_(plain(self, np.eye(*self.array.shape, dtype=bool)), value),
    "uniform_": filled("uniform"), "normal_": filled("normal"),
    "new_zeros": new(np.zeros), "new_ones": new(np.ones), "contiguous": contiguous, "cpu": lambda self: self,
    "expand_as": lambda self, other: expand(self, *other.array.shape),
    **dict.fromkeys(("view_as", "reshape_as"), lambda self, other: ops.reshape(self, shape=other.array.shape)),
    "type_as": lambda self, other: self.to(other.array.dtype),
    "is_floating_point": lambda self: self.array.dtype.kind == "f",
    "is_contiguous": lambda self: self.array.flags.c_contiguous,
    "element_size": lambda self: self.array.itemsize, "stride": lambda self: tuple(
        [s // self.array.itemsize for s in self.array.strides]),
    "where": lambda self, condition, other: ops.where(condition, self, other),
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
