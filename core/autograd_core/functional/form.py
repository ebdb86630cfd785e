"""Forms of arguments and results: which arguments are asked about, nested results, unit directions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from autograd_core.errors import GradientError


def flatten(value: Any, found: list[Any]) -> Any:
    """Put the tensors of a result in a row; returns its form: nested lists and tuples, with None for each tensor."""
    if isinstance(value, (list, tuple)):
        return type(value)([flatten(part, found) for part in value])
    found.append(value)
    return None


def unflatten(form: Any, values: Iterator[Any]) -> Any:
    """The form with its places filled from an iterator."""
    return next(values) if form is None else type(form)([unflatten(part, values) for part in form])


def positions(argnums: int | Sequence[int], count: int) -> list[int]:
    """The positions that ``argnums`` means among ``count`` arguments.

    Raises GradientError for one that does not exist or is named twice.
    """
    given = [argnums] if isinstance(argnums, int) else list(argnums)
    for i in given:
        if not -count <= i < count:
            raise GradientError(f"argnums names argument {i}, the function got {count}", code="AG612")
    found = [i % count for i in given]
    if len(set(found)) != len(found):
        raise GradientError(f"argnums={argnums} names an argument twice", code="AG612")
    return found
