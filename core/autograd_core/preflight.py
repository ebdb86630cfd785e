"""Whether a run can be afforded, foreseen before anything is computed: its memory, and the time to write its answer.

How long the passes take nobody foresees: a deadline ends them (``autograd_core.deadline``).
"""

from __future__ import annotations

import math
from collections.abc import Collection

import numpy as np

from autograd_core.errors import LimitError
from autograd_core.expr.build import Program
from autograd_core.expr.nodes import topological
from autograd_core.limits import limits
from autograd_core.memory_estimate import peak_memory, refuse_beyond
from autograd_core.request import Request, Writing


def preflight(request: Request, program: Program, wanted: Collection[str]) -> None:
    """Raise LimitError where the run would need more memory than it may have, or its answer too long to be written."""
    needed = peak_memory(
        program.result,
        wanted,
        passes=len(request.grad_tensors),
        every=request.graph or request.steps,
        witnesses=request.formula or request.check != "none",
        itemsize=np.dtype(request.dtype).itemsize,
    )
    spared = (request.check != "none", request.formula, request.graph and not request.steps)
    less = [words for words, on in zip(request.sparing or (), spared, strict=False) if on]
    refuse_beyond(needed, less=less)
    if request.writing is not None:
        refuse_writing(numbers(request.writing, program, wanted), request.writing.each, request.writing.instead)


def numbers(writing: Writing, program: Program, wanted: Collection[str]) -> int:
    """How many numbers of the answer will be written."""
    sizes = {name: math.prod(variable.shape) for name, variable in program.variables.items()}
    named = wanted if writing.gradients is None else [name for name in wanted if name in writing.gradients]
    count = sum(sizes[name] for name in named)
    count += math.prod(program.result.shape) if writing.result else 0
    count += sum(sizes.values()) if writing.inputs else 0
    if writing.graph:
        count += 2 * sum(math.prod(node.shape) for node in topological([program.result]))
    return count


def refuse_writing(count: int, each: float, instead: str) -> None:
    """Raise LimitError where so many numbers of so many nanoseconds take longer to write than a run may take.

    ``instead`` advises what takes less.
    """
    seconds, most = count * each / 1e9, limits().seconds
    if seconds > most:
        raise LimitError(
            f"this would take about {format_seconds(seconds)}; the limit is {format_seconds(most)}",
            code="AG806",
            why=f"{count:,} numbers are to be written, and that takes a hundred times as long as to compute them",
            hint=instead,
            retry=("--max-seconds", str(math.ceil(seconds))),
        )


def format_seconds(seconds: float) -> str:
    """A time in words, to two digits: ``2.5 s``, ``3 minutes``, ``70 hours``."""
    for size, unit in ((3_600.0, "hours"), (60.0, "minutes")):
        if seconds >= 2 * size:
            return f"{float(f'{seconds / size:.2g}'):,.0f} {unit}"
    return f"{seconds:.2g} s" if seconds < 100 else f"{seconds:.0f} s"
