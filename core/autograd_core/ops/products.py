"""Products of vectors, matrices and stacks of matrices, and sums over named axes: einsum."""

from __future__ import annotations

import math
import re
from functools import reduce
from string import ascii_letters
from typing import Any

import numpy as np

from autograd_core.errors import ShapeError, counted
from autograd_core.limits import MAX_FACTORS
from autograd_core.ops import batching
from autograd_core.ops.registry import Family, op
from autograd_core.ops.shape import in_shape
from autograd_core.ops.signature import axis_index, axis_indices, axis_param, integers, number
from autograd_core.ops.spec import ATOM, MULTIPLY, Notation, Param, Shape, broadcast_shapes, infix, value_text

PRODUCTS = Family("product", operands=("a", "b"))


def rank(x: Any) -> int:
    """The number of dimensions; a plain number has none."""
    return len(getattr(x, "shape", ()))


def flipped(x: Any) -> Any:
    """The transpose of a matrix or of each matrix of a stack, written ``.T`` where it can be."""
    return x.T if x.ndim == 2 else x.mT


def row(g: Any) -> Any:
    """A new axis of length 1 before the last."""
    return op.expand_dims(g, axis=(-2,))


def column(g: Any) -> Any:
    """A new last axis of length 1."""
    return op.expand_dims(g, axis=(-1,))


def inner_sizes(a: Shape, b: Shape, axis: int) -> None:
    """Raise ShapeError unless the last axis of ``a`` is as long as ``axis`` of ``b``, the last of a vector."""
    left, right = a[-1], b[axis] if len(b) > 1 else b[-1]
    if left == right:
        return
    hint = None
    if len(a) == len(b) == 2:
        fits = {(a[-1], b[-1]): "{0} @ {1}.T", (a[-2], b[-2]): "{0}.T @ {1}"}
        hint = next((f"{words} fits" for sizes, words in fits.items() if sizes[0] == sizes[1] and axis == -2), None)
    if len(a) == 2 and len(b) == 1 and axis == -2 and a[0] == right:
        hint = f"{{0}}.T @ {{1}} fits, or give {{1}} {counted(left, 'entry', 'entries')}"
    if len(a) == len(b) == 2:
        words = f"mat1 and mat2 shapes cannot be multiplied ({a[0]}x{a[1]} and {b[0]}x{b[1]})"
    elif len(a) == 2 and len(b) == 1:
        words = f"size mismatch, got input ({a[0]}), mat ({a[0]}x{a[1]}), vec ({b[0]})"
    else:
        words = f"inconsistent tensor size, expected tensor [{left}] and src [{right}] to have the same number of "
        words += f"elements, but got {left} and {right} elements respectively"
    say_left = "entries" if len(a) == 1 else "columns"
    say_right = "entries" if len(b) == 1 else "rows" if axis == -2 else "columns"
    raise ShapeError(
        f"the inner sizes of the shapes do not match: {{0}} has {left} {say_left}, {{1}} has {right} {say_right}",
        code="AG301",
        why="each row of the first meets a column of the second, so they must be equally long" if axis == -2 else None,
        hint=hint or f"give the second {left} {say_right}, or the first {right} {say_left}",
        pytorch=words,
    )


def _matmul_shape(a: Shape, b: Shape) -> Shape:
    for position, shape in enumerate((a, b)):
        if not shape:
            raise ShapeError(f"@ needs vectors or matrices; {{{position}}} has no axes", code="AG306", hint="{0} * {1}")
    inner_sizes(a, b, -2)
    try:
        batch = broadcast_shapes(a[:-2], b[:-2])
    except ShapeError as error:
        error.message = "the stacks of matrices do not fit: " + error.message
        raise error from None
    return batch + a[-2:-1] + (b[-1:] if len(b) > 1 else ())


def _matmul_node(a: Shape, b: Shape) -> str:
    if len(a) == len(b) == 1:
        return "DotBackward0"
    if len(b) == 1 or (len(a) == 1 and len(b) > 2):
        return "MvBackward0"
    return "BmmBackward0" if len(a) > 2 and len(b) > 2 else "MmBackward0"


