"""What holds while one tree is elaborated: names, shapes, indices and what they run over, and what is in doubt."""

from __future__ import annotations

import keyword
import re
from collections.abc import Callable, Collection, Container, Mapping, Sequence
from dataclasses import field
from itertools import takewhile
from typing import Any, Never

import numpy as np

from autograd_core.dataclass import dataclass
from autograd_core.errors import AutogradError, ExpressionError, Span
from autograd_core.expr.apply import apply_function, unknown_function
from autograd_core.expr.build import parse
from autograd_core.expr.nodes import Var
from autograd_core.expr.reader import notation, products
from autograd_core.expr.reader.item import (
    COMPARE,
    Index,
    Item,
    MisfitError,
    aligned,
    call,
    opened,
    reduced,
    stacked,
    suffixed,
)
from autograd_core.expr.reader.names import Key, Names
from autograd_core.expr.reader.tree import Node, is_op
from autograd_core.expr.run import evaluate
from autograd_core.ops.spec import Function, Shape

CONDITIONS = ("<", "<=", ">", ">=", "!=")
"""What stands between two indices of a sum over a part of their pairs."""

_MARK = re.compile(r"(\d+)|([^\W\d_]+|\w+?)([-+]\d{1,6})?")


def marks(node: Node, bound: Collection[str]) -> list[tuple[str, int]]:
    """The indices behind a name, each with what is added to it; none where they are not read."""
    if not all(item.single for item in node.data):
        return []
    found: list[tuple[str, int]] = []
    for part in text_of(node.data).strip(",").split(","):
        match = _MARK.fullmatch(part)
        if match is None:
            return []
        word = match[1] or match[2]
        apart = re.findall(r"\d+|[^\W\d_]", word)  # A_{1j}
        mixed = not word.isalpha() and all(each.isdigit() or each in bound for each in apart)
        letters = apart if word not in bound and not match[3] and (word.isalpha() or mixed) else [word]
        found += [(letter, int(match[3] or 0)) for letter in letters]
    return found


_STRIDE = re.compile(r"([2-9])([^\W\d_])([-+]\d{1,6})?")


def stride(node: Node, bound: Container[str]) -> tuple[int, str, int] | None:
    """The 2, the i and the -1 of ``x_{2i-1}`` under a sum over i; None for another index."""
    match = _STRIDE.fullmatch(text_of(node.data))
    return (int(match[1]), match[2], int(match[3] or 0)) if match is not None and match[2] in bound else None


def text_of(tokens: Sequence[Node]) -> str:
    """The text of an index or a limit; ``?`` stands for what is no token."""
    return "".join(item.text if item.single else "?" for item in tokens)


PART_OF_NAME = str.maketrans("-+", "mp")
"""``h_{t-1}`` is called ``h_tm1``, ``h_{t+1}`` ``h_tp1``."""


def mark_of(node: Node) -> str:
    """The index of a name as a part of it."""
    text = "".join(item.text for item in node.data if item.single)
    return text[:1] + text[1:].translate(PART_OF_NAME)


ENTRIES = frozenset(["sum", "mean", "prod", "max", "min", "amax", "amin", "median", "average"])
"""Functions whose argument is raised to powers by entry."""

