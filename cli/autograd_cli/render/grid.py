"""Columns of styled text under a rule: the one layout that tables and trees share."""

from __future__ import annotations

from dataclasses import field

from autograd_cli.columns import columns
from autograd_cli.render.ink import Line, glyphs, line_columns, padded
from autograd_cli.render.view import View
from autograd_core.records import record

GAP = 2
"""Columns of white space between two columns."""

Cell = list[Line]


@record(slots=True)
class Grid:
    """Rows of cells below titles; a cell has one line or several."""

    titles: list[str]
    rows: list[list[Cell]] = field(default_factory=list)

    def widths(self) -> list[int]:
        """The width of each column."""
        found = [columns(title) for title in self.titles]
        for row in self.rows:
            for place, cell in enumerate(row):
                for line in cell:
                    found[place] = max(found[place], line_columns(line))
        return found

    def width(self) -> int:
        """The width of the whole."""
        found = self.widths()
        return sum(found) + GAP * (len(found) - 1)

    def lines(self, view: View) -> list[Line]:
        """The titles, a rule, the rows; rows of several lines have air between them."""
        widths = self.widths()
        space = (" " * GAP, "")
        head: Line = []
        for title, width in zip(self.titles, widths, strict=True):
            head += [*padded([(title, "")], width), space]
        found = [head, [(glyphs(view).rule * (sum(widths) + GAP * (len(widths) - 1)), "")]]
        airy = any(len(cell) > 1 for row in self.rows for cell in row)
        for number, row in enumerate(self.rows):
            if airy and number:
                found.append([])
            for height in range(max(map(len, row))):
                line: Line = []
                for cell, width in zip(row, widths, strict=True):
                    line += [*padded(cell[height] if height < len(cell) else [], width), space]
                found.append(line)
        return found
