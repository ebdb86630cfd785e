"""Whether a run can be afforded, foreseen before anything is computed: its memory, and the time to write its answer.

The figures of memory were fitted to the peak of whole processes with 10^6 entries and rounded up: the passes themselves
hold what the rules read, or everything where a graph is asked for; the cross-check and the formulas come after each
other and work through the expression once more. What an operation needs for itself is not foreseen: for that the
command line has the system refuse the process more than the limit. How long the passes take nobody foresees: a deadline
ends them (``autograd_core.deadline``).
"""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence

import numpy as np

from autograd_core.errors import LimitError
from autograd_core.expr.build import Program
from autograd_core.expr.nodes import Call, Const, Expr, Var, topological
from autograd_core.limits import PROGRAM_MEMORY, limits
from autograd_core.request import Request

DOUBLE = 8
"""Bytes of an entry in float64, in which the witnesses work."""


def peak_memory(
    result: Expr, wanted: Collection[str], *, passes: int = 1, every: bool, witnesses: bool, itemsize: int = DOUBLE
) -> int:
    """The bytes that a run needs at its peak, program included.

    ``wanted`` names the inputs that require grad, ``every`` says that all values and their gradients are shown,
    ``witnesses`` that the gradients are checked or written as formulas, ``passes`` how many backward passes there are.
    """
    nodes = topological([result])
    size = {node: math.prod(node.shape) for node in nodes}
    whole, largest = sum(size.values()), max(size.values())
    given = [node for node in nodes if isinstance(node, (Var, Const))]
    held = sum(size[node] for node in given) + sum(
        size[node] for node in given if isinstance(node, Var) and node.name in wanted
    )
    held = 2 * whole if every else held + sum(size[node] for node in _kept(nodes, wanted))
    numbers = (held + 2 * largest + passes * size[result]) * itemsize
    if witnesses:
        numbers += (3 * whole // 2 + 6 * largest) * DOUBLE
    return PROGRAM_MEMORY + numbers


def _kept(nodes: Sequence[Expr], wanted: Collection[str]) -> set[Expr]:
    """The results of operations that are held until the backward pass has used them."""
    reached: set[Expr] = {node for node in nodes if isinstance(node, Var) and node.name in wanted}
    kept: set[Expr] = set()
    for node in nodes:
        needs = tuple([operand in reached for operand in node.operands])
        if isinstance(node, Call) and any(needs):
            reached.add(node)
            unread = node.op.not_read(needs)
            kept.update(each for place, each in enumerate((node, *node.operands)) if place not in unread)
    return {node for node in kept if isinstance(node, Call)}


def refuse_beyond(needed: int, *, less: Sequence[str] = ()) -> None:
    """Raise LimitError where more bytes are needed than the limit; ``less`` says with what it is less."""
    most = limits().memory
    if needed <= most:
        return
    advice = [f"with {', '.join(less)} less is needed"] if less else []
    raise LimitError(
        f"this would need about {gib(needed)} of memory; the limit is {gib(most)}",
        code="AG804",
        why="values, gradients and what the check holds were counted from the shapes",
        hint="; ".join([*advice, f"`max-memory {math.ceil(needed / 2**30)}` raises the limit"]),
    )


def refuse_writing(count: int, each: float, instead: str) -> None:
    """Raise LimitError where so many numbers, of ``each`` nanoseconds, take longer to write than a run may take.

    ``instead`` says what takes less.
    """
    seconds, most = math.ceil(count * each / 1e9), limits().seconds
    if count * each / 1e9 > most:
        raise LimitError(
            f"this would take about {seconds:,} s; the limit is {most:g} s",
            code="AG806",
            why=f"{count:,} numbers are to be written, and that takes a hundred times as long as to compute them",
            hint=instead,
            retry={"max-seconds": str(seconds)},
        )


def gib(size: float) -> str:
    """A number of bytes in words."""
    return f"{size / 2**30:.3g} GiB" if size >= 2**29 else f"{size / 2**20:.0f} MiB"


def preflight(request: Request, program: Program, wanted: Collection[str]) -> None:
    """Raise LimitError where the run would need more memory than it may have."""
    needed = peak_memory(
        program.result,
        wanted,
        passes=len(request.grad_tensors),
        every=request.graph or request.steps,
        witnesses=request.formula or request.check != "none",
        itemsize=np.dtype(request.dtype).itemsize,
    )
    checked, formula = request.check != "none", request.formula and not request.steps
    tree = request.graph and not request.steps and (checked or formula)
    parts = {"`check none`": checked, "`no-formula`": formula, "`no-tree`": tree}
    refuse_beyond(needed, less=[words for words, on in parts.items() if on])
