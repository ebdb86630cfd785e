"""The names of a program: none of them means two things."""

from __future__ import annotations

import builtins
import keyword
from collections.abc import Iterable


class FreeNames:
    """Gives out names, each once, and none that Python or the text of the program itself (``own``) uses."""

    def __init__(self, own: Iterable[str] = ()) -> None:
        self.used = {*dir(builtins), *keyword.kwlist, *own}
        self._next: dict[str, int] = {}

    def free(self, wanted: str) -> str:
        """This name, or one like it where it is taken: ``x``, ``x_``, ``x_2``, ``x_3``."""
        name, number = wanted, self._next.get(wanted, 1)
        while name in self.used:
            name, number = f"{wanted}_" if number == 1 else f"{wanted}_{number}", number + 1
        self._next[wanted] = number
        self.used.add(name)
        return name

    def part(self) -> str:
        """A name for a part that has none: ``v1``, ``v2``, ..."""
        number = self._next.get("", 1)
        while f"v{number}" in self.used:
            number += 1
        self._next[""] = number + 1
        self.used.add(f"v{number}")
        return f"v{number}"
