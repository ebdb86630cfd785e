"""Norms of vectors, along axes, and of matrices."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograd_core.errors import ShapeError
from autograd_core.ops import batching
from autograd_core.ops.reduce import AXIS_SAMPLES, as_float64, as_given_dtype, expand, nonempty
from autograd_core.ops.registry import Family, op
from autograd_core.ops.signature import AXES, KEEPDIMS, Alternative, axis_indices, reduced
from autograd_core.ops.spec import ATOM, Kink, Notation, Param, Shape, number_text, value_text

REDUCTIONS = Family("reduction")


def norm_order(value: Any) -> float:
    """The order of a norm, any number but 0."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or value != value:
        raise TypeError(f"must be a number, not {value!r}")
    if value == 0:
        raise TypeError("must not be 0: that counts the entries that are not 0, which has no gradient")
    return float(value)


def _order_or_word(value: Any) -> float | str | None:
    if isinstance(value, str) and value not in ("fro", "nuc"):
        raise TypeError(f"must be a number, 'fro' or 'nuc', not {value!r}")
    return value if value is None or isinstance(value, str) else norm_order(value)


def vector_length(x: Any, ord: float, axis: Any, keepdims: Any) -> Any:
    """The norm of the entries along axes, in float64 where they are float32, for entries of any size."""
    return as_given_dtype(_length(as_float64(x), ord, axis, keepdims), x)


def _length(x: Any, ord: float, axis: Any, keepdims: Any) -> Any:
    if ord == 1:
        return np.add.reduce(np.abs(x), axis=axis, keepdims=keepdims)
    if ord == math.inf:
        return np.maximum.reduce(np.abs(x), axis=axis, keepdims=keepdims, initial=0)
    if ord == -math.inf:
        nonempty("norm", x.shape, axis)
        return np.minimum.reduce(np.abs(x), axis=axis, keepdims=keepdims)
    if ord == 2:
        total = np.add.reduce(x * x, axis=axis, keepdims=keepdims)
        if np.all((total > 1e-30) & (total < 1e30)):
            return np.sqrt(total)
    return _scaled_norm(np.abs(x), ord, axis, keepdims)


def _scaled_norm(size: Any, ord: float, axis: Any, keepdims: Any) -> Any:
    """Relative to the entry that counts most, so that no power overflows or vanishes."""
    if ord > 0:
        unit = np.maximum.reduce(size, axis=axis, keepdims=True, initial=0)
    else:
        unit = np.minimum.reduce(size, axis=axis, keepdims=True, initial=np.inf)
    unit = np.where((unit == 0) | np.isinf(unit), np.ones_like(unit), unit)
    with np.errstate(divide="ignore"):  # a negative power of 0 is inf, and the norm 0
        total = np.add.reduce((size / unit) ** ord, axis=axis, keepdims=keepdims) ** (1 / ord)
    return total * unit.reshape(total.shape)


def never_zero(y: Any) -> Any:
    """A divisor that turns what is divided by a zero of ``y`` into 0."""
    return op.where(op.equal(y, 0.0), math.inf, y)


def has_numbers(x: Any) -> bool:
    """Whether this is an array or a tensor, not a node whose numbers are not known yet."""
    return isinstance(getattr(x, "array", x), (np.ndarray, np.generic))


def ordinary(y: Any) -> bool:
    """Whether there are numbers, and all of them 0 or far from the ends of their dtype."""
    y = getattr(y, "array", y)
    return has_numbers(y) and bool(np.all(np.equal(y, 0) | (np.greater(y, 1e-30) & np.less(y, 1e30))))


def unit_vector(x: Any, y: Any, axis: Any) -> Any:
    """The entries over their length ``y``, 0 where that is 0, with all digits for entries of any size."""
    if ordinary(y):
        return x / never_zero(y)
    scaled = x / op.magnitude(x, axis=axis, least=0.0)
    return scaled / never_zero(op.vector_norm(scaled, ord=2.0, axis=axis, keepdims=True))


def _vector_norm_vjp(g: Any, y: Any, x: Any, ord: float, axis: Any, keepdims: Any) -> Any:
    g, y = expand(g, x.shape, axis, keepdims), expand(y, x.shape, axis, keepdims)
    return g * _slope(y, x, ord, axis)


