"""Numbers, arrays and names as they stand in programs of other libraries."""

from __future__ import annotations

import builtins
import keyword
import textwrap
from collections.abc import Iterable
from typing import Any

import numpy as np
import numpy.typing as npt

from autograd_core.ops.notation import number_text

Array = npt.NDArray[Any]

_MAKERS = {"numpy": "np.array", "torch": "torch.tensor", "jax": "jnp.array", "sympy": "np.array"}
_FILLERS = {"numpy": "np.full", "torch": "torch.full", "jax": "jnp.full", "sympy": "np.full"}
_STRANGE = {"numpy": "np", "torch": "torch", "jax": "jnp", "sympy": "np"}
_LINE = 100
_FILL = 9


def number_literal(value: float, target: str, *, point: bool = False) -> str:
    """A number; with ``point`` it is a float also where it is whole."""
    if not np.isfinite(value):
        module = _STRANGE[target]
        return f"{module}.nan" if value != value else f"{module}.inf" if value > 0 else f"-{module}.inf"
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
    flat = array.ravel()
    dtype = _dtype(array, target)
    if array.size == 0 or written(array) < array.size:
        value = number_literal(float(flat[0]) if flat.size else 0.0, target, point=True)
        return f"{_FILLERS[target]}({tuple(array.shape)}, {value}{dtype}{options})"
    body = nested(array, target)
    text = f"{_MAKERS[target]}({body}{dtype}{options})"
    if len(text) <= _LINE:
        return text
    wrapped = "\n".join(
        line
        for row in body.replace("],", "],\n").splitlines()
        for line in textwrap.wrap(row.strip(), _LINE, initial_indent="    ", subsequent_indent="    ")
    )
    return f"{_MAKERS[target]}(\n{wrapped}{dtype}{options}\n)"


def nested(array: Array, target: str) -> str:
    """Nested lists with every digit."""
    shortest = array.astype("U32").astype(np.float64) if array.dtype == np.float32 else array
    if bool(np.isfinite(shortest).all()):
        return repr(shortest.tolist())
    module = _STRANGE[target]
    return repr(shortest.tolist()).replace("nan", f"{module}.nan").replace("inf", f"{module}.inf")


def _dtype(array: Array, target: str) -> str:
    if array.dtype != np.float32 or target in ("torch", "sympy"):
        return ""
    return f", dtype={_STRANGE[target]}.float32"


class FreeNames:
    """Gives out names, each once, and none that Python or the text of the program itself (``own``) uses."""

    def __init__(self, own: Iterable[str] = ()) -> None:
        self.used = {*dir(builtins), *keyword.kwlist, *own}
        self._next: dict[str, int] = {}

    def free(self, wanted: str) -> str:
        """This name, or one like it where it is taken: ``x``, ``x_``, ``x_2``, ``x_3``."""
        name, number = wanted, self._next.get(wanted, 1)
        while name in self.used:
            name, number = f"{wanted}_" if number == 1 else f"{wanted}_{number}", number + 1
        self._next[wanted] = number
        self.used.add(name)
        return name

    def part(self) -> str:
        """A name for a part that has none: ``v1``, ``v2``, ..."""
        number = self._next.get("", 1)
        while f"v{number}" in self.used:
            number += 1
        self._next[""] = number + 1
        self.used.add(f"v{number}")
        return f"v{number}"
