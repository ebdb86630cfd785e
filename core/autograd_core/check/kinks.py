"""Points at which an expression is not differentiable: found where the operations declare them, and named.

A comparison decides between two expressions, one on each side of the point where its operands are equal. There the
expression is computed with either outcome: it has a jump where the values differ, and a kink where the gradients do.
``corners`` are all that are met, ``Corner.reaching`` says which entries of operands matter there, ``crosses`` whether a
small step of an entry leaves or meets one; ``points_around`` are where claims and higher derivatives are looked at.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from autograd_core.check.compare.comparison import first
from autograd_core.check.question import Question, fit
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
    decides about, and ``jumps`` says that the value of the result is another on either side; ``single`` that the sides
    are alike and the point between them is another.
    """

    node: Call
    kink: Kink
    mask: Array
    operands: list[Array]
    shown: Call | None = None
    jumps: bool = False
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


def sharp(result: Expr, wanted: Collection[str]) -> list[Call]:
    """The operations on the way from a wanted input to the result at which there may be a kink, operands first."""
    nodes = topological([result])
    if not any(isinstance(node, Call) and two_sided(node) for node in nodes):
        return []
    moved = set(wanted) - labels(result)
    reached: set[Expr] = set()
    for node in nodes:
        if (isinstance(node, Var) and node.name in moved) or any(operand in reached for operand in node.operands):
            reached.add(node)
    return [node for node in nodes if isinstance(node, Call) and node in reached and two_sided(node)]


def corners(question: Question) -> list[Corner]:
    """The kinks that are met at these numbers, on the way from a wanted input to the result."""
    nodes = sharp(question.result, question.wanted)
    roots = list({operand: None for node in nodes for operand in node.operands})
    try:
        found = evaluate(roots, question.inputs, dtype=np.asarray(question.value).dtype) if roots else {}
    except AutogradError:
        return []
    return met(nodes, {node: np.asarray(value) for node, value in found.items()}, question)


def met(nodes: Sequence[Call], values: Mapping[Expr, Array], question: Question) -> list[Corner]:
    """The kinks that are met at sharp ``nodes``, of which the values of the operands are known."""
    compared = [node for node in nodes if node.op.group == "comparison"]
    return [corner for node in nodes for corner in declared(node, values)] + _decided(question, compared, values)


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
        below, above = (_settled(nodes, values, side) for side in (-1, 1))
        try:
            ways = [either([question.result, *wanted], way, question.inputs) for way in (below, above, {})]
        except AutogradError:
            continue
        sided = any(_apart(one, other) for one, other in zip(*ways[:2], strict=True))
        if sided or any(_apart(one, other) for one, other in zip(*ways[1:], strict=True)):
            node = nodes[0]
            mask = _met(node, DECIDED, values)
            operands = [values[operand] for operand in node.operands]
            jumps = _apart(ways[0][0], ways[1][0]) or _apart(ways[1][0], ways[2][0])
            shown = _decides_about(node, question.result)
            found.append(Corner(node, DECIDED, mask, operands, shown, jumps, not sided))
    return found


def _settled(nodes: Sequence[Call], values: Mapping[Expr, Array], side: int) -> dict[Expr, Array]:
    """What comparisons of the same two say where the first one's first operand is a little larger, or smaller."""
    first = write(nodes[0].operands[0], most=400)
    found: dict[Expr, Array] = {}
    for node in nodes:
        a, b = (values[operand] for operand in node.operands)
        way = side if write(node.operands[0], most=400) == first else -side
        with np.errstate(all="ignore"):
            found[node] = np.asarray(node.op.forward(np.where(a == b, way, a - b), 0.0), dtype=np.float64)
    return found


def either(roots: Sequence[Expr], settled: Mapping[Expr, Array], inputs: Mapping[str, Array]) -> list[Array]:
    """The values of expressions where those of some nodes are given."""
    floats = {name: np.asarray(array, dtype=np.float64) for name, array in inputs.items()}
    found = evaluate(roots, floats, known=settled)
    return [np.asarray(found[root], dtype=np.float64) for root in roots]


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
        rules = [] if node.op is None else [node.op.rule(i) for i in range(len(node.operands))]
        slopes = [o for o, rule in zip(node.operands, rules, strict=True) if o in carrying and rule is not None]
        if slopes or isinstance(node, Var):
            carrying.add(node)
        met = [rule for o, rule in zip(node.operands, rules, strict=True) if o in inside]
        if isinstance(node, Call) and met:
            if None in met or any(operand not in inside for operand in slopes):
                return node
            first = node if first is None else first
            inside.add(node)
    return comparison if first is None else first


def two_sided(node: Call) -> bool:
    """Whether an operation is one thing on one side and another thing on the other: it compares, or declares a kink."""
    return node.op.group == "comparison" or bool(possible_kinks(node))


def possible_kinks(node: Call) -> list[Kink]:
    """The kinks that the parameters of a node do not rule out; then its operands need not be computed again."""
    return [kink for kink in node.op.kinks if kink.possible is None or kink.possible(**node.params)]


def points_around(
    inputs: Mapping[str, Array], names: Sequence[str], step: float, directions: int
) -> Iterator[dict[str, Array]]:
    """Points on both sides of a point: each entry of the named inputs moved by up to ``step`` of its size.

    An entry that is 0 has the size of the largest of all.
    """
    rng = np.random.default_rng(3)
    floats = {name: np.asarray(array, dtype=np.float64) for name, array in inputs.items()}
    largest = max([float(np.max(np.abs(floats[name]), initial=0.0)) for name in names], default=0.0) or 1.0
    for _ in range(directions):
        moves = {}
        for name in names:
            x = floats[name]
            length = np.where(x == 0, largest, np.abs(x))
            moves[name] = step * length * rng.uniform(0.5, 1.0, x.shape) * rng.choice([-1.0, 1.0], x.shape)
        for side in (1, -1):
            yield {**floats, **{name: floats[name] + side * move for name, move in moves.items()}}


