"""Points at which an expression is not differentiable: found where the operations declare them, and named.

A comparison decides between two expressions, one on each side of the point where its operands are equal. There the
expression is computed with either outcome: it has a jump where the values differ, and a kink where the gradients do.
``corners`` are all that are met, ``Corner.reaching`` says which entries of operands matter there, ``crosses`` whether a
small step of an entry leaves one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from autograd_core.check.compare.comparison import first
from autograd_core.check.question import Question, replaced
from autograd_core.check.witnesses.linear import fit
from autograd_core.dataclass import dataclass
from autograd_core.errors import AutogradError
from autograd_core.expr.gradient import gradients
from autograd_core.expr.nodes import Call, Const, Expr, Var, topological
from autograd_core.expr.run import evaluate
from autograd_core.expr.text import write
from autograd_core.number_text import found_text, pair_texts
from autograd_core.ops.signature import reduced
from autograd_core.ops.spec import Kink
from autograd_core.phases import phase
from autograd_core.report import Warning, index_text

Array = npt.NDArray[Any]

CODE = "AG402"
SHOWN = 3
"""Elements that a warning names at most, and kinks that are warned about for one node."""

SLOPES_UP_TO = 100_000
"""Entries of an operand up to which one-sided derivatives are worked out."""


def movable(result: Expr) -> set[str]:
    """The inputs that a derivative passes to; others are labels, indices and conditions, and stay what they are."""
    passed: set[Expr] = {result}
    for node in reversed(topological([result])):
        if node in passed and isinstance(node, Call):
            passed.update(o for i, o in enumerate(node.operands) if node.op.rule(i) is not None)
    return {node.name for node in passed if isinstance(node, Var)}


def labels(result: Expr) -> set[str]:
    """The inputs that are class numbers or indices: whole numbers, between which there is nothing.

    No derivative passes to them, and an operation that is not entry by entry takes what they come to.
    """
    chosen: set[Expr] = set()
    for node in reversed(topological([result])):
        if node in chosen:
            chosen.update(node.operands)
        elif isinstance(node, Call) and not node.op.elementwise:
            chosen.update(operand for i, operand in enumerate(node.operands) if node.op.rule(i) is None)
    return {node.name for node in chosen if isinstance(node, Var)} - movable(result)


@dataclass(frozen=True, slots=True)
class Corner:
    """One kink at a node: ``mask`` marks entries of the result, or of the operand ``kink.over``.

    ``operands`` are the values of the node's operands. Where the node is a comparison, ``shown`` is the node that it
    decides about, and ``sides`` say in words what that is on either side; ``single`` says that the sides are alike and
    the point between them is another.
    """

    node: Call
    kink: Kink
    mask: Array
    operands: list[Array]
    shown: Call | None = None
    sides: str = ""
    single: bool = False

    @property
    def named(self) -> Call:
        """The node that a message names."""
        return self.node if self.shown is None else self.shown

    def reaching(self, cotangent: Array) -> list[Array | None]:
        """For each operand the entries at which the kink matters, None where it does not concern the operand."""
        node, over = self.node, self.kink.over
        arrives = np.broadcast_to((cotangent != 0) | is_constant(node), node.shape)
        found: list[Array | None] = []
        for position, operand in enumerate(node.operands):
            if (over is not None and position != over) or not (node.op.elementwise or arrives.any()):
                found.append(None)
            elif node.op.elementwise:
                found.append(fit((self.mask & arrives).astype(float), operand.shape) > 0)
            else:
                found.append(self.mask if self.mask.shape == operand.shape else self._slices(operand.shape))
        return found

    def _slices(self, shape: tuple[int, ...]) -> Array:
        """The entries of an operand that marked entries of a reduction are made of; all where that is not known."""
        try:
            kept = reduced(shape, self.node.params["axis"], True)
            return np.broadcast_to(self.mask.reshape(kept), shape)
        except (KeyError, ValueError, AutogradError):
            return np.ones(shape, dtype=bool)


def corners(question: Question) -> list[Corner]:
    """The kinks that are met at these numbers, on the way from a wanted input to the result."""
    nodes = topological([question.result])
    moved = set(question.wanted) - labels(question.result)
    reached: set[Expr] = {node for node in nodes if isinstance(node, Var) and node.name in moved}
    for node in nodes:
        if any(operand in reached for operand in node.operands):
            reached.add(node)
    met = [node for node in nodes if isinstance(node, Call) and node in reached]
    sharp = [node for node in met if possible_kinks(node)]
    compared = [node for node in met if node.op.group == "comparison"]
    roots = list({operand: None for node in (*sharp, *compared) for operand in node.operands})
    if not roots:
        return []
    try:
        found = evaluate(roots, question.inputs, dtype=np.asarray(question.value).dtype)
    except AutogradError:
        return []
    values = {node: np.asarray(value) for node, value in found.items()}
    return [corner for node in sharp for corner in declared(node, values)] + _decided(question, compared, values)


def declared(node: Call, values: Mapping[Expr, Array]) -> Iterator[Corner]:
    """The kinks that an operation declares and that are met."""
    for kink in possible_kinks(node):
        mask = _met(node, kink, values)
        if mask.any():
            yield Corner(node, kink, mask, [values[operand] for operand in node.operands])


def _met(node: Call, kink: Kink, values: Mapping[Expr, Any]) -> Array:
    """Marks the entries at a kink, of the operand that it is over where that has them all, else of the result."""
    operands = [np.asarray(values[operand]) for operand in node.operands]
    with np.errstate(all="ignore"):
        mask = np.asarray(kink.where(*operands, **node.params), dtype=bool)
    shape = node.shape if kink.over is None else operands[kink.over].shape
    return np.broadcast_to(mask, shape) if np.broadcast_shapes(mask.shape, shape) == shape else mask


DECIDED = Kink(where=np.equal, choice="the slope of the branch that is taken")
"""The kink of a comparison."""


def _decided(question: Question, compared: Sequence[Call], values: Mapping[Expr, Array]) -> list[Corner]:
    """The comparisons of equal numbers whose outcome matters: for the value of the result, or for its gradient."""
    alike: dict[tuple[str, ...], list[Call]] = {}  # what compares the same two changes its outcome together
    for node in compared:
        if np.any(values[node.operands[0]] == values[node.operands[1]]):
            alike.setdefault(tuple(sorted(write(operand, most=400) for operand in node.operands)), []).append(node)
    if not alike:
        return []
    seed = Const(np.broadcast_to(question.weights, question.result.shape))
    by_variable = gradients(question.result, seed, exact=True)
    wanted = [grad for variable, grad in by_variable.items() if variable.name in question.wanted]
    found = []
    for nodes in alike.values():
        below, above = (_settled(nodes, values, upper) for upper in (False, True))
        try:
            ways = [either([question.result, *wanted], way, question.inputs) for way in (below, above, {})]
        except AutogradError:
            continue
        sided = any(_apart(one, other) for one, other in zip(*ways[:2], strict=True))
        if sided or any(_apart(one, other) for one, other in zip(*ways[1:], strict=True)):
            node = nodes[0]
            mask = _met(node, DECIDED, values)
            shown = _decides_about(node, question.result)
            jumps = _apart(ways[0][0], ways[1][0]) or _apart(ways[1][0], ways[2][0])
            sides = _sides(shown, node, mask, below, above, question, jumps=jumps)
            operands = [values[operand] for operand in node.operands]
            found.append(Corner(node, DECIDED, mask, operands, shown, sides, not sided))
    return found


def _settled(nodes: Sequence[Call], values: Mapping[Expr, Array], upper: bool) -> dict[Expr, Array]:
    """What comparisons of the same two say where the first one's first operand is a little larger, or smaller."""
    first = write(nodes[0].operands[0], most=400)
    found: dict[Expr, Array] = {}
    for node in nodes:
        a, b = (values[operand] for operand in node.operands)
        larger = upper == (write(node.operands[0], most=400) == first)
        with np.errstate(all="ignore"):
            outcome = node.op.forward(1.0, 0.0) if larger else node.op.forward(0.0, 1.0)
            here = np.asarray(node.op.forward(a, b), dtype=np.float64)
        found[node] = np.where(a == b, float(outcome), here)
    return found


