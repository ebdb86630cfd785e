"""A document as a picture (SVG): its charts and matrices, or else what a terminal shows, by rich's export."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from io import StringIO
from typing import TextIO

from rich.console import Console
from rich.terminal_theme import TerminalTheme
from rich.text import Text

from autograd_cli.document.blocks import Block, Chart, Display, Document, Lines, Matrix, Table, blocks_of
from autograd_cli.document.numbers import display_texts
from autograd_cli.drawing.chart import Axes, Contours, Heat
from autograd_cli.writers.styled import STYLES, Line
from autograd_cli.writers.terminal import Terminal, document_lines
from autograd_core.page.markup import escape

_NARROWEST = 40
_GREYS = [(31, 35, 40)] * 8
_LIGHT = TerminalTheme((255, 255, 255), (31, 35, 40), _GREYS, _GREYS)

_FONT = "DejaVu Sans Mono, Menlo, Consolas, monospace"

SVG = (
    """\
<svg class="rich-terminal" viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg">
<title>TITLE</title>
<style>
.{unique_id}-matrix {{ font-family: FONT; font-size: {char_height}px; line-height: {line_height}px; }}
{styles}
</style>
<defs>{lines}</defs>
<rect x="0.5" y="0.5" width="{width}" height="{height}" rx="8" fill="#ffffff" stroke="#d0d7de"/>
<g transform="translate({terminal_x}, {terminal_y})">
{backgrounds}
<g class="{unique_id}-matrix">
{matrix}
</g>
</g>
</svg>
"""
).replace("FONT", _FONT)
"""A frame for rich's picture of a terminal that needs no font from elsewhere."""


def write_svg(document: Document, display: Display, stream: TextIO) -> None:
    """Write a picture that needs no other file: every word stands where the terminal has it, whatever the font."""
    blocks = blocks_of(document)
    alone = not any(isinstance(block, Table) for block in blocks)
    drawings = [one for block in blocks if alone or isinstance(block, Chart) for one in drawings_of(block, display)]
    if drawings:
        from autograd_cli.drawing.curve_svg import picture

        notes = [
            "".join(text for text, _ in Terminal(display).line_of(row))
            for b in blocks
            if isinstance(b, Lines)
            for row in b.rows
        ]
        stream.write(picture(drawings, document.title, notes))
        return
    title = escape("".join(each if each.isprintable() else " " for each in document.title)).replace("{", "{{")
    template = SVG.replace("TITLE", title.replace("}", "}}"))
    console = _recorded(document_lines(document, display))
    stream.write(console.export_svg(theme=_LIGHT, code_format=template, unique_id="answer"))


def drawings_of(block: Block, display: Display) -> Sequence[Axes | Contours | Heat]:
    """What a block is as a drawing: a chart, or a matrix by its colours."""
    if isinstance(block, Chart):
        return block.drawing
    if not isinstance(block, Matrix):
        return []
    if block.entries.size:
        texts = tuple(display_texts(block.entries, display.precision))
        return [Heat(block.entries, tuple(block.rows), tuple(block.columns), texts)]
    return [
        Heat(data, tuple(map(str, range(data.shape[0]))), tuple(map(str, range(data.shape[1]))), ())
        for _, data in block.parts
        if data.ndim == 2 and data.size
    ]


def _recorded(lines: Iterable[Line]) -> Console:
    """A console that has written the lines."""
    texts = [Text.assemble(*((text, STYLES[role]) for text, role in line)) for line in lines]
    for text in texts:
        text.rstrip()
    width = max([_NARROWEST, *(line.cell_len for line in texts)])
    console = Console(record=True, file=StringIO(), width=width, color_system="256", legacy_windows=False)
    for text in texts:
        console.print(text, soft_wrap=True, markup=False, emoji=False, highlight=False)
    return console
