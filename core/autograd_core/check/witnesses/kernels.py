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
from dataclasses import replace
from typing import Any

from autograd_core.dataclass import dataclass
from autograd_core.engine.operators import Operators
from autograd_core.expr.nodes import Call, Const, Expr
from autograd_core.ops.registry import op as ops
from autograd_core.ops.spec import OpSpec
from autograd_core.symbolic.program import InstructionProgram, differentiate
from autograd_core.symbolic.script import NoMeaningError, Script, Symbolic
from autograd_core.symbolic.worker import Clock


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


def regions(nodes: Sequence[Expr], varying: Collection[Expr], alone: Collection[Expr] = ()) -> list[Kernel]:
    """The kernels of an expression, in the order of its nodes; those of ``alone`` are not joined with others."""
    users: dict[Expr, set[Expr]] = {}
    for node in nodes:
        for operand in node.operands:
            users.setdefault(operand, set()).add(node)
    size: dict[Expr, int] = {}
    nesting: dict[Expr, int] = {}
    roots = {node for node in nodes if is_elementwise(node)}
    for node in nodes:
        if not is_elementwise(node):
            continue
        function = node.op not in PLAIN
        size[node], deepest = 1 + len(node.operands), 0
        inner = [o for o in dict.fromkeys(node.operands) if is_elementwise(o) and len(users[o]) == 1]
        for operand in sorted(inner, key=size.__getitem__):
            large = size[node] + size[operand] > MAX_SIZE or nesting[operand] + function > MAX_NESTING
            if not (large or node in alone or operand in alone):
                size[node] += size[operand]
                deepest = max(deepest, nesting[operand])
                roots.discard(operand)
        nesting[node] = deepest + function
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


Answers = dict[tuple[Any, ...], InstructionProgram | str]


def derive(kernels: Sequence[Kernel], clock: Clock, known: Answers) -> None:
    """Have SymPy differentiate the kernels; ``failed`` says why one has no program. ``known`` keeps the answers.

    Raises OutOfTimeError.
    """
    for kernel in kernels:
        if kernel.failed:
            continue
        key = (tuple(kernel.script.lines), kernel.line, tuple(kernel.by))
        if key not in known:
            paths = [(position,) for position in kernel.by]
            known[key] = differentiate(kernel.script, [kernel.line], [1.0], paths, clock)
        answer = known[key]
        if isinstance(answer, str):
            kernel.failed = answer
        else:
            kernel.value = replace(answer, outputs=answer.outputs[:1])
            kernel.slopes = replace(answer, outputs=answer.outputs[1:])
