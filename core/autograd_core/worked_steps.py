"""A run worked out step by step, as frozen plain data."""

from __future__ import annotations

from typing import Any

import numpy.typing as npt

from autograd_core.dataclass import dataclass

Array = npt.NDArray[Any]


@dataclass(frozen=True, slots=True)
class FormulaText:
    """A formula in the tool's own language and in LaTeX."""

    text: str
    latex: str


@dataclass(frozen=True, slots=True)
class Forward:
    """One value of the forward pass: ``symbol = formula``."""

    symbol: FormulaText
    formula: FormulaText
    grad_fn: str | None
    value: Array


@dataclass(frozen=True, slots=True)
class Passed:
    """What a node passed back to one operand: ``gradient``, by ``rule``.

    ``local`` is the derivative of the node by that operand, entry by entry; for an operation that mixes entries
    ``local_value`` is the Jacobian matrix with all entries in row-major order, None where it is large.
    """

    symbol: FormulaText
    rule: FormulaText
    local: FormulaText | None
    local_value: Array | None
    gradient: Array


@dataclass(frozen=True, slots=True)
class Path:
    """One of several contributions to a gradient: the one that came through the value called ``through``."""

    through: FormulaText
    gradient: Array


@dataclass(frozen=True, slots=True)
class Backward:
    """One value in the backward pass: the gradient that arrived, on which ways, and what was passed on.

    ``symbol`` is the value's, ``name`` that of its gradient. ``paths`` is empty where the value is used once. An input
    passes nothing on and has neither ``formula`` nor ``grad_fn``.
    """

    symbol: FormulaText
    name: FormulaText
    formula: FormulaText | None
    grad_fn: str | None
    gradient: Array
    paths: tuple[Path, ...]
    passed: tuple[Passed, ...]


@dataclass(frozen=True, slots=True)
class Steps:
    """A run worked out: every value in the order it was computed, then every gradient in the reverse order.

    ``backward`` starts with the result and ends with the inputs; ``seed`` is the v that it started from.
    """

    forward: tuple[Forward, ...]
    backward: tuple[Backward, ...]
    seed: Array