def either(roots: Sequence[Expr], settled: Mapping[Expr, Array], inputs: Mapping[str, Array]) -> list[Array]:
    """The values of expressions in which some nodes are replaced by numbers."""
    wanted = replaced(roots, {node: Const(array) for node, array in settled.items()})
    found = evaluate(wanted, {name: np.asarray(array, dtype=np.float64) for name, array in inputs.items()})
    return [np.asarray(found[root], dtype=np.float64) for root in wanted]


def _apart(one: Array, other: Array) -> bool:
    """Whether two arrays differ by more than rounding in an entry that is a number in both."""
    with np.errstate(all="ignore"):
        size = np.maximum(np.maximum(np.abs(one), np.abs(other)), 1e-300)
        differ = ~(np.abs(one - other) <= 1e-9 * size) & (one != other)
    return bool(np.any(differ & ~np.isnan(one) & ~np.isnan(other)))


def _decides_about(comparison: Call, result: Expr) -> Call:
    """The first operation above a comparison in which it meets a slope, as in a choice or a product; else the first."""
    inside: set[Expr] = {comparison}
    carrying: set[Expr] = set()  # a derivative comes through
    first: Call | None = None
    for node in topological([result]):
        if not isinstance(node, Call):
            if node.depends:
                carrying.add(node)
            continue
        slopes = [o for i, o in enumerate(node.operands) if o in carrying and node.op.rule(i) is not None]
        if slopes:
            carrying.add(node)
        if any(operand in inside for operand in node.operands):
            decided = any(o in inside and node.op.rule(i) is None for i, o in enumerate(node.operands))
            if decided or any(operand not in inside for operand in slopes):
                return node
            first = node if first is None else first
            inside.add(node)
    return comparison if first is None else first


