"""Tensors from data, of one number, in steps and at random, called as in PyTorch."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autograd_core.engine import random
from autograd_core.engine.dtypes import default, dtype_of
from autograd_core.engine.methods import sizes_of
from autograd_core.engine.random import Generator
from autograd_core.engine.tensor import Tensor
from autograd_core.errors import GradientError, ShapeError

__all__ = [
    "arange", "as_tensor", "bernoulli", "empty", "empty_like", "eye", "from_numpy", "full", "full_like", "linspace",
    "logspace", "manual_seed", "meshgrid", "multinomial", "normal", "one_hot", "ones", "ones_like", "rand",
    "rand_like", "randint", "randn", "randn_like", "randperm", "tensor", "zeros", "zeros_like",
]  # fmt: skip


def tensor(data: Any, *, dtype: Any = None, requires_grad: bool = False, device: Any = None) -> Tensor:
    """A tensor of numbers, nested lists or an array, copied; numbers with a point take the default dtype.

    Raises TypeError, ValueError and RuntimeError, as PyTorch does, for what is not numbers.
    """
    if isinstance(data, Tensor):
        warnings.warn(
            "To copy construct from a tensor, it is recommended to use sourceTensor.detach().clone() or "
            "sourceTensor.detach().clone().requires_grad_(True), rather than torch.tensor(sourceTensor).",
            stacklevel=2,
        )
    plain = data.array if isinstance(data, Tensor) else data
    if dtype is None and not isinstance(plain, (np.ndarray, np.generic)):
        plain = nested(plain)
        dtype = default.dtype if plain.dtype.kind == "f" else None
    if np.asarray(plain).dtype.kind not in "fiub":
        raise not_numbers(data)
    try:
        made = Tensor(plain, dtype=dtype)
    except OverflowError:
        raise RuntimeError(f"value cannot be converted to type {np.dtype(dtype).name} without overflow") from None
    return leaf(made, requires_grad)


def leaf(made: Tensor, requires_grad: bool) -> Tensor:
    """A new tensor that requires grad, or does not.

    Raises GradientError for integers that should.
    """
    if requires_grad and made.array.dtype.kind != "f":
        raise GradientError(
            f"only floating point tensors can require grad; this one is {made.array.dtype}",
            code="AG206",
            hint="write 1.0 in place of 1, or dtype=torch.float",
            pytorch="Only Tensors of floating point and complex dtype can require gradients",
        )
    return made.requires_grad_(requires_grad)


def nested(data: Any) -> Any:
    """Nested lists as an array; tensors among them as their numbers.

    Raises ValueError for lists of different lengths.
    """
    if not isinstance(data, (list, tuple)):
        return np.asarray(data.array if isinstance(data, Tensor) else data)
    parts = [nested(part) for part in data]
    if not parts:
        return np.zeros(0)
    first = np.shape(parts[0])
    for part in parts[1:]:
        if np.shape(part) != first:
            lengths = [(shape or (0,))[0] for shape in (first, np.shape(part))]
            raise ValueError(f"expected sequence of length {lengths[0]} at dim 1 (got {lengths[1]})")
    return np.array(parts)


def not_numbers(data: Any) -> Exception:
    """The error for what no tensor can be made of, in PyTorch's words."""
    inner = data
    while isinstance(inner, (list, tuple)):
        inner = next((part for part in inner if not isinstance(part, (int, float))), inner[0])
    kind = type(inner).__name__
    if isinstance(inner, str):
        nested = isinstance(data, (list, tuple))
        return (
            ValueError(f"too many dimensions {kind!r}") if nested else TypeError(f"new(): invalid data type {kind!r}")
        )
    if isinstance(inner, int):
        return ValueError("Overflow when unpacking long long")
    if isinstance(inner, complex):
        return TypeError("complex numbers are left out here")
    return RuntimeError(f"Could not infer dtype of {kind}")


def as_tensor(data: Any, dtype: Any = None) -> Tensor:
    """A tensor over the same numbers where that is possible."""
    if isinstance(data, Tensor):
        return data if dtype is None else data.to(dtype)
    if isinstance(data, np.ndarray) and dtype in (None, data.dtype):
        return Tensor.over(data)
    return tensor(data, dtype=dtype)


def from_numpy(ndarray: Any) -> Tensor:
    """A tensor over an array, whose numbers it shares."""
    if not isinstance(ndarray, np.ndarray):
        raise TypeError(f"expected np.ndarray (got {type(ndarray).__name__})")
    if ndarray.dtype.kind not in "fiub":
        raise TypeError(
            f"can't convert np.ndarray of type {ndarray.dtype.type.__module__}.{ndarray.dtype.type.__name__}. The only "
            "supported types are: float64, float32, float16, int64, int32, int16, int8, uint64, uint32, uint16, uint8, "
            "and bool."
        )
    return Tensor.over(ndarray)


