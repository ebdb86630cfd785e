"""What an answer shows, apart from how: blocks of text, numbers and mathematics, and what a writer is handed."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import field
from typing import TYPE_CHECKING, Any, TextIO, TypeAlias

import numpy as np

from autograd_core.array_text import ArrayStyle
from autograd_core.dataclass import dataclass
from autograd_core.number_text import Array, exact_text, widened

if TYPE_CHECKING:
    from autograd_cli.document.charts import Axes
    from autograd_core.report import Graph

STRONG, GOOD, BAD, UNSURE, NAME, FUNCTION, FORMULA, CODE = (
    "strong", "good", "bad", "unsure", "name", "function", "formula", "code"
)  # fmt: skip
"""The roles of a text; the last four are words of the language, the others are emphasis."""

LANGUAGE = (NAME, FUNCTION, FORMULA, CODE)

MOST = 12  # rows and columns up to which a matrix is shown with names, unless everything is asked for


@dataclass(frozen=True, slots=True)
class Display(ArrayStyle):
    """The choices of a person and the abilities of the stream.

    ``width`` is the number of columns and ``height`` that of lines, None where nothing limits them (a pipe, a file);
    ``tree`` and ``formula`` say whether the graph and the formulas are shown.
    """

    width: int | None = None
    height: int | None = None
    color: bool = False
    tree: bool = True
    formula: bool = True


@dataclass(frozen=True, slots=True)
class Text:
    """A text in a role, letter for letter, and what it is in LaTeX's math mode where it is mathematics.

    ``symbol`` says that its signs are this program's and have a spelling in ASCII (``✓``, ``∂``); what a user typed is
    escaped there instead.
    """

    text: str
    role: str = ""
    latex: str | None = None
    symbol: bool = False


@dataclass(frozen=True, slots=True)
class Numbers:
    """A number or an array; each writer decides how much of it there is room for."""

    array: Array
    role: str = ""


Part: TypeAlias = str | Text | Numbers  # an inline part; a string is a text without a role

Parts: TypeAlias = Sequence[Part]


@dataclass(frozen=True, slots=True)
class Equation:
    """An equation in LaTeX; the sides on the right are LaTeX or arrays. ``shown`` displays it in Markdown, too.

    ``reason`` is a text to be set beside it.
    """

    left: str
    right: Sequence[str | Array]
    shown: bool = False
    reason: str = ""


Equations: TypeAlias = Iterable[Equation]  # equations that are read once, and made while a writer reads them


@dataclass(frozen=True, slots=True)
class Title:
    """A heading; ``level`` 1 is that of the whole document."""

    text: str
    level: int = 2


@dataclass(frozen=True, slots=True)
class Lines:
    """Sentences, each on a line of its own; where one is broken, what follows is indented by ``hang``."""

    rows: Sequence[Parts]
    hang: int = 2
    indent: int = 0


@dataclass(frozen=True, slots=True)
class Result:
    """The expression and its value; ``equations`` are its statements for LaTeX."""

    expression: str
    value: Array
    equations: Equations = ()


@dataclass(frozen=True, slots=True)
class Fields:
    """Short labels with contents beside them; without ``column`` each content follows its label at once.

    A text in a content that has several parts stands on a line of its own for each. Where ``equations`` are None LaTeX
    has the contents in those of another block.
    """

    rows: Sequence[tuple[Part, Parts]]
    column: bool = True
    indent: int = 0
    equations: Equations | None = ()


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of cells below titles.

    Where there is no room, column ``below`` moves under the table with the title ``below_title``; where there is still
    none, each row becomes a block. ``equations`` say the same in mathematics: LaTeX has them instead of a table.
    """

    titles: Sequence[str]
    rows: Sequence[Sequence[Parts]]
    below: int | None = None
    below_title: str = ""
    indent: int = 0
    equations: Equations = ()


@dataclass(frozen=True, slots=True)
class Steps(Table):
    """Steps of a pass, forward or backward, below a heading: what each is, its formula, its shape, its numbers.

    ``node`` is the id of the node of the graph that all of them are about, ``nodes`` are those of each.
    """

    heading: Parts = ()
    phase: str = ""
    node: int | None = None
    nodes: Sequence[int | None] = ()


