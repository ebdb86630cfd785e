"""Parts of the text that is written: each with its shape, its strength and the place it was read from."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from dataclasses import field, replace
from typing import Any

from autograd_core.dataclass import dataclass
from autograd_core.errors import ShapeError, Span
from autograd_core.ops.spec import Shape

COMPARE, ADD, MULTIPLY, SIGN, POWER, ATOM = range(1, 7)
"""How tight the outermost operator of a text binds."""

NOWHERE = (sys.maxsize, -1)
"""The place of what was not typed, as the 2 of a norm's square."""


@dataclass(slots=True)
class Item:
    """A text in the language, of texts and other items, with what is known of its value.

    ``span`` is its place in the text that was typed, around all of its items where none is given. ``shape`` is that of
    the value behind the axes of ``labels``, which are open indices, as the i of ``x_i``, and their lengths. ``row``
    says that a vector was transposed. ``kind`` is value, number (written in digits), literal (a setting, as ``axis=0``
    has), ones (a vector of them), lying (x W, a row though nothing is transposed) or what a text gives in parts.
    ``placed`` says that the size of an identity, or of a vector of ones, is only assumed: it has to follow from its
    place; ``identity`` marks the identity alone. ``sign`` is the operator outermost in it. ``notes`` are what has to be
    said of the reading where the item is in it: sentences and their codes.
    """

    shape: Shape
    parts: list[str | Item]
    strength: int = ATOM
    span: Span = NOWHERE
    row: bool = False
    kind: str = "value"
    labels: dict[str, int] = field(default_factory=dict)
    sign: str = ""
    placed: bool = False
    identity: bool = False
    notes: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.span == NOWHERE:
            self.span = around(self.parts)

    @property
    def rank(self) -> int:
        """The number of axes, without those of open indices."""
        return len(self.shape)

    @property
    def scalar(self) -> bool:
        """Whether it is one number."""
        return self.shape in ((), (1,))

    def at_least(self, strength: int) -> list[str | Item]:
        """The parts to write it with, in brackets where it binds less than needed."""
        return [self] if self.strength >= strength else ["(", self, ")"]

    def saying(self, code: str, sentence: str) -> Item:
        """The item, with something that has to be said of it."""
        self.notes[sentence] = code
        return self

    def text(self) -> str:
        """The text."""
        alone = self.parts[0] if len(self.parts) == 1 else None
        return alone if isinstance(alone, str) else "".join([part for part in self.walk() if isinstance(part, str)])

    def walk(self) -> list[str | Item]:
        """All that the item is made of, from left to right, and itself behind that."""
        found: list[str | Item] = []
        stack: list[str | Item] = [self]
        while stack:
            part = stack.pop()
            found.append(part)
            if isinstance(part, Item):
                stack += part.parts
        return found[::-1]


def around(parts: Iterable[str | Item]) -> Span:
    """The place from the first to the last of all items."""
    start, end = NOWHERE
    for part in parts:
        if isinstance(part, Item):
            first, last = part.span
            start = first if first < start else start
            end = last if last > end else end
    return start, end


def spelled(parts: Sequence[str | Item]) -> tuple[str, list[int]]:
    """The text of parts, and for each of its characters its place in the text that was typed.

    A text stands from the start to the end of the item that it is a part of.
    """
    text: list[str] = []
    origin: list[int] = []
    whole = Item((), list(parts))
    stack: list[tuple[str | Item, Span]] = [(whole, whole.span)]
    while stack:
        part, (start, end) = stack.pop()
        if isinstance(part, str):
            text.append(part)
            origin += [*[start] * (len(part) - 1), end - 1 if end > start else start]
        else:
            span = (start, end) if part.span == NOWHERE else part.span
            stack += [(each, span) for each in part.parts[::-1]]
    return "".join(text), origin


class MisfitError(ShapeError):
    """Operands whose shapes do not fit what stands between them."""


