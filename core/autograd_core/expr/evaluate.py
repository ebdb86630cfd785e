"""Run an expression on arrays or tensors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from autograd_core.errors import AutogradError
from autograd_core.expr.nodes import Call, Const, Expr, Var, named, topological


def evaluate(
    roots: Sequence[Expr], inputs: Mapping[str, Any], *, dtype: Any = np.float64, every: bool = False
) -> dict[Expr, Any]:
    """The values of ``roots``, or of every node.

    ``inputs`` gives arrays, tensors or anything else that operations act on, by name. Constants take ``dtype``. A value
    is let go after its last use, unless ``every`` is asked for. Raises DomainError, with the place in the text, where
    an operation has no value.
    """
    nodes = topological(roots)
    left: dict[int, int] = {}
    for node in nodes:
        for operand in node.operands:
            left[id(operand)] = left.get(id(operand), 0) + 1
    for root in roots:
        left[id(root)] = left.get(id(root), 0) + 1
    values: dict[Expr, Any] = {}
    with np.errstate(all="ignore"):
        for node in nodes:
            if isinstance(node, Var):
                values[node] = inputs[node.name]
            elif isinstance(node, Const):
                values[node] = node.value.astype(dtype, copy=False)
            else:
                assert isinstance(node, Call)
                try:
                    values[node] = node.op(*[values[o] for o in node.operands], **node.params)
                except AutogradError as error:
                    raise named(error, node.operands).at(node.span) from None
            if not every:
                for operand in node.operands:
                    left[id(operand)] -= 1
                    if not left[id(operand)]:
                        del values[operand]
    return values
