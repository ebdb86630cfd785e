"""What each operation computes, written out by hand on numbers of mpmath: nothing here knows the operations."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from functools import partial
from typing import Any

import mpmath as mp
import numpy as np

Reference = Callable[..., Any]


def every(function: Callable[..., Any]) -> Reference:
    """A function of numbers applied to each entry, operands broadcast."""

    def apply(*operands: Any, **params: Any) -> Any:
        arrays = np.broadcast_arrays(*[np.asarray(o, dtype=object) for o in operands])
        made = np.empty(arrays[0].shape, dtype=object)
        for place in np.ndindex(made.shape):
            made[place] = function(*[a[place] for a in arrays], **params)
        return made

    return apply


def axes_of(axis: Any, ndim: int) -> tuple[int, ...]:
    if axis is None:
        return tuple(range(ndim))
    return tuple(a % ndim for a in (axis if isinstance(axis, tuple) else (axis,)))


def rows(function: Callable[[list[Any]], Any]) -> Reference:
    """A function of the entries that are reduced together."""

    def apply(x: Any, axis: Any = None, keepdims: bool = False, **params: Any) -> Any:
        gone = axes_of(axis, x.ndim)
        kept = [i for i in range(x.ndim) if i not in gone]
        made = np.empty([x.shape[i] for i in kept], dtype=object)
        for place in np.ndindex(made.shape):
            key: list[Any] = [slice(None)] * x.ndim
            for i, at in zip(kept, place, strict=True):
                key[i] = at
            made[place] = function(list(np.ravel(x[tuple(key)])), **params)
        return made.reshape([1 if i in gone else n for i, n in enumerate(x.shape)]) if keepdims else made

    return apply


def lines(function: Callable[..., list[Any]]) -> Reference:
    """A function that makes as many entries of the entries along one axis; all in one row without an axis."""

    def apply(x: Any, axis: int | None = None, **params: Any) -> Any:
        if axis is None or not x.ndim:
            flat = np.ravel(x)
            found = np.array([*function(list(flat), **params), None], dtype=object)[:-1]
            return found.reshape(x.shape) if not x.ndim and axis is not None else found
        moved = np.moveaxis(x, axis, -1)
        parts = [function(list(moved[place]), **params) for place in np.ndindex(moved.shape[:-1])]
        made = np.empty((*moved.shape[:-1], len(parts[0]) if parts else 0), dtype=object)
        for place, part in zip(np.ndindex(moved.shape[:-1]), parts, strict=True):
            for i, entry in enumerate(part):
                made[(*place, i)] = entry
        return np.moveaxis(made, -1, axis)

    return apply


def logistic(x: Any) -> Any:
    return 1 / (1 + mp.exp(-x))


def softplus(x: Any, beta: Any = 1, threshold: Any = None) -> Any:
    return x if threshold is not None and x * beta > threshold else mp.log(1 + mp.exp(beta * x)) / beta


def sign(x: Any) -> int:
    return (x > 0) - (x < 0)


def remainder(a: Any, b: Any) -> Any:
    return a - b * mp.floor(a / b)


def truncated(x: Any) -> Any:
    return mp.floor(x) if x > 0 else mp.ceil(x)


def rounded(x: Any, decimals: int = 0) -> Any:
    return mp.nint(x * mp.mpf(10) ** decimals) / mp.mpf(10) ** decimals


def sinc_slope(x: Any, order: int) -> Any:
    if not x:
        return mp.mpf(0) if order % 2 else mp.pi**order * (-1) ** (order // 2) / (order + 1)
    return mp.diff(lambda t: mp.sin(mp.pi * t) / (mp.pi * t), x, order) if order else mp.sin(mp.pi * x) / (mp.pi * x)


def gelu(x: Any, approximate: str) -> Any:
    if approximate == "tanh":
        return x / 2 * (1 + mp.tanh(mp.sqrt(2 / mp.pi) * (x + mp.mpf(0.044715) * x**3)))
    return x * mp.ncdf(x)


def logit(x: Any, eps: Any) -> Any:
    p = x if eps is None else min(max(x, mp.mpf(eps)), 1 - mp.mpf(eps))
    return mp.log(p) - mp.log(1 - p)


SELU = (mp.mpf("1.0507009873554804934193349852946"), mp.mpf("1.6732632423543772848170429916717"))

ENTRYWISE: dict[str, Callable[..., Any]] = {
    "add": lambda a, b: a + b,
    "sub": lambda a, b: a - b,
    "mul": lambda a, b: a * b,
    "div": lambda a, b: a / b,
    "neg": lambda x: -x,
    "pow": lambda a, b: a**b,
    "pow_scalar": lambda x, exponent: x ** mp.mpf(exponent),
    "pow_tensor": lambda a, b: a**b,
    "remainder": remainder,
    "fmod": lambda a, b: a - b * truncated(a / b),
    "floor_divide": lambda a, b: mp.floor(a / b),
    "greater": lambda a, b: mp.mpf(a > b),
    "greater_equal": lambda a, b: mp.mpf(a >= b),
    "less": lambda a, b: mp.mpf(a < b),
    "less_equal": lambda a, b: mp.mpf(a <= b),
    "equal": lambda a, b: mp.mpf(a == b),
    "not_equal": lambda a, b: mp.mpf(a != b),
    "sigmoid": logistic,
    "logsigmoid": lambda x: mp.log(logistic(x)),
    "softplus": softplus,
    "softsign": lambda x: x / (1 + abs(x)),
    "silu": lambda x: x * logistic(x),
    "mish": lambda x: x * mp.tanh(mp.log(1 + mp.exp(x))),
    "gelu": gelu,
    "logit": logit,
    "clip": lambda x, low, high: min(max(x, low), high),
    "clip_scalar": lambda x, min, max: sorted([x, -mp.inf if min is None else min, mp.inf if max is None else max])[1],
    "clip_tensor": lambda x, low, high: min(max(x, low), high),
    "clip_low": max,
    "clip_high": min,
    "clamp_min": max,
    "clamp_max": min,
    "maximum": max,
    "minimum": min,
    "fmax": max,
    "fmin": min,
    "where": lambda condition, a, b: a if condition else b,
    "exp": mp.exp,
    "exp2": lambda x: mp.mpf(2) ** x,
    "expm1": lambda x: mp.exp(x) - 1,
    "log": mp.log,
    "log_base": lambda x, base: mp.log(x) / mp.log(base),
    "log2": lambda x: mp.log(x) / mp.log(2),
    "log10": lambda x: mp.log(x) / mp.log(10),
    "log1p": lambda x: mp.log(1 + x),
    "square": lambda x: x * x,
    "sqrt": mp.sqrt,
    "cbrt": lambda x: sign(x) * mp.root(abs(x), 3),
    "reciprocal": lambda x: 1 / x,
    "rsqrt": lambda x: 1 / mp.sqrt(x),
    "logaddexp": lambda a, b: mp.log(mp.exp(a) + mp.exp(b)),
    "logaddexp2": lambda a, b: mp.log(mp.mpf(2) ** a + mp.mpf(2) ** b) / mp.log(2),
    "hypot": lambda a, b: mp.sqrt(a * a + b * b),
    "xlogy": lambda a, b: a * mp.log(b) if a else mp.mpf(0),
    "ldexp": lambda x, n: x * mp.mpf(2) ** n,
    "lerp": lambda a, b, weight: a + weight * (b - a),
    "relu": lambda x: max(x, 0),
    "relu6": lambda x: min(max(x, 0), 6),
    "hardtanh": lambda x, min_val, max_val: min(max(x, mp.mpf(min_val)), mp.mpf(max_val)),
    "leaky_relu": lambda x, negative_slope: x if x > 0 else mp.mpf(negative_slope) * x,
    "elu": lambda x, alpha: x if x > 0 else alpha * (mp.exp(x) - 1),
    "celu": lambda x, alpha: x if x > 0 else alpha * (mp.exp(x / alpha) - 1),
    "selu": lambda x: SELU[0] * (x if x > 0 else SELU[1] * (mp.exp(x) - 1)),
    "hardsigmoid": lambda x: min(max(x / 6 + mp.mpf(1) / 2, 0), 1),
    "hardswish": lambda x: x * min(max(x + 3, 0), 6) / 6,
    "softshrink": lambda x, lambd: sign(x) * max(abs(x) - mp.mpf(lambd), 0),
    "hardshrink": lambda x, lambd: x if abs(x) > lambd else mp.mpf(0),
    "tanhshrink": lambda x: x - mp.tanh(x),
    "threshold": lambda x, threshold, value: x if x > threshold else mp.mpf(value),
    "abs": abs,
    "sign": lambda x: mp.mpf(sign(x)),
    "floor": mp.floor,
    "ceil": mp.ceil,
    "trunc": truncated,
    "round": rounded,
    "heaviside": lambda x, value: value if x == 0 else mp.mpf(x > 0),
    "erf": mp.erf,
    "erfc": mp.erfc,
    "erfinv": mp.erfinv,
    "gamma": mp.gamma,
    "lgamma": lambda x: mp.log(abs(mp.gamma(x))),
    "digamma": mp.digamma,
    "trigamma": lambda x: mp.polygamma(1, x),
    "polygamma": lambda x, n: mp.polygamma(n, x),
    "sinc": sinc_slope,
    **{
        name: getattr(mp, name)
        for name in ("sin", "cos", "tan", "asin", "acos", "atan", "atan2", "sinh", "cosh", "tanh")
    },
    **{name: getattr(mp, name) for name in ("asinh", "acosh", "atanh", "sech")},
    "deg2rad": lambda x: x * mp.pi / 180,
    "rad2deg": lambda x: x * 180 / mp.pi,
}


def mean(entries: list[Any]) -> Any:
    return mp.fsum(entries) / len(entries)


def variance(entries: list[Any], ddof: float = 0) -> Any:
    middle = mean(entries)
    return mp.fsum((e - middle) ** 2 for e in entries) / max(len(entries) - mp.mpf(ddof), 0)


def median(entries: list[Any]) -> Any:
    ordered = sorted(entries)
    n = len(ordered)
    return ordered[n // 2] if n % 2 else (ordered[n // 2 - 1] + ordered[n // 2]) / 2


def length(entries: list[Any], ord: float = 2.0) -> Any:
    sizes = [abs(e) for e in entries]
    if math.isinf(ord):
        return max(sizes) if ord > 0 else min(sizes)
    return mp.fsum(s ** mp.mpf(ord) for s in sizes) ** (1 / mp.mpf(ord))


def norm(x: Any, ord: Any, axis: Any, keepdims: bool) -> Any:
    pair = axes_of(axis, x.ndim)
    if axis is None or len(pair) != 2 or ord is None:
        return rows(length)(x, axis=axis, keepdims=keepdims, ord=2.0 if ord is None else ord)
    assert pair == (0, 1)
    if ord == "fro":
        made = length(list(np.ravel(x)))
    elif ord in ("nuc", 2.0, -2.0):
        values = singular_values(x)
        made = mp.fsum(values) if ord == "nuc" else (max if ord > 0 else min)(values)
    else:
        summed = 0 if abs(ord) == 1 else 1
        sums = rows(lambda entries: mp.fsum(abs(e) for e in entries))(x, axis=summed)
        made = (max if ord > 0 else min)(list(sums))
    return np.array(made, dtype=object).reshape((1, 1) if keepdims else ())


def running(combine: Callable[[Any, Any], Any], first: Any) -> Callable[..., list[Any]]:
    def apply(entries: list[Any], exclusive: bool = False, reverse: bool = False) -> list[Any]:
        ordered = entries[::-1] if reverse else entries
        made, so_far = [], first
        for entry in ordered:
            if exclusive:
                made.append(so_far)
            so_far = combine(so_far, entry)
            if not exclusive:
                made.append(so_far)
        return made[::-1] if reverse else made

    return apply


def recurrence(b: Any, a: Any, axis: int, reverse: bool) -> Any:
    pairs = np.empty(b.shape, dtype=object)
    for place in np.ndindex(b.shape):
        pairs[place] = (b[place], a[place])

    def apply(entries: list[Any]) -> list[Any]:
        ordered = entries[::-1] if reverse else entries
        made = [mp.mpf(0)]
        for add, times in ordered[:-1]:
            made.append(add + times * made[-1])
        return made[::-1] if reverse else made

    return lines(apply)(pairs, axis=axis)


def ordered(entries: list[Any], descending: bool = False) -> list[Any]:
    return sorted(entries, reverse=descending)


def shares(entries: list[Any]) -> list[Any]:
    raised = [mp.exp(e) for e in entries]
    return [r / mp.fsum(raised) for r in raised]


def matrix(function: Callable[..., Any]) -> Reference:
    """A function of each matrix of a stack."""

    def apply(x: Any, **params: Any) -> Any:
        parts = [np.asarray(function(x[place], **params), dtype=object) for place in np.ndindex(x.shape[:-2])]
        made = np.empty(x.shape[:-2] + parts[0].shape, dtype=object)
        for place, part in zip(np.ndindex(x.shape[:-2]), parts, strict=True):
            made[place] = part if part.shape else part[()]
        return made

    return apply


def to_mp(x: Any) -> Any:
    return mp.matrix([[x[i, j] for j in range(x.shape[1])] for i in range(x.shape[0])])


def from_mp(m: Any) -> Any:
    return np.array([[m[i, j] for j in range(m.cols)] for i in range(m.rows)], dtype=object)


def determinant(x: Any) -> Any:
    """By Leibniz's sum over permutations."""
    n = x.shape[0]
    total = mp.mpf(0)
    for order in itertools.permutations(range(n)):
        inversions = sum(order[i] > order[j] for i in range(n) for j in range(i + 1, n))
        total += (-1) ** inversions * math.prod((x[i, order[i]] for i in range(n)), start=mp.mpf(1))
    return total


