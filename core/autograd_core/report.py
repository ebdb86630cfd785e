"""What a run found, as frozen plain data: every output format reads this and nothing else."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from autograd_core.dataclass import dataclass
from autograd_core.graph_data import OF_VALUE, Array, GraphData, GraphNode, Shape, Value, shape_label, shape_text

__all__ = [
    "Array", "Backward", "Check", "FormulaText", "Forward", "Graph", "GraphNode", "Outline", "Passed", "Path", "Report",
    "Row", "Shape", "Steps", "Value", "Variable", "VectorJacobian", "Verdict", "Warning", "Worst", "all_finite",
    "index_text", "shape_label", "shape_text",
]  # fmt: skip


def index_text(index: Sequence[int]) -> str:
    """Where an entry stands, ``[0, 1]``; nothing for the entry of a single number."""
    return f"[{', '.join(map(str, index))}]" if index else ""


def all_finite(array: Array) -> bool:
    """Whether every entry is a finite number; a finite sum says so without an array of answers."""
    with np.errstate(all="ignore"):
        return bool(np.isfinite(array.sum())) or bool(np.isfinite(array).all())


@dataclass(frozen=True, slots=True)
class Warning:
    """Something the user should know that does not change the exit status."""

    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Worst:
    """The entry where two witnesses differ most."""

    index: tuple[int, ...]
    engine: float
    witness: float

    JSON = "index engine witness relative_error ratio"

    @property
    def relative_error(self) -> float:
        """The difference relative to the larger of the two."""
        size = max(abs(self.engine), abs(self.witness))
        return abs(self.engine - self.witness) / size if size else 0.0

    @property
    def ratio(self) -> float | None:
        """The engine's number divided by the witness's; None where that is 0, or one of them not finite."""
        finite = math.isfinite(self.engine) and math.isfinite(self.witness)
        return self.engine / self.witness if self.witness and finite else None


@dataclass(frozen=True, slots=True)
class Row:
    """One entry of a gradient as each witness has it, None where a witness has no number for it."""

    index: tuple[int, ...]
    engine: float
    sympy: float | None
    numeric: float | None


@dataclass(frozen=True, slots=True)
class Check:
    """What a witness found about the gradient of one variable.

    ``compared`` counts entries compared by themselves, ``covered`` those reached only by projections, ``kinks`` those
    at a point where the expression is not differentiable. ``status`` is agree, disagree, partial or skipped. ``method``
    is sympy (by element), sympy-kernels, numeric, all or none. ``rows`` are entries side by side, for the method all;
    ``note`` says in words how near the witness is.
    """

    status: str
    method: str
    compared: int
    covered: int
    total: int
    kinks: int
    max_abs_error: float | None
    reason: str | None = None
    worst: Worst | None = None
    rows: tuple[Row, ...] = ()
    note: str | None = None

    JSON = "status method compared covered total kinks max_abs_error reason note? worst? rows?"


@dataclass(frozen=True, slots=True)
class Verdict:
    """The verdict over all variables.

    ``value`` is the entry of the result where the forward values differ most, where they do.
    """

    status: str
    compared: int
    covered: int
    total: int
    kinks: int
    max_abs_error: float | None
    rtol: float
    atol: float
    reason: str | None = None
    value: Worst | None = None

    JSON = "status compared covered total kinks max_abs_error rtol atol reason? value?"

    def exit_status(self, *, finite: bool, strict: bool) -> int:
        """0 when a run is fine, 1 when the check disagrees or ``strict`` is not met.

        ``strict`` asks for finite gradients and a complete cross-check; an entry at a kink cannot be compared by
        anybody and is no gap.
        """
        complete = self.compared + self.covered + self.kinks == self.total
        return int(self.status == "disagree" or (strict and not (finite and complete)))


@dataclass(frozen=True, slots=True)
class Variable:
    """One input: its value, its gradient, the closed form of the gradient, and what the check says."""

    name: str
    value: Value
    grad: Array | None
    formula: str | None
    formula_reason: str | None
    check: Check | None

    JSON = f"{OF_VALUE} grad formula check"


def _in_notebook(found: Any) -> str:
    """What Jupyter shows of a graph or a report."""
    from autograd_core.page.html import in_notebook  # loaded when it asks

    return in_notebook(found)


@dataclass(frozen=True, slots=True)
class Graph(GraphData):
    """The computation graph of a run, which a notebook draws."""

    _repr_html_ = _in_notebook


@dataclass(frozen=True, slots=True)
class FormulaText:
    """A formula in the tool's own language and in LaTeX."""

    text: str
    latex: str

    JSON = "text"