@dataclass(frozen=True, slots=True)
class Matrix:
    """A matrix with a name for each row and column.

    Where the names have no room, there are none; the ``parts``, arrays with a label or none, stand for it in words.
    """

    rows: Sequence[str]
    columns: Sequence[str]
    entries: Array
    parts: Sequence[tuple[str, Array]]
    equations: Equations = ()

    @property
    def named(self) -> bool:
        """Whether there are entries, and names for them."""
        return bool(self.rows) and self.entries.size > 0


@dataclass(frozen=True, slots=True)
class Tree:
    """A computation graph from the result to the leaves; ``aside`` leaves it out of Markdown and LaTeX.

    ``slopes`` are the local derivatives along its edges, ``formulas`` what its nodes compute, in the names of the steps
    that follow; ``across`` draws it from left to right.
    """

    graph: Graph
    aside: bool = False
    slopes: Mapping[tuple[int, int], str] = field(default_factory=dict)
    formulas: Mapping[int, str] = field(default_factory=dict)
    across: bool = False


@dataclass(frozen=True, slots=True)
class Chart:
    """Drawings of lines over axes, one below the other."""

    title: str
    drawing: Sequence[Axes]


@dataclass(frozen=True, slots=True)
class Code:
    """A program, a command, or what one printed; ``equations`` say the same in LaTeX."""

    text: str
    language: str = ""
    indent: int = 0
    role: str = ""
    equations: Equations = ()


Block: TypeAlias = Title | Lines | Result | Fields | Table | Matrix | Tree | Chart | Code


@dataclass(frozen=True, slots=True)
class Document:
    """Blocks under a title; blocks in an inner list stand close together.

    ``widest`` are the columns that are comfortable to read, for texts.
    """

    title: str
    blocks: Sequence[Block | Sequence[Block]]
    widest: int | None = None


def blocks_of(document: Document) -> list[Block]:
    """The blocks of a document, one after the other."""
    return [block for part in document.blocks for block in ([part] if isinstance(part, Block) else part)]


Arrays: TypeAlias = tuple[Mapping[str, "Array"], Mapping[str, "Array"]]  # results and inputs by their names


@dataclass(frozen=True, slots=True)
class Answer:
    """What a command answers, for every writer; each part is made when it is asked for.

    ``document`` is for people, ``json`` one object, which may hold arrays, ``records`` are the lines of ``plain``, and
    ``arrays`` the results and the inputs for NumPy. ``csv`` writes the rows of a table.
    """

    document: Callable[[Display], Document]
    json: Callable[[Display], Mapping[str, Any]]
    records: Callable[[Display], Iterable[Sequence[str]]]
    arrays: Callable[[], Arrays] | None = None
    csv: Callable[[TextIO], None] | None = None


def json_numbers(array: Array) -> Any:
    """The entries as nested lists; what JSON has no number for becomes "NaN", "Infinity" or "-Infinity"."""
    array = widened(np.asarray(array))
    if array.dtype.kind != "f":
        return array.tolist()
    strange = ~np.isfinite(array)
    if not strange.any():
        return array.tolist()
    entries = array.astype(object)
    entries[strange] = [json_number(each) for each in array[strange].tolist()]
    return entries.tolist()


def json_number(number: float) -> float | str:
    """A number for JSON, a string where it has none."""
    number = float(number)
    if math.isfinite(number):
        return number
    return "NaN" if math.isnan(number) else "Infinity" if number > 0 else "-Infinity"


_NEGATIVE_ZERO = re.compile(r"-0(?![\d.])")


def value_text(array: Array) -> str:
    """The array as VALUE text, the shortest form that reads back as the same numbers in the same shape.

    >>> import numpy as np
    >>> [value_text(np.array(x)) for x in (3.0, [3.0], [2.0, 20.0], [[1.0, 2.0], [3.0, 4.0]], [[1.0, 2.0]])]
    ['3', '3,', '2,20', '1,2;3,4', '[[1,2]]']
    """
    if array.size == 0:
        return f"zeros({','.join(map(str, array.shape))})"
    numbers = widened(array.astype(np.int64) if array.dtype.kind == "b" else array)
    texts = [exact_text(number) for number in numbers.ravel().tolist()]
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