def minor(x: Any, i: int, j: int) -> Any:
    return np.delete(np.delete(x, i, 0), j, 1)


def cofactors(x: Any) -> Any:
    n = x.shape[0]
    return np.array([[(-1) ** (i + j) * determinant(minor(x, i, j)) for j in range(n)] for i in range(n)], dtype=object)


def inverse(x: Any) -> Any:
    return cofactors(x).T / determinant(x)


def product(a: Any, b: Any) -> Any:
    return np.array(
        [[mp.fsum(a[i, k] * b[k, j] for k in range(a.shape[1])) for j in range(b.shape[1])] for i in range(a.shape[0])],
        dtype=object,
    ).reshape(a.shape[0], b.shape[1])


def matmul(a: Any, b: Any) -> Any:
    left, right = a.ndim == 1, b.ndim == 1
    a, b = a[None] if left else a, b[:, None] if right else b
    lead = np.broadcast_shapes(a.shape[:-2], b.shape[:-2])
    a, b = np.broadcast_to(a, lead + a.shape[-2:]), np.broadcast_to(b, lead + b.shape[-2:])
    made = np.empty((*lead, a.shape[-2], b.shape[-1]), dtype=object)
    for place in np.ndindex(lead):
        made[place] = product(a[place], b[place])
    made = made[..., 0, :] if left else made
    return made[..., 0] if right else made