class Constructor(type):
    """The old constructors: ``torch.Tensor([1, 2])`` takes the default dtype, ``torch.Tensor(2, 3)`` a shape."""

    scalar: Any

    def __call__(cls, *data: Any) -> Any:
        dtype = cls.scalar or default.dtype
        if not data or all(isinstance(n, int) for n in data):
            return Tensor.over(np.zeros(data if data else (0,), dtype))
        return Tensor.over(np.array(nested(data[0])).astype(dtype))

    def __instancecheck__(cls, instance: Any) -> bool:
        return isinstance(instance, Tensor) and cls.scalar in (None, instance.array.dtype.type)

    def __getattr__(cls, name: str) -> Any:
        """``torch.Tensor.add`` is the method."""
        return getattr(Tensor, name)


def constructor(name: str, scalar: Any) -> Any:
    """A constructor of tensors of one dtype, None for the default."""
    return Constructor(name, (), {"scalar": scalar, "__doc__": Constructor.__doc__, "__module__": "torch"})


def sized(size: Sequence[Any], name: str = "zeros") -> tuple[int, ...]:
    """A shape that was given in one argument or in several.

    Raises ShapeError for negative lengths.
    """
    shape = sizes_of(size)
    if any(n < 0 for n in shape):
        words = f"{name}: Dimension size must be non-negative."
        raise ShapeError(f"{name} of shape {shape}: a length is 0 or more", pytorch=words)
    return shape


def creator(make: Callable[..., Any], name: str) -> Callable[..., Tensor]:
    """A function that makes a tensor of a shape, given in one argument or in several."""

    def create(*size: Any, dtype: Any = None, requires_grad: bool = False, device: Any = None, **rest: Any) -> Tensor:
        shape = sized(size or (rest.pop("size"),), name)
        kind = np.dtype(dtype) if dtype is not None else default.dtype
        return leaf(Tensor.over(np.asarray(make(shape, kind, **rest), dtype=kind)), requires_grad)

    return create


def like(make: Callable[..., Any]) -> Callable[..., Tensor]:
    """A function that makes a tensor of the shape and dtype of another."""

    def create(
        input: Tensor, *given: Any, dtype: Any = None, requires_grad: bool = False, device: Any = None, **rest: Any
    ) -> Tensor:
        kind = np.dtype(dtype or input.array.dtype)
        made = make(input.array.shape, *given, dtype=kind, **rest)
        return leaf(Tensor.over(np.asarray(made, dtype=kind)), requires_grad)

    return create


def drawn(draw: str) -> Callable[..., Any]:
    """A function that draws numbers for a shape and dtype."""

    def make(shape: Sequence[int], dtype: Any, generator: Generator | None = None) -> Any:
        return getattr(generator or random.shared, draw)(math.prod(shape), dtype).reshape(shape)

    return make


uniform = drawn("uniform")
zeros, ones, empty = creator(np.zeros, "zeros"), creator(np.ones, "ones"), creator(np.zeros, "empty")
rand, randn = creator(uniform, "rand"), creator(drawn("normal"), "randn")
eye = creator(lambda shape, dtype: np.eye(*shape, dtype=dtype), "eye")
zeros_like, ones_like, empty_like, full_like = like(np.zeros), like(np.ones), like(np.zeros), like(np.full)
rand_like, randn_like = like(uniform), like(drawn("normal"))


def full(size: Any, fill_value: Any, *, dtype: Any = None, requires_grad: bool = False, device: Any = None) -> Tensor:
    """A tensor of one number."""
    made = tensor(fill_value, dtype=dtype)
    return leaf(Tensor.over(np.full(size, made.array, made.array.dtype)), requires_grad)


def arange(*args: Any, dtype: Any = None, requires_grad: bool = False, device: Any = None, **named: Any) -> Tensor:
    """The numbers from ``start`` up to ``end`` by ``step``: integers where all are."""
    given = [*args, *[named[n] for n in ("start", "end", "step") if n in named]]
    given = [a.item() if isinstance(a, Tensor) else a for a in given]
    start, end, step = (0, given[0], 1) if len(given) == 1 else (*given, 1)[:3]
    if (end - start) * step < 0 or step == 0:
        words = "upper bound and lower bound inconsistent with step sign" if step else "step must be nonzero"
        raise ShapeError(f"no numbers lie from {start} up to {end} by {step}", pytorch=words)
    kind = dtype or (np.int64 if all(isinstance(a, int) for a in given) else default.dtype)
    return leaf(Tensor.over(np.arange(start, end, step).astype(kind)), requires_grad)


