"""What it takes to write an answer: the numbers that are written one by one, and how long each takes."""

from __future__ import annotations

from collections.abc import Sequence

from autograd_core.request import Writing

EACH = {"json": 500.0, "plain": 700.0, "table": 2_500.0, "latex": 1_200.0, "svg": 7_000.0, "html": 7_000.0}
"""Nanoseconds that a number takes in each form, measured. The other forms hold bytes, or summarise large arrays."""

WHOLE = ("json", "plain")
"""The forms that never summarise."""

_FILE = "--output r.npz holds all numbers"

NPZ = f"autograd-cli grad ... {_FILE}"
"""What to advise in a command that writes no ``.npz`` file itself."""


def writing(
    form: str, *, full: bool, tree: bool = False, only: Sequence[str] = (), instead: str | None = None
) -> Writing | None:
    """What will be written number by number of a report; None where large arrays are summarised.

    ``tree`` says that the graph is part of it, ``only`` names the gradients that alone are written. ``instead`` advises
    what takes less in a command that has other options than ``grad``.
    """
    if only:
        return Writing(EACH["plain"], _FILE, result="value" in only, inputs=False, gradients=tuple(only))
    if form not in EACH or not (full or form in WHOLE):
        return None
    graph = tree and form == "json"
    fewer = "; --no-tree has fewer" if graph else "" if form in WHOLE else "; without --full arrays are summarised"
    return Writing(EACH[form], instead or _FILE + fewer, inputs=form != "plain", graph=graph)