_SETTINGS = ("literal", "number", "constant", "numbers", "sizes", "results")
"""Kinds of operands whose text, and not whose shape alone, says what a call gives."""


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
            if isinstance(item, Item) and item.kind == "parts" and node.kind != "index":
                words = f"{self.text[slice(*child.span)][:40]} is several arrays"
                raise MisfitError(words, span=child.span, hint="q, k = x.chunk(2); sum(q*k)")
        found: Item = getattr(self, f"visit_{node.kind}")(node)
        if found not in below:
            found.span = self.within or node.span
        return found

    def indexed_name(self, node: Node) -> str | None:
        """The variable that a name with an index is: ``x_1`` or ``x1``."""
        base = node.children[0]
        mark = mark_of(node)
        if not mark or not all(item.single for item in node.data):
            return None
        return self.names.find(f"{base.text}_{mark}") or self.names.find(f"{base.text}{mark}")

    def refuse_name(self, name: str, node: Node) -> Never:
        """Raise ExpressionError for a name without a value, and keep it among the missing ones."""
        if keyword.iskeyword(name) and name != "lambda":
            raise ExpressionError(f"'{name}' is not read", span=node.span)
        before = re.search(r"(\w+)\.\s*$", self.text[: node.start])
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
            self.say("AG417", f"entries are counted from 1, as in mathematics: {typed} is {written}")

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
        standing = [item for item in operands if item.kind not in _SETTINGS]
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

    # Indices, and sums, products and means over them.

    def ordered(self, root: Node) -> list[Node]:
        """Every node behind its children; what holds inside a sum is passed down on the way."""
        found: list[Node] = []
        stack = [root]
        while stack:
            node = stack.pop()
            found.append(node)
            bound = self.bound.get(id(node), {})
            if node.kind == "bigsum":
                try:
                    self.summed[id(node)] = self.indices(node, bound)
                except AutogradError as error:
                    node.error = error
                bound = bound | self.summed.get(id(node), {})
            inherited = id(node) in self.by_entry and node.kind in ("sum", "terms")
            if inherited or node.kind == "bigsum" or (node.kind == "call" and node.text in ENTRIES):
                self.by_entry.update(id(child) for child in node.children)
            children = [] if node.kind == "sub" and self.indexed_name(node) is not None else node.children
            for child in children:
                if child.kind == "T":
                    continue
                if bound:
                    self.bound[id(child)] = bound
                stack.append(child)
        found.reverse()
        return found

    def remade(self, root: Node) -> Item:
        """The item of a tree that stands apart, as the exponent of ``sin^2 x`` and what a word is defined by."""
        for node in self.ordered(root):
            self.made[id(node)] = self.visit(node)
        return self.item(root)

    def indices(self, node: Node, outer: Mapping[str, Index]) -> dict[str, Index]:
        """The indices that a sum runs over: of a condition those that its terms have and that are not open."""
        _with_condition(node, outer)
        lower = list(takewhile(lambda item: not is_op(item, "=", "∈"), node.data[0]))
        if len(lower) < len(node.data[0]) and is_op(node.data[0][len(lower)], "∈"):
            every = self.text[lower[0].start : node.data[0][-1].end]
            self.say("AG417", f"the sum over {every} was read over all entries")
        names = [item.text for item in lower if item.kind == "name"]
        letters = dict.fromkeys(letter for name in names for letter in (name if name.isalpha() else [name]))
        uses = self.uses(node, letters)
        if any(is_op(item, *CONDITIONS) for item in lower):
            letters = {letter: None for letter in letters if uses[letter] and letter not in outer}
        first, last = (text_of(part) for part in node.data)
        if (share := re.fullmatch(r"([^\W\d])/([2-9])", last)) is not None:  # Σ_{i=1}^{n/2}
            whole = self.number_of(self.names.find(share[1]))
            last = "" if whole is None else str(whole // int(share[2]))
        limit = re.fullmatch(r"(\d{1,6})|([^\W\d]\w*?)([-+]\d{1,6})?", last)
        if limit is not None and limit[2] is not None and self.names.find(limit[2]) is None:
            self.limits.setdefault(limit[2], [])
        start = first.partition("=")[2] if any(is_op(item, "=") for item in node.data[0]) else ""
        if start.removesuffix("+1") in outer or (limit is not None and limit[2] in outer):
            raise MisfitError("a sum from or up to another index is not read", hint="Σ_{j=1}^i, Σ_{j>i}")
        found = {letter: self.index(letter, start, limit, uses[letter]) for letter in letters}
        if limit is None and len(found) < 2:  # 1/n Σ_i x_i
            for name in ("n", "N", "m"):
                below = re.search(rf"(?:/|frac\s*\{{?\s*\d\s*\}}?)\s*[{{(]?\s*\d?\s*{name}\b", self.text)
                if below is not None and self.names.find(name) is None:
                    self.limits.setdefault(name, [])
        return found

    def uses(self, node: Node, letters: Collection[str]) -> dict[str, list[tuple[int, int]]]:
        """For each letter the sizes of what has it for an index in a sum, with what is added to it there."""
        found: dict[str, list[tuple[int, int]]] = {letter: [] for letter in letters}
        waiting = list(node.children) if letters else []
        while waiting:
            each = waiting.pop()
            waiting += each.children
            if each.kind == "sub":
                base = each.children[0].text
                name = self.names.find(base) or (self.names.find(base.upper()) if len(base) == 1 else None)
                shape = (*self.shapes[name], 0, 0, 0, 0) if name is not None else (0, 0, 0, 0)
                if (step := stride(each, letters)) is not None and len(shape) == 5:
                    found[step[1]].append(((shape[0] - step[2]) // step[0], 0))
                    continue
                for (letter, shift), size in zip(marks(each, letters), shape, strict=False):
                    if letter in found:
                        found[letter].append((size, shift))
        return found

    def index(self, letter: str, first: str, limit: re.Match[str] | None, uses: Sequence[tuple[int, int]]) -> Index:
        """The index of a sum from its limits; without limits, or with a name for the last, all terms that there are."""
        if first and not first.isdigit():
            raise MisfitError(f"a sum that begins at {first} is not read")
        shifts = [shift for _, shift in uses] or [0]
        sizes = {size for size, _ in uses if size}
        found = Index(letter, base=0 if first == "0" else 1, size=max(sizes, default=0))
        found.first = int(first) if first else found.base - min(*shifts, 0)
        whole = found.size + found.base - 1 - max(*shifts, 0)
        if limit is not None and limit[1] is not None:
            found.last = int(limit[1])
        elif limit is not None and (last := self.number_of(limit[2])) is not None:
            found.last = last + int(limit[3] or 0)
        elif limit is not None and len(sizes) == 1:
            found.last = min(found.size + int(limit[3] or 0), whole)
        elif len(sizes) == 1 and (first not in ("", "0", "1") or any(shifts)):
            found.last = whole
        if limit is not None and limit[1] is None:
            found.limit, found.more = limit[2], int(limit[3] or 0)
        found.counted = bool(first)
        return found

    def counter(self, index: Index) -> Item:
        """The index of a sum as a number: ``Σ_{t=1}^{3} γ^t``."""
        last = index.last if index.last is not None or not index.size else index.size - 1 + index.base
        if last is None or not index.counted:
            why = "it is a number where the limits of the sum are numbers"
            raise MisfitError(f"{index.letter} has no value", why=why, hint=f"Σ_{{{index.letter}=1}}^{{3}}")
        count = max(last - index.first + 1, 0)
        numbers = call("arange", [str(index.first), str(last + 1)], (count,))
        return opened(numbers, [index.letter], self.sizes)

    def indexed(self, item: Item, words: Sequence[tuple[str, int]], node: Node) -> Item:
        """``x_i``, ``A_{ij}``, ``x_{i+1}``: the entries over which each index runs."""
        bound = self.bound.get(id(node), {})
        cuts = [
            bound[word].part(size, shift) if word in bound else (0, size)
            for (word, shift), size in zip(words, item.shape, strict=False)
        ]
        if any(cut != (0, size) for cut, size in zip(cuts, item.shape, strict=False)):
            keys = ", ".join(
                f"{start}:{end}" if end - start < size else ":"
                for (start, end), size in zip(cuts, item.shape, strict=False)
            )
            item = suffixed(item, f"[{keys}]", (*(end - start for start, end in cuts), *item.shape[len(cuts) :]))
            base = next(bound[word].base for word, _ in words if word in bound)
            typed = self.text[node.start : node.end]
            self.say("AG417", f"{typed} runs over {item.text()[:60]}: entries are counted from {base}")
        return opened(item, [word for word, _ in words], self.sizes)

    def strided(self, item: Item, factor: int, letter: str, shift: int, node: Node) -> Item:
        """``x_{2i-1}``: every second entry."""
        index, size = self.bound[id(node)][letter], item.shape[0]
        count = index.size if index.last is None else index.last - index.first + 1
        start = factor * index.first + shift - index.base
        end = start + factor * (count - 1) + 1
        if not 0 <= start < end <= size:
            raise MisfitError(f"there is no entry {max(end, 1) - 1 + index.base} of {size}")
        made = suffixed(item, f"[{start}:{end}:{factor}]", (count,))
        typed = self.text[node.start : node.end]
        self.say("AG417", f"{typed} runs over {made.text()}: entries are counted from {index.base}")
        return opened(made, [letter], self.sizes)

    def matrix_of(self, base: Node, words: Sequence[tuple[str, int]], bound: Container[str]) -> str | None:
        """The matrix X of which ``x_i`` is a row and ``x_ij`` or ``x_12`` an entry, where ``x`` has no value."""
        matrix = self.names.find(base.text.upper()) if len(base.text) == 1 and base.text.islower() else None
        marks = "".join(word for word, _ in words)
        if matrix is None or len(self.shapes[matrix]) != 2 or len(marks) > 2:
            return None
        if not (len(marks) == 2 and (marks.isdigit() or any(mark in bound for mark in marks))) and marks not in bound:
            return None
        if not marks.isdigit():
            kind = f"entry {', '.join(marks)}" if len(marks) == 2 else f"row {marks}"
            self.say("AG417", f"{base.text}_{marks} was read as {kind} of {matrix}")
        return matrix

    def visit_bigsum(self, node: Node) -> Item:
        """``\\sum_i`` and its like over open indices, or over all entries where it has no index."""
        body = self.item(node.children[0])
        if body.placed:
            raise MisfitError("the size of what is summed is not known")
        letters = sorted(self.summed[id(node)])
        if not body.labels and (not letters or body.rank == 1):
            if letters:
                self.say("AG417", f"the sum over {', '.join(letters)} was read over the entries of {body.text()}")
            self.check_limits(node, body.shape or (0,))
            return call(node.text, [body])
        body = self.conditional(node, body)
        made = reduced(body, letters or body.labels, node.text)
        own = [self.sizes.pop(letter) for letter in letters] or list(body.labels.values())
        if letters or len(own) == 1:
            self.check_limits(node, own)
        return made

    def conditional(self, node: Node, body: Item) -> Item:
        """The terms of ``Σ_{i<j}``: what changes nothing where the condition does not hold."""
        if not any(is_op(token, *CONDITIONS) for token in node.data[0]):
            return body
        match = re.fullmatch(r"(?:[01]<=)?(\w)([<>!]=?)(\w)(?:<=\w+)?", text_of(node.data[0]))
        test = match.groups() if match is not None else ("", "", "")
        absent = {"sum": "0", "prod": "1"}.get(node.text)
        if absent is None or not body.labels.keys() >= {test[0], test[2]}:
            raise MisfitError("a sum over a part of the indices is not read")
        indices, sides = {**self.bound.get(id(node), {}), **self.summed[id(node)]}, []
        for letter in (test[0], test[2]):
            index, size = indices[letter], body.labels[letter]
            start = 0 if index.last is None else index.first - index.base
            ends = (start, start + size) if start else (size,)
            numbers = call("arange", [*map(str, ends)], (size,))
            sides.append(opened(numbers, [letter], self.sizes))
        whole = [aligned(each, body.labels, body.rank) for each in (products.by_entry(test[1], *sides), body)]
        return call("where", [*whole, absent], body.shape, row=body.row, labels=body.labels)

    def check_limits(self, node: Node, sizes: Sequence[int]) -> None:
        """Refuse limits of a sum that leave entries out; remember how many terms a sum up to a name has."""
        indices = [*self.summed[id(node)].values()] or [Index("")]
        for index, size in zip(indices, sizes, strict=False):
            number = (size - 1 + index.base if index.last is None else index.last) - index.more
            names = [index.limit] if index.limit else [name for name in ("n", "N", "m") if index.last is None]
            for name in names:
                if name in self.limits and self.terms_of.setdefault(name, number) != number:
                    if index.limit:
                        raise MisfitError(f"sums up to {name} have different lengths")
                    self.terms_of[name] = 0
            if index.last is not None and not index.size:
                index.part(size, 0)
        last = text_of(node.data[1])
        if last and not re.fullmatch(r"\w+(?:[-+]\d+|/[2-9])?", last):
            raise MisfitError(f"a sum up to {last} is not read")


def _with_condition(node: Node, outer: Mapping[str, Index]) -> None:
    """Make ``Σ_{j<=i}`` and ``Σ_{j>i}`` of ``Σ_{j=1}^i`` and ``Σ_{j=i+1}^n``, where i is an index of an outer sum."""
    first = re.fullmatch(r"\w=(\w)(\+1)?", text_of(node.data[0]))
    last = re.fullmatch(r"(\w)(-1)?", text_of(node.data[1]))
    if first and last and last[1] in outer and first[0][2:] == str(outer[last[1]].base):
        sign, other, upper = "<" if last[2] else "<=", last[1], ()
    elif first and first[1] in outer:
        sign, other, upper = ">" if first[2] else ">=", first[1], node.data[1]
    else:
        return
    letter, place = node.data[0][0], node.data[0][1].span
    node.data = [letter, Node("op", sign, *place), Node("name", other, *place)], upper


def _shown(item: Item, places: Mapping[int, str]) -> str:
    """The text of a call with names for its operands."""
    if id(item) in places:
        return places[id(item)]
    if item.kind == "results" or any(isinstance(part, Item) and id(part) in places for part in item.parts):
        return "".join(part if isinstance(part, str) else _shown(part, places) for part in item.parts)
    return item.text()