def contraction(subscripts: str, *operands: Any) -> Any:
    """The sum over every letter that is not in the result, one index after the other."""
    inputs, _, output = subscripts.replace(" ", "").partition("->")
    terms = inputs.split(",")
    if "." in subscripts:  # letters that are not in use stand for the axes of an ellipsis
        free = [chr(97 + i) for i in range(26) if chr(97 + i) not in subscripts]
        long = [x.ndim - len(term.replace("...", "")) for term, x in zip(terms, operands, strict=True)]
        fill = free[: max(long)]
        terms = [t.replace("...", "".join(fill[len(fill) - n :])) for t, n in zip(terms, long, strict=True)]
        inputs, output = ",".join(terms), output.replace("...", "".join(fill))
    sizes: dict[str, int] = {}
    for term, x in zip(terms, operands, strict=True):
        for letter, n in zip(term, x.shape, strict=True):
            sizes[letter] = max(sizes.get(letter, 1), n)
    if "->" not in subscripts:
        output = "".join(sorted(c for c in sizes if inputs.count(c) == 1))
    made = np.zeros([sizes[c] for c in output], dtype=object)
    for place in np.ndindex(*sizes.values()):
        at = dict(zip(sizes, place, strict=True))
        entry = mp.mpf(1)
        for term, x in zip(terms, operands, strict=True):
            entry *= x[tuple(at[c] % n for c, n in zip(term, x.shape, strict=True))]
        made[tuple(at[c] for c in output)] += entry
    return made


