"""Kernels: the elementwise operations of an expression as scalar functions that SymPy differentiates.

The expression is first written in smaller operations: softmax, norms, variances by their definitions, so that SymPy
sees them instead of a rule of their own. What does not depend on a wanted input is a constant there. A shift by the
largest entry keeps exponentials finite and is held constant: the result does not depend on it. What picks entries by
their size holds the choice constant, which is right wherever the choice is unique; elsewhere there is a kink.

Operations of the same form are differentiated once; what lies between them is the chain rule of ``sweep``.
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


@dataclass(slots=True)
class Kernel:
    """One operation, the nodes that it reads, and programs for its value and its derivatives.

    ``by`` are the positions of the inputs that vary, one derivative each; ``failed`` says why there is no program.
    """

    root: Expr
    inputs: list[Expr]
    by: list[int]
    script: Script
    line: int = 0
    value: InstructionProgram | None = None
    slopes: InstructionProgram | None = None
    failed: str | None = None


def kernel_of(root: Call, varying: Collection[Expr]) -> Kernel:
    """Write one elementwise operation down as a formula over its operands."""
    script = Script()
    terms: dict[Expr, Any] = {node: literal(node) for node in root.operands}
    inputs = [node for node, number in terms.items() if number is None]
    terms.update({node: Symbolic(script, script.symbol()) for node in inputs})
    made = Kernel(root, inputs, [position for position, node in enumerate(inputs) if node in varying], script)
    try:
        (made.line,) = script.roots(root.op.apply([terms[node] for node in root.operands], root.params))
    except NoMeaningError as error:
        made.failed = str(error)
    return made


def literal(node: Expr) -> float | None:
    """A constant that goes into the formula as it is: a small whole number. Others are inputs."""
    if not isinstance(node, Const) or node.shape != ():
        return None
    number = float(node.value)
    return number if abs(number) <= 16 and number == int(number) else None


Answers = dict[tuple[Any, ...], InstructionProgram | str]


def derive(kernel: Kernel, clock: Clock, known: Answers) -> None:
    """Have SymPy differentiate a kernel; ``known`` keeps the answers.

    Raises OutOfTimeError.
    """
    if kernel.failed:
        return
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
