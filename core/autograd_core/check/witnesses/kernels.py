"""Kernels: elementwise regions of an expression as scalar functions that SymPy differentiates.

A region grows from the result of an elementwise operation down to what is not elementwise, is used elsewhere too, or
would make the function too large: SymPy's cost grows fast with the size and with the nesting of a formula, and cutting
a region in two costs nothing but one multiplication. Regions of the same form are differentiated once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import field
from typing import Any

import numpy as np
import numpy.typing as npt

from autograd_core.check.witnesses.entrywise import digits
from autograd_core.check.witnesses.steps import CONSTANT, ELEMENTWISE, Expansion, WitnessStep
from autograd_core.dataclass import dataclass
from autograd_core.ops.registry import op as ops
from autograd_core.ops.spec import OpSpec, Shape, read_by
from autograd_core.symbolic import worker
from autograd_core.symbolic.program import InstructionProgram
from autograd_core.symbolic.script import NoMeaningError, Script, SymbolicTerm, Vocabulary
from autograd_core.symbolic.worker import Clock

Array = npt.NDArray[Any]

MAX_SIZE = 24
"""Operations and operands in one region."""

MAX_NESTING = 3
"""Functions within functions in one region, other than sums and products."""

PLAIN = frozenset({ops.add, ops.sub, ops.neg, ops.mul, ops.div})

BLOCK = 1 << 15
"""Entries carried out at a time: the results on the way then stay in the cache."""


@dataclass(slots=True)
class Kernel:
    """One region: the step it gives, the steps it reads, and programs for its value and its derivatives.

    ``by`` are the positions of the inputs that vary, one derivative each.
    """

    root: int
    inputs: list[int]
    by: list[int]
    script: Script
    line: int
    value: InstructionProgram | None = None
    slopes: InstructionProgram | None = None
    failed: str | None = None


@dataclass(slots=True)
class _Region:
    """What a region below a step would be: its size, its nesting, and the operands that are cut off."""

    size: int
    nesting: int
    cut: set[int] = field(default_factory=set)


def regions(plan: Expansion, alone: frozenset[int] = frozenset()) -> list[Kernel]:
    """The kernels of a plan, in the order of their steps; those of ``alone`` are not joined with others."""
    users: dict[int, set[int]] = {}
    for at, step in enumerate(plan.steps):
        for operand in step.operands:
            users.setdefault(operand, set()).add(at)
    found: dict[int, _Region] = {}
    roots: set[int] = set()
    for at, step in enumerate(plan.steps):
        if step.kind != ELEMENTWISE:
            continue
        inner = [o for o in dict.fromkeys(step.operands) if _inlined(o, plan, users)]
        inner.sort(key=lambda o: found[o].size)
        region = _Region(1 + len(step.operands), 0)
        assert step.op is not None
        for operand in inner:
            below = found[operand]
            large = region.size + below.size > MAX_SIZE or below.nesting + (step.op not in PLAIN) > MAX_NESTING
            if large or at in alone or operand in alone:
                region.cut.add(operand)
                roots.add(operand)
            else:
                region.size += below.size
                region.nesting = max(region.nesting, below.nesting)
        region.nesting += step.op not in PLAIN
        found[at] = region
        if not _inlined(at, plan, users):
            roots.add(at)
    return [_kernel(at, plan, roots) for at in sorted(roots)]


def _inlined(at: int, plan: Expansion, users: dict[int, set[int]]) -> bool:
    """Whether a step belongs into the region of the one that uses it."""
    if plan.steps[at].kind != ELEMENTWISE or len(users.get(at, ())) != 1:
        return False
    return all(plan.steps[user].kind == ELEMENTWISE for user in users[at])


def _kernel(root: int, plan: Expansion, roots: set[int]) -> Kernel:
    """Write one region down as a formula over its inputs."""
    script = Script()
    terms: dict[int, Any] = {}
    inputs: list[int] = []
    stack: list[tuple[int, bool]] = [(root, False)]
    failed: str | None = None
    while stack:
        at, ready = stack.pop()
        if at in terms:
            continue
        step = plan.steps[at]
        if step.kind != ELEMENTWISE or (at in roots and at != root):
            number = literal(step)
            if number is not None:
                terms[at] = number
            else:
                terms[at] = script.symbol()
                inputs.append(at)
        elif ready:
            assert step.op is not None
            try:
                terms[at] = scalar(step.op, script, [terms[o] for o in step.operands], step.params)
            except NoMeaningError as error:
                failed, terms[at] = str(error), script.number(0)
        else:
            stack.append((at, True))
            stack += [(operand, False) for operand in reversed(step.operands)]
    made = terms[root]
    line = (made if isinstance(made, SymbolicTerm) else script.number(made)).at
    by = [position for position, at in enumerate(inputs) if plan.steps[at].varies]
    return Kernel(root, inputs, by, script, line, failed=failed)


def literal(step: WitnessStep) -> float | None:
    """A constant that goes into the formula as it is: a small whole number. Others are inputs."""
    if step.kind != CONSTANT or step.shape != () or step.value is None:
        return None
    number = float(step.value)
    return number if abs(number) <= 16 and number == int(number) else None


def scalar(op: OpSpec, script: Script, operands: Sequence[Any], params: Any) -> Any:
    """The meaning of an elementwise operation for one entry of each operand.

    Raises NoMeaningError.
    """
    if op.symbolic is None:
        raise NoMeaningError(f"{op.name} has no meaning in SymPy")
    with read_by(Vocabulary(script)):
        try:
            made = op.symbolic(*operands, **params)
        except (AttributeError, TypeError, ValueError) as error:
            raise NoMeaningError(f"{op.name} cannot be written down ({error})") from error
    return made.item() if isinstance(made, np.ndarray) else made


Answers = dict[tuple[Any, ...], dict[str, Any]]


def derive(kernels: Sequence[Kernel], clock: Clock, known: Answers) -> None:
    """Have SymPy differentiate the kernels; ``failed`` says why one has no programs. ``known`` keeps the answers.

    Raises OutOfTimeError.
    """
    for kernel in kernels:
        if kernel.failed:
            continue
        key = (tuple(kernel.script.lines), kernel.line, tuple(kernel.by))
        answer = known.get(key)
        if answer is None:
            job = {
                "task": "derive",
                "lines": kernel.script.lines,
                "roots": [kernel.line],
                "weights": [1.0],
                "by": kernel.by,
            }
            answer = known[key] = worker.ask(job, clock)
        if "failed" in answer:
            kernel.failed = answer["failed"]
        else:
            whole = InstructionProgram(answer["instructions"], answer["outputs"])
            kernel.value = whole.part([0])
            kernel.slopes = whole.part(list(range(1, len(whole.outputs))))


REFINED = 200
"""Entries up to which they are computed once more with 50 digits."""


def refined(
    program: InstructionProgram,
    inputs: Sequence[Array],
    outputs: list[Any],
    shape: Shape,
    clock: Clock,
    *,
    exact: bool = False,
) -> list[Any]:
    """The outputs, with entries that are not finite although the inputs are, or all where ``exact``, with 50 digits.

    An overflow on the way is so told from a value that does not exist, and what cancels from what is there. Where there
    are more than ``REFINED`` such entries, all outputs stay as they are. Raises OutOfTimeError.
    """
    if not exact and all(np.isfinite(output).all() for output in outputs):
        return outputs
    with np.errstate(all="ignore"):
        bad = np.full(shape, exact) | ~np.isfinite(sum(np.broadcast_to(output, shape) for output in outputs))
        for given in inputs:
            bad &= np.broadcast_to(np.isfinite(given), shape)
    places = np.flatnonzero(bad)
    if not 0 < places.size <= REFINED:
        return outputs
    columns = [np.broadcast_to(given, shape).reshape(-1)[places].tolist() for given in inputs]
    rows = list(zip(*columns, strict=True))
    found = digits(program, rows, clock)
    whole = [np.array(np.broadcast_to(output, shape), dtype=np.float64).reshape(-1) for output in outputs]
    for position, output in enumerate(whole):
        known = np.isfinite(found[:, position])
        output[places[known]] = found[known, position]
    return [output.reshape(shape) for output in whole]


def blocks(
    program: InstructionProgram, inputs: Sequence[Array], shape: tuple[int, ...], clock: Clock, noise: Any = None
) -> list[Any]:
    """The outputs of a program; large arrays of one shape are taken a block at a time.

    Raises OutOfTimeError.
    """
    size = int(np.prod(shape))
    if size <= 2 * BLOCK or any(a.size not in (1, size) or (a.size != 1 and a.shape != shape) for a in inputs):
        clock.tick()
        return program.run(inputs, noise)
    flat = [a.reshape(-1) for a in inputs]
    outputs: list[Any] = []
    for start in range(0, size, BLOCK):
        clock.tick()
        part = slice(start, start + BLOCK)
        made = program.run([a if a.size == 1 else a[part] for a in flat], noise)
        if not start:
            outputs = [np.empty(size) if np.size(one) > 1 else np.asarray(one).reshape(()) for one in made]
        for whole, one in zip(outputs, made, strict=True):
            if whole.ndim:
                whole[part] = one
    return [whole.reshape(shape) if whole.ndim else whole for whole in outputs]