def tensordot(a: Any, b: Any, axes: Any) -> Any:
    if isinstance(axes, int):
        axes = (tuple(range(a.ndim - axes, a.ndim)), tuple(range(axes)))
    left, right = ((pair,) if isinstance(pair, int) else tuple(pair) for pair in axes)
    names = [chr(97 + i) for i in range(a.ndim)]
    others = [chr(110 + i) for i in range(b.ndim)]
    for i, j in zip(left, right, strict=True):
        others[j % b.ndim] = names[i % a.ndim]
    joined = [names[i % a.ndim] for i in left]
    out = "".join(n for n in [*names, *others] if n not in joined)
    return contraction(f"{''.join(names)},{''.join(others)}->{out}", a, b)


def kron(a: Any, b: Any) -> Any:
    ndim = max(a.ndim, b.ndim)
    a, b = a.reshape((1,) * (ndim - a.ndim) + a.shape), b.reshape((1,) * (ndim - b.ndim) + b.shape)
    made = np.empty([m * n for m, n in zip(a.shape, b.shape, strict=True)], dtype=object)
    for i in np.ndindex(a.shape):
        for j in np.ndindex(b.shape):
            made[tuple(p * n + q for p, q, n in zip(i, j, b.shape, strict=True))] = a[i] * b[j]
    return made


def cross(a: Any, b: Any, axis: int) -> Any:
    a, b = np.broadcast_arrays(np.moveaxis(a, axis, -1), np.moveaxis(b, axis, -1))
    parts = [a[..., (i + 1) % 3] * b[..., (i + 2) % 3] - a[..., (i + 2) % 3] * b[..., (i + 1) % 3] for i in range(3)]
    return np.moveaxis(np.stack([np.asarray(p, dtype=object) for p in parts], -1), -1, axis)


def singular_values(x: Any) -> list[Any]:
    values = mp.eigsy(to_mp(product(x, x.T) if x.shape[0] <= x.shape[1] else product(x.T, x)), eigvals_only=True)
    return sorted((mp.sqrt(max(v, 0)) for v in values), reverse=True)


def cholesky(x: Any) -> Any:
    n = x.shape[0]
    made = np.full((n, n), mp.mpf(0), dtype=object)
    for j in range(n):
        made[j, j] = mp.sqrt(x[j, j] - mp.fsum(made[j, k] ** 2 for k in range(j)))
        for i in range(j + 1, n):
            made[i, j] = (x[i, j] - mp.fsum(made[i, k] * made[j, k] for k in range(j))) / made[j, j]
    return made


def pseudo_inverse(x: Any) -> Any:
    if x.shape[0] <= x.shape[1]:
        return product(x.T, inverse(product(x, x.T)))
    return product(inverse(product(x.T, x)), x.T)


def solve(a: Any, b: Any) -> Any:
    column = b.ndim == 1
    return (
        matmul(matrix(inverse)(a), b[..., None] if column else b)[..., 0] if column else matmul(matrix(inverse)(a), b)
    )


def matrix_power(x: Any, n: int) -> Any:
    base = inverse(x) if n < 0 else x
    made = np.array([[mp.mpf(i == j) for j in range(len(x))] for i in range(len(x))], dtype=object)
    for _ in range(abs(n)):
        made = product(made, base)
    return made


def triplet(anchor: Any, positive: Any, negative: Any, margin: float, p: float, eps: float, reduction: str) -> Any:
    near, far = (rows(length)(anchor - each + mp.mpf(eps), axis=-1, ord=p) for each in (positive, negative))
    return reduced(every(lambda a, b: max(0, a - b + margin))(near, far), reduction)


def reduced(entries: Any, reduction: str, divisor: Any = None) -> Any:
    if reduction == "none":
        return entries
    total = mp.fsum(np.ravel(entries))
    count = np.size(entries) if divisor is None else divisor
    return np.array(total / count if reduction == "mean" else total, dtype=object)


def pair_loss(function: Callable[..., Any]) -> Reference:
    def apply(input: Any, target: Any, reduction: str, **params: Any) -> Any:
        return reduced(every(lambda a, b: function(a, b, **params))(input, target), reduction)

    return apply


def smooth_l1(a: Any, b: Any, beta: float) -> Any:
    d = abs(a - b)
    return d * d / (2 * mp.mpf(beta)) if d < beta else d - mp.mpf(beta) / 2


def huber(a: Any, b: Any, delta: float) -> Any:
    d = abs(a - b)
    return d * d / 2 if d < delta else delta * (d - mp.mpf(delta) / 2)


def bits(p: Any, t: Any) -> Any:
    return -(t * mp.log(p) + (1 - t) * mp.log(1 - p))


def class_places(input: Any, target: Any) -> Any:
    """The classes last, and the labels as integers."""
    rows_last = np.moveaxis(input, 1, -1) if input.ndim > 1 else input
    return rows_last, np.asarray(target, dtype=object)


def nll(input: Any, target: Any, weight: Any = None, reduction: str = "mean", ignore_index: int = -100) -> Any:
    scores, labels = class_places(input, target)
    losses = np.empty(labels.shape, dtype=object)
    counted = mp.mpf(0)
    for place in np.ndindex(labels.shape):
        label = int(labels[place])
        w = mp.mpf(0) if label == ignore_index else mp.mpf(1) if weight is None else weight[label]
        losses[place] = -scores[place][label] * w if label != ignore_index else mp.mpf(0)
        counted += w
    return reduced(losses, reduction, counted)


def cross_entropy(
    input: Any, target: Any, weight: Any, reduction: str, label_smoothing: float, ignore_index: int
) -> Any:
    """For each row the weighted sum of the negative logarithms, by probabilities that are spread a little."""
    scores, labels = class_places(input, target)
    logs = lines(lambda entries: [mp.log(s) for s in shares(entries)])(scores, axis=-1)
    classes, spread = scores.shape[-1], mp.mpf(label_smoothing)
    soft = np.shape(target) == input.shape
    if soft:
        labels = np.moveaxis(labels, 1, -1) if input.ndim > 1 else labels
    losses = np.empty(scores.shape[:-1], dtype=object)
    counted = mp.mpf(0)
    for place in np.ndindex(losses.shape):
        label = -1 if soft else int(labels[place])
        kept = soft or label != ignore_index
        truth = [labels[place][k] if soft else mp.mpf(k == label) for k in range(classes)]
        terms = [(t * (1 - spread) + spread / classes) * weight[k] * logs[place][k] for k, t in enumerate(truth)]
        losses[place] = -mp.fsum(terms) if kept else mp.mpf(0)
        counted += 1 if soft else weight[label] if kept else 0
    return reduced(losses, reduction, counted)


