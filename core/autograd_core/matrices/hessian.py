"""The Hessian of a scalar expression by each pair of its inputs, what it is like, and products with it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from autograd_core.assumptions import Assumption, assumed
from autograd_core.check import explain_nonfinite, find_kinks
from autograd_core.check.compare.comparison import summed
from autograd_core.errors import UsageError
from autograd_core.functional.matrices import hessian_blocks
from autograd_core.functional.trace import Trace
from autograd_core.matrices import higher
from autograd_core.matrices.formulas import hessian_formulas
from autograd_core.matrices.forward import (
    directions,
    first_order,
    forward,
    in_full,
    refuse_too_large,
    trace_at,
    trace_of,
    what_was_run,
)
from autograd_core.matrices.jacobian import still
from autograd_core.matrices.near_kinks import at_kinks, without
from autograd_core.matrices.report import Block, HessianReport, Product, Spectrum
from autograd_core.phases import phase
from autograd_core.report import Verdict, Warning
from autograd_core.request import MatrixRequest, tolerances
from autograd_core.run import Run, need_one_number

Array = npt.NDArray[np.floating]

MAX_SIDE = 1_000
"""Rows of a matrix up to which its eigenvalues are found."""

MAX_MOVED = 64
"""Rows of a matrix up to which it is found out how far rounding can move the entries."""

LOST = 1e-6
"""What is moved so far, relative to the largest entry and 1, jumps: rounding says nothing about it."""

SYMMETRIC = 1e-9
"""Differences of entries, relative to the largest, that rounding may leave in a symmetric matrix (float64)."""


@phase("rows of the Hessian", "--product gives H.u without the matrix")
def hessian(request: MatrixRequest) -> HessianReport:
    """Read the expression, find its Hessian by every pair of wanted inputs or a product with it, and check it.

    Raises what ``run`` raises; GradientError for a result that is not one number, LimitError for a matrix that is too
    large, ShapeError and UsageError for a product that does not fit.
    """
    request = one_vector(request)
    assumptions = assumed(request.assume, request.values)
    done = forward(request)
    why = "it holds the second derivatives by each pair of inputs"
    need_one_number(done, "a Hessian is that of a single number", why=why, hint="jacobian shows first derivatives")
    blocks: tuple[Block, ...] = ()
    product, shape = None, None
    notes: list[Warning] = []
    if request.tangents:
        product, gradient, verdict, notes = along(done, request)
    else:
        blocks, gradient, verdict, notes = whole(done, request, assumptions)
        pairs = {(str(block.of), block.by): block for block in blocks}

        def rounding() -> dict[tuple[str, str], Array]:
            moved = higher.rounding(done, request, gradient, {pair: block.data for pair, block in pairs.items()})
            return {pair: array.reshape(pairs[pair].matrix.shape) for pair, array in moved.items()}

        shape = spectrum({pair: block.matrix for pair, block in pairs.items()}, done.wanted, rounding)
    question = first_order(done, request, np.ones(()), gradient)
    notes = [*explain_nonfinite(question), *find_kinks(question), *notes]
    return HessianReport(
        **what_was_run(done, request, assumptions, verdict, notes),
        blocks=blocks,
        product=product,
        gradient=gradient,
        spectrum=shape,
    )


def one_vector(request: MatrixRequest) -> MatrixRequest:
    """The request with a u that came without a name bound to the only wanted input.

    Raises UsageError where there are several.
    """
    if request.cotangent is None:
        return request
    names = [name for name in request.values if request.wanted is None or name in request.wanted]
    if len(names) != 1:
        raise UsageError(
            "--product needs the name of an input where there are several",
            code="AG104",
            why=f"derivatives are taken by {', '.join(names)}",
            hint=f"--product {names[0] if names else 'x'}=1",
        )
    return replace(request, cotangent=None, tangents={names[0]: request.cotangent})


def whole(
    done: Run, request: MatrixRequest, assumptions: Sequence[Assumption]
) -> tuple[tuple[Block, ...], dict[str, Array], Verdict, list[Warning]]:
    """The blocks of the whole matrix, the gradient, the verdict, and what to say of kinks."""
    side = sum(done.inputs[name].size for name in done.wanted)
    refuse_too_large("Hessian", side, done, request, "H.u")
    trace = trace_of(done)
    gradient, found = slopes(trace, done), hessian_blocks(trace)
    by_rules = in_pairs(found, done)
    arrays, compared, notes = at_kinks(
        first_order(done, request, np.ones(()), gradient),
        by_rules,
        lambda inputs: around(done, inputs),
    )
    checks, verdict = higher.check_hessian(done, request, gradient, compared)
    if notes:
        checks = {pair: without(each, compared[pair], arrays[pair]) for pair, each in checks.items()}
        verdict = summed(checks.values(), *tolerances(request), verdict)
    formulas = hessian_formulas(done, arrays, assumptions) if request.formula else {}
    blocks = [
        Block(
            of=a,
            by=b,
            rows=done.inputs[a].shape,
            columns=done.inputs[b].shape,
            data=array,
            check=checks.get((a, b)),
            **formulas.get((a, b), {}),
        )
        for (a, b), array in arrays.items()
    ]
    return tuple(blocks), gradient, verdict, notes


def around(done: Run, inputs: Mapping[str, Array]) -> dict[tuple[str, str], tuple[Array, Array]]:
    """At other numbers the gradient and the Hessian, for each pair of inputs."""
    trace = trace_at(done, inputs)
    gradient, found = slopes(trace, done), hessian_blocks(trace)
    return {
        (a, b): (gradient[a].reshape(gradient[a].shape + (1,) * done.inputs[b].ndim), block)
        for (a, b), block in in_pairs(found, done).items()
    }


def slopes(trace: Trace, done: Run) -> dict[str, Array]:
    """The gradient of the result by each wanted input."""
    found = trace.pull([np.ones_like(done.result.array)])
    return {name: in_full(g, done, name) for name, g in zip(done.wanted, found, strict=True)}


def in_pairs(found: Sequence[Sequence[Any]], done: Run) -> dict[tuple[str, str], Array]:
    """The blocks by the names of their inputs, each in the shapes of both."""
    return {
        (a, b): found[i][j].array.reshape(done.inputs[a].shape + done.inputs[b].shape)
        for i, a in enumerate(done.wanted)
        for j, b in enumerate(done.wanted)
    }


def along(done: Run, request: MatrixRequest) -> tuple[Product, dict[str, Array], Verdict, list[Warning]]:
    """The product H.u, one array for each wanted input, the gradient, the verdict, and what to say of kinks."""
    given = directions(done, request)

    def at(trace: Trace) -> dict[str, tuple[Array, Array]]:
        gradient = slopes(trace, done)
        found = trace.gradient().pull([given.get(name) for name in done.wanted])
        return {name: (gradient[name], in_full(g, done, name)) for name, g in zip(done.wanted, found, strict=True)}

    found = at(trace_of(done))
    gradient, by_rules = ({name: both[k] for name, both in found.items()} for k in (0, 1))
    question = first_order(done, request, np.ones(()), gradient)
    products, compared, notes = at_kinks(question, by_rules, lambda inputs: at(trace_at(done, inputs)))
    checks, verdict = higher.check_product(done, request, gradient, given, compared)
    if notes:
        checks = {name: without(each, compared[name], products[name]) for name, each in checks.items()}
        verdict = summed(checks.values(), *tolerances(request), verdict)
    return Product("H.u", given, products, checks, still(done, given)), gradient, verdict, notes


def spectrum(
    blocks: Mapping[tuple[str, str], Array],
    names: Sequence[str],
    rounding: Callable[[], Mapping[tuple[str, str], Array]] = dict,
) -> Spectrum | None:
    """The spectrum of the matrix made of ``blocks``, None for a matrix without entries.

    ``rounding`` finds how far rounding can move the entries of blocks. An eigenvalue is moved by no more than the norm
    of what its matrix is moved by; what is no larger is 0 beside larger ones, and is never called negative.
    """
    matrix = joined(blocks, names)
    if not matrix.size:
        return None
    wide = matrix.astype(np.float64)
    with np.errstate(all="ignore"):
        asymmetry = float(np.max(np.abs(wide - wide.T)))
        size = float(np.max(np.abs(wide)))
    precision = float(np.finfo(matrix.dtype).eps)
    if not np.isfinite(wide).all():
        mirrored = bool(np.array_equal(wide, wide.T, equal_nan=True))
        return Spectrum(mirrored, 0.0 if mirrored else asymmetry, None, None, None)
    moved: Mapping[tuple[str, str], Array] = {}
    if len(wide) <= MAX_MOVED or asymmetry > SYMMETRIC * size:
        moved = rounding()
    known = joined({**{k: np.zeros(b.shape) for k, b in blocks.items()}, **moved}, names)
    allowed = float(np.linalg.norm(np.where(known < LOST * max(size, 1.0), known, 0.0)))
    symmetric = asymmetry <= max(max(SYMMETRIC, 100 * precision) * size, allowed)
    if not symmetric or len(wide) > MAX_SIDE:
        return Spectrum(symmetric, asymmetry, None, None, None)
    found = np.linalg.eigvalsh((wide + wide.T) / 2)
    largest = float(np.max(np.abs(found)))
    least = max(len(wide) * precision * largest, allowed)
    found = np.where(np.abs(found) <= least, 0.0, found)
    largest = float(np.max(np.abs(found)))
    smallest = float(np.min(np.abs(found)))
    condition = largest / smallest if smallest else float("inf")
    words = definite(float(found[0]), float(found[-1]))
    return Spectrum(
        symmetric, asymmetry, found, f"{words} within rounding" if size and not largest else words, condition
    )


def joined(blocks: Mapping[tuple[str, str], Array], names: Sequence[str]) -> Array:
    """Blocks as one matrix, each of them by rows and columns of its own."""
    return np.block([[blocks[a, b] for b in names] for a in names])


def definite(low: float, high: float) -> str:
    """What the smallest and the largest eigenvalue say."""
    if low == high == 0:
        return "zero"
    if low >= 0:
        return "positive definite" if low else "positive semidefinite"
    if high <= 0:
        return "negative definite" if high else "negative semidefinite"
    return "indefinite"
