"""The kernel witness: forward and reverse sweeps over an expression written in smaller operations.

The reverse sweep gives every entry of every gradient by itself: through kernels by SymPy's derivatives, through other
operations by adjoints: the engine's own rules, each proved at its own operands against its tangent along a random
direction. The tangent of a linear operation is the operation itself, applied to that of its operand; that of another is
found by central differences. Of what has no proof differences of the value are asked.

A kernel is one elementwise operation as a scalar function that SymPy differentiates; those of the same form once.
The expression is first written in smaller operations: softmax, norms, variances by their definitions, so that SymPy
sees them instead of a rule of their own. What does not depend on a wanted input is a constant there. A shift by the
largest entry keeps exponentials finite and is held constant: the result does not depend on it. What picks entries by
their size holds the choice constant, which is right wherever the choice is unique; elsewhere there is a kink.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from autograd_core.check.compare.comparison import WitnessResult
from autograd_core.check.kinks import Corner
from autograd_core.check.question import Question, adjoint, fit
from autograd_core.check.witnesses import numeric
from autograd_core.check.witnesses.numeric import Directions
from autograd_core.dataclass import dataclass
from autograd_core.engine.operators import Operators
from autograd_core.expr.nodes import Call, Const, Expr, Var, topological
from autograd_core.expr.run import evaluate
from autograd_core.ops.registry import op as ops
from autograd_core.ops.spec import OpSpec
from autograd_core.symbolic.program import InstructionProgram, differentiate
from autograd_core.symbolic.script import NoMeaningError, Script, Symbolic
from autograd_core.symbolic.worker import Clock

Array = npt.NDArray[Any]

EXACT, NEAR = 1e-11, 1e-5
"""Tolerances of a proof, relative to the sizes of what is multiplied: by linearity, by central differences."""

RESOLVED = 3e-5
"""Error of a difference, relative to the same, above which it proves nothing."""

FLAT = 1e-9
"""Slopes along directions of size 1 that need not be told from 0."""

SYMBOLIC, BY_DIFFERENCES, UNPROVED = 2, 1, 0
"""What the gradient of an input rests on, at its weakest operation: SymPy and linearity; an adjoint that agrees with
differences of the operation; an adjoint that failed its proof."""


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
        defined = None
        if op.definition is not None and not held and op.group != "linear algebra":  # of which parts have fewer digits
            defined = op.definition(*operands, **params)
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


@dataclass(frozen=True, slots=True)
class Kernel:
    """What SymPy says of one operation: its value, and its derivatives by those of its inputs that vary, ``by``."""

    inputs: list[Expr]
    by: list[int]
    value: InstructionProgram
    slopes: InstructionProgram


def kernel_of(root: Call, varying: Collection[Expr], clock: Clock) -> Kernel | None:
    """The kernel of an elementwise operation, None where SymPy has none; raises OutOfTimeError."""
    script = Script()
    terms: dict[Expr, Any] = {node: literal(node) for node in root.operands}
    inputs = [node for node, number in terms.items() if number is None]
    terms.update({node: Symbolic(script, script.symbol()) for node in inputs})
    by = [position for position, node in enumerate(inputs) if node in varying]
    try:
        roots = script.roots(root.op.apply([terms[node] for node in root.operands], root.params))
    except NoMeaningError:
        return None
    found = differentiate(script, roots, [1.0], [(position,) for position in by], clock)
    if isinstance(found, str) or len(found.outputs) <= len(by) or not found.known(math.prod(root.shape)):
        return None
    return Kernel(inputs, by, replace(found, outputs=found.outputs[:1]), replace(found, outputs=found.outputs[1:]))


def literal(node: Expr) -> float | None:
    """A constant that goes into the formula as it is: a small whole number. Others are inputs."""
    if not isinstance(node, Const) or node.shape != ():
        return None
    number = float(node.value)
    return number if abs(number) <= 16 and number == int(number) else None


class Sweeper:
    """The expression of a question with its kernels, values and proofs.

    ``watched`` are nodes whose cotangents are kept; ``places`` says by what they and their operands are replaced. With
    ``exact`` what SymPy found is computed with 50 digits. ``trust`` is what the gradient of each input rests on, after
    a reverse sweep.
    """

    def __init__(
        self, question: Question, clock: Clock, watched: Collection[Expr] = (), *, exact: bool = False
    ) -> None:
        self.question = question
        self.clock = clock
        self.exact = exact
        self.inputs = {name: np.asarray(array, dtype=np.float64) for name, array in question.inputs.items()}
        self.directions = Directions()
        self.values: dict[Expr, Any] = {}
        self.proofs: dict[tuple[Expr, int], int] = {}
        self.trust: dict[str, int] = {}
        self.cotangents: dict[Expr, Array] = {}
        self.leaves = {name: question.variables[name] for name in question.wanted}
        seen = {part for node in watched for part in (node, *node.operands)}
        constants: dict[int, Any] = {}
        symbols = {name: Expanded(leaf, constants) for name, leaf in self.leaves.items()}
        made = evaluate([question.result, *seen], {**self.inputs, **symbols})
        self.places = {node: each.node for node, each in made.items() if isinstance(each, Expanded)}
        whole = made[question.result]
        self.result = whole.node if isinstance(whole, Expanded) else Const(whole)
        self.watched = frozenset(self.places[node] for node in seen if node in self.places)
        self.nodes = topological([self.result])
        self.varying = varying(self.nodes)
        self.kernels: dict[Expr, Kernel] = {}
        for node in self.nodes:
            if isinstance(node, Call) and is_elementwise(node) and (kernel := kernel_of(node, self.varying, clock)):
                self.kernels[node] = kernel

    def forward(self) -> Array:
        """The value of the result; values between kernels are kept."""
        self.values = {}
        for node in self.nodes:
            if isinstance(node, Const):
                self.values[node] = node.value
            elif isinstance(node, Var):
                self.values[node] = self.inputs[node.name]
            elif is_held(node):
                self.values[node] = self.values[node.operands[0]]
            elif (kernel := self.kernels.get(node)) is not None:
                self.values[node] = np.broadcast_to(self._computed(node, kernel, kernel.value)[0], node.shape)
            else:
                assert isinstance(node, Call)
                self.clock.tick()
                with np.errstate(all="ignore"):
                    self.values[node] = np.asarray(node.op.forward(*self._operands(node), **node.params))
        return np.asarray(self.values[self.result])

    def _operands(self, node: Call) -> list[Array]:
        return [self.values[operand] for operand in node.operands]

    def _computed(self, node: Expr, kernel: Kernel, program: InstructionProgram) -> list[Any]:
        """SymPy's value of a kernel, or its derivatives, at the numbers of its inputs."""
        return program.run([self.values[each] for each in kernel.inputs], node.shape, self.clock, exact=self.exact)

    def reverse(self, seeds: Mapping[Expr, Any] | None = None) -> Mapping[str, Array]:
        """The gradient of every wanted input; each adjoint is proved on its first use.

        ``seeds`` are the cotangents to start from, if they are not the weights of the result.
        """
        pending: dict[Expr, Any] = {self.result: self.question.weights} if seeds is None else dict(seeds)
        trust = dict.fromkeys(pending, SYMBOLIC)
        for node in reversed(self.nodes):
            g = pending.pop(node, None) if isinstance(node, Call) and node in self.varying else None
            if g is None:
                continue
            assert isinstance(node, Call)
            if node in self.watched:
                self.cotangents[node] = g
            for operand, passed, level in self._passed_back(node, g):
                pending[operand] = pending[operand] + passed if operand in pending else passed
                trust[operand] = min(trust.get(operand, SYMBOLIC), level, trust[node])
        self.trust = {name: trust.get(leaf, SYMBOLIC) for name, leaf in self.leaves.items()}
        return {name: np.broadcast_to(pending.get(leaf, 0.0), leaf.shape) for name, leaf in self.leaves.items()}

    def reached(self, corners: Sequence[Corner]) -> dict[str, Array]:
        """For each input the entries that a kink reaches, found by a reverse sweep of random numbers from the kinks.

        Comes after a reverse sweep that kept the cotangents of the kinked operations. A kink to which nothing comes
        back reaches nothing.
        """
        seeds: dict[Expr, Array] = {}
        for corner in corners:
            node = self.places[corner.node]
            cotangent = self.cotangents.get(node) if corner.shown is None else np.ones(corner.node.shape)
            if cotangent is not None:
                for operand, mask in zip(corner.node.operands, corner.reaching(cotangent), strict=True):
                    place = self.places.get(operand)
                    if mask is not None and place is not None and place in self.varying:
                        seed = mask * np.abs(self.directions.like(mask.shape))
                        seeds[place] = seeds[place] + seed if place in seeds else seed
        return {name: found != 0 for name, found in self.reverse(seeds=seeds).items() if np.any(found)}

    def _passed_back(self, node: Call, g: Array) -> list[tuple[Expr, Array, int]]:
        """What one operation passes on to each of its operands, and what that rests on."""
        kernel = self.kernels.get(node)
        if kernel is not None:
            with np.errstate(all="ignore"):
                return [
                    (kernel.inputs[position], fit(g * slope, kernel.inputs[position].shape), SYMBOLIC)
                    for position, slope in zip(kernel.by, self._computed(node, kernel, kernel.slopes), strict=True)
                ]
        self.clock.tick()
        operands, y = self._operands(node), self.values[node]
        moving = [i for i, o in enumerate(node.operands) if o in self.varying and node.op.rule(i) is not None]
        found = []
        for position in moving:
            if (node, position) not in self.proofs:
                proved = rule_is_adjoint(node, y, operands, position, self.directions, self.clock)
                self.proofs[node, position] = UNPROVED if not proved else SYMBOLIC if node.op.linear else BY_DIFFERENCES
            passed = adjoint(node, g, y, operands, position)
            found.append((node.operands[position], passed, self.proofs[node, position]))
        return found


