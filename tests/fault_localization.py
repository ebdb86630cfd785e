"""Which operation a disagreement comes from: each one's value and local derivatives against SymPy's, in order."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from autograd_core.check import Question
from autograd_core.check.witnesses import sweep
from autograd_core.check.witnesses.numeric import Directions
from autograd_core.dataclass import dataclass
from autograd_core.expr.nodes import Call, topological
from autograd_core.expr.run import evaluate
from autograd_core.expr.text import write
from autograd_core.symbolic.program import differentiate
from autograd_core.symbolic.script import NoMeaningError, Script, Symbolic
from autograd_core.symbolic.worker import Clock

Array = npt.NDArray[Any]

RTOL = 1e-9
ATOL = 1e-12


@dataclass(frozen=True, slots=True)
class Suspect:
    """The operation that a disagreement comes from.

    ``text`` is the node as the user would write it, ``name`` PyTorch's name for it. ``operand`` counts from 1; it is
    None when the value of the operation is wrong and not its derivative. ``index`` is the entry of the operation that
    differs most, with the local derivative (or the value) by the engine and by the witness; None where there is none.
    """

    text: str
    name: str
    operand: int | None
    index: tuple[int, ...]
    engine: float | None
    witness: float | None


def suspect(question: Question, clock: Clock) -> Suspect | None:
    """The first operation, in the order of evaluation, whose value or derivative is not what SymPy finds.

    None where every operation is right by itself: then the graph or the accumulation is not. Raises OutOfTimeError.
    """
    inputs = {name: np.asarray(array, dtype=np.float64) for name, array in question.inputs.items()}
    nodes = topological([question.result])
    values = evaluate([question.result], inputs, every=True)
    directions = Directions(3)
    for node in nodes:
        if not isinstance(node, Call) or not node.depends:
            continue
        clock.tick()
        operands = [np.asarray(values[o], dtype=np.float64) for o in node.operands]
        y = np.asarray(values[node])
        if node.op.elementwise:
            found = _elementwise(node, y, operands, clock)
        else:
            found = _whole(node, y, operands, directions, clock)
        if found is not None:
            return found
    return None


def _elementwise(node: Call, y: Array, operands: list[Array], clock: Clock) -> Suspect | None:
    """Compare the value and each local derivative of an elementwise operation, entry by entry."""
    script = Script()
    try:
        made = node.op.apply([Symbolic(script, script.symbol()) for _ in operands], node.params)
    except NoMeaningError:
        return None
    (line,) = script.roots(made)
    wanted = [position for position in range(len(operands)) if node.op.rule(position) is not None]
    program = differentiate(script, [line], [1.0], [(position,) for position in wanted], clock)
    if isinstance(program, str):
        return None
    given = np.ones(node.shape, dtype=bool)
    for operand in operands:
        given &= np.isfinite(operand)  # what is not finite has another meaning in SymPy
    computed = program.run(operands, node.shape, clock)
    value = np.broadcast_to(computed[0], node.shape)
    found = _differing(np.where(given, y, value), value)
    if found is not None:
        return _named(node, None, found, float(y[found]), float(value[found]))
    ones = np.ones(node.shape)
    for position, slope in zip(wanted, computed[1:], strict=True):
        rule = node.op.rule(position)
        assert rule is not None
        with np.errstate(all="ignore"):
            ours = np.broadcast_to(np.asarray(rule(ones, y, *operands, **node.params), dtype=np.float64), node.shape)
        theirs = np.broadcast_to(slope, node.shape)
        mask = ~given
        for kink in node.op.kinks:
            with np.errstate(all="ignore"):
                mask = mask | np.broadcast_to(kink.where(*operands, **node.params), node.shape)
        found = _differing(np.where(mask, theirs, ours), theirs)
        if found is not None:
            return _named(node, position, found, float(ours[found]), float(theirs[found]))
    return None


def _whole(node: Call, y: Array, operands: list[Array], directions: Directions, clock: Clock) -> Suspect | None:
    """Prove the rule of an operation on whole arrays against its tangent, which takes finite numbers."""
    if not node.op.linear and not all(np.isfinite(each).all() for each in (y, *operands)):
        return None
    moving = [i for i, o in enumerate(node.operands) if o.depends and node.op.rule(i) is not None]
    if not moving:
        return None
    for position in moving:
        if not sweep.rule_is_adjoint(node, y, operands, position, directions, clock):
            return _named(node, position, (), None, None)
    return None


def _differing(ours: Array, theirs: Array) -> tuple[int, ...] | None:
    """The entry that differs most, None where all agree or cannot be compared."""
    with np.errstate(all="ignore"):
        size = np.maximum(np.abs(ours), np.abs(theirs))
        error = np.where(np.isfinite(ours) & np.isfinite(theirs), np.abs(ours - theirs) - ATOL - RTOL * size, -1.0)
        error = error / np.where(size > 0, size, 1.0)
    if not error.size or error.max() <= 0:
        return None
    return tuple(int(i) for i in np.unravel_index(int(np.argmax(error)), error.shape))


def _named(
    node: Call, position: int | None, index: tuple[int, ...], engine: float | None, witness: float | None
) -> Suspect:
    name = node.op.node_name(node.operand_shapes, node.params) or node.op.name
    return Suspect(write(node, most=60), name, None if position is None else position + 1, index, engine, witness)
