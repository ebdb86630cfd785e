"""The report as tab-separated records, and arrays as text that can be typed back in."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import TextIO

from autograd_cli.render.ink import write_lines
from autograd_cli.render.numbers import Array, exact_texts
from autograd_cli.render.view import View
from autograd_core.expr.read_text import read_text
from autograd_core.report import Report

_NEGATIVE_ZERO = re.compile(r"-0(?![\d.])")


def write_plain(report: Report, view: View, stream: TextIO) -> None:
    """Write one record a line: read (if the text was changed), value, grad, formula, check, warning, in this order."""
    read = read_text(report.expression)
    records: list[tuple[str, ...]] = [] if read is None else [("read", read)]
    records.append(("value", value_text(report.result.data)))
    for variable in report.variables:
        gradient = "null" if variable.grad is None else value_text(variable.grad)
        records.append(("grad", variable.name, gradient))
    for variable in report.variables:
        if view.formula and variable.formula is not None:
            records.append(("formula", variable.name, variable.formula))
    if report.jacobian is not None:
        records += [("jacobian", name, value_text(block)) for name, block in report.jacobian.blocks.items()]
    verdict = report.verdict
    records.append(("check", verdict.status, str(verdict.compared), str(verdict.total)))
    records.extend(("warning", each.code, each.message) for each in report.warnings)
    write_records(records, view, stream)


def value_text(array: Array) -> str:
    """The array as VALUE text, the shortest form that reads back as the same numbers in the same shape.

    >>> import numpy as np
    >>> [value_text(np.array(x)) for x in (3.0, [3.0], [2.0, 20.0], [[1.0, 2.0], [3.0, 4.0]], [[1.0, 2.0]])]
    ['3', '3,', '2,20', '1,2;3,4', '[[1,2]]']
    """
    if array.size == 0:
        return f"zeros({','.join(map(str, array.shape))})"
    texts = exact_texts(array)
    if array.ndim == 0:
        return texts[0]
    if array.ndim == 1:
        return ",".join(texts) if len(texts) > 1 else f"{texts[0]},"
    columns = array.shape[-1]
    rows = [",".join(texts[start : start + columns]) for start in range(0, len(texts), columns)]
    if array.ndim == 2 and len(rows) > 1:
        return ";".join(rows)
    rows = [_NEGATIVE_ZERO.sub("-0.0", row) for row in rows]  # as an integer of JSON it would lose its sign
    for length in reversed(array.shape[:-1]):
        rows = [f"[{row}]" for row in rows]
        rows = [",".join(rows[start : start + length]) for start in range(0, len(rows), length)]
    return f"[{rows[0]}]"


def write_records(records: Iterable[Sequence[str]], view: View, stream: TextIO) -> None:
    """Write one record a line, its fields separated by tabs."""
    write_lines(("\t".join(map(field, record)) for record in records), view, stream)


def field(text: str) -> str:
    """The text with the characters that separate fields and records escaped."""
    if text.isprintable():
        return text
    return "".join(each if each.isprintable() else each.encode("unicode_escape").decode() for each in text)
