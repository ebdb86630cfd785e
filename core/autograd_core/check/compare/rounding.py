"""What excuses a difference: rounding, and numbers with which the witnesses compute something else than the engine.

An expression that cancels, or a matrix that is nearly singular, amplifies the last bits of its inputs: two correct
programs then differ by far more than the tolerance. Whether this is so is found by computing the engine's own formulas
again, with every result on the way changed by a rounding error of the engine's precision. A rule that is wrong
stays wrong under this, and is not excused.

SymPy has complex numbers where the engine has nan, does not know the sign of zeros and of what is infinite, and has
operations on whole arrays written out in parts: ``sqrt(x**2 + ...)`` overflows where the engine's norm scales.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from autograd_core.check.kinks import labels
from autograd_core.check.question import Question
from autograd_core.engine.random import EvenNumbers
from autograd_core.errors import AutogradError
from autograd_core.expr.gradient import gradients
from autograd_core.expr.nodes import Call, Const, Expr, Var, topological
from autograd_core.expr.run import evaluate
from autograd_core.expr.text import write
from autograd_core.number_text import number_text
from autograd_core.ops.piecewise import where
from autograd_core.ops.spec import OpSpec
from autograd_core.symbolic.worker import Clock, OutOfTimeError

Array = npt.NDArray[Any]
Noise = Callable[[Any], Any]

VALUE = ""
"""Stands for the result where variables go by name."""

WEIGHTS = "the grad tensor"
"""Stands for it among the inputs; no variable has such a name."""

RUNS = 12
"""Changed runs: where rounding decides a comparison, few of them may all decide it alike."""

ENOUGH = 4
"""Changed runs that say something where the time is over."""

FACTOR = 8
"""Rounding is to blame for a difference up to this many times the largest change seen."""


def noise(precision: float, seed: int) -> Noise:
    """A function that changes numbers by relative errors of up to ``precision``, others for every seed."""
    numbers = EvenNumbers(1_000_003 * seed)

    def apply(value: Any) -> Any:
        array = np.asarray(value)
        errors = numbers.next(array.size).reshape(array.shape) / 3**0.5
        changed = array * (1 + precision * errors)
        return changed.astype(np.float32) if array.dtype == np.float32 else changed

    return apply


class Noisy:
    """An array of which every operation's result is changed by noise."""

    __slots__ = ("array", "noise")

    def __init__(self, array: Array, noise: Noise) -> None:
        self.array = array
        self.noise = noise

    @staticmethod
    def __apply_op__(op: OpSpec, operands: Sequence[Any], params: Mapping[str, Any]) -> Noisy:
        change = next(o.noise for o in operands if isinstance(o, Noisy))
        arrays = [o.array if isinstance(o, Noisy) else o for o in operands]
        if op.group == "linear algebra":  # every entry is a sum of many steps
            arrays = [change(array) for array in arrays]
        with np.errstate(all="ignore"):
            made = np.asarray(op.forward(*arrays, **params))
        return Noisy(disturbed(op, made, arrays, change), change)


def disturbed(op: OpSpec, made: Array, operands: Sequence[Array], change: Noise) -> Array:
    """The result of an operation with rounding errors: none where entries are compared, moved or chosen, as by max.

    What is done to whole matrices is right relative to the largest entry and the size, not entry by entry.
    """
    if op.group in ("comparison", "shape", "choice"):
        return made
    with np.errstate(all="ignore"):
        if op.group == "linear algebra" and not op.linear and made.size:
            largest = np.full(made.shape, np.max(np.abs(made)) * max(made.shape, default=1))
            return np.asarray(change(made) + (change(largest) - largest))
        if (
            op.kinks
            and np.isin(np.abs(made), [0.0, *np.abs(np.concatenate([np.ravel(each) for each in operands]))]).all()
        ):
            return made
        return np.asarray(change(made))


def engine_spread(question: Question, clock: Clock) -> dict[str, Array]:
    """For the value and each gradient how far rounding of the last bit can move the entries, seen in some runs.

    Raises OutOfTimeError, and whatever a wrong rule runs into.
    """
    weights = np.broadcast_to(question.weights, question.result.shape)
    seed = Var(WEIGHTS, weights.shape) if weights.shape else Const(question.weights)
    by_variable = gradients(question.result, seed, exact=True)
    named = {variable.name: made for variable, made in by_variable.items() if variable.name in question.wanted}
    roots = [question.result, *named.values()]
    fixed = labels(question.result)
    dtype = np.asarray(question.value).dtype

    def run(change: Noise | None) -> dict[str, Array]:
        clock.tick()
        kind = np.float64 if change is None else dtype  # an operation rounds inside, too
        inputs: dict[str, Any] = {n: np.asarray(a, dtype=kind) for n, a in question.inputs.items()}
        inputs[WEIGHTS] = weights.astype(kind)
        if change is not None:
            inputs = {n: array if n in fixed else Noisy(change(array), change) for n, array in inputs.items()}
        values = evaluate(roots, inputs, dtype=kind)
        found = [values[root] for root in roots]
        arrays = [one.array if isinstance(one, Noisy) else np.asarray(one) for one in found]
        return dict(zip([VALUE, *named], arrays, strict=True))

    return spread(run, run(None), float(np.finfo(dtype).eps), most=RUNS)


