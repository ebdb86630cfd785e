"""Expressions as text that reads back as the same expression."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from autograd_core.errors import LimitError
from autograd_core.limits import MAX_WRITTEN
from autograd_core.ops.registry import op as ops
from autograd_core.ops.spec import ADD, ATOM, COMPARE, MULTIPLY, UNARY, Notation, OpSpec, number_text, value_text

Expr = Any
"""An expression, as ``expr.nodes`` has them: they name shapes that do not fit by the texts from here."""


def write(expr: Expr, names: Mapping[int, str] | None = None, most: int | None = None, *, chains: bool = False) -> str:
    """The text of an expression.

    ``names`` maps the identity (``id``) of sub-expressions to names that are written in their place. A text longer than
    ``most`` characters ends in ``...`` and does not read back. With ``chains`` it reads back as what is equal:
    ``A @ (B @ x)`` is written ``A @ B @ x``. Raises LimitError for a text without end.
    """
    known = names or {}

    def notation(node: Expr) -> Notation:
        if id(node) in known and node is not expr:
            return ATOM, [known[id(node)]]
        precedence, written = _written(node)
        if chains and node.op is ops.matmul and _in_a_chain(*node.operands):
            written[-1] = (node.operands[1], precedence)
        return precedence, written

    return rendered(expr, notation, most=most)


def rendered(
    expr: Expr, notation: Callable[..., Notation], brackets: tuple[str, str] = ("(", ")"), most: int | None = None
) -> str:
    """The text that the ``notation`` of each node makes: pieces, and operands with the precedence they need.

    What stands behind the precedence of an operand is handed to the notation of that. Raises LimitError for a text
    without end, unless it is cut at ``most`` characters.
    """
    pieces: list[str] = []
    length = 0
    stack: list[Any] = [(expr, 0)]
    while stack:
        item = stack.pop()
        if isinstance(item, str):
            pieces.append(item)
            length += len(item)
            if most is not None and length > most:
                return "".join(pieces)[: most - 3] + "..."
            if length > MAX_WRITTEN:
                raise too_long()
            continue
        node, least, *said = item
        precedence, written = notation(node, *said)
        written = [
            p if isinstance(p, str) or not isinstance(p[0], int) else (node.operands[p[0]], *p[1:]) for p in written
        ]
        stack += reversed([brackets[0], *written, brackets[1]] if precedence < least else written)
    return "".join(pieces)


def _in_a_chain(left: Expr, right: Expr) -> bool:
    """Whether ``left @ (right)`` needs no brackets: a product of matrices, of which the last may be a vector."""
    if len(left.shape) != 2 or right.op is not ops.matmul:
        return False
    while right.op is ops.matmul:
        right = right.operands[0]
    return len(right.shape) == 2 and right.notation[0] > MULTIPLY


def excerpts(
    nodes: Iterable[Expr], names: Mapping[int, str], most: int, called: Mapping[int, str]
) -> tuple[dict[int, str], dict[int, str]]:
    """What ``write`` gives with ``most`` for each of many nodes, by identity, in time that grows as their number.

    The first texts have ``names`` in the place of nodes, the second ``called``, too: with a name for every node, what
    each does by itself. ``nodes`` has the operands of a node before it.
    """
    starts: dict[int, str] = {}
    steps: dict[int, str] = {}
    strength: dict[int, int] = {}
    for node in nodes:
        strength[id(node)], written = _written(node)
        text = step = ""
        for piece in written:
            if isinstance(piece, str):
                text += piece
                step += piece
            else:
                operand, least = piece
                inner = names.get(id(operand))
                if inner is None:
                    inner = starts[id(operand)]
                    inner = f"({inner})" if strength[id(operand)] < least else inner
                text += inner
                step += called.get(id(operand), inner)
            if len(text) > most and len(step) > most:
                break
        starts[id(node)] = text[: most + 1]
        steps[id(node)] = step
    return _shortened(starts, most), _shortened(steps, most)


def _shortened(texts: Mapping[int, str], most: int) -> dict[int, str]:
    return {key: text if len(text) <= most else f"{text[: most - 3]}..." for key, text in texts.items()}


def _written(node: Expr) -> tuple[int, list[Any]]:
    """Precedence and pieces of one node: text, and operands with the precedence that needs no brackets."""
    precedence, parts = node.notation
    written: list[Any] = [part if isinstance(part, str) else (node.operands[part[0]], part[1]) for part in parts]
    if _number_with_a_dot(written):
        written[:1] = ["(", written[0], ")"]
    if precedence in (MULTIPLY, COMPARE) and isinstance(written[0], tuple) and bracketed(node.op, *node.operands):
        written[0] = (written[0][0], ATOM)
    return precedence, written


def too_long() -> LimitError:
    """The error for an expression whose text has no end in sight, because parts of it occur again and again."""
    return LimitError(
        f"written out, the expression has more than {MAX_WRITTEN:,} characters",
        code="AG802",
        why="parts of it occur many times, and each time they are written again",
        hint="give such parts a name: y = A @ A; z = y @ y; sum(z @ z)",
    )


def _number_with_a_dot(written: list[Any]) -> bool:
    """Whether a dot follows a number: ``2.T`` cannot be read, ``(2).T`` can."""
    follows = written[1] if len(written) > 1 else ""
    if not isinstance(follows, str) or not follows.startswith(".") or not isinstance(written[0], tuple):
        return False
    operand = written[0][0]
    return bool(operand.op is None and not operand.depends and operand.shape == ())


def bracketed(op: OpSpec | None, left: Expr, right: Expr) -> bool:
    """Whether the first operand gets brackets: ``(a > b) > c``, which is no chain, and for the reader ``(A @ x)*y``
    and ``(y*A) @ x``, where Python reads from left to right and needs none; but ``2*A @ x`` and ``A @ x/2``.
    """
    if op is None or left.op is None:
        return False
    if op.group == "comparison":
        return bool(left.op.group == "comparison")
    if op is ops.matmul:
        return left.op in (ops.mul, ops.div) and left.operands[0].shape != ()
    return left.op is ops.matmul and (op is ops.mul or (op is ops.div and right.shape != ()))


def call_notation(op: OpSpec, operands: Sequence[Expr], params: Mapping[str, Any]) -> Notation:
    """Precedence and pieces of an operation."""
    # An index written out would be read as positions, not as a mask.
    if op.text is not None and not (op is ops.masked_select and operands[1].op is None and not operands[1].depends):
        return op.text(**params)
    parts: list[Any] = [op.name, "(["] if op.variadic else [op.name, "("]
    for position in range(len(operands)):
        parts += [", ", (position, 0)] if position else [(position, 0)]
    if op.variadic:
        parts.append("]")
    for param in op.params:
        value = params[param.name]
        if param.required or value != param.default:
            parts.append(f", {param.name}={value_text(value)}" if operands else f"{param.name}={value_text(value)}")
    return ATOM, [*parts, ")"]


def constant_notation(value: Any, text: str | None) -> Notation:
    """A number, bracketed by precedence where it has a sign or is a fraction; an array as nested lists."""
    if text is not None:
        return ATOM, [text]
    if value.shape != ():
        return ATOM, [value_text(value.tolist())]
    text = number_text(float(value))
    if text.startswith("-"):
        return (UNARY if "/" not in text else ADD), [text]
    return (MULTIPLY if "/" in text else ATOM), [text]
