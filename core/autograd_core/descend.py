"""Gradient descent on an expression: the steps, the path of the loss, and why it stopped."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from autograd_core.errors import DomainError, GradientError
from autograd_core.expr.gradient import gradients
from autograd_core.expr.nodes import Const, Var
from autograd_core.expr.run import Plan
from autograd_core.functional import hessian
from autograd_core.report import Warning
from autograd_core.request import Request
from autograd_core.run import Run, need_one_number, run

Array = npt.NDArray[Any]
Parameters = Sequence[Array]

MOMENTUM = 0.9
"""Of ``momentum`` (Polyak, PyTorch's SGD)."""

BETA1, BETA2, EPSILON = 0.9, 0.999, 1e-8
"""Of ``adam`` (Kingma and Ba, PyTorch's defaults)."""

MAX_CURVED = 400
"""Entries up to which the whole Hessian is made to say which rate would not diverge."""

SUFFICIENT = 1e-4
"""The share of the decrease that the slope promises which backtracking accepts (Armijo)."""

MAX_HALVINGS = 60


@dataclass(frozen=True, slots=True)
class Settings:
    """How to descend; a ``rate`` of None is found at each step by backtracking.

    ``until`` stops where the norm of the gradient is at most so much relative to where it began.
    """

    rate: float | None = 0.1
    steps: int = 100
    method: str = "gd"
    until: float = 1e-8


@dataclass(frozen=True, slots=True)
class DescentStep:
    """The state before a step: its number, the loss, the parameters, and the gradients with the norm of all of them."""

    number: int
    loss: float
    values: Parameters
    gradients: Parameters

    @property
    def norm(self) -> float:
        """The Euclidean norm of the gradient by all parameters."""
        return float(np.sqrt(sum(np.vdot(g, g) for g in self.gradients)))


@dataclass(frozen=True, slots=True)
class Descent:
    """Where a descent ended.

    ``stopped`` is converged, steps, diverged, or stuck (no step along the gradient lowers the loss). ``losses`` and
    ``norms`` hold every step with the start and the end; ``values`` and ``gradients`` those of the end, or, where it
    diverged, the last that are finite. ``curvature`` is the largest eigenvalue of the Hessian where the descent began
    (where it ended, if that is a minimum), None where it is unknown; below 2/curvature plain descent does not diverge
    there.
    """

    expression: str
    names: tuple[str, ...]
    settings: Settings
    stopped: str
    taken: int
    losses: tuple[float, ...]
    norms: tuple[float, ...]
    start: dict[str, Array]
    values: dict[str, Array]
    gradients: dict[str, Array]
    curvature: float | None
    warnings: tuple[Warning, ...] = ()

    @property
    def loss(self) -> float:
        """The loss at the values where it ended."""
        return self.losses[-1]

    @property
    def largest_rate(self) -> float | None:
        """The rate from which on plain descent diverges where the loss is like its second-order expansion."""
        return 2 / self.curvature if self.curvature is not None and self.curvature > 0 else None


def descend(
    request: Request, names: Sequence[str], settings: Settings, watch: Callable[[DescentStep], None] | None = None
) -> Descent:
    """Descend on the parameters ``names``; ``watch`` is called with the state before each step and at the end.

    Raises what ``run`` raises, and GradientError where the result is not one number or does not depend on a parameter.
    """
    done = run(request.alone(requires_grad=tuple(names)), backward=False)
    start = [np.array(done.inputs[name]) for name in names]
    with np.errstate(all="ignore"):
        stopped, end, losses, norms = follow(prepared(done, names), start, settings, watch)
        ended = stopped in ("converged", "steps")
        curvature = largest_curvature(moved(done, names, end.values) if ended else done, names)
    path = tuple(names), settings, stopped, len(losses) - 1, tuple(losses), tuple(norms)
    first, last, slopes = (dict(zip(names, each, strict=True)) for each in (start, end.values, end.gradients))
    return Descent(request.expression, *path, first, last, slopes, curvature, tuple(done.warnings))


Evaluate = Callable[[Parameters], tuple[float, Parameters]]


def moved(done: Run, names: Sequence[str], at: Parameters) -> Run:
    """The run at other values of the parameters, read again: how many entries a mask picks follows from the numbers."""
    values = {**done.request.values, **dict(zip(names, at, strict=True))}
    return run(done.request.alone(values=values, requires_grad=tuple(names)), backward=False)


def prepared(done: Run, names: Sequence[str]) -> Evaluate:
    """A function from the parameters to the loss and its gradients; planned once, unless a mask picks other entries."""
    result = done.program.result
    why = "a loss is a single number"
    need_one_number(done, "descent needs one number to make smaller", why=why, hint="take its sum or its mean")
    found = {var.name: grad for var, grad in gradients(result, Const(np.ones(result.shape)), exact=True).items()}
    missing = [name for name in names if name not in found]
    if missing:
        raise GradientError(
            f"the result does not depend on {missing[0]}", code="AG203", why="there is nothing to descend along"
        )
    variables: list[Var] = [done.program.variables[name] for name in names]
    fixed = [var for name, var in done.program.variables.items() if name not in names]
    plan = Plan([result, *[found[name] for name in names]], [*variables, *fixed], done.request.dtype)
    constants = [done.inputs[var.name] for var in fixed]
    shapes = [var.shape for var in variables]

    def evaluate(at: Parameters) -> tuple[float, Parameters]:
        try:
            value, *slopes = plan(*at, *constants)
        except DomainError:
            return prepared(moved(done, names, at), names)(at)
        return float(np.asarray(value).reshape(())), [
            g if getattr(g, "shape", None) == shape else np.broadcast_to(g, shape)
            for g, shape in zip(slopes, shapes, strict=True)
        ]

    return evaluate


def follow(
    evaluate: Evaluate, start: Parameters, settings: Settings, watch: Callable[[DescentStep], None] | None
) -> tuple[str, DescentStep, list[float], list[float]]:
    """Take the steps: why it stopped, the last state that is finite, and the losses and norms of all."""
    loss, slopes = evaluate(start)
    state, direction = DescentStep(0, loss, start, slopes), directions(settings.method, len(start))
    losses, norms = [state.loss], [state.norm]
    enough, ceiling = settings.until * max(norms[0], 1e-300), 1e6 * max(abs(state.loss), 1.0)
    while True:
        if watch is not None:
            watch(state)
        if not np.isfinite(state.loss):
            break
        if not norms[-1] > enough:
            return "converged", state, losses, norms
        if state.number == settings.steps:
            higher = state.number > 0 and losses[-1] == max(losses) > losses[0]
            return "diverged" if higher else "steps", state, losses, norms
        found = step(evaluate, state, direction(state.gradients), settings.rate)
        if found is None:
            return "stuck", state, losses, norms
        losses.append(found.loss)
        norms.append(found.norm)
        if not np.isfinite(found.loss) or found.loss > ceiling:
            break
        state = found
    return "diverged", state, losses, norms


def step(evaluate: Evaluate, state: DescentStep, ways: Parameters, fixed: float | None) -> DescentStep | None:
    """The next state, by a fixed rate or by backtracking; None where that finds no decrease."""
    promised = sum(float(np.sum(g * d)) for g, d in zip(state.gradients, ways, strict=True)) if fixed is None else 0.0
    rate = 1.0 if fixed is None else fixed
    for _ in range(MAX_HALVINGS):
        at = [a - rate * d for a, d in zip(state.values, ways, strict=True)]
        loss, gradients = evaluate(at)
        if fixed is not None or loss <= state.loss - SUFFICIENT * rate * promised:
            return DescentStep(state.number + 1, loss, at, gradients)
        rate /= 2
    return None


def directions(method: str, count: int) -> Callable[[Parameters], Parameters]:
    """What each of ``count`` parameters moves against at each step, for a rate of 1."""
    mean: list[Any] = [0.0] * count
    square: list[Any] = [0.0] * count
    turn = 0

    def direction(gradients: Parameters) -> Parameters:
        nonlocal turn
        if method == "gd":
            return gradients
        turn += 1
        adam = method == "adam"
        for i, g in enumerate(gradients):
            mean[i] = BETA1 * mean[i] + (1 - BETA1) * g if adam else MOMENTUM * mean[i] + g
            square[i] = BETA2 * square[i] + (1 - BETA2) * g * g
        if not adam:
            return list(mean)
        return [
            m / (1 - BETA1**turn) / (np.sqrt(s / (1 - BETA2**turn)) + EPSILON)
            for m, s in zip(mean, square, strict=True)
        ]

    return direction


def largest_curvature(done: Run, names: Sequence[str]) -> float | None:
    """The largest eigenvalue of the Hessian by the parameters, None where it is empty, too large or not finite."""
    names = [name for name in names if np.size(done.inputs[name])]
    at = [np.asarray(done.inputs[name]) for name in names]
    if not 0 < sum(a.size for a in at) <= MAX_CURVED:
        return None
    blocks = hessian(done.function_of(names), range(len(names)))(*at)
    matrix = np.block([[b.array.reshape(a.size, -1) for b in row] for row, a in zip(blocks, at, strict=True)])
    if not np.isfinite(matrix).all():
        return None
    return float(np.linalg.eigvalsh((matrix + matrix.T) / 2)[-1])
