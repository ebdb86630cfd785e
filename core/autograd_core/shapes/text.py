"""An expression that is read for shapes, in which letters may stand for sizes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property

from autograd_core.errors import AutogradError
from autograd_core.expr.build import Program, parse
from autograd_core.expr.parser import read
from autograd_core.expr.reader import Reading, interpret
from autograd_core.expr.reader.reading import Wanted
from autograd_core.shapes.letters import with_sizes
from autograd_core.shapes.sizes import Sizes, shapes_of


class SizedText:
    """An expression as it was typed; ``letters`` are the sizes in it."""

    def __init__(self, typed: str, syntax: str, letters: Sequence[str] = ()) -> None:
        self.typed, self.syntax, self.letters = typed, syntax, letters

    @cached_property
    def plain(self) -> bool:
        """Whether it is in the language as it stands."""
        try:
            read(self.typed)
        except AutogradError:
            return False
        return self.syntax != "math"

    def read(self, sizes: Mapping[str, Sizes], numbers: Mapping[str, int], syntax: str) -> tuple[Reading, Program]:
        """What is read for inputs of these sizes, each letter with its number; raises the errors of reading."""
        shapes = shapes_of(sizes, numbers)
        text = with_sizes(self.typed, {letter: numbers[letter] for letter in self.letters if letter in numbers})
        reading = interpret(text, shapes, syntax=syntax, wanted=Wanted(anything=True))
        return reading, parse(reading.source, shapes)