@dataclass(frozen=True, slots=True)
class Forward:
    """One value of the forward pass: ``symbol = formula``; ``node`` is its id in the graph."""

    node: int
    symbol: FormulaText
    formula: FormulaText
    grad_fn: str | None
    value: Array

    JSON = "name=symbol formula latex grad_fn value.shape data=value"

    @property
    def latex(self) -> str:
        """The equation."""
        return f"{self.symbol.latex} = {self.formula.latex}"


@dataclass(frozen=True, slots=True)
class Passed:
    """What a node passed back to one ``operand``, whose gradient is called ``symbol``: ``gradient``, by ``rule``.

    ``node`` is the id of the operand in the graph. ``local`` is the derivative of the node by that operand, entry by
    entry; for an operation that mixes entries ``local_value`` is the Jacobian matrix with all entries in row-major
    order, None where it is large.
    """

    node: int
    operand: FormulaText
    symbol: FormulaText
    rule: FormulaText
    local: FormulaText | None
    local_value: Array | None
    gradient: Array

    JSON = "grad_name=symbol rule latex local local_data=local_value gradient.shape grad=gradient"

    @property
    def latex(self) -> str:
        """The equation."""
        return f"{self.symbol.latex} = {self.rule.latex}"


@dataclass(frozen=True, slots=True)
class Path:
    """One of several contributions to a gradient: the one that came through the value called ``through``."""

    through: FormulaText
    gradient: Array

    JSON = "through grad=gradient"


@dataclass(frozen=True, slots=True)
class Backward:
    """One value in the backward pass: the gradient that arrived, on which ways, and what was passed on.

    ``node`` is its id in the graph, ``symbol`` its name, ``name`` that of its gradient. ``paths`` is empty where the
    value is used once. An input passes nothing on and has neither ``formula`` nor ``grad_fn``.
    """

    node: int
    symbol: FormulaText
    name: FormulaText
    formula: FormulaText | None
    grad_fn: str | None
    gradient: Array
    paths: tuple[Path, ...]
    passed: tuple[Passed, ...]

    JSON = "name=symbol formula grad_fn grad_name=name gradient.shape grad=gradient paths passed"


@dataclass(frozen=True, slots=True)
class Steps:
    """A run worked out: every value in the order it was computed, then every gradient in the reverse order.

    ``backward`` starts with the result and ends with the inputs; ``seed`` is the v that it started from.
    """

    forward: tuple[Forward, ...]
    backward: tuple[Backward, ...]
    seed: Array

    JSON = "seed forward backward"


@dataclass(frozen=True, slots=True)
class Outline:
    """What ``graph`` found: the graph, and why there are no gradients in it where there are none."""

    expression: str
    result: Value
    grad_tensors: tuple[Array | None, ...]
    graph: Graph
    missing: str | None
    warnings: tuple[Warning, ...]


@dataclass(frozen=True, slots=True)
class VectorJacobian:
    """What a gradient is made of: the weights v of the entries of the result, and the Jacobian by each input.

    ``blocks`` have the shape of the result followed by that of the input; the gradient is v.J.
    """

    weights: Array
    blocks: Mapping[str, Array]

    JSON = "v=weights J=blocks"

    def matrix(self, name: str) -> Array:
        """The Jacobian by an input with a row for each entry of the result and a column for each of the input."""
        block = self.blocks[name]
        return block.reshape(self.weights.size, math.prod(block.shape[self.weights.ndim :]))


@dataclass(frozen=True, slots=True)
class Report:
    """Everything one run of ``grad`` found; ``names`` are what formulas call the result and the grad tensor.

    ``assumptions`` hold of the inputs, and the formulas are right only where they do.
    """

    expression: str
    names: tuple[str, str]
    result: Value
    grad_tensors: tuple[Array | None, ...]
    variables: tuple[Variable, ...]
    verdict: Verdict
    graph: Graph | None
    warnings: tuple[Warning, ...]
    steps: Steps | None = None
    jacobian: VectorJacobian | None = None
    assumptions: tuple[str, ...] = ()

    _repr_html_ = _in_notebook

    @property
    def finite(self) -> bool:
        """Whether every gradient entry is a finite number."""
        return all(v.grad is None or all_finite(v.grad) for v in self.variables)

    def exit_status(self, *, strict: bool = False) -> int:
        """0 when the run is fine, 1 when the check disagrees or ``strict`` is not met."""
        return self.verdict.exit_status(finite=not strict or self.finite, strict=strict)
