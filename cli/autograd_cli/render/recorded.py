"""The report of the terminal, with its colours, as a picture (SVG) or a page (HTML)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape
from io import StringIO
from typing import TextIO

from autograd_cli.columns import columns
from autograd_cli.render.ink import Line, line_columns, to_text
from autograd_cli.render.table import table_lines
from autograd_cli.render.view import View
from autograd_core.report import Report

_NARROWEST = 40
_COLUMN, _ROW, _MARGIN, _FONT = 8.4, 19, 16, 14
_COLORS = {"green": "#1a7f37", "red": "#cf222e", "magenta": "#8250df", "cyan": "#0b7285"}
_RUN = re.compile(r"\S+(?: \S+)*")


def write_svg(report: Report, view: View, stream: TextIO) -> None:
    """Write a picture that needs no other file: every word stands where the terminal has it, whatever the font."""
    lines = list(table_lines(report, view))
    width = max([_NARROWEST, *map(line_columns, lines)]) * _COLUMN + 2 * _MARGIN
    height = len(lines) * _ROW + 2 * _MARGIN
    stream.write(
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height}" '
        f'viewBox="0 0 {width:.0f} {height}">\n'
        f"<title>{xml(report.expression.strip())}</title>\n"
        f'<rect x="0.5" y="0.5" width="{width - 1:.0f}" height="{height - 1}" rx="8" fill="#fff" stroke="#d0d7de"/>\n'
        f'<g font-family="DejaVu Sans Mono, Menlo, Consolas, monospace" font-size="{_FONT}" fill="#1f2328">\n'
    )
    for number, line in enumerate(lines):
        stream.writelines(_texts(line, _MARGIN + number * _ROW + _FONT))
    stream.write("</g>\n</svg>\n")


def _texts(line: Line, y: int) -> Iterator[str]:
    """The words of a line, each at its column."""
    column = 0
    for text, style in line:
        for run in _RUN.finditer(text):
            x = _MARGIN + (column + columns(text[: run.start()])) * _COLUMN
            width = columns(run[0]) * _COLUMN
            place = f'x="{x:.1f}" y="{y}" textLength="{width:.1f}" lengthAdjust="spacingAndGlyphs"'
            yield f"<text {place}{_look(style)}>{xml(run[0])}</text>\n"
        column += columns(text)


def _look(style: str) -> str:
    color = next((code for word, code in _COLORS.items() if word in style), None)
    return (' font-weight="bold"' if "bold" in style else "") + (f' fill="{color}"' if color else "")


def xml(text: str) -> str:
    """The text for XML: its signs escaped, characters that XML forbids written as escapes."""
    kept = (each if each.isprintable() else each.encode("unicode_escape").decode() for each in text)
    return escape("".join(kept))


def write_html(report: Report, view: View, stream: TextIO) -> None:
    """Write a page with the report in letters of one width; the colours stand in the page itself."""
    from rich.console import Console

    lines = list(table_lines(report, view))
    console = Console(
        record=True,
        file=StringIO(),
        width=max([_NARROWEST, *map(line_columns, lines)]),
        color_system="standard",
        force_terminal=True,
        legacy_windows=False,
    )
    console.print(to_text(lines), soft_wrap=True, markup=False, emoji=False, highlight=False)
    stream.write(console.export_html(inline_styles=True))
