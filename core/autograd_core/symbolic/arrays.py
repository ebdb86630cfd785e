"""Arrays of recorded numbers: how an expression is written down entry by entry."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from typing import Any

import numpy as np
import numpy.typing as npt

from autograd_core.engine.operators import Operators
from autograd_core.errors import AutogradError
from autograd_core.ops.spec import OpSpec, Shape, read_by
from autograd_core.symbolic.script import NoMeaningError, Script, Vocabulary


class Symbolic(Operators):
    """An array of recorded numbers, or of SymPy's where there is no script: operations act on it entry by entry.

    Entries that do not vary may be plain floats; what is made of such alone is computed with NumPy.
    """

    __slots__ = ("entries", "script", "shape")

    exact = True
    """Symbols neither overflow nor round: definitions need not keep them in range."""

    def __init__(self, script: Script | None, entries: Any) -> None:
        self.script = script
        self.entries: npt.NDArray[Any] = np.asarray(entries, dtype=object)
        self.shape: Shape = self.entries.shape

    @staticmethod
    def __apply_op__(op: OpSpec, operands: Sequence[Any], params: Mapping[str, Any]) -> Symbolic:
        script = next(o.script for o in operands if isinstance(o, Symbolic))
        arrays = [o.entries if isinstance(o, Symbolic) else np.asarray(o) for o in operands]
        if op.symbolic is None and op.definition is not None:
            defined = op.definition(*[Symbolic(script, array) for array in arrays], **params)
            if defined is not None:
                return defined  # type: ignore[no-any-return]  # what the operations of a definition make of symbols
        with nullcontext() if script is None else read_by(Vocabulary(script)):
            try:
                made = elementwise(op, arrays, params) if op.elementwise else whole(op, arrays, params)
            except (ArithmeticError, AttributeError, TypeError, ValueError, AutogradError) as error:
                raise NoMeaningError(f"{op.name} cannot be written entry by entry ({error})") from error
        return Symbolic(script, made)


def elementwise(op: OpSpec, arrays: Sequence[npt.NDArray[Any]], params: Mapping[str, Any]) -> Any:
    """The meaning of an elementwise operation for each entry."""
    if op.symbolic is None:
        raise NoMeaningError(f"{op.name} has no meaning in SymPy")
    spread = np.broadcast_arrays(*[np.asarray(a, dtype=object) for a in arrays])
    entries = np.empty(spread[0].shape, dtype=object)
    flat = entries.reshape(-1)
    columns = [list(a.flat) for a in spread]
    plain: list[int] = []
    for position, scalars in enumerate(zip(*columns, strict=True)):
        if not all(isinstance(s, (int, float, np.number)) for s in scalars):
            flat[position] = op.symbolic(*scalars, **params)
        else:
            plain.append(position)
    if plain:
        numbers = [np.array([column[i] for i in plain], dtype=np.float64) for column in columns]
        with np.errstate(all="ignore"):
            flat[plain] = op.forward(*numbers, **params).tolist()
    return entries


def whole(op: OpSpec, arrays: Sequence[npt.NDArray[Any]], params: Mapping[str, Any]) -> Any:
    """The meaning of an operation on whole arrays: its own, or its forward where that moves and adds entries only."""
    meaning = op.symbolic or op.forward
    return meaning(*[a.astype(object) for a in arrays], **params)
