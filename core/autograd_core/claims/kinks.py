"""Branches and kinks of expressions: operations that are one thing on one side of a number, another on the other."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import suppress
from typing import Any

import numpy as np
import numpy.typing as npt

from autograd_core.check.kinks import points_around, two_sided
from autograd_core.claims.compare import Grade
from autograd_core.claims.problem import NoValueError, Point, compute, passed_on
from autograd_core.claims.report import Diagnosis
from autograd_core.errors import AutogradError
from autograd_core.expr.nodes import Call, Expr, Var, topological, variables_in
from autograd_core.expr.text import write
from autograd_core.number_text import pair_texts
from autograd_core.report import index_text

Array = npt.NDArray[Any]

SMALLEST, GREATEST = 1e-3, 1e12
"""Sizes that a place may have: what is smaller guards against a division by 0, what is larger no draw should reach."""

MAX_PLACES = 32
"""Places of branches that are told apart."""

_ENTRIES = 64
"""Entries of a constant that are looked at."""

_NEAR = 1e-6
_DIRECTIONS = 6
_ALONE = 12
"""Inputs that are moved one by one beside a kink, besides all of them at once."""


def branching(nodes: Sequence[Expr]) -> list[Call]:
    """The nodes at which there are branches: operations that compare, or declare a kink.

    The nodes of the gradients should be among ``nodes``: a Huber loss has no kink, and its slope has two pieces.
    """
    return [node for node in nodes if isinstance(node, Call) and two_sided(node)]


def places(nodes: Sequence[Call]) -> list[float]:
    """The sizes of numbers that decide at ``nodes``, ascending: 0, parameters, and constants in what is compared."""
    found = {abs(number) for number in numbers_at(nodes) if SMALLEST <= abs(number) <= GREATEST}
    ordered = sorted(found | {0.0} if nodes else found)
    if len(ordered) <= MAX_PLACES:
        return ordered
    return [ordered[i] for i in np.linspace(0, len(ordered) - 1, MAX_PLACES).astype(int)]


def numbers_at(nodes: Sequence[Call]) -> Iterator[float]:
    """The numbers that decide at ``nodes``."""
    for node in nodes:
        yield from (value for value in node.params.values() if isinstance(value, float))
    below = topological([operand for node in nodes for operand in node.operands])
    fixed = [each for each in below if not each.depends]
    inner = {operand for each in fixed for operand in each.operands}
    for each in fixed:
        if each in inner:
            continue  # 5 and 2 are no places where 5*2 is one
        with suppress(AutogradError, NoValueError):  # a constant may have no value
            yield from np.ravel(compute([each], {})[each])[:_ENTRIES].tolist()


def one_sided(
    claimed: Expr, shared: Collection[Expr], fixed: Collection[str], points: Sequence[tuple[Point, Array]]
) -> Call | None:
    """The first operation with branches in a claim of which one side alone was met at the ``points``.

    Each has a mask of the entries at which a comparison of the claim said something.

    Those that the claim shares with the expression and its gradient do what they do there; those of ``fixed`` inputs,
    which keep their numbers, are as they were given.
    """
    known = [_decision(node, points[0][0]) for node in branching(list(shared))]
    for node in branching(topological([claimed])):
        if variables_in(node).keys() <= set(fixed) or any(_same(_decision(node, points[0][0]), each) for each in known):
            continue
        if len(set().union(*(_pieces(node, *each) for each in points))) < 2:
            return node
    return None


def _decision(node: Call, point: Point) -> Array | None:
    """The numbers by whose sign an operation decides, where it is so simple."""
    values = [point.evaluate(operand) for operand in node.operands]
    with np.errstate(all="ignore"):
        return values[0] if len(values) == 1 else values[0] - values[1] if len(values) == 2 else None


def _same(one: Array | None, other: Array | None) -> bool:
    if one is None or other is None or one.shape != other.shape:
        return False
    return np.allclose(one, other, 1e-9, 0) or np.allclose(one, -other, 1e-9, 0)


def _pieces(node: Call, point: Point, telling: Array) -> set[float]:
    """What tells the sides of an operation apart at a point: its slopes, or the values of one that has none."""
    try:
        values = point.extended(node)
        found = [] if node.op.group == "comparison" else passed_on(node, np.ones(node.shape), values)
    except (AutogradError, NoValueError):
        return set()
    if not telling.any():
        return set()
    here = telling if telling.shape == node.shape else np.ones(node.shape, dtype=bool)
    parts = [each[here] if each.shape == here.shape else each for each in found if each is not None]
    slopes = {float(slope) for each in parts for slope in np.unique(each)}
    return slopes if slopes - {0.0} else {float(value) for value in np.unique(values[node][here])}


def region(claimed: Expr, result: Expr, wrong: Sequence[tuple[Point, Array]]) -> str | None:
    """In words where a claim is wrong, if that is just where a comparison in it, or in the result, holds, or does not.

    Each of the points has a mask of the entries that are ``wrong``.
    """
    for node in topological([claimed, result]):
        if not isinstance(node, Call) or node.op.group != "comparison" or node.shape not in (claimed.shape, ()):
            continue
        held = [(np.broadcast_to(point.evaluate(node), mask.shape).astype(bool), mask) for point, mask in wrong]
        for side, words in ((True, ""), (False, " does not hold")):
            if all(np.array_equal(mask, truth == side) for truth, mask in held):
                return f"the claim is wrong where {write(node, most=60)}{words}"
    return None


def beside_kink(found: Grade) -> Diagnosis | None:
    """The kink at the given point, if the claim is the gradient on every side of it and between the sides at it."""
    given = found.all[0]
    corners = given.point.kinks()
    if not corners or given.value is None:
        return None
    around = _around(given.point, [each.node for each in corners])
    if len(around) < 2:
        return None
    truths = np.stack([found.target.truth(point) for point in around])
    low, high = truths.min(axis=0), truths.max(axis=0)
    room = 1e-4 * (1 + np.abs(truths).max(axis=0))
    between = (given.value >= low - room) & (given.value <= high + room)
    unsaid = np.False_ if found.numeric else np.isnan(given.value)
    if not (between | given.agree | unsaid).all() or _outside(found, truths):
        return None
    if found.numeric:  # an entry at which the sides differ from each other, or from what is taken at the kink
        sharp = (high - low > 10 * room) | (np.abs(truths - given.truth).max(axis=0) > 10 * room)
        if not sharp[~given.agree].all():
            return None
    elif not all(found.at(near).agrees for near in around):
        return None
    node, kink = corners[0].named, corners[0].kink
    worst = given.worst
    place = found.target.label + index_text(worst.index)
    taken, claimed = pair_texts(worst.witness, worst.engine)
    text = (
        f"there is no derivative at {write(node, most=60)}: taken there is {kink.choice}, which gives "
        f"{taken} at {place}; the claim gives {claimed}, "
        "by another convention"
    )
    return Diagnosis("kink", text)


def only_at_kink(found: Grade) -> str | None:
    """In words that a claim is right at the given point by what is taken at a kink there, and not beside it."""
    given = found.all[0].point
    corners = given.kinks()
    if not corners or all(found.at(near).agrees for near in _around(given, [each.node for each in corners])):
        return None
    node, choice = write(corners[0].named, most=60), corners[0].kink.choice
    return (
        f"at these numbers {node} has no derivative: the claim gives what is taken ({choice}), and is wrong beside it"
    )


def _outside(found: Grade, truths: Array) -> bool:
    """Whether a claim is no mixture of the gradients around a kink, as 1 for each of three entries that tie.

    A mixture does not rise faster along any direction than the gradients on that side of the point.
    """
    given, node = found.all[0], found.target.node
    if not isinstance(node, Var) or given.truth.size < 2 or given.value is None or not np.isfinite(given.value).all():
        return False
    claimed = np.broadcast_to(given.value, given.truth.shape)
    away = claimed - truths.mean(axis=0)
    size = float(np.abs(away).max(initial=0))
    if size == 0:
        return False
    inputs = given.point.inputs
    for moved in points_around(inputs, list(inputs), 1e-3 * _NEAR, _DIRECTIONS):
        moved[node.name] = moved[node.name] + _NEAR * (1 + np.abs(inputs[node.name])) * away / size
        near = given.point.moved(moved)
        if near is not None:
            most = float((found.target.truth(near) * away).sum())
            return bool((claimed * away).sum() > most + 1e-3 * size * (1 + np.abs(claimed).max()))
    return False


def _around(point: Point, corners: Sequence[Call]) -> Sequence[Point]:
    """Points next to a point where nothing has a kink, looked for once.

    What the nodes with kinks are computed from is moved: each input alone, and all at once.
    """
    found = point.beside
    if found:
        return found
    inputs = point.inputs
    names = [*variables_in(*corners)]
    alone = [moved for name in names[:_ALONE] for moved in points_around(inputs, [name], _NEAR, 1)]
    near = [point.moved(moved) for moved in (*alone, *points_around(inputs, names, _NEAR, _DIRECTIONS))]
    found += [each for each in near if each is not None]
    return found