def linspace(start: Any, end: Any, steps: int, *, dtype: Any = None, requires_grad: bool = False) -> Tensor:
    """So many numbers from ``start`` to ``end``, at equal distances."""
    return leaf(Tensor.over(np.linspace(start, end, steps, dtype=dtype or default.dtype)), requires_grad)


def logspace(start: Any, end: Any, steps: int, base: float = 10.0, *, dtype: Any = None) -> Tensor:
    """So many numbers from ``base**start`` to ``base**end``, at equal ratios."""
    return Tensor.over(np.logspace(start, end, steps, base=base, dtype=dtype or default.dtype))


def meshgrid(*tensors: Any, indexing: str = "ij") -> tuple[Tensor, ...]:
    """The coordinates of the points of a grid, an array for each axis."""
    many = tensors[0] if len(tensors) == 1 and isinstance(tensors[0], (list, tuple)) else tensors
    axes: Any = indexing
    return tuple([Tensor.over(axis) for axis in np.meshgrid(*[t.array for t in many], indexing=axes)])


def one_hot(tensor: Tensor, num_classes: int = -1) -> Tensor:
    """A row of zeros with a one at each label, as integers."""
    count = int(tensor.array.max()) + 1 if num_classes == -1 else num_classes
    return Tensor.over(np.eye(count, dtype=np.int64)[tensor.array])


def manual_seed(seed: int) -> Generator:
    """Start the random numbers again from a seed."""
    return random.shared.manual_seed(seed)


def randint(
    *args: Any,
    generator: Generator | None = None,
    dtype: Any = np.int64,
    requires_grad: bool = False,
    device: Any = None,
    **named: Any,
) -> Tensor:
    """Random integers: ``randint(high, size)`` or ``randint(low, high, size)``."""
    given = [*args, *[named[n] for n in ("low", "high", "size") if n in named]]
    low, high, size = given if len(given) == 3 else (0, *given)
    return Tensor.over(random.integers(low, high, size, generator).astype(dtype))


def randperm(n: int, *, generator: Generator | None = None) -> Tensor:
    """The numbers below ``n`` in random order."""
    return Tensor.over((generator or random.shared).permutation(n))


def normal(
    mean: Any = 0.0, std: Any = 1.0, size: Any = None, *, generator: Any = None, requires_grad: bool = False
) -> Tensor:
    """Normal random numbers of a mean and a deviation: of a shape, or one for each entry of a tensor."""
    centre, spread = [getattr(a, "array", a) for a in (mean, std)]
    shape = np.broadcast_shapes(np.shape(centre), np.shape(spread)) if size is None else tuple(size)
    numbers = drawn("normal")(shape, default.dtype, generator)
    return leaf(Tensor.over(np.asarray(numbers * spread + centre, default.dtype)), requires_grad)


def bernoulli(input: Tensor, *, generator: Generator | None = None) -> Tensor:
    """A one with the probability that each entry says, else a zero."""
    return Tensor.over(
        (uniform(input.array.shape, input.array.dtype, generator) < input.array).astype(input.array.dtype)
    )


def multinomial(
    input: Tensor, num_samples: int, replacement: bool = False, *, generator: Generator | None = None
) -> Tensor:
    """Positions drawn with the probabilities of each row, as PyTorch draws them.

    One, or several different ones, by the largest of the probabilities over exponential numbers; several that may
    repeat by where a uniform number falls among the sums of the probabilities.
    """
    rows = np.atleast_2d(input.array)
    if replacement and num_samples > 1:
        sums = np.cumsum(rows, axis=1, dtype=np.float64)
        draws = uniform((len(rows), num_samples), np.dtype(np.float64), generator)
        found = np.array([np.searchsorted(s / s[-1], d) for s, d in zip(sums, draws, strict=True)])
    else:
        waits = -np.log1p(-uniform(rows.shape, np.dtype(np.float64), generator)).astype(rows.dtype)
        found = np.argsort(-(rows / waits), axis=1, kind="stable")[:, :num_samples]
    return Tensor.over(found.astype(np.int64).reshape(*input.array.shape[:-1], num_samples))


def limits_of(dtype: Any = None) -> Any:
    """The smallest and largest numbers of a dtype (``torch.finfo``, ``torch.iinfo``), as numbers of Python."""
    kind = np.dtype(dtype or default.dtype)
    found: Any = np.finfo(kind) if kind.kind == "f" else np.iinfo(kind)
    names = ("bits", "eps", "max", "min", "tiny", "resolution")
    held = {name: getattr(found, name) for name in names if hasattr(found, name)}
    plain = {name: value.item() if isinstance(value, np.generic) else value for name, value in held.items()}
    return type("limits", (), {**plain, "dtype": str(dtype_of(kind)).removeprefix("torch.")})()
