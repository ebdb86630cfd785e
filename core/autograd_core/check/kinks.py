"""Points at which an expression is not differentiable: found where the operations declare them, and named."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from autograd_core.check.question import Question
from autograd_core.errors import AutogradError
from autograd_core.expr.evaluate import evaluate
from autograd_core.expr.nodes import Call, Expr, Var, topological
from autograd_core.expr.text import write
from autograd_core.ops.spec import Kink
from autograd_core.records import record
from autograd_core.report import Warning, index_text

Array = npt.NDArray[Any]

CODE = "AG402"
SHOWN = 3
"""Elements that a warning names at most, and kinks that are warned about for one node."""

SLOPES_UP_TO = 100_000
"""Entries of an operand up to which one-sided derivatives are worked out."""


@record(frozen=True, slots=True)
class Corner:
    """One declared kink at a node: ``mask`` marks entries of the result, or of the operand ``kink.over``.

    ``operands`` are the values of the node's operands.
    """

    node: Call
    kink: Kink
    mask: Array
    operands: list[Array]

    @property
    def indices(self) -> list[tuple[int, ...]]:
        """The marked entries, the first few."""
        found = np.argwhere(self.mask)[:SHOWN]
        return [tuple(int(i) for i in index) for index in found]


def corners(question: Question) -> list[Corner]:
    """The kinks that are met at these numbers, on the way from a wanted input to the result."""
    nodes = topological([question.result])
    reached: set[Expr] = {node for node in nodes if isinstance(node, Var) and node.name in question.wanted}
    for node in nodes:
        if any(operand in reached for operand in node.operands):
            reached.add(node)
    sharp = [node for node in nodes if isinstance(node, Call) and node in reached and _possible(node)]
    if not sharp:
        return []
    roots = list({operand: None for node in sharp for operand in node.operands})
    dtype = np.asarray(question.value).dtype
    try:
        values = evaluate(roots, question.inputs, dtype=dtype)
    except AutogradError:
        return []
    found: list[Corner] = []
    for node in sharp:
        operands = [np.asarray(values[operand]) for operand in node.operands]
        for kink in _possible(node):
            with np.errstate(all="ignore"):
                mask = np.asarray(kink.where(*operands, **node.params), dtype=bool)
            if mask.any():
                shape = node.shape if kink.over is None else operands[kink.over].shape
                if np.broadcast_shapes(mask.shape, shape) == shape:
                    found.append(Corner(node, kink, np.broadcast_to(mask, shape), operands))
                else:  # more entries than the result has: over an operand after all
                    found.append(Corner(node, kink, mask, operands))
    return found


def _possible(node: Call) -> list[Kink]:
    """The kinks that the parameters of a node do not rule out; then its operands need not be computed again."""
    return [kink for kink in node.op.kinks if kink.possible is None or kink.possible(**node.params)]


def find_kinks(question: Question) -> list[Warning]:
    """A warning for each kink that is met: the node, the elements, the slopes on both sides, and the choice made."""
    return [Warning(CODE, described(corner)) for corner in corners(question)]


def described(corner: Corner) -> str:
    """A kink in words."""
    node, kink = corner.node, corner.kink
    count = int(np.count_nonzero(corner.mask))
    indices = [index for index in corner.indices if index]
    places = ", ".join(map(index_text, indices))
    more = f" and {count - len(indices)} more" if count > len(indices) and indices else ""
    shapes = [operand.shape for operand in node.operands]
    name = node.op.node_name(shapes, node.params) or node.op.name
    at = f" at {places}{more}" if places else ""
    sides = one_sided(corner)
    slopes = f"; slopes {sides[0]} on the left, {sides[1]} on the right" if sides else ""
    return f"{write(node, most=60)} ({name}) has no derivative{at}: taken there is {kink.choice}{slopes}"


def one_sided(corner: Corner) -> tuple[str, str] | None:
    """The slopes left and right of the first marked entry, in words; None where there is no single operand to move."""
    over = _moved(corner)
    if over is None or not corner.indices:
        return None
    index = corner.indices[0]
    x = corner.operands[over]
    if x.size > SLOPES_UP_TO or corner.mask.shape != x.shape:
        return None
    found = [_slope(corner, over, index, side) for side in (-1.0, 1.0)]
    return found[0], found[1]


def _moved(corner: Corner) -> int | None:
    """The one operand by which the slopes are: the kink's own, or the only one that is not constant."""
    if corner.kink.over is not None:
        return corner.kink.over
    free = [position for position, operand in enumerate(corner.node.operands) if operand.depends]
    return free[0] if len(free) == 1 and corner.node.op.elementwise else None


def _slope(corner: Corner, over: int, index: tuple[int, ...], side: float) -> str:
    """The derivative of the sum of the results as one entry moves to one side, extrapolated from two steps."""
    x = corner.operands[over]
    size = max(abs(float(x[index])), 1.0)
    slopes = list(_differences(corner, over, index, side * size))
    if any(not np.isfinite(s) for s in slopes):
        return "none"
    if abs(slopes[1]) > 1.2 * abs(slopes[0]) and abs(slopes[1]) > 1e3:
        return "infinite" if abs(slopes[1]) < 1.9 * abs(slopes[0]) else "none (a jump)"
    return f"{2 * slopes[1] - slopes[0] + 0.0:.6g}"


def _differences(corner: Corner, over: int, index: tuple[int, ...], step: float) -> Iterator[float]:
    for h in (2e-6, 1e-6):
        moved = [np.array(operand, dtype=np.float64) for operand in corner.operands]
        with np.errstate(all="ignore"):
            before = np.asarray(corner.node.op.forward(*moved, **corner.node.params))
            moved[over][index] += step * h
            try:
                after = np.asarray(corner.node.op.forward(*moved, **corner.node.params))
            except AutogradError:
                yield float("nan")
                continue
            yield float(np.sum(after - before)) / (step * h)
