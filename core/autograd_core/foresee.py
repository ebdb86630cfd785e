"""Whether a run can be afforded: its memory and its time, foreseen before anything is computed."""

from __future__ import annotations

import math
from collections.abc import Collection

import numpy as np

from autograd_core.expr.build import Program
from autograd_core.expr.nodes import topological
from autograd_core.footprint import footprint, refuse_beyond
from autograd_core.request import Request, Writing
from autograd_core.work import many_numbers, refuse_longer, work


def foresee(request: Request, program: Program, wanted: Collection[str]) -> None:
    """Raise LimitError where the run would need more memory than it may have, or more time."""
    needed = footprint(
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
    effort = work(program.result, wanted)
    passes = effort.backward * len(request.grad_tensors)
    computed = effort.forward + effort.again + passes * (2 if request.steps else 1)
    if (writing := request.writing) is None:
        refuse_longer(computed, effort)
        return
    count = numbers(writing, program, wanted)
    written = count * writing.each
    if written > computed:
        refuse_longer(computed + written, many_numbers(count), writing.instead)
    refuse_longer(computed + written, effort)


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