def _matmul_left(g: Any, _y: Any, _a: Any, b: Any) -> Any:
    if _a.ndim == 1:
        return g * b if b.ndim == 1 else b @ g if b.ndim == 2 else row(g) @ b.mT
    if b.ndim == 1:
        return op.outer(g, b) if _a.ndim == 2 else column(g) * b
    return g @ flipped(b)


def _matmul_right(g: Any, _y: Any, a: Any, _b: Any) -> Any:
    if _b.ndim == 1:
        return g * a if a.ndim == 1 else a.T @ g if a.ndim == 2 else row(g) @ a
    if a.ndim == 1:
        return op.outer(a, g) if _b.ndim == 2 else column(a) * row(g)
    if _b.ndim == 2 and a.ndim > 2:  # one product over all matrices, in place of one each and a sum
        rows = math.prod(a.shape[:-1])
        return op.reshape(a, shape=(rows, a.shape[-1])).T @ op.reshape(g, shape=(rows, g.shape[-1]))
    return flipped(a) @ g


PRODUCTS.operation(
    "matmul|mm|bmm|mv|matvec",
    "Matrix product a @ b; with vectors the inner product or matrix times vector, with stacks one product each.",
    vjps=(_matmul_left, _matmul_right),
    shape=_matmul_shape,
    batch=batching.multiplying,
    node=_matmul_node,
    text=infix(" @ ", MULTIPLY),
    samples=("2,3 3,4; 3 3; 2,3 3; 3 3,2; 2,2,3 2,3,2; 2,1,2,3 3,3,2; 2,2,3 3,2; 2,3 2,3,2; 2,2,3 3; 3 2,3,2; 2,0 0,3"),
)
PRODUCTS.operation(
    "outer|ger",
    "Outer product: every entry of a times every entry of b.",
    exports={"torch": "torch.outer(torch.ravel({0}), torch.ravel({1}))"},
    vjps=(
        lambda g, _y, _a, b: in_shape(g @ in_shape(b, (math.prod(b.shape),)), _a.shape),
        lambda g, _y, a, _b: in_shape(g.T @ in_shape(a, (math.prod(a.shape),)), _b.shape),
    ),
    shape=lambda a, b: (math.prod(a), math.prod(b)),
    batch=batching.crossing,
    node="MulBackward0",
    latex=lambda: (MULTIPLY, [(0, MULTIPLY + 1), r" \, ", (1, ATOM), r"^{\top}"]),
    samples="3 2; 2,2 3; () 2",
)


@PRODUCTS.function(samples="3 3; 2,3 3,2; () 3; 2,3 2,3,2")
def dot(a: Any, b: Any) -> Any:
    """NumPy's dot: inner product of vectors, product of matrices, a plain product with a scalar."""
    if not rank(a) or not rank(b):
        return op.mul(a, b)
    if rank(b) <= 2:
        return op.matmul(a, b)
    inner_sizes(a.shape, b.shape, -2)
    return op.tensordot(a, b, axes=((-1,), (-2,)))


_FORM = re.compile(r"[A-Za-z]*(\.\.\.)?[A-Za-z]*")


def read_subscripts(value: Any) -> str:
    """The letters of an einsum without blanks, as ``ij,jk->ik``."""
    if not isinstance(value, str):
        raise TypeError("must be a string such as 'ij,jk->ik'")
    text = "".join(value.split())
    inputs, _, output = text.partition("->")
    if (count := inputs.count(",") + 1) > MAX_FACTORS:
        raise TypeError(f"names {count} arrays; the limit is {MAX_FACTORS}")
    for term in [*inputs.split(","), output]:
        if not _FORM.fullmatch(term):
            raise TypeError(f"must be letters, commas, ... and one ->, as in 'ij,jk->ik', not {value!r}")
    if len(set(output)) - ("." in output) != len(output.replace("...", "")):
        raise TypeError(f"names a letter twice after the arrow: {value!r}")
    strange = sorted(set(output) - set(inputs))
    if strange:
        raise TypeError(f"has {strange[0]!r} after the arrow but not before: {value!r}")
    return text


