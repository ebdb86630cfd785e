"""The Jacobian of an expression by each of its inputs, and products with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from autograd_core.assumptions import Assumption, assumed
from autograd_core.check import Findings, Question, check, explain_nonfinite, find_kinks
from autograd_core.errors import UsageError
from autograd_core.expr.nodes import Const, Expr, Var
from autograd_core.expr.run import evaluate
from autograd_core.functional.matrices import jacobian_blocks
from autograd_core.matrices.formulas import Place, blocks_of
from autograd_core.matrices.forward import (
    directions,
    filled,
    first_order,
    forward,
    in_full,
    question_about,
    refuse_too_large,
    trace_of,
    what_was_run,
)
from autograd_core.matrices.report import Block, MatrixReport, Product
from autograd_core.matrices.witness import check_blocks
from autograd_core.phases import phase
from autograd_core.report import Check
from autograd_core.request import MatrixRequest
from autograd_core.run import Run

Array = npt.NDArray[np.floating]


@phase("rows of the Jacobian", "--product gives v.J or J.u without the matrix")
def jacobian(request: MatrixRequest) -> MatrixReport:
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
            "--product takes v for v.J, or NAME=u for J.u, and not both",
            code="AG104",
            hint="leave one of them out",
        )
    if request.cotangent is not None:
        product, findings = vector_jacobian(done, request)
        weights = next(iter(product.given.values()))
    elif request.tangents:
        product, findings = jacobian_vector(done, request)
        weights = np.ones(done.result.shape)
    else:
        blocks, findings = whole(done, request, assumptions)
        weights = np.ones(done.result.shape)
    question = first_order(done, request, weights, weighted(done, np.broadcast_to(weights, done.result.shape)))
    notes = [*explain_nonfinite(question), *find_kinks(question)]
    return MatrixReport(
        **what_was_run(done, request, assumptions, findings.verdict, notes), blocks=blocks, product=product
    )


def whole(done: Run, request: MatrixRequest, assumptions: Sequence[Assumption]) -> tuple[tuple[Block, ...], Findings]:
    """The blocks of the whole matrix."""
    refuse_too_large("Jacobian", done.result.array.size, done, request, "v.J or J.u")
    found = [block.array for block in jacobian_blocks(trace_of(done))[0]]
    arrays = dict(zip(done.wanted, found, strict=True))
    with phase("checking the matrix"):
        matrix = question_about(done, request, done.program.result, done.result.array, arrays)
        findings = check_blocks(matrix, request.check)
    checks: dict[Place, Check] = {(name,): check for name, check in findings.variables.items()}
    return blocks_of(done, request, {(name,): array for name, array in arrays.items()}, checks, assumptions), findings


def vector_jacobian(done: Run, request: MatrixRequest) -> tuple[Product, Findings]:
    """The product v.J for every wanted input."""
    assert request.cotangent is not None
    v = filled(request.cotangent, done.result.array, "--product", "the result")
    products = weighted(done, v)
    findings = check(first_order(done, request, v, products), request.check)
    return Product("v.J", {"v": v}, products, findings.variables), findings


def weighted(done: Run, v: Array) -> dict[str, Array]:
    """The gradient of the entries of the result summed with weights, by each wanted input."""
    return {name: in_full(g, done, name) for name, g in zip(done.wanted, trace_of(done).pull([v]), strict=True)}


def jacobian_vector(done: Run, request: MatrixRequest) -> tuple[Product, Findings]:
    """The product J.u, in the shape of the result."""
    given = directions(done, request)
    (pushed,) = trace_of(done).pushforward([given.get(name) for name in done.wanted])
    found = np.array(np.broadcast_to(0.0 if pushed is None else pushed, done.result.shape), dtype=done.result.dtype)
    matrix = along(done.program.result, done.result.array, found, given, done, request)
    with phase("checking the matrix"):
        findings = check_blocks(matrix, request.check)
    check = next(iter(findings.variables.values()))
    return Product("J.u", given, {"J.u": found}, {"J.u": check}, still(done, given)), findings


def still(done: Run, given: Mapping[str, Array]) -> tuple[str, ...]:
    """The wanted inputs that do not move along the u of a product."""
    return tuple(name for name in done.wanted if name not in given)


def along(
    result: Expr, value: Array, product: Array, given: Mapping[str, Array], done: Run, request: MatrixRequest
) -> Question:
    """The question about a product as a matrix of one column: the derivative of f(x + t*u) by t, where t is 0."""
    name = done.free_name("t")
    step = Var(name, ())
    moved = {each: var + step * given[each] if each in given else var for each, var in done.program.variables.items()}
    line = evaluate([result], moved)[result]
    return replace(
        question_about(done, request, line if isinstance(line, Expr) else Const(line), value, {name: product}),
        variables={**done.program.variables, name: step},
        inputs={**done.inputs, name: np.zeros(())},
    )
