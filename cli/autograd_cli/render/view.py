"""How a report is to be shown: the choices of the person and the abilities of the stream."""

from __future__ import annotations

from autograd_core.records import record


@record(frozen=True, slots=True)
class View:
    """What a renderer needs to know besides the report.

    ``width`` is the number of columns, or None when there is no limit (a pipe, a file). ``precision`` is a number of
    significant digits, None for the usual six. ``full`` shows every entry and every node, however many there are.
    """

    width: int | None = None
    color: bool = False
    ascii: bool = False
    precision: int | None = None
    full: bool = False
    tree: bool = True
    formula: bool = True