def crosses(question: Question, name: str, index: tuple[int, ...]) -> bool:
    """Whether moving one entry a little, either way, changes which kinks are met, or takes a step to another.

    No derivative of the expression is used. A step, as of ``floor``, that so small a move leaves is no longer than the
    differences of values look.
    """
    nodes = [node for node in topological([question.result]) if isinstance(node, Call) and node.depends]
    steps = [node for node in nodes if is_constant(node)]
    sharp = [(node, kink) for node in nodes for kink in possible_kinks(node)]
    roots = list(dict.fromkeys([*steps, *[operand for node, _ in sharp for operand in node.operands]]))

    def met(side: int) -> list[Array]:
        moved = np.array(question.inputs[name], dtype=np.float64)
        moved[index] += side * 1e-6 * max(abs(float(moved[index])), 1.0)
        there = evaluate(roots, {**question.inputs, name: moved})
        return [*(np.asarray(there[node]) for node in steps), *(_met(node, kink, there) for node, kink in sharp)]

    try:
        here, *beside = (met(side) for side in (0, 1, -1))
    except (AutogradError, ArithmeticError, ValueError):
        return True
    return any(not np.array_equal(a, b, equal_nan=True) for there in beside for a, b in zip(here, there, strict=True))


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
    return [Warning(CODE, describe_kink(corner, question)) for corner in corners(question)]


def describe_kink(corner: Corner, question: Question) -> str:
    """A kink in words."""
    node, kink = corner.named, corner.kink
    name = node.op.node_name([operand.shape for operand in node.operands], node.params) or node.op.name
    head = "is another branch at this point alone" if corner.single else "has no derivative"
    place = f"{write(node, most=60)} ({name}) {head}{marked(corner.mask)}"
    return f"{place}: taken there is {kink.choice}{_sides(corner, question)}"


def marked(mask: Array) -> str:
    """Where entries are that are marked, in words: the first few, and how many more."""
    indices = np.argwhere(mask)
    more = f" and {len(indices) - SHOWN} more" if len(indices) > SHOWN else ""
    return f" at {', '.join(index_text(index) for index in indices[:SHOWN].tolist())}{more}" if mask.ndim else ""


def _sides(corner: Corner, question: Question) -> str:
    """The slopes, or the values, on both sides of the first marked entry, in words; none where they are not known."""
    node, words = corner.node, ("on the left", "on the right")
    free = [position for position, operand in enumerate(node.operands) if operand.depends]
    if corner.shown is None:
        over = corner.kink.over
        free = free if over is None and node.op.elementwise and len(free) == 1 else [over] if over is not None else []
    else:
        named = [position for position in free if isinstance(node.operands[position], Var)]
        words = words if named else ("below", "above")
        free = named or ([0] if corner.jumps else [])
    unknown = "; it jumps there" if corner.jumps else ""
    wanted = corner.named.shape if corner.jumps else node.operands[free[0]].shape if free else None
    if wanted != corner.mask.shape or (corner.shown is None and corner.mask.size > SLOPES_UP_TO):
        return unknown
    ways = [_approached(corner, free[0], side, question) for side in (-1.0, 1.0)]
    if corner.jumps:
        left, right = ways[0][0], ways[1][0]
        one, other = pair_texts(left, right)
        return unknown if left == right else f"; it jumps from {one} {words[0]} to {other} {words[1]}"
    one, other = ways[0][1], ways[1][1]
    if corner.shown is None and one == other:
        return ""
    return f"; slopes {one} {words[0]}, {other} {words[1]}"


@np.errstate(all="ignore")
def _approached(corner: Corner, position: int, side: float, question: Question) -> tuple[float, str]:
    """The value at the first marked entry as an operand moves there from one side, and the slope of the sum in words.

    Both are extrapolated from two steps.
    """
    index, operand, x = first(corner.mask), corner.node.operands[position], corner.operands[position]
    held = {} if corner.shown is not None else dict(zip(corner.node.operands, corner.operands, strict=True))
    values, slopes = [], []

    def at(step: float) -> Array:
        moved = np.array(x, dtype=np.float64)
        moved[index] += step
        return either([corner.named], {**held, operand: moved}, question.inputs)[0]

    try:
        before = at(0.0)
        for h in (2e-6, 1e-6):
            step = side * h * max(abs(float(x[index])), 1.0)
            after = at(step)
            values.append(float(after[index]) if after.shape == corner.mask.shape else np.nan)
            # Another entry may have no value: that is not this one's slope.
            slopes.append(float(np.sum(np.where(np.isfinite(before), after - before, 0.0))) / step)
    except AutogradError:
        return np.nan, "none"
    value = float(f"{2 * values[1] - values[0]:.9g}")
    if not np.isfinite(slopes).all():
        return value, "none"
    if abs(slopes[1]) > 1.2 * abs(slopes[0]) and abs(slopes[1]) > 1e3:
        return value, "infinite" if abs(slopes[1]) < 1.9 * abs(slopes[0]) else "none (a jump)"
    return value, found_text(2 * slopes[1] - slopes[0])
