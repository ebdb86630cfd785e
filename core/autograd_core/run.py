"""One run of an expression: read, forward, backward; with everything that happened kept for whoever describes it."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import field
from typing import Any

import numpy as np
import numpy.typing as npt

from autograd_core import report
from autograd_core.dataclass import dataclass
from autograd_core.engine.backward import backward
from autograd_core.engine.node import Node
from autograd_core.engine.tensor import Tensor
from autograd_core.errors import EXAMPLE, AutogradError, GradientError, UsageError
from autograd_core.expr.build import Program, bound_names, free_name
from autograd_core.expr.cache import program_of
from autograd_core.expr.nodes import Expr
from autograd_core.expr.read_text import notes_of
from autograd_core.expr.run import evaluate
from autograd_core.phases import phase
from autograd_core.preflight import preflight
from autograd_core.request import Request, weights_of

Array = npt.NDArray[Any]


MAX_RESCUED = 100_000
"""Entries of all inputs up to which a gradient that vanished on the way is found again."""


@dataclass(frozen=True, slots=True)
class Run:
    """What was read and computed.

    ``wanted`` names the inputs that require grad, ``values`` holds the tensor of each node (of the result alone where
    nobody asked for the others), ``seeds`` the v of each backward pass, ``gradients`` those of the wanted inputs,
    ``inner`` those of the nodes before them where somebody asked, and ``seconds`` is what the passes took.
    """

    request: Request
    program: Program
    inputs: Mapping[str, Array]
    tensors: Mapping[str, Tensor]
    wanted: tuple[str, ...]
    values: Mapping[Expr, Any]
    result: Tensor
    seeds: tuple[Array, ...]
    inner: Mapping[Node, Array]
    gradients: Mapping[str, Array]
    seconds: float
    warnings: list[report.Warning] = field(default_factory=list)

    @property
    def names(self) -> tuple[str, str]:
        """What formulas call the result and the grad tensor."""
        return bound_names({*self.request.values, *self.program.named})

    def free_name(self, name: str) -> str:
        """A name for something else in formulas: this one, if nothing has it."""
        return free_name(name, {*self.request.values, *self.program.named, *self.names})

    def function_of(self, names: Sequence[str]) -> Callable[..., Any]:
        """The result as a function of some inputs, the others being as they are."""

        def result(*arguments: Any) -> Any:
            values = {**self.inputs, **dict(zip(names, arguments, strict=True))}
            return evaluate([self.program.result], values, dtype=self.request.dtype)[self.program.result]

        return result

    @property
    def weights(self) -> Array:
        """The v whose v.J the gradients are: the sum over the passes that were not forgotten."""
        counted = self.seeds[-1:] if self.request.zero_grad else self.seeds
        return sum(counted[1:], counted[0])


@phase("forward and backward")
def run(request: Request, *, backward: bool | None = True) -> Run:
    """Read the expression and run it forward and backward; with None, backward only where nothing more is to be said.

    Raises ExpressionError, ShapeError, GradientError, DomainError, LimitError or UsageError (a missing value).
    """
    program, warnings = _read(request)
    asked = program.variables if request.requires_grad is None else request.requires_grad
    wanted = [name for name in request.values if name in asked]
    preflight(request, program, wanted)
    inputs = {name: np.asarray(request.values[name], dtype=request.dtype) for name in program.variables}
    tensors = {name: Tensor.over(array, requires_grad=name in wanted) for name, array in inputs.items()}
    every = request.graph or request.steps
    since = time.process_time()
    try:
        values = evaluate([program.result], tensors, dtype=request.dtype, every=every)
    except AutogradError as error:
        raise error.at(None, program.source.text) from None
    result = values[program.result]
    if not isinstance(result, Tensor):  # a constant
        result = values[program.result] = Tensor(result)
    if backward is None:
        backward = result.requires_grad and (result.array.size == 1 or request.grad_tensors[0] is not None)
    seeds = _seeds(request, result) if backward else []
    inner: dict[Node, Array] = {}
    vanished: list[str] = []
    with np.errstate(under="call", call=lambda kind, _flag: vanished.append(kind)):
        _backward(request, result, seeds, tensors, inner)
    seconds = time.process_time() - since
    found = {name: _gradient(tensors[name]) for name in wanted} if backward else {}
    done = Run(
        request, program, inputs, tensors, tuple(wanted), values, result, tuple(seeds), inner, found, seconds, warnings
    )
    if vanished and sum(map(np.size, inputs.values())) <= MAX_RESCUED:
        _rescue(done, found)
    return done


def need_one_number(done: Run, purpose: str, *, why: str, hint: str) -> None:
    """Raise GradientError where the result has several entries, for ``purpose`` needs one number."""
    if done.result.array.size == 1:
        return
    text = done.request.expression
    error = GradientError(
        f"the result has shape {report.shape_text(done.result.shape)}: {purpose}",
        code="AG201",
        why=why,
        hint=hint,
        span=(0, len(text)),
        text=text,
    )
    place = max(text.rfind(";"), text.rfind("\n")) + 1
    error.rewrites = (f"{text[:place]}{' ' * (place > 0)}sum({text[place:].strip()})",)
    raise error


def _read(request: Request) -> tuple[Program, list[report.Warning]]:
    """The program, once every variable has a value; values that are not used are warned about."""
    program = program_of(request.expression, request.values)
    source = program.source
    used = {*source.variables, *source.constants}
    warnings = [report.Warning(*note) for note in notes_of(request.expression)]
    warnings += [
        report.Warning("AG211", f"{name} does not occur in the expression: its gradient is null (in PyTorch, None)")
        for name in request.values
        if name not in used
    ]
    warnings += [report.Warning(code, note) for code, note in program.notes]
    for name in request.requires_grad or ():
        if name not in program.variables:
            raise UsageError(
                f"{name} is not an input of the expression",
                code="AG101",
                hint=f"inputs: {', '.join(program.variables)}",
            )
    return program, warnings


def nothing_to_differentiate(request: Request, by: str, hint: str | None = None) -> GradientError:
    """The error for a result that does not depend on what it should be differentiated by."""
    names = ", ".join(request.values)
    return GradientError(
        f"nothing to differentiate: the result does not depend on {by}",
        code="AG203",
        why=f"inputs: {names}" if names else "the expression is a constant: it has no input",
        hint=hint,
        span=(0, len(request.expression)),
        text=request.expression,
    )


def _seeds(request: Request, result: Tensor) -> list[Array]:
    """The v of each backward pass, in the shape of the result."""
    if not result.requires_grad:
        raise nothing_to_differentiate(request, "an input that requires grad", EXAMPLE)
    few = result.array.ndim == 1 and 0 < result.array.size <= 6
    ones = ",".join("1" * result.array.size) if few else "1"
    hint = "v of ones gives the gradient of the sum of the entries"
    return [
        weights_of(given, result.shape, request.expression, hint, ones).astype(result.dtype, copy=False)
        for given in request.grad_tensors
    ]


def _backward(
    request: Request, result: Tensor, seeds: list[Array], tensors: Mapping[str, Tensor], inner: dict[Node, Array]
) -> None:
    """One backward pass for each seed; the gradients of inner nodes are added up as those of leaves are."""

    def add(node: Node, g: Any) -> None:
        inner[node] = inner[node] + g if node in inner else g

    for turn, seed in enumerate(seeds):
        if turn and request.zero_grad:
            inner.clear()
            for tensor in tensors.values():
                tensor.zero_grad()
        backward(
            [result],
            [seed],
            retain_graph=request.steps or turn + 1 < len(seeds),
            create_graph=False,
            observe=add if request.graph or request.steps else None,
        )


def _rescue(done: Run, gradients: dict[str, Array]) -> None:
    """Find what vanished on the way back and is a number again at its end, with seeds times a power of two.

    1/(1 + exp(x)) at 400 passes back 1e-348 * 1e174. A backward pass is linear in its seed, and a power of two exact.
    The larger power is for what is smaller still, and overflows more often.
    """
    dtype = np.dtype(done.request.dtype)
    known = np.finfo(dtype)
    leaves = {name: Tensor.over(array, requires_grad=name in gradients) for name, array in done.inputs.items()}
    result = evaluate([done.program.result], leaves, dtype=dtype.name)[done.program.result]
    for power in (dtype.type(2.0 ** (-known.minexp // 2)), dtype.type(2.0 ** (known.maxexp - 24))):
        for leaf in leaves.values():
            leaf.grad = None
        with np.errstate(all="ignore"):
            backward([result], [done.weights * power], retain_graph=True, create_graph=False)
        for name, found in gradients.items():
            larger = _gradient(leaves[name])
            with np.errstate(all="ignore"):
                lost = (np.abs(found) < known.tiny) & np.isfinite(larger) & (np.abs(larger / power) >= known.tiny)
            if lost.any() and done.tensors[name].grad is not None:
                gradients[name] = np.where(lost, larger / power, found).astype(dtype)
                done.tensors[name].grad = Tensor.over(gradients[name])


def _gradient(tensor: Tensor) -> Array:
    """The gradient of an input; zeros where nothing flows back to it (PyTorch leaves None)."""
    return np.zeros_like(tensor.array) if tensor.grad is None else tensor.grad.array
