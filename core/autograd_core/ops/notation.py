"""How operations are written: infix, prefix and postfix forms with their precedences; spellings in other libraries."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from autograd_core.ops.spec import UNARY, Notation

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


def value_text(value: Any) -> str:
    """A static argument as the user would write it."""
    if isinstance(value, bool) or value is None:
        return str(value)
    if isinstance(value, float):
        return number_text(value)
    if isinstance(value, list):
        return "[" + ", ".join(value_text(v) for v in value) + "]"
    if isinstance(value, tuple):
        inside = ", ".join(value_text(v) for v in value)
        return f"({inside},)" if len(value) == 1 else f"({inside})"
    return repr(value)


Spelling = str | None | Callable[..., str | None]

ALL_AXES = "tuple(range({0:p}.ndim))"
"""Every axis of an array, for a function that must be told."""


def functional(name: str, *params: str) -> str:
    """A function of ``torch.nn.functional`` with the parameters it shares with ours."""
    return f"F.{name}({{*}}{''.join(f'<, {each}={{{each}}}>' for each in params)})"


def reduction(name: str, *, several: bool = True, whole: bool = False, **more: str) -> Mapping[str, Spelling]:
    """A reduction along axes; PyTorch may know only one at a time, or need all of them named for the ``whole``.

    ``more`` are parameters with other names there, and ours.
    """

    def torch(axis: Any, keepdims: bool = False, **_params: Any) -> str | None:
        given = "".join(f", {each}={{{more[each]}}}" for each in more)
        if isinstance(axis, tuple) and not several:
            return None
        if axis is None and not keepdims and not whole:
            return f"torch.{name}({{0}}{given})"
        if axis is None and not several:
            return None
        along = ALL_AXES if axis is None else repr(axis)
        return f"torch.{name}({{0}}{given}, dim={along}<, keepdim={{keepdims}}>)"

    return {"torch": torch}


def along_axis(template: str) -> Mapping[str, Spelling]:
    """A function that PyTorch has along one axis; it does not flatten."""
    return {"torch": lambda axis, **_params: None if axis is None else template}


def scan(name: str) -> Mapping[str, Spelling]:
    """A running sum or product, where it is neither exclusive nor reversed."""

    def spelled(module: str, word: str) -> Callable[..., str | None]:
        def write(axis: int | None, exclusive: bool, reverse: bool) -> str | None:
            if exclusive or reverse:
                return None
            whole = f"{module}.{name}({module}.ravel({{0}}), {word}=0)"
            return whole if axis is None else f"{module}.{name}({{0}}, {word}={axis})"

        return write

    return {"torch": spelled("torch", "dim"), "numpy": spelled("np", "axis")}