def _slope(y: Any, x: Any, ord: float, axis: Any) -> Any:
    """The derivative of the norm by each entry; ``y`` is the norm, broadcasting to ``x``.

    A power of two is taken out, so that neither a length without digits nor an infinite one is divided by.
    """
    if ord == 2:
        return unit_vector(x, y, axis)
    if ord == 1:
        return op.sign(x)
    if math.isinf(ord):
        won = op.equal(op.abs(x), y) + op.not_equal(x, x)
        return op.sign(x) * won / op.sum(won, axis=axis, keepdims=True)
    if not ordinary(y):
        x = x / op.magnitude(x if ord > 0 else y, axis=axis, least=0.0)
        y = op.vector_norm(x, ord=ord, axis=axis, keepdims=True)
    if ord > 1 and ord % 1 == 0:
        return (op.abs(x) / never_zero(y)) ** (ord - 1) * op.sign(x)
    none = op.equal(x, 0.0)  # of which a power, or a derivative of one, may be infinite
    ratio = op.abs(op.where(none, 1.0, x)) / never_zero(y)
    return op.where(none + op.equal(y, 0.0), 0.0, ratio ** (ord - 1)) * op.sign(x)


def _vector_norm_textbook(g: Any, y: Any, x: Any, ord: float, axis: Any, keepdims: Any) -> Any:
    if ord == 1 or math.isinf(ord):
        return _vector_norm_vjp(g, y, x, ord, axis, keepdims)
    g, y = expand(g, x.shape, axis, keepdims), expand(y, x.shape, axis, keepdims)
    if ord % 2 == 0:
        return g * (x / y) ** (ord - 1)
    return g * op.sign(x) * (op.abs(x) / y) ** (ord - 1)


def _vector_norm_in_parts(x: Any, ord: float, axis: Any, keepdims: Any) -> Any:
    if ord == 2:
        return op.sqrt(op.sum(x * x, axis=axis, keepdims=keepdims))
    sizes = op.abs(x)
    if math.isinf(ord):
        if 0 in x.shape:  # of no entries the largest size is 0
            return op.sum(sizes, axis=axis, keepdims=keepdims)
        return (op.max if ord > 0 else op.min)(sizes, axis=axis, keepdims=keepdims)
    if ord == 1:
        return op.sum(sizes, axis=axis, keepdims=keepdims)
    return op.sum(sizes**ord, axis=axis, keepdims=keepdims) ** (1 / ord)


def _vector_norm_shape(x: Shape, ord: float, axis: Any, keepdims: bool) -> Shape:
    found = reduced(x, axis, keepdims)
    if ord < 0:
        nonempty("norm", x, axis)
    return found


def _norm_text(ord: float, axis: Any, keepdims: bool) -> Notation:
    pair = isinstance(axis, tuple) and len(axis) == 2 and ord != 2
    words = "" if ord == 2 else f", ord={number_text(ord)}"
    words += "" if axis is None else f", axis={value_text(axis)}"
    words += ", keepdims=True" if keepdims else ""
    return ATOM, [("vector_norm(" if pair else "norm("), (0, 0), words + ")"]


def _norm_latex(ord: float, axis: Any, keepdims: bool) -> Notation:
    order = r"\infty" if ord == math.inf else r"-\infty" if ord == -math.inf else number_text(ord)
    return ATOM, [r"\left\lVert ", (0, 0), rf" \right\rVert_{{{order}}}"]


def _extreme_ties(x: Any, ord: float, axis: Any, keepdims: Any) -> Any:
    if not math.isinf(ord):
        return np.zeros(x.shape, dtype=bool)
    won = np.abs(x) == vector_length(x, ord, axis, True)
    return won & (np.count_nonzero(won, axis=axis, keepdims=True) > 1)


