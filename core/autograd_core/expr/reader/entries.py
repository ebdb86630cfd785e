"""What an expression in the language computes entry by entry where mathematics would mean something else."""

from __future__ import annotations

import re
from collections.abc import Iterator

from autograd_core.expr.build import Program
from autograd_core.expr.nodes import Call, Expr, topological
from autograd_core.expr.text import write
from autograd_core.ops.registry import op as ops

_COMBINING = frozenset([ops.add, ops.sub, ops.mul, ops.div])
_POWERS = frozenset([ops.pow_tensor, ops.pow_scalar])
ON_PURPOSE = re.compile("None|newaxis|unsqueeze|keepdim")
"""What makes a column on purpose, to be combined with each entry of a vector."""


def entry_notes(program: Program) -> dict[str, str]:
    """Warnings about products, powers and differences that are by entry, or broadcast."""
    notes: dict[str, str] = {}
    nodes = [node for node in topological([program.result]) if isinstance(node, Call)]
    summed = {id(operand) for node in nodes if node.op in (ops.sum, ops.mean) for operand in node.operands}
    traces = (node for node in nodes if node.op.group == "linear algebra" and node.shape == ())
    whole = {id(operand) for node in traces for operand in node.operands}
    for node in nodes:
        told = node.op in (*_POWERS, ops.matmul, ops.remainder) or (node.op in _COMBINING and len(node.shape) == 2)
        if told and node.span is not None:
            for code, words in _said(node, program.source.text, summed):
                notes.setdefault(words, code)
            if node.op is ops.mul and id(node) in whole and all(len(operand.shape) == 2 for operand in node.operands):
                left, right = map(_shown, node.operands)
                words = f"{left}*{right} is by entry here; the product of the matrices is {left} @ {right}"
                notes.setdefault(words, "AG412")
    return notes


def _said(node: Call, text: str, summed: set[int]) -> Iterator[tuple[str, str]]:
    """What is to be said of one node of a text."""
    typed = text[slice(*node.span)] if node.span is not None else ""
    op, shapes = node.op, [operand.shape for operand in node.operands]
    ranks = sorted(len(shape) for shape in shapes)
    low, high = sorted(shapes, key=len) if len(shapes) == 2 else ((), ())
    mixed = ranks == [1, 2] and 1 not in high and low != (1,)
    if ranks == [2, 2] and shapes[0][1] == shapes[1][0] > 1:  # A*x of a column, y*A of a row
        mixed = 1 in (shapes[0][0], shapes[1][1]) and not ON_PURPOSE.search(typed)
    if op is ops.remainder and (part := re.match(r"([\d.]+)%\s+(?=[^\d\s])", typed)):  # 50% s
        share = f"{part[1]}/100*{typed[part.end() :]}"
        yield "AG413", f"{typed} is the remainder of a division here; {part[1]} percent of it is {share}"
    elif op is ops.mul and "*" in typed and mixed:
        left, right = map(_shown, node.operands)
        yield "AG411", f"{left}*{right} is by entry here; the product of a matrix and a vector is {left} @ {right}"
    elif op is ops.pow_scalar and (words := of_powers(typed)):
        yield "AG413", words
    elif op in _POWERS and "^" in typed and ranks[-1] == 2 == sum(ranks) and len({1, *max(shapes, key=len)}) == 2:
        left, power = _shown(node.operands[0]), re.sub(r".*\^", "", typed).strip() or "2"
        other = f"the power of the matrix is matrix_power({left}, {power})"
        if id(node) not in summed:
            other = other if shapes[0] else "there is no exponential of a matrix"
            yield "AG412", f"{left}^{power} is by entry here; {other}"
    elif op is ops.matmul and ranks == [1, 1] and re.fullmatch(r"\s*\w+\s*@\s*\w+\.(T|t\(\))\s*", typed):
        left = _shown(node.operands[0])
        yield "AG413", f"{typed.strip()} of a vector with one axis is a number here; x x^T is outer({left}, {left})"
    elif op in _COMBINING and ranks == [1, 2] and high[1] == 1 < min(high[0], low[0]) and not ON_PURPOSE.search(typed):
        left, right = map(_shown, node.operands)
        sign, shape = node.notation[1][1].strip(), f"({node.shape[0]},{node.shape[1]})"
        words = f"{left} {sign} {right} has shape {shape}: a column of shape ({high[0]},1) and a vector of shape "
        yield "AG414", f"{words}({low[0]},) are combined each with each"
    quotient = node.operands[0] if op is ops.matmul else None
    if not isinstance(quotient, Call) or quotient.span is None or text[quotient.span[1] :].lstrip()[:1] != "@":
        return  # in brackets, or by a name
    if quotient.op is ops.div and quotient.operands[1].shape and "/" in text[slice(*quotient.span)]:
        above, below, right = map(_shown, (*quotient.operands, node.operands[1]))
        yield "AG413", f"{above}/{below}@{right} is ({above}/{below})@{right}; a quotient is {above}/({below}@{right})"


def of_powers(typed: str) -> str | None:
    """What is to be said of the power ``sum (x - y)^2``; None for any other text."""
    said = re.match(r"(sum|mean)\s+(\(.*\)\s*(?:\^|\*\*|[²³]).*)", typed, re.DOTALL)
    if said is None:
        return None
    return f"{typed} is a power of the {said[1]}; the {said[1]} of powers is {said[1]}({said[2]})"


def _shown(expr: Expr) -> str:
    text = write(expr, most=30)
    return text if re.fullmatch(r"[\w.]+", text) else f"({text})"
