"""What holds while one tree is elaborated: names, shapes, indices and what they run over, and what is in doubt."""

from __future__ import annotations

import keyword
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import field
from typing import Any, Never

import numpy as np

from autograd_core.dataclass import dataclass
from autograd_core.errors import AutogradError, ExpressionError, Span
from autograd_core.expr.apply import apply_function, unknown_function
from autograd_core.expr.build import parse
from autograd_core.expr.nodes import Var
from autograd_core.expr.reader import notation
from autograd_core.expr.reader.item import COMPARE, Index, Item, MisfitError, call, stacked
from autograd_core.expr.reader.names import Key, Names
from autograd_core.expr.reader.tree import Node
from autograd_core.expr.run import evaluate
from autograd_core.limits import MAX_NAME
from autograd_core.ops.spec import Function, Shape

PART_OF_NAME = str.maketrans("-+", "mp")
"""``h_{t-1}`` is called ``h_tm1``, ``h_{t+1}`` ``h_tp1``."""


def mark_of(node: Node) -> str:
    """The index of a name as a part of it."""
    return "".join(item.text for item in node.data if item.single).translate(PART_OF_NAME)


SETTINGS = ("literal", "number", "constant", "numbers", "sizes", "results", "columns")
"""Kinds of operands whose text, and not whose shape alone, says what a call gives."""


OF_KNOWN_SIZE = ("call", "method", "index", "changed", "norm", "bigsum", "compare", "root")
"""Kinds of nodes whose operands tell no identity its size."""

COUNTED = "entries are counted from 1, as in mathematics"


