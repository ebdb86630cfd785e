"""What an expression in the language computes entry by entry where mathematics would mean something else."""

from __future__ import annotations

import re

from autograd_core.expr.build import Program
from autograd_core.expr.nodes import Call, Expr, topological
from autograd_core.expr.reader.item import Notes
from autograd_core.expr.text import write
from autograd_core.ops.registry import op as ops


def entry_notes(program: Program) -> Notes:
    """Warnings about products, powers and differences that are by entry, or broadcast."""
    notes = Notes()
    nodes = topological([program.result])
    summed = {
        id(o) for node in nodes if isinstance(node, Call) and node.op in (ops.sum, ops.mean) for o in node.operands
    }
    for node in nodes:
        if isinstance(node, Call) and node.span is not None:
            _note(node, notes, program.source.text, summed)
    return notes


def _note(node: Call, notes: Notes, text: str, summed: set[int]) -> None:
    """What is to be said of one node."""
    typed = text[slice(*node.span)] if node.span is not None else ""
    op = node.op
    shapes = [operand.shape for operand in node.operands]
    if op is ops.mul and "*" in typed and {len(s) for s in shapes} == {1, 2}:
        matrix = next(s for s in shapes if len(s) == 2)
        vector = next(s for s in shapes if len(s) == 1)
        if 1 not in matrix and vector != (1,):
            left, right = (_shown(o) for o in node.operands)
            notes.add(
                "AG411", f"{left}*{right} is by entry here; the product of a matrix and a vector is {left} @ {right}"
            )
    elif op is ops.pow_scalar and "^" in typed and len(shapes[0]) == 2 and shapes[0][0] == shapes[0][1]:
        if id(node) not in summed and 1 not in shapes[0]:
            base = _shown(node.operands[0])
            power = re.sub(r".*\^", "", typed).strip() or "2"
            notes.add(
                "AG412", f"{base}^{power} is by entry here; the power of the matrix is matrix_power({base}, {power})"
            )
    elif op is ops.matmul and len(shapes) == 2 and {len(s) for s in shapes} == {1}:
        if re.fullmatch(r"\s*\w+\s*@\s*\w+\.(T|t\(\))\s*", typed):
            left = _shown(node.operands[0])
            notes.add(
                "AG413", f"{typed.strip()} of a vector with one axis is a number here; x x^T is outer({left}, {left})"
            )
    elif op in (ops.add, ops.sub) and sorted(len(s) for s in shapes) == [1, 2]:
        column = next(s for s in shapes if len(s) == 2)
        flat = next(s for s in shapes if len(s) == 1)
        if column[1] == 1 and column[0] > 1 and flat[0] > 1:
            left, right = (_shown(o) for o in node.operands)
            notes.add(
                "AG414",
                f"{left} {'+' if op is ops.add else '-'} {right} has shape ({node.shape[0]},{node.shape[1]}): a column "
                f"of shape ({column[0]},1) and a vector of shape ({flat[0]},) are combined each with each",
            )
    elif op is ops.matmul and re.search(r"/[^@/]*@", typed) and isinstance(node.operands[0], Call):
        _divided(node, node.operands[0], notes)
    if op is ops.matmul and isinstance(node.operands[0], Call) and node.operands[0].op is ops.div:
        _divided(node, node.operands[0], notes)


def _divided(node: Call, quotient: Call, notes: Notes) -> None:
    """``a/b@c``, which is ``(a/b)@c``."""
    if quotient.op is ops.div and len(quotient.operands[1].shape) > 0:
        above, below, right = (_shown(o) for o in (*quotient.operands, node.operands[1]))
        notes.add(
            "AG413",
            f"{above}/{below}@{right} is ({above}/{below})@{right}; a quotient is {above}/({below}@{right})",
        )


def _shown(expr: Expr) -> str:
    text = write(expr, most=30)
    return text if re.fullmatch(r"[\w.]+", text) else f"({text})"
