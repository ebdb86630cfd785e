"""``dataclass`` without generated ``__eq__`` and ``__repr__``, which take longest to compile at import."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

__all__ = ["dataclass"]

if TYPE_CHECKING:
    from dataclasses import dataclass
else:

    def dataclass(*, frozen: bool = False, eq: bool = False, **options: Any) -> Callable[[type[Any]], type[Any]]:
        """``dataclasses.dataclass`` compared by identity, unless ``eq`` asks for comparison of values.

        The type checker sees the standard one and enforces ``frozen``; at run time that costs nothing unless ``eq`` is
        given. With the standard one the start of a ``grad`` takes 9 % longer (278 ms instead of 254).
        """
        return dataclasses.dataclass(frozen=frozen and eq, eq=eq, repr=False, **options)