def axis_letters(subscripts: str, shapes: tuple[Shape, ...]) -> tuple[list[str], str]:
    """The letters of each operand's axes and of the result's, with those that ``...`` stands for written out."""
    inputs, arrow, output = subscripts.partition("->")
    terms = inputs.split(",")
    if len(terms) != len(shapes):
        raise ShapeError(
            f"einsum {subscripts!r} has letters for {counted(len(terms), 'array')}, not for {len(shapes)}", code="AG306"
        )
    spare = [letter for letter in ascii_letters if letter not in subscripts]
    unnamed = []
    for i, (term, shape) in enumerate(zip(terms, shapes, strict=True)):
        named = len(term.replace("...", ""))
        if len(shape) < named or (len(shape) > named and "..." not in term):
            raise ShapeError(
                f"einsum {subscripts!r} names {counted(named, 'axis', 'axes')} of {{{i}}}, which has {len(shape)}",
                code="AG306",
            )
        unnamed.append(len(shape) - named)
    batch = "".join(spare[: max(unnamed, default=0)])
    full = [term.replace("...", batch[len(batch) - n :]) for term, n in zip(terms, unnamed, strict=True)]
    if arrow:
        return full, output.replace("...", batch)
    letters = inputs.replace(",", "").replace(".", "")
    return full, batch + "".join(sorted(letter for letter in set(letters) if letters.count(letter) == 1))


def _lengths(terms: list[str], shapes: tuple[Shape, ...]) -> dict[str, int]:
    """How long the axis of each letter is; an axis of length 1 broadcasts."""
    found: dict[str, tuple[int, int]] = {}
    for i, (term, shape) in enumerate(zip(terms, shapes, strict=True)):
        own: dict[str, int] = {}
        for letter, n in zip(term, shape, strict=True):
            if own.setdefault(letter, n) != n:
                raise ShapeError(
                    f"einsum takes a diagonal of {{{i}}} along {letter!r}, where it is {own[letter]} and {n} long",
                    code="AG301",
                )
            length, at = found.get(letter, (1, i))
            if 1 not in (n, length) and n != length:
                raise ShapeError(
                    f"the axis {letter!r} of einsum is {length} long in {{{at}}} and {n} long in {{{i}}}",
                    code="AG301",
                    pytorch=f"einsum(): subscript {letter} has size {n} for operand {i} which does not broadcast with "
                    f"previously seen size {length}",
                )
            if letter not in found or length == 1:
                found[letter] = (n, i)
    return {letter: length for letter, (length, _) in found.items()}


def _einsum_shape(*shapes: Shape, subscripts: str) -> Shape:
    terms, output = axis_letters(subscripts, shapes)
    lengths = _lengths(terms, shapes)
    return tuple(lengths[letter] for letter in output)


def _summed(given: list[tuple[str, Any]], result: str) -> Any:
    """Arrays with their letters as one einsum; an array that has the result's letters stands for itself."""
    if len(given) == 1 and given[0][0] == result:
        return given[0][1]
    return op.einsum(*[o for _, o in given], subscripts=f"{','.join(letters for letters, _ in given)}->{result}")


def _einsum_vjp(g: Any, _y: Any, *operands: Any, operand: int, subscripts: str) -> Any:
    """The same sum with the incoming gradient in the operand's place.

    Axes of which the operand has a diagonal get an identity matrix, axes that only it has are spread over.
    """
    terms, output = axis_letters(subscripts, tuple(o.shape for o in operands))
    spare = iter(letter for letter in ascii_letters if letter not in output and letter not in "".join(terms))
    given = [(output, g)] + [(terms[i], o) for i, o in enumerate(operands) if i != operand]
    wanted = ""
    for letter, n in zip(terms[operand], operands[operand].shape, strict=True):
        if letter in wanted:
            other = next(spare)
            given.append((letter + other, np.eye(n, dtype=np.int8)))
            letter = other
        wanted += letter
    known = set("".join(letters for letters, _ in given))
    kept = "".join(letter for letter in wanted if letter in known)
    if not output and len(given) > 1:
        g = g * _summed(given[1:], kept)
    elif len(given) > 1 or kept != output:
        g = _summed(given, kept)
    spread = tuple(i for i, letter in enumerate(wanted) if letter not in known)
    return op.expand_dims(g, axis=spread) if spread and g.shape else g


