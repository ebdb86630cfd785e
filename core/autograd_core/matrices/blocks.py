"""Jacobians by each input, Hessians by each pair of inputs and what they are like, and products with both.

Besides, derivatives of any order of a number by numbers: d²f/dx², d³f/dx²dy.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from autograd_core.assumptions import Assumption, assumed
from autograd_core.check import Findings, Question, check, explain_nonfinite, find_kinks
from autograd_core.check.compare.comparison import summed
from autograd_core.check.question import question_about
from autograd_core.errors import GradientError, LimitError, UsageError
from autograd_core.expr.nodes import Expr
from autograd_core.expr.run import evaluate
from autograd_core.functional.matrices import hessian_blocks, jacobian_blocks
from autograd_core.functional.trace import Trace
from autograd_core.limits import MAX_ORDER
from autograd_core.matrices.check import (
    by_sympy,
    check_blocks,
    check_parts,
    check_second,
    derived_along,
    of_gradient,
    parts_of_second,
    rounding,
)
from autograd_core.matrices.formulas import blocks_of, formulas_of
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
from autograd_core.matrices.report import Block, HessianReport, MatrixReport, Order, OrdersReport, Product, Spectrum
from autograd_core.ops.registry import op
from autograd_core.phases import phase
from autograd_core.report import Check, Verdict, shape_text
from autograd_core.request import Request
from autograd_core.run import Run, need_one_number
from autograd_core.symbolic.worker import Clock

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
        of_gradient(done.program.result, done.inputs, done.wanted).values(),
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
    with np.errstate(over="ignore"):  # norm scales what overflows
        allowed = float(op.norm(np.where(known < LOST * max(size, 1.0), known, 0.0)))
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


@phase("derivatives of derivatives")
def derivatives(request: Request, path: Place) -> OrdersReport:
    """Read the expression, differentiate it by the inputs of ``path`` one after the other, and check every step.

    Raises what ``run`` raises; GradientError for a result or an input of several entries, LimitError for a high order.
    """
    if len(path) > MAX_ORDER:
        raise LimitError(f"a derivative of order {len(path)} is too high; the limit is {MAX_ORDER}", code="AG801")
    assumptions = assumed(request.assume, request.values)
    done = forward(replace(request, requires_grad=frozenset(path)))
    single(done, path)
    steps = derived_along(done.program.result, done.inputs, path)
    found = numbers_of(steps, done, done.inputs)
    first = first_order(done, np.ones(()), {path[0]: found[path[:1]]})
    higher, checks, verdict, notes = at_kinks(
        first,
        in_pairs(found),
        lambda inputs: in_pairs(numbers_of(steps, done, inputs)),
        lambda compared: checked(done, first, {path[:1]: found[path[:1]], **compared}, steps),
        [*steps.values()][:-1],
    )
    found.update(higher)
    formulas = formulas_of(done, found, assumptions) if request.formula else dict.fromkeys(found, (None, None))
    rows = tuple([Order(place, data, *formulas[place], checks[place]) for place, data in found.items()])
    notes = [*find_kinks(replace(first, wanted=path[:1])), *notes]
    return OrdersReport(**what_was_run(done, assumptions, verdict, notes), derivatives=rows)


def numbers_of(steps: Mapping[Place, Expr], done: Run, inputs: Mapping[str, Array]) -> dict[Place, Array]:
    """The values of derivatives at some inputs."""
    values = evaluate([*steps.values()], inputs, dtype=done.result.dtype)
    return {place: np.asarray(values[step]) for place, step in steps.items()}


def in_pairs(found: Mapping[Place, Array]) -> dict[Place, tuple[Array, Array]]:
    """The derivatives of higher orders, each with the one that it is made of."""
    return {
        steps: (found[steps[:-1]].reshape(higher.shape), higher) for steps, higher in found.items() if len(steps) > 1
    }


def single(done: Run, path: Place) -> None:
    """Raise GradientError where the result or an input has several entries."""
    why = "of several numbers they are matrices"
    need_one_number(done, "higher orders are for a single number", why=why, hint="jacobian shows all first derivatives")
    for name in path:
        if done.inputs[name].size != 1:
            raise GradientError(
                f"{name} has shape {shape_text(done.inputs[name].shape)}: higher orders are by single numbers",
                code="AG201",
                why=f"the second derivatives by {name} are a matrix",
                hint="hessian shows all second derivatives",
            )


@phase("checking the derivatives")
def checked(
    done: Run, first: Question, found: Mapping[Place, Array], steps: Mapping[Place, Expr]
) -> tuple[dict[Place, Check], Verdict]:
    """What the witnesses say of each derivative; where SymPy cannot differentiate them all, each of the one before."""
    method, path = done.request.check, list(found)[-1]
    clock = Clock(done.request.check_budget)
    question = replace(first, wanted=tuple(dict.fromkeys(path)))
    expr, before = done.program.result, done.result.array
    parts: dict[Place, Question] = {}
    for place, data in found.items():
        parts[place[:-1]] = question_about(done, expr, before, {place[-1]: data.reshape(expr.shape + data.shape)})
        expr, before = steps[place], data
    checks = by_sympy(method, question, clock, path, parts)
    if checks is not None:
        return checks, summed(checks.values(), first.rtol, first.atol)
    return check_parts(question, clock, method, parts)
