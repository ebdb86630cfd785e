"""Numbers, arrays and names as they stand in programs of other libraries."""

from __future__ import annotations

import builtins
import keyword
import re
import textwrap
from collections.abc import Callable, Iterable
from itertools import count
from typing import Any

import numpy as np
import numpy.typing as npt

from autograd_core.ops.spec import number_text

Array = npt.NDArray[Any]

MODULES = {"numpy": "np", "torch": "torch", "jax": "jnp", "sympy": "np"}
"""What each library's arrays come from, by the name it has in a program."""

_LINE = 100
_FILL = 9


def number_literal(value: float, target: str, *, point: bool = False) -> str:
    """A number; with ``point`` it is a float also where it is whole."""
    if not np.isfinite(value):
        word = "nan" if value != value else "inf"
        return f"{'-' * (value < 0)}{MODULES[target]}.{word}"
    return repr(float(value)) if point else number_text(value)


def literal(value: Any) -> str:
    """A parameter of an operation: what Python writes, with words for what is not finite."""
    if isinstance(value, tuple):
        return f"({', '.join(map(literal, value))}{',' * (len(value) == 1)})"
    if isinstance(value, float) and not np.isfinite(value):
        return f'float("{value}")'
    return repr(value)


def written(array: Array) -> int:
    """How many numbers stand in the literal of an array: one, where a single number makes up many."""
    flat = array.ravel()
    return 1 if array.size >= _FILL and bool((flat == flat[0]).all()) else array.size


def array_literal(array: Array, target: str, *, options: str = "") -> str:
    """An array on one line or several; one that holds a single number many times is written by its shape."""
    flat, module = array.ravel(), MODULES[target]
    narrow = array.dtype == np.float32 and target not in ("torch", "sympy")
    options = f", dtype={module}.float32{options}" if narrow else options
    if array.size == 0 or written(array) < array.size:
        value = number_literal(float(flat[0]) if flat.size else 0.0, target, point=True)
        return f"{module}.full({tuple(array.shape)}, {value}{options})"
    maker = "torch.tensor" if target == "torch" else f"{module}.array"
    body = nested(array, target)
    text = f"{maker}({body}{options})"
    if len(text) <= _LINE:
        return text
    wrapped = "\n".join(
        line
        for row in body.replace("],", "],\n").splitlines()
        for line in textwrap.wrap(row.strip(), _LINE, initial_indent="    ", subsequent_indent="    ")
    )
    return f"{maker}(\n{wrapped}{options}\n)"


def nested(array: Array, target: str) -> str:
    """Nested lists with every digit."""
    shortest = array.astype("U32").astype(np.float64) if array.dtype == np.float32 else array
    text = repr(shortest.tolist())
    return text if np.isfinite(shortest).all() else re.sub("nan|inf", rf"{MODULES[target]}.\g<0>", text)


class FreeNames:
    """Gives out names, each once, and none that Python or the text of the program itself (``own``) uses."""

    def __init__(self, own: Iterable[str] = ()) -> None:
        self.used = {*dir(builtins), *keyword.kwlist, *own}
        self._next: dict[str, int] = {}

    def free(self, wanted: str) -> str:
        """This name, or one like it where it is taken: ``x``, ``x_``, ``x_2``, ``x_3``."""
        return self._unused(wanted, lambda number: wanted + ("", "_")[min(number, 1)] + f"{number}" * (number > 1))

    def part(self) -> str:
        """A name for a part that has none: ``v1``, ``v2``, ..."""
        return self._unused("", lambda number: f"v{number + 1}")

    def _unused(self, kind: str, spelled: Callable[[int], str]) -> str:
        """The first name of its kind that is free; each kind counts on from its last one."""
        number = next(n for n in count(self._next.get(kind, 0)) if spelled(n) not in self.used)
        self._next[kind] = number + 1
        self.used.add(spelled(number))
        return spelled(number)
