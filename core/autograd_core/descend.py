"""Gradient descent on an expression: the steps, the path of the loss, and why it stopped."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from autograd_core.errors import GradientError
from autograd_core.expr.gradient import gradients
from autograd_core.expr.nodes import Const, Var
from autograd_core.expr.run import Plan, evaluate
from autograd_core.functional import hessian
from autograd_core.report import Warning
from autograd_core.request import Request
from autograd_core.run import Run, need_one_number, run

Array = npt.NDArray[Any]
Parameters = list[Array]

METHODS = ("gd", "momentum", "adam")
"""Plain descent; descent with a momentum of 0.9 (Polyak, PyTorch's SGD); Adam (Kingma and Ba, PyTorch's defaults)."""

MOMENTUM = 0.9
BETA1, BETA2, EPSILON = 0.9, 0.999, 1e-8

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
    """The state before a step: its number, the loss, the norm of the gradient, and the parameters."""

    number: int
    loss: float
    norm: float
    values: tuple[Array, ...]


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
    done = run(
        replace(request, requires_grad=tuple(names), check="none", formula=False, graph=False, steps=False),
        backward=False,
    )
    evaluate = prepared(done, request, names)
    path = DescentPath(evaluate, [np.array(done.inputs[name]) for name in names], settings, watch)
    with np.errstate(all="ignore"):
        stopped = path.follow()
        curvature = largest_curvature(done, names, path.at if stopped in ("converged", "steps") else path.start)
    return Descent(
        request.expression,
        tuple(names),
        settings,
        stopped,
        path.number,
        tuple(path.losses),
        tuple(path.norms),
        dict(zip(names, path.start, strict=True)),
        dict(zip(names, path.at, strict=True)),
        dict(zip(names, path.gradients, strict=True)),
        curvature,
        tuple(done.warnings),
    )


Evaluate = Callable[[Parameters], tuple[float, Parameters]]


def prepared(done: Run, request: Request, names: Sequence[str]) -> Evaluate:
    """A function from the parameters to the loss and its gradients, planned once."""
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
        value, *slopes = plan(*at, *constants)
        return float(np.asarray(value).reshape(())), [
            g if getattr(g, "shape", None) == shape else np.broadcast_to(g, shape)
            for g, shape in zip(slopes, shapes, strict=True)
        ]

    return evaluate


class DescentPath:
    """The states of one descent, from the start to where it stops."""

    def __init__(
        self, evaluate: Evaluate, start: Parameters, settings: Settings, watch: Callable[[DescentStep], None] | None
    ) -> None:
        self.evaluate = evaluate
        self.settings = settings
        self.watch = watch
        self.start = start
        self.at = start
        self.losses: list[float] = []
        self.norms: list[float] = []
        self.gradients: Parameters = []
        self.number = 0
        self.momentum: Parameters = [np.zeros_like(a) for a in start]
        self.squares: Parameters = [np.zeros_like(a) for a in start]

    def follow(self) -> str:
        """Take the steps; returns why it stopped."""
        loss, gradients = self.evaluate(self.at)
        self.record(loss, gradients)
        if not np.isfinite(loss):
            return "diverged"
        enough = self.settings.until * max(self.norms[0], 1e-300)
        ceiling = 1e6 * max(abs(loss), 1.0)
        while self.norms[-1] > enough:
            if self.number == self.settings.steps:
                return "diverged" if self.rising() else "steps"
            moved = self.step(loss, gradients)
            if moved is None:
                return "stuck"
            loss, gradients, at = moved
            self.number += 1
            if not np.isfinite(loss) or loss > ceiling:
                self.losses.append(loss)
                self.norms.append(size(gradients))
                return "diverged"
            self.at = at
            self.record(loss, gradients)
        return "converged"

    def rising(self) -> bool:
        """Whether the loss is above where it began, and higher than ever."""
        return len(self.losses) > 1 and self.losses[-1] == max(self.losses) > self.losses[0]

    def record(self, loss: float, gradients: Parameters) -> None:
        """Keep a state, and tell whoever watches."""
        self.losses.append(loss)
        self.norms.append(size(gradients))
        self.gradients = gradients
        if self.watch is not None:
            self.watch(DescentStep(self.number, loss, self.norms[-1], tuple(self.at)))

    def step(self, loss: float, gradients: Parameters) -> tuple[float, Parameters, Parameters] | None:
        """The next loss, gradients and parameters; None where backtracking finds no decrease."""
        ways = self.directions(gradients)
        if self.settings.rate is not None:
            at = [a - self.settings.rate * d for a, d in zip(self.at, ways, strict=True)]
            return (*self.evaluate(at), at)
        promised = sum(float(np.sum(g * d)) for g, d in zip(gradients, ways, strict=True))
        rate = 1.0
        for _ in range(MAX_HALVINGS):
            at = [a - rate * d for a, d in zip(self.at, ways, strict=True)]
            found, slopes = self.evaluate(at)
            if found <= loss - SUFFICIENT * rate * promised:
                return found, slopes, at
            rate /= 2
        return None

    def directions(self, gradients: Parameters) -> Parameters:
        """What each parameter moves against, for a rate of 1."""
        if self.settings.method == "gd":
            return gradients
        if self.settings.method == "momentum":
            self.momentum = [MOMENTUM * m + g for m, g in zip(self.momentum, gradients, strict=True)]
            return self.momentum
        turn = self.number + 1
        self.momentum = [BETA1 * m + (1 - BETA1) * g for m, g in zip(self.momentum, gradients, strict=True)]
        self.squares = [BETA2 * s + (1 - BETA2) * g * g for s, g in zip(self.squares, gradients, strict=True)]
        return [
            m / (1 - BETA1**turn) / (np.sqrt(s / (1 - BETA2**turn)) + EPSILON)
            for m, s in zip(self.momentum, self.squares, strict=True)
        ]


def size(gradients: Parameters) -> float:
    """The Euclidean norm over all parameters."""
    return float(np.sqrt(sum(np.vdot(g, g) for g in gradients)))


def largest_curvature(done: Run, names: Sequence[str], at: Parameters) -> float | None:
    """The largest eigenvalue of the Hessian by the parameters, None where it is too large to be made or not finite."""
    if sum(a.size for a in at) > MAX_CURVED:
        return None

    def loss(*parameters: Any) -> Any:
        values = {**done.inputs, **dict(zip(names, parameters, strict=True))}
        return evaluate([done.program.result], values, dtype=done.request.dtype)[done.program.result]

    blocks = hessian(loss, range(len(names)))(*at)
    sizes = [a.size for a in at]
    matrix = np.block(
        [
            [np.asarray(b.array).reshape(n, m) for b, m in zip(row, sizes, strict=True)]
            for row, n in zip(blocks, sizes, strict=True)
        ]
    )
    if not np.isfinite(matrix).all():
        return None
    return float(np.linalg.eigvalsh((matrix + matrix.T) / 2)[-1])
