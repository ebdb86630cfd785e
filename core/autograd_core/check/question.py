"""What the witnesses are asked, and what they say together."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from autograd_core.dataclass import dataclass
from autograd_core.expr.nodes import Expr, Var
from autograd_core.report import Check, Verdict

Array = npt.NDArray[np.floating[Any]]


@dataclass(frozen=True, slots=True)
class Question:
    """Everything a witness may look at: the expression, the numbers, and what the engine found. Never the tape.

    ``wanted`` names the inputs whose gradients are asked about. ``weights`` is v of v.J, summed over the backward
    passes that were accumulated, in the shape of the result. ``value`` and ``gradients`` are the engine's. Entries
    agree when they differ by no more than ``atol + rtol * size``. ``budget`` is in seconds. ``text`` is what the user
    typed, where there is one: with it the reading of the expression is checked too.
    """

    result: Expr
    variables: Mapping[str, Var]
    inputs: Mapping[str, Array]
    wanted: tuple[str, ...]
    weights: Array
    value: Array
    gradients: Mapping[str, Array]
    rtol: float
    atol: float
    budget: float
    text: str | None = None


@dataclass(frozen=True, slots=True)
class Findings:
    """What the witnesses found: for each variable, and over all."""

    variables: Mapping[str, Check]
    verdict: Verdict