def _sides(
    shown: Call,
    node: Call,
    mask: Array,
    below: Mapping[Expr, Array],
    above: Mapping[Expr, Array],
    question: Question,
    *,
    jumps: bool,
) -> str:
    """What an operation is on either side of a comparison at the first entry where that decides, in words."""
    left, right = "below", "above"
    variable = next((operand for operand in node.operands if isinstance(operand, Var) and operand.depends), None)
    if variable is not None:
        left, right = "on the left", "on the right"
        if variable is node.operands[1]:
            below, above = above, below
    index = first(mask)
    roots: list[Expr] = [shown]
    if not jumps:
        slopes = gradients(shown, Const(np.ones(shown.shape)), exact=True)
        roots = [grad for each, grad in slopes.items() if each is variable]
    ways = [either(roots, way, question.inputs) for way in (below, above)] if roots else [[], []]
    found = [float(way[0][index]) for way in ways if way and way[0].shape == mask.shape]
    if len(found) < 2 or (jumps and found[0] == found[1]):
        return "; it jumps there" if jumps else ""
    one, other = pair_texts(found[0], found[1])
    return f"; it jumps from {one} {left} to {other} {right}" if jumps else f"; slopes {one} {left}, {other} {right}"


def possible_kinks(node: Call) -> list[Kink]:
    """The kinks that the parameters of a node do not rule out; then its operands need not be computed again."""
    return [kink for kink in node.op.kinks if kink.possible is None or kink.possible(**node.params)]


def crosses(question: Question, met: Sequence[Corner], name: str, index: tuple[int, ...]) -> bool:
    """Whether moving one entry a little, either way, leaves a kink that is met, or takes a step to another.

    No derivative of the expression is used. A step, as of ``floor``, that so small a move leaves is no longer than the
    differences of values look.
    """
    nodes = topological([question.result])
    steps = [node for node in nodes if isinstance(node, Call) and node.depends and is_constant(node)]
    roots = list(dict.fromkeys([*steps, *[operand for corner in met for operand in corner.node.operands]]))
    try:
        here = evaluate(steps, question.inputs)
        for side in (1, -1):
            moved = np.array(question.inputs[name], dtype=np.float64)
            moved[index] += side * 1e-6 * max(abs(float(moved[index])), 1.0)
            there = evaluate(roots, {**question.inputs, name: moved})
            if any(not np.array_equal(there[node], here[node], equal_nan=True) for node in steps):
                return True
            if any(np.any(corner.mask & ~_met(corner.node, corner.kink, there)) for corner in met):
                return True
    except (AutogradError, ArithmeticError, ValueError):
        return True
    return False