@dataclass()
class Scope:
    """The state of one pass; ``chosen`` says which way to take at a place that can be read in several.

    ``entries`` says that the text is code, ``relaxed`` that ``@`` stands for a product of any kind. ``assumed`` are
    the sizes of identities and vectors of ones in the order in which they are ``asked`` for, the last for all others;
    ``kept`` are indices that are not summed over, also where they stand twice.
    """

    text: str
    names: Names
    shapes: Mapping[str, Shape]
    chosen: Mapping[Key, int]
    entries: bool
    relaxed: bool
    assumed: Sequence[int] = ()
    asked: dict[Span, int] = field(default_factory=dict)
    notes: dict[str, str] = field(default_factory=dict)
    sizes: dict[str, int] = field(default_factory=dict)
    missing: dict[str, Span] = field(default_factory=dict)
    doubts: dict[Key, list[str]] = field(default_factory=dict)
    loose: list[Span] = field(default_factory=list)
    bound: dict[int, dict[str, Index]] = field(default_factory=dict)
    summed: dict[int, dict[str, Index]] = field(default_factory=dict)
    numbers: Mapping[str, int] = field(default_factory=dict)
    counts: set[str] = field(default_factory=set)
    by_entry: set[int] = field(default_factory=set)
    made: dict[int, Item | AutogradError] = field(default_factory=dict)
    limits: dict[str, list[Item]] = field(default_factory=dict)
    terms_of: dict[str, int] = field(default_factory=dict)
    arguments: dict[str, Item] = field(default_factory=dict)
    within: Span | None = None
    kept: str = ""

    def number_of(self, name: str | None) -> int | None:
        """The whole number that is given for a name, which counts something then: an entry, terms, factors."""
        if name is None or name not in self.numbers:
            return None
        self.counts.add(name)
        return self.numbers[name]

    def item(self, node: Node) -> Item:
        """What was made of a node, several results as one array; raises what was wrong with it."""
        return stacked(self.as_made(node))

    def as_made(self, node: Node) -> Item:
        """What was made of a node; raises what was wrong with it."""
        found = self.made[id(node)]
        if isinstance(found, AutogradError):
            raise found
        return found

    def visit(self, node: Node) -> Item:
        """Make the item of a node whose children are made; it stands where the node does."""
        if node.error is not None:
            raise node.error
        below = [self.made.get(id(child)) for child in node.children]
        for child, item in zip(node.children, below, strict=True):
            if not isinstance(item, Item) or not (item.placed or item.kind == "parts"):
                continue
            if item.kind == "parts" and node.kind != "index":
                words = f"{self.text[slice(*child.span)][:40]} is several arrays"
                raise MisfitError(words, span=child.span, hint="q, k = x.chunk(2); sum(q*k)")
            if item.placed and node.kind in OF_KNOWN_SIZE:
                raise MisfitError("the size of this is not known here", span=child.span)
        found: Item = getattr(self, f"visit_{node.kind}")(node)
        if found not in below:
            found.span = self.within or node.span
        return found

    def indexed_name(self, node: Node) -> str | None:
        """The variable that a name with an index is: ``x_1`` or ``x1``."""
        base = node.children[0]
        mark = mark_of(node)
        if base.kind != "name" or not mark or not all(item.single for item in node.data):
            return None
        return self.names.find(f"{base.text}_{mark}") or self.names.find(f"{base.text}{mark}")

    def without_value(self, base: Node) -> bool:
        """Whether what an index stands behind is a name that has no value without it."""
        return base.kind == "name" and self.names.find(base.text) is None and base.text not in ("e", "I")

    def refuse_name(self, name: str, node: Node) -> Never:
        """Raise ExpressionError for a name without a value, and keep it among the missing ones."""
        if keyword.iskeyword(name) and name != "lambda":
            raise ExpressionError(f"'{name}' is not read", span=node.span)
        before = re.search(r"(\w+)\.\s*$", self.text[max(node.start - MAX_NAME, 0) : node.start])
        library = before[1] if before is not None and self.text[node.end :].lstrip()[:1] == "(" else ""
        if library not in self.names and library in notation.LIBRARIES | notation.SUBMODULES:
            raise unknown_function(name).at(node.span)
        self.missing.setdefault(notation.LETTER.get(name, name), node.span)
        raise ExpressionError(f"no value for {name}", code="AG605", span=node.span)

    def say(self, code: str, sentence: str) -> None:
        """Say something of the reading, once."""
        self.notes.setdefault(sentence, code)

    def size(self, span: Span) -> int:
        """The size that is assumed for what stands at a place and has none of its own."""
        number = self.asked.setdefault(span, len(self.asked))
        if not self.assumed:
            raise MisfitError("the size of this is not known", span=span, hint="eye(3), ones(3)")
        return self.assumed[min(number, len(self.assumed) - 1)]

    def ones(self, span: Span) -> Item:
        """A vector of ones, whose size follows from its place."""
        size = self.size(span)
        return call("ones", [str(size)], (size,), kind="ones", placed=True)

    def counted(self, typed: str, written: str) -> None:
        """Say once that entries with a number are counted from 1."""
        if "AG417" not in self.notes.values():
            self.say("AG417", f"{COUNTED}: {typed} is {written}")

    def alike(self, one: Item, other: Item) -> bool:
        """Whether two readings have the same value, at numbers of these shapes."""
        first, second = one.text(), other.text()
        if first == second:
            return True
        if one.shape != other.shape or [*one.labels] != [*other.labels]:
            return False
        generator = np.random.default_rng(0)
        shapes = {**dict.fromkeys(self.limits, ()), **self.shapes}
        inputs = {name: generator.uniform(0.5, 1.5, shape) for name, shape in shapes.items()}
        try:
            programs = [parse(text, inputs) for text in (first, second)]
            left, right = (np.asarray(evaluate([each.result], inputs)[each.result]) for each in programs)
        except AutogradError:
            return False
        return bool(np.allclose(left, right, rtol=1e-9, atol=0.0, equal_nan=True))

    def choose(self, ways: Sequence[Callable[[], Item]], node: Node) -> Item:
        """The one way that fits; of several, the chosen one, and the doubt is kept."""
        if len(ways) == 1:
            return ways[0]()
        fitting: list[Item] = []
        failed: AutogradError | None = None
        for way in ways:
            try:
                item = way()
            except AutogradError as error:
                failed = failed or error
                continue
            if all(not self.alike(item, other) for other in fitting):
                fitting.append(item)
        if not fitting:
            assert failed is not None
            raise failed
        key = node.kind, node.span
        if len(fitting) > 1:
            self.doubts[key] = [item.text() for item in fitting]
        return fitting[min(self.chosen.get(key, 0), len(fitting) - 1)]

    def shape_of(self, written: Item, operands: Sequence[Item], function: Function | None) -> Shape:
        """The shape of a call of a function on these operands, or of an index: the language tells it.

        Raises MisfitError where they do not fit.
        """
        name = "" if function is None else function.name
        if len(operands) == 1:
            first = operands[0]
            if getattr(function, "elementwise", False):
                return first.shape
            if name in ("trace", "det") and (first.rank != 2 or first.shape[0] != first.shape[1]):
                sizes = ", ".join(map(str, first.shape))
                raise MisfitError(f"{name} needs a square matrix: {first.text()[:40]} has shape ({sizes})")
            if name in ("sum", "mean", "trace", "det"):
                return ()
        standing = [item for item in operands if item.kind not in SETTINGS]
        places = {id(item): f"operand_{number}" for number, item in enumerate(standing)}
        shapes: dict[str, Any] = {places[id(item)]: item.shape for item in standing}
        try:
            if function is not None and function.alone == len(operands) == len(shapes):
                made = apply_function(function, [Var(*each) for each in shapes.items()], function.defaults)
            else:
                text = "".join(part if isinstance(part, str) else _shown(part, places) for part in written.parts)
                if text.endswith("]"):  # any positions tell the shape, but those of a comparison
                    positions = [item for item in standing[1:] if item.strength != COMPARE]
                    shapes |= {places[id(item)]: np.zeros(item.shape) for item in positions}
                made = parse(text, {**self.shapes, **shapes}).result
        except AutogradError as error:
            message = error.message
            for item in standing:
                message = message.replace(places[id(item)], item.text()[:40])
            raise MisfitError(message, code=error.code, hint=error.hint) from None
        shape: Shape = made.shape
        return shape


def _shown(item: Item, places: Mapping[int, str]) -> str:
    """The text of a call with names for its operands."""
    if id(item) in places:
        return places[id(item)]
    if item.kind in ("results", "columns") or any(isinstance(part, Item) and id(part) in places for part in item.parts):
        return "".join(part if isinstance(part, str) else _shown(part, places) for part in item.parts)
    return item.text()
