"""Right numbers in another arrangement: transposed, a row for a column, summed over an axis or not."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from itertools import combinations, product
from typing import Any

import numpy as np
import numpy.typing as npt

from autograd_core.claims.compare import Seen
from autograd_core.claims.mistakes.case import Case, Variant
from autograd_core.claims.report import Diagnosis
from autograd_core.report import index_text, shape_text

Array = npt.NDArray[Any]
Reduce = Callable[..., Any]


def transposed(case: Case) -> Iterator[Variant]:
    """The whole claim is the transpose."""
    have, want = case.shape, case.target.shape
    if len(want) < 2:
        return
    rows = len(want) - (1 if case.target.node is None or case.is_gradient else len(case.target.node.shape))
    turned = [*range(rows, len(want)), *range(rows)] if not case.is_gradient else [*range(len(want) - 2), -1, -2]
    if have == tuple(want[axis] for axis in turned):
        layout = f"this is numerator layout; the gradient of {case.name} is arranged as {case.name} is"
        text = f"transposed: {layout if case.is_gradient else 'rows are outputs, columns are inputs'}"
        text += f"; it has {_shapes(case)}" if have != want else ""
        change = "transpose the whole formula"
        yield Variant(text, lambda at: np.transpose(at.truth, turned), spans=(case.span,), change=change)


def another_shape(case: Case) -> Iterator[Variant]:
    """The right numbers as a row or a column, or without the repetition that the shape asks for."""
    have, want = case.shape, case.target.shape
    if have != want:
        layouts = ((have[:1], "a row (numerator layout)"), (have[-1:], "a column"))
        words = next((words for ends, words in layouts if ends == (1,)), "another arrangement")
        text = f"the numbers are right, but as {words}: the claim has {_shapes(case)}"
        yield Variant(text, lambda at: at.truth.reshape(have) if have else None)
        if have == want[-1:] and have == want[:-1]:
            text = f"the claim has shape {shape_text(have)}: it is the diagonal of the {case.target.kind}"
            text += ", in which all other entries are 0"
            yield Variant(text, lambda at: None if at.value is None else np.diag(at.value), True)
        text = f"the claim has {_shapes(case)}: the gradient is these numbers, repeated"
        yield Variant(text, lambda at: None if at.value is None else np.broadcast_to(at.value, want), mends=True)


def some_entries(case: Case) -> Iterator[Diagnosis]:
    """Some entries of the claim are wrong, the same ones at every point, and all others are right."""
    if not (case.fits and case.shape) or any(at.value is None for at in case.seen):
        return
    wrong = np.logical_or.reduce([~case.tolerance.near(np.asarray(at.value), at.truth) for at in case.seen])
    names = ", ".join(case.name + index_text(tuple(place.tolist())) for place in np.argwhere(wrong))
    few = 2 * wrong.sum() <= wrong.size
    if all(case.same(np.abs(at.truth), None if at.value is None else np.abs(at.value), at) for at in case.seen):
        words = f"the sign of {names} is wrong"
        yield Diagnosis("sign-of-term", f"{words}, and every other entry is right" if few else words, (case.span,))
    elif few:
        yield Diagnosis("entry", f"wrong is {names}, and every other entry is right", (case.span,))
    elif all(case.same(np.sort(at.truth, None), np.sort(np.asarray(at.value), None), at) for at in case.seen):
        yield Diagnosis("order", "the numbers are right, and stand in another order", (case.span,))


def other_shape(case: Case) -> Iterator[Diagnosis]:
    """What is left to say of a claim of the wrong shape that nothing else explains."""
    if not case.fits and case.seen[0].value is not None:
        text = (
            f"the claim has shape {shape_text(case.shape)}; a gradient has the shape of its variable, and {case.name} "
            f"has {shape_text(case.target.shape)}"
        )
        yield Diagnosis("shape", text, (case.span,))


def _shapes(case: Case) -> str:
    return f"shape {shape_text(case.shape)}, where {case.name} has {shape_text(case.target.shape)}"


def missing_sum(case: Case) -> Iterator[Variant]:
    """The claim gives the gradient once it is summed, or averaged, over some axes."""
    have, want = case.shape, case.target.shape
    shapes = f"the claim has shape {shape_text(have)}, and {case.name} has {shape_text(want)}"

    def make(reduce: Reduce, axes: tuple[int, ...], at: Seen) -> Array | None:
        return None if at.value is None else np.asarray(reduce(at.value, axis=axes)).reshape(want)

    for axes, where in _axes(have, want) if len(have) >= len(want) else ():
        text = f"a sum over the broadcast axis is missing: {case.name} is used once for each entry along {where}, and "
        text += f"these contributions add up; {shapes}"
        yield Variant(text, partial(make, np.sum, axes), True, (case.span,), f"sum over {where} here")
        text = f"a mean over {where} is missing; {shapes}"
        yield Variant(text, partial(make, np.mean, axes), True, code="missing-mean")


def extra_sum(case: Case) -> Iterator[Variant]:
    """The claim is the gradient added up, or averaged, over some axes, where every entry has its own."""
    have, want = case.shape, case.target.shape
    kinds: tuple[tuple[str, str, Reduce], ...] = (("sum", "added up", np.sum), ("mean", "averaged", np.mean))

    def make(reduce: Reduce, axes: tuple[int, ...], at: Seen) -> Array:
        reduced = np.asarray(reduce(at.truth, axis=axes, keepdims=True))
        return np.array(np.broadcast_to(reduced, want)) if have == want else reduced.reshape(have)

    for (axes, where), (name, done, reduce) in product(_axes(want, have), kinds):
        words = f"over {where}, and {case.name} has an entry of its own for each of them"
        yield Variant(f"a {name} too many: the claim is the gradient {done} {words}", partial(make, reduce, axes))
    for (axis, length), (name, _, reduce) in product(enumerate(want) if have == want else (), kinds):
        if length > 1 and case.seen[0].truth.size > 1:
            text = f"a {name} too many: every entry is the {name} of the gradient over axis {axis}"
            yield Variant(text, partial(make, reduce, (axis,)))


def _axes(shape: tuple[int, ...], left: tuple[int, ...]) -> Iterator[tuple[tuple[int, ...], str]]:
    """The axes of a shape without which it has as many entries as ``left``, fewer; with their text."""
    for count in range(1, len(shape) + 1) if np.prod(left) < np.prod(shape) else ():
        for axes in combinations(range(len(shape)), count):
            if np.prod([n for axis, n in enumerate(shape) if axis not in axes]) == np.prod(left):
                yield axes, f"axis {axes[0]}" if count == 1 else f"axes {', '.join(map(str, axes))}"


def convention(case: Case) -> Iterator[Variant]:
    """The gradient by the convention in which the two entries of a symmetric matrix are one."""
    shape = case.target.shape
    if case.is_gradient and len(shape) == 2 and shape[0] == shape[1] > 1:
        start = "the convention for symmetric matrices: the claim is "
        end = f" for the gradient G in which every entry of {case.name} varies by itself, as in PyTorch"
        doubled = f"{start}G + G.T - diag(G){end}"
        yield Variant(doubled, lambda at: at.truth + at.truth.T - np.diag(np.diag(at.truth)))
        yield Variant(f"{start}G + G.T{end}", lambda at: at.truth + at.truth.T)
