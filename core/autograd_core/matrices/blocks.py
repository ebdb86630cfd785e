"""Jacobians by each input, Hessians by each pair of inputs and what they are like, and products with both."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from autograd_core.assumptions import Assumption, assumed
from autograd_core.check import Findings, check, explain_nonfinite, find_kinks
from autograd_core.check.question import question_about
from autograd_core.errors import UsageError
from autograd_core.functional.matrices import hessian_blocks, jacobian_blocks
from autograd_core.functional.trace import Trace
from autograd_core.matrices.check import check_blocks, check_second, parts_of_second, rounding
from autograd_core.matrices.formulas import blocks_of
from autograd_core.matrices.forward import (
    Place,
    along,
    directions,
    filled,
    first_order,
    forward,
    in_full,
    refuse_too_large,
    trace_at,
    trace_of,
    what_was_run,
)
from autograd_core.matrices.near_kinks import at_kinks
from autograd_core.matrices.report import Block, HessianReport, MatrixReport, Product, Spectrum
from autograd_core.phases import phase
from autograd_core.report import Check
from autograd_core.request import Request
from autograd_core.run import Run, need_one_number

Array = npt.NDArray[np.floating]


@phase("rows of the Jacobian", "`product` gives v.J or J.u without the matrix")
def jacobian(request: Request) -> MatrixReport:
    """Read the expression, find its Jacobian by every wanted input or a product with it, and check what was found.

    Raises what ``run`` raises; LimitError for a matrix that is too large, ShapeError and UsageError for a product that
    does not fit.
    """
    assumptions = assumed(request.assume, request.values)
    done = forward(request)
    blocks: tuple[Block, ...] = ()
    product = None
    if request.tangents and request.cotangent is not None:
        raise UsageError(
            "`product` takes v for v.J, or NAME=u for J.u, and not both",
            code="AG104",
            hint="leave one of them out",
        )
    v: Array = np.ones(done.result.shape)
    if request.cotangent is not None:
        v = filled(request.cotangent, done.result.array, "`product`", "the result")
    pulled = zip(done.wanted, trace_of(done).pull([v.astype(done.result.dtype, copy=False)]), strict=True)
    gradients = {name: in_full(g, done, name) for name, g in pulled}
    question = first_order(done, v, gradients)
    if request.cotangent is not None:
        findings = check(question, request.check)
        product = Product("v.J", {"v": v}, gradients, findings.variables)
    elif request.tangents:
        product, findings = jacobian_vector(done, request)
    else:
        blocks, findings = whole(done, request, assumptions)
    notes = [*explain_nonfinite(question), *find_kinks(question)]
    return MatrixReport(**what_was_run(done, assumptions, findings.verdict, notes), blocks=blocks, product=product)


def whole(done: Run, request: Request, assumptions: Sequence[Assumption]) -> tuple[tuple[Block, ...], Findings]:
    """The blocks of the whole matrix."""
    refuse_too_large("Jacobian", done.result.array.size, done, request, "v.J or J.u")
    found = [block.array for block in jacobian_blocks(trace_of(done))[0]]
    arrays = dict(zip(done.wanted, found, strict=True))
    with phase("checking the matrix"):
        matrix = question_about(done, done.program.result, done.result.array, arrays)
        findings = check_blocks(matrix, request.check)
    checks: dict[Place, Check] = {(name,): check for name, check in findings.variables.items()}
    return blocks_of(done, request, {(name,): array for name, array in arrays.items()}, checks, assumptions), findings


def jacobian_vector(done: Run, request: Request) -> tuple[Product, Findings]:
    """The product J.u, in the shape of the result."""
    given = directions(done, request)
    (pushed,) = trace_of(done).pushforward([given.get(name) for name in done.wanted])
    found = np.array(np.broadcast_to(0.0 if pushed is None else pushed, done.result.shape), dtype=done.result.dtype)
    matrix = along(done.program.result, done.result.array, found, given, done)
    with phase("checking the matrix"):
        findings = check_blocks(matrix, request.check)
    check = next(iter(findings.variables.values()))
    return Product("J.u", given, {"J.u": found}, {"J.u": check}, still(done, given)), findings


def still(done: Run, given: Mapping[str, Array]) -> tuple[str, ...]:
    """The wanted inputs that do not move along the u of a product."""
    return tuple(name for name in done.wanted if name not in given)


MAX_SIDE = 1_000
"""Rows of a matrix up to which its eigenvalues are found."""

MAX_MOVED = 64
"""Rows of a matrix up to which it is found out how far rounding can move the entries."""

LOST = 1e-6
"""What is moved so far, relative to the largest entry and 1, jumps: rounding says nothing about it."""

SYMMETRIC = 1e-9
"""Differences of entries, relative to the largest, that rounding may leave in a symmetric matrix (float64)."""


@phase("rows of the Hessian", "`product` gives H.u without the matrix")
def hessian(request: Request) -> HessianReport:
    """Read the expression, find its Hessian by every pair of wanted inputs or a product with it, and check it.

    Raises what ``run`` raises; GradientError for a result that is not one number, LimitError for a matrix that is too
    large, ShapeError and UsageError for a product that does not fit.
    """
    request = one_vector(request)
    assumptions = assumed(request.assume, request.values)
    done = forward(request)
    why = "it holds the second derivatives by each pair of inputs"
    need_one_number(done, "a Hessian is that of a single number", why=why, hint="jacobian shows first derivatives")
    given = directions(done, request)
    if not given:
        refuse_too_large("Hessian", sum(done.inputs[name].size for name in done.wanted), done, request, "H.u")
    here = derived(trace_of(done), done, given)
    gradient = {key[0]: lower.reshape(done.inputs[key[0]].shape) for key, (lower, _) in here.items()}
    question = first_order(done, np.ones(()), gradient)
    found, checks, verdict, notes = at_kinks(
        question,
        here,
        lambda inputs: derived(trace_at(done, inputs), done, given),
        lambda compared: check_second(done, question, given, compared),
    )
    notes = [*explain_nonfinite(question), *find_kinks(question), *notes]
    blocks: tuple[Block, ...] = ()
    product, shape = None, None
    if given:
        parts = {name: found[name,] for name in done.wanted}
        product = Product("H.u", given, parts, {name: checks[name,] for name in parts}, still(done, given))
    else:
        blocks = blocks_of(done, request, found, checks, assumptions)
        shape = spectrum(found, done, lambda: rounding(parts_of_second(done, question, {}, found)))
    return HessianReport(
        **what_was_run(done, assumptions, verdict, notes),
        blocks=blocks,
        product=product,
        gradient=gradient,
        spectrum=shape,
    )


def one_vector(request: Request) -> Request:
    """The request with a u that came without a name bound to the only wanted input.

    Raises UsageError where there are several.
    """
    if request.cotangent is None:
        return request
    names = [name for name in request.values if request.requires_grad is None or name in request.requires_grad]
    if len(names) != 1:
        raise UsageError(
            "`product` needs the name of an input where there are several",
            code="AG104",
            why=f"derivatives are taken by {', '.join(names)}",
            hint=f"`product {names[0] if names else 'x'}=1`",
        )
    return replace(request, cotangent=None, tangents={names[0]: request.cotangent})


def derived(trace: Trace, done: Run, given: Mapping[str, Array]) -> dict[Place, tuple[Array, Array]]:
    """The gradient and the Hessian for each pair of inputs; or, where u is given, and H.u for each input."""
    pulled = trace.pull([np.ones_like(done.result.array)])
    gradient = {name: in_full(g, done, name) for name, g in zip(done.wanted, pulled, strict=True)}
    if given:
        found = trace.gradient().pull([given.get(name) for name in done.wanted])
        return {(name,): (gradient[name], in_full(g, done, name)) for name, g in zip(done.wanted, found, strict=True)}
    blocks = hessian_blocks(trace)
    shapes = {name: done.inputs[name].shape for name in done.wanted}
    return {
        (a, b): (gradient[a].reshape(shapes[a] + (1,) * len(shapes[b])), block.array.reshape(shapes[a] + shapes[b]))
        for a, row in zip(done.wanted, blocks, strict=True)
        for b, block in zip(done.wanted, row, strict=True)
    }


def spectrum(
    blocks: Mapping[Place, Array],
    done: Run,
    rounding: Callable[[], Mapping[Place, Array]],
) -> Spectrum | None:
    """The spectrum of the matrix made of ``blocks``, None for a matrix without entries.

    ``rounding`` finds how far rounding can move the entries of blocks. An eigenvalue is moved by no more than the norm
    of what its matrix is moved by; what is no larger is 0 beside larger ones, and is never called negative.
    """

    def joined(blocks: Mapping[Place, Array]) -> Array:
        side = [(name, done.inputs[name].size) for name in done.wanted]
        return np.block([[blocks[a, b].reshape(rows, columns) for b, columns in side] for a, rows in side])

    matrix = joined(blocks)
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
    moved = rounding() if len(wide) <= MAX_MOVED or asymmetry > SYMMETRIC * size else {}
    known = joined({**{key: np.zeros(block.shape) for key, block in blocks.items()}, **moved})
    allowed = float(np.linalg.norm(np.where(known < LOST * max(size, 1.0), known, 0.0)))
    symmetric = asymmetry <= max(max(SYMMETRIC, 100 * precision) * size, allowed)
    if not symmetric or len(wide) > MAX_SIDE:
        return Spectrum(symmetric, asymmetry, None, None, None)
    found = np.linalg.eigvalsh((wide + wide.T) / 2)
    found[np.abs(found) <= max(len(wide) * precision * np.max(np.abs(found)), allowed)] = 0.0
    smallest, largest = float(np.min(np.abs(found))), float(np.max(np.abs(found)))
    words = definite(float(found[0]), float(found[-1])) + " within rounding" * (size > 0 and not largest)
    return Spectrum(symmetric, asymmetry, found, words, largest / smallest if smallest else float("inf"))


def definite(low: float, high: float) -> str:
    """What the smallest and the largest eigenvalue say."""
    if low == high == 0:
        return "zero"
    if low >= 0:
        return "positive definite" if low else "positive semidefinite"
    if high <= 0:
        return "negative definite" if high else "negative semidefinite"
    return "indefinite"
