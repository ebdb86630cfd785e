"""What the witnesses are asked, what they say together, and the engine's rule for one operand as they use it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from autograd_core.dataclass import dataclass
from autograd_core.expr.nodes import Call, Const, Expr, Var, topological
from autograd_core.expr.run import evaluate
from autograd_core.ops.arithmetic import detach
from autograd_core.ops.spec import Shape
from autograd_core.report import Check, Verdict
from autograd_core.request import tolerances

if TYPE_CHECKING:
    from autograd_core.run import Run

Array = npt.NDArray[np.floating[Any]]


@dataclass(frozen=True, slots=True)
class Question:
    """Everything a witness may look at: the expression, the numbers, and what the engine found. Never the tape.

    ``wanted`` names the inputs whose gradients are asked about. ``weights`` is v of v.J, summed over the backward
    passes that were accumulated, in the shape of the result. ``value`` and ``gradients`` are the engine's. Entries
    agree when they differ by no more than ``atol + rtol * size``. ``budget`` is in seconds. ``text`` is what the user
    typed, where there is one: with it the reading of the expression is checked too. ``place`` is where the user finds
    an entry of a gradient.
    """

    result: Expr
    variables: Mapping[str, Var]
    inputs: Mapping[str, Array]
    wanted: tuple[str, ...]
    weights: Array
    value: Array
    gradients: Mapping[str, Array]
    rtol: float
    atol: float
    budget: float
    text: str | None = None
    place: Callable[[tuple[int, ...]], tuple[Any, ...]] = tuple


def question_about(
    done: Run, result: Expr, value: Array, found: Mapping[str, Array], weights: Any = 1.0, text: str | None = None
) -> Question:
    """What the witnesses are asked about derivatives of ``result``, whose value is given, by the inputs they name.

    These are gradients, summed with weights, or blocks with the shape of the result before that of the input.
    """
    rtol, atol = tolerances(done.request)
    return Question(
        result=result,
        variables=done.program.variables,
        inputs=done.inputs,
        wanted=tuple(found),
        weights=np.broadcast_to(weights, result.shape),
        value=value,
        gradients=found,
        rtol=rtol,
        atol=atol,
        budget=done.request.check_budget,
        text=text,
    )


@dataclass(frozen=True, slots=True)
class Findings:
    """What the witnesses found: for each variable, and over all."""

    variables: Mapping[str, Check]
    verdict: Verdict


def with_constants(question: Question) -> Question:
    """The question with every detached value in place of its expression."""
    nodes = topological([question.result])
    detached: list[Expr] = [node for node in nodes if isinstance(node, Call) and node.op is detach]
    if not detached:
        return question
    values = evaluate(detached, question.inputs)
    (result,) = replaced([question.result], {node: Const(values[node]) for node in detached})
    return replace(question, result=result, text=None)


def replaced(roots: Sequence[Expr], instead: Mapping[Expr, Expr]) -> list[Expr]:
    """Expressions with others in the place of some of their nodes."""
    made = dict(instead)
    for node in topological(roots):
        if node not in made and isinstance(node, Call) and any(operand in made for operand in node.operands):
            made[node] = node.over(tuple([made.get(operand, operand) for operand in node.operands]))
    return [made.get(root, root) for root in roots]


def fit(g: Any, shape: Shape) -> Array:
    """What a rule returned, in the shape of the operand: summed over axes that were broadcast, or spread out."""
    array = np.asarray(g, dtype=np.float64)
    array = array.reshape((1,) * (len(shape) - array.ndim) + array.shape)
    lead = array.ndim - len(shape)
    axes = [lead + i for i, n in enumerate(shape) if n == 1 != array.shape[lead + i]]
    if lead or axes:
        array = np.add.reduce(array, axis=(*range(lead), *axes), keepdims=True)
    return np.broadcast_to(array.reshape(array.shape[lead:]), shape)


def adjoint(node: Call, g: Array, y: Array, operands: Sequence[Array], position: int) -> Array:
    """What one operand of an operation receives, by the engine's rule, in the operand's shape."""
    rule = node.op.rule(position)
    assert rule is not None
    whole = np.array(np.broadcast_to(g, node.shape))
    with np.errstate(all="ignore"):
        if node.op.variadic:
            made = rule(whole, y, *operands, operand=position, **node.params)
        else:
            made = rule(whole, y, *operands, **node.params)
    return fit(made, operands[position].shape)