def varying(nodes: list[Expr]) -> set[Expr]:
    """The nodes through which a gradient comes on its way from the last one to the inputs."""
    reached: set[Expr] = set()
    for node in nodes:
        below = [i for i, operand in enumerate(node.operands) if operand in reached]
        carries = is_elementwise(node) or any(node.op is not None and node.op.rule(i) is not None for i in below)
        if isinstance(node, Var) or (below and carries and not is_held(node)):
            reached.add(node)
    carrying = {nodes[-1]}
    for node in reversed(nodes):
        if node in carrying and not is_held(node):
            carrying.update(node.operands)
    return reached & carrying


def gradients(question: Question, clock: Clock, corners: Sequence[Corner], *, exact: bool = False) -> WitnessResult:
    """Every entry by a reverse sweep over kernels that SymPy differentiated; by differences what has no proof.

    Raises OutOfTimeError.
    """
    sweeper = Sweeper(question, clock, [corner.node for corner in corners], exact=exact)
    outcome = WitnessResult("sympy-kernels", sweeper.forward())
    gradients, trust = sweeper.reverse(), sweeper.trust
    if corners:
        outcome.kinks = sweeper.reached(corners)
    outcome.gradients.update(gradients)
    outcome.compared = {name: True for name in gradients if trust[name] == SYMBOLIC}
    outcome.covered = {name: True for name in gradients if trust[name] == BY_DIFFERENCES}
    unproved = [name for name in gradients if trust[name] == UNPROVED]
    if unproved:
        found = numeric.gradients(replace(question, wanted=tuple(unproved)), clock)
        for name in unproved:
            compared = found.compared.pop(name, False)
            found.covered[name] = found.covered.get(name, False) | compared
            if name in outcome.kinks:
                found.kinks[name] = found.kinks.get(name, False) | outcome.kinks[name]
        for field in ("gradients", "covered", "kinks", "found", "tolerance", "reasons"):
            getattr(outcome, field).update(getattr(found, field))
    return outcome