vector_norm = REDUCTIONS.operation(
    "vector_norm",
    "Length of the entries as a vector: the ord-th root of the sum of |x|**ord, over all axes or the given ones.",
    exports={
        "torch": "torch.linalg.vector_norm({0}<, ord={ord}><, dim={axis}><, keepdim={keepdims}>)",
        "numpy": "np.linalg.vector_norm({0}<, ord={ord}><, axis={axis}><, keepdims={keepdims}>)",
    },
    params=(Param("ord", norm_order, 2.0, ("p",)), AXES, KEEPDIMS),
    forward=vector_length,
    definition=_vector_norm_in_parts,
    vjps=((_vector_norm_vjp, _vector_norm_textbook),),
    shape=_vector_norm_shape,
    batch=batching.along,
    node="LinalgVectorNormBackward0",
    text=_norm_text,
    latex=_norm_latex,
    samples="; ".join([AXIS_SAMPLES, *(f"2,3 ord={p} axis=1" for p in (1.0, 3.0, 4.0, 2.5, 1.5, 0.5, -2.0))])
    + "; 2,3 ord=Infinity axis=1; 2,3 ord=-Infinity axis=1",
    kinks=(
        Kink(
            lambda *given, **params: vector_length(*given, **params) == 0,
            "0 where the norm is 0, as PyTorch; JAX gives nan",
        ),
        Kink(lambda x, ord, **_: (x == 0) & (-math.inf < ord <= 1), "0 at entries that are 0, as PyTorch", 0),
        Kink(_extreme_ties, "an equal share for each tied entry, as PyTorch", 0),
    ),
)


def _matrix_norm(x: Any, ord: float | str | None, pair: tuple[int, ...], keepdims: bool) -> Any:
    """The norm of the matrices that lie in two axes, as ``numpy.linalg.norm``."""
    if ord == "fro":
        return vector_norm(x, ord=2.0, axis=pair, keepdims=keepdims)
    rows, columns = pair
    if ord in (1.0, -1.0, math.inf, -math.inf):
        summed, left = (rows, columns) if abs(ord) == 1 else (columns, rows)
        sizes = vector_norm(x, ord=1.0, axis=summed, keepdims=keepdims)
        left -= left > summed and not keepdims
        return (op.max if ord > 0 else op.min)(sizes, axis=left, keepdims=keepdims)
    if ord in (2.0, -2.0, "nuc"):
        order = (*(i for i in range(x.ndim) if i not in pair), rows, columns)
        values = op.svdvals(x if order == tuple(range(x.ndim)) else op.transpose(x, axes=order))
        found = {2.0: op.max, -2.0: op.min, "nuc": op.sum}[ord](values, axis=-1, keepdims=False)
        kept = tuple(1 if i in pair else n for i, n in enumerate(x.shape))
        return op.reshape(found, shape=kept) if keepdims else found
    raise ShapeError(
        f"a matrix has no norm with ord={value_text(ord)}: it may be 1, 2, inf, -1, -2, -inf, 'fro' or 'nuc'",
        code="AG306",
        hint="without axis, norm(x, ord) takes all entries as one vector",
    )


@REDUCTIONS.function(
    alternatives=(
        Alternative(
            lambda written: written.count >= 2 and written.keywords.isdisjoint(("axis", "dim")),
            note="norm(A, ord) takes all entries as one vector; of a matrix linalg.norm is norm(A, ord, axis=(0, 1))",
            libraries=("linalg",),
        ),
    ),
    params=(Param("ord", _order_or_word, None, ("p",)), AXES, KEEPDIMS),
    samples=(
        "3; 2,3 ord=3.0 axis=0 keepdims=true; 2,3 ord=1.0 axis=[0,1]; "
        "2,3 ord=Infinity axis=[0,1] keepdims=true; 2,3 ord=fro axis=[0,1]"
    ),
)
def norm(x: Any, ord: float | str | None, axis: Any, keepdims: bool) -> Any:
    """Length of x: of all entries as one vector, or along an axis; with two axes and ord, the norm of a matrix."""
    whole = axis is None
    pair = axis_indices(axis, x.ndim)
    if ord == "nuc" or (ord == "fro" and not whole) or (not whole and len(pair) == 2 and ord is not None):
        if len(pair) != 2:
            raise ShapeError(
                f"norm with ord={ord!r} is for matrices; x has shape {x.shape}",
                code="AG306",
                hint="norm(x, axis=(0, 1))",
            )
        return _matrix_norm(x, ord, pair, keepdims)
    return vector_norm(x, ord=ord if isinstance(ord, float) else 2.0, axis=axis, keepdims=keepdims)