def kl_div(input: Any, target: Any, reduction: str, log_target: bool) -> Any:
    entry = (lambda a, t: mp.exp(t) * (t - a)) if log_target else (lambda a, t: t * (mp.log(t) - a) if t else mp.mpf(0))
    entries = every(entry)(input, target)
    return reduced(
        entries, "mean" if reduction == "batchmean" else reduction, len(entries) if reduction == "batchmean" else None
    )


def cosine(x1: Any, x2: Any, axis: Any, eps: float) -> Any:
    a, b = np.broadcast_arrays(x1, x2)
    along = min(a.ndim - 1, 1) if axis is None else axis
    dots = rows(mp.fsum)(a * b, axis=along)
    lengths = [every(lambda n: max(n, mp.mpf(eps)))(rows(length)(x, axis=along)) for x in (a, b)]
    return dots / (lengths[0] * lengths[1])


def normalize(x: Any, p: float, axis: Any, eps: float) -> Any:
    along = min(x.ndim - 1, 1) if axis is None else axis
    return x / every(lambda n: max(n, mp.mpf(eps)))(rows(length)(x, axis=along, keepdims=True, ord=p))


def cdist(x1: Any, x2: Any, p: float) -> Any:
    lead = np.broadcast_shapes(x1.shape[:-2], x2.shape[:-2])
    x1, x2 = (np.broadcast_to(x, lead + x.shape[-2:]) for x in (x1, x2))
    made = np.empty((*lead, x1.shape[-2], x2.shape[-2]), dtype=object)
    for place in np.ndindex(made.shape):
        *where, i, j = place
        made[place] = length(list(x1[(*where, i)] - x2[(*where, j)]), p)
    return made


def standardized(x: Any, axes: tuple[int, ...], weight: Any, bias: Any, eps: float, centring: bool = True) -> Any:
    middle = rows(mean)(x, axis=axes, keepdims=True) if centring else mp.mpf(0)
    spread = rows(lambda entries: mean([e * e for e in entries]))(x - middle, axis=axes, keepdims=True)
    return (x - middle) / every(lambda s: mp.sqrt(s + mp.mpf(eps)))(spread) * weight + bias


def channels(w: Any, ndim: int) -> Any:
    return w.reshape(-1, *(1,) * (ndim - 2)) if getattr(w, "ndim", 0) else w


