"""Programs that were read before: a batch asks for the same expression again and again, with other numbers."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from typing import Any

import numpy as np

from autograd_core.errors import UsageError
from autograd_core.expr.build import Program, parse
from autograd_core.expr.nodes import Const, topological
from autograd_core.expr.parser import read
from autograd_core.limits import limits
from autograd_core.ops.registry import find
from autograd_core.ops.registry import op as ops

MOST_PROGRAMS = 64
"""Programs that are remembered, the latest ones."""

MOST_CHARACTERS, MOST_NUMBERS = 2_000, 1_000
"""What a program may have to be kept: characters, and entries of a constant."""

_known: OrderedDict[tuple[Any, ...], Program] = OrderedDict()


def program_of(text: str, inputs: Mapping[str, Any]) -> Program:
    """The program of a text, kept or read now, once every name in it has a value.

    Raises UsageError for names that have none, and what ``parse`` raises.
    """
    known = cached_program(text, inputs)
    if known is not None:
        return known
    source = read(text)
    missing = [name for name in source.variables if name not in inputs]
    if missing and not any(find(name) for name in missing):
        raise UsageError(
            f"no value for {', '.join(missing)}",
            code="AG605",
            why="every name in the expression needs numbers",
            retry=tuple(token for name in missing for token in (f"--{name}", "1,2,3")),
        )
    return cache_program(parse(source, inputs), inputs)


def cached_program(text: str, inputs: Mapping[str, Any]) -> Program | None:
    """The program of this text for inputs of these shapes, if it was kept."""
    key = _key(text, inputs)
    if key in _known:
        _known.move_to_end(key)
    return _known.get(key)


def cache_program(program: Program, inputs: Mapping[str, Any]) -> Program:
    """The program itself, kept for ``cached_program`` unless it depends on the numbers of the inputs, or is large."""
    text = program.source.text
    if len(text) <= MOST_CHARACTERS and not any(
        (isinstance(node, Const) and node.value.size > MOST_NUMBERS) or node.op is ops.masked_select
        for node in topological([program.result, *program.named.values()])
    ):
        _known[_key(text, inputs)] = program
        if len(_known) > MOST_PROGRAMS:
            _known.popitem(last=False)
    return program


def _key(text: str, inputs: Mapping[str, Any]) -> tuple[Any, ...]:
    shapes = [(name, given if isinstance(given, tuple) else np.shape(given)) for name, given in inputs.items()]
    return (text, *shapes, limits())
