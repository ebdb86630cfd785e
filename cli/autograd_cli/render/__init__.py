"""Reports as text: one small module a format, each imported only when it is asked for."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TextIO

from autograd_cli.render.view import View

if TYPE_CHECKING:
    from autograd_core.report import Report

__all__ = ["View", "write", "writer"]


def write(report: Report, format: str, view: View, stream: TextIO) -> None:
    """Write ``report`` to ``stream`` in a form that ``writer`` knows."""
    writer(format)(report, view, stream)


def writer(format: str) -> Callable[[Report, View, TextIO], None]:
    """What writes a report in one of the forms below, loaded."""
    if format == "table":
        from autograd_cli.render.table import write_table as write_format
    elif format == "plain":
        from autograd_cli.render.plain import write_plain as write_format
    elif format == "json":
        from autograd_cli.render.json import write_json as write_format
    elif format == "latex":
        from autograd_cli.render.latex import write_latex as write_format
    elif format == "markdown":
        from autograd_cli.render.markdown import write_markdown as write_format
    elif format == "svg":
        from autograd_cli.render.recorded import write_svg as write_format
    elif format == "html":
        from autograd_cli.render.recorded import write_html as write_format
    else:
        raise ValueError(f"unknown format {format!r}")
    return write_format
