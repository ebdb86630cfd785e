"""Factors of one term: which of them belong together is decided by the shapes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from autograd_core.errors import AutogradError, LimitError
from autograd_core.expr.reader import products
from autograd_core.expr.reader.item import Item, binary
from autograd_core.expr.reader.products import MisfitError, Place
from autograd_core.expr.reader.scope import Scope
from autograd_core.expr.reader.tree import Link, Node

_GROUPED = ("⊙", "⊗", ".*")
MAX_WAYS = 12
"""Groupings of one term that are tried."""

MAX_GROUPED = 30
"""Signs in one term whose operands depend on the shapes."""

Row = tuple[tuple[Link, Item], ...]


class Terms:
    """Multiplies the factors of a term."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope

    def ways(self, row: Row) -> list[Row]:
        """The groupings of a term: what a denominator takes, and what an operator by entry takes on its left."""
        grouping = sum(link.sign in ("/", "./", *_GROUPED) for link, _ in row)
        if grouping > MAX_GROUPED:
            raise LimitError(
                f"one term has {grouping:,} divisions and products by entry; the limit is {MAX_GROUPED}", code="AG803"
            )
        done: list[Row] = []
        waiting: list[tuple[Row, int]] = [(row, 1)]
        while waiting and len(done) + len(waiting) <= MAX_WAYS:
            row, place = waiting.pop(0)
            while place < len(row) and row[place][0].sign not in ("/", "./", *_GROUPED):
                place += 1
            if place >= len(row):
                done.append(row)
            elif row[place][0].sign in ("/", "./"):
                waiting += [(each, place + 1) for each in self.denominators(row, place)]
            else:
                size = self.following(row, place)
                waiting.append((row, place + 1))
                if size:
                    waiting.append((self.joined(row, place, size), place + 1))
                if place > 1 and row[place - 1][0].sign == "":
                    waiting += self.tighter(row, place)
        return done + [row for row, _ in waiting]

    def tighter(self, row: Row, place: int) -> list[tuple[Row, int]]:
        """A product by entry that binds tighter than the factors before it."""
        try:
            made = self.pair(row[place - 1][1], *row[place])
        except AutogradError:
            return []
        return [((*row[: place - 1], (row[place - 1][0], made), *row[place + 1 :]), place)]

    def denominators(self, row: Row, place: int) -> list[Row]:
        """What stands behind ``/`` may take the factors behind it."""
        link, item = row[place]
        size = self.following(row, place)
        tight = 0
        while tight < size and not row[place + tight + 1][0].before:
            tight += 1
        apart = row
        if not size or (item.kind == "number" and not tight):
            return [apart]
        if link.before and link.after and not tight:
            return [self.joined(row, place, size), apart]
        if item.kind == "number":
            return [apart, self.joined(row, place, tight)]
        if tight:
            return [self.joined(row, place, tight if not (link.before and link.after) else size)]
        if row[place - 1][1].kind == "number" and place == 1:
            return [apart]
        return [apart, self.joined(row, place, size)]

    def following(self, row: Row, place: int) -> int:
        """How many factors without a sign follow."""
        size = 0
        while place + size + 1 < len(row) and row[place + size + 1][0].sign == "":
            size += 1
        return size

    def joined(self, row: Row, place: int, count: int) -> Row:
        """The row with a denominator and so many factors behind it as one."""
        link, item = row[place]
        factors = ((Link("", False, False, link.place), item), *row[place + 1 : place + 1 + count])
        try:
            made = self.multiplied(factors)
            if link.sign == "/" and made.rank and not made.labels:
                raise products.misfit("division by a vector or a matrix has no meaning", row[place - 1][1], made)
        except AutogradError as error:
            made = Item((), [("?", item.start, item.end)], 6, item.start, item.end, kind="wrong")
            self.failed = error
        return (*row[:place], (link, made), *row[place + 1 + count :])

    def multiplied(self, row: Sequence[tuple[Link, Item]]) -> Item:
        """The product from left to right; numbers without a sign go to the front."""
        number: Item | None = None
        rest: Item | None = None
        for link, item in row:
            if item.kind == "wrong":
                raise self.failed
            if (
                item.kind == "number"
                and item.text() == "1"
                and rest is not None
                and not rest.labels
                and link.sign == ""
            ):
                item = self.scope.ones(Node("ones", "", item.start, item.end))
            current = rest if rest is not None else number
            if current is None:
                number, rest = (item, None) if self.plain(item) else (None, item)
            elif link.sign == "" or (link.sign in ("*", "·", "×") and (self.plain(item) or rest is None)):
                if link.sign == "*" and self.scope.entries and rest is None and not self.plain(item):
                    number, rest = None, self.pair(current, link, item)
                elif self.plain(item):
                    number = item if number is None else products.by_entry("*", number, item, link.place)
                elif rest is None:
                    rest = item
                else:
                    rest = self.product(rest, item, link.place)
                    if self.plain(rest):
                        number = rest if number is None else products.by_entry("*", number, rest, link.place)
                        rest = None
            else:
                whole = self.whole(number, rest, link.place)
                made = self.pair(whole, link, item)
                number, rest = (made, None) if self.plain(made) else (None, made)
        return self.whole(number, rest, row[-1][0].place)

    def whole(self, number: Item | None, rest: Item | None, place: Place) -> Item:
        """A number times the rest."""
        if number is None or rest is None:
            found = rest if number is None else number
            assert found is not None
            return found
        return self.product(number, rest, place)

    def plain(self, item: Item) -> bool:
        """Whether an item is one number and has no open index."""
        return item.shape == () and not item.labels and item.grow is None and item.kind != "literal"

    def product(self, left: Item, right: Item, place: Place) -> Item:
        """Two factors without a sign."""
        if "literal" in (left.kind, right.kind):
            raise MisfitError("a setting cannot be multiplied", span=(left.start, right.end))
        if left.labels or right.labels:
            return self.scope.indices.product(left, right, place)
        return products.product(left, right, place, self.scope.notes)

    def pair(self, left: Item, link: Link, right: Item) -> Item:
        """Two factors with a sign."""
        sign, place, notes = link.sign, link.place, self.scope.notes
        if sign == "":
            return self.product(left, right, place)
        if left.labels or right.labels:
            if sign in ("/", "./", "*", ".*", "⊙"):
                if sign == "*" and (left.shape and right.shape):
                    return self.scope.indices.product(left, right, place)
                return self.scope.indices.elementwise("/" if "/" in sign else "*", left, right, place)
            return self.scope.indices.product(left, right, place)
        rules: dict[str, Callable[[], Item]] = {
            "*": lambda: products.starred(left, right, place, notes, entries=self.scope.entries),
            "·": lambda: products.dotted(left, right, place, notes),
            "×": lambda: products.crossed(left, right, place, notes),
            "⊙": lambda: products.hadamard(left, right, place),
            ".*": lambda: products.by_entry("*", left, right, place),
            "./": lambda: products.by_entry("/", left, right, place),
            "⊗": lambda: products.kronecker(left, right, place),
            "/": lambda: self.divided(left, right, place),
            "@": lambda: self.matmul(left, right, place),
            "\\": lambda: products.solved(left, right),
        }
        if sign not in rules:
            return products.by_entry(sign, left, right, place)
        return rules[sign]()

    def divided(self, left: Item, right: Item, place: Place) -> Item:
        """``/``"""
        if self.scope.entries and left.grow is None and right.grow is None:
            return products.by_entry("/", left, right, place)
        return products.quotient(left, right, place)

    def matmul(self, left: Item, right: Item, place: Place) -> Item:
        """``@`` is never read as anything else."""
        if self.scope.relaxed or left.grow is not None or right.grow is not None:
            return products.product(left, right, place, self.scope.notes)
        if not left.shape or not right.shape or left.shape[-1] != right.shape[max(right.rank - 2, 0)]:
            raise products.misfit("'@' does not fit", left, right)
        lead = left.shape[:-1] if left.rank > 1 else ()
        tail = right.shape[-1:] if right.rank > 1 else ()
        return binary("@", left, right, (*lead, *tail), place, row=left.rank == 1 and right.rank > 1)