def is_constant(node: Call) -> bool:
    """Whether an operation is constant between jumps, which matter where nothing comes back, too: its rules give 0."""
    if not node.op.elementwise:
        return False
    ones = [np.ones(operand.shape) for operand in node.operands]
    with np.errstate(all="ignore"):
        found = [rule(np.float64(1), np.ones(()), *ones, **node.params) for rule in node.op.vjps if rule is not None]
    return all(type(each) is float and each == 0 for each in found)


@phase("looking for kinks")
def find_kinks(question: Question) -> list[Warning]:
    """A warning for each kink that is met: the node, the elements, the slopes on both sides, and the choice made."""
    return [Warning(CODE, describe_kink(corner)) for corner in corners(question)]


def describe_kink(corner: Corner) -> str:
    """A kink in words."""
    node, kink = corner.named, corner.kink
    count = int(np.count_nonzero(corner.mask))
    indices = [tuple(int(i) for i in index) for index in np.argwhere(corner.mask)[:SHOWN] if index.size]
    places = ", ".join(map(index_text, indices))
    more = f" and {count - len(indices)} more" if count > len(indices) and indices else ""
    shapes = [operand.shape for operand in node.operands]
    name = node.op.node_name(shapes, node.params) or node.op.name
    at = f" at {places}{more}" if places else ""
    slopes = corner.sides
    if corner.shown is None and (sides := one_sided(corner)) and sides[0] != sides[1]:
        slopes = f"; slopes {sides[0]} on the left, {sides[1]} on the right"
    head = "is another branch at this point alone" if corner.single else "has no derivative"
    return f"{write(node, most=60)} ({name}) {head}{at}: taken there is {kink.choice}{slopes}"


def one_sided(corner: Corner) -> tuple[str, str] | None:
    """The slopes left and right of the first marked entry, in words; None where there is no single operand to move."""
    over = corner.kink.over
    if over is None:
        free = [position for position, operand in enumerate(corner.node.operands) if operand.depends]
        over = free[0] if len(free) == 1 and corner.node.op.elementwise else None
    if over is None:
        return None
    x = corner.operands[over]
    if x.size > SLOPES_UP_TO or corner.mask.shape != x.shape:
        return None
    return _slope(corner, over, -1.0), _slope(corner, over, 1.0)


def _slope(corner: Corner, over: int, side: float) -> str:
    """The derivative of the sum of the results as the first entry moves to one side, extrapolated from two steps."""
    index, op, params = first(corner.mask), corner.node.op, corner.node.params
    operands = [np.array(operand, dtype=np.float64) for operand in corner.operands]
    x = float(operands[over][index])
    slopes = []
    with np.errstate(all="ignore"):
        before = np.asarray(op.forward(*operands, **params))
        for h in (2e-6, 1e-6):
            step = side * h * max(abs(x), 1.0)
            operands[over][index] = x + step
            try:
                after = np.asarray(op.forward(*operands, **params))
            except AutogradError:
                return "none"
            # Another entry may have no value: that is not this one's slope.
            slopes.append(float(np.sum(np.where(np.isfinite(before), after - before, 0.0))) / step)
    if not np.isfinite(slopes).all():
        return "none"
    if abs(slopes[1]) > 1.2 * abs(slopes[0]) and abs(slopes[1]) > 1e3:
        return "infinite" if abs(slopes[1]) < 1.9 * abs(slopes[0]) else "none (a jump)"
    return found_text(2 * slopes[1] - slopes[0])