def _einsum_node(*shapes: Shape, subscripts: str) -> str:
    terms, output = axis_letters(subscripts, shapes)
    if len(terms) == 1:
        return "PermuteBackward0" if set(terms[0]) == set(output) else "SumBackward1"
    return "ViewBackward0"


def _einsum_text(subscripts: str) -> Notation:
    parts: list[Any] = [f"einsum({value_text(subscripts)}"]
    for i in range(subscripts.partition("->")[0].count(",") + 1):
        parts += [", ", (i, 0)]
    return ATOM, [*parts, ")"]


@PRODUCTS.computed(
    exports={"torch": "torch.einsum({subscripts}, {*})", "numpy": "np.einsum({subscripts}, {*})"},
    operands=("*operands",),
    params=(Param("subscripts", read_subscripts, spellings=("equation",), before="*operands"),),
    vjps=(_einsum_vjp,),
    shape=_einsum_shape,
    node=_einsum_node,
    text=_einsum_text,
    samples=(
        "2,3 3,4 subscripts=ij,jk->ik as einsum('ij,jk->ik', A, B); 2,3 3,2 subscripts=ij,ji; "
        "3,3 subscripts=ii; 3,3 subscripts=ii->i; 2,3 subscripts=ij->j; 2,3 subscripts=ji; "
        "2,2,3 2 subscripts=iij,i->j; 2,2,3 3,2 subscripts=...ij,jk->...ik; "
        "2,3 3,4 4,2 subscripts=ij,jk,kl->il; 2,1 3,2 subscripts=ij,jk->ik; 2 3 subscripts=i,j->; "
        "() 3 subscripts=,i->i; 2,3,2 3,2 subscripts=i...,...->i..."
    ),
)
def einsum(*operands: Any, subscripts: str) -> Any:
    """Products summed over axes named by letters: einsum('ij,jk->ik', A, B) is A @ B."""
    terms, output = axis_letters(subscripts, tuple(np.shape(o) for o in operands))
    return np.asarray(np.einsum(f"{','.join(terms)}->{output}", *operands, optimize=len(operands) > 1))


def read_pairs(value: Any) -> Any:
    """How many axes are summed, or which: a number, or a pair of axes or of tuples of axes."""
    if isinstance(value, (tuple, list)):
        if len(value) != 2:
            raise TypeError("must be a number of axes, or a pair: the axes of a and the axes of b")
        first, second = (read if isinstance(read, tuple) else (read,) for read in map(integers, value))
        return (first, second)
    read = integers(value)
    if isinstance(read, int) and read < 0:
        raise TypeError("must not be negative")
    return read


@PRODUCTS.function(
    params=(Param("axes", read_pairs, 2, ("dims",)),),
    samples="2,3 3,2 axes=1; 2,3 2,3; 2 3 axes=0; 2,3,2 2,3 axes=[[0,1],[0,1]]; 2,3 4,3 axes=[[-1],[-1]]",
)
def tensordot(a: Any, b: Any, axes: Any) -> Any:
    """Products summed over the last axes of a and the first of b, or over given pairs of axes."""
    left, right = rank(a), rank(b)
    if isinstance(axes, int):
        if axes > min(left, right):
            raise ShapeError(
                f"tensordot over {counted(axes, 'axis', 'axes')} needs that many in both; there are {left} and {right}",
                code="AG306",
            )
        axes = (tuple(range(left - axes, left)), tuple(range(axes)))
    first, second = axis_indices(axes[0], left), axis_indices(axes[1], right)
    if len(first) != len(second):
        raise ShapeError(f"tensordot needs as many axes of a as of b, not {len(first)} and {len(second)}", code="AG303")
    if first == (left - 1,) and second == (0,) and right <= 2:
        return op.matmul(a, b)
    letters = ascii_letters[:left]
    others = iter(ascii_letters[left : left + right])
    pairs = dict(zip(second, first, strict=True))
    of_b = "".join(letters[pairs[i]] if i in pairs else next(others) for i in range(right))
    result = "".join(letter for letter in letters + of_b if (letters + of_b).count(letter) == 1)
    return op.einsum(a, b, subscripts=f"{letters},{of_b}->{result}")


