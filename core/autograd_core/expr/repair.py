"""What a text whose brackets do not match was probably meant to be."""

from __future__ import annotations

import ast

from autograd_core.errors import AutogradError, Span
from autograd_core.expr.source import read
from autograd_core.ops.registry import find, nearest

LONGEST = 80
"""Characters of a text that is still worth writing again as a whole."""


def repaired(text: str) -> tuple[str, str | None] | None:
    """``text`` with functions that do not exist replaced by the nearest that do, and what to say of these.

    None where that is no expression.
    """
    if len(text) > LONGEST:
        return None
    try:
        source = read(text)
    except AutogradError:
        return None
    misspelt: list[tuple[Span, str]] = []
    for statement in source.statements:
        for node in ast.walk(statement.value):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and find(node.func.id) is None:
                near = nearest(node.func.id, 1)
                if not near:
                    return None
                misspelt.append((statement.span(node.func), near[0]))
    for (start, end), name in sorted(misspelt, reverse=True):
        text = text[:start] + name + text[end:]
    known = dict.fromkeys(f"{source.text[start:end]} is not a function; {name} is" for (start, end), name in misspelt)
    return text, ", ".join(known) or None
