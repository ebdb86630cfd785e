"""Values and gradients that are not finite: the first operation and element, why, and what to write instead."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from autograd_core.check.compare.comparison import first
from autograd_core.check.question import Question
from autograd_core.check.rewrites import rewrite
from autograd_core.check.witnesses.linear import adjoint
from autograd_core.errors import AutogradError
from autograd_core.expr.nodes import Call, Const, Expr, Var, topological
from autograd_core.expr.run import evaluate
from autograd_core.expr.text import write
from autograd_core.number_text import number_text
from autograd_core.ops.registry import op as ops
from autograd_core.report import Warning, index_text

Array = npt.NDArray[Any]
Index = tuple[int, ...]

CODE = "AG401"

DIVISIONS = (ops.div, ops.floor_divide, ops.remainder, ops.fmod)
LOGARITHMS = {ops.log: 0.0, ops.log2: 0.0, ops.log10: 0.0, ops.log1p: -1.0}
"""Where a logarithm begins."""


def explain(question: Question) -> list[Warning]:
    """A warning for a value that is not finite, and one for gradients that are not; none where all are."""
    value_bad = not np.isfinite(question.value).all()
    broken = [name for name in question.wanted if not np.isfinite(question.gradients[name]).all()]
    if not value_bad and not broken:
        return []
    nodes = topological([question.result])
    dtype = np.asarray(question.value).dtype
    try:
        values = {
            n: np.asarray(v) for n, v in evaluate([question.result], question.inputs, dtype=dtype, every=True).items()
        }
    except AutogradError:
        return []
    forward = _forward(nodes, values, question)
    found = []
    if value_bad or (forward is not None and broken):
        head = "the value of the result is not finite" if value_bad else _head(question, broken)
        found.append(Warning(CODE, f"{head}: {forward}" if forward else head))
    if broken and forward is None:
        backward = _backward(nodes, values, question)
        found.append(Warning(CODE, f"{_head(question, broken)}: {backward}" if backward else _head(question, broken)))
    return found


def _head(question: Question, broken: list[str]) -> str:
    """Which gradient entry is not finite, and how many more."""
    name = broken[0]
    gradient = np.asarray(question.gradients[name])
    bad = ~np.isfinite(gradient)
    index = first(bad)
    count = sum(int(np.count_nonzero(~np.isfinite(question.gradients[n]))) for n in broken)
    more = f" (and {count - 1} more)" if count > 1 else ""
    return f"the gradient of {name}{index_text(index)} is {number_text(gradient[index])}{more}"


def _forward(nodes: list[Expr], values: Mapping[Expr, Array], question: Question) -> str | None:
    """Where a value first stopped being finite, in words; None where all values are finite."""
    for node in nodes:
        bad = ~np.isfinite(values[node])
        if not bad.any():
            continue
        if isinstance(node, (Var, Const)):
            index = first(bad)
            name = node.name if isinstance(node, Var) else "a constant"
            return f"{name}{index_text(index)} is given as {number_text(values[node][index])}"
        assert isinstance(node, Call)
        operands = [values[o] for o in node.operands]
        fresh = bad
        for operand in operands:
            finite = np.isfinite(operand)
            fresh = fresh & (np.broadcast_to(finite, node.shape) if node.op.elementwise else finite.all())
        if not fresh.any():
            continue
        index = first(fresh)
        why = _why(node, operands, index, values[node][index])
        hint = rewrite(node, question.result, values)
        text = f"{write(node, most=60)} is {number_text(values[node][index])}{_at(index)}, {why}"
        return f"{text}; {hint}" if hint else text
    return None


def _why(node: Call, operands: Sequence[Array], index: Index, value: np.floating[Any]) -> str:
    """Why an operation gave no finite number at an entry for finite operands."""
    if not node.op.elementwise:
        return _overflow(value) if np.isinf(value) and overflows(node, operands) else "for there is no finite value"
    given = [float(np.broadcast_to(operand, node.shape)[index]) for operand in operands]
    op, x = node.op, given[0]
    if op in DIVISIONS and not given[1]:
        return "a division by 0" if x or op is not ops.div else "0/0"
    if op in LOGARITHMS and x <= LOGARITHMS[op]:
        bound = LOGARITHMS[op]
        return f"{op.name} of {number_text(x)}" if x == bound else f"{op.name} of a number below {number_text(bound)}"
    if op in (ops.sqrt, ops.rsqrt) and x < 0:
        return f"a square root of {number_text(x)}"
    if op in (ops.pow_scalar, ops.pow_tensor):
        exponent = given[1] if len(given) > 1 else float(node.params["exponent"])
        if x < 0 and np.isnan(value):
            return f"{number_text(x)} to a power that is not a whole number"
        if not x:
            return f"0 to a negative power, {number_text(exponent)}"
    shown = write(Call(node.op, tuple(Const(float(number_text(each))) for each in given), node.params))
    single = [np.asarray(each, dtype=value.dtype) for each in given]
    if np.isinf(value) and overflows(node, single):
        return f"{shown}, {_overflow(value)}"
    return f"{shown}, which has no finite value"


def _overflow(value: np.floating[Any]) -> str:
    return f"an overflow: the largest number of {value.dtype} is about {np.finfo(value.dtype).max:.2g}"


def _backward(nodes: list[Expr], values: Mapping[Expr, Array], question: Question) -> str | None:
    """Where a gradient first stopped being finite on the way back, in words."""
    pending: dict[Expr, Any] = {question.result: np.asarray(question.weights, dtype=np.float64)}
    for node in reversed(nodes):
        g = pending.pop(node, None)
        if g is None or not isinstance(node, Call):
            continue
        operands = [values[o] for o in node.operands]
        for position, operand in enumerate(node.operands):
            if not operand.depends or node.op.rule(position) is None:
                continue
            passed = adjoint(node, g, values[node], operands, position)
            if np.isfinite(g).all() and not np.isfinite(passed).all():
                return _slope(node, position, g, passed, values, question)
            with np.errstate(all="ignore"):
                pending[operand] = pending[operand] + passed if operand in pending else passed
    return None


def _slope(
    node: Call,
    position: int,
    g: Array,
    passed: Array,
    values: Mapping[Expr, Array],
    question: Question,
) -> str:
    """The words for one operation that passed on what is not finite."""
    index = first(~np.isfinite(passed))
    operands = [values[o] for o in node.operands]
    label = write(node.operands[position], most=40)
    label = f"({label})" if " " in label else label
    at = f" at {label}{index_text(index)} = {number_text(operands[position][index])}"
    text = f"the slope of {write(node, most=60)} is infinite{at}"
    incoming = np.broadcast_to(g, node.shape)
    slope = adjoint(node, np.ones(node.shape), values[node], operands, position)
    if np.isnan(slope[index]) and (cause := _within_slope(node, position, question)):
        return f"{write(node, most=60)} has no slope{at}: {cause}"
    if np.isfinite(slope[index]):
        text = f"what {write(node, most=60)} passes back overflows{at}"
    elif node.op.elementwise and incoming.shape == passed.shape and not incoming[index]:
        text += ", and 0 comes back to it: 0*inf is nan"
    hint = rewrite(node, question.result, values)
    return f"{text}; {hint}" if hint else text


def _within_slope(node: Call, position: int, question: Question) -> str | None:
    """Where the slope of an operation, written as an expression, first has no value; None where that is not found."""
    rule = node.op.rule(position, textbook=True)
    extra = {"operand": position} if node.op.variadic else {}
    try:
        assert rule is not None
        made = rule(Const(np.ones(node.shape)), node, *node.operands, **extra, **node.params)
        found = evaluate([made], question.inputs, dtype=np.asarray(question.value).dtype, every=True)
    except AutogradError:
        return None
    values = {each: np.asarray(value) for each, value in found.items()}
    return _forward(topological([made]), values, question)


def _at(index: Index) -> str:
    return f" at {index_text(index)}" if index else ""


MAX_SCALED = 10_000
"""Entries of an operation up to which it is carried out again on scaled operands."""

STEPS = 11
"""How often the power of 2 is doubled by which an operand is scaled: the last is beyond all floats."""


def overflows(node: Call, operands: Sequence[Array]) -> bool:
    """Whether a result that is infinite has a size: it grows to the largest float when an operand is scaled.

    The operands are finite; for an elementwise operation they may be those of one entry. Beside a pole the result is
    finite on both sides, and next to that of a logarithm it is small.
    """

    def size(position: int, power: float) -> float:
        """The size of the largest entry with one operand multiplied by a power of 2."""
        scale = operands[position].dtype.type(2.0 ** (power / 2))  # twice: the whole power may be no float
        moved = [operand * scale * scale if i == position else operand for i, operand in enumerate(operands)]
        return float(np.max(np.abs(node.op.forward(*moved, **node.params)), initial=0.0))

    def largest(position: int, side: int) -> float:
        """The size of the result where scaling up, or down, first makes it finite; 0 where it never does."""
        far = next((2.0**k for k in range(STEPS) if np.isfinite(size(position, side * 2.0**k))), 0)
        near = found = 0.0
        while far - near > 1 / 64:
            middle = (near + far) / 2
            there = size(position, side * middle)
            near, far, found = (near, middle, there) if np.isfinite(there) else (middle, far, found)
        return found

    if sum(operand.size for operand in operands) > MAX_SCALED:
        return False
    try:
        with np.errstate(all="ignore"):
            return any(
                largest(position, side) > np.sqrt(np.finfo(operand.dtype).max)
                and not np.isfinite(size(position, -side / 64))
                for position, operand in enumerate(operands)
                for side in (-1, 1)
                if operand.dtype.kind == "f" and np.any(operand)
            )
    except (AutogradError, ArithmeticError, ValueError, np.linalg.LinAlgError):
        return False
