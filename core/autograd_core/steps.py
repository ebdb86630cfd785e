"""Backprop as a worked solution, from the gradients of the run itself: the steps cannot disagree with the answer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import count
from typing import Any

import numpy as np
import numpy.typing as npt

from autograd_core.engine.backprop import pull_back
from autograd_core.engine.tensor import Tensor
from autograd_core.errors import AutogradError
from autograd_core.expr.build import Program
from autograd_core.expr.gradient import simplify_units
from autograd_core.expr.latex import latex
from autograd_core.expr.nodes import Call, Const, Expr, Var, topological
from autograd_core.expr.run import evaluate
from autograd_core.expr.text import write
from autograd_core.phases import phase
from autograd_core.report import Backward, FormulaText, Forward, Passed, Path, Steps
from autograd_core.run import Run

Array = npt.NDArray[Any]

MOST_JACOBIAN = 64
"""Entries of a Jacobian matrix that is worked out."""


@phase("steps")
def steps_of(done: Run) -> Steps:
    """The forward table and the backward pass of a run that was asked for its steps."""
    return _Story(done).told()


class _Alone(Call):
    """A node between names: its rules as formulas, for ``positions`` of its operands, and the numbers of the names."""

    def __init__(self, story: _Story, node: Call, positions: list[int], incoming: Array) -> None:
        names, values = story.names, story.done.values
        super().__init__(node.op, tuple([story.vars.get(id(o), o) for o in node.operands]), node.params)
        self.edges = tuple([o if i in positions else None for i, o in enumerate(self.operands)])
        self.node, self.y, self.g = node, story.vars[id(node)], Var(story.d + names[id(node)], node.shape)
        self.rules = [rule for _, rule in pull_back(self, self.g)]
        self.short = [rule for _, rule in pull_back(self, self.g, textbook=True)] if node.op.textbook else []
        self.numbers = {names[id(o)]: values[o].array for o in node.operands if o.depends}
        self.numbers |= {self.y.name: values[node].array, self.g.name: incoming}

    def values(self, _wrap: Any) -> Sequence[Expr]:
        """What the rules run on: the names."""
        return self.y, *self.operands


class _Story:
    """Names for the values of a run, and what happened to each."""

    def __init__(self, done: Run) -> None:
        self.done = done
        self.root = done.program.result
        self.nodes = [node for node in topological([self.root]) if node.depends]
        self.ids = {id(node): number for number, node in enumerate(self.nodes)}  # as in the graph
        self.names = _names(self.nodes, self.root, done.program, done.names[0])
        taken = {*self.names.values()}
        self.d = next(d for d in ("d", "d_", "grad_", "gradient_") if not any(d + name in taken for name in taken))
        self.vars = {id(node): Var(self.names[id(node)], node.shape) for node in self.nodes}
        self.symbols: dict[int, FormulaText] = {}

    def told(self) -> Steps:
        arrived: dict[int, list[Path]] = {}
        backward: list[Backward] = []
        for node in reversed(self.nodes):
            tensor: Tensor = self.done.values[node]
            if isinstance(node, Call) and tensor.requires_grad:
                backward.append(self.step(node, tensor, arrived))
        for node in self.nodes:
            if isinstance(node, Var) and node.name in self.done.gradients:
                backward.append(self.backward(node, self.done.gradients[node.name], arrived))
        forward = tuple(
            Forward(i, self.symbol(n), self.formula(n), _grad_fn(self.done.values[n]), self.done.values[n].array)
            for i, n in enumerate(self.nodes)
            if isinstance(n, Call)
        )
        return Steps(forward, tuple(backward), self.done.weights)

    def step(self, node: Call, tensor: Tensor, arrived: dict[int, list[Path]]) -> Backward:
        """What reached one node and what it passed on, which is noted under the nodes it went to."""
        assert tensor.grad_fn is not None
        g = self.done.inner.get(tensor.grad_fn)
        with np.errstate(all="ignore"):
            seen = [] if g is None else pull_back(tensor.grad_fn, g)
        incoming = np.zeros(node.shape, tensor.dtype) if g is None else np.broadcast_to(g, node.shape)
        positions = [
            i for i, edge in enumerate(tensor.grad_fn.edges) if edge is not None and node.op.rule(i) is not None
        ]
        symbol, passed = self.symbol(node), []
        alone = _Alone(self, node, positions, incoming)
        for place, (position, (_, gradient)) in enumerate(zip(positions, seen, strict=False)):
            operand = node.operands[position]
            whole = np.broadcast_to(gradient, operand.shape)
            passed.append(self.passed(alone, place, position, whole))
            arrived.setdefault(id(operand), []).append(Path(symbol, whole))
        return self.backward(node, incoming, arrived, passed)

    def backward(
        self, node: Expr, gradient: Array, arrived: Mapping[int, list[Path]], passed: Sequence[Passed] = ()
    ) -> Backward:
        """The gradient of one value, the paths on which it came where there are several, and what it passed on."""
        paths = arrived.get(id(node), [])
        return Backward(
            node=self.ids[id(node)],
            symbol=self.symbol(node),
            name=self.gradient_symbol(node),
            formula=self.formula(node) if isinstance(node, Call) else None,
            grad_fn=_grad_fn(self.done.values[node]),
            gradient=gradient,
            paths=tuple(paths) if len(paths) > 1 else (),
            passed=tuple(passed),
        )

    def passed(self, alone: _Alone, place: int, position: int, seen: Array) -> Passed:
        """The rule by which a node passed a gradient to one operand, and its local derivative."""
        node, y, g, numbers = alone.node, alone.y, alone.g, alone.numbers
        incoming = numbers[g.name]
        rule = exact = alone.rules[place]
        if alone.short:
            rule = alone.short[place] if _gives(alone.short[place], numbers, seen) else exact
        slope = matrix = None
        if node.op.elementwise:
            declared = node.op.rule(position, textbook=rule is not exact)
            assert declared is not None
            found = declared(Const(1.0), y, *alone.operands, **node.params)
            slope = tidy(found if isinstance(found, Expr) else Const(found))
            matrix = np.broadcast_to(_value(slope, numbers), node.shape)
        elif seen.size * incoming.size <= MOST_JACOBIAN:
            rows = []
            for entry in range(incoming.size):
                numbers[g.name] = np.eye(incoming.size)[entry].reshape(incoming.shape)
                rows.append(np.broadcast_to(_value(exact, numbers), seen.shape).reshape(-1))
            numbers[g.name] = incoming
            matrix = np.array(rows).reshape(incoming.size, seen.size)
        operand = node.operands[position]
        return Passed(
            node=self.ids[id(operand)],
            operand=self.symbol(operand),
            symbol=self.gradient_symbol(operand),
            rule=self.written(tidy(rule), {g.name: self.partial(node)}),
            local=None if slope is None else self.written(slope),
            local_value=matrix,
            gradient=seen,
        )

    def symbol(self, node: Expr) -> FormulaText:
        """The name of a value."""
        found = self.symbols.get(id(node))
        if found is None:
            found = self.symbols[id(node)] = self.written(self.vars[id(node)])
        return found

    def formula(self, node: Call) -> FormulaText:
        """One operation on names."""
        return self.written(Call(node.op, tuple([self.vars.get(id(o), o) for o in node.operands]), node.params))

    def gradient_symbol(self, node: Expr) -> FormulaText:
        """The name of the gradient with respect to a value."""
        return FormulaText(self.d + self.names[id(node)], self.partial(node))

    def partial(self, node: Expr) -> str:
        """The gradient with respect to a value in LaTeX."""
        of = self.symbol(self.root).latex
        top = rf"\partial {of}" if self.root.shape == () else rf"\partial \left(v \cdot {of}\right)"
        return rf"\frac{{{top}}}{{\partial {self.symbol(node).latex}}}"

    def written(self, expr: Expr, words: Mapping[str, str] | None = None) -> FormulaText:
        """Both notations; ``words`` are the LaTeX of variables that are gradients."""
        return FormulaText(write(expr), latex(expr, words))


def _names(nodes: Sequence[Expr], root: Expr, program: Program, result: str) -> dict[int, str]:
    """A name for each node: the input's, the user's own, that of the result, v1, v2, ... for the others."""
    labels = program.labels
    own = {id(n): labels[n] for n in nodes if n in labels}
    taken = {*program.variables, *own.values()}
    free: Iterator[str] = (name for name in (f"v{number}" for number in count(1)) if name not in taken)
    names: dict[int, str] = {}
    for node in nodes:
        if isinstance(node, Var):
            names[id(node)] = node.name
        else:
            names[id(node)] = own.get(id(node)) or (result if node is root else next(free))
    return names


def tidy(expr: Expr) -> Expr:
    """The same expression without factors that are the number 1."""
    return simplify_units([expr])[id(expr)]


def _value(expr: Expr, numbers: Mapping[str, Array]) -> Array:
    return np.asarray(evaluate([expr], numbers)[expr])


def _gives(expr: Expr, numbers: Mapping[str, Array], seen: Array) -> bool:
    """Whether a formula gives the numbers that were seen."""
    try:
        found = np.broadcast_to(_value(expr, numbers), seen.shape)
    except (AutogradError, ValueError):
        return False
    return bool(np.allclose(found, seen, rtol=1e-6 if seen.dtype == np.float32 else 1e-10, atol=0, equal_nan=True))


def _grad_fn(tensor: Tensor) -> str | None:
    return tensor.grad_fn.name() if tensor.grad_fn else None
