"""Right numbers in another arrangement: transposed, a row for a column, summed over an axis or not."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from itertools import combinations
from typing import Any

import numpy as np
import numpy.typing as npt

from autograd_core.claims.compare import Comparison
from autograd_core.claims.mistakes.case import Case, Variant
from autograd_core.claims.report import Diagnosis
from autograd_core.report import shape_text

Array = npt.NDArray[Any]

_CONVENTIONS: tuple[tuple[str, Callable[[Array], Array]], ...] = (
    ("G + G.T - diag(G)", lambda g: g + g.T - np.diag(np.diag(g))),
    ("G + G.T", lambda g: g + g.T),
    ("(G + G.T)/2", lambda g: (g + g.T) / 2),
)


def transposed(case: Case) -> Iterator[Variant]:
    """The whole claim is the transpose."""
    have, want = case.shape, case.target.shape
    if len(want) < 2:
        return
    rows = len(want) - (1 if case.target.node is None or case.is_gradient else len(case.target.node.shape))
    turned = [*range(rows, len(want)), *range(rows)] if not case.is_gradient else [*range(len(want) - 2), -1, -2]
    if have != tuple(want[axis] for axis in turned):
        return
    more = f"; it has {_shapes(case)}" if have != want else ""
    words = f"the gradient of {case.name} is arranged as {case.name} is" if case.is_gradient else "rows are outputs"
    yield Variant(
        f"transposed: this is numerator layout; {words}{more}"
        if case.is_gradient
        else f"transposed: {words}, columns are inputs{more}",
        lambda at: np.transpose(at.truth, turned),
        spans=(case.span,),
        change="transpose the whole formula",
    )


def another_shape(case: Case) -> Iterator[Variant]:
    """The right numbers as a row or a column, or without the repetition that the shape asks for."""
    have, want = case.shape, case.target.shape
    if have == want:
        return
    if have and np.prod(have) == np.prod(want):
        words = "a row (numerator layout)" if have[0] == 1 else "a column" if have[-1] == 1 else "another arrangement"
        yield Variant(
            f"the numbers are right, but as {words}: the claim has {_shapes(case)}",
            lambda at: at.truth.reshape(have),
        )
        yield Variant(
            f"the numbers are right, but counted by columns: the claim has {_shapes(case)}",
            lambda at: at.truth.reshape(have, order="F"),
        )
    yield Variant(
        f"the claim has {_shapes(case)}: the gradient is these numbers, repeated",
        lambda at: None if at.value is None else np.array(np.broadcast_to(at.value, want)),
        mends=True,
    )


def other_shape(case: Case) -> Iterator[Diagnosis]:
    """What is left to say of a claim of the wrong shape that nothing else explains."""
    if not case.fits and case.seen[0].value is not None:
        text = (
            f"the claim has shape {shape_text(case.shape)}; a gradient has the shape of its variable, and {case.name} "
            f"has {shape_text(case.target.shape)}"
        )
        yield Diagnosis("shape", text, (case.span,))


def wrong_order_of_entries(case: Case) -> Iterator[Variant]:
    """The right numbers, read row by row where they stand column by column."""
    want = case.target.shape
    if case.fits and len(want) == 2 and min(want) > 1:
        yield Variant(
            "the entries are in another order: rows were filled where columns should be",
            lambda at: at.truth.ravel(order="F").reshape(want),
        )
        yield Variant(
            "the entries are in another order: columns were filled where rows should be",
            lambda at: at.truth.ravel().reshape(want, order="F"),
        )


def _shapes(case: Case) -> str:
    return f"shape {shape_text(case.shape)}, where {case.name} has {shape_text(case.target.shape)}"


def missing_sum(case: Case) -> Iterator[Variant]:
    """The claim gives the gradient once it is summed, or averaged, over some axes."""
    have, want = case.shape, case.target.shape
    if not (len(have) >= len(want) and have != want and np.prod(have) > np.prod(want)):
        return
    for axes, where in _axes(have):
        if np.prod([n for axis, n in enumerate(have) if axis not in axes]) != np.prod(want):
            continue
        shapes = f"the claim has shape {shape_text(have)}, and {case.name} has {shape_text(want)}"
        yield Variant(
            f"a sum over the broadcast axis is missing: {case.name} is used once for each entry along {where}, and "
            f"these contributions add up; {shapes}",
            partial(_summed, axes, want, 1.0),
            mends=True,
            spans=(case.span,),
            change=f"sum over {where} here",
        )
        yield Variant(
            f"a mean over {where} is missing; {shapes}",
            partial(_summed, axes, want, float(np.prod([have[axis] for axis in axes]))),
            mends=True,
            code="missing-mean",
        )


def _summed(axes: tuple[int, ...], shape: tuple[int, ...], over: float, at: Comparison) -> Array | None:
    return None if at.value is None else np.sum(at.value, axis=axes).reshape(shape) / over


def extra_sum(case: Case) -> Iterator[Variant]:
    """The claim is the gradient added up, or averaged, over some axes, where every entry has its own."""
    have, want = case.shape, case.target.shape
    if want and np.prod(have) < np.prod(want):
        for axes, where in _axes(want):
            if np.prod([n for axis, n in enumerate(want) if axis not in axes]) == np.prod(have):
                words = f"over {where}, and {case.name} has an entry of its own for each of them"
                yield Variant(
                    f"a sum too many: the claim is the gradient added up {words}", partial(_added, axes, have, False)
                )
                yield Variant(
                    f"a mean too many: the claim is the gradient averaged {words}", partial(_added, axes, have, True)
                )
    if have == want and want and case.seen[0].truth.size > 1:
        for axis in range(len(want)):
            if want[axis] > 1:
                yield Variant(
                    f"a sum too many: every entry is the sum of the gradient over axis {axis}",
                    partial(_spread, axis, False),
                )
                yield Variant(
                    f"a mean too many: every entry is the mean of the gradient over axis {axis}",
                    partial(_spread, axis, True),
                )


def _added(axes: tuple[int, ...], shape: tuple[int, ...], mean: bool, at: Comparison) -> Array:
    total = np.mean(at.truth, axis=axes) if mean else np.sum(at.truth, axis=axes)
    return np.asarray(total).reshape(shape)


def _spread(axis: int, mean: bool, at: Comparison) -> Array:
    total = (np.mean if mean else np.sum)(at.truth, axis=axis, keepdims=True)
    return np.array(np.broadcast_to(total, at.truth.shape))


def _axes(shape: tuple[int, ...]) -> Iterator[tuple[tuple[int, ...], str]]:
    for count in range(1, len(shape) + 1):
        for axes in combinations(range(len(shape)), count):
            yield axes, f"axis {axes[0]}" if count == 1 else f"axes {', '.join(map(str, axes))}"


def convention(case: Case) -> Iterator[Variant]:
    """The gradient by the convention in which the two entries of a symmetric matrix are one."""
    shape = case.target.shape
    if case.is_gradient and len(shape) == 2 and shape[0] == shape[1] > 1:
        for words, make in _CONVENTIONS:
            yield Variant(
                f"the convention for symmetric matrices: the claim is {words} for the gradient G in which every entry "
                f"of {case.name} varies by itself, as in PyTorch",
                partial(_by_convention, make),
            )


def _by_convention(make: Callable[[Array], Array], at: Comparison) -> Array:
    return make(at.truth)
