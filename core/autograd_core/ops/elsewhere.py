"""Spellings in other libraries that several operations share (see ``OpSpec.exports``)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

Spelling = str | None | Callable[..., str | None]

ALL_AXES = "tuple(range({0:p}.ndim))"
"""Every axis of an array, for a function that must be told."""


def torch_only(spelling: Spelling) -> Mapping[str, Spelling]:
    """PyTorch has a name of its own, the others that of NumPy."""
    return {"torch": spelling}


def functional(name: str, *params: str) -> str:
    """A function of ``torch.nn.functional`` with the parameters it shares with ours."""
    return f"F.{name}({{*}}{''.join(f'<, {each}={{{each}}}>' for each in params)})"


def reduction(name: str, *, several: bool = True, whole: bool = False, **more: str) -> Mapping[str, Spelling]:
    """A reduction along axes; PyTorch may know only one at a time, or need all of them named for the ``whole``.

    ``more`` are parameters with other names there, and ours.
    """

    def torch(axis: Any, keepdims: bool = False, **_params: Any) -> str | None:
        given = "".join(f", {each}={{{more[each]}}}" for each in more)
        if isinstance(axis, tuple) and not several:
            return None
        if axis is None and not keepdims and not whole:
            return f"torch.{name}({{0}}{given})"
        if axis is None and not several:
            return None
        along = ALL_AXES if axis is None else repr(axis)
        return f"torch.{name}({{0}}{given}, dim={along}<, keepdim={{keepdims}}>)"

    return {"torch": torch}


def scan(name: str) -> Mapping[str, Spelling]:
    """A running sum or product, where it is neither exclusive nor reversed."""

    def spelled(module: str, word: str) -> Callable[..., str | None]:
        def write(axis: int | None, exclusive: bool, reverse: bool) -> str | None:
            if exclusive or reverse:
                return None
            whole = f"{module}.{name}({module}.ravel({{0}}), {word}=0)"
            return whole if axis is None else f"{module}.{name}({{0}}, {word}={axis})"

        return write

    return {"torch": spelled("torch", "dim"), "numpy": spelled("np", "axis")}
