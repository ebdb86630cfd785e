"""Programs that the tests export, and run."""

from __future__ import annotations

import io
import warnings
from contextlib import redirect_stdout
from typing import Any

import numpy as np

from autograd_core.calculate import Request, program_for


def program(expression: str, values: dict[str, Any], target: str, **settings: Any) -> str:
    given = {name: np.asarray(value, dtype=float) for name, value in values.items()}
    return program_for(Request(expression, given, **settings), target)[0]


def performed(text: str) -> dict[str, Any]:
    """Run a program; its asserts raise where the numbers differ."""
    names: dict[str, Any] = {"__name__": "__main__"}
    with np.errstate(all="ignore"), warnings.catch_warnings(), redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        exec(compile(text, "program.py", "exec"), names)
    return names