def last_axes(x: Any, shape: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(range(x.ndim - len(shape), x.ndim))


def convolution(x: Any, weight: Any, bias: Any, stride: Any, padding: Any, dilation: Any, groups: int) -> Any:
    if x.ndim < weight.ndim:
        return convolution(x[None], weight, bias, stride, padding, dilation, groups)[0]
    spatial = x.ndim - 2
    kernel = weight.shape[2:]
    stride, dilation = ((v,) * spatial if isinstance(v, int) else tuple(v) for v in (stride, dilation))
    if padding == "same":
        sides = [(d * (k - 1) // 2, d * (k - 1) - d * (k - 1) // 2) for d, k in zip(dilation, kernel, strict=True)]
    elif padding == "valid":
        sides = [(0, 0)] * spatial
    else:
        sides = [(p, p) for p in ((padding,) * spatial if isinstance(padding, int) else padding)]
    x = np.pad(x, ((0, 0), (0, 0), *sides), constant_values=mp.mpf(0))
    out = [(n - d * (k - 1) - 1) // s + 1 for n, d, k, s in zip(x.shape[2:], dilation, kernel, stride, strict=True)]
    made = np.empty((x.shape[0], weight.shape[0], *out), dtype=object)
    per, ins = weight.shape[0] // groups, weight.shape[1]
    for n, o, *place in np.ndindex(made.shape):
        total = bias[o] if getattr(bias, "ndim", 0) else bias
        for c, *offset in np.ndindex(weight.shape[1:]):
            at = [p * s + k * d for p, s, k, d in zip(place, stride, offset, dilation, strict=True)]
            total = total + x[(n, o // per * ins + c, *at)] * weight[(o, c, *offset)]
        made[(n, o, *place)] = total
    return made


def pool(x: Any, kernel_size: Any, stride: Any, padding: Any, largest: bool) -> Any:
    spatial = len(kernel_size)
    stride = kernel_size if stride is None else (stride,) * spatial if isinstance(stride, int) else stride
    padding = (padding,) * spatial if isinstance(padding, int) else padding
    border = -mp.inf if largest else mp.mpf(0)
    widths = ((0, 0),) * (x.ndim - spatial) + tuple((p, p) for p in padding)
    x = np.pad(x, widths, constant_values=border)
    lead = x.shape[: x.ndim - spatial]
    out = [(n - k) // s + 1 for n, k, s in zip(x.shape[x.ndim - spatial :], kernel_size, stride, strict=True)]
    made = np.empty((*lead, *out), dtype=object)
    for place in np.ndindex(made.shape):
        at = place[len(lead) :]
        key = tuple(slice(p * s, p * s + k) for p, s, k in zip(at, stride, kernel_size, strict=True))
        entries = list(np.ravel(x[(*place[: len(lead)], *key)]))
        made[place] = max(entries) if largest else mean(entries)
    return made


def attention(q: Any, k: Any, v: Any, mask: Any, is_causal: bool, scale: Any) -> Any:
    factor = 1 / mp.sqrt(q.shape[-1]) if scale is None else mp.mpf(scale)
    scores = matmul(q, np.swapaxes(k, -1, -2)) * factor
    if mask is not None:
        scores = scores + mask
    if is_causal:
        for place in np.ndindex(scores.shape):
            if place[-1] > place[-2]:
                scores[place] = -mp.inf
    return matmul(lines(shares)(scores, axis=-1), v)


def picked_along(x: Any, indices: Any, axis: int) -> Any:
    return np.take_along_axis(x, np.asarray(indices, dtype=float).astype(int), axis)


def average(x: Any, weights: Any, axis: Any, keepdims: bool) -> Any:
    if weights.shape != x.shape:
        weights = np.broadcast_to(
            weights.reshape([x.shape[axis] if i == axis % x.ndim else 1 for i in range(x.ndim)]), x.shape
        )
    return rows(mp.fsum)(x * weights, axis=axis, keepdims=keepdims) / rows(mp.fsum)(
        weights, axis=axis, keepdims=keepdims
    )


def whole(indices: Any) -> Any:
    return np.asarray(indices, dtype=float).astype(int)


def padded(x: Any, pad_width: Any, constant_values: float, mode: str = "constant") -> Any:
    if isinstance(pad_width, int):
        pad_width = (pad_width, pad_width)
    pairs = [pad_width] * x.ndim if isinstance(pad_width[0], int) else list(pad_width)
    for axis, (before, after) in enumerate(pairs):
        n = x.shape[axis]
        parts = []
        for place in range(-before, n + after):
            at: int | None = place
            if not 0 <= place < n:
                turn = 2 * (n - 1) or 1
                at = {
                    "constant": None,
                    "edge": min(max(place, 0), n - 1),
                    "wrap": place % n,
                    "reflect": min(place % turn, turn - place % turn),
                    "symmetric": min(place % (2 * n), 2 * n - 1 - place % (2 * n)),
                }[mode]
            part = np.take(x, [0 if at is None else at], axis)
            parts.append(np.full(part.shape, mp.mpf(constant_values), dtype=object) if at is None else part)
        x = np.concatenate(parts, axis)
    return x


def padded_last(x: Any, pad: Any, mode: str, value: float) -> Any:
    pairs = [pad[i : i + 2] for i in range(0, len(pad), 2)]
    return padded(x, [(0, 0)] * (x.ndim - len(pairs)) + pairs[::-1], value, mode)


def places(x: Any) -> Any:
    """The row and the column of each entry."""
    return np.indices(x.shape)


def on_diagonal(x: Any, k: int) -> Any:
    side = len(x) + abs(k)
    made = np.full((side, side), mp.mpf(0), dtype=object)
    for i, entry in enumerate(x):
        made[i + max(-k, 0), i + max(k, 0)] = entry
    return made


def by_logits(x: Any, t: Any, weight: Any, positive: Any) -> Any:
    return -weight * (positive * t * mp.log(logistic(x)) + (1 - t) * mp.log(logistic(-x)))


def layer_norm(x: Any, w: Any, b: Any, normalized_shape: tuple[int, ...], eps: float) -> Any:
    return standardized(x, last_axes(x, normalized_shape), w, b, eps)


def batch_norm(x: Any, w: Any, b: Any, eps: float) -> Any:
    return standardized(x, (0, *range(2, x.ndim)), channels(w, x.ndim), channels(b, x.ndim), eps)


def group_norm(x: Any, w: Any, b: Any, num_groups: int, eps: float) -> Any:
    parts = x.reshape(x.shape[0], num_groups, -1)
    found = standardized(parts, (2,), mp.mpf(1), mp.mpf(0), eps).reshape(x.shape)
    found = found if w is None else found * channels(w, x.ndim)
    return found if b is None else found + channels(b, x.ndim)


def poisson_nll(x: Any, t: Any, log_input: bool, eps: float) -> Any:
    return mp.exp(x) - t * x if log_input else x - t * mp.log(x + mp.mpf(eps))


def covariance(x: Any, y: Any = None, correction: int = 1) -> Any:
    lists = [list(row) for each in (x, y) if each is not None for row in np.atleast_2d(each)]
    about = [[e - mean(row) for e in row] for row in lists]
    found = np.array(
        [[mp.fsum(map(math.prod, zip(a, b, strict=True))) / (len(a) - correction) for b in about] for a in about]
    )
    return found if x.ndim == 2 or y is not None else found[0, 0]


def correlation(x: Any, y: Any = None) -> Any:
    found = covariance(x, y)
    return np.array(
        [[e / mp.sqrt(found[i, i] * found[j, j]) for j, e in enumerate(row)] for i, row in enumerate(found)]
    )


def rms_norm(x: Any, w: Any, normalized_shape: tuple[int, ...], eps: float | None) -> Any:
    small = float(np.finfo(float).eps) if eps is None else eps
    return standardized(x, last_axes(x, normalized_shape), w, mp.mpf(0), small, centring=False)


def softmax_like(function: Callable[[list[Any]], list[Any]]) -> Reference:
    return lambda x, axis: lines(function)(x, axis=axis)


def between_points(xp: list[Any], fp: list[Any], x: Any) -> Any:
    """The line through points at x, and the first or last of them beyond."""
    for i in range(len(xp) - 1):
        if xp[i] <= x <= xp[i + 1]:
            return fp[i] + (fp[i + 1] - fp[i]) * (x - xp[i]) / (xp[i + 1] - xp[i])
    return fp[0] if x < xp[0] else fp[-1]


REFERENCES: dict[str, Reference] = {
    **{name: every(function) for name, function in ENTRYWISE.items()},
    "detach": lambda x: x,
    "sum": rows(mp.fsum),
    "mean": rows(mean),
    "sum_where": lambda x, where, axis, keepdims: rows(mp.fsum)(np.where(where != 0, x, mp.mpf(0)), axis, keepdims),
    "mean_where": lambda x, where, axis, keepdims: (
        rows(mp.fsum)(np.where(where != 0, x, mp.mpf(0)), axis, keepdims)
        / rows(mp.fsum)(np.broadcast_to(where, x.shape), axis, keepdims)
    ),
    "prod": rows(lambda entries: math.prod(entries, start=mp.mpf(1))),
    "max": rows(max),
    "min": rows(min),
    "ptp": rows(lambda entries: max(entries) - min(entries)),
    "vector_norm": rows(length),
    "norm": norm,
    "var": rows(variance),
    "std": rows(lambda entries, ddof: mp.sqrt(variance(entries, ddof))),
    "median": rows(median),
    "cov": covariance,
    "trapezoid": lambda y, x, dx: rows(mp.fsum)((x[..., 1:] - x[..., :-1]) * (y[..., 1:] + y[..., :-1]) / 2, axis=-1),
    "corrcoef": correlation,
    "polyval": lambda p, x: every(lambda at: mp.fsum(c * at**k for k, c in enumerate(p[::-1])))(x),
    "interp": lambda x, xp, fp: every(partial(between_points, [*xp], [*fp]))(x),
    "convolve": lambda a, v, mode: np.convolve(a, v, mode),
    "average": average,
    "logsumexp": rows(lambda entries: mp.log(mp.fsum(mp.exp(e) for e in entries))),
    "softmax": softmax_like(shares),
    "log_softmax": softmax_like(lambda entries: [mp.log(s) for s in shares(entries)]),
    "cumsum": lines(running(lambda a, b: a + b, mp.mpf(0))),
    "cumprod": lines(running(lambda a, b: a * b, mp.mpf(1))),
    "cummax": lines(running(max, -mp.inf)),
    "cummin": lines(running(min, mp.inf)),
    "logcumsumexp": lines(
        lambda entries: [mp.log(mp.fsum(mp.exp(e) for e in entries[: i + 1])) for i in range(len(entries))]
    ),
    "recurrence": recurrence,
    "diff": lambda x, n, axis: np.diff(x, n, axis),
    "sort": lines(ordered),
    "msort": lambda x: lines(ordered)(x, axis=0, descending=False),
    "topk": lambda x, k, axis, largest, sorted: lines(lambda e: ordered(e, largest)[:k])(x, axis=axis),
    "matmul": matmul,
    "addmm": lambda c, a, b, beta, alpha: mp.mpf(beta) * c + mp.mpf(alpha) * matmul(a, b),
    "outer": lambda a, b: np.multiply.outer(np.ravel(a), np.ravel(b)),
    "dot": lambda a, b: tensordot(a, b, ((-1,), (max(-2, -b.ndim),))) if a.ndim and b.ndim else a * b,
    "vdot": lambda a, b: np.array(mp.fsum(np.ravel(a) * np.ravel(b)), dtype=object),
    "inner": lambda a, b: tensordot(a, b, ((-1,), (-1,))) if a.ndim and b.ndim else a * b,
    "tensordot": tensordot,
    "kron": kron,
    "cross": cross,
    "einsum": lambda *operands, subscripts: contraction(subscripts, *operands),
    "multi_dot": lambda *operands: matmul(operands[0], operands[1] if len(operands) == 2 else matmul(*operands[1:])),
    "det": matrix(determinant),
    "cofactor": matrix(cofactors),
    "logdet": matrix(lambda x: mp.log(determinant(x))),
    "slogdet": matrix(lambda x: mp.log(abs(determinant(x)))),
    "inv": matrix(inverse),
    "inv_or_inf": matrix(inverse),
    "pinv": matrix(pseudo_inverse),
    "solve": solve,
    "cholesky": matrix(lambda x: cholesky((x + x.T) / 2)),
    "matrix_power": matrix(matrix_power),
    "svdvals": matrix(singular_values),
    "eigvalsh": matrix(lambda x: np.array(sorted(mp.eigsy(to_mp((x + x.T) / 2), eigvals_only=True)), dtype=object)),
    "trace": matrix(lambda x, offset: mp.fsum(x[i, i + offset] for i in range(len(x)) if 0 <= i + offset < x.shape[1])),
    "diag": lambda x, k: on_diagonal(x, k) if x.ndim == 1 else np.diagonal(x, k),
    "diagonal": lambda x, offset, axis1, axis2: np.diagonal(x, offset, axis1, axis2),
    "tril": matrix(lambda x, k: np.where(places(x)[1] <= places(x)[0] + k, x, mp.mpf(0))),
    "triu": matrix(lambda x, k: np.where(places(x)[1] >= places(x)[0] + k, x, mp.mpf(0))),
    "mse_loss": pair_loss(lambda a, b: (a - b) ** 2),
    "l1_loss": pair_loss(lambda a, b: abs(a - b)),
    "smooth_l1_loss": pair_loss(smooth_l1),
    "huber_loss": pair_loss(huber),
    "hinge_loss": pair_loss(lambda x, t: max(0, 1 - t * x)),
    "hinge_embedding_loss": pair_loss(lambda x, t, margin: x if t == 1 else max(0, margin - x)),
    "binary_cross_entropy": pair_loss(bits),
    "binary_cross_entropy_with_logits": pair_loss(lambda x, t: bits(logistic(x), t)),
    "weighted_binary_cross_entropy": lambda p, t, w, reduction: reduced(
        every(lambda a, b, c: c * bits(a, b))(p, t, w), reduction
    ),
    "weighted_binary_cross_entropy_with_logits": lambda *operands, reduction: reduced(
        every(by_logits)(*operands), reduction
    ),
    "kl_div": kl_div,
    "nll_loss": nll,
    "nll_loss_of_some": nll,
    "cross_entropy": cross_entropy,
    "cosine_similarity": cosine,
    "pairwise_distance": lambda a, b, p, eps, keepdims: rows(length)(
        a - b + mp.mpf(eps), axis=-1, keepdims=keepdims, ord=p
    ),
    "triplet_margin_loss": triplet,
    "cosine_embedding_loss": lambda a, b, t, margin, reduction: reduced(
        every(lambda c, t: 1 - c if t == 1 else max(mp.mpf(0), c - margin))(
            rows(mp.fsum)(a * b, axis=-1)
            / every(lambda x, y: mp.sqrt((x + mp.mpf(1e-12)) * (y + mp.mpf(1e-12))))(
                rows(mp.fsum)(a * a, axis=-1), rows(mp.fsum)(b * b, axis=-1)
            ),
            t,
        ),
        reduction,
    ),
    "poisson_nll_loss": lambda x, t, reduction, **how: reduced(every(partial(poisson_nll, **how))(x, t), reduction),
    "gaussian_nll_loss": lambda x, t, var, full, eps, reduction: reduced(
        every(lambda x, t, v: (mp.log(v) + (x - t) ** 2 / v + full * mp.log(2 * mp.pi)) / 2)(
            x, t, every(lambda v: max(v, mp.mpf(eps)))(var)
        ),
        reduction,
    ),
    "prelu": lambda x, weight: every(lambda x, w: x if x > 0 else w * x)(
        x, weight.reshape(-1, *[1] * (x.ndim - 2)) if weight.ndim else weight
    ),
    "cdist": cdist,
    "normalize": normalize,
    "linear": lambda x, weight, bias: matmul(x, weight.T) + bias,
    "scaled_dot_product_attention": attention,
    "native_layer_norm": layer_norm,
    "layer_norm": layer_norm,
    "native_batch_norm": batch_norm,
    "batch_norm": batch_norm,
    "native_rms_norm": rms_norm,
    "rms_norm": rms_norm,
    "group_norm": group_norm,
    "instance_norm": lambda x, weight, bias, eps: group_norm(x, weight, bias, x.shape[1], eps),
    "convolution": convolution,
    "conv1d": convolution,
    "conv2d": convolution,
    "max_pool1d": lambda x, **params: pool(x, **params, largest=True),
    "max_pool2d": lambda x, **params: pool(x, **params, largest=True),
    "avg_pool1d": lambda x, **params: pool(x, **params, largest=False),
    "avg_pool2d": lambda x, **params: pool(x, **params, largest=False),
    "embedding": lambda labels, weight: weight[whole(labels)],
    "take_rows": lambda x, indices: x[whole(indices)],
    "take": lambda x, indices, axis: np.take(x, whole(indices), axis),
    "take_along_axis": picked_along,
    "gather": lambda x, index, axis: picked_along(
        x[tuple(slice(n if at == axis else m) for at, (n, m) in enumerate(zip(x.shape, index.shape, strict=True)))],
        index,
        axis,
    ),
    "masked_select": lambda x, mask, count: x[np.asarray(mask, dtype=float) != 0],
    "index": lambda x, key: x[tuple(list(part) if isinstance(part, tuple) else part for part in key)],
    "pad": padded,
    "pad_with": padded,
    "pad_last": padded_last,
    "ravel": np.ravel,
    "flatten": lambda x, start_dim, end_dim: x.reshape(
        *x.shape[:start_dim], -1, *x.shape[len(x.shape) + end_dim + 1 if end_dim < 0 else end_dim + 1 :]
    ),
    "squeeze": lambda x, axis: np.squeeze(x, axis),
    "expand_dims": lambda x, axis: np.expand_dims(x, axis),
    "moveaxis": lambda x, source, destination: np.moveaxis(x, source, destination),
    "flip": lambda x, axis: np.flip(x, axis),
    "flipud": lambda x: x[::-1],
    "fliplr": lambda x: x[:, ::-1],
    "roll": lambda x, shift, axis: np.roll(x, shift, axis),
    "rot90": lambda x, k, axes: np.rot90(x, k, axes),
    "concatenate": lambda *xs, axis: np.concatenate(xs, axis),
    "stack": lambda *xs, axis: np.stack(xs, axis),
    "hstack": lambda *xs: np.hstack(xs),
    "vstack": lambda *xs: np.vstack(xs),
    "tile": lambda x, reps: np.tile(x, reps),
    "repeat": lambda x, repeats, axis: np.repeat(x, repeats, axis),
    "reshape": lambda x, shape: np.reshape(x, shape),
    "transpose": lambda x, axes: np.transpose(x, axes),
    "swapaxes": lambda x, axis1, axis2: np.swapaxes(x, axis1, axis2),
    "broadcast_to": lambda x, shape: np.broadcast_to(
        x, [x.shape[i - len(shape)] if n == -1 else n for i, n in enumerate(shape)]
    ),
}

PULLED = {
    "cofactor_slope": "cofactor",
    "scatter": "index",
    "scatter_rows": "take_rows",
    "scatter_along_axis": "take_along_axis",
    "masked_scatter": "masked_select",
    "diagonal_scatter": "diagonal",
    "windows": "avg_pool1d",
    "gather_windows": "avg_pool1d",
    "convolution_input": "convolution",
    "convolution_weight": "convolution",
    "svd_u": "svdvals",
    "svd_v": "svdvals",
    "eigh_vectors": "eigvalsh",
}
"""Operations that only rules use, and the one whose gradients are made of them."""
