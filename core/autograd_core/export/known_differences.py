"""Where another library is known to give other gradients than these."""

from __future__ import annotations

import numpy as np

from autograd_core.expr.nodes import Call, topological
from autograd_core.expr.run import evaluate
from autograd_core.expr.text import write
from autograd_core.ops.spec import KnownDifference
from autograd_core.run import Run


def known_differences(done: Run, target: str) -> list[str]:
    """A sentence for each operation of a run whose gradient ``target`` answers otherwise at these numbers.

    The operations declare it (``ops.spec.Differing``).
    """
    nodes = [
        node
        for node in topological([done.program.result])
        if isinstance(node, Call) and isinstance(node.op.exports.get(target), KnownDifference)
    ]
    roots = list({operand: None for node in nodes for operand in node.operands})
    if not roots:
        return []
    values = evaluate(roots, done.inputs, dtype=np.dtype(done.request.dtype))
    found = []
    for node in nodes:
        declared = node.op.exports[target]
        with np.errstate(all="ignore"):
            met = declared.where(*(values[operand] for operand in node.operands), **node.params)
        if np.any(met):
            found.append(f"{write(node, most=60)}: {declared.choice}")
    return found
