"""Programs that were read before: a batch asks for the same expression again and again, with other numbers."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from typing import Any

import numpy as np

from autograd_core.expr.build import Program
from autograd_core.expr.nodes import Call, Const, topological
from autograd_core.limits import limits
from autograd_core.ops.registry import op as ops
from autograd_core.ops.spec import Shape

MOST_PROGRAMS = 64
"""Programs that are remembered, the latest ones."""

_LONGEST = 2_000
_MOST_NUMBERS = 1_000

Key = tuple[Any, ...]

_known: OrderedDict[Key, Program] = OrderedDict()


def cached_program(text: str, inputs: Mapping[str, Any]) -> Program | None:
    """The program of this text for inputs of these shapes, if it was kept."""
    key = _key(text, inputs)
    program = _known.get(key)
    if program is not None:
        _known.move_to_end(key)
    return program


def cache_program(program: Program, inputs: Mapping[str, Any]) -> Program:
    """The program itself, kept for ``cached_program`` unless it depends on the numbers of the inputs, or is large."""
    text = program.source.text
    if len(text) <= _LONGEST and _keepable(program):
        _known[_key(text, inputs)] = program
        if len(_known) > MOST_PROGRAMS:
            _known.popitem(last=False)
    return program


def _key(text: str, inputs: Mapping[str, Any]) -> Key:
    shapes: list[tuple[str, Shape]] = [
        (name, given if isinstance(given, tuple) else np.shape(given)) for name, given in inputs.items()
    ]
    return (text, tuple(shapes), limits())


def _keepable(program: Program) -> bool:
    for node in topological([program.result, *program.named.values()]):
        if isinstance(node, Const) and node.value.size > _MOST_NUMBERS:
            return False
        if isinstance(node, Call) and node.op is ops.masked_select:
            return False
    return True
