"""Indices, and sums, products and means over them: what each runs over, and how many terms there are."""

from __future__ import annotations

import re
from collections.abc import Collection, Container, Mapping, Sequence
from itertools import takewhile

from autograd_core.errors import AutogradError
from autograd_core.expr.reader import products
from autograd_core.expr.reader.grammar import COMPARISONS
from autograd_core.expr.reader.item import Index, Item, MisfitError, aligned, atom, call, opened, reduced, suffixed
from autograd_core.expr.reader.scope import Scope
from autograd_core.expr.reader.tree import Node, is_op
from autograd_core.ops.registry import find

_MARK = re.compile(r"(\d+)|([^\W\d_]+|\w+?)([-+]\d{1,6})?")
_STRIDE = re.compile(r"([2-9])([^\W\d_])([-+]\d{1,6})?")
"""``x_{2i-1}`` of a vector; of a matrix 2 and i are two indices."""
_LIMIT = re.compile(
    r"(?P<number>\d{1,6})|(?P<factor>\d?)(?P<name>[^\W\d]\w*?)(?:/(?P<divisor>[2-9]))?(?P<more>[-+]\d{1,6})?"
)
"""Where a sum ends: ``3``, ``n``, ``n-1``, ``2n``, ``n/2``."""

Mark = tuple[str, int, int]
"""An index behind a name, what is added to it, and the number that multiplies it."""


def marks(node: Node, bound: Collection[str], rank: int) -> list[Mark]:
    """The indices behind something of so many axes; none where they are not read."""
    if not all(item.single for item in node.data):
        return []
    found: list[Mark] = []
    step = _STRIDE.fullmatch(text_of(node.data)) if rank == 1 else None
    if step is not None and step[2] in bound:
        return [(step[2], int(step[3] or 0), int(step[1]))]
    for part in text_of(node.data).strip(",").split(","):
        match = _MARK.fullmatch(part)
        if match is None:
            return []
        word = match[1] or match[2]
        apart = re.findall(r"\d+|[^\W\d_]", word)  # A_{1j}
        mixed = not word.isalpha() and all(each.isdigit() or each in bound for each in apart)
        letters = apart if word not in bound and not match[3] and (word.isalpha() or mixed) else [word]
        found += [(letter, int(match[3] or 0), 1) for letter in letters]
    return found


def text_of(tokens: Sequence[Node]) -> str:
    """The text of an index or a limit; ``?`` stands for what is no token."""
    return "".join(item.text if item.single else "?" for item in tokens)


ENTRIES = frozenset(["sum", "mean", "prod", "max", "min", "amax", "amin", "median", "average"])
"""Functions whose argument is raised to powers by entry."""


