"""Where NumPy keeps what becomes of floating point warnings."""

from __future__ import annotations

from contextvars import ContextVar, copy_context
from functools import cache
from typing import Any

import numpy as np


@cache
def switch() -> tuple[ContextVar[Any], Any] | None:
    """The context variable that ``np.errstate`` sets and its value for no warnings; None where there is no such thing.

    ``np.errstate`` makes that value anew whenever a block is entered, which takes longer than an operation on a small
    array.
    """
    before = copy_context()
    with np.errstate(all="ignore"):
        within = copy_context()
    changed = [(variable, value) for variable, value in within.items() if before.get(variable) is not value]
    return changed[0] if len(changed) == 1 else None