@PRODUCTS.function(samples="3 3; 2,3 4,3; 2,3 2,2,3; () 3")
def inner(a: Any, b: Any) -> Any:
    """Inner product over the last axes."""
    if not rank(a) or not rank(b):
        return op.mul(a, b)
    inner_sizes(a.shape, b.shape, -1)
    return op.matmul(a, b.T) if rank(b) == 2 else op.tensordot(a, b, axes=((-1,), (-1,)))


PRODUCTS.composite(
    "addmm|baddbmm|addmv",
    "A sum and a product of matrices: beta*input + alpha*(mat1 @ mat2).",
    lambda input, mat1, mat2, beta, alpha: beta * input + alpha * op.matmul(mat1, mat2),
    params=(Param("beta", number, 1.0), Param("alpha", number, 1.0)),
    samples="2,2 2,3 3,2; 2 3,3 3,2 beta=0.5 alpha=2.0",
)

PRODUCTS.composite(
    "vdot",
    "Inner product of all entries of a with all entries of b.",
    lambda a, b: op.matmul(op.ravel(a), op.ravel(b)),
    samples="3 3; 2,3 3,2",
)


@PRODUCTS.function(samples="2,3 3,4 4,2; 3 3,4 4")
def multi_dot(*arrays: Any) -> Any:
    """Product of several matrices; the first and the last may be vectors."""
    return reduce(op.matmul, arrays)


@PRODUCTS.function(samples="2,2 2,3; 2 3; 2 2,2; () 2")
def kron(a: Any, b: Any) -> Any:
    """Kronecker product: a with every entry replaced by that entry times b."""
    ndim = max(rank(a), rank(b))
    if not ndim:
        return op.mul(a, b)
    left, right = ((1,) * (ndim - rank(x)) + getattr(x, "shape", ()) for x in (a, b))
    spread = [
        op.reshape(a, shape=tuple(n for length in left for n in (length, 1))),
        op.reshape(b, shape=tuple(n for length in right for n in (1, length))),
    ]
    return op.reshape(op.mul(*spread), shape=tuple(n * m for n, m in zip(left, right, strict=True)))


def _cross_shape(a: Shape, b: Shape, axis: int) -> Shape:
    shape = broadcast_shapes(a, b)
    place = axis_index(axis, len(shape))
    if shape[place] != 3:
        raise ShapeError(
            f"cross needs vectors of 3 entries; axis {axis} of {{0}} and {{1}} is {shape[place]} long", code="AG301"
        )
    return shape


@PRODUCTS.computed(
    exports={
        "torch": lambda shapes, axis: (
            "torch.linalg.cross({0}, {1}, dim={axis})" if len({*map(len, shapes)}) == 1 else None
        ),
        "numpy": "np.cross({0}, {1}, axis={axis})",
    },
    params=(axis_param(-1),),
    vjps=(
        lambda g, _y, _a, b, axis: op.cross(b, g, axis=axis),
        lambda g, _y, a, _b, axis: op.cross(g, a, axis=axis),
    ),
    shape=_cross_shape,
    batch=batching.along,
    node="LinalgCrossBackward0",
    latex=r"{0} \times {1}",
    samples="3 3; 2,3 3; 3,2 3,2 axis=0",
)
def cross(a: Any, b: Any, axis: int) -> Any:
    """Cross product of vectors with 3 entries."""
    x, y = (np.moveaxis(v, axis, 0) for v in np.broadcast_arrays(a, b))
    turned = [x[i] * y[j] - x[j] * y[i] for i, j in ((1, 2), (2, 0), (0, 1))]
    return np.stack(turned, axis % len(np.broadcast_shapes(a.shape, b.shape)))
