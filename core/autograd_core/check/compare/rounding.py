"""How far rounding alone can move the engine's answer.

An expression that cancels, or a matrix that is nearly singular, amplifies the last bits of its inputs: two correct
programs then differ by far more than the tolerance. Whether this is so is found by computing the engine's own formulas
again, with every result on the way changed by a rounding error of the engine's precision. A rule that is wrong
stays wrong under this, and is not excused.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from autograd_core.check.kinks import labels
from autograd_core.check.question import Question
from autograd_core.engine.random import EvenNumbers
from autograd_core.expr.gradient import gradients
from autograd_core.expr.nodes import Const, Var
from autograd_core.expr.run import evaluate
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