def spread(
    outcome: Callable[[Noise], Mapping[str, Array]], usual: Mapping[str, Array], precision: float, most: int = ENOUGH
) -> dict[str, Array]:
    """For each array of an outcome how far rounding can move its entries, seen in ``most`` runs if there is time."""
    widest = {name: np.zeros(np.shape(array)) for name, array in usual.items()}
    for seed in range(most):
        try:
            changed = outcome(noise(precision, seed))
        except OutOfTimeError:
            if seed < ENOUGH:
                raise
            break
        for name, array in changed.items():
            with np.errstate(all="ignore"):
                moved = np.nan_to_num(np.abs(array - usual[name]), nan=0.0)
            widest[name] = np.maximum(widest[name], FACTOR * moved)
    return widest


LARGE, SMALL = 2.0**511, 2.0**-511
"""Between these squares, and their sums, are floats with all their digits."""


def incomparable(question: Question) -> Mapping[str, str]:
    """The reason not to compare, for each input that has one, and under ``VALUE`` for the value of the result.

    What a condition does not choose is no reason: the witnesses leave it out as well. An input has one where its way to
    the result meets such an operation, or one whose derivative rests on what that gave.
    """
    try:
        found = evaluate([question.result], question.inputs, every=True)
    except AutogradError:
        return {}
    values: Mapping[Expr, Array] = {node: np.asarray(value, dtype=np.float64) for node, value in found.items()}
    nodes = topological([question.result])
    given: dict[Expr, str] = {}
    doubtful: dict[Expr, str] = {}
    for node in nodes:
        reason = _reason(node, values)
        below = next((given[operand] for operand in node.operands if operand in given), None)
        if reason is not None or below is not None:
            given[node] = reason or below or ""
        if isinstance(node, Call) and (reason is not None or (below is not None and node.op.linear != "jointly")):
            doubtful[node] = given[node]
    below_doubtful = dict(doubtful)
    for node in reversed(nodes):
        for operand in node.operands if node in below_doubtful else ():
            below_doubtful.setdefault(operand, below_doubtful[node])
    reasons = {node.name: reason for node, reason in below_doubtful.items() if isinstance(node, Var)}
    for name in question.wanted:
        if beyond := _beyond(question.gradients[name], question.weights):
            reasons.setdefault(name, beyond)
    return reasons | ({VALUE: given[question.result]} if question.result in given else {})


def _reason(node: Expr, values: Mapping[Expr, Array]) -> str | None:
    """Why the witnesses cannot follow an operation; None where they can."""
    if not isinstance(node, Call) or node.op is where:
        return None
    if _passes_over(node, values):
        return f"{write(node, most=60)} passes over what is not a number, which SymPy takes for a complex number"
    jumps = any(not kink.choice.startswith("inf") for kink in node.op.kinks)  # an infinite slope decides nothing
    if (jumps or node.op.group == "comparison") and any(np.isinf(values[operand]).any() for operand in node.operands):
        return f"{write(node, most=60)} is decided by what is infinite, of which SymPy does not know the sign"
    if _signs_zeros(node, values):
        return f"{write(node, most=60)} is decided by the sign of a zero, which SymPy's zeros have not"
    if not node.op.elementwise and not node.op.linear:
        return _beyond(values[node], *[values[operand] for operand in node.operands])
    return None


def _beyond(*arrays: Any) -> str | None:
    """Why what arrays come to in parts is not comparable: numbers whose squares overflow or underflow."""
    for value in arrays:
        sizes = np.abs(np.asarray(value, dtype=np.float64))
        for found, what in (
            (sizes[np.isfinite(sizes) & (sizes > LARGE)], "beyond"),
            (sizes[(sizes > 0) & (sizes < SMALL)], "0 in"),
        ):
            if found.size:
                said = f"{number_text(found[0])} occurs, whose square is {what} float64"
                return f"{said}: what its parts come to is not comparable"
    return None


def _signs_zeros(node: Call, values: Mapping[Expr, Array]) -> bool:
    """Whether an elementwise operation gives something else where zeros lose their sign."""
    operands = [values[operand] for operand in node.operands]
    if not node.op.elementwise or not any(np.any(np.signbit(each) & (each == 0)) for each in operands):
        return False
    with np.errstate(all="ignore"):
        unsigned = node.op.forward(*[each + 0.0 for each in operands], **node.params)
    return not np.array_equal(unsigned, values[node], equal_nan=True)


def _passes_over(node: Call, values: Mapping[Expr, Array]) -> bool:
    """Whether the result is a number where an operand is not."""
    operands = [np.isnan(values[operand]) for operand in node.operands]
    if not any(nan.any() for nan in operands):
        return False
    result = np.isnan(values[node])
    if not node.op.elementwise:
        return not node.op.linear and not result.any()
    return any(bool(np.any(np.broadcast_to(nan, node.shape) & ~result)) for nan in operands)
