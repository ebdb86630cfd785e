"""Values and gradients that are not finite: the first operation and element, why, and what to write instead.

The latter is found by the form of the expression (``rewrite``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

import numpy as np
import numpy.typing as npt

from autograd_core.check.compare.comparison import first
from autograd_core.check.question import Question, adjoint, replaced
from autograd_core.errors import AutogradError
from autograd_core.expr.build import parse
from autograd_core.expr.gradient import gradients
from autograd_core.expr.nodes import Call, Const, Expr, Var, topological
from autograd_core.expr.run import evaluate
from autograd_core.expr.text import write
from autograd_core.number_text import number_text
from autograd_core.ops.registry import op as ops
from autograd_core.ops.spec import OpSpec
from autograd_core.report import Warning, index_text

Array = npt.NDArray[Any]
Index = tuple[int, ...]
Values = Mapping[Expr, Array]

CODE = "AG401"


def explain(question: Question) -> list[Warning]:
    """A warning for a value that is not finite, and one for gradients that are not."""
    value_bad = not np.isfinite(question.value).all()
    broken = [name for name in question.wanted if not np.isfinite(question.gradients[name]).all()]
    nodes = topological([question.result])
    dtype = np.asarray(question.value).dtype
    computed = evaluate([question.result], question.inputs, dtype=dtype, every=True)
    values = {node: np.asarray(value) for node, value in computed.items()}
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


def _forward(nodes: list[Expr], values: Values, question: Question) -> str | None:
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
        hint = rewrite(node, question, values)
        at = f" at {index_text(index)}" if index else ""
        text = f"{write(node, most=60)} is {number_text(values[node][index])}{at}, {why}"
        return f"{text}; {hint}" if hint else text
    return None


def _why(node: Call, operands: Sequence[Array], index: Index, value: np.floating[Any]) -> str:
    """Why an operation gave no finite number at an entry for finite operands."""
    if not node.op.elementwise:
        return _overflow(value) if np.isinf(value) and overflows(node, operands) else "for there is no finite value"
    given = [float(np.broadcast_to(operand, node.shape)[index]) for operand in operands]
    op, x = node.op, given[0]
    shown = write(Call(op, tuple(Const(float(number_text(each))) for each in given), node.params))
    if given[1:] == [0] and all(np.isfinite(op.forward(x, near, **node.params)) for near in (-1.0, 1.0)):
        return "a division by 0" if x else shown
    if op in (ops.pow_scalar, ops.pow_tensor):
        exponent = given[1] if len(given) > 1 else float(node.params["exponent"])
        if x < 0 and np.isnan(value):
            root = f"; cbrt({write(node.operands[0], most=MOST)}) is the real root of negative numbers too"
            return f"{number_text(x)} to a power that is not a whole number{root * (abs(exponent * 3 - 1) < 1e-9)}"
    single = [np.asarray(each, dtype=value.dtype) for each in given]
    if np.isinf(value) and overflows(node, single):
        return f"{shown}, {_overflow(value)}"
    if len(given) == 1 and not op.params and (end := end_of_domain(op, x)) is not None:
        side = "" if x == end else f"a number {'below' if x < end else 'above'} "
        return f"{op.name} of {side}{number_text(end)}"
    return f"{shown}, which has no finite value"


def end_of_domain(op: OpSpec, x: float) -> float | None:
    """Where the values of a function end on the way to ``x``, beyond which there are none: 0 for a logarithm."""

    def known(at: float) -> bool:
        with np.errstate(all="ignore"):
            return bool(np.isfinite(op.forward(np.float64(at))))

    inside, outside = sum(op.domain[0]) / 2, x
    if not np.isfinite(x) or known(x + (x - inside) / 1e6):
        return None
    while (middle := (inside + outside) / 2) not in (inside, outside):
        inside, outside = (middle, outside) if known(middle) else (inside, middle)
    return round(outside, 9) + 0.0


def _overflow(value: np.floating[Any]) -> str:
    return f"an overflow: the largest number of {value.dtype} is about {np.finfo(value.dtype).max:.2g}"


def _backward(nodes: list[Expr], values: Values, question: Question) -> str | None:
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


def _slope(node: Call, position: int, g: Array, passed: Array, values: Values, question: Question) -> str:
    """The words for one operation that passed on what is not finite."""
    index = first(~np.isfinite(passed))
    operands = [values[o] for o in node.operands]
    label = write(node.operands[position], most=40)
    label = f"({label})" if " " in label else label
    at = f" at {label}{index_text(index)} = {number_text(operands[position][index])}"
    text = f"the slope of {write(node, most=60)} is infinite{at}"
    incoming = np.broadcast_to(g, node.shape)
    slope = adjoint(node, np.ones(node.shape), values[node], operands, position)
    if np.isnan(slope[index]):
        text = f"{write(node, most=60)} has no slope{at}"
        if cause := _within_slope(node, position, question):
            return f"{text}: {cause}"
    elif np.isfinite(slope[index]):
        text = f"what {write(node, most=60)} passes back overflows{at}"
    elif node.op.elementwise and incoming.shape == passed.shape and not incoming[index]:
        text += ", and 0 comes back to it: 0*inf is nan"
    hint = rewrite(node, question, values)
    return f"{text}; {hint}" if hint else text


def _within_slope(node: Call, position: int, question: Question) -> str | None:
    """Where the slope of an operation, written as an expression, first has no value; None where that is not found."""
    rule = node.op.rule(position, textbook=True)
    extra = {"operand": position} if node.op.variadic else {}
    with suppress(AutogradError):
        assert rule is not None
        made = rule(Const(np.ones(node.shape)), node, *node.operands, **extra, **node.params)
        found = evaluate([made], question.inputs, dtype=np.asarray(question.value).dtype, every=True)
        values = {each: np.asarray(value) for each, value in found.items()}
        return _forward(topological([made]), values, question)
    return None


MAX_SCALED = 1_000
"""Entries of an operation up to which it is carried out again on scaled operands."""

LARGE = 1e100
"""Size of a result that was infinite, and is finite and as large as this where an operand is scaled, at the least."""


def overflows(node: Call, operands: Sequence[Array]) -> bool:
    """Whether a result that is infinite has a size: halving or doubling an operand first makes a large number of it.

    The operands are finite; for an elementwise operation they may be those of one entry. Beside a pole, and next to
    that of a logarithm, the result is small.
    """
    if sum(operand.size for operand in operands) > MAX_SCALED:
        return False
    for position, operand in enumerate(operands):
        for factor in (0.5, 2.0) if operand.dtype.kind == "f" and np.any(operand) else ():
            moved = list(operands)
            size = np.inf
            with np.errstate(all="ignore"), suppress(AutogradError, ArithmeticError, np.linalg.LinAlgError):
                while size == np.inf and np.isfinite(moved[position]).all() and np.any(moved[position]):
                    moved[position] = moved[position] * operand.dtype.type(factor)
                    size = float(np.max(np.abs(node.op.forward(*moved, **node.params)), initial=0.0))
            if LARGE < size < np.inf:
                return True
    return False


MOST = 60
"""Characters of an operand in a suggestion."""

WHOLE = 200
"""Characters up to which a part of an expression is suggested as a whole."""


def rewrite(culprit: Expr, question: Question, values: Values) -> str | None:
    """What to write instead of a part of the result that holds ``culprit``; None where nothing is known.

    ``values`` are those of all nodes.
    """
    result = question.result
    holding = [node for node in topological([result]) if node.depends]
    inside: set[Expr] = {culprit}
    for node in holding:
        if any(operand in inside for operand in node.operands):
            inside.add(node)
    calls = [node for node in holding if node in inside and isinstance(node, Call)]
    for node in calls:
        if (found := _where(node, culprit, question, values)) is not None:
            return found
    for pattern, advice in ADVICE.items():
        form = parse(pattern, {"u": np.ones(3), "w": np.ones(3)}).result
        for node in calls:
            if (bound := matched(form, node)) is not None:
                return advice.format(**{name: write(each, most=MOST) for name, each in bound.items()})
    return None


ADVICE = {
    "log(softmax(u))": "log_softmax({u}) is exact",
    "log(sigmoid(u))": "logsigmoid({u}) is exact",
    "log(sum(exp(u)))": "logsumexp({u}) does not overflow",
    "log(1 + exp(u))": "softplus({u}) does not overflow",
    "log(exp(u) + 1)": "softplus({u}) does not overflow",
    "1/(1 + exp(-u))": "sigmoid({u}) does not overflow",
    "1/(exp(-u) + 1)": "sigmoid({u}) does not overflow",
    "1/(1 + exp(u))": "sigmoid(-({u})) does not overflow",
    "1/(exp(u) + 1)": "sigmoid(-({u})) does not overflow",
    "exp(u)/sum(exp(u))": "softmax({u}) does not overflow",
    "sin(u)/u": "sinc({u}/pi) is right at 0 too",
    "sqrt(sum(u**2))": "norm({u}) has gradient 0 at 0",
    "sqrt(sum(square(u)))": "norm({u}) has gradient 0 at 0",
    "sqrt(sum(u*u))": "norm({u}) has gradient 0 at 0",
    "u*log(w)": "xlogy({u}, {w}) is 0 where the factor is",
    "log(w)*u": "xlogy({u}, {w}) is 0 where the factor is",
}
"""What to write in place of a form, whatever the axes of its sums; the first form that occurs anywhere is taken."""


LONG = 10_000
"""Characters that are compared of two expressions: written out they may have no end."""


def matched(form: Expr, node: Expr) -> dict[str, Expr] | None:
    """What the names in a form stand for where a node has that form, None where it has another."""
    bound: dict[str, Expr] = {}
    pairs = [(form, node)]
    while pairs:
        one, other = pairs.pop()
        if isinstance(one, Var):
            known = bound.setdefault(one.name, other)
            same = known is other or write(known, most=LONG) == write(other, most=LONG)
        elif isinstance(one, Call) and isinstance(other, Call):
            same = one.op is other.op and one.params.get("exponent") == other.params.get("exponent")
            pairs += zip(one.operands, other.operands, strict=True) if same else ()
        else:
            same = isinstance(one, Const) and isinstance(other, Const) and np.array_equal(one.value, other.value)
        if not same:
            return None
    return bound


def _where(node: Call, culprit: Expr, question: Question, values: Values) -> str | None:
    """A branch that is not taken is computed all the same: arguments of ``culprit`` are 1 where it is not taken.

    One argument where that makes value and gradients finite and changes no entry, else all.
    """
    if node.op is not ops.where or not isinstance(culprit, Call):
        return None
    condition, *branches = node.operands
    position = next((i for i, branch in enumerate(branches) if culprit in set(topological([branch]))), None)
    moving = [i for i, operand in enumerate(culprit.operands) if operand.depends]
    for places in [*([i] for i in moving), moving] if position is not None else ():
        operands = list(culprit.operands)
        for i in places:
            chosen = (operands[i], Const(1.0)) if position == 0 else (Const(1.0), operands[i])
            operands[i] = Call(node.op, (condition, *chosen), {})
        safe: dict[Expr, Expr] = {culprit: Call(culprit.op, tuple(operands), culprit.params)}
        made, whole = replaced([node, question.result], safe)
        text = write(made, most=WHOLE)
        with suppress(AutogradError, ValueError):
            slopes = gradients(whole, Const(np.ones(whole.shape)), exact=True)
            dtype = np.asarray(question.value).dtype
            found = evaluate([made, whole, *slopes.values()], question.inputs, dtype=dtype)
            finite = all(np.isfinite(each).all() for each in found.values())
            if finite and np.array_equal(found[made], values[node]) and not text.endswith("..."):
                return f"both branches of where are computed: write {text}"
    return None
