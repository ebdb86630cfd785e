"""Readers of static arguments: from what a user wrote to the canonical form.

Each raises TypeError with words that follow the argument's name, as in "axis must be an integer".
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from math import inf
from typing import Any

from autograd_core.errors import AxisError, ShapeError
from autograd_core.limits import MAX_DIMENSIONS, MAX_INTEGER
from autograd_core.ops.spec import Param, Shape


def integer(value: Any) -> int:
    """An integer of reasonable size."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"must be an integer, not {value!r}")
    if abs(value) >= MAX_INTEGER:
        raise TypeError(f"is out of range: {str(value)[:20]} is not below 2**31")
    return value


def integers(value: Any) -> tuple[int, ...] | int:
    """An integer or a tuple of integers."""
    if isinstance(value, (tuple, list)):
        if len(value) > MAX_DIMENSIONS:
            raise TypeError(f"has {len(value)} entries, at most {MAX_DIMENSIONS} are allowed")
        return tuple(integer(v) for v in value)
    return integer(value)


def axes(value: Any) -> tuple[int, ...] | int | None:
    """An axis, a tuple of axes, or None for all."""
    return None if value is None else integers(value)


def lengths(value: Any) -> tuple[int, ...]:
    """A shape: a tuple of lengths, where -1 may stand for the one that follows from the others."""
    value = integers(value)
    return value if isinstance(value, tuple) else (value,)


def flag(value: Any) -> bool:
    """True or False."""
    if not isinstance(value, bool):
        raise TypeError(f"must be True or False, not {value!r}")
    return value


def number(value: Any) -> float:
    """A real number."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise TypeError(f"must be a number, not {value!r}")
    return float(value)


def optional(read: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """A reader that takes None too."""

    @wraps(read)
    def taking_none(value: Any) -> Any:
        return None if value is None else read(value)

    return taking_none


def within(read: Callable[[Any], Any], least: float, most: float = inf) -> Callable[[Any], Any]:
    """A reader of numbers between two bounds."""

    @wraps(read)
    def bounded(value: Any) -> Any:
        found = read(value)
        if not least <= found <= most:
            allowed = f"at least {least}" if most == inf else f"between {least} and {most}"
            raise TypeError(f"must be {allowed}, it is {found:g}")
        return found

    return bounded


optional_integer, optional_number = optional(integer), optional(number)


def word(*allowed: str) -> Callable[[Any], str]:
    """One of the given words."""

    def read(value: Any) -> str:
        if value not in allowed or not isinstance(value, str):
            raise TypeError(f"must be one of {', '.join(map(repr, allowed))}, not {value!r}")
        return value

    return read


def axis_param(default: Any = None) -> Param:
    """The parameter ``axis``, ``dim`` in PyTorch: one integer."""
    return Param("axis", integer if default is not None else optional_integer, default, ("dim",))


AXES = Param("axis", axes, None, ("dim", "dims"))
KEEPDIMS = Param("keepdims", flag, False, ("keepdim",))


def axis_index(axis: int, ndim: int) -> int:
    """A non-negative axis.

    Raises ShapeError when the operand has no such axis.
    """
    if not -ndim <= axis < ndim:
        several = f"axes 0 to {ndim - 1}, or -{ndim} to -1"
        has = "no axes: it is a scalar" if ndim == 0 else "one axis, 0" if ndim == 1 else several
        many = max(ndim, 1)
        raise AxisError(
            f"axis {axis} does not exist: {{0}} has {has}",
            code="AG303",
            pytorch=f"Dimension out of range (expected to be in range of [{-many}, {many - 1}], but got {axis})",
        )
    return axis % ndim


def axis_indices(axis: tuple[int, ...] | int | None, ndim: int) -> tuple[int, ...]:
    """Non-negative axes, all of them for None.

    Raises ShapeError for an axis that does not exist or is named twice.
    """
    if axis is None:
        return tuple(range(ndim))
    found = tuple(axis_index(a, ndim) for a in (axis if isinstance(axis, tuple) else (axis,)))
    if len(set(found)) != len(found):
        raise ShapeError(f"an axis is named twice in axis={axis}", code="AG303")
    return found


def reduced(shape: Shape, axis: tuple[int, ...] | int | None, keepdims: bool) -> Shape:
    """The shape after a reduction over ``axis``."""
    gone = axis_indices(axis, len(shape))
    if keepdims:
        return tuple(1 if i in gone else n for i, n in enumerate(shape))
    return tuple(n for i, n in enumerate(shape) if i not in gone)
