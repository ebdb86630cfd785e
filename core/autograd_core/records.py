"""Classes that hold named values: dataclasses without what takes longest to make."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

__all__ = ["record"]

if TYPE_CHECKING:
    from dataclasses import dataclass as record
else:

    def record(*, frozen: bool = False, eq: bool = False, **options: Any) -> Callable[[type[Any]], type[Any]]:
        """``dataclasses.dataclass`` for classes that are compared by identity, unless ``eq`` asks for their values.

        The type checker sees ``dataclass`` itself and holds a frozen class frozen. At run time nothing is written for
        that without ``eq``, nor a text of the values: each such method is compiled when its module is imported, and
        for the fifty classes of one ``grad`` they took a tenth of its time.
        """
        return dataclasses.dataclass(frozen=frozen and eq, eq=eq, repr=False, **options)