def terms(scope: Scope, node: Node) -> Item:
    """The product of a term, grouped in the one way that fits."""
    items = [scope.item(child) for child in node.children]
    for child, link in zip(node.children, node.data, strict=True):
        if link.sign == "" and link is not node.data[0]:
            scope.loose.append(child.span)
    row = tuple(zip(node.data, items, strict=True))
    for place in range(1, len(items)):
        child, link = node.children[place], node.data[place]
        child = child.children[0] if child.kind == "power" else child
        numbers = child.children if child.kind == "tuple" else [child]
        called = link.sign == "" and not link.before and child.wrapped == "(" and items[place - 1].rank > 0
        if called and all(each.kind == "num" for each in numbers):
            raise _called(items[place - 1], child, scope.item(child))
    made = Terms(scope)
    ways = made.ways(row)
    return scope.choose(id(node), [partial(made.multiplied, way) for way in ways], node)


def _called(base: Item, argument: Node, item: Item) -> AutogradError:
    """The error for ``x(1)``, which is an entry for some and a product for others."""
    digits = [child.text for child in (argument.children if argument.kind == "tuple" else [argument])]
    entry = ", ".join(str(int(digit) - 1) if digit.isdigit() else digit for digit in digits)
    whole = f"{base.text()}({', '.join(digits)})"
    why = f"as in MATLAB it is {base.text()}[{entry}], as a product {item.text()}*{base.text()}"
    error = MisfitError(f"{whole} can be read in two ways", span=(base.start, argument.end), code="AG619", why=why)
    error.hint = f"write {base.text()}[{entry}], or put * between them"
    return error
