"""How long a run will take, foreseen from shapes before anything is computed.

What an operation takes it declares itself (``OpSpec.effort``). What its rules take is counted by running them on names
that have a shape and no numbers: a rule is written in operations, and these declare what they take. All times are those
of one core, in nanoseconds where nothing else is said; the sizes of arrays make them, not the number of operations,
which has a limit of its own.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

from autograd_core.errors import AutogradError, LimitError
from autograd_core.expr.nodes import Call, Expr, Var, topological
from autograd_core.expr.text import write
from autograd_core.limits import limits, within
from autograd_core.ops.spec import ENTRY, OpSpec, Shape
from autograd_core.records import record

SMALL = 512
"""Entries up to which an operation that declares no work takes no time that matters."""

SHORT = 1e5
"""Forward time up to which rules are not looked at: each is taken to last twice as long."""

GUESSED = 2.0
"""How much longer than forward a rule takes that nobody looked at, or that needs numbers to be looked at."""

UNBOUNDED = 1 << 62


@record(slots=True)
class Work:
    """What is foreseen for an expression: ``forward``, one pass ``backward``, and ``again``, the operations whose kinks
    are looked for with the operands computed once more.

    ``most`` is the operation that takes longest.
    """

    forward: float = 0.0
    backward: float = 0.0
    again: float = 0.0
    most: Call | None = None
    longest: float = 0.0

    @property
    def reason(self) -> str:
        """The sentence that says what takes so long."""
        if self.most is None:
            return "the time was counted from the shapes"
        part = spell(self.longest / 1e9)
        return f"{write(self.most, most=40)} alone takes about {part} forward and back, counted from the shapes"


def work(result: Expr, wanted: Collection[str]) -> Work:
    """What it takes to compute ``result`` and the gradients of the inputs that ``wanted`` names."""
    found = Work()
    known: dict[Any, float] = {}
    reached: set[Expr] = set()
    kinks = False
    large: set[Expr] = set()
    for node in topological([result]):
        if node.shape and math.prod(node.shape) > SMALL:
            large.add(node)
        if not isinstance(node, Call):
            if isinstance(node, Var) and node.name in wanted:
                reached.add(node)
            continue
        moves = not reached.isdisjoint(node.operands)
        if moves:
            reached.add(node)
            kinks = kinks or bool(node.op.kinks)
        if node.op.work is None and node not in large and large.isdisjoint(node.operands):
            continue
        moving = [i for i, operand in enumerate(node.operands) if moves and operand in reached]
        shapes = [operand.shape for operand in node.operands]
        forward = node.op.effort(shapes, node.shape, node.params)
        rules = [rule_effort(node.op, shapes, node.params, i, forward, known) for i in moving]
        backward = sum(rules)
        found.forward += forward
        found.backward += backward
        if forward + backward > found.longest:
            found.most, found.longest = node, forward + backward
    found.again = found.forward if kinks else 0.0
    return found


def rule_effort(
    op: OpSpec,
    shapes: Sequence[Shape],
    params: Mapping[str, Any],
    position: int,
    forward: float,
    known: dict[Any, float],
) -> float:
    """What the rule for the operand at ``position`` takes, and adding what it gives to what else the operand gets.

    ``known`` holds what was found for the same operation before.
    """
    rule = op.rule(position)
    if rule is None:
        return 0.0
    added = 2 * ENTRY * math.prod(shapes[position])
    if forward <= SHORT:
        return GUESSED * forward + added
    key = (op, tuple(shapes), position, repr(params))
    if key not in known:
        operands = [Var("", shape) for shape in shapes]
        try:
            with within(replace(limits(), elements=UNBOUNDED)):
                y = Call(op, tuple(operands), params)
                extra = {"operand": position} if op.variadic else {}
                made = rule(Var("", y.shape), y, *operands, **extra, **params)
                steps = topological([made]) if isinstance(made, Expr) else []
                known[key] = sum(effort(node) for node in steps if isinstance(node, Call) and node is not y)
        except AutogradError:
            known[key] = GUESSED * forward
    return known[key] + added


def effort(node: Call) -> float:
    """What one operation takes."""
    return node.op.effort([operand.shape for operand in node.operands], node.shape, node.params)


def refuse_longer(nanoseconds: float, why: str | Work, instead: str = "smaller arrays take less") -> None:
    """Raise LimitError where a run is foreseen to take longer than the limit.

    ``why`` is a sentence or the work that takes so long, ``instead`` advises what takes less.
    """
    seconds, most = nanoseconds / 1e9, limits().seconds
    if seconds <= most:
        return
    raised = () if seconds > LONGEST else ("--max-seconds", str(math.ceil(seconds)))
    raise LimitError(
        f"this would take about {spell(seconds)}; the limit is {spell(most)}",
        code="AG806",
        why=why if isinstance(why, str) else why.reason,
        hint=instead,
        retry=raised,
    )


def many_numbers(count: int) -> str:
    """The sentence that says why it takes long to write an answer."""
    return f"{count:,} numbers are to be written, and that takes a hundred times as long as to compute them"


LONGEST = 86_400.0
"""Seconds up to which it is advised to raise the limit."""


def spell(seconds: float) -> str:
    """A time in words, to two digits: ``2.5 s``, ``3 minutes``, ``70,000 years``."""
    for size, unit in ((86_400 * 365.0, "years"), (86_400.0, "days"), (3_600.0, "hours"), (60.0, "minutes")):
        if seconds >= 2 * size:
            return f"{float(f'{seconds / size:.2g}'):,.0f} {unit}"
    return f"{seconds:.2g} s" if seconds < 100 else f"{seconds:.0f} s"
