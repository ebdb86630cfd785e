"""A formula is printed only when its text, read back, gives the gradient: here, nearby, and at other magnitudes.

All formulas of a run are read once, made one plan, and evaluated together at each point.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import field
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from autograd_core.assumptions import Assumption, make_true
from autograd_core.dataclass import dataclass
from autograd_core.engine.random import EvenNumbers
from autograd_core.engine.tensor import Tensor
from autograd_core.errors import AutogradError
from autograd_core.expr.build import Builder
from autograd_core.expr.gradient import gradients as expressions
from autograd_core.expr.nodes import Call, Const, Expr, Var, topological
from autograd_core.expr.parser import read
from autograd_core.expr.run import Plan, evaluate
from autograd_core.ops.registry import op

Array = npt.NDArray[Any]

RTOL = {np.dtype(np.float64): 1e-8, np.dtype(np.float32): 1e-4}
"""Relative to the largest entry of a gradient, by the dtype of the run."""

_FAR_RTOL = 1e-3
"""Far from the given point, where the engine itself may lose digits: what is asked is whether a term is missing."""

_SATURATED = 1e-10
"""Smaller gradients, relative to the result for each unit, are not compared far from the given point: mere rounding."""

_ROUNDINGS = 50
"""Rounding errors of the result, for each unit of the variable, that may be left in a gradient of terms that cancel."""

_PERIOD = 9973
"""Random numbers for one array; a larger array repeats them."""

_SPREADS = (0.3, 0.3, 1e-3)
"""How far random points lie from the given one: not far where a far one has no value."""

_NO_VALUE = (AutogradError, KeyError, ValueError, ArithmeticError, IndexError)

_MAGNITUDES = (1e-4, 1e4)
"""What the numbers are multiplied by for a proof at other magnitudes."""

FAR = ("differs", "rounds", "holds")
"""How well a formula agrees: not at all, but for rounding errors of the result, to its own digits."""


@dataclass(slots=True)
class Asked:
    """A result, the inputs, and the gradients that the engine found, for which there may be formulas.

    ``weights`` is the grad tensor, in the shape of the result, None for the number 1. ``labels`` are the names that
    statements give to parts of the result, ``f`` and ``v`` those of the result and the grad tensor. With ``matrices``
    the formulas and the ``gradients`` are whole Jacobians, of the shape of the result and that of the variable.
    ``assumptions`` hold of the inputs. The name of the result stands for ``of`` where that is given: for the function
    of whose gradient the formulas are the Jacobians. ``reserved`` are names that mean something else.
    """

    result: Expr
    variables: Mapping[str, Var]
    inputs: Mapping[str, Array]
    gradients: Mapping[str, Array]
    labels: Mapping[Expr, str] = field(default_factory=dict)
    weights: Array | None = None
    f: str = "f"
    v: str = "v"
    matrices: bool = False
    assumptions: Sequence[Assumption] = ()
    of: Expr | None = None
    reserved: Collection[str] = ()


@dataclass(frozen=True, slots=True)
class ProofPoint:
    """Numbers for the names in a formula, the gradients there, and the largest entry; ``far`` ones may overflow."""

    bound: Mapping[str, Array]
    gradients: Mapping[str, Array]
    size: float
    far: bool = False


def measure(
    result: Expr, inputs: Mapping[str, Array], weights: Array | None, wanted: Sequence[str]
) -> tuple[Array, dict[str, Array]]:
    """The value and the gradients that the engine finds."""
    tensors = {name: Tensor(array, requires_grad=name in wanted) for name, array in inputs.items()}
    value = evaluate([result], tensors)[result]
    with np.errstate(all="ignore"):
        value.backward(None if weights is None else Tensor(weights))
    found = {}
    for name in wanted:
        grad = tensors[name].grad
        found[name] = np.zeros_like(inputs[name]) if grad is None else grad.array
    return value.array, found


def vectors_first(result: Expr) -> Expr:
    """The same expression in which ``A @ B @ x`` multiplies the vector first, which costs far less."""
    made: dict[Expr, Expr] = {}
    for node in topological([result]):
        operands = [made[o] for o in node.operands]
        if node.op is op.matmul and len(operands[1].shape) == 1:
            left, right = operands
            while isinstance(left, Call) and left.op is op.matmul and len(left.operands[0].shape) == 2:
                right = op.matmul(left.operands[1], right)
                left = left.operands[0]
            operands = [left, right]
        made[node] = node.over(tuple(operands))
    return made[result]


def agreement(value: Array, expected: Array, slope: float, dtype: np.dtype[Any], *, far: bool = False) -> str:
    """How well numbers agree; ``slope`` is the size of the result for each unit of the variable."""
    if value.shape != expected.shape:
        return FAR[0]
    with np.errstate(all="ignore"):
        wrong = np.abs(value - expected) > (_FAR_RTOL if far else RTOL[dtype]) * largest(expected)
        wrong |= ~np.isfinite(value) | ~np.isfinite(expected)
        wrong &= (value != expected) & ~(np.isnan(value) & np.isnan(expected))
        if not wrong.any() or (far and largest(expected) < _SATURATED * slope):
            return FAR[2]
        wrong &= ~(np.abs(value - expected) <= _ROUNDINGS * float(np.finfo(dtype).eps) * slope)
        if far:
            wrong &= np.isfinite(value)
    return FAR[0] if wrong.any() else FAR[1]


_VANISHING = 1e-150
"""What is smaller may be 0 a little beside, where its parts are smaller than floats."""


class Proof:
    """The test that formulas stand: the given point, in the dtype of the run, and others near and far in float64.

    Whole Jacobians are compared by a product with weights at the other points.
    """

    def __init__(self, asked: Asked) -> None:
        self.asked = asked
        self.of = asked.result if asked.of is None else asked.of
        self.inputs = {name: np.asarray(array) for name, array in asked.inputs.items()}
        self.dtype = np.dtype(next((g.dtype for g in asked.gradients.values()), np.float64))
        if self.dtype not in RTOL:
            self.dtype = np.dtype(np.float64)
        self.variables = {**asked.variables, asked.f: Var(asked.f, self.of.shape)}
        seed = None
        if asked.weights is not None:
            seed = self.variables[asked.v] = Var(asked.v, asked.result.shape)
        self.order = list(self.variables.values())
        wanted = {var.name: grad for var, grad in expressions(asked.result, seed, exact=True).items()}
        self.wanted = {name: wanted.get(name, Const(np.zeros(self.variables[name].shape))) for name in asked.gradients}
        self.engine: Plan | None = None

    def read(self, text: str) -> Expr | None:
        """The expression that a text is when it is typed, None where it is not one."""
        try:
            builder = Builder(read(text), self.here.bound)
            builder.variables.update(self.variables)
            return vectors_first(builder.program().result)
        except (AutogradError, KeyError):
            return None

    def judge(self, texts: Sequence[tuple[str, str]]) -> list[str]:
        """How well each text gives the gradient of the variable that it is for (see FAR)."""
        read = [self.read(text) for _, text in texts]
        found = [FAR[0] if expr is None else FAR[2] for expr in read]
        exprs = [expr for expr in read if expr is not None]
        places = [i for i, expr in enumerate(read) if expr is not None]
        plans: dict[np.dtype[Any], Plan | None] = {}
        for number, point in enumerate(self.points):
            if all(verdict == FAR[0] for verdict in found):
                break
            dtype = np.dtype(np.float64) if number else self.dtype
            if dtype not in plans:
                plans[dtype] = self._plan(exprs, dtype)
            arrays = [point.bound[var.name] for var in self.order]
            for i, value in zip(places, self._values(plans[dtype], exprs, arrays, dtype), strict=True):
                verdict = FAR[0] if value is None else self._verdict(value, texts[i][0], point, dtype)
                if number and verdict == FAR[1]:
                    verdict = FAR[2]  # away from the given point nobody sees the digits
                found[i] = min(found[i], verdict, key=FAR.index)
        return found

    def _plan(self, exprs: Sequence[Expr], dtype: np.dtype[Any]) -> Plan | None:
        try:
            return Plan(exprs, self.order, dtype)
        except _NO_VALUE:
            return None

    def _values(
        self, plan: Plan | None, exprs: Sequence[Expr], arrays: Sequence[Array], dtype: np.dtype[Any]
    ) -> list[Array | None]:
        """The values of all expressions; where one has none, each by itself."""
        try:
            return [np.asarray(value) for value in plan(*arrays)] if plan is not None else [None] * len(exprs)
        except _NO_VALUE:
            alone = [self._plan([expr], dtype) for expr in exprs] if len(exprs) > 1 else []
            return [self._values(p, [e], arrays, dtype)[0] for p, e in zip(alone, exprs, strict=False)] or [None]

    def _verdict(self, value: Array, name: str, point: ProofPoint, dtype: np.dtype[Any]) -> str:
        if self.asked.matrices and value.shape != self.asked.result.shape + self.inputs[name].shape:
            return FAR[0]
        if self.asked.matrices and point is not self.here and self.asked.weights is not None:
            value = np.tensordot(point.bound[self.asked.v], value, self.asked.weights.ndim)
        slope = point.size / (largest(point.bound[name]) or 1.0)
        return agreement(value, point.gradients[name], slope, dtype, far=point.far)

    @cached_property
    def here(self) -> ProofPoint:
        """The given point."""
        values = evaluate([self.asked.result, self.of], self.inputs, dtype=self.dtype)
        bound = self._bound(self.inputs, self.asked.weights, values[self.of])
        return ProofPoint(bound, self.asked.gradients, largest(np.asarray(values[self.asked.result])))

    @cached_property
    def points(self) -> list[ProofPoint]:
        """The given point, and others near enough to it to lie in the domain; always the same ones."""
        found, numbers = [self.here], EvenNumbers()
        inputs = {name: np.asarray(array, dtype=np.float64) for name, array in self.inputs.items()}
        weights = None if self.asked.weights is None else np.asarray(self.asked.weights, dtype=np.float64)
        few = sum(array.size for array in inputs.values()) <= _PERIOD
        for spread in _SPREADS:
            moved = {name: _moved(array, spread, numbers) for name, array in inputs.items()}
            point = self._point(moved, None if weights is None else _moved(weights, spread, numbers))
            found += [] if point is None else [point]
            if len(found) > 1 + few:
                break
        for factor in _MAGNITUDES if few else ():
            with np.errstate(over="ignore"):  # a point that is not finite is none
                scaled = {name: _moved(array, 0.3, numbers) * factor for name, array in inputs.items()}
            point = self._point(scaled, weights, far=True)
            if point is not None and self._stable(point, scaled, weights):
                found.append(point)
        return found

    def _point(self, inputs: Mapping[str, Array], weights: Array | None, *, far: bool = False) -> ProofPoint | None:
        """The value and the gradients at a point, None where they are not finite."""
        if self.asked.assumptions:
            made = make_true(self.asked.assumptions, inputs, np.random.default_rng(0))
            if made is None:
                return None
            inputs = made
        try:
            order = [var for var in self.order if var.name != self.asked.f]
            if self.engine is None:
                self.engine = Plan([self.asked.result, self.of, *self.wanted.values()], order)
            bound = self._bound(inputs, weights, None)
            value, known, *grads = self.engine(*[bound[var.name] for var in order])
        except _NO_VALUE:
            return None
        if not all(np.isfinite(g).all() for g in grads) or any(map(self._vanished, self.wanted, grads)):
            return None
        shaped = [np.broadcast_to(g, inputs[name].shape) for name, g in zip(self.wanted, grads, strict=True)]
        bound = self._bound(inputs, weights, known)
        return ProofPoint(bound, dict(zip(self.wanted, shaped, strict=True)), largest(np.asarray(value)), far)

    def _vanished(self, name: str, gradient: Array) -> bool:
        """Whether a gradient is lost to underflow on the way back, as that of 1/(1 + exp(x)) at 400 is."""
        given = np.abs(self.asked.gradients[name].astype(np.float64))
        if self.asked.matrices or not np.any((given > 0) & (given < _VANISHING)):
            return False
        lost = np.abs(gradient) < np.finfo(np.float64).tiny
        return bool(np.any(lost & (given > 0) & (given < _VANISHING)))

    def _stable(self, point: ProofPoint, inputs: Mapping[str, Array], weights: Array | None) -> bool:
        """Whether the engine's own gradients at a point do not hang on rounding errors."""
        again = self._point({name: array * (1 + 1e-13) for name, array in inputs.items()}, weights)
        float64 = np.dtype(np.float64)
        return again is not None and all(
            agreement(g, point.gradients[name], 0.0, float64, far=True) == FAR[2] for name, g in again.gradients.items()
        )

    def _bound(self, inputs: Mapping[str, Array], weights: Array | None, value: Any) -> dict[str, Array]:
        bound = dict(inputs)
        if weights is not None:
            bound[self.asked.v] = weights
        if value is not None:
            bound[self.asked.f] = np.asarray(value)
        return bound


def _moved(array: Array, spread: float, numbers: EvenNumbers) -> Array:
    """Each entry moved by a random part of itself, so that signs are kept; zeros by a little."""
    step = np.resize(spread * numbers.next(min(array.size, _PERIOD)), array.shape)
    with np.errstate(over="ignore"):
        moved: Array = array * np.exp(step) if array.size <= _PERIOD else array + array * (0.25 * step)
    zeros = array == 0
    return np.where(zeros, 0.1 * step, moved) if zeros.any() else moved


def largest(array: Array) -> float:
    """The size of the largest finite entry."""
    if not array.size:
        return 0.0
    size = max(float(np.max(array)), -float(np.min(array)))
    if np.isfinite(size):
        return size
    finite = array[np.isfinite(array)]
    return float(np.max(np.abs(finite))) if finite.size else 0.0
