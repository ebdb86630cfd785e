"""Kernels: elementwise regions of an expression as scalar functions that SymPy differentiates.

The expression is first written in smaller operations: softmax, norms, variances by their definitions, so that SymPy
sees them instead of a rule of their own. What does not depend on a wanted input is a constant there. A shift by the
largest entry keeps exponentials finite and is held constant: the result does not depend on it. What picks entries by
their size holds the choice constant, which is right wherever the choice is unique; elsewhere there is a kink.

A region grows from the result of an elementwise operation down to what is not elementwise, is used elsewhere too, or
would make the function too large: SymPy's cost grows fast with the size and with the nesting of a formula, and cutting
a region in two costs nothing but one multiplication. Regions of the same form are differentiated once.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from autograd_core.check.witnesses.entrywise import digits
from autograd_core.dataclass import dataclass
from autograd_core.engine.operators import Operators
from autograd_core.expr.nodes import Call, Const, Expr
from autograd_core.ops.registry import op as ops
from autograd_core.ops.spec import OpSpec, Shape
from autograd_core.symbolic import worker
from autograd_core.symbolic.program import InstructionProgram
from autograd_core.symbolic.script import NoMeaningError, Script, Symbolic
from autograd_core.symbolic.worker import Clock

Array = npt.NDArray[Any]


class Expanded(Operators):
    """An expression as a value: operations on it give it in smaller operations, where that is not ``held`` constant.

    ``constants`` are the arrays that it met, by their identity, so that each is one node.
    """

    __slots__ = ("constants", "held", "node", "shape")

    def __init__(self, node: Expr, constants: dict[int, tuple[Any, Const]], *, held: bool = False) -> None:
        self.node = node
        self.shape = node.shape
        self.constants = constants
        self.held = held

    @staticmethod
    def __apply_op__(op: OpSpec, operands: Sequence[Any], params: Mapping[str, Any]) -> Any:
        given = [o for o in operands if isinstance(o, Expanded)]
        constants, held = given[0].constants, op is ops.detach or all(o.held for o in given)
        defined = None if op.definition is None or held else op.definition(*operands, **params)
        if defined is not None:
            return defined
        nodes = [o.node if isinstance(o, Expanded) else constants.setdefault(id(o), (o, Const(o)))[1] for o in operands]
        return Expanded(Call(op, tuple(nodes), params), constants, held=held)


def is_held(node: Expr) -> bool:
    """Whether a node has the value of its operand and no derivative."""
    return node.op is ops.detach


def is_elementwise(node: Expr) -> bool:
    """Whether SymPy differentiates an operation, entry by entry."""
    return node.op is not None and not is_held(node) and node.op.elementwise


MAX_SIZE = 24
"""Operations and operands in one region."""

MAX_NESTING = 3
"""Functions within functions in one region, other than sums and products."""

PLAIN = frozenset({ops.add, ops.sub, ops.neg, ops.mul, ops.div})

BLOCK = 1 << 15
"""Entries carried out at a time: the results on the way then stay in the cache."""


@dataclass(slots=True)
class Kernel:
    """One region: the node it gives, those in it and those it reads, and programs for its value and its derivatives.

    ``by`` are the positions of the inputs that vary, one derivative each.
    """

    root: Expr
    inputs: list[Expr]
    by: list[int]
    script: Script
    line: int
    nodes: Collection[Expr] = ()
    value: InstructionProgram | None = None
    slopes: InstructionProgram | None = None
    failed: str | None = None


@dataclass(slots=True)
class _Region:
    """What a region below a node would be."""

    size: int
    nesting: int


def regions(nodes: Sequence[Expr], varying: Collection[Expr], alone: Collection[Expr] = ()) -> list[Kernel]:
    """The kernels of an expression, in the order of its nodes; those of ``alone`` are not joined with others."""
    users: dict[Expr, set[Expr]] = {}
    for node in nodes:
        for operand in node.operands:
            users.setdefault(operand, set()).add(node)
    found: dict[Expr, _Region] = {}
    roots = {node for node in nodes if is_elementwise(node)}
    for node in nodes:
        if node.op is None or not is_elementwise(node):
            continue
        function = node.op not in PLAIN
        region = found[node] = _Region(1 + len(node.operands), 0)
        inner = [o for o in dict.fromkeys(node.operands) if is_elementwise(o) and len(users[o]) == 1]
        for operand in sorted(inner, key=lambda o: found[o].size):
            below = found[operand]
            large = region.size + below.size > MAX_SIZE or below.nesting + function > MAX_NESTING
            if not (large or node in alone or operand in alone):
                region.size += below.size
                region.nesting = max(region.nesting, below.nesting)
                roots.discard(operand)
        region.nesting += function
    return [_kernel(node, roots, varying) for node in nodes if node in roots]


def _kernel(root: Expr, roots: set[Expr], varying: Collection[Expr]) -> Kernel:
    """Write one region down as a formula over its inputs."""
    script = Script()
    terms: dict[Expr, Any] = {}
    inputs: list[Expr] = []
    inside: list[Expr] = []
    stack: list[tuple[Expr, bool]] = [(root, False)]
    failed: str | None = None
    while stack:
        node, ready = stack.pop()
        if node in terms:
            continue
        if not is_elementwise(node) or (node in roots and node is not root):
            terms[node] = literal(node)
            if terms[node] is None:
                terms[node] = Symbolic(script, script.symbol())
                inputs.append(node)
        elif ready:
            assert isinstance(node, Call)
            inside.append(node)
            try:
                terms[node] = node.op.apply([terms[o] for o in node.operands], node.params)
            except NoMeaningError as error:
                failed, terms[node] = str(error), 0.0
        else:
            stack.append((node, True))
            stack += [(operand, False) for operand in reversed(node.operands)]
    (line,) = script.roots(terms[root])
    by = [position for position, node in enumerate(inputs) if node in varying]
    return Kernel(root, inputs, by, script, line, inside, failed=failed)


def literal(node: Expr) -> float | None:
    """A constant that goes into the formula as it is: a small whole number. Others are inputs."""
    if not isinstance(node, Const) or node.shape != ():
        return None
    number = float(node.value)
    return number if abs(number) <= 16 and number == int(number) else None


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
            kernel.value = InstructionProgram(answer["instructions"], answer["outputs"][:1])
            kernel.slopes = InstructionProgram(answer["instructions"], answer["outputs"][1:])


REFINED = 200
"""Entries up to which they are computed once more with 50 digits."""


def computed(
    program: InstructionProgram,
    inputs: Sequence[Array],
    shape: Shape,
    clock: Clock,
    *,
    exact: bool = False,
) -> list[Any]:
    """The outputs, with entries that are not finite although the inputs are, or all where ``exact``, with 50 digits.

    An overflow on the way is so told from a value that does not exist, and what cancels from what is there. Where there
    are more than ``REFINED`` such entries, all outputs stay as they are. Raises OutOfTimeError.
    """
    outputs = _in_blocks(program, inputs, shape, clock)
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
    found = digits(program, list(zip(*columns, strict=True)), clock)
    whole = [np.array(np.broadcast_to(output, shape), dtype=np.float64).reshape(-1) for output in outputs]
    for position, output in enumerate(whole):
        known = np.isfinite(found[:, position])
        output[places[known]] = found[known, position]
    return [output.reshape(shape) for output in whole]


def _in_blocks(program: InstructionProgram, inputs: Sequence[Array], shape: Shape, clock: Clock) -> list[Any]:
    """The outputs of a program; large arrays of one shape are taken a block at a time.

    Raises OutOfTimeError.
    """
    size = int(np.prod(shape))
    if size <= 2 * BLOCK or any(a.size not in (1, size) or (a.size != 1 and a.shape != shape) for a in inputs):
        clock.tick()
        return program.run(inputs)
    flat = [a.reshape(-1) for a in inputs]
    outputs: list[Any] = []
    for start in range(0, size, BLOCK):
        clock.tick()
        part = slice(start, start + BLOCK)
        made = program.run([a if a.size == 1 else a[part] for a in flat])
        if not start:
            outputs = [np.empty(size) if np.size(one) > 1 else np.asarray(one).reshape(()) for one in made]
        for whole, one in zip(outputs, made, strict=True):
            if whole.ndim:
                whole[part] = one
    return [whole.reshape(shape) if whole.ndim else whole for whole in outputs]