@np.errstate(all="ignore")
def applied(node: Call, operands: Sequence[Array], position: int, moved: Any, clock: Clock) -> Array:
    """The operation with another value for one operand."""
    clock.tick()
    given = [moved if i == position else operand for i, operand in enumerate(operands)]
    return np.asarray(node.op.forward(*given, **node.params))


def rule_is_adjoint(
    node: Call, y: Array, operands: Sequence[Array], position: int, directions: Directions, clock: Clock
) -> bool:
    """Whether the engine's rule A* for one operand is the adjoint of its tangent: ``<u, A t> = <A* u, t>``."""
    linear = bool(node.op.linear)
    operands = [np.where(np.isfinite(o), o, 1.0) for o in operands]
    u, t = directions.like(node.shape), directions.like(operands[position].shape)
    pulled = adjoint(node, u, y, operands, position)
    with np.errstate(all="ignore"):
        products = pulled * t
        size = float(ops.norm(products))
        if linear:
            if node.op.linear == "jointly":
                operands = [o if node.op.rule(i) is None else np.zeros_like(o) for i, o in enumerate(operands)]
            terms = u * np.broadcast_to(applied(node, operands, position, t, clock), node.shape)
            left, size = float(np.sum(terms)), size + float(ops.norm(terms))
        else:
            slope = _slope(node, u, t, operands, position, clock)
            if not slope.error <= RESOLVED * (abs(slope.value) + size) + FLAT:
                products = products * np.abs(operands[position])  # entries of very different sizes: each by its own
                size = float(ops.norm(products))
                slope = _slope(node, u, t * np.abs(operands[position]), operands, position, clock)
            left, size = slope.value, size + abs(slope.value)
            if not slope.error <= RESOLVED * size + FLAT:
                return False
        return abs(left - float(np.sum(products))) <= (EXACT if linear else NEAR) * size


def _slope(node: Call, u: Array, t: Array, operands: Sequence[Array], position: int, clock: Clock) -> numeric.Slope:
    """The slope of ``<u, f(x)>`` along ``t``, found by differences."""
    x = operands[position]
    moved = Var("x", x.shape)
    parts = tuple([moved if i == position else Const(o) for i, o in enumerate(operands)])
    asked = Question(Call(node.op, parts, node.params), {"x": moved}, {"x": x}, ("x",), u, x, {}, 0.0, 0.0, 0.0)
    scale = (float(np.max(np.abs(x), initial=0.0)) or 1.0) / (float(np.max(np.abs(t), initial=0.0)) or 1.0)
    near = (x != 0) & (t != 0)
    if node.op.kinks and near.any():  # a step that is large for one entry may carry it across another
        scale = min(scale, float(np.abs(x[near] / t[near]).min()))
    return numeric.Differences(asked, clock).along("x", t, scale)
