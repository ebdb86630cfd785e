"""Parts of the text that is written: each with its shape, its strength and the places it was read from."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import field, replace
from typing import Any

from autograd_core.dataclass import dataclass
from autograd_core.errors import ShapeError, Span
from autograd_core.ops.spec import Shape

COMPARE, ADD, MULTIPLY, SIGN, POWER, ATOM = range(1, 7)
"""How tight the outermost operator of a text binds."""

Piece = tuple[str, int, int]
Place = tuple[int, int]


@dataclass(slots=True)
class Item:
    """A text in the language with what is known of its value.

    ``shape`` is that of the value behind the axes of ``labels``, which are open indices, as the i of ``x_i``, and their
    lengths. ``row`` says that a vector was transposed. ``kind`` is value, number (written in digits), literal (a
    setting, as ``axis=0`` has), or square, ones, rows or columns: a square matrix, as the identity, a vector of ones,
    or a vector in every row or column, whose size follows from its place; ``grow`` gives it with so many rows, or
    columns. ``identity`` marks the identity alone.
    """

    shape: Shape
    parts: list[Any]
    strength: int
    start: int
    end: int
    row: bool = False
    kind: str = "value"
    labels: dict[str, int] = field(default_factory=dict)
    sign: str = ""
    grow: Callable[[int], Item] | None = None
    identity: bool = False

    @property
    def span(self) -> Span:
        """The place in the text that was typed."""
        return self.start, self.end

    @property
    def rank(self) -> int:
        """The number of axes, without those of open indices."""
        return len(self.shape)

    @property
    def scalar(self) -> bool:
        """Whether it is one number."""
        return self.shape in ((), (1,)) and self.grow is None

    def at_least(self, strength: int) -> list[Any]:
        """The parts to write it with, in brackets where it binds less than needed."""
        if self.strength >= strength:
            return [self]
        return [("(", self.start, self.start + 1), self, (")", self.end - 1, self.end)]

    def text(self) -> str:
        """The text."""
        return "".join(piece[0] for piece in flatten(self))


class MisfitError(ShapeError):
    """Operands whose shapes do not fit what stands between them."""


def described(item: Item) -> str:
    """An operand in the words of an error."""
    text = item.text()
    shape = "a number" if item.shape == () else f"({','.join(map(str, item.shape))}{',' * (item.rank == 1)})"
    return f"{text if len(text) <= 40 else text[:37] + '...'} {'with unknown size' if item.grow else shape}"


def misfit(words: str, left: Item, right: Item) -> MisfitError:
    """The error for two operands."""
    return MisfitError(
        f"{words}: {described(left)} and {described(right)}", span=(left.start, max(right.end, left.start + 1))
    )


def atom(text: str, span: Span, shape: Shape = (), **more: Any) -> Item:
    """A name, number or call without parts."""
    return Item(shape, [(text, *span)], ATOM, *span, **more)


def call(name: str, arguments: Sequence[Item | str], shape: Shape, span: Span, **more: Any) -> Item:
    """A function of arguments, which are items or texts."""
    pieces = [(each, *span) if isinstance(each, str) else each for each in arguments]
    return listed(f"{name}(", pieces, ")", shape, span, **more)


def listed(opening: str, items: Iterable[Any], closing: str, shape: Shape, span: Span, **more: Any) -> Item:
    """Items with commas between them, in brackets of some kind."""
    start, end = span
    parts: list[Any] = [(opening, start, start + 1)]
    for item in items:
        place = item.start if isinstance(item, Item) else start
        if len(parts) > 1:
            parts.append((", ", place, place + 1))
        parts.append(item)
    return Item(shape, [*parts, (closing, end - 1, end)], ATOM, start, end, **more)


def binary(sign: str, left: Item, right: Item, shape: Shape, place: tuple[int, int], **more: Any) -> Item:
    """An operator between two items; products of numbers and of matrices are told apart by brackets."""
    strength = {"+": ADD, "-": ADD, "**": POWER}.get(sign, MULTIPLY)
    spaced = f" {sign} " if sign in ("+", "-", "@", "%", "//") else sign
    first = ATOM if sign == "**" else strength
    if (sign == "@") != (left.sign == "@") and left.sign and strength == left.strength == MULTIPLY:
        first = ATOM
    second = SIGN if sign == "**" else strength + 1
    parts = [*left.at_least(first), (spaced, *place), *right.at_least(second)]
    start, end = min(left.start, right.start), max(left.end, right.end)
    return Item(shape, parts, strength, start, end, sign=sign, **more)


def suffixed(item: Item, suffix: str, shape: Shape, end: int, **more: Any) -> Item:
    """An item with something behind it that binds tightest: ``.T``, ``[0]``."""
    parts = [*item.at_least(ATOM), (suffix, max(item.end - 1, 0), max(end, item.end))]
    if item.kind == "number" and item.strength == ATOM:
        parts = [("(", item.start, item.end), item, (")" + suffix, item.start, end)]
    return Item(shape, parts, ATOM, item.start, max(end, item.end), **more)


# Open indices: the i of x_i as an axis, until a sum over it takes it away.


def opened(item: Item, letters: Sequence[str], end: int, sizes: dict[str, int]) -> Item:
    """``x_i`` or ``A_{ij}``: the leading axes of an item become open indices; ``sizes`` are those of the others."""
    span = (item.start, end)
    if item.labels or item.grow is not None or len(letters) > item.rank:
        raise MisfitError(f"{item.text()} has {item.rank} axes and not {len(letters)} indices", span=span)
    for letter, size in zip(letters, item.shape, strict=False):
        if sizes.setdefault(letter, size) != size:
            raise MisfitError(f"the index {letter} runs over {sizes[letter]} and over {size}", span=span)
    labels = dict(zip(letters, item.shape, strict=False))
    if len(labels) < len(letters):
        return call("diagonal", [item], item.shape[2:], span, labels=labels)
    return replace(item, shape=item.shape[len(letters) :], end=end, labels=labels, row=False, kind="value")


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
        item = call("transpose", [item, f"({', '.join(map(str, axes))})"], item.shape, item.span)
    keys = [":" if letter in own else "None" for letter in labels]
    keys += ["None"] * (rank - item.rank) + [":"] * item.rank
    while keys and keys[0] == "None":
        keys.pop(0)
    shape = [size if letter in own else 1 for letter, size in labels.items()]
    whole = (*shape, *(1,) * (rank - item.rank), *item.shape)
    if "None" in keys:
        return suffixed(item, f"[{', '.join(keys)}]", whole, item.end)
    return replace(item, shape=whole, labels={}, row=False, kind="value")


def reduced(item: Item, letters: Iterable[str], function: str, start: int) -> Item:
    """The sum, product or mean over open indices."""
    letters = list(letters)
    absent = [letter for letter in letters if letter not in item.labels]
    if absent:
        raise MisfitError(f"nothing in the sum has the index {', '.join(absent)}", span=item.span)
    left = {letter: size for letter, size in item.labels.items() if letter not in letters}
    axes = [place for place, letter in enumerate(item.labels) if letter in letters]
    setting = [f"axis={axes[0] if len(axes) == 1 else tuple(axes)}"] if left or item.shape else []
    return call(function, [item, *setting], item.shape, (start, item.end), row=item.row, labels=left)


def flatten(item: Item) -> list[Piece]:
    """The texts of an item with their places, from left to right."""
    found: list[Piece] = []
    stack: list[Any] = [item]
    while stack:
        top = stack.pop()
        if isinstance(top, tuple):
            found.append(top)
        else:
            stack.extend(reversed(top.parts))
    return found


def spelled(pieces: Iterable[Piece]) -> tuple[str, list[int]]:
    """The text of pieces, and for each of its characters its place in the text that was typed."""
    text: list[str] = []
    origin: list[int] = []
    for part, start, end in pieces:
        text.append(part)
        last = max(end - 1, start)
        origin += range(start, end) if len(part) == end - start else [start] * (len(part) - 1) + [last]
    return "".join(text), origin


@dataclass(slots=True)
class Notes:
    """What has to be said of a reading: each sentence once."""

    found: dict[str, str] = field(default_factory=dict)
    about: dict[str, list[str]] = field(default_factory=dict)

    def add(self, code: str, sentence: str, about: Item | None = None) -> None:
        """Say something, of a part that may be left out again."""
        self.found.setdefault(sentence, code)
        if about is not None:
            self.about.setdefault(sentence, []).append(about.text())

    def of(self, text: str) -> dict[str, str]:
        """What is to be said of a text: nothing of parts that are not in it."""
        return {
            sentence: code
            for sentence, code in self.found.items()
            if sentence not in self.about or any(part in text for part in self.about[sentence])
        }
