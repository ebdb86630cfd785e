"""Programs that were read before: a batch asks for the same expression again and again, with other numbers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from autograd_core.errors import ExpressionError, UsageError
from autograd_core.expr.build import Program, parse
from autograd_core.expr.nodes import Const, topological
from autograd_core.expr.parser import Source, read
from autograd_core.limits import limits
from autograd_core.ops.registry import find

MOST_PROGRAMS = 64
"""Programs that are kept, the latest ones."""
MOST_CHARACTERS, MOST_NUMBERS = 2_000, 1_000
"""What a program may have to be kept: characters, and entries of a constant."""

_known: dict[tuple[Any, ...], Program] = {}


def program_of(text: str | Source, inputs: Mapping[str, Any]) -> Program:
    """The program of a text, kept or read now, once every name in it has a value.

    One is kept where it follows from the shapes of the inputs alone, not from their numbers. Raises UsageError for
    names that have no value, and what ``parse`` raises.
    """
    words = text if isinstance(text, str) else text.text
    shapes = {name: given if isinstance(given, tuple) else np.shape(given) for name, given in inputs.items()}
    key = (words, *shapes.items(), limits())
    if key in _known:
        return _known[key]
    source = read(text) if isinstance(text, str) else text
    missing = [name for name in source.variables if name not in inputs]
    if missing and not any(find(name) for name in missing):
        raise UsageError(
            f"no value for {', '.join(missing)}",
            code="AG605",
            why="every name in the expression needs numbers",
            retry=dict.fromkeys(missing, "1,2,3"),
        )
    try:
        program = parse(source, shapes)
    except ExpressionError:
        return parse(source, inputs)  # it needs the numbers, or raises the same
    nodes = topological([program.result, *program.named.values()])
    if len(words) <= MOST_CHARACTERS and all(x.value.size <= MOST_NUMBERS for x in nodes if isinstance(x, Const)):
        _known[key] = program
        if len(_known) > MOST_PROGRAMS:
            del _known[next(iter(_known))]
    return program
