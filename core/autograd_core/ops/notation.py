"""How operations are written: infix, prefix and postfix forms with their precedences."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from autograd_core.ops.spec import ATOM, UNARY, Notation

LARGEST_PART = 1000
"""What stands above and below the line of a fraction is smaller than this."""


def infix(symbol: str, precedence: int) -> Callable[..., Notation]:
    """A left-associative operator between two operands."""
    return lambda **_params: (precedence, [(0, precedence), symbol, (1, precedence + 1)])


def prefix(symbol: str) -> Callable[..., Notation]:
    """A unary operator."""
    return lambda **_params: (UNARY, [symbol, (0, UNARY)])


def number_text(value: float) -> str:
    """The shortest text that reads back as the same number: ``2``, ``0.1``, ``1/3``, ``1e-09``.

    A negative number starts with ``-`` and a fraction holds ``/``: the writer brackets them where needed.
    """
    if value != value:
        return "nan"
    if value in (float("inf"), float("-inf")):
        return "inf" if value > 0 else "-inf"
    if value == int(value) and abs(value) < 1e15:
        return str(int(value)) if value or str(value)[0] != "-" else "-0.0"
    text = repr(value)
    if len(text.lstrip("-")) > 8 and abs(value) < LARGEST_PART:
        for below in range(3, LARGEST_PART):
            above = round(value * below)
            if 0 < abs(above) < LARGEST_PART and above / below == value:
                return f"{above}/{below}"
    return text


def call(name: str) -> Callable[..., Notation]:
    """An ordinary call of one operand, for operations whose other arguments are not written."""
    return lambda **_params: (ATOM, [name + "(", (0, 0), ")"])


def value_text(value: Any) -> str:
    """A static argument as the user would write it."""
    if isinstance(value, bool) or value is None:
        return str(value)
    if isinstance(value, float):
        return number_text(value)
    if isinstance(value, tuple):
        inside = ", ".join(value_text(v) for v in value)
        return f"({inside},)" if len(value) == 1 else f"({inside})"
    return repr(value)