def described(item: Item) -> str:
    """An operand in the words of an error."""
    text = item.text()
    shape = "a number" if item.shape == () else f"({','.join(map(str, item.shape))}{',' * (item.rank == 1)})"
    return f"{text if len(text) <= 40 else text[:37] + '...'} {'with unknown size' if item.placed else shape}"


def misfit(words: str, left: Item, right: Item) -> MisfitError:
    """The error for two operands."""
    return MisfitError(f"{words}: {described(left)} and {described(right)}", span=around([left, right]))


def atom(text: str, shape: Shape = (), **more: Any) -> Item:
    """A name, number or call without parts."""
    return Item(shape, [text], **more)


def call(name: str, arguments: Sequence[Item | str], shape: Shape = (), **more: Any) -> Item:
    """A function of arguments, which are items or texts."""
    return Item(shape, listed(f"{name}(", arguments, ")"), **more)


def listed(opening: str, items: Iterable[Item | str], closing: str) -> list[str | Item]:
    """Items with commas between them, in brackets of some kind."""
    parts: list[str | Item] = [opening]
    for item in items:
        parts += [", ", item] if len(parts) > 1 else [item]
    return [*parts, closing]


def binary(sign: str, left: Item, right: Item, shape: Shape, **more: Any) -> Item:
    """An operator between two items; products of numbers and of matrices are told apart by brackets."""
    compares = sign[0] in "<>!="
    strength = COMPARE if compares else ADD if sign in ("+", "-") else POWER if sign == "**" else MULTIPLY
    spaced = f" {sign} " if compares or sign in ("+", "-", "@", "%", "//") else sign
    first = ATOM if sign == "**" else ADD if compares else strength
    if (sign == "@") != (left.sign == "@") and left.sign and strength == left.strength == MULTIPLY:
        first = ATOM
    second = SIGN if sign == "**" else strength + 1
    return Item(shape, [*left.at_least(first), spaced, *right.at_least(second)], strength, sign=sign, **more)


def suffixed(item: Item, suffix: str, shape: Shape, **more: Any) -> Item:
    """An item with something behind it that binds tightest: ``.T``, ``[0]``."""
    parts = ["(", item, ")"] if item.kind == "number" and item.strength == ATOM else item.at_least(ATOM)
    return Item(shape, [*parts, suffix], **more)


def unpacked(item: Item, place: int, count: int = 0) -> Item:
    """One of the parts of an array, or of its entries along the first axis, of which there have to be ``count``."""
    if item.kind in ("parts", "sizes", "numbers", "results"):
        parts: Sequence[Item] = [part for part in item.parts if isinstance(part, Item)]
        size = len(parts)
    else:
        parts, size = (), item.shape[0] if item.rank and not item.labels else 0
    if count not in (0, size) or not -size <= place < size:
        raise MisfitError(f"{item.text()[:40]} has {size} parts, and not {count or place + 1}")
    return parts[place] if parts else suffixed(item, f"[{place}]", item.shape[1:])


def several(items: Sequence[Item], opening: str, closing: str) -> Item:
    """Values with commas between them: an array of numbers, several results of one shape, or a setting."""
    items = [stacked(item) for item in items]
    made = Item((), listed(opening, items, closing), kind="literal")
    kinds = {item.kind for item in items}
    if items and "literal" not in kinds and all(item.shape == items[-1].shape for item in items):
        made.shape = (len(items), *items[-1].shape)
        made.kind = "numbers" if kinds <= {"number", "numbers"} else "results"
    elif items and all(item.rank == 2 and item.shape[0] == items[0].shape[0] for item in items):
        made.shape = (items[0].shape[0], sum(item.shape[1] for item in items))
        made.kind = "columns"  # [ones(m, 1), X] of MATLAB
    return made


def stacked(item: Item) -> Item:
    """The array that several results are where one value stands: ``stack([a, b])``."""
    if item.kind not in ("results", "columns"):
        return item
    shown = Item(item.shape, listed("[", [part for part in item.parts if isinstance(part, Item)], "]"), span=item.span)
    return call("stack" if item.kind == "results" else "hstack", [shown], item.shape, span=item.span)


