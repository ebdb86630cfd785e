"""Factors of one term: which of them belong together is decided by the shapes."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from autograd_core.errors import AutogradError, LimitError
from autograd_core.expr.reader import products
from autograd_core.expr.reader.item import Item, MisfitError, around, misfit, reduced
from autograd_core.expr.reader.sums import Sums
from autograd_core.expr.reader.tree import Link, Node

_DIVISIONS = ("/", "./")
_GROUPED = (*_DIVISIONS, "⊙", "⊗", ".*")
MAX_WAYS = 12
"""Groupings of one term that are tried."""

MAX_GROUPED = 30
"""Signs in one term whose operands depend on the shapes."""

Row = tuple[tuple[Link, Item], ...]


class Terms(Sums):
    """Multiplies the factors of a term."""

    def visit_terms(self, node: Node) -> Item:
        """The product of a term, grouped in the one way that fits."""
        items = [self.item(child) for child in node.children]
        for base, link, child in zip(items, node.data[1:], node.children[1:], strict=False):
            if link.sign == "" and not (base.kind == "number" and child.kind == "name" and not link.before):
                self.loose.append(child.span)  # 2m is 2*m in code too
            child = child.children[0] if child.kind == "power" else child
            numbers = child.children if child.kind == "tuple" else [child]
            called = link.sign == "" and not link.before and child.wrapped == "(" and base.rank > 0
            if called and all(each.kind == "num" for each in numbers):
                raise _called(base, [each.text for each in numbers], self.item(child))
        ways = self.ways(tuple(zip(node.data, items, strict=True)))
        if not ways:
            raise self.failed
        made = self.choose([partial(self.multiplied, way) for way in ways], node)
        twice = [each for each in made.labels if sum(each in item.labels for item in items) > 1]
        twice = [each for each in twice if each not in self.bound.get(id(node), {}) and each not in self.kept]
        if not twice or self.within is not None or max(len(item.labels) for item in items) < 2:
            return made
        typed = self.text[node.start : node.end]
        self.say("AG417", f"{typed} was read as a sum over {' and '.join(twice)}, as Einstein writes it")
        return reduced(made, twice, "sum")

    def ways(self, row: Row) -> list[Row]:
        """The groupings of a term: what a denominator takes, and what an operator by entry takes on its left."""
        grouping = sum(link.sign in _GROUPED for link, _ in row)
        if grouping > MAX_GROUPED:
            words = f"one term has {grouping:,} divisions and products by entry; the limit is {MAX_GROUPED}"
            raise LimitError(words, code="AG803")
        if not grouping:
            return [row]
        done: list[Row] = []
        waiting: list[tuple[Row, int]] = [(row, 1)]
        while waiting and len(done) + len(waiting) <= MAX_WAYS:
            row, place = waiting.pop(0)
            while place < len(row) and row[place][0].sign not in _GROUPED:
                place += 1
            if place >= len(row):
                done.append(row)
            else:
                divides = row[place][0].sign in _DIVISIONS
                counts = self.denominators(row, place) if divides else sorted({0, _following(row, place)})
                waiting += [(each, place + 1) for count in counts for each in self.joined(row, place, count)]
                if not divides and place > 1 and row[place - 1][0].sign == "":
                    waiting += self.tighter(row, place)
        return done + [row for row, _ in waiting]

    def tighter(self, row: Row, place: int) -> list[tuple[Row, int]]:
        """A product by entry that binds tighter than the factors before it."""
        try:
            made = self.pair(row[place - 1][1], *row[place])
        except AutogradError:
            return []
        return [((*row[: place - 1], (row[place - 1][0], made), *row[place + 1 :]), place)]

    def denominators(self, row: Row, place: int) -> list[int]:
        """How many of the factors behind ``/`` a denominator may take, beside the first."""
        link, item = row[place]
        size = _following(row, place)
        tight = next((n for n in range(size) if row[place + n + 1][0].before), size)
        spaced, number = link.before and link.after, item.kind == "number"
        if not size or (number and not tight):
            return [0]
        if number:
            return [0, tight]
        if tight:
            return [size if spaced else tight]
        if spaced:
            return [size, 0]
        return [0] if row[place - 1][1].kind == "number" and place == 1 else [0, size]

    def joined(self, row: Row, place: int, count: int) -> list[Row]:
        """The row with a factor and so many behind it as one, where that fits."""
        link, item = row[place]
        if not count:
            return [row]
        try:
            made = self.multiplied(((Link("", False, False), item), *row[place + 1 : place + 1 + count]))
            if link.sign == "/" and made.rank and not made.labels:
                raise misfit("division by a vector or a matrix has no meaning", row[place - 1][1], made)
        except AutogradError as error:
            self.failed = error
            return []
        return [(*row[:place], (link, made), *row[place + 1 + count :])]

    def multiplied(self, row: Row) -> Item:
        """The product from left to right; numbers without a sign go to the front."""
        number: Item | None = None
        rest: Item | None = None
        for link, item in row:
            sign = link.sign
            if item.kind == "number" and item.text() == "1" and rest is not None and not rest.labels and sign == "":
                item = self.ones(item.span)
            plain = _plain(item)
            joins = sign == "" or (sign in ("*", "·", "×") and (plain or rest is None) and not self.entries)
            if number is None and rest is None:
                number, rest = (item, None) if plain else (None, item)
            elif not joins:
                made = self.pair(self.whole(number, rest), link, item)
                number, rest = (made, None) if _plain(made) else (None, made)
            elif not plain:
                rest = item if rest is None else self.product(rest, item)
                if _plain(rest):
                    number, rest = self.whole(number, rest), None
            else:
                number = self.whole(number, item)
        return self.whole(number, rest)

    def whole(self, number: Item | None, rest: Item | None) -> Item:
        """A number times the rest."""
        if number is not None and rest is not None:
            return self.product(number, rest)
        found = rest if number is None else number
        assert found is not None
        return found

    def product(self, left: Item, right: Item) -> Item:
        """Two factors without a sign."""
        if "literal" in (left.kind, right.kind):
            raise MisfitError("a setting cannot be multiplied", span=around([left, right]))
        return products.product(left, right)

    def pair(self, left: Item, link: Link, right: Item) -> Item:
        """Two factors with a sign."""
        sign, entries = link.sign, self.entries
        labelled, grown = left.labels or right.labels, left.placed or right.placed
        if sign == "/" and products.square(right) and (left.row or left.rank == 2) and "'" in self.text:
            self.say("AG417", f"/{right.text()} of a matrix was read as its inverse behind the other, as in MATLAB")
            return self.product(left, products.inverted(right))
        if sign in ("/", "./"):
            whole = not labelled and sign == "/" and (grown or not entries)
            return products.quotient(left, right) if whole else products.by_entry("/", left, right)
        if sign == ".*" or (sign == "⊙" and labelled):
            return products.by_entry("*", left, right)
        if sign == "·" and labelled:
            return products.dotted(left, right)
        if sign == "" or labelled or (sign == "@" and (self.relaxed or grown)):
            return self.product(left, right)
        if sign == "*":
            return products.starred(left, right, entries=entries)
        rule = products.RULES.get(sign)
        return rule(left, right) if rule is not None else products.by_entry(sign, left, right)


def _following(row: Row, place: int) -> int:
    """How many factors without a sign follow."""
    return next((n for n, (link, _) in enumerate(row[place + 1 :]) if link.sign), len(row) - place - 1)


def _plain(item: Item) -> bool:
    """Whether an item is one number and has no open index."""
    return item.shape == () and not item.labels and item.kind != "literal"


def _called(base: Item, digits: Sequence[str], argument: Item) -> AutogradError:
    """The error for ``x(1)``, which is an entry for some and a product for others."""
    entry = ", ".join(str(int(digit) - 1) if digit.isdigit() else digit for digit in digits)
    why = f"as in MATLAB it is {base.text()}[{entry}], as a product {argument.text()}*{base.text()}"
    words = f"{base.text()}({', '.join(digits)}) can be read in two ways"
    hint = f"write {base.text()}[{entry}], or put * between them"
    return MisfitError(words, span=around([base, argument]), code="AG619", why=why, hint=hint)