class Sums(Scope):
    """Reads what an index stands for, and takes it away where something is summed over it."""

    def ordered(self, root: Node) -> list[Node]:
        """Every node once, behind its children; what holds inside a sum is passed down on the way."""
        found: dict[int, Node] = {}
        entered: set[int] = set()
        stack = [root]
        while stack:
            node = stack[-1]
            if not node.children or id(node) in entered:
                found[id(node)] = stack.pop()
                continue
            entered.add(id(node))
            bound = self.bound.get(id(node), {})
            if node.kind == "bigsum":
                try:
                    self.summed[id(node)] = self.indices(node, bound)
                except AutogradError as error:
                    node.error = error
                bound = bound | self.summed.get(id(node), {})
            inherited = id(node) in self.by_entry and (
                node.kind in ("sum", "terms", "compare") or getattr(find(node.text), "elementwise", False)
            )
            if inherited or node.kind == "bigsum" or (node.kind == "call" and node.text in ENTRIES):
                self.by_entry.update(id(child) for child in node.children)
            named = node.kind == "sub" and (self.without_value(node.children[0]) or self.indexed_name(node) is not None)
            for child in () if named else reversed(node.children):
                if child.kind != "T" and id(child) not in entered:
                    if bound:
                        self.bound[id(child)] = bound
                    stack.append(child)
        return list(found.values())

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
            if any(item.kind == "num" for token in node.data[0] for item in (token, *token.tokens)):
                raise MisfitError("a sum over a set of numbers is not read", hint="sum(x[1:3])")
            every = self.text[lower[0].start : node.data[0][-1].end]
            self.say("AG417", f"the sum over {every} was read over all entries")
        names = [item.text for item in lower if item.kind == "name"]
        letters = dict.fromkeys(letter for name in names for letter in (name if name.isalpha() else [name]))
        uses = self.uses(node, letters)
        if any(is_op(item, *COMPARISONS) for item in lower):
            letters = {letter: None for letter in letters if uses[letter] and letter not in outer}
        first, last = (text_of(part) for part in node.data)
        limit = _LIMIT.fullmatch(last)
        if limit is not None and (limit["factor"] or limit["divisor"]):
            whole = self.number_of(self.names.find(limit["name"]))
            if whole is None and limit["factor"]:
                raise MisfitError(f"a sum up to {last} is not read")
            last = "" if whole is None else str(int(limit["factor"] or 1) * whole // int(limit["divisor"] or 1))
            limit = _LIMIT.fullmatch(last)
        if limit is not None and limit["name"] is not None and self.names.find(limit["name"]) is None:
            self.limits.setdefault(limit["name"], [])
        start = first.partition("=")[2] if any(is_op(item, "=") for item in node.data[0]) else ""
        if start.removesuffix("+1") in outer or (limit is not None and limit["name"] in outer):
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
                shape = self.shapes[name] if name is not None else ()
                for (letter, shift, step), size in zip(
                    marks(each, letters, len(shape)), (*shape, 0, 0, 0, 0), strict=False
                ):
                    if letter in found:
                        found[letter].append((size, shift) if step == 1 else ((size - shift) // step, 0))
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
        name, more = (limit["name"], int(limit["more"] or 0)) if limit is not None else (None, 0)
        if limit is not None and name is None:
            found.last = int(limit["number"])
        elif (last := self.number_of(name)) is not None:
            found.last = last + more
        elif name is not None and len(sizes) == 1:
            found.last = min(found.size + more, whole)
        elif len(sizes) == 1 and (first not in ("", "0", "1") or any(shifts)):
            found.last = whole
        if name is not None:
            found.limit, found.more = name, more
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

    def indexed(self, item: Item, words: Sequence[Mark], node: Node) -> Item:
        """``x_i``, ``A_{ij}``, ``x_{i+1}``, ``x_{2i}``: the entries over which each index runs."""
        bound = self.bound.get(id(node), {})
        cuts = [
            bound[word].part(size, shift, step) if word in bound else slice(0, size)
            for (word, shift, step), size in zip(words, item.shape, strict=False)
        ]
        counts = [len(range(size)[cut]) for cut, size in zip(cuts, item.shape, strict=False)]
        if counts != list(item.shape[: len(cuts)]):
            keys = [
                f"{cut.start}:{cut.stop}{f':{cut.step}' if (cut.step or 1) > 1 else ''}" if count < size else ":"
                for cut, count, size in zip(cuts, counts, item.shape, strict=False)
            ]
            item = suffixed(item, f"[{', '.join(keys)}]", (*counts, *item.shape[len(cuts) :]))
            base = next(bound[word].base for word, *_ in words if word in bound)
            typed = self.text[node.start : node.end]
            self.say("AG417", f"{typed} runs over {item.text()[:60]}: entries are counted from {base}")
        return opened(item, [word for word, *_ in words], self.sizes)

    def matrix_of(self, base: Node, words: Sequence[Mark], bound: Container[str]) -> str | None:
        """The matrix X of which ``x_i`` is a row and ``x_ij`` or ``x_12`` an entry, where ``x`` has no value."""
        matrix = self.names.find(base.text.upper()) if len(base.text) == 1 and base.text.islower() else None
        marks = "".join(word for word, *_ in words)
        if matrix is None or len(self.shapes[matrix]) != 2 or len(marks) > 2:
            return None
        entry = len(marks) == 2 and (marks.isdigit() or any(mark in bound for mark in marks))
        if not (entry or marks in bound or (len(marks) == 1 and marks.isdigit())):
            return None
        if not entry or not marks.isdigit():
            kind = f"entry {', '.join(marks)}" if entry else f"row {marks}"
            self.say("AG417", f"{base.text}_{marks} was read as {kind} of {matrix}")
        return matrix

    def visit_bigsum(self, node: Node) -> Item:
        """``\\sum_i`` and its like over open indices, or over all entries where it has no index."""
        body = self.item(node.children[0])
        letters = sorted(self.summed[id(node)])
        if not body.labels and (not letters or body.rank == 1):
            if letters:
                self.say("AG417", f"the sum over {', '.join(letters)} was read over the entries of {body.text()}")
            self.check_limits(node, body.shape or (0,))
            return call(node.text, [body])
        without = not letters
        body, letters = self.repeated(node, body, letters)
        if not (letters or without):
            return body
        body = self.conditional(node, body)
        made = reduced(body, letters or body.labels, node.text)
        own = [body.labels[letter] for letter in letters or body.labels]
        for letter in letters:
            self.sizes.pop(letter, None)  # a sum within it may run over the same letter
        if letters or len(own) == 1:
            self.check_limits(node, own)
        return made

    def repeated(self, node: Node, body: Item, letters: list[str]) -> tuple[Item, list[str]]:
        """The terms without the indices that they do not have, whose limits are numbers: so many equal ones."""
        runs = self.summed[id(node)]
        counts = {letter: run.last - run.first + 1 for letter, run in runs.items() if run.last is not None}
        for letter in [letter for letter in letters if letter not in body.labels and letter in counts]:
            if node.text in ("sum", "prod"):
                terms = max(counts[letter], 0)
                self.say("AG417", f"{self.text[node.start : node.end]} has {terms} equal terms")
                count = atom(str(terms), kind="number")
                body = (
                    products.by_entry("*", count, body) if node.text == "sum" else products.by_entry("**", body, count)
                )
                letters = [each for each in letters if each != letter]
        return body, letters

    def conditional(self, node: Node, body: Item) -> Item:
        """The terms of ``Σ_{i<j}``: what changes nothing where the condition does not hold."""
        if not any(is_op(token, *COMPARISONS) for token in node.data[0]):
            return body
        match = re.fullmatch(r"(?:[01]<=)?(\w)(==|[<>!]=?)(\w)(?:<=\w+)?", text_of(node.data[0]))
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
            if index.last is not None and not index.size and size != index.last - index.first + 1:
                index.part(size, 0, 1)
        last = text_of(node.data[1])
        if last and _LIMIT.fullmatch(last) is None:
            raise MisfitError(f"a sum up to {last} is not read")


def _with_condition(node: Node, outer: Mapping[str, Index]) -> None:
    """Make ``Σ_{j<=i}`` and ``Σ_{j>i}`` of ``Σ_{j=1}^i`` and ``Σ_{j=i+1}^n``, where i is an index of an outer sum."""
    both = re.fullmatch(r"(\w)(?:=[01]|,(\w)),?(\w)!=(\w)", text_of(node.data[0]))  # Σ_{j=1, j≠i}^n
    if both and {both[3], both[4]}.issuperset(filter(None, both.group(1, 2))):
        node.data = node.data[0][-3:], node.data[1]
        return
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