# Open indices: the i of x_i as an axis, until a sum over it takes it away.


@dataclass(slots=True)
class Index:
    """The index of a sum, which runs from ``first`` to ``last`` over entries whose first has the number ``base``.

    Without ``last`` it runs over all of them. ``limit`` is the name in its last limit, where it has one, and ``more``
    what is added to it there; ``counted`` says that a limit gives the index a number.
    """

    letter: str
    base: int = 1
    size: int = 0
    first: int = 1
    last: int | None = None
    limit: str = ""
    more: int = 0
    counted: bool = False

    def part(self, size: int, shift: int, step: int) -> slice:
        """The entries of so many that ``x_{step*i+shift}`` runs over."""
        if self.last is None and step == 1:
            if shift:
                raise MisfitError(f"{self.letter} runs over arrays of different lengths")
            return slice(0, size)
        count = self.size if self.last is None else self.last - self.first + 1
        start = step * self.first + shift - self.base
        end = start + step * (count - 1) + 1
        if step > 1 and not 0 <= start < end <= size:
            raise MisfitError(f"there is no entry {max(end, 1) - 1 + self.base} of {size}")
        if not 0 <= start <= end <= size:
            why = "a sum over a part of the entries is written with an index: sum(x[1:3])"
            raise MisfitError(f"the sum has {count} terms, and there are {size} entries", why=why)
        return slice(start, end, step)


def opened(item: Item, letters: Sequence[str], sizes: dict[str, int]) -> Item:
    """``x_i`` or ``A_{ij}``: the leading axes of an item become open indices; ``sizes`` are those of the others."""
    if item.labels or item.placed or len(letters) > item.rank:
        raise MisfitError(f"{item.text()} has {item.rank} axes and not {len(letters)} indices")
    for letter, size in zip(letters, item.shape, strict=False):
        if sizes.setdefault(letter, size) != size:
            raise MisfitError(f"the index {letter} runs over {sizes[letter]} and over {size}")
    labels = dict(zip(letters, item.shape, strict=False))
    if len(labels) < len(letters):
        return call("diagonal", [item], item.shape[2:], labels=labels)
    return replace(item, shape=item.shape[len(letters) :], labels=labels, row=False, kind="value")


def array(item: Item) -> Item:
    """The array that is written, with its open indices as axes."""
    shape = (*item.labels.values(), *item.shape)
    return replace(item, shape=shape, labels={}, row=False, kind="value") if item.labels else item


def aligned(item: Item, labels: dict[str, int], rank: int) -> Item:
    """An item as an array whose leading axes are these labels and that has so many axes more."""
    own = list(item.labels)
    order = [own.index(letter) for letter in labels if letter in own]
    if order != sorted(order):
        axes = [*order, *range(len(own), len(own) + item.rank)]
        item = call("transpose", [item, f"({', '.join(map(str, axes))})"], item.shape)
    keys = [":" if letter in own else "None" for letter in labels]
    keys += ["None"] * (rank - item.rank) + [":"] * item.rank
    while keys and keys[0] == "None":
        keys.pop(0)
    shape = [size if letter in own else 1 for letter, size in labels.items()]
    whole = (*shape, *(1,) * (rank - item.rank), *item.shape)
    if "None" in keys:
        return suffixed(item, f"[{', '.join(keys)}]", whole)
    return replace(item, shape=whole, labels={}, row=False, kind="value")


def reduced(item: Item, letters: Iterable[str], function: str) -> Item:
    """The sum, product or mean over open indices."""
    letters = list(letters)
    absent = [letter for letter in letters if letter not in item.labels]
    if absent:
        raise MisfitError(f"nothing in the sum has the index {', '.join(absent)}", span=item.span)
    left = {letter: size for letter, size in item.labels.items() if letter not in letters}
    axes = [place for place, letter in enumerate(item.labels) if letter in letters]
    setting = [f"axis={axes[0] if len(axes) == 1 else tuple(axes)}"] if left or item.shape else []
    return call(function, [item, *setting], item.shape, row=item.row, labels=left)
