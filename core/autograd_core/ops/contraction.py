"""Sums over named axes: einsum."""

from __future__ import annotations

import math
import re
from string import ascii_letters
from typing import Any

import numpy as np

from autograd_core.errors import ShapeError, counted
from autograd_core.limits import MAX_FACTORS
from autograd_core.ops import batching
from autograd_core.ops.effort import PRODUCT
from autograd_core.ops.notation import value_text
from autograd_core.ops.registry import op, operation
from autograd_core.ops.spec import ATOM, ENTRY, Notation, Param, Shape, sample

_AT_ONCE = 0.8
"""Nanoseconds of a multiplication where NumPy takes more than two arrays at once, which is no product of matrices."""

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
                    f"the axis {letter!r} of einsum is {length} long in {{{at}}} and {n} long in {{{i}}}", code="AG301"
                )
            if letter not in found or length == 1:
                found[letter] = (n, i)
    return {letter: length for letter, (length, _) in found.items()}


def _einsum_shape(*shapes: Shape, subscripts: str) -> Shape:
    terms, output = axis_letters(subscripts, shapes)
    lengths = _lengths(terms, shapes)
    return tuple(lengths[letter] for letter in output)


def _einsum(*operands: Any, subscripts: str) -> Any:
    terms, output = axis_letters(subscripts, tuple(np.shape(o) for o in operands))
    return np.asarray(np.einsum(f"{','.join(terms)}->{output}", *operands, optimize=len(operands) > 1))


def _einsum_work(*shapes: Shape, subscripts: str) -> float:
    """The multiplications of the pairs of arrays that NumPy multiplies one after the other."""
    terms, output = axis_letters(subscripts, shapes)
    if len(terms) < 2:
        return 0.0
    lengths = _lengths(terms, shapes)
    stand_ins = [np.broadcast_to(0.0, shape) for shape in shapes]  # no memory
    path = np.einsum_path(f"{','.join(terms)}->{output}", *stand_ins, optimize=True)[0]
    left, work = list(terms), 0.0
    for positions in path[1:]:
        joined = set("".join(left.pop(position) for position in sorted(positions, reverse=True)))
        kept = joined & set(output).union(*left)
        pace = PRODUCT if len(positions) < 3 else _AT_ONCE
        work += pace * math.prod(lengths[letter] for letter in joined)
        work += 2 * ENTRY * math.prod(lengths[letter] for letter in kept)
        left.append("".join(sorted(kept)))
    return work


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


einsum = operation(
    "einsum",
    doc="Products summed over axes named by letters: einsum('ij,jk->ik', A, B) is A @ B.",
    group="product",
    exports={"torch": "torch.einsum({subscripts}, {*})", "numpy": "np.einsum({subscripts}, {*})"},
    operands=("*operands",),
    params=(Param("subscripts", read_subscripts, spellings=("equation",)),),
    leading=1,
    forward=_einsum,
    work=_einsum_work,
    vjps=(_einsum_vjp,),
    shape=_einsum_shape,
    batch=batching.summing,
    node=_einsum_node,
    linear="each",
    text=_einsum_text,
    example="einsum('ij,jk->ik', A, B)",
    samples=(
        sample((2, 3), (3, 4), subscripts="ij,jk->ik"),
        sample((2, 3), (3, 2), subscripts="ij,ji"),
        sample((3, 3), subscripts="ii"),
        sample((3, 3), subscripts="ii->i"),
        sample((2, 3), subscripts="ij->j"),
        sample((2, 3), subscripts="ji"),
        sample((2, 2, 3), (2,), subscripts="iij,i->j"),
        sample((2, 2, 3), (3, 2), subscripts="...ij,jk->...ik"),
        sample((2, 3), (3, 4), (4, 2), subscripts="ij,jk,kl->il"),
        sample((2, 1), (3, 2), subscripts="ij,jk->ik"),
        sample((2,), (3,), subscripts="i,j->"),
        sample((), (3,), subscripts=",i->i"),
        sample((2, 3, 2), (3, 2), subscripts="i...,...->i..."),
    ),
)
